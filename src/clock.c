/*
 * clock.c
 *	  The extension's clock, and segment.today().
 *
 * The setting is kept as text and read at each use: when it is first checked,
 * at server start, the time zone may not be known yet.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "pgtime.h"
#include "storage/latch.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

#include "clock.h"
#include "compat.h"
#include "guc.h"

#ifdef SEGMENT_DEBUG
bool clock_runs_ahead = false;
#endif
/* By how much waits that took no time have moved the clock, in microseconds. */
static int64 ahead = 0;

/* now, today and their like would make the set clock run on. */
static bool
is_relative(char **fields, int *types, int count)
{
	static const char *const words[] = {"now", "today", "tomorrow", "yesterday"};

	for (int i = 0; i < count; i++)
		for (int j = 0; types[i] == DTK_STRING && j < lengthof(words); j++)
			if (pg_strcasecmp(fields[i], words[j]) == 0)
				return true;
	return false;
}

/* As timestamptz input does, but without throwing: a check hook may not. */
static bool
parse_clock(const char *setting, TimestampTz *result)
{
	char buffer[MAXDATELEN + MAXDATEFIELDS];
	char *fields[MAXDATEFIELDS];
	int types[MAXDATEFIELDS];
	int count;
	int type;
	int timezone;
	fsec_t fraction;
	struct pg_tm tm;

	if (ParseDateTime(setting, buffer, sizeof(buffer), fields, types, MAXDATEFIELDS, &count) != 0)
		return false;
	if (is_relative(fields, types, count))
		return false;
	if (segment_decode_datetime(fields, types, count, &type, &tm, &fraction, &timezone) != 0 ||
		type != DTK_DATE)
		return false;
	return tm2timestamp(&tm, fraction, &timezone, result) == 0;
}

bool
clock_check_setting(char **newval, void **extra, GucSource source)
{
	TimestampTz ignored;

	if (*newval == NULL || **newval == '\0' || parse_clock(*newval, &ignored))
		return true;
	GUC_check_errdetail("\"%s\" is not a point in time.", *newval);
	GUC_check_errhint("Write a timestamp such as \"1998-06-30 12:00:00+02\", or nothing for the real clock.");
	return false;
}

TimestampTz
clock_now(void)
{
	TimestampTz now;

	if (segment_clock == NULL || *segment_clock == '\0')
		return GetCurrentTimestamp() + ahead;
	/* Valid when it was set, but perhaps not in the time zone of now. */
	if (!parse_clock(segment_clock, &now))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("segment.clock is not a point in time: \"%s\"", segment_clock),
						errhint("Set it to a timestamp with its offset, or to nothing for the real clock.")));
	return now + ahead;
}

void
clock_wait(long milliseconds)
{
#ifdef SEGMENT_DEBUG
	if (clock_runs_ahead)
	{
		ahead += milliseconds * INT64CONST(1000);
		milliseconds = 0;
	}
#endif
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, milliseconds,
					 PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
}

DateADT
clock_today(const char *timezone)
{
	pg_tz *zone = pg_tzset(timezone);
	int offset;
	fsec_t fraction;
	struct pg_tm tm;

	if (zone == NULL || !pg_tz_acceptable(zone))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("time zone \"%s\" is not known", timezone),
				 errhint("Give a name of the view pg_timezone_names, such as \"Europe/Paris\".")));
	if (timestamp2tm(clock_now(), &offset, &tm, &fraction, NULL, zone) != 0)
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range"),
						errhint("Set segment.clock to a day that the calendar holds.")));
	return date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) - POSTGRES_EPOCH_JDATE;
}

PG_FUNCTION_INFO_V1(segment_today);

Datum
segment_today(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(clock_today(text_to_cstring(PG_GETARG_TEXT_PP(0))));
}
