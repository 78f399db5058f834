/*
 * job_fn.c
 *	  schedule(), alter_job(), unschedule(), cancel_job(): jobs as users
 *	  declare them.
 *
 * A job has no owner of its own: who is a member of its population's owner may
 * do with it whatever it may do with the population, and it runs with the
 * rights of that owner whoever declared it.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "args.h"
#include "clock.h"
#include "database_hook.h"
#include "definition.h"
#include "job_table.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_schedule);
PG_FUNCTION_INFO_V1(segment_alter_job);
PG_FUNCTION_INFO_V1(segment_unschedule);
PG_FUNCTION_INFO_V1(segment_cancel_job);

/* What both schedule() and alter_job() are given; literals of SQL, NULL for what is not. */
typedef struct JobSettings
{
	char *every;
	char *at;
	char *timezone;
	char *max_runtime;
	char *target_lag;
	char *options;
} JobSettings;

static char *
arg_out(FunctionCallInfo fcinfo, int n, PGFunction output)
{
	return PG_ARGISNULL(n) ? NULL : DatumGetCString(DirectFunctionCall1(output, PG_GETARG_DATUM(n)));
}

static JobKind
require_kind(const char *name)
{
	JobKind kind;

	if (strcmp(name, "fit") == 0)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("there are no models to fit yet"),
						errhint("Jobs are refresh, backfill, scorecards, verify and maintain.")));
	if (!job_kind_by_name(name, &kind))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there are no jobs of kind \"%s\"", name),
				 errhint("Jobs are refresh, backfill, scorecards, verify and maintain.")));
	return kind;
}

/* A backfill is of a scheme, scorecards of a scheme or of a population, the others of a population. */
static void
find_target(Job *job, const char *target)
{
	Scheme *scheme = NULL;

	if (job->kind == JOB_BACKFILL && target == NULL)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("target must not be null"),
						errhint("A backfill is of a scheme: target => 'scheme'.")));
	if (job->kind == JOB_BACKFILL || (job->kind == JOB_SCORECARDS && target != NULL))
		scheme = scheme_by_name(target, job->kind == JOB_SCORECARDS);
	job->population = scheme ? population_by_id(scheme->population_id) : population_by_name(target, false);
	job->scheme = scheme ? scheme->name : NULL;
}

static void
raise_interval(ScheduleProblem problem, const char *every)
{
	const char *hint = "Give an interval between a second and ten years, such as '5 minutes' or '1 day'.";

	if (problem == SCHEDULE_MIXED)
		hint = "Use months alone, days alone or a time alone: '1 month', '7 days', '6 hours'.";
	else if (problem == SCHEDULE_NO_DIVISOR)
		hint = "With \"at\", part of a day has to divide it, such as '6 hours'; without, time is counted "
			   "from the "
			   "first run.";
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("every => '%s' is no schedule", every),
					errhint("%s", hint)));
}

/* By the row as it is stored now: one check for what is given and what was. */
static void
check_stored(int job_id)
{
	Job *job = job_by_id(job_id, false);
	ScheduleProblem problem = schedule_check(&job->schedule);

	if (problem != SCHEDULE_SOUND)
		raise_interval(problem, job->every);
	sql_query("SELECT max_runtime < '0' OR target_lag < '0' FROM segment.job WHERE job_id = %d", job_id);
	if (cell_bool(0, 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("max_runtime or target_lag is negative"),
				 errhint("Give a positive interval, or leave it out.")));
}

static const char *
options_allowed(JobKind kind)
{
	if (kind == JOB_VERIFY)
		return "sample";
	return kind == JOB_BACKFILL ? "since until step" : "";
}

/* Their values are read as they will be when the job runs. */
static void
check_option_values(const Job *job)
{
	char *sample = job->kind == JOB_VERIFY ? job_option(job, "sample") : NULL;
	char *since = job->kind == JOB_BACKFILL ? job_option(job, "since") : NULL;
	char *until = job->kind == JOB_BACKFILL ? job_option(job, "until") : NULL;
	char *step = job->kind == JOB_BACKFILL ? job_option(job, "step") : NULL;

	if (job->kind == JOB_BACKFILL && since == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a backfill needs its first day"),
						errhint("Give it as options => '{\"since\": \"2024-01-31\"}'.")));
	sql_query("SELECT %s::int, %s::date, %s::date, %s::interval", literal_or_null(sample),
			  literal_or_null(since), literal_or_null(until), literal_or_null(step));
	if (sample != NULL && cell_int(0, 1, 0) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("sample is not a number of customers"),
				 errhint("Give at least 1, or leave it out to compare everyone.")));
}

