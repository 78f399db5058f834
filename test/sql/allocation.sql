\set ECHO none
-- Pools of cost are shared out to the cent; what cannot be is a line of its own.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
CREATE SCHEMA allocation;
SET search_path = allocation, public;
SELECT plan(27);

SELECT is(segment.allocate(100, '{1,1,1}'), '{33.34,33.33,33.33}'::numeric[], 'the cent that is left goes to the first of equals');
SELECT is(segment.allocate(0.05, '{5,3,2}'), '{0.03,0.01,0.01}'::numeric[], 'or to the largest remainder');
SELECT is(segment.allocate(-10, '{1,2}'), '{-3.33,-6.67}'::numeric[], 'a credit');
SELECT is(segment.allocate(10, '{1,NULL,-3,0,1}'), '{5.00,0.00,0.00,0.00,5.00}'::numeric[], 'weights that have no part');
SELECT is(segment.allocate(10, '{0,NULL}'), '{NULL,NULL}'::numeric[], 'nobody to share it');
SELECT is(segment.allocate(1.2345, '{1,1}'), '{0.6173,0.6172}'::numeric[], 'as many digits as the amount');
SELECT is(segment.allocate(7, '{1,1}', 0), '{4,3}'::numeric[], 'whole units');
SELECT is(segment.allocate(1, '{}'), '{}'::numeric[], 'nobody at all');
SELECT throws_ok($$SELECT segment.allocate('NaN', '{1}')$$, '22023', 'the amount is not a number', 'no number');
SELECT throws_ok($$SELECT segment.allocate(1, '{1}', 19)$$, '22023', 'digits must be 0 to 18', 'too many digits');
SELECT setseed(0.5) \g /dev/null
SELECT is_empty($$SELECT n FROM (SELECT n, round((random() * 100000 - 20000)::numeric, n % 5) AS amount, array_agg(round((random() * 1000)::numeric, 3)) AS weights
                                   FROM generate_series(1, 200) n, generate_series(1, 1 + n % 30) GROUP BY n) r
                   WHERE (SELECT sum(s) FROM unnest(segment.allocate(amount, weights)) s) <> amount$$, 'shares add up to the amount');
SELECT is_empty($$SELECT * FROM (SELECT 1000.01 AS amount, ARRAY[0.1, 33.3, 7, 59.6] AS w) r, LATERAL unnest(w, segment.allocate(amount, w)) u (weight, share)
                   WHERE abs(share - amount * weight / 100) >= 0.01$$, 'no share is a cent off');

CREATE TABLE customers (id int PRIMARY KEY, joined date DEFAULT '2023-11-01');
INSERT INTO customers SELECT generate_series(1, 9);
CREATE TABLE orders (customer int, day date, total numeric(8,2));
INSERT INTO orders SELECT n % 9 + 1, '2023-12-01'::date + n, n FROM generate_series(1, 60) n;
CREATE TABLE campaigns (customer int, day date, spend numeric(8,2));
INSERT INTO campaigns VALUES (NULL, '2024-01-10', 100), (1, '2024-01-11', 7), (NULL, '2024-02-10', 30);
SELECT segment.create_population('shopper', 'customers', key => 'id', timezone => 'UTC', since => 'joined'),
       segment.create_source('orders', 'orders', customer => 'customer', occurred_at => 'day', measures => '{"revenue": "total"}'),
       segment.create_source('campaigns', 'campaigns', customer => 'customer', occurred_at => 'day', measures => '{"marketing": "spend"}'),
       segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0),
       segment.create_scheme('worth', objective => 'Know', default_segment => 'Low') \g /dev/null
