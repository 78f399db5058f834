/* The processes that run jobs by themselves. */

CREATE FUNCTION segment.workers(OUT pid int, OUT kind text, OUT database name, OUT state text, OUT job_id int, OUT started_at timestamptz, OUT passes bigint)
RETURNS SETOF record LANGUAGE C VOLATILE PARALLEL SAFE AS 'MODULE_PATHNAME', 'segment_workers' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.workers() IS
'processes of the background worker on this server, of all databases: kind launcher, scheduler or job; state starting (a scheduler that has not found the extension yet), running or stopping; passes a launcher or scheduler has made. No rows without segment in shared_preload_libraries, and on a standby';
REVOKE ALL ON FUNCTION segment.workers() FROM PUBLIC;

CREATE VIEW segment.worker AS
SELECT w.pid, w.kind, w.database, w.state, w.job_id, w.started_at, w.passes FROM segment.workers() w;
COMMENT ON VIEW segment.worker IS 'processes of the background worker on this server: launcher, a scheduler per database, a job worker per job that runs; see segment.workers()';
GRANT EXECUTE ON FUNCTION segment.workers() TO pg_monitor;
GRANT SELECT ON segment.worker TO pg_monitor;
