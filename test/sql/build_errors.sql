\set ECHO none
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(29);

CREATE SCHEMA errors_test;
CREATE TABLE errors_test.orders (key integer, ledger segment.ledger);
INSERT INTO errors_test.orders VALUES (1, '(2){2024-01-01 x1 9.00}');

-- Message and hint of what a build raises.
CREATE FUNCTION errors_test.hint_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE statement;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN hint;
END $$;
CREATE FUNCTION errors_test.build(query text, rest text DEFAULT '') RETURNS text LANGUAGE sql AS
    $$SELECT format('SELECT segment.build_ledgers(''errors_test.orders'', %L %s)', query, rest)$$;

-- values
SELECT throws_ok(errors_test.build('SELECT 1, date ''2024-01-01'', 1.234', $$, '{2}'$$), '22003',
                 'a value of measure "1" of source "orders" has more than 2 decimal digits', 'more digits than the scale');
SELECT matches(errors_test.hint_of(errors_test.build('SELECT 1, date ''2024-01-01'', 1.234', $$, '{2}'$$)), 'round\(expression, 2\)', 'hint: round()');
SELECT lives_ok(errors_test.build('SELECT 1, date ''2024-01-01'', 9.000', $$, '{2}'$$), 'trailing zeros are no digits');
SELECT throws_ok(errors_test.build('SELECT 1, date ''2024-01-01'', numeric ''NaN''', $$, '{2}'$$), '22003',
                 'a value of measure "1" of source "orders" is not a finite number', 'NaN');
SELECT throws_ok(errors_test.build('SELECT 1, date ''2024-01-01'', float8 ''-infinity''', $$, '{2}'$$), '22003', NULL, 'minus infinity');
SELECT throws_ok(errors_test.build('SELECT 1, date ''2024-01-01'', 1e17::numeric', $$, '{2}'$$), '22003',
                 'a value of measure "1" of source "orders" is out of range', 'a value that overflows');
SELECT throws_ok(errors_test.build('SELECT 4711, date ''2024-01-01'', 9e16::numeric FROM generate_series(1, 2)', $$, '{2}'$$), '22003',
                 'measure "1" of source "orders" is out of range for customer 4711', 'a sum that overflows names the customer');
SELECT is(errors_test.hint_of(errors_test.build('SELECT 4711, date ''2024-01-01'', 9e16::numeric FROM generate_series(1, 2)', $$, '{2}'$$)),
          'Correct the events, or declare a smaller scale for the measure.', 'hint: a smaller scale');
SELECT throws_ok(errors_test.build('SELECT 1, date ''infinity'''), '22008', 'occurred_at of source "orders" is infinite or out of range', 'infinite date');
SELECT throws_ok(errors_test.build('SELECT 1, timestamptz ''-infinity'''), '22008', NULL, 'infinite timestamptz');
SELECT throws_ok(errors_test.build('SELECT 1, timestamp ''infinity'''), '22008', NULL, 'infinite timestamp');
SELECT throws_ok(errors_test.build('SELECT i, date ''2024-01-01'', ''label '' || i FROM generate_series(1, 60001) AS i', ', dimension => true'), '54000',
                 'dimension of source "orders" has more than 60000 labels', 'too many labels');
SELECT matches(errors_test.hint_of(errors_test.build('SELECT i, date ''2024-01-01'', ''label '' || i FROM generate_series(1, 60001) AS i', ', dimension => true')),
               'few distinct labels', 'hint: a dimension has few labels');
SELECT throws_ok(errors_test.build('SELECT 1, date ''2024-01-01'', ''label '' || i FROM generate_series(1, 256) AS i', ', dimension => true'), '54000', NULL,
                 'too many labels in one ledger');

