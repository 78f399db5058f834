/*
 * schedule.c
 *	  When a job runs next: pure, of its schedule and the time.
 *
 * Ticks lie on a grid that is counted from an anchor, never from the last run,
 * so that they do not drift and those that were missed come to one.  Where days
 * and months are involved the grid is one of local days and times, each made
 * an instant by itself: a day on which clocks change is then no special case,
 * except where the local time does not exist, or exists twice.
 */
#include "postgres.h"

#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "schedule.h"

#define RETRY_FIRST_SECONDS 10
#define RETRY_LIMIT_SECONDS 900
#define LONGEST_YEARS 10

/* A moment as the clocks of a zone show it. */
typedef struct LocalMoment
{
	int32 day;  /* since 2000 */
	int64 time; /* microseconds since midnight */
} LocalMoment;

static int64
floor_div(int64 a, int64 b)
{
	return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static pg_time_t
unix_seconds(int64 microseconds)
{
	return floor_div(microseconds, USECS_PER_SEC) +
		   (int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
}

static LocalMoment
local_moment(TimestampTz at, const pg_tz *zone)
{
	pg_time_t seconds = unix_seconds(at);
	pg_time_t boundary;
	long before;
	long after;
	int dst_before;
	int dst_after;
	LocalMoment local;
	int64 shown;

	(void) pg_next_dst_boundary(&seconds, &before, &dst_before, &boundary, &after, &dst_after, zone);
	shown = at + before * USECS_PER_SEC;
	local.day = (int32) floor_div(shown, USECS_PER_DAY);
	local.time = shown - local.day * USECS_PER_DAY;
	return local;
}

/*
 * A change of the clocks is looked for from a day before on; there is at most
 * one within two days.
 */
TimestampTz
schedule_instant(int32 day, int64 time, const pg_tz *zone)
{
	int64 local = day * USECS_PER_DAY + time;
	pg_time_t start = unix_seconds(local - USECS_PER_DAY);
	int64 epoch = (int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
	pg_time_t boundary;
	long before;
	long after;
	int dst_before;
	int dst_after;
	int64 change;

	if (pg_next_dst_boundary(&start, &before, &dst_before, &boundary, &after, &dst_after, zone) <= 0)
		return local - before * USECS_PER_SEC;
	change = (boundary - epoch) * USECS_PER_SEC;
	/* Shown before the clocks change, perhaps again afterwards: the first counts. */
	if (local - before * USECS_PER_SEC < change)
		return local - before * USECS_PER_SEC;
	/* Skipped: the change itself is the next instant there is. */
	return Max(local - after * USECS_PER_SEC, change);
}

static bool
is_calendar(const Interval *every)
{
	return every->month != 0 || every->day != 0;
}

static bool
is_in_range(const Interval *every)
{
	if (every->month < 0 || every->day < 0 || every->time < 0)
		return false;
	if (every->month > LONGEST_YEARS * MONTHS_PER_YEAR || every->day > LONGEST_YEARS * 366 ||
		every->time > LONGEST_YEARS * 366 * USECS_PER_DAY)
		return false;
	return is_calendar(every) || every->time >= USECS_PER_SEC;
}

ScheduleProblem
schedule_check(const Schedule *schedule)
{
	const Interval *every = &schedule->every;

	if (!schedule->repeats)
		return SCHEDULE_SOUND;
	if (!is_in_range(every))
		return SCHEDULE_OUT_OF_RANGE;
	if (every->month != 0 && (every->day != 0 || every->time != 0))
		return SCHEDULE_MIXED;
	if (every->day != 0 && every->time != 0)
		return SCHEDULE_MIXED;
	if (schedule->at_given && every->time != 0 && USECS_PER_DAY % every->time != 0)
		return SCHEDULE_NO_DIVISOR;
	return SCHEDULE_SOUND;
}

/* The n-th month from a day's on: on the same day of the month, or its last. */
static int32
add_months(int32 day, int64 months)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year;
	int month;
	int day_of_month;
	int64 count;
	int length;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &day_of_month);
	count = (int64) year * MONTHS_PER_YEAR + month - 1 + months;
	year = (int) (count / MONTHS_PER_YEAR);
	month = (int) (count % MONTHS_PER_YEAR);
	length = lengths[month] + (month == 1 && isleap(year));
	return date2j(year, month + 1, Min(day_of_month, length)) - POSTGRES_EPOCH_JDATE;
}

/* Months from one day's month to another's. */
static int64
months_between(int32 since, int32 until)
{
	int year[2];
	int month[2];
	int day;

	j2date(since + POSTGRES_EPOCH_JDATE, &year[0], &month[0], &day);
	j2date(until + POSTGRES_EPOCH_JDATE, &year[1], &month[1], &day);
	return (int64) (year[1] - year[0]) * MONTHS_PER_YEAR + month[1] - month[0];
}

/* The n-th day of the grid of days or months. */
static int32
grid_day(const Schedule *schedule, int32 first, int64 n)
{
	if (schedule->every.month != 0)
		return add_months(first, n * schedule->every.month);
	return (int32) (first + n * schedule->every.day);
}

/* A grid point not after the local day, near it. */
static int64
grid_start(const Schedule *schedule, int32 first, int32 day)
{
	int64 n = schedule->every.month != 0 ? floor_div(months_between(first, day), schedule->every.month)
										 : floor_div(day - first, schedule->every.day);

	return Max(n - 1, 0);
}

static TimestampTz
next_of_days(const Schedule *schedule, TimestampTz after)
{
	LocalMoment anchor = local_moment(schedule->anchor, schedule->zone);
	int64 time = schedule->at_given ? schedule->at : anchor.time;
	int32 day = local_moment(after, schedule->zone).day;

	for (int64 n = grid_start(schedule, anchor.day, day);; n++)
	{
		TimestampTz tick = schedule_instant(grid_day(schedule, anchor.day, n), time, schedule->zone);

		/* With "at", the first day's may be before the anchor. */
		if (tick > after && tick >= schedule->anchor)
			return tick;
	}
}

/* Parts of a day: the same local times every day. */
static TimestampTz
next_in_day(const Schedule *schedule, TimestampTz after)
{
	int64 every = schedule->every.time;
	int32 day;

	after = Max(after, schedule->anchor - 1);
	day = local_moment(after, schedule->zone).day;
	for (;; day++)
	{
		for (int64 time = schedule->at % every; time < USECS_PER_DAY; time += every)
		{
			TimestampTz tick = schedule_instant(day, time, schedule->zone);

			if (tick > after)
				return tick;
		}
	}
}

static TimestampTz
next_of_time(const Schedule *schedule, TimestampTz after)
{
	int64 every = schedule->every.time;

	if (after < schedule->anchor)
		return schedule->anchor;
	return schedule->anchor + (floor_div(after - schedule->anchor, every) + 1) * every;
}

static TimestampTz
only_tick(const Schedule *schedule)
{
	LocalMoment anchor;
	TimestampTz tick;

	if (!schedule->at_given)
		return schedule->anchor;
	anchor = local_moment(schedule->anchor, schedule->zone);
	tick = schedule_instant(anchor.day, schedule->at, schedule->zone);
	return tick >= schedule->anchor ? tick : schedule_instant(anchor.day + 1, schedule->at, schedule->zone);
}

TimestampTz
schedule_next(const Schedule *schedule, TimestampTz after)
{
	TimestampTz tick;

	if (!schedule->repeats)
	{
		tick = only_tick(schedule);
		return tick > after ? tick : DT_NOEND;
	}
	if (is_calendar(&schedule->every))
		return next_of_days(schedule, after);
	return schedule->at_given ? next_in_day(schedule, after) : next_of_time(schedule, after);
}

TimestampTz
schedule_retry(TimestampTz now, int failures, double chance)
{
	int64 seconds = RETRY_FIRST_SECONDS;

	for (int i = 1; i < failures && seconds < RETRY_LIMIT_SECONDS; i++)
		seconds *= 2;
	seconds = Min(seconds, RETRY_LIMIT_SECONDS);
	return now + (int64) (seconds * (0.75 + 0.5 * chance) * USECS_PER_SEC);
}
