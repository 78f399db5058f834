/*
 * ledger_fn.h
 *	  What the evaluators' SQL functions share: reading their arguments.
 */
#ifndef SEGMENT_LEDGER_FN_H
#define SEGMENT_LEDGER_FN_H

#include "ledger_view.h"

/*
 * The evaluators' day arguments, from argument number "first" on: none for the
 * whole ledger, until, or since and until.
 */
static inline DayRange
get_day_range(FunctionCallInfo fcinfo, const LedgerView *view, int first)
{
	int given = PG_NARGS() - first;
	DayRange all = {0, view->ndays};

	if (given <= 0)
		return all;
	if (given == 1)
		return ledger_view_range(view, DATEVAL_NOBEGIN, PG_GETARG_DATEADT(first));
	return ledger_view_range(view, PG_GETARG_DATEADT(first), PG_GETARG_DATEADT(first + 1));
}

/* A measure's number, from 1; raises 22023 if the ledger has no such measure. */
extern int get_measure(FunctionCallInfo fcinfo, const LedgerView *view, int argument);

/* A sum as 64 bits, or 22003. */
static inline int64
narrow_sum(int128 sum, int value)
{
	if (unlikely(sum > PG_INT64_MAX || sum < PG_INT64_MIN))
		ledger_raise_overflow(value);
	return (int64) sum;
}

#endif /* SEGMENT_LEDGER_FN_H */
