\set ECHO none
-- A superuser works on a population whose owner's relations are full of the owner's code. Wherever that code runs, it
-- runs as the owner, and can neither leave that role nor leave anything behind to run later.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(38);

CREATE ROLE seg_attack_owner;
CREATE SCHEMA attack;
ALTER SCHEMA attack OWNER TO seg_attack_owner;
SELECT current_user AS superuser \gset
GRANT USAGE ON SCHEMA segment TO seg_attack_owner;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA segment TO seg_attack_owner;
CREATE TABLE public.attack_secret AS SELECT 1 AS secret;

SET SESSION AUTHORIZATION seg_attack_owner;
CREATE TABLE attack.loot (place text, phase text, attempt text, outcome text, who name, attempted_at timestamptz DEFAULT clock_timestamp());
CREATE TABLE attack.deferred (n int);
CREATE FUNCTION attack.later() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN INSERT INTO attack.loot VALUES ('commit', NULL, 'code at commit', 'done', current_user); RETURN NULL; END$$;
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON attack.deferred DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION attack.later();
CREATE TABLE attack.attempt (statement text);
INSERT INTO attack.attempt VALUES ('RESET ROLE'), ('SET ROLE NONE'), ('SET LOCAL ROLE :superuser'), ('SET ROLE :superuser'), ('SET SESSION AUTHORIZATION DEFAULT'),
	('RESET SESSION AUTHORIZATION'), ('SET SESSION AUTHORIZATION :superuser'), ($$SELECT set_config('role', 'none', false)$$),
	($$SELECT set_config('session_authorization', ':superuser', true)$$), ('ALTER ROLE seg_attack_owner SUPERUSER'),
	('CREATE TEMP TABLE attack_temp (n int)'), ('CREATE TEMP VIEW attack_temp_view AS SELECT 1'),
	('DECLARE attack_cursor CURSOR WITH HOLD FOR SELECT 1'), ('INSERT INTO attack.deferred VALUES (1)'),
	('SET CONSTRAINTS ALL DEFERRED; INSERT INTO attack.deferred VALUES (2)'),
	('CREATE FUNCTION segment.f() RETURNS int LANGUAGE sql AS ''SELECT 1'''), ('CREATE FUNCTION pg_catalog.f() RETURNS int LANGUAGE sql AS ''SELECT 1'''),
	('CREATE TABLE segment_data.t (n int)'), ('SELECT * FROM public.attack_secret'), ('COPY (SELECT 1) TO PROGRAM ''true'''),
	('UPDATE segment.source SET filter_sql = ''true'''), ('DELETE FROM segment.population'), ('ALTER SYSTEM SET work_mem = 64'),
	('SET session_replication_role = replica'), ('SET segment.clock = ''2000-01-01'''),
	('CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION attack.later()'), ('VACUUM'), ('COMMIT'),
	($$SELECT segment.alter_source('orders', purchase => 'total > 2', population => 'attack')$$), ($$SELECT segment.create_source('late', 'attack.tickets', customer => 'id', occurred_at => 'day', population => 'attack')$$),
	($$SELECT segment.drop_source('tickets', 'attack')$$), ($$SELECT segment.create_feature('late', attribute => 'region', population => 'attack')$$), ($$SELECT segment.retire('attack')$$),
	($$SELECT segment.alter_population('attack', timezone => 'Asia/Tokyo')$$), ($$SELECT segment.drop_population('attack')$$),
	($$SELECT segment.create_population('late', 'attack.people', key => 'id')$$), ($$SELECT segment.set_owner('attack', 'Big', 'nobody')$$),
	($$SELECT segment.set_segment_role('attack', 'Big', 'watch')$$), ($$SELECT segment.review('attack', 'kept')$$), ($$SELECT segment.set_treatment('attack', 'Big', 'none')$$),
	($$SELECT segment.set_milestone('attack', 'Big', 'x', '2025-01-01')$$), ($$SELECT segment.set_target('attack', 'Big', 'closing', '2024', 1)$$),
	($$SELECT segment.set_benchmark('attack', 'Big', 'closing', '2024', 1)$$), ($$SELECT segment.restate('attack', '2024-01-01', 'x')$$);
