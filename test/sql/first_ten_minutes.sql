\set ECHO none
-- The first ten minutes, statement by statement as documented, on the generated shop.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(24);
\set customers 600
\i demo/shop.sql
\unset ON_ERROR_STOP
SET timezone = 'UTC';
DROP EXTENSION segment CASCADE;

\o /dev/null
CREATE EXTENSION segment;
SELECT segment.create_population('customer', 'shop.customers', key => 'id', timezone => 'Europe/Paris');
SELECT segment.create_source('orders', 'shop.orders', customer => 'customer_id', occurred_at => 'ordered_at',
                             measures => '{"revenue": "total"}', dimension => 'channel');
SELECT segment.create_source('items', 'shop.order_items', parent => 'orders', parent_key => 'order_id',
                             measures => '{"cogs": {"expression": "unit_cost * quantity", "scale": 4}}', dimension => 'category');
\o
SELECT is((SELECT count(*) FROM segment.source), 2::bigint, 'orders and their items are mapped');
CREATE TABLE shop.problem AS SELECT * FROM segment.check_sources();               -- problems, each with the statement that cures it
SELECT results_eq('SELECT source, severity, problem FROM shop.problem ORDER BY 1, 3',
    $$VALUES ('orders', 'warning', 'rows have a customer that is not in the population: they count as unassigned'), ('orders', 'warning', 'rows have no customer, or a number that is no key: they count as unassigned')$$,
    'what is wrong with them');
SELECT is((SELECT count(*) FROM shop.problem WHERE remedy IS NULL), 0::bigint, 'every problem has its remedy');
SELECT cmp_ok(segment.create_standard_features('customer'), '>', 25, 'the feature pack');
SELECT throws_ok($$SELECT segment.create_rfm_scheme('early', objective => 'x'); SELECT segment.activate('early')$$, '55000',
                 'population "customer" has not been refreshed yet', 'without ledgers it is said so');
CALL segment.refresh('customer', as_of => '2026-10-31');                         -- builds the ledgers and features
SELECT is((SELECT count(*) FROM segment_data.customer_feature), 600::bigint, 'a refresh is legal without a scheme');
SELECT lives_ok($$SELECT segment.create_rfm_scheme('value', objective => 'Grow margin 8 % next year')$$, 'a scheme by value');
SELECT is((SELECT sum(customers) FROM segment.preview('value')), 600::numeric, 'preview: everyone is somewhere');                         -- size, share, entering, leaving, unknown, warnings; writes nothing
SELECT is((SELECT array_agg(segment) FROM segment.preview('value')),
          ARRAY['Champions', 'Potential Loyalist', 'Loyal Customers', 'Promising', 'New Customers', 'Can''t Lose Them', 'At Risk', 'Need Attention', 'About To Sleep', 'Lost', 'Others'],
          'the ten segments and the default');
SELECT is(segment.activate('value', comment => 'v1'), 1, 'activation');   -- and the last 24 month ends as history
SELECT is((SELECT min(lower(valid)) FROM segment_data.value_history), '2024-10-31'::date, 'with the last 24 month ends');
SELECT is((SELECT count(DISTINCT period_start) FROM segment.scorecard WHERE scheme = 'value'), 25::bigint, 'the first scorecard shows two years of movement');
SELECT is((SELECT count(*) FROM (SELECT o.*, c.value FROM shop.orders o JOIN segment_data.customer c USING (customer_id)) j),
          (SELECT count(*) FROM shop.orders WHERE customer_id <= 600), 'the application''s join');

-- all money is there: returns, guests, customers who are no more
SELECT is_empty($$SELECT s.period_start, s.revenue, t.revenue
    FROM (SELECT period_start, period_end, sum(revenue) AS revenue, sum(orders_events) AS orders FROM segment.scorecard WHERE scheme = 'value' GROUP BY 1, 2) s
    CROSS JOIN LATERAL (SELECT sum(total) AS revenue, count(*) AS orders FROM shop.orders WHERE (ordered_at AT TIME ZONE 'Europe/Paris')::date BETWEEN s.period_start AND s.period_end) t
    WHERE (s.revenue, s.orders) IS DISTINCT FROM (t.revenue, t.orders)$$, 'revenue and orders of every month equal the table''s');
