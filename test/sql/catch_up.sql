\set ECHO none
-- Downtime leaves no trace: a refresh evaluates the days it missed, each as of its end.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(13);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;

-- three populations of the same tables: refreshed every day, twice in 40 days, and with a short memory
CREATE SCHEMA catch_up_shop;
SET search_path = catch_up_shop, public;
SELECT setseed(0.125) \g /dev/null
CREATE TABLE customers AS SELECT id FROM generate_series(1, 40) id;
CREATE TABLE orders AS SELECT c.id AS customer_id, '2023-10-01'::date + (random() * 160)::int AS day, round((random() * 100)::numeric, 2) AS total
  FROM customers c, generate_series(1, c.id % 11) n;
SELECT segment.create_population(p, 'customers', key => 'id', timezone => 'UTC', key_name => 'id') FROM unnest(ARRAY['daily', 'lazy', 'short']) p \g /dev/null
SELECT segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": {"expression": "total", "scale": 2}}', population => p)
  FROM unnest(ARRAY['daily', 'lazy', 'short']) p \g /dev/null
SELECT segment.create_feature('days_since_last', aggregate => 'days_since_last', source => 'orders', population => p),
       segment.create_feature('revenue_30d', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '30 days', absent => 0, population => p)
  FROM unnest(ARRAY['daily', 'lazy', 'short']) p \g /dev/null
SELECT segment.create_scheme(p || suffix, objective => 'Miss nothing', population => p, min_dwell => dwell)
  FROM unnest(ARRAY['daily', 'lazy', 'short']) p, (VALUES ('_plain', '0'::interval), ('_dwell', '9 days')) s(suffix, dwell) \g /dev/null
SELECT segment.create_segment(name, 'Big', rule => 'revenue_30d > 80'), segment.create_segment(name, 'Warm', rule => 'days_since_last <= 14') FROM segment.scheme \g /dev/null
\o /dev/null
SELECT format('CALL segment.refresh(%L, as_of => ''2024-01-31'')', p) FROM unnest(ARRAY['daily', 'lazy', 'short']) p \gexec
SELECT segment.activate(name, backfill => false) FROM segment.scheme;
SELECT format('CALL segment.refresh(''daily'', as_of => %L)', d::date) FROM generate_series('2024-02-01'::date, '2024-03-11', '1 day') d \gexec
CALL segment.refresh('lazy', as_of => '2024-02-20');
CALL segment.refresh('lazy', as_of => '2024-03-11');
SET segment.catch_up_days = 5;
CALL segment.refresh('short', as_of => '2024-03-11');
\o

CREATE FUNCTION rows_of(relation text, columns text) RETURNS SETOF text LANGUAGE plpgsql AS
$$BEGIN RETURN QUERY EXECUTE format('SELECT (%s)::text FROM segment_data.%I ORDER BY 1', columns, relation); END$$;
SELECT cmp_ok((SELECT count(DISTINCT day) FROM segment_data.daily_plain_transition), '>', 25::bigint, 'customers move on most days');
SELECT cmp_ok((SELECT count(*) FROM segment_data.daily_dwell_transition), '<', (SELECT count(*) FROM segment_data.daily_plain_transition), 'less often with a minimum stay');
SELECT results_eq(format('SELECT rows_of(%L, ''id, segment, valid, version'')', 'lazy_' || s || '_history'), format('SELECT rows_of(%L, ''id, segment, valid, version'')', 'daily_' || s || '_history'), s || ': history is that of every day')
  FROM unnest(ARRAY['plain', 'dwell']) s;
SELECT results_eq(format('SELECT rows_of(%L, ''id, from_segment, to_segment, day, cause, inputs'')', 'lazy_' || s || '_transition'), format('SELECT rows_of(%L, ''id, from_segment, to_segment, day, cause, inputs'')', 'daily_' || s || '_transition'), s || ': so are the moves, their causes and inputs')
  FROM unnest(ARRAY['plain', 'dwell']) s;
SELECT results_eq(format('SELECT rows_of(''lazy_segment'', ''id, lazy_%1$s, lazy_%1$s_raw, lazy_%1$s_since'')', s), format('SELECT rows_of(''daily_segment'', ''id, daily_%1$s, daily_%1$s_raw, daily_%1$s_since'')', s), s || ': and the present')
  FROM unnest(ARRAY['plain', 'dwell']) s;
SELECT results_eq($$SELECT rows_of('lazy_feature', 'id, as_of, days_since_last, revenue_30d')$$, $$SELECT rows_of('daily_feature', 'id, as_of, days_since_last, revenue_30d')$$, 'features are of the last day');
SELECT results_eq($$SELECT segment, period_start, opening, acquired, moved_in, moved_out, closing, revenue FROM segment.scorecard WHERE scheme = 'lazy_dwell' ORDER BY 1, 2$$,
                  $$SELECT segment, period_start, opening, acquired, moved_in, moved_out, closing, revenue FROM segment.scorecard WHERE scheme = 'daily_dwell' ORDER BY 1, 2$$, 'scorecards are the same');
SELECT is((SELECT min(day) FROM segment_data.short_plain_transition), '2024-03-06'::date, 'with five days to catch up, the first move is five days ago');
SELECT results_eq($$SELECT rows_of('short_segment', 'id, short_plain, short_plain_raw')$$, $$SELECT rows_of('daily_segment', 'id, daily_plain, daily_plain_raw')$$, 'the present is the same');
SELECT is((SELECT string_agg(DISTINCT cause, ' ') FROM segment_data.lazy_plain_transition), 'time', 'nothing but time went by');

RESET search_path;
DROP SCHEMA catch_up_shop CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
SELECT * FROM finish();
