-- Sources: own and parent's customers, expressions, scales, the statements that read them, and what is refused how.
\set ECHO none
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
SET TimeZone = 'UTC';
CREATE SCHEMA ms;
CREATE FUNCTION ms.refusal(statement text) RETURNS text LANGUAGE plpgsql AS
$$
DECLARE
	state text; message text; detail text; hint text;
BEGIN
	EXECUTE statement;
	RETURN 'nothing refused';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', state, message, nullif(detail, ''), nullif(hint, ''));
END
$$;
-- The rows of a source's statement, sorted, as text.
CREATE FUNCTION ms.events(source text) RETURNS SETOF text LANGUAGE plpgsql AS
$$ BEGIN RETURN QUERY EXECUTE format('SELECT q::text FROM (%s) q ORDER BY 1', segment.source_query(source, 'ms')); END $$;

CREATE DOMAIN ms.amount AS numeric(12,2);
CREATE TYPE ms.status AS ENUM ('paid', 'open', 'cancelled');
CREATE TABLE ms.customers (id int PRIMARY KEY, name text);
CREATE TABLE ms.orders (id bigint PRIMARY KEY, customer_id bigint, ordered_at timestamp, total ms.amount, channel text,
						status ms.status, weight float8, pieces int, loose numeric, place point, "user's" text, code uuid);
CREATE TABLE ms.items (order_id bigint REFERENCES ms.orders, line int, category text, unit_cost numeric, quantity int, shipped date);
CREATE TABLE ms.parts (item_line int, note text);
CREATE TABLE ms.texts (customer text, day date);
CREATE VIEW ms.orders_view AS SELECT id, customer_id, ordered_at FROM ms.orders;
INSERT INTO ms.orders VALUES (1, 1, '2024-01-05 10:00', 10.50, 'web', 'paid', 1.5, 2, 3.14159),
	(2, 2, '2024-01-06 11:00', -4, 'shop', 'paid', 2, 1, 1), (3, 1, '2024-01-07', 7, NULL, 'cancelled', 3, 1, 1),
	(4, NULL, '2024-01-08', 1, 'web', 'paid', 1, 1, 1), (5, 3000000000, '2024-01-09', 2, 'web', 'paid', 1, 1, 1), (6, 2, NULL, 5, 'web', 'paid', 1, 1, 1);
INSERT INTO ms.items VALUES (1, 11, 'a', 1.25, 2, '2024-02-01'), (3, 12, 'b', 1, 1, '2024-02-02'), (NULL, 13, 'c', 2, 3, '2024-02-03'), (6, 14, 'd', 1, 1, NULL);

SELECT plan(73);
SELECT ok(segment.create_population('ms', 'ms.customers', 'id', timezone => 'Europe/Paris') > 0, 'a population to map on');

-- A source of its own customers.
SELECT ok(segment.create_source('orders', 'ms.orders', customer => 'customer_id', occurred_at => 'ordered_at', population => 'ms',
	measures => '{"revenue": "total", "weight": {"expression": "weight", "scale": 3}, "pieces": "pieces", "loose": "loose", "double": "total * 2"}',
	filter => $$status = 'paid'$$, purchase => 'total > 0', dimension => 'channel') > 0, 'a source is mapped');
SELECT is(string_agg(m.name || ':' || m.scale, ' ' ORDER BY m.name COLLATE "C"), 'double:4 loose:4 pieces:0 revenue:2 weight:3',
		  'scales: of the type, 0 for integers, declared, else 4')
  FROM segment.measure m JOIN segment.source s USING (source_id) JOIN segment.population p USING (population_id) WHERE p.name = 'ms';
SELECT is(filter || ' ' || filter_sql, $$status = 'paid' (status = 'paid'::text)$$, 'text and deparse are kept; an enum is text') FROM segment.source WHERE name = 'orders' AND relation = 'ms.orders'::regclass;
SELECT is(format_type(atttypid, atttypmod), 'integer', 'the ledger table has the population''s key')
  FROM pg_attribute WHERE attrelid = 'segment_data.ms_orders_ledger'::regclass AND attname = 'ms_id' AND NOT attnotnull;
SELECT is(format_type(atttypid, atttypmod), 'segment.ledger', '... and a ledger, never NULL')
  FROM pg_attribute WHERE attrelid = 'segment_data.ms_orders_ledger'::regclass AND attname = 'ledger' AND attnotnull;
