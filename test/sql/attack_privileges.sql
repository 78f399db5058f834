\set ECHO none
-- Who may do what: nothing is for everyone, a population's owner is its owner and no more, and what belongs to a role goes with it.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(99);

-- T12: what is granted.
SELECT is(string_agg(oid::regprocedure::text, ' '), NULL, 'no function that is not the same every time it is called is for everyone, unless it asks who calls')
  FROM pg_proc WHERE pronamespace = 'segment'::regnamespace AND provolatile = 'v' AND prokind IN ('f', 'p') AND has_function_privilege('public', oid, 'EXECUTE')
   AND oid NOT IN ('segment.capture()'::regprocedure, 'segment.capture_truncate()'::regprocedure, 'segment.check_sources(text)'::regprocedure);
SELECT is(string_agg(p.oid::regprocedure::text, ' '), NULL, 'every function is C, or has its search_path pinned')
  FROM pg_proc AS p JOIN pg_language AS l ON l.oid = prolang WHERE pronamespace = 'segment'::regnamespace AND prokind <> 'a' AND lanname <> 'c'
   AND NOT coalesce(proconfig @> '{"search_path=pg_catalog, pg_temp"}', false);
SELECT is(string_agg(oid::regprocedure::text, ' '), NULL, 'none runs as its definer') FROM pg_proc WHERE pronamespace = 'segment'::regnamespace AND prosecdef;
SELECT is(string_agg(oid::regprocedure::text, ' '), NULL, 'no procedure that commits has settings of its own') FROM pg_proc
 WHERE pronamespace = 'segment'::regnamespace AND prokind = 'p' AND proconfig IS NOT NULL;
SELECT is(string_agg(DISTINCT c.oid::regclass::text, ' '), 'segment.erased segment.freshness segment.job_error segment.job_status segment.progress segment.quarantined', 'of relations, progress alone is for everyone, and what a view that filters by membership shows') FROM pg_class AS c, aclexplode(relacl) AS a
 WHERE relnamespace IN ('segment'::regnamespace, 'segment_data'::regnamespace) AND a.grantee NOT IN (relowner, 'pg_monitor'::regrole);
SELECT is(string_agg(c.oid::regclass::text || ' ' || a.privilege_type, ', '), 'segment.worker SELECT', 'who monitors also sees the processes, and no more') FROM pg_class AS c, aclexplode(relacl) AS a
 WHERE relnamespace IN ('segment'::regnamespace, 'segment_data'::regnamespace) AND a.grantee = 'pg_monitor'::regrole;
SELECT is(string_agg(nspname, ' '), NULL, 'the schemas are for nobody') FROM pg_namespace WHERE nspname ~ '^segment' AND (has_schema_privilege('public', oid, 'USAGE') OR has_schema_privilege('public', oid, 'CREATE'));
SELECT is(extrelocatable::text || ' ' || trusted || ' ' || superuser || ' ' || schema, 'false false true pg_catalog', 'only a superuser creates the extension, in pg_catalog')
  FROM pg_extension JOIN pg_available_extension_versions AS v ON v.name = extname AND v.version = extversion WHERE extname = 'segment';

-- Two companies in one database.
CREATE ROLE seg_attack_victim;
CREATE ROLE seg_attack_owner;
GRANT USAGE ON SCHEMA segment, segment_data TO seg_attack_owner, seg_attack_victim;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA segment TO seg_attack_owner, seg_attack_victim;
CREATE SCHEMA attack;
GRANT ALL ON SCHEMA attack TO seg_attack_owner, seg_attack_victim;
SET SESSION AUTHORIZATION seg_attack_victim;
CREATE TABLE attack.victim_customers AS SELECT i AS id, 'north'::text AS region FROM generate_series(1, 10) AS i;
CREATE TABLE attack.victim_orders AS SELECT i AS id, i % 10 + 1 AS customer_id, '2024-01-01'::date + i AS day, 10.00::numeric(10, 2) AS total FROM generate_series(1, 30) AS i;
SELECT segment.create_population('victim', 'attack.victim_customers', key => 'id', timezone => 'UTC') \g /dev/null
SELECT segment.create_source('orders', 'attack.victim_orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}', population => 'victim') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', population => 'victim') \g /dev/null
CALL segment.refresh('victim', as_of => '2024-02-01');
SELECT segment.create_scheme('victim_value', objective => 'Keep', population => 'victim'), segment.create_segment('victim_value', 'Big', 'revenue > 5'),
	segment.activate('victim_value') \g /dev/null
