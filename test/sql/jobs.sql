\set ECHO none
-- Jobs: declared, run in order, one at a time, tried again, disabled, cancelled by their own limit; nobody else's business.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(59);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;

CREATE SCHEMA job_shop;
SET search_path = job_shop, public;
SET segment.clock = '2026-05-01 12:00:00+00';
CREATE TABLE customers (id int PRIMARY KEY);
CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY, customer_id int, day date, total numeric(10, 2));
INSERT INTO customers SELECT generate_series(1, 20);
INSERT INTO orders (customer_id, day, total) SELECT n, '2026-01-01'::date + n, 10 * n FROM generate_series(1, 20) n;
CREATE INDEX ON orders (customer_id);
SELECT segment.create_population('customer', 'customers', key => 'id', timezone => 'Europe/Paris') \g /dev/null
SELECT segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0) \g /dev/null
CALL segment.refresh('customer');
SELECT segment.create_scheme('value', objective => 'Grow', default_segment => 'Small') \g /dev/null
SELECT segment.create_segment('value', 'Big', 'revenue > 100') \g /dev/null
SELECT segment.activate('value', backfill => false) \g /dev/null

-- when it is for the test: what ran since this was asked for the last time
CREATE FUNCTION ran() RETURNS text LANGUAGE sql AS
$$WITH taken AS (DELETE FROM segment.job_run WHERE state <> 'running' RETURNING *)
  SELECT string_agg(j.kind || ' ' || t.state, ', ' ORDER BY run_id) FROM taken t JOIN segment.job j USING (job_id)$$;
