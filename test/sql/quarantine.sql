\set ECHO none
-- Customers whose data fail are quarantined, counted and named; the rest go on, and history and facts stay sound.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = error;
SET datestyle = 'ISO, YMD';
SELECT plan(67);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;

CREATE SCHEMA quarantine_shop;
SET search_path = quarantine_shop, public;
CREATE TABLE customers (id int PRIMARY KEY, since date, weight float8 NOT NULL DEFAULT 1, big int8 NOT NULL DEFAULT 1, n numeric NOT NULL DEFAULT 1, day date NOT NULL DEFAULT '2024-01-01');
INSERT INTO customers (id) SELECT generate_series(1, 3000);
CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id int, day timestamp, total numeric);
INSERT INTO orders (customer_id, day, total) SELECT n, '2024-01-01'::date + n % 30, n % 100 + 0.25 FROM generate_series(1, 3000) n;
CREATE INDEX ON orders (customer_id);
CREATE TABLE visits (customer_id int, day date, weight float8);
INSERT INTO visits SELECT n, '2024-01-10', 1 FROM generate_series(1, 3000, 2) n;
CREATE INDEX ON visits (customer_id);
SELECT segment.create_population('customer', 'customers', key => 'id', since => 'since', timezone => 'UTC'),
       segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": {"expression": "total", "scale": 2}}'),
       segment.create_source('visits', 'visits', customer => 'customer_id', occurred_at => 'day', measures => '{"weight": {"expression": "weight", "scale": 3}}') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0),
       segment.create_feature('revenue_30d', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '30 days', absent => 0),
       segment.create_feature('visits', aggregate => 'count', source => 'visits', absent => 0),
       segment.create_feature('weight', attribute => 'weight'), segment.create_feature('big', attribute => 'big'), segment.create_feature('n', attribute => 'n'), segment.create_feature('day', attribute => 'day') \g /dev/null
SELECT segment.create_feature('bigger', expression => 'big * 1000'), segment.create_feature('log_weight', expression => 'ln(weight)'),
       segment.create_feature('n_squared', expression => 'n ^ 1000'), segment.create_feature('root', expression => 'sqrt(big::float8)'),
       segment.create_feature('month_later', expression => 'day + interval ''1 month'''), segment.create_feature('after_log', expression => 'log_weight + 1') \g /dev/null
SELECT segment.create_scheme('worth', objective => 'Keep the good ones', default_segment => 'Low') \g /dev/null
SELECT segment.create_segment('worth', 'Rich', rule => 'revenue_30d > 50'), segment.create_segment('worth', 'Heavy', rule => 'exp(weight) > 100') \g /dev/null

CREATE VIEW named AS SELECT concat_ws(' ', customer, phase, source, feature, scheme, sqlstate) AS what FROM segment.quarantined ORDER BY customer::int, phase, source;
CREATE FUNCTION last_refresh() RETURNS text LANGUAGE sql AS
$$SELECT concat_ws(' ', as_of, quarantined, features_written, segments_written, transitions) FROM segment.refresh_log ORDER BY refresh_id DESC LIMIT 1$$;
CALL segment.refresh('customer', as_of => '2024-02-10');
SELECT segment.activate('worth', backfill => true) \g /dev/null

-- everything that refreshes keep, of one customer
CREATE FUNCTION kept(customer int) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('feature', (SELECT to_jsonb(f) - 'weight' - 'big' - 'n' - 'day' FROM segment_data.customer_feature f WHERE customer_id = $1), 'segment', (SELECT to_jsonb(s) FROM segment_data.customer_segment s WHERE customer_id = $1),
                              'history', (SELECT jsonb_agg(h ORDER BY valid) FROM segment_data.worth_history h WHERE customer_id = $1), 'orders', (SELECT ledger::text FROM segment_data.customer_orders_ledger WHERE customer_id = $1))$$;
