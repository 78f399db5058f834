\set ECHO none
-- Is it a segmentation: distinct, material, meaningful, with numbers.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SELECT plan(17);

CREATE SCHEMA judged;
SELECT setseed(0.3) \g /dev/null
CREATE TABLE judged.customers AS SELECT i AS id FROM generate_series(1, 600) AS i;
-- three kinds of customers: many small, some steady, few large
CREATE TABLE judged.orders AS
SELECT row_number() OVER () AS id, c.id AS customer_id, '2024-03-31'::date - (random() * CASE WHEN c.id % 10 < 6 THEN 300 ELSE 40 END)::int - CASE WHEN c.id % 10 < 6 THEN 60 ELSE 0 END AS day,
       round(((CASE WHEN c.id % 10 = 9 THEN 300 WHEN c.id % 10 > 5 THEN 60 ELSE 15 END) * (0.7 + 0.6 * random()))::numeric, 2) AS total, round((10 + 5 * random())::numeric, 2) AS cost
  FROM judged.customers c CROSS JOIN LATERAL generate_series(1, CASE WHEN c.id % 10 = 9 THEN 12 WHEN c.id % 10 > 5 THEN 6 ELSE 1 + c.id % 2 END) o;
SELECT segment.create_population('customer', 'judged.customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'judged.orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total", "cogs": "cost"}') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0), segment.create_feature('recent', aggregate => 'days_since_last', source => 'orders'),
       segment.create_feature('days', aggregate => 'active_days', source => 'orders'), segment.create_feature('id', attribute => 'id') \g /dev/null
CALL segment.refresh('customer', as_of => '2024-03-31');
SELECT segment.create_scheme('good', objective => 'By what they are', default_segment => 'Small'), segment.create_segment('good', 'Large', 'revenue > 2000'), segment.create_segment('good', 'Steady', 'revenue > 150') \g /dev/null
SELECT segment.activate('good') \g /dev/null
SELECT is((SELECT verdict FROM segment.quality('good') WHERE criterion = 'distinct' AND measure = 'verdict'), 'good', 'kinds of customers are distinct');
SELECT cmp_ok((SELECT value FROM segment.quality('good') WHERE measure = 'silhouette' AND segment IS NULL), '>', 0.5::float8, 'by their silhouette');
SELECT is((SELECT min(verdict) || max(verdict) FROM segment.quality('good') WHERE measure = 'separation'), 'goodgood', 'each is apart from its rival');
SELECT is((SELECT note FROM segment.quality('good') WHERE measure = 'separation' AND segment = 'Large'), 'nearest rival: Steady', 'which is named');
SELECT cmp_ok((SELECT value FROM segment.quality('good') WHERE measure = 'eta_squared' AND feature = 'revenue'), '>', 0.8::float8, 'revenue tells them apart');
SELECT results_eq($$SELECT segment, round(value::numeric, 4) FROM segment.quality('good') WHERE measure = 'share_of_customers'$$, $$VALUES ('Large', 0.1000), ('Steady', 0.3000), ('Small', 0.6000)$$, 'shares of customers');
SELECT results_eq($$SELECT segment, round(value::numeric, 6) FROM segment.quality('good') WHERE measure = 'share_of_revenue' ORDER BY 1$$,
    $$SELECT segment, round(sum(revenue) / sum(sum(revenue)) OVER (), 6) FROM segment.scorecard WHERE segment IN ('Large', 'Steady', 'Small') AND period_start > '2023-03-31' GROUP BY 1 ORDER BY 1$$, 'and of the money of a year');
SELECT is((SELECT string_agg(criterion || ' ' || verdict, ', ' ORDER BY criterion) FROM segment.quality('good') WHERE measure = 'verdict'), 'all good, distinct good, material good, meaningful good', 'all in all');

-- by the number of the customer: nothing
SELECT segment.create_scheme('lottery', objective => 'By nothing'), segment.create_segment('lottery', 'A', 'id % 3 = 0'), segment.create_segment('lottery', 'B', 'id % 3 = 1 AND revenue > -1 AND days > -1'), segment.create_segment('lottery', 'C', 'id = 2') \g /dev/null
SELECT segment.set_owner('lottery', s, 'luck') FROM unnest(ARRAY['A', 'B', 'C', 'Others']) s \g /dev/null
SET client_min_messages = notice;
SELECT segment.activate('lottery') \g /dev/null
SET client_min_messages = warning;
SELECT is((SELECT string_agg(criterion || ' ' || verdict, ', ' ORDER BY criterion) FROM segment.quality('lottery') WHERE measure = 'verdict'), 'all poor, distinct poor, material poor, meaningful poor', 'a division by chance is none');
SELECT is((SELECT verdict FROM segment.quality('lottery') WHERE measure = 'share_of_customers' AND segment = 'C'), 'poor', 'a segment of one is not material');
SELECT cmp_ok((SELECT max(value) FROM segment.quality('lottery') WHERE measure = 'eta_squared'), '<', 0.06::float8, 'no feature tells them apart');

-- nothing to go by
SELECT segment.create_feature('even', expression => 'id % 2 = 0') \g /dev/null
CALL segment.refresh('customer', as_of => '2024-03-31');
SELECT segment.create_scheme('flat', objective => 'No number'), segment.create_segment('flat', 'All', 'even IS NOT NULL') \g /dev/null
SELECT segment.activate('flat', backfill => false) \g /dev/null
SELECT is((SELECT count(*) FROM segment.quality('flat') WHERE criterion = 'all'), 1::bigint, 'a scheme of one segment is judged');
SELECT is((SELECT value FROM segment.quality('flat') WHERE measure = 'silhouette' AND segment IS NULL), NULL, 'without a number for what has none');
SELECT throws_ok($$SELECT * FROM segment.quality('none')$$, '42704', NULL, 'no such scheme');
SELECT segment.create_scheme('draft', objective => 'x') \g /dev/null
SELECT throws_ok($$SELECT * FROM segment.quality('draft')$$, '55000', NULL, 'a draft has no customers');
SELECT throws_ok($$SELECT * FROM segment.quality(NULL)$$, '22004', NULL, 'NULL is no scheme');

CREATE ROLE seg_judged_other;
GRANT USAGE ON SCHEMA segment TO seg_judged_other;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA segment TO seg_judged_other;
SET SESSION AUTHORIZATION seg_judged_other;
SELECT throws_ok(s, '42501', NULL, s) FROM unnest(ARRAY[$$SELECT segment.quality('good')$$]) AS s;
RESET SESSION AUTHORIZATION;
DROP OWNED BY seg_judged_other;
DROP ROLE seg_judged_other;

DROP SCHEMA judged CASCADE;
SELECT * FROM finish();