SELECT is(reloptions, '{toast_tuple_target=8160}', '... kept inline') FROM pg_class WHERE oid = 'segment_data.ms_orders_ledger'::regclass;
SELECT index_is_unique('segment_data', 'ms_orders_ledger', 'ms_orders_ledger_ms_id_idx', '... and a unique index');
SELECT is(count(*), 1::bigint, 'it goes with the extension') FROM pg_depend
 WHERE deptype = 'x' AND objid = 'segment_data.ms_orders_ledger'::regclass;
SELECT results_eq($$SELECT ms.events('orders')$$,
	ARRAY['(,"2024-01-08 00:00:00",web,t,1,2.00,1,1,1.00)', '(,"2024-01-09 00:00:00",web,t,1,4.00,1,1,2.00)', '(1,"2024-01-05 10:00:00",web,t,3.14159,21.00,2,1.5,10.50)',
		  '(2,"2024-01-06 11:00:00",shop,f,1,-8.00,1,2,-4.00)', '(2,,web,t,1,10.00,1,1,5.00)'],
	'its statement gives key, time, dimension, purchase, measures; a number out of the key''s range is no customer');

-- Children.
SELECT ok(segment.create_source('items', 'ms.items', parent => 'orders', parent_key => 'order_id', population => 'ms',
	measures => '{"cogs": {"expression": "unit_cost * quantity", "scale": 4}}', dimension => 'category') > 0, 'a child source is mapped');
SELECT is(parent_column::text, 'id', 'the foreign key says what it refers to') FROM segment.source WHERE name = 'items' AND relation = 'ms.items'::regclass;
SELECT results_eq($$SELECT ms.events('items')$$, ARRAY['(,,c,6)', '(1,"2024-01-05 10:00:00",a,2.50)', '(2,,d,1)'],
	'customer and time are the parent''s; a row without parent stays, one of a filtered parent goes');
SELECT ok(segment.create_source('shipped', 'ms.items', parent => 'orders', parent_key => 'order_id', occurred_at => 'shipped', population => 'ms') > 0, 'a child with a time of its own');
SELECT results_eq($$SELECT ms.events('shipped')$$, ARRAY['(,2024-02-03)', '(1,2024-02-01)', '(2,)'], '... uses it');
ALTER TABLE ms.items ADD UNIQUE (line);
SELECT ok(segment.create_source('parts', 'ms.parts', parent => 'items', parent_key => 'item_line', population => 'ms', dimension => 'note') > 0, 'parents have parents');
INSERT INTO ms.parts VALUES (11, 'x'), (12, 'y'), (13, 'z'), (99, 'w');
SELECT results_eq($$SELECT ms.events('parts')$$, ARRAY['(,,w)', '(,,z)', '(1,"2024-01-05 10:00:00",x)'], 'a filter at the top reaches the grandchildren');
SELECT ok(segment.create_source('viewed', 'ms.orders_view', 'customer_id', 'ordered_at', population => 'ms') > 0, 'a view is mapped');

-- What may be said twice.
SELECT is(segment.create_source('orders', 'ms.orders', 'customer_id', 'ordered_at', population => 'ms', if_not_exists => true), source_id,
		  'if_not_exists gives the source there is') FROM segment.source WHERE name = 'orders' AND relation = 'ms.orders'::regclass;

-- Refusals.
SELECT is(ms.refusal($$SELECT segment.create_source('orders', 'ms.orders', 'customer_id', 'ordered_at', population => 'ms')$$),
	'42710 | source "orders" of population "ms" exists already | Choose another name, change it with segment.alter_source, or say if_not_exists => true.', 'name taken');
SELECT is(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'customer_id', 'ordered_at', population => 'nobody')$$),
	'42704 | population "nobody" does not exist | SELECT name FROM segment.population lists the populations there are.', 'unknown population');
SELECT alike(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'customer', 'ordered_at', population => 'ms')$$),
	'42703 | column "customer" of relation "ms.orders", the source''s customer, does not exist | The relation''s columns are: id, customer_id, %', 'unknown customer column');
