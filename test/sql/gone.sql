\set ECHO none
-- What is dropped under a population's feet: a clear error wherever it is missed, no more, and a way back.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = error;
\set SHOW_CONTEXT never
SELECT plan(20);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SET segment.clock = '2024-06-10 10:00+00';
CREATE SCHEMA gone_shop;
SET search_path = gone_shop, public;
CREATE TABLE customers (id int PRIMARY KEY);
INSERT INTO customers SELECT generate_series(1, 6);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, at date, total int);
CREATE INDEX ON orders (customer_id);
INSERT INTO orders SELECT n, n, '2024-06-01', n FROM generate_series(1, 6) n;
CREATE TABLE items (order_id int, cost int);
CREATE INDEX ON items (order_id);
INSERT INTO items SELECT n, n FROM generate_series(1, 6) n;
SELECT segment.create_population('p', 'customers', key => 'id', timezone => 'UTC'),
       segment.create_source('o', 'orders', customer => 'customer_id', occurred_at => 'at', measures => '{"spent": "total"}') \g /dev/null
SELECT segment.create_source('i', 'items', parent => 'o', parent_key => 'order_id', measures => '{"cost": "cost"}'),
       segment.create_feature('spent', aggregate => 'sum', source => 'o', measure => 'spent') \g /dev/null
SELECT segment.create_feature('cost', aggregate => 'sum', source => 'i', measure => 'cost') \g /dev/null
CALL segment.refresh('p');
SELECT segment.create_scheme(n, objective => 'x', default_segment => 'Small') FROM unnest(ARRAY['spends', 'costs']) n \g /dev/null
SELECT segment.create_segment('spends', 'Big', 'spent > 3'), segment.create_segment('costs', 'Big', 'cost > 3') \g /dev/null
SELECT segment.activate(n, backfill => false) FROM unnest(ARRAY['spends', 'costs']) n \g /dev/null
CALL segment.refresh('p');
SELECT is(segment.current('costs', 5), 'Big', 'at first');

-- slots of a change log
DROP TABLE segment_data.p_o_log_0, segment_data.p_o_log_1, segment_data.p_o_log_2;
UPDATE orders SET total = 100 WHERE id = 2;
CALL segment.refresh('p');
SELECT is(spent, 100::numeric, 'without its log a relation is read whole') FROM segment_data.p_feature WHERE p_id = 2;
SELECT is(reason, 'there is no change log', 'which it says') FROM segment.capture_status('p') WHERE source = 'o';
SELECT is((SELECT mismatched FROM segment.verify('p')), 0::bigint, 'verify compares');
SELECT lives_ok($$SELECT segment.repair_capture('p')$$, 'it is made again');
UPDATE orders SET total = 101 WHERE id = 2;
CALL segment.refresh('p');
SELECT is(spent, 101::numeric, 'and written') FROM segment_data.p_feature WHERE p_id = 2;
SELECT is(bool_and(captured), true, 'all is captured') FROM segment.capture_status('p');
DROP TABLE segment_data.p_o_log_0, segment_data.p_o_log_1, segment_data.p_o_log_2, segment_data.p_o_log_3;
UPDATE orders SET total = 102 WHERE id = 2;
SELECT segment.repair_capture('p') \g /dev/null
CALL segment.refresh('p');
SELECT is(spent, 102::numeric, 'what was changed before nobody lost') FROM segment_data.p_feature WHERE p_id = 2;

-- a relation that one scheme reads, and another does not
DROP TABLE items;
CALL segment.refresh('p');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '42P01', 'a source''s relation: a refresh');
SELECT throws_ok($$SELECT * FROM segment.verify('p')$$, '42P01', NULL, 'verify()');
SELECT throws_ok($$SELECT segment.current('costs', 5)$$, '42P01', 'the relation that source "i" is mapped on is gone', 'current() of who reads it');
SELECT is(segment.current('spends', 5), 'Big', 'of who does not, it answers');
SELECT cmp_ok((SELECT count(*) FROM segment.explain('costs', 5)), '>', 0::bigint, 'as does explain(), from what is stored');
SELECT cmp_ok((SELECT count(*) FROM segment.check_sources()), '>', 0::bigint, 'check_sources() says so');

-- everything
DROP TABLE customers, orders;
CALL segment.refresh('p');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '42P01', 'all relations: a refresh');
SELECT throws_ok($$SELECT * FROM segment.verify('p')$$, '42P01', NULL, 'verify()');
SELECT throws_ok($$SELECT segment.current('spends', 5)$$, '42P01', NULL, 'current()');
SELECT is(bool_or(captured), false, 'nothing is captured') FROM segment.capture_status('p');
SELECT lives_ok($$SELECT segment.repair_capture('p')$$, 'nor repaired');
SELECT cmp_ok((SELECT count(*) FROM segment.explain('spends', 5)), '>', 0::bigint, 'what is stored stays');
RESET search_path;
SELECT * FROM finish();
