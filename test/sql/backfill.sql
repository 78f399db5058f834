\set ECHO none
-- A backfill writes the history that refreshing on the same days would have written, also with a minimum stay.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(38);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;

/*
 * Two populations with the same 60 customers and orders: one has all of it at once and looks back; the other lives through
 * 24 month ends, customers and orders coming as they did.
 */
CREATE SCHEMA backfill_shop;
SET search_path = backfill_shop, public;
SELECT setseed(0.75) \g /dev/null
CREATE TABLE customers AS SELECT id, '2021-10-01'::date + (random() * 900)::int AS since FROM generate_series(1, 60) id;
CREATE TABLE orders AS
SELECT c.id AS customer_id, c.since + (random() * random() * ('2024-12-31'::date - c.since))::int AS day, round((random() * 100)::numeric, 2) AS total
  FROM customers c, generate_series(1, 4 + c.id % 23);
CREATE TABLE coming_customers (LIKE customers);
CREATE TABLE coming_orders (LIKE orders);
SELECT segment.create_population('back', 'customers', key => 'id', since => 'since', timezone => 'UTC', key_name => 'id'),
       segment.create_population('live', 'coming_customers', key => 'id', since => 'since', timezone => 'UTC', key_name => 'id') \g /dev/null
SELECT segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}', population => 'back'),
       segment.create_source('orders', 'coming_orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}', population => 'live') \g /dev/null
SELECT segment.create_feature('revenue_90d', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '90 days', absent => 0, population => p),
       segment.create_feature('days_since_last', aggregate => 'days_since_last', source => 'orders', population => p),
       segment.create_feature('revenue_6m', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '6 months', population => p)
  FROM unnest(ARRAY['back', 'live']) p \g /dev/null
SELECT segment.create_scheme(p || suffix, objective => 'Live through it', population => p, min_dwell => dwell, default_segment => 'Rest'),
       segment.create_score(p || suffix, p || suffix || '_m', 'revenue_6m', cuts => '{50, 150, 300}')
  FROM unnest(ARRAY['back', 'live']) p, (VALUES ('_plain', '0'::interval), ('_dwell', '45 days'), ('_months', '3 months')) AS s(suffix, dwell) \g /dev/null
SELECT segment.create_segment(s.name, g.name, rule => replace(g.rule, '_m', s.name || '_m'))
  FROM segment.scheme s, (VALUES (1, 'Top', '_m = 4 AND days_since_last < 60'), (2, 'Good', '_m >= 3'), (3, 'Lapsing', 'days_since_last > 120'), (4, 'Small', 'revenue_90d > 0'))
       AS g(place, name, rule) ORDER BY s.scheme_id, g.place \g /dev/null

-- the one that lives through it, on those days alone
SET segment.catch_up_days = 0;
CREATE TABLE day AS SELECT d::date AS day FROM generate_series('2023-01-01'::date, '2025-01-01', '1 month') m, LATERAL (SELECT m - interval '1 day' AS d) l ORDER BY 1;
SELECT is((SELECT count(*) FROM day), 25::bigint, '24 month ends and the present day');
\o /dev/null
SELECT format('INSERT INTO coming_customers SELECT c.* FROM customers c WHERE since <= %L AND NOT EXISTS (SELECT FROM coming_customers WHERE id = c.id)', day),
       format('INSERT INTO coming_orders SELECT * FROM orders WHERE day <= %L AND day > %L', day, COALESCE(lag(day) OVER (ORDER BY day), '-infinity')),
       format('CALL segment.refresh(''live'', as_of => %L)', day),
       CASE WHEN day = min(day) OVER () THEN 'SELECT segment.activate(name, backfill => false) FROM segment.scheme WHERE name LIKE ''live%'' ORDER BY 1' END
  FROM day ORDER BY day \gexec
-- the one that looks back
CALL segment.refresh('back', as_of => '2024-12-31');
SELECT segment.activate(name) FROM segment.scheme WHERE name LIKE 'back%' ORDER BY name;
\o

SELECT isnt((SELECT count(*) FROM segment_data.live_plain_transition), 0::bigint, 'customers moved');
SELECT cmp_ok((SELECT count(*) FROM segment_data.live_dwell_transition), '<', (SELECT count(*) FROM segment_data.live_plain_transition), 'a minimum stay makes them move less');
SELECT cmp_ok((SELECT count(*) FROM segment_data.live_months_transition), '<', (SELECT count(*) FROM segment_data.live_dwell_transition), 'a longer one still less');
CREATE FUNCTION rows_of(relation text, columns text) RETURNS SETOF text LANGUAGE plpgsql AS
$$BEGIN RETURN QUERY EXECUTE format('SELECT (%s)::text FROM segment_data.%I ORDER BY 1', columns, relation); END$$;
SELECT results_eq(format('SELECT rows_of(%L, %L)', 'back_' || s || '_history', 'id, segment, valid'), format('SELECT rows_of(%L, %L)', 'live_' || s || '_history', 'id, segment, valid'),
                  s || ': history is what refreshing would have written')
  FROM unnest(ARRAY['plain', 'dwell', 'months']) s;