SELECT segment.create_segment('worth', 'High', rule => 'revenue > 150'), segment.create_segment('worth', 'Middle', rule => 'revenue > 50') \g /dev/null
CALL segment.refresh('shopper', as_of => '2023-12-15');
SELECT segment.activate('worth') \g /dev/null
CALL segment.refresh('shopper', as_of => '2024-02-29');
SELECT throws_ok($$SELECT segment.create_allocation('rent', 'nothing')$$, '42704', NULL, 'an unknown base');
SELECT throws_ok($$SELECT segment.create_allocation('revenue', 'revenue')$$, '42710', NULL, 'a name that is taken');
SELECT segment.create_allocation('rent', 'orders_events'), segment.create_allocation('marketing_shared', 'revenue', measure => 'marketing') \g /dev/null
SELECT throws_ok($$SELECT segment.set_allocation_amount('marketing_shared', '2024-01-01', 5)$$, '22023', NULL, 'the pool is a measure');
SELECT throws_ok($$SELECT segment.set_allocation_amount('nothing', '2024-01-01', 5)$$, '42704', NULL, 'an unknown allocation');
SELECT segment.set_allocation_amount('rent', '2024-01-17', 999.99), segment.set_allocation_amount('rent', '2024-02-01', 500) \g /dev/null
CREATE VIEW v AS SELECT segment, period_start, metric, value FROM segment.metric_value WHERE breakdown = '';
SELECT is((SELECT sum(value) FROM v WHERE segment <> '' AND metric = 'rent' AND period_start = '2024-01-01'), 999.99, 'all of an amount is shared');
SELECT is((SELECT value FROM v WHERE segment = '' AND metric = 'rent' AND period_start = '2024-01-01'), 999.99, 'and is the scheme''s total');
SELECT is_empty($$SELECT * FROM v r JOIN v o USING (segment, period_start), (SELECT sum(value) AS all_orders FROM v WHERE metric = 'orders_events' AND segment <> '' AND period_start = '2024-01-01') t
                   WHERE r.metric = 'rent' AND o.metric = 'orders_events' AND period_start = '2024-01-01' AND segment <> '' AND abs(r.value - 999.99 * o.value / all_orders) >= 0.01$$, 'by orders');
SELECT results_eq($$SELECT metric, value FROM v WHERE segment = 'unassigned' AND metric LIKE 'rent%' AND period_start = '2024-02-01' ORDER BY 1$$,
                  $$VALUES ('rent', NULL::numeric), ('rent_unallocated', 500)$$, 'without orders it is unallocated, and said so');
SELECT is((SELECT value FROM v WHERE segment = 'unassigned' AND metric = 'rent_unallocated' AND period_start = '2024-01-01'), 0.00, 'nothing is left where all is shared');
SELECT is((SELECT sum(value) FROM v WHERE segment <> '' AND metric = 'marketing_shared' AND period_start = '2024-01-01'), 0.00, 'what is unassigned of a measure is moved');
SELECT is((SELECT value FROM v WHERE segment = 'unassigned' AND metric = 'marketing_shared' AND period_start = '2024-01-01'), -100.00, 'away from there');
SELECT segment.create_metric('full_marketing', 'marketing + marketing_shared'), segment.create_metric('orders_cost', 'rent / orders_events') \g /dev/null
SELECT is((SELECT full_marketing FROM segment.scorecard WHERE scheme = 'worth' AND segment = 'unassigned' AND period_start = '2024-01-01'), 0.00, 'metrics of it are in the scorecard');
SELECT throws_ok($$SELECT segment.drop_allocation('rent')$$, '2BP01', NULL, 'something reads it');
SELECT segment.drop_metric('orders_cost'), segment.set_allocation_amount('rent', '2024-01-31', NULL) \g /dev/null
SELECT is((SELECT count(value) FROM v WHERE metric = 'rent' AND period_start = '2024-01-01'), 0::bigint, 'an amount is taken back');
SELECT lives_ok($$SELECT segment.drop_allocation('rent')$$, 'dropped');
SELECT * FROM finish();
DROP EXTENSION segment CASCADE;
DROP SCHEMA allocation CASCADE;
CREATE EXTENSION segment;
