/*
 * explain_input.c
 *	  What a condition reads, and what it read of a customer.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "explanation.h"

const Score *
score_input(const OnePlan *one, int input)
{
	int nfeatures = list_length(one->features);

	return input < nfeatures ? NULL : list_nth(one->scores, input - nfeatures);
}

const Feature *
feature_of_input(const OnePlan *one, int input, int *place)
{
	const Score *score = score_input(one, input);
	ListCell *lc;

	*place = input;
	if (score == NULL)
		return list_nth(one->features, input);
	foreach (lc, one->features)
	{
		*place = foreach_current_index(lc);
		if (((Feature *) lfirst(lc))->id == score->feature_id)
			return lfirst(lc);
	}
	elog(ERROR, "score \"%s\" has no feature", score->name);
	return NULL;
}

char *
input_text(const Explanation *explanation, int input)
{
	char *text = explanation->now->inputs[input];
	int place;

	if (text && score_input(explanation->one, input) == NULL &&
		feature_of_input(explanation->one, input, &place)->type == BOOLOID)
		return text[0] == 't' ? "true" : "false";
	return text;
}

static char *
text_or_null(char *text)
{
	return text ? text : "NULL";
}

/* A score with the feature's value and the cut points that made it. */
static char *
describe_input(const Explanation *explanation, int input)
{
	const Score *score = score_input(explanation->one, input);
	const Feature *feature;
	int place;

	if (score == NULL)
		return input_text(explanation, input);
	feature = feature_of_input(explanation->one, input, &place);
	return psprintf("%s (%s %s; cuts %s%s)", text_or_null(input_text(explanation, input)), feature->name,
					text_or_null(input_text(explanation, place)), cuts_text(score),
					score->descending ? ", lowest scores highest" : "");
}

/* The value of the one input, or all of them with their names. */
char *
describe_inputs(const Explanation *explanation, const Condition *condition)
{
	const OnePlan *one = explanation->one;
	StringInfoData text;

	if (condition->ninputs == 0)
		return NULL;
	if (condition->ninputs == 1)
		return describe_input(explanation, condition->inputs[0]);
	initStringInfo(&text);
	for (int i = 0; i < condition->ninputs; i++)
	{
		int input = condition->inputs[i];
		const Score *score = score_input(one, input);

		appendStringInfo(&text, "%s%s %s", i ? ", " : "",
						 score ? score->name : ((Feature *) list_nth(one->features, input))->name,
						 text_or_null(describe_input(explanation, input)));
	}
	return text.data;
}
