\set ECHO none
-- Segments against the population; two schemes against each other.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SELECT plan(17);

CREATE SCHEMA crossed;
SELECT setseed(0.3) \g /dev/null
CREATE TABLE crossed.customers AS SELECT i AS id FROM generate_series(1, 600) AS i;
-- three kinds of customers: many small, some steady, few large
CREATE TABLE crossed.orders AS
SELECT row_number() OVER () AS id, c.id AS customer_id, '2024-03-31'::date - (random() * CASE WHEN c.id % 10 < 6 THEN 300 ELSE 40 END)::int - CASE WHEN c.id % 10 < 6 THEN 60 ELSE 0 END AS day,
       round(((CASE WHEN c.id % 10 = 9 THEN 300 WHEN c.id % 10 > 5 THEN 60 ELSE 15 END) * (0.7 + 0.6 * random()))::numeric, 2) AS total, round((10 + 5 * random())::numeric, 2) AS cost
  FROM crossed.customers c CROSS JOIN LATERAL generate_series(1, CASE WHEN c.id % 10 = 9 THEN 12 WHEN c.id % 10 > 5 THEN 6 ELSE 1 + c.id % 2 END) o;
SELECT segment.create_population('customer', 'crossed.customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'crossed.orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total", "cogs": "cost"}') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0), segment.create_feature('recent', aggregate => 'days_since_last', source => 'orders'),
       segment.create_feature('days', aggregate => 'active_days', source => 'orders'), segment.create_feature('id', attribute => 'id') \g /dev/null
CALL segment.refresh('customer', as_of => '2024-03-31');
SELECT segment.create_scheme('good', objective => 'By what they are', default_segment => 'Small'), segment.create_segment('good', 'Large', 'revenue > 2000'), segment.create_segment('good', 'Steady', 'revenue > 150'),
       segment.create_scheme('same', objective => 'Again'), segment.create_segment('same', 'x', 'revenue > 2000'), segment.create_segment('same', 'y', 'revenue > 150'),
       segment.create_scheme('lottery', objective => 'By nothing'), segment.create_segment('lottery', 'A', 'id % 7 < 3'), segment.create_segment('lottery', 'never', 'id < 0') \g /dev/null
SELECT segment.activate('good', backfill => false), segment.activate('same', backfill => false), segment.activate('lottery', backfill => false) \g /dev/null
CREATE TABLE crossed.truth AS SELECT c.id, CASE WHEN sum(total) > 2000 THEN 'Large' WHEN sum(total) > 150 THEN 'Steady' ELSE 'Small' END AS segment, sum(total) AS revenue, count(DISTINCT day) AS days FROM crossed.customers c JOIN crossed.orders o ON o.customer_id = c.id GROUP BY 1;
SELECT results_eq($$SELECT segment, customers, mean, population_mean, index, median::numeric FROM segment.profile('good') WHERE feature = 'revenue' ORDER BY 1$$,
    $$SELECT segment, count(*), round(avg(revenue), 6), (SELECT round(avg(revenue), 6) FROM crossed.truth), round(100 * avg(revenue) / (SELECT avg(revenue) FROM crossed.truth), 1), percentile_cont(0.5) WITHIN GROUP (ORDER BY revenue)::numeric FROM crossed.truth GROUP BY 1 ORDER BY 1$$, 'profile = plain SQL');
SELECT results_eq($$SELECT DISTINCT segment FROM segment.profile('good')$$, $$SELECT DISTINCT segment FROM crossed.truth$$, 'every segment');
SELECT is((SELECT string_agg(feature, ' ') FROM segment.profile('good') WHERE segment = 'Large'), 'revenue recent days id', 'every number, attributes too');
SELECT is((SELECT round(sum(customers * mean) / sum(customers), 4) FROM segment.profile('good') WHERE feature = 'days'), (SELECT round(avg(days), 4) FROM crossed.truth), 'segments'' means average to the population''s');

SELECT results_eq($$SELECT segment_a, segment_b, customers, share FROM segment.overlap('good', 'same') WHERE customers > 0 ORDER BY 3$$, $$VALUES ('Large', 'x', 60::bigint, 0.1000), ('Steady', 'y', 180, 0.3000), ('Small', 'Others', 360, 0.6000)$$, 'the same by another name');
SELECT results_eq($$SELECT DISTINCT adjusted_rand, cramers_v, count(*) OVER () FROM segment.overlap('good', 'same')$$, $$VALUES (1::float8, 1::float8, 9::bigint)$$, 'agrees in full');
SELECT is((SELECT sum(customers) FROM segment.overlap('good', 'lottery')), 600::numeric, 'everyone is somewhere');
SELECT cmp_ok((SELECT max(abs(adjusted_rand)) FROM segment.overlap('good', 'lottery')), '<', 0.02::float8, 'chance agrees by chance');
SELECT cmp_ok((SELECT max(cramers_v) FROM segment.overlap('good', 'lottery')), '<', 0.15::float8, 'and depends on nothing');
SELECT is((SELECT count(*) FROM segment.overlap('good', 'lottery') WHERE segment_b = 'never'), 0::bigint, 'an empty segment is no row');
SELECT is_empty($$SELECT segment_a FROM segment.overlap('good', 'lottery') GROUP BY 1 HAVING abs(sum(share_of_a) - 1) > 0.001$$, 'shares of a segment add up to one');
SELECT is(round(segment.adjusted_rand('{{2,0},{0,1},{0,1}}')::numeric, 10), round(4 / 7.0, 10), 'adjusted Rand index: scikit-learn''s example');
SELECT is(segment.cramers_v('{{10,20},{30,60}}'), 0::float8, 'Cramér''s V of independence');
SELECT throws_ok($$SELECT segment.adjusted_rand('{1,2}')$$, '22023', NULL, 'a list is no table');
SELECT throws_ok($$SELECT segment.cramers_v('{{1,-2}}')$$, '22023', NULL, 'a count is not negative');

CREATE ROLE seg_crossed_other;
GRANT USAGE ON SCHEMA segment TO seg_crossed_other;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA segment TO seg_crossed_other;
SET SESSION AUTHORIZATION seg_crossed_other;
SELECT throws_ok(s, '42501', NULL, s) FROM unnest(ARRAY[$$SELECT segment.profile('good')$$, $$SELECT segment.overlap('good', 'same')$$]) AS s;
RESET SESSION AUTHORIZATION;
DROP OWNED BY seg_crossed_other;
DROP ROLE seg_crossed_other;

DROP SCHEMA crossed CASCADE;
SELECT * FROM finish();
