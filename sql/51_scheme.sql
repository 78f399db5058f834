/* Schemes: the draft, what it would do, and putting it in force. */

CREATE FUNCTION segment.create_scheme(name text, objective text, population text DEFAULT NULL,
    default_segment text DEFAULT 'Others', min_dwell interval DEFAULT NULL, review_every interval DEFAULT NULL)
RETURNS int LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_create_scheme' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.create_scheme(text, text, text, text, interval, interval) IS
'draft a segmentation with one business objective (refused when empty); min_dwell in days or calendar months: how long a customer stays at least; returns its id';

CREATE FUNCTION segment.alter_scheme(name text, objective text DEFAULT NULL, default_segment text DEFAULT NULL,
    min_dwell interval DEFAULT NULL, review_every interval DEFAULT NULL, smallest_share numeric DEFAULT NULL,
    largest_share numeric DEFAULT NULL)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_alter_scheme' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.alter_scheme(text, text, text, interval, interval, numeric, numeric) IS
'edit the draft of a scheme; NULL leaves a thing as it is; smallest_share and largest_share (0 to 1) are the sizes preview warns beyond';

CREATE FUNCTION segment.drop_scheme(name text)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_drop_scheme' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.drop_scheme(text) IS
'drop a scheme that was never activated; one that was keeps its history and can only be retired';

CREATE FUNCTION segment.create_score(scheme text, name text, feature text, bins int DEFAULT 5,
    cuts numeric[] DEFAULT NULL, descending boolean DEFAULT false)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_create_score' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.create_score(text, text, text, int, numeric[], boolean) IS
'bin a feature inside a scheme: score = 1 + the number of cut points below the value; quantiles (percentile_cont at i/bins) computed at activation unless cuts are given; descending: the lowest values score highest';

CREATE FUNCTION segment.drop_score(scheme text, name text)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_drop_score' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.drop_score(text, text) IS 'drop a score from a scheme''s draft; refused while a rule reads it';

CREATE FUNCTION segment.create_segment(scheme text, name text, rule text, priority int DEFAULT NULL,
    owner text DEFAULT NULL, proposition text DEFAULT NULL)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_create_segment' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.create_segment(text, text, text, int, text, text) IS
'add a segment to a scheme''s draft; the rule is an SQL boolean expression over features and the scheme''s scores, three-valued: NULL does not match; the lowest priority that matches wins, by default after those there are';

CREATE FUNCTION segment.alter_segment(scheme text, name text, rule text DEFAULT NULL, priority int DEFAULT NULL,
    owner text DEFAULT NULL, proposition text DEFAULT NULL)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_alter_segment' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.alter_segment(text, text, text, int, text, text) IS
'edit a segment of a scheme''s draft; NULL leaves a thing as it is';

CREATE FUNCTION segment.drop_segment(scheme text, name text)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_drop_segment' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.drop_segment(text, text) IS 'take a segment out of a scheme''s draft';

CREATE FUNCTION segment.create_rfm_scheme(name text, objective text, population text DEFAULT NULL)
RETURNS int LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_create_rfm_scheme' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.create_rfm_scheme(text, text, text) IS
'draft the RFM preset: quintiles of days since last purchase (r, reversed), active days (f) and total value (m), and ten named segments (those of the R package rfm) as editable rules over r, f and m; returns the scheme''s id';

CREATE FUNCTION segment.preview(scheme text, OUT segment text, OUT customers bigint, OUT share numeric,
    OUT entering bigint, OUT leaving bigint, OUT unknown bigint, OUT warning text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_preview' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.preview(text) IS
'what a scheme''s draft would do at the population''s last refresh: customers and share (0 to 1) per segment, how many would enter and leave, for how many the rule is unknown, warnings; writes nothing; 55000 before the first refresh';

CREATE FUNCTION segment.activate(scheme text, comment text DEFAULT NULL, dry_run boolean DEFAULT false,
    backfill boolean DEFAULT true)
RETURNS int LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_activate' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.activate(text, text, boolean, boolean) IS
'freeze a scheme''s draft as a new version and put it in force: everyone is assigned, at the population''s last refresh; the first activation also evaluates the last 24 month ends as history unless backfill => false; dry_run checks everything and writes nothing; returns the version';

CREATE FUNCTION segment.recut(scheme text, comment text DEFAULT NULL)
RETURNS int LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_recut' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.recut(text, text) IS
'a new version with the rules in force and quantile cut points computed afresh; cut points that were given stay; returns the version';

CREATE FUNCTION segment.retire(scheme text)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_retire' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.retire(text) IS
'take a scheme out of use: no longer evaluated; its history, transitions and facts stay, its columns in the join view become NULL';

REVOKE ALL ON FUNCTION segment.create_scheme(text, text, text, text, interval, interval),
    segment.alter_scheme(text, text, text, interval, interval, numeric, numeric),
    segment.drop_scheme(text), segment.create_score(text, text, text, int, numeric[], boolean),
    segment.drop_score(text, text), segment.create_segment(text, text, text, int, text, text),
    segment.alter_segment(text, text, text, int, text, text), segment.drop_segment(text, text),
    segment.create_rfm_scheme(text, text, text), segment.preview(text),
    segment.activate(text, text, boolean, boolean), segment.recut(text, text), segment.retire(text) FROM PUBLIC;
