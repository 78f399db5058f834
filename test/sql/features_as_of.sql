\set ECHO none
-- Features and segments as they were on a past day; the view of what a refresh evaluates.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
CREATE SCHEMA past_shop;
SET search_path = past_shop, public;
SELECT plan(36);

CREATE TABLE customers (id int PRIMARY KEY, since date, region text, points int, counted_on date);
INSERT INTO customers SELECT i, CASE WHEN i % 5 = 0 THEN date '2024-01-01' + i END, (ARRAY['north', 'south'])[1 + i % 2], i * 10, date '2024-05-01' + i % 60
  FROM generate_series(1, 60) i;
CREATE TABLE orders (customer_id int NOT NULL, day date NOT NULL, channel text NOT NULL, total numeric(10, 2) NOT NULL);
INSERT INTO orders SELECT 1 + i * 7919 % 57, date '2024-01-01' + (i::bigint * 104729 % 182)::int, (ARRAY['web', 'shop'])[1 + i % 2], (i::bigint * 15485863 % 20000) / 100.0 - 20
  FROM generate_series(1, 400) i;
CREATE INDEX ON orders (customer_id);

SELECT segment.create_population('past', 'customers', key => 'id', since => 'since', timezone => 'UTC') \g /dev/null
SELECT segment.create_source('buys', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}', dimension => 'channel', population => 'past') \g /dev/null
SELECT segment.create_feature('gone', aggregate => 'count', source => 'buys', population => 'past') \g /dev/null
SELECT segment.create_feature('days_since_last', aggregate => 'days_since_last', source => 'buys', population => 'past') \g /dev/null
SELECT segment.create_feature('orders_30d', aggregate => 'count', source => 'buys', within => '30 days', absent => 0, population => 'past') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'buys', measure => 'revenue', population => 'past') \g /dev/null
SELECT segment.create_feature('web', aggregate => 'sum', source => 'buys', measure => 'revenue', dimension => 'web', population => 'past') \g /dev/null
SELECT segment.create_feature('region', attribute => 'region', population => 'past') \g /dev/null
SELECT segment.create_feature('points', attribute => 'points', dated_by => 'counted_on', valid_for => '40 days', population => 'past') \g /dev/null
SELECT segment.create_feature('share', expression => 'web / revenue', population => 'past') \g /dev/null
SELECT throws_ok($$SELECT * FROM segment.features_as_of('past', '2024-03-31')$$, '55000', 'population "past" has not been refreshed yet');
CALL segment.refresh('past', as_of => '2024-06-30');

-- against plain SQL over the user's tables
CREATE FUNCTION plain(day date) RETURNS TABLE (past_id int, days_since_last int, orders_30d bigint, revenue numeric, web numeric, region text, points int) LANGUAGE sql AS $$
    SELECT c.id, $1 - max(o.day), count(o.day) FILTER (WHERE o.day > $1 - 30), sum(o.total), sum(o.total) FILTER (WHERE o.channel = 'web'), c.region,
           CASE WHEN c.counted_on + 40 > $1 THEN c.points END
      FROM customers c LEFT JOIN orders o ON o.customer_id = c.id AND o.day <= $1
     WHERE least(c.since, (SELECT min(day) FROM orders e WHERE e.customer_id = c.id)) <= $1 OR $1 = '2024-06-30' GROUP BY c.id $$;
SELECT is((SELECT count(*) FROM plain('2024-03-31') p FULL JOIN segment.features_as_of(NULL::segment_data.past_feature, '2024-03-31') f USING (past_id)
            WHERE (p.days_since_last, p.orders_30d, p.revenue, p.web, p.region, p.points) IS DISTINCT FROM (f.days_since_last, f.orders_30d, f.revenue, f.web, f.region, f.points)), 0::bigint, 'one past day is plain SQL');
SELECT is((SELECT count(*) FROM generate_series(date '2024-01-01', '2024-06-30', '9 days') d CROSS JOIN LATERAL (
             SELECT 1 FROM plain(d::date) p FULL JOIN segment.features_as_of(NULL::segment_data.past_feature, d::date) f USING (past_id)
              WHERE (p.days_since_last, p.orders_30d, p.revenue, p.web, p.region, p.points) IS DISTINCT FROM (f.days_since_last, f.orders_30d, f.revenue, f.web, f.region, f.points)) x), 0::bigint, 'every ninth day is');
