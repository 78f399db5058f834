\set ECHO none
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET DateStyle = ISO;
SET search_path = public, segment, pg_catalog;


-- What a statement raises: its SQLSTATE and hint.
CREATE FUNCTION pg_temp.raised(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, hint = PG_EXCEPTION_HINT;
	RETURN state || ' ' || hint;
END $$;

SELECT plan(56);

-- Random ledgers with returns (count 0) and their entries as a table.
SELECT setseed(0.75) \g /dev/null
CREATE TEMP TABLE subject AS
SELECT id, ('(2,0;d){' || coalesce(string_agg(
	format('%s%s x%s %s %s', date '2023-01-01' + (random() * 500)::int, (ARRAY['', ' "web"', ' "shop"', ' "phone"'])[1 + (random() * 3)::int],
		(ARRAY[1, 1, 1, 2, 0])[1 + (random() * 4)::int], round((random() * 200)::numeric - 20, 2), (random() * 5)::int), ', ') FILTER (WHERE e <= size), '') || '}')::ledger AS l
FROM (SELECT id, (random() * 40)::int AS size FROM generate_series(0, 49) id) s, generate_series(1, 40) e
GROUP BY id;
CREATE TEMP TABLE entry AS SELECT id, day, dimension, count, measures[1] AS m1, measures[2] AS m2 FROM subject, entries(l);
CREATE TEMP TABLE range AS
SELECT since, until FROM (SELECT date '2022-12-01' + (random() * 560)::int AS since, (random() * 200)::int AS length FROM generate_series(1, 25)) r,
	LATERAL (SELECT since + length - 10 AS until) u
UNION ALL VALUES (date '-infinity', date 'infinity'), ('-infinity', '2023-07-01'), ('2023-07-01', 'infinity'), ('infinity', '-infinity'), ('2023-07-01', '2023-07-01');
CREATE TEMP TABLE purchase_day AS
SELECT id, day, sum(m1) AS m1 FROM entry GROUP BY id, day HAVING sum(count) > 0;
CREATE TEMP TABLE expected AS
SELECT s.id, l, since, until, coalesce(e.events, 0) AS events, e.total, e.points, e.first_event_day, coalesce(p.days, 0)::int AS days, p.first_day, p.last_day
FROM subject s CROSS JOIN range r
	LEFT JOIN LATERAL (SELECT sum(count) AS events, sum(m1) AS total, sum(m2) AS points, min(day) AS first_event_day FROM entry WHERE id = s.id AND day BETWEEN since AND until) e ON true
	LEFT JOIN LATERAL (SELECT count(*) AS days, min(day) AS first_day, max(day) AS last_day FROM purchase_day WHERE id = s.id AND day BETWEEN since AND until) p ON true;
CREATE TEMP TABLE gaps AS
SELECT e.id, since, until, avg(gap)::float8 AS mean, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS median, stddev_samp(gap)::float8 AS sd, max(gap) AS longest
FROM expected e LEFT JOIN LATERAL (SELECT day - lag(day) OVER (ORDER BY day) AS gap FROM purchase_day p WHERE p.id = e.id AND day BETWEEN since AND until) g ON gap IS NOT NULL
GROUP BY e.id, since, until;
CREATE FUNCTION pg_temp.differ(a float8, b float8) RETURNS boolean LANGUAGE sql AS
	$$SELECT coalesce(abs(a - b) > 1e-9 * greatest(1, abs(a)), (a IS NULL) <> (b IS NULL))$$;

SELECT cmp_ok((SELECT count(*) FROM expected WHERE days > 2), '>', 300::bigint, 'the ranges are not empty');
SELECT is_empty('SELECT id, since, until FROM expected WHERE ' || condition, split_part(replace(condition, 'pg_temp.differ(', ''), '(', 1) || ' in a range')
FROM (VALUES
	('event_count(l, since, until) IS DISTINCT FROM events'),
	('total(l, 1, since, until) IS DISTINCT FROM total'),
	('total(l, 2, since, until) IS DISTINCT FROM points'),
	('pg_temp.differ(mean(l, 1, since, until), (total / nullif(events, 0))::float8)'),
	('active_days(l, since, until) IS DISTINCT FROM days'),
	('first_day(l, since, until) IS DISTINCT FROM first_day'),
	('last_day(l, since, until) IS DISTINCT FROM last_day'),
	('first_event_day(l, since, until) IS DISTINCT FROM first_event_day')) v(condition);
SELECT is_empty(format('SELECT id, since, until FROM expected JOIN gaps USING (id, since, until) WHERE pg_temp.differ(%s(l, since, until), %s)', f, c), f || ' in a range')
FROM (VALUES ('interpurchase_mean', 'mean'), ('interpurchase_median', 'median'), ('interpurchase_sd', 'sd'), ('longest_gap', 'longest')) v(f, c);

-- As of a day, and over the whole ledger: the same as the ranges from or to infinity.
SELECT is_empty(format($$SELECT id, until FROM expected WHERE %1$s(l %2$s, until) IS DISTINCT FROM %1$s(l %2$s, '-infinity', until)$$, f, m), f || ' as of a day')
FROM (VALUES ('event_count', ''), ('total', ', 1'), ('mean', ', 1'), ('active_days', ''), ('first_day', ''), ('last_day', ''), ('first_event_day', ''), ('interpurchase_mean', ''),
	('interpurchase_median', ''), ('interpurchase_sd', ''), ('longest_gap', ''), ('distinct_dimensions', ''), ('top_dimension', '')) v(f, m);
SELECT is_empty(format($$SELECT id FROM subject WHERE %1$s(l %2$s) IS DISTINCT FROM %1$s(l %2$s, '-infinity', 'infinity')$$, f, m), f || ' over the whole ledger')
FROM (VALUES ('event_count', ''), ('total', ', 1'), ('active_days', ''), ('longest_gap', ''), ('top_dimension', '')) v(f, m);

-- Statistics of the purchase process.
CREATE TEMP TABLE process AS
SELECT id, l, until AS as_of, days, first_day, last_day,
	(SELECT avg(m1) FROM purchase_day p WHERE p.id = e.id AND p.day > e.first_day AND p.day <= e.until)::float8 AS m
FROM expected e WHERE since = '-infinity' AND isfinite(until)
UNION ALL
SELECT s.id, l, as_of, days, first, last, (SELECT avg(m1) FROM purchase_day p WHERE p.id = s.id AND p.day > first AND p.day <= as_of)::float8
FROM subject s CROSS JOIN (SELECT date '2022-12-20' + 37 * g AS as_of FROM generate_series(0, 15) g) d,
	LATERAL (SELECT count(*)::int AS days, min(day) AS first, max(day) AS last FROM purchase_day p WHERE p.id = s.id AND p.day <= as_of) p;
SELECT is_empty('SELECT id, as_of FROM process WHERE ' || condition, split_part(condition, '(', 1))
FROM (VALUES
	('days_since_first(l, as_of) IS DISTINCT FROM as_of - first_day'), ('days_since_last(l, as_of) IS DISTINCT FROM as_of - last_day'),
	('tenure(l, as_of) IS DISTINCT FROM as_of - first_day'), ('repeat_days(l, as_of) IS DISTINCT FROM nullif(days, 0) - 1'),
	('t_x(l, as_of) IS DISTINCT FROM last_day - first_day')) v(condition);
SELECT is_empty('SELECT id, as_of FROM process WHERE pg_temp.differ(mean_repeat_value(l, 1, as_of), m)', 'mean_repeat_value');
SELECT is_empty($$
	SELECT s.id FROM process s, LATERAL (SELECT sum(m1) FILTER (WHERE day > as_of - 90 AND day <= as_of) AS last, sum(m1) FILTER (WHERE day > as_of - 180 AND day <= as_of - 90) AS before
		FROM entry e WHERE e.id = s.id) t
	WHERE pg_temp.differ(trend(l, 1, as_of, 90), ((coalesce(last, 0) - before) / nullif(before, 0))::float8)$$, 'trend of a measure');
SELECT is_empty($$
	SELECT s.id FROM process s, LATERAL (SELECT sum(count) FILTER (WHERE day > as_of - 90 AND day <= as_of) AS last, sum(count) FILTER (WHERE day > as_of - 180 AND day <= as_of - 90) AS before
		FROM entry e WHERE e.id = s.id) t
	WHERE pg_temp.differ(trend(l, as_of, 90), ((coalesce(last, 0) - before) / nullif(before, 0))::float8)$$, 'trend of the counts');

-- By dimension label.
CREATE TEMP TABLE by_label AS
SELECT x.id, l, since, until, e.*
FROM expected x, LATERAL (SELECT dimension, sum(count) AS events, sum(m1) AS total, count(*) FILTER (WHERE count > 0)::int AS days
	FROM entry WHERE entry.id = x.id AND day BETWEEN since AND until AND dimension IS NOT NULL GROUP BY dimension) e (dimension, label_events, label_total, label_days);
SELECT is_empty('SELECT id FROM by_label WHERE event_count(l, since, until, dimension) IS DISTINCT FROM label_events OR total(l, 1, since, until, dimension) IS DISTINCT FROM label_total
	OR active_days(l, since, until, dimension) IS DISTINCT FROM label_days', 'counts, totals and days of a label');
SELECT is_empty($$SELECT id FROM subject WHERE event_count(l, '-infinity', 'infinity', 'none') <> 0 OR total(l, 1, '-infinity', 'infinity', 'none') IS NOT NULL$$, 'a label the ledger does not have');
SELECT is_empty($$SELECT x.id FROM expected x LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE label_events > 0)::int AS n FROM by_label b WHERE (b.id, b.since, b.until) = (x.id, x.since, x.until)) t ON true
	WHERE distinct_dimensions(l, since, until) <> n$$, 'distinct_dimensions');
