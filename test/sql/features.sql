\set ECHO none
-- Features: every aggregate against plain SQL over the source tables, then expressions, attributes and schemes.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(32);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;

/*
 * 80 customers, the last ten of them without an order; orders around midnight, in the far past and in the days to come, with returns;
 * as of a day at which a month back is the 29th of February.
 */
CREATE SCHEMA features_shop;
SET search_path = features_shop, public;
SET timezone = 'UTC';
SELECT setseed(0.25) \g /dev/null
CREATE TYPE level AS ENUM ('low', 'high');
CREATE TABLE customers AS
SELECT id::bigint, 'region ' || id % 3 AS region, (ARRAY['low', 'high'])[1 + id % 2]::level AS level,
       CASE WHEN id % 7 <> 0 THEN id * 1.5 END AS risk, '2024-03-31'::date - id AS scored_on
  FROM generate_series(1, 80) id;
ALTER TABLE customers ADD PRIMARY KEY (id);
CREATE TABLE orders AS
SELECT o AS id, (1 + floor(random() ^ 2 * 70))::bigint AS customer_id,
       '2024-04-05 00:00+00'::timestamptz - random() * interval '900 days' AS at,
       (ARRAY['web', 'shop', 'phone', NULL])[1 + floor(random() * 4)] AS channel, round((random() * 120 - 20)::numeric, 2) AS total
  FROM generate_series(1, 1500) o;
INSERT INTO orders VALUES (2001, 1, '2024-03-31 22:30+00', 'web', 1000), (2002, 1, '2024-03-31 21:30+00', 'web', 500),
                          (2003, 2, '2024-02-29 22:30+00', 'web', 70), (2004, 2, '2024-02-29 23:30+00', 'web', 30),
                          (2005, 75, '2024-01-10 12:00+00', 'shop', 10);
SELECT segment.create_population('customer', 'customers', key => 'id', timezone => 'Europe/Paris') \g /dev/null
SELECT segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'at', measures => '{"revenue": {"expression": "total", "scale": 2}}',
                             purchase => 'total > 0', dimension => 'channel') \g /dev/null

-- one feature per aggregate, all time and within 90 days and a month, where the aggregate takes a window
SELECT segment.create_feature(a || suffix, aggregate => a, source => 'orders', measure => CASE WHEN a IN ('sum', 'mean') THEN 'revenue' END, within => within)
  FROM unnest(ARRAY['count', 'sum', 'mean', 'active_days', 'first_day', 'last_day', 'interpurchase_mean', 'interpurchase_median',
                    'interpurchase_sd', 'longest_gap', 'distinct_dimensions', 'top_dimension']) a,
       (VALUES ('', NULL), ('_90d', '90 days'::interval), ('_1m', '1 month')) w(suffix, within) \g /dev/null
SELECT segment.create_feature(a, aggregate => a, source => 'orders', measure => CASE WHEN a = 'mean_repeat_value' THEN 'revenue' END)
  FROM unnest(ARRAY['days_since_first', 'days_since_last', 'repeat_days', 't_x', 'tenure', 'mean_repeat_value']) a \g /dev/null
SELECT segment.create_feature('trend_count', aggregate => 'trend', source => 'orders'),
       segment.create_feature('trend_sum_60d', aggregate => 'trend', source => 'orders', measure => 'revenue', within => '60 days'),
       segment.create_feature('sum_web', aggregate => 'sum', source => 'orders', measure => 'revenue', dimension => 'web', within => '365 days'),
       segment.create_feature('count_web', aggregate => 'count', source => 'orders', dimension => 'web', absent => 0),
       segment.create_feature('days_web_1m', aggregate => 'active_days', source => 'orders', dimension => 'web', within => '1 month'),
       segment.create_feature('top_by_revenue', aggregate => 'top_dimension', source => 'orders', measure => 'revenue'),
       segment.create_feature('sum_absent', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '1 month', absent => -1),
       segment.create_feature('last_absent', aggregate => 'days_since_last', source => 'orders', absent => 9999) \g /dev/null
CALL segment.refresh('customer', as_of => '2024-03-31');

-- the same in plain SQL: days are those of Paris
CREATE VIEW event AS SELECT customer_id AS id, (at AT TIME ZONE 'Europe/Paris')::date AS day, total, channel, total > 0 AS purchase
  FROM orders WHERE (at AT TIME ZONE 'Europe/Paris')::date <= '2024-03-31';
