/*
 * explain_remedy.c
 *	  The nearest value of one feature that would move the customer, found from
 *	  thresholds and cut points and then proved by evaluating the customer once
 *	  more as if it had that value.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "explanation.h"

bool
is_met(const Explanation *explanation, const OneRule *rule, int i)
{
	return explanation->now->met[rule->first + i] == VERDICT_TRUE;
}

static int
count_unmet(const Explanation *explanation, const OneRule *rule)
{
	int unmet = 0;

	for (int i = 0; i < list_length(rule->conditions); i++)
		unmet += !is_met(explanation, rule, i);
	return unmet;
}

/* Were this condition alone the other way, would the rules say another segment? */
bool
is_decisive(const Explanation *explanation, int place, int i)
{
	const OneRule *rule = list_nth(explanation->one->rules, place);

	if (place == explanation->winner)
		return true;
	return place < explanation->winner && !is_met(explanation, rule, i) &&
		   count_unmet(explanation, rule) == 1;
}

/* To meet an unmet condition of a rule before the winner's, or to end one of the winner's. */
static Remedy *
find_remedy(const Explanation *explanation, int place, int i)
{
	const OnePlan *one = explanation->one;
	const OneRule *rule = list_nth(one->rules, place);
	const Condition *condition = list_nth(rule->conditions, i);
	bool met = is_met(explanation, rule, i);
	const Feature *feature;
	int behind;

	if (condition->comparison == COMPARE_NONE || met != (place == explanation->winner))
		return NULL;
	feature = feature_of_input(one, condition->inputs[0], &behind);
	return (met ? condition_breach : condition_remedy)(
		condition, feature, score_input(one, condition->inputs[0]),
		input_text(explanation, condition->inputs[0]), input_text(explanation, behind));
}

void
find_remedies(Explanation *explanation)
{
	const OnePlan *one = explanation->one;

	explanation->remedies = palloc0(sizeof(Remedy *) * Max(one->nconditions, 1));
	explanation->moves_to = palloc0(sizeof(char *) * Max(one->nconditions, 1));
	for (int place = 0; place < list_length(one->rules) && place <= explanation->winner; place++)
	{
		const OneRule *rule = list_nth(one->rules, place);

		for (int i = 0; i < list_length(rule->conditions); i++)
			explanation->remedies[rule->first + i] = find_remedy(explanation, place, i);
	}
}

static bool
same_change(const OneChange *change, const Remedy *remedy)
{
	return strcmp(change->feature, remedy->feature->name) == 0 && strcmp(change->value, remedy->value) == 0;
}

/* The changes to try, each once, and per condition which of them is its own (-1: none). */
static OneChange *
changes_to_try(const Explanation *explanation, int *change_of, int *nchanges)
{
	OneChange *changes = palloc(sizeof(OneChange) * Max(explanation->one->nconditions, 1));

	*nchanges = 0;
	for (int i = 0; i < explanation->one->nconditions; i++)
	{
		const Remedy *remedy = explanation->remedies[i];
		int same = 0;

		change_of[i] = -1;
		if (remedy == NULL)
			continue;
		while (same < *nchanges && !same_change(&changes[same], remedy))
			same++;
		if (same == *nchanges)
			changes[(*nchanges)++] = (OneChange){remedy->feature->name, remedy->value};
		change_of[i] = same;
	}
	return changes;
}

/* A remedy that does not turn its condition round, as in an empty bin, is none; of the others, keep where
 * they lead. */
void
prove_remedies(Explanation *explanation, Datum key)
{
	int nconditions = explanation->one->nconditions;
	int *change_of = palloc(sizeof(int) * Max(nconditions, 1));
	int nchanges;
	OneChange *changes = changes_to_try(explanation, change_of, &nchanges);
	OneResult *tried;

	if (nchanges == 0)
		return;
	tried = evaluate_one(explanation->one, explanation->population, key, explanation->day, changes, nchanges);
	for (int i = 0; tried != NULL && i < nconditions; i++)
	{
		bool met = explanation->now->met[i] == VERDICT_TRUE;

		if (change_of[i] < 0)
			continue;
		if ((tried[change_of[i]].met[i] == VERDICT_TRUE) == met)
			explanation->remedies[i] = NULL;
		else if (strcmp(tried[change_of[i]].raw, explanation->now->raw) != 0)
			explanation->moves_to[i] = tried[change_of[i]].raw;
	}
}
