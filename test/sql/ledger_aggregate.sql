\set ECHO none
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
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

SELECT plan(33);

-- A table that can be read in parallel.
SELECT setseed(0.5) \g /dev/null
CREATE TABLE public.ledger_event AS
SELECT n, (random() * 300)::int AS customer, date '2023-01-01' + (random() * 400)::int AS day,
	(ARRAY['web', 'shop', NULL, 'phone'])[1 + (random() * 3)::int] AS channel,
	(random() * 20000)::numeric(12, 2) - 3000 AS amount, round((random() * 10)::numeric, (random() * 4)::int) AS points, (random() * 100)::int AS items
FROM generate_series(1, 30000) n;
ANALYZE public.ledger_event;

SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE single AS
SELECT customer, ledger(day, channel, amount, points) AS l, ledger(day, amount) AS one, ledger(day, channel, items::bigint) AS items
FROM public.ledger_event GROUP BY customer;

SELECT is_empty($$
	SELECT customer FROM single s JOIN (SELECT customer, ledger(day, channel, amount, points) AS l, ledger(day, amount) AS one
		FROM (SELECT * FROM public.ledger_event ORDER BY n DESC) e GROUP BY customer) r USING (customer)
	WHERE s.l <> r.l OR s.one <> r.one$$, 'the order of rows does not matter');
SELECT is_empty($$
	SELECT customer FROM single s JOIN (SELECT customer, sum(part) AS l FROM
		(SELECT customer, ledger(day, channel, amount, points) AS part FROM public.ledger_event GROUP BY customer, n % 5) p GROUP BY customer) r USING (customer)
	WHERE s.l <> r.l$$, 'the sum of parts is the whole');
SELECT ok((SELECT sum(l) FROM single) = (SELECT ledger(day, channel, amount, points) FROM public.ledger_event), 'the sum of all customers is the ledger of all rows');
SELECT ok(ledger(day, channel, amount, points) = ledger(day, channel, VARIADIC ARRAY[amount, points]), 'measures as an array') FROM public.ledger_event;

SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
CREATE FUNCTION pg_temp.plan_has(query text, node text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line LIKE '%' || node || '%' THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;
SELECT ok(pg_temp.plan_has('SELECT customer, ledger(day, channel, amount, points) FROM public.ledger_event GROUP BY customer', 'Partial'), 'partial aggregation is planned');
CREATE TEMP TABLE parallel AS
SELECT customer, ledger(day, channel, amount, points) AS l, ledger(day, amount) AS one, ledger(day, channel, items::bigint) AS items
FROM public.ledger_event GROUP BY customer;
SELECT is((SELECT count(*) FROM parallel), (SELECT count(*) FROM single), 'parallel: all groups');
SELECT is_empty('SELECT customer FROM single s JOIN parallel p USING (customer) WHERE s.l <> p.l OR s.one <> p.one OR s.items <> p.items', 'combine = single pass');
SELECT ok((SELECT sum(l) FROM single) = (SELECT ledger(day, channel, amount, points) FROM public.ledger_event), 'combine = single pass for one large group');
RESET ALL;
SET client_min_messages = warning;
SET search_path = public, segment, pg_catalog;

SET enable_hashagg = off;
SELECT is_empty($$SELECT customer FROM single s JOIN (SELECT customer, ledger(day, amount) AS one FROM public.ledger_event GROUP BY customer) r USING (customer)
	WHERE s.one <> r.one$$, 'sorted grouping');
RESET enable_hashagg;
SELECT is_empty($$
	(SELECT customer, day, channel, count(*), sum(amount), sum(points) FROM public.ledger_event GROUP BY 1, 2, 3)
	EXCEPT (SELECT customer, e.day, e.dimension, e.count, e.measures[1], e.measures[2] FROM single, entries(l) e)$$, 'every row is in its ledger');
SELECT is((SELECT sum(total(one, 1)) FROM single), (SELECT sum(amount) FROM public.ledger_event), 'to the cent');
SELECT is((SELECT sum(event_count(items)) FROM single), 30000::numeric, 'and to the row');
DROP TABLE public.ledger_event;

-- Forms and types of measures.
SELECT is(ledger(day)::text, '(){2024-01-05 x2}', 'days alone') FROM (VALUES (date '2024-01-05'), (date '2024-01-05')) v(day);
SELECT is(ledger(date '2024-01-05', 1::smallint)::text, '(0){2024-01-05 x1 1}', 'a smallint measure');
SELECT is(ledger(date '2024-01-05', 1)::text, '(0){2024-01-05 x1 1}', 'an integer measure');
SELECT is(ledger(date '2024-01-05', 1::bigint)::text, '(0){2024-01-05 x1 1}', 'a bigint measure');
SELECT is(ledger(date '2024-01-05', 1.50)::text, '(2){2024-01-05 x1 1.50}', 'a numeric measure keeps its scale');
SELECT is(ledger(date '2024-01-05', 1.50, 2)::text, '(2,0){2024-01-05 x1 1.50 2}', 'two measures');
SELECT is(ledger(date '2024-01-05', 1, 2, 3.5)::text, '(0,0,1){2024-01-05 x1 1 2 3.5}', 'three measures');
SELECT is(ledger(date '2024-01-05', 'web', 1, 2)::text, '(0,0;d){2024-01-05 "web" x1 1 2}', 'a dimension and two measures');
SELECT is(ledger(date '2024-01-05', 'web'::varchar)::text, '(;d){2024-01-05 "web" x1}', 'a dimension of another string type');
SELECT is(ledger(date '2024-01-05', v)::text, '(3){2024-01-05 x3 3.755}', 'the scale is raised as larger ones come') FROM (VALUES (1.5), (2), (0.255)) v(v);
SELECT is(ledger(day, v)::text, '(1){2024-01-05 x1 1.5, 2024-01-06 x1 0.0}', 'NULL measure is 0, NULL day is skipped')
FROM (VALUES (date '2024-01-05', 1.5), (NULL, 0.25), ('2024-01-06', NULL)) v(day, v);
SELECT is(ledger(day, v)::text, '(0){}', 'rows without a day make an empty ledger') FROM (VALUES (NULL::date, 1::bigint)) v(day, v);
SELECT is(ledger(NULL::date, 1) FILTER (WHERE false), NULL::ledger, 'no rows make NULL');
SELECT is(sum(l)::text, '(){2024-01-05 x1}', 'sum skips NULL') FROM (VALUES (NULL::ledger), ('(){2024-01-05 x1}')) v(l);

-- Errors.
SELECT is(pg_temp.raised($$SELECT segment.ledger('infinity'::date, 1)$$), '22008 Filter the rows, for example with FILTER (WHERE isfinite(day)).', 'an infinite day');
SELECT is(pg_temp.raised($$SELECT segment.ledger(date '2024-01-05', 'NaN'::numeric)$$), '22003 A ledger''s measures are finite numbers; use NULL for an unknown one.', 'NaN');
SELECT is(pg_temp.raised($$SELECT segment.ledger(date '2024-01-05', 1.0 / 3)$$), '22003 Use round() to the digits that matter.', 'more than 18 digits');
SELECT is(pg_temp.raised($$SELECT segment.ledger(date '2024-01-05', 1e17::numeric(20, 2))$$), '22003 Use a smaller scale, for example with round().', 'a measure past 64 bits');
SELECT is(pg_temp.raised($$SELECT segment.ledger(date '2024-01-05', VARIADIC v) FROM (VALUES (ARRAY[1.0]), (ARRAY[1, 2])) v(v)$$), '22023 Give every row the same number of measures; a missing one is NULL.', 'a changing number of measures');
SELECT is(left(pg_temp.raised($$SELECT segment.ledger(date '2024-01-05', g::text) FROM generate_series(1, 256) g$$), 5), '54000', 'more than 255 labels');
SELECT is(left(pg_temp.raised($$SELECT segment.sum(l::segment.ledger) FROM (VALUES ('(){}'), ('(0){}')) v(l)$$), 5), '22023', 'sum of different shapes');
SELECT * FROM finish();
