\set ECHO none
-- One row per customer, and how features are distributed within segments.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
CREATE SCHEMA customer_scorecard;
SET search_path = customer_scorecard, public;
SELECT plan(14);
CREATE TABLE customers (id int PRIMARY KEY, name text);
INSERT INTO customers SELECT n, 'c' || n FROM generate_series(1, 100) n;
CREATE TABLE orders AS SELECT n AS customer, '2024-01-10'::date AS day, n::numeric(8,2) AS total, (n / 2.0)::numeric(8,2) AS cost FROM generate_series(1, 100) n;
SELECT segment.create_population('shopper', 'customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'orders', customer => 'customer', occurred_at => 'day', measures => '{"revenue": "total", "cogs": "cost"}') \g /dev/null
SELECT segment.create_standard_features(), segment.create_feature('name', attribute => 'name') \g /dev/null
CALL segment.refresh('shopper', as_of => '2024-01-31');
SELECT segment.create_scheme('worth', objective => 'Know', default_segment => 'Low') \g /dev/null
SELECT segment.create_segment('worth', 'High', rule => 'revenue > 50') \g /dev/null
SELECT throws_ok($$SELECT * FROM segment.distribution('worth')$$, '55000', NULL, 'a scheme that is not active');
SELECT segment.activate('worth') \g /dev/null
SELECT is((SELECT count(*) FROM segment.customer_scorecard), 100::bigint, 'one row per customer');
SELECT is((SELECT segments FROM segment.customer_scorecard WHERE customer = '60'), '{"worth": "High"}'::jsonb, 'its segments');
SELECT is((SELECT value FROM segment.customer_scorecard WHERE customer = '60'), 60.00, 'its value');
SELECT is((SELECT margin FROM segment_data.shopper_customer_scorecard WHERE shopper_id = 60), 30.00, 'its margin, by the native key');
SELECT ok((SELECT cost_to_serve IS NULL AND satisfaction IS NULL AND next_action IS NULL FROM segment.customer_scorecard WHERE customer = '60'), 'no source of it, no value');
SELECT is((SELECT features ->> 'name' FROM segment.customer_scorecard WHERE customer = '60'), 'c60', 'every feature');
SELECT is((SELECT count(*) FROM segment.customer_scorecard c, jsonb_object_keys(features) WHERE customer = '60'), (SELECT count(*) FROM segment.feature), 'all of them');
SELECT segment.create_scheme('other', objective => 'Know more', default_segment => 'All'), segment.create_segment('other', 'Odd', rule => 'revenue = 60') \g /dev/null
SELECT segment.activate('other') \g /dev/null
SELECT is((SELECT segments FROM segment.customer_scorecard WHERE customer = '60'), '{"worth": "High", "other": "Odd"}'::jsonb, 'another scheme is another segment');
SELECT results_eq($$SELECT segment, customers, p10, p50, p90, population_p50 FROM segment.distribution('worth') WHERE feature = 'revenue' ORDER BY 1$$,
                  $$VALUES ('High', 50::bigint, 55.9::float8, 75.5::float8, 95.1::float8, 50.5::float8), ('Low', 50, 5.9, 25.5, 45.1, 50.5)$$, 'percentiles within segments against everyone');
SELECT is_empty($$SELECT * FROM segment.distribution('worth') WHERE feature = 'name'$$, 'of numbers only');
SELECT throws_ok($$SELECT * FROM segment.distribution('nothing')$$, '42704', NULL, 'an unknown scheme');
SELECT lives_ok($$SELECT segment.drop_feature('name')$$, 'a feature can be dropped all the same');
SELECT lives_ok($$SELECT count(features) FROM segment.customer_scorecard$$, 'and the view goes on');
SELECT * FROM finish();
DROP EXTENSION segment CASCADE;
DROP SCHEMA customer_scorecard CASCADE;
CREATE EXTENSION segment;
