/*
 * step.h
 *	  The fold that turns what the rules say day by day (raw) into the segment
 *	  a customer is in: segment = step(previous, since, raw, day).
 *
 * Values layer.  Refresh, backfill, verify and segment.step() all go through
 * this one function, so they cannot disagree.
 */
#ifndef SEGMENT_STEP_H
#define SEGMENT_STEP_H

#include "postgres.h"

#include "utils/date.h"
#include "utils/timestamp.h"

/* Segments are small positive numbers, unique in a scheme. */
#define NO_SEGMENT 0

typedef struct StepInput
{
	int previous;              /* segment so far, NO_SEGMENT on the first day */
	DateADT since;             /* first day in it; of no meaning on the first day */
	int raw;                   /* what the rules say; never NO_SEGMENT */
	DateADT day;               /* the day at whose end this holds */
	const Interval *min_dwell; /* shortest stay, calendar units follow the calendar; NULL is none */
	int override;              /* segment of an override in force, or NO_SEGMENT */
} StepInput;

typedef struct StepResult
{
	int segment;
	DateADT since;
	bool changed; /* also true on the first day */
} StepResult;

extern StepResult step_segment(const StepInput *input);

/* May a stay that began on since end on day? */
extern bool dwell_is_over(DateADT since, const Interval *min_dwell, DateADT day);

#endif /* SEGMENT_STEP_H */
