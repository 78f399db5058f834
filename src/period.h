/*
 * period.h
 *	  Periods of the scorecards: calendar months.
 *
 * Values layer: pure functions over dates.
 */
#ifndef SEGMENT_PERIOD_H
#define SEGMENT_PERIOD_H

#include "postgres.h"

#include "utils/date.h"
#include "utils/timestamp.h"

typedef struct Period
{
	DateADT start; /* first day */
	DateADT end;   /* last day */
} Period;

extern Period period_containing(DateADT day);
extern Period period_after(Period period);
/* Open until "settle" has passed since the last day, then final. */
extern bool period_is_final(Period period, Interval *settle, DateADT as_of);

#endif /* SEGMENT_PERIOD_H */