CREATE FUNCTION unsound() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT 'gap or overlap of ' || customer_id FROM (SELECT customer_id, lower(valid) AS since, lag(upper(valid)) OVER w AS until, lag(segment) OVER w AS before, segment
                                                       FROM segment_data.worth_history WINDOW w AS (PARTITION BY customer_id ORDER BY valid)) h
     WHERE until IS NOT NULL AND (until <> since OR before = segment) OR until IS NULL AND before IS NOT NULL
    UNION ALL
    SELECT 'present of ' || customer_id FROM segment_data.customer_segment s FULL JOIN (SELECT * FROM segment_data.worth_history WHERE upper_inf(valid)) h USING (customer_id)
     WHERE (s.worth, s.worth_since) IS DISTINCT FROM (h.segment, lower(h.valid))
    UNION ALL
    SELECT 'bridge of ' || segment FROM segment_data.worth_facts WHERE source = '' GROUP BY period_start, segment
    HAVING sum(CASE WHEN measure IN ('moved_out', 'removed', 'closing') THEN -value ELSE value END) <> 0
    UNION ALL
    SELECT 'closing ' || sum(value) FROM segment_data.worth_facts WHERE measure = 'closing' AND period_start = (SELECT max(period_start) FROM segment_data.worth_facts)
    HAVING sum(value) <> (SELECT count(*) FROM segment_data.customer WHERE worth IS NOT NULL AND customer_id IN (SELECT customer_id FROM segment_data.customer_feature WHERE entry_day IS NOT NULL))
    UNION ALL
    SELECT 'revenue ' || sum(value) || ' of ' || (SELECT sum(segment.total(ledger, 1)) FROM segment_data.customer_orders_ledger) FROM segment_data.worth_facts WHERE measure = 'revenue'
    HAVING sum(value) <> (SELECT sum(segment.total(ledger, 1)) FROM segment_data.customer_orders_ledger)$$;

SELECT is_empty('TABLE segment.quarantined', 'at first nobody is in quarantine');
SELECT is(last_refresh(), '2024-02-10 0 3000 3000 0', 'nor counted');
SELECT is_empty('SELECT unsound()', 'history and facts are sound');
CREATE TABLE before AS SELECT id, kept(id) AS kept FROM generate_series(1, 20) id;

-- evaluation, few customers changed: ln(0), int8 and numeric overflow, sqrt of a negative number, dates out of range, a rule
INSERT INTO orders (customer_id, day, total) SELECT n, '2024-02-10', 500 FROM generate_series(1, 20) n;
UPDATE customers SET weight = 0 WHERE id = 1;
UPDATE customers SET big = 9223372036854775807 WHERE id = 2;
UPDATE customers SET n = 1e1000 WHERE id = 3;
UPDATE customers SET big = -1 WHERE id = 4;
UPDATE customers SET day = '5874897-12-31' WHERE id = 5;
UPDATE customers SET weight = 1000 WHERE id = 6;
UPDATE customers SET day = 'infinity', n = 'NaN', weight = 'NaN' WHERE id = 7;
UPDATE customers SET day = '-infinity', weight = 'Infinity' WHERE id = 8;
CALL segment.refresh('customer', as_of => '2024-02-10');
SELECT results_eq('TABLE named', ARRAY['1 evaluation log_weight 2201E', '2 evaluation bigger 22003', '3 evaluation n_squared 22003', '4 evaluation root 2201F',
                                       '5 evaluation month_later 22008'], 'who fails is named, with the feature that fails');