UPDATE attack.attempt SET statement = replace(statement, ''':superuser''', quote_literal(:'superuser'));
UPDATE attack.attempt SET statement = replace(statement, ':superuser', quote_ident(:'superuser'));
-- What was refused leaves its SQLSTATE, what was not leaves 'done'. Settings of the session are poisoned as well.
CREATE FUNCTION attack.run(place text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	a text;
	outcome text;
BEGIN
	IF current_setting('attack.phase', true) = 'owner' OR EXISTS (SELECT FROM attack.loot l WHERE l.place = run.place AND l.phase = current_setting('attack.phase', true)) THEN
		RETURN;
	END IF;
	FOR a IN SELECT statement FROM attack.attempt LOOP
		BEGIN
			EXECUTE a;
			outcome := 'done';
		EXCEPTION WHEN OTHERS THEN
			outcome := SQLSTATE;
		END;
		INSERT INTO attack.loot VALUES (place, current_setting('attack.phase', true), a, outcome, current_user);
	END LOOP;
	PERFORM set_config('search_path', 'attack, pg_catalog', false), set_config('DateStyle', 'German', false), set_config('TimeZone', 'Asia/Tokyo', false);
END
$$;
-- As innocent as declarations can make it: folded while planning, and run in index predicates.
CREATE FUNCTION attack.pure(place text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$BEGIN PERFORM attack.run(place); RETURN true; END$$;
CREATE FUNCTION attack.plus(int, int) RETURNS int LANGUAGE plpgsql STABLE AS $$BEGIN PERFORM attack.run('operator'); RETURN $1 OPERATOR(pg_catalog.+) $2; END$$;
CREATE OPERATOR attack.+ (LEFTARG = int, RIGHTARG = int, FUNCTION = attack.plus);
CREATE DOMAIN attack.dom AS text CHECK (attack.pure('domain'));
CREATE TYPE attack.channel AS ENUM ('web', 'store');
CREATE FUNCTION attack.channel_text(attack.channel) RETURNS text LANGUAGE plpgsql AS $$BEGIN PERFORM attack.run('cast'); RETURN enum_out($1)::text; END$$;
CREATE CAST (attack.channel AS text) WITH FUNCTION attack.channel_text(attack.channel) AS IMPLICIT;

SET attack.phase = 'owner';
CREATE TABLE attack.people (id int PRIMARY KEY, region text, channel attack.channel);
INSERT INTO attack.people SELECT i, 'north', 'web' FROM generate_series(1, 50) AS i;
CREATE VIEW attack.customers AS SELECT id OPERATOR(attack.+) 0 AS id, region::attack.dom AS region, channel
	FROM attack.people WHERE attack.pure('view') OR id < 0;
CREATE TABLE attack.orders (id int, customer_id int, day date, total numeric(10, 2), channel attack.channel,
	doubled boolean GENERATED ALWAYS AS (attack.pure('generated column')) STORED);
CREATE INDEX ON attack.orders (customer_id);
CREATE INDEX ON attack.orders (day) WHERE attack.pure('index predicate');
CREATE TABLE attack.old_orders (CHECK (attack.pure('constraint'))) INHERITS (attack.orders);
CREATE INDEX ON attack.old_orders (customer_id);
CREATE STATISTICS attack.orders_statistics ON customer_id, (attack.pure('statistics')) FROM attack.orders;
CREATE TABLE attack.tickets (id int, customer_id int, day date);
ALTER TABLE attack.tickets ENABLE ROW LEVEL SECURITY;
ALTER TABLE attack.tickets FORCE ROW LEVEL SECURITY;
CREATE POLICY all_rows ON attack.tickets USING (attack.pure('policy')) WITH CHECK (true);
INSERT INTO attack.orders SELECT i, i % 50 + 1, '2024-01-01'::date + i % 20, 10, 'web' FROM generate_series(1, 200) AS i;
INSERT INTO attack.tickets SELECT i, i, '2024-01-05' FROM generate_series(1, 10) AS i;
ANALYZE attack.orders;
RESET SESSION AUTHORIZATION;

-- The attempts are worth the name: without the restriction some of them work for the superuser who merely sets the role.
BEGIN;
SET ROLE seg_attack_owner;
SET attack.phase = 'unrestricted';
SELECT attack.pure('view') \g /dev/null
RESET ROLE;
SELECT string_agg(attempt, ', ' ORDER BY attempt) AS got_away, bool_or(who = :'superuser') AS escaped FROM attack.loot
 WHERE outcome = 'done' AND attempt IN ('RESET ROLE', 'CREATE TEMP TABLE attack_temp (n int)', 'DECLARE attack_cursor CURSOR WITH HOLD FOR SELECT 1',
	'INSERT INTO attack.deferred VALUES (1)', 'ALTER ROLE seg_attack_owner SUPERUSER') \gset
ROLLBACK;
SET client_min_messages = warning;
SELECT is(:'got_away'::text, 'ALTER ROLE seg_attack_owner SUPERUSER, CREATE TEMP TABLE attack_temp (n int), DECLARE attack_cursor CURSOR WITH HOLD FOR SELECT 1, '
	'INSERT INTO attack.deferred VALUES (1), RESET ROLE', 'where only the role is set, the code gets away with it');
SELECT ok(:'escaped', 'and goes on as the superuser');
SET SESSION AUTHORIZATION seg_attack_owner;
DELETE FROM attack.loot;
RESET SESSION AUTHORIZATION;

SET attack.phase = 'create_population';
SELECT segment.create_population('attack', 'attack.customers', key => 'id', timezone => 'UTC', owner => 'seg_attack_owner') \g /dev/null
SET attack.phase = 'create_source';
SELECT segment.create_source('orders', 'attack.orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}',
	filter => 'doubled', dimension => 'channel') \g /dev/null
SELECT segment.create_source('tickets', 'attack.tickets', customer => 'customer_id', occurred_at => 'day') \g /dev/null
SET attack.phase = 'alter_source';
SELECT segment.alter_source('orders', purchase => 'total > 0') \g /dev/null
SET attack.phase = 'create_feature';
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue'),
	segment.create_feature('region', attribute => 'region'), segment.create_feature('channel', attribute => 'channel'),
	segment.create_feature('tickets', aggregate => 'count', source => 'tickets', absent => 0) \g /dev/null
SET attack.phase = 'check_sources';
SELECT count(*) AS problems FROM segment.check_sources('attack') WHERE severity = 'error' \gset
SELECT is(:problems, 0, 'reading it does not fail');
SET attack.phase = 'full refresh';
CALL segment.refresh('attack', as_of => '2024-02-01');
SET attack.phase = 'scheme';
SELECT segment.create_scheme('attack', objective => 'Hold'), segment.create_segment('attack', 'Big', 'revenue > 39 AND region = ''north''') \g /dev/null
SELECT count(*) FROM segment.preview('attack') \g /dev/null
SELECT segment.activate('attack') \g /dev/null
SET attack.phase = 'owner';
UPDATE attack.orders SET total = 11 WHERE customer_id = 3;
SET attack.phase = 'keyed refresh';
CALL segment.refresh('attack', as_of => '2024-02-01');
SET attack.phase = 'new day';
CALL segment.refresh('attack', as_of => '2024-02-02');
SET attack.phase = 'repair_capture';
SELECT segment.repair_capture('attack') \g /dev/null
SET attack.phase = 'explain';
SELECT count(*) FROM segment.explain('attack', 3) \g /dev/null
SELECT count(*) FROM segment.features_as_of('attack', '2024-01-15') \g /dev/null
CALL segment.backfill('attack', '2024-01-05', '2024-01-15', '1 day');
CALL segment.rotate_logs('attack');
SET attack.phase = 'alter_population';
SELECT segment.alter_population('attack', settle => '4 days') \g /dev/null
RESET attack.phase;

-- What ran where: the test is worth what the traps saw.
SELECT set_eq($$SELECT DISTINCT place FROM attack.loot WHERE phase = 'full refresh'$$,
	ARRAY['view', 'operator', 'domain', 'cast', 'policy', 'index predicate', 'statistics', 'constraint'], 'the traps of a full refresh');
SELECT ok(count(*) > 0, phase || ' ran the owner''s code') FROM (VALUES ('create_population'), ('create_source'), ('alter_source'),
	('check_sources'), ('full refresh'), ('keyed refresh'), ('alter_population')) AS p(phase) JOIN attack.loot USING (phase) GROUP BY phase ORDER BY phase;
SELECT is(count(*), 0::bigint, 'what reads ledgers and features alone ran none of it')
  FROM attack.loot WHERE phase IN ('scheme', 'explain', 'repair_capture', 'create_feature');
SELECT is(string_agg(DISTINCT who, ' '), 'seg_attack_owner', 'all of it ran as the owner') FROM attack.loot;
SELECT is(string_agg(DISTINCT attempt || ' in ' || phase, '; '), NULL, 'nothing of it was let do anything') FROM attack.loot WHERE outcome = 'done';
SELECT is(count(DISTINCT attempt), (SELECT count(*) FROM attack.attempt), 'every attempt was made') FROM attack.loot WHERE phase = 'keyed refresh';
SELECT is((SELECT string_agg(DISTINCT outcome, ' ') FROM attack.loot WHERE attempt ~ 'ROLE (NONE|:s)|^RESET ROLE|SESSION AUTH|TEMP (TABLE|VIEW)|WITH HOLD|attack.deferred'),
	'42501', 'the restricted operation refused it by its own rule');
SELECT is(string_agg(DISTINCT outcome, ' '), '42501', 'and no definition changes under a refresh''s feet') FROM attack.loot
 WHERE attempt ~ 'SELECT segment\.' AND phase = 'keyed refresh';
SELECT is(count(*), 0::bigint, 'no code was left for commit') FROM attack.loot WHERE place = 'commit';
SELECT is(count(*), 0::bigint, 'no cursor is left open') FROM pg_cursors WHERE name = 'attack_cursor';
SELECT is(to_regclass('pg_temp.attack_temp'), NULL, 'no temporary table is left');
SELECT is(rolsuper, false, 'the owner is no superuser') FROM pg_roles WHERE rolname = 'seg_attack_owner';
SELECT is(current_user || ' ' || session_user, :'superuser' || ' ' || :'superuser', 'the caller is who it was');
SELECT ok(current_setting('search_path') !~ 'attack' AND current_setting('DateStyle') !~ 'German' AND current_setting('TimeZone') <> 'Asia/Tokyo', 'the caller''s settings are what they were');
SELECT is(sum(revenue), 2004.00, 'the figures are right all the same') FROM segment_data.attack_feature;
SELECT is(count(*), (SELECT count(*) FROM attack.people), 'and the customers') FROM segment_data.attack_segment;
SELECT is(string_agg(channel, ' '), 'web', 'an enum''s cast is the owner''s affair') FROM (SELECT DISTINCT channel FROM segment_data.attack_feature) AS f;

-- One customer, and everyone compared: of merged customers too, whose aliases the owner may not read.
SELECT segment.merge_customer(4, 5, 'attack') \g /dev/null
SET attack.phase = 'current';
SELECT is(segment.current('attack', 3), 'Big', 'one customer read from the relations');
SELECT is(segment.current('attack', 5), 'Big', 'of one merged, the survivor');
SET attack.phase = 'verify';
SELECT is(mismatched, 0::bigint, 'everyone verified') FROM segment.verify('attack');
SELECT is(string_agg(DISTINCT phase, ' ' ORDER BY phase), 'current verify', 'both ran the owner''s code') FROM attack.loot WHERE phase IN ('current', 'verify');
SELECT is(string_agg(DISTINCT who, ' '), 'seg_attack_owner', 'as the owner') FROM attack.loot WHERE phase IN ('current', 'verify');
SELECT is(string_agg(DISTINCT attempt || ' in ' || phase, '; '), NULL, 'nothing of it was let do anything') FROM attack.loot WHERE outcome = 'done';
RESET attack.phase;

-- A superuser's population reads superusers' relations alone, also once owners have changed.
SELECT throws_ok($$SELECT segment.create_population('super', 'attack.customers', key => 'id')$$, '42501', NULL, 'a superuser''s population is not mapped on it');
ALTER VIEW segment_data.attack_anchor OWNER TO :"superuser";
SET attack.phase = 'superuser';
\set VERBOSITY sqlstate
CALL segment.refresh('attack', as_of => '2024-02-03');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '42501', 'a population that became a superuser''s reads them no more');
\set VERBOSITY default
SELECT throws_ok($$SELECT segment.alter_source('orders', purchase => 'total > 1')$$, '42501', NULL, 'nor is a source of it altered');
SELECT ok(bool_and(problem ~ 'does not belong to a superuser'), 'check_sources says why') FROM segment.check_sources('attack') WHERE severity = 'error';
SELECT is(count(*), 0::bigint, 'none of its code ran') FROM attack.loot WHERE phase = 'superuser';
RESET attack.phase;

RESET SESSION AUTHORIZATION;
DROP EXTENSION segment;
SELECT is(count(*), 0::bigint, 'nothing of ours is left in the owner''s schema') FROM pg_trigger WHERE tgname ~ 'segment' AND NOT tgisinternal;
DROP SCHEMA attack CASCADE;
DROP TABLE public.attack_secret;
DROP ROLE seg_attack_owner;
CREATE EXTENSION segment;
SELECT * FROM finish();
