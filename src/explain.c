/*
 * explain.c
 *	  segment.explain(): why a customer is where it is, on any day.
 *
 * Every rule's conditions with what they read and what they say; which of them
 * decided; and the nearest value of one feature that would move the customer,
 * found from thresholds and cut points and then proved by evaluating the
 * customer once more as if it had that value.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/tuplestore.h"

#include "args.h"
#include "condition.h"
#include "day.h"
#include "evaluate_one.h"
#include "override.h"
#include "scheme.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_explain);

enum
{
	EXPLAIN_SEGMENT,
	EXPLAIN_PRIORITY,
	EXPLAIN_CONDITION,
	EXPLAIN_VALUE,
	EXPLAIN_THRESHOLD,
	EXPLAIN_MET,
	EXPLAIN_DECISIVE,
	EXPLAIN_TO_MEET,
	EXPLAIN_TO_LOSE,
	EXPLAIN_MOVES_TO,
	EXPLAIN_OUTCOME,
	EXPLAIN_RAW,
	EXPLAIN_ASSIGNED,
	EXPLAIN_SINCE,
	EXPLAIN_VERSION,
	EXPLAIN_AS_OF,
	EXPLAIN_ATTRIBUTES_AS_OF,
	EXPLAIN_COLUMNS
};

typedef struct Explanation
{
	Population *population;
	Scheme *scheme;
	OnePlan *one;
	DateADT day;
	OneResult *now;
	Override *override; /* that the assigned segment obeys, or NULL */
	int winner;         /* place of the rule that won; the number of rules when none did */
	Remedy **remedies;  /* per condition: what would meet it, or end it; NULL: not said */
	char **moves_to;    /* per condition: where that would move the customer; NULL: it would not */
	Tuplestorestate *rows;
	TupleDesc desc;
} Explanation;

/* Who and when. */

static DateADT
day_to_explain(FunctionCallInfo fcinfo, const Explanation *explanation)
{
	const Scheme *scheme = explanation->scheme;

	if (!PG_ARGISNULL(2))
	{
		require_known_day(explanation->population, PG_GETARG_DATEADT(2));
		return PG_GETARG_DATEADT(2);
	}
	if (strcmp(scheme->state, "retired") == 0)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("scheme \"%s\" is retired", scheme->name),
						errhint("Say which past day you mean with at => '2026-01-31', for example.")));
	return explanation->population->as_of;
}

/* The place of the rule that won; the number of rules for the default segment. */
static int
winner_of(const OnePlan *one, const char *raw)
{
	int place = 0;

	while (place < list_length(one->rules) &&
		   strcmp(((OneRule *) list_nth(one->rules, place))->segment, raw) != 0)
		place++;
	return place;
}

static void
evaluate_customer(Explanation *explanation, Datum key)
{
	const OneChange nothing = {NULL, NULL};

	explanation->now =
		evaluate_one(explanation->one, explanation->population, key, explanation->day, &nothing, 1);
	if (explanation->now == NULL)
		no_such_customer(explanation->population);
	explanation->winner = winner_of(explanation->one, explanation->now->raw);
}

/* One that the next refresh will see first does not explain what is assigned now. */
static void
find_override(Explanation *explanation, Datum key)
{
	const char *assigned = explanation->now->assigned;
	Override *override = override_on(explanation->population, explanation->scheme, key, explanation->day);

	if (override && assigned && strcmp(override->segment, assigned) == 0)
		explanation->override = override;
}

/* Inputs. */

static const Score *
score_input(const OnePlan *one, int input)
{
	int nfeatures = list_length(one->features);

	return input < nfeatures ? NULL : list_nth(one->scores, input - nfeatures);
}

/* The feature an input is, or the one behind the score it is; *place is its own among the inputs. */
static const Feature *
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

static char *
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
static char *
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

/* What would move the customer. */

static bool
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
static bool
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

static void
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
static void
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

/* Rows. */

static void
set_text(Datum *values, bool *nulls, int column, const char *text)
{
	nulls[column] = text == NULL;
	values[column] = text ? CStringGetTextDatum(text) : (Datum) 0;
}