SELECT is(last_refresh(), '2024-02-10 5 15 15 15', 'counted, and the others of the same refresh went on');
SELECT results_eq('SELECT id FROM before WHERE kept = kept(id) ORDER BY 1', ARRAY[]::int[], 'a failing customer''s ledger is right all the same');
SELECT results_eq($$SELECT id FROM before WHERE kept - 'orders' = kept(id) - 'orders' ORDER BY 1$$, ARRAY[1, 2, 3, 4, 5], 'features, segment and history of who fails are as they were');
SELECT is((SELECT string_agg(worth, ' ' ORDER BY customer_id) FROM segment_data.customer WHERE customer_id BETWEEN 6 AND 8), 'Rich Rich Rich', 'NaN and infinity have defined results');
SELECT is((SELECT concat_ws(' ', n_squared, month_later) FROM segment_data.customer WHERE customer_id = 7), 'NaN infinity', 'which go through expressions');
SELECT is_empty('SELECT unsound()', 'history and facts are sound with customers in quarantine');
SELECT results_eq('SELECT message, hint, since = last_seen FROM segment.quarantined WHERE customer = ''1''', $$VALUES ('cannot take logarithm of zero', NULL::text, true)$$, 'with the error''s message');

-- everyone on a new day; 6 fails in the rule once it is not rich any more
UPDATE orders SET total = 1 WHERE customer_id = 6 AND day >= '2024-02-01';
CALL segment.refresh('customer', as_of => '2024-02-10');
SELECT results_eq('SELECT what FROM named WHERE what LIKE ''6 %''', ARRAY['6 evaluation worth 22003'], 'a rule that fails names its scheme');
SELECT is(last_refresh(), '2024-02-10 6 0 0 0', 'all of them are counted');
SET segment.catch_up_days = 0;
CALL segment.refresh('customer', as_of => '2024-02-11');
SELECT is((SELECT concat_ws(' ', quarantined, features_written) FROM segment.refresh_log ORDER BY refresh_id DESC LIMIT 1), '6 2994', 'a new day evaluates everyone else');
SELECT is((SELECT count(*) FROM segment.quarantined WHERE last_seen > since), 6::bigint, 'and tries them again');
SELECT results_eq($$SELECT id FROM before WHERE kept - 'orders' = kept(id) - 'orders' ORDER BY 1$$, ARRAY[1, 2, 3, 4, 5], 'in vain');
SELECT is((SELECT as_of FROM segment_data.customer_feature WHERE customer_id = 1), '2024-02-10'::date, 'as_of says of which day they are');
RESET segment.catch_up_days;

-- out of quarantine when the data are right again, by key
UPDATE customers SET weight = 1 WHERE id = 1;
UPDATE customers SET big = 1 WHERE id IN (2, 4);
CALL segment.refresh('customer', as_of => '2024-02-11');
SELECT results_eq('TABLE named', ARRAY['3 evaluation n_squared 22003', '5 evaluation month_later 22008', '6 evaluation worth 22003'], 'who was corrected is released');
SELECT is(last_refresh(), '2024-02-11 3 3 3 3', 'and refreshed');
SELECT results_eq('SELECT worth FROM segment_data.customer WHERE customer_id IN (1, 2, 4)', ARRAY['Rich', 'Rich', 'Rich'], 'to the segment by the rules');
SELECT results_eq($$SELECT day, cause FROM segment_data.worth_transition WHERE customer_id = 1 ORDER BY seq DESC LIMIT 1$$, $$VALUES ('2024-02-11'::date, 'data')$$, 'the move is of the day it was found');
SELECT is_empty('SELECT unsound()', 'history and facts are sound');

-- a customer who is not touched stays, and is tried when others are refreshed only if it changed too
UPDATE customers SET weight = 2 WHERE id = 100;
CREATE TABLE seen AS SELECT customer, last_seen FROM segment.quarantined;
CALL segment.refresh('customer', as_of => '2024-02-11');
SELECT results_eq('SELECT customer, last_seen FROM segment.quarantined ORDER BY 1', 'SELECT * FROM seen ORDER BY 1', 'who did not change is not tried on the same day');
SELECT is(last_refresh(), '2024-02-11 3 1 0 0', 'but still counted');

