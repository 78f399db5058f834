\set ECHO none
-- A source whose own query fails for some customers' rows, in a view or in a measure, whole or by key: they are
-- quarantined, the others go on, and what they get is what they would have got without them.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = error;
SET datestyle = 'ISO, YMD';
SELECT plan(31);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;

CREATE SCHEMA error_shop;
SET search_path = error_shop, public;
CREATE TABLE customers (id int PRIMARY KEY);
INSERT INTO customers SELECT generate_series(1, 5000);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, day date, total numeric(10, 2), parts int NOT NULL DEFAULT 1, code text NOT NULL DEFAULT '1');
INSERT INTO orders SELECT n, CASE WHEN n % 1000 > 0 THEN n % 5000 + 1 END, '2024-01-01'::date + n % 30, n % 100 FROM generate_series(1, 20000) n;
CREATE INDEX ON orders (customer_id);
CREATE TABLE items (id int PRIMARY KEY, order_id int, price numeric(10, 2), weight float8 NOT NULL DEFAULT 1);
INSERT INTO items SELECT n, n, 1 FROM generate_series(1, 20000) n;
CREATE INDEX ON items (order_id);
CREATE VIEW shares AS SELECT customer_id, day, total / parts AS share, code::int AS code FROM orders;
SELECT segment.create_population('customer', 'customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"cubed": {"expression": "round(total * power(10::numeric, parts), 2)", "scale": 2}}'),
       segment.create_source('items', 'items', parent => 'orders', parent_key => 'order_id', measures => '{"logged": {"expression": "round(ln(weight)::numeric + price, 2)", "scale": 2}}'),
       segment.create_source('shares', 'shares', customer => 'customer_id', occurred_at => 'day', measures => '{"share": {"expression": "round(share, 2)", "scale": 2}, "code": "code"}') \g /dev/null
SELECT segment.create_feature('cubed', aggregate => 'sum', source => 'orders', measure => 'cubed'),
       segment.create_feature('logged', aggregate => 'sum', source => 'items', measure => 'logged'),
       segment.create_feature('share', aggregate => 'sum', source => 'shares', measure => 'share') \g /dev/null
CREATE VIEW named AS SELECT concat_ws(' ', customer, phase, source, sqlstate, message) AS what FROM segment.quarantined ORDER BY customer::int, source;
CREATE FUNCTION digest(without int[] DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT md5(string_agg(l, '|' ORDER BY l)) FROM (SELECT 'o' || o::text AS l FROM segment_data.customer_orders_ledger o WHERE customer_id IS NULL OR customer_id <> ALL (without)
                                UNION ALL SELECT 'i' || i::text FROM segment_data.customer_items_ledger i WHERE customer_id IS NULL OR customer_id <> ALL (without)
                                UNION ALL SELECT 's' || s::text FROM segment_data.customer_shares_ledger s WHERE customer_id IS NULL OR customer_id <> ALL (without)) l$$;
CALL segment.refresh('customer', as_of => '2024-02-01');
SELECT is((SELECT count(*) FROM segment.quarantined), 0::bigint, 'nothing fails at first');
SELECT digest(ARRAY[7, 8, 4011]) AS others, digest() AS all \gset

-- by key: a plain table of which a few changed
UPDATE orders SET parts = 200000 WHERE id = 6;
UPDATE orders SET total = total + 1 WHERE id = 20;
CALL segment.refresh('customer', as_of => '2024-02-01');
SELECT is(:'ERROR'::text, 'false', 'a measure that overflows does not fail the refresh');
SELECT results_eq('TABLE named', ARRAY['7 ledger orders 22003 value overflows numeric format'], 'by key: the customer is found');
SELECT is((SELECT cubed FROM segment_data.customer WHERE customer_id = 21), (SELECT sum(total) * 10 FROM orders WHERE customer_id = 21), 'who changed with it is refreshed');
SELECT is((SELECT segment.total(ledger, 1) FROM segment_data.customer_orders_ledger WHERE customer_id = 7), (SELECT sum(total) * 10 FROM orders WHERE customer_id = 7), 'and it keeps the ledger it had');
UPDATE orders SET parts = 1 WHERE id = 6;
UPDATE orders SET total = total - 1 WHERE id = 20;
CALL segment.refresh('customer', as_of => '2024-02-01');
SELECT is((SELECT count(*) FROM segment.quarantined), 0::bigint, 'with better rows it comes out');
SELECT is(digest(), :'all', 'everything is as it was');

-- a customer's events of no customer
UPDATE orders SET parts = 200000 WHERE id = 1000;
CALL segment.refresh('customer', as_of => '2024-02-01');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '22003', 'an event of nobody that fails is an error');
UPDATE orders SET parts = 1 WHERE id = 1000;

