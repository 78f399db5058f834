/*
 * facts_agg.h
 *	  What the states of customers and the cells of facts have in common.
 *
 * A customer's states are a smallint[]: where it stood at the end of each of
 * n + 1 days, the days around n periods.  A state is not yet entered, left,
 * unassigned, or STATE_FIRST_SEGMENT plus a segment's number from 0.  Cells
 * belong to a row of the scorecard, numbered like the states from
 * `unassigned` on, with `new` before.
 */
#ifndef SEGMENT_FACTS_AGG_H
#define SEGMENT_FACTS_AGG_H

#include "postgres.h"

#include "utils/array.h"
#include "utils/date.h"

#define STATE_NOT_ENTERED 0
#define STATE_LEFT 1
#define STATE_UNASSIGNED 2
#define STATE_FIRST_SEGMENT 3

#define ROW_NEW 1 /* rows are numbered from 1 */
#define ROW_UNASSIGNED STATE_UNASSIGNED
#define ROWS_BESIDE_SEGMENTS 2

#define PERIODS_MAX 10000

/* The six counts, in the order of their cells. */
typedef enum FactsCount
{
	COUNT_OPENING,
	COUNT_ACQUIRED,
	COUNT_MOVED_IN,
	COUNT_MOVED_OUT,
	COUNT_REMOVED,
	COUNT_CLOSING,
	COUNT_KINDS
} FactsCount;

/* A customer is a member in states from STATE_UNASSIGNED on. */
#define state_is_member(state) ((state) >= STATE_UNASSIGNED)

/*
 * The days of a date[] argument: the last day before the first period, then
 * the last day of each period.  Raises 22023 unless there are at least two,
 * finite and ascending.  Points into the array.
 */
extern const DateADT *facts_days(ArrayType *days, int *ndays);

#endif /* SEGMENT_FACTS_AGG_H */
