/*
 * schedule.h
 *	  When a job runs next: pure, of its schedule and the time.
 */
#ifndef SEGMENT_SCHEDULE_H
#define SEGMENT_SCHEDULE_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "pgtime.h"

typedef struct Schedule
{
	bool repeats;       /* else it runs once */
	Interval every;     /* when it repeats */
	bool at_given;      /* anchored at a local time of day */
	int64 at;           /* microseconds since midnight */
	const pg_tz *zone;  /* of "at", and of days and months */
	TimestampTz anchor; /* runs are counted from it, or from its local day */
} Schedule;

typedef enum ScheduleProblem
{
	SCHEDULE_SOUND,
	SCHEDULE_OUT_OF_RANGE, /* an interval below a second or above ten years, or of several signs */
	SCHEDULE_MIXED,        /* of months and days, or days and times: no grid */
	SCHEDULE_NO_DIVISOR    /* with "at": a part of a day that does not divide it */
} ScheduleProblem;

extern ScheduleProblem schedule_check(const Schedule *schedule);

/*
 * The first tick after a moment, of a sound schedule; however many were
 * missed, there is one next.  DT_NOEND for what does not repeat, past its only
 * tick.
 */
extern TimestampTz schedule_next(const Schedule *schedule, TimestampTz after);

/*
 * When to try again after the given number of failures in a row (from 1):
 * pauses double up to a limit; "chance" in [0, 1) spreads them by a quarter
 * either way, so that what failed together does not come back together.
 */
extern TimestampTz schedule_retry(TimestampTz now, int failures, double chance);

/* The instant of a local day and time: the next one there is when clocks skip it, the first when they repeat
 * it.
 */
extern TimestampTz schedule_instant(int32 day, int64 time, const pg_tz *zone);

#endif /* SEGMENT_SCHEDULE_H */
