\set ECHO none
-- The fold: every case of its law, the calendar, and the law itself over random histories.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(33);

-- The cases
SELECT is(segment.step(NULL, NULL, 'A', '2024-01-01'), 'A', 'the first day takes raw');
SELECT is(segment.step(NULL, NULL, 'A', '2024-01-01', '1 year'), 'A', 'whatever min_dwell');
SELECT is(segment.step('A', '2024-01-01', 'A', '2024-01-05', '1 year'), 'A', 'raw as before keeps');
SELECT is(segment.step('A', '2024-01-01', 'B', '2024-01-02'), 'B', 'without min_dwell raw decides');
SELECT is(segment.step('A', '2024-01-01', 'B', '2024-01-01'), 'B', 'even on the same day');
SELECT is(segment.step('A', '2024-01-01', 'B', '2024-01-02', NULL), 'B', 'NULL is no min_dwell');
SELECT is(segment.step('A', '2024-01-01', 'B', '2024-01-30', '30 days'), 'A', 'a day too early');
SELECT is(segment.step('A', '2024-01-01', 'B', '2024-01-31', '30 days'), 'B', 'the first day it may');
SELECT is(segment.step('A', '2024-01-01', 'B', '2024-02-15', '30 days'), 'B', 'any day after');
SELECT is(segment.step('A', '2024-01-01', 'B', '2023-12-31'), 'A', 'never before the stay began');

-- The calendar
SELECT is(segment.step('A', '2024-01-31', 'B', '2024-02-28', '1 month'), 'A', 'a month from January 31 is not over on February 28');
SELECT is(segment.step('A', '2024-01-31', 'B', '2024-02-29', '1 month'), 'B', 'but on the leap day');
SELECT is(segment.step('A', '2024-02-29', 'B', '2025-02-27', '1 year'), 'A', 'a year from a leap day, a day early');
SELECT is(segment.step('A', '2024-02-29', 'B', '2025-02-28', '1 year'), 'B', 'a year from a leap day');
SELECT is(segment.step('A', '2024-01-31', 'B', '2024-03-01', '1 month 1 day'), 'B', 'months first, then days');
SELECT is(segment.step('A', '2024-01-31', 'B', '2024-02-29', '1 month 1 day'), 'A', 'and not a day before');
SELECT is(segment.step('A', '2024-01-01', 'B', '2024-01-02', '36 hours'), 'A', 'hours reach into the next day');
SELECT is(segment.step('A', '2024-01-01', 'B', '2024-01-03', '36 hours'), 'B', 'and no farther');
SELECT is(segment.step('A', '-infinity', 'B', '2024-01-03', '1 month'), 'B', 'for ever is long enough');
SELECT is(segment.step('A', '2024-01-01', 'B', 'infinity', '1 month'), 'B', 'at the end of time, too');

-- Overrides
SELECT is(segment.step('A', '2024-01-01', 'B', '2024-01-02', '1 year', 'C'), 'C', 'an override beats min_dwell and raw');
SELECT is(segment.step(NULL, NULL, 'B', '2024-01-02', '1 year', 'C'), 'C', 'also on the first day');
SELECT is(segment.step('C', '2024-01-01', 'B', '2024-06-02', '1 month', 'C'), 'C', 'while it lasts');
SELECT is(segment.step('C', '2024-01-01', 'B', '2024-06-02', '1 month', NULL), 'B', 'no longer');

-- Names are compared byte by byte
SELECT is(segment.step('a', '2024-01-01', 'A', '2024-01-02'), 'A', 'case matters');
SELECT is(segment.step('', '2024-01-01', 'A', '2024-01-02', '1 year'), '', 'an empty name is a name');
SELECT is(segment.step(repeat('x', 5000), '2024-01-01', repeat('x', 5000) || 'y', '2024-01-02', '1 year'), repeat('x', 5000), 'length does not');

-- The law, stated in SQL
CREATE FUNCTION pg_temp.law(previous text, since date, raw text, day date, min_dwell interval, override text) RETURNS text
LANGUAGE sql AS
$$
	SELECT CASE WHEN override IS NOT NULL THEN override WHEN previous IS NULL OR raw = previous THEN raw
		WHEN since + min_dwell > day THEN previous ELSE raw END
$$;
SELECT is(count(*), 0::bigint, 'step is the law')
FROM unnest('{NULL,A,B}'::text[]) previous, unnest('{A,B,C}'::text[]) raw, unnest('{NULL,A,D}'::text[]) override,
	unnest('{0,1 day,7 days,1 month,1 month 3 days,1 year,2 hours}'::interval[]) min_dwell,
	generate_series(0, 400, 13) d
WHERE segment.step(previous, '2023-12-31', raw, date '2023-12-31' + d, min_dwell, override)
	IS DISTINCT FROM pg_temp.law(previous, '2023-12-31', raw, date '2023-12-31' + d, min_dwell, override);

-- A history folded day by day: no stay ends before min_dwell
CREATE TEMP TABLE fold AS
WITH RECURSIVE history AS (
	SELECT date '2024-01-01' AS day, 'A' AS segment, date '2024-01-01' AS since
	UNION ALL
	SELECT h.day + 1, s.segment, CASE WHEN s.segment = h.segment THEN h.since ELSE h.day + 1 END
	FROM history h, LATERAL (SELECT segment.step(h.segment, h.since,
		substr('ABC', 1 + ((h.day - date '2024-01-01') * 7919 % 101) % 3, 1), h.day + 1, '5 days') AS segment) s
	WHERE h.day < date '2024-12-31')
SELECT since, segment, count(*) AS days FROM history GROUP BY 1, 2;
SELECT cmp_ok(count(*)::int, '>', 20, 'there is movement') FROM fold;
SELECT is(min(days), 5::bigint, 'no stay is shorter than min_dwell') FROM fold WHERE since < (SELECT max(since) FROM fold);

-- Errors
SELECT throws_ok($$SELECT segment.step('A', '2024-01-01', NULL, '2024-01-02')$$, '22004', 'raw is null', 'raw is never NULL');
SELECT throws_ok($$SELECT segment.step('A', NULL, 'B', '2024-01-02')$$, '22004', 'since is null', 'a stay began some day');
SELECT throws_ok($$SELECT segment.step('A', '2024-01-01', 'B', '2024-01-02', '-1 day')$$, '22023', 'min_dwell is negative', 'no stay is shorter than nothing');
SELECT * FROM finish();
