\set ECHO none
-- Keys that can be spelled in several ways, and texts that a collation takes for equal: who is one customer, and that
-- reading the few who changed says the same as reading everyone.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = error;
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';
SELECT plan(18);
CREATE SCHEMA key_shop;
SET search_path = key_shop, public;
SET segment.clock = '2024-06-10 10:00+00';
SET check_function_bodies = off;
CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);

-- Two customers with an order each.
CREATE PROCEDURE shop(key text, event_key text, first text, second text) LANGUAGE plpgsql AS $$
BEGIN
    DROP EXTENSION segment CASCADE;
    CREATE EXTENSION segment;
    DROP TABLE IF EXISTS customers, orders;
    EXECUTE format('CREATE TABLE customers (id %s PRIMARY KEY, region text)', key);
    EXECUTE format('CREATE TABLE orders (customer_id %s, at date, total numeric)', event_key);
    CREATE INDEX ON orders (customer_id);
    EXECUTE format('INSERT INTO customers VALUES (%L, ''a''), (%L, ''a'')', first, second);
    EXECUTE format('INSERT INTO orders VALUES (%L, ''2024-06-01'', 1), (%L, ''2024-06-01'', 2)', first, second);
    PERFORM segment.create_population('p', 'customers', key => 'id', timezone => 'UTC');
    PERFORM segment.create_source('o', 'orders', customer => 'customer_id', occurred_at => 'at',
                                  measures => '{"spent": {"expression": "total", "scale": 2}}');
    PERFORM segment.create_feature('spent', aggregate => 'sum', source => 'o', measure => 'spent', absent => 0);
    PERFORM segment.create_feature('region', attribute => 'region');