SET SESSION AUTHORIZATION seg_attack_owner;
CREATE TABLE attack.customers AS SELECT i AS id, 'north'::text AS region FROM generate_series(1, 10) AS i;
CREATE TABLE attack.orders AS SELECT i AS id, i % 10 + 1 AS customer_id, '2024-01-01'::date + i AS day, 10.00::numeric(10, 2) AS total FROM generate_series(1, 30) AS i;
SELECT segment.create_population('attack', 'attack.customers', key => 'id', timezone => 'UTC') \g /dev/null
SELECT segment.create_source('orders', 'attack.orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}', population => 'attack') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', population => 'attack') \g /dev/null
CALL segment.refresh('attack', as_of => '2024-02-01');
SELECT segment.create_scheme('attack_value', objective => 'Keep', population => 'attack'), segment.create_segment('attack_value', 'Big', 'revenue > 5'),
	segment.activate('attack_value') \g /dev/null

-- T6, T7b: the owner of a population has nothing of its tables.
RESET SESSION AUTHORIZATION;
SELECT is(string_agg(DISTINCT privilege || ' on ' || c.oid::regclass, ', '), NULL, 'the owner has no privilege on any table, view or sequence of ours')
  FROM pg_class AS c, unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) AS privilege
 WHERE relnamespace IN ('segment'::regnamespace, 'segment_data'::regnamespace) AND relkind IN ('r', 'v', 'm', 'p') AND c.oid NOT IN ('segment.erased'::regclass, 'segment.progress'::regclass, 'segment.quarantined'::regclass, 'segment.freshness'::regclass, 'segment.job_error'::regclass, 'segment.job_status'::regclass)
   AND c.oid <> 'segment_data.attack_anchor'::regclass AND has_table_privilege('seg_attack_owner', c.oid, privilege);
SELECT is(string_agg(c.oid::regclass::text, ' ' ORDER BY c.oid::regclass::text), 'segment_data.attack_anchor segment_data.victim_anchor', 'nothing but anchors belongs to another than the extension''s owner')
  FROM pg_class AS c WHERE relnamespace IN ('segment'::regnamespace, 'segment_data'::regnamespace) AND relowner <> (SELECT extowner FROM pg_extension WHERE extname = 'segment');
SET SESSION AUTHORIZATION seg_attack_owner;
SELECT throws_ok(statement, '42501', NULL, statement) FROM unnest(ARRAY[
	'INSERT INTO segment.population (name) VALUES (''x'')', 'UPDATE segment.source SET relation = ''attack.victim_orders''', 'UPDATE segment.segment SET rule_sql = ''true''',
	'UPDATE segment.feature SET expression_sql = ''1''', 'DELETE FROM segment.cursor', 'TRUNCATE segment.crash_witness', 'SELECT nextval(''segment.definition_generation'')',
	'INSERT INTO segment_data.attack_segment VALUES (1)', 'UPDATE segment_data.attack_feature SET revenue = 0', 'DELETE FROM segment_data.attack_value_history',
	'INSERT INTO segment_data.attack_orders_log_0 VALUES (''1'', 1, false)', 'TRUNCATE segment_data.attack_orders_ledger',
	'CREATE TRIGGER t AFTER UPDATE ON segment_data.attack_feature EXECUTE FUNCTION segment.capture()',
	'ALTER TABLE segment_data.attack_feature ADD CHECK (revenue > 0)', 'CREATE INDEX ON segment_data.attack_segment (attack_value)',
	'CREATE RULE r AS ON UPDATE TO segment_data.attack_segment DO INSTEAD NOTHING', 'ALTER TABLE segment_data.attack_value_history OWNER TO seg_attack_owner',
	'CREATE POLICY p ON segment_data.attack_segment', 'CREATE STATISTICS attack.s ON attack_value, attack_value_since FROM segment_data.attack_segment',
	'CREATE TABLE attack.child () INHERITS (segment_data.attack_feature)', 'CREATE TABLE attack.r (id int REFERENCES segment_data.attack_segment)',
	'CREATE TABLE segment_data.attack_clv (x int)', 'CREATE FUNCTION segment.total(text) RETURNS int LANGUAGE sql AS ''SELECT 1''',
	'CREATE OPERATOR segment.+ (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl)', 'DROP TRIGGER segment_capture ON attack.victim_orders',
	'SELECT segment.build_ledgers(''segment_data.attack_orders_ledger'', ''SELECT 1'')', 'SELECT segment.build_ledgers(''segment_data.victim_orders_ledger'', ''SELECT 1'')']) AS statement;

