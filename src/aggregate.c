/*
 * aggregate.c
 *	  The aggregates a feature may compute over a ledger, and their SQL.
 *
 * A window of 90 days is (day - 90, day], that is day - 89 to day inclusive;
 * calendar units follow the calendar.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "aggregate.h"

static const AggregateSpec aggregates[] = {
	{"count", "event_count", MEASURE_NONE, RANGE_WINDOW, true, false, true, INT8OID},
	{"sum", "total", MEASURE_REQUIRED, RANGE_WINDOW, true, false, false, NUMERICOID},
	{"mean", "mean", MEASURE_REQUIRED, RANGE_WINDOW, false, false, false, FLOAT8OID},
	{"active_days", "active_days", MEASURE_NONE, RANGE_WINDOW, true, false, true, INT4OID},
	{"first_day", "first_day", MEASURE_NONE, RANGE_WINDOW, false, false, false, DATEOID},
	{"last_day", "last_day", MEASURE_NONE, RANGE_WINDOW, false, false, false, DATEOID},
	{"days_since_first", "days_since_first", MEASURE_NONE, RANGE_AS_OF, false, false, false, INT4OID},
	{"days_since_last", "days_since_last", MEASURE_NONE, RANGE_AS_OF, false, false, false, INT4OID},
	{"repeat_days", "repeat_days", MEASURE_NONE, RANGE_AS_OF, false, false, false, INT4OID},
	{"t_x", "t_x", MEASURE_NONE, RANGE_AS_OF, false, false, false, INT4OID},
	{"tenure", "tenure", MEASURE_NONE, RANGE_AS_OF, false, false, false, INT4OID},
	{"mean_repeat_value", "mean_repeat_value", MEASURE_REQUIRED, RANGE_AS_OF, false, false, false, FLOAT8OID},
	{"interpurchase_mean", "interpurchase_mean", MEASURE_NONE, RANGE_WINDOW, false, false, false, FLOAT8OID},
	{"interpurchase_median", "interpurchase_median", MEASURE_NONE, RANGE_WINDOW, false, false, false,
	 FLOAT8OID},
	{"interpurchase_sd", "interpurchase_sd", MEASURE_NONE, RANGE_WINDOW, false, false, false, FLOAT8OID},
	{"longest_gap", "longest_gap", MEASURE_NONE, RANGE_WINDOW, false, false, false, INT4OID},
	{"trend", "trend", MEASURE_OPTIONAL, RANGE_TREND, false, false, false, FLOAT8OID},
	{"distinct_dimensions", "distinct_dimensions", MEASURE_NONE, RANGE_WINDOW, false, true, true, INT4OID},
	{"top_dimension", "top_dimension", MEASURE_OPTIONAL, RANGE_WINDOW, false, true, false, TEXTOID},
};

const AggregateSpec *
aggregate_spec(const char *name)
{
	for (int i = 0; i < lengthof(aggregates); i++)
		if (strcmp(aggregates[i].name, name) == 0)
			return &aggregates[i];
	return NULL;
}

char *
aggregate_names(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < lengthof(aggregates); i++)
		appendStringInfo(&names, "%s%s", i ? ", " : "", aggregates[i].name);
	return names.data;
}

/* Whole days of a window, or -1 when it needs the calendar. */
static int
window_days(const Interval *within)
{
	return within->month == 0 && within->time == 0 ? within->day : -1;
}

static char *
window_start(const Feature *feature, const char *day)
{
	int days;

	if (feature->within == NULL)
		return pstrdup("'-infinity'::date");
	days = window_days(feature->within);
	if (days > 0)
		return psprintf("%s - %d", day, days - 1);
	return psprintf("(%s - %s::interval)::date + 1", day, quote_literal_cstr(feature->within_text));
}

static int
trend_days(const Feature *feature)
{
	return feature->within ? window_days(feature->within) : TREND_DAYS;
}

static char *
evaluator_call(const AggregateSpec *spec, const Feature *feature, const Source *source, const char *ledger,
			   const char *day)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "segment.%s(%s", spec->evaluator, ledger);
	if (feature->measure)
		appendStringInfo(&sql, ", %d", measure_number(source, feature->measure));
	if (spec->range == RANGE_WINDOW)
		appendStringInfo(&sql, ", %s, %s", window_start(feature, day), day);
	else if (spec->range == RANGE_AS_OF)
		appendStringInfo(&sql, ", %s", day);
	else
		appendStringInfo(&sql, ", %s, %d", day, trend_days(feature));
	if (feature->dimension)
		appendStringInfo(&sql, ", %s::text", quote_literal_cstr(feature->dimension));
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

char *
aggregate_sql(const Feature *feature, const Source *source, const char *ledger, const char *day)
{
	const AggregateSpec *spec = aggregate_spec(feature->aggregate);
	char *call = evaluator_call(spec, feature, source, ledger, day);
	char *absent;

	if (feature->absent == NULL)
		return spec->zero_is_absent ? psprintf("NULLIF(%s, 0)", call) : call;
	absent = psprintf("%s::%s", quote_literal_cstr(feature->absent), format_type_be(spec->type));
	if (spec->zero_is_absent && strcmp(feature->absent, "0") != 0)
		return psprintf("COALESCE(NULLIF(%s, 0), %s)", call, absent);
	return psprintf("COALESCE(%s, %s)", call, absent);
}
