\set ECHO none
-- When jobs run, by the server's own time zones: the days on which clocks change, and clocks that jump.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
SELECT plan(17);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;

CREATE SCHEMA time_shop;
CREATE TABLE time_shop.customers (id int PRIMARY KEY);
SELECT segment.create_population('customer', 'time_shop.customers', key => 'id', timezone => 'Europe/Paris') \g /dev/null

-- schedules and runs a job of kind maintain as of a moment, and says when it is next due
CREATE FUNCTION next_run() RETURNS text LANGUAGE sql AS $$SELECT next_run::text FROM segment.job_state$$;
CREATE FUNCTION declared(at_moment text, every interval, at time DEFAULT NULL, timezone text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('segment.clock', at_moment, false);
    PERFORM segment.unschedule(job_id) FROM segment.job;
    PERFORM segment.schedule('maintain', every => every, at => at, timezone => timezone);
    RETURN next_run();
END$$;

SELECT is(declared('2026-03-28 12:00:00+00', '1 day', '02:30'), '2026-03-29 01:00:00+00', '02:30 does not exist in Paris on the last Sunday of March: 03:00 it is');
SET segment.clock = '2026-03-29 01:00:00+00';
CALL segment.run_due_jobs();
SELECT is(next_run(), '2026-03-30 00:30:00+00', 'not again that day');
SELECT is(declared('2026-10-24 12:00:00+00', '1 day', '02:30'), '2026-10-25 00:30:00+00', '02:30 occurs twice on the last Sunday of October: the first');
SET segment.clock = '2026-10-25 00:30:00+00';
CALL segment.run_due_jobs();
SELECT is(next_run(), '2026-10-26 01:30:00+00', 'and once');
SELECT is(declared('2026-10-24 12:00:00+00', '1 day', '02:30', 'America/New_York'), '2026-10-25 06:30:00+00', 'in the zone that is given');
SELECT is(declared('2026-10-24 12:00:00+00', '1 day', '00:00', 'Asia/Kolkata'), '2026-10-24 18:30:00+00', 'also one with half hours');
SELECT is(declared('2026-09-05 12:00:00+00', '1 day', '00:00', 'America/Santiago'), '2026-09-06 04:00:00+00', 'midnight does not exist in Santiago in September: 01:00');
SELECT is(declared('2026-01-30 12:00:00+00', '1 month', '06:00', 'UTC'), '2026-01-31 06:00:00+00', 'monthly: from the first day that has the time still to come');
SET segment.clock = '2026-01-31 06:00:00+00';
CALL segment.run_due_jobs();
SELECT is(next_run(), '2026-02-28 06:00:00+00', 'on the last day of shorter months');
SET segment.clock = '2026-02-28 06:00:01+00';
CALL segment.run_due_jobs();
SELECT is(next_run(), '2026-03-31 06:00:00+00', 'and on the 31st again');
SELECT is(declared('2026-01-30 12:00:00+00', '6 hours', '01:00', 'UTC'), '2026-01-30 13:00:00+00', 'parts of a day lie on the clock');

-- clocks that jump
SELECT is(declared('2026-01-30 12:00:00+00', '10 minutes'), '2026-01-30 12:00:00+00', 'elapsed time begins at once');
CALL segment.run_due_jobs();
SELECT max(run_id) AS first FROM segment.job_run \gset
SET segment.clock = '2031-01-30 12:03:00+00';
CALL segment.run_due_jobs();
SELECT is((SELECT max(run_id) - :first FROM segment.job_run), 1::bigint, 'five years ahead: one run');
SELECT is(next_run(), '2031-01-30 12:10:00+00', 'and the grid goes on');
SET segment.clock = '2026-01-30 12:20:00+00';
CALL segment.run_due_jobs();
SELECT is((SELECT max(run_id) - :first FROM segment.job_run), 1::bigint, 'back again: it waits');
SELECT segment.alter_job(job_id, every => '10 minutes') FROM segment.job \g /dev/null
SELECT is(next_run(), '2026-01-30 12:30:00+00', 'until it is told anew');
SET segment.clock = '2026-01-30 12:30:00+00';
CALL segment.run_due_jobs();
SELECT is((SELECT max(run_id) - :first FROM segment.job_run), 2::bigint, 'and is due then');

RESET segment.clock;
DROP EXTENSION segment CASCADE;
DROP SCHEMA time_shop CASCADE;
DROP FUNCTION declared, next_run;
CREATE EXTENSION segment;
SELECT * FROM finish();
