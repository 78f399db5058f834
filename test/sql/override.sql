\set ECHO none
-- Customers put into segments by hand: what the step makes of it, causes, expiry, who may and what is refused.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SET datestyle = 'ISO, YMD';
CREATE SCHEMA override_shop;
SET search_path = override_shop, public;
SELECT plan(49);

CREATE TABLE customers (id bigint PRIMARY KEY, region text);
INSERT INTO customers SELECT n, 'north' FROM generate_series(1, 6) n;
CREATE TABLE orders (customer_id bigint NOT NULL, day date NOT NULL, total numeric(10, 2) NOT NULL);
INSERT INTO orders SELECT n, '2024-06-20', n * 20 FROM generate_series(1, 6) n;
CREATE INDEX ON orders (customer_id);

CREATE FUNCTION hint_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN hint;
END $$;
SET check_function_bodies = off;
CREATE FUNCTION moves(who bigint) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', from_segment, '->', to_segment, day, cause) FROM segment_data.spend_transition WHERE buyer_id = who ORDER BY seq $$;
CREATE FUNCTION now_in(who bigint) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', spend, spend_raw, spend_since, coalesce(spend_override::text, '-')) FROM segment_data.buyer_segment WHERE buyer_id = who $$;
CREATE FUNCTION outcomes(who bigint) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT segment || ': ' || outcome FROM (SELECT DISTINCT ON (segment) * FROM segment.explain('spend', who)) e ORDER BY priority NULLS LAST $$;

SELECT segment.create_population('buyer', 'customers', key => 'id', timezone => 'UTC') \g /dev/null
SELECT segment.create_source('buys', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}', population => 'buyer') \g /dev/null
SELECT segment.create_feature('spent', aggregate => 'sum', source => 'buys', measure => 'revenue', population => 'buyer') \g /dev/null
SELECT segment.create_scheme('spend', objective => 'Know the good ones', population => 'buyer', default_segment => 'Rest') \g /dev/null
SELECT segment.create_segment('spend', 'Big', 'spent >= 100') \g /dev/null
SELECT segment.create_segment('spend', 'Some', 'spent >= 50') \g /dev/null

-- refusals
CALL segment.refresh('buyer', as_of => '2024-06-30');
SELECT throws_ok($$SELECT segment.override('spend', 1, 'Big', reason => 'friend')$$, '55000', 'scheme "spend" is not active');
SELECT segment.activate('spend', backfill => false) \g /dev/null
CALL segment.refresh('buyer', as_of => '2024-06-30');
SELECT throws_ok($$SELECT segment.override('spend', 1, 'Bigger', reason => 'friend')$$, '42704', 'scheme "spend" has no segment "Bigger" in the version in force');
SELECT is(hint_of($$SELECT segment.override('spend', 1, 'Bigger', reason => 'friend')$$), 'Its segments are: Big, Some, Rest.');
SELECT throws_ok($$SELECT segment.override('spend', 99, 'Big', reason => 'friend')$$, '02000', 'population "buyer" has no such customer');
SELECT throws_ok($$SELECT segment.override('spend', 'x', 'Big', reason => 'friend')$$, '22P02', NULL);
SELECT throws_ok($$SELECT segment.override('spend', 1, 'Big')$$, '22004', 'reason must not be null');
SELECT throws_ok($$SELECT segment.override('spend', 1, 'Big', reason => ' ')$$, '22023', 'an override needs a reason');
SELECT throws_ok($$SELECT segment.override('spend', 1, 'Big', until => '2024-06-29', reason => 'friend')$$, '22023', 'the override would end before it begins');
SELECT is(hint_of($$SELECT segment.override('spend', 1, 'Big', until => '2024-06-29', reason => 'friend')$$), $$until is the last day it holds: '2024-06-30'::date or later.$$);
SELECT throws_ok($$SELECT segment.lift_override('spend', 1)$$, '02000', 'the customer has no override in scheme "spend"');
SELECT throws_ok($$SELECT segment.override('nothing', 1, 'Big', reason => 'friend')$$, '42704', NULL);
SELECT is_empty('SELECT * FROM segment.overrides(''spend'')', 'nothing of it was kept');

