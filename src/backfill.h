/*
 * backfill.h
 *	  A scheme's past, evaluated from the ledgers.
 */
#ifndef SEGMENT_BACKFILL_H
#define SEGMENT_BACKFILL_H

#include "postgres.h"

#include "backfill_room.h"
#include "evaluate.h"

typedef struct BackfillCounts
{
	int64 customers;
	int64 history; /* rows written */
	int64 transitions;
} BackfillCounts;

/*
 * Evaluate the scheme at the end of each of the ascending days and fold
 * forward; write history and transitions.  With "current" the last day is
 * today's: its rows stay open and <population>_segment is written.
 */
extern void
backfill_scheme(EvaluationPlan *plan, const DateADT *days, int ndays, bool current, BackfillCounts *counts);

/* The same of past days, for the customers of a range of keys alone. */
extern void backfill_range(EvaluationPlan *plan, const DateADT *days, int ndays, const KeyRange *range,
						   BackfillCounts *counts);

/* Ends of the last n months before a day, ascending; returns how many. */
extern int month_ends_before(DateADT day, int months, DateADT *days);

#endif /* SEGMENT_BACKFILL_H */
