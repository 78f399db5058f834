/* What a DBA sees of jobs and of results' age: members of the population's owner and of pg_monitor. */

CREATE VIEW segment.job_status WITH (security_barrier) AS
SELECT j.job_id AS job, j.kind, COALESCE(c.name, p.name)::text AS target,
       CASE WHEN s.run_id IS NOT NULL THEN 'running' WHEN j.disabled_reason IS NOT NULL THEN 'disabled' WHEN NOT j.active THEN 'inactive'
            WHEN s.failures OPERATOR(pg_catalog.>) 0 THEN 'failing' WHEN s.last_state OPERATOR(pg_catalog.=) 'skipped' THEN 'skipped'
            WHEN s.late_since IS NOT NULL THEN 'late' ELSE 'waiting' END AS state,
       j.every, j.at, j.timezone, j.max_runtime, j.active, s.next_run, CASE WHEN s.run_id IS NOT NULL THEN r.started_at END AS running_since, s.pid,
       l.state AS last_state, l.started_at AS last_started, l.finished_at OPERATOR(pg_catalog.-) l.started_at AS last_duration, l.result AS last_result,
       s.last_success, s.failures, s.late_since, j.disabled_reason
  FROM segment.job j
  JOIN segment.population p ON p.population_id OPERATOR(pg_catalog.=) j.population_id
  LEFT JOIN segment.scheme c ON c.scheme_id OPERATOR(pg_catalog.=) j.scheme_id
  LEFT JOIN segment.job_state s ON s.job_id OPERATOR(pg_catalog.=) j.job_id
  LEFT JOIN segment.job_run r ON r.run_id OPERATOR(pg_catalog.=) s.run_id
  LEFT JOIN LATERAL (SELECT * FROM segment.job_run f WHERE f.job_id OPERATOR(pg_catalog.=) j.job_id AND f.state OPERATOR(pg_catalog.<>) 'running'
                      ORDER BY f.run_id DESC LIMIT 1) l ON true
 WHERE EXISTS (SELECT FROM pg_catalog.pg_class a WHERE a.oid OPERATOR(pg_catalog.=) p.anchor AND pg_catalog.pg_has_role(current_user, a.relowner, 'USAGE'))
    OR pg_catalog.pg_has_role(current_user, 'pg_monitor', 'USAGE');
COMMENT ON VIEW segment.job_status IS 'every job that the reader may see, how it stands (state: running, disabled by the extension, inactive, failing, skipped since what it depends on fails, late, waiting), its last run and its next; for members of the population''s owner and of pg_monitor';

CREATE VIEW segment.job_error WITH (security_barrier) AS
SELECT j.job_id AS job, j.kind, COALESCE(c.name, p.name)::text AS target, r.run_id, r.started_at, r.finished_at, r.state, r.sqlstate,
       CASE WHEN v.member OR v.harmless THEN r.message END AS message, CASE WHEN v.member OR v.harmless THEN r.detail END AS detail, CASE WHEN v.member OR v.harmless THEN r.hint END AS hint
  FROM segment.job_run r
  JOIN segment.job j ON j.job_id OPERATOR(pg_catalog.=) r.job_id
  JOIN segment.population p ON p.population_id OPERATOR(pg_catalog.=) j.population_id
  LEFT JOIN segment.scheme c ON c.scheme_id OPERATOR(pg_catalog.=) j.scheme_id
 CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_catalog.pg_class a WHERE a.oid OPERATOR(pg_catalog.=) p.anchor AND pg_catalog.pg_has_role(current_user, a.relowner, 'USAGE')) AS member,
                            COALESCE(pg_catalog.left(r.sqlstate, 2) OPERATOR(pg_catalog.<>) ALL (ARRAY['22', '23', 'P0']), true) AS harmless) v
 WHERE r.state OPERATOR(pg_catalog.<>) ALL (ARRAY['running', 'succeeded']) AND (v.member OR pg_catalog.pg_has_role(current_user, 'pg_monitor', 'USAGE'));
COMMENT ON VIEW segment.job_error IS 'the runs kept that failed, crashed, were cancelled or skipped, with SQLSTATE, message and hint; for members of the population''s owner, and of pg_monitor, whom messages and hints of errors in data (classes 22 and 23) and of your own code (P0), which may name a customer, are not shown';

CREATE FUNCTION segment.freshness_now()
RETURNS TABLE (population text, scheme text, last_success timestamptz, lag interval, target_lag interval, within_target boolean, pending bigint, oldest_writer timestamptz, blocked_by text)
LANGUAGE C STABLE PARALLEL UNSAFE ROWS 10 AS 'MODULE_PATHNAME', 'segment_freshness_now' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.freshness_now() IS 'the rows of segment.freshness, of the populations that the caller may see';

CREATE VIEW segment.freshness AS SELECT * FROM segment.freshness_now();
COMMENT ON VIEW segment.freshness IS 'how old results are: a row per population (scheme NULL) and per active scheme''s scorecard; for members of the population''s owner and of pg_monitor, and whoever may read its view, one of its scorecards or segment.scorecard; cheap enough to be polled';
COMMENT ON COLUMN segment.freshness.last_success IS 'snapshot of the last refresh, or when the scorecard was last refreshed; NULL: never';
COMMENT ON COLUMN segment.freshness.lag IS 'age of what is shown: everything committed so long ago is in it; of a scorecard whose facts have not changed, the population''s';
COMMENT ON COLUMN segment.freshness.target_lag IS 'how old it may become, by its job; NULL: no job';
COMMENT ON COLUMN segment.freshness.pending IS 'changes logged that no refresh has read (an estimate past 4 MB of a log; NULL: never refreshed); of a scorecard, changes of facts it lacks';
COMMENT ON COLUMN segment.freshness.oldest_writer IS 'start of the oldest open transaction that writes a mapped table: its changes come when it commits';
COMMENT ON COLUMN segment.freshness.blocked_by IS 'what is in the way: a job that is missing, inactive, disabled or failing, a lock, no worker, a long writer; NULL: nothing';

GRANT SELECT ON segment.job_status, segment.job_error, segment.freshness TO PUBLIC;