-- into a segment, and back
SELECT segment.override('spend', 1, 'Big', reason => 'friend of the house') \g /dev/null
SELECT segment.override('spend', '2', 'Big', until => '2024-07-02', reason => 'trial') \g /dev/null
SELECT is(now_in(1), 'Rest Rest 2024-06-30 -', 'nothing before a refresh');
SELECT results_eq('SELECT outcomes(1)', $$VALUES ('Big: does not hold'), ('Some: does not hold'), ('Rest: assigned since 2024-06-30')$$, 'nor in what is explained');
CALL segment.refresh('buyer', as_of => '2024-06-30');
SELECT is((SELECT customers FROM segment.refresh_log ORDER BY refresh_id DESC LIMIT 1), 2::bigint, 'the refresh looks at the two alone');
SELECT is(now_in(1), 'Big Rest 2024-06-30 true', 'raw stays what the rules say');
SELECT results_eq('SELECT moves(1)', ARRAY['Rest -> Big 2024-06-30 manual'], 'the cause of the move is manual');
SELECT is(now_in(3), 'Some Some 2024-06-30 -', 'nobody else is concerned');
SELECT results_eq('SELECT outcomes(1)', $$VALUES ('Big: assigned since 2024-06-30, override by postgres: friend of the house'), ('Some: does not hold'), ('Rest: holds, but an override comes first')$$, 'explain says who and why');
SELECT is((SELECT outcomes(2) LIMIT 1), 'Big: assigned since 2024-06-30, override by postgres until 2024-07-02: trial', 'and until when');

-- rules change beneath an override without moving anyone
INSERT INTO orders VALUES (1, '2024-07-01', 40);
CALL segment.refresh('buyer', as_of => '2024-07-01');
SELECT is(now_in(1), 'Big Some 2024-06-30 true', 'data changes raw alone');
SELECT results_eq('SELECT moves(1)', ARRAY['Rest -> Big 2024-06-30 manual'], 'which is no move');
INSERT INTO orders VALUES (1, '2024-07-01', 80);
CALL segment.refresh('buyer', as_of => '2024-07-01');
SELECT is((SELECT outcomes(1) LIMIT 1), 'Big: assigned since 2024-06-30, also an override by postgres: friend of the house', 'rules and override may agree');
SELECT segment.lift_override('spend', 1) \g /dev/null
CALL segment.refresh('buyer', as_of => '2024-07-01');
SELECT is(now_in(1), 'Big Big 2024-06-30 -', 'then lifting it moves nobody either');

-- expiry, with days missed on the way
CALL segment.refresh('buyer', as_of => '2024-07-02');
SELECT is(now_in(2), 'Big Rest 2024-06-30 true', 'until is the last day');
CALL segment.refresh('buyer', as_of => '2024-07-05');
SELECT is(now_in(2), 'Rest Rest 2024-07-03 -', 'the day after decides by the rules, found by the catch-up');
SELECT results_eq('SELECT moves(2)', ARRAY['Rest -> Big 2024-06-30 manual', 'Big -> Rest 2024-07-03 manual'], 'the end of an override is manual too');
SELECT results_eq($$SELECT segment, valid, cause FROM segment_data.spend_history WHERE buyer_id = 2 ORDER BY valid$$,
    $$VALUES ('Big', '[2024-06-30,2024-07-03)'::daterange, 'manual'), ('Rest', '[2024-07-03,)', 'manual')$$, 'history has both');
INSERT INTO orders VALUES (2, '2024-07-05', 30);
CALL segment.refresh('buyer', as_of => '2024-07-05');
SELECT is((SELECT moves(2) OFFSET 2), 'Rest -> Some 2024-07-05 data', 'later moves have causes of their own');

-- another override takes the place of the first
SELECT segment.override('spend', 3, 'Big', reason => 'one') \g /dev/null
SELECT segment.override('spend', 3, 'Rest', until => 'infinity', reason => 'two') \g /dev/null
SELECT results_eq($$SELECT customer, segment, since, until, reason, author, in_force, lifted_on FROM segment.overrides('spend') WHERE customer = '3'$$,
    $$VALUES ('3', 'Big', date '2024-07-05', NULL::date, 'one', 'postgres', false, date '2024-07-05'), ('3', 'Rest', '2024-07-05', NULL, 'two', 'postgres', true, NULL)$$, 'all are listed');
CALL segment.refresh('buyer', as_of => '2024-07-05');
SELECT is(now_in(3), 'Rest Some 2024-07-05 true', 'the last one holds');
SELECT segment.lift_override('spend', 3) \g /dev/null
CALL segment.refresh('buyer', as_of => '2024-07-05');
SELECT is(now_in(3), 'Some Some 2024-06-30 -', 'lifted on the same day it never was a segment at a day''s end');
SELECT is((SELECT array_agg(m) FROM moves(3) m), ARRAY['Some -> Rest 2024-07-05 manual', 'Rest -> Some 2024-07-05 manual'], 'both moves are manual');

-- a transaction that is rolled back leaves nothing
BEGIN;
SELECT segment.override('spend', 4, 'Big', reason => 'oops') \g /dev/null
ROLLBACK;
CALL segment.refresh('buyer', as_of => '2024-07-05');
SELECT is(now_in(4), 'Some Some 2024-06-30 -', 'rolled back, no override');

