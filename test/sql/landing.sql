-- What customers cost to win, where they landed; and what those who were there buy against the month before.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(7);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SET datestyle = 'ISO, YMD';

CREATE SCHEMA landing;
SET search_path = landing, public;
CREATE TABLE customers (id int PRIMARY KEY, since date, region text);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, day date, total numeric(10,2));
CREATE TABLE adverts (id int PRIMARY KEY, customer_id int, day date, cost numeric(10,3));
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON adverts (customer_id);
INSERT INTO customers VALUES (1, '2024-01-10', 'North'), (2, '2024-01-20', 'South'), (3, '2024-03-05', 'North'), (4, '2024-03-06', 'South'), (5, '2024-03-07', 'South');
INSERT INTO orders VALUES (1, 1, '2024-01-10', 200), (2, 1, '2024-02-11', 10), (3, 2, '2024-02-20', 10), (4, 2, '2024-03-02', 10), (5, 2, '2024-03-03', 10), (6, 2, '2024-03-04', 10),
    (7, 3, '2024-03-05', 300), (8, 4, '2024-03-06', 5), (9, 5, '2024-03-07', 5);
-- 3 lands among the big, 4 and 5 among the small; what 2 was sent in March won nobody
INSERT INTO adverts VALUES (1, 3, '2024-03-05', 12.125), (2, 4, '2024-03-06', 3), (3, 5, '2024-03-07', 4.5), (4, 5, '2024-03-08', 0.5), (5, 2, '2024-03-09', 99), (6, NULL, '2024-03-09', 7);
SELECT segment.create_population('customer', 'customers', key => 'id', since => 'since', timezone => 'UTC'),
       segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}'),
       segment.create_source('adverts', 'adverts', customer => 'customer_id', occurred_at => 'day', measures => '{"acquisition_cost": "cost"}'),
       segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0), segment.create_feature('region', attribute => 'region') \g /dev/null
SELECT segment.create_scheme('size', objective => 'Know them', default_segment => 'Small'), segment.create_segment('size', 'Big', rule => 'revenue > 100') \g /dev/null
SET segment.clock = '2024-04-02 10:00+00';
CALL segment.refresh();
SELECT segment.activate('size'), segment.create_breakdown('region'), segment.create_standard_metrics() \g /dev/null

CREATE VIEW march AS SELECT segment, breakdown, label, metric, value, note FROM segment.metric_value WHERE period_start = '2024-03-01';
SELECT results_eq($$SELECT segment, value FROM march WHERE metric = 'acquisition_cost_landed' AND breakdown = '' AND value <> 0 ORDER BY segment$$,
                  $$VALUES ('', 20.125), ('Big', 12.125), ('Small', 8.000)$$, 'where they landed');
SELECT results_eq($$SELECT segment, round(value, 4) FROM march WHERE metric = 'cac_by_landing' AND breakdown = '' AND value IS NOT NULL ORDER BY segment$$,
                  $$VALUES ('', 6.7083), ('Big', 12.1250), ('Small', 4.0000)$$, 'per customer acquired');
SELECT results_eq($$SELECT label, sum(value) FROM march WHERE metric = 'acquisition_cost_landed' AND breakdown = 'region' AND segment = '' GROUP BY label ORDER BY label$$,
                  $$VALUES ('', NULL), ('North', 12.125), ('South', 8.000)$$, 'by region');
SELECT results_eq($$SELECT segment, value FROM march WHERE metric IN ('purchases_before', 'purchases_kept') AND breakdown = '' AND segment IN ('Big', 'Small') ORDER BY segment, metric$$,
                  $$VALUES ('Big', 1::numeric), ('Big', 0), ('Small', 1), ('Small', 3)$$, 'purchases of who was there, before and now');
SELECT results_eq($$SELECT segment, value FROM march WHERE metric = 'engagement_trend' AND breakdown = '' AND segment IN ('', 'Big', 'Small', 'new') ORDER BY segment$$,
                  $$VALUES ('', 0.5), ('Big', -1.0), ('Small', 2.0), ('new', NULL)$$, 'the trend');

-- a refresh of one customer makes of it what a full computation does
UPDATE adverts SET cost = 6.5 WHERE id = 3;
INSERT INTO orders VALUES (10, 4, '2024-03-20', 500);
CALL segment.refresh();
SELECT results_eq($$SELECT segment, value FROM march WHERE metric = 'acquisition_cost_landed' AND breakdown = '' AND value <> 0 ORDER BY segment$$,
                  $$VALUES ('', 22.125), ('Big', 12.125), ('Small', 10.000)$$, 'after a change');
CREATE TABLE kept AS SELECT period_start, segment, breakdown, source, dimension, measure, value FROM segment_data.size_breakdown;
DELETE FROM segment_data.size_breakdown WHERE NOT is_final;
DELETE FROM segment_data.size_facts WHERE NOT is_final;
SELECT segment.update_facts('size') \g /dev/null
SELECT is_empty($$(TABLE kept EXCEPT SELECT period_start, segment, breakdown, source, dimension, measure, value FROM segment_data.size_breakdown) UNION ALL
                  (SELECT period_start, segment, breakdown, source, dimension, measure, value FROM segment_data.size_breakdown EXCEPT TABLE kept)$$, 'as computed anew');

RESET search_path;
DROP SCHEMA landing CASCADE;
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SELECT * FROM finish();
