/*
 * job_work.c
 *	  What a job of each kind does.
 *
 * Nothing that a statement by hand would not do: who may run the job may run
 * it, and the rights with which users' relations are read are decided there.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "utils/builtins.h"

#include "change_log.h"
#include "clock.h"
#include "guc.h"
#include "job_record.h"
#include "job_work.h"
#include "procedure.h"
#include "refresh.h"
#include "sql.h"

/* Scorecards that have a job of their own are left to it. */
static void
work_refresh(const Job *job, MemoryContext context)
{
	List *left = NIL;
	ListCell *lc;
	ApiCall call;

	transaction_begin(&call, false);
	foreach (lc, schemes_with_scorecard_job(job->population))
	{
		MemoryContext old = MemoryContextSwitchTo(context);

		left = lappend(left, pstrdup(lfirst(lc)));
		MemoryContextSwitchTo(old);
	}
	transaction_end(&call, false);
	run_refresh_leaving(job->population->name, false, 0, left);
}

static char *
work_scorecards(const Job *job, MemoryContext context)
{
	int refreshed = refresh_stale_scorecards(job->population->name, job->scheme);

	return MemoryContextStrdup(context, psprintf("%d scorecards refreshed", refreshed));
}

static void
raise_mismatch(const Job *job, int64 checked, int64 mismatched)
{
	const char *population = quote_literal_cstr(job->population->name);

	ereport(
		ERROR,
		(errcode(ERRCODE_DATA_CORRUPTED),
		 errmsg("results of " INT64_FORMAT " customers of " INT64_FORMAT " differ from a recomputation",
				mismatched, checked),
		 errhint(
			 "SELECT * FROM segment.verify_detail(%s) says in what; CALL segment.rebuild(population => %s) "
			 "reads everything anew.",
			 population, population)));
}

static char *
work_verify(const Job *job, MemoryContext context)
{
	char *result;
	char *sample;
	int64 checked;
	int64 mismatched;
	ApiCall call;

	transaction_begin(&call, false);
	sample = job_option(job, "sample");
	sql_query("SELECT checked, mismatched FROM segment.verify(%s, %s)",
			  quote_literal_cstr(job->population->name),
			  sample ? psprintf("%s::int", quote_literal_cstr(sample)) : "NULL");
	checked = cell_int64(0, 1, 0);
	mismatched = cell_int64(0, 2, 0);
	result = MemoryContextStrdup(context, psprintf(INT64_FORMAT " customers checked", checked));
	transaction_end(&call, false);
	if (mismatched > 0)
		raise_mismatch(job, checked, mismatched);
	return result;
}

static char *
work_maintain(const Job *job, MemoryContext context)
{
	int slots = change_log_rotate(job->population->name);
	int64 runs;
	int64 refreshes;
	char *result;
	ApiCall call;

	transaction_begin(&call, false);
	runs = job_prune_runs(0, job->population);
	refreshes = sql_run("DELETE FROM segment.refresh_log WHERE population_id = %d AND finished_at < "
						"%s - pg_catalog.make_interval(days => %d)",
						job->population->id, moment_sql(clock_now()), segment_refresh_log_days);
	result = MemoryContextStrdup(context, psprintf("%d parts of change logs emptied, " INT64_FORMAT
												   " runs and " INT64_FORMAT " rows of refresh_log pruned",
												   slots, runs, refreshes));
	transaction_end(&call, false);
	return result;
}

/* Resumes by itself where it was interrupted. */
static void
work_backfill(const Job *job)
{
	SPIExecuteOptions options = {.allow_nonatomic = true};
	char *query;
	char *until;
	char *step;
	int result;
	ApiCall call;
	MemoryContext outer = CurrentMemoryContext;

	transaction_begin(&call, false);
	until = job_option(job, "until");
	step = job_option(job, "step");
	query = MemoryContextStrdup(
		outer,
		psprintf(
			"CALL segment.backfill(%s, %s::pg_catalog.date, %s::pg_catalog.date, %s::pg_catalog.interval)",
			quote_literal_cstr(job->scheme), quote_literal_cstr(job_option(job, "since")),
			literal_or_null(until), quote_literal_cstr(step ? step : "1 month")));
	transaction_end(&call, false);
	result = SPI_execute_extended(query, &options);
	if (result < 0)
		elog(ERROR, "could not run \"%s\": %s", query, SPI_result_code_string(result));
}

char *
job_work(const Job *job, MemoryContext context)
{
	switch (job->kind)
	{
		case JOB_REFRESH:
			work_refresh(job, context);
			return NULL;
		case JOB_BACKFILL:
			work_backfill(job);
			return NULL;
		case JOB_SCORECARDS:
			return work_scorecards(job, context);
		case JOB_VERIFY:
			return work_verify(job, context);
		case JOB_MAINTAIN:
			return work_maintain(job, context);
	}
	return NULL;
}
