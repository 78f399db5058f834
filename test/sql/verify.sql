\set ECHO none
-- Stored results against a recomputation: true when they are right, false with names when anything differs.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SET datestyle = 'ISO, YMD';
CREATE SCHEMA verify_shop;
SET search_path = verify_shop, public;
SET check_function_bodies = off;
SELECT plan(41);

CREATE TABLE customers (id text PRIMARY KEY, region text, joined date, score numeric, scored date);
INSERT INTO customers SELECT 'c' || n, CASE WHEN n % 2 = 0 THEN 'north' END, '2024-01-01', n, '2024-06-01' FROM generate_series(1, 300) n;
CREATE TABLE orders (id int PRIMARY KEY, customer_id text, day date, total numeric(10, 2), channel text);
INSERT INTO orders SELECT n, 'c' || (1 + n * 7 % 299), '2024-01-01'::date + n % 180, n % 90, 'ch' || n % 3 FROM generate_series(1, 3000) n;
INSERT INTO orders VALUES (9001, NULL, '2024-03-01', 5, 'web'), (9002, 'nobody', '2024-03-01', 7, 'web');
CREATE INDEX ON orders (customer_id);
CREATE TABLE items (id int PRIMARY KEY, order_id int, cost numeric(10, 2));
INSERT INTO items SELECT n, 1 + n % 2999, 0.5 FROM generate_series(1, 5000) n;
INSERT INTO items VALUES (9001, 999999, 3);
CREATE INDEX ON items (order_id);

CREATE FUNCTION verdict(sample int DEFAULT NULL) RETURNS text LANGUAGE sql AS $$ SELECT checked || ' ' || mismatched FROM segment.verify('member', sample) $$;
CREATE FUNCTION found() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws('|', coalesce(customer, 'NULL'), what, coalesce(stored, '-'), coalesce(recomputed, '-')) FROM segment.verify_detail('member') ORDER BY concat_ws('|', customer, what) COLLATE "C" $$;
SELECT segment.create_population('member', 'customers', key => 'id', key_name => 'member', since => 'joined', timezone => 'UTC') \g /dev/null
SELECT segment.create_source('buys', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}', dimension => 'channel', purchase => 'total > 0') \g /dev/null
SELECT segment.create_source('lines', 'items', parent => 'buys', parent_key => 'order_id', measures => '{"cogs": "cost"}') \g /dev/null
SELECT segment.create_feature('spent', aggregate => 'sum', source => 'buys', measure => 'revenue', within => '60 days'),
       segment.create_feature('cost', aggregate => 'sum', source => 'lines', measure => 'cogs'),
       segment.create_feature('region', attribute => 'region'),
       segment.create_feature('grade', attribute => 'score', dated_by => 'scored', valid_for => '40 days') \g /dev/null
SELECT throws_ok($$SELECT * FROM segment.verify('member')$$, '55000', NULL, 'nothing to verify before a refresh');
CALL segment.refresh('member', as_of => '2024-06-28');
SELECT segment.create_scheme('worth', objective => 'Know who is worth what', population => 'member', default_segment => 'Rest') \g /dev/null
SELECT segment.create_segment('worth', 'High', 'spent >= 120'), segment.create_segment('worth', 'Graded', $$grade > 250 OR region = 'north'$$) \g /dev/null
SELECT segment.create_scheme('slow', objective => 'The same, unhurried', population => 'member', default_segment => 'Rest', min_dwell => '7 days') \g /dev/null
SELECT segment.create_segment('slow', 'High', 'spent >= 120') \g /dev/null
SELECT segment.activate('worth'), segment.activate('slow') \g /dev/null
SELECT is(verdict(), '302 0', 'right after an activation the ledgers are what they were');
CALL segment.refresh('member', as_of => '2024-06-29');
SELECT is(verdict(), '302 0', 'everyone, the unknown key and the events without one; nothing differs');
SELECT is(verdict(50), '50 0', 'a sample');
SELECT is(verdict(100000), '300 0', 'a sample is of customers');
SELECT throws_ok($$SELECT * FROM segment.verify('member', 0)$$, '22023', 'sample is not a number of customers');
SELECT throws_ok($$SELECT * FROM segment.verify('strangers')$$, '42704');

