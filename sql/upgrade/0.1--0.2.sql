/*
 * 0.1 to 0.2: what changed of the objects 0.1 has.  The parts from 70 on, which are new, follow this.
 */

\echo Use "ALTER EXTENSION segment UPDATE" to load this file. \quit

SET LOCAL search_path = pg_catalog, pg_temp;

/* How old results are. */
ALTER TABLE segment.population ADD COLUMN read_at timestamptz;
COMMENT ON COLUMN segment.population.read_at IS 'when the last refresh took its snapshot: what had been committed is in the results; NULL: never';

/* A clock that is set back is no error. */
COMMENT ON PROCEDURE segment.refresh(text, date) IS
'bring ledgers, features, segments, history, facts and scorecards of a population up to date; as_of is the day whose end results hold for, by default today in the population''s time zone, or the last one where that is later; never before the last one (22023); not inside a transaction block (25001)';
