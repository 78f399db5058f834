-- Progress and days -----------------------------------------------------------------------------------------------

CREATE VIEW segment.progress AS
    SELECT p.pid,
           d.datname,
           CASE WHEN d.datname OPERATOR(pg_catalog.=) current_database() THEN p.relid::regclass END AS relation,
           CASE WHEN p.param18 OPERATOR(pg_catalog.=) 1 THEN 'reading events'
                WHEN p.param18 OPERATOR(pg_catalog.=) 2 THEN 'merging ledgers'
                WHEN p.param18 OPERATOR(pg_catalog.=) 3 THEN 'writing ledgers'
                WHEN p.param18 OPERATOR(pg_catalog.=) 4 THEN 'reading customers'
                WHEN p.param18 OPERATOR(pg_catalog.=) 5 THEN 'evaluating'
                WHEN p.param18 OPERATOR(pg_catalog.=) 6 THEN 'writing results'
                WHEN p.param18 OPERATOR(pg_catalog.=) 7 THEN 'backfilling'
                WHEN p.param18 OPERATOR(pg_catalog.=) 8 THEN 'computing facts'
                WHEN p.param18 OPERATOR(pg_catalog.=) 9 THEN 'refreshing scorecards'
           END AS phase,
           p.param19 AS done,
           nullif(p.param20, 0) AS total
      FROM pg_stat_get_progress_info('COPY') AS p
      LEFT JOIN pg_database AS d ON d.oid OPERATOR(pg_catalog.=) p.datid
     WHERE p.param17 OPERATOR(pg_catalog.=) 1936025453;
COMMENT ON VIEW segment.progress IS
'builds and refreshes under way in this cluster: process, database, the relation being written (NULL in other databases), '
'phase, and how many rows, customers, days or scorecards of the phase are done of how many (total NULL: not known; for "reading events" it is '
'the planner''s estimate). Needs no preloading. Details of other roles'' sessions are visible to pg_read_all_stats only';
GRANT SELECT ON segment.progress TO PUBLIC;

CREATE FUNCTION segment.local_day(moment timestamptz, timezone text) RETURNS date
    AS 'MODULE_PATHNAME', 'segment_local_day' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.local_day(timestamptz, text) IS
'the calendar day on which a moment falls in a time zone: the same as (moment AT TIME ZONE timezone)::date, several times faster, '
'and the conversion by which sources assign events to days. Infinite moments give infinite dates. '
'Errors: 22023 when the zone is not a name of pg_timezone_names';
