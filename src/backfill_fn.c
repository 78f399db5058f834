/*
 * backfill_fn.c
 *	  CALL segment.backfill(): a scheme's past, on demand.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"

#include "args.h"
#include "assign.h"
#include "backfill.h"
#include "catalog.h"
#include "day.h"
#include "evaluate.h"
#include "facts.h"
#include "population_lock.h"
#include "procedure.h"
#include "progress.h"
#include "quarantine.h"
#include "scheme.h"
#include "scorecard.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_backfill);

#define BACKFILL_MAX_DAYS 10000

/* since, since + step, …; with a step of whole months and since a month's last day, month ends. */
static int
days_between(DateADT since, DateADT until, const char *step, DateADT **days)
{
	uint64 found;

	found = sql_query("SELECT d::date FROM (SELECT CASE WHEN %s = (date_trunc('month', %s) + interval '1 "
					  "month' - interval '1 day')::date "
					  "AND s = date_trunc('day', s) AND extract(day FROM s) = 0 AND s >= interval '1 month' "
					  "THEN date_trunc('month', %s) + interval '1 month' + n * s - interval '1 day' ELSE %s "
					  "+ n * s END AS d "
					  "FROM (SELECT %s::interval AS s) AS given, generate_series(0, %d) AS n) AS series "
					  "WHERE d <= %s ORDER BY d",
					  day_sql(since), day_sql(since), day_sql(since), day_sql(since),
					  quote_literal_cstr(step), BACKFILL_MAX_DAYS, day_sql(until));
	if (found > BACKFILL_MAX_DAYS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("backfill of more than %d days", BACKFILL_MAX_DAYS), errhint("Use a longer step.")));
	*days = palloc(sizeof(DateADT) * (found + 1));
	for (uint64 row = 0; row < found; row++)
		(*days)[row] = cell_int(row, 1, 0);
	return (int) found;
}

static void
require_step(Interval *step)
{
	if (step->month < 0 || step->day < 0 || step->time != 0 || (step->month == 0 && step->day == 0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("step is not a positive number of days or calendar months"),
						errhint("Time is a day: for example step => '7 days' or '1 month'.")));
}

/* The day the first version went live: from there on history is what refreshes wrote. */
static DateADT
first_live_day(const Scheme *scheme)
{
	if (scheme->version == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("scheme \"%s\" has never been activated", scheme->name),
				 errhint("Activate it first with segment.activate(%s): cut points belong to a version.",
						 quote_literal_cstr(scheme->name))));
	sql_query("SELECT as_of FROM segment.scheme_version WHERE scheme_id OPERATOR(pg_catalog.=) %d ORDER BY "
			  "version LIMIT 1",
			  scheme->id);
	return cell_int(0, 1, 0);
}

static DateADT
last_past_day(const Scheme *scheme, bool given, DateADT until)
{
	DateADT live = first_live_day(scheme);

	if (given && until >= live)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("backfill of scheme \"%s\" must end before %s", scheme->name, day_text(live)),
						errhint("From that day on its history is what refreshes wrote, and stays.")));
	return given ? until : live - 1;
}

static void
require_span(const Scheme *scheme, DateADT since, DateADT until, int ndays)
{
	if (ndays == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no day to backfill between %s and %s", day_text(since), day_text(until)),
				 errhint("Scheme \"%s\" has been live since the day after the last one.", scheme->name)));
}

static void
backfill_in_snapshot(Scheme *scheme, DateADT since, bool until_given, DateADT until, const char *step)
{
	Population *population = population_by_id(scheme->population_id);
	BackfillCounts counts = {0};
	EvaluationPlan *plan;
	DateADT *days;
	int ndays;

	until = last_past_day(scheme, until_given, until);
	ndays = days_between(since, until, step, &days);
	require_span(scheme, since, until, ndays);
	plan = scheme_evaluation_plan(population, scheme, scheme_definition(scheme, scheme->version));
	/* Who is in quarantine keeps the past there is; whoever fails only now fails the backfill. */
	plan->only = quarantine_none_failed_sql(population);
	progress_start(population->relation, PROGRESS_BACKFILLING, 0);
	backfill_scheme(plan, days, ndays, false, &counts);
	if (days[0] < scheme->history_since)
		scheme_set_history_since(scheme, days[0]);
	facts_update(population, plan->sources, scheme, scheme->history_since, population->as_of);
	progress_end();
}

Datum
segment_backfill(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Scheme *scheme;
	Population *population;
	char *name;
	char *step;

	procedure_begin(fcinfo, "backfill");
	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 1, "since");
	name = arg_text(fcinfo, 0);
	if (!PG_ARGISNULL(3))
		require_step(PG_GETARG_INTERVAL_P(3));
	step = PG_ARGISNULL(3) ? "1 month" : interval_literal(PG_GETARG_INTERVAL_P(3));
	transaction_begin(&call, false);
	scheme = scheme_by_name(name, false);
	population = population_by_id(scheme->population_id);
	population_check_access(population, call.caller);
	population_lock(population->anchor);
	scheme = scheme_by_name(name, false);
	backfill_in_snapshot(scheme, PG_GETARG_DATEADT(1), !PG_ARGISNULL(2),
						 PG_ARGISNULL(2) ? 0 : PG_GETARG_DATEADT(2), step);
	transaction_end(&call, false);
	transaction_begin(&call, false);
	scorecard_refresh(scheme_by_name(name, false));
	transaction_end(&call, false);
	procedure_end();
	PG_RETURN_VOID();
}
