\set ECHO none
-- Hostile texts through every door that takes one, and expressions that would take all there is of time or memory.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
CREATE SCHEMA attack;
CREATE TABLE attack.ran (who name);
CREATE FUNCTION attack.eq(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RAISE EXCEPTION 'ran' USING ERRCODE = 'ZZ001'; END$$;
CREATE FUNCTION attack.run() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RAISE EXCEPTION 'ran' USING ERRCODE = 'ZZ001'; END$$;
CREATE FUNCTION attack.run(numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RAISE EXCEPTION 'ran' USING ERRCODE = 'ZZ001'; END$$;
CREATE OPERATOR attack.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = attack.eq);
CREATE TYPE attack.pair AS (a int, b int);
CREATE DOMAIN attack.trap AS text CHECK (VALUE IS NULL OR attack.eq(VALUE, VALUE));
CREATE TABLE attack.customers (id int PRIMARY KEY, region text, trapped attack.trap, odd attack.pair, ring text[], place point);
CREATE TABLE attack.orders (id int PRIMARY KEY, customer_id int, day date, total numeric(10, 2), channel text, odd attack.pair);
INSERT INTO attack.customers (id, region) SELECT i, repeat('a', 40) FROM generate_series(1, 10) AS i;
INSERT INTO attack.orders SELECT i, i, '2024-01-01', 10, 'web' FROM generate_series(1, 10) AS i;
SELECT segment.create_population('attack', 'attack.customers', key => 'id', timezone => 'UTC') \g /dev/null
SELECT segment.create_source('orders', 'attack.orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}', dimension => 'channel') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue'), segment.create_feature('region', attribute => 'region') \g /dev/null
SELECT segment.create_scheme('attack', objective => 'Hold') \g /dev/null
SET search_path = attack, public;

CREATE FUNCTION attack.refusal(statement text) RETURNS text LANGUAGE plpgsql AS
$$BEGIN EXECUTE statement; RETURN 'accepted'; EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE; END$$;
-- What is boolean over region and revenue or total, made up for each door.
CREATE TABLE attack.hostile AS SELECT * FROM (VALUES
	('true; DROP TABLE attack.ran', '42601'), ('true) FROM attack.ran; --', '42601'), ('(SELECT true FROM attack.ran)', '0A000'), ('EXISTS (SELECT 1)', '0A000'),
	('attack.run()', '0A000'), ('run()', '42883'), ($$'a' OPERATOR(attack.===) 'b'$$, '0A000'), ($$'x'::attack.trap IS NULL$$, '0A000'), ($$('(1,2)'::attack.pair).a = 1$$, '0A000'),
	('pg_sleep(1) IS NULL', '42P17'), ($$pg_read_file('/etc/passwd') = ''$$, '42P17'), ($$set_config('role', 'none', false) = ''$$, '42P17'), ($$current_user = 'x'$$, '42P17'),
	($$lo_import('/etc/passwd') = 1$$, '42P17'), ($$query_to_xml('select 1', true, true, '') IS NULL$$, '42P17'), ($$pg_terminate_backend(1)$$, '42P17'), ('count(*) > 0', '42803'), ('row_number() OVER () > 1', '42P20'),
	('$1 = 1', '0A000'), ('true UNION SELECT true', '42601'), ('true -- ', 'accepted'), (E'true\n--\n) OR attack.run(', '42601'), ('true /* */', 'accepted'),
	($$'a' = 'b'' OR attack.run() --'$$, 'accepted'), ($$U&'\0027 OR attack.run()' = 'a'$$, 'accepted'), ($$E'\' OR attack.run() --' = 'a'$$, 'accepted'),
	($$repeat('a', 1000000000) = ''$$, '0A000'), ($$lpad('a', 1000000000) = ''$$, '0A000'), ($$rpad('a', 1000000000) = ''$$, '0A000'), ($$factorial(100000) > 1$$, '0A000')) AS v(rule, state);
CREATE TABLE attack.door AS SELECT * FROM (VALUES
	('rule', $$SELECT segment.create_segment('attack', 'A', %L)$$, $$SELECT segment.drop_segment('attack', 'A')$$),
	('feature', $$SELECT segment.create_feature('f', expression => %L)$$, $$SELECT segment.drop_feature('f')$$),
	('filter', $$SELECT segment.create_source('s', 'attack.orders', customer => 'customer_id', occurred_at => 'day', filter => %L)$$, $$SELECT segment.drop_source('s')$$),
	('purchase', $$SELECT segment.create_source('s', 'attack.orders', customer => 'customer_id', occurred_at => 'day', purchase => %L)$$, $$SELECT segment.drop_source('s')$$)) AS v(door, enter, leave);
SELECT count(*) + 22 AS tests FROM attack.hostile, attack.door \gset
SELECT plan(:tests);
CREATE FUNCTION attack.try(enter text, leave text, text text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text := attack.refusal(format(enter, text));
BEGIN
	IF state = 'accepted' THEN
		EXECUTE leave;
	END IF;
	RETURN state;
END
$$;
SELECT is(attack.try(enter, leave, rule), state, door || ': ' || replace(rule, E'\n', ' ')) FROM attack.door, attack.hostile ORDER BY door, rule COLLATE "C";

-- What is stored is the checked text, and the attacker's functions never ran.
SELECT is(attack.refusal($$SELECT segment.create_source('s', 'attack.orders', customer => 'customer_id', occurred_at => 'day', measures => '{"m": "attack.run(total)"}')$$), '0A000', 'measure: a function of the user''s');
SELECT is(attack.refusal($$SELECT segment.create_source('s', 'attack.orders', customer => 'customer_id', occurred_at => 'day', measures => '{"m": {"expression": "total) FROM attack.ran; --"}}')$$), '42601', 'measure: more than an expression');
SELECT is(attack.refusal($$SELECT segment.create_source('s', 'attack.orders', customer => 'customer_id', occurred_at => 'day', measures => '{"m": "(odd).a"}')$$), '0A000', 'measure: a field of a composite');
SELECT is(attack.refusal($$SELECT segment.create_source('s', 'attack.orders', customer => 'customer_id', occurred_at => 'day', dimension => '(SELECT who FROM attack.ran)')$$), '0A000', 'dimension: a subquery');
SELECT is(attack.refusal($$SELECT segment.create_source('s', 'attack.orders', customer => 'odd', occurred_at => 'day')$$), '0A000', 'customer: a composite');
SELECT is(attack.refusal($$SELECT segment.create_source('s', 'attack.orders', customer => 'ctid', occurred_at => 'day')$$), '42703', 'customer: a system column');
SELECT is(attack.refusal($$SELECT segment.create_feature('f', attribute => 'odd')$$), '0A000', 'attribute: a composite');
SELECT is(attack.refusal($$SELECT segment.create_feature('f', attribute => 'ring')$$), '0A000', 'attribute: an array');
SELECT is(attack.refusal($$SELECT segment.create_feature('f', attribute => 'place')$$), '0A000', 'attribute: a type that does not sort');
SELECT is(attack.refusal($$SELECT segment.create_feature('trapped', attribute => 'trapped')$$), 'accepted', 'attribute: a domain is its base type');
SELECT is(format_type(atttypid, atttypmod), 'text', 'in the table of features') FROM pg_attribute WHERE attrelid = 'segment_data.attack_feature'::regclass AND attname = 'trapped';
SELECT is(attack.refusal($$SELECT segment.alter_source('orders', filter => 'attack.run()')$$), '0A000', 'alter_source checks too');
SELECT is(attack.refusal($$SELECT segment.create_score('attack', 's', 'region); DROP TABLE attack.ran; --')$$), '42704', 'a score of a hostile feature name');

-- T14: bounded in length and depth, and interruptible in time.
SELECT is(attack.try(enter, leave, 'true' || repeat(' ', 10240)), '54000', 'too long for a ' || door) FROM attack.door WHERE door IN ('rule', 'filter');
SELECT is(attack.try(enter, leave, repeat('(', 5000) || 'true' || repeat(')', 5000)) IN ('accepted', '54001'), true, 'ten thousand parentheses') FROM attack.door WHERE door = 'rule';
SELECT is(attack.try(enter, leave, repeat('NOT ', 2500) || 'true') IN ('accepted', '54001'), true, 'a tower of negations') FROM attack.door WHERE door = 'rule';
SELECT is(attack.try(enter, leave, 'revenue > 0' || repeat(' OR revenue > 0', 600)) IN ('accepted', '54001'), true, 'a long disjunction') FROM attack.door WHERE door = 'rule';
CALL segment.refresh('attack', as_of => '2024-02-01');
SELECT is(attack.refusal($$SELECT segment.create_segment('attack', 'Slow', $r$region || 'a' ~ '^(a*)(a*)(a*)(a*)(a*)(a*)(a*)(a*)\1\2\3\4\5\6\7\8$'$r$)$$), 'accepted', 'a rule that would take for ever');
SET statement_timeout = '300ms';
\set VERBOSITY sqlstate
SELECT segment.activate('attack');
\set VERBOSITY default
RESET statement_timeout;
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '57014', 'is stopped by statement_timeout');
SELECT is(state, 'draft', 'and leaves nothing behind') FROM segment.scheme;
SELECT is(count(*), 0::bigint, 'no function of the attacker''s ran') FROM attack.ran;

SET search_path = public;
DROP EXTENSION segment;
DROP SCHEMA attack CASCADE;
CREATE EXTENSION segment;
SELECT * FROM finish();
