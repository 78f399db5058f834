\set ECHO none
-- How old results are and what is in the way, and who may look.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(24);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;

CREATE SCHEMA fresh_shop;
SET search_path = fresh_shop, public;
SET segment.clock = '2026-05-01 12:00:00+00';
CREATE TABLE customers (id int PRIMARY KEY);
CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY, customer_id int, day date, total numeric(10, 2));
INSERT INTO customers SELECT generate_series(1, 20);
INSERT INTO orders (customer_id, day, total) SELECT n, '2026-04-01'::date + n, 10 * n FROM generate_series(1, 20) n;
CREATE INDEX ON orders (customer_id);
SELECT segment.create_population('customer', 'customers', key => 'id', timezone => 'UTC') \g /dev/null
SELECT segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0) \g /dev/null
CREATE VIEW population_row AS SELECT * FROM segment.freshness WHERE scheme IS NULL;

SELECT is((SELECT row(lag, within_target, pending)::text FROM population_row), '(,,)', 'never refreshed: not known');
SELECT is((SELECT blocked_by FROM population_row), 'no job refreshes it', 'no job refreshes it');
CALL segment.refresh('customer');
SELECT is((SELECT row(lag, target_lag, within_target, pending)::text FROM population_row), format('("%s",,,0)', '0'::interval), 'just refreshed, no target');
SELECT segment.create_scheme('value', objective => 'Grow', default_segment => 'Small') \g /dev/null
SELECT segment.create_segment('value', 'Big', 'revenue > 100') \g /dev/null
SELECT segment.activate('value', backfill => false) \g /dev/null
SELECT segment.schedule('refresh', 'customer', every => '5 minutes') AS refresh, segment.schedule('scorecards', 'value', every => '1 hour') AS cards \gset
CALL segment.run_due_jobs();

INSERT INTO orders (customer_id, day, total) VALUES (1, '2026-05-01', 500), (2, '2026-05-01', 500);
SET segment.clock = '2026-05-01 12:04:00+00';
SELECT is((SELECT row(lag, target_lag, within_target, pending, blocked_by)::text FROM population_row),
    format('("%s","%s",t,2,)', '4 min'::interval, '10 min'::interval), 'four minutes later, two changes wait');
CALL segment.run_due_jobs();
SELECT is((SELECT pending FROM population_row), 2::bigint, 'not due yet');
SET segment.clock = '2026-05-01 12:05:00+00';
CALL segment.run_due_jobs();
SELECT is((SELECT row(lag, pending)::text FROM population_row), format('("%s",0)', '0'::interval), 'refreshed: nothing waits');
SELECT is((SELECT row(lag, target_lag, within_target, pending)::text FROM segment.freshness WHERE scheme = 'value'),
    format('("%s","%s",t,1)', '5 min'::interval, '2 hours'::interval), 'the scorecard lacks one change of facts, for its own job to bring');
CALL segment.run_job(:cards);
SELECT is((SELECT row(lag, pending)::text FROM segment.freshness WHERE scheme = 'value'), format('("%s",0)', '0'::interval), 'which brings it');
SET segment.clock = '2026-05-01 12:07:00+00';
SELECT is((SELECT lag FROM segment.freshness WHERE scheme = 'value'), '2 min'::interval, 'a scorecard that lacks nothing is as old as the results');

-- late: told of once
SET segment.clock = '2026-05-01 13:00:00+00';
UPDATE segment.job_state SET next_run = 'infinity';
SELECT is((SELECT row(within_target, blocked_by)::text FROM population_row), '(f,)', 'an hour later it is late');
SET client_min_messages = error;
CALL segment.run_due_jobs();
SELECT is((SELECT late_since FROM segment.job_state WHERE job_id = :refresh), '2026-05-01 13:00:00+00'::timestamptz, 'which is noticed');
SET client_min_messages = warning;
CALL segment.run_due_jobs();
SELECT is((SELECT state FROM segment.job_status WHERE job = :refresh), 'late', 'and told of once');
UPDATE segment.job_state SET next_run = '2026-05-01 12:10:00+00' WHERE job_id = :refresh;
SELECT matches((SELECT blocked_by FROM population_row), '^no worker: ', 'it is due and nobody runs it');
CALL segment.refresh('customer');
UPDATE segment.job_state SET next_run = 'infinity';
CALL segment.run_due_jobs();
SELECT is((SELECT late_since FROM segment.job_state WHERE job_id = :refresh), NULL, 'a refresh by hand ends it too');

-- what is in the way
SELECT segment.alter_job(:refresh, active => false) \g /dev/null
SELECT is((SELECT blocked_by FROM population_row), format('job %s is not active', :refresh), 'a job that is not active');
UPDATE segment.job SET disabled_reason = 'because' WHERE job_id = :refresh;
SELECT is((SELECT blocked_by FROM population_row), format('job %s is disabled: because', :refresh), 'or disabled');
SELECT segment.alter_job(:refresh, active => true) \g /dev/null
BEGIN;
INSERT INTO orders (customer_id, day, total) VALUES (1, '2026-05-01', 500);
SELECT is((SELECT oldest_writer FROM population_row), now(), 'an open writer');
ROLLBACK;
SELECT is((SELECT oldest_writer FROM population_row), NULL, 'that has gone');

-- a long log is estimated, not read
CREATE TABLE big AS SELECT n AS id FROM generate_series(1, 120000) n;
INSERT INTO orders (customer_id, day, total) SELECT id, '2026-05-01', 1 FROM big;
SELECT cmp_ok((SELECT pending FROM population_row), '>=', 1::bigint, 'more than the log lists is one row of everything');
TRUNCATE segment_data.customer_orders_log_0, segment_data.customer_orders_log_1, segment_data.customer_orders_log_2, segment_data.customer_orders_log_3;
INSERT INTO segment_data.customer_orders_log_0 SELECT '3'::xid8, id % 20, false FROM big;
SELECT ok((SELECT pending BETWEEN 60000 AND 240000 FROM population_row), 'a long log is estimated by its size');

CREATE ROLE fresh_watcher IN ROLE pg_monitor;
GRANT USAGE ON SCHEMA segment TO fresh_watcher;
SET ROLE fresh_watcher;
SELECT is((SELECT count(*) FROM segment.freshness), 2::bigint, 'members of pg_monitor may look');
RESET ROLE;
CREATE ROLE fresh_analyst;
GRANT USAGE ON SCHEMA segment, segment_data TO fresh_analyst;
SET ROLE fresh_analyst;
SELECT is((SELECT count(*) FROM segment.freshness), 0::bigint, 'others not');
RESET ROLE;
GRANT SELECT ON segment_data.value_scorecard_wide TO fresh_analyst;
SET ROLE fresh_analyst;
SELECT is((SELECT count(*) FROM segment.freshness), 2::bigint, 'unless they may read what is said to be fresh');
SELECT is((SELECT count(*) FROM segment.job_status), 0::bigint, 'jobs are nothing to them');
RESET ROLE;
DROP OWNED BY fresh_watcher, fresh_analyst;
DROP ROLE fresh_watcher, fresh_analyst;

DROP EXTENSION segment CASCADE;
DROP SCHEMA fresh_shop CASCADE;
CREATE EXTENSION segment;
SELECT * FROM finish();
