\set ECHO none
-- Drift since activation, against plain SQL; the baseline stays.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SELECT plan(24);

CREATE SCHEMA drifted;
SELECT setseed(0.3) \g /dev/null
CREATE TABLE drifted.customers AS SELECT i AS id FROM generate_series(1, 600) AS i;
-- three kinds of customers: many small, some steady, few large
CREATE TABLE drifted.orders AS
SELECT row_number() OVER () AS id, c.id AS customer_id, '2024-03-31'::date - (random() * CASE WHEN c.id % 10 < 6 THEN 300 ELSE 40 END)::int - CASE WHEN c.id % 10 < 6 THEN 60 ELSE 0 END AS day,
       round(((CASE WHEN c.id % 10 = 9 THEN 300 WHEN c.id % 10 > 5 THEN 60 ELSE 15 END) * (0.7 + 0.6 * random()))::numeric, 2) AS total, round((10 + 5 * random())::numeric, 2) AS cost
  FROM drifted.customers c CROSS JOIN LATERAL generate_series(1, CASE WHEN c.id % 10 = 9 THEN 12 WHEN c.id % 10 > 5 THEN 6 ELSE 1 + c.id % 2 END) o;
SELECT segment.create_population('customer', 'drifted.customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'drifted.orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total", "cogs": "cost"}') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0), segment.create_feature('recent', aggregate => 'days_since_last', source => 'orders'),
       segment.create_feature('days', aggregate => 'active_days', source => 'orders'), segment.create_feature('id', attribute => 'id') \g /dev/null
CALL segment.refresh('customer', as_of => '2024-03-31');
SELECT segment.create_scheme('good', objective => 'By what they are', default_segment => 'Small'), segment.create_score('good', 'm', 'revenue', bins => 4), segment.create_segment('good', 'Large', 'm = 4 AND recent < 1000'), segment.create_segment('good', 'Steady', 'm >= 2') \g /dev/null
SELECT throws_ok($$SELECT * FROM segment.drift('good')$$, '55000', NULL, 'a draft has not drifted');
SELECT segment.activate('good', backfill => false) \g /dev/null
SELECT results_eq($$SELECT kind, name, bins, customers_then, customers_now, psi, verdict, since, remedy FROM segment.drift('good')$$,
    $$SELECT k, n, b, 600::bigint, 600::bigint, 0::float8, 'stable', '2024-03-31'::date, NULL FROM (VALUES ('segment', NULL, 3), ('score', 'm', 4), ('feature', 'recent', 10), ('feature', 'revenue', 10)) v(k, n, b)$$, 'nothing has moved yet');
SELECT results_eq($$SELECT expected FROM segment.drift('good') WHERE name = 'revenue'$$, $$SELECT 9 * (1 / 600.0::float8 + 1 / 600.0::float8)$$, 'what chance would do is beside it');
SELECT results_eq($$SELECT label, customers FROM segment.version_baseline WHERE kind = 'segment' ORDER BY bin$$, $$SELECT value, count(*) FROM (SELECT good AS value FROM segment_data.customer) c GROUP BY 1 ORDER BY array_position(ARRAY['Large', 'Steady', 'Small'], value)$$, 'segment sizes of the day are kept');
SELECT is((SELECT sum(customers) FROM segment.version_baseline WHERE kind = 'feature' AND name = 'revenue'), 600::numeric, 'everyone is in one tenth');
SELECT cmp_ok((SELECT max(customers) - min(customers) FROM segment.version_baseline WHERE kind = 'feature' AND name = 'revenue' AND bin > 0), '<', 3::bigint, 'tenths are tenths');

-- three months on, two thirds buy much more, and new ones nothing
CREATE TABLE drifted.before AS SELECT customer_id, revenue, good FROM segment_data.customer;
INSERT INTO drifted.orders SELECT 100000 + id, id, '2024-05-01', 1000, 10 FROM drifted.customers WHERE id % 3 < 2;
INSERT INTO drifted.customers SELECT i FROM generate_series(601, 660) i;
CREATE TABLE drifted.baseline AS TABLE segment.version_baseline;
CALL segment.refresh('customer', as_of => '2024-06-30');
SELECT set_eq('TABLE segment.version_baseline', 'TABLE drifted.baseline', 'a refresh leaves the baseline alone');
SELECT results_eq($$SELECT customers_then, customers_now FROM segment.drift('good') WHERE name = 'revenue'$$, $$VALUES (600::bigint, 660::bigint)$$, 'who there was and is');
CREATE TABLE drifted.bins AS SELECT b.bin, b.customers AS e, (SELECT count(*) FROM segment_data.customer c WHERE CASE b.bin WHEN 0 THEN c.revenue IS NULL ELSE (c.revenue <= b.upper OR b.upper IS NULL) AND c.revenue > coalesce(l.upper, -1) END) AS q
  FROM segment.version_baseline b LEFT JOIN segment.version_baseline l ON (l.kind, l.name, l.bin) = (b.kind, b.name, b.bin - 1) WHERE b.kind = 'feature' AND b.name = 'revenue' AND b.bin > 0;
SELECT results_eq($$SELECT bin, customers_then, customers_now FROM segment.drift_detail('good') WHERE name = 'revenue' AND bin > 0$$, 'SELECT * FROM drifted.bins ORDER BY bin', 'the bins = plain SQL');
SELECT is((SELECT round(psi::numeric, 9) FROM segment.drift('good') WHERE name = 'revenue'),
    (SELECT round(sum((q - e) * ln(q / e)), 9) FROM (SELECT (e + 0.5) / (600 + 5) AS e, (q + 0.5) / (660 + 5) AS q FROM drifted.bins) s), 'the index = its formula');
SELECT results_eq($$SELECT verdict, remedy FROM segment.drift('good') WHERE name = 'm'$$, $$VALUES ('shifted', 'SELECT segment.recut(''good'');')$$, 'what has shifted says what could be done');
SELECT results_eq($$SELECT verdict, remedy FROM segment.drift('good') WHERE kind = 'segment'$$, $$VALUES ('shifted', 'SELECT * FROM segment.preview(''good'');')$$, 'segments too');
SELECT is((SELECT customers_now FROM segment.drift_detail('good') WHERE name = 'recent' AND bin = 0), 60::bigint, 'unknown is a bin of its own');
SELECT is_empty($$SELECT kind, name FROM segment.drift_detail('good') GROUP BY 1, 2 HAVING abs(sum(share_then) - 1) > 0.001 OR abs(sum(share_now) - 1) > 0.001$$, 'shares add up to one');
SELECT is((SELECT cuts FROM segment.cut_point WHERE score = 'm' AND version = 1), (SELECT cuts FROM segment.cut_point c JOIN segment.scheme s ON s.name = c.scheme AND s.version = c.version WHERE score = 'm'), 'nothing was moved by it');
SELECT segment.recut('good') \g /dev/null
SELECT is((SELECT max(psi) FROM segment.drift('good')), 0::float8, 'a new version begins anew');
SELECT is((SELECT count(DISTINCT version) FROM segment.version_baseline), 2::bigint, 'the old one''s is kept');

-- the building blocks
SELECT is(segment.psi('{10,20,30}', '{20,40,60}', 0), 0::float8, 'psi of equal shares');
SELECT is(segment.psi('{0,10}', '{5,5}', 0), 'Infinity'::float8, 'psi of an empty bin without smoothing');
SELECT throws_ok($$SELECT segment.psi('{1,2}', '{1,2,3}')$$, '22023', NULL, 'lists of one length');
SELECT throws_ok($$SELECT segment.psi('{1,NULL}', '{1,2}')$$, '22023', NULL, 'of numbers');
DELETE FROM segment.version_baseline;
SELECT throws_ok($$SELECT * FROM segment.drift('good')$$, '55000', NULL, 'a version of an older release has none');

CREATE ROLE seg_drifted_other;
GRANT USAGE ON SCHEMA segment TO seg_drifted_other;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA segment TO seg_drifted_other;
SET SESSION AUTHORIZATION seg_drifted_other;
SELECT throws_ok(s, '42501', NULL, s) FROM unnest(ARRAY[$$SELECT segment.drift('good')$$, $$SELECT segment.drift_detail('good')$$]) AS s;
RESET SESSION AUTHORIZATION;
DROP OWNED BY seg_drifted_other;
DROP ROLE seg_drifted_other;

DROP SCHEMA drifted CASCADE;
SELECT * FROM finish();
