\set ECHO none
-- Migration, value bridge, outlook and alerts of a shop small enough to count by hand.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
CREATE SCHEMA few;
SET search_path = few, public;
SELECT plan(37);

CREATE TABLE customers (id int PRIMARY KEY, joined date, tier text);
CREATE TABLE orders (customer int, day date, total numeric(10, 2), cost numeric(10, 2));
CREATE TABLE answers (customer int, day date, satisfaction int);
CREATE INDEX ON orders (customer);
CREATE INDEX ON answers (customer);
INSERT INTO customers VALUES (1, '2024-01-01', 'a'), (2, '2024-01-01', 'a'), (3, '2024-01-01', 'a'), (4, '2024-01-01', 'b'), (5, '2024-01-01', 'b'), (6, '2024-01-01', 'b');
INSERT INTO orders VALUES (1, '2024-01-10', 100, 60), (2, '2024-01-10', 50, 30), (3, '2024-01-31', 30, 10), (4, '2024-01-10', 10, 5), (5, '2024-01-15', 7.77, 1), (99, '2024-01-20', 5, 0);
INSERT INTO answers VALUES (1, '2024-02-05', 9), (1, '2024-02-06', 10), (4, '2024-02-05', 6);
SELECT segment.create_population('person', 'customers', key => 'id', timezone => 'UTC', since => 'joined'),
       segment.create_source('orders', 'orders', customer => 'customer', occurred_at => 'day', measures => '{"revenue": "total", "cogs": "cost"}'),
       segment.create_source('answers', 'answers', customer => 'customer', occurred_at => 'day', measures => '{"satisfaction": "satisfaction"}'),
       segment.create_feature('tier', attribute => 'tier'), segment.create_scheme('ab', objective => 'Count', default_segment => 'rest') \g /dev/null
SELECT segment.create_segment('ab', 'A', rule => $$tier = 'a'$$), segment.create_segment('ab', 'B', rule => $$tier = 'b'$$) \g /dev/null
SELECT throws_ok($$SELECT * FROM segment.migration('ab', '2024-01-31')$$, '55000', NULL, 'nothing before the first refresh');
SET segment.catch_up_days = 0;
CALL segment.refresh('person', as_of => '2024-01-31');
SELECT throws_ok($$SELECT * FROM segment.migration('ab', '2024-01-31')$$, '55000', NULL, 'nor without history');
SELECT segment.activate('ab', backfill => false) \g /dev/null
-- February: 2 moves to B, 4 to A, 6 leaves, 7 comes; 1 spends less, 5 nothing, 3 more, a guest 2.50
UPDATE customers SET tier = 'b' WHERE id = 2;
UPDATE customers SET tier = 'a' WHERE id = 4;
DELETE FROM customers WHERE id = 6;
INSERT INTO customers VALUES (7, '2024-02-03', 'a');
INSERT INTO orders VALUES (1, '2024-02-10', 80, 50), (2, '2024-02-10', 50, 30), (3, '2024-02-29', 45, 10), (4, '2024-02-10', 20, 5), (7, '2024-02-15', 33.33, 1), (99, '2024-02-20', 2.5, 0);
CALL segment.refresh('person', as_of => '2024-02-29');
SELECT segment.override('ab', 5, 'A', reason => 'asked for it') \g /dev/null
CALL segment.refresh('person', as_of => '2024-02-29');

SELECT results_eq($$SELECT from_segment, to_segment, customers, round(probability::numeric, 4), behaviour, definition, manual, merge, value_before, value_after, impact, behaviour_impact FROM segment.migration('ab', '2024-01-31', basis => 'between', within => NULL)$$,
$$VALUES ('A', 'A', 2::bigint, 0.6667, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 130.00, 125.00, -5.00, 0.00), ('A', 'B', 1, 0.3333, 1, 0, 0, 0, 50.00, 50.00, 0.00, 0.00),
  ('B', 'A', 2, 0.6667, 1, 0, 1, 0, 17.77, 20.00, 2.23, 10.00), ('B', 'removed', 1, 0.3333, 1, 0, 0, 0, 0.00, 0.00, 0.00, 0.00),
  ('new', 'A', 1, 1.0000, 1, 0, 0, 0, 0.00, 33.33, 33.33, 33.33), ('unassigned', 'unassigned', 0, NULL, 0, 0, 0, 0, 5.00, 2.50, -2.50, 0.00)$$, 'who moved where, why, and what they were worth');
