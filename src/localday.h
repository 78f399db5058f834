/*
 * localday.h
 *	  The calendar day a moment falls on in a time zone.
 */
#ifndef SEGMENT_LOCALDAY_H
#define SEGMENT_LOCALDAY_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "pgtime.h"
#include "utils/date.h"

#define LOCALDAY_SLOTS 1024

typedef struct LocalDaySlot
{
	int32 utc_day; /* days since 2000-01-01 */
	int32 offset;  /* seconds east of UTC all that day, or LOCALDAY_CHANGES */
} LocalDaySlot;

typedef struct LocalDay
{
	pg_tz *zone;
	/* The last day found holds for moments from "since" until before "until". */
	DateADT day;
	TimestampTz since;
	TimestampTz until;
	LocalDaySlot slot[LOCALDAY_SLOTS];
} LocalDay;

extern LocalDay *local_day_create(const char *timezone);
extern DateADT local_day_find(LocalDay *calendar, TimestampTz moment);
extern DateADT day_of_timestamp(Timestamp moment);

/* "moment" must be finite. */
static inline DateADT
local_day(LocalDay *calendar, TimestampTz moment)
{
	if (likely(moment >= calendar->since && moment < calendar->until))
		return calendar->day;
	return local_day_find(calendar, moment);
}

#endif /* SEGMENT_LOCALDAY_H */
