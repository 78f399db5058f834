\set ECHO none
-- Names: everything called something hostile works end to end, and no object of anybody's is taken for one of pg_catalog's.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(28);

CREATE ROLE "seg_attack_""o'w%s%n;" NOSUPERUSER;
GRANT USAGE ON SCHEMA segment TO "seg_attack_""o'w%s%n;";
SELECT E'we"i''r\nd%s%n\\;--$$' AS weird \gset
SELECT set_config('attack.weird', :'weird', false) \g /dev/null
CREATE SCHEMA :"weird" AUTHORIZATION "seg_attack_""o'w%s%n;";
SET search_path = :"weird", public;
CREATE TABLE :"weird" (:"weird" int PRIMARY KEY, "attri""bute'%s" text, "since%d" date);
CREATE TABLE "ev""ents'%n" ("i""d%s" int PRIMARY KEY, :"weird" int, "a""t'%s" timestamptz, "am""ount'%s%n" numeric(10, 2), "di""m'%s" text);
CREATE TABLE "li""nes'%n" ("re""f'%s" int, "co""st'%s" numeric(10, 2));
INSERT INTO :"weird" SELECT i, E'%s''"\\' || i % 3, '2024-01-01' FROM generate_series(1, 20) AS i;
INSERT INTO "ev""ents'%n" SELECT i, i % 20 + 1, '2024-01-02'::timestamptz + i * interval '1 day', i, E'%s''"\\;' || i % 2 FROM generate_series(1, 40) AS i;
INSERT INTO "li""nes'%n" SELECT i % 40 + 1, i FROM generate_series(1, 80) AS i;
ALTER TABLE :"weird" OWNER TO "seg_attack_""o'w%s%n;";
ALTER TABLE "ev""ents'%n" OWNER TO "seg_attack_""o'w%s%n;";
ALTER TABLE "li""nes'%n" OWNER TO "seg_attack_""o'w%s%n;";

-- T9: the same hostile name everywhere.
SELECT segment.create_population(:'weird', format('%I', :'weird')::regclass, key => :'weird', timezone => 'UTC', since => 'since%d', owner => '"seg_attack_""o''w%s%n;"') IS NOT NULL AS made \gset
SELECT ok(:'made', 'a population');
SELECT lives_ok($$SELECT segment.create_source(current_setting('attack.weird'), '"ev""ents''%n"', customer => current_setting('attack.weird'), occurred_at => 'a"t''%s',
	measures => jsonb_build_object(current_setting('attack.weird'), '"am""ount''%s%n" * 2', 'plain', '1'), filter => '"am""ount''%s%n" <> 0 OR "di""m''%s" <> ''%s%n"''',
	purchase => '"am""ount''%s%n" > 0', dimension => '"di""m''%s"')$$, 'a source with measures, filter, purchase and dimension');
SELECT lives_ok($$SELECT segment.create_source('li"nes''%n', '"li""nes''%n"', parent => current_setting('attack.weird'), parent_key => 're"f''%s',
	measures => jsonb_build_object('co"st%s', '"co""st''%s"'))$$, 'a child source');
SELECT is(string_agg(source || ': ' || problem, E'\n'), E'li"nes\'%n: no index on "we""i''r\nd%s%n\\;--$$"."li""nes''%n" ("re""f''%s"): finding a parent''s rows reads the whole relation',
	'check_sources quotes') FROM segment.check_sources() WHERE problem ~ 'parent''s rows';
