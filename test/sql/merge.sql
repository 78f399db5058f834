\set ECHO none
-- Customers that are the same as another: events, segments, causes, and every way keys enter.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SET datestyle = 'ISO, YMD';
CREATE SCHEMA merge_shop;
SET search_path = merge_shop, public;
SET check_function_bodies = off;
SELECT plan(40);

CREATE TABLE customers (id int PRIMARY KEY, region text);
INSERT INTO customers SELECT n, 'north' FROM generate_series(1, 30) n;
CREATE TABLE orders (id int PRIMARY KEY, customer_id bigint, day date, total numeric(10, 2));
INSERT INTO orders SELECT n, 1 + n % 30, '2024-06-01'::date + n % 20, 10 FROM generate_series(1, 120) n;
CREATE INDEX ON orders (customer_id);
CREATE TABLE items (id int PRIMARY KEY, order_id int, cost numeric(10, 2));
INSERT INTO items SELECT n, n, 1 FROM generate_series(1, 120) n;
CREATE INDEX ON items (order_id);
CREATE FUNCTION hint_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN hint;
END $$;
CREATE FUNCTION moves(who int) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', coalesce(from_segment, '-'), '->', coalesce(to_segment, '-'), day, cause) FROM segment_data.spend_transition WHERE person_id = who ORDER BY seq $$;
CREATE FUNCTION is_now(who int) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', spend, spent, cost) FROM segment_data.person_segment JOIN segment_data.person_feature USING (person_id) WHERE person_id = who $$;
CREATE FUNCTION verdict() RETURNS text LANGUAGE sql AS $$ SELECT checked || ' ' || mismatched FROM segment.verify('person') $$;

SELECT segment.create_population('person', 'customers', key => 'id', timezone => 'UTC') \g /dev/null
SELECT segment.create_source('buys', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}') \g /dev/null
SELECT segment.create_source('lines', 'items', parent => 'buys', parent_key => 'order_id', measures => '{"cogs": "cost"}') \g /dev/null
SELECT segment.create_feature('spent', aggregate => 'sum', source => 'buys', measure => 'revenue', absent => 0) \g /dev/null
SELECT segment.create_feature('cost', aggregate => 'sum', source => 'lines', measure => 'cogs', absent => 0) \g /dev/null
SELECT segment.create_scheme('spend', objective => 'Know the good ones', population => 'person', default_segment => 'Rest') \g /dev/null
SELECT segment.create_segment('spend', 'Big', 'spent >= 80') \g /dev/null
SELECT segment.create_segment('spend', 'Some', 'spent > 0') \g /dev/null
CALL segment.refresh('person', as_of => '2024-06-20');
SELECT segment.activate('spend', backfill => false) \g /dev/null
CALL segment.refresh('person', as_of => '2024-06-20');
SELECT is(is_now(1), 'Some 40.00 4.00', 'before');

-- refusals
SELECT throws_ok($$SELECT segment.merge_customer(1, 1)$$, '22023', 'a customer cannot be merged into itself, directly or through others');
SELECT throws_ok($$SELECT segment.merge_customer(99, 1)$$, '02000', 'population "person" has no such customer');
SELECT throws_ok($$SELECT segment.merge_customer('x', '1')$$, '22P02');
SELECT throws_ok($$SELECT segment.merge_customer(1, 2, 'nobody')$$, '42704');
SELECT throws_ok($$SELECT segment.merge_customer(NULL, 2)$$, '22004');
SELECT throws_ok($$SELECT segment.unmerge_customer(2)$$, '02000', 'the customer has not been merged into another');

-- a merge
SELECT segment.merge_customer(1, 2) \g /dev/null
SELECT throws_ok($$SELECT segment.merge_customer(3, 2)$$, '42710', 'the customer has been merged into another already');
SELECT throws_ok($$SELECT segment.merge_customer(2, 1)$$, '22023', NULL, 'no cycle');
SELECT is(hint_of($$SELECT segment.merge_customer(2, 1)$$), 'Part them first with segment.unmerge_customer if the survivor is the wrong one.');
SELECT is(is_now(2), 'Some 40.00 4.00', 'nothing happens before a refresh');
SELECT is(segment.current('spend', 1), 'Big', 'but current() knows');
SELECT is(segment.current('spend', 2), 'Big', 'and for the duplicate gives the survivor''s');
SELECT is(verdict(), '29 0', 'and verify() leaves them out');
CALL segment.refresh('person', as_of => '2024-06-20');
SELECT is((SELECT customers FROM segment.refresh_log ORDER BY refresh_id DESC LIMIT 1), 2::bigint, 'two customers are looked at');
SELECT is(is_now(1), 'Big 80.00 8.00', 'the survivor has both customers'' events, of children too');
SELECT is(is_now(2), NULL, 'the duplicate is nowhere');
SELECT is_empty($$SELECT 1 FROM segment_data.person_buys_ledger WHERE person_id = 2 UNION ALL SELECT 1 FROM segment_data.person_lines_ledger WHERE person_id = 2$$, 'not in the ledgers either');
SELECT results_eq('SELECT moves(1)', ARRAY['Some -> Big 2024-06-20 merge'], 'the survivor''s move');
SELECT results_eq('SELECT moves(2)', ARRAY['Some -> - 2024-06-20 merge'], 'the end of the duplicate');
SELECT is_empty($$SELECT 1 FROM segment_data.spend_history WHERE person_id = 2 AND upper_inf(valid)$$, 'its history is closed');
SELECT is(verdict(), '30 0', 'verified');
SELECT is((SELECT raw FROM segment.explain('spend', 2) LIMIT 1), 'Big', 'explain() of the duplicate explains the survivor');

