\set ECHO none
-- COPY FREEZE, rewrites with another type and row movement between partitions: after each refresh everything equals the tables (F47, F48, F53).
\pset format unaligned
\pset tuples_only true
SET client_min_messages = error;
SET datestyle = 'ISO, YMD';
SELECT plan(8);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;

CREATE SCHEMA bulk_shop;
SET search_path = bulk_shop, public;
CREATE TABLE customers (id int PRIMARY KEY);
INSERT INTO customers SELECT generate_series(1, 50);
CREATE TABLE orders (customer_id int, at date, total text);
INSERT INTO orders SELECT n % 50 + 1, '2024-01-01'::date + n % 20, n FROM generate_series(1, 200) n;
CREATE INDEX ON orders (customer_id);
CREATE TABLE visits (customer_id int, at date, site int) PARTITION BY LIST (site);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES IN (1);
CREATE TABLE visits_2 PARTITION OF visits FOR VALUES IN (2);
INSERT INTO visits SELECT n % 50 + 1, '2024-01-05', 1 + n % 2 FROM generate_series(1, 100) n;
ALTER TABLE orders ALTER total TYPE numeric(10, 2) USING total::numeric;
SELECT segment.create_population('customer', 'customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'at', measures => '{"revenue": "total"}'),
       segment.create_source('visits', 'visits', customer => 'customer_id', occurred_at => 'at', measures => '{"site": "site"}') \g /dev/null
CREATE FUNCTION differences() RETURNS bigint LANGUAGE sql AS $$
    SELECT (SELECT count(*) FROM (SELECT customer_id, sum(total) AS t FROM orders GROUP BY 1) o FULL JOIN segment_data.customer_orders_ledger l USING (customer_id)
             WHERE o.t IS DISTINCT FROM segment.total(l.ledger, 1))
         + (SELECT count(*) FROM (SELECT customer_id, sum(site) AS t FROM visits GROUP BY 1) o FULL JOIN segment_data.customer_visits_ledger l USING (customer_id)
             WHERE o.t IS DISTINCT FROM segment.total(l.ledger, 1))$$;
CALL segment.refresh('customer', as_of => '2024-02-01');
SELECT is(differences(), 0::bigint, 'equal at first');
BEGIN;
TRUNCATE orders;
COPY orders FROM PROGRAM 'seq -f "%.0f,2024-01-09,7" 1 45' WITH (FORMAT csv, FREEZE);
COMMIT;
SELECT is((SELECT count(*) FROM orders), 45::bigint, 'frozen rows are there');
CALL segment.refresh('customer', as_of => '2024-02-01');
SELECT is(differences(), 0::bigint, 'COPY FREEZE after TRUNCATE');
ALTER TABLE orders ALTER total TYPE numeric(12, 3) USING total * 2;
CALL segment.refresh('customer', as_of => '2024-02-01');
SELECT is((SELECT sum(total) FROM orders), (SELECT sum(segment.total(ledger, 1)) FROM segment_data.customer_orders_ledger), 'ALTER TYPE with USING');
UPDATE visits SET site = 3 - site WHERE customer_id = 7;
CALL segment.refresh('customer', as_of => '2024-02-01');
SELECT is(differences(), 0::bigint, 'rows that move to another partition');
INSERT INTO visits_2 VALUES (8, '2024-01-06', 2);
DELETE FROM visits_1 WHERE customer_id = 10;
CALL segment.refresh('customer', as_of => '2024-02-01');
SELECT is(differences(), 0::bigint, 'and those written in a partition itself');
TRUNCATE visits_2;
CALL segment.refresh('customer', as_of => '2024-02-01');
SELECT is(differences(), 0::bigint, 'TRUNCATE of one partition');
SELECT is((SELECT mismatched FROM segment.verify('customer')), 0::bigint, 'verify agrees');
RESET search_path;
SELECT * FROM finish();