SELECT is_empty($$SELECT s.period_start, s.cogs, t.cogs
    FROM (SELECT period_start, period_end, sum(cogs) AS cogs FROM segment.scorecard WHERE scheme = 'value' GROUP BY 1, 2) s
    CROSS JOIN LATERAL (SELECT sum(unit_cost * quantity) AS cogs FROM shop.order_items i JOIN shop.orders o ON o.id = i.order_id
                         WHERE (ordered_at AT TIME ZONE 'Europe/Paris')::date BETWEEN s.period_start AND s.period_end) t
    WHERE s.cogs IS DISTINCT FROM t.cogs$$, 'so does the cost of their items');
SELECT is_empty($$SELECT dimension, l.revenue, t.revenue FROM
    (SELECT dimension, sum(value) AS revenue FROM segment_data.value_scorecard WHERE metric = 'revenue' AND source = 'orders' GROUP BY 1) l
    FULL JOIN (SELECT channel AS dimension, sum(total) AS revenue FROM shop.orders
                WHERE (ordered_at AT TIME ZONE 'Europe/Paris')::date >= '2024-10-01' GROUP BY 1) t USING (dimension)
    WHERE COALESCE(l.revenue, 0) IS DISTINCT FROM COALESCE(t.revenue, 0)$$, 'by channel too');
SELECT is_empty($$SELECT * FROM segment.scorecard WHERE opening + acquired + moved_in - moved_out - removed <> closing$$, 'customers add up');
SELECT is((SELECT round(sum(margin_365d), 2) FROM segment_data.customer),
          (SELECT round(sum(quantity * unit_price - unit_cost * quantity), 2) FROM shop.order_items i JOIN shop.orders o ON o.id = i.order_id
            WHERE o.customer_id <= 600 AND (ordered_at AT TIME ZONE 'Europe/Paris')::date > '2025-10-31'), 'margin of a year over two sources');

-- a view of the user's survives every later definition
CREATE VIEW shop.mine AS SELECT * FROM segment_data.customer;
CREATE VIEW shop.my_scorecard AS SELECT scheme, segment, period_start, opening, acquired, moved_in, moved_out, removed, closing, revenue, cogs, orders_events, share_of_revenue, is_final FROM segment.scorecard;
CREATE TABLE shop.was AS SELECT (SELECT md5(string_agg(m::text, ',' ORDER BY customer_id)) FROM shop.mine m) AS customers, (SELECT md5(string_agg(s::text, ',' ORDER BY s::text)) FROM shop.my_scorecard s) AS cards;
\o /dev/null
SELECT segment.create_feature('region', attribute => 'region');
SELECT segment.create_source('tickets', 'shop.tickets', customer => 'customer_id', occurred_at => 'opened_at', measures => '{"cost_to_serve": "cost"}');
SELECT segment.create_standard_features('customer');
SELECT segment.create_scheme('place', objective => 'Know where');
SELECT segment.create_segment('place', 'Paris', rule => $$region = 'Paris'$$);
\o
CALL segment.refresh('customer', as_of => '2026-10-31');
SELECT segment.activate('place') \g /dev/null
SELECT results_eq($$SELECT (SELECT md5(string_agg(m::text, ',' ORDER BY customer_id)) FROM shop.mine m), (SELECT md5(string_agg(s::text, ',' ORDER BY s::text)) FROM shop.my_scorecard s WHERE scheme = 'value')$$,
                  'SELECT * FROM shop.was', 'it gives the same rows');
SELECT columns_are('segment_data', 'customer', (SELECT array_agg(attname ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'shop.mine'::regclass AND attnum > 0)
                   || ARRAY['region', 'place', 'place_since'] || ARRAY(SELECT name::name FROM segment.feature WHERE name LIKE 'cost_to_serve%' OR name LIKE 'service%'), 'columns were appended');
SELECT is((SELECT count(*) FROM segment_data.customer WHERE place = 'Paris'), (SELECT count(*) FROM shop.customers WHERE region = 'Paris'), 'the later scheme is there too');
SELECT lives_ok($$SELECT segment.retire('value')$$, 'a scheme is retired');
SELECT is((SELECT count(*) || ' ' || count(value) FROM shop.mine), '600 0', 'the view still has everyone, without its segment');
SELECT isnt((SELECT count(*) FROM shop.my_scorecard WHERE scheme = 'value'), 0::bigint, 'its scorecards stay');

DROP SCHEMA shop CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
SELECT * FROM finish();
