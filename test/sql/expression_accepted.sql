\set ECHO none
-- Texts that are expressions: what each becomes, that this reads back as itself, and that it means the same.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
CREATE SCHEMA shop;
CREATE TYPE shop.status AS ENUM ('paid', 'open');
CREATE DOMAIN shop.plan AS text;
CREATE DOMAIN shop.amount AS numeric CHECK (VALUE >= 0);
CREATE TABLE shop.orders (
	revenue numeric, orders integer, country text, code varchar, day date, day2 date, at timestamptz, ts timestamp,
	flag boolean, status shop.status, plan shop.plan, tags text[], "Total Sum" bigint, doc jsonb, bonus float8,
	gap interval, price shop.amount, big bigint);
INSERT INTO shop.orders VALUES
	(12.50, 3, 'FR', 'xy', '2024-03-31', '2024-05-02', '2024-03-31 23:30+00', '2024-03-31 23:30', true, 'paid', 'gold',
	 '{x,y}', 7, '{"a": "x", "n": 2}', 0.25, '2 days', 9.99, 5000000000),
	(-3, -1, 'US', 'b', '2023-01-01', '2023-01-01', '2023-01-01 00:00+00', '2023-01-01', false, 'open', 'free',
	 '{}', 0, '[1]', 1e10, '-1 days', 0, -1),
	(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE FUNCTION shop.columns() RETURNS jsonb LANGUAGE sql STABLE AS
$$
	SELECT jsonb_object_agg(attname, format_type(atttypid, NULL)) FROM pg_attribute
	WHERE attrelid = 'shop.orders'::regclass AND attnum > 0
$$;

-- The values of an expression over all rows, as the session's parser reads it.
CREATE FUNCTION shop.evaluate(expression text) RETURNS text[] LANGUAGE plpgsql AS
$$
DECLARE
	result text[];
BEGIN
	EXECUTE format('SELECT array_agg((%s)::text ORDER BY revenue) FROM shop.orders', expression || E'\n') INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN ARRAY[SQLSTATE];
END
$$;

CREATE TABLE shop.accepted (text text, checked text, type regtype);
INSERT INTO shop.accepted VALUES
	('revenue > 0',
	 '(revenue > (0)::numeric)', 'boolean'),
	('revenue / orders',
	 '(revenue / NULLIF((orders)::numeric, (0)::numeric))', 'numeric'),
	('revenue / (orders - 1) > 5 and country in (''FR'',''DE'')',
	 '(((revenue / NULLIF(((orders - 1))::numeric, (0)::numeric)) > (5)::numeric) AND (country = ANY (ARRAY[''FR''::text, ''DE''::text])))', 'boolean'),
	('revenue / 100',
	 '(revenue / (100)::numeric)', 'numeric'),
	('revenue / 0',
	 '(revenue / NULLIF((0)::numeric, (0)::numeric))', 'numeric'),
	('revenue % 7',
	 '(revenue % (7)::numeric)', 'numeric'),
	('code in (''a'',''b'')',
	 '((code)::text = ANY (ARRAY[(''a''::character varying)::text, (''b''::character varying)::text]))', 'boolean'),
	('code = ''x''',
	 '((code)::text = ''x''::text)', 'boolean'),
	('status = ''paid''',
	 '((status)::text = ''paid''::text)', 'boolean'),
	('status::text like ''p%''',
	 '((status)::text ~~ ''p%''::text)', 'boolean'),
	('plan in (''gold'', ''free'')',
	 '(plan = ANY (ARRAY[''gold''::text, ''free''::text]))', 'boolean'),
	('extract(year from day)',
	 'EXTRACT(year FROM day)', 'numeric'),
	('day >= ''2024-01-01''',
	 '(day >= ''2024-01-01''::date)', 'boolean'),
	('day between date ''2024-01-01'' and ''2024-12-31''',
	 '((day >= ''2024-01-01''::date) AND (day <= ''2024-12-31''::date))', 'boolean'),
	('day - date ''2020-01-01''',
	 '(day - ''2020-01-01''::date)', 'integer'),
	('day + interval ''1 month'' < day2',
	 '((day + ''1 mon''::interval) < day2)', 'boolean'),
	('(at at time zone ''Europe/Paris'')::date',
	 '((at AT TIME ZONE ''Europe/Paris''::text))::date', 'date'),
	('case country when ''FR'' then 1 when ''DE'' then 2 else 0 end',
	 'CASE country WHEN ''FR''::text THEN 1 WHEN ''DE''::text THEN 2 ELSE 0 END', 'integer'),
	('case when revenue > 10 then ''high'' end',
	 'CASE WHEN (revenue > (10)::numeric) THEN ''high''::text ELSE NULL::text END', 'text'),
	('coalesce(revenue, 0) * (1 - 0.2)',
	 '(COALESCE(revenue, (0)::numeric) * ((1)::numeric - 0.2))', 'numeric'),
	('greatest(revenue, orders)',
	 'GREATEST(revenue, (orders)::numeric)', 'numeric'),
	('nullif(orders, 0)',
	 'NULLIF(orders, 0)', 'integer'),
	('revenue / nullif(orders, 0)',
	 '(revenue / (NULLIF(orders, 0))::numeric)', 'numeric'),
	('revenue / (orders / 2)',
	 '(revenue / NULLIF(((orders / 2))::numeric, (0)::numeric))', 'numeric'),
	('country = any (''{FR,DE}'')',
	 '(country = ANY (''{FR,DE}''::text[]))', 'boolean'),
	('''x'' = any (tags)',
	 '(''x''::text = ANY (tags))', 'boolean'),
	('round(revenue, 2)',
	 'round(revenue, 2)', 'numeric'),
	('revenue::float8 / orders',
	 '((revenue)::double precision / NULLIF((orders)::double precision, (0)::double precision))', 'double precision'),
	('"Total Sum" > 1',
	 '("Total Sum" > 1)', 'boolean'),
	('country collate "C" < ''M''',
	 '((country COLLATE "C") < ''M''::text)', 'boolean'),
	('revenue is distinct from 0',
	 '(revenue IS DISTINCT FROM (0)::numeric)', 'boolean'),
	('flag is not true',
	 '(flag IS NOT TRUE)', 'boolean'),
	('not flag or flag is null',
	 '((NOT flag) OR (flag IS NULL))', 'boolean'),
	('country ~ ''^F''',
	 '(country ~ ''^F''::text)', 'boolean'),
	('country similar to ''F%''',
	 '(country ~ similar_to_escape(''F%''::text))', 'boolean'),
	('substring(country from 1 for 2)',
	 'SUBSTRING(country FROM 1 FOR 2)', 'text'),
	('trim(both '' '' from country) || ''-'' || code',
	 '((TRIM(BOTH '' ''::text FROM country) || ''-''::text) || (code)::text)', 'text'),
	('upper(country) -- comment',
	 'upper(country)', 'text'),
	('revenue::text',
	 '(revenue)::text', 'text'),
	('orders::text',
	 '(orders)::text', 'text'),
	('''12''::int + orders',
	 '(12 + orders)', 'integer'),
	('doc->>''a'' = ''x''',
	 '((doc ->> ''a''::text) = ''x''::text)', 'boolean'),
	('true',
	 'true', 'boolean'),
	('''abc''',
	 '''abc''::text', 'text'),
	('1',
	 '1', 'integer'),
	('pg_catalog.abs(revenue)',
	 'abs(revenue)', 'numeric'),
	('revenue operator(pg_catalog.+) 1',
	 '(revenue + (1)::numeric)', 'numeric'),
	('revenue ^ 2',
	 '(revenue ^ (2)::numeric)', 'numeric'),
	('bonus / 2',
	 '(bonus / (2)::double precision)', 'double precision'),
	('ln(revenue+1)',
	 'ln((revenue + (1)::numeric))', 'numeric'),
	('day in (''2024-01-01'',''2024-02-01'')',
	 '(day = ANY (ARRAY[''2024-01-01''::date, ''2024-02-01''::date]))', 'boolean'),
	('orders in (1,2,3)',
	 '(orders = ANY (ARRAY[1, 2, 3]))', 'boolean'),
	('orders not in (1,2,3)',
	 '(orders <> ALL (ARRAY[1, 2, 3]))', 'boolean'),
	('revenue in (1,2)',
	 '(revenue = ANY (ARRAY[(1)::numeric, (2)::numeric]))', 'boolean'),
	('price / orders',
	 '(price / NULLIF((orders)::numeric, (0)::numeric))', 'numeric'),
	('gap / 2',
	 '(gap / (2)::double precision)', 'interval'),
	('gap / orders',
	 '(gap / NULLIF((orders)::double precision, (0)::double precision))', 'interval'),
	('date_trunc(''month'', ts)',
	 'date_trunc(''month''::text, ts)', 'timestamp without time zone'),
	('date_trunc(''month'', day::timestamp)',
	 'date_trunc(''month''::text, (day)::timestamp without time zone)', 'timestamp without time zone'),
	('make_date(2024, 1, 1)',
	 'make_date(2024, 1, 1)', 'date'),
	('orders::int2 / orders',
	 '((orders)::smallint / NULLIF(orders, 0))', 'integer'),
	('-orders',
	 '(- orders)', 'integer'),
	('revenue / 0.5',
	 '(revenue / 0.5)', 'numeric'),
	('revenue / (1::numeric)',
	 '(revenue / (1)::numeric)', 'numeric'),
	('revenue / 0.4::int',
	 '(revenue / NULLIF(((0.4)::integer)::numeric, (0)::numeric))', 'numeric'),
	('orders / -1',
	 '(orders / ''-1''::integer)', 'integer'),
	('revenue / null',
	 '(revenue / NULLIF(NULL::numeric, (0)::numeric))', 'numeric'),
	('+revenue',
	 '(+ revenue)', 'numeric'),
	('U&''\0041'' = country',
	 '(''A''::text = country)', 'boolean'),
	('E''a\"b'' = country',
	 '(''a"b''::text = country)', 'boolean'),
	('country like any (array[''a%'',''b%''])',
	 '(country ~~ ANY (ARRAY[''a%''::text, ''b%''::text]))', 'boolean'),
	('revenue::numeric(10,2)',
	 '(revenue)::numeric(10,2)', 'numeric'),
	('width_bucket(revenue, 0, 100, 5)',
	 'width_bucket(revenue, (0)::numeric, (100)::numeric, 5)', 'integer'),
	('code::varchar(3)',
	 '(code)::character varying(3)', 'character varying'),
	('country::char(2)',
	 '(country)::character(2)', 'character'),
	('''[1]''::jsonb @> doc',
	 '(''[1]''::jsonb @> doc)', 'boolean'),
	('interval ''-1 day 2 hours'' < gap',
	 '(''-1 days +02:00:00''::interval < gap)', 'boolean'),
	('revenue = -1',
	 '(revenue = (''-1''::integer)::numeric)', 'boolean'),
	('at > ''2024-01-01 00:00:00+00''',
	 '(at > ''2024-01-01 00:00:00+00''::timestamp with time zone)', 'boolean'),
	('1e5 + big',
	 '(''100000''::numeric + (big)::numeric)', 'numeric'),
	('big / orders',
	 '(big / NULLIF(orders, 0))', 'bigint'),
	('revenue > 0 --',
	 '(revenue > (0)::numeric)', 'boolean'),
	('revenue ++ ++ 0',
	 '(revenue + ((+ (+ (+ 0))))::numeric)', 'numeric'),
	('abs(revenue) > sqrt(bonus)',
	 '((abs(revenue))::double precision > sqrt(bonus))', 'boolean'),
	('age(day2::timestamp, day) is not null',
	 '(age((day2)::timestamp without time zone, (day)::timestamp without time zone) IS NOT NULL)', 'boolean'),
	('left(country, 1) || right(code, 1)',
	 '("left"(country, 1) || "right"((code)::text, 1))', 'text'),
	('lower(country) ilike ''%f%''',
	 '(lower(country) ~~* ''%f%''::text)', 'boolean'),
	('country is null',
	 '(country IS NULL)', 'boolean'),
	('country is not distinct from code',
	 '(NOT (country IS DISTINCT FROM (code)::text))', 'boolean'),
	('revenue between symmetric 10 and 0',
	 '(((revenue >= (10)::numeric) AND (revenue <= (0)::numeric)) OR ((revenue >= (0)::numeric) AND (revenue <= (10)::numeric)))', 'boolean'),
	('ts + interval ''3 hours'' > timestamp ''2024-01-01 10:00''',
	 '((ts + ''03:00:00''::interval) > ''2024-01-01 10:00:00''::timestamp without time zone)', 'boolean'),
	('ts::date - day',
	 '((ts)::date - day)', 'integer'),
	('coalesce(country, code, ''none'')',
	 'COALESCE(country, (code)::text, ''none''::text)', 'text'),
	('case when revenue > 100 then ''a'' when revenue > 10 then ''b'' else ''c'' end = ''a''',
	 '(CASE WHEN (revenue > (100)::numeric) THEN ''a''::text WHEN (revenue > (10)::numeric) THEN ''b''::text ELSE ''c''::text END = ''a''::text)', 'boolean'),
	('least(day, day2)',
	 'LEAST(day, day2)', 'date'),
	('orders & 1 = 0',
	 '((orders & 1) = 0)', 'boolean'),
	('orders <> all (array[1, 2])',
	 '(orders <> ALL (ARRAY[1, 2]))', 'boolean'),
	('length(country) % 2',
	 '(length(country) % 2)', 'integer'),
	('md5(country)',
	 'md5(country)', 'text'),
	('(doc ->> ''n'')::numeric > 1',
	 '(((doc ->> ''n''::text))::numeric > (1)::numeric)', 'boolean'),
	('doc ? ''a''',
	 '(doc ? ''a''::text)', 'boolean'),
	('country in (code, ''x'')',
	 '((country = (code)::text) OR (country = ''x''::text))', 'boolean'),
	('extract(epoch from gap) / 3600',
	 '(EXTRACT(epoch FROM gap) / (3600)::numeric)', 'numeric'),
	('justify_days(gap)',
	 'justify_days(gap)', 'interval'),
	('mod(orders, 7)',
	 'mod(orders, 7)', 'integer'),
	('bonus = ''NaN''',
	 '(bonus = ''NaN''::double precision)', 'boolean'),
	('day = ''infinity''',
	 '(day = ''infinity''::date)', 'boolean'),
	('revenue::int8',
	 '(revenue)::bigint', 'bigint'),
	('country >= ''a'' collate "C"',
	 '(country >= (''a''::text COLLATE "C"))', 'boolean'),
	('cast(revenue as double precision)',
	 '(revenue)::double precision', 'double precision'),
	('not (orders > 1 and not flag)',
	 '(NOT ((orders > 1) AND (NOT flag)))', 'boolean');

SELECT plan(350);

SELECT is(row(c.checked, c.type)::text, row(a.checked, a.type)::text, a.text)
FROM shop.accepted a, segment.check_expression(a.text, shop.columns()) c;

SELECT is(c.checked, a.checked, 'reads back as itself: ' || a.checked)
FROM shop.accepted a, segment.check_expression(a.checked, shop.columns()) c;

SELECT is(shop.evaluate(c.checked), shop.evaluate(a.text), 'means the same: ' || a.text)
FROM shop.accepted a, segment.check_expression(a.text, shop.columns(), safe_division => false) c;

-- Division by zero is unknown, and an error only where that is asked for
SELECT is(shop.evaluate((segment.check_expression('1 / "Total Sum"', shop.columns())).checked), '{NULL,0,NULL}',
		  'a / 0 is NULL');
SELECT is(shop.evaluate((segment.check_expression('revenue % ("Total Sum" - 7)', shop.columns())).checked),
		  '{-3,NULL,NULL}', 'a % 0 is NULL');
SELECT is(shop.evaluate((segment.check_expression('1 / "Total Sum"', shop.columns(), false)).checked), '{22012}',
		  'division as SQL has it');

-- Names used
SELECT is(used, '{orders,revenue}', 'each name once, in the order of the columns')
FROM segment.check_expression('revenue / orders + revenue', '{"orders": "int", "revenue": "numeric", "day": "date"}');
SELECT is(used, '{}', 'a constant uses none') FROM segment.check_expression('1', '{}');
SELECT is(used, '{tags}', 'an array in ANY') FROM segment.check_expression('''x'' = ANY (tags)', '{"tags": "text[]"}');
SELECT is(used, '{status}', 'an enum') FROM segment.check_expression('status', '{"status": "shop.status"}');
SELECT is(checked, '("select" > 0)', 'reserved words are quoted')
FROM segment.check_expression('"select" > 0', '{"select": "int"}');

-- The type that is due
SELECT is(checked || ' ' || type, 'true boolean', 'a literal becomes a condition')
FROM segment.check_expression('''yes''', '{}', wanted => 'boolean');
SELECT is(checked || ' ' || type, '(orders)::numeric numeric', 'an integer becomes numeric')
FROM segment.check_expression('orders', '{"orders": "int"}', wanted => 'numeric');
SELECT is(checked || ' ' || type, 'revenue numeric', 'the type itself stays')
FROM segment.check_expression('revenue', '{"revenue": "numeric"}', wanted => 'numeric');
SELECT throws_ok($$SELECT segment.check_expression('revenue', '{"revenue": "numeric"}', wanted => 'boolean')$$, '42804',
				 'expression is of type numeric, but boolean is due', 'a number is no condition');
SELECT throws_ok($$SELECT segment.check_expression('country', '{"country": "text"}', wanted => 'numeric')$$, '42804',
				 'expression is of type text, but numeric is due', 'a text is no number');

-- The session's settings change nothing
SET DateStyle = 'SQL, DMY';
SET TimeZone = 'Asia/Tokyo';
SET quote_all_identifiers = on;
SET search_path = shop, public;
SET transform_null_equals = on;
SET standard_conforming_strings = off;
SELECT is(checked, E'((day > ''2024-02-01''::date) AND (country = NULL::text) AND (country <> ''a\\b''::text) AND '
		  '(at < ''2024-01-01 00:00:00+00''::timestamp with time zone))', 'the same text under other settings')
FROM segment.check_expression(E'day > ''2024-02-01'' AND country = NULL AND country <> ''a\\b'' AND at < ''2024-01-01Z''',
							  '{"day": "date", "country": "text", "at": "timestamptz"}');
SELECT is(current_setting('DateStyle') || '; ' || current_setting('TimeZone') || '; ' || current_setting('search_path'),
		  'SQL, DMY; Asia/Tokyo; "shop", "public"', 'and they are as before afterwards');
SELECT throws_ok($$SELECT segment.check_expression('nothing', '{}')$$, '42703', NULL, 'an error inside');
SELECT is(current_setting('DateStyle') || '; ' || current_setting('search_path'), 'SQL, DMY; "shop", "public"',
		  'leaves them as they were, too');
SELECT * FROM finish();
