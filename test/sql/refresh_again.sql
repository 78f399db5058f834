\set ECHO none
-- A scorecard whose unique index is gone gets it back (F55), and a session that refreshes again and again does not grow (F38).
\pset format unaligned
\pset tuples_only true
SET client_min_messages = error;
SET datestyle = 'ISO, YMD';
SELECT plan(7);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;

CREATE SCHEMA again_shop;
SET search_path = again_shop, public;
CREATE TABLE customers (id int PRIMARY KEY);
INSERT INTO customers SELECT generate_series(1, 100);
CREATE TABLE orders (customer_id int, at date, total numeric(10, 2));
INSERT INTO orders SELECT n % 100 + 1, '2024-01-01'::date + n % 20, n FROM generate_series(1, 400) n;
CREATE INDEX ON orders (customer_id);
SELECT segment.create_population('customer', 'customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'at', measures => '{"revenue": "total"}') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue'), segment.create_scheme('worth', objective => 'Know', default_segment => 'Low') \g /dev/null
SELECT segment.create_segment('worth', 'High', 'revenue > 900') \g /dev/null
CALL segment.refresh('customer', as_of => '2024-02-01');
SELECT segment.activate('worth') \g /dev/null

CREATE FUNCTION unique_indexes() RETURNS bigint LANGUAGE sql AS $$SELECT count(*) FROM pg_index WHERE indrelid = 'segment_data.worth_scorecard'::regclass AND indisunique$$;
SELECT format('DROP INDEX segment_data.%I', relname) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = 'segment_data.worth_scorecard'::regclass \gexec
SELECT is(unique_indexes(), 0::bigint, 'the scorecard''s index is gone');
UPDATE orders SET total = total + 1 WHERE customer_id = 3;
CALL segment.refresh('customer', as_of => '2024-02-01');
SELECT is(:'ERROR'::text, 'false', 'it is refreshed all the same');
SELECT is(unique_indexes(), 1::bigint, 'and has one again');
SELECT is((SELECT sum(revenue) FROM segment.scorecard WHERE scheme = 'worth'), (SELECT sum(total) FROM orders), 'with the figures of now');

-- some refreshes for the caches, then many
SELECT sql FROM generate_series(1, 20) n CROSS JOIN LATERAL (VALUES (1, format('UPDATE orders SET total = total + 1 WHERE customer_id = %s', 1 + n % 100)), (2, 'CALL segment.refresh(''customer'', as_of => ''2024-02-01'')')) s(place, sql) ORDER BY n, place \gexec
CREATE FUNCTION resident() RETURNS int LANGUAGE sql AS $$SELECT (regexp_match(pg_read_file('/proc/' || pg_backend_pid() || '/status'), 'RssAnon:\s+(\d+)'))[1]::int$$;
SELECT sum(total_bytes) AS early, resident() AS resident FROM pg_backend_memory_contexts \gset
SELECT sql FROM generate_series(1, 200) n CROSS JOIN LATERAL (VALUES (1, format('UPDATE orders SET total = total + 1 WHERE customer_id = %s', 1 + n % 100)), (2, 'CALL segment.refresh(''customer'', as_of => ''2024-02-01'')')) s(place, sql) ORDER BY n, place \gexec
SELECT cmp_ok((SELECT sum(total_bytes) FROM pg_backend_memory_contexts), '<', :early * 1.25 + 1000000, 'two hundred refreshes later the session is as large as before');
SELECT cmp_ok(resident(), '<', :resident + 2048, 'and takes no more of the machine''s memory');
SELECT is((SELECT mismatched FROM segment.verify('customer')), 0::bigint, 'and all is well');
RESET search_path;
SELECT * FROM finish();
