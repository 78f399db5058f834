\set ECHO none
-- Hostile bytes: as binary input, and as the states of aggregates, which functions must not take from just anyone.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(14);

CREATE SCHEMA attack_bytes;
CREATE TABLE attack_bytes.ledgers (ledger segment.ledger);
-- The SQLSTATE of COPY BINARY of one value, or 'read'.
CREATE FUNCTION attack_bytes.copy(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	stream bytea := 'PGCOPY\012\377\015\012\000'::bytea || int4send(0) || int4send(0) || int2send(1::smallint)
		|| int4send(length(bytes)) || bytes || int2send((-1)::smallint);
	octal text := '';
BEGIN
	FOR i IN 0 .. length(stream) - 1 LOOP
		octal := octal || '\' || lpad(((get_byte(stream, i) / 64) * 100 + (get_byte(stream, i) / 8 % 8) * 10 + get_byte(stream, i) % 8)::text, 3, '0');
	END LOOP;
	EXECUTE format('COPY attack_bytes.ledgers FROM PROGRAM %L WITH (FORMAT binary)', format('printf ''%s''', octal));
	RETURN 'read';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;
CREATE TABLE attack_bytes.good AS
	SELECT segment.ledger_send(segment.ledger('2024-01-01'::date + i, 'web' || i % 2, i * 10.25, 1.5)) AS bytes FROM generate_series(1, 6) AS i;

SELECT is(attack_bytes.copy(bytes), 'read', 'what a ledger sends is read') FROM attack_bytes.good;
SELECT is((SELECT segment.ledger_send(ledger) FROM attack_bytes.ledgers), bytes, 'and is the same') FROM attack_bytes.good;
SELECT is(string_agg(DISTINCT attack_bytes.copy(substr(bytes, 1, n)), ' '), '22P03', 'cut anywhere it is refused')
  FROM attack_bytes.good, generate_series(0, length(bytes) - 1) AS n;
SELECT is(attack_bytes.copy(bytes || '\x00'), '22P03', 'a byte more is refused') FROM attack_bytes.good;
SELECT ok(bool_and(attack_bytes.copy(set_byte(bytes, n, flip)) IN ('22P03', '22021', 'read')), 'any byte changed: refused, or another ledger')
  FROM attack_bytes.good, generate_series(0, length(bytes) - 1) AS n, (VALUES (0), (1), (127), (128), (255)) AS f(flip);
SELECT ok(bool_and(attack_bytes.copy(bytes) IN ('22P03', 'read')), 'bytes that never were a ledger') FROM (
	SELECT decode(repeat(lpad(to_hex(b), 2, '0'), n), 'hex') AS bytes FROM generate_series(0, 255, 17) AS b, (VALUES (1), (3), (9), (64)) AS r(n)) AS s;
SELECT is(count(*), count(*) FILTER (WHERE ledger::text::segment.ledger OPERATOR(segment.=) ledger AND segment.ledger_send(ledger) IS NOT NULL),
	'whatever was read is a ledger in every respect') FROM attack_bytes.ledgers;

-- States that no aggregate made.
CREATE ROLE seg_attack_user;
GRANT USAGE ON SCHEMA segment TO seg_attack_user;
GRANT ALL ON SCHEMA attack_bytes TO seg_attack_user;
SET ROLE seg_attack_user;
SELECT throws_ok($$SELECT segment.period_states_final('\xff7f000000000000')$$, '42501', NULL, 'a forged state does not read 64 kB of the server''s memory');
SELECT throws_ok($$SELECT segment.period_cells_final('\xff7f000000000000')$$, '42501', NULL, 'nor do forged cells');
SELECT throws_ok($$SELECT segment.ledger_final('\xff7f000000000000')$$, '42501', NULL, 'nor a forged ledger state');
SELECT throws_ok($$CREATE AGGREGATE attack_bytes.leak(bytea) (SFUNC = segment.period_states_combine, STYPE = bytea, FINALFUNC = segment.period_states_final)$$,
	'42501', NULL, 'an aggregate of one''s own is no way in');
SELECT throws_ok($$CREATE AGGREGATE attack_bytes.leak(bytea) (SFUNC = segment.ledger_combine, STYPE = bytea)$$, '42501', NULL, 'for ledgers neither');
SELECT lives_ok($$SELECT segment.period_states('a', '[2024-01-01,)', '2024-01-01', '2024-01-01', '{a}', '{2023-12-31,2024-01-31}')$$, 'the aggregate itself is for everyone');
RESET ROLE;
SELECT is(count(*), 0::bigint, 'no function that takes a state of bytes is for everyone')
  FROM pg_proc WHERE pronamespace = 'segment'::regnamespace AND prokind = 'f' AND proargtypes[0] = 'bytea'::regtype AND has_function_privilege('public', oid, 'EXECUTE');

DROP SCHEMA attack_bytes CASCADE;
DROP OWNED BY seg_attack_user;
DROP ROLE seg_attack_user;
SELECT * FROM finish();
