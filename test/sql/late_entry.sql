-- A final period is marked also when customers would count elsewhere in it: exactly then.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(13);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SET datestyle = 'ISO, YMD';

CREATE SCHEMA entry_shop;
SET search_path = entry_shop, public;
CREATE TABLE customers (id int PRIMARY KEY, since date);
CREATE TABLE orders (customer_id int, day date, total numeric(10,2));
CREATE INDEX ON orders (customer_id);
INSERT INTO customers SELECT n, '2024-02-10'::date + n FROM generate_series(1, 30) n;
INSERT INTO customers VALUES (31, NULL);
INSERT INTO orders SELECT 1 + n % 30, '2024-03-15'::date + n % 110, n % 97 + 0.25 FROM generate_series(1, 400) n;
INSERT INTO orders VALUES (77, '2024-03-07', 5), (77, '2024-05-07', 6);
SELECT segment.create_population('customer', 'customers', key => 'id', since => 'since', timezone => 'UTC'),
       segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}'),
       segment.create_feature('revenue_90d', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '90 days', absent => 0),
       segment.create_scheme('value', objective => 'Know them', default_segment => 'Small'), segment.create_segment('value', 'Big', rule => 'revenue_90d > 100') \g /dev/null
SET segment.clock = '2024-07-10 10:00+00';
CALL segment.refresh();
SELECT segment.activate('value') \g /dev/null

-- which months are marked, then what restating every month changes, and all is settled again
CREATE FUNCTION marked() RETURNS text LANGUAGE sql AS
$$SELECT coalesce(string_agg(to_char(period_start, 'MM') || ' ' || cause || ' ' || ledgers, ', ' ORDER BY period_start, cause), 'none') FROM segment.stale_period$$;
CREATE FUNCTION differing() RETURNS text LANGUAGE sql AS
$$SELECT coalesce(string_agg(to_char(p, 'MM'), ', ' ORDER BY p), 'none') FROM (SELECT p FROM (SELECT DISTINCT period_start FROM segment_data.value_facts WHERE is_final) f (p)
   WHERE segment.restate('value', p, 'test') > 0 ORDER BY p) f$$;
CREATE FUNCTION marks(expected text, months text, what text) RETURNS SETOF text LANGUAGE sql AS
$$SELECT is(marked(), expected, what) UNION ALL SELECT is(differing(), months, what || ': and differs')$$;
SELECT is(marked() || ' ' || differing(), 'none none', 'nothing is stale');

UPDATE customers SET since = since - 3 WHERE id IN (12, 13);
CALL segment.refresh();
SELECT marks('none', 'none', 'another day of the same month');
UPDATE customers SET since = '2024-05-20' WHERE id = 14;
DELETE FROM orders WHERE customer_id = 14 AND day < '2024-05-25';
CALL segment.refresh();
SELECT is(marked() LIKE '%02 customers 1%05 customers 1%', true, 'an entry that is months later: ' || marked());
SELECT is(differing(), '02, 03, 04, 05', 'and those differ');
INSERT INTO customers VALUES (50, '2024-03-05');
CALL segment.refresh();
SELECT marks('none', 'none', 'a customer of long ago who was nowhere and did nothing');
INSERT INTO customers VALUES (77, '2024-05-01');
CALL segment.refresh();
SELECT marks('03 customers 1', '03', 'a customer whose events were those of a stranger');
DELETE FROM customers WHERE id IN (5, 31);
CALL segment.refresh();
SELECT marks('none', 'none', 'who goes leaves a history that began with the entry');
-- entered on 13 February, first order in March
UPDATE customers SET since = NULL WHERE id = 3;
CALL segment.refresh();
SELECT marks('02 customers 1, 03 customers 1', '02, 03', 'a since that is not known any more');

RESET search_path;
DROP SCHEMA entry_shop CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
SELECT * FROM finish();
