/*
 * clock.h
 *	  What time it is: the real clock, or the one set in segment.clock.
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

/* Check hook of segment.clock. */
extern bool clock_check_setting(char **newval, void **extra, GucSource source);

#endif /* SEGMENT_CLOCK_H */