CREATE FUNCTION due_at(wanted int) RETURNS text LANGUAGE sql AS
$$SELECT to_char(next_run AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') FROM segment.job_state WHERE job_id = wanted$$;

-- what is refused
SELECT throws_ok($$SELECT segment.schedule('fit', 'customer', every => '1 day')$$, '0A000', NULL, 'models come later');
SELECT throws_ok($$SELECT segment.schedule('sing', 'customer', every => '1 day')$$, '22023', NULL, 'no such kind');
SELECT throws_ok($$SELECT segment.schedule(NULL)$$, '22004', NULL, 'no kind');
SELECT throws_ok($$SELECT segment.schedule('refresh', 'nobody', every => '1 day')$$, '42704', NULL, 'no such population');
SELECT throws_ok($$SELECT segment.schedule('backfill', 'customer', every => '1 day')$$, '42704', NULL, 'a backfill is of a scheme');
SELECT throws_ok($$SELECT segment.schedule('refresh', 'customer', every => '0')$$, '22023', NULL, 'an interval of nothing');
SELECT throws_ok($$SELECT segment.schedule('refresh', 'customer', every => '-1 day')$$, '22023', NULL, 'a negative one');
SELECT throws_ok($$SELECT segment.schedule('refresh', 'customer', every => '1 month 1 day')$$, '22023', NULL, 'months and days');
SELECT throws_ok($$SELECT segment.schedule('refresh', 'customer', every => '7 hours', at => '01:00')$$, '22023', NULL, 'hours that do not divide a day');
SELECT throws_ok($$SELECT segment.schedule('refresh', 'customer', every => '1 day', timezone => 'Paris')$$, '22023', NULL, 'no time zone');
SELECT throws_ok($$SELECT segment.schedule('refresh', 'customer', every => '1 day', max_runtime => '-1 s')$$, '22023', NULL, 'a negative limit');
SELECT throws_ok($$SELECT segment.schedule('verify', 'customer', every => '1 day', options => '{"sampel": 1}')$$, '22023', NULL, 'an unknown option');
SELECT throws_ok($$SELECT segment.schedule('verify', 'customer', every => '1 day', options => '{"sample": 0}')$$, '22023', NULL, 'a sample of nobody');
SELECT throws_ok($$SELECT segment.schedule('verify', 'customer', every => '1 day', options => '[]')$$, '22023', NULL, 'options that are no object');
SELECT throws_ok($$SELECT segment.schedule('backfill', 'value')$$, '22023', NULL, 'a backfill since never');
SELECT throws_ok($$CALL segment.run_job(4711)$$, '25001', NULL, 'not inside a function');
SELECT throws_ok($$SELECT segment.alter_job(4711, active => true)$$, '42704', NULL, 'no such job');

-- what is declared
SELECT segment.schedule('scorecards', 'customer', every => '5 minutes') AS cards \gset
SELECT segment.schedule('refresh', 'customer', every => '5 minutes') AS refresh \gset
SELECT segment.schedule('maintain', every => '7 days', at => '04:00') AS maintain \gset
SELECT throws_ok($$SELECT segment.schedule('refresh', 'customer', every => '1 day')$$, '42710', NULL, 'scheduled already');
SELECT is(segment.schedule('refresh', 'customer', every => '1 day', if_not_exists => true), :refresh, 'or there already, where scripts run twice');
SELECT is(due_at(:refresh), '2026-05-01 12:00:00', 'without a time of day, the first run is at once');
SELECT is(due_at(:maintain), '2026-05-02 02:00:00', 'with one, when it is next that time in the population''s zone');

-- in order, once each
CALL segment.run_due_jobs();
SELECT is(ran(), 'refresh succeeded, scorecards succeeded', 'refreshes before the scorecards that are made of them');
SELECT is(due_at(:refresh), '2026-05-01 12:05:00', 'the next turn is an interval later');
CALL segment.run_due_jobs();
SELECT is(ran(), NULL, 'nothing is due: nothing runs');
SET segment.clock = '2026-05-01 15:02:00+00';
CALL segment.run_due_jobs();
SELECT is(ran(), 'refresh succeeded, scorecards succeeded', 'three hours of missed turns come to one');
SELECT is(due_at(:refresh), '2026-05-01 15:05:00', 'and the next is on the grid');

-- a refresh leaves the scorecards that have a job to that job; by hand it does them all
INSERT INTO orders (customer_id, day, total) VALUES (1, '2026-04-30', 500);
CREATE FUNCTION behind() RETURNS bigint LANGUAGE sql AS
$$SELECT s.facts_generation - c.facts_generation FROM segment.scheme s JOIN segment.scorecard_state c USING (scheme_id)$$;
CALL segment.run_job(:refresh);
SELECT is(behind(), 1::bigint, 'the scheduled refresh left the scorecard to its job');
CALL segment.run_job(:cards);
SELECT is(behind(), 0::bigint, 'which refreshed it');
INSERT INTO orders (customer_id, day, total) VALUES (2, '2026-04-30', 500);
CALL segment.refresh('customer');
SELECT is(behind(), 0::bigint, 'a refresh by hand refreshes scorecards too');
SELECT ran() \g /dev/null

-- failure: recorded, tried again later, and what depends on it waits with a reason
ALTER TABLE orders RENAME COLUMN total TO amount;
SET segment.clock = '2026-05-01 15:06:00+00';
SET client_min_messages = error;
CALL segment.run_due_jobs();
SELECT is((SELECT string_agg(concat_ws(' ', kind, state, sqlstate, hint IS NOT NULL), ', ' ORDER BY run_id) FROM segment.job_error),
    'refresh failed 42703 t, scorecards skipped t', 'the error is in job_error, and what depends on it is skipped');
SELECT matches((SELECT message FROM segment.job_error WHERE kind = 'scorecards'), format('job %s .refresh customer. failed', :refresh), 'with the reason');
SELECT ok((SELECT next_run - '2026-05-01 15:06:00+00' BETWEEN '7 s' AND '13 s' FROM segment.job_state WHERE job_id = :refresh), 'it is tried again in about ten seconds');
SET segment.clock = '2026-05-01 15:06:14+00';
CALL segment.run_due_jobs();
SELECT ok((SELECT failures = 2 AND next_run - '2026-05-01 15:06:14+00' BETWEEN '15 s' AND '25 s' FROM segment.job_state WHERE job_id = :refresh), 'then in about twenty');
SELECT is((SELECT state FROM segment.job_status WHERE job = :refresh), 'failing', 'job_status says so');
SELECT is((SELECT state FROM segment.job_status WHERE job = :cards), 'skipped', 'and that the other waits for it');
\set VERBOSITY sqlstate
\set QUIET off
\o /dev/null
CALL segment.run_job(:refresh);
\o
\set QUIET on
\set VERBOSITY default
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '42703', 'run by hand, its error is raised');
ALTER TABLE orders RENAME COLUMN amount TO total;
SET segment.clock = '2026-05-01 15:10:00+00';
CALL segment.run_due_jobs();
SELECT is((SELECT concat_ws(' ', last_state, failures, late_since) FROM segment.job_state WHERE job_id = :refresh), 'succeeded 0', 'once cured it succeeds');
SELECT is((SELECT last_state FROM segment.job_state WHERE job_id = :cards), 'succeeded', 'and what waited runs at once');
SELECT ran() \g /dev/null