-- a definition that is corrected evaluates everyone; a customer that is gone is forgotten
SELECT segment.create_scheme('other', objective => 'Learn', default_segment => 'Rest') \g /dev/null
SELECT segment.create_segment('other', 'Square', rule => 'n_squared > 0') \g /dev/null
SELECT lives_ok($$SELECT segment.activate('other')$$, 'who is in quarantine already does not keep a scheme from being activated');
SELECT is((SELECT count(*) FROM segment_data.customer_segment WHERE other IS NULL), 3::bigint, 'but enters it later');
SELECT string_agg(h::text, '|' ORDER BY valid) AS past, count(*) AS stays FROM segment_data.worth_history h WHERE customer_id = 6 \gset
SELECT count(DISTINCT customer_id) AS before FROM segment_data.worth_history WHERE valid @> '2024-01-22'::date AND lower(valid) > '2024-01-01' \gset
CALL segment.backfill('worth', '2024-01-20', '2024-02-01', '1 day');
SELECT is(:'ERROR'::text, 'false', 'nor its past from being written');
SELECT is((SELECT string_agg(h::text, '|' ORDER BY valid) FROM segment_data.worth_history h WHERE customer_id = 6), :'past', 'the quarantined keep the past there is');
SELECT cmp_ok((SELECT count(DISTINCT customer_id) FROM segment_data.worth_history WHERE valid @> '2024-01-22'::date AND lower(valid) > '2024-01-01'), '>', :before::bigint, 'the others get theirs');
SELECT is_empty('SELECT unsound()', 'history and facts are sound');
DELETE FROM customers WHERE id = 5;
UPDATE customers SET n = 1 WHERE id = 3;
CALL segment.refresh('customer', as_of => '2024-02-12');
SELECT results_eq('TABLE named', ARRAY['6 evaluation worth 22003'], 'who is gone is forgotten');
SELECT is((SELECT other FROM segment_data.customer WHERE customer_id = 3), 'Square', 'who is released has a segment in every scheme');
SELECT is_empty('SELECT unsound()', 'history and facts are sound');
UPDATE customers SET weight = 1 WHERE id = 6;

-- ledgers: too many digits, NaN, overflow of a value and of a day, times that are infinite
CALL segment.refresh('customer', as_of => '2024-02-12');
SELECT is_empty('TABLE segment.quarantined', 'all are well');
DROP TABLE before;
CREATE TABLE before AS SELECT id, kept(id) AS kept FROM generate_series(1, 30) id;
INSERT INTO orders (customer_id, day, total) VALUES (11, '2024-02-12', 1.234), (12, '2024-02-12', 'NaN'), (13, '2024-02-12', 1e30), (14, '2024-02-12', 9e16), (14, '2024-02-12', 9e16),
    (15, 'infinity', 1), (16, '-infinity', 1), (17, '2024-02-12', 7), (11, '2024-02-12', 'Infinity'), (3001, '2024-02-12', 1.234), (3002, '2024-02-12', 80);
INSERT INTO visits VALUES (18, '2024-02-12', 'NaN'), (11, '2024-02-12', 'NaN');
INSERT INTO customers (id, weight) VALUES (3001, 1), (3002, 0);
CALL segment.refresh('customer', as_of => '2024-02-12');
SELECT results_eq('TABLE named', ARRAY['11 ledger orders 22003', '11 ledger visits 22003', '12 ledger orders 22003', '13 ledger orders 22003', '14 ledger orders 22003', '15 ledger orders 22008',
                                       '16 ledger orders 22008', '18 ledger visits 22003', '3001 ledger orders 22003', '3002 evaluation log_weight 2201E'], 'events that cannot be counted name the customer and the source');
SELECT results_eq($$SELECT message || ' | ' || hint FROM segment.quarantined WHERE customer IN ('11', '12', '13', '14', '15') AND source = 'orders' ORDER BY customer$$, ARRAY[
    'a value of measure "revenue" of source "orders" has more than 2 decimal digits | Map round(expression, 2), or declare a larger scale for the measure.',
    'a value of measure "revenue" of source "orders" is not a finite number | Map nullif(expression, ''NaN''), or leave such rows out by the source''s filter.',
    'a value of measure "revenue" of source "orders" is out of range | With 2 decimal digits it does not fit a scaled 64-bit integer. Correct the rows, or declare a smaller scale for the measure.',
    'the sum of measure "revenue" of source "orders" over one day is out of range | Correct the events, or declare a smaller scale for the measure.',
    'occurred_at of source "orders" is infinite or out of range | Correct the rows, or leave them out by the source''s filter.'], 'and the measure, with what to do');