-- queries
SELECT throws_ok(errors_test.build('SELECT 1, date ''2024-01-01'', 1'), '42804', 'query of source "orders" has 3 columns instead of 2', 'too many columns');
SELECT throws_ok(errors_test.build('SELECT ''a''::text, date ''2024-01-01'''), '42804', 'column 1 of the query of source "orders" is of type text', 'wrong key type');
SELECT throws_ok(errors_test.build('SELECT 1, 20240101'), '42804', 'column 2 of the query of source "orders" is of type integer', 'no time');
SELECT throws_ok(errors_test.build('SELECT 1, date ''2024-01-01'', ''9.00''::text', $$, '{2}'$$), '42804', 'column 3 of the query of source "orders" is of type text', 'text is no measure');
SELECT throws_ok(errors_test.build('SELECT 1, current_date; SELECT 2, current_date'), '22023', 'query of source "orders" is not a single statement', 'two statements');
SELECT throws_ok(errors_test.build('DELETE FROM errors_test.orders RETURNING key, current_date'), '0A000', NULL, 'a query that writes');
SELECT throws_ok(errors_test.build('SELECT key, current_date FROM orders'), '42P01', NULL, 'search_path is pinned');
CREATE FUNCTION errors_test.intrude() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN CREATE TEMPORARY TABLE intruder (); RETURN 1; END $$;
SELECT throws_ok(errors_test.build('SELECT errors_test.intrude(), current_date'), '42501', NULL, 'the query runs restricted');

-- arguments
SELECT throws_ok(errors_test.build('SELECT 1, current_date, 1', $$, '{19}'$$), '22023', 'scale of measure 1 is not between 0 and 18', 'scale out of range');
SELECT throws_ok(errors_test.build('SELECT 1, current_date', $$, timezone => 'Europe/Atlantis'$$), '22023', NULL, 'unknown time zone');
SELECT throws_ok($$SELECT segment.build_ledgers('pg_catalog.pg_class', 'SELECT 1, current_date')$$, '42809', NULL, 'not a ledger table');
CREATE ROLE errors_test_role;
GRANT USAGE ON SCHEMA errors_test, segment TO errors_test_role;
GRANT CREATE ON SCHEMA errors_test TO errors_test_role;
GRANT EXECUTE ON FUNCTION segment.build_ledgers(regclass, text, integer[], boolean, boolean, text) TO errors_test_role;
SET ROLE errors_test_role;
DO $$ BEGIN PERFORM segment.build_ledgers('errors_test.orders', 'SELECT 1, current_date'); PERFORM set_config('errors_test.state', 'none', false);
      EXCEPTION WHEN OTHERS THEN PERFORM set_config('errors_test.state', SQLSTATE, false); END $$;
-- Its own table a role may write, and its functions gain nothing by being called from there.
CREATE TABLE errors_test.own (key text, ledger segment.ledger);
CREATE FUNCTION errors_test.who() RETURNS text LANGUAGE sql AS $$SELECT current_user::text$$;
CREATE FUNCTION errors_test.rise() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RESET ROLE; RETURN current_user; END $$;
SELECT segment.build_ledgers('errors_test.own', 'SELECT errors_test.who(), date ''2024-01-01''') \g /dev/null
DO $$ BEGIN PERFORM segment.build_ledgers('errors_test.own', 'SELECT errors_test.rise(), current_date'); PERFORM set_config('errors_test.rise', 'none', false);
      EXCEPTION WHEN OTHERS THEN PERFORM set_config('errors_test.rise', SQLSTATE, false); END $$;
RESET ROLE;
SELECT is((SELECT array_agg(key || ' ' || ledger::text) FROM errors_test.own), ARRAY['errors_test_role (){2024-01-01 x1}'], 'a role builds its own table as itself');
SELECT is(current_setting('errors_test.rise'), '42501', 'and cannot become another in it');
SELECT is(current_setting('errors_test.state'), '42501', 'only the owner may have a table written');

SELECT is((SELECT array_agg(o::text) FROM errors_test.orders AS o), ARRAY['(1,"(2){2024-01-01 x1 9.00}")'], 'nothing was written by any of them');

DROP SCHEMA errors_test CASCADE;
REVOKE ALL ON SCHEMA segment FROM errors_test_role;
REVOKE ALL ON FUNCTION segment.build_ledgers(regclass, text, integer[], boolean, boolean, text) FROM errors_test_role;
DROP ROLE errors_test_role;
SELECT * FROM finish();
