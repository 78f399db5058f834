/*
 * schedule_test.c
 *	  Unit tests of when jobs run: grids, clock changes, missed ticks, pauses.
 *
 * The server's time zones are not here: the test has its own, Paris in 2026
 * and one that changes its clocks at midnight.
 */
#include "postgres.h"

#include <stdarg.h>

#include "schedule.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#undef printf
#undef snprintf

static int tests = 0;
static int failures = 0;

static void
ok(bool passed, const char *what)
{
	tests++;
	failures += !passed;
	printf("%sok %d - %s\n", passed ? "" : "not ", tests, what);
}

/* A zone with a summer: offsets and instants in seconds, since 1970. */
struct pg_tz
{
	long winter;
	long summer;
	pg_time_t spring;
	pg_time_t autumn;
};

static const struct pg_tz utc = {0, 0, 0, 0};
/* 2026-03-29 01:00 and 2026-10-25 01:00 UTC. */
static const struct pg_tz paris = {3600, 7200, INT64CONST(1774746000), INT64CONST(1792890000)};
/* Clocks go from 00:00 to 01:00 on 2026-03-29, UTC+2 in winter. */
static const struct pg_tz midnight = {7200, 10800, INT64CONST(1774735200), INT64CONST(1792875600)};

int
pg_next_dst_boundary(const pg_time_t *timep, long int *before_gmtoff, int *before_isdst, pg_time_t *boundary,
					 long int *after_gmtoff, int *after_isdst, const pg_tz *tz)
{
	*before_gmtoff = *timep >= tz->spring && *timep < tz->autumn ? tz->summer : tz->winter;
	if (tz->winter == tz->summer || *timep >= tz->autumn)
		return 0;
	*boundary = *timep < tz->spring ? tz->spring : tz->autumn;
	*after_gmtoff = *timep < tz->spring ? tz->summer : tz->winter;
	return 1;
}

