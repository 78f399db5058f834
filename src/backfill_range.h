/*
 * backfill_range.h
 *	  A range of days in a scheme's history: made free for a backfill, and joined to what is around it.
 */
#ifndef SEGMENT_BACKFILL_RANGE_H
#define SEGMENT_BACKFILL_RANGE_H

#include "utils/date.h"

#include "catalog.h"

typedef struct BackfillRange
{
	const Population *population;
	const Scheme *scheme;
	DateADT first;
	DateADT last;
} BackfillRange;

/* Take away the members' history and transitions of these days; what was before and after stays. */
extern void backfill_range_clear(const BackfillRange *range);

/* Once the days are written: no seam where the segment is the same, a transition where it is not. */
extern void backfill_range_join(const BackfillRange *range);

#endif /* SEGMENT_BACKFILL_RANGE_H */
