\set ECHO none
-- Metrics that cannot be, and who may not define them.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
CREATE SCHEMA metric_errors;
SET search_path = metric_errors, public;
SELECT plan(22);
CREATE TABLE customers (id int PRIMARY KEY);
INSERT INTO customers VALUES (1);
CREATE TABLE orders (customer int, day date, total numeric(8,2), active int);
INSERT INTO orders VALUES (1, '2024-01-05', -5, 1);
SELECT throws_ok($$SELECT segment.create_metric('m', 'revenue')$$, '42501', 'permission denied to define metrics', 'no population yet');
SELECT segment.create_population('shopper', 'customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'orders', customer => 'customer', occurred_at => 'day', measures => '{"revenue": "total", "active": "active"}'),
       segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue'),
       segment.create_scheme('worth', objective => 'Know', default_segment => 'Low') \g /dev/null
SELECT segment.create_segment('worth', 'High', rule => 'revenue >= 5') \g /dev/null
CALL segment.refresh('shopper', as_of => '2024-02-29');
SELECT segment.activate('worth') \g /dev/null
SELECT throws_ok($$SELECT segment.create_metric(NULL, 'revenue')$$, '22004', NULL, 'no name');
SELECT throws_ok($$SELECT segment.create_metric('m', NULL)$$, '22004', NULL, 'no expression');
SELECT throws_ok($$SELECT segment.create_metric('m', 'revenu')$$, '42703', 'column "revenu" does not exist', 'a name that is none');
SELECT throws_ok($$SELECT segment.create_metric('revenue', '1')$$, '42710', '"revenue" is the name of a sum', 'the name of a measure');
SELECT throws_ok($$SELECT segment.create_metric('closing', '1')$$, '42710', NULL, 'the name of a count');
SELECT throws_ok($$SELECT segment.create_metric('owner', '1')$$, '42939', 'name "owner" is reserved', 'a column of the scorecard');
SELECT throws_ok($$SELECT segment.create_metric('share_of_wallets', '1')$$, '42939', NULL, 'like a share');
SELECT throws_ok($$SELECT segment.create_metric(repeat('m', 41), '1')$$, '42622', NULL, 'a name too long');
SELECT throws_ok($$SELECT segment.create_metric('m', '(SELECT 1)')$$, '0A000', NULL, 'a subquery');
SELECT throws_ok($$SELECT segment.create_metric('m', 'sum(revenue)')$$, '42803', NULL, 'an aggregate: metrics are of sums already');
SELECT throws_ok($$SELECT segment.create_metric('m', 'revenue > 1')$$, '42804', NULL, 'a condition is no number');
SELECT throws_ok($$SELECT segment.create_metric('m', '1', direction => 'sideways')$$, '22023', 'direction "sideways" is not known', 'a direction');
SELECT throws_ok($$SELECT segment.create_metric('m', '1', format => 'roman')$$, '22023', NULL, 'a format');
SELECT throws_ok($$SELECT segment.create_metric('m', 'sqrt(revenue)')$$, '2201F', NULL, 'what fails on the figures there are');
SELECT segment.create_metric('a', 'revenue + 1'), segment.create_metric('b', 'a + 1'), segment.create_metric('c', 'b + 1') \g /dev/null
SELECT throws_ok($$SELECT segment.create_metric('a', '1')$$, '42710', 'metric "a" already exists', 'twice');
SELECT throws_ok($$SELECT segment.alter_metric('a', 'c + 1')$$, '42P17', 'metric "a" would read itself', 'a cycle');
SELECT throws_ok($$SELECT segment.drop_metric('b')$$, '2BP01', NULL, 'something reads it');
SELECT throws_ok($$SELECT segment.drop_metric('nothing')$$, '42704', NULL, 'nothing to drop');
-- a measure called like a sum of ours steps aside
SELECT results_eq($$SELECT metric, value FROM segment.metric_value WHERE segment = '' AND period_start = '2024-01-01' AND metric IN ('active', 'active_sum') ORDER BY 1$$,
                  $$VALUES ('active', 1::numeric), ('active_sum', 1)$$, 'a measure called active');
CREATE ROLE metric_errors_other;
GRANT USAGE ON SCHEMA segment TO metric_errors_other;
SET ROLE metric_errors_other;
SELECT throws_ok($$SELECT segment.create_metric('m', '1')$$, '42501', NULL, 'not for everybody');
RESET ROLE;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segment TO metric_errors_other;
SET ROLE metric_errors_other;
SELECT throws_ok($$SELECT segment.create_metric('m', '1')$$, '42501', 'permission denied to define metrics', 'nor for who owns no population');
RESET ROLE;
DROP OWNED BY metric_errors_other;
DROP ROLE metric_errors_other;
SELECT * FROM finish();
DROP EXTENSION segment CASCADE;
DROP SCHEMA metric_errors CASCADE;
CREATE EXTENSION segment;
