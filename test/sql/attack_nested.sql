\set ECHO none
-- A mapped view whose code asks for customers' segments itself, and meanwhile makes the plans that read it out of date:
-- what runs is not forgotten, however often it comes back.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT plan(11);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SET segment.clock = '2024-06-10 10:00+00';
CREATE ROLE seg_attack_owner;
CREATE SCHEMA attack;
ALTER SCHEMA attack OWNER TO seg_attack_owner;
GRANT USAGE ON SCHEMA segment TO seg_attack_owner;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA segment TO seg_attack_owner;

SET SESSION AUTHORIZATION seg_attack_owner;
CREATE TABLE attack.people AS SELECT n AS id FROM generate_series(1, 6) AS n;
CREATE TABLE attack.orders AS SELECT n AS customer_id, '2024-06-01'::date AS day, n::numeric(10, 2) AS total FROM generate_series(1, 6) AS n;
CREATE INDEX ON attack.orders (customer_id);
CREATE SEQUENCE attack.returns;
-- How often to come back, by which scheme, and whether to make a table on the way, which no kept plan outlives.
CREATE FUNCTION attack.again(customer int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    depth int := coalesce(nullif(current_setting('attack.depth', true), ''), '0')::int;
BEGIN
    IF depth > 0 THEN
        PERFORM nextval('attack.returns');
        PERFORM set_config('attack.depth', (depth - 1)::text, false);
        IF current_setting('attack.scheme') = 'same' THEN
            EXECUTE format('CREATE TABLE attack.made_%s ()', depth);
            PERFORM segment.current('v0', customer);
            EXECUTE format('DROP TABLE attack.made_%s', depth);
        ELSE
            PERFORM segment.current('v' || depth, customer);
        END IF;
    END IF;
    RETURN customer;
END $$;
CREATE VIEW attack.customers AS SELECT attack.again(id) AS id FROM attack.people;
SELECT segment.create_population('attack', 'attack.customers', key => 'id', timezone => 'UTC') \g /dev/null
SELECT segment.create_source('orders', 'attack.orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue') \g /dev/null
CALL segment.refresh('attack');
SELECT segment.create_scheme('v' || n, objective => 'x', population => 'attack', default_segment => 'Small'), segment.create_segment('v' || n, 'Big', 'revenue > 3') FROM generate_series(0, 20) AS n \g /dev/null
SELECT segment.activate('v' || n, backfill => false) FROM generate_series(0, 20) AS n \g /dev/null

SELECT is(segment.current('v0', 5), 'Big', 'as long as it does not come back');
SET attack.scheme = 'same';
SET attack.depth = 3;
SELECT is(segment.current('v0', 5), 'Big', 'it comes back for the same scheme, whose plan is out of date');
SELECT cmp_ok(last_value, '>=', 3::bigint, 'as often as it meant to') FROM attack.returns;
SET attack.depth = 6;
SELECT is(segment.current('v0', 2), 'Small', 'once more, deeper');
SET attack.scheme = 'others';
SET attack.depth = 10;
SELECT is(segment.current('v0', 5), 'Big', 'for others, each in its own plan');
SET attack.depth = 20;
SELECT throws_ok($$SELECT segment.current('v0', 5)$$, '54001', 'customers are evaluated within each other', 'for more than a session keeps plans of');
SET attack.depth = 0;
SELECT is(segment.current('v' || n, 5), 'Big', 'which leaves none that cannot be used') FROM (VALUES (0), (20)) AS v(n);
-- What fails in it, and is caught, leaves the refresh that reads it as it was.
CREATE OR REPLACE FUNCTION attack.again(customer int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        PERFORM segment.current('v0', 'nobody');
    EXCEPTION WHEN OTHERS THEN
        PERFORM nextval('attack.returns');
    END;
    RETURN customer;
END $$;
SELECT setval('attack.returns', 1) \g /dev/null
UPDATE attack.orders SET total = 10;
CALL segment.refresh('attack');
RESET SESSION AUTHORIZATION;
SELECT is(sum(revenue), 60::numeric, 'a refresh of customers whose view fails within') FROM segment_data.attack_feature;
SELECT cmp_ok(last_value, '>', 6::bigint, 'which it did') FROM attack.returns;
RESET SESSION AUTHORIZATION;
SELECT is((SELECT count(DISTINCT raw) FROM generate_series(0, 20) AS n, segment.explain('v' || n, 5) WHERE raw = 'Big'), 1::bigint, 'and explain() has its own');

DROP EXTENSION segment CASCADE;
DROP SCHEMA attack CASCADE;
DROP ROLE seg_attack_owner;
CREATE EXTENSION segment;
SELECT * FROM finish();
