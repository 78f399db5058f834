\set ECHO none
-- One customer's segment in the caller's own snapshot: what a refresh would say, before it runs.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SET datestyle = 'ISO, YMD';
CREATE SCHEMA current_shop;
SET search_path = current_shop, public;
SET check_function_bodies = off;
SELECT plan(26);

CREATE TABLE customers (id uuid PRIMARY KEY, region text, joined timestamptz, score int, scored date);
CREATE FUNCTION k(n int) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN lpad(n::text, 32, '0')::uuid;
INSERT INTO customers SELECT k(n), CASE WHEN n % 3 = 0 THEN 'north' ELSE 'south' END, '2024-01-01', n, '2024-05-01' FROM generate_series(1, 200) n;
CREATE TABLE orders (id int PRIMARY KEY, customer_id uuid, at timestamptz, total numeric(10, 2), channel text);
INSERT INTO orders SELECT n, k(1 + n * 7 % 199), '2024-01-01'::timestamptz + n * interval '2 hours 1 minute', n % 90, 'ch' || n % 3 FROM generate_series(1, 2000) n;
CREATE INDEX ON orders (customer_id);
CREATE TABLE items (id int PRIMARY KEY, order_id int, cost numeric(10, 2));
INSERT INTO items SELECT n, 1 + n % 1999, 0.5 FROM generate_series(1, 4000) n;
CREATE INDEX ON items (order_id);
SELECT segment.create_population('guest', 'customers', key => 'id', since => 'joined', timezone => 'Europe/Paris') \g /dev/null
SELECT segment.create_source('buys', 'orders', customer => 'customer_id', occurred_at => 'at', measures => '{"revenue": "total"}', dimension => 'channel', purchase => 'total > 0') \g /dev/null
SELECT segment.create_source('lines', 'items', parent => 'buys', parent_key => 'order_id', measures => '{"cogs": "cost"}') \g /dev/null
SELECT segment.create_feature('spent', aggregate => 'sum', source => 'buys', measure => 'revenue', within => '60 days', absent => 0),
       segment.create_feature('cost', aggregate => 'sum', source => 'lines', measure => 'cogs', within => '60 days', absent => 0),
       segment.create_feature('channel', aggregate => 'top_dimension', source => 'buys'),
       segment.create_feature('days_since_last', aggregate => 'days_since_last', source => 'buys'),
       segment.create_feature('region', attribute => 'region'),
       segment.create_feature('grade', attribute => 'score', dated_by => 'scored', valid_for => '70 days') \g /dev/null
SELECT segment.create_feature('margin', expression => 'spent - cost') \g /dev/null
SET segment.clock = '2024-06-10 10:00+02';
CALL segment.refresh('guest');
SELECT segment.create_scheme('worth', objective => 'Know who is worth what', population => 'guest', default_segment => 'Rest') \g /dev/null
SELECT segment.create_score('worth', 'm', 'margin', bins => 5), segment.create_score('worth', 'r', 'days_since_last', bins => 3, descending => true) \g /dev/null
SELECT segment.create_segment('worth', 'High', 'm >= 4 AND r >= 2'), segment.create_segment('worth', 'Graded', $$grade > 120 OR region = 'north' AND channel = 'ch1'$$), segment.create_segment('worth', 'Some', 'm >= 2') \g /dev/null
SELECT throws_ok($$SELECT segment.current('worth', '1')$$, '55000', 'scheme "worth" is not active');
SELECT segment.create_scheme('slow', objective => 'The same, unhurried', population => 'guest', default_segment => 'Rest', min_dwell => '7 days') \g /dev/null
SELECT segment.create_segment('slow', 'High', 'margin >= 120'), segment.create_segment('slow', 'Like worth', $$worth_now = 'Some'$$) FROM segment.create_feature('worth_now', scheme => 'worth') \g /dev/null
SELECT segment.activate('worth'), segment.activate('slow') \g /dev/null
CALL segment.refresh('guest');

CREATE TABLE said (id uuid, worth text, slow text);
CREATE FUNCTION say() RETURNS void LANGUAGE sql AS $$ INSERT INTO said SELECT id, segment.current('worth', id), segment.current('slow', id) FROM customers $$;
CREATE FUNCTION stored() RETURNS TABLE (id uuid, worth text, slow text) LANGUAGE sql AS $$ SELECT guest_id, worth, slow FROM segment_data.guest_segment $$;
SELECT say() \g /dev/null
SELECT set_eq('SELECT * FROM said', 'SELECT * FROM stored()', 'where nothing changed everyone is what is stored');
SELECT cmp_ok((SELECT count(DISTINCT worth) FROM said), '=', 4::bigint, 'everything occurs');
SELECT is_empty($$SELECT FROM said CROSS JOIN LATERAL (SELECT DISTINCT assigned FROM segment.explain('worth', said.id)) e WHERE e.assigned IS DISTINCT FROM said.worth$$, 'explain() says the same as long as nothing changed');

