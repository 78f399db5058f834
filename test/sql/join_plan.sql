\set ECHO none
-- A join on one scheme's column reads the assignment table alone.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(8);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;

CREATE SCHEMA join_shop;
SET search_path = join_shop, public;
CREATE TABLE customers AS SELECT n::bigint AS id, n % 3 AS class FROM generate_series(1, 5000) n;
CREATE TABLE orders AS SELECT n AS id, (1 + n % 5000)::bigint AS customer_id, '2024-01-01'::date + n % 100 AS day, 1.5 AS total FROM generate_series(1, 20000) n;
SELECT segment.create_population('customer', 'customers', key => 'id', timezone => 'UTC') \g /dev/null
SELECT segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": {"expression": "total", "scale": 2}}') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue'), segment.create_feature('class', attribute => 'class') \g /dev/null
SELECT segment.create_scheme('value', objective => 'Grow'), segment.create_scheme('other', objective => 'Grow') \g /dev/null
SELECT segment.create_segment('value', 'High', rule => 'class = 1'), segment.create_segment('other', 'Some', rule => 'class = 2') \g /dev/null
CALL segment.refresh('customer', as_of => '2024-06-30');
SELECT segment.activate('value', backfill => false), segment.activate('other', backfill => false) \g /dev/null
ANALYZE customers, orders, segment_data.customer_segment, segment_data.customer_feature;

CREATE FUNCTION relations_read(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT json, COSTS off) ' || query INTO plan;
    RETURN (SELECT string_agg(DISTINCT name #>> '{}', ' ' ORDER BY name #>> '{}') FROM jsonb_path_query(plan, '$.**."Relation Name"') name);
END$$;
SELECT is(relations_read('SELECT o.*, c.value FROM orders o JOIN segment_data.customer c USING (customer_id)'), 'customer_segment orders', 'the join of all orders');
SELECT is(relations_read($$SELECT o.* FROM orders o JOIN segment_data.customer c USING (customer_id) WHERE c.value = 'High'$$), 'customer_segment orders', 'of one segment''s');
SELECT is(relations_read($$SELECT value, value_since FROM segment_data.customer WHERE customer_id = 4711$$), 'customer_segment', 'one customer');
SELECT is(relations_read($$SELECT value, other, count(*) FROM segment_data.customer GROUP BY 1, 2$$), 'customer_segment', 'all of them, by two schemes');
SELECT is(relations_read($$SELECT value, revenue FROM segment_data.customer WHERE customer_id = 4711$$), 'customer_feature customer_segment', 'features come from their table, when asked for');
PREPARE one(bigint) AS SELECT value FROM segment_data.customer WHERE customer_id = $1;
SELECT is(relations_read('EXECUTE one(4711)'), 'customer_segment', 'a prepared statement');
SELECT is((SELECT atttypid::regtype::text FROM pg_attribute WHERE attrelid = 'segment_data.customer'::regclass AND attname = 'customer_id'), 'bigint', 'the key has its own type');
SELECT results_eq($$SELECT c.value, count(*), sum(total) FROM orders o JOIN segment_data.customer c USING (customer_id) GROUP BY 1 ORDER BY 1$$,
                  $$SELECT CASE WHEN class = 1 THEN 'High' ELSE 'Others' END, count(*), sum(total) FROM orders o JOIN customers c ON c.id = customer_id GROUP BY 1 ORDER BY 1$$, 'and the join is right');

RESET search_path;
DROP SCHEMA join_shop CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
SELECT * FROM finish();
