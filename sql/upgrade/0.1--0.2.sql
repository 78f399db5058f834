/*
 * 0.1 to 0.2: what changed of the objects 0.1 has.  The parts from 70 on, which are new, follow this.
 */

\echo Use "ALTER EXTENSION segment UPDATE" to load this file. \quit

SET LOCAL search_path = pg_catalog, pg_temp;

/* How old results are. */
ALTER TABLE segment.population ADD COLUMN read_at timestamptz;
COMMENT ON COLUMN segment.population.read_at IS 'when the last refresh took its snapshot: what had been committed is in the results; NULL: never';

/* A day that no event is of yet moves nobody's facts. */
ALTER TABLE segment.source ADD COLUMN last_day date;
COMMENT ON COLUMN segment.source.last_day IS 'no event that was read is of a later day; NULL: not known';

/* A clock that is set back is no error. */
COMMENT ON PROCEDURE segment.refresh(text, date) IS
'bring ledgers, features, segments, history, facts and scorecards of a population up to date; as_of is the day whose end results hold for, by default today in the population''s time zone, or the last one where that is later; never before the last one (22023); not inside a transaction block (25001)';

/* What runs now says when it refreshes scorecards. */
CREATE OR REPLACE VIEW segment.progress AS
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