-- Another's population: every function asks.
SELECT throws_ok(statement, '42501', NULL, statement) FROM unnest(ARRAY[
	'SELECT segment.create_population(''other'', ''attack.victim_customers'', key => ''id'')', 'SELECT segment.create_population(''other'', ''attack.customers'', key => ''id'', owner => ''seg_attack_victim'')',
	'SELECT segment.alter_population(''victim'', owner => ''seg_attack_owner'')', 'SELECT segment.alter_population(''attack'', owner => ''seg_attack_victim'')',
	'SELECT segment.create_source(''s'', ''attack.victim_orders'', customer => ''customer_id'', occurred_at => ''day'', population => ''attack'')',
	'SELECT segment.create_source(''s'', ''attack.orders'', customer => ''customer_id'', occurred_at => ''day'', population => ''victim'')',
	'SELECT segment.explain(''victim_value'', 1)', 'SELECT segment.features_as_of(''victim'', ''2024-01-15'')', 'SELECT segment.as_of(''victim_value'', ''2024-02-01'')',
	'SELECT segment.features_as_of(NULL::segment_data.victim_feature, ''2024-01-15'')', 'SELECT segment.preview(''victim_value'')', 'SELECT segment.activate(''victim_value'')',
	'SELECT segment.retire(''victim_value'')', 'SELECT segment.create_segment(''victim_value'', ''x'', ''true'')', 'SELECT segment.check_sources(''victim'')',
	'SELECT segment.changed_keys(pg_current_snapshot(), ''orders'', ''victim'')',
	'SELECT segment.recut(''victim_value'')', 'SELECT segment.update_facts(''victim_value'')', 'SELECT segment.alter_scheme(''victim_value'', objective => ''x'')', 'SELECT segment.drop_scheme(''victim_value'')', 'SELECT segment.create_score(''victim_value'', ''s'', ''revenue'')', 'SELECT segment.drop_segment(''victim_value'', ''Big'')', 'SELECT segment.alter_segment(''victim_value'', ''Big'', ''true'')', 'SELECT segment.source_query(''orders'', ''victim'')', 'SELECT segment.population_query(''victim'')', 'SELECT segment.capture_status(''victim'')', 'SELECT segment.repair_capture(''victim'')', 'SELECT segment.relation_fingerprint(''orders'', ''victim'')', 'SELECT segment.feature_sql(''victim'')', 'SELECT segment.alter_source(''orders'', filter => ''true'', population => ''victim'')', 'SELECT segment.drop_source(''orders'', ''victim'')', 'SELECT segment.drop_feature(''revenue'', ''victim'')', 'SELECT segment.create_standard_features(''victim'')', 'SELECT segment.create_rfm_scheme(''x'', ''x'', ''victim'')', 'SELECT segment.create_scheme(''x'', ''x'', ''victim'')', 'SELECT segment.drop_population(''victim'')']) AS statement;
SELECT throws_ok($$SELECT segment.create_feature('f', scheme => 'victim_value', population => 'attack')$$, '22023', NULL, 'a scheme of another population is no feature');
\set VERBOSITY sqlstate
CALL segment.refresh('victim');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '42501', 'nor is it refreshed');
CALL segment.backfill('victim_value', '2024-01-15');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '42501', 'or backfilled');
CALL segment.rotate_logs('victim');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '42501', 'or its logs rotated');
\set VERBOSITY default
SELECT is(count(*), 0::bigint, 'check_sources leaves it out') FROM segment.check_sources() WHERE source ~ 'victim';

-- T11: the capture function on another table, with arguments of the attacker's choice.
CREATE TABLE attack.other (id int, customer_id int);
CREATE TRIGGER segment_capture AFTER INSERT ON attack.other FOR EACH ROW EXECUTE FUNCTION segment.capture('victim', 'orders', 'customer_id');
CREATE TRIGGER before AFTER INSERT ON attack.orders FOR EACH STATEMENT EXECUTE FUNCTION segment.capture_truncate('victim_orders');
CREATE TRIGGER also AFTER INSERT ON attack.orders FOR EACH ROW EXECUTE FUNCTION segment.capture('victim', 'orders', 'id');
RESET SESSION AUTHORIZATION;
SELECT pg_current_snapshot() AS before \gset
INSERT INTO attack.other VALUES (1, 3);
INSERT INTO attack.orders VALUES (100, 4, '2024-01-20', 10);
SELECT is(count(*), 0::bigint, 'logs nothing of another''s') FROM segment.changed_keys(:'before', 'orders', 'victim');
SELECT is(string_agg(key, ' '), '4', 'and of its own what the definitions say') FROM segment.changed_keys(:'before', 'orders', 'attack');
SELECT is(segment.capture() IS NULL, true, 'called as no trigger it does nothing');