SELECT results_eq($$SELECT segment, customers_before, value_before, lapsed, contraction, expansion, acquired, other, value_after, customers_after, closing_value FROM segment.value_bridge('ab', '2024-01-31', within => '1 month')$$,
$$VALUES ('A', 3::bigint, 180.00, 0.00, 20.00, 15.00, 0.00, 0.00, 175.00, 5::bigint, 178.33), ('B', 3, 17.77, 7.77, 0.00, 10.00, 0.00, 0.00, 20.00, 1, 50.00), ('new', 0, 0.00, 0.00, 0.00, 0.00, 33.33, 0.00, 33.33, 0, 0.00),
  ('removed', 0, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0, 0.00), ('unassigned', 0, 5.00, 0.00, 0.00, 0.00, 0.00, -2.50, 2.50, 0, 2.50)$$, 'what became of their value');
-- A: 3 worth 180, then 4 of those worth 145 (60 and 36.25 each); B: 2 worth 17.77, then 1 worth 50
SELECT results_eq($$SELECT segment, round(migration, 4), round(within_segment, 4), landed, removed, round(upgrade, 4), round(downgrade, 4) FROM segment.value_bridge('ab', '2024-01-31', within => '1 month') WHERE segment IN ('A', 'B')$$,
$$VALUES ('A', 48.1250, -83.1250, 33.33, 0.00, 0.0000, -51.1150), ('B', -29.4425, 61.6725, 0.00, 0.00, 102.2300, 0.0000)$$, 'by the midpoint');
SELECT results_eq($$SELECT sum(value_before), sum(closing_value), sum(volume + mix + rate), sum(migration + within_segment + landed - removed) FROM segment.value_bridge('ab', '2024-01-31', within => '1 month')$$,
    'VALUES (202.77, 230.83, 28.06000000, 28.06000000)', 'the rows sum to the tables');
SELECT is((SELECT sum(value_after) FROM segment.value_bridge('ab', '2024-01-31', within => '1 month')), (SELECT sum(total) FROM orders WHERE day >= '2024-02-01'), 'guests included');
SELECT is((SELECT sum(closing_value) FROM segment.value_bridge('ab', '2024-01-31', measure => 'margin', within => '1 month')), (SELECT sum(total - cost) FROM orders WHERE day >= '2024-02-01'), 'margin: revenue less cogs');
SELECT is((SELECT sum(value_before) FROM segment.migration('ab', '2024-01-31', measure => 'cogs', within => '1 month')), 106.00, 'any measure');
SELECT is((SELECT sum(value_before) FROM segment.migration('ab', '2024-01-31', '2024-02-01', basis => 'next', within => '10 days')), 150.00, 'the interval that follows');
SELECT results_eq($$SELECT * FROM segment.spend_shift('ab', '2024-01-31', within => '1 month')$$,
    $$VALUES ('A', 'above 8', 1::bigint, 0::bigint, 1::bigint, 0::bigint, 100.00, 80.00, 0.00, 20.00), ('A', 'unknown', 1, 1, 0, 0, 30.00, 45.00, 15.00, 0.00)$$, 'less and more without a move, by satisfaction');
SELECT results_eq($$SELECT DISTINCT satisfaction_band FROM segment.spend_shift('ab', '2024-01-31', bands => '{9.5}') ORDER BY 1$$, $$VALUES ('unknown'), ('up to 9.5')$$, 'other bands');

-- the same from the views, which value twelve months
SELECT results_eq($$SELECT from_segment, to_segment, customers, behaviour, manual, value_before, value_after FROM segment.migration WHERE scheme = 'ab' AND period_start = '2024-02-01'$$,
                  $$SELECT from_segment, to_segment, customers, behaviour, manual, value_before, value_after FROM segment.migration('ab', '2024-01-31')$$, 'the view of the month');
SELECT results_eq($$SELECT segment, value_before, lapsed, contraction, expansion, acquired, other, value_after, upgrade, downgrade, migration, within_segment, landed, removed, volume, mix, rate FROM segment.value_bridge WHERE scheme = 'ab' AND period_start = '2024-02-01'$$,
                  $$SELECT segment, value_before, lapsed, contraction, expansion, acquired, other, value_after, upgrade, downgrade, migration, within_segment, landed, removed, volume, mix, rate FROM segment.value_bridge('ab', '2024-01-31')$$, 'and of its bridge');

-- Outlook: of A two thirds stay; of B one third goes, two thirds become A; one comes to A
SELECT results_eq($$SELECT period, segment, round(customers::numeric, 6), round(value::numeric, 4) FROM segment.outlook('ab', 1, '2024-01-31', '2024-02-29')$$,
    $$VALUES (0, 'A', 5.000000, 291.6667), (0, 'B', 1.000000, 6.6667), (0, 'rest', 0.000000, 0.0000), (1, 'A', 5.000000, 291.6667), (1, 'B', 1.666667, 11.1111), (1, 'rest', 0.000000, 0.0000)$$, 'sizes and values expected');
