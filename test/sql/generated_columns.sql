\set ECHO none
-- Generated columns, mapped and read: stored ones everywhere, and from PostgreSQL 18 on virtual ones, which triggers do not see.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = error;
SET datestyle = 'ISO, YMD';
SELECT current_setting('server_version_num')::int >= 180000 AS has_virtual \gset
\if :has_virtual
\set kind VIRTUAL
\else
\set kind STORED
\endif
SELECT plan(8);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;

CREATE SCHEMA generated_shop;
SET search_path = generated_shop, public;
CREATE TABLE customers (id int PRIMARY KEY, name text, initial text GENERATED ALWAYS AS (left(name, 1)) :kind);
INSERT INTO customers SELECT n, chr(65 + n % 5) || n FROM generate_series(1, 50) n;
CREATE TABLE orders (number int, customer_id int GENERATED ALWAYS AS (number % 100) :kind, at date, cents int,
                     total numeric GENERATED ALWAYS AS (cents / 100.0) :kind);
INSERT INTO orders (number, at, cents) SELECT n % 49 + 1 + n % 7 * 100, '2024-01-01'::date + n % 20, n FROM generate_series(1, 400) n;
CREATE TABLE visits (customer_id int, at date, minutes int, seconds int GENERATED ALWAYS AS (minutes * 60) :kind);
INSERT INTO visits SELECT n % 50 + 1, '2024-01-01'::date + n % 20, n % 9 FROM generate_series(1, 200) n;
SELECT segment.create_population('customer', 'customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'at', measures => '{"revenue": "total"}'),
       segment.create_source('visits', 'visits', customer => 'customer_id', occurred_at => 'at', measures => '{"seconds": "seconds"}') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue'),
       segment.create_feature('seconds', aggregate => 'sum', source => 'visits', measure => 'seconds'),
       segment.create_feature('initial', attribute => 'initial') \g /dev/null
CALL segment.refresh('customer', as_of => '2024-02-01');
CREATE FUNCTION differences() RETURNS bigint LANGUAGE sql SET search_path = generated_shop, public AS $$
WITH features AS (SELECT customer_id, initial, coalesce(revenue, 0), coalesce(seconds, 0) FROM segment_data.customer_feature),
     truth AS (SELECT id, initial, coalesce((SELECT sum(total) FROM orders WHERE customer_id = id), 0), coalesce((SELECT sum(seconds) FROM visits WHERE customer_id = id), 0) FROM customers)
SELECT count(*) FROM ((TABLE features EXCEPT TABLE truth) UNION ALL (TABLE truth EXCEPT TABLE features)) d
$$;
SELECT is(differences(), 0::bigint, 'features of generated columns are right');

UPDATE orders SET number = 99 + 1 + 17 WHERE number % 100 = 3;
INSERT INTO orders (number, at, cents) VALUES (7, '2024-01-03', 12345);
UPDATE customers SET name = 'Zoe' WHERE id = 4;
UPDATE visits SET minutes = minutes + 1 WHERE customer_id = 9;
CALL segment.refresh('customer', as_of => '2024-02-01');
SELECT is(:'ERROR'::text, 'false', 'refreshed after what they are computed from changed');
SELECT is(differences(), 0::bigint, 'orders went to another customer, a name and minutes changed');
SELECT is((SELECT array_agg(DISTINCT captured ORDER BY captured) FROM segment.capture_status('customer') WHERE source IS DISTINCT FROM 'orders'), '{t}',
          'attributes and measures may be virtual: capture needs the key alone');
SELECT is((SELECT captured FROM segment.capture_status('customer') WHERE source = 'orders'), NOT :'has_virtual'::boolean, 'a key that triggers do not see is not captured');
SELECT is((SELECT count(*) FROM segment.check_sources('customer') WHERE source = 'orders' AND problem LIKE '%computed when it is read%'), :'has_virtual'::boolean::int::bigint,
          'and check_sources() says so');

-- other values without a changed row
\if :has_virtual
ALTER TABLE visits ALTER COLUMN seconds SET EXPRESSION AS (minutes * 61);
ALTER TABLE customers ALTER COLUMN initial SET EXPRESSION AS (right(name, 1));
\else
ALTER TABLE visits DROP COLUMN seconds, ADD COLUMN seconds int GENERATED ALWAYS AS (minutes * 61) STORED;
ALTER TABLE customers DROP COLUMN initial, ADD COLUMN initial text GENERATED ALWAYS AS (right(name, 1)) STORED;
\endif
CALL segment.refresh('customer', as_of => '2024-02-01');
SELECT is(differences(), 0::bigint, 'an expression that changed is noticed');
SELECT is((SELECT mismatched FROM segment.verify('customer')), 0::bigint, 'and all is well');
RESET search_path;
SELECT * FROM finish();
