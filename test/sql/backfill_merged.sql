-- A customer merged away on the day it came, parted later, and found by a backfill to have been there before: one stay, without moves.
-- And one that came and moved twice on one day, found to have been there before: it did not come on that day, but both moves stay.
\set ECHO none
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SET datestyle = 'ISO, YMD';
SELECT plan(5);
CREATE SCHEMA parted_shop;
CREATE TABLE parted_shop.customers (id int PRIMARY KEY, since date);
CREATE TABLE parted_shop.orders (id int PRIMARY KEY, customer_id int, day date, total int);
CREATE INDEX ON parted_shop.orders (customer_id);
INSERT INTO parted_shop.customers VALUES (1, '2024-01-01'), (2, '2024-01-01');
INSERT INTO parted_shop.orders VALUES (1, 1, '2024-01-05', 10), (2, 2, '2024-01-05', 10);
SELECT segment.create_population('customer', 'parted_shop.customers', key => 'id', since => 'since', timezone => 'UTC'),
       segment.create_source('orders', 'parted_shop.orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}'),
       segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0),
       segment.create_scheme('activity', objective => 'Test', default_segment => 'Quiet'),
       segment.create_segment('activity', 'Top', 'revenue > 5000'), segment.create_segment('activity', 'Busy', 'revenue > 1000') \g /dev/null
CALL segment.refresh('customer', as_of => '2024-06-25');
SELECT segment.activate('activity', backfill => false) \g /dev/null
CALL segment.refresh('customer', as_of => '2024-07-01');
INSERT INTO parted_shop.customers VALUES (3, '2024-07-02');
CALL segment.refresh('customer', as_of => '2024-07-02');
INSERT INTO parted_shop.customers VALUES (4, '2024-07-02');
CALL segment.refresh('customer', as_of => '2024-07-02');
INSERT INTO parted_shop.orders VALUES (3, 4, '2024-07-02', 2000);
CALL segment.refresh('customer', as_of => '2024-07-02');
INSERT INTO parted_shop.orders VALUES (4, 4, '2024-07-02', 8000);
CALL segment.refresh('customer', as_of => '2024-07-02');
SELECT segment.merge_customer(1, 3) \g /dev/null
CALL segment.refresh('customer', as_of => '2024-07-02');
SELECT segment.unmerge_customer(3) \g /dev/null
UPDATE parted_shop.customers SET since = '2024-04-17' WHERE id IN (3, 4);
CALL segment.refresh('customer', as_of => '2024-07-20');
SELECT is((SELECT string_agg(concat_ws(' ', day, from_segment, '>', to_segment), ', ' ORDER BY seq) FROM segment_data.activity_transition WHERE customer_id = 3),
          '2024-07-02 > Quiet, 2024-07-02 Quiet >, 2024-07-03 > Quiet', 'came, left and came back');
SELECT is((SELECT string_agg(concat_ws(' ', day, from_segment, '>', to_segment), ', ' ORDER BY seq) FROM segment_data.activity_transition WHERE customer_id = 4),
          '2024-07-02 > Quiet, 2024-07-02 Quiet > Busy, 2024-07-02 Busy > Top', 'came and moved twice on one day');
CALL segment.backfill('activity', since => '2024-04-30');
SELECT results_eq('SELECT segment, valid FROM segment_data.activity_history WHERE customer_id = 3', $$VALUES ('Quiet', '[2024-04-30,)'::daterange)$$, 'one stay');
SELECT is((SELECT count(*) FROM segment_data.activity_transition WHERE customer_id = 3), 0::bigint, 'without moves in it');
SELECT is((SELECT string_agg(concat_ws(' ', day, from_segment, '>', to_segment), ', ' ORDER BY seq) FROM segment_data.activity_transition WHERE customer_id = 4),
          '2024-07-02 Quiet > Busy, 2024-07-02 Busy > Top', 'moves on the day it seemed to come stay');
SELECT finish();
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
DROP SCHEMA parted_shop CASCADE;
