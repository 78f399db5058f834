/* Work that commits on its way. */

CREATE PROCEDURE segment.refresh(population text DEFAULT NULL, as_of date DEFAULT NULL)
LANGUAGE C AS 'MODULE_PATHNAME', 'segment_refresh';
COMMENT ON PROCEDURE segment.refresh(text, date) IS
'bring ledgers, features, segments, history, facts and scorecards of a population up to date; as_of is the day whose end results hold for, by default today in the population''s time zone, or the last one where that is later; never before the last one (22023); not inside a transaction block (25001)';

CREATE PROCEDURE segment.backfill(scheme text, since date, until date DEFAULT NULL, step interval DEFAULT '1 month')
LANGUAGE C AS 'MODULE_PATHNAME', 'segment_backfill';
COMMENT ON PROCEDURE segment.backfill(text, date, date, interval) IS
'evaluate past days of a scheme from the ledgers, by the version in force and its cut points, and fold forward from the first; since a month''s last day with a step of months means month ends; until, by default the day before the scheme went live, cannot reach into what refreshes wrote (22023)';

REVOKE ALL ON PROCEDURE segment.refresh(text, date), segment.backfill(text, date, date, interval) FROM PUBLIC;
