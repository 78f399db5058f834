/* Customers put into a segment by hand. */

CREATE FUNCTION segment.override(scheme text, customer anyelement, segment text, until date DEFAULT NULL, reason text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_override' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.override(text, anyelement, text, date, text) IS
'put a customer into a segment of a scheme against its rules, from the next refresh on until the given day, its last (NULL: until segment.lift_override); an override in force is replaced. customer: the key, native or as text. segment: one of the version in force; while a later version lacks it the override sleeps. reason: required, shown by segment.explain() with the author, the caller. The moves it begins and ends have the cause manual. It takes effect on today''s day in the population''s time zone, or on the day of the last refresh where that is further back than segment.catch_up_days. Takes no population lock: a refresh that runs meanwhile is not disturbed, the next one obeys. Errors: 42704 no such scheme or segment, 02000 no such customer, 22P02 not a key, 22004 an argument is missing, 22023 no reason, or until is over, 55000 the scheme is not active, 42501 not a member of the population''s owner';

CREATE FUNCTION segment.override(scheme text, customer text, segment text, until date DEFAULT NULL, reason text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_override' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.override(text, text, text, date, text) IS
'as segment.override(text, anyelement, text, date, text), with the key as text: untyped literals and parameters come here';

CREATE FUNCTION segment.lift_override(scheme text, customer anyelement) RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_lift_override' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.lift_override(text, anyelement) IS
'end a customer''s override: from the next refresh on the rules decide again (min_dwell counts the stay by override). Errors: 02000 there is none, 42704 no such scheme, 22P02 not a key, 42501 not a member of the population''s owner';

CREATE FUNCTION segment.lift_override(scheme text, customer text) RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_lift_override' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.lift_override(text, text) IS
'as segment.lift_override(text, anyelement), with the key as text: untyped literals and parameters come here';

CREATE FUNCTION segment.overrides(scheme text)
RETURNS TABLE (customer text, segment text, since date, until date, reason text, author text, created_at timestamptz,
    in_force boolean, lifted_on date, lifted_by text)
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'segment_overrides' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.overrides(text) IS
'every override there is or was in a scheme, oldest first: the key as text, the segment, the days from since to until (NULL: until lifted), why and by whom; lifted_on: the first day it no longer held, by lift_override or another override. Natively typed: segment_data.<population>_override. Errors: 42704 no such scheme, 42501 not a member of the population''s owner';

REVOKE ALL ON FUNCTION segment.override(text, anyelement, text, date, text), segment.override(text, text, text, date, text),
    segment.lift_override(text, anyelement), segment.lift_override(text, text), segment.overrides(text) FROM PUBLIC;
