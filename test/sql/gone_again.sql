-- A customer who left, came back and left again had been there before: its events are those of nobody new, whichever months are computed.
\set ECHO none
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SET datestyle = 'ISO, YMD';
SELECT plan(5);
CREATE SCHEMA returned_shop;
CREATE TABLE returned_shop.customers (id int PRIMARY KEY);
CREATE TABLE returned_shop.orders (id int PRIMARY KEY, customer_id int, day date, total int);
CREATE INDEX ON returned_shop.orders (customer_id);
INSERT INTO returned_shop.customers VALUES (1), (2);
INSERT INTO returned_shop.orders VALUES (1, 1, '2024-01-05', 10), (2, 2, '2024-01-06', 20);
SELECT segment.create_population('customer', 'returned_shop.customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'returned_shop.orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}'),
       segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0),
       segment.create_scheme('worth', objective => 'Test', default_segment => 'Low'),
       segment.create_segment('worth', 'High', 'revenue > 100') \g /dev/null
CALL segment.refresh('customer', as_of => '2024-01-20');
SELECT segment.activate('worth', backfill => false) \g /dev/null
DELETE FROM returned_shop.customers WHERE id = 2;
CALL segment.refresh('customer', as_of => '2024-02-10');
CALL segment.refresh('customer', as_of => '2024-03-10');
CALL segment.refresh('customer', as_of => '2024-04-09');
INSERT INTO returned_shop.customers VALUES (2);
INSERT INTO returned_shop.orders VALUES (3, 2, '2024-04-10', 40), (4, 1, '2024-04-11', 80);
CALL segment.refresh('customer', as_of => '2024-04-10');
DELETE FROM returned_shop.customers WHERE id = 2;
CALL segment.refresh('customer', as_of => '2024-04-20');
CALL segment.refresh('customer', as_of => '2024-05-01');
INSERT INTO returned_shop.customers VALUES (2);
INSERT INTO returned_shop.orders VALUES (5, 2, '2024-05-02', 160);
CALL segment.refresh('customer', as_of => '2024-05-02');
CALL segment.refresh('customer', as_of => '2024-05-06');
CREATE VIEW returned_shop.april AS SELECT string_agg(segment || ' ' || value, ', ' ORDER BY segment) AS revenue
  FROM segment_data.worth_facts WHERE period_start = '2024-04-01' AND measure = 'revenue' AND dimension = '' AND value <> 0;
SELECT is((SELECT revenue FROM returned_shop.april), 'Low 80, unassigned 40', 'who came and went, as one who had been there before');
DELETE FROM returned_shop.customers WHERE id = 2;
CALL segment.refresh('customer', as_of => '2024-05-10');
SELECT is_empty($$SELECT FROM segment.stale_period WHERE period_start = '2024-04-01'$$, 'that it leaves changes nothing about April');
SELECT segment.restate('worth', '2024-04-01', 'to see') \g /dev/null
SELECT is((SELECT revenue FROM returned_shop.april), 'Low 80, unassigned 40', 'nor when April alone is computed');
CREATE TEMP TABLE kept AS TABLE segment_data.worth_facts;
SELECT is((SELECT string_agg(segment || ' ' || value, ', ') FROM kept WHERE period_start = '2024-05-01' AND measure = 'revenue' AND dimension = '' AND value <> 0), 'unassigned 160', 'nor is it new in May, which is open');
SELECT segment.update_facts('worth') \g /dev/null
SELECT set_eq('SELECT period_start, segment, measure, dimension, value FROM segment_data.worth_facts', 'SELECT period_start, segment, measure, dimension, value FROM kept', 'as computed from everyone');
SELECT finish();
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
DROP SCHEMA returned_shop CASCADE;
