\set ECHO none
-- What one company of a database can learn of, or do to, another through what belongs to all: metrics, functions of
-- the server's time, the records of jobs, and a server that crashes.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = error;
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SET datestyle = 'ISO, YMD';
SELECT plan(31);

CREATE ROLE seg_attack_victim;
CREATE ROLE seg_attack_owner;
CREATE ROLE seg_attack_monitor;
GRANT pg_monitor TO seg_attack_monitor;
GRANT USAGE ON SCHEMA segment TO seg_attack_owner, seg_attack_victim, seg_attack_monitor;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA segment TO seg_attack_owner, seg_attack_victim;
CREATE SCHEMA attack;
GRANT ALL ON SCHEMA attack TO seg_attack_owner, seg_attack_victim;
CREATE PROCEDURE attack.map(who text, measure text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE attack.%s_customers AS SELECT i AS id, ''north''::text AS region FROM generate_series(1, 10) AS i', who);
	EXECUTE format('CREATE TABLE attack.%s_orders AS SELECT i AS id, i %% 10 + 1 AS customer_id, ''2024-01-01''::date + i AS day, 10.00::numeric(10, 2) AS total FROM generate_series(1, 25) AS i', who);
	PERFORM segment.create_population(who, format('attack.%s_customers', who)::regclass, key => 'id', timezone => 'UTC'),
		segment.create_source('orders', format('attack.%s_orders', who)::regclass, customer => 'customer_id', occurred_at => 'day', measures => jsonb_build_object(measure, 'total'), population => who),
		segment.create_feature('spend', aggregate => 'sum', source => 'orders', measure => measure, population => who);
END
$$;
CREATE PROCEDURE attack.activate(who text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM segment.create_scheme(who || '_value', objective => 'Keep', population => who), segment.create_segment(who || '_value', 'Big', 'spend > 5'),
		segment.activate(who || '_value');
END
$$;
GRANT EXECUTE ON ALL PROCEDURES IN SCHEMA attack TO PUBLIC;

SET SESSION AUTHORIZATION seg_attack_owner;
CALL attack.map('attack', 'revenue');

-- Before there is anything to try it on: constants are computed as a query is planned, whoever's figures it asks for.
SELECT throws_ok($$SELECT segment.create_metric('boom', 'CASE WHEN revenue < 0 THEN exp(99999999.0) END')$$, '22003', NULL, 'a metric whose constants fail is none');
SELECT lives_ok($$SELECT segment.create_metric('large', '99999999.0')$$, 'a constant is one');
SELECT throws_ok($$SELECT segment.create_metric('boom', 'CASE WHEN revenue < 0 THEN exp(large) END')$$, '22003', NULL, 'nor is one that fails with those of another');
SELECT lives_ok($$SELECT segment.create_metric('power', 'CASE WHEN revenue < 0 THEN exp(large / 99999999.0) END')$$, 'one that does not is');
SELECT throws_ok($$SELECT segment.alter_metric('large', '9999999999999999.0')$$, '22003', NULL, 'until what it reads is altered to make it fail');
SELECT segment.drop_metric('power'), segment.drop_metric('large') \g /dev/null

-- Thirty metrics deep there are 2^30 ways down.
SELECT segment.create_metric('a0', 'revenue'), segment.create_metric('b0', 'revenue') \g /dev/null
DO $$
BEGIN
	FOR i IN 1 .. 30 LOOP
		PERFORM segment.create_metric(format('%s%s', n, i), format('a%s + b%s', i - 1, i - 1)) FROM unnest('{a,b}'::text[]) AS n;
	END LOOP;
END
$$;
SELECT throws_ok($$SELECT segment.alter_metric('a0', 'a30')$$, '42P17', NULL, 'metrics of metrics of metrics are looked at once each');
DO $$
BEGIN
	FOR i IN REVERSE 30 .. 0 LOOP
		PERFORM segment.drop_metric(format('%s%s', n, i)) FROM unnest('{a,b}'::text[]) AS n;
	END LOOP;
END
$$;

-- Nor does reading scorecards cost their readers what they have not got.
SELECT segment.create_metric('m1', 'revenue' || repeat(' + revenue', 60)), segment.create_metric('m2', 'm1' || repeat(' + m1', 60)) \g /dev/null
SELECT throws_ok($$SELECT segment.create_metric('m3', 'm2' || repeat(' + m2', 60))$$, '54000', NULL, 'metrics of metrics of metrics do not grow without end');
SELECT segment.drop_metric('m2'), segment.drop_metric('m1') \g /dev/null

CALL segment.refresh('attack', as_of => '2024-02-01');
CALL attack.activate('attack');
SET SESSION AUTHORIZATION seg_attack_victim;
CALL attack.map('victim', 'secret');
CALL segment.refresh('victim', as_of => '2024-02-01');
CALL attack.activate('victim');
SELECT lives_ok($$SELECT segment.create_metric('half_secret', 'secret / 2')$$, 'who owns all that has a sum defines metrics of it');

-- An error's message would be the figure, and that there is one a bit of it.
SET SESSION AUTHORIZATION seg_attack_owner;
SELECT throws_ok(statement, '42501', NULL, statement) FROM unnest(ARRAY[
	$$SELECT segment.create_metric('leak', '1.0 * extract(year FROM make_date((secret * 100000)::int, 1, 1))')$$,
	$$SELECT segment.create_metric('leak', '1.0 * extract(year FROM make_date((opening * 100000)::int, 1, 1))')$$,
	$$SELECT segment.create_metric('leak', 'CASE WHEN half_secret > 100 THEN exp(999999 * half_secret) ELSE 1 END')$$,
	$$SELECT segment.alter_metric('half_secret', 'revenue')$$, $$SELECT segment.alter_metric('half_secret', unit => 'EUR')$$, $$SELECT segment.drop_metric('half_secret')$$]) AS statement;
SELECT lives_ok($$SELECT segment.create_metric('mine', 'revenue / 2')$$, 'of its own sums it defines them');
SELECT throws_ok($$SELECT segment.alter_metric('mine', 'revenue / secret')$$, '42501', NULL, 'and alters them, but not to read another''s');
SELECT lives_ok($$SELECT segment.alter_metric('mine', 'revenue / 4')$$, 'only its own');
RESET SESSION AUTHORIZATION;
SELECT lives_ok($$SELECT segment.create_metric('both', 'mine / opening')$$, 'a superuser defines what all have');
SET SESSION AUTHORIZATION seg_attack_owner;
SELECT throws_ok($$SELECT segment.alter_metric('mine', '1 / revenue')$$, '42501', NULL, 'and what that reads is altered by nobody but who may alter it');
SELECT throws_ok($$SELECT * FROM segment.metric_value$$, '42501', NULL, 'nobody reads scorecards by himself');
RESET SESSION AUTHORIZATION;
SELECT is(string_agg(DISTINCT scheme, ' '), 'attack_value', 'a metric has values where its sums are') FROM segment.metric_value WHERE metric = 'mine';

-- Long computations are cancelled.
SET SESSION AUTHORIZATION seg_attack_owner;
SET statement_timeout = '100ms';
\set VERBOSITY sqlstate
\o /dev/null
SELECT segment.markov_value('{{0.5}}', '{1}', 0, 2147483647);
\o
RESET statement_timeout;
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '57014', 'periods without end are cancelled');
\set VERBOSITY default

-- What the owner's code says of a customer is for the owner.
SET SESSION AUTHORIZATION seg_attack_victim;
CREATE FUNCTION attack.complain(id int) RETURNS int LANGUAGE plpgsql AS $$BEGIN IF id = 7 THEN RAISE 'customer % owes us', id USING HINT = 'Ask ' || id; END IF; RETURN id; END$$;
CREATE VIEW attack.complaining AS SELECT attack.complain(id) AS id, region FROM attack.victim_customers WHERE id < 7 OR current_setting('attack.complain', true) = 'yes';
SELECT segment.create_population('complaining', 'attack.complaining', key => 'id', timezone => 'UTC') \g /dev/null
SELECT segment.schedule('refresh', 'complaining', every => '1 day') AS job \gset
SET attack.complain = 'yes';
CALL segment.run_if_due(:job, true);
SELECT is(sqlstate || ' ' || message || ' ' || hint, 'P0001 customer 7 owes us Ask 7', 'the owner sees what its code says') FROM segment.job_error WHERE job = :job;
SET SESSION AUTHORIZATION seg_attack_monitor;
SELECT is(count(*) || ' ' || min(sqlstate), '1 P0001', 'who monitors sees that it failed') FROM segment.job_error WHERE job = :job;
SELECT is(concat(message, detail, hint), '', 'and nothing of what the code said') FROM segment.job_error WHERE job = :job;
RESET SESSION AUTHORIZATION;
SELECT is(detail, NULL, 'nor are its details kept') FROM segment.job_run WHERE job_id = :job;
SET SESSION AUTHORIZATION seg_attack_owner;
SELECT is((SELECT count(*) FROM segment.job_error) + (SELECT count(*) FROM segment.job_status), 0::bigint, 'others see no job at all');
SELECT is(count(*), 0::bigint, 'nor how fresh another''s results are') FROM segment.freshness WHERE population <> 'attack';

-- Whose days are others each time they are asked for brings down nobody's server.
CREATE SEQUENCE attack.asked;
CREATE FUNCTION attack.lie(day date) RETURNS date LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF current_setting('attack.lie', true) <> '' AND nextval('attack.asked') % 3 = 0 THEN RETURN nullif(current_setting('attack.lie'), 'null')::date; END IF;
	RETURN day;
END
$$;
CREATE VIEW attack.lies AS SELECT customer_id, attack.lie(day) AS day FROM attack.attack_orders;
SELECT segment.create_source('lies', 'attack.lies', customer => 'customer_id', occurred_at => 'day', population => 'attack') \g /dev/null
CALL segment.refresh('attack', as_of => '2024-02-02');
SET attack.lie = 'null';
SELECT throws_ok($$SELECT * FROM segment.reconcile(scheme => 'attack_value')$$, '22000', NULL, 'not by being missing');
SET attack.lie = '1990-01-01';
SELECT throws_ok($$SELECT * FROM segment.reconcile(scheme => 'attack_value')$$, '22000', NULL, 'nor by being out of range');
CALL segment.refresh('attack', as_of => '2024-02-03');
RESET attack.lie;
CALL segment.refresh('attack', as_of => '2024-02-04');
SELECT is(tables, 25::numeric, 'the truth is read again') FROM segment.reconcile('2024-01-01', 'attack_value') WHERE measure = 'lies_events';

RESET SESSION AUTHORIZATION;
DROP EXTENSION segment;
DROP SCHEMA attack CASCADE;
DROP ROLE seg_attack_owner, seg_attack_victim, seg_attack_monitor;
CREATE EXTENSION segment;
SELECT * FROM finish();
