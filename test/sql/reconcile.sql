-- Would an auditor agree?  Scorecards against the user's own tables: no difference, or the reason, to the cent.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(36);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SET datestyle = 'ISO, YMD';
SET timezone = 'Asia/Tokyo';

CREATE SCHEMA audit_shop;
SET search_path = audit_shop, public;
SELECT setseed(0.5) \g /dev/null
CREATE TABLE customers (id int PRIMARY KEY, since date);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, at timestamptz, channel text, total numeric, weight float8, kind text);
CREATE INDEX ON orders (customer_id);
CREATE TABLE items (id int PRIMARY KEY, order_id int, cost numeric, quantity int);
CREATE INDEX ON items (order_id);
INSERT INTO customers SELECT n, '2023-11-01'::date + (random() * 200)::int FROM generate_series(1, 60) n;
INSERT INTO orders SELECT n, CASE WHEN n % 19 > 0 THEN 1 + (random() * 66)::int END, CASE WHEN n % 31 > 0 THEN '2023-11-01 00:10+01'::timestamptz + random() * interval '231 days' END,
       (ARRAY['web', 'app', NULL])[1 + n % 3], round((random() * 300 - 40)::numeric, 2), random() * 10, (ARRAY['sale', 'sale', 'sale', 'test'])[1 + n % 4]
  FROM generate_series(1, 1200) n;
-- moments that are another day in Paris than in UTC or here
INSERT INTO orders SELECT 2000 + n, n, '2024-03-01 00:00+01'::timestamptz + (n - 5) * interval '1 hour', 'web', 10 + n, 1, 'sale' FROM generate_series(1, 10) n;
INSERT INTO items SELECT n, 1 + (random() * 1250)::int, round((random() * 20)::numeric, 4), 1 + n % 3 FROM generate_series(1, 2500) n;
SELECT segment.create_population('customer', 'customers', key => 'id', since => 'since', timezone => 'Europe/Paris'),
       segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'at', measures => '{"revenue": "total", "weight": {"expression": "weight", "scale": 3}}'::jsonb || '{"revenue": {"expression": "total", "scale": 2}}',
                             dimension => 'channel', purchase => 'total > 0', filter => 'kind = ''sale'''),
       segment.create_source('items', 'items', parent => 'orders', parent_key => 'order_id', measures => '{"cogs": {"expression": "cost * quantity", "scale": 4}}') \g /dev/null
SELECT segment.create_feature('revenue_60d', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '60 days', absent => 0) \g /dev/null
SELECT segment.create_scheme(s, objective => 'Know them', default_segment => 'Small'), segment.create_segment(s, 'Big', rule => 'revenue_60d > ' || n * 200)
  FROM (VALUES ('value', 1), ('other', 2)) v(s, n) \g /dev/null
SET segment.clock = '2024-06-25 12:00+02';
CALL segment.refresh();
SELECT segment.activate(s) FROM unnest(ARRAY['value', 'other']) s \g /dev/null

CREATE VIEW open_points AS SELECT scheme_name, period_start, source, measure, difference, reason FROM segment.reconcile() WHERE difference <> 0 OR reason IS NOT NULL;
SELECT is_empty('TABLE open_points', 'after a refresh nothing differs');
SELECT is((SELECT count(*) FROM segment.reconcile()), 2 * (SELECT count(DISTINCT period_start) FROM segment_data.value_facts) * 5, 'a row per scheme, month, source and measure, events included');
-- the same by hand
SELECT results_eq($$SELECT period_start, measure, tables FROM segment.reconcile(scheme => 'value') WHERE source = 'orders' AND period_start >= '2023-11-01' ORDER BY period_start, measure COLLATE "C"$$,
                  $$SELECT m, n, v FROM (SELECT date_trunc('month', at AT TIME ZONE 'Europe/Paris')::date AS m, sum(total) AS r, count(*) FILTER (WHERE total > 0) AS e, sum(round(weight::numeric, 3)) AS w
                      FROM orders WHERE kind = 'sale' AND at IS NOT NULL GROUP BY 1) t CROSS JOIN LATERAL (VALUES ('orders_events', e), ('revenue', r), ('weight', w)) v(n, v) ORDER BY m, n COLLATE "C"$$,
                  'the tables'' side is what one would write by hand');
