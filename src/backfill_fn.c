/*
 * backfill_fn.c
 *	  CALL segment.backfill(): a scheme's past, on demand.
 *
 * Some customers after another, each slice in a transaction of its own that
 * holds the population's lock (backfill_slice.c); then the facts.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"

#include "args.h"
#include "backfill.h"
#include "backfill_slice.h"
#include "catalog.h"
#include "day.h"
#include "debug.h"
#include "evaluate.h"
#include "facts.h"
#include "late_facts.h"
#include "opt_out.h"
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

/*
 * Days at whose end nobody was there yet have no history: it would begin with
 * months of nothing.  The first day that is left.
 */
static int
skip_days_before_anyone(const Population *population, const DateADT *days, int ndays)
{
	bool isnull;
	DateADT first;
	int skipped = 0;

	sql_query("SELECT min(entry_day) FROM %s WHERE isfinite(entry_day)",
			  data_name(population->name, "_feature"));
	first = DatumGetDateADT(cell_datum(0, 1, &isnull));
	while (!isnull && skipped < ndays && days[skipped] < first)
		skipped++;
	if (skipped == ndays)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("there was no customer before %s", day_text(first)),
						errdetail("The last of the days to backfill is %s.", day_text(days[ndays - 1])),
						errhint("Backfill since %s or later.", day_text(first))));
	return skipped;
}

/* All of a call that outlives its transactions. */
typedef struct Backfilling
{
	char *name;
	DateADT since;
	bool until_given;
	DateADT until;
	char *step;
	Oid caller;
	int64 id;
	/* of the transaction at hand */
	Population *population;
	Scheme *scheme;
	BackfillRun run;
	DateADT *days;
	int ndays;
} Backfilling;

static void
find_days(Backfilling *fill)
{
	int skipped;

	fill->ndays = days_between(fill->since, fill->until, fill->step, &fill->days);
	require_span(fill->scheme, fill->since, fill->until, fill->ndays);
	skipped = skip_days_before_anyone(fill->population, fill->days, fill->ndays);
	fill->days += skipped;
	fill->ndays -= skipped;
}

/* A transaction under the population lock, with what others committed before we had it. */
static void
begin(Backfilling *fill, ApiCall *call)
{
	transaction_begin(call, false);
	fill->caller = call->caller;
	fill->scheme = scheme_of_caller(fill->name, call->caller, &fill->population);
	population_lock(fill->population->anchor);
	fill->scheme = scheme_by_name(fill->name, false);
	fill->population = population_by_id(fill->scheme->population_id);
	fill->run = (BackfillRun){.population = fill->population,
							  .scheme = fill->scheme,
							  .since = fill->since,
							  .until = fill->until,
							  .step = fill->step};
}

static void
start(Backfilling *fill)
{
	ApiCall call;

	begin(fill, &call);
	fill->until = fill->run.until = last_past_day(fill->scheme, fill->until_given, fill->until);
	opt_outs_take_out_last(fill->population->id);
	find_days(fill);
	if (fill->days[0] != fill->since)
		ereport(WARNING, (errmsg("history begins on %s", day_text(fill->days[0])),
						  errdetail("Before, there was no customer on any of the days to backfill.")));
	fill->id = backfill_run_begin(&fill->run, GetUserNameFromId(fill->caller, false));
	transaction_end(&call, false);
}

static void
write_slice(Backfilling *fill, const KeyRange *range)
{
	BackfillCounts counts = {0};
	EvaluationPlan *plan = scheme_evaluation_plan(fill->population, fill->scheme,
												  scheme_definition(fill->scheme, fill->scheme->version));
	int64 done;
	int64 total;

	/* Who is in quarantine keeps the past there is; whoever fails only now fails the backfill. */
	plan->only = quarantine_none_failed_sql(fill->population);
	backfill_run_progress(&fill->run, &done, &total);
	progress_start(fill->population->relation, PROGRESS_BACKFILLING, total);
	progress_done(done);
	find_days(fill);
	backfill_range(plan, fill->days, fill->ndays, range, &counts);
	backfill_run_advance(&fill->run, range);
	/* what the open months opened with may have changed, should nobody go on */
	scheme_forget_facts_day(fill->scheme);
	opt_outs_take_out_last(fill->population->id);
	progress_end();
}

/* The next customers; false when there are no more. */
static bool
slice(Backfilling *fill)
{
	ApiCall call;
	KeyRange range;
	bool more;

	begin(fill, &call);
	backfill_run_check(&fill->run, fill->id);
	more = backfill_run_next(&fill->run, &range);
	if (more)
		write_slice(fill, &range);
	DEBUG_POINT("backfill-before-commit");
	transaction_end(&call, false);
	DEBUG_POINT("slice-after-commit");
	return more;
}

/* History is whole: scorecards of the periods it reaches back to, and marks on those that were there. */
static void
finish(Backfilling *fill)
{
	ApiCall call;

	begin(fill, &call);
	backfill_run_check(&fill->run, fill->id);
	find_days(fill);
	progress_start(fill->population->relation, PROGRESS_COMPUTING_FACTS, 0);
	late_facts_mark_backfill(fill->scheme, fill->days[0], fill->days[fill->ndays - 1]);
	if (fill->days[0] < fill->scheme->history_since)
		scheme_set_history_since(fill->scheme, fill->days[0]);
	if (facts_update(fill->population, sources_of(fill->population), fill->scheme,
					 fill->scheme->history_since, fill->population->as_of))
		scheme_facts_changed(fill->scheme);
	backfill_run_end(&fill->run);
	progress_end();
	transaction_end(&call, false);
}

Datum
segment_backfill(PG_FUNCTION_ARGS)
{
	Backfilling fill = {0};
	ApiCall call;

	procedure_begin(fcinfo, "backfill");
	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 1, "since");
	fill.name = arg_text(fcinfo, 0);
	fill.since = PG_GETARG_DATEADT(1);
	fill.until_given = !PG_ARGISNULL(2);
	fill.until = fill.until_given ? PG_GETARG_DATEADT(2) : 0;
	if (!PG_ARGISNULL(3))
		require_step(PG_GETARG_INTERVAL_P(3));
	fill.step = PG_ARGISNULL(3) ? "1 month" : interval_literal(PG_GETARG_INTERVAL_P(3));
	start(&fill);
	while (slice(&fill))
		CHECK_FOR_INTERRUPTS();
	finish(&fill);
	transaction_begin(&call, false);
	scorecard_refresh(scheme_by_name(fill.name, false));
	transaction_end(&call, false);
	procedure_end();
	PG_RETURN_VOID();
}
