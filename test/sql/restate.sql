-- Facts of a final period stay as published; what comes late marks it stale, and only a restatement counts it.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(34);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SET datestyle = 'ISO, YMD';

CREATE SCHEMA late_shop;
SET search_path = late_shop, public;
CREATE TABLE customers (id int PRIMARY KEY, since date);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, day date, channel text, total numeric(10,2));
CREATE INDEX ON orders (customer_id);
CREATE TABLE tickets (id int PRIMARY KEY, customer_id int, day date);
CREATE INDEX ON tickets (customer_id);
INSERT INTO customers SELECT n, '2024-01-01' FROM generate_series(1, 40) n;
INSERT INTO orders SELECT n, 1 + n % 40, '2024-01-05'::date + n % 165, (ARRAY['web', 'app', NULL])[1 + n % 3], n % 97 + 0.25 FROM generate_series(1, 800) n;
INSERT INTO orders VALUES (801, NULL, '2024-03-03', 'web', 11);
INSERT INTO tickets SELECT n, 1 + n % 40, '2024-01-05'::date + n % 170 FROM generate_series(1, 100) n;
SELECT segment.create_population('customer', 'customers', key => 'id', since => 'since', timezone => 'Europe/Paris'),
       segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}', dimension => 'channel'),
       segment.create_source('tickets', 'tickets', customer => 'customer_id', occurred_at => 'day') \g /dev/null
SELECT segment.create_feature('revenue_90d', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '90 days', absent => 0) \g /dev/null
SELECT segment.create_scheme('value', objective => 'Know them', default_segment => 'Small'), segment.create_segment('value', 'Big', rule => 'revenue_90d > 500') \g /dev/null
SET segment.clock = '2024-06-20 10:00+02';
CALL segment.refresh();
SELECT segment.activate('value') \g /dev/null

CREATE FUNCTION revenue(month date) RETURNS numeric LANGUAGE sql STABLE AS
$$SELECT sum(revenue) FROM segment.scorecard WHERE period_start = month$$;
CREATE FUNCTION in_table(month date) RETURNS numeric LANGUAGE sql STABLE AS
$$SELECT sum(total) FROM orders WHERE date_trunc('month', day) = month$$;
CREATE VIEW marks AS SELECT (period_start, cause, ledgers, sources)::text FROM segment.stale_period ORDER BY period_start, cause;
SELECT is(revenue('2024-03-01'), in_table('2024-03-01'), 'March is what the table has');
SELECT is_empty('TABLE marks', 'nothing is stale');

-- what is not late
SET segment.clock = '2024-06-20 11:00+02';
INSERT INTO orders VALUES (900, 7, '2024-06-19', 'web', 20);
UPDATE customers SET since = '2024-01-02' WHERE id = 7;
CALL segment.refresh();
SELECT is(revenue('2024-06-01'), in_table('2024-06-01'), 'an order of the open month counts at once');
SELECT is_empty('TABLE marks', 'and marks nothing');

-- late events, by key
SET segment.clock = '2024-06-21 10:00+02';
CREATE TABLE published AS SELECT * FROM segment_data.value_facts WHERE is_final;
INSERT INTO orders VALUES (901, 7, '2024-03-15', 'web', 100), (902, 8, '2024-03-16', 'shop', 5.5);
UPDATE orders SET total = total + 1 WHERE id = 37;
SELECT format('%s', date_trunc('month', day)::date) AS month FROM orders WHERE id = 37 \gset
DELETE FROM tickets WHERE id = 99;
SELECT format('%s', date_trunc('month', day)::date) AS ticket_month FROM (SELECT '2024-01-05'::date + 99 AS day) d \gset
CALL segment.refresh();
SELECT results_eq('TABLE marks', format($$SELECT * FROM (VALUES ('(%s,data,1,{orders})'), ('(2024-03-01,data,2,{orders})'), ('(%s,data,1,{tickets})')) v ORDER BY 1$$, :'month', :'ticket_month'),
                  'late events mark their periods, with how many ledgers differ');
SELECT results_eq('SELECT DISTINCT since FROM segment.stale_period', $$VALUES ('2024-06-21 10:00+02'::timestamptz)$$, 'and since when');
SELECT is_empty('TABLE published EXCEPT TABLE segment_data.value_facts', 'final facts stay');
INSERT INTO orders VALUES (903, NULL, '2024-03-20', 'web', 3);
CALL segment.refresh();
SELECT is((SELECT ledgers || sources::text FROM segment.stale_period WHERE period_start = '2024-03-01'), '3{orders}', 'an event without a customer too');

-- restated
SET segment.clock = '2024-06-22 10:00+02';
SELECT is(segment.restate('value', '2024-03-17', 'orders of the fair came in late') > 0, true, 'a restatement says how many facts changed');
SELECT is(revenue('2024-03-01'), in_table('2024-03-01'), 'March is what the table has again');
SELECT is((SELECT count(*) FROM segment.stale_period WHERE period_start = '2024-03-01'), 0::bigint, 'and no longer stale');
SELECT isnt(revenue(:'ticket_month'), NULL, 'others still are');
SELECT is((SELECT count(*) FROM segment.stale_period), 2::bigint, 'two');
SELECT is((SELECT (s.name, r.period_start, r.restated_by = current_user, r.reason, r.restated_at = '2024-06-22 10:00+02')::text FROM segment.restatement r JOIN segment.scheme s USING (scheme_id)),
          '(value,2024-03-01,t,"orders of the fair came in late",t)', 'who, when and why are kept');