CREATE VIEW purchase_day AS SELECT DISTINCT id, day FROM event WHERE purchase;
CREATE FUNCTION gaps(since date) RETURNS TABLE (id bigint, gap int) LANGUAGE sql STABLE AS
$$SELECT * FROM (SELECT id, day - lag(day) OVER (PARTITION BY id ORDER BY day) AS gap FROM purchase_day WHERE day > since) g WHERE gap IS NOT NULL$$;
CREATE FUNCTION same(actual float8, expected float8) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN (actual IS NULL AND expected IS NULL) OR COALESCE(abs(actual - expected) <= 1e-9 * greatest(1, abs(expected)), false);
CREATE FUNCTION plain(since date) RETURNS TABLE (id bigint, count bigint, sum numeric, mean float8, active_days bigint, first_day date, last_day date,
    interpurchase_mean float8, interpurchase_median float8, interpurchase_sd float8, longest_gap int, distinct_dimensions bigint, top_dimension text)
LANGUAGE sql STABLE AS $$
    SELECT c.id, NULLIF(count(*) FILTER (WHERE purchase), 0), sum(total), (sum(total) / NULLIF(count(*) FILTER (WHERE purchase), 0))::float8,
           NULLIF(count(DISTINCT day) FILTER (WHERE purchase), 0), min(day) FILTER (WHERE purchase), max(day) FILTER (WHERE purchase),
           (SELECT avg(gap)::float8 FROM gaps(since) g WHERE g.id = c.id), (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) FROM gaps(since) g WHERE g.id = c.id),
           (SELECT stddev_samp(gap)::float8 FROM gaps(since) g WHERE g.id = c.id), (SELECT max(gap) FROM gaps(since) g WHERE g.id = c.id),
           NULLIF(count(DISTINCT channel) FILTER (WHERE purchase), 0),
           (SELECT channel FROM event t WHERE t.id = c.id AND day > since AND channel IS NOT NULL AND purchase GROUP BY 1 ORDER BY count(*) DESC, channel COLLATE "C" LIMIT 1)
      FROM customers c LEFT JOIN event e ON e.id = c.id AND e.day > since GROUP BY c.id$$;

SELECT is((SELECT count(*) FROM segment_data.customer_feature), 80::bigint, 'everyone has features, also without an order');
PREPARE plain_all AS SELECT id, count, sum, active_days::int, first_day, last_day, longest_gap, distinct_dimensions::int, top_dimension FROM plain('-infinity') ORDER BY id;
PREPARE plain_90d AS SELECT id, count, sum, active_days::int, first_day, last_day, longest_gap, distinct_dimensions::int, top_dimension FROM plain('2024-01-01') ORDER BY id;
PREPARE plain_1m AS SELECT id, count, sum, active_days::int, first_day, last_day, longest_gap, distinct_dimensions::int, top_dimension FROM plain('2024-02-29') ORDER BY id;
SELECT results_eq('SELECT customer_id, count, sum, active_days, first_day, last_day, longest_gap, distinct_dimensions, top_dimension FROM segment_data.customer_feature ORDER BY 1',
                  'plain_all', 'counts, sums, days, gaps and dimensions of all time');
SELECT results_eq('SELECT customer_id, count_90d, sum_90d, active_days_90d, first_day_90d, last_day_90d, longest_gap_90d, distinct_dimensions_90d, top_dimension_90d FROM segment_data.customer_feature ORDER BY 1',
                  'plain_90d', 'and within 90 days: from the day after the 1st of January');
SELECT results_eq('SELECT customer_id, count_1m, sum_1m, active_days_1m, first_day_1m, last_day_1m, longest_gap_1m, distinct_dimensions_1m, top_dimension_1m FROM segment_data.customer_feature ORDER BY 1',
                  'plain_1m', 'and within a calendar month: from the day after the 29th of February');
SELECT is_empty($$SELECT * FROM segment_data.customer_feature f JOIN plain('-infinity') p ON id = customer_id WHERE NOT (same(f.mean, p.mean)
                  AND same(f.interpurchase_mean, p.interpurchase_mean) AND same(f.interpurchase_median, p.interpurchase_median) AND same(f.interpurchase_sd, p.interpurchase_sd))$$,
                'means, medians and deviations of all time');
SELECT is_empty($$SELECT * FROM segment_data.customer_feature f JOIN plain('2024-01-01') p ON id = customer_id WHERE NOT (same(f.mean_90d, p.mean)
                  AND same(f.interpurchase_mean_90d, p.interpurchase_mean) AND same(f.interpurchase_median_90d, p.interpurchase_median) AND same(f.interpurchase_sd_90d, p.interpurchase_sd))$$,
                'and within 90 days');
SELECT is_empty($$SELECT * FROM segment_data.customer_feature f JOIN plain('2024-02-29') p ON id = customer_id WHERE NOT (same(f.mean_1m, p.mean)
                  AND same(f.interpurchase_mean_1m, p.interpurchase_mean) AND same(f.interpurchase_median_1m, p.interpurchase_median) AND same(f.interpurchase_sd_1m, p.interpurchase_sd))$$,
                'and within a calendar month');
