\set ECHO none
-- Profit and loss: lines add up, segments add up, missing is missing.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
CREATE SCHEMA pnl;
SET search_path = pnl, public;
SELECT plan(10);
SELECT setseed(0.75) \g /dev/null
CREATE TABLE customers AS SELECT n AS id, '2023-11-01'::date + (random() * 120)::int AS joined FROM generate_series(1, 60) n;
ALTER TABLE customers ADD PRIMARY KEY (id);
CREATE TABLE orders AS SELECT CASE WHEN o % 40 = 0 THEN NULL ELSE 1 + (random() * 62)::int END AS customer, '2023-11-10'::date + (random() * 120)::int AS day, round((random() * 100 - 15)::numeric, 2) AS total,
       round((random() * 40)::numeric, 4) AS cost FROM generate_series(1, 900) o;
CREATE TABLE tickets AS SELECT 1 + (random() * 60)::int AS customer, '2023-12-01'::date + (random() * 60)::int AS day, 3.5 AS cost FROM generate_series(1, 90);
DELETE FROM tickets WHERE day >= '2024-02-01' OR day < '2024-01-01';
SELECT segment.create_population('shopper', 'customers', key => 'id', timezone => 'UTC', since => 'joined'),
       segment.create_source('orders', 'orders', customer => 'customer', occurred_at => 'day', measures => '{"revenue": "total", "cogs": "cost"}', purchase => 'total > 0'),
       segment.create_source('tickets', 'tickets', customer => 'customer', occurred_at => 'day', measures => '{"cost_to_serve": {"expression": "cost", "scale": 2}}'),
       segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0),
       segment.create_scheme('worth', objective => 'Know', default_segment => 'Low') \g /dev/null
SELECT segment.create_segment('worth', 'High', rule => 'revenue > 150'), segment.create_segment('worth', 'Middle', rule => 'revenue > 50') \g /dev/null
CALL segment.refresh('shopper', as_of => '2023-12-15');
SELECT segment.activate('worth') \g /dev/null
CALL segment.refresh('shopper', as_of => '2024-02-29');
SELECT results_eq($$SELECT DISTINCT line_no, line FROM segment.pnl ORDER BY 1$$,
                  $$VALUES (10, 'gross revenue'), (20, 'returns'), (30, 'revenue'), (40, 'cogs'), (42, 'gross margin'), (45, 'cost_to_serve'), (80, 'contribution margin')$$, 'lines as measures allow');
CREATE VIEW january AS SELECT * FROM segment.pnl WHERE period_start = '2024-01-01';
SELECT is_empty($$SELECT segment FROM january GROUP BY segment HAVING sum(amount) FILTER (WHERE line_no IN (10, 20, 40, 45)) <> sum(amount) FILTER (WHERE line_no = 80)$$, 'the contribution margin is the sum of its lines');
SELECT is_empty($$SELECT line FROM january GROUP BY line HAVING sum(amount) FILTER (WHERE segment <> '') <> sum(amount) FILTER (WHERE segment = '')$$, 'segments add up to the scheme');
SELECT is((SELECT amount FROM january WHERE segment = '' AND line = 'revenue'), (SELECT sum(total) FROM orders WHERE day BETWEEN '2024-01-01' AND '2024-01-31'), 'revenue is that of the table');
SELECT is((SELECT amount FROM january WHERE segment = '' AND line = 'cogs'), (SELECT -sum(cost) FROM orders WHERE day BETWEEN '2024-01-01' AND '2024-01-31'), 'so are costs, negative');
SELECT is((SELECT share_of_revenue FROM january WHERE segment = '' AND line = 'revenue'), 1.0000, 'shares are of revenue');
SELECT results_eq($$SELECT line, amount, note FROM segment.pnl WHERE period_start = '2024-02-01' AND segment = '' AND line_no IN (45, 80) ORDER BY line_no$$,
                  $$VALUES ('cost_to_serve', NULL::numeric, 'no values of cost_to_serve'), ('contribution margin', NULL, 'no values of cost_to_serve')$$, 'a month without tickets has no known cost to serve');
SELECT segment.create_allocation('rent', 'orders_events'), segment.set_allocation_amount('rent', '2024-01-01', 1000) \g /dev/null
SELECT results_eq($$SELECT line, amount FROM january WHERE segment = '' AND line_no >= 100 AND line_no < 9999 ORDER BY line_no$$, $$VALUES ('allocated: rent', -1000.00), ('unallocated: rent', 0.00)$$, 'allocations are lines below');
SELECT is_empty($$SELECT segment FROM january GROUP BY segment HAVING sum(coalesce(amount, 0)) FILTER (WHERE line_no IN (80, 100, 101)) <> sum(amount) FILTER (WHERE line_no = 9999)$$, 'and have a margin after them');
SELECT is((SELECT amount FROM january WHERE segment = '' AND line_no = 80), (SELECT sum(total - cost) FROM orders WHERE day BETWEEN '2024-01-01' AND '2024-01-31') - (SELECT sum(cost) FROM tickets), 'the contribution margin has no allocated cost');
SELECT * FROM finish();
DROP EXTENSION segment CASCADE;
DROP SCHEMA pnl CASCADE;
CREATE EXTENSION segment;