SELECT alike(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'customer_id', 'ordered', population => 'ms')$$), '42703 | column "ordered" %', 'unknown time column');
SELECT is(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'customer_id', 'channel', population => 'ms')$$),
	'42804 | column "channel" of relation "ms.orders", the source''s occurred_at, is of type text | Name a column of type date, timestamp or timestamp with time zone.', 'a time that is none');
SELECT is(ms.refusal($$SELECT segment.create_source('x', 'ms.texts', 'customer', 'day', population => 'ms')$$),
	'42804 | column "customer" of source "x" is of type text, but the key of population "ms" is of type integer | Map a view over the relation that selects customer::integer AS customer.', 'a customer unlike the key');
SELECT alike(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'place', 'ordered_at', population => 'ms')$$), '0A000 | %selects place::text AS place.', 'a customer that cannot be stored');
SELECT is(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'customer_id', population => 'ms')$$),
	'22023 | source "x" does not say whose its events are, or says it twice | Give either customer => and occurred_at =>, or parent => and parent_key =>.', 'no time');
SELECT alike(ms.refusal($$SELECT segment.create_source('x', 'ms.items', parent => 'orders', population => 'ms')$$), '22023 | source "x" does not say whose%', 'a parent without a key');
SELECT alike(ms.refusal($$SELECT segment.create_source('x', 'ms.items', 'order_id', 'shipped', parent => 'orders', parent_key => 'order_id', population => 'ms')$$), '22023 | source "x" does not say whose%', 'both a customer and a parent');
SELECT is(ms.refusal($$SELECT segment.create_source('x', 'ms.items', parent => 'nobody', parent_key => 'order_id', population => 'ms')$$),
	'42704 | source "nobody" of population "ms" does not exist | SELECT name FROM segment.source lists the sources there are; segment.create_source maps another.', 'missing parent');
SELECT is(ms.refusal($$SELECT segment.create_source('x', 'ms.items', parent => 'viewed', parent_key => 'order_id', population => 'ms')$$),
	'42P10 | it is not known which column of "ms.orders_view" column "order_id" of source "x" refers to | Give "ms.orders_view" a primary key of one column, or map a view of it with a column called "order_id".', 'a parent without a key of its own');
SELECT is(ms.refusal($$SELECT segment.create_source('x', 'ms.items', parent => 'orders', parent_key => 'category', population => 'ms')$$),
	'42804 | column "category" of source "x" is of type text, but the parent''s key "id" is of type bigint | Map a view over the relation that selects category::bigint AS category.', 'a parent key of another type');
SELECT is(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'customer_id', 'ordered_at', '{"m": "channel"}', population => 'ms')$$),
	'42804 | measure "m" of source "x" is of type text, not a number | Name a numeric column, or write an expression that gives a number.', 'a measure of text');
SELECT alike(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'customer_id', 'ordered_at', '{"m": "totl"}', population => 'ms')$$), '42703 | column "totl" does not exist | Did you mean total?', 'a measure of an unknown column, with the near one');
SELECT is(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'customer_id', 'ordered_at', '{"m": "weight"}', population => 'ms')$$),
	'22023 | measure "m" of source "x" is a floating-point number without a declared scale | Say how many decimal digits to keep: {"m": {"expression": "…", "scale": 2}}.', 'a float without scale');
SELECT is(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'customer_id', 'ordered_at', '{"m": {"expression": "total", "scale": 3}}', population => 'ms')$$),
	'22023 | measure "m" of source "x" is declared with scale 3, but its type numeric(12,2) has scale 2 | Leave the scale out, or cast in the expression.', 'a scale that is not the type''s');
SELECT alike(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'customer_id', 'ordered_at', '{"m": {"expression": "loose", "scale": 19}}', population => 'ms')$$), '22023 | %The scale of "m" is not an integer from 0 to 18.%', 'a scale too large');
SELECT alike(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'customer_id', 'ordered_at', '{"m": {"expression": "loose", "scale": "2; DROP"}}', population => 'ms')$$), '22023 | %The scale of "m" is not an integer%', 'a scale that is text');
SELECT alike(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'customer_id', 'ordered_at', '["total"]', population => 'ms')$$), '22023 | the measures of source "x" cannot be understood | They are not a JSON object. | Write {"revenue": "total"} or %', 'measures that are a list');
SELECT alike(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'customer_id', 'ordered_at', '{"m": 5}', population => 'ms')$$), '22023 | %Measure "m" has no expression.%', 'a measure without expression');
SELECT alike(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'customer_id', 'ordered_at', '{"m": {"expression": "total", "digits": 2}}', population => 'ms')$$), '22023 | %Measure "m" has an unknown member "digits".%', 'a mistyped member');
SELECT alike(ms.refusal(format($$SELECT segment.create_source('x', 'ms.orders', 'customer_id', 'ordered_at', %L, population => 'ms')$$,
	(SELECT jsonb_object_agg('m' || i, 'total') FROM generate_series(1, 17) i))), '54000 | source "x" has 17 measures | A source has at most 16:%', 'too many measures');
