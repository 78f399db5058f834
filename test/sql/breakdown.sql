\set ECHO none
-- Activity and facts by an attribute: they add up, and a refresh keeps them what a full computation makes of them.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
CREATE SCHEMA breakdown;
SET search_path = breakdown, public;
SELECT plan(34);

SELECT setseed(0.25) \g /dev/null
CREATE TABLE customers AS SELECT n AS id, '2023-11-01'::date + (random() * 140)::int AS joined, (ARRAY['North', 'South', 'East', NULL, ''])[1 + n % 5] AS region, n % 20 = 0 AS vip,
       n AS number FROM generate_series(1, 300) n;
ALTER TABLE customers ADD PRIMARY KEY (id);
CREATE TABLE orders AS
SELECT o AS id, CASE WHEN o % 60 = 0 THEN NULL ELSE 1 + (random() * 305)::int END AS customer, '2023-11-10'::date + (random() * 160)::int AS day,
       (ARRAY['web', 'shop', NULL])[1 + (random() * 2)::int] AS channel, round((random() * 100 - 20)::numeric, 2) AS total FROM generate_series(1, 2000) o;
ALTER TABLE orders ADD PRIMARY KEY (id);
CREATE INDEX ON orders (customer);
CREATE TABLE visits AS SELECT 1 + (random() * 305)::int AS customer, '2023-12-15'::date + (random() * 120)::int AS day, (random() * 9)::int AS minutes FROM generate_series(1, 600);
SELECT segment.create_population('shopper', 'customers', key => 'id', timezone => 'UTC', since => 'joined', settle => '5 days'),
       segment.create_source('orders', 'orders', customer => 'customer', occurred_at => 'day', measures => '{"revenue": "total"}', dimension => 'channel', purchase => 'total > 0'),
       segment.create_source('visits', 'visits', customer => 'customer', occurred_at => 'day', measures => '{"minutes": "minutes"}'),
       segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0),
       segment.create_feature('recent', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '30 days', absent => 0),
       segment.create_feature('vip', attribute => 'vip'), segment.create_feature('number', attribute => 'number'),
       segment.create_scheme('worth', objective => 'Keep the good ones', default_segment => 'Rest') \g /dev/null
SELECT segment.create_segment('worth', 'VIP', rule => 'vip'), segment.create_segment('worth', 'High', rule => 'revenue > 150'), segment.create_segment('worth', 'Warm', rule => 'recent > 20') \g /dev/null
CALL segment.refresh('shopper', as_of => '2024-03-04');

-- errors
SELECT throws_ok($$SELECT segment.create_breakdown('nothing')$$, '42704', NULL, 'an unknown feature');
SELECT throws_ok($$SELECT segment.create_breakdown('recent')$$, '22023', NULL, 'no attribute');
SELECT throws_ok($$SELECT segment.create_breakdown('number')$$, '54000', 'attribute "number" has more than 255 different values, or one longer than 255 bytes', 'too many values');
SELECT segment.create_feature('channel', attribute => 'region'), segment.create_feature('region', attribute => 'region') \g /dev/null
SELECT throws_ok($$SELECT segment.create_breakdown('channel')$$, '42710', '"channel" is the dimension of source "orders"', 'the name of a dimension');
SELECT throws_ok($$SELECT segment.create_breakdown('region')$$, '55000', 'attribute "region" has no values yet', 'an attribute newer than the last refresh');
CALL segment.refresh('shopper', as_of => '2024-03-05');
SELECT throws_ok($$SELECT segment.drop_breakdown('region')$$, '42704', NULL, 'nothing to drop');
SELECT segment.activate('worth') \g /dev/null
SELECT segment.create_breakdown('region') \g /dev/null
SELECT throws_ok($$SELECT segment.create_breakdown('region')$$, '42710', NULL, 'twice');
SELECT throws_ok($$SELECT segment.drop_feature('region')$$, '2BP01', NULL, 'the feature is in use');

