-- Two clocks: any published scorecard can be had again as it was believed, and as it is known now.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(17);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SET datestyle = 'ISO, YMD';

CREATE SCHEMA two_clocks;
SET search_path = two_clocks, public;
CREATE TABLE customers (id int PRIMARY KEY, since date);
CREATE TABLE orders (customer_id int, day date, channel text, total numeric(10,2));
CREATE INDEX ON orders (customer_id);
INSERT INTO customers SELECT n, '2024-01-01' FROM generate_series(1, 30) n;
INSERT INTO orders SELECT 1 + n % 30, '2024-01-05'::date + n % 120, (ARRAY['web', 'app'])[1 + n % 2], n % 89 + 0.75 FROM generate_series(1, 500) n;
SELECT segment.create_population('customer', 'customers', key => 'id', since => 'since', timezone => 'America/New_York'),
       segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}', dimension => 'channel') \g /dev/null
SELECT segment.create_feature('revenue_30d', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '30 days', absent => 0) \g /dev/null
SELECT segment.create_scheme('value', objective => 'Know them', default_segment => 'Small'), segment.create_segment('value', 'Big', rule => 'revenue_30d > 150') \g /dev/null
SET segment.clock = '2024-05-02 10:00-04';
CALL segment.refresh();
SELECT segment.activate('value') \g /dev/null

CREATE TABLE snapshot (at timestamptz, period_start date, period_end date, segment text, source text, dimension text, metric text, value numeric, is_final boolean, computed_at timestamptz);
CREATE PROCEDURE note() LANGUAGE sql AS $$INSERT INTO snapshot SELECT current_setting('segment.clock')::timestamptz, * FROM segment_data.value_scorecard$$;
CREATE FUNCTION differs(moment timestamptz) RETURNS SETOF text LANGUAGE sql AS $$
    (SELECT 'then: ' || (t.*)::text FROM (SELECT period_start, period_end, segment, source, dimension, metric, value, is_final, computed_at FROM snapshot WHERE at = moment
     EXCEPT SELECT * FROM segment.scorecard_as_published('value', moment)) t)
    UNION ALL
    (SELECT 'now: ' || (t.*)::text FROM (SELECT * FROM segment.scorecard_as_published('value', moment)
     EXCEPT SELECT period_start, period_end, segment, source, dimension, metric, value, is_final, computed_at FROM snapshot WHERE at = moment) t)$$;
CALL note();
SELECT is_empty($$SELECT differs('2024-05-02 10:00-04')$$, 'as published now is the scorecard');
SELECT is_empty($$SELECT * FROM segment.scorecard_as_published('value', '2024-05-01 23:59-04')$$, 'the day before nothing was published');

-- a day with three refreshes, of which the last counts for the open months; labels come and go
INSERT INTO orders VALUES (1, '2024-05-02', 'phone', 500);
SET segment.clock = '2024-05-02 12:00-04';
CALL segment.refresh();
UPDATE orders SET channel = 'web' WHERE channel = 'phone';
INSERT INTO orders VALUES (2, '2024-05-02', 'web', 80);
SET segment.clock = '2024-05-02 23:30-04';
CALL segment.refresh();
CALL note();
SET segment.clock = '2024-05-03 00:30-04';
INSERT INTO orders VALUES (3, '2024-05-03', 'web', 90), (1, '2024-04-30', 'web', 7);
CALL segment.refresh();
CALL note();
SELECT is_empty($$SELECT differs('2024-05-02 23:30-04')$$, 'the end of the day before, in the zone of the business');
SELECT is_empty($$SELECT differs('2024-05-03 00:30-04')$$, 'and the present');
SELECT results_eq($$SELECT * FROM segment.scorecard_as_published('value', '2024-05-02 11:00-04') WHERE NOT is_final$$,
                  $$SELECT * FROM segment.scorecard_as_published('value', '2024-05-02 23:30-04') WHERE NOT is_final$$, 'an open month has one state a day');
SELECT is_empty($$SELECT * FROM segment_data.value_facts_past WHERE dimension = 'phone'$$, 'what came and went within it left no trace');

-- April is final; then something comes late, then it is restated twice on one day
SET segment.clock = '2024-05-04 08:00-04';
CALL segment.refresh();
CALL note();
INSERT INTO orders VALUES (4, '2024-04-11', 'fair', 33), (5, '2024-03-11', 'fair', 44);
SET segment.clock = '2024-05-06 08:00-04';
CALL segment.refresh();
CALL note();
SET segment.clock = '2024-05-06 09:00-04';
SELECT segment.restate('value', '2024-04-01', 'the fair') \g /dev/null
CALL note();
DELETE FROM orders WHERE channel = 'fair' AND total = 33;
SET segment.clock = '2024-05-06 10:00-04';
CALL segment.refresh();
SELECT segment.restate('value', '2024-04-01', 'not the fair') \g /dev/null
CALL note();
SELECT is_empty($$SELECT differs('2024-05-04 08:00-04')$$, 'as it was believed when April was just final');
CREATE FUNCTION of_final(moment timestamptz) RETURNS SETOF text LANGUAGE sql AS
$$SELECT (s.*)::text FROM segment.scorecard_as_published('value', moment) s WHERE is_final ORDER BY 1$$;
SELECT results_eq(format('SELECT of_final(%L)', at), format($$SELECT (period_start, period_end, segment, source, dimension, metric, value, is_final, computed_at)::text FROM snapshot WHERE is_final AND at = %L ORDER BY 1$$, at),
                  'final months to the moment, ' || n || ' of 3')
  FROM (SELECT at, row_number() OVER (ORDER BY at) AS n FROM (SELECT DISTINCT at FROM snapshot WHERE at >= '2024-05-06') s) s ORDER BY n;
SELECT is((SELECT count(*) FROM (SELECT DISTINCT sum(value) FILTER (WHERE period_start = '2024-04-01') FROM snapshot WHERE metric = 'revenue' AND at >= '2024-05-06' GROUP BY at) v), 2::bigint, 'in which April was two things');
SELECT is_empty($$SELECT differs((SELECT max(at) FROM snapshot))$$, 'and the scorecard is as known now');
SELECT is((SELECT sum(value) FROM segment.scorecard_as_published('value', 'infinity') WHERE metric = 'revenue' AND period_start = '2024-04-01'),
          (SELECT sum(total) FROM orders WHERE day BETWEEN '2024-04-01' AND '2024-04-30'), 'of the table');
SELECT is_empty($$SELECT * FROM segment_data.value_facts_past p JOIN segment_data.value_facts_past q USING (period_start, segment, source, dimension, measure)
                   WHERE (p.computed_at, p.superseded_at) <> (q.computed_at, q.superseded_at) AND tstzrange(p.computed_at, p.superseded_at) && tstzrange(q.computed_at, q.superseded_at)$$, 'no fact was two values at once');

-- refused
\set VERBOSITY terse
SELECT count(*) FROM segment.scorecard_as_published('none', now());
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '42704', 'no such scheme');
SELECT segment.create_scheme('draft', objective => 'None yet') \g /dev/null
SELECT count(*) FROM segment.scorecard_as_published('draft', now());
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '55000', 'a draft');
SELECT count(*) FROM segment.scorecard_as_published('value', NULL);
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '22004', 'no moment');

RESET search_path;
DROP SCHEMA two_clocks CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
SELECT * FROM finish();