SELECT alike(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'customer_id', 'ordered_at', filter => 'total', population => 'ms')$$), '42804 | %', 'a filter that is no condition');
SELECT alike(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'customer_id', 'ordered_at', purchase => 'channel', population => 'ms')$$), '42804 | %', 'a purchase that is no condition');
SELECT is(left(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'customer_id', 'ordered_at', filter => 'ordered_at < now()', population => 'ms')$$), 2), '42', 'a filter that reads the clock');
SELECT is(left(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'customer_id', 'ordered_at', filter => 'EXISTS (SELECT 1 FROM pg_authid)', population => 'ms')$$), 2), '0A', 'a filter with a subquery');
SELECT alike(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'customer_id', 'ordered_at', dimension => 'place', population => 'ms')$$), '42703 | %', 'a dimension of a type out of scope');
SELECT is(ms.refusal(format($$SELECT segment.create_source(%L, 'ms.orders', 'customer_id', 'ordered_at', population => %L)$$, repeat('s', 40), 'ms')), 'nothing refused', 'a long name fits');
SELECT ok(segment.create_population(repeat('p', 20), 'ms.customers', 'id') > 0, 'a population with a longer name');
SELECT is(ms.refusal(format($$SELECT segment.create_source(%L, 'ms.orders', 'customer_id', 'ordered_at', population => %L)$$, repeat('s', 40), repeat('p', 20))),
	'42622 | the generated name "' || repeat('p', 20) || '_' || repeat('s', 40) || '_ledger" is too long | Choose shorter names: a generated name has at most 63 bytes.', '... but not with it');
SELECT lives_ok(format('SELECT segment.drop_population(%L)', repeat('p', 20)), '(dropped)');
SELECT ok(segment.create_source('odd', 'ms.orders', 'customer_id', 'ordered_at', dimension => $$"user's" || ' '';--'$$, population => 'ms') > 0, 'odd names and strings are quoted');
SELECT lives_ok($$SELECT ms.events('odd')$$, '... and read');

-- Changing.
SELECT lives_ok($$SELECT segment.alter_source('orders', filter => '', dimension => 'upper(channel)', population => 'ms')$$, 'a filter is removed, a dimension changed');
SELECT is(coalesce(filter, 'none') || ' ' || purchase || ' ' || dimension_sql, 'none total > 0 upper(channel)', 'the rest stays') FROM segment.source WHERE name = 'orders' AND relation = 'ms.orders'::regclass;
SELECT results_eq($$SELECT ms.events('items')$$, ARRAY['(,,c,6)', '(1,"2024-01-05 10:00:00",a,2.50)', '(1,"2024-01-07 00:00:00",b,1)', '(2,,d,1)'], 'the children follow');
UPDATE segment.source SET built_at = now();
SELECT lives_ok($$SELECT segment.alter_source('orders', measures => '{"revenue": "total", "pieces": "pieces"}', population => 'ms')$$, 'measures are replaced');
SELECT is(string_agg(m.name, ' ' ORDER BY m.position), 'pieces revenue', '... by those given') FROM segment.measure m JOIN segment.source s USING (source_id) WHERE s.name = 'orders' AND s.relation = 'ms.orders'::regclass;
SELECT is(count(*), 0::bigint, 'and no ledger counts as built') FROM segment.source WHERE built_at IS NOT NULL;
INSERT INTO segment.feature (population_id, name, kind, type, aggregate, source_id, measure)
SELECT population_id, 'spend', 'aggregate', 'numeric', 'sum', source_id, 'revenue' FROM segment.source WHERE name = 'orders' AND relation = 'ms.orders'::regclass;
SELECT is(ms.refusal($$SELECT segment.alter_source('orders', measures => '{"pieces": "pieces"}', population => 'ms')$$),
	'2BP01 | a measure or the dimension of source "orders" cannot be dropped because something uses it | In use by: feature spend. | Drop those first.', 'a feature keeps its measure');