SELECT is_empty($$SELECT x.id FROM expected x LEFT JOIN LATERAL (SELECT dimension FROM by_label b WHERE (b.id, b.since, b.until) = (x.id, x.since, x.until) AND label_events > 0
		ORDER BY label_events DESC, dimension COLLATE "C" LIMIT 1) t ON true WHERE top_dimension(l, since, until) IS DISTINCT FROM dimension$$, 'top_dimension by events');
SELECT is_empty($$SELECT x.id FROM expected x LEFT JOIN LATERAL (SELECT dimension FROM by_label b WHERE (b.id, b.since, b.until) = (x.id, x.since, x.until)
		ORDER BY label_total DESC, dimension COLLATE "C" LIMIT 1) t ON true WHERE top_dimension(l, 1, since, until) IS DISTINCT FROM dimension$$, 'top_dimension by total');

-- Totals are the very bytes that numeric itself would make.
SELECT is_empty($$
	SELECT scale, digits FROM generate_series(0, 18) scale, unnest(ARRAY['0', '1', '9', '10', '100', '9999', '10000', '10001', '99990000', '100000000', '120000000000000000',
		'1844674407370955', '18446744073709551', '184467440737095516', '9223372036854775807', '1000000000000000000']) digits, unnest(ARRAY[1, -1]) sign,
		LATERAL (SELECT sign * digits::numeric * ('1e-' || scale)::numeric AS exact) e
	WHERE numeric_send(coalesce(total(format('(%s){2024-01-05 x1 %s}', scale, exact)::ledger, 1), 0)) <> numeric_send(exact)$$, 'totals of every scale');