-- channel total = region total = segment total, of every measure and count
CREATE VIEW uneven AS
SELECT t.segment, t.period_start, t.metric, b.breakdown, t.value, b.value AS broken_down
  FROM (SELECT DISTINCT breakdown, metric FROM segment.metric_value WHERE breakdown <> '') k
  JOIN segment.metric_value t ON t.breakdown = '' AND t.metric = k.metric
  LEFT JOIN (SELECT breakdown, segment, period_start, metric, sum(value) AS value FROM segment.metric_value WHERE breakdown <> '' GROUP BY 1, 2, 3, 4) b
    ON (b.breakdown, b.segment, b.period_start, b.metric) = (k.breakdown, t.segment, t.period_start, t.metric)
 WHERE coalesce(t.value, 0) <> coalesce(b.value, 0);
SELECT is_empty('TABLE uneven', 'channel total = region total = segment total');
SELECT set_eq($$SELECT breakdown, count(DISTINCT metric) FROM segment.metric_value GROUP BY 1$$, $$VALUES ('', 21), ('channel', 2), ('region', 21)$$, 'metrics by breakdown');
SELECT set_eq($$SELECT DISTINCT label FROM segment.metric_value WHERE breakdown = 'region'$$, $$VALUES ('North'), ('South'), ('East'), ('')$$, 'labels are the values; none is empty');
SELECT is_empty($$SELECT segment, label FROM segment.metric_value WHERE breakdown = 'region' AND metric IN ('opening', 'acquired', 'moved_in', 'moved_out', 'removed', 'closing')
                  GROUP BY segment, label, period_start HAVING sum(CASE metric WHEN 'closing' THEN -1 WHEN 'moved_out' THEN -1 WHEN 'removed' THEN -1 ELSE 1 END * value) <> 0$$,
                'opening + acquired + moved_in - moved_out - removed = closing in every region');

-- activity against the tables
CREATE VIEW activity AS
SELECT m.month::date AS period_start, count(*) FILTER (WHERE now.n > 0) AS active, count(*) FILTER (WHERE before.n > 0) AS active_before, count(*) FILTER (WHERE now.n > 0 AND before.n > 0) AS retained,
       coalesce(sum(before.r) FILTER (WHERE before.n > 0), 0) AS revenue_before, coalesce(sum(before.r) FILTER (WHERE before.n > 0 AND now.n = 0), 0) AS revenue_lapsed, coalesce(sum(coalesce(now.r, 0)) FILTER (WHERE before.n > 0), 0) AS revenue_now
  FROM generate_series('2023-11-01'::date, '2024-03-01', '1 month') m (month), customers c,
       LATERAL (SELECT count(*) FILTER (WHERE total > 0) AS n, sum(total) AS r FROM orders WHERE customer = c.id AND day >= m.month AND day < m.month + '1 month' AND day <= '2024-03-05') now,
       LATERAL (SELECT count(*) FILTER (WHERE total > 0) AS n, sum(total) AS r FROM orders WHERE customer = c.id AND day >= m.month - '1 month'::interval AND day < m.month) before
 GROUP BY 1;
SELECT results_eq(format($$SELECT period_start, sum(value) FROM segment_data.worth_breakdown WHERE breakdown = '' AND measure = %L GROUP BY 1 ORDER BY 1$$, name),
                  format('SELECT period_start, %I::numeric FROM activity a WHERE period_start >= (SELECT min(period_start) FROM segment_data.worth_facts) ORDER BY 1', name), name || ' as the tables say')
  FROM unnest(ARRAY['active', 'active_before', 'retained', 'revenue_before', 'revenue_lapsed']) name;
SELECT results_eq($$SELECT period_start, sum(CASE measure WHEN 'revenue_before' THEN value WHEN 'revenue_expansion' THEN value ELSE -value END) FROM segment_data.worth_breakdown
                     WHERE breakdown = '' AND measure IN ('revenue_before', 'revenue_lapsed', 'revenue_contraction', 'revenue_expansion') GROUP BY 1 ORDER BY 1$$,
                  'SELECT period_start, revenue_now FROM activity WHERE period_start >= (SELECT min(period_start) FROM segment_data.worth_facts) ORDER BY 1', 'the bridge of revenue closes to the cent');
