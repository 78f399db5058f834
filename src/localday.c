/*
 * localday.c
 *	  From timestamptz to the local day, fast enough for every row of a source.
 *
 * A general conversion searches the zone's transitions and breaks the moment
 * into calendar fields; all that is wanted here is a day number.  On most days
 * the zone's offset does not change, so one look-up per (zone, UTC day) is
 * kept in a direct-mapped cache, and a row costs a division or two; none on the
 * same day as the row before, as rows in order of time mostly are.  On the few
 * days with a transition every moment asks for its own offset.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "localday.h"

#define LOCALDAY_EMPTY PG_INT32_MIN
#define LOCALDAY_CHANGES PG_INT32_MAX

PG_FUNCTION_INFO_V1(segment_local_day);

/* Raises 22023 when there is no such zone. */
LocalDay *
local_day_create(const char *timezone)
{
	LocalDay *calendar = palloc(sizeof(LocalDay));

	calendar->zone = pg_tzset(timezone);
	if (calendar->zone == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("time zone \"%s\" not recognized", timezone),
						errhint("View pg_timezone_names lists the names known to this server.")));
	calendar->since = calendar->until = 0;
	for (int i = 0; i < LOCALDAY_SLOTS; i++)
		calendar->slot[i].utc_day = LOCALDAY_EMPTY;
	return calendar;
}

/* Seconds since 1970 of the start of a second since 2000. */
static pg_time_t
unix_time(int64 seconds)
{
	return seconds + (int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
}

static int32
offset_at(pg_tz *zone, int64 seconds)
{
	pg_time_t at = unix_time(seconds);

	return (int32) pg_localtime(&at, zone)->tm_gmtoff;
}

/* The offset that holds all through the day, or LOCALDAY_CHANGES. */
static int32
offset_of_utc_day(pg_tz *zone, int32 utc_day)
{
	int64 start = (int64) utc_day * SECS_PER_DAY;
	pg_time_t at = unix_time(start);
	pg_time_t boundary;
	long before;
	long after;
	int before_isdst;
	int after_isdst;
	int found;

	found = pg_next_dst_boundary(&at, &before, &before_isdst, &boundary, &after, &after_isdst, zone);
	if (found < 0 || (found > 0 && boundary < at + SECS_PER_DAY))
		return LOCALDAY_CHANGES;
	return offset_at(zone, start);
}

static inline int64
floor_divide(int64 value, int64 by)
{
	int64 quotient = value / by;

	return quotient - (value - quotient * by < 0);
}

/* Where the UTC day and the local day overlap, the same offset and day hold for every moment. */
static void
remember_day(LocalDay *calendar, int64 utc_day, DateADT day, int64 offset)
{
	int64 local_start = day * USECS_PER_DAY - offset * USECS_PER_SEC;

	calendar->day = day;
	calendar->since = Max(utc_day * USECS_PER_DAY, local_start);
	calendar->until = Min((utc_day + 1) * USECS_PER_DAY, local_start + USECS_PER_DAY);
}

/* local_day() of a moment that is not on the last day found. */
DateADT
local_day_find(LocalDay *calendar, TimestampTz moment)
{
	int32 utc_day = (int32) floor_divide(moment, USECS_PER_DAY);
	LocalDaySlot *slot = &calendar->slot[(uint32) utc_day % LOCALDAY_SLOTS];
	DateADT day;

	if (unlikely(slot->utc_day != utc_day))
	{
		slot->offset = offset_of_utc_day(calendar->zone, utc_day);
		slot->utc_day = utc_day;
	}
	if (unlikely(slot->offset == LOCALDAY_CHANGES))
	{
		int32 offset = offset_at(calendar->zone, floor_divide(moment, USECS_PER_SEC));

		return (DateADT) floor_divide(moment + offset * USECS_PER_SEC, USECS_PER_DAY);
	}
	day = (DateADT) floor_divide(moment + slot->offset * USECS_PER_SEC, USECS_PER_DAY);
	remember_day(calendar, utc_day, day, slot->offset);
	return day;
}

/* The day of a local time; "moment" must be finite. */
DateADT
day_of_timestamp(Timestamp moment)
{
	return (DateADT) floor_divide(moment, USECS_PER_DAY);
}

/* segment.local_day(timestamptz, text): date */
Datum
segment_local_day(PG_FUNCTION_ARGS)
{
	TimestampTz moment = PG_GETARG_TIMESTAMPTZ(0);
	char *timezone = text_to_cstring(PG_GETARG_TEXT_PP(1));
	LocalDay *calendar = fcinfo->flinfo->fn_extra;

	if (calendar == NULL || pg_strcasecmp(pg_get_timezone_name(calendar->zone), timezone) != 0)
	{
		MemoryContext caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		if (calendar)
			pfree(calendar);
		fcinfo->flinfo->fn_extra = NULL;
		calendar = local_day_create(timezone);
		fcinfo->flinfo->fn_extra = calendar;
		MemoryContextSwitchTo(caller);
	}
	if (TIMESTAMP_IS_NOBEGIN(moment))
		PG_RETURN_DATEADT(DATEVAL_NOBEGIN);
	if (TIMESTAMP_IS_NOEND(moment))
		PG_RETURN_DATEADT(DATEVAL_NOEND);
	PG_RETURN_DATEADT(local_day(calendar, moment));
}