static void
set_date(Datum *values, bool *nulls, int column, DateADT day)
{
	nulls[column] = false;
	values[column] = DateADTGetDatum(day);
}

static void
set_verdict(Datum *values, bool *nulls, int column, Verdict verdict)
{
	nulls[column] = verdict == VERDICT_UNKNOWN;
	values[column] = BoolGetDatum(verdict == VERDICT_TRUE);
}

/* Until when min_dwell keeps the customer where the step left it; NULL when it does not. */
static char *
dwell_end(const Explanation *explanation)
{
	Datum min_dwell = DirectFunctionCall3(interval_in, CStringGetDatum(explanation->one->min_dwell),
										  ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	DateADT since = explanation->now->since;
	Datum end;

	if (strcmp(explanation->now->segment, explanation->now->assigned) != 0)
		return NULL;
	end = DirectFunctionCall2(date_pl_interval, DateADTGetDatum(since), min_dwell);
	return day_text(DatumGetDateADT(DirectFunctionCall1(timestamp_date, end)));
}

/* Who put the customer there by hand, how long for, and why. */
static char *
override_text(const Override *override)
{
	return psprintf("override by %s%s: %s", override->author,
					override->has_until ? psprintf(" until %s", day_text(override->until)) : "",
					override->reason);
}

/* What became of the rule that won. */
static char *
winner_outcome(const Explanation *explanation)
{
	const OneResult *now = explanation->now;
	char *end;

	if (now->assigned == NULL)
		return now->has_entry && now->entry_day <= explanation->day
				   ? "holds, but there is no history for the day"
				   : "holds, but the customer had not entered yet";
	if (strcmp(now->assigned, now->raw) == 0)
		return psprintf("assigned since %s%s", day_text(now->since),
						explanation->override ? psprintf(", also an %s", override_text(explanation->override))
											  : "");
	if (explanation->override)
		return "holds, but an override comes first";
	end = dwell_end(explanation);
	return end ? psprintf("holds, waits for min_dwell until %s", end)
			   : "holds, but history has another segment for the day";
}

static char *
kept_outcome(const Explanation *explanation)
{
	char *since = day_text(explanation->now->since);
	char *end = dwell_end(explanation);

	if (explanation->override)
		return psprintf("assigned since %s, %s", since, override_text(explanation->override));
	return end ? psprintf("assigned since %s, kept by min_dwell until %s", since, end)
			   : psprintf("assigned since %s by the history", since);
}

static char *
rule_outcome(const Explanation *explanation, const char *segment, int place, Verdict verdict)
{
	if (place == explanation->winner)
		return winner_outcome(explanation);
	if (explanation->now->assigned && strcmp(explanation->now->assigned, segment) == 0)
		return kept_outcome(explanation);
	if (verdict == VERDICT_TRUE)
		return psprintf("holds, but %s comes first", explanation->now->raw);
	if (verdict == VERDICT_FALSE)
		return "does not hold";
	return place < explanation->winner ? "unknown"
									   : psprintf("unknown, and %s comes first", explanation->now->raw);
}

/* What every row says of the customer. */
static void
fill_customer(const Explanation *explanation, Datum *values, bool *nulls)
{
	const OneResult *now = explanation->now;

	set_text(values, nulls, EXPLAIN_RAW, now->raw);
	set_text(values, nulls, EXPLAIN_ASSIGNED, now->assigned);
	set_date(values, nulls, EXPLAIN_SINCE, now->since);
	nulls[EXPLAIN_SINCE] = now->assigned == NULL;
	nulls[EXPLAIN_VERSION] = false;
	values[EXPLAIN_VERSION] = Int32GetDatum(explanation->one->version);
	set_date(values, nulls, EXPLAIN_AS_OF, explanation->day);
	set_date(values, nulls, EXPLAIN_ATTRIBUTES_AS_OF, explanation->population->as_of);
}

static void
fill_condition(const Explanation *explanation, int place, int i, Datum *values, bool *nulls)
{
	const OneRule *rule = list_nth(explanation->one->rules, place);
	const Condition *condition = list_nth(rule->conditions, i);
	const Remedy *remedy = explanation->remedies[rule->first + i];
	bool met = is_met(explanation, rule, i);

	set_text(values, nulls, EXPLAIN_CONDITION, condition->text);
	set_text(values, nulls, EXPLAIN_VALUE, describe_inputs(explanation, condition));
	set_text(values, nulls, EXPLAIN_THRESHOLD, condition->threshold);
	set_verdict(values, nulls, EXPLAIN_MET, explanation->now->met[rule->first + i]);
	nulls[EXPLAIN_DECISIVE] = false;
	values[EXPLAIN_DECISIVE] = BoolGetDatum(is_decisive(explanation, place, i));
	set_text(values, nulls, EXPLAIN_TO_MEET, remedy && !met ? remedy->text : NULL);
	set_text(values, nulls, EXPLAIN_TO_LOSE, remedy && met ? remedy->text : NULL);
	set_text(values, nulls, EXPLAIN_MOVES_TO, explanation->moves_to[rule->first + i]);
}

static void
put_rule(const Explanation *explanation, int place)
{
	const OneRule *rule = list_nth(explanation->one->rules, place);
	const char *name = rule->segment;

	for (int i = 0; i < list_length(rule->conditions); i++)
	{
		Datum values[EXPLAIN_COLUMNS];
		bool nulls[EXPLAIN_COLUMNS];

		CHECK_FOR_INTERRUPTS();
		memset(nulls, true, sizeof(nulls));
		set_text(values, nulls, EXPLAIN_SEGMENT, name);
		nulls[EXPLAIN_PRIORITY] = false;
		values[EXPLAIN_PRIORITY] = Int32GetDatum(rule->priority);
		fill_condition(explanation, place, i, values, nulls);
		set_text(values, nulls, EXPLAIN_OUTCOME,
				 rule_outcome(explanation, name, place, explanation->now->verdicts[place]));
		fill_customer(explanation, values, nulls);
		tuplestore_putvalues(explanation->rows, explanation->desc, values, nulls);
	}
}

/* The default segment has no rule: it holds for whom no rule does. */
static void
put_default(const Explanation *explanation)
{
	const char *name = explanation->one->default_segment;
	int place = list_length(explanation->one->rules);
	bool met = explanation->winner == place;
	Datum values[EXPLAIN_COLUMNS];
	bool nulls[EXPLAIN_COLUMNS];

	memset(nulls, true, sizeof(nulls));
	set_text(values, nulls, EXPLAIN_SEGMENT, name);
	set_verdict(values, nulls, EXPLAIN_MET, met ? VERDICT_TRUE : VERDICT_FALSE);
	nulls[EXPLAIN_DECISIVE] = false;
	values[EXPLAIN_DECISIVE] = BoolGetDatum(false);
	set_text(values, nulls, EXPLAIN_OUTCOME, rule_outcome(explanation, name, place, VERDICT_FALSE));
	fill_customer(explanation, values, nulls);
	tuplestore_putvalues(explanation->rows, explanation->desc, values, nulls);
}

static void
put_rows(FunctionCallInfo fcinfo, Explanation *explanation)
{
	explanation->desc = result_row_type(fcinfo);
	explanation->rows = result_begin(fcinfo, explanation->desc);
	for (int place = 0; place < list_length(explanation->one->rules); place++)
		put_rule(explanation, place);
	put_default(explanation);
}

Datum
segment_explain(PG_FUNCTION_ARGS)
{
	Explanation explanation = {0};
	CustomerArgument customer;
	ApiCall call;
	Datum key;
	int version;

	require_arg(fcinfo, 0, "scheme");
	customer = customer_argument(fcinfo, 1, "customer");
	api_begin(&call);
	explanation.scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &explanation.population);
	require_refreshed(explanation.population);
	require_activated(explanation.scheme);
	explanation.day = day_to_explain(fcinfo, &explanation);
	key = customer_key(&customer, explanation.population);
	version = customer_version_on(explanation.population, explanation.scheme, key, explanation.day);
	explanation.one = one_plan(explanation.population, explanation.scheme, version, ONE_AS_STORED);
	evaluate_customer(&explanation, key);
	find_override(&explanation, key);
	find_remedies(&explanation);
	prove_remedies(&explanation, key);
	put_rows(fcinfo, &explanation);
	api_end(&call);
	return (Datum) 0;
}
