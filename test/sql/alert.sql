\set ECHO none
-- A segment that loses more than it uses to: one alert per episode, when the month is final.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
CREATE SCHEMA losing;
SET search_path = losing, public;
SELECT plan(14);

CREATE TABLE customers (id int PRIMARY KEY, joined date, tier text);
CREATE TABLE orders (customer int, day date, total numeric(10, 2));
CREATE INDEX ON orders (customer);
INSERT INTO customers SELECT n, '2023-01-01', 'a' FROM generate_series(1, 200) n;
INSERT INTO orders SELECT n, '2023-01-01'::date + n % 28 + 28 * m, 10 FROM generate_series(1, 200) n, generate_series(0, 24) m;
SELECT segment.create_population('person', 'customers', key => 'id', timezone => 'UTC', since => 'joined'),
       segment.create_source('orders', 'orders', customer => 'customer', occurred_at => 'day', measures => '{"revenue": "total"}'),
       segment.create_feature('tier', attribute => 'tier'), segment.create_scheme('ab', objective => 'Notice', default_segment => 'rest') \g /dev/null
SELECT segment.create_segment('ab', 'A', rule => $$tier = 'a'$$) \g /dev/null
SET segment.catch_up_days = 0;
CALL segment.refresh('person', as_of => '2024-01-31');
SELECT segment.activate('ab', backfill => false) \g /dev/null
-- month by month one or two leave A, in August thirty, in September forty, then two again, in December fifty
CREATE TABLE plan (month date, leave int);
INSERT INTO plan VALUES ('2024-02-01', 1), ('2024-03-01', 2), ('2024-04-01', 1), ('2024-05-01', 2), ('2024-06-01', 1), ('2024-07-01', 2), ('2024-08-01', 30), ('2024-09-01', 40), ('2024-10-01', 2), ('2024-11-01', 2);
CREATE FUNCTION months(first date, last date) RETURNS TABLE (a text, b text) LANGUAGE sql AS $$
    SELECT format('UPDATE customers SET tier = ''b'' WHERE id IN (SELECT id FROM customers WHERE tier = ''a'' ORDER BY id LIMIT %s)', leave),
           format('CALL segment.refresh(''person'', as_of => %L)', (month + interval '1 month')::date - 1) FROM plan WHERE month BETWEEN first AND last ORDER BY month $$;
SELECT * FROM months('2024-02-01', '2024-07-01') \gexec
CALL segment.refresh('person', as_of => '2024-08-10');
SELECT is_empty('SELECT * FROM segment.alert', 'as ever');
SELECT * FROM months('2024-08-01', '2024-08-01') \gexec
SELECT is_empty('SELECT * FROM segment.alert', 'not before the month is final');
CALL segment.refresh('person', as_of => '2024-09-10');
SELECT results_eq($$SELECT scheme = 'ab', segment, kind, period_start, observed, k FROM segment.alert_status WHERE kind = 'customers'$$, $$VALUES (true, 'A', 'customers', '2024-08-01'::date, round(-30 / 191.0, 6), 2::numeric)$$, 'thirty of 191');
SELECT ok(baseline BETWEEN -0.01 AND -0.005 AND deviation > 0 AND abs(threshold - (baseline - k * deviation)) < 0.00001, 'against its own months') FROM segment.alert WHERE kind = 'customers';
SELECT ok(count(*) = 1 AND bool_and(observed < 0), 'and its value') FROM segment.alert WHERE kind = 'value';
SELECT ok(segment.acknowledge_alert(alert_id, 'prices went up'), 'seen') FROM segment.alert WHERE kind = 'customers';
SELECT results_eq($$SELECT acknowledged_by::text, note FROM segment.alert WHERE kind = 'customers'$$, 'SELECT current_user::text, $$prices went up$$', 'by whom');
SELECT ok(NOT segment.acknowledge_alert(alert_id), 'seen before') FROM segment.alert WHERE kind = 'customers';
SELECT * FROM months('2024-09-01', '2024-09-01') \gexec
CALL segment.refresh('person', as_of => '2024-10-10');
SELECT results_eq($$SELECT period_start, last_period FROM segment.alert WHERE kind = 'customers'$$, $$VALUES ('2024-08-01'::date, '2024-09-01'::date)$$, 'a month more of the same is no other alert');
SELECT * FROM months('2024-10-01', '2024-11-01') \gexec
CALL segment.refresh('person', as_of => '2024-12-10');
SELECT results_eq($$SELECT period_start, last_period FROM segment.alert WHERE kind = 'customers'$$, $$VALUES ('2024-08-01'::date, '2024-09-01'::date)$$, 'it is over');
UPDATE customers SET tier = 'b' WHERE id IN (SELECT id FROM customers WHERE tier = 'a' ORDER BY id LIMIT 100);
SET segment.erosion_threshold = 0;
CALL segment.refresh('person', as_of => '2024-12-31');
CALL segment.refresh('person', as_of => '2025-01-10');
SELECT is((SELECT count(*) FROM segment.alert WHERE kind = 'customers'), 1::bigint, 'unless alerts are off');
SELECT throws_ok('SELECT segment.acknowledge_alert(0)', '42704', 'there is no alert 0', 'an unknown alert');
CREATE ROLE losing_nobody;
GRANT USAGE ON SCHEMA segment TO losing_nobody;
GRANT EXECUTE ON FUNCTION segment.acknowledge_alert(bigint, text) TO losing_nobody;
SELECT max(alert_id) AS alert FROM segment.alert \gset
SET ROLE losing_nobody;
SELECT throws_ok(format('SELECT segment.acknowledge_alert(%s)', :alert), '42501', NULL, 'somebody else''s alert');
RESET ROLE;
DROP OWNED BY losing_nobody;
DROP ROLE losing_nobody;
SELECT ok(NOT has_table_privilege('public', 'segment.alert', 'SELECT'), 'PUBLIC reads no alerts');

DROP SCHEMA losing CASCADE;
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SELECT * FROM finish();