-- a limit
SELECT segment.alter_job(:refresh, max_runtime => '1 ms') \g /dev/null
CREATE VIEW slow AS SELECT id, pg_sleep(5)::text AS pause FROM customers WHERE id = 1;
SELECT segment.create_population('slow', 'slow', key => 'id', timezone => 'UTC') \g /dev/null
SELECT segment.schedule('refresh', 'slow', every => '1 hour', max_runtime => '100 ms') AS slow \gset
SELECT segment.create_feature('pause', attribute => 'pause', population => 'slow') \g /dev/null
SELECT clock_timestamp() AS began \gset
CALL segment.run_due_jobs();
SELECT ok(clock_timestamp() - :'began'::timestamptz < '3 s', 'max_runtime cancels');
SELECT is((SELECT concat_ws(' ', state, sqlstate, message) FROM segment.job_error WHERE job = :slow), 'failed 57014 it took longer than its max_runtime and was cancelled', 'that is a failure, which says why');
SELECT segment.alter_job(:slow, max_runtime => '1 minute', active => true) \g /dev/null
SET segment.job_max_runtime = '100 ms';
\set VERBOSITY sqlstate
CALL segment.run_job(:slow);
\set VERBOSITY default
RESET segment.job_max_runtime;
SELECT is((SELECT concat_ws(' ', state, sqlstate, message) FROM segment.job_error WHERE job = :slow ORDER BY run_id DESC LIMIT 1), 'failed 57014 it took longer than segment.job_max_runtime and was cancelled', 'nor longer than any job may');
SELECT segment.unschedule(:slow), segment.alter_job(:refresh, max_runtime => '0') \g /dev/null
SELECT is((SELECT count(*) FROM segment.job_run WHERE job_id = :slow), 0::bigint, 'unscheduled, it is gone with its runs');

-- a process that died leaves its run behind
CREATE PROCEDURE die(wanted int) LANGUAGE sql AS
$$WITH run AS (INSERT INTO segment.job_run (job_id, started_at, state, pid) VALUES (wanted, now(), 'running', 1) RETURNING run_id)
  UPDATE segment.job_state SET run_id = (SELECT run_id FROM run), pid = 1 WHERE job_id = wanted$$;
CALL die(:maintain);
SELECT is((SELECT state FROM segment.job_status WHERE job = :maintain), 'running', 'a run whose process is gone looks as if it ran');
SELECT is(segment.cancel_job(:maintain), false, 'there is nothing to cancel');
CALL segment.run_due_jobs();
SELECT is((SELECT concat_ws(' ', last_state, crashes) FROM segment.job_state WHERE job_id = :maintain), 'crashed 1', 'until it is found out');
CALL die(:maintain);
CALL segment.run_due_jobs();
CALL die(:maintain);
CALL segment.run_due_jobs();
SELECT is((SELECT concat_ws(' ', state, active, disabled_reason) FROM segment.job_status WHERE job = :maintain),
    'disabled f the process that ran it was gone 3 times in a row', 'after three it is disabled, with the reason');
