/*
 * job_record.c
 *	  Runs of jobs: claimed, finished, found dead.
 *
 * An episode is what happens from a first failure to the next success: it is
 * told of when it begins, when the job is disabled and when it is over, in the
 * server's log and on the channel segment_job, and not in between.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"

#include "clock.h"
#include "compat.h"
#include "guc.h"
#include "job_record.h"
#include "sql.h"

#define CRASHES_TOLERATED 3
#define JOB_LOCK_FIELD 21320 /* pg_locks.objsubid; pg_advisory_lock has 1 and 2 */
#define PRUNE_EVERY 64       /* runs */

static void
set_lock_tag(LOCKTAG *tag, int job_id)
{
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, 0, (uint32) job_id, JOB_LOCK_FIELD);
}

bool
job_lock(int job_id)
{
	LOCKTAG tag;

	set_lock_tag(&tag, job_id);
	return LockAcquire(&tag, ExclusiveLock, true, true) != LOCKACQUIRE_NOT_AVAIL;
}

void
job_unlock(int job_id)
{
	LOCKTAG tag;

	set_lock_tag(&tag, job_id);
	(void) LockRelease(&tag, ExclusiveLock, true);
}

/* To the end of the transaction: nobody runs the job meanwhile. */
static bool
runner_is_gone(int job_id)
{
	LOCKTAG tag;

	set_lock_tag(&tag, job_id);
	return LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
}

/* No message of an error: it may name a customer. */
static void
tell(const Job *job, const char *event, const char *sqlstate)
{
	sql_run("SELECT pg_catalog.pg_notify('segment_job', pg_catalog.json_build_object('event', %s, 'job', %d, "
			"'kind', %s, 'target', %s, 'sqlstate', %s)::text)",
			quote_literal_cstr(event), job->id, quote_literal_cstr(job_kind_name(job->kind)),
			quote_literal_cstr(job->scheme ? job->scheme : job->population->name), literal_or_null(sqlstate));
}

static char *
clock_sql(void)
{
	return moment_sql(clock_now());
}

static void
ensure_state(const Job *job)
{
	sql_run(
		"INSERT INTO segment.job_state (job_id, next_run) VALUES (%d, '-infinity') ON CONFLICT DO NOTHING",
		job->id);
}

int64
job_started(const Job *job)
{
	int64 run_id;

	ensure_state(job);
	sql_run("INSERT INTO segment.job_run (job_id, started_at, state, pid) VALUES (%d, %s, 'running', %d) "
			"RETURNING run_id",
			job->id, clock_sql(), MyProcPid);
	run_id = cell_int64(0, 1, 0);
	sql_run("UPDATE segment.job_state SET run_id = " INT64_FORMAT ", pid = %d WHERE job_id = %d", run_id,
			MyProcPid, job->id);
	return run_id;
}

static TimestampTz
next_regular(const Job *job)
{
	return schedule_next(&job->schedule, clock_now());
}

static TimestampTz
next_after_failure(const Job *job)
{
	return schedule_retry(clock_now(), job->failures + 1, segment_chance());
}

static void
close_run(int64 run_id, const JobOutcome *outcome)
{
	sql_run(
		"UPDATE segment.job_run SET state = %s, finished_at = %s, result = %s, sqlstate = %s, message = %s, "
		"detail = %s, hint = %s WHERE run_id = " INT64_FORMAT,
		quote_literal_cstr(outcome->state), clock_sql(), literal_or_null(outcome->result),
		literal_or_null(outcome->sqlstate), literal_or_null(outcome->message),
		literal_or_null(outcome->detail), literal_or_null(outcome->hint), run_id);
}

/* What was skipped meanwhile has its turn now. */
static void
resume_dependents(const Job *job)
{
	if (job->kind == JOB_REFRESH)
		sql_run(
			"UPDATE segment.job_state s SET next_run = %s FROM segment.job j WHERE j.job_id = s.job_id AND "
			"j.population_id = %d AND s.last_state = 'skipped'",
			clock_sql(), job->population->id);
}