-- T7: the anchor is the owner's. What it does with it changes nothing for anyone else.
SET SESSION AUTHORIZATION seg_attack_owner;
CREATE TABLE attack.ran (who name);
CREATE FUNCTION attack.run() RETURNS text LANGUAGE plpgsql AS $$BEGIN INSERT INTO attack.ran VALUES (current_user); RETURN 'victim'; END$$;
CREATE OR REPLACE RULE "_RETURN" AS ON SELECT TO segment_data.attack_anchor DO INSTEAD SELECT attack.run() AS population;
ALTER VIEW segment_data.attack_anchor SET SCHEMA attack;
SET SESSION AUTHORIZATION seg_attack_victim;
SELECT segment.create_population('attack_anchor', 'attack.victim_customers', key => 'id', timezone => 'UTC') \g /dev/null
SET SESSION AUTHORIZATION seg_attack_owner;
SELECT lives_ok($$SELECT segment.alter_population('attack', owner => 'seg_attack_owner')$$, 'an anchor that was moved is altered');
RESET SESSION AUTHORIZATION;
SELECT is(relowner::regrole::text, current_user::text, 'and not what has taken its name') FROM pg_class WHERE oid = 'segment_data.attack_anchor'::regclass;
CALL segment.refresh('attack', as_of => '2024-02-03');
SELECT is(sum(revenue), 310::numeric, 'it is refreshed') FROM segment_data.attack_feature;
SELECT is(count(*), 0::bigint, 'the anchor is never read') FROM attack.ran;

-- F59: roles dropped, reassigned, made again.
SELECT throws_ok('DROP ROLE seg_attack_victim', '2BP01', NULL, 'a role that owns a population is not dropped');
CREATE ROLE seg_attack_heir;
REASSIGN OWNED BY seg_attack_owner TO seg_attack_heir;
SET SESSION AUTHORIZATION seg_attack_owner;
SELECT throws_ok($$SELECT segment.explain('attack_value', 1)$$, '42501', NULL, 'who gave its population away has it no more');
RESET SESSION AUTHORIZATION;
GRANT USAGE ON SCHEMA attack TO seg_attack_heir;
CALL segment.refresh('attack', as_of => '2024-02-04');
SELECT is(as_of, '2024-02-04'::date, 'and it is read as the heir') FROM segment.population WHERE name = 'attack';
SELECT throws_ok($$SELECT segment.alter_population('victim', settle => '2 days', owner => 'seg_attack_heir')$$, '42501', NULL, 'an heir that may not read is refused');
GRANT SELECT ON attack.victim_customers, attack.victim_orders TO seg_attack_heir;
ALTER TABLE attack.victim_customers OWNER TO seg_attack_heir;
ALTER TABLE attack.victim_orders OWNER TO seg_attack_heir;
SET client_min_messages = error;
DROP OWNED BY seg_attack_victim CASCADE;
SET client_min_messages = warning;
DROP ROLE seg_attack_victim;
CREATE ROLE seg_attack_victim;
GRANT USAGE ON SCHEMA segment, segment_data, attack TO seg_attack_victim;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA segment TO seg_attack_victim;
SET SESSION AUTHORIZATION seg_attack_victim;
SELECT throws_ok(statement, '42704', 'the owner view of population "victim" is gone', 'the namesake: ' || statement) FROM unnest(ARRAY[
	'SELECT segment.explain(''victim_value'', 1)', 'SELECT segment.features_as_of(''victim'', ''2024-01-15'')', 'SELECT segment.drop_population(''victim'')',
	'SELECT segment.alter_population(''victim'', owner => ''seg_attack_victim'')']) AS statement;
\set VERBOSITY sqlstate
CALL segment.refresh('victim');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '42704', 'a role of the same name does not inherit the population');
RESET SESSION AUTHORIZATION;
CALL segment.refresh('victim');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '42704', 'nor does a superuser read it as nobody');
\set VERBOSITY default
SELECT is(count(*), 0::bigint, 'check_sources has nobody to read it as') FROM segment.check_sources() WHERE source = 'orders' AND problem ~ 'victim';
SELECT lives_ok($$SELECT segment.alter_population('victim', owner => 'seg_attack_heir')$$, 'a superuser gives it an owner again');
SELECT is(relowner::regrole::text, 'seg_attack_heir', 'with an anchor of its own') FROM pg_class WHERE oid = 'segment_data.victim_anchor'::regclass;
CALL segment.refresh('victim', as_of => '2024-02-05');
SELECT is(sum(revenue), 300::numeric, 'and all is well') FROM segment_data.victim_feature;

DROP TABLE attack.other;
DROP TRIGGER before ON attack.orders;
DROP TRIGGER also ON attack.orders;
DROP EXTENSION segment;
DROP SCHEMA attack CASCADE;
DROP ROLE seg_attack_owner, seg_attack_victim, seg_attack_heir;
CREATE EXTENSION segment;
SELECT * FROM finish();
