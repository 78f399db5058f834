-- A backfill commits slice by slice: what was stopped goes on where it was, and comes to what one transaction would have written.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(29);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SET datestyle = 'ISO, YMD';

CREATE SCHEMA slices;
SET search_path = slices, public;
SELECT setseed(0.25) \g /dev/null
CREATE TABLE customers AS SELECT 'c' || n AS id, '2022-01-10'::date + (random() * 500)::int AS since FROM generate_series(1, 60) n;
CREATE TABLE orders AS SELECT c.id AS customer_id, c.since + (random() * ('2024-06-30'::date - c.since))::int AS day, round((random() * 100)::numeric, 2) AS total
  FROM customers c, generate_series(1, 40);
CREATE INDEX ON orders (customer_id);
SELECT segment.create_population('customer', 'customers', key => 'id', since => 'since', timezone => 'UTC'),
       segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}') \g /dev/null
SELECT segment.create_feature('revenue_90d', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '90 days', absent => 0) \g /dev/null
SELECT segment.create_scheme(s, objective => 'Look back', default_segment => 'Low', min_dwell => '20 days'), segment.create_segment(s, 'High', rule => 'revenue_90d > 250'), segment.create_segment(s, 'Middle', rule => 'revenue_90d > 120')
  FROM unnest(ARRAY['sliced', 'whole']) s \g /dev/null
CALL segment.refresh(as_of => '2024-06-30');
SELECT segment.activate(s, backfill => false) FROM unnest(ARRAY['sliced', 'whole']) s \g /dev/null
CALL segment.refresh(as_of => '2024-07-10');

