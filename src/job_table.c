/*
 * job_table.c
 *	  Typed reads of jobs: what there is, what is due.
 *
 * What a job depends on is decided here alone: scorecards are made of what
 * refreshes wrote, so that the scorecards job of a population waits for a
 * refresh job of the same population that is due or running, and does not run
 * while that one fails.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "job_table.h"
#include "sql.h"

static const char *const kind_names[] = {
	[JOB_REFRESH] = "refresh", [JOB_BACKFILL] = "backfill", [JOB_SCORECARDS] = "scorecards",
	[JOB_VERIFY] = "verify",   [JOB_MAINTAIN] = "maintain",
};

const char *
job_kind_name(JobKind kind)
{
	return kind_names[kind];
}

bool
job_kind_by_name(const char *name, JobKind *kind)
{
	for (int i = 0; i < lengthof(kind_names); i++)
	{
		if (strcmp(name, kind_names[i]) != 0)
			continue;
		*kind = i;
		return true;
	}
	return false;
}

char *
moment_sql(TimestampTz moment)
{
	if (TIMESTAMP_IS_NOBEGIN(moment))
		return pstrdup("'-infinity'::timestamptz");
	if (TIMESTAMP_IS_NOEND(moment))
		return pstrdup("'infinity'::timestamptz");
	return psprintf("%s::timestamptz", quote_literal_cstr(timestamptz_to_str(moment)));
}

static TimestampTz
cell_moment(uint64 row, int column, TimestampTz if_null)
{
	bool isnull;
	Datum value = cell_datum(row, column, &isnull);

	return isnull ? if_null : DatumGetTimestampTz(value);
}

#define JOB_COLUMNS                                                                                          \
	"j.job_id, j.kind, j.population_id, c.name::text, j.every, extract(epoch FROM j.at)::float8, "           \
	"j.timezone, (extract(epoch FROM j.max_runtime) * 1000)::bigint, j.options::text, j.active, j.anchor, "  \
	"s.next_run, s.run_id, s.failures, s.crashes, j.every::text, j.kind || ' ' || COALESCE(c.name, p.name)"
#define JOB_TABLES                                                                                           \
	"segment.job j JOIN segment.population p ON p.population_id = j.population_id "                          \
	"LEFT JOIN segment.scheme c ON c.scheme_id = j.scheme_id "                                               \
	"LEFT JOIN segment.job_state s ON s.job_id = j.job_id"
#define JOB_ORDER                                                                                            \
	"pg_catalog.array_position(ARRAY['refresh', 'backfill', 'scorecards', 'verify', 'maintain'], j.kind), "  \
	"s.next_run NULLS FIRST, j.job_id"

static void
read_schedule(Job *job, uint64 row)
{
	Schedule *schedule = &job->schedule;
	bool isnull;
	Datum value = cell_datum(row, 5, &isnull);

	schedule->repeats = !isnull;
	if (!isnull)
		schedule->every = *DatumGetIntervalP(value);
	value = cell_datum(row, 6, &isnull);
	schedule->at_given = !isnull;
	schedule->at = isnull ? 0 : (int64) rint(DatumGetFloat8(value) * USECS_PER_SEC);
	schedule->zone = pg_tzset(job->timezone);
	/* A zone that the server no longer knows does not stop the job. */
	if (schedule->zone == NULL)
		schedule->zone = pg_tzset("UTC");
	schedule->anchor = cell_moment(row, 11, 0);
}

/* The population is looked up once all rows have been read. */
static Job *
read_job(uint64 row, int *population_id)
{
	Job *job = palloc0(sizeof(Job));
	char *kind = cell_text(row, 2);

	job->id = cell_int(row, 1, 0);
	if (!job_kind_by_name(kind, &job->kind))
		elog(ERROR, "job %d is of unknown kind \"%s\"", job->id, kind);
	*population_id = cell_int(row, 3, 0);
	job->scheme = cell_text(row, 4);
	job->timezone = cell_text(row, 7);
	read_schedule(job, row);
	job->max_runtime_ms = cell_int64(row, 8, 0);
	job->options = cell_text(row, 9);
	job->active = cell_bool(row, 10);
	job->next_run = cell_moment(row, 12, DT_NOBEGIN);
	job->run_id = cell_int64(row, 13, 0);
	job->failures = cell_int(row, 14, 0);
	job->crashes = cell_int(row, 15, 0);
	job->every = cell_text(row, 16);
	job->label = cell_text(row, 17);
	return job;
}

/* Conditions hold a moment, mostly: their plans are not worth keeping. */
List *
jobs_where(const char *condition)
{
	uint64 found =
		sql_run("SELECT " JOB_COLUMNS " FROM " JOB_TABLES " WHERE %s ORDER BY " JOB_ORDER, condition);
	int *population_ids = palloc(sizeof(int) * (found + 1));
	List *jobs = NIL;
	ListCell *lc;

	for (uint64 row = 0; row < found; row++)
		jobs = lappend(jobs, read_job(row, &population_ids[row]));
	foreach (lc, jobs)
		((Job *) lfirst(lc))->population = population_by_id(population_ids[foreach_current_index(lc)]);
	return jobs;
}