SELECT results_eq($$SELECT period_start, tables FROM segment.reconcile(scheme => 'other') WHERE measure = 'cogs' AND period_start >= '2023-11-01' ORDER BY 1$$,
                  $$SELECT date_trunc('month', o.at AT TIME ZONE 'Europe/Paris')::date, sum(cost * quantity) FROM orders o JOIN items i ON i.order_id = o.id WHERE kind = 'sale' AND at IS NOT NULL GROUP BY 1 ORDER BY 1$$,
                  'also of a child source');
SELECT results_eq($$SELECT DISTINCT period_start FROM segment.reconcile('2024-02-14')$$, $$VALUES ('2024-02-01'::date)$$, 'one period, by any of its days');
SELECT is((SELECT count(DISTINCT scheme_name) FROM segment.reconcile('2024-02-14', 'other')), 1::bigint, 'one scheme');

-- what no refresh has read
INSERT INTO orders VALUES (3000, 5, '2024-06-20 12:00+02', 'web', 12.34, 0, 'sale'), (3001, 5, '2024-03-20 12:00+01', 'web', 100.01, 0, 'sale'), (3002, 5, '2024-07-03 12:00+02', 'web', 1, 0, 'sale'),
                          (3003, 5, '2024-06-28 12:00+02', 'app', 5, 0.5, 'sale'), (3004, 5, NULL, 'app', 7, 0.5, 'sale'), (3005, 5, '2024-06-20 12:00+02', 'app', 9, 0.5, 'test');
SELECT results_eq($$SELECT period_start, difference, reason FROM open_points WHERE scheme_name = 'value' AND measure = 'revenue' ORDER BY 1$$,
                  $$VALUES ('2024-03-01'::date, -100.01, 'changes not yet refreshed: -100.01'), ('2024-06-01', -17.34, 'days after the last refresh, 2024-06-25: -5.00; changes not yet refreshed: -12.34')$$,
                  'changes not yet refreshed, and days to come, each with its amount');
CALL segment.refresh();
SELECT results_eq($$SELECT period_start, difference, reason FROM open_points WHERE scheme_name = 'other' AND measure = 'revenue' ORDER BY 1$$,
                  $$VALUES ('2024-03-01'::date, -100.01, 'late facts, the period is stale since 2024-06-25 12:00:00: -100.01'), ('2024-06-01', -5.00, 'days after the last refresh, 2024-06-25: -5.00')$$,
                  'late facts of a final period');
SELECT segment.restate(s, '2024-03-01', 'found an order') FROM unnest(ARRAY['value', 'other']) s \g /dev/null
SELECT is_empty($$SELECT * FROM open_points WHERE period_start < '2024-06-01'$$, 'restated, nothing differs');

-- customers set aside
INSERT INTO orders VALUES (3100, 6, '2024-06-10 12:00+02', 'web', 1.234, 0, 'sale');
SET client_min_messages = error;
CALL segment.refresh();
SET client_min_messages = warning;
SELECT is((SELECT reason FROM open_points WHERE scheme_name = 'value' AND measure = 'orders_events' AND period_start = '2024-06-01'),
          'days after the last refresh, 2024-06-25: -1; customers in quarantine, 1 of them: -1', 'a customer in quarantine');
UPDATE orders SET total = 1.23 WHERE id = 3100;
SELECT matches((SELECT reason FROM open_points WHERE scheme_name = 'value' AND measure = 'orders_events' AND period_start = '2024-06-01'),
          'changes not yet refreshed, and customers in quarantine, 1 of them: -1$', 'or just put right');
DELETE FROM orders WHERE id = 3003;
CALL segment.refresh();
SELECT is_empty('TABLE open_points', 'nothing differs');

-- a table that cannot be summed
CREATE TABLE notes (customer_id int, day date, stars text);
CREATE INDEX ON notes (customer_id);
INSERT INTO notes VALUES (1, '2024-06-03', '4'), (2, '2024-06-04', 'five');
SELECT segment.create_source('notes', 'notes', customer => 'customer_id', occurred_at => 'day', measures => '{"stars": {"expression": "stars::int", "scale": 0}}') \g /dev/null
SET client_min_messages = error;
CALL segment.refresh();
SET client_min_messages = warning;
SELECT results_eq($$SELECT measure, scorecards, tables, difference, reason FROM segment.reconcile('2024-06-01', 'value') WHERE source = 'notes'$$,
                  $$VALUES ('notes_events', 1::numeric, NULL::numeric, NULL::numeric, 'the table cannot be summed: invalid input syntax for type integer: "five"'),
                           ('stars', 4, NULL, NULL, 'the table cannot be summed: invalid input syntax for type integer: "five"')$$, 'a table that cannot be summed says so');