-- a child, by key and whole
UPDATE items SET weight = -1 WHERE id = 7;
CALL segment.refresh('customer', as_of => '2024-02-01');
SELECT results_eq('TABLE named', ARRAY['8 ledger items 2201E cannot take logarithm of a negative number'], 'by key in a child source');
CALL segment.rebuild('items');
SELECT results_eq('TABLE named', ARRAY['8 ledger items 2201E cannot take logarithm of a negative number'], 'and when all of it is read');
SELECT is(digest(ARRAY[7, 8, 4011]), :'others', 'the others'' ledgers are the same');
UPDATE items SET weight = 1;
UPDATE orders SET parts = 200000 WHERE id = 6;
CALL segment.refresh('customer', as_of => '2024-02-01');
CALL segment.rebuild('orders');
SELECT results_eq('TABLE named', ARRAY['7 ledger orders 22003 value overflows numeric format'], 'a table read in full');
SELECT is(digest(ARRAY[7, 8, 4011]), :'others', 'all others are right');
SELECT is((SELECT mismatched FROM segment.verify('customer')), 0::bigint, 'verify finds nothing wrong with them');
UPDATE orders SET parts = 1 WHERE id = 6;
CALL segment.refresh('customer', as_of => '2024-02-01');
SELECT is(digest(), :'all', 'and so is it when it is cured');

-- a view, which is read in full by every refresh
UPDATE orders SET parts = 0 WHERE id = 7;
UPDATE orders SET code = 'x12' WHERE id = 4010;
CALL segment.refresh('customer', as_of => '2024-02-02');
SELECT results_eq('TABLE named', ARRAY['8 ledger shares 22012 division by zero', '4011 ledger shares 22P02 invalid input syntax for type integer: "x12"'], 'a division and a cast in a view');
SELECT is((SELECT hint LIKE '%leave them out by its filter.' FROM segment.quarantined WHERE customer = '8'), true, 'the hint says what to do');
SELECT is((SELECT quarantined FROM segment.refresh_log ORDER BY refresh_id DESC LIMIT 1), 2::bigint, 'they are counted');
SELECT is((SELECT as_of FROM segment_data.customer_feature WHERE customer_id = 9), '2024-02-02'::date, 'the others are refreshed');
SELECT is((SELECT segment.total(ledger, 2) FROM segment_data.customer_shares_ledger WHERE customer_id = 8), (SELECT sum(round(total, 2)) FROM orders WHERE customer_id = 8), 'they keep the ledger they had');
INSERT INTO orders VALUES (30000, 5000, '2024-01-31', 44);
DELETE FROM orders WHERE customer_id = 4999;
CALL segment.refresh('customer', as_of => '2024-02-02');
SELECT is((SELECT share FROM segment_data.customer WHERE customer_id = 5000), (SELECT sum(total) FROM orders WHERE customer_id = 5000), 'another refresh follows what changes around them');
SELECT is_empty('SELECT 1 FROM segment_data.customer_shares_ledger WHERE customer_id = 4999', 'also who has nothing any more');
SELECT is((SELECT count(*) FROM segment.quarantined), 2::bigint, 'the two stay where they are');
SELECT is((SELECT mismatched FROM segment.verify('customer')), 0::bigint, 'verify passes them over');

-- merged: a duplicate's row that fails is the survivor's failure
SELECT segment.merge_customer(11, 4011) \g /dev/null
CALL segment.refresh('customer', as_of => '2024-02-02');
SELECT is((SELECT string_agg(customer, ' ' ORDER BY customer::int) FROM segment.quarantined), '8 11', 'of merged customers the survivor is set aside');
SELECT segment.unmerge_customer(4011) \g /dev/null

-- nobody may fail; many fail
SET segment.quarantine_limit = 0;
CALL segment.refresh('customer', as_of => '2024-02-02');
RESET segment.quarantine_limit;
SELECT is(:'LAST_ERROR_SQLSTATE' ~ '^22', true, 'where nobody may be quarantined the error itself is raised');
UPDATE orders SET parts = 0 WHERE customer_id <= 30;
SET segment.quarantine_limit = 20;
CALL segment.refresh('customer', as_of => '2024-02-02');
RESET segment.quarantine_limit;
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '22012 more than 20 customers fail in source "shares"', 'more than the limit fail the refresh');
UPDATE orders SET parts = 1, code = '1';
CALL segment.refresh('customer', as_of => '2024-02-02');
SELECT is((SELECT count(*) FROM segment.quarantined), 0::bigint, 'all are well again');
SELECT is((SELECT mismatched FROM segment.verify('customer')), 0::bigint, 'and equal to the tables');

-- the customers themselves are read whole or not at all, and the error says so
CREATE VIEW fragile AS SELECT id, 100 / (id - 3) AS ratio FROM customers WHERE id < 3 OR id > 3;
SELECT segment.create_population('fragile', 'fragile', key => 'id', timezone => 'UTC'), segment.create_feature('ratio', attribute => 'ratio', population => 'fragile') \g /dev/null
CREATE OR REPLACE VIEW fragile AS SELECT id, 100 / (id - 3) AS ratio FROM customers;
CALL segment.refresh('fragile', as_of => '2024-02-02');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '22012', 'a population''s own query that fails stops its refresh');
SELECT is((SELECT refreshed_at FROM segment.population WHERE name = 'fragile'), NULL, 'and leaves nothing');
RESET search_path;
SELECT * FROM finish();
