/*
 * freshness.c
 *	  How old results are, what waits, and what is in the way.
 *
 * Polled by whoever watches: some look-ups in our own small tables, the sizes
 * of the logs, and one look at the server's locks.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "clock.h"
#include "job_table.h"
#include "monitor.h"
#include "sql.h"
#include "srf.h"
#include "worker_state.h"

PG_FUNCTION_INFO_V1(segment_freshness_now);

/* Rows (population_id, pending, written, is_member) of what may be seen; none is no VALUES. */
static char *
populations_sql(Oid caller)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT NULL::int, NULL::bigint, NULL::oid[] WHERE false");
	foreach (lc, populations_read(caller))
	{
		Population *population = lfirst(lc);
		Backlog backlog = population_backlog(population);

		appendStringInfo(&sql, " UNION ALL SELECT %d, %s, %s", population->id,
						 backlog.known ? psprintf(INT64_FORMAT, backlog.rows) : "NULL",
						 written_relations_sql(population));
	}
	return sql.data;
}

/*
 * What is in the way, first that applies.  Only what a refresh under way waits
 * for is asked of the lock manager, and the oldest writer of those that have
 * written: until it commits its changes are nobody's.
 */
#define BLOCKED_BY                                                                                           \
	"CASE WHEN j.disabled_reason IS NOT NULL THEN pg_catalog.format('job %%s is disabled: %%s', j.job_id, "  \
	"j.disabled_reason) "                                                                                    \
	"WHEN pg_catalog.cardinality(pg_catalog.pg_blocking_pids(j.pid)) > 0 THEN pg_catalog.format('job %%s "   \
	"waits for a lock of process %%s', j.job_id, pg_catalog.array_to_string(pg_catalog.pg_blocking_pids("    \
	"j.pid), ', ')) "                                                                                        \
	"WHEN j.failures > 0 THEN pg_catalog.format('job %%s has failed %%s times in a row: %%s', j.job_id, "    \
	"j.failures, COALESCE(j.sqlstate, 'crashed')) "                                                          \
	"WHEN j.job_id IS NULL THEN 'no job refreshes it' "                                                      \
	"WHEN NOT j.active THEN pg_catalog.format('job %%s is not active', j.job_id) "                           \
	"WHEN j.run_id IS NULL AND j.next_run < c.now - interval '1 minute' AND c.no_worker IS NOT NULL THEN "   \
	"'no worker: ' || c.no_worker "

#define JOB_OF(kind, extra)                                                                                  \
	"LEFT JOIN LATERAL (SELECT j.job_id, j.active, j.disabled_reason, s.run_id, s.pid, s.failures, "         \
	"s.next_run, COALESCE(j.target_lag, 2 * j.every) AS target, (SELECT r.sqlstate FROM segment.job_run r "  \
	"WHERE r.job_id = j.job_id AND r.state <> 'running' ORDER BY r.run_id DESC LIMIT 1) AS sqlstate "        \
	"FROM segment.job j LEFT JOIN segment.job_state s ON s.job_id = j.job_id WHERE j.kind = '" kind "' "     \
	"AND j.population_id = p.population_id " extra "LIMIT 1) j ON true "

static const char query[] =
	"WITH seen (population_id, pending, written) AS (%s), c AS (SELECT %s AS now, %s::text AS no_worker), "
	"writer AS (SELECT v.population_id, l.pid, COALESCE(a.xact_start, x.prepared) AS since, x.gid "
	"FROM seen v JOIN pg_catalog.pg_locks l ON l.relation = ANY (v.written) AND l.mode = 'RowExclusiveLock' "
	"AND "
	"l.granted AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = "
	"pg_catalog.current_database()) LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid "
	"LEFT JOIN pg_catalog.pg_prepared_xacts x ON l.pid IS NULL AND x.transaction::text = (SELECT "
	"t.transactionid::text FROM pg_catalog.pg_locks t WHERE t.virtualtransaction = l.virtualtransaction AND "
	"t.locktype = 'transactionid' LIMIT 1)), "
	"oldest AS (SELECT DISTINCT ON (w.population_id) w.* FROM writer w ORDER BY w.population_id, w.since), "
	"results AS (SELECT p.population_id, p.name AS population, NULL::text AS scheme, p.read_at AS "
	"last_success, "
	"CASE WHEN p.read_at IS NOT NULL THEN greatest(c.now - p.read_at, '0') END AS lag, j.target, v.pending, "
	"o.since AS oldest_writer, " BLOCKED_BY
	"WHEN o.since < c.now - j.target THEN CASE WHEN o.pid IS NULL THEN 'changes of a prepared transaction "
	"wait for "
	"its COMMIT PREPARED' ELSE pg_catalog.format('changes of process %%s wait for its COMMIT', o.pid) END "
	"END AS blocked_by "
	"FROM seen v JOIN segment.population p ON p.population_id = v.population_id CROSS JOIN c LEFT JOIN "
	"oldest o "
	"ON o.population_id = v.population_id " JOB_OF(
		"refresh",
		"") "), "
			"cards AS (SELECT p.population_id, p.name AS population, h.name::text AS scheme, k.refreshed_at, "
			"h.facts_generation - COALESCE(k.facts_generation, 0) AS behind, j.job_id, j.target, " BLOCKED_BY
			"END AS blocked_by "
			"FROM seen v JOIN segment.population p ON p.population_id = v.population_id CROSS JOIN c "
			"JOIN segment.scheme h ON h.population_id = v.population_id AND h.state = 'active' "
			"LEFT JOIN segment.scorecard_state k ON k.scheme_id = h.scheme_id " JOB_OF(
				"scorecards",
				"AND COALESCE(j.scheme_id, h.scheme_id) = h.scheme_id ORDER BY j.scheme_id "
				"NULLS LAST ") ") "
							   "SELECT r.population::text, r.scheme, r.last_success, r.lag, "
							   "r.target AS target_lag, "
							   "r.lag <= r.target AS within_target, r.pending, "
							   "r.oldest_writer, r.blocked_by FROM results r "
							   "UNION ALL SELECT k.population::text, k.scheme, k.refreshed_at, "
							   "f.lag, f.target, f.lag <= f.target, k.behind, "
							   "NULL, CASE WHEN k.job_id IS NULL THEN r.blocked_by ELSE "
							   "COALESCE(k.blocked_by, r.blocked_by) END "
							   "FROM cards k JOIN results r ON r.population_id = "
							   "k.population_id CROSS JOIN c CROSS JOIN LATERAL (SELECT "
							   "CASE WHEN k.refreshed_at IS NULL THEN NULL WHEN k.behind = 0 THEN r.lag ELSE "
							   "greatest(c.now - k.refreshed_at, r.lag) END AS lag, "
							   "CASE WHEN k.job_id IS NULL THEN r.target ELSE k.target END AS "
							   "target) f ORDER BY 1, 2 NULLS FIRST";

Datum
segment_freshness_now(PG_FUNCTION_ARGS)
{
	char *no_worker = NULL;
	ApiCall call;

	api_begin(&call);
	if (worker_running(&no_worker))
		no_worker = NULL;
	return_query(
		fcinfo, &call,
		psprintf(query, populations_sql(call.caller), moment_sql(clock_now()), literal_or_null(no_worker)));
	api_end(&call);
	return (Datum) 0;
}