static void
check_options(const Job *job)
{
	sql_query("SELECT pg_catalog.jsonb_typeof(%s::jsonb) = 'object'", quote_literal_cstr(job->options));
	if (!cell_bool(0, 1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("options are not a JSON object"),
						errhint("Write them as '{\"sample\": 1000}'.")));
	if (sql_query("SELECT k FROM pg_catalog.jsonb_object_keys(%s::jsonb) AS k WHERE k <> ALL "
				  "(pg_catalog.string_to_array(%s, ' ')) ORDER BY 1 LIMIT 1",
				  quote_literal_cstr(job->options), quote_literal_cstr(options_allowed(job->kind))) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a job of kind %s has no option \"%s\"", job_kind_name(job->kind), cell_text(0, 1)),
				 errhint("verify has sample; backfill has since, until and step.")));
	check_option_values(job);
}

static int
scheduled_already(const Job *job)
{
	if (sql_query(
			"SELECT j.job_id FROM segment.job j LEFT JOIN segment.scheme c ON c.scheme_id = j.scheme_id "
			"WHERE j.kind = %s AND j.population_id = %d AND c.name IS NOT DISTINCT FROM %s",
			quote_literal_cstr(job_kind_name(job->kind)), job->population->id,
			literal_or_null(job->scheme)) == 0)
		return 0;
	return cell_int(0, 1, 0);
}

/* With a time of day, days and months are counted from the first day that has it still to come. */
static void
set_anchor(int job_id)
{
	Schedule daily = job_by_id(job_id, false)->schedule;
	bool calendar = daily.every.month != 0 || daily.every.day != 0;

	if (!daily.repeats || !daily.at_given || !calendar)
		return;
	daily.every = (Interval){.day = 1};
	daily.anchor = clock_now();
	sql_run("UPDATE segment.job SET anchor = %s WHERE job_id = %d",
			moment_sql(schedule_next(&daily, daily.anchor - 1)), job_id);
}

static void
store_next_run(int job_id, TimestampTz after)
{
	Job *job = job_by_id(job_id, false);
	TimestampTz next = schedule_next(&job->schedule, after);

	sql_run("INSERT INTO segment.job_state (job_id, next_run) VALUES (%d, %s) ON CONFLICT (job_id) DO UPDATE "
			"SET next_run = excluded.next_run",
			job_id, moment_sql(next));
}

static int
insert_job(const Job *job, const JobSettings *settings, bool active)
{
	const char *every = settings->every;
	TimestampTz anchor = clock_now();
	int job_id;

	if (every == NULL && settings->at != NULL && job->kind != JOB_BACKFILL)
		every = "1 day";
	sql_query("INSERT INTO segment.job (kind, population_id, scheme_id, every, at, timezone, max_runtime, "
			  "target_lag, "
			  "options, active, anchor) VALUES (%s, %d, (SELECT scheme_id FROM segment.scheme WHERE name = "
			  "%s), %s, "
			  "%s, %s, nullif(%s::interval, '0'), nullif(%s::interval, '0'), %s, %s, %s) RETURNING job_id",
			  quote_literal_cstr(job_kind_name(job->kind)), job->population->id, literal_or_null(job->scheme),
			  literal_or_null(every), literal_or_null(settings->at),
			  quote_literal_cstr(settings->timezone ? settings->timezone : job->population->timezone),
			  literal_or_null(settings->max_runtime), literal_or_null(settings->target_lag),
			  quote_literal_cstr(job->options), active ? "true" : "false", moment_sql(anchor));
	job_id = cell_int(0, 1, 0);
	check_stored(job_id);
	set_anchor(job_id);
	store_next_run(job_id, anchor - 1);
	return job_id;
}

static void
read_settings(FunctionCallInfo fcinfo, int every, JobSettings *settings)
{
	settings->every = interval_literal(arg_interval(fcinfo, every));
	settings->at = arg_out(fcinfo, every + 1, time_out);
	settings->timezone = arg_text(fcinfo, every + 2);
	settings->max_runtime = interval_literal(arg_interval(fcinfo, every + 3));
	settings->target_lag = interval_literal(arg_interval(fcinfo, every + 5));
	settings->options = arg_out(fcinfo, every + 6, jsonb_out);
	if (settings->timezone != NULL)
		require_timezone(settings->timezone);
}

