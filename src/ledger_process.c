/*
 * ledger_process.c
 *	  Evaluators of the purchase process: the statistics of the customer-base
 *	  literature, times between purchases, trend.
 *
 * Notation of Fader, Hardie & Lee (2005), "Counting Your Customers the Easy
 * Way": x = repeat_days, t_x = last purchase day less first, T = tenure; a day
 * with several purchases is one purchase day.
 */
#include "postgres.h"

#include <math.h>

#include "ledger_fn.h"
#include "scaled.h"

#define GAPS_ON_STACK 256

PG_FUNCTION_INFO_V1(segment_days_since_first);
PG_FUNCTION_INFO_V1(segment_days_since_last);
PG_FUNCTION_INFO_V1(segment_repeat_days);
PG_FUNCTION_INFO_V1(segment_t_x);
PG_FUNCTION_INFO_V1(segment_tenure);
PG_FUNCTION_INFO_V1(segment_mean_repeat_value);
PG_FUNCTION_INFO_V1(segment_interpurchase_mean);
PG_FUNCTION_INFO_V1(segment_interpurchase_median);
PG_FUNCTION_INFO_V1(segment_interpurchase_sd);
PG_FUNCTION_INFO_V1(segment_longest_gap);
PG_FUNCTION_INFO_V1(segment_trend);

/* The active days of a range, ascending. */
typedef struct ActiveDays
{
	int n;
	const DateADT *day;
} ActiveDays;

static inline ActiveDays
get_active_days(const LedgerView *view, DayRange range)
{
	ActiveDays active;

	active.n = ledger_view_active(view, range);
	active.day = view->active + view->active_before[range.first];
	return active;
}

static inline ActiveDays
get_active_arguments(FunctionCallInfo fcinfo)
{
	const LedgerView *view = ledger_view(PG_GETARG_LEDGER_PP(0));

	return get_active_days(view, get_day_range(fcinfo, view, 1));
}

/* A day to count from has to be a finite one. */
static DateADT
get_as_of(FunctionCallInfo fcinfo, int argument)
{
	DateADT as_of = PG_GETARG_DATEADT(argument);

	if (DATE_NOT_FINITE(as_of))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("as_of must be a finite day"),
						errhint("Pass the day to count from.")));
	return as_of;
}