-- own changes, uncommitted, are seen
TRUNCATE said;
BEGIN;
INSERT INTO orders SELECT 10000 + n, k(n), '2024-06-10 07:00+00', 60 + n, 'ch2' FROM generate_series(1, 40) n;
DELETE FROM orders WHERE customer_id BETWEEN k(50) AND k(60);
UPDATE orders SET customer_id = k(70), total = total * 2 WHERE customer_id = k(71);
UPDATE items SET cost = 40 WHERE order_id IN (SELECT id FROM orders WHERE customer_id BETWEEN k(80) AND k(110));
UPDATE customers SET region = 'north', score = 500 - score WHERE id BETWEEN k(120) AND k(150);
SELECT say() \g /dev/null
SELECT is((SELECT count(*) > 5 FROM said NATURAL FULL JOIN stored() WHERE said.id IS NULL), true, 'and make a difference');
INSERT INTO customers VALUES (k(999), 'north', '2024-06-10', 130, '2024-06-01');
SELECT is(segment.current('worth', k(999)), 'Graded', 'also a customer of this very transaction');
INSERT INTO orders VALUES (99999, k(999), '2024-06-10', 4000, 'web');
SELECT is(segment.current('worth', k(999)), 'High', 'and the next statement''s order');
SELECT is(segment.current('worth', k(999)::text), 'High', 'the key as text');
DELETE FROM orders WHERE id = 99999;
DELETE FROM customers WHERE id = k(999);
SELECT throws_ok($$SELECT segment.current('worth', k(999))$$, '02000', 'population "guest" has no such customer');
COMMIT;
CALL segment.refresh('guest');
SELECT set_eq('SELECT id, worth FROM said', 'SELECT id, worth FROM stored()', 'just as the refresh after it then says');
TRUNCATE said;
SELECT say() \g /dev/null
SELECT set_eq('SELECT * FROM said', 'SELECT * FROM stored()', 'which is what everyone is now');

-- another day, before its refresh
SET segment.clock = '2024-06-14 00:30+02';
TRUNCATE said;
SELECT say() \g /dev/null
SELECT is((SELECT count(*) > 0 FROM said NATURAL FULL JOIN stored() WHERE said.id IS NULL), true, 'some moved by time alone');
CREATE TABLE before AS SELECT * FROM said;
SET segment.catch_up_days = 0;
CALL segment.refresh('guest');
SELECT set_eq('SELECT id, worth FROM before', 'SELECT id, worth FROM stored()', 'as the refresh of the day says');
TRUNCATE said;
SELECT say() \g /dev/null
SELECT set_eq('SELECT * FROM said', 'SELECT * FROM stored()');
RESET segment.catch_up_days;

-- min_dwell and overrides
SELECT guest_id AS who, slow AS is_in FROM segment_data.guest_segment WHERE slow = 'High' AND slow_since = '2024-06-14' ORDER BY 1 LIMIT 1 \gset
DELETE FROM orders WHERE customer_id = :'who';
SELECT isnt(segment.current('slow', :'who'), 'High', 'what began today may end today');
SELECT guest_id AS who FROM segment_data.guest_segment WHERE slow = 'High' AND slow_since BETWEEN '2024-06-08' AND '2024-06-13' ORDER BY 1 LIMIT 1 \gset
DELETE FROM orders WHERE customer_id = :'who';
SELECT is(segment.current('slow', :'who'), 'High', 'the stay since this week goes on');
SELECT segment.override('slow', :'who', 'Rest', reason => 'test', until => '2024-06-15') \g /dev/null
SELECT is(segment.current('slow', :'who'), 'Rest', 'an override beats it at once');
SET segment.clock = '2024-06-16 00:30+02';
SELECT is(segment.current('slow', :'who'), 'High', 'until it is over');
SET segment.clock = '2024-06-14 00:30+02';

-- away and back within a day: the stay of the days before goes on
SELECT guest_id AS who FROM segment_data.guest_segment WHERE slow = 'High' AND slow_since BETWEEN '2024-06-08' AND '2024-06-13' AND guest_id <> :'who' ORDER BY 1 LIMIT 1 \gset
CREATE TEMP TABLE away AS SELECT * FROM customers WHERE id = :'who';
DELETE FROM customers WHERE id = :'who';
DELETE FROM orders WHERE customer_id = :'who';
CALL segment.refresh('guest');
SELECT is((SELECT count(*) FROM segment_data.guest_segment WHERE guest_id = :'who'), 0::bigint, 'gone');
INSERT INTO customers SELECT * FROM away;
SELECT segment.current('slow', :'who') AS said \gset
CALL segment.refresh('guest');
SELECT is(slow, 'High', 'a refresh says that the stay goes on') FROM segment_data.guest_segment WHERE guest_id = :'who';
SELECT is(:'said'::text, 'High', 'and so did current()');

-- definitions and relations that change are noticed
ALTER TABLE orders ALTER COLUMN total TYPE numeric(14, 2);
ALTER TABLE customers RENAME COLUMN region TO part;
SELECT throws_ok($$SELECT segment.current('worth', k(1))$$, '42703');
ALTER TABLE customers RENAME COLUMN part TO region;
SELECT is((SELECT segment.current('worth', k(200)) IS NULL), false, 'and back');
SELECT segment.create_segment('worth', 'All', 'true', priority => 1) \g /dev/null
SELECT segment.activate('worth') \g /dev/null
SELECT is(segment.current('worth', k(200)), 'All', 'another version');

-- who may
CREATE ROLE current_stranger;
GRANT USAGE ON SCHEMA segment TO current_stranger;
GRANT EXECUTE ON FUNCTION segment.current(text, text) TO current_stranger;
SET ROLE current_stranger;
SELECT throws_ok($$SELECT segment.current('worth', '1')$$, '42501', NULL, 'strangers may not ask');
RESET ROLE;
SELECT throws_ok($$SELECT segment.current('worth', 'x')$$, '22P02');
SELECT * FROM finish();
DROP OWNED BY current_stranger;
DROP ROLE current_stranger;
