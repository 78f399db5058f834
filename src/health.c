/*
 * health.c
 *	  segment.health_check(): everything a DBA should know, each with its
 *	  remedy.
 *
 * A check is a query for problems; without any it answers with one row "ok",
 * so that what was looked at is seen too.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/varlena.h"

#include "capture_install.h"
#include "clock.h"
#include "job_table.h"
#include "monitor.h"
#include "sql.h"
#include "srf.h"
#include "worker_state.h"

PG_FUNCTION_INFO_V1(segment_health_check);

#define LOG_WARNING_MB 256
#define LOG_CRITICAL_MB 4096

typedef struct HealthCheck
{
	Tuplestorestate *rows;
	TupleDesc desc;
	List *populations; /* that the caller may see */
	char *ids;         /* of them, as an array in SQL */
	char *now;         /* as SQL */
} HealthCheck;

static void
add_row(HealthCheck *health, const char *name, char *status, char *detail, char *hint)
{
	char *cells[] = {(char *) name, status, detail, hint};
	Datum values[lengthof(cells)];
	bool nulls[lengthof(cells)];

	for (int i = 0; i < lengthof(cells); i++)
	{
		nulls[i] = cells[i] == NULL;
		values[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(cells[i]);
	}
	tuplestore_putvalues(health->rows, health->desc, values, nulls);
}

/* problems: a query for (status, detail, hint). */
static void
add_check(HealthCheck *health, const char *name, const char *ok, const char *problems)
{
	uint64 found =
		sql_run("SELECT status::text, detail::text, hint::text FROM (%s) AS problem (status, detail, hint)",
				problems);

	for (uint64 row = 0; row < found; row++)
		add_row(health, name, cell_text(row, 1), cell_text(row, 2), cell_text(row, 3));
	if (found == 0)
		add_row(health, name, "ok", (char *) ok, NULL);
}

static char *
problem(const char *status, const char *detail, const char *hint)
{
	return psprintf("SELECT %s, %s, %s", quote_literal_cstr(status), quote_literal_cstr(detail),
					literal_or_null(hint));
}

#define NO_PROBLEM "SELECT NULL, NULL, NULL WHERE false"

/* The processes. */

static bool
is_preloaded(void)
{
	char *list = GetConfigOptionByName("shared_preload_libraries", NULL, true);
	List *names;
	ListCell *lc;

	if (list == NULL || !SplitDirectoriesString(pstrdup(list), ',', &names))
		return false;
	foreach (lc, names)
	{
		const char *base = last_dir_separator(lfirst(lc));

		base = base ? base + 1 : (const char *) lfirst(lc);
		if (strcmp(base, "segment") == 0 || strcmp(base, "segment.so") == 0)
			return true;
	}
	return false;
}

/* Who has jobs run from outside has chosen so. */
static void
check_preload(HealthCheck *health)
{
	char *query = psprintf("SELECT 'warning', 'segment is not in shared_preload_libraries: nothing runs by "
						   "itself', 'Add it and restart "
						   "the server, or CALL segment.run_due_jobs() every minute from cron or systemd.' "
						   "WHERE NOT EXISTS (SELECT FROM "
						   "segment.job_run r WHERE r.started_at > %s - interval '1 hour')",
						   health->now);

	if (is_preloaded())
		add_check(health, "preload", "segment is in shared_preload_libraries", NO_PROBLEM);
	else
		add_check(health, "preload", "not in shared_preload_libraries, but jobs run", query);
}

static void
check_worker(HealthCheck *health)
{
	char *why = NULL;

	if (worker_running(&why))
	{
		add_check(health, "worker", "a scheduler serves this database", NO_PROBLEM);
		return;
	}
	/* Somebody from outside may see to the jobs: what counts is whether they wait. */
	add_check(health, "worker", "no background worker, but no job waits",
			  psprintf("SELECT 'critical', pg_catalog.format('%%s jobs have waited for more than five "
					   "minutes; no worker: %%s', "
					   "pg_catalog.count(*), %s::text), %s::text FROM "
					   "segment.job j JOIN segment.job_state s ON s.job_id = j.job_id WHERE j.active AND "
					   "s.run_id IS NULL "
					   "AND j.population_id = ANY (%s) AND s.next_run < %s - interval '5 minutes' HAVING "
					   "pg_catalog.count(*) > 0",
					   quote_literal_cstr(why), quote_literal_cstr(worker_remedy()), health->ids,
					   health->now));
}

/* Parallel workers and those of others come from the same pool. */
static void
check_slots(HealthCheck *health)
{
	add_check(
		health, "worker slots", "background worker slots are free",
		"SELECT CASE WHEN free < 1 THEN 'critical' ELSE 'warning' END, pg_catalog.format('%s of "
		"max_worker_processes = %s are in use', total - free, total), 'Raise max_worker_processes and "
		"restart "
		"the server.' FROM (SELECT m.total, m.total - (SELECT pg_catalog.count(*) FROM "
		"pg_catalog.pg_stat_activity a WHERE a.backend_type <> ALL (ARRAY['client backend', 'autovacuum "
		"launcher', 'autovacuum worker', 'archiver', 'background writer', 'checkpointer', 'startup', "
		"'logger', "
		"'walreceiver', 'walsender', 'walwriter', 'slotsync worker', 'walsummarizer'])) AS free FROM (SELECT "
		"pg_catalog.current_setting('max_worker_processes')::int AS total) m) s WHERE free < 2");
}

/* Capture and its logs. */

static void
check_triggers(HealthCheck *health)
{
	StringInfoData rows;
	ListCell *lcp;
	ListCell *lcs;

	initStringInfo(&rows);
	appendStringInfoString(&rows, NO_PROBLEM);
	foreach (lcp, health->populations)
	{
		Population *population = lfirst(lcp);

		foreach (lcs, lcons(NULL, sources_of(population)))
		{
			Source *source = lfirst(lcs);
			char *why = capture_problem(population, source);
			char *what = source ? psprintf("source \"%s\"", source->name)
								: psprintf("the table of population \"%s\"", population->name);

			if (why != NULL)
				appendStringInfo(
					&rows, " UNION ALL %s",
					problem(
						"warning", psprintf("%s is read in full by every refresh: %s", what, why),
						psprintf("SELECT segment.repair_capture(%s); SELECT * FROM segment.check_sources();",
								 quote_literal_cstr(population->name))));
		}
	}
	add_check(health, "triggers", "changes of all mapped relations are captured", rows.data);
}

static void
add_log_size(StringInfo rows, const Population *population, const Backlog *backlog)
{
	int64 megabytes = backlog->bytes >> 20;

	if (megabytes < LOG_WARNING_MB)
		return;
	appendStringInfo(rows, " UNION ALL %s",
					 problem(megabytes < LOG_CRITICAL_MB ? "warning" : "critical",
							 psprintf("the change logs of population \"%s\" have " INT64_FORMAT
									  " MB, " INT64_FORMAT " changes wait",
									  population->name, megabytes, backlog->rows),
							 "They are emptied after a refresh, once no open transaction holds them: see the "
							 "checks of writers "
							 "and of refreshes."));
}

static void
check_logs(HealthCheck *health)
{
	StringInfoData sizes;
	ListCell *lc;
	int64 rows = 0;
	int64 bytes = 0;

	initStringInfo(&sizes);
	appendStringInfoString(&sizes, NO_PROBLEM);
	foreach (lc, health->populations)
	{
		Backlog backlog = population_backlog(lfirst(lc));

		add_log_size(&sizes, lfirst(lc), &backlog);
		rows += backlog.rows;
		bytes += backlog.bytes;
	}
	add_check(health, "change logs",
			  psprintf(INT64_FORMAT " kB, " INT64_FORMAT " changes wait for a refresh", bytes >> 10, rows),
			  sizes.data);
}

static char *
all_written(const HealthCheck *health)
{
	StringInfoData arrays;
	ListCell *lc;

	initStringInfo(&arrays);
	appendStringInfoString(&arrays, "'{}'::oid[]");
	foreach (lc, health->populations)
		appendStringInfo(&arrays, " || %s", written_relations_sql(lfirst(lc)));
	return arrays.data;
}

/* Every open writer keeps the log it has written to, and its changes are nobody's until it commits. */
static void
check_writers(HealthCheck *health)
{
	add_check(
		health, "oldest writer", "no transaction has been writing mapped tables for an hour",
		psprintf(
			"SELECT CASE WHEN pg_catalog.now() - a.xact_start > interval '1 day' THEN 'critical' ELSE "
			"'warning' END, "
			"pg_catalog.format('process %%s has been writing mapped tables since %%s: its changes are not "
			"seen and logs "
			"cannot be emptied', a.pid, a.xact_start), pg_catalog.format('Let it commit, or SELECT "
			"pg_terminate_backend(%%s).', a.pid) FROM pg_catalog.pg_stat_activity a WHERE a.xact_start < "
			"pg_catalog.now() - interval '1 hour' AND EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.pid "
			"= a.pid AND "
			"l.relation = ANY (%s) AND l.mode = 'RowExclusiveLock' AND l.granted)",
			all_written(health)));
	add_check(
		health, "prepared transactions", "no transaction of this database has been prepared for an hour",
		"SELECT CASE WHEN pg_catalog.now() - x.prepared > interval '1 day' THEN 'critical' ELSE 'warning' "
		"END, "
		"pg_catalog.format('transaction %s has been prepared since %s: what it wrote is not seen and logs "
		"cannot be emptied', "
		"pg_catalog.quote_literal(x.gid), x.prepared), pg_catalog.format('COMMIT PREPARED %1$s or ROLLBACK "
		"PREPARED "
		"%1$s.', pg_catalog.quote_literal(x.gid)) FROM pg_catalog.pg_prepared_xacts x WHERE x.database = "
		"pg_catalog.current_database() AND x.prepared < pg_catalog.now() - interval '1 hour'");
}

/* Jobs and results. */

static void
check_jobs(HealthCheck *health)
{
	add_check(
		health, "jobs", "no job fails or is disabled",
		psprintf(
			"SELECT CASE WHEN j.disabled_reason IS NULL THEN 'warning' ELSE 'critical' END, CASE WHEN "
			"j.disabled_reason IS NULL THEN pg_catalog.format('job %%s (%%s) has failed %%s times in a row', "
			"j.job_id, "
			"j.kind, s.failures) ELSE pg_catalog.format('job %%s (%%s) is disabled: %%s', j.job_id, j.kind, "
			"j.disabled_reason) END, CASE WHEN j.disabled_reason IS NULL THEN pg_catalog.format('SELECT * "
			"FROM "
			"segment.job_error WHERE job = %%s;', j.job_id) ELSE pg_catalog.format('Once cured: SELECT "
			"segment.alter_job(%%s, active => true);', j.job_id) END FROM segment.job j LEFT JOIN "
			"segment.job_state s "
			"ON s.job_id = j.job_id WHERE j.population_id = ANY (%s) AND (j.disabled_reason IS NOT NULL OR "
			"j.active "
			"AND s.failures > 0)",
			health->ids));
	add_check(
		health, "freshness", "all results are as fresh as their jobs promise",
		psprintf(
			"SELECT CASE WHEN f.lag > 3 * f.target_lag THEN 'critical' ELSE 'warning' END, "
			"pg_catalog.format('%%s is %%s old, its target is %%s: %%s', CASE WHEN f.scheme IS NULL THEN "
			"'population ' || f.population ELSE 'scorecard of ' || f.scheme END, "
			"pg_catalog.date_trunc('second', f.lag), f.target_lag, COALESCE(f.blocked_by, "
			"'nothing is in the way')), 'SELECT * FROM segment.freshness; SELECT * FROM segment.job_status;' "
			"FROM segment.freshness_now() f JOIN segment.population p ON p.name = f.population "
			"WHERE NOT f.within_target AND p.population_id = ANY (%s)",
			health->ids));
	add_check(
		health, "schedule", "every population has a job that refreshes it",
		psprintf("SELECT 'warning', pg_catalog.format('no active job refreshes population %%s', p.name), "
				 "pg_catalog.format('SELECT segment.schedule(''refresh'', %%L, every => ''5 minutes'');', "
				 "p.name) FROM "
				 "segment.population p WHERE p.population_id = ANY (%s) AND NOT EXISTS (SELECT FROM "
				 "segment.job j WHERE "
				 "j.kind = 'refresh' AND j.active AND j.population_id = p.population_id)",
				 health->ids));
}

/* By events of the newest period, where every one has had the chance to be assigned. */
static void
check_unassigned(HealthCheck *health)
{
	StringInfoData rows;
	ListCell *lcp;
	ListCell *lcs;

	initStringInfo(&rows);
	appendStringInfoString(&rows, NO_PROBLEM);
	foreach (lcp, health->populations)
	{
		foreach (lcs, schemes_of(lfirst(lcp), "active"))
		{
			char *scheme = ((Scheme *) lfirst(lcs))->name;
			char *facts = data_name(scheme, "_facts");

			if (!OidIsValid(data_oid(facts)))
				continue;
			appendStringInfo(
				&rows,
				" UNION ALL SELECT 'warning', pg_catalog.format('%%s %%%% of the events of %%s in "
				"the period from %%s are "
				"of no customer of scheme %%s', pg_catalog.round(100 * u.share), u.source, "
				"u.period_start, %s::text), "
				"'SELECT * FROM segment.check_sources(); events without a customer, or with a "
				"key that is not in the "
				"population, are in the row unassigned.' FROM (SELECT f.source, f.period_start, "
				"pg_catalog.sum(f.value) "
				"FILTER (WHERE f.segment = 'unassigned') / nullif(pg_catalog.sum(f.value), 0) "
				"AS share FROM %s f WHERE "
				"f.period_start = (SELECT pg_catalog.max(m.period_start) FROM %s m) AND "
				"f.measure = f.source || "
				"'_events' GROUP BY 1, 2) u WHERE u.share > 0.05",
				quote_literal_cstr(scheme), facts, facts);
		}
	}
	add_check(health, "unassigned", "at most 5 % of the newest period's events are of no customer",
			  rows.data);
}

static void
check_reviews(HealthCheck *health)
{
	add_check(health, "reviews", "no scheme is overdue for its review",
			  psprintf("SELECT 'warning', pg_catalog.format('scheme %%s is to be reviewed every %%s and was "
					   "activated last on %%s', "
					   "c.name, c.review_every, v.activated_at::date), pg_catalog.format('SELECT * FROM "
					   "segment.preview(%%1$L); then "
					   "segment.activate(%%1$L, comment => ''reviewed'').', c.name) FROM segment.scheme c "
					   "JOIN segment.scheme_version v "
					   "ON v.scheme_id = c.scheme_id AND v.version = c.version WHERE c.state = 'active' AND "
					   "c.population_id = ANY (%s) "
					   "AND v.activated_at + c.review_every < %s",
					   health->ids, health->now));
}

static void
check_quarantine(HealthCheck *health)
{
	add_check(
		health, "quarantine", "no customer's data fail",
		psprintf(
			"SELECT 'warning', pg_catalog.format('%%s customers of population %%s are in quarantine', "
			"pg_catalog.count(DISTINCT q.key), p.name), 'SELECT * FROM segment.quarantined; they keep the "
			"segments they "
			"had until their data are put right.' FROM segment.quarantine q JOIN segment.population p ON "
			"p.population_id = q.population_id WHERE p.population_id = ANY (%s) GROUP BY p.name",
			health->ids));
}

static void
check_owners(HealthCheck *health)
{
	add_check(
		health, "owners", "every population has an owner",
		psprintf("SELECT 'critical', pg_catalog.format('the owner of population %%s is gone', p.name), "
				 "pg_catalog.format('SELECT segment.alter_population(%%L, owner => ''role'');', p.name) "
				 "FROM segment.population p WHERE p.population_id = ANY (%s) AND NOT EXISTS (SELECT FROM "
				 "pg_catalog.pg_class a WHERE a.oid = p.anchor)",
				 health->ids));
}

/* What the caller may not see has not been looked at: no row says "ok" of it. */
static void
check_access(HealthCheck *health)
{
	int all = list_length(populations_all());
	int seen = list_length(health->populations);

	if (seen == all)
		return;
	add_row(health, "access", "warning",
			psprintf("%d of %d populations have been looked at: you may not see the others", seen, all),
			"Ask as a member of pg_monitor, or of the owners of all populations.");
}

static char *
population_ids(List *populations)
{
	StringInfoData array;
	ListCell *lc;

	initStringInfo(&array);
	appendStringInfoString(&array, "'{");
	foreach (lc, populations)
		appendStringInfo(&array, "%s%d", foreach_current_index(lc) > 0 ? "," : "",
						 ((Population *) lfirst(lc))->id);
	appendStringInfoString(&array, "}'::int[]");
	return array.data;
}

Datum
segment_health_check(PG_FUNCTION_ARGS)
{
	static void (*const checks[])(HealthCheck *) = {
		check_preload, check_worker, check_slots,      check_jobs,    check_triggers,   check_logs,
		check_writers, check_owners, check_unassigned, check_reviews, check_quarantine, check_access,
	};
	HealthCheck health = {0};
	ApiCall call;

	api_begin(&call);
	health.desc = result_row_type(fcinfo);
	health.rows = result_begin(fcinfo, health.desc);
	health.populations = populations_monitored(call.caller);
	health.ids = population_ids(health.populations);
	health.now = moment_sql(clock_now());
	for (int i = 0; i < lengthof(checks); i++)
		checks[i](&health);
	api_end(&call);
	return (Datum) 0;
}
