\set ECHO none
-- DROP EXTENSION without CASCADE leaves nothing behind but the user's own; what the user built on it is named.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(19);
DROP EXTENSION segment CASCADE;

CREATE SCHEMA lifecycle_shop;
SET search_path = lifecycle_shop, public;
CREATE TYPE region AS ENUM ('north', 'south');
CREATE TABLE customers AS SELECT n AS id, 'north'::region AS region FROM generate_series(1, 50) n;
CREATE TABLE orders AS SELECT n AS id, 1 + n % 50 AS customer_id, '2024-01-01'::date + n AS day, 1.5 * n AS total FROM generate_series(1, 200) n;
ALTER TABLE orders ADD PRIMARY KEY (id);
CREATE TABLE items AS SELECT n AS id, 1 + n % 200 AS order_id, 0.5 AS cost FROM generate_series(1, 400) n;

-- everything there is that has an oid, by catalog and identity, the user's dependencies among it
CREATE VIEW object AS
SELECT i.type || ' ' || i.identity AS object
  FROM (SELECT 'pg_class'::regclass AS classid, oid FROM pg_class WHERE relnamespace <> 'pg_toast'::regnamespace
        UNION ALL SELECT 'pg_proc'::regclass, oid FROM pg_proc UNION ALL SELECT 'pg_type'::regclass, oid FROM pg_type WHERE typnamespace <> 'pg_toast'::regnamespace
        UNION ALL SELECT 'pg_trigger'::regclass, oid FROM pg_trigger UNION ALL SELECT 'pg_namespace'::regclass, oid FROM pg_namespace
        UNION ALL SELECT 'pg_operator'::regclass, oid FROM pg_operator UNION ALL SELECT 'pg_cast'::regclass, oid FROM pg_cast
        UNION ALL SELECT 'pg_constraint'::regclass, oid FROM pg_constraint UNION ALL SELECT 'pg_rewrite'::regclass, oid FROM pg_rewrite
        UNION ALL SELECT 'pg_attrdef'::regclass, oid FROM pg_attrdef UNION ALL SELECT 'pg_policy'::regclass, oid FROM pg_policy
        UNION ALL SELECT 'pg_event_trigger'::regclass, oid FROM pg_event_trigger UNION ALL SELECT 'pg_opclass'::regclass, oid FROM pg_opclass
        UNION ALL SELECT 'pg_extension'::regclass, oid FROM pg_extension) o,
       LATERAL pg_identify_object(o.classid, o.oid, 0) i WHERE i.schema IS DISTINCT FROM 'pg_temp' AND i.identity NOT LIKE 'pg_temp%';
CREATE TABLE before (object text);
CREATE TABLE trigger_before AS SELECT tgname FROM pg_trigger WHERE tgrelid IN ('customers'::regclass, 'orders'::regclass, 'items'::regclass);
CREATE TABLE roles_before AS SELECT rolname FROM pg_roles;
INSERT INTO before SELECT object FROM object;

SET check_function_bodies = off;
CREATE PROCEDURE use_it_all() LANGUAGE sql AS $$
    SELECT segment.create_population('customer', 'customers', key => 'id', timezone => 'UTC');
    SELECT segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": {"expression": "total", "scale": 2}}');
    SELECT segment.create_source('items', 'items', parent => 'orders', parent_key => 'order_id', measures => '{"cogs": {"expression": "cost", "scale": 2}}');
    SELECT segment.create_standard_features('customer');
    SELECT segment.create_feature('region', attribute => 'region');
$$;
INSERT INTO before SELECT object FROM object WHERE object LIKE '%use_it_all%';
CREATE EXTENSION segment;
CALL use_it_all();
CALL segment.refresh('customer', as_of => '2024-06-30');
SELECT segment.create_rfm_scheme('value', objective => 'Grow') \g /dev/null
SELECT segment.create_scheme('place', objective => 'Know where', min_dwell => '7 days') \g /dev/null
SELECT segment.create_segment('place', 'North', rule => $$region = 'north'$$) \g /dev/null
SELECT segment.activate('value'), segment.activate('place') \g /dev/null
SELECT segment.create_feature('place_segment', scheme => 'place') \g /dev/null
CALL segment.refresh('customer', as_of => '2024-07-01');
CALL segment.backfill('place', since => '2021-12-31');
SELECT segment.retire('value') \g /dev/null