SELECT is((SELECT count(*) FROM segment.reconcile('2024-06-01', 'value') WHERE difference = 0), 5::bigint, 'the others are summed');
UPDATE notes SET stars = '5' WHERE stars = 'five';
CALL segment.refresh();

-- before history, and periods to come
SELECT results_eq($$SELECT DISTINCT scorecards, difference, reason FROM segment.reconcile('2020-01-01', 'value')$$,
                  $$VALUES (NULL::numeric, NULL::numeric, 'before the history of the scheme, which begins on ' || (SELECT history_since FROM segment.scheme WHERE name = 'value'))$$, 'before history');
\set VERBOSITY terse
SELECT * FROM segment.reconcile('2024-08-01');
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '22023 the period from 2024-08-01 had not begun at the last refresh', 'a period to come');
SELECT * FROM segment.reconcile(scheme => 'none');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '42704', 'no such scheme');
BEGIN;
DELETE FROM orders WHERE id = 3000;
SELECT * FROM segment.reconcile();
ROLLBACK;
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '25001', 'not on top of changes of one''s own');
CREATE ROLE audit_stranger;
GRANT USAGE ON SCHEMA segment TO audit_stranger;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA segment TO audit_stranger;
SET ROLE audit_stranger;
SELECT * FROM segment.reconcile(scheme => 'value');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '42501', 'not a member of the owner');
SELECT * FROM segment.reconcile();
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '55000', 'who is a member of no owner has nothing to reconcile');
RESET ROLE;
DROP OWNED BY audit_stranger;
DROP ROLE audit_stranger;

-- a property: however the shop changes, differences are explained by their reasons, and restating leaves none
CREATE PROCEDURE live(days int) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. 25 LOOP
        CASE (random() * 5)::int
            WHEN 0 THEN INSERT INTO orders SELECT max(id) + 1, (random() * 66)::int, current_setting('segment.clock')::timestamptz - random() * days * interval '1 day', 'web', round((random() * 100)::numeric, 2), 1, 'sale' FROM orders;
            WHEN 1 THEN UPDATE orders SET total = total + 1, customer_id = 1 + (random() * 66)::int WHERE id = (random() * 1200)::int;
            WHEN 2 THEN DELETE FROM orders WHERE id = (random() * 1200)::int;
            WHEN 3 THEN UPDATE orders SET at = at - interval '20 days' WHERE id = (random() * 1200)::int;
            WHEN 4 THEN INSERT INTO items SELECT max(id) + 1, (random() * 1200)::int, 1.5, 2 FROM items;
            ELSE DELETE FROM customers WHERE id = (random() * 60)::int;
        END CASE;
    END LOOP;
END$$;
CREATE FUNCTION unexplained() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT (o.*)::text FROM open_points o WHERE reason !~ '^(changes not yet refreshed|late facts, the period is stale since [-0-9: ]+)' OR reason ~ 'changes.*late'
        OR difference <> (SELECT sum(m[1]::numeric) FROM regexp_matches(reason, ': (-?[0-9.]+)(?:;|$)', 'g') m)$$;
CREATE FUNCTION unbalanced() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT (scheme, segment, period_start)::text FROM segment.scorecard WHERE opening + acquired + moved_in - moved_out - removed <> closing
    UNION ALL SELECT (scheme, period_start)::text FROM segment.scorecard GROUP BY scheme, period_start HAVING sum(moved_in) <> sum(moved_out)$$;
SELECT format($$SET segment.clock = '%s 12:00+02'$$, d), 'CALL live(200)',
       format($$SELECT set_eq('SELECT bool_and(reason LIKE ''%%changes not yet%%'') FROM open_points WHERE difference <> 0', 'VALUES (true)', '%s: changes')$$, d),
       'CALL segment.refresh()', $$SELECT is_empty('SELECT unexplained()', 'refreshed: late facts at most')$$,
       $$DO 'BEGIN PERFORM segment.restate(s.name, p.period_start, ''audit'') FROM segment.stale_period p JOIN segment.scheme s USING (scheme_id); END'$$,
       $$SELECT is_empty('TABLE open_points', 'restated: nothing differs')$$, $$SELECT is_empty('SELECT unbalanced()', 'and opening leads to closing')$$
  FROM unnest(ARRAY['2024-06-28', '2024-07-05', '2024-07-31', '2024-08-04']) d \gexec

RESET search_path;
DROP SCHEMA audit_shop CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
SELECT * FROM finish();
