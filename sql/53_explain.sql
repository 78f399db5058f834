/* Why a customer is where it is, and what was true on a past day. */

CREATE FUNCTION segment.explain(scheme text, customer anyelement, at date DEFAULT NULL)
RETURNS TABLE (segment text, priority int, condition text, value text, threshold text, met boolean, decisive boolean,
    to_meet text, to_lose text, moves_to text, outcome text, raw text, assigned text, since date, version int,
    as_of date, attributes_as_of date)
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'segment_explain' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.explain(text, anyelement, date) IS
'why a customer is in its segment: a row per condition (what AND holds together at the top of a rule) of every segment in priority order, then one for the default segment. customer: the key, native or as text. at: the day whose end is explained, by default the last refresh; a past day is evaluated from the ledgers, by the version in force that day (that of the customer''s backfilled history before the first activation), attributes as known on attributes_as_of. value: what the condition reads, for a score with the feature''s value and the cut points behind it; threshold: the constant it compares with; met: NULL is unknown; decisive: were this condition alone the other way, raw would be another segment. to_meet, to_lose: the nearest value of one feature that would meet an unmet condition of a rule before the winner''s, or end one of the winner''s, all else equal; given for comparisons of one feature or score with a constant, and only where evaluating the customer with that value bears it out; moves_to: the raw segment that would lead to, NULL when the same. outcome: what became of the segment''s rule; raw: what the rules say; assigned, since: the segment that history has for the day (after min_dwell), and its first day. Errors: 02000 no such customer, 22P02 not a key, 42704 no such scheme, 55000 never activated, retired, or the population never refreshed, 22023 a day after the last refresh, 42501 not a member of the population''s owner';

CREATE FUNCTION segment.explain(scheme text, customer text, at date DEFAULT NULL)
RETURNS TABLE (segment text, priority int, condition text, value text, threshold text, met boolean, decisive boolean,
    to_meet text, to_lose text, moves_to text, outcome text, raw text, assigned text, since date, version int,
    as_of date, attributes_as_of date)
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'segment_explain' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.explain(text, text, date) IS
'as segment.explain(text, anyelement, date), with the key as text: untyped literals and parameters come here';

REVOKE ALL ON FUNCTION segment.explain(text, anyelement, date), segment.explain(text, text, date) FROM PUBLIC;

CREATE FUNCTION segment.features_as_of(population text, day date)
RETURNS TABLE (customer text, features jsonb)
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'segment_features_as_of' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.features_as_of(text, date) IS
'every feature at the end of a past day, evaluated from the ledgers: a row per customer that had entered by then (on the day of the last refresh, per customer there is), the key as text and the features by name. Attributes are as known at the last refresh, another scheme''s segment is that of its history. The population may be NULL when there is one only. Errors: 55000 never refreshed, 22023 a day after the last refresh, whose events are not known yet, 42704 no such population, 42501 not a member of its owner';

CREATE FUNCTION segment.features_as_of(row_type anyelement, day date)
RETURNS SETOF anyelement
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'segment_features_as_of_rows' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.features_as_of(anyelement, date) IS
'as segment.features_as_of(text, date), natively typed: SELECT * FROM segment.features_as_of(NULL::segment_data.customer_feature, ''2026-01-31''); the argument''s type says which population, its value is not read. Errors: those, and 42804 a type that is no population''s features';

CREATE FUNCTION segment.feature_sql(population text DEFAULT NULL, day date DEFAULT NULL)
RETURNS text
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'segment_feature_sql' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.feature_sql(text, date) IS
'the SELECT over extension tables that evaluates every feature of every customer at the end of a day, by default the last refresh''s: to read and to EXPLAIN. What a refresh evaluates, schemes included, is the view segment_data.<population>_evaluation. Errors: those of segment.features_as_of(text, date)';

CREATE FUNCTION segment.as_of(scheme text, day date)
RETURNS TABLE (customer text, segment text, since date, version int)
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'segment_as_of' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.as_of(text, date) IS
'who was in which segment at the end of a day, from the history: the key as text, the first day of the stay (since) and the version by which it began; a row per customer that was in the scheme. Natively typed: SELECT * FROM segment_data.<scheme>_history WHERE valid @> date ''2026-01-31''. Errors: 55000 never activated, 22023 a day after the last refresh or before the history begins, 42704 no such scheme, 42501 not a member of the population''s owner';

REVOKE ALL ON FUNCTION segment.features_as_of(text, date), segment.features_as_of(anyelement, date),
    segment.feature_sql(text, date), segment.as_of(text, date) FROM PUBLIC;
