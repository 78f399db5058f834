\set ECHO none
-- Refreshes: only differences are written, history has no gap and no overlap, and every move has its cause.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(36);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;

CREATE SCHEMA refresh_shop;
SET search_path = refresh_shop, public;
CREATE TABLE customers (id uuid PRIMARY KEY, name text, vip boolean NOT NULL DEFAULT false);
CREATE FUNCTION k(n int) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN lpad(n::text, 32, '0')::uuid;
INSERT INTO customers SELECT k(n), 'c' || n FROM generate_series(1, 20) n;
CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY, customer_id uuid, day date, total numeric(10, 2));
INSERT INTO orders (customer_id, day, total) SELECT k(n), '2024-01-01'::date + n, 10 * n FROM generate_series(1, 19) n;
SELECT segment.create_population('customer', 'customers', key => 'id', timezone => 'UTC') \g /dev/null
SELECT segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0),
       segment.create_feature('revenue_30d', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '30 days', absent => 0),
       segment.create_feature('vip', attribute => 'vip') \g /dev/null
-- what refreshes wrote since this was asked for the last time: features, segments, transitions
CREATE FUNCTION written() RETURNS text LANGUAGE sql AS
$$WITH taken AS (DELETE FROM segment.refresh_log RETURNING *)
  SELECT concat_ws(' ', COALESCE(sum(features_written), 0), COALESCE(sum(segments_written), 0), COALESCE(sum(transitions), 0)) FROM taken$$;
-- days without a refresh are another test's
SET segment.catch_up_days = 0;

