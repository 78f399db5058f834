/*
 * period.c
 *	  Periods of the scorecards: calendar months.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"

#include "period.h"

static DateADT
first_of_month(int year, int month)
{
	return date2j(year, month, 1) - POSTGRES_EPOCH_JDATE;
}

Period
period_containing(DateADT day)
{
	Period period;
	int year;
	int month;
	int day_of_month;

	if (DATE_NOT_FINITE(day))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("no period contains an infinite date"), errhint("Give a calendar day.")));
	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &day_of_month);
	period.start = first_of_month(year, month);
	period.end =
		(month == MONTHS_PER_YEAR ? first_of_month(year + 1, 1) : first_of_month(year, month + 1)) - 1;
	return period;
}

Period
period_after(Period period)
{
	return period_containing(period.end + 1);
}

bool
period_is_final(Period period, Interval *settle, DateADT as_of)
{
	Datum settled =
		DirectFunctionCall2(date_pl_interval, DateADTGetDatum(period.end), IntervalPGetDatum(settle));

	return DatumGetDateADT(DirectFunctionCall1(timestamp_date, settled)) <= as_of;
}
