/*
 * clock.h
 *	  What time it is, the real clock's or the one set in segment.clock, and waiting.
 *
 * Everything that asks for now asks here, so that tests and replays of past
 * data set the time in one place.
 */
#ifndef SEGMENT_CLOCK_H
#define SEGMENT_CLOCK_H

#include "postgres.h"

#include "utils/date.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

extern TimestampTz clock_now(void);

/* The calendar day it is now in a time zone; 22023 if there is no such zone. */
extern DateADT clock_today(const char *timezone);

/*
 * Sleep until the latch is set or so many milliseconds have passed, and reset
 * it; the process ends with the postmaster.
 */
extern void clock_wait(long milliseconds);

#ifdef SEGMENT_DEBUG
/* Waits return at once, and the clock is ahead by what they should have taken. */
extern bool clock_runs_ahead;
#endif

/* Check hook of segment.clock. */
extern bool clock_check_setting(char **newval, void **extra, GucSource source);

#endif /* SEGMENT_CLOCK_H */
