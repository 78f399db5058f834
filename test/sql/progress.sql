\set ECHO none
-- Who works at what: the phase of scorecards, and segment.worker of a server that has not preloaded the library.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SELECT plan(7);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;

CREATE SCHEMA progress_shop;
CREATE TABLE progress_shop.customers (id int PRIMARY KEY);
CREATE TABLE progress_shop.orders (customer_id int, day date, total numeric(12, 2));
INSERT INTO progress_shop.customers SELECT generate_series(1, 20);
INSERT INTO progress_shop.orders SELECT n, '2026-03-01', n FROM generate_series(1, 20) n;
CREATE INDEX ON progress_shop.orders (customer_id);
SELECT segment.create_population('customer', 'progress_shop.customers', key => 'id', timezone => 'UTC') \g /dev/null
SELECT segment.create_source('orders', 'progress_shop.orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0) \g /dev/null
CALL segment.refresh('customer', as_of => '2026-03-02');
SELECT segment.create_scheme('value', objective => 'Grow', default_segment => 'Small') \g /dev/null
SELECT segment.create_segment('value', 'Big', 'revenue > 10') \g /dev/null
SELECT segment.activate('value', backfill => false) \g /dev/null

-- Written within the scorecard's transaction, with the progress as it is then.
CREATE TABLE progress_shop.seen (phase text, relation text, done bigint, total bigint);
CREATE FUNCTION progress_shop.look() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO progress_shop.seen SELECT p.phase, p.relation::text, p.done, p.total FROM segment.progress AS p WHERE p.pid = pg_backend_pid();
    RETURN NULL;
END$$;
CREATE TRIGGER look AFTER INSERT OR UPDATE ON segment.scorecard_state EXECUTE FUNCTION progress_shop.look();
UPDATE progress_shop.orders SET total = 100 WHERE customer_id = 3;
CALL segment.refresh('customer', as_of => '2026-03-02');
SELECT is((SELECT string_agg(DISTINCT concat_ws(' ', phase, relation, done, total), ', ') FROM progress_shop.seen), 'refreshing scorecards progress_shop.customers 0 1', 'the phase of scorecards');
SELECT is((SELECT count(*) FROM segment.progress WHERE pid = pg_backend_pid()), 0::bigint, 'and nothing after it');
DROP TRIGGER look ON segment.scorecard_state;

-- Not preloaded: nobody, and what to do about it
SELECT is(current_setting('shared_preload_libraries') ~ 'segment', false, 'the library is not preloaded');
SELECT is((SELECT count(*) FROM segment.worker), 0::bigint, 'no process');
SELECT is((SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'segment.worker'::regclass AND attnum > 0),
    '{pid,kind,database,state,job_id,started_at,passes}', 'the columns of segment.worker');
SELECT segment.schedule('refresh', 'customer', every => '1 second') \g /dev/null
SELECT matches((SELECT detail || ' ' || hint FROM segment.health_check() WHERE "check" = 'preload'), 'shared_preload_libraries.*run_due_jobs', 'a job that nobody runs: both cures are named');
CREATE ROLE progress_nobody;
SET ROLE progress_nobody;
SELECT throws_ok('SELECT * FROM segment.workers()', '42501', NULL, 'not everyone''s to see');
RESET ROLE;
DROP ROLE progress_nobody;

SET client_min_messages = error;
DROP SCHEMA progress_shop CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
SELECT * FROM finish();