Datum
segment_schedule(PG_FUNCTION_ARGS)
{
	JobSettings settings;
	Job job = {0};
	int job_id;
	ApiCall call;

	require_arg(fcinfo, 0, "job");
	refuse_when_restricted();
	api_begin(&call);
	read_settings(fcinfo, 2, &settings);
	job.kind = require_kind(arg_text(fcinfo, 0));
	find_target(&job, arg_text(fcinfo, 1));
	job_check_access(&job, call.caller);
	job.options = settings.options ? settings.options : "{}";
	check_options(&job);
	job_id = scheduled_already(&job);
	if (job_id != 0 && (PG_ARGISNULL(9) || !PG_GETARG_BOOL(9)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("job %d of this kind and target is scheduled already", job_id),
				 errhint("Change it with segment.alter_job(%d, …), or drop it with segment.unschedule(%d).",
						 job_id, job_id)));
	if (job_id == 0)
		job_id = insert_job(&job, &settings, PG_ARGISNULL(6) || PG_GETARG_BOOL(6));
	scheduler_poke_at_commit();
	api_end(&call);
	PG_RETURN_INT32(job_id);
}

static Job *
accessible_job(FunctionCallInfo fcinfo, Oid caller)
{
	Job *job = job_by_id(PG_GETARG_INT32(0), false);

	job_check_access(job, caller);
	return job;
}

/* 0 takes a limit away. */
static char *
limit_sql(const char *given, const char *column)
{
	return given ? psprintf("nullif(%s::interval, '0')", quote_literal_cstr(given)) : pstrdup(column);
}

static void
update_job(int job_id, const JobSettings *settings)
{
	sql_run("UPDATE segment.job SET every = COALESCE(%s::interval, every), at = COALESCE(%s::time, at), "
			"timezone = COALESCE(%s, timezone), max_runtime = %s, target_lag = %s, "
			"options = COALESCE(%s::jsonb, options) WHERE job_id = %d",
			literal_or_null(settings->every), literal_or_null(settings->at),
			literal_or_null(settings->timezone), limit_sql(settings->max_runtime, "max_runtime"),
			limit_sql(settings->target_lag, "target_lag"), literal_or_null(settings->options), job_id);
	check_stored(job_id);
	if (!settings->every && !settings->at && !settings->timezone)
		return;
	set_anchor(job_id);
	store_next_run(job_id, clock_now());
}

static void
set_active(int job_id, bool active)
{
	sql_run("UPDATE segment.job SET active = %s, disabled_reason = NULL WHERE job_id = %d",
			active ? "true" : "false", job_id);
	if (!active)
		return;
	sql_run("UPDATE segment.job_state SET failures = 0, crashes = 0 WHERE job_id = %d", job_id);
	store_next_run(job_id, clock_now());
}

Datum
segment_alter_job(PG_FUNCTION_ARGS)
{
	JobSettings settings;
	ApiCall call;
	Job *job;

	require_arg(fcinfo, 0, "job");
	refuse_when_restricted();
	api_begin(&call);
	job = accessible_job(fcinfo, call.caller);
	read_settings(fcinfo, 1, &settings);
	if (settings.options != NULL)
	{
		job->options = settings.options;
		check_options(job);
	}
	update_job(job->id, &settings);
	if (!PG_ARGISNULL(5))
		set_active(job->id, PG_GETARG_BOOL(5));
	scheduler_poke_at_commit();
	api_end(&call);
	PG_RETURN_VOID();
}

Datum
segment_unschedule(PG_FUNCTION_ARGS)
{
	ApiCall call;

	refuse_when_restricted();
	api_begin(&call);
	sql_run("DELETE FROM segment.job WHERE job_id = %d", accessible_job(fcinfo, call.caller)->id);
	scheduler_poke_at_commit();
	api_end(&call);
	PG_RETURN_VOID();
}

/* The process is known by the run lock it holds: its number alone may be somebody else's by now. */
Datum
segment_cancel_job(PG_FUNCTION_ARGS)
{
	ApiCall call;
	int job_id;
	bool cancelled = false;

	refuse_when_restricted();
	api_begin(&call);
	job_id = accessible_job(fcinfo, call.caller)->id;
	if (sql_query("SELECT pg_catalog.pg_cancel_backend(r.pid) FROM segment.job_runner r WHERE r.job_id = %d",
				  job_id) > 0)
		cancelled = cell_bool(0, 1);
	api_end(&call);
	PG_RETURN_BOOL(cancelled);
}
