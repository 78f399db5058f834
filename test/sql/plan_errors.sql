\set ECHO none
-- Targets that cannot be.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SELECT plan(31);

CREATE SCHEMA planless;
CREATE TABLE planless.customers AS SELECT i AS id FROM generate_series(1, 20) AS i;
CREATE TABLE planless.orders AS SELECT i AS id, 1 + i % 20 AS customer_id, '2024-01-01'::date + i AS day, 'web' AS channel, i::numeric(10, 2) AS total FROM generate_series(1, 80) AS i;
SELECT segment.create_population('customer', 'planless.customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'planless.orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}', dimension => 'channel'),
       segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue') \g /dev/null
CALL segment.refresh('customer', as_of => '2024-03-31');
SELECT segment.create_scheme('worth', objective => 'Keep the best'), segment.create_segment('worth', 'Best', rule => 'revenue > 150') \g /dev/null
SELECT lives_ok($$SELECT segment.set_target('worth', 'Best', 'revenue', '2024-05', 1)$$, 'a draft may be planned');
SELECT segment.activate('worth', backfill => false) \g /dev/null

SELECT throws_ok($$SELECT segment.set_target('wrth', 'Best', 'revenue', '2024-05', 1)$$, '42704', NULL, 'no such scheme');
SELECT throws_ok($$SELECT segment.set_target('worth', 'Bst', 'revenue', '2024-05', 1)$$, '42704', 'scheme "worth" has no segment "Bst"', 'no such segment');
SELECT throws_ok($$SELECT segment.set_target('worth', 'Best', 'revnue', '2024-05', 1)$$, '42704', 'there is no metric "revnue"', 'no such metric');
SELECT throws_ok(format($$SELECT segment.set_target('worth', 'Best', 'revenue', %L, 1)$$, p), '22007', format('"%s" is not a period of a plan', p), 'no period: ' || p)
  FROM unnest(ARRAY['', '24', '2024-13', '2024-00', '2024-Q5', '2024-Q0', '2024-05-02', '2024-5', 'May', '2024-05-01 00:00', '0000', '2024-Q']) AS p;
SELECT throws_ok($$SELECT segment.set_target('worth', 'Best', 'revenue', '2024-05', 'NaN')$$, '22023', 'the value is NaN', 'no number');
SELECT throws_ok($$SELECT segment.set_target('worth', 'Best', 'revenue', '2024-05', 1, kind => 'hope')$$, '22023', 'there is no kind "hope"', 'no such kind');
SELECT throws_ok($$SELECT segment.set_target('worth', 'Best', 'revenue', '2024-05', 1, label => 'web')$$, '22023', 'label "web" is of no breakdown', 'a label of nothing');
SELECT throws_ok($$SELECT segment.set_target('worth', 'Best', 'revenue', '2024-05', 1, breakdown => 'chanel', label => 'web')$$, '42704', 'scheme "worth" has no breakdown "chanel"', 'no such breakdown');
SELECT throws_ok($$SELECT segment.set_target('worth', 'Best', 'revenue', '2024-06', NULL)$$, '42704', 'scheme "worth" has no such target to take back', 'nothing to take back');
SELECT throws_ok($$SELECT segment.set_target('worth', 'Best', NULL, '2024-05', 1)$$, '22004', NULL, 'no metric');
SELECT throws_ok($$SELECT segment.set_target('worth', 'Best', 'revenue', NULL, 1)$$, '22004', NULL, 'no period');
SELECT throws_ok($$SELECT segment.set_target('worth', 'Best', 'revenue', '2024-05', 1, to_segment => 'Others')$$, '22023', NULL, 'moves are customers');
SELECT throws_ok($$SELECT segment.set_target('worth', 'Best', 'customers', '2024-05', 1, to_segment => 'Best')$$, '22023', NULL, 'from one to another');
SELECT throws_ok($$SELECT segment.set_target('worth', 'Best', 'customers', '2024-05', 1, to_segment => 'Rest')$$, '42704', NULL, 'that there is');
SELECT throws_ok($$SELECT segment.set_benchmark('worth', 'Best', 'revenue', '2024-06', NULL)$$, '42704', NULL, 'no benchmark to take back');

CREATE ROLE seg_plan_other;
GRANT USAGE ON SCHEMA segment TO seg_plan_other;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA segment TO seg_plan_other;
SET SESSION AUTHORIZATION seg_plan_other;
SELECT throws_ok(s, '42501', NULL, s) FROM unnest(ARRAY[$$SELECT segment.set_target('worth', 'Best', 'revenue', '2024-05', 1)$$, $$SELECT segment.set_benchmark('worth', 'Best', 'revenue', '2024-05', 1)$$, 'TABLE segment.plan_vs_actual']) AS s;
RESET SESSION AUTHORIZATION;
GRANT SELECT ON segment.plan_vs_actual TO seg_plan_other;
SET SESSION AUTHORIZATION seg_plan_other;
SELECT is((SELECT count(*) FROM segment.plan_vs_actual WHERE plan = 1), 1::bigint, 'who is granted the view reads it');
RESET SESSION AUTHORIZATION;
DROP OWNED BY seg_plan_other;
DROP ROLE seg_plan_other;

DROP SCHEMA planless CASCADE;
SELECT * FROM finish();
