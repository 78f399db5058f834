/* One look at everything that could be wrong. */

CREATE FUNCTION segment.health_check()
RETURNS TABLE ("check" text, status text, detail text, hint text)
LANGUAGE C STABLE PARALLEL UNSAFE ROWS 20 AS 'MODULE_PATHNAME', 'segment_health_check' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.health_check() IS
'is everything well? One row per check without a finding (status ok), one per finding (warning or critical) with what to do about it: preload, worker, worker slots, jobs, freshness, schedule, triggers, change logs, oldest writer, prepared transactions, owners, unassigned events, reviews, quarantine; access, when there are populations that the caller may not see. Of the populations whose owner the caller is a member of; of all for members of pg_monitor. Names no customer';