Datum
segment_days_since_first(PG_FUNCTION_ARGS)
{
	DateADT as_of = get_as_of(fcinfo, 1);
	ActiveDays active = get_active_arguments(fcinfo);

	if (active.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(as_of - active.day[0]);
}

Datum
segment_days_since_last(PG_FUNCTION_ARGS)
{
	DateADT as_of = get_as_of(fcinfo, 1);
	ActiveDays active = get_active_arguments(fcinfo);

	if (active.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(as_of - active.day[active.n - 1]);
}

Datum
segment_repeat_days(PG_FUNCTION_ARGS)
{
	ActiveDays active = get_active_arguments(fcinfo);

	if (active.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(active.n - 1);
}

Datum
segment_t_x(PG_FUNCTION_ARGS)
{
	ActiveDays active = get_active_arguments(fcinfo);

	if (active.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(active.day[active.n - 1] - active.day[0]);
}

/* T of the literature: the same number as days_since_first, under the model's name. */
Datum
segment_tenure(PG_FUNCTION_ARGS)
{
	return segment_days_since_first(fcinfo);
}

/* The sum over active days alone; mostly every day is active. */
static int128
sum_active_days(const LedgerView *view, DayRange range, int value)
{
	int128 sum = 0;

	if (ledger_view_active(view, range) == range.end - range.first)
		return ledger_view_sum(view, range, value);
	for (int d = range.first; d < range.end; d++)
	{
		DayRange one = {d, d + 1};

		if (ledger_view_active(view, one) > 0)
			sum += ledger_view_sum(view, one, value);
	}
	return sum;
}

Datum
segment_mean_repeat_value(PG_FUNCTION_ARGS)
{
	const LedgerView *view = ledger_view(PG_GETARG_LEDGER_PP(0));
	int measure = get_measure(fcinfo, view, 1);
	DayRange range = get_day_range(fcinfo, view, 2);
	int repeats = ledger_view_active(view, range) - 1;
	double sum;

	if (repeats < 1)
		PG_RETURN_NULL();
	while (view->active_before[range.first + 1] == view->active_before[range.first])
		range.first++;
	range.first++;
	sum = (double) sum_active_days(view, range, measure) /
		  (double) scaled_power10[view->shape.scale[measure - 1]];
	PG_RETURN_FLOAT8(sum / repeats);
}

Datum
segment_interpurchase_mean(PG_FUNCTION_ARGS)
{
	ActiveDays active = get_active_arguments(fcinfo);

	if (active.n < 2)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) (active.day[active.n - 1] - active.day[0]) / (active.n - 1));
}

/* A sort with the comparison compiled in: a call per comparison costs more than sorting some twenty gaps. */
#define ST_SORT sort_gaps
#define ST_ELEMENT_TYPE int32
#define ST_COMPARE(a, b) ((*(a) > *(b)) - (*(a) < *(b)))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* Type 7, as percentile_cont(0.5): the mean of the two middle gaps. */
Datum
segment_interpurchase_median(PG_FUNCTION_ARGS)
{
	ActiveDays active = get_active_arguments(fcinfo);
	int n = active.n - 1;
	int32 on_stack[GAPS_ON_STACK];
	int32 *gap = on_stack;
	double median;

	if (n < 1)
		PG_RETURN_NULL();
	if (n > GAPS_ON_STACK)
		gap = palloc(n * sizeof(int32));
	for (int i = 0; i < n; i++)
		gap[i] = active.day[i + 1] - active.day[i];
	sort_gaps(gap, n);
	median = ((double) gap[(n - 1) / 2] + gap[n / 2]) / 2;
	if (gap != on_stack)
		pfree(gap);
	PG_RETURN_FLOAT8(median);
}

/* Sample deviation by exact integer sums, so no digits cancel. */
Datum
segment_interpurchase_sd(PG_FUNCTION_ARGS)
{
	ActiveDays active = get_active_arguments(fcinfo);
	int128 n = active.n - 1;
	int128 sum;
	int128 squares = 0;

	if (n < 2)
		PG_RETURN_NULL();
	sum = (int128) active.day[active.n - 1] - active.day[0];
	for (int i = 0; i < n; i++)
	{
		int64 gap = active.day[i + 1] - active.day[i];

		squares += gap * gap;
	}
	PG_RETURN_FLOAT8(sqrt((double) (n * squares - sum * sum) / (double) (n * (n - 1))));
}

Datum
segment_longest_gap(PG_FUNCTION_ARGS)
{
	ActiveDays active = get_active_arguments(fcinfo);
	int32 longest = 0;

	if (active.n < 2)
		PG_RETURN_NULL();
	for (int i = 1; i < active.n; i++)
		longest = Max(longest, active.day[i] - active.day[i - 1]);
	PG_RETURN_INT32(longest);
}

static DateADT
days_before(DateADT day, int64 days)
{
	int64 before = (int64) day - days;

	return before <= PG_INT32_MIN ? DATEVAL_NOBEGIN : (DateADT) before;
}

/* trend(ledger, measure, as_of, days), or without measure over the counts. */
Datum
segment_trend(PG_FUNCTION_ARGS)
{
	const LedgerView *view = ledger_view(PG_GETARG_LEDGER_PP(0));
	bool has_measure = PG_NARGS() == 4;
	int value = has_measure ? get_measure(fcinfo, view, 1) : 0;
	DateADT as_of = get_as_of(fcinfo, has_measure ? 2 : 1);
	int64 days = PG_GETARG_INT32(has_measure ? 3 : 2);
	double last;
	double before;

	if (days < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("days must be positive"),
						errhint("Pass the length of the two periods to compare, such as 365.")));
	last =
		(double) ledger_view_sum(view, ledger_view_range(view, days_before(as_of, days - 1), as_of), value);
	before = (double) ledger_view_sum(
		view, ledger_view_range(view, days_before(as_of, 2 * days - 1), days_before(as_of, days)), value);
	if (before == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((last - before) / before);
}
