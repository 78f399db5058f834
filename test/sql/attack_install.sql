\set ECHO none
-- What somebody made before CREATE EXTENSION does not become part of it (CVE-2022-2625), and captures no name of the script's.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(12);

DROP EXTENSION segment;
CREATE ROLE seg_attack_early;
SELECT format('GRANT CREATE ON DATABASE %I TO seg_attack_early', current_database()) \gexec
CREATE SCHEMA attack AUTHORIZATION seg_attack_early;
SET SESSION AUTHORIZATION seg_attack_early;
SELECT throws_ok('CREATE EXTENSION segment', '42501', NULL, 'an ordinary role does not create it, not even where it may create schemas');
CREATE SCHEMA segment;
CREATE FUNCTION segment.total(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
RESET SESSION AUTHORIZATION;
SELECT throws_ok('CREATE EXTENSION segment', '42P06', NULL, 'a schema that is there already');
SELECT throws_ok('CREATE EXTENSION segment SCHEMA segment', '0A000', NULL, 'is not taken over when asked for either');
SELECT throws_ok('CREATE EXTENSION segment SCHEMA attack', '0A000', NULL, 'nor is another');
SELECT is(nspowner::regrole::text, 'seg_attack_early', 'it stays its maker''s') FROM pg_namespace WHERE nspname = 'segment';
SELECT is(count(*), 0::bigint, 'and nothing else was made') FROM pg_namespace WHERE nspname = 'segment_data';
SET SESSION AUTHORIZATION seg_attack_early;
DROP SCHEMA segment CASCADE;
CREATE SCHEMA segment_data;
RESET SESSION AUTHORIZATION;
SELECT throws_ok('CREATE EXTENSION segment', '42P06', NULL, 'the same for segment_data');
SELECT is(to_regnamespace('segment'), NULL, 'of which nothing is left');
SET SESSION AUTHORIZATION seg_attack_early;
DROP SCHEMA segment_data;
-- Decoys of what the script calls, where a careless script would find them first.
CREATE FUNCTION attack.pg_extension_config_dump(regclass, text) RETURNS void LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'captured' USING ERRCODE = 'ZZ001'; END$$;
CREATE FUNCTION attack.octet_length(text) RETURNS int LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'captured' USING ERRCODE = 'ZZ001'; END$$;
CREATE FUNCTION attack.current_database() RETURNS name LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'captured' USING ERRCODE = 'ZZ001'; END$$;
CREATE FUNCTION attack.compare(text, text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'captured' USING ERRCODE = 'ZZ001'; END$$;
CREATE OPERATOR attack.= (LEFTARG = text, RIGHTARG = text, FUNCTION = attack.compare);
CREATE OPERATOR attack.~ (LEFTARG = text, RIGHTARG = text, FUNCTION = attack.compare);
CREATE DOMAIN attack.text AS int;
CREATE DOMAIN attack.date AS int;
CREATE DOMAIN attack.numeric AS int;
RESET SESSION AUTHORIZATION;
SET search_path = attack, public, pg_catalog;
CREATE EXTENSION segment;
SET search_path = public;
SELECT is(count(*), 0::bigint, 'no object of the extension depends on any of the attacker''s')
  FROM pg_depend AS d WHERE d.deptype = 'n' AND EXISTS (SELECT FROM pg_depend AS m WHERE m.deptype = 'e' AND m.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'segment') AND (m.classid, m.objid) = (d.classid, d.objid))
   AND ((d.refclassid = 'pg_proc'::regclass AND d.refobjid IN (SELECT oid FROM pg_proc WHERE pronamespace = 'attack'::regnamespace))
     OR (d.refclassid = 'pg_type'::regclass AND d.refobjid IN (SELECT oid FROM pg_type WHERE typnamespace = 'attack'::regnamespace))
     OR (d.refclassid = 'pg_operator'::regclass AND d.refobjid IN (SELECT oid FROM pg_operator WHERE oprnamespace = 'attack'::regnamespace)));
SELECT is(string_agg(DISTINCT pg_describe_object(d.classid, d.objid, 0), ', '), NULL, 'all of it is its owner''s') FROM pg_shdepend AS d
 WHERE d.refobjid = 'seg_attack_early'::regrole AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND EXISTS (SELECT FROM pg_depend AS m WHERE m.deptype = 'e' AND m.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'segment') AND (m.classid, m.objid) = (d.classid, d.objid));
SET SESSION AUTHORIZATION seg_attack_early;
SELECT throws_ok('CREATE FUNCTION segment.f() RETURNS int LANGUAGE sql AS ''SELECT 1''', '42501', NULL, 'nothing can be put beside it');
SELECT throws_ok('ALTER EXTENSION segment ADD FUNCTION attack.compare(text, text)', '42501', NULL, 'or into it');
RESET SESSION AUTHORIZATION;
DROP OWNED BY seg_attack_early CASCADE;
DROP ROLE seg_attack_early;
SELECT * FROM finish();