-- events and attributes of either, by whichever way they come
INSERT INTO orders VALUES (1001, 2, '2024-06-20', 5), (1002, 1, '2024-06-20', 5);
INSERT INTO items VALUES (1001, 1001, 2);
UPDATE customers SET region = 'south' WHERE id = 2;
CALL segment.refresh('person', as_of => '2024-06-20');
SELECT is(is_now(1) || ', ' || coalesce(is_now(2), 'none'), 'Big 90.00 10.00, none', 'a change of the duplicate''s events is the survivor''s');
SELECT is(verdict(), '30 0');
UPDATE items SET cost = 3 WHERE id = 1001;
CALL segment.refresh('person', as_of => '2024-06-20');
SELECT is(is_now(1), 'Big 90.00 11.00', 'also of a child''s');
CALL segment.rebuild(population => 'person');
SELECT is(is_now(1) || ', ' || coalesce(is_now(2), 'none') || ', ' || verdict(), 'Big 90.00 11.00, none, 30 0', 'a rebuild reads the same');

-- chains are flattened
SELECT segment.merge_customer(3, 1) \g /dev/null
SELECT segment.merge_customer('2', '4') \g /dev/null
SELECT segment.merge_customer(3, 500) \g /dev/null
SELECT results_eq('SELECT duplicate, survivor FROM segment_data.person_alias ORDER BY 1', 'VALUES (1, 3), (2, 3), (4, 3), (500, 3)', 'all stand for the last survivor');
INSERT INTO orders VALUES (1003, 500, '2024-06-20', 7), (1004, 5000000000, '2024-06-20', 7);
CALL segment.refresh('person', as_of => '2024-06-20');
SELECT is(is_now(3), 'Big 177.00 19.00', 'with the events of all, of one who was no customer too');
SELECT is(verdict(), '28 0');
SELECT is((SELECT count(*) FROM segment_data.person_segment), 27::bigint);

-- parting
SELECT segment.unmerge_customer(2) \g /dev/null
SELECT throws_ok($$SELECT segment.unmerge_customer(2)$$, '02000');
CALL segment.refresh('person', as_of => '2024-06-21');
SELECT is(is_now(2) || ', ' || is_now(3), 'Some 45.00 7.00, Big 132.00 12.00', 'each has its own again');
SELECT results_eq('SELECT moves(2)', ARRAY['Some -> - 2024-06-20 merge', '- -> Some 2024-06-21 merge'], 'and is back since that day');
SELECT is(verdict(), '29 0', 'verified, the gap in its history too');
UPDATE orders SET total = 100 WHERE id = 1001;
CALL segment.refresh('person', as_of => '2024-06-21');
SELECT is((SELECT m FROM moves(2) m OFFSET 2), 'Some -> Big 2024-06-21 data', 'later moves have causes of their own');
SELECT segment.merge_customer(3, 2) \g /dev/null
CALL segment.refresh('person', as_of => '2024-06-21');
SELECT is(coalesce(is_now(2), 'none') || ', ' || verdict(), 'none, 28 0', 'and merged once more');

-- a rolled back merge never was
BEGIN;
SELECT segment.merge_customer(7, 8) \g /dev/null
ROLLBACK;
CALL segment.refresh('person', as_of => '2024-06-21');
SELECT is(is_now(8), 'Some 40.00 4.00');

-- who may
CREATE ROLE merge_stranger;
GRANT USAGE ON SCHEMA segment TO merge_stranger;
GRANT EXECUTE ON FUNCTION segment.merge_customer(anyelement, anyelement, text), segment.unmerge_customer(text, text) TO merge_stranger;
SET ROLE merge_stranger;
SELECT throws_ok($$SELECT segment.merge_customer(5, 6)$$, '42501', NULL, 'strangers may not merge');
SELECT throws_ok($$SELECT segment.unmerge_customer('2')$$, '42501', NULL, 'nor part');
RESET ROLE;
SELECT * FROM finish();
DROP OWNED BY merge_stranger;
DROP ROLE merge_stranger;