SELECT is((SELECT quarantined FROM segment.refresh_log ORDER BY refresh_id DESC LIMIT 1), 9::bigint, 'customers are counted once');
SELECT results_eq('SELECT id FROM before WHERE kept <> kept(id) ORDER BY 1', ARRAY[17], 'the rest go on: of these one had anything new');
SELECT is((SELECT count(*) FROM segment_data.customer_segment WHERE customer_id > 3000), 0::bigint, 'who is new and fails has no segment to keep');
SELECT is_empty('SELECT unsound()', 'history and facts are sound');
-- the same in bulk, spilled
UPDATE orders SET total = total + 1 WHERE total = 500;
INSERT INTO customers (id) VALUES (3003);
INSERT INTO orders (customer_id, day, total) VALUES (3003, '2024-02-12', 3);
SET segment.bulk_fraction = 0;
SET maintenance_work_mem = '1MB';
CALL segment.refresh('customer', as_of => '2024-02-12');
RESET maintenance_work_mem;
RESET segment.bulk_fraction;
SELECT is((SELECT count(*) FROM segment.quarantined), 10::bigint, 'a build of everyone finds the same');
SELECT is((SELECT count(*) FROM segment.quarantined WHERE source = 'orders' AND last_seen > since), 7::bigint, 'those of its own source');
SELECT results_eq('SELECT id FROM before WHERE kept = kept(id) ORDER BY 1', ARRAY[6, 11, 12, 13, 14, 15, 16, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30], 'and keeps theirs');
SELECT is_empty('SELECT unsound()', 'history and facts are sound');
-- a customer with nothing but bad rows keeps the ledger too
UPDATE orders SET total = 'NaN' WHERE customer_id = 3003;
CALL segment.refresh('customer', as_of => '2024-02-12');
SELECT isnt((SELECT ledger::text FROM segment_data.customer_orders_ledger WHERE customer_id = 3003), NULL, 'a customer with bad rows alone keeps the ledger');
DELETE FROM orders WHERE customer_id = 3003;
CALL segment.refresh('customer', as_of => '2024-02-12');
SELECT is((SELECT ledger::text FROM segment_data.customer_orders_ledger WHERE customer_id = 3003), NULL, 'until the rows are gone');
SELECT is((SELECT count(*) FROM segment.quarantined WHERE customer = '3003'), 0::bigint, 'which releases it');
-- corrected
DELETE FROM orders WHERE total IN ('NaN', 'Infinity', 1.234, 1e30, 9e16) OR NOT isfinite(day);
CALL segment.refresh('customer', as_of => '2024-02-12');
SELECT results_eq('TABLE named', ARRAY['11 ledger visits 22003', '18 ledger visits 22003', '3002 evaluation log_weight 2201E'], 'each source on its own');
SELECT is((SELECT count(*) FROM segment_data.customer_segment WHERE customer_id = 3001), 1::bigint, 'who is released has a segment');
-- without its source nothing is wrong with a ledger any more
SELECT segment.drop_feature('visits'), segment.drop_source('visits') \g /dev/null
CALL segment.refresh('customer', as_of => '2024-02-13');
SELECT results_eq('TABLE named', ARRAY['3002 evaluation log_weight 2201E'], 'a source that is gone is forgotten');
SELECT is_empty('SELECT unsound()', 'history and facts are sound');

-- events of nobody have nobody to quarantine
INSERT INTO orders (customer_id, day, total) VALUES (NULL, '2024-02-13', 1.234);
\set VERBOSITY terse
CALL segment.refresh('customer', as_of => '2024-02-13');
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '22003 a value of measure "revenue" of source "orders" has more than 2 decimal digits', 'a bad event without a customer is an error');
DELETE FROM orders WHERE customer_id IS NULL;