-- a later version without the segment lets the override sleep
SELECT segment.override('spend', 5, 'Some', reason => 'keep') \g /dev/null
CALL segment.refresh('buyer', as_of => '2024-07-05');
SELECT is(now_in(5), 'Some Big 2024-07-05 true');
SELECT segment.drop_segment('spend', 'Some') \g /dev/null
SELECT segment.activate('spend') \g /dev/null
SELECT is(now_in(5), 'Big Big 2024-06-30 -', 'nobody is in a segment there is not');
SELECT segment.create_segment('spend', 'Some', 'spent >= 50') \g /dev/null
SELECT segment.activate('spend') \g /dev/null
SELECT is(now_in(5), 'Some Big 2024-07-05 true', 'it wakes when the segment is back, by the activation itself');
SELECT is((SELECT m FROM moves(5) WITH ORDINALITY AS m(m, n) ORDER BY n DESC LIMIT 1), 'Big -> Some 2024-07-05 manual');

-- the shortest stay counts for an override's segment as for any other
SELECT segment.alter_scheme('spend', min_dwell => '10 days') \g /dev/null
SELECT segment.activate('spend') \g /dev/null
CALL segment.refresh('buyer', as_of => '2024-07-06');
SELECT segment.override('spend', 6, 'Rest', reason => 'unpaid bills') \g /dev/null
CALL segment.refresh('buyer', as_of => '2024-07-06');
SELECT is(now_in(6), 'Rest Big 2024-07-06 true', 'an override does not wait for min_dwell');
SELECT segment.lift_override('spend', 6) \g /dev/null
CALL segment.refresh('buyer', as_of => '2024-07-07');
SELECT is(now_in(6), 'Rest Big 2024-07-06 -', 'lifted, the stay goes on until min_dwell is over');
CALL segment.refresh('buyer', as_of => '2024-07-16');
SELECT is(now_in(6), 'Big Big 2024-07-16 -', 'and ends then');

-- the view of what is evaluated agrees with what is stored
SELECT results_eq('SELECT buyer_id, spend, "spend.raw" FROM segment_data.buyer_evaluation ORDER BY 1', 'SELECT buyer_id, spend, spend_raw FROM segment_data.buyer_segment ORDER BY 1', 'the view obeys overrides too');

-- a preview shows what an activation would do, overrides and shortest stays included
SELECT segment.override('spend', 1, 'Big', reason => 'friend') \g /dev/null
CALL segment.refresh('buyer', as_of => '2024-07-17');
SELECT results_eq($$SELECT sum(entering), sum(leaving) FROM segment.preview('spend')$$, $$VALUES (0::numeric, 0::numeric)$$, 'where nothing changed nobody moves, whoever is there by hand');
SELECT segment.override('spend', 4, 'Rest', reason => 'foe') \g /dev/null
SELECT results_eq($$SELECT segment, entering FROM segment.preview('spend') WHERE entering > 0$$, $$VALUES ('Rest', 1::bigint)$$, 'one who was put there since the last refresh enters');
SELECT segment.alter_segment('spend', 'Big', rule => 'spent >= 1000') \g /dev/null
CREATE TABLE previewed AS SELECT * FROM segment.preview('spend');
SELECT cmp_ok((SELECT sum(entering) FROM previewed), '<', (SELECT count(*)::numeric FROM segment_data.buyer_evaluation WHERE spent < 1000 AND spend = 'Big') + 1, 'min_dwell keeps some where they are');
SELECT segment.activate('spend') \g /dev/null
SELECT results_eq('SELECT segment, customers FROM previewed WHERE customers > 0 ORDER BY 1', 'SELECT spend, count(*) FROM segment_data.buyer_segment GROUP BY 1 ORDER BY 1', 'then everyone is where the preview said');

-- who may
CREATE ROLE override_stranger;
GRANT USAGE ON SCHEMA segment TO override_stranger;
GRANT EXECUTE ON FUNCTION segment.override(text, anyelement, text, date, text), segment.lift_override(text, text), segment.overrides(text) TO override_stranger;
SET ROLE override_stranger;
SELECT throws_ok($$SELECT segment.override('spend', 1, 'Big', reason => 'friend')$$, '42501', NULL, 'strangers may not override');
SELECT throws_ok($$SELECT segment.lift_override('spend', '5')$$, '42501', NULL, 'nor lift');
SELECT throws_ok($$SELECT * FROM segment.overrides('spend')$$, '42501', NULL, 'nor read');
RESET ROLE;
SELECT * FROM finish();
DROP OWNED BY override_stranger;
DROP ROLE override_stranger;
