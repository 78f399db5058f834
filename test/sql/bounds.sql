\set ECHO none
-- What takes too long or too much is stopped by PostgreSQL's own limits, whatever makes it so, and leaves nothing (T14, F29, F33).
\pset format unaligned
\pset tuples_only true
SET client_min_messages = error;
\set SHOW_CONTEXT never
SET datestyle = 'ISO, YMD';
SELECT plan(22);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;

CREATE SCHEMA bounds_shop;
SET search_path = bounds_shop, public;
CREATE TABLE customers (id int PRIMARY KEY, note text NOT NULL DEFAULT 'b');
INSERT INTO customers SELECT generate_series(1, 300);
CREATE TABLE orders (customer_id int, day date, total numeric(10, 2));
INSERT INTO orders SELECT n % 300 + 1, '2024-01-01'::date + n % 30, n % 100 FROM generate_series(1, 900) n;
CREATE INDEX ON orders (customer_id);
SELECT segment.create_population('customer', 'customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue'), segment.create_feature('note', attribute => 'note') \g /dev/null
SELECT segment.create_scheme('slow', objective => 'Take for ever') \g /dev/null
SELECT segment.create_segment('slow', 'Slow', $r$note ~ '^(a*)(a*)(a*)(a*)(a*)(a*)(a*)(a*)\1\2\3\4\5\6\7\8$'$r$) \g /dev/null
CALL segment.refresh('customer', as_of => '2024-02-01');
SELECT segment.activate('slow') \g /dev/null
CREATE FUNCTION left_behind() RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws('|', (SELECT string_agg(concat_ws(' ', source_id, last), ',' ORDER BY source_id) FROM segment.cursor), (SELECT max(refresh_id) FROM segment.refresh_log),
                     (SELECT as_of FROM segment.population), (SELECT md5(string_agg(f::text, ',' ORDER BY customer_id)) FROM segment_data.customer_feature f),
                     (SELECT md5(string_agg(h::text, ',' ORDER BY h::text)) FROM segment_data.slow_history h), (SELECT string_agg(state, ' ') FROM segment.scheme), (SELECT count(*) FROM segment.quarantine),
                     (SELECT count(*) FROM segment.progress), (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode <> 'AccessShareLock' AND relation IN (SELECT oid FROM pg_class WHERE relnamespace = 'segment_data'::regnamespace AND relkind = 'r')))$$;
CREATE FUNCTION steady() RETURNS text LANGUAGE sql AS $$SELECT regexp_replace(left_behind(), '\|\d+$', '')$$;

-- a rule that backtracks for ever as soon as one customer has the note for it
UPDATE customers SET note = repeat('a', 401) WHERE id = 7;
UPDATE orders SET total = total + 1 WHERE customer_id = 8;
SELECT steady() AS before \gset
SET statement_timeout = '200ms';
CALL segment.refresh('customer', as_of => '2024-02-01');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '57014', 'a refresh by key is stopped by statement_timeout');
CALL segment.refresh('customer', as_of => '2024-02-02');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '57014', 'so is one of everyone');
SELECT segment.recut('slow');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '57014', 'a recut');
CALL segment.rebuild('orders');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '57014', 'a rebuild');
SELECT segment.current('slow', 7);
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '57014', 'the current segment of one');
RESET statement_timeout;
UPDATE segment.cursor SET last = last;
SELECT is(split_part(steady(), '|', 2), split_part(:'before', '|', 2), 'no refresh is recorded');
SELECT is(split_part(steady(), '|', 3), '2024-02-01', 'the day is the same');
SELECT is(regexp_replace(steady(), '^[^|]*\|', ''), regexp_replace(:'before', '^[^|]*\|', ''), 'nothing of it is left');
SELECT is(split_part(left_behind(), '|', 9), '0', 'no lock either');

-- as long as nobody is in its way, everything is kept for the next one
UPDATE customers SET note = 'b' WHERE id = 7;
CALL segment.refresh('customer', as_of => '2024-02-02');
SELECT is((SELECT revenue FROM segment_data.customer WHERE customer_id = 8), (SELECT sum(total) FROM orders WHERE customer_id = 8), 'the next refresh does what the stopped ones did not');
SELECT is((SELECT mismatched FROM segment.verify('customer')), 0::bigint, 'and all is well');

-- a value that doubles from feature to feature
SELECT segment.create_feature('twice_0', expression => 'note || note') \g /dev/null
SELECT count(segment.create_feature('twice_' || n, expression => format('twice_%s || twice_%1$s', n - 1))) FROM generate_series(1, 24) n \g /dev/null
SELECT steady() AS before \gset
SET statement_timeout = '1s';
CALL segment.refresh('customer', as_of => '2024-02-02');
RESET statement_timeout;
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '57014', 'a value that doubles from feature to feature ends a refresh');
SELECT is(steady(), :'before', 'of which nothing is left');
SELECT cmp_ok((SELECT sum(total_bytes) FROM pg_backend_memory_contexts), '<', 100000000::numeric, 'nor is memory kept');
SELECT throws_ok($$SELECT segment.create_feature('longer', expression => 'repeat(note, 1000000)')$$, '0A000', NULL, 'functions that grow without bound are refused');
SELECT count(segment.drop_feature('twice_' || n)) FROM generate_series(24, 0, -1) n \g /dev/null
CALL segment.refresh('customer', as_of => '2024-02-02');
SELECT is((SELECT as_of FROM segment.population), '2024-02-02'::date, 'without them it is done');

-- temporary files
SELECT count(segment.create_feature('wide_' || n, expression => 'note || ' || quote_literal(repeat('x', 900)))) FROM generate_series(1, 40) n \g /dev/null
SET temp_file_limit = '64kB';
SET work_mem = '64kB';
SET maintenance_work_mem = '1MB';
SELECT steady() AS before \gset
\set VERBOSITY sqlstate
CALL segment.refresh('customer', as_of => '2024-02-03');
\set VERBOSITY default
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '53400', 'temp_file_limit stops a refresh that needs more');
SELECT is(steady(), :'before', 'and nothing of it is left');
RESET temp_file_limit;
CALL segment.refresh('customer', as_of => '2024-02-03');
SELECT is((SELECT count(*) FROM segment_data.customer_feature WHERE length(wide_40) > 900), 300::bigint, 'with more of them it is done');

-- a source that never ends
CREATE VIEW endless AS SELECT o.customer_id, o.day, o.total FROM orders o CROSS JOIN generate_series(1, 1000000000) n;
SELECT segment.create_source('endless', 'endless', customer => 'customer_id', occurred_at => 'day') \g /dev/null
SELECT steady() AS before \gset
SET statement_timeout = '300ms';
CALL segment.refresh('customer', as_of => '2024-02-03');
RESET statement_timeout;
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '57014', 'reading a source is stopped as well');
SELECT is(steady(), :'before', 'and nothing of it is left');
SELECT segment.drop_source('endless') \g /dev/null
CALL segment.refresh('customer', as_of => '2024-02-03');
SELECT is((SELECT mismatched FROM segment.verify('customer')), 0::bigint, 'without it all is well');
RESET search_path;
SELECT * FROM finish();