SELECT cmp_ok((SELECT count(*) FROM pg_class WHERE relnamespace = 'segment_data'::regnamespace), '>', 20::bigint, 'much was generated');
SELECT is_empty($$SELECT c.oid::regclass FROM pg_class c WHERE relnamespace = 'segment_data'::regnamespace AND relkind IN ('r', 'v', 'm', 'S', 'p')
                  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('x', 'e', 'a', 'i'))$$,
                'every generated relation belongs to something');
SELECT is_empty($$SELECT oid::regclass FROM pg_class c WHERE relnamespace = 'segment_data'::regnamespace AND relkind IN ('r', 'v', 'm')
                  AND obj_description(oid, 'pg_class') IS NULL$$, 'and says what it is');
SELECT is_empty($$SELECT oid::regclass FROM pg_class c, aclexplode(relacl) a WHERE relnamespace IN ('segment_data'::regnamespace) AND grantee = 0$$, 'PUBLIC may read nothing of it');

-- a user's view is named
CREATE VIEW mine AS SELECT customer_id, value FROM segment_data.customer;
CREATE FUNCTION failure(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    EXECUTE statement;
    RETURN 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN SQLSTATE || ' ' || detail;
END$$;
INSERT INTO before SELECT object FROM object WHERE object LIKE '%lifecycle_shop.failure(%' OR object LIKE '%lifecycle_shop.mine%' OR object LIKE '%lifecycle_shop."_mine%' OR object LIKE '%on lifecycle_shop.mine%';
SELECT is(failure('DROP EXTENSION segment'), '2BP01 view mine depends on view segment_data.customer', 'a view of the user''s stops DROP EXTENSION and is named');
SELECT is((SELECT count(*) FROM mine), 50::bigint, 'everything is as it was');
SELECT is(failure($$SELECT segment.drop_population('customer')$$) ~ '^2BP01 ', true, 'nor can the population be dropped beneath it');
DROP VIEW mine;
CREATE MATERIALIZED VIEW mine AS SELECT segment, sum(revenue) AS revenue FROM segment.scorecard GROUP BY 1;
SELECT is(failure('DROP EXTENSION segment'), '2BP01 materialized view mine depends on view segment.scorecard', 'one on the scorecard too');
DROP MATERIALIZED VIEW mine;
CREATE TABLE mine (customer_id int, ledger segment.ledger);
SELECT is(failure('DROP EXTENSION segment'), '2BP01 column ledger of table mine depends on type segment.ledger', 'so does a ledger in a table of the user''s');
DROP TABLE mine;
CREATE VIEW mine AS SELECT * FROM segment_data.value_history;
SELECT is(failure('DROP EXTENSION segment'), '2BP01 view mine depends on table segment_data.value_history', 'or a view on the history');
DROP VIEW mine;

SELECT is(failure('DROP EXTENSION segment'), 'none', 'DROP EXTENSION without CASCADE');
SELECT is_empty('SELECT object FROM object EXCEPT SELECT object FROM before', 'nothing is left behind');
SELECT is_empty($$SELECT object FROM before WHERE object NOT LIKE '%mine%' EXCEPT SELECT object FROM object$$, 'and nothing of the user''s is missing');
SELECT results_eq($$SELECT tgname FROM pg_trigger WHERE tgrelid IN ('customers'::regclass, 'orders'::regclass, 'items'::regclass) ORDER BY 1$$, 'SELECT tgname FROM trigger_before ORDER BY 1',
                  'the user''s tables have the triggers they had');
SELECT results_eq('SELECT rolname FROM pg_roles ORDER BY 1', 'SELECT rolname FROM roles_before ORDER BY 1', 'no role was made');
SELECT is((SELECT (SELECT count(*) FROM customers) || ' ' || (SELECT count(*) FROM orders) || ' ' || (SELECT count(*) FROM items)), '50 200 400', 'the user''s rows are there');
SELECT is_empty($$SELECT nspname FROM pg_namespace WHERE nspname IN ('segment', 'segment_data')$$, 'the schemas are gone');

-- and again from the start
CREATE EXTENSION segment;
CALL use_it_all();
CALL segment.refresh('customer', as_of => '2024-06-30');
SELECT is((SELECT count(*) FROM segment_data.customer), 50::bigint, 'it can be created again');
SELECT segment.create_scheme('place', objective => 'Know where') \g /dev/null
SELECT segment.create_segment('place', 'North', rule => $$region = 'north'$$) \g /dev/null
SELECT segment.activate('place') \g /dev/null
SELECT is((SELECT count(*) FROM segment_data.customer WHERE place = 'North'), 50::bigint, 'and used again');

RESET search_path;
DROP SCHEMA lifecycle_shop CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
SELECT * FROM finish();