/* A moment in UTC. */
static TimestampTz
at(int year, int month, int day, int hour, int minute)
{
	return (date2j(year, month, day) - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY + hour * USECS_PER_HOUR +
		   minute * USECS_PER_MINUTE;
}

static const char *
shown(TimestampTz moment)
{
	static char text[64];
	int year;
	int month;
	int day;
	int64 minutes = moment / USECS_PER_MINUTE;

	if (TIMESTAMP_NOT_FINITE(moment))
		return "never";
	j2date((int) (minutes / (24 * 60)) + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	snprintf(text, sizeof(text), "%04d-%02d-%02d %02d:%02d", year, month, day, (int) (minutes / 60 % 24),
			 (int) (minutes % 60));
	return text;
}

static void
next_is(const Schedule *schedule, TimestampTz after, TimestampTz expected, const char *what)
{
	TimestampTz next = schedule_next(schedule, after);

	ok(next == expected, what);
	if (next != expected)
		printf("# got %s\n", shown(next));
}

static void
test_elapsed_time(void)
{
	Schedule five = {.repeats = true,
					 .every.time = 5 * USECS_PER_MINUTE,
					 .zone = &paris,
					 .anchor = at(2026, 3, 28, 12, 1)};

	next_is(&five, five.anchor - 1, five.anchor, "the first tick is the anchor");
	next_is(&five, five.anchor, at(2026, 3, 28, 12, 6), "the next one is an interval later");
	next_is(&five, at(2026, 3, 28, 12, 8), at(2026, 3, 28, 12, 11),
			"ticks are counted from the anchor, not from the last run");
	next_is(&five, at(2026, 6, 1, 0, 0), at(2026, 6, 1, 0, 1), "months of missed ticks come to one");
	next_is(&five, at(2026, 3, 29, 0, 58), at(2026, 3, 29, 1, 1),
			"elapsed time knows no change of the clocks");
}

static void
test_daily(void)
{
	Schedule daily = {
		.repeats = true, .every.day = 1, .at_given = true, .at = 150 * USECS_PER_MINUTE, .zone = &paris};

	daily.anchor = at(2026, 3, 27, 12, 0);
	next_is(&daily, daily.anchor, at(2026, 3, 28, 1, 30), "daily at 02:30: tomorrow, as it is past today");
	next_is(&daily, at(2026, 3, 28, 1, 30), at(2026, 3, 29, 1, 0),
			"02:30 does not exist: at 03:00, the next instant that does");
	next_is(&daily, at(2026, 3, 29, 1, 0), at(2026, 3, 30, 0, 30), "and not again that day");
	next_is(&daily, at(2026, 10, 24, 12, 0), at(2026, 10, 25, 0, 30), "02:30 occurs twice: at the first");
	next_is(&daily, at(2026, 10, 25, 0, 30), at(2026, 10, 26, 1, 30), "and once");
	next_is(&daily, at(2026, 10, 25, 1, 10), at(2026, 10, 26, 1, 30), "also for who asks in between");
	daily.at = 0;
	daily.zone = &midnight;
	next_is(&daily, at(2026, 3, 28, 12, 0), at(2026, 3, 28, 22, 0), "midnight does not exist: at 01:00");
	next_is(&daily, at(2026, 3, 28, 22, 0), at(2026, 3, 29, 21, 0), "and at the next day's midnight");
}

static void
test_longer(void)
{
	Schedule schedule = {
		.repeats = true, .every.day = 7, .at_given = true, .at = 6 * USECS_PER_HOUR, .zone = &utc};

	schedule.anchor = at(2026, 1, 5, 0, 0);
	next_is(&schedule, at(2026, 1, 5, 7, 0), at(2026, 1, 12, 6, 0), "weekly: the anchor's day of the week");
	next_is(&schedule, at(2026, 3, 1, 0, 0), at(2026, 3, 2, 6, 0), "however many weeks were missed");
	schedule.every.day = 0;
	schedule.every.month = 1;
	schedule.anchor = at(2026, 1, 31, 0, 0);
	next_is(&schedule, at(2026, 2, 1, 0, 0), at(2026, 2, 28, 6, 0),
			"monthly on the 31st: the last day of February");
	next_is(&schedule, at(2026, 2, 28, 6, 0), at(2026, 3, 31, 6, 0), "and the 31st again in March");
	schedule.every.month = 3;
	next_is(&schedule, at(2027, 12, 1, 0, 0), at(2028, 1, 31, 6, 0), "every three months over years");
	schedule.at_given = false;
	schedule.every.month = 0;
	schedule.every.day = 1;
	schedule.zone = &paris;
	schedule.anchor = at(2026, 3, 20, 11, 15);
	next_is(&schedule, at(2026, 3, 30, 0, 0), at(2026, 3, 30, 10, 15),
			"days without a time of day keep the local time of the anchor");
}

static void
test_in_day(void)
{
	Schedule six = {.repeats = true,
					.every.time = 6 * USECS_PER_HOUR,
					.at_given = true,
					.at = USECS_PER_HOUR,
					.zone = &paris};
	Schedule hourly = {.repeats = true,
					   .every.time = USECS_PER_HOUR,
					   .at_given = true,
					   .at = 13 * USECS_PER_HOUR,
					   .zone = &paris};
	TimestampTz tick = at(2026, 3, 28, 23, 0);
	int count = 0;

	six.anchor = hourly.anchor = at(2026, 1, 1, 0, 0);
	next_is(&six, at(2026, 1, 10, 6, 30), at(2026, 1, 10, 12, 0),
			"every six hours at 01:00: 01, 07, 13, 19 o'clock");
	next_is(&six, at(2026, 7, 10, 6, 30), at(2026, 7, 10, 11, 0), "in summer too");
	while (tick < at(2026, 3, 29, 22, 0))
	{
		tick = schedule_next(&hourly, tick);
		count++;
	}
	ok(count == 23, "hourly on the local clock: 23 on the shortest day");
	for (count = 0, tick = at(2026, 10, 24, 22, 0); tick < at(2026, 10, 25, 23, 0); count++)
		tick = schedule_next(&hourly, tick);
	ok(count == 24, "24 on the longest, where 02:00 counts once");
}

/* Every tick is later than the moment, and none lies between. */
static void
test_law(void)
{
	static const Interval every[] = {
		{.time = 7 * USECS_PER_SEC}, {.time = 20 * USECS_PER_MINUTE}, {.day = 1}, {.day = 3}, {.month = 1},
		{.time = 8 * USECS_PER_HOUR}};
	static const struct pg_tz *const zones[] = {&utc, &paris, &midnight};
	bool later = true;
	bool steady = true;

	for (int i = 0; i < 6 * 3 * 2 * 500; i++)
	{
		Schedule schedule = {.repeats = true,
							 .every = every[i % 6],
							 .zone = zones[i / 6 % 3],
							 .at_given = i / 18 % 2 && i % 6 > 0};
		TimestampTz after = at(2026, 1, 1, 0, 0) + i * INT64CONST(29) * USECS_PER_MINUTE;
		TimestampTz next;

		schedule.at = schedule.at_given ? (i % 47) * 30 * USECS_PER_MINUTE : 0;
		schedule.anchor = at(2025, 12, 1, 3, 17);
		if (schedule_check(&schedule) != SCHEDULE_SOUND)
			abort();
		next = schedule_next(&schedule, after);
		later &= next > after;
		steady &= schedule_next(&schedule, next - 1) == next;
	}
	ok(later, "ticks are later than what they follow, at any time of the year");
	ok(steady, "a moment before a tick, the tick is next");
}

static void
test_once(void)
{
	Schedule once = {.zone = &paris, .anchor = at(2026, 5, 1, 12, 0)};

	next_is(&once, once.anchor - 1, once.anchor, "once: at the anchor");
	next_is(&once, once.anchor, DT_NOEND, "and never again");
	once.at_given = true;
	once.at = 4 * USECS_PER_HOUR;
	next_is(&once, once.anchor, at(2026, 5, 2, 2, 0), "once at 04:00: the next 04:00");
}

static void
test_check(void)
{
	Schedule schedule = {.repeats = true, .zone = &utc};

	ok(schedule_check(&schedule) == SCHEDULE_OUT_OF_RANGE, "an interval of nothing");
	schedule.every.time = 1;
	ok(schedule_check(&schedule) == SCHEDULE_OUT_OF_RANGE, "a microsecond");
	schedule.every = (Interval){.day = 1, .time = -5};
	ok(schedule_check(&schedule) == SCHEDULE_OUT_OF_RANGE, "two signs");
	schedule.every = (Interval){.month = PG_INT32_MAX};
	ok(schedule_check(&schedule) == SCHEDULE_OUT_OF_RANGE, "millions of years");
	schedule.every = (Interval){.month = 1, .day = 1};
	ok(schedule_check(&schedule) == SCHEDULE_MIXED, "months and days");
	schedule.every = (Interval){.time = 7 * USECS_PER_HOUR};
	ok(schedule_check(&schedule) == SCHEDULE_SOUND, "seven hours of elapsed time");
	schedule.at_given = true;
	ok(schedule_check(&schedule) == SCHEDULE_NO_DIVISOR, "but not seven hours of a day");
}

static void
test_retry(void)
{
	ok(schedule_retry(0, 1, 0.5) == 10 * USECS_PER_SEC, "a first failure is tried again after ten seconds");
	ok(schedule_retry(0, 3, 0.5) == 40 * USECS_PER_SEC, "pauses double");
	ok(schedule_retry(0, 1000000, 0.5) == 900 * USECS_PER_SEC, "up to a quarter of an hour");
	ok(schedule_retry(0, 3, 0) == 30 * USECS_PER_SEC && schedule_retry(0, 3, 0.999) < 50 * USECS_PER_SEC,
	   "spread by a quarter");
}

int
main(void)
{
	test_elapsed_time();
	test_daily();
	test_longer();
	test_in_day();
	test_law();
	test_once();
	test_check();
	test_retry();
	printf("1..%d\n", tests);
	return failures > 0;
}
