/*
 * facts_trace.h
 *	  What one ledger amounts to in each period, kept while its entries are
 *	  read once for the cells of its source.
 *
 * Activity compares a customer's periods, and breakdowns count the same
 * amounts under other labels: neither needs the entries again.
 */
#ifndef SEGMENT_FACTS_TRACE_H
#define SEGMENT_FACTS_TRACE_H

#include "postgres.h"

#include "ledger.h"

#define TRACE_VALUES (1 + LEDGER_MAX_MEASURES) /* events, then measures */

typedef struct FactsTrace
{
	DateADT before; /* last day before the period before the first */
	int nperiods;   /* numbered from 1; 0 is the period before */
	int measure;    /* whose negative amounts are kept too; 0: none */

	/* of the last ledger */
	LedgerShape shape;
	int first; /* periods with entries; first > last: none */
	int last;
	int128 (*value)[TRACE_VALUES]; /* [period] */
	int128 *negative;              /* [period]: the sum of what is below zero, entry by entry */
} FactsTrace;

static inline void
trace_init(FactsTrace *trace, DateADT before, int nperiods)
{
	memset(trace, 0, sizeof(FactsTrace));
	trace->before = before;
	trace->nperiods = nperiods;
	trace->value = palloc0((nperiods + 1) * sizeof(*trace->value));
	trace->negative = palloc0((nperiods + 1) * sizeof(int128));
	trace->first = 1;
	trace->last = 0;
}

/* Forget the ledger before this one. */
static inline void
trace_begin(FactsTrace *trace, const LedgerShape *shape)
{
	for (int i = trace->first; i <= trace->last; i++)
	{
		memset(trace->value[i], 0, sizeof(trace->value[i]));
		trace->negative[i] = 0;
	}
	trace->shape = *shape;
	trace->first = trace->nperiods + 1;
	trace->last = -1;
}

static inline void
trace_add(FactsTrace *trace, int period, const LedgerIterator *it)
{
	int128 *value = trace->value[period];

	trace->first = Min(trace->first, period);
	trace->last = Max(trace->last, period);
	value[0] += it->count;
	for (int i = 0; i < it->shape.nmeasures; i++)
		value[1 + i] += it->measure[i];
	if (trace->measure > 0 && it->measure[trace->measure - 1] < 0)
		trace->negative[period] += it->measure[trace->measure - 1];
}

#endif /* SEGMENT_FACTS_TRACE_H */