END $$;
-- One more order of the first, its key spelled otherwise; the second moves.
CREATE PROCEDURE change(again text, second text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO orders VALUES (%L, ''2024-06-02'', 10)', again);
    EXECUTE format('UPDATE customers SET region = ''b'' WHERE id = %L', second);
END $$;
CREATE FUNCTION result() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(rtrim(p_id::text) || ' ' || spent || ' ' || region, ', ' ORDER BY spent) || '; ' ||
        (SELECT checked || ' checked, ' || mismatched || ' differ' FROM segment.verify('p')) FROM segment_data.p_feature $$;

CALL shop('numeric', 'numeric', '1.0', '2');
CALL segment.refresh('p');
CALL change('1.00', '2');
CALL segment.refresh('p');
SELECT is(result(), '2 2.00 b, 1.0 11.00 a; 3 checked, 0 differ', 'numeric: 1.00 is 1.0');
-- Set aside by an event that spells the key otherwise, and seen by a scheme that reads an attribute alone.
SELECT segment.create_scheme('v', objective => 'x', default_segment => 'elsewhere') \g /dev/null
SELECT segment.create_segment('v', 'there', 'region = ''b''') \g /dev/null
SELECT segment.activate('v', backfill => false) \g /dev/null
INSERT INTO orders VALUES (1.00, '2024-06-03', 1.2345), (2.0, '2024-06-03', 1);
UPDATE customers SET region = 'b';
CALL segment.refresh('p');
SELECT results_eq('SELECT key FROM segment.quarantine', ARRAY['1.0'], 'who is set aside is named as the customer''s own row does');
SELECT results_eq('SELECT p_id::text, v FROM segment_data.p_segment ORDER BY 1', $$VALUES ('1.0', 'elsewhere'), ('2', 'there')$$, 'and keeps the segment');
DELETE FROM orders WHERE total = 1.2345;
CALL segment.refresh('p');
SELECT results_eq('SELECT p_id::text, v FROM segment_data.p_segment ORDER BY 1', $$VALUES ('1.0', 'there'), ('2', 'there')$$, 'until it is cured');
SELECT is_empty('SELECT key FROM segment.quarantine', 'nobody is left there');

CALL shop('float8', 'float8', '0', 'NaN');
CALL segment.refresh('p');
CALL change('-0', 'NaN');
CALL segment.refresh('p');
SELECT is(result(), 'NaN 2.00 b, 0 11.00 a; 3 checked, 0 differ', 'float8: -0 is 0, NaN is NaN');

CALL shop('char(5)', 'text', 'ab', 'cd');
CALL segment.refresh('p');
CALL change('ab  ', 'cd');
CALL segment.refresh('p');
SELECT is(result(), 'cd 2.00 b, ab 11.00 a; 3 checked, 0 differ', 'character: blanks at the end are none');

CALL shop('text', 'char(7)', 'ab', 'cd');
CALL segment.refresh('p');
CALL change('ab  ', 'cd');
CALL segment.refresh('p');
SELECT is(result(), 'cd 2.00 b, ab 11.00 a; 3 checked, 0 differ', 'nor in events');

CALL shop('interval', 'interval', '1 day', '2 days');
CALL segment.refresh('p');
CALL change('24 hours', '2 days');
CALL segment.refresh('p');
SELECT is(result(), '2 days 2.00 b, 1 day 11.00 a; 3 checked, 0 differ', 'interval: 24 hours are a day');

CALL shop('jsonb', 'jsonb', '{"a": 1}', '2');
CALL segment.refresh('p');
CALL change('{"a": 1.0}', '2');
CALL segment.refresh('p');
SELECT is(result(), '2 2.00 b, {"a": 1} 11.00 a; 3 checked, 0 differ', 'jsonb: 1.0 is 1');

CALL shop('int2', 'int8', '1', '2');
CALL segment.refresh('p');
CALL change('70000', '2');
CALL segment.refresh('p');
SELECT is(result(), '1 1.00 a, 2 2.00 b; 3 checked, 0 differ', 'a number too large for a key is nobody''s');

CALL shop('date', 'date', '4714-11-24 BC', 'infinity');
CALL segment.refresh('p');
CALL change('4714-11-24 BC', 'infinity');
CALL segment.refresh('p');
SELECT is(result(), 'infinity 2.00 b, 4714-11-24 BC 11.00 a; 3 checked, 0 differ', 'the ends of time');

CALL shop('text COLLATE loose', 'text COLLATE loose', 'A', 'b');
CALL segment.refresh('p');
CALL change('a', 'b');
CALL segment.refresh('p');
SELECT is(result(), 'A 1.00 a, b 2.00 b; 4 checked, 0 differ', 'a collation that takes a for A: they are two keys all the same');

CALL shop('text COLLATE loose', 'text', 'A', 'b');
CALL segment.refresh('p');
CALL change('a', 'b');
CALL segment.refresh('p');
SELECT is(result(), 'A 1.00 a, b 2.00 b; 4 checked, 0 differ', 'of the customers alone');

CALL shop('text', 'text COLLATE loose', 'A', 'b');
CALL segment.refresh('p');
CALL change('a', 'b');
CALL segment.refresh('p');
SELECT is(result(), 'A 1.00 a, b 2.00 b; 4 checked, 0 differ', 'of the events alone');

-- Two customers where the orders' collation sees one: what a child source's change reaches.
CALL shop('text', 'text COLLATE loose', 'A', 'a');
CREATE TABLE items (order_id text COLLATE loose, cost int);
CREATE INDEX ON items (order_id);
ALTER TABLE orders ADD COLUMN id text;
UPDATE orders SET id = 'Order ' || customer_id;
ALTER TABLE orders ADD PRIMARY KEY (id);
INSERT INTO items VALUES ('order a', 3), ('ORDER A', 4);
SELECT segment.create_source('i', 'items', parent => 'o', parent_key => 'order_id', measures => '{"cost": "cost"}') \g /dev/null
SELECT segment.create_feature('cost', aggregate => 'sum', source => 'i', measure => 'cost', absent => 0) \g /dev/null
CALL segment.refresh('p');
CREATE TABLE before AS SELECT p_id, cost FROM segment_data.p_feature;
UPDATE items SET cost = cost + 10 WHERE cost = 3;
CALL segment.refresh('p');
SELECT results_eq('SELECT p_id, f.cost - b.cost FROM segment_data.p_feature f JOIN before b USING (p_id) ORDER BY p_id COLLATE "C"',
    $$VALUES ('A'::text, 10::numeric), ('a', 10)$$, 'a child''s change reaches both customers of what it refers to');
SELECT is((SELECT mismatched FROM segment.verify('p')), 0::bigint, 'as reading everyone says');

-- Types that cannot be hashed are refused when they are mapped, not when they are read.
CREATE TABLE bits (id bit(3) PRIMARY KEY);
SELECT throws_ok($$SELECT segment.create_population('b', 'bits', key => 'id', timezone => 'UTC')$$, '0A000', 'customer keys of type bit are not supported');
RESET search_path;
DROP SCHEMA key_shop CASCADE;
SELECT * FROM finish();