SELECT lives_ok(remedy, 'and its remedy runs') FROM (SELECT replace(remedy, 'CONCURRENTLY', '') AS remedy FROM segment.check_sources() WHERE remedy ~ 'CREATE INDEX' AND problem ~ 'parent''s rows') AS c;
SELECT lives_ok($$SELECT segment.create_feature(current_setting('attack.weird'), aggregate => 'sum', source => current_setting('attack.weird'), measure => current_setting('attack.weird'), absent => 0)$$, 'a feature');
SELECT lives_ok($$SELECT segment.create_feature('di"m%s''', aggregate => 'count', source => current_setting('attack.weird'), dimension => E'%s''"\\;1', absent => 0)$$, 'of a dimension''s label');
SELECT lives_ok($$SELECT segment.create_feature('at"t%n''', attribute => 'attri"bute''%s')$$, 'an attribute');
SELECT lives_ok($$SELECT segment.create_feature('dat"ed%n''', attribute => 'attri"bute''%s', dated_by => 'since%d', valid_for => '10 years')$$, 'a dated attribute');
SELECT lives_ok($$SELECT segment.create_feature('ex"pr%s%n''', expression => format('%I + 1', current_setting('attack.weird')))$$, 'an expression');
SELECT lives_ok($$SELECT segment.create_scheme('sch"eme%s''', objective => E'%s%n''";\\', default_segment => E'de"f%s''\\')$$, 'a scheme');
SELECT lives_ok($$SELECT segment.create_score('sch"eme%s''', 'sc"ore%n''', current_setting('attack.weird'), bins => 3)$$, 'a score');
SELECT lives_ok($$SELECT segment.create_segment('sch"eme%s''', current_setting('attack.weird'), format('"sc""ore%%n''" >= 2 AND "at""t%%n''" <> %L', '%s%n'), owner => E'%s''"', proposition => E'%n''\\')$$, 'a segment');
CALL segment.refresh(:'weird', as_of => '2024-03-01');
SELECT lives_ok($$SELECT * FROM segment.preview('sch"eme%s''')$$, 'preview');
SELECT is(segment.activate($$sch"eme%s'$$, comment => E'%s%n''"\\'), 1, 'activate');
UPDATE "ev""ents'%n" SET "am""ount'%s%n" = 1000 WHERE "i""d%s" = 1;
UPDATE :"weird" SET "attri""bute'%s" = '%n' WHERE :"weird" = 5;
CALL segment.refresh(:'weird', as_of => '2024-03-01');
CALL segment.refresh(:'weird', as_of => '2024-03-03');
CALL segment.backfill($$sch"eme%s'$$, '2024-01-31', '2024-02-20', '5 days');
CALL segment.rotate_logs(:'weird');
SELECT is(max((features ->> :'weird')::numeric), 2042::numeric, 'refreshes by key: the figures are right') FROM segment.features_as_of(:'weird', '2024-03-03');
SELECT ok(count(*) > 2, 'explain') FROM segment.explain($$sch"eme%s'$$, 5);
SELECT ok(count(*) = 20, 'as_of') FROM segment.as_of($$sch"eme%s'$$, '2024-03-03');
SELECT is(segment.recut($$sch"eme%s'$$, '%s%n'), 2, 'recut');
SELECT ok(count(*) > 0, 'the scorecard') FROM segment.scorecard WHERE scheme = $$sch"eme%s'$$ AND segment = :'weird';
SELECT is(count(*), 20::bigint, 'the join view') FROM segment_data.:"weird";
SELECT lives_ok($$SELECT segment.retire('sch"eme%s''')$$, 'retire');
SELECT throws_ok($$SELECT segment.drop_source(current_setting('attack.weird'))$$, '2BP01', NULL, 'what is used is kept');
SELECT throws_ok($$SELECT segment.create_population(repeat('x', 41), 'pg_class', key => 'oid')$$, '42622', NULL, 'a name that is too long');
SET search_path = public;
DROP EXTENSION segment;
CREATE EXTENSION segment;

-- T2: decoys of every function and operator of pg_catalog's, and temporary tables called as its catalogs, found first.
CREATE SCHEMA attack_decoy;
CREATE TABLE attack_decoy.customers AS SELECT i AS id, 'north'::text AS region, 'de-' || i AS code FROM generate_series(1, 20) AS i;
ALTER TABLE attack_decoy.customers ADD PRIMARY KEY (id);
CREATE TABLE attack_decoy.orders AS SELECT i AS id, i % 20 + 1 AS customer_id, '2024-01-01'::timestamptz + i * interval '1 day' AS at, i::numeric(10, 2) AS total, 'web'::text AS channel FROM generate_series(1, 40) AS i;
ALTER TABLE attack_decoy.orders ADD PRIMARY KEY (id);
CREATE FUNCTION attack_decoy.trap() RETURNS void LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'captured' USING ERRCODE = 'ZZ001'; END$$;
DO $$
DECLARE
	f record;
BEGIN
	FOR f IN SELECT DISTINCT proname, pg_get_function_identity_arguments(oid) AS arguments, format_type(prorettype, NULL) AS result FROM pg_proc
		WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND NOT proretset AND pronargs <= 4 AND NOT 'internal'::regtype = ANY (proargtypes)
		AND NOT EXISTS (SELECT FROM pg_type WHERE (pg_type.oid = ANY (proargtypes) OR pg_type.oid = prorettype) AND typtype = 'p') AND proargmodes IS NULL
	LOOP
		EXECUTE format('CREATE FUNCTION attack_decoy.%I(%s) RETURNS %s LANGUAGE plpgsql AS ''BEGIN PERFORM attack_decoy.trap(); RETURN NULL; END''', f.proname, f.arguments, f.result);
	END LOOP;
	FOR f IN SELECT oprname, oprleft::regtype AS l, oprright::regtype AS r, oprresult::regtype AS result, 'op_' || oid AS trap FROM pg_operator
		WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprleft <> 0 AND oprresult <> 0
		AND NOT EXISTS (SELECT FROM pg_type WHERE pg_type.oid IN (oprleft, oprright, oprresult) AND typtype = 'p')
	LOOP
		EXECUTE format('CREATE FUNCTION attack_decoy.%s(%s, %s) RETURNS %s LANGUAGE plpgsql AS ''BEGIN PERFORM attack_decoy.trap(); RETURN NULL; END''', f.trap, f.l, f.r, f.result);
		EXECUTE format('CREATE OPERATOR attack_decoy.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = attack_decoy.%s)', f.oprname, f.l, f.r, f.trap);
	END LOOP;
	FOR f IN SELECT relname, relkind FROM pg_class WHERE (relnamespace = 'pg_catalog'::regnamespace OR relnamespace = 'segment'::regnamespace) AND relkind IN ('r', 'v')
	LOOP
		EXECUTE format('CREATE TEMP TABLE %I (name text)', f.relname);
	END LOOP;
END
$$;
SELECT set_config('attack.path', 'pg_temp, attack_decoy, pg_catalog, public', false) \g /dev/null
SET search_path = pg_temp, attack_decoy, pg_catalog, public;
SELECT segment.create_population('decoy', 'attack_decoy.customers', key => 'id', timezone => 'UTC') \g /dev/null
SELECT segment.create_source('orders', 'attack_decoy.orders', customer => 'customer_id', occurred_at => 'at', measures => '{"revenue": "round(total * 2 - 1, 2)"}',
	filter => 'total > 0 AND lower(channel) = ''web''', dimension => 'channel') \g /dev/null
SELECT segment.create_standard_features('decoy') \g /dev/null
SELECT segment.create_feature('region', attribute => 'region'), segment.create_feature('shout', expression => 'upper(region) || ''!''') \g /dev/null
CALL segment.refresh('decoy', as_of => '2024-03-01');
SELECT segment.create_rfm_scheme('decoy', objective => 'Hold') \g /dev/null
SELECT segment.preview('decoy') \g /dev/null
SELECT segment.activate('decoy') \g /dev/null
UPDATE attack_decoy.orders SET total = 100 WHERE id OPERATOR(pg_catalog.=) 7;
CALL segment.refresh('decoy', as_of => '2024-03-01');
CALL segment.refresh('decoy', as_of => '2024-03-05');
CALL segment.backfill('decoy', '2024-01-31', '2024-02-20', '5 days');
SELECT segment.check_sources(), segment.capture_status() \g /dev/null
SELECT segment.repair_capture() \g /dev/null
SELECT segment.explain('decoy', 5), segment.as_of('decoy', '2024-03-01'), segment.features_as_of('decoy', '2024-03-01') \g /dev/null
SELECT segment.recut('decoy'), segment.update_facts('decoy') \g /dev/null
SET search_path = public;
SELECT throws_ok($$SELECT set_config('search_path', 'attack_decoy, pg_catalog', true), (SELECT 1 OPERATOR(attack_decoy.+) 1)$$, 'ZZ001', NULL, 'the decoys are traps');
SELECT is(sum(revenue), 2 * (820 + 93) - 40::numeric, 'the whole path runs past them, with the right figures') FROM segment_data.decoy_feature;
SELECT is(count(DISTINCT upper(region) || '!' = shout), 1::bigint, 'expressions as well') FROM segment_data.decoy_feature;
SELECT ok(count(*) = 20 AND bool_and(decoy IS NOT NULL), 'and segments') FROM segment_data.decoy_segment;

DROP EXTENSION segment;
SET client_min_messages = error;
DROP SCHEMA attack_decoy CASCADE;
DROP SCHEMA :"weird" CASCADE;
DROP ROLE "seg_attack_""o'w%s%n;";
CREATE EXTENSION segment;
SELECT * FROM finish();
