\set ECHO none
-- The health check finds what is wrong, says what to do, and names no customer.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(19);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;

CREATE SCHEMA health_shop;
SET search_path = health_shop, public;
SET segment.clock = '2026-05-01 12:00:00+00';
CREATE TABLE customers (id text PRIMARY KEY);
CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY, customer_id text, day date, total numeric(12, 2));
INSERT INTO customers SELECT 'customer-' || n FROM generate_series(1, 20) n;
INSERT INTO orders (customer_id, day, total) SELECT 'customer-' || n, '2026-05-01', 10 * n FROM generate_series(1, 20) n;
CREATE INDEX ON orders (customer_id);
CREATE FUNCTION findings(wanted text) RETURNS text LANGUAGE sql AS
$$SELECT string_agg(status || ': ' || detail, '; ' ORDER BY detail) FROM segment.health_check() WHERE "check" = wanted$$;

SELECT is((SELECT count(DISTINCT "check") FROM segment.health_check()), 14::bigint, 'every check answers, without any population');
SELECT is((SELECT string_agg("check", ', ') FROM segment.health_check() WHERE status <> 'ok' AND "check" <> 'preload'), NULL, 'and finds nothing');
SELECT segment.create_population('customer', 'customers', key => 'id', timezone => 'UTC') \g /dev/null
SELECT segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0) \g /dev/null
CALL segment.refresh('customer');
SELECT segment.create_scheme('value', objective => 'Grow', default_segment => 'Small', review_every => '90 days') \g /dev/null
SELECT segment.create_segment('value', 'Big', 'revenue > 100') \g /dev/null
SELECT segment.activate('value', backfill => false) \g /dev/null
SELECT is(findings('schedule'), 'warning: no active job refreshes population customer', 'a population that nothing refreshes');
SELECT is((SELECT hint FROM segment.health_check() WHERE "check" = 'schedule'), 'SELECT segment.schedule(''refresh'', ''customer'', every => ''5 minutes'');', 'with the statement that cures it');
SELECT segment.schedule('refresh', 'customer', every => '5 minutes') AS refresh \gset
CALL segment.run_due_jobs();
SELECT matches(findings('schedule'), '^ok: ', 'which does');
SELECT matches(findings('preload'), '^ok: ', 'jobs run from outside: no preloading needed');

SET segment.clock = '2026-05-01 12:30:00+00';
SELECT matches(findings('worker'), '^critical: 1 jobs have waited for more than five minutes', 'a job that nobody runs');
SELECT matches(findings('freshness'), '^warning: population customer is 00:30:00 old, its target is 00:10:00: no worker: ', 'results that are late, and why');
SET segment.clock = '2026-05-01 13:30:00+00';
SELECT matches(findings('freshness'), '^critical: population customer is 01:30:00 old', 'three times over the target is critical');
SELECT matches(findings('preload'), '^warning: ', 'and nothing has run for an hour');

ALTER TABLE orders DISABLE TRIGGER ALL;
SELECT matches(findings('triggers'), '^warning: source "orders" is read in full by every refresh: ', 'triggers that are not in place');
SELECT segment.repair_capture('customer') \g /dev/null

INSERT INTO orders (customer_id, day, total) SELECT NULL, '2026-05-01', 5 FROM generate_series(1, 10);
CALL segment.refresh('customer');
SELECT matches(findings('unassigned'), '^warning: 33 % of the events of orders in the period from 2026-05-01 are of no customer of scheme value', 'events that are nobody''s');

UPDATE segment.scheme_version SET activated_at = '2026-01-01';
SELECT matches(findings('reviews'), '^warning: scheme value is to be reviewed every', 'a scheme overdue for its review');

-- a job that fails because of a customer's data names nobody to whom it must not
SET segment.quarantine_limit = 0;
INSERT INTO orders (customer_id, day, total) SELECT 'customer-7', '2026-05-01', 1 FROM generate_series(1, 3);
ALTER TABLE orders ALTER total TYPE numeric(20, 2);
UPDATE orders SET total = 90000000000000000 WHERE customer_id = 'customer-7';
SET client_min_messages = error;
CALL segment.run_due_jobs();
SELECT matches(findings('jobs'), format('^warning: job %s .refresh. has failed 1 times in a row', :refresh), 'a job that fails');
SELECT matches((SELECT message FROM segment.job_error), 'customer-7', 'members of the owner are told which customer');
CREATE ROLE health_watcher IN ROLE pg_monitor;
GRANT USAGE ON SCHEMA segment TO health_watcher;
SET ROLE health_watcher;
SELECT is((SELECT row(sqlstate, message, detail)::text FROM segment.job_error), '(22003,,)', 'who only watches is not');
SELECT is((SELECT string_agg(concat_ws(' ', t), ' ') ~ 'customer-7' FROM segment.health_check() t), false, 'nor by the health check');
RESET ROLE;
REVOKE pg_monitor FROM health_watcher;
SET ROLE health_watcher;
SELECT is((SELECT status || ': ' || detail FROM segment.health_check() WHERE "check" = 'access'), 'warning: 0 of 1 populations have been looked at: you may not see the others', 'who sees nothing is told that all is well with nothing');
RESET ROLE;
DROP OWNED BY health_watcher;
DROP ROLE health_watcher;

SET segment.quarantine_limit = 10;
CALL segment.refresh('customer');
SELECT is(findings('quarantine'), 'warning: 1 customers of population customer are in quarantine', 'customers whose data fail');

DROP EXTENSION segment CASCADE;
DROP SCHEMA health_shop CASCADE;
CREATE EXTENSION segment;
SELECT * FROM finish();
