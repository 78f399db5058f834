-- The fold from raw segments to segments.

CREATE FUNCTION segment.step(
	previous text,
	since date,
	raw text,
	day date,
	min_dwell interval DEFAULT '0',
	override text DEFAULT NULL)
RETURNS text
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_step';
COMMENT ON FUNCTION segment.step(text, date, text, date, interval, text) IS
'The segment at the end of day, given the segment so far (previous, NULL on the first day), the first day in it (since) and what the rules say (raw): an override in force wins; else the first day takes raw; else previous stays while since + min_dwell is after day, months by the calendar; else raw. Wherever the result differs from previous, a new stay begins on day. Errors: 22004 raw, day, or since beside a previous segment is NULL; 22023 min_dwell is negative.';
