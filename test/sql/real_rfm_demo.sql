\set ECHO none
-- The demo of the R package rfm, by its own cut points: text keys, some with an apostrophe, and scores that were given.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(9);
\set shared ''
\getenv shared SEGMENT_SHARED
SELECT :'shared' <> '' AS present \gset
\if :present

DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
CREATE SCHEMA rfm_demo;
CREATE TABLE rfm_demo.orders (customer_id text, order_date date, revenue int);
\copy rfm_demo.orders from program 'zcat "$SEGMENT_SHARED/data/rfm_data_orders.csv.gz"' with (format csv, header)
CREATE TABLE rfm_demo.customers AS SELECT DISTINCT customer_id FROM rfm_demo.orders;
CREATE TABLE rfm_demo.score (customer_id text, recency_days int, transaction_count int, amount numeric, r int, f int, m int, rfm_score int, segment text);
\copy rfm_demo.score from program 'cat "$SEGMENT_SHARED/reference/rfm_rpkg_scores_rfm_data_orders.csv"' with (format csv, header)
CREATE TABLE rfm_demo.segment (segment text, customers bigint, orders bigint, revenue numeric, aov numeric);
\copy rfm_demo.segment from program 'cat "$SEGMENT_SHARED/reference/rfm_rpkg_segments_rfm_data_orders.csv"' with (format csv, header)
CREATE TABLE rfm_demo.threshold (r_lower numeric, r_upper numeric, f_lower numeric, f_upper numeric, m_lower numeric, m_upper numeric);
\copy rfm_demo.threshold from program 'cat "$SEGMENT_SHARED/reference/rfm_rpkg_thresholds_rfm_data_orders.csv"' with (format csv, header)

SELECT segment.create_population('customer', 'rfm_demo.customers', key => 'customer_id', timezone => 'UTC'),
       segment.create_source('orders', 'rfm_demo.orders', customer => 'customer_id', occurred_at => 'order_date', measures => '{"revenue": "revenue"}') \g /dev/null
SELECT segment.create_feature('days_since_last', aggregate => 'days_since_last', source => 'orders'), segment.create_feature('orders', aggregate => 'count', source => 'orders'),
       segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue') \g /dev/null
CALL segment.refresh('customer', as_of => '2006-12-31');
SELECT results_eq('SELECT customer_id, days_since_last, orders, revenue FROM segment_data.customer_feature ORDER BY 1',
                  'SELECT customer_id, recency_days, transaction_count::bigint, amount FROM rfm_demo.score ORDER BY 1', 'days since last, orders and revenue of every customer');
SELECT is((SELECT revenue FROM segment_data.customer_feature WHERE customer_id = 'Abbey O''Reilly'), 472::numeric, 'a key with an apostrophe');

-- The package puts v into the bin with lower <= v < upper; a score counts the cut points below v.  All its values are whole numbers.
SELECT segment.create_rfm_scheme('preset', objective => 'Lend its rules') \g /dev/null
SELECT segment.create_scheme('demo', objective => 'Do as the package does') \g /dev/null
SELECT segment.create_score('demo', 'r', 'days_since_last', cuts => array_agg(ceil(r_upper) - 1 ORDER BY r_upper) FILTER (WHERE r_upper < (SELECT max(r_upper) FROM rfm_demo.threshold)), descending => true),
       segment.create_score('demo', 'f', 'orders', cuts => array_agg(ceil(f_upper) - 1 ORDER BY f_upper) FILTER (WHERE f_upper < (SELECT max(f_upper) FROM rfm_demo.threshold))),
       segment.create_score('demo', 'm', 'revenue', cuts => array_agg(ceil(m_upper) - 1 ORDER BY m_upper) FILTER (WHERE m_upper < (SELECT max(m_upper) FROM rfm_demo.threshold)))
  FROM rfm_demo.threshold \g /dev/null
SELECT segment.create_segment('demo', g.name, g.rule, priority => g.priority) FROM segment.segment g JOIN segment.scheme s USING (scheme_id) WHERE s.name = 'preset' ORDER BY g.priority \g /dev/null
SELECT results_eq($$SELECT segment, customers FROM segment.preview('demo') WHERE customers > 0 ORDER BY 1$$, 'SELECT segment, customers FROM rfm_demo.segment ORDER BY 1', 'preview sizes the segments as the package does');
SELECT segment.activate('demo', comment => 'the cut points of the package') \g /dev/null
SELECT is_empty($$SELECT c.customer_id, c.demo, s.segment FROM segment_data.customer c FULL JOIN rfm_demo.score s USING (customer_id) WHERE c.demo IS DISTINCT FROM s.segment$$,
                'every customer is in the package''s segment');
SELECT is_empty($$SELECT customer_id FROM rfm_demo.score s JOIN segment_data.customer c USING (customer_id)
                    JOIN segment.cut_point r ON r.scheme = 'demo' AND r.score = 'r' JOIN segment.cut_point f ON f.scheme = 'demo' AND f.score = 'f'
                    JOIN segment.cut_point m ON m.scheme = 'demo' AND m.score = 'm'
                   WHERE (segment.score(c.days_since_last, r.cuts::float8[], true), segment.score(c.orders, f.cuts::float8[]), segment.score(c.revenue, m.cuts)) IS DISTINCT FROM (s.r, s.f, s.m)$$,
                'and has its scores');
SELECT results_eq($$SELECT c.demo, count(DISTINCT customer_id), count(*), sum(o.revenue)::numeric, round(avg(o.revenue), 2) FROM rfm_demo.orders o JOIN segment_data.customer c USING (customer_id) GROUP BY 1 ORDER BY 1$$,
                  'SELECT * FROM rfm_demo.segment ORDER BY 1', 'customers, orders, revenue and mean order value of every segment');
SELECT is((SELECT bool_and(fixed) FROM segment.version_score), true, 'cut points that were given stay as they are');
SELECT is((SELECT sum(revenue) FROM segment.scorecard WHERE scheme = 'demo'), (SELECT sum(revenue) FROM rfm_demo.orders WHERE order_date >= '2004-12-01')::numeric,
          'scorecards hold all revenue since they begin');

-- the package's cut points are one too high; ours are the quantiles themselves
SELECT segment.activate('preset') \g /dev/null
SELECT is((SELECT array_agg(c ORDER BY c) FROM segment.cut_point, unnest(cuts) c WHERE scheme = 'preset' AND score = 'm'),
          (SELECT array_agg(m_upper - 1 ORDER BY m_upper) FROM rfm_demo.threshold WHERE m_upper < (SELECT max(m_upper) FROM rfm_demo.threshold)), 'the preset''s quintiles lack the package''s + 1');

DROP SCHEMA rfm_demo CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
\else
SELECT skip('no ../shared/data', 9);
\endif
SELECT * FROM finish();