static void
record_success(const Job *job, int64 run_id)
{
	sql_run("UPDATE segment.job_state SET run_id = NULL, pid = NULL, failures = 0, crashes = 0, last_state = "
			"'succeeded', late_since = NULL, next_run = %s, last_success = (SELECT started_at FROM "
			"segment.job_run WHERE run_id = " INT64_FORMAT ") WHERE job_id = %d",
			moment_sql(next_regular(job)), run_id, job->id);
	if (job->failures == 0)
		return;
	ereport(LOG, (errmsg("segment job %d (%s) succeeds again after %d failures", job->id, job->label,
						 job->failures)));
	tell(job, "recovered", NULL);
	resume_dependents(job);
}

bool
job_error_may_name_customer(const char *sqlstate)
{
	return sqlstate != NULL && (strncmp(sqlstate, "22", 2) == 0 || strncmp(sqlstate, "23", 2) == 0 ||
								strncmp(sqlstate, "P0", 2) == 0);
}

static void
record_failure(const Job *job, const JobOutcome *outcome)
{
	sql_run("UPDATE segment.job_state SET run_id = NULL, pid = NULL, failures = failures + 1, crashes = 0, "
			"last_state = 'failed', next_run = %s WHERE job_id = %d",
			moment_sql(next_after_failure(job)), job->id);
	if (job->failures > 0)
		return;
	ereport(WARNING,
			(errmsg("segment job %d (%s) failed: %s", job->id, job->label,
					job_error_may_name_customer(outcome->sqlstate) ? outcome->sqlstate : outcome->message),
			 errhint("SELECT * FROM segment.job_error WHERE job = %d; it is tried again, and not warned of "
					 "until it has succeeded.",
					 job->id)));
	tell(job, "failed", outcome->sqlstate);
}

/* Cancelled is no failure: its next turn is the regular one, or now when it was the process that had to go.
 */
static void
record_cancel(const Job *job, const JobOutcome *outcome)
{
	bool process_ended = outcome->sqlstate != NULL && strcmp(outcome->sqlstate, "57P01") == 0;

	sql_run("UPDATE segment.job_state SET run_id = NULL, pid = NULL, last_state = 'cancelled', next_run = %s "
			"WHERE job_id = %d",
			process_ended ? clock_sql() : moment_sql(next_regular(job)), job->id);
}

void
job_finished(const Job *job, int64 run_id, const JobOutcome *outcome)
{
	close_run(run_id, outcome);
	if (strcmp(outcome->state, "succeeded") == 0)
		record_success(job, run_id);
	else if (strcmp(outcome->state, "failed") == 0)
		record_failure(job, outcome);
	else
		record_cancel(job, outcome);
	if (run_id % PRUNE_EVERY == 0)
		(void) job_prune_runs(job->id, job->population);
}

/* One row an episode, however often its turn comes. */
void
job_skipped(const Job *job, const char *reason)
{
	char *now = clock_sql();

	ensure_state(job);
	if (sql_run("UPDATE segment.job_run SET finished_at = %s WHERE run_id = (SELECT max(run_id) FROM "
				"segment.job_run WHERE job_id = %d) AND state = 'skipped' AND message = %s",
				now, job->id, quote_literal_cstr(reason)) == 0)
		sql_run(
			"INSERT INTO segment.job_run (job_id, started_at, finished_at, state, pid, message, hint) VALUES "
			"(%d, %s, %s, 'skipped', %d, %s, 'It runs again once what it depends on has succeeded.')",
			job->id, now, now, MyProcPid, quote_literal_cstr(reason));
	sql_run("UPDATE segment.job_state SET last_state = 'skipped', next_run = %s WHERE job_id = %d",
			moment_sql(job->schedule.repeats ? next_regular(job) : next_after_failure(job)), job->id);
}