Job *
job_by_id(int id, bool missing_ok)
{
	List *jobs = jobs_where(psprintf("j.job_id = %d", id));

	if (jobs == NIL && !missing_ok)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("job %d does not exist", id),
				 errhint("SELECT job, kind, target FROM segment.job_status lists the jobs there are.")));
	return jobs != NIL ? linitial(jobs) : NULL;
}

static char *
copy_text(const char *text)
{
	return text ? pstrdup(text) : NULL;
}

Job *
job_copy(const Job *job, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	Job *copy = palloc(sizeof(Job));

	*copy = *job;
	copy->population = palloc0(sizeof(Population));
	copy->population->id = job->population->id;
	copy->population->name = pstrdup(job->population->name);
	copy->scheme = copy_text(job->scheme);
	copy->every = copy_text(job->every);
	copy->timezone = copy_text(job->timezone);
	copy->options = copy_text(job->options);
	copy->label = copy_text(job->label);
	MemoryContextSwitchTo(old);
	return copy;
}

void
job_check_access(const Job *job, Oid caller)
{
	population_check_access(job->population, caller);
}

char *
job_option(const Job *job, const char *name)
{
	sql_query("SELECT %s::jsonb ->> %s", quote_literal_cstr(job->options), quote_literal_cstr(name));
	return cell_text(0, 1);
}

char *
job_blocked_by(const Job *job)
{
	if (job->kind != JOB_SCORECARDS)
		return NULL;
	if (sql_query(
			"SELECT pg_catalog.format('job %%s (refresh %%s) %%s', j.job_id, p.name, CASE WHEN "
			"j.disabled_reason IS NOT NULL THEN 'is disabled' ELSE s.last_state END) FROM " JOB_TABLES
			" WHERE j.kind = 'refresh' AND j.population_id = %d AND (j.disabled_reason IS NOT NULL "
			"OR j.active AND s.last_state = ANY (ARRAY['failed', 'crashed'])) ORDER BY j.job_id LIMIT 1",
			job->population->id) == 0)
		return NULL;
	return cell_text(0, 1);
}

List *
schemes_with_scorecard_job(const Population *population)
{
	List *names = NIL;
	uint64 found = sql_query("SELECT c.name::text FROM segment.scheme c WHERE c.population_id = %d AND "
							 "EXISTS (SELECT FROM segment.job j "
							 "WHERE j.kind = 'scorecards' AND j.active AND j.population_id = c.population_id "
							 "AND COALESCE(j.scheme_id, c.scheme_id) = c.scheme_id)",
							 population->id);

	for (uint64 row = 0; row < found; row++)
		names = lappend(names, cell_text(row, 1));
	return names;
}

/* What processes ask. */

/* Active, allowed to who asks, and its population's anchor is there. */
#define RUNNABLE                                                                                             \
	"j.active AND s.run_id IS NULL AND EXISTS (SELECT FROM pg_catalog.pg_class a WHERE a.oid = p.anchor "    \
	"AND pg_catalog.pg_has_role(%u::oid, a.relowner, 'USAGE'))"

static char *
due_condition(TimestampTz now, Oid caller)
{
	char *moment = moment_sql(now);

	return psprintf(
		RUNNABLE
		" AND COALESCE(s.next_run, '-infinity') <= %s AND (j.kind <> 'scorecards' OR NOT EXISTS (SELECT FROM "
		"segment.job parent LEFT JOIN segment.job_state ps ON ps.job_id = parent.job_id "
		"WHERE parent.kind = 'refresh' AND parent.active AND parent.population_id = "
		"j.population_id AND (ps.run_id IS NOT NULL OR COALESCE(ps.next_run, '-infinity') <= %s)))",
		caller, moment, moment);
}

static JobDue *
due_of(const Job *job)
{
	JobDue *due = palloc(sizeof(JobDue));

	due->job_id = job->id;
	due->kind = job->kind;
	due->label = pstrdup(job->label);
	due->next_run = job->next_run;
	return due;
}

List *
jobs_due_for(Oid caller, TimestampTz now)
{
	return jobs_where(due_condition(now, caller));
}

List *
jobs_due(TimestampTz now)
{
	List *result = NIL;
	List *jobs;
	ListCell *lc;
	ApiCall call;
	MemoryContext inner;

	api_begin(&call);
	jobs = jobs_due_for(call.caller, now);
	inner = MemoryContextSwitchTo(call.result_context);
	foreach (lc, jobs)
		result = lappend(result, due_of(lfirst(lc)));
	MemoryContextSwitchTo(inner);
	api_end(&call);
	return result;
}

bool
job_next_due(TimestampTz now, JobDue *due)
{
	List *jobs = jobs_due(now);

	if (jobs != NIL)
		*due = *(JobDue *) linitial(jobs);
	return jobs != NIL;
}

TimestampTz
jobs_next_wakeup(TimestampTz now)
{
	TimestampTz next;
	ApiCall call;

	api_begin(&call);
	sql_run("SELECT pg_catalog.min(s.next_run) FROM " JOB_TABLES " WHERE " RUNNABLE " AND s.next_run > %s",
			call.caller, moment_sql(now));
	next = cell_moment(0, 1, DT_NOEND);
	api_end(&call);
	return next;
}
