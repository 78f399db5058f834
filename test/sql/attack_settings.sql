\set ECHO none
-- Settings of the session change no result, and cannot have a text read otherwise than it was written.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(14);

CREATE ROLE seg_attack_owner;
CREATE SCHEMA attack;
ALTER SCHEMA attack OWNER TO seg_attack_owner;
GRANT USAGE ON SCHEMA segment, segment_data TO seg_attack_owner;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA segment TO seg_attack_owner;
SET SESSION AUTHORIZATION seg_attack_owner;
CREATE TABLE attack.escaped (as_whom name);
CREATE FUNCTION attack.escape() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN INSERT INTO attack.escaped VALUES (current_user); RETURN true; END$$;
CREATE TABLE attack.customers (id int PRIMARY KEY, country text, joined timestamptz, note text);
CREATE TABLE attack.orders (id int PRIMARY KEY, customer_id int, at timestamptz, total numeric(10, 2), channel text, weight float8);
INSERT INTO attack.customers SELECT i, CASE WHEN i % 2 = 0 THEN '\' ELSE 'NULL' END, '2023-12-31 23:30+00', NULL FROM generate_series(1, 20) AS i;
INSERT INTO attack.orders SELECT i, i % 20 + 1, '2024-01-01 23:30+00'::timestamptz + i * interval '7 hours', i, CASE i % 3 WHEN 0 THEN '\' WHEN 1 THEN 'NULL' END, i / 3.0
  FROM generate_series(1, 200) AS i;
ALTER TABLE attack.orders ENABLE ROW LEVEL SECURITY;

SELECT segment.create_population('plain', 'attack.customers', key => 'id', timezone => 'Europe/Paris', since => 'joined', owner => 'seg_attack_owner') \g /dev/null
SELECT segment.create_source('orders', 'attack.orders', customer => 'customer_id', occurred_at => 'at', population => 'plain',
	measures => $${"revenue": "total", "weight": {"expression": "round(weight::numeric, 3)", "scale": 3}}$$,
	filter => $$coalesce(channel, '') <> 'x\' AND coalesce(channel, '') <> ' OR attack.escape() --' AND (channel IS NULL OR channel = ANY (ARRAY['\', 'web']) OR channel = 'NULL')$$,
	dimension => 'channel') \g /dev/null
