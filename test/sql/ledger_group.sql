\set ECHO none
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET DateStyle = ISO;
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

SELECT plan(22);

-- Random ledgers of one shape but for the scales, some empty.
SELECT setseed(0.25) \g /dev/null
CREATE TEMP TABLE random_ledger AS
SELECT id, (format('(%s,%s;d){', scale1, scale2) || coalesce(string_agg(
	format('%s%s x%s %s %s', date '2023-12-25' + (random() * 20)::int, (ARRAY['', ' "web"', ' "shop"', ' "x y"'])[1 + (random() * 3)::int],
		(random() * 4)::int - 1, round((random() * 200)::numeric - 100, scale1), round((random() * 10)::numeric, scale2)), ', ')
	FILTER (WHERE e <= entries), '') || '}')::ledger AS l
FROM (SELECT id, (random() * 3)::int AS scale1, (random() * 5)::int AS scale2, (random() * 12)::int AS entries FROM generate_series(1, 60) id) shape,
	generate_series(1, 12) e
GROUP BY id, scale1, scale2;
CREATE TEMP TABLE zero AS SELECT '(0,0;d){}'::ledger AS l;

SELECT cmp_ok((SELECT count(DISTINCT l::text) FROM random_ledger), '>', 40::bigint, 'the ledgers differ');
SELECT is_empty('SELECT a.id FROM random_ledger a, random_ledger b WHERE (a.l + b.l) <> (b.l + a.l)', '+ is commutative');
SELECT is_empty('SELECT a.id FROM random_ledger a, random_ledger b, random_ledger c WHERE a.id <= 20 AND b.id BETWEEN 21 AND 40 AND c.id > 40
	AND ((a.l + b.l) + c.l) <> (a.l + (b.l + c.l))', '+ is associative');
SELECT is_empty('SELECT a.id FROM random_ledger a, zero z WHERE (a.l + z.l) <> a.l OR (z.l + a.l) <> a.l', 'the empty ledger is the identity');
SELECT is_empty('SELECT a.id FROM random_ledger a WHERE EXISTS (SELECT FROM entries(a.l + (- a.l)))', 'a ledger and its negation cancel');
SELECT is_empty('SELECT a.id FROM random_ledger a WHERE (- (- a.l)) <> a.l', 'negation undoes itself');
SELECT is_empty('SELECT a.id FROM random_ledger a, random_ledger b WHERE (a.l - b.l) <> (a.l + (- b.l))', 'a - b is a + (-b)');
SELECT is_empty('SELECT a.id FROM random_ledger a, random_ledger b WHERE ((a.l + b.l) - b.l) <> (a.l + (b.l - b.l))', '- undoes +, but for the scales');
SELECT is_empty('SELECT a.id FROM random_ledger a, random_ledger b WHERE scales(a.l + b.l) <>
	ARRAY[greatest((scales(a.l))[1], (scales(b.l))[1]), greatest((scales(a.l))[2], (scales(b.l))[2])]', 'scales are raised to the larger');
SELECT is_empty($$
	SELECT a.id, b.id FROM random_ledger a, random_ledger b WHERE a.id <= 15 AND EXISTS (
		(SELECT day, dimension, sum(count), sum(measures[1]), sum(measures[2]) FROM (SELECT * FROM entries(a.l) UNION ALL SELECT * FROM entries(b.l)) e
			GROUP BY 1, 2 HAVING sum(count) <> 0 OR sum(measures[1]) <> 0 OR sum(measures[2]) <> 0)
		EXCEPT (SELECT day, dimension, count, measures[1], measures[2] FROM entries(a.l + b.l)))$$, 'no entry of a sum is missing or wrong');
SELECT is_empty($$
	SELECT a.id, b.id FROM random_ledger a, random_ledger b WHERE a.id <= 15 AND EXISTS (
		(SELECT day, dimension, count, measures[1], measures[2] FROM entries(a.l + b.l))
		EXCEPT (SELECT day, dimension, sum(count), sum(measures[1]), sum(measures[2]) FROM (SELECT * FROM entries(a.l) UNION ALL SELECT * FROM entries(b.l)) e
			GROUP BY 1, 2))$$, 'a sum has no other entries');
SELECT is_empty('SELECT id FROM random_ledger WHERE l::text::ledger <> l', 'text round trip');
SELECT is_empty('SELECT a.id FROM random_ledger a, random_ledger b WHERE (a.l = b.l) <> (a.l::text = b.l::text)', '= is equality of value and shape');
SELECT is_empty('SELECT a.id FROM random_ledger a, random_ledger b WHERE (a.l = b.l) = (a.l <> b.l)', '<> is not =');
SELECT ok(NOT '(1){2024-01-01 x1 1}'::ledger = '(2){2024-01-01 x1 1}'::ledger, 'scales are part of the value');
SELECT ok('(1){2024-01-01 x1 1}'::ledger + '(2){}'::ledger = '(2){2024-01-01 x1 1}'::ledger, 'adding an empty ledger raises scales');

SELECT is(pg_temp.raised($$SELECT '(2){}'::segment.ledger + '(2,2){}'$$), '22023 Add ledgers of the same source, or build both with the same measures.', 'different measures');
SELECT is(pg_temp.raised($$SELECT '(2){}'::segment.ledger - '(2;d){}'$$), '22023 Add ledgers of the same source, or build both with or without a dimension.', 'dimension and none');
SELECT is(pg_temp.raised($$SELECT '(0){2024-01-01 x1 9223372036854775807}'::segment.ledger + '(0){2024-01-01 x1 1}'$$), '22003 Use a smaller scale, for example with round().', 'a sum past 64 bits');
SELECT is(pg_temp.raised($$SELECT '(0){2024-01-01 x1 9223372036854775807}'::segment.ledger + '(1){}'$$), '22003 Use a smaller scale, for example with round().', 'a raised scale past 64 bits');
SELECT is(pg_temp.raised($$SELECT - '(){2024-01-01 x-9223372036854775808}'::segment.ledger$$), '22003 Counts are 64-bit integers.', 'a negation past 64 bits');
SELECT is((- '(0){2024-01-01 x1 9223372036854775807}'::ledger)::text, '(0){2024-01-01 x-1 -9223372036854775807}', 'the largest value is negated');
SELECT * FROM finish();