-- so many that a definition must be wrong
UPDATE customers SET weight = -1 WHERE id <= 30;
SET segment.quarantine_limit = 10;
CALL segment.refresh('customer', as_of => '2024-02-13');
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '2201E more than 10 customers fail in the evaluation of population "customer"', 'more than the limit fail the refresh');
UPDATE orders SET total = 0.001 WHERE day >= '2024-02-01';
CALL segment.refresh('customer', as_of => '2024-02-13');
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '22003 more than 10 customers fail in source "orders"', 'in a source as well');
UPDATE orders SET total = 1 WHERE day >= '2024-02-01';
SET segment.quarantine_limit = 0;
CALL segment.refresh('customer', as_of => '2024-02-13');
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '2201E cannot take logarithm of a negative number', 'where nobody may be quarantined the error itself is raised');
RESET segment.quarantine_limit;
SELECT results_eq('TABLE named', ARRAY['3002 evaluation log_weight 2201E'], 'a refresh that failed quarantined nobody');
SELECT is((SELECT count(*) FROM segment_data.customer WHERE customer_id <= 30 AND weight = -1), 0::bigint, 'and wrote nothing');
CALL segment.refresh('customer', as_of => '2024-02-13');
SELECT is((SELECT quarantined FROM segment.refresh_log ORDER BY refresh_id DESC LIMIT 1), 30::bigint, 'with the limit as it was they are quarantined');

-- a timeout and a full disk are not the customers' fault
UPDATE customers SET weight = 1;
SELECT count(segment.create_feature('wide_' || n, expression => 'weight + ' || n)) FROM generate_series(1, 60) n \g /dev/null
SET segment.bulk_fraction = 0;
CREATE TABLE cursors AS SELECT population_id, source_id, last::text FROM segment.cursor;
SET statement_timeout = '10ms';
CALL segment.refresh('customer', as_of => '2024-02-14');
RESET statement_timeout;
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '57014', 'a statement timeout cancels the refresh');
SET temp_file_limit = '1kB';
SET maintenance_work_mem = '1MB';
SET work_mem = '64kB';
\set VERBOSITY sqlstate
CALL segment.refresh('customer', as_of => '2024-02-14');
\set VERBOSITY terse
RESET temp_file_limit;
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '53400', 'so does temp_file_limit');
SELECT results_eq('SELECT population_id, source_id, last::text FROM segment.cursor ORDER BY 1, 2', 'SELECT * FROM cursors ORDER BY 1, 2', 'cursors are where they were');
SELECT is((SELECT count(*) FROM segment.quarantined), 30::bigint, 'so is the quarantine');
CALL segment.refresh('customer', as_of => '2024-02-14');
SELECT is((SELECT concat_ws(' ', as_of, quarantined, features_written) FROM segment.refresh_log ORDER BY refresh_id DESC LIMIT 1), '2024-02-14 0 3002', 'and the next refresh does it all');
SELECT is_empty('SELECT unsound()', 'history and facts are sound');

-- who may read it
UPDATE customers SET weight = 0 WHERE id = 9;
CALL segment.refresh('customer', as_of => '2024-02-14');
CREATE ROLE quarantine_stranger;
GRANT USAGE ON SCHEMA segment TO quarantine_stranger;
SET ROLE quarantine_stranger;
SELECT count(*) AS seen FROM segment.quarantined \gset
RESET ROLE;
SELECT is(:seen, 0, 'who is not a member of the owner sees nobody');
SELECT is((SELECT count(*) FROM segment.quarantined), 1::bigint, 'where a member sees one');
SELECT throws_ok('SET ROLE quarantine_stranger; SELECT * FROM segment.quarantine', '42501', NULL, 'the table itself is nobody''s');
REVOKE USAGE ON SCHEMA segment FROM quarantine_stranger;
DROP ROLE quarantine_stranger;
RESET search_path;
SELECT * FROM finish();