-- what changed since is left out, and what a refresh then makes of it is right
INSERT INTO orders VALUES (9003, 'c1', '2024-06-29', 500, 'web'), (9004, 'c2', '2024-06-29', 1, 'web');
UPDATE items SET cost = 9 WHERE id = 10;
SELECT is(verdict(), '299 0', 'customers of unseen changes are not compared');
CALL segment.refresh('member', as_of => '2024-06-29');
SELECT is(verdict(), '302 0');
CALL segment.refresh('member', as_of => '2024-07-03');
UPDATE customers SET region = 'south' WHERE id < 'c15';
DELETE FROM customers WHERE id IN ('c77', 'c78');
INSERT INTO customers VALUES ('new', 'north', '2024-07-01');
CALL segment.refresh('member', as_of => '2024-07-10');
SELECT is(verdict(), '303 0', 'after days, attributes, arrivals and departures');
CALL segment.rebuild('buys', 'member');
SELECT is(verdict(), '303 0', 'after a rebuild');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT is(verdict(), '303 0', 'in the snapshot of a transaction');
INSERT INTO orders VALUES (9005, 'c3', '2024-06-29', 500, 'web');
SELECT throws_ok('SELECT verdict()', '25001', 'this transaction has changed mapped relations itself');
ROLLBACK;

