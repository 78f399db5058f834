/*
 * explain_rows.c
 *	  The rows of explain(): one per condition, in words.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"

#include "day.h"
#include "explanation.h"
#include "srf.h"

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

void
put_explanation(FunctionCallInfo fcinfo, Explanation *explanation)
{
	explanation->desc = result_row_type(fcinfo);
	explanation->rows = result_begin(fcinfo, explanation->desc);
	for (int place = 0; place < list_length(explanation->one->rules); place++)
		put_rule(explanation, place);
	put_default(explanation);
}