SELECT cmp_ok((SELECT count(*) FROM segment.features_as_of('past', '2024-01-10')), '<', 60::bigint, 'who had not entered yet is not there');
SELECT cmp_ok((SELECT count(*) FROM segment.features_as_of('past', '2024-01-10')), '>', 0::bigint, 'who had is');
SELECT is((SELECT count(*) FROM segment.features_as_of('past', '2024-06-30')), 60::bigint, 'on the day of the last refresh, everybody is');
SELECT results_eq($$SELECT * FROM segment.features_as_of(NULL::segment_data.past_feature, '2024-06-30') ORDER BY 1$$, 'SELECT * FROM segment_data.past_feature ORDER BY 1', 'as in the table a refresh wrote');
SELECT is((SELECT count(*) FROM segment.features_as_of('past', '2024-03-31') j FULL JOIN segment.features_as_of(NULL::segment_data.past_feature, '2024-03-31') f ON j.customer = f.past_id::text
            WHERE j.features IS DISTINCT FROM to_jsonb(f) - ARRAY['past_id', 'as_of', 'since', 'entry_day', 'points_value', 'points_dated']), 0::bigint, 'the two forms agree');
SELECT is((SELECT DISTINCT as_of FROM segment.features_as_of(NULL::segment_data.past_feature, '2024-03-31')), date '2024-03-31', 'as_of is the day asked for');
SELECT segment.drop_feature('gone', population => 'past') \g /dev/null
SELECT results_eq($$SELECT * FROM segment.features_as_of(NULL::segment_data.past_feature, '2024-06-30') ORDER BY 1$$, 'SELECT * FROM segment_data.past_feature ORDER BY 1', 'a dropped column does not disturb');
SELECT ok(NOT (SELECT features ? 'gone' FROM segment.features_as_of('past', '2024-06-30') LIMIT 1), 'and is gone');

-- feature_sql
CREATE FUNCTION run(statement text) RETURNS TABLE (past_id int, revenue numeric) LANGUAGE plpgsql AS $$
BEGIN RETURN QUERY EXECUTE 'SELECT e.past_id, e.revenue FROM (' || statement || ') e'; END $$;
SELECT is((SELECT count(*) FROM run(segment.feature_sql('past', '2024-03-31')) r JOIN plain('2024-03-31') p USING (past_id) WHERE r.revenue IS DISTINCT FROM p.revenue), 0::bigint, 'feature_sql is a statement that runs');
SELECT is((SELECT sum(revenue) FROM run(segment.feature_sql('past'))), (SELECT sum(total) FROM orders WHERE day <= '2024-06-30' AND customer_id <= 60), 'by default at the last refresh');
SELECT unalike(segment.feature_sql('past'), '%past_shop%', 'over extension tables alone');

-- segments
SELECT throws_ok($$SELECT * FROM segment.as_of('tiers', '2024-03-31')$$, '42704', 'scheme "tiers" does not exist');
SELECT segment.create_scheme('tiers', objective => 'Test', population => 'past', default_segment => 'low') \g /dev/null
SELECT segment.create_score('tiers', 'm', 'revenue', bins => 3) \g /dev/null
SELECT segment.create_segment('tiers', 'high', 'm = 3 AND days_since_last < 30') \g /dev/null
SELECT throws_ok($$SELECT * FROM segment.as_of('tiers', '2024-03-31')$$, '55000', 'scheme "tiers" has never been activated');
SELECT segment.activate('tiers') \g /dev/null
SELECT results_eq($$SELECT * FROM segment.as_of('tiers', '2024-03-31') ORDER BY customer::int$$,
    $$SELECT past_id::text, segment, lower(valid), version FROM segment_data.tiers_history h WHERE valid @> date '2024-03-31' ORDER BY h.past_id$$, 'as_of() is the history');
SELECT results_eq($$SELECT customer::int, segment, since FROM segment.as_of('tiers', '2024-06-30') ORDER BY 1$$,
    $$SELECT past_id, tiers, tiers_since FROM segment_data.past_segment ORDER BY 1$$, 'and today the assignment');