SELECT is_empty($$SELECT segment FROM segment_data.worth_breakdown WHERE breakdown = '' AND measure IN ('active_before', 'retained', 'lapsed')
                  GROUP BY segment, period_start HAVING sum(CASE measure WHEN 'active_before' THEN value ELSE -value END) <> 0$$, 'active before = retained + lapsed in every row');
SELECT results_eq($$SELECT period_start, sum(value) FROM segment_data.worth_breakdown WHERE breakdown = '' AND measure = 'revenue_returned' GROUP BY 1 ORDER BY 1$$,
                  $$SELECT date_trunc('month', day)::date, -sum(least(t, 0)) FROM (SELECT day, sum(total) AS t FROM orders WHERE customer BETWEEN 1 AND 300 GROUP BY day, customer, channel
                     UNION ALL SELECT day, sum(total) FROM orders WHERE customer IS NULL OR customer NOT BETWEEN 1 AND 300 GROUP BY day, coalesce(customer, 0), channel) d
                     WHERE day <= '2024-03-05' AND day >= (SELECT min(period_start) FROM segment_data.worth_facts) GROUP BY 1 ORDER BY 1$$, 'returns are negative days');

-- a refresh by what changed = a full computation
CREATE VIEW present AS SELECT period_start, breakdown, segment, source, dimension, measure, value, is_final FROM segment_data.worth_breakdown;
CREATE TABLE followed (LIKE segment_data.worth_breakdown);
CREATE TABLE kept AS TABLE present;
CREATE PROCEDURE compute_in_full() LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE kept;
    INSERT INTO kept TABLE present;
    DELETE FROM segment_data.worth_breakdown WHERE NOT is_final;
    PERFORM segment.update_facts('worth');
END$$;
CREATE VIEW differences AS (TABLE present EXCEPT TABLE kept) UNION ALL (TABLE kept EXCEPT TABLE present);
CREATE PROCEDURE trade(round int) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE orders SET total = -total WHERE id % 97 = round;
    UPDATE orders SET day = day + 20 - round WHERE id % 89 = round;
    DELETE FROM orders WHERE id % 101 = round;
    UPDATE customers SET region = (ARRAY['North', 'West', NULL])[1 + round % 3] WHERE id % 61 = round;
    DELETE FROM customers WHERE id % 149 = round;
    INSERT INTO customers VALUES (400 + round, '2024-03-20', 'New', false, 1);
    INSERT INTO orders VALUES (10000 + round, 400 + round, '2024-03-25', 'web', 10);
END$$;
SELECT format('CALL trade(%s)', n), format('CALL segment.refresh(''shopper'', as_of => %L)', '2024-03-28'::date + n / 3 * 3), 'CALL compute_in_full()',
       format('SELECT is_empty(''TABLE differences'', ''round %s: followed = in full'')', n) FROM generate_series(1, 9) n \gexec
SELECT is_empty($$SELECT * FROM uneven WHERE period_start >= '2024-03-01'$$, 'open periods add up all the same');
-- an attribute alone
UPDATE customers SET region = 'Moved' WHERE id = 20;
CALL segment.refresh('shopper', as_of => '2024-04-06');
SELECT is((SELECT sum(value) FROM present WHERE breakdown = 'region' AND dimension = 'Moved' AND measure = 'closing' AND period_start = '2024-04-01'), 1::numeric,
          'a change of nothing but the attribute is followed');
SELECT is_empty($$SELECT * FROM present WHERE dimension = 'Moved' AND is_final$$, 'final periods keep what was known');
SELECT segment.drop_breakdown('region') \g /dev/null
SELECT is_empty($$SELECT * FROM present WHERE breakdown = 'region'$$, 'dropped with its facts');
SELECT is_empty($$SELECT * FROM segment.metric_value WHERE breakdown = 'region'$$, 'and from the metrics');
SELECT * FROM finish();
DROP EXTENSION segment CASCADE;
DROP SCHEMA breakdown CASCADE;
CREATE EXTENSION segment;
