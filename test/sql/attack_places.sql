\set ECHO none
-- Where and as what our relations are made is not for the caller's settings to say: neither the tablespace, nor the access method.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(6);
DROP EXTENSION IF EXISTS segment CASCADE;
CREATE EXTENSION segment;
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE attack_place LOCATION '';
CREATE ACCESS METHOD attack_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE ROLE seg_attack_owner;
CREATE SCHEMA attack AUTHORIZATION seg_attack_owner;
GRANT USAGE ON SCHEMA segment, segment_data TO seg_attack_owner;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA segment TO seg_attack_owner;
SET SESSION AUTHORIZATION seg_attack_owner;
CREATE TABLE attack.customers (id int PRIMARY KEY);
CREATE TABLE attack.orders (customer_id int, at date);
INSERT INTO attack.customers SELECT generate_series(1, 20);
INSERT INTO attack.orders SELECT n % 20 + 1, '2024-01-01'::date + n FROM generate_series(1, 100) n;
SET default_tablespace = attack_place;
SET default_table_access_method = attack_heap;
SET default_toast_compression = pglz;
SELECT segment.create_population('customer', 'attack.customers', key => 'id', timezone => 'UTC', owner => 'seg_attack_owner'),
       segment.create_source('orders', 'attack.orders', customer => 'customer_id', occurred_at => 'at') \g /dev/null
SELECT segment.create_feature('active_days', aggregate => 'active_days', source => 'orders'),
       segment.create_scheme('activity', objective => 'Know', default_segment => 'Rest') \g /dev/null
SELECT segment.create_segment('activity', 'Active', 'active_days > 1') \g /dev/null
CALL segment.refresh('customer', as_of => '2024-05-01');
SELECT segment.activate('activity') \g /dev/null
CALL segment.refresh('customer', as_of => '2024-05-02');
SELECT throws_ok('CREATE TABLE attack.mine ()', '42501', NULL, 'a role may not make a table of its own there');
RESET SESSION AUTHORIZATION;
RESET default_tablespace;
RESET default_table_access_method;
SELECT is(count(*), 0::bigint, 'nothing of ours is in the tablespace') FROM pg_class WHERE reltablespace = (SELECT oid FROM pg_tablespace WHERE spcname = 'attack_place');
SELECT is(count(*), 0::bigint, 'nor of another access method') FROM pg_class WHERE relam = (SELECT oid FROM pg_am WHERE amname = 'attack_heap');
SELECT isnt_empty($$SELECT FROM pg_class WHERE relnamespace = 'segment_data'::regnamespace AND relkind = 'm'$$, 'of scorecards neither');
DROP TABLESPACE attack_place;
SELECT is(:'ERROR'::text, 'false', 'the tablespace can be dropped');
DROP ACCESS METHOD attack_heap;
SELECT is(:'ERROR'::text, 'false', 'and the access method');
DROP EXTENSION segment CASCADE;
DROP SCHEMA attack CASCADE;
DROP ROLE seg_attack_owner;
CREATE EXTENSION segment;
SELECT * FROM finish();