-- Shape, literals, errors.
SELECT is(measure_count('(2,4;d){}'), 2, 'measure_count');
SELECT is(scales('(2,4;d){}'), ARRAY[2, 4], 'scales');
SELECT ok(has_dimension('(2,4;d){}') AND NOT has_dimension('(2){}'), 'has_dimension');
SELECT is(event_count('(){2024-01-05 x1, 2024-02-05 x2}', '2024-01-31'), 1::bigint, 'an untyped literal is a day, not a label');
SELECT is(total('(2){2024-01-05 x1 92233720368547758.07, 2024-01-06 x1 92233720368547758.07}', 1, '2024-01-06'::date, '2024-01-06'), 92233720368547758.07, 'a window is right where the whole would overflow');
SELECT is(pg_temp.raised($$SELECT segment.total('(2){2024-01-05 x1 92233720368547758.07, 2024-01-06 x1 1}', 1)$$), '22003 Use a smaller scale, for example with round().', 'a total past 64 bits');
SELECT is(pg_temp.raised($$SELECT segment.event_count('(){2024-01-05 x9223372036854775807, 2024-01-06 x1}')$$), '22003 Counts are 64-bit integers.', 'a count past 64 bits');
SELECT is(pg_temp.raised($$SELECT segment.total('(2){}', 2)$$), '22023 Measures are numbered from 1; this ledger has 1.', 'a measure the ledger does not have');
SELECT is(pg_temp.raised($$SELECT segment.top_dimension('(2){}')$$), '22023 Build the ledger with a dimension label per event.', 'a dimension the ledger does not have');
SELECT is(pg_temp.raised($$SELECT segment.days_since_last('(){2024-01-05 x1}', 'infinity')$$), '22008 Pass the day to count from.', 'an infinite as_of');
SELECT is(pg_temp.raised($$SELECT segment.trend('(){2024-01-05 x1}', '2024-01-05', 0)$$), '22023 Pass the length of the two periods to compare, such as 365.', 'a trend over no days');
SELECT * FROM finish();
