\set ECHO none
-- Who holds how much; spend against margin; strength and attractiveness.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SELECT plan(36);

CREATE SCHEMA holding;
SELECT setseed(0.3) \g /dev/null
CREATE TABLE holding.customers AS SELECT i AS id FROM generate_series(1, 600) AS i;
-- three kinds of customers: many small, some steady, few large
CREATE TABLE holding.orders AS
SELECT row_number() OVER () AS id, c.id AS customer_id, '2024-03-31'::date - (random() * CASE WHEN c.id % 10 < 6 THEN 300 ELSE 40 END)::int - CASE WHEN c.id % 10 < 6 THEN 60 ELSE 0 END AS day,
       round(((CASE WHEN c.id % 10 = 9 THEN 300 WHEN c.id % 10 > 5 THEN 60 ELSE 15 END) * (0.7 + 0.6 * random()))::numeric, 2) AS total, round((10 + 5 * random())::numeric, 2) AS cost
  FROM holding.customers c CROSS JOIN LATERAL generate_series(1, CASE WHEN c.id % 10 = 9 THEN 12 WHEN c.id % 10 > 5 THEN 6 ELSE 1 + c.id % 2 END) o;
SELECT segment.create_population('customer', 'holding.customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'holding.orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total", "cogs": "cost"}') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0), segment.create_feature('recent', aggregate => 'days_since_last', source => 'orders'),
       segment.create_feature('days', aggregate => 'active_days', source => 'orders'), segment.create_feature('id', attribute => 'id') \g /dev/null
CALL segment.refresh('customer', as_of => '2024-03-31');
INSERT INTO holding.customers VALUES (601);
CALL segment.refresh('customer', as_of => '2024-03-31');
SELECT segment.create_scheme('good', objective => 'By what they are', default_segment => 'Small'), segment.create_segment('good', 'Large', 'revenue > 2000'), segment.create_segment('good', 'Steady', 'revenue > 150') \g /dev/null
SELECT segment.activate('good') \g /dev/null
CREATE TABLE holding.truth AS SELECT c.id, s.good AS segment, coalesce(sum(total), 0) AS revenue, coalesce(sum(total - cost), 0) AS profit, coalesce(sum(total) FILTER (WHERE day > '2024-02-29'), 0) AS month
  FROM holding.customers c JOIN segment_data.customer s ON s.customer_id = c.id LEFT JOIN holding.orders o ON o.customer_id = c.id GROUP BY 1, 2;
SELECT results_eq($$SELECT customers, total FROM segment.concentration('revenue')$$, 'SELECT count(*), sum(revenue) FROM holding.truth', 'the whole population, who bought nothing too');
SELECT is((SELECT round(gini::numeric, 10) FROM segment.concentration('revenue')),
    (SELECT round(sum(abs(a.revenue - b.revenue)) / (2 * 601 * (SELECT sum(revenue) FROM holding.truth)), 10) FROM holding.truth a, holding.truth b), 'Gini = its definition, over all pairs');
SELECT is((SELECT round(top_10::numeric, 10) FROM segment.concentration('revenue')),
    (SELECT round(sum(revenue) / (SELECT sum(revenue) FROM holding.truth), 10) FROM (SELECT revenue FROM holding.truth ORDER BY revenue DESC LIMIT 61) t), 'the first tenth, rounded up');
SELECT results_eq($$SELECT segment, customers, total FROM segment.concentration('revenue', scheme => 'good') WHERE segment IS NOT NULL ORDER BY 1$$, 'SELECT segment, count(*), sum(revenue) FROM holding.truth GROUP BY 1 ORDER BY 1', 'and every segment');
SELECT is((SELECT sum(share_of_total) FROM segment.concentration('revenue', scheme => 'good') WHERE segment IS NOT NULL), 1.0, 'which share it');
SELECT is((SELECT total FROM segment.concentration('revenue', within => '31 days')), (SELECT sum(month) FROM holding.truth), 'within a window');
SELECT results_eq($$SELECT total, gini, negative, peak, peak_customers FROM segment.concentration('revenue - cogs - 5')$$,
    $$SELECT sum(profit - 5), NULL::float8, count(*) FILTER (WHERE profit < 5), sum(profit - 5) FILTER (WHERE profit > 5), count(*) FILTER (WHERE profit > 5) FROM holding.truth$$, 'profit by an expression: losses have a peak and no Gini');
SELECT matches((SELECT note FROM segment.concentration('revenue - cogs - 5')), 'no Gini', 'and say why');
SELECT results_eq($$SELECT gini, note FROM segment.concentration('revenue', within => '1 day')$$, $$SELECT gini, note FROM segment.concentration('revenue', within => '1 day')$$, 'a day too');
SELECT is((SELECT gini FROM segment.concentration('revenue / 0')), NULL, 'nothing to share has none');

SELECT results_eq($$SELECT share_of_customers, customers, running_total FROM segment.concentration_curve('revenue', points => 4)$$,
    $$SELECT round(n / 601.0, 6), n, (SELECT sum(revenue) FROM (SELECT revenue FROM holding.truth ORDER BY revenue DESC LIMIT n) t) FROM unnest(ARRAY[151, 301, 451, 601]::bigint[]) n$$, 'the curve at four points');
SELECT is((SELECT max(running_total) FROM segment.concentration_curve('revenue - cogs - 5', points => 601)), (SELECT peak FROM segment.concentration('revenue - cogs - 5')), 'the whale''s back is the peak');
SELECT is((SELECT count(*) FROM segment.concentration_curve('revenue', points => 10000)), 601::bigint, 'no more points than customers');

SELECT results_eq($$SELECT segment, customers, spend, margin, share_of_spend, share_of_margin FROM segment.spend_and_margin('good', within => '10 years') ORDER BY 1$$,
    $$SELECT segment, count(*), sum(revenue), sum(profit), round(sum(revenue) / sum(sum(revenue)) OVER (), 4), round(sum(profit) / sum(sum(profit)) OVER (), 4) FROM holding.truth GROUP BY 1 ORDER BY 1$$, 'share of spend against share of margin');
SELECT cmp_ok((SELECT index FROM segment.spend_and_margin('good') WHERE segment = 'Large'), '>', 100::numeric, 'the large leave more');
SELECT results_eq($$SELECT sum(customers)::bigint, sum(total) FROM segment.profit_deciles('good', within => '10 years')$$, 'SELECT count(*), sum(profit) FROM holding.truth', 'deciles hold everyone');
SELECT is((SELECT string_agg(DISTINCT segment, ' ') FROM segment.profit_deciles('good', within => '10 years') WHERE decile = 1), 'Large', 'the best tenth is of the best');
SELECT cmp_ok((SELECT min(total / customers) FROM segment.profit_deciles('good') WHERE decile = 1), '>', (SELECT max(total / customers) FROM segment.profit_deciles('good') WHERE decile = 10), 'and worth more than the worst');

-- the matrix
SELECT results_eq($$SELECT axis, metric, weight, value, lowest, highest, score FROM segment.attractiveness('good', '{"attractiveness": {"revenue": 3, "closing": 1}, "strength": {"orders_events": 1}}', period => '2024-03-01') WHERE segment = 'Steady' AND axis = 'attractiveness'$$,
    $$WITH v AS (SELECT segment, unnest(ARRAY['closing', 'revenue']) AS metric, unnest(ARRAY[1, 3]::numeric[]) AS weight, unnest(ARRAY[closing, revenue]) AS value FROM segment.scorecard WHERE period_start = '2024-03-01' AND segment IN ('Large', 'Steady', 'Small')),
      s AS (SELECT *, min(value) OVER m AS low, max(value) OVER m AS high FROM v WINDOW m AS (PARTITION BY metric))
      SELECT 'attractiveness', metric, weight, value, low, high, round(100 * (value - low) / (high - low), 2) FROM s WHERE segment = 'Steady'
      UNION ALL SELECT 'attractiveness', NULL, 4, NULL, NULL, NULL, round(sum(weight * 100 * (value - low) / (high - low)) / 4, 2) FROM s WHERE segment = 'Steady'$$, 'weights in sight, scaled over the segments');
SELECT is((SELECT count(*) FROM segment.attractiveness('good', '{"strength": {"revenue": 1}}') WHERE metric IS NULL AND score BETWEEN 0 AND 100), 3::bigint, 'the last final month by default');
SELECT is((SELECT highest FROM segment.attractiveness('good', '{"strength": {"closing": 1}}', period => '2024-03-01', scaled_by => '2023-09-01') WHERE metric = 'closing' AND segment = 'Small'),
    (SELECT max(closing)::numeric FROM segment.scorecard WHERE period_start = '2023-09-01' AND segment IN ('Large', 'Steady', 'Small')), 'by the scale of another month');

SELECT throws_ok(format($$SELECT * FROM segment.attractiveness('good', %L)$$, w), '22023', NULL, 'no weights: ' || w) FROM unnest(ARRAY['[]', '{}', '{"beauty": {"revenue": 1}}', '{"strength": {"revenue": 0}}', '{"strength": {"revenue": "1"}}']) w;
SELECT throws_ok($$SELECT * FROM segment.attractiveness('good', '{"strength": {"revnue": 1}}')$$, '42704', NULL, 'no such metric');
SELECT throws_ok($$SELECT * FROM segment.attractiveness('good', '{"strength": {"revenue": 1}}', period => '2031-01-01')$$, '22023', NULL, 'no such month');
SELECT throws_ok($$SELECT * FROM segment.concentration('revnue')$$, '42703', NULL, 'no such measure');
SELECT throws_ok($$SELECT * FROM segment.concentration('revenue', within => '-1 day')$$, '22023', NULL, 'no such window');
SELECT throws_ok($$SELECT * FROM segment.concentration_curve('revenue', points => 1)$$, '22023', NULL, 'no such curve');

CREATE ROLE seg_holding_other;
GRANT USAGE ON SCHEMA segment TO seg_holding_other;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA segment TO seg_holding_other;
SET SESSION AUTHORIZATION seg_holding_other;
SELECT throws_ok(s, '42501', NULL, s) FROM unnest(ARRAY[$$SELECT segment.concentration('revenue')$$, $$SELECT segment.concentration_curve('revenue')$$, $$SELECT segment.spend_and_margin('good')$$, $$SELECT segment.profit_deciles('good')$$, $$SELECT segment.attractiveness('good', '{"strength": {"revenue": 1}}')$$]) AS s;
RESET SESSION AUTHORIZATION;
DROP OWNED BY seg_holding_other;
DROP ROLE seg_holding_other;

DROP SCHEMA holding CASCADE;
SELECT * FROM finish();