SELECT is((SELECT changed FROM segment.restatement), (SELECT count(*) FROM (SELECT segment, source, dimension, measure FROM segment_data.value_facts WHERE computed_at = '2024-06-22 10:00+02'
            UNION SELECT segment, source, dimension, measure FROM segment_data.value_facts_past WHERE is_final) f), 'and how many facts');
SELECT is_empty($$SELECT * FROM published WHERE period_start <> '2024-03-01' EXCEPT TABLE segment_data.value_facts$$, 'no other period changed');
SELECT is((SELECT bool_and(is_final) FROM segment_data.value_facts WHERE period_start = '2024-03-01'), true, 'it stays final');
SELECT is(segment.restate('value', '2024-03-01', 'once more'), 0::bigint, 'a second restatement changes nothing');
SELECT is_empty($$SELECT segment, measure FROM published WHERE period_start = '2024-03-01' AND source = ''
                  EXCEPT SELECT segment, measure FROM segment_data.value_facts WHERE period_start = '2024-03-01'$$, 'the rows of customers are there');
SELECT is_empty($$SELECT period_start, segment FROM segment.scorecard WHERE opening + acquired + moved_in - moved_out - removed <> closing$$, 'opening + acquired + moved in - moved out - removed = closing');

-- in bulk, and once it is final
SET segment.clock = '2024-07-05 10:00+02';
CALL segment.refresh();
SELECT is((SELECT bool_and(is_final) FROM segment_data.value_facts WHERE period_start = '2024-06-01'), true, 'June is final');
UPDATE orders SET total = total + 1 WHERE day BETWEEN '2024-05-01' AND '2024-06-30';
CALL segment.refresh();
SELECT is((SELECT count(*) FROM segment.stale_period WHERE period_start IN ('2024-05-01', '2024-06-01') AND ledgers > 20), 2::bigint, 'found also where all is read in bulk');
SELECT segment.restate('value', period_start, 'price correction') FROM segment.stale_period \g /dev/null
SELECT is_empty($$SELECT period_start FROM segment.scorecard WHERE period_start < '2024-07-01' GROUP BY 1 HAVING sum(revenue) <> in_table(period_start)$$, 'restated, all months are what the table has');
SELECT is_empty('TABLE marks', 'and none is stale');

-- history written anew
CALL segment.backfill('value', since => '2024-02-29', until => '2024-04-30');
SELECT results_eq('TABLE marks', $$VALUES ('(2024-02-01,backfill,0,{})'), ('(2024-03-01,backfill,0,{})'), ('(2024-04-01,backfill,0,{})'), ('(2024-05-01,backfill,0,{})')$$,
                  'a backfill marks the final periods whose days or opening it wrote');
SELECT segment.restate('value', period_start, 'history is day by day now') FROM segment.stale_period \g /dev/null
SELECT is_empty('TABLE marks', 'restated');
-- facts of a new source are late for every final period
CREATE TABLE visits (customer_id int, day date);
CREATE INDEX ON visits (customer_id);
INSERT INTO visits VALUES (1, '2024-02-03'), (2, '2024-02-03'), (2, '2024-02-04'), (3, '2024-07-01');
SELECT segment.create_source('visits', 'visits', customer => 'customer_id', occurred_at => 'day') \g /dev/null
CALL segment.refresh();
SELECT results_eq('TABLE marks', $$VALUES ('(2024-02-01,data,2,{visits})')$$, 'events of a new source are late as well');

-- refused
\set VERBOSITY terse
SELECT segment.restate('value', '2024-07-01', 'too early');
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '22023 the period from 2024-07-01 to 2024-07-31 of scheme "value" is open', 'an open period');
SELECT segment.restate('value', '1999-07-01', 'too late');
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '22023 scheme "value" has no scorecard of the period of 1999-07-01', 'a period from before history');
SELECT segment.restate('value', '2024-03-01', ' ');
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '22023 a restatement needs a reason', 'no reason');
SELECT segment.restate('value', 'infinity', 'when');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '22008', 'no day');
SELECT segment.restate('values', '2024-03-01', 'which');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '42704', 'no such scheme');
SELECT segment.create_scheme('draft', objective => 'None yet') \g /dev/null
SELECT segment.restate('draft', '2024-03-01', 'none');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '55000', 'a draft');
CREATE ROLE late_stranger;
GRANT USAGE ON SCHEMA segment TO late_stranger;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA segment TO late_stranger;
SET ROLE late_stranger;
SELECT segment.restate('value', '2024-03-01', 'curious');
RESET ROLE;
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '42501', 'not a member of the owner');
DROP OWNED BY late_stranger;
DROP ROLE late_stranger;

RESET search_path;
DROP SCHEMA late_shop CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
SELECT * FROM finish();