SELECT is((SELECT count(*) FROM segment.as_of('tiers', '2024-03-31') a CROSS JOIN LATERAL (SELECT DISTINCT raw FROM segment.explain('tiers', a.customer, '2024-03-31')) e WHERE e.raw <> a.segment), 0::bigint, 'at a month''s end explain() says the same');
SELECT throws_ok($$SELECT * FROM segment.as_of('tiers', '2021-01-01')$$, '22023', 'the history of scheme "tiers" begins on 2022-06-30');
SELECT throws_ok($$SELECT * FROM segment.as_of('tiers', '2024-07-01')$$, '22023', 'population "past" has been refreshed up to 2024-06-30, not to 2024-07-01');

-- the evaluation view
SELECT columns_are('segment_data', 'past_evaluation', ARRAY['past_id', 'as_of', 'since', 'entry_day', 'days_since_last', 'orders_30d', 'revenue', 'web', 'region', 'points', 'share', 'tiers', 'tiers.m'], 'features, schemes, scores');
SELECT results_eq($$SELECT past_id, as_of, entry_day, days_since_last, revenue, region, points, share FROM segment_data.past_evaluation ORDER BY 1$$,
    $$SELECT past_id, as_of, entry_day, days_since_last, revenue, region, points, share FROM segment_data.past_feature ORDER BY 1$$, 'evaluates what the refresh wrote');
SELECT results_eq($$SELECT past_id, tiers FROM segment_data.past_evaluation ORDER BY 1$$, $$SELECT past_id, tiers FROM segment_data.past_segment ORDER BY 1$$, 'segments too');
SELECT segment.create_feature('orders_90d', aggregate => 'count', source => 'buys', within => '90 days', absent => 0, population => 'past') \g /dev/null
SELECT has_column('segment_data', 'past_evaluation', 'orders_90d', 'follows a new feature');
SELECT segment.drop_feature('orders_90d', population => 'past') \g /dev/null
SELECT hasnt_column('segment_data', 'past_evaluation', 'orders_90d', 'and one that goes');
SELECT is((SELECT deptype FROM pg_depend WHERE objid = 'segment_data.past_evaluation'::regclass AND refclassid = 'pg_extension'::regclass), 'x'::"char", 'goes with the extension');
CREATE VIEW upon AS SELECT past_id, revenue FROM segment_data.past_evaluation;
SET client_min_messages = error;
SELECT segment.create_feature('late', aggregate => 'count', source => 'buys', population => 'past') \g /dev/null
SET client_min_messages = warning;
SELECT hasnt_column('segment_data', 'past_evaluation', 'late', 'is kept where something is built upon it');
SELECT is((SELECT count(*) FROM upon), 60::bigint, 'which goes on');
DROP VIEW upon;
SELECT segment.drop_feature('late', population => 'past') \g /dev/null
SELECT hasnt_column('segment_data', 'past_evaluation', 'late', 'and made anew after that');

-- errors
SELECT throws_ok($$SELECT * FROM segment.features_as_of('past', '2024-07-01')$$, '22023', 'population "past" has been refreshed up to 2024-06-30, not to 2024-07-01');
SELECT throws_ok($$SELECT * FROM segment.features_as_of(NULL::segment_data.past_feature, '2024-07-01')$$, '22023', 'population "past" has been refreshed up to 2024-06-30, not to 2024-07-01');
SELECT throws_ok($$SELECT * FROM segment.features_as_of(NULL::segment_data.past_segment, '2024-06-01')$$, '42804', 'type segment_data.past_segment is not the row type of a population''s features');
SELECT throws_ok($$SELECT * FROM segment.features_as_of(1, '2024-06-01')$$, '42804', 'type integer is not the row type of a population''s features');
SELECT throws_ok($$SELECT * FROM segment.features_as_of('none', '2024-06-01')$$, '42704', 'population "none" does not exist');
SELECT throws_ok($$SELECT * FROM segment.features_as_of('past', NULL)$$, '22004', 'day must not be null');
SELECT * FROM finish();
