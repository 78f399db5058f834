/*
 * 0.1 to 0.2: what changed of the objects 0.1 has.  The parts from 70 on, which are new, follow this.
 */

\echo Use "ALTER EXTENSION segment UPDATE" to load this file. \quit

SET LOCAL search_path = pg_catalog, pg_temp;

/* How old results are. */
ALTER TABLE segment.population ADD COLUMN read_at timestamptz;
COMMENT ON COLUMN segment.population.read_at IS 'when the last refresh took its snapshot: what had been committed is in the results; NULL: never';

/* Consent: who does not meet the condition is not in the population. */
ALTER TABLE segment.population ADD COLUMN consent text;
ALTER TABLE segment.population ADD COLUMN consent_sql text;
COMMENT ON COLUMN segment.population.consent IS 'who may be in the population, as declared: condition on the mapped relation''s columns; unknown is no consent; NULL: everyone';
COMMENT ON COLUMN segment.population.consent_sql IS 'the same as it runs';
DROP FUNCTION segment.create_population(text, regclass, name, text, name, name, regrole, interval);
DROP FUNCTION segment.alter_population(text, text, interval, name, regrole);
CREATE FUNCTION segment.create_population(name text, relation regclass, key name, timezone text DEFAULT NULL,
                                          key_name name DEFAULT NULL, since name DEFAULT NULL,
                                          owner regrole DEFAULT NULL, settle interval DEFAULT '3 days',
                                          consent text DEFAULT NULL) RETURNS int
    AS 'MODULE_PATHNAME', 'segment_create_population' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION segment.create_population(text, regclass, name, text, name, name, regrole, interval, text) FROM PUBLIC;
COMMENT ON FUNCTION segment.create_population(text, regclass, name, text, name, name, regrole, interval, text) IS
'maps a set of customers on a relation with one row per customer, and returns the population''s id. key: the column that names a '
'customer, of a type of pg_catalog that can be sorted (a domain is stored as its base type, an enum as text). timezone: whose days '
'count; the session''s when left out. key_name: the key''s name in generated relations; <name>_id when left out. since: column of type '
'date or timestamp, customer since. owner: role as which the mapped relations are read; the caller when left out. settle: how long after '
'its end a period stays open. consent: condition on the relation''s columns, as the filter of a source: whoever does not meet it, or of whom '
'it is unknown, is not in the population, and no result is committed after an opt-out that has them in it. Generates segment_data.<name>, <name>_feature, <name>_segment and <name>_anchor. '
'Errors: 42710 name taken, 42P07 generated name taken, 42703 no such column, 0A000 key type that cannot be stored, 42804 since is no '
'time, 22023 unknown time zone, 42501 not a member of the owner, or the owner may not read the relation, those of expressions for consent';
CREATE FUNCTION segment.alter_population(name text, timezone text DEFAULT NULL, settle interval DEFAULT NULL,
                                         since name DEFAULT NULL, owner regrole DEFAULT NULL,
                                         consent text DEFAULT NULL) RETURNS void
    AS 'MODULE_PATHNAME', 'segment_alter_population' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION segment.alter_population(text, text, interval, name, regrole, text) FROM PUBLIC;
COMMENT ON FUNCTION segment.alter_population(text, text, interval, name, regrole, text) IS
'changes what is given and leaves the rest; everything is checked as by create_population. Another time zone means other days: the '
'next refresh builds all ledgers anew. An empty consent means that everyone is in the population; another one holds from the next '
'refresh on, and waits for one under way. A superuser gives a population whose owner is gone to another with owner. Errors: those of '
'create_population, and 42704 no such population, or its owner is gone';

/* A day that no event is of yet moves nobody's facts. */
ALTER TABLE segment.source ADD COLUMN last_day date;
COMMENT ON COLUMN segment.source.last_day IS 'no event that was read is of a later day; NULL: not known';

/* Facts by hand begin where those of a refresh do. */
COMMENT ON FUNCTION segment.update_facts(text, date, date) IS
'compute the open and the missing periods of a scheme''s facts by hand, and refresh its scorecard, as every refresh of its population does; makes the relations when they are missing. first_day: first day of the scheme''s history (default: the first that activation or backfill wrote); as_of: default the population''s. Final periods are not touched. Raises 42704 for an unknown scheme, 55000 without history, 42501 for others than members of the population''s owner';

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