static void
disable(const Job *job)
{
	sql_run(
		"UPDATE segment.job SET active = false, disabled_reason = %s WHERE job_id = %d",
		quote_literal_cstr(psprintf("the process that ran it was gone %d times in a row", CRASHES_TOLERATED)),
		job->id);
	ereport(WARNING,
			(errmsg("segment job %d (%s) crashed %d times in a row and is disabled", job->id, job->label,
					CRASHES_TOLERATED),
			 errhint("Find out from the server's log why, then SELECT segment.alter_job(%d, active => true).",
					 job->id)));
	tell(job, "disabled", NULL);
}

void
job_crashed(const Job *job)
{
	JobOutcome outcome = {.state = "crashed",
						  .message = "the process that ran it is gone",
						  .hint = "The server's log says what became of the process."};

	close_run(job->run_id, &outcome);
	sql_run("UPDATE segment.job_state SET run_id = NULL, pid = NULL, failures = failures + 1, "
			"crashes = crashes + 1, last_state = 'crashed', next_run = %s WHERE job_id = %d",
			moment_sql(next_after_failure(job)), job->id);
	if (job->crashes + 1 >= CRASHES_TOLERATED)
	{
		disable(job);
		return;
	}
	if (job->failures > 0)
		return;
	ereport(WARNING,
			(errmsg("segment job %d (%s) crashed", job->id, job->label), errhint("%s", outcome.hint)));
	tell(job, "crashed", NULL);
}

int64
job_prune_runs(int job_id, const Population *population)
{
	return sql_run("DELETE FROM segment.job_run r USING segment.job j WHERE j.job_id = r.job_id AND "
				   "(j.job_id = %d OR %d = 0 "
				   "AND j.population_id = %d) AND r.state <> 'running' AND (r.started_at < %s - "
				   "pg_catalog.make_interval(days => %d) "
				   "OR r.run_id <= (SELECT k.run_id FROM segment.job_run k WHERE k.job_id = r.job_id ORDER "
				   "BY k.run_id DESC "
				   "OFFSET %d LIMIT 1))",
				   job_id, job_id, population->id, clock_sql(), segment_job_run_days, segment_job_runs_kept);
}

/* What has gone wrong without anybody's doing. */

void
reap_dead_runs(void)
{
	ListCell *lc;

	foreach (lc, jobs_where("s.run_id IS NOT NULL"))
	{
		Job *job = lfirst(lc);

		if (!runner_is_gone(job->id))
			continue;
		/* It may have ended by itself a moment ago. */
		job = job_by_id(job->id, true);
		if (job != NULL && job->run_id != 0)
			job_crashed(job);
	}
}

/*
 * Results are as old as the last refresh, whoever ran it, or as the last
 * success of a job of another kind; before the first, as the job itself.
 */
#define IS_LATE                                                                                              \
	"(COALESCE(greatest(s.last_success, CASE j.kind WHEN 'refresh' THEN p.read_at END), j.anchor) "          \
	"< %s - COALESCE(j.target_lag, 2 * j.every))"

static void
note_late(const Job *job, bool late)
{
	ensure_state(job);
	sql_run("UPDATE segment.job_state SET late_since = %s WHERE job_id = %d", late ? clock_sql() : "NULL",
			job->id);
	if (!late)
		return;
	ereport(
		WARNING,
		(errmsg("segment job %d (%s) is late: its results are older than their target", job->id, job->label),
		 errhint("SELECT * FROM segment.freshness; says how old they are and what is in the way.")));
	tell(job, "late", NULL);
}

void
note_late_jobs(void)
{
	char *late = psprintf(IS_LATE, clock_sql());
	ListCell *lc;

	foreach (lc,
			 jobs_where(psprintf("j.active AND j.every IS NOT NULL AND s.late_since IS NULL AND %s", late)))
		note_late(lfirst(lc), true);
	foreach (lc, jobs_where(psprintf("s.late_since IS NOT NULL AND NOT %s", late)))
		note_late(lfirst(lc), false);
}

void
jobs_reap(void)
{
	ApiCall call;

	api_begin(&call);
	reap_dead_runs();
	note_late_jobs();
	api_end(&call);
}
