/* One customer's segment as of now, own uncommitted changes included. */

CREATE FUNCTION segment.current(scheme text, customer anyelement) RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_current' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.current(text, anyelement) IS
'the segment a refresh would put one customer into, if it ran now and saw what this statement sees, uncommitted changes of its own transaction included: the customer''s row and events are read from the mapped relations as the population''s owner, evaluated by the version in force, and segment.step() is taken from the stored predecessor, overrides obeyed. Another scheme''s segment is as stored. Writes nothing. The day is today in the population''s time zone, or that of the last refresh where it is further back than segment.catch_up_days. About a millisecond when the session has called it before, given indexes on the customer columns. Errors: 02000 no such customer, 22P02 not a key, 42704 no such scheme, 55000 it is not active, 42501 not a member of the population''s owner';

CREATE FUNCTION segment.current(scheme text, customer text) RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_current' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.current(text, text) IS
'as segment.current(text, anyelement), with the key as text: untyped literals and parameters come here';

REVOKE ALL ON FUNCTION segment.current(text, anyelement), segment.current(text, text) FROM PUBLIC;