-- history without gap, overlap or duplicate, that agrees with the present and with the moves
CREATE FUNCTION history_is_sound(scheme text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT ''gap or overlap of '' || customer_id FROM (SELECT customer_id, lower(valid) AS since, lag(upper(valid)) OVER w AS until,
                                        lag(segment) OVER w AS before, segment FROM segment_data.%I WINDOW w AS (PARTITION BY customer_id ORDER BY valid)) h
                                 WHERE until IS NOT NULL AND (until <> since OR before = segment) OR until IS NULL AND before IS NOT NULL', scheme || '_history');
    RETURN QUERY EXECUTE format('SELECT ''present of '' || customer_id FROM segment_data.customer_segment s FULL JOIN (SELECT * FROM segment_data.%I WHERE upper_inf(valid)) h USING (customer_id)
                                 WHERE (s.%2$I, s.%3$I) IS DISTINCT FROM (h.segment, lower(h.valid))', scheme || '_history', scheme, scheme || '_since');
    RETURN QUERY EXECUTE format('SELECT ''move of '' || customer_id FROM (SELECT customer_id, segment, lag(segment) OVER w AS before, lower(valid) AS day
                                        FROM segment_data.%I WINDOW w AS (PARTITION BY customer_id ORDER BY valid)) h
                                 WHERE before IS NOT NULL AND NOT EXISTS (SELECT FROM segment_data.%I t WHERE t.customer_id = h.customer_id AND t.day = h.day AND t.to_segment = h.segment)',
                                scheme || '_history', scheme || '_transition');
END$$;

-- without a scheme
CALL segment.refresh('customer', as_of => '2024-02-10');
SELECT is(written(), '20 20 0', 'the first refresh writes everyone');
CALL segment.refresh('customer', as_of => '2024-02-10');
SELECT is(written(), '0 0 0', 'a second one on the same day writes nothing');
SELECT is((SELECT count(*) FROM segment_data.customer_segment), 20::bigint, 'everyone has a row in the assignment table');

SELECT segment.create_scheme('worth', objective => 'Keep the good ones', default_segment => 'Low') \g /dev/null
SELECT segment.create_segment('worth', 'VIP', rule => 'vip'), segment.create_segment('worth', 'Recent', rule => 'revenue_30d > 0'),
       segment.create_segment('worth', 'High', rule => 'revenue >= 100') \g /dev/null
SELECT segment.activate('worth', backfill => false) \g /dev/null
CALL segment.refresh('customer', as_of => '2024-02-10');
SELECT is(written(), '0 0 0', 'nor does one after an activation');
SELECT results_eq('SELECT worth, count(*) FROM segment_data.customer GROUP BY 1 ORDER BY 1', $$VALUES ('High', 1::bigint), ('Low', 10), ('Recent', 9)$$,
                  'everyone has a segment; a window of 30 days began on the 12th of January');
SELECT is((SELECT count(*) FROM segment_data.worth_transition), 0::bigint, 'the first assignment is no move');

-- time
CALL segment.refresh('customer', as_of => '2024-02-12');
SELECT is(written(), '20 2 2', 'two days later two windows have run out; as_of is new in every row');
SELECT results_eq('SELECT customer_id, from_segment, to_segment, day, cause, version, inputs FROM segment_data.worth_transition ORDER BY 1',
                  $$VALUES (k(11), 'Recent', 'High', '2024-02-12'::date, 'time', 1, '{"vip": false, "revenue": 110.00, "revenue_30d": 0}'::jsonb),
                           (k(12), 'Recent', 'High', '2024-02-12'::date, 'time', 1, '{"vip": false, "revenue": 120.00, "revenue_30d": 0}')$$,
                  'the cause is time, with the values it was decided on');
SELECT is_empty($$SELECT history_is_sound('worth')$$, 'history is sound');

-- data
INSERT INTO orders (customer_id, day, total) VALUES (k(1), '2024-02-12', 5), (k(20), '2024-02-11', 5);
CALL segment.refresh('customer', as_of => '2024-02-12');
SELECT is(written(), '2 2 2', 'two orders write two rows');
SELECT results_eq($$SELECT customer_id, from_segment, to_segment, cause FROM segment_data.worth_transition WHERE to_segment = 'Recent' ORDER BY 1$$,
                  $$VALUES (k(1), 'Low', 'Recent', 'data'), (k(20), 'Low', 'Recent', 'data')$$, 'the cause is data');
-- an attribute is data too; a second move on a day rewrites that day's row
UPDATE customers SET vip = true WHERE id = k(1);
CALL segment.refresh('customer', as_of => '2024-02-12');
SELECT results_eq($$SELECT from_segment, to_segment, cause FROM segment_data.worth_transition WHERE customer_id = k(1) ORDER BY seq$$,
                  $$VALUES ('Low', 'Recent', 'data'), ('Recent', 'VIP', 'data')$$, 'both moves of a day are recorded');
SELECT results_eq($$SELECT segment, valid FROM segment_data.worth_history WHERE customer_id = k(1) ORDER BY valid$$,
                  $$VALUES ('Low', '[2024-02-10,2024-02-12)'::daterange), ('VIP', '[2024-02-12,)')$$, 'history has the one that held at the day''s end');
-- and back to where the day began
UPDATE customers SET vip = false WHERE id = k(1);
DELETE FROM orders WHERE customer_id = k(1) AND total = 5;
CALL segment.refresh('customer', as_of => '2024-02-12');
SELECT results_eq($$SELECT segment, valid FROM segment_data.worth_history WHERE customer_id = k(1) ORDER BY valid$$,
                  $$VALUES ('Low', '[2024-02-10,)'::daterange)$$, 'a day that ends as it began leaves no trace in history');
SELECT is((SELECT worth_since FROM segment_data.customer WHERE customer_id = k(1)), '2024-02-10'::date, 'nor in the day since which it holds');
SELECT is_empty($$SELECT history_is_sound('worth')$$, 'history is sound');

-- definition
SELECT segment.alter_segment('worth', 'High', rule => 'revenue >= 90') \g /dev/null
SELECT is((SELECT count(*) FROM segment_data.customer WHERE worth = 'High'), 3::bigint, 'a draft moves nobody');
CALL segment.refresh('customer', as_of => '2024-02-13');
SELECT is((SELECT count(*) FROM segment_data.customer WHERE worth = 'High'), 4::bigint, 'not at a refresh either, which moves by time alone');
SELECT segment.activate('worth', comment => 'lower bar') \g /dev/null
SELECT results_eq($$SELECT customer_id, from_segment, to_segment, day, cause, version FROM segment_data.worth_transition WHERE version = 2$$,
                  $$VALUES (k(9), 'Low', 'High', '2024-02-13'::date, 'definition', 2)$$, 'the cause is definition');
SELECT is_empty($$SELECT history_is_sound('worth')$$, 'history is sound');

-- customers come and go
INSERT INTO customers VALUES (k(21), 'new', true);
INSERT INTO orders (customer_id, day, total) VALUES (k(22), '2024-02-14', 1000), (NULL, '2024-02-14', 7);
DELETE FROM customers WHERE id = k(19);
CALL segment.refresh('customer', as_of => '2024-02-15');
SELECT is((SELECT count(*) FROM segment_data.customer), 20::bigint, 'one came, one left');
SELECT is((SELECT worth FROM segment_data.customer WHERE customer_id = k(21)), 'VIP', 'the new one has a segment');
SELECT results_eq($$SELECT from_segment, to_segment, day, cause FROM segment_data.worth_transition WHERE customer_id = k(19)$$,
                  $$VALUES ('Recent', NULL, '2024-02-15'::date, 'data')$$, 'the removed one left its segment');
SELECT results_eq($$SELECT segment, valid FROM segment_data.worth_history WHERE customer_id = k(19)$$,
                  $$VALUES ('Recent', '[2024-02-10,2024-02-15)'::daterange)$$, 'its history is closed');
SELECT is((SELECT sum(revenue) FROM segment.scorecard WHERE period_start = '2024-02-01'), (SELECT sum(total) FROM orders WHERE day >= '2024-02-01'),
          'the month''s revenue is all of the table''s: of strangers, of nobody and of who has left');
INSERT INTO customers VALUES (k(19), 'back');
CALL segment.refresh('customer', as_of => '2024-02-20');
SELECT results_eq($$SELECT segment, valid FROM segment_data.worth_history WHERE customer_id = k(19) ORDER BY valid$$,
                  $$VALUES ('Recent', '[2024-02-10,2024-02-15)'::daterange), ('High', '[2024-02-20,)')$$, 'who comes back is there from that day on');
DELETE FROM customers WHERE id = k(19);
CALL segment.refresh('customer', as_of => '2024-02-20');
SELECT results_eq($$SELECT segment, valid FROM segment_data.worth_history WHERE customer_id = k(19) ORDER BY valid$$,
                  $$VALUES ('Recent', '[2024-02-10,2024-02-15)'::daterange)$$, 'and who comes and goes within a day was not');
INSERT INTO customers SELECT k(n), 'many' FROM generate_series(23, 40) n;
DELETE FROM customers WHERE id = k(2);
CALL segment.refresh('customer', as_of => '2024-02-21');
SELECT is((SELECT count(*) FROM segment_data.customer), 37::bigint, 'many come, one goes');
SELECT is_empty($$SELECT h FROM history_is_sound('worth') h WHERE h NOT LIKE '%' || k(19) || '%'$$, 'history is sound');

-- refused
CREATE TABLE before_errors AS SELECT (SELECT count(*) FROM segment.refresh_log) AS refreshes, (SELECT sum(revenue) FROM segment_data.customer) AS revenue;
\set VERBOSITY terse
CALL segment.refresh('customer', as_of => '2024-02-20');
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '22023 population "customer" has been refreshed as of 2024-02-21, which is after 2024-02-20', 'refreshes go forward');
BEGIN;
CALL segment.refresh('customer', as_of => '2024-02-22');
ROLLBACK;
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '25001', 'not in a transaction block');
SELECT throws_ok($$DO 'BEGIN CALL segment.refresh(''customer''); END'$$, '25001', 'segment.refresh cannot run inside a transaction block', 'not in a function called by a statement');
ALTER TABLE orders ALTER total TYPE numeric;
INSERT INTO orders (customer_id, day, total) VALUES (k(3), '2024-02-20', 1.2345);
SET segment.quarantine_limit = 0;
CALL segment.refresh('customer', as_of => '2024-02-22');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '22003', 'more digits than the measure keeps are an error where nobody may be quarantined');
RESET segment.quarantine_limit;
DELETE FROM orders WHERE total = 1.2345;
DROP TABLE orders;
CALL segment.refresh('customer', as_of => '2024-02-22');
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '42P01 the relation source "orders" is mapped on no longer exists', 'a source''s table is gone');
SELECT results_eq('SELECT (SELECT count(*) FROM segment.refresh_log), (SELECT sum(revenue) FROM segment_data.customer)',
                  'SELECT * FROM before_errors', 'what was refused wrote nothing');
SELECT is((SELECT as_of FROM segment.population), '2024-02-21'::date, 'nor moved the day');

RESET search_path;
DROP SCHEMA refresh_shop CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
SELECT * FROM finish();