-- each kind of damage is found and named
CREATE FUNCTION damaged(damage text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE lines text[];
BEGIN
    BEGIN
        EXECUTE damage;
        SELECT array_agg(f) INTO lines FROM found() f;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'ZZ001';
    EXCEPTION WHEN SQLSTATE 'ZZ001' THEN NULL;
    END;
    RETURN QUERY SELECT unnest(lines);
END $$;
SELECT is_empty($$SELECT found()$$, 'no details when nothing differs');
SELECT results_eq($$SELECT damaged('UPDATE segment_data.member_feature SET spent = 1 WHERE member = ''c5''')$$, $$SELECT 'c5|feature spent|1|' || spent FROM segment_data.member_feature WHERE member = 'c5'$$, 'a feature');
SELECT results_eq($$SELECT damaged('UPDATE segment_data.member_feature SET region = ''east'' WHERE member = ''c4''')$$, $$VALUES ('c4|attribute region|east|north')$$, 'an attribute');
SELECT results_eq($$SELECT damaged('UPDATE segment_data.member_feature SET grade_value = 1 WHERE member = ''c4''')$$, $$VALUES ('c4|attribute grade_value|1|4'), ('c4|feature grade|4|1')$$, 'a dated one, and what follows from it');
SELECT results_eq($$SELECT damaged('UPDATE segment_data.member_feature SET since = NULL WHERE member = ''c4''')$$, $$VALUES ('c4|attribute since|-|2024-01-01'), ('c4|entry_day|2024-01-01|2024-01-26')$$, 'since, and what follows from it');
SELECT results_eq($$SELECT damaged('UPDATE segment_data.member_feature SET as_of = ''2024-07-09'' WHERE member = ''c4''')$$, $$VALUES ('c4|as_of|2024-07-09|2024-07-10')$$, 'the day');
SELECT is((SELECT array_agg(split_part(d, '|', 1) || ' ' || split_part(d, '|', 2)) FROM damaged($$UPDATE segment_data.member_buys_ledger l SET ledger = o.ledger FROM segment_data.member_buys_ledger o WHERE l.member = 'c1' AND o.member = 'c2'$$) d)
    @> ARRAY['c1 ledger buys'], true, 'a ledger');
SELECT is((SELECT array_agg(split_part(d, '|', 1) || ' ' || split_part(d, '|', 2) || ' ' || (split_part(d, '|', 3) = '-')) FROM damaged($$DELETE FROM segment_data.member_lines_ledger l WHERE l.member = 'c1'$$) d)
    @> ARRAY['c1 ledger lines true', 'c1 feature cost false'], true, 'one that is missing, with what followed from it');
SELECT is((SELECT array_agg(split_part(d, '|', 1) || ' ' || split_part(d, '|', 2) || ' ' || (split_part(d, '|', 4) = '-')) FROM damaged($$INSERT INTO segment_data.member_lines_ledger SELECT 'ghost', ledger FROM segment_data.member_lines_ledger WHERE member = 'c1'$$) d),
    ARRAY['ghost ledger lines true'], 'one too many');
SELECT is((SELECT array_agg(split_part(d, '|', 1) || ' ' || split_part(d, '|', 2)) FROM damaged($$DELETE FROM segment_data.member_buys_ledger l WHERE l.member IS NULL$$) d),
    ARRAY['NULL ledger buys'], 'that of the events without a customer');
SELECT results_eq($$SELECT damaged('DELETE FROM segment_data.member_feature WHERE member = ''c9''')$$, $$VALUES ('c9|customer|-|there')$$, 'a customer who is missing');
SELECT results_eq($$SELECT damaged('INSERT INTO segment_data.member_feature (member) VALUES (''ghost'')') LIMIT 1$$, $$VALUES ('ghost|as_of|-|2024-07-10')$$, 'one who is not in the population');
SELECT results_eq($$SELECT damaged('DELETE FROM segment_data.member_segment WHERE member = ''c9''') OFFSET 2$$, $$VALUES ('c9|row of segments|-|there')$$, 'segments that are missing');
SELECT results_eq($$SELECT damaged('UPDATE segment_data.member_segment SET worth_raw = ''?'' WHERE member = ''c10''')$$, $$SELECT 'c10|raw worth|?|' || worth_raw FROM segment_data.member_segment WHERE member = 'c10'$$, 'raw');
SELECT results_eq($$SELECT damaged('UPDATE segment_data.member_segment SET worth = ''?'' WHERE member = ''c10''')$$,
    $$SELECT unnest(ARRAY['c10|history worth|' || worth || ' since ' || worth_since || '|? since ' || worth_since, 'c10|segment worth|?|' || worth]) FROM segment_data.member_segment WHERE member = 'c10'$$, 'a segment');
SELECT results_eq($$SELECT damaged('UPDATE segment_data.member_segment SET slow = ''?'', slow_since = ''2024-01-01'' WHERE member = ''c10''') OFFSET 1$$,
    $$SELECT 'c10|segment slow|?|' || slow_raw FROM segment_data.member_segment WHERE member = 'c10'$$, 'one that the step would have let go');
SELECT results_eq($$SELECT damaged('UPDATE segment_data.member_segment SET worth_version = 7 WHERE member = ''c10''')$$, $$VALUES ('c10|version worth|7|1')$$, 'a version');
SELECT results_eq($$SELECT damaged('UPDATE segment_data.member_segment SET worth_since = ''2024-07-08'' WHERE member = ''c10''')$$,
    $$SELECT 'c10|history worth|' || worth || ' since ' || worth_since || '|' || worth || ' since 2024-07-08' FROM segment_data.member_segment WHERE member = 'c10'$$, 'since when');
SELECT results_eq($$SELECT damaged('UPDATE segment_data.worth_history SET valid = daterange(''2023-01-01'', ''2023-01-05'') WHERE member = ''c10'' AND lower(valid) = (SELECT min(lower(valid)) FROM segment_data.worth_history WHERE member = ''c10'')
                                      AND NOT upper_inf(valid)')$$, $$VALUES ('c10|history worth|gaps, overlaps or repetitions|-')$$, 'a gap in the past');
SELECT results_eq($$SELECT damaged('DELETE FROM segment_data.slow_history WHERE member = ''c10'' AND upper_inf(valid)')$$,
    $$SELECT 'c10|history slow|-|' || slow || ' since ' || slow_since FROM segment_data.member_segment WHERE member = 'c10'$$, 'no row for the present');
SELECT is(verdict(), '303 0', 'all of it was undone');

-- what no trigger saw is found, and rebuilt
ALTER TABLE orders DISABLE TRIGGER ALL;
UPDATE orders SET total = total + 1 WHERE customer_id = 'c20';
ALTER TABLE orders ENABLE TRIGGER ALL;
SET client_min_messages = notice;
SELECT verdict() \g /dev/null
SET client_min_messages = warning;
SELECT is(verdict(), '303 0', 'a source whose capture was tampered with is not compared');
CALL segment.rebuild('buys', 'member');
SELECT is((SELECT sum(total) FROM orders WHERE customer_id = 'c20' AND day > '2024-05-11'), (SELECT spent FROM segment_data.member_feature WHERE member = 'c20'), 'a rebuild reads what was not seen');
BEGIN;
SELECT throws_ok($$CALL segment.rebuild('buys', 'member')$$, '25001', NULL, 'not in a transaction block');
ROLLBACK;
SELECT segment.create_feature('orders_60d', aggregate => 'count', source => 'buys', within => '60 days') \g /dev/null
SELECT is(verdict(), '303 0', 'a feature not yet evaluated is no mismatch');
CALL segment.refresh('member', as_of => '2024-07-10');
SELECT is(verdict(), '303 0');
-- who is in quarantine is left out
ALTER TABLE orders ALTER COLUMN total TYPE numeric(20, 2);
CALL segment.refresh('member', as_of => '2024-07-10');
INSERT INTO orders VALUES (9100, 'c30', '2024-07-10', 90000000000000000, 'web'), (9101, 'c30', '2024-07-10', 90000000000000000, 'web');
CALL segment.refresh('member', as_of => '2024-07-10');
SELECT results_eq($$SELECT DISTINCT customer FROM segment.quarantined$$, $$VALUES ('c30')$$);
SELECT is(verdict(), '302 0', 'who is in quarantine is not compared');
SELECT * FROM finish();