SELECT results_eq(format('SELECT rows_of(%L, %L)', 'back_' || s || '_transition', 'id, from_segment, to_segment, day, version'),
                  format($$SELECT * FROM rows_of(%L, %L) t$$, 'live_' || s || '_transition', 'id, from_segment, to_segment, day, version'), s || ': so are the moves')
  FROM unnest(ARRAY['plain', 'dwell', 'months']) s;
SELECT results_eq(format('SELECT rows_of(''back_segment'', %L)', format('id, back_%1$s, back_%1$s_raw, back_%1$s_since', s)),
                  format('SELECT rows_of(''live_segment'', %L)', format('id, live_%1$s, live_%1$s_raw, live_%1$s_since', s)), s || ': and the present segments')
  FROM unnest(ARRAY['plain', 'dwell', 'months']) s;
SELECT isnt_empty('SELECT 1 FROM segment_data.back_segment WHERE back_dwell <> back_dwell_raw', 'some stay where the rules no longer say');
SELECT results_eq($$SELECT cause, count(*) FROM segment_data.back_plain_transition GROUP BY 1 ORDER BY 1$$,
                  $$SELECT cause, count(*) FROM segment_data.live_plain_transition GROUP BY 1 ORDER BY 1$$, 'as many moves by data and by time');
CREATE FUNCTION cards(scheme_name text) RETURNS SETOF text LANGUAGE sql STABLE AS
$$SELECT (segment, period_start, opening, acquired, moved_in, moved_out, removed, closing)::text FROM segment.scorecard
   WHERE scheme = scheme_name AND period_start >= '2023-01-01' ORDER BY 1$$;
SELECT results_eq($$SELECT cards('back_plain')$$, $$SELECT cards('live_plain')$$, 'scorecards count the same');
SELECT results_eq($$SELECT period_start, sum(revenue) FROM segment.scorecard WHERE scheme = 'back_plain' AND period_start >= '2023-01-01' GROUP BY 1 ORDER BY 1$$,
                  $$SELECT date_trunc('month', day)::date, sum(total) FROM orders WHERE day BETWEEN '2023-01-01' AND '2024-12-31' GROUP BY 1 ORDER BY 1$$, 'revenue of 24 months is the table''s');

-- a minimum stay counts days: what happens and is undone within one day leaves no trace
\o /dev/null
SELECT id FROM (SELECT id FROM segment_data.live_segment WHERE live_dwell = live_dwell_raw AND live_dwell IN ('Rest', 'Lapsing') AND live_dwell_since < '2024-10-01' ORDER BY id LIMIT 1) s \gset
CALL segment.refresh('live', as_of => '2025-01-01');
CREATE TABLE before AS SELECT live_dwell, live_dwell_since FROM segment_data.live_segment WHERE id = :id;
INSERT INTO coming_orders VALUES (:id, '2025-01-01', 5000);
CALL segment.refresh('live', as_of => '2025-01-01');
\o
SELECT is((SELECT live_dwell || to_char(live_dwell_since, ' YYYY-MM-DD') FROM segment_data.live_segment WHERE id = :id), 'Top 2025-01-01', 'an order moves its customer');
DELETE FROM coming_orders WHERE total = 5000;
CALL segment.refresh('live', as_of => '2025-01-01');
SELECT results_eq(format('SELECT live_dwell, live_dwell_since FROM segment_data.live_segment WHERE id = %s', :id), 'SELECT * FROM before', 'undone on the same day, as if it had not been');