SELECT results_eq('SELECT customer_id, days_since_first, days_since_last, repeat_days, t_x, tenure FROM segment_data.customer_feature ORDER BY 1',
                  $$SELECT c.id, '2024-03-31' - min(day), '2024-03-31' - max(day), count(day)::int - 1 + CASE WHEN count(day) = 0 THEN NULL ELSE 0 END,
                           max(day) - min(day), '2024-03-31' - min(day)
                      FROM customers c LEFT JOIN purchase_day d ON d.id = c.id GROUP BY 1 ORDER BY 1$$, 'days since first and last, x, t_x and T');
SELECT is_empty($$SELECT customer_id, mean_repeat_value, expected FROM segment_data.customer_feature LEFT JOIN
                  (SELECT d.id, avg(value)::float8 AS expected FROM (SELECT id, day, rank() OVER (PARTITION BY id ORDER BY day) AS nth FROM purchase_day) d
                     JOIN (SELECT id, day, sum(total) AS value FROM event GROUP BY 1, 2) v USING (id, day) WHERE nth > 1 GROUP BY 1) e ON id = customer_id
                  WHERE NOT same(mean_repeat_value, expected)$$, 'mean repeat value: the first day excluded');
CREATE FUNCTION changed(now numeric, before numeric) RETURNS float8 LANGUAGE sql IMMUTABLE RETURN ((now - before) / NULLIF(before, 0))::float8;
SELECT is_empty($$SELECT customer_id, trend_count, expected FROM segment_data.customer_feature LEFT JOIN
                  (SELECT id, changed(count(*) FILTER (WHERE day > '2024-03-31'::date - 365), count(*) FILTER (WHERE day BETWEEN '2024-03-31'::date - 729 AND '2024-03-31'::date - 365)) AS expected
                     FROM event WHERE purchase GROUP BY 1) e ON id = customer_id WHERE NOT same(trend_count, expected)$$, 'trend of purchases: 365 days against the 365 before');
SELECT is_empty($$SELECT customer_id, trend_sum_60d, expected FROM segment_data.customer_feature LEFT JOIN
                  (SELECT id, changed(COALESCE(sum(total) FILTER (WHERE day > '2024-03-31'::date - 60), 0), sum(total) FILTER (WHERE day BETWEEN '2024-03-31'::date - 119 AND '2024-03-31'::date - 60)) AS expected
                     FROM event GROUP BY 1) e ON id = customer_id WHERE NOT same(trend_sum_60d, expected)$$, 'trend of a measure within 60 days');
SELECT results_eq('SELECT customer_id, sum_web, count_web, days_web_1m FROM segment_data.customer_feature ORDER BY 1',
                  $$SELECT c.id, sum(total) FILTER (WHERE day > '2024-03-31'::date - 365), count(*) FILTER (WHERE purchase),
                           NULLIF(count(DISTINCT day) FILTER (WHERE purchase AND day > '2024-02-29'), 0)::int
                      FROM customers c LEFT JOIN event e ON e.id = c.id AND channel = 'web' GROUP BY 1 ORDER BY 1$$, 'one dimension label');
SELECT results_eq('SELECT customer_id, top_by_revenue FROM segment_data.customer_feature ORDER BY 1',
                  $$SELECT c.id, (SELECT channel FROM event e WHERE e.id = c.id AND channel IS NOT NULL GROUP BY 1 ORDER BY sum(total) DESC, channel COLLATE "C" LIMIT 1)
                      FROM customers c ORDER BY 1$$, 'the dimension label with the largest total');
SELECT is_empty($$SELECT * FROM segment_data.customer_feature WHERE sum_absent <> COALESCE(sum_1m, -1) OR last_absent <> COALESCE(days_since_last, 9999)
                  OR sum_absent IS NULL OR last_absent IS NULL$$, 'what is absent is what was declared');
SELECT is((SELECT (f.*)::text FROM (SELECT count, sum, mean, active_days, days_since_last, tenure, trend_count, top_dimension, count_web, last_absent
                                      FROM segment_data.customer_feature WHERE customer_id = 80) f), '(,,,,,,,,0,9999)', 'no orders: NULL, unless declared otherwise');

-- expressions
SELECT segment.create_feature('share_90d', expression => 'sum_90d / sum'),
       segment.create_feature('per_day', expression => 'count / (active_days - 1)'),
       segment.create_feature('share_class', expression => $$CASE WHEN share_90d > 0.5 THEN 'recent' WHEN share_90d IS NULL THEN 'unknown' ELSE 'old' END$$),
       segment.create_feature('is_web', expression => $$coalesce(top_dimension = 'web', false)$$) \g /dev/null
-- attributes: an enum is stored as text, a dated one is NULL past its date
SELECT segment.create_feature('region', attribute => 'region'), segment.create_feature('level', attribute => 'level'),
       segment.create_feature('risk', attribute => 'risk', dated_by => 'scored_on', valid_for => '30 days') \g /dev/null