SELECT segment.alter_job(:maintain, active => true) \g /dev/null
SELECT is((SELECT concat_ws(' ', state, active) FROM segment.job_status WHERE job = :maintain), 'waiting t', 'until somebody says otherwise');

-- the other kinds
SELECT segment.schedule('verify', 'customer', at => '03:00', options => '{"sample": 5}') AS verify \gset
SELECT is((SELECT every FROM segment.job WHERE job_id = :verify), '1 day'::interval, 'with a time of day alone: daily');
CALL segment.refresh('customer');
CALL segment.run_job(:verify);
SELECT matches((SELECT result FROM segment.job_run WHERE job_id = :verify), '^[56] customers checked$', 'verify says how many it compared');
UPDATE segment_data.customer_feature SET revenue = revenue + 1;
SELECT segment.alter_job(:verify, options => '{}') \g /dev/null
SET segment.clock = '2026-05-02 01:30:00+00';
UPDATE segment.job SET active = job_id = :verify;
CALL segment.run_due_jobs();
SELECT is((SELECT concat_ws(' ', state, sqlstate) FROM segment.job_error WHERE job = :verify), 'failed XX001', 'and fails when results differ');
UPDATE segment_data.customer_feature SET revenue = revenue - 1;
CALL segment.run_job(:maintain);
SELECT is((SELECT state FROM segment.job_run WHERE job_id = :maintain ORDER BY run_id DESC LIMIT 1), 'succeeded', 'maintain rotates and prunes');
SELECT segment.schedule('backfill', 'value', options => '{"since": "2026-03-31", "step": "1 month"}') AS backfill \gset
CALL segment.run_due_jobs();
SELECT is((SELECT concat_ws(' ', last_state, next_run) FROM segment.job_state WHERE job_id = :backfill), 'succeeded infinity', 'a job without interval runs once');
SELECT is((SELECT min(lower(valid)) FROM segment_data.value_history), '2026-03-31'::date, 'the backfill wrote the past');

-- a run that is under way elsewhere
SELECT is((SELECT count(*) FROM segment.job_runner), 0::bigint, 'nobody runs anything now');

-- who may
CREATE ROLE job_owner;
CREATE ROLE job_other;
CREATE ROLE job_watcher IN ROLE pg_monitor;
GRANT USAGE ON SCHEMA segment TO job_owner, job_other, job_watcher;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA segment TO job_owner, job_other;
SET ROLE job_other;
SELECT throws_ok($$SELECT segment.schedule('scorecards', 'value', every => '1 day')$$, '42501', NULL, 'jobs are for members of the owner');
SELECT throws_ok(format('SELECT segment.alter_job(%s, active => false)', :refresh), '42501', NULL, 'also to alter');
SELECT is((SELECT count(*) FROM segment.job_status) + (SELECT count(*) FROM segment.freshness) + (SELECT count(*) FROM segment.job_error), 0::bigint, 'others see nothing');
RESET ROLE;
UPDATE segment.job_state SET next_run = '-infinity';
UPDATE segment.job SET active = true;
SELECT ran() \g /dev/null
SET ROLE job_other;
CALL segment.run_due_jobs();
RESET ROLE;
SELECT is(ran(), NULL, 'nor run anything');
SET ROLE job_watcher;
SELECT is((SELECT count(*) FROM segment.job_status), 5::bigint, 'members of pg_monitor see jobs');
RESET ROLE;
REVOKE ALL ON SCHEMA segment FROM job_owner, job_other, job_watcher;
DROP OWNED BY job_owner, job_other, job_watcher;
DROP ROLE job_owner, job_other, job_watcher;

DROP EXTENSION segment CASCADE;
DROP SCHEMA job_shop CASCADE;
CREATE EXTENSION segment;
SELECT * FROM finish();
