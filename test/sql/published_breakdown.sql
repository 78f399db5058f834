-- What is beside the facts, as it was believed: activity like the facts, by attributes the final months.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(8);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SET datestyle = 'ISO, YMD';

CREATE SCHEMA believed;
SET search_path = believed, public;
CREATE TABLE customers (id int PRIMARY KEY, since date, region text);
CREATE TABLE orders (customer_id int, day date, total numeric(10,2));
CREATE INDEX ON orders (customer_id);
INSERT INTO customers SELECT n, '2024-01-01', (ARRAY['North', 'South'])[1 + n % 2] FROM generate_series(1, 30) n;
INSERT INTO orders SELECT 1 + n % 30, '2024-01-05'::date + n % 120, n % 89 + 0.75 FROM generate_series(1, 150) n;
SELECT segment.create_population('customer', 'customers', key => 'id', since => 'since', timezone => 'America/New_York'),
       segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}') \g /dev/null
SELECT segment.create_feature('revenue_30d', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '30 days', absent => 0),
       segment.create_feature('region', attribute => 'region') \g /dev/null
SELECT segment.create_scheme('value', objective => 'Know them', default_segment => 'Small'), segment.create_segment('value', 'Big', rule => 'revenue_30d > 50') \g /dev/null
SET segment.clock = '2024-05-04 10:00-04';
CALL segment.refresh();
SELECT segment.activate('value'), segment.create_breakdown('region') \g /dev/null

CREATE TABLE snapshot (at timestamptz, period_start date, breakdown text, segment text, label text, metric text, value numeric, is_final boolean);
CREATE PROCEDURE note() LANGUAGE sql AS $$INSERT INTO snapshot SELECT current_setting('segment.clock')::timestamptz, period_start, breakdown, segment, dimension, measure, value, is_final FROM segment_data.value_breakdown WHERE breakdown = '' OR is_final$$;
CREATE FUNCTION differs(moment timestamptz) RETURNS SETOF text LANGUAGE sql AS $$
    WITH believed AS (SELECT period_start, breakdown, segment, label, metric, value, is_final FROM snapshot WHERE at = moment),
         published AS (SELECT period_start, breakdown, segment, label, metric, value, is_final FROM segment.breakdown_as_published('value', moment))
    (SELECT 'then: ' || (t.*)::text FROM (TABLE believed EXCEPT ALL TABLE published) t) UNION ALL (SELECT 'published: ' || (t.*)::text FROM (TABLE published EXCEPT ALL TABLE believed) t)$$;
CALL note();
SELECT is_empty($$SELECT differs('2024-05-04 10:00-04')$$, 'as it is now');
SELECT ok((SELECT count(*) > 20 FROM snapshot WHERE breakdown = 'region' AND is_final), 'of both regions');

-- an open month changes the next day; April late, restated
INSERT INTO orders VALUES (1, '2024-05-05', 500), (2, '2024-04-11', 33);
SET segment.clock = '2024-05-05 12:00-04';
CALL segment.refresh();
CALL note();
SET segment.clock = '2024-05-05 13:00-04';
SELECT segment.restate('value', '2024-04-01', 'came in late') \g /dev/null
CALL note();
SELECT is_empty($$SELECT differs('2024-05-04 10:00-04')$$, 'the day before, open May included');
SELECT is_empty($$SELECT differs('2024-05-05 13:00-04')$$, 'restated');
SELECT ok((SELECT count(*) > 0 FROM segment_data.value_breakdown_past WHERE breakdown = 'region' AND is_final), 'the regions of April are kept');
SELECT ok((SELECT count(*) > 0 FROM segment_data.value_breakdown_past WHERE breakdown = '' AND NOT is_final), 'and the activity of open May');
SELECT is((SELECT count(*) FROM segment_data.value_breakdown_past WHERE breakdown <> '' AND NOT is_final), 0::bigint, 'of regions final months alone');
SELECT isnt((SELECT sum(value) FROM segment.breakdown_as_published('value', '2024-05-04 10:00-04') WHERE metric = 'revenue_before' AND period_start = '2024-05-01'),
            (SELECT sum(value) FROM segment.breakdown_as_published('value', 'infinity') WHERE metric = 'revenue_before' AND period_start = '2024-05-01'), 'April was believed to be less');

RESET search_path;
DROP SCHEMA believed CASCADE;
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SELECT * FROM finish();