CALL segment.refresh('customer', as_of => '2024-03-31');
SELECT results_eq('SELECT customer_id, share_90d, per_day, share_class, is_web FROM segment_data.customer_feature ORDER BY 1',
                  $$SELECT a.id, w.sum / NULLIF(a.sum, 0), a.count / NULLIF(a.active_days - 1, 0),
                           CASE WHEN w.sum / NULLIF(a.sum, 0) > 0.5 THEN 'recent' WHEN w.sum / NULLIF(a.sum, 0) IS NULL THEN 'unknown' ELSE 'old' END,
                           coalesce(a.top_dimension = 'web', false)
                      FROM plain('-infinity') a JOIN plain('2024-01-01') w USING (id) ORDER BY 1$$, 'expressions over features, and over those');
SELECT isnt_empty('SELECT 1 FROM segment_data.customer_feature WHERE active_days = 1 AND per_day IS NULL', 'division by zero is unknown, not an error');
SELECT results_eq('SELECT customer_id, region, level, risk FROM segment_data.customer_feature ORDER BY 1',
                  $$SELECT id, region, level::text, CASE WHEN scored_on > '2024-03-31'::date - 30 THEN risk END FROM customers ORDER BY 1$$,
                  'attributes, and a dated one no longer than it is valid');
CALL segment.refresh('customer', as_of => '2024-04-01');
SELECT is((SELECT array_agg(customer_id ORDER BY customer_id) FROM segment_data.customer_feature WHERE risk IS NOT NULL),
          (SELECT array_agg(id ORDER BY id) FROM customers WHERE risk IS NOT NULL AND id <= 28), 'a day later one score has run out');
UPDATE customers SET region = 'elsewhere', risk = 99, scored_on = '2024-04-01' WHERE id = 50;
CALL segment.refresh('customer', as_of => '2024-04-01');
SELECT results_eq('SELECT region, risk FROM segment_data.customer_feature WHERE customer_id = 50', $$VALUES ('elsewhere', 99::numeric)$$, 'attributes follow the table');

-- another scheme's segment as a feature
SELECT segment.create_scheme('activity', objective => 'Know who is there', default_segment => 'Quiet') \g /dev/null
SELECT segment.create_segment('activity', 'Busy', rule => 'count_90d >= 3') \g /dev/null
SELECT segment.create_feature('activity_segment', scheme => 'activity') \g /dev/null
SELECT segment.create_feature('busy_high', expression => $$activity_segment = 'Busy' AND level = 'high'$$) \g /dev/null
SELECT segment.activate('activity') \g /dev/null
CALL segment.refresh('customer', as_of => '2024-04-01');
SELECT is_empty($$SELECT * FROM segment_data.customer WHERE activity_segment IS DISTINCT FROM activity OR busy_high IS DISTINCT FROM (activity = 'Busy' AND level = 'high')$$,
                'a feature that is another scheme''s segment');
SELECT is((SELECT count(DISTINCT activity_segment) FROM segment_data.customer), 2::bigint, 'has both of its segments');

-- what uses what
SELECT throws_ok($$SELECT segment.drop_feature('sum_90d')$$, '2BP01', 'cannot drop feature "sum_90d" because other definitions use it', 'used by an expression');
SELECT throws_ok($$SELECT segment.drop_feature('count_90d')$$, '2BP01', 'cannot drop feature "count_90d" because other definitions use it', 'used by a rule');
SELECT throws_ok($$SELECT segment.create_segment('activity', 'Circle', rule => 'busy_high')$$, '42P17', 'scheme "activity" would depend on itself through feature "activity_segment"', 'a cycle is refused by name');
SELECT throws_ok($$SELECT segment.create_feature('self', expression => 'self + 1')$$, '42703', NULL, 'a feature cannot read itself');
SELECT throws_ok($$SELECT segment.drop_source('orders')$$, '2BP01', NULL, 'a source that features read stays');
CREATE VIEW built_on_it AS SELECT customer_id, trend_count FROM segment_data.customer;
SELECT lives_ok($$SELECT segment.drop_feature('trend_count')$$, 'a feature nothing declared uses goes');
SELECT is((SELECT count(trend_count) FROM built_on_it), 0::bigint, 'a view of the user''s on it is left with NULL');
SELECT hasnt_column('segment_data', 'customer_feature', 'trend_count', 'the column itself is gone');
SELECT lives_ok($$SELECT segment.create_feature('trend_count', aggregate => 'trend', source => 'orders')$$, 'and comes back under its name');
CALL segment.refresh('customer', as_of => '2024-04-01');
SELECT isnt((SELECT count(trend_count) FROM built_on_it), 0::bigint, 'with its values in the user''s view');

RESET search_path;
DROP SCHEMA features_shop CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
SELECT * FROM finish();
