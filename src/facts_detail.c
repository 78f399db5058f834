/*
 * facts_detail.c
 *	  Facts beside the scheme's own: activity against the period before, and
 *	  facts by an attribute of the customer.
 *
 * Activity is of the main source, the one whose events are purchases: a
 * customer is active in a period with a purchase in it.  It is attributed by
 * the opening like everything else, but for the cost of winning a customer:
 * that is also counted where the customer landed, as acquired customers are.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "facts_detail.h"

const char *const facts_activity_names[ACTIVITY_KINDS] = {"active",
														  "active_before",
														  "retained",
														  "lapsed",
														  "purchases_before",
														  "purchases_kept",
														  "revenue_before",
														  "revenue_lapsed",
														  "revenue_contraction",
														  "revenue_expansion",
														  "revenue_returned",
														  "acquisition_cost_landed"};

List *
facts_activity_metrics(void)
{
	List *names = NIL;

	for (int i = 0; i < ACTIVITY_KINDS; i++)
		names = lappend(names, pstrdup(facts_activity_names[i]));
	return names;
}

/* As in the standard features: the source with revenue, else the first with a measure that has decimals. */
int
facts_main_source(List *sources, int *measure)
{
	ListCell *lcs;
	ListCell *lcm;

	foreach (lcs, sources)
		if ((*measure = measure_number(lfirst(lcs), "revenue")) > 0)
			return foreach_current_index(lcs);
	foreach (lcs, sources)
		foreach (lcm, ((Source *) lfirst(lcs))->measures)
			if (((Measure *) lfirst(lcm))->scale > 0)
			{
				*measure = foreach_current_index(lcm) + 1;
				return foreach_current_index(lcs);
			}
	return -1;
}

int
facts_landing_measure(const Source *source)
{
	return measure_number(source, "acquisition_cost");
}

static bool
is_label(const BreakdownLabels *labels, int number, const char *text, int length)
{
	return labels->length[number] == length && memcmp(labels->text[number], text, length) == 0;
}

int
breakdown_label(FactsDetail *detail, const char *text, int length)
{
	BreakdownLabels *labels = detail->labels;

	if (length == 0)
		return 0;
	for (int i = 0; i < labels->count; i++)
	{
		int number = 1 + (labels->last + i) % labels->count;

		if (is_label(labels, number, text, length))
		{
			labels->last = number - 1;
			return number;
		}
	}
	if (labels->count == BREAKDOWN_MAX_LABELS || length > LEDGER_MAX_LABEL_LENGTH)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("attribute \"%s\" has more than %d different values, or one longer than %d bytes",
						detail->breakdown, BREAKDOWN_MAX_LABELS, LEDGER_MAX_LABEL_LENGTH),
				 errhint("Break down by an attribute of few values, such as a region; "
						 "SELECT segment.drop_breakdown(%s) ends it.",
						 quote_literal_cstr(detail->breakdown))));
	labels->count++;
	labels->text[labels->count] = palloc(length);
	memcpy(labels->text[labels->count], text, length);
	labels->length[labels->count] = (uint8) length;
	return labels->count;
}

/* The cells' number of a label, which may move the cells. */
static int
label_in(FactsCells **cells, const FactsDetail *detail, int label)
{
	if (label == 0)
		return 0;
	return cells_label(cells, detail->labels->text[label], detail->labels->length[label]);
}

void
detail_count_customer(FactsDetail *detail, int label, const int16 *states)
{
	int number = label_in(&detail->counts, detail, label);

	cells_count_labelled(detail->counts, number, states);
}

/* Counts, then money with the digits it has. */
static void
obtain_activity(FactsDetail *detail, const FactsTrace *trace, int segments, int64 *factor)
{
	LedgerShape shape = {.nmeasures = ACTIVITY_KINDS - 1};

	for (int i = ACTIVITY_REVENUE_BEFORE; i <= ACTIVITY_REVENUE_RETURNED; i++)
		shape.scale[i - 1] = trace->shape.scale[trace->measure - 1];
	if (detail->activity == NULL)
		detail->activity = cells_for_ledgers(trace->nperiods, segments, &shape);
	cells_meet_scales(detail->activity, &shape, factor);
}

/*
 * Of who was active: revenue before - lapsed - contraction + expansion = revenue
 * now.  Who lapsed may still have returned something, which is contraction.
 */
static void
add_money(int128 *cell, int128 before, int128 now, bool lapsed, int64 factor)
{
	int128 change = lapsed ? now : now - before;

	cell[ACTIVITY_REVENUE_BEFORE] += before * factor;
	if (lapsed)
		cell[ACTIVITY_REVENUE_LAPSED] += before * factor;
	if (change < 0)
		cell[ACTIVITY_REVENUE_CONTRACTION] -= change * factor;
	else
		cell[ACTIVITY_REVENUE_EXPANSION] += change * factor;
}

/*
 * Whether the activity of a customer counts in a period.  Of who had left before
 * it, or had not come, a pass may know nothing: they are nobody.
 */
static bool
is_customer(int opening, int closing)
{
	return state_is_member(opening) || cells_money_row(opening, closing) == ROW_NEW;
}