SELECT segment.create_feature('country', attribute => 'country', population => 'plain'), segment.create_feature('joined', attribute => 'joined', population => 'plain'),
	segment.create_feature('weight', aggregate => 'sum', source => 'orders', measure => 'weight', population => 'plain'),
	segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '20 days', absent => 0, population => 'plain'),
	segment.create_feature('backslash', aggregate => 'count', source => 'orders', dimension => E'\\', absent => 0, population => 'plain'),
	segment.create_feature('days', aggregate => 'active_days', source => 'orders', population => 'plain'),
	segment.create_feature('note', attribute => 'note', population => 'plain'),
	segment.create_feature('slash', expression => $$CASE WHEN country = '\' AND country <> ' OR attack.escape() OR country = ' THEN 1 ELSE 0 END$$, population => 'plain'),
	segment.create_feature('shown', expression => $$country || ' ' || '\'$$, population => 'plain') \g /dev/null
SELECT segment.create_scheme('plain_value', objective => 'Grow', population => 'plain'),
	segment.create_segment('plain_value', 'Slash', $$country = '\' AND revenue > 600 AND country <> ' OR (SELECT attack.escape()) --'$$),
	segment.create_segment('plain_value', E'It''s \\', $$country = ANY (ARRAY[NULL, '\'])$$),
	segment.create_segment('plain_value', 'Noted', 'note = NULL') \g /dev/null
CALL segment.refresh('plain', as_of => '2024-02-20');
SELECT segment.activate('plain_value') \g /dev/null
CALL segment.refresh('plain', as_of => '2024-02-25');
SELECT set_config('attack.explained_plain', (SELECT string_agg(concat_ws(',', segment, value, threshold, met), ';') FROM segment.explain('plain_value', 2)), false) \g /dev/null

-- The same under settings that an ordinary role may poison.
SET standard_conforming_strings = off;
SET backslash_quote = on;
SET escape_string_warning = off;
SET array_nulls = off;
SET TimeZone = 'Pacific/Auckland';
SET DateStyle = 'SQL, DMY';
SET IntervalStyle = sql_standard;
SET transform_null_equals = on;
SET search_path = attack, public;
SET extra_float_digits = -15;
SET bytea_output = escape;
SET quote_all_identifiers = on;
SET default_transaction_isolation = serializable;
SET default_transaction_deferrable = on;
SET row_security = off;
SET work_mem = '64kB';
SET maintenance_work_mem = '1MB';
SET enable_hashjoin = off;
SET enable_seqscan = off;
SET enable_indexscan = off;
SET constraint_exclusion = on;
SET jit = on;
SET jit_above_cost = 0;
SET plan_cache_mode = force_generic_plan;
SET from_collapse_limit = 1;
SET join_collapse_limit = 1;
SET xmloption = document;
SET lock_timeout = '30s';
SET statement_timeout = '60s';
SET synchronous_commit = off;
SET check_function_bodies = off;
SET default_toast_compression = pglz;
SELECT segment.create_population('poisoned', 'attack.customers', key => 'id', timezone => 'Europe/Paris', since => 'joined', owner => 'seg_attack_owner') \g /dev/null
SELECT segment.create_source('orders', 'attack.orders', customer => 'customer_id', occurred_at => 'at', population => 'poisoned',
	measures => $${"revenue": "total", "weight": {"expression": "round(weight::numeric, 3)", "scale": 3}}$$,
	filter => $$coalesce(channel, '') <> 'x\' AND coalesce(channel, '') <> ' OR attack.escape() --' AND (channel IS NULL OR channel = ANY (ARRAY['\', 'web']) OR channel = 'NULL')$$,
	dimension => 'channel') \g /dev/null
SELECT segment.create_feature('country', attribute => 'country', population => 'poisoned'), segment.create_feature('joined', attribute => 'joined', population => 'poisoned'),
	segment.create_feature('weight', aggregate => 'sum', source => 'orders', measure => 'weight', population => 'poisoned'),
	segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '20 days', absent => 0, population => 'poisoned'),
	segment.create_feature('backslash', aggregate => 'count', source => 'orders', dimension => E'\\', absent => 0, population => 'poisoned'),
	segment.create_feature('days', aggregate => 'active_days', source => 'orders', population => 'poisoned'),
	segment.create_feature('note', attribute => 'note', population => 'poisoned'),
	segment.create_feature('slash', expression => $$CASE WHEN country = '\' AND country <> ' OR attack.escape() OR country = ' THEN 1 ELSE 0 END$$, population => 'poisoned'),
	segment.create_feature('shown', expression => $$country || ' ' || '\'$$, population => 'poisoned') \g /dev/null
SELECT segment.create_scheme('poisoned_value', objective => 'Grow', population => 'poisoned'),
	segment.create_segment('poisoned_value', 'Slash', $$country = '\' AND revenue > 600 AND country <> ' OR (SELECT attack.escape()) --'$$),
	segment.create_segment('poisoned_value', E'It''s \\', $$country = ANY (ARRAY[NULL, '\'])$$),
	segment.create_segment('poisoned_value', 'Noted', 'note = NULL') \g /dev/null
CALL segment.refresh('poisoned', as_of => '2024-02-20');
SELECT segment.activate('poisoned_value') \g /dev/null
CALL segment.refresh('poisoned', as_of => '2024-02-25');
SELECT set_config('attack.problems', (SELECT count(*)::text FROM segment.check_sources('poisoned') WHERE severity = 'error'), false) \g /dev/null
SELECT set_config('attack.explained', (SELECT string_agg(concat_ws(',', segment, value, threshold, met), ';') FROM segment.explain('poisoned_value', 2)), false) \g /dev/null
-- What was defined by default, under them.
UPDATE attack.orders SET total = total + 1 WHERE id % 7 = 0;
UPDATE attack.customers SET country = E'\\' WHERE id = 3;
CALL segment.refresh('plain', as_of => '2024-02-28');
-- And what was defined under them, by default.
RESET standard_conforming_strings;
RESET backslash_quote;
RESET escape_string_warning;
RESET array_nulls;
RESET TimeZone;
RESET DateStyle;
RESET IntervalStyle;
RESET transform_null_equals;
RESET search_path;
RESET extra_float_digits;
RESET bytea_output;
RESET quote_all_identifiers;
RESET default_transaction_isolation;
RESET default_transaction_deferrable;
RESET row_security;
RESET work_mem;
RESET maintenance_work_mem;
RESET enable_hashjoin;
RESET enable_seqscan;
RESET enable_indexscan;
RESET constraint_exclusion;
RESET jit;
RESET jit_above_cost;
RESET plan_cache_mode;
RESET from_collapse_limit;
RESET join_collapse_limit;
RESET xmloption;
RESET lock_timeout;
RESET statement_timeout;
RESET synchronous_commit;
RESET check_function_bodies;
RESET default_toast_compression;
CALL segment.refresh('poisoned', as_of => '2024-02-28');
CALL segment.backfill('plain_value', '2024-01-31', '2024-02-15', '5 days');
SET standard_conforming_strings = off;
CALL segment.backfill('poisoned_value', '2024-01-31', '2024-02-15', '5 days');
RESET standard_conforming_strings;
RESET SESSION AUTHORIZATION;

SELECT is(string_agg(as_whom, ' '), NULL, 'what stands in a literal is never run') FROM attack.escaped;
SELECT is(count(*), 20::bigint, 'there are customers') FROM segment_data.plain_feature;
SELECT is(count(DISTINCT segment), 3::bigint, 'in three segments') FROM segment_data.plain_value_history;
SELECT is(a.filter_sql, b.filter_sql, 'a filter reads the same') FROM segment.source AS a, segment.source AS b WHERE a.source_id < b.source_id;
SELECT results_eq($$SELECT g.name::text, g.rule_sql FROM segment.segment AS g JOIN segment.scheme USING (scheme_id) WHERE scheme.name = 'plain_value' ORDER BY 1$$,
	$$SELECT g.name::text, g.rule_sql FROM segment.segment AS g JOIN segment.scheme USING (scheme_id) WHERE scheme.name = 'poisoned_value' ORDER BY 1$$, 'so do rules');
SELECT set_eq('SELECT plain_id, ledger::text FROM segment_data.plain_orders_ledger', 'SELECT poisoned_id, ledger::text FROM segment_data.poisoned_orders_ledger', 'ledgers are the same');
SELECT set_eq('SELECT * FROM segment_data.plain_feature', 'SELECT * FROM segment_data.poisoned_feature', 'features are');
SELECT set_eq('SELECT plain_id, plain_value, plain_value_raw, plain_value_since FROM segment_data.plain_segment',
	'SELECT poisoned_id, poisoned_value, poisoned_value_raw, poisoned_value_since FROM segment_data.poisoned_segment', 'segments are');
SELECT set_eq('SELECT plain_id, segment, valid, version, cause FROM segment_data.plain_value_history',
	'SELECT poisoned_id, segment, valid, version, cause FROM segment_data.poisoned_value_history', 'the history is');
SELECT set_eq('SELECT plain_id, from_segment, to_segment, day, cause, inputs FROM segment_data.plain_value_transition',
	'SELECT poisoned_id, from_segment, to_segment, day, cause, inputs FROM segment_data.poisoned_value_transition', 'transitions are');
SELECT set_eq('SELECT period_start, segment, dimension, measure, value FROM segment_data.plain_value_facts',
	'SELECT period_start, segment, dimension, measure, value FROM segment_data.poisoned_value_facts', 'facts are');
SELECT is(current_setting('attack.problems'), '0', 'check_sources finds nothing');
SELECT is(current_setting('attack.explained'), current_setting('attack.explained_plain'), 'explain says the same');

DROP EXTENSION segment;
DROP SCHEMA attack CASCADE;
DROP ROLE seg_attack_owner;
CREATE EXTENSION segment;
SELECT is(count(*), 0::bigint, 'nothing is left') FROM segment.population;
SELECT * FROM finish();
