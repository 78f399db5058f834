/*
 * ledger_dimension.c
 *	  Evaluators by dimension label.
 *
 * Entries without a label belong to no dimension; a ledger that has none at
 * all is an error, since the answer 0 would hide a wrong source.
 */
#include "postgres.h"

#include "ledger_fn.h"
#include "scaled.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(segment_event_count_dimension);
PG_FUNCTION_INFO_V1(segment_total_dimension);
PG_FUNCTION_INFO_V1(segment_active_days_dimension);
PG_FUNCTION_INFO_V1(segment_distinct_dimensions);
PG_FUNCTION_INFO_V1(segment_top_dimension);
PG_FUNCTION_INFO_V1(segment_top_dimension_total);

/* Sums of one value by label over a range. */
typedef struct LabelSums
{
	int128 sum[LEDGER_MAX_LABELS];
	bool present[LEDGER_MAX_LABELS];
} LabelSums;

static const LedgerView *
get_dimension_view(FunctionCallInfo fcinfo)
{
	const LedgerView *view = ledger_view(PG_GETARG_LEDGER_PP(0));

	if (!view->shape.has_dimension)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("ledger has no dimension"),
						errhint("Build the ledger with a dimension label per event.")));
	return view;
}

static int
get_label(FunctionCallInfo fcinfo, const LedgerView *view, int argument)
{
	text *label = PG_GETARG_TEXT_PP(argument);

	return ledger_view_label(view, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label));
}

static DayRange
get_since_until(FunctionCallInfo fcinfo, const LedgerView *view, int since)
{
	return ledger_view_range(view, PG_GETARG_DATEADT(since), PG_GETARG_DATEADT(since + 1));
}

/* The sum of one value over one label's entries; false if there are none. */
static bool
sum_label(const LedgerView *view, DayRange range, int label, int value, int128 *sum)
{
	bool found = false;

	*sum = 0;
	if (label == LEDGER_NO_LABEL)
		return false;
	for (int e = view->first_entry[range.first]; e < view->first_entry[range.end]; e++)
	{
		if (view->entry_label[e] != label)
			continue;
		*sum += view->entry_value[(Size) e * view->width + value];
		found = true;
	}
	return found;
}

/* event_count(ledger, since, until, dimension) */
Datum
segment_event_count_dimension(PG_FUNCTION_ARGS)
{
	const LedgerView *view = get_dimension_view(fcinfo);
	int128 count;

	sum_label(view, get_since_until(fcinfo, view, 1), get_label(fcinfo, view, 3), 0, &count);
	PG_RETURN_INT64(narrow_sum(count, 0));
}

/* total(ledger, measure, since, until, dimension) */
Datum
segment_total_dimension(PG_FUNCTION_ARGS)
{
	const LedgerView *view = get_dimension_view(fcinfo);
	int measure = get_measure(fcinfo, view, 1);
	int128 total;

	if (!sum_label(view, get_since_until(fcinfo, view, 2), get_label(fcinfo, view, 4), measure, &total))
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(scaled_to_numeric(narrow_sum(total, measure), view->shape.scale[measure - 1]));
}

/* active_days(ledger, since, until, dimension) */
Datum
segment_active_days_dimension(PG_FUNCTION_ARGS)
{
	const LedgerView *view = get_dimension_view(fcinfo);
	DayRange range = get_since_until(fcinfo, view, 1);
	int label = get_label(fcinfo, view, 3);
	int days = 0;

	if (label == LEDGER_NO_LABEL)
		PG_RETURN_INT32(0);
	for (int e = view->first_entry[range.first]; e < view->first_entry[range.end]; e++)
	{
		/* a day has at most one entry of a label */
		if (view->entry_label[e] == label && view->entry_value[(Size) e * view->width] > 0)
			days++;
	}
	PG_RETURN_INT32(days);
}

static void
sum_labels(const LedgerView *view, DayRange range, int value, LabelSums *sums)
{
	memset(sums->sum, 0, view->nlabels * sizeof(int128));
	memset(sums->present, 0, view->nlabels * sizeof(bool));
	for (int e = view->first_entry[range.first]; e < view->first_entry[range.end]; e++)
	{
		int label = view->entry_label[e];

		if (label == LEDGER_NO_LABEL)
			continue;
		sums->sum[label] += view->entry_value[(Size) e * view->width + value];
		sums->present[label] = true;
	}
}

Datum
segment_distinct_dimensions(PG_FUNCTION_ARGS)
{
	const LedgerView *view = get_dimension_view(fcinfo);
	LabelSums sums;
	int distinct = 0;

	sum_labels(view, get_day_range(fcinfo, view, 1), 0, &sums);
	for (int i = 0; i < view->nlabels; i++)
		distinct += sums.sum[i] > 0;
	PG_RETURN_INT32(distinct);
}

/* Labels are in order, so the first of equals wins. */
static int
find_largest(const LedgerView *view, const LabelSums *sums)
{
	int largest = LEDGER_NO_LABEL;

	for (int i = 0; i < view->nlabels; i++)
	{
		if (sums->present[i] && (largest == LEDGER_NO_LABEL || sums->sum[i] > sums->sum[largest]))
			largest = i;
	}
	return largest;
}

Datum
segment_top_dimension(PG_FUNCTION_ARGS)
{
	const LedgerView *view = get_dimension_view(fcinfo);
	LabelSums sums;
	int top;

	sum_labels(view, get_day_range(fcinfo, view, 1), 0, &sums);
	top = find_largest(view, &sums);
	if (top == LEDGER_NO_LABEL || sums.sum[top] <= 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(view->label_text[top], view->label_length[top]));
}

/* top_dimension(ledger, measure, since, until) */
Datum
segment_top_dimension_total(PG_FUNCTION_ARGS)
{
	const LedgerView *view = get_dimension_view(fcinfo);
	int measure = get_measure(fcinfo, view, 1);
	LabelSums sums;
	int top;

	sum_labels(view, get_since_until(fcinfo, view, 2), measure, &sums);
	top = find_largest(view, &sums);
	if (top == LEDGER_NO_LABEL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(view->label_text[top], view->label_length[top]));
}
