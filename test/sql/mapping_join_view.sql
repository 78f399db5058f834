-- The join view: columns are only appended, and a join on a segment reads one table.
\set ECHO none
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
CREATE SCHEMA mj;
CREATE FUNCTION mj.update_view(population text) RETURNS void AS '$libdir/segment', 'segment_update_join_view' LANGUAGE C STRICT;
CREATE FUNCTION mj.columns() RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = to_regclass('segment_data.mj') AND attnum > 0 $$;
CREATE FUNCTION mj.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query; END $$;
CREATE TABLE mj.customers (id int PRIMARY KEY);
CREATE TABLE mj.orders AS SELECT g AS id, g % 100 AS mj_id FROM generate_series(1, 1000) g;

SELECT plan(19);
SELECT ok(segment.create_population('mj', 'mj.customers', 'id') > 0, 'a population');
SELECT is(mj.columns(), 'mj_id integer', 'the view begins with the key');
CREATE VIEW mj.report AS SELECT * FROM segment_data.mj;

-- A feature.
INSERT INTO segment.feature (population_id, name, kind, type, expression) SELECT population_id, 'spend', 'expression', 'numeric', '1' FROM segment.population WHERE name = 'mj';
SELECT lives_ok($$SELECT mj.update_view('mj')$$, 'a feature without a column yet is waited for');
ALTER TABLE segment_data.mj_feature ADD spend numeric;
SELECT lives_ok($$SELECT mj.update_view('mj')$$, 'the view is updated');
SELECT is(mj.columns(), 'mj_id integer, spend numeric', 'the feature is there');

-- A scheme comes after what there is.
INSERT INTO segment.scheme (population_id, name, objective, default_segment, state) SELECT population_id, 'mj_value', 'more', 'Rest', 'draft' FROM segment.population WHERE name = 'mj';
ALTER TABLE segment_data.mj_segment ADD mj_value text, ADD mj_value_since date;
SELECT lives_ok($$SELECT mj.update_view('mj')$$, 'a draft scheme');
SELECT is(mj.columns(), 'mj_id integer, spend numeric', '... is not shown');
UPDATE segment.scheme SET state = 'active' WHERE name = 'mj_value';
SELECT lives_ok($$SELECT mj.update_view('mj')$$, 'an active one');
SELECT is(mj.columns(), 'mj_id integer, spend numeric, mj_value text, mj_value_since date', '... is appended');
INSERT INTO segment_data.mj_segment VALUES (1, 'Best', '2024-01-01'), (2, 'Rest', '2024-02-01');
INSERT INTO segment_data.mj_feature (mj_id, spend) VALUES (1, 12.5);
SELECT results_eq('SELECT * FROM segment_data.mj ORDER BY 1', $$VALUES (1, 12.5, 'Best', date '2024-01-01'), (2, NULL, 'Rest', '2024-02-01')$$, 'rows are the segments'', features beside them');

-- A join on one scheme's column reads the segment table alone.
SELECT is((SELECT count(*) FROM mj.plan('SELECT o.*, c.mj_value FROM mj.orders o JOIN segment_data.mj c USING (mj_id)') l WHERE l ~ 'mj_feature'), 0::bigint, 'a join on a segment does not read the features');
SELECT is((SELECT count(*) FROM mj.plan('SELECT o.*, c.mj_value FROM mj.orders o JOIN segment_data.mj c USING (mj_id)') l WHERE l ~ 'mj_segment'), 1::bigint, '... but the segments');
SELECT is((SELECT count(*) FROM mj.plan('SELECT o.*, c.spend FROM mj.orders o JOIN segment_data.mj c USING (mj_id)') l WHERE l ~ ' on mj_feature'), 1::bigint, 'one on a feature does');

-- What goes stays as NULL.
UPDATE segment.scheme SET state = 'retired' WHERE name = 'mj_value';
DELETE FROM segment.feature WHERE name = 'spend' AND expression = '1';
SELECT lives_ok($$SELECT mj.update_view('mj'); ALTER TABLE segment_data.mj_feature DROP spend; ALTER TABLE segment_data.mj_segment DROP mj_value, DROP mj_value_since$$,
	'a scheme is retired, a feature dropped, their columns too');
SELECT is(mj.columns(), 'mj_id integer, spend numeric, mj_value text, mj_value_since date', 'the view keeps its columns');
SELECT results_eq('SELECT * FROM segment_data.mj ORDER BY 1', $$VALUES (1, NULL::numeric, NULL::text, NULL::date), (2, NULL, NULL, NULL)$$, '... as NULL');
SELECT results_eq('SELECT * FROM mj.report ORDER BY 1', 'VALUES (1), (2)', 'a view of the user''s survived it all');
INSERT INTO segment.feature (population_id, name, kind, type, expression) SELECT population_id, 'spend', 'expression', 'text', '''1''' FROM segment.population WHERE name = 'mj';
ALTER TABLE segment_data.mj_feature ADD spend text;
SELECT throws_ok($$SELECT mj.update_view('mj')$$, '42804', 'column "spend" of view segment_data.mj is of type numeric and cannot become text', 'a name cannot come back with another type');

DROP VIEW mj.report;
DELETE FROM segment.feature WHERE name = 'spend' AND type = 'text'::regtype;
DELETE FROM segment.scheme WHERE name = 'mj_value';
SELECT lives_ok($$SELECT segment.drop_population('mj')$$, 'dropped');
DROP SCHEMA mj CASCADE;
SELECT * FROM finish();
