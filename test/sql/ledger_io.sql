\set ECHO none
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET search_path = public, segment, pg_catalog;


-- What a statement raises: its SQLSTATE and hint.
CREATE FUNCTION pg_temp.raised(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, hint = PG_EXCEPTION_HINT;
	RETURN state || ' ' || hint;
END $$;

SELECT plan(50);

-- Text.
SELECT is('(2,4;d){2024-01-07 x2 5.00 0.0000, 2024-01-05 "web" x1 12.50 3.1200}'::ledger::text,
	'(2,4;d){2024-01-05 "web" x1 12.50 3.1200, 2024-01-07 x2 5.00 0.0000}', 'entries are put in order');
SELECT is('(2){2024-01-05 x1 1, 2024-01-05 x2 0.5}'::ledger::text, '(2){2024-01-05 x3 1.50}', 'entries of one day are added up');
SELECT is('(2){2024-01-05 x1 1, 2024-01-05 x-1 -1}'::ledger::text, '(2){}', 'what cancels to zero vanishes');
SELECT is('(){}'::ledger::text, '(){}', 'a ledger may be empty');
SELECT is(' ( 0 , 2 ; d ) { 2024-01-05 "a" x1 1 1.0 } '::ledger::text, '(0,2;d){2024-01-05 "a" x1 1 1.00}', 'white space is free');
SELECT is('(;d){2024-01-05 "a\"b\\c, x1}" x1, 2024-01-05 "" x1, 2024-01-05 x1}'::ledger::text,
	'(;d){2024-01-05 x1, 2024-01-05 "" x1, 2024-01-05 "a\"b\\c, x1}" x1}', 'labels are quoted; the empty one is not the missing one');
SELECT is('(0){4714-11-24 BC x1 1, 5874897-12-31 x1 1}'::ledger::text, '(0){4714-11-24 BC x1 1, 5874897-12-31 x1 1}',
	'the ends of type date');
SELECT is('(18){2024-01-05 x9223372036854775807 -9.223372036854775808}'::ledger::text,
	'(18){2024-01-05 x9223372036854775807 -9.223372036854775808}', 'the ends of 64 bits');
SET DateStyle = 'German';
SELECT is('(){2024-02-29 x1}'::ledger::text, '(){2024-02-29 x1}', 'DateStyle changes nothing');
RESET DateStyle;
SELECT is(pg_typeof(segment.ledger('(){2024-02-29 x1}'))::text, 'ledger', 'ledger(''...'') is a cast of the literal, not the aggregate');

-- Malformed text, with SQLSTATE and hint.
SELECT is(pg_temp.raised(format('SELECT %L::segment.ledger', input)), '22P02 Write a ledger like (2;d){2024-01-05 "web" x1 12.50}: scales, then entries of day, label, count and measures.', 'malformed: ' || input)
FROM (VALUES (''), ('('), ('()'), ('(){'), ('(){}x'), ('(2;e){}'), ('(2,){}'), ('(){2024-01-05}'), ('(){2024-01-05 x}'), ('(){24-01-05 x1}'),
	('(2){2024-01-05 x1}'), ('(2){2024-01-05 x1 abc}'), ('(){2024-01-05 x1,}'), ('(){2024-01-05 "a" x1}'), ('(;d){2024-01-05 "a x1}'),
	('(;d){2024-01-05 "a\'), ('(){20240-1-05 x1}'), ('(2){2024-01-05 x1 NaN}')) v(input);
SELECT is(pg_temp.raised($$SELECT '(){infinity x1}'::segment.ledger$$), '22008 A ledger''s days are finite dates.', 'an infinite day');
SELECT is(pg_temp.raised($$SELECT '(){2023-02-29 x1}'::segment.ledger$$), '22008 A ledger''s days are finite dates.', 'a day that does not exist');
SELECT is(pg_temp.raised($$SELECT '(){5874898-01-01 x1}'::segment.ledger$$), '22008 A ledger''s days are finite dates.', 'a day beyond type date');
SELECT is(pg_temp.raised($$SELECT '(2){2024-01-05 x1 1.005}'::segment.ledger$$), '22003 Raise the measure''s scale in the header.', 'digits beyond the scale');
SELECT is(pg_temp.raised($$SELECT '(2){2024-01-05 x1 92233720368547758.08}'::segment.ledger$$), '22003 Values are 64-bit integers after scaling.', 'a measure past 64 bits');
SELECT is(pg_temp.raised($$SELECT '(0){2024-01-05 x1 9223372036854775807, 2024-01-05 x1 1}'::segment.ledger$$), '22003 Use a smaller scale, for example with round().', 'a sum past 64 bits');
SELECT is(pg_temp.raised($$SELECT '(19){}'::segment.ledger$$), '22003 A measure''s scale is between 0 and 18.', 'a scale past 18');
SELECT is(left(pg_temp.raised(format('SELECT %L::segment.ledger', '(' || repeat('0,', 16) || '0){}')), 5), '54000', 'more than 16 measures');
SELECT is(pg_temp.raised(format('SELECT %L::segment.ledger', '(;d){2024-01-05 "' || repeat('x', 256) || '" x1}')), '54000 Use a short code as the dimension.', 'a label past 255 bytes');
SELECT is(pg_temp.raised(format('SELECT %L::segment.ledger', (SELECT '(;d){' || string_agg(format('2024-01-05 "%s" x1', g), ',') || '}' FROM generate_series(1, 256) g))),
	'54000 Use a dimension with fewer values, such as a channel or category.', 'more than 255 labels');

-- Binary, through COPY: type bytea delivers any bytes to recv.
SELECT current_setting('data_directory') || '/ledger_io_test.bin' AS file \gset
CREATE TEMP TABLE wire (bytes bytea);
CREATE TEMP TABLE received (ledger ledger);
CREATE FUNCTION pg_temp.receive(file text, sent bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	outcome text;
BEGIN
	TRUNCATE wire, received;
	INSERT INTO wire VALUES (sent);
	EXECUTE format('COPY wire TO %L (FORMAT binary)', file);
	outcome := pg_temp.raised(format('COPY received FROM %L (FORMAT binary)', file));
	RETURN coalesce((SELECT ledger::text FROM received), outcome);
END $$;
SELECT is(pg_temp.receive(:'file', ledger_send(input::ledger)), input, 'binary round trip of ' || left(input, 20))
FROM (VALUES ('(){}'), ('(2,0;d){2024-01-05 x-3 0.00 7, 2024-01-05 "web" x1 12.50 0, 2031-01-01 "é" x0 1.00 0}')) v(input);
SELECT is(pg_temp.receive(:'file', bytes), '22P03 Send what segment.ledger_send wrote, from the same format version.', 'hostile bytes: ' || what)
FROM (VALUES
	('nothing', ''::bytea), ('another version', '\x8000'), ('17 measures', '\x51'), ('scale 19', '\x41130100'),
	('entries cut off', '\x4001'), ('too many entries', '\x40ffffffff0f00')) v(what, bytes);
COPY (SELECT 1) TO PROGRAM 'rm -f ledger_io_test.bin';

-- Damaged bytes that are in a table already: every evaluator refuses them or answers, none crashes.
CREATE CAST (bytea AS segment.ledger) WITHOUT FUNCTION;
SELECT setseed(0.125) \g /dev/null
CREATE TEMP TABLE damaged AS
SELECT set_byte(bytes, (random() * (length(bytes) - 1))::int, (random() * 255)::int)::ledger AS l
FROM (SELECT ledger_send('(2;d){2024-01-05 "shop" x2 12.50, 2024-01-05 "web" x1 -3, 2024-02-09 x1 7, 2024-03-09 "web" x0 7}') AS bytes) b, generate_series(1, 3000)
UNION ALL SELECT substr(ledger_send('(2;d){2024-01-05 "shop" x2 12.50, 2024-02-09 "web" x1 7}'), 1, n)::ledger FROM generate_series(0, 26) n;
CREATE FUNCTION pg_temp.state_of(statement text, l ledger) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement USING l;
	RETURN 'answer';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
CREATE TEMP TABLE outcome AS
SELECT what, pg_temp.state_of('SELECT ' || what, l) AS state
FROM damaged, unnest(ARRAY['$1::text', '$1 + $1', 'sum($1)', 'count(e) FROM entries($1) e', 'total($1, 1)', 'interpurchase_sd($1)', 'top_dimension($1)',
	'distinct_dimensions($1)', 'scales($1)']) what;
SELECT is_empty($$SELECT what, state FROM outcome WHERE state NOT IN ('answer', 'XX001', '22023', '22003')$$, 'damaged ledgers end in an answer or a clear error');
SELECT cmp_ok((SELECT count(*) FROM outcome WHERE state = 'XX001'), '>', 3000::bigint, 'and mostly in XX001');
DROP CAST (bytea AS segment.ledger);

-- The state functions trust their state, so they are the aggregates' alone.
SELECT is(left(pg_temp.raised($$SELECT segment.ledger_final('\x00'::bytea)$$), 5), '42809', 'no state function outside an aggregate');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'segment'::regnamespace AND p.proname ~ '^ledger_(accum|combine|final)'
	AND has_function_privilege('pg_monitor', p.oid, 'EXECUTE')$$, 'and nobody else may execute one');
SELECT * FROM finish();
