/*
 * step.c
 *	  The step of the fold, and segment.step(), which states it in SQL.
 *
 * Order matters: an override beats everything, the first day has nothing to
 * keep, and only a real change asks whether the stay was long enough.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "compat.h"
#include "step.h"

static bool
has_calendar_part(const Interval *interval)
{
	return interval->month != 0 || interval->time != 0;
}

bool
dwell_is_over(DateADT since, const Interval *min_dwell, DateADT day)
{
	Datum end;

	if (min_dwell == NULL || DATE_IS_NOBEGIN(since) || DATE_IS_NOEND(day))
		return true;
	if (!has_calendar_part(min_dwell))
		return (int64) since + min_dwell->day <= day;
	end = DirectFunctionCall2(date_pl_interval, DateADTGetDatum(since), IntervalPGetDatum(min_dwell));
	return DatumGetTimestamp(end) <=
		   DatumGetTimestamp(DirectFunctionCall1(date_timestamp, DateADTGetDatum(day)));
}

static StepResult
enter(const StepInput *input, int segment)
{
	if (segment == input->previous)
		return (StepResult){segment, input->since, false};
	return (StepResult){segment, input->day, true};
}

StepResult
step_segment(const StepInput *input)
{
	Assert(input->raw != NO_SEGMENT);

	if (input->override != NO_SEGMENT)
		return enter(input, input->override);
	if (input->previous == NO_SEGMENT || input->raw == input->previous)
		return enter(input, input->raw);
	if (!dwell_is_over(input->since, input->min_dwell, input->day))
		return enter(input, input->previous);
	return enter(input, input->raw);
}

/* ---- SQL: names instead of numbers ---- */

enum
{
	ARG_PREVIOUS,
	ARG_SINCE,
	ARG_RAW,
	ARG_DAY,
	ARG_MIN_DWELL,
	ARG_OVERRIDE
};

static bool
same_name(text *a, text *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		   memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

/* The number of a name: its place among the names seen, so equal names are equal numbers. */
static int
number_name(FunctionCallInfo fcinfo, int arg, text **names, int *count)
{
	text *name;

	if (PG_ARGISNULL(arg))
		return NO_SEGMENT;
	name = PG_GETARG_TEXT_PP(arg);
	for (int i = 1; i <= *count; i++)
		if (same_name(names[i], name))
			return i;
	names[++*count] = name;
	return *count;
}

static void
require_argument(FunctionCallInfo fcinfo, int arg, const char *name)
{
	if (PG_ARGISNULL(arg))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s is null", name),
						errhint("Only previous on the first day, min_dwell and override may be NULL.")));
}

static const Interval *
read_min_dwell(FunctionCallInfo fcinfo)
{
	Interval zero = {0};
	Interval *min_dwell;

	if (PG_ARGISNULL(ARG_MIN_DWELL))
		return NULL;
	min_dwell = PG_GETARG_INTERVAL_P(ARG_MIN_DWELL);
	if (DatumGetBool(
			DirectFunctionCall2(interval_lt, IntervalPGetDatum(min_dwell), IntervalPGetDatum(&zero))))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("min_dwell is negative"),
						errhint("Give the shortest stay, such as '14 days' or '1 month', or '0'.")));
	return min_dwell;
}

PG_FUNCTION_INFO_V1(segment_step);

Datum
segment_step(PG_FUNCTION_ARGS)
{
	text *names[4] = {NULL};
	int count = 0;
	StepInput input;

	require_argument(fcinfo, ARG_RAW, "raw");
	require_argument(fcinfo, ARG_DAY, "day");
	input.previous = number_name(fcinfo, ARG_PREVIOUS, names, &count);
	if (input.previous != NO_SEGMENT)
		require_argument(fcinfo, ARG_SINCE, "since");
	input.since = PG_ARGISNULL(ARG_SINCE) ? 0 : PG_GETARG_DATEADT(ARG_SINCE);
	input.raw = number_name(fcinfo, ARG_RAW, names, &count);
	input.day = PG_GETARG_DATEADT(ARG_DAY);
	input.min_dwell = read_min_dwell(fcinfo);
	input.override = number_name(fcinfo, ARG_OVERRIDE, names, &count);
	PG_RETURN_TEXT_P(names[step_segment(&input).segment]);
}
