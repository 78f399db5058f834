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