CREATE FUNCTION rows_of(relation text, columns text) RETURNS SETOF text LANGUAGE plpgsql AS
$$BEGIN RETURN QUERY EXECUTE format('SELECT (%s)::text FROM segment_data.%I ORDER BY 1', columns, relation); END$$;
CREATE FUNCTION same(what text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT results_eq(format('SELECT rows_of(''sliced_%s'', %L)', r, c), format('SELECT rows_of(''whole_%s'', %L)', r, c), what || ': ' || r)
      FROM (VALUES ('history', 'customer_id, segment, valid, version, cause'), ('transition', 'customer_id, from_segment, to_segment, day, cause, version'),
                   ('scorecard', 'period_start, segment, source, dimension, metric, value, is_final')) v(r, c)
    UNION ALL SELECT is_empty('SELECT customer_id FROM segment_data.customer_segment WHERE (sliced, sliced_raw, sliced_since, sliced_version) IS DISTINCT FROM (whole, whole_raw, whole_since, whole_version)', what || ': present')$$;
CREATE FUNCTION broken() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT 'gap, overlap or break of ' || customer_id FROM (SELECT *, lag(upper(valid)) OVER w AS until, lag(segment) OVER w AS before FROM segment_data.sliced_history WINDOW w AS (PARTITION BY customer_id ORDER BY valid)) h
     WHERE until <> lower(valid) OR before = segment
    UNION ALL SELECT 'present of ' || customer_id FROM segment_data.customer_segment s FULL JOIN (SELECT * FROM segment_data.sliced_history WHERE upper_inf(valid)) h USING (customer_id)
     WHERE (s.sliced, s.sliced_since) IS DISTINCT FROM (h.segment, lower(h.valid))$$;

-- stopped after two slices
SET segment.backfill_slice = 16;
CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NEW.done > TG_ARGV[0]::int THEN RAISE EXCEPTION 'stopped by the test'; END IF; RETURN NEW; END$$;
CREATE TRIGGER stop BEFORE UPDATE ON segment.backfill_run FOR EACH ROW EXECUTE FUNCTION stop(32);
\set VERBOSITY terse
CALL segment.backfill('sliced', since => '2021-12-31');
SELECT is(:'LAST_ERROR_MESSAGE'::text, 'stopped by the test', 'stopped on its way');
SELECT is((SELECT (done, total, done_key = (SELECT max(id) FROM (SELECT id FROM customers ORDER BY id LIMIT 32) c), until)::text FROM segment.backfill_run), '(32,60,t,2024-06-29)', 'how far it came is known');
SELECT is((SELECT count(*) FROM (SELECT DISTINCT customer_id FROM segment_data.sliced_history WHERE lower(valid) < '2024-06-29') h), 32::bigint, 'so many have their history');
SELECT is_empty('SELECT broken()', 'each customer''s history is whole');
SELECT is((SELECT history_since FROM segment.scheme WHERE name = 'sliced'), '2024-06-30'::date, 'the scheme''s has not begun earlier yet');
SELECT results_eq($$SELECT * FROM segment.scorecard_as_published('sliced', 'infinity')$$, $$SELECT * FROM segment_data.sliced_scorecard ORDER BY 1, 3, 4, 6, 5$$, 'nor have scorecards');
SELECT is_empty($$SELECT customer, what FROM segment.verify_detail('customer')$$, 'and what is stored is what it should be');
-- refreshes go on meanwhile
INSERT INTO orders SELECT id, '2024-07-10', 300 FROM customers WHERE id IN ('c1', 'c60');
CALL segment.refresh(as_of => '2024-07-10');
SELECT is_empty('SELECT broken()', 'a refresh in between leaves them whole');
SELECT is_empty($$SELECT customer, what FROM segment.verify_detail('customer')$$, 'and steps from where they now come');

-- it goes on
DROP TRIGGER stop ON segment.backfill_run;
CREATE TRIGGER stop BEFORE UPDATE ON segment.backfill_run FOR EACH ROW WHEN (NEW.done < 33) EXECUTE FUNCTION stop(0);
SET client_min_messages = notice;
CALL segment.backfill('sliced', since => '2021-12-31');
SET client_min_messages = warning;
SELECT is_empty('SELECT * FROM segment.backfill_run', 'the same call goes on, and leaves no trace');
DROP TRIGGER stop ON segment.backfill_run;
SET segment.backfill_slice = 1000;
CALL segment.backfill('whole', since => '2021-12-31');
-- who has been there for longer than was known leaves today, as the refresh in between had it
CALL segment.refresh(as_of => '2024-07-10');
SELECT same('as in one transaction');
SELECT is((SELECT history_since FROM segment.scheme WHERE name = 'sliced'), '2022-01-31'::date, 'history begins with the first customers');
SELECT is_empty('SELECT broken()', 'without gap or overlap');
SELECT is_empty($$SELECT * FROM segment.reconcile() WHERE difference <> 0$$, 'scorecards reconcile');
SELECT is_empty($$SELECT period_start, segment FROM segment.scorecard WHERE opening + acquired + moved_in - moved_out - removed <> closing$$, 'opening leads to closing');

-- day by day in the middle, one customer at a time
SET segment.backfill_slice = 1;
CALL segment.backfill('sliced', since => '2023-03-01', until => '2023-03-20', step => '3 days');
SET segment.backfill_slice = 1000;
CALL segment.backfill('whole', since => '2023-03-01', until => '2023-03-20', step => '3 days');
SELECT same('one customer at a time');
SELECT is_empty('SELECT broken()', 'without gap or overlap');

-- other arguments, or other definitions, begin anew
SET segment.backfill_slice = 16;
CREATE TRIGGER stop BEFORE UPDATE ON segment.backfill_run FOR EACH ROW EXECUTE FUNCTION stop(32);
CALL segment.backfill('sliced', since => '2023-03-31');
SELECT is((SELECT done FROM segment.backfill_run), 32::bigint, 'stopped again');
CALL segment.backfill('sliced', since => '2023-04-30');
SELECT is((SELECT (done, since)::text FROM segment.backfill_run), '(32,2023-04-30)', 'another since begins anew');
SELECT segment.recut('sliced', 'another version') \g /dev/null
DROP TRIGGER stop ON segment.backfill_run;
CREATE TRIGGER stop BEFORE UPDATE ON segment.backfill_run FOR EACH ROW WHEN (NEW.done > 17) EXECUTE FUNCTION stop(0);
CALL segment.backfill('sliced', since => '2023-04-30');
SELECT is((SELECT (done, version)::text FROM segment.backfill_run), '(16,2)', 'and so does another version');
DROP TRIGGER stop ON segment.backfill_run;
CALL segment.backfill('sliced', since => '2023-04-30');
SELECT is_empty('SELECT broken()', 'in the end: without gap or overlap');

-- refused
CALL segment.backfill('sliced', since => '2015-01-31', until => '2021-12-31');
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '22023 there was no customer before ' || (SELECT min(entry_day) FROM segment_data.customer_feature), 'before there was anyone');
SELECT is_empty('SELECT * FROM segment.backfill_run', 'nothing began');

RESET search_path;
DROP SCHEMA slices CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
SELECT * FROM finish();