SELECT is(ms.refusal($$SELECT segment.drop_source('orders', 'ms')$$),
	'2BP01 | source "orders" cannot be dropped because something uses it | In use by: source items, source shipped, feature spend. | Drop those first.', 'children and features keep a source');
DELETE FROM segment.feature WHERE name = 'spend';

-- The world moves on.
ALTER TABLE ms.items DROP COLUMN category;
SELECT alike(ms.refusal($$SELECT segment.source_query('items', 'ms')$$), '42703 | column "category" does not exist%', 'a dropped column is named');
DROP TABLE ms.parts;
SELECT is(ms.refusal($$SELECT segment.source_query('parts', 'ms')$$), '42P01 | the relation that source "parts" is mapped on is gone | Drop the mapping with segment.drop_source and map it again.', 'a dropped relation is named');

-- Owners.
CREATE ROLE ms_team NOLOGIN;
CREATE ROLE ms_stranger NOLOGIN;
GRANT USAGE ON SCHEMA segment, ms TO ms_team, ms_stranger;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segment, ms TO ms_team, ms_stranger;
GRANT SELECT ON ms.customers TO ms_team;
SELECT ok(segment.create_population('ms_team', 'ms.customers', 'id', owner => 'ms_team') > 0, 'a population of a role that cannot log in');
SELECT is(ms.refusal($$SELECT segment.create_source('orders', 'ms.orders', 'customer_id', 'ordered_at', population => 'ms_team')$$),
	'42501 | role ms_team, as which source "orders" is read, may not read "ms.orders" | GRANT SELECT ON ms.orders TO ms_team;', 'the owner must be able to read');
GRANT SELECT (id, customer_id) ON ms.orders TO ms_team;
SELECT is(left(ms.refusal($$SELECT segment.create_source('orders', 'ms.orders', 'customer_id', 'ordered_at', population => 'ms_team')$$), 5), '42501', '... all of the columns in use');
GRANT SELECT (ordered_at) ON ms.orders TO ms_team;
SELECT ok(segment.create_source('orders', 'ms.orders', 'customer_id', 'ordered_at', population => 'ms_team') > 0, '... and no others');
SET ROLE ms_stranger;
SELECT alike(ms.refusal($$SELECT segment.create_source('x', 'ms.orders', 'customer_id', 'ordered_at', population => 'ms_team')$$), '42501 | permission denied for population "ms_team" | Only members of role "ms_team"%', 'a stranger cannot map');
SELECT alike(ms.refusal($$SELECT segment.drop_source('orders', 'ms_team')$$), '42501 | permission denied for population "ms_team"%', '... drop');
SELECT alike(ms.refusal($$SELECT segment.source_query('orders', 'ms_team')$$), '42501 | permission denied for population "ms_team"%', '... or read the statement');
RESET ROLE;
SELECT is(count(*), 0::bigint, 'nobody may map without being told so') FROM pg_proc
 WHERE pronamespace = 'segment'::regnamespace AND proname ~ '^(create|alter|drop)_(population|source)$' AND has_function_privilege('public', oid, 'EXECUTE');

SELECT lives_ok($$SELECT segment.drop_source('parts', 'ms'); SELECT segment.drop_source('items', 'ms'); SELECT segment.drop_source('shipped', 'ms');
	SELECT segment.drop_source(s.name, p.name) FROM segment.source s JOIN segment.population p USING (population_id) WHERE p.name IN ('ms', 'ms_team');
	SELECT segment.drop_population('ms'); SELECT segment.drop_population('ms_team')$$, 'all are dropped');
SELECT is(count(*), 0::bigint, 'nothing generated stays') FROM pg_class WHERE relnamespace = 'segment_data'::regnamespace AND relname LIKE 'ms\_%';
DROP SCHEMA ms CASCADE;
DROP OWNED BY ms_team, ms_stranger;
DROP ROLE ms_team, ms_stranger;
SELECT * FROM finish();