-- earlier still
CREATE FUNCTION unsound(scheme text, key_table text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT ''gap or overlap of '' || id FROM (SELECT id, lower(valid) AS since, segment, lag(upper(valid)) OVER w AS until, lag(segment) OVER w AS before
                                        FROM segment_data.%I WINDOW w AS (PARTITION BY id ORDER BY valid)) h
                                 WHERE until <> since OR before = segment', scheme || '_history');
    RETURN QUERY EXECUTE format('SELECT ''present of '' || id FROM segment_data.%I s FULL JOIN (SELECT * FROM segment_data.%I WHERE upper_inf(valid)) h USING (id)
                                 WHERE (s.%I, s.%I) IS DISTINCT FROM (h.segment, lower(h.valid))', key_table, scheme || '_history', scheme, scheme || '_since');
    RETURN QUERY EXECUTE format('SELECT ''move of '' || id FROM (SELECT id, segment, lag(segment) OVER w AS before, lower(valid) AS day FROM segment_data.%I
                                        WINDOW w AS (PARTITION BY id ORDER BY valid)) h FULL JOIN segment_data.%I t USING (id, day)
                                 WHERE h.before IS DISTINCT FROM t.from_segment OR t.to_segment IS DISTINCT FROM h.segment AND h.before IS NOT NULL', scheme || '_history', scheme || '_transition');
END$$;
SELECT is_empty($$SELECT unsound('back_plain', 'back_segment')$$, 'history, moves and present agree');
SELECT is_empty($$SELECT unsound('back_dwell', 'back_segment')$$, 'also with a minimum stay');
CREATE FUNCTION at_ends(scheme text, since date) RETURNS SETOF text LANGUAGE plpgsql AS
$$BEGIN RETURN QUERY EXECUTE format('SELECT (h.id, d.day, h.segment)::text FROM backfill_shop.day d JOIN segment_data.%I h ON h.valid @> d.day WHERE d.day >= %L ORDER BY 1', scheme || '_history', since); END$$;
CREATE TABLE ends AS SELECT at_ends('back_plain', '2022-12-31') AS at;
CALL segment.backfill('back_plain', since => '2021-10-31', until => '2022-11-30');
SELECT is((SELECT min(lower(valid)) FROM segment_data.back_plain_history), '2021-10-31'::date, 'a backfill of the year before');
SELECT results_eq($$SELECT at_ends('back_plain', '2022-12-31')$$, 'SELECT at FROM ends ORDER BY 1', 'leaves what came after');
SELECT is_empty($$SELECT unsound('back_plain', 'back_segment')$$, 'history, moves and present agree');
SELECT is((SELECT count(DISTINCT period_start) FROM segment.scorecard WHERE scheme = 'back_plain'), 39::bigint, 'scorecards begin where history does');
SELECT is((SELECT sum(revenue) FROM segment.scorecard WHERE scheme = 'back_plain'), (SELECT sum(total) FROM orders WHERE day >= '2021-10-01'), 'and hold all revenue since');
CALL segment.backfill('back_plain', since => '2021-10-31');
SELECT results_eq($$SELECT at_ends('back_plain', '2022-12-31')$$, 'SELECT at FROM ends ORDER BY 1', 'up to the day before it went live: the same again');
SELECT is_empty($$SELECT unsound('back_plain', 'back_segment')$$, 'history, moves and present agree');
CALL segment.backfill('back_plain', since => '2024-03-01', until => '2024-03-31', step => '1 day');
SELECT results_eq($$SELECT at_ends('back_plain', '2022-12-31')$$, 'SELECT at FROM ends ORDER BY 1', 'day by day within a month: month ends are as they were');
SELECT is_empty($$SELECT unsound('back_plain', 'back_segment')$$, 'history, moves and present agree');
SELECT is_empty($$SELECT t.id, t.day FROM segment_data.back_plain_transition t JOIN segment_data.back_plain_transition u USING (id, day) WHERE t.seq < u.seq$$, 'no move is there twice');
DELETE FROM customers WHERE id = 1;
CALL segment.refresh('back', as_of => '2024-12-31');
CREATE TABLE gone AS SELECT segment, valid FROM segment_data.back_plain_history WHERE id = 1;
CALL segment.backfill('back_plain', since => '2023-06-30', until => '2023-12-31');
SELECT results_eq('SELECT segment, valid FROM segment_data.back_plain_history WHERE id = 1 ORDER BY valid', 'SELECT * FROM gone ORDER BY valid', 'who has left keeps the history that was');

-- refused
\set VERBOSITY terse
CALL segment.backfill('back_plain', since => '2024-01-31', until => '2024-12-31');
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '22023 backfill of scheme "back_plain" must end before 2024-12-31', 'what refreshes wrote is not written over');
CALL segment.backfill('back_plain', since => '2024-12-31');
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '22023 there is no day to backfill between 2024-12-31 and 2024-12-30', 'no day left');
SELECT segment.create_scheme('draft', objective => 'None yet', population => 'back') \g /dev/null
CALL segment.backfill('draft', since => '2024-01-31');
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '55000 scheme "draft" has never been activated', 'a draft has no cut points');
CALL segment.backfill('nothing', since => '2024-01-31');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '42704', 'no such scheme');
CALL segment.backfill('back_plain', since => '2024-01-31', step => '0 days');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '22023', 'a step that does not step');
BEGIN;
CALL segment.backfill('back_plain', since => '2024-01-31');
ROLLBACK;
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '25001 segment.backfill cannot run inside a transaction block', 'not in a transaction block');

RESET search_path;
DROP SCHEMA backfill_shop CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
SELECT * FROM finish();