SELECT results_eq($$SELECT period, round(sum(customers)::numeric, 6) FROM segment.outlook('ab', 2, '2024-01-31', '2024-02-29', entrants => false) GROUP BY 1 ORDER BY 1$$, 'VALUES (0, 6.000000), (1, 5.666667), (2, 5.111111)', 'nobody comes');
SELECT results_eq($$SELECT round(lifetime_value::numeric, 4) FROM segment.outlook('ab', 0, '2024-01-31', '2024-02-29', discount => 0.25) WHERE segment <> 'rest'$$,
    $$SELECT round(v::numeric, 4) FROM unnest(segment.markov_value(ARRAY[[2/3.0, 1/3.0], [2/3.0, 0]]::float8[], ARRAY[175/3.0, 20/3.0]::float8[], 0.25)) v$$, 'what a customer is worth');
SELECT is((SELECT lifetime_value FROM segment.outlook('ab', 0, '2024-01-31', '2024-02-29') WHERE segment = 'rest'), NULL, 'of nobody, nothing is known');
SELECT throws_ok($$SELECT * FROM segment.outlook('ab', -1)$$, '22023', NULL, 'a negative number of periods');
SELECT throws_ok($$SELECT * FROM segment.outlook('ab', 1, '2024-01-31', discount => -1)$$, '22023', NULL, 'a negative discount');
SELECT throws_ok($$SELECT segment.markov_value('{{0.5,0.6},{0,1}}', '{1,1}', 0.1)$$, '22023', NULL, 'more than certain');
SELECT throws_ok($$SELECT segment.markov_value('{{0.5,0.5,0},{0,1,0}}', '{1,1}', 0.1)$$, '22023', NULL, 'not square');
SELECT throws_ok($$SELECT segment.markov_value('{{1}}', '{1}', 0)$$, '22003', NULL, 'for ever, without discount');
SELECT is(segment.markov_value('{{1}}', '{1}', 0, 3), '{4}', 'but not in three periods');

SELECT is(segment.midpoint_effect(0, 0, 4, 10), 10::numeric, 'nobody before: all by number');
SELECT is((SELECT volume + mix + rate FROM segment.volume_mix_rate(3, 10, 7, 1, 11, 13)), -9.00000000, 'three parts sum, whatever the digits');
SELECT throws_ok('SELECT segment.midpoint_effect(-1, 0, 4, 10)', '22023', NULL, 'fewer than nobody');

-- What cannot be answered.
SELECT throws_ok($$SELECT * FROM segment.migration('no', '2024-01-31')$$, '42704', NULL, 'an unknown scheme');
SELECT throws_ok($$SELECT * FROM segment.migration('ab', '2024-01-31', measure => 'no')$$, '42704', NULL, 'an unknown measure');
SELECT throws_ok($$SELECT * FROM segment.migration('ab', '2024-02-29', '2024-01-31')$$, '22023', NULL, 'days out of order');
SELECT throws_ok($$SELECT * FROM segment.migration('ab', '2024-01-31', '2024-03-01')$$, '22023', NULL, 'a day to come');
SELECT throws_ok($$SELECT * FROM segment.migration('ab', '2023-12-31')$$, '22023', 'history of scheme "ab" begins on 2024-01-31', 'a day before the history');
SELECT throws_ok($$SELECT * FROM segment.migration('ab', '2024-01-31', basis => 'next')$$, '22023', NULL, 'an interval to come');
SELECT throws_ok($$SELECT * FROM segment.migration('ab', '2024-01-31', basis => 'no')$$, '22023', NULL, 'an unknown basis');
SELECT throws_ok($$SELECT * FROM segment.migration('ab', '2024-01-31', within => '-1 day')$$, '22023', NULL, 'no interval');
SELECT ok(NOT has_function_privilege('public', p.oid, 'EXECUTE'), 'PUBLIC may not ask') FROM (SELECT 'segment.migration(text, date, date, text, interval, text)'::regprocedure) p(oid);
CREATE ROLE few_nobody;
GRANT USAGE ON SCHEMA segment TO few_nobody;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA segment TO few_nobody;
SET ROLE few_nobody;
SELECT throws_ok($$SELECT * FROM segment.migration('ab', '2024-01-31')$$, '42501', NULL, 'nor does EXECUTE suffice');
RESET ROLE;
DROP OWNED BY few_nobody;
DROP ROLE few_nobody;

DROP SCHEMA few CASCADE;
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SELECT * FROM finish();