void
detail_add_activity(FactsDetail *detail, int label, const int16 *states, const FactsTrace *trace,
					int segments)
{
	int64 factor[TRACE_VALUES];
	int number;

	if (trace->first > trace->last)
		return;
	obtain_activity(detail, trace, segments, factor);
	number = label_in(&detail->activity, detail, label);
	for (int period = Max(trace->first, 1); period <= Min(trace->last + 1, trace->nperiods); period++)
	{
		const int128 *before = trace->value[period - 1];
		const int128 *now = trace->value[period];
		int128 *cell =
			cells_at(detail->activity, number, period - 1,
					 states ? cells_money_row(states[period - 1], states[period]) : ROW_UNASSIGNED);

		cell[ACTIVITY_REVENUE_RETURNED] -= trace->negative[period] * factor[ACTIVITY_REVENUE_RETURNED];
		if (states == NULL || !is_customer(states[period - 1], states[period]))
			continue;
		cell[ACTIVITY_ACTIVE] += now[0] > 0;
		if (state_is_member(states[period - 1]))
		{
			cell[ACTIVITY_PURCHASES_BEFORE] += before[0];
			cell[ACTIVITY_PURCHASES_KEPT] += now[0];
		}
		if (before[0] <= 0)
			continue;
		cell[ACTIVITY_ACTIVE_BEFORE]++;
		cell[now[0] > 0 ? ACTIVITY_RETAINED : ACTIVITY_LAPSED]++;
		add_money(cell, before[trace->measure], now[trace->measure], now[0] <= 0,
				  factor[ACTIVITY_REVENUE_BEFORE]);
	}
}

void
detail_add_landing(FactsDetail *detail, int label, const int16 *states, const FactsTrace *trace, int measure,
				   int segments)
{
	LedgerShape shape = {.nmeasures = ACTIVITY_KINDS - 1};
	int64 factor[TRACE_VALUES];
	int number;

	if (trace->first > trace->last)
		return;
	shape.scale[ACTIVITY_ACQUISITION_COST_LANDED - 1] = trace->shape.scale[measure - 1];
	if (detail->activity == NULL)
		detail->activity = cells_for_ledgers(trace->nperiods, segments, &shape);
	cells_meet_scales(detail->activity, &shape, factor);
	number = label_in(&detail->activity, detail, label);
	for (int period = Max(trace->first, 1); period <= trace->last; period++)
	{
		int opening = states[period - 1];
		int closing = states[period];

		if (!state_is_member(opening) && state_is_member(closing))
			cells_at(detail->activity, number, period - 1, closing)[ACTIVITY_ACQUISITION_COST_LANDED] +=
				trace->value[period][measure] * factor[ACTIVITY_ACQUISITION_COST_LANDED];
	}
}

void
detail_add_totals(FactsDetail *detail, int label, int source, const int16 *states, const FactsTrace *trace,
				  int segments)
{
	FactsCells **totals = &detail->totals[source];
	int64 factor[TRACE_VALUES];
	int number;

	if (*totals == NULL)
		*totals = cells_for_ledgers(trace->nperiods, segments, &trace->shape);
	cells_meet_scales(*totals, &trace->shape, factor);
	number = label_in(totals, detail, label);
	for (int period = Max(trace->first, 1); period <= trace->last; period++)
	{
		int128 *cell =
			cells_at(*totals, number, period - 1,
					 states ? cells_money_row(states[period - 1], states[period]) : ROW_UNASSIGNED);

		for (int i = 0; i <= trace->shape.nmeasures; i++)
			cell[i] += trace->value[period][i] * factor[i];
	}
}

/* All cells of a breakdown, NULL where there are none. */
static FactsCells **
nth_cells(FactsDetail *detail, int nth, int nsources)
{
	if (nth == 0)
		return &detail->counts;
	if (nth == 1)
		return &detail->activity;
	return detail->totals != NULL ? &detail->totals[nth - 2] : NULL;
}

#define for_all_cells(nth, nsources) for (int nth = 0; nth < 2 + (nsources); nth++)

void
details_negate(FactsDetail *details, int ndetails, int nsources)
{
	for (int i = 0; i < ndetails; i++)
	{
		for_all_cells(nth, nsources)
		{
			FactsCells **cells = nth_cells(&details[i], nth, nsources);

			if (cells != NULL && *cells != NULL)
				cells_negate(*cells);
		}
	}
}

void
details_add(FactsDetail *to, FactsDetail *from, int ndetails, int nsources)
{
	for (int i = 0; i < ndetails; i++)
	{
		for_all_cells(nth, nsources)
		{
			FactsCells **sum = nth_cells(&to[i], nth, nsources);
			FactsCells **other = nth_cells(&from[i], nth, nsources);

			if (other == NULL || *other == NULL)
				continue;
			*sum = *sum == NULL ? *other : cells_add(*sum, *other);
		}
	}
}

bool
details_all_zero(FactsDetail *details, int ndetails, int nsources)
{
	for (int i = 0; i < ndetails; i++)
	{
		for_all_cells(nth, nsources)
		{
			FactsCells **cells = nth_cells(&details[i], nth, nsources);

			if (cells != NULL && *cells != NULL && !cells_all_zero(*cells))
				return false;
		}
	}
	return true;
}
