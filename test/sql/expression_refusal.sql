\set ECHO none
-- How a refusal speaks: message, hint, context and the place in the text.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
CREATE SCHEMA refusal;
CREATE DOMAIN refusal.address AS point;

CREATE FUNCTION refusal.of(expression text, columns jsonb, OUT message text, OUT hint text, OUT context text)
LANGUAGE plpgsql AS
$$
BEGIN
	PERFORM * FROM segment.check_expression(expression, columns);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
END
$$;

CREATE FUNCTION refusal.hint(expression text) RETURNS text LANGUAGE sql AS
$$
	SELECT hint FROM refusal.of(expression, '{"revenue": "numeric", "revenue_90": "numeric", "orders": "int",
		"country": "text", "day": "date", "at": "timestamptz", "home": "refusal.address", "Total": "int"}')
$$;

SELECT plan(33);

-- Names
SELECT is(refusal.hint('revenu > 0'), 'Did you mean revenue?', 'the near name');
SELECT is(refusal.hint('revenue_9'), 'Did you mean revenue_90 or revenue?', 'the near names, nearest first');
SELECT is(refusal.hint('total'), 'Did you mean "Total"?', 'quoted where it has to be');
SELECT is(refusal.hint('zzzzzz'), 'Available names: at, day, home, "Total", orders, country, revenue, revenue_90.',
		  'all names where none is near');
SELECT is((refusal.of('x', '{}')).hint, 'No names are available here.', 'no names at all');
SELECT is((refusal.of('qqqqqqqqqq', (SELECT jsonb_object_agg('a' || n, 'int') FROM generate_series(10, 40) n))).hint,
		  'Available names: a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, ...', 'not too many names');
SELECT is(refusal.hint('orders.revenue'), 'Write the column''s name alone, without table or schema, and no "*".',
		  'a qualified name');

-- The clock and the session
SELECT is(refusal.hint('now() - at'), 'The day is given by the refresh: use a feature such as days_since_last, or a window.',
		  'now()');
SELECT is(refusal.hint('current_date - day'), refusal.hint('now() - at'), 'current_date');
SELECT is(refusal.hint('day < ''today'''), refusal.hint('now() - at'), '''today''');
SELECT is(refusal.hint('at::date'),
		  'It depends on the session''s time zone: name the zone, as in (column AT TIME ZONE ''Europe/Paris'').', 'timestamptz::date');
SELECT is(refusal.hint('date_trunc(''month'', day)'),
		  'A date becomes a moment only in some time zone: write column::timestamp where a function wants a time.', 'date to timestamptz');
SELECT is(refusal.hint('country::date'),
		  'It depends on the session''s settings: make_date, extract and comparison do not; or map a view''s column.', 'text::date');
SELECT is(refusal.hint('country || orders'),
		  'It depends on the session''s settings for most types: cast each value to text first.', 'text || integer');
SELECT is(refusal.hint('day > ''01/02/2024'''), 'Write days as YYYY-MM-DD, and a timestamptz with its offset.', 'DateStyle');
SELECT is(refusal.hint('random()'), 'Only functions whose result depends on nothing but their arguments may be used.', 'random()');
SELECT is((refusal.of('random()', '{}')).message, 'function random() is volatile, not immutable', 'says which and why');
SELECT is((refusal.of('at::date', '{"at": "timestamptz"}')).message,
		  'function date(timestamp with time zone) is stable, not immutable', 'also of a cast');

-- What is not an expression
SELECT is(refusal.hint(''), 'Write a single SQL expression over the columns.', 'nothing');
SELECT is(refusal.hint('orders WHERE true'),
		  'Write a single SQL expression over the columns, without alias, FROM, WHERE or ORDER BY.', 'another clause');
SELECT is(refusal.hint('sum(revenue)'), 'An expression sees one row: declare a feature that aggregates.', 'an aggregate');
SELECT is((refusal.of('(SELECT 1)', '{}')).message, 'a subquery is not allowed in an expression', 'a subquery');
SELECT is((refusal.of('home', '{"home": "refusal.address"}')).message,
		  'column "home" has type refusal.address, which an expression cannot use', 'a type of another kind');
SELECT is(refusal.hint('repeat(country, 9)'), 'Its result can grow without bound: compute it in a view that is mapped.', 'repeat');
SELECT is(refusal.hint('home'), 'Map a view that casts it to a built-in number, text, date, time or boolean type.', 'and its remedy');
SELECT is((refusal.of('orders AND true', '{"orders": "int"}')).message,
		  'argument of AND must be type boolean, not type integer', 'the parser''s own words where they do');

-- Where
SELECT matches((refusal.of('revenue > nothing', '{"revenue": "numeric"}')).context,
			   '^expression, at character 11\n', 'the context tells the place');
SELECT matches((refusal.of('''éé'' = nothing', '{}')).context, '^expression, at character 8\n', 'in characters, not bytes');
SELECT matches((refusal.of(repeat(' ', 10241), '{}')).context, '^expression\n', 'and the name alone without one');

-- The columns
SELECT throws_ok($$SELECT segment.check_expression('1', '[1]')$$, '22023', 'columns is not an object of type names', 'an array');
SELECT throws_ok($$SELECT segment.check_expression('1', '{"a": 1}')$$, '22023', 'columns is not an object of type names', 'a number');
SELECT throws_ok($$SELECT segment.check_expression('1', '{"a": "no_such_type"}')$$, '42704', 'type "no_such_type" does not exist',
				 'an unknown type');
SELECT is(segment.check_expression(NULL, '{}'), NULL, 'NULL gives NULL');
SELECT * FROM finish();
