\set ECHO none
-- Why a customer is where it is: conditions, thresholds, decisions, what would move it, on any day.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
CREATE SCHEMA explain_shop;
SET search_path = explain_shop, public;
SELECT plan(63);

CREATE TABLE customers (id bigint PRIMARY KEY, consent boolean NOT NULL, region text);
INSERT INTO customers VALUES (1, true, 'north'), (2, true, 'south'), (3, false, 'north'), (4, true, NULL), (5, true, 'west');
CREATE TABLE orders (customer_id bigint NOT NULL, day date NOT NULL, total numeric(10, 2) NOT NULL);
INSERT INTO orders VALUES (1, '2024-05-01', 50), (1, '2024-06-20', 100), (2, '2024-03-22', 30), (3, '2023-12-01', 500), (5, '2024-06-25', 20);
CREATE INDEX ON orders (customer_id);

CREATE FUNCTION hint_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN hint;
END $$;
-- every row, as one text per row
CREATE FUNCTION told(scheme text, customer bigint, at date DEFAULT NULL) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' | ', segment, condition, coalesce(value, 'NULL'), threshold, coalesce(met::text, 'unknown'), decisive::text)
      FROM segment.explain(scheme, customer, at) $$;
CREATE FUNCTION moves(scheme text, customer bigint, at date DEFAULT NULL) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' | ', segment, condition, 'meet: ' || to_meet, 'lose: ' || to_lose, moves_to)
      FROM segment.explain(scheme, customer, at) WHERE to_meet IS NOT NULL OR to_lose IS NOT NULL $$;
CREATE FUNCTION outcomes(scheme text, customer bigint, at date DEFAULT NULL) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT segment || ': ' || outcome FROM (SELECT DISTINCT ON (segment) * FROM segment.explain(scheme, customer, at)) e
    ORDER BY priority NULLS LAST $$;
CREATE FUNCTION whole(scheme text, customer bigint, at date DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT DISTINCT concat_ws(' ', raw, coalesce(assigned, 'NULL'), since, version, as_of, attributes_as_of)
      FROM segment.explain(scheme, customer, at) $$;

SELECT segment.create_population('explained', 'customers', key => 'id', timezone => 'UTC') \g /dev/null
SELECT segment.create_source('buys', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}', population => 'explained') \g /dev/null
SELECT segment.create_feature('days_since_last', aggregate => 'days_since_last', source => 'buys', population => 'explained') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'buys', measure => 'revenue', population => 'explained') \g /dev/null
SELECT segment.create_feature('consent', attribute => 'consent', population => 'explained') \g /dev/null
SELECT segment.create_feature('region', attribute => 'region', population => 'explained') \g /dev/null
SELECT segment.create_scheme('care', objective => 'Keep the good ones', population => 'explained', default_segment => 'Rest') \g /dev/null
SELECT segment.create_score('care', 'r', 'days_since_last', cuts => '{30,90,180}', descending => true) \g /dev/null
SELECT segment.create_segment('care', 'Best', 'r >= 3 AND revenue >= 100') \g /dev/null
SELECT segment.create_segment('care', 'Chase', 'consent AND (r = 2 OR r = 3)') \g /dev/null
SELECT segment.create_segment('care', 'Fresh', 'days_since_last BETWEEN 0 AND 7') \g /dev/null
SELECT segment.create_segment('care', 'Log', 'revenue > 0 AND ln(revenue) > 6') \g /dev/null

-- too early
SELECT throws_ok($$SELECT * FROM segment.explain('care', 1)$$, '55000', 'population "explained" has not been refreshed yet');
SELECT is(hint_of($$SELECT * FROM segment.explain('care', 1)$$), 'Build its ledgers and features with CALL segment.refresh(''explained'').');
CALL segment.refresh('explained', as_of => '2024-06-30');
SELECT throws_ok($$SELECT * FROM segment.explain('care', 1)$$, '55000', 'scheme "care" has never been activated');
SELECT is(hint_of($$SELECT * FROM segment.explain('care', 1)$$), 'Put it in force with segment.activate(''care''); segment.preview(''care'') shows what its draft would do.');
SELECT segment.activate('care') \g /dev/null

-- what every rule says
SELECT results_eq($$SELECT told('care', 1)$$, ARRAY[
    'Best | r >= 3 | 4 (days_since_last 10; cuts 30, 90, 180, lowest scores highest) | 3 | true | true',
    'Best | revenue >= (100)::numeric | 150.00 | 100 | true | true',
    'Chase | consent | true | true | true | false',
    'Chase | (r = 2) OR (r = 3) | 4 (days_since_last 10; cuts 30, 90, 180, lowest scores highest) | false | false',
    'Fresh | days_since_last >= 0 | 10 | 0 | true | false',
    'Fresh | days_since_last <= 7 | 10 | 7 | false | false',
    'Log | revenue > (0)::numeric | 150.00 | 0 | true | false',
    'Log | ln(revenue) > (6)::numeric | 150.00 | 6 | unknown | false',
    'Rest | NULL | false | false'], 'the winner''s conditions are decisive; what comes after it is not');
SELECT results_eq($$SELECT told('care', 3)$$, ARRAY[
    'Best | r >= 3 | 1 (days_since_last 212; cuts 30, 90, 180, lowest scores highest) | 3 | false | true',
    'Best | revenue >= (100)::numeric | 500.00 | 100 | true | false',
    'Chase | consent | false | true | false | false',
    'Chase | (r = 2) OR (r = 3) | 1 (days_since_last 212; cuts 30, 90, 180, lowest scores highest) | false | false',
    'Fresh | days_since_last >= 0 | 212 | 0 | true | false',
    'Fresh | days_since_last <= 7 | 212 | 7 | false | true',
    'Log | revenue > (0)::numeric | 500.00 | 0 | true | true',
    'Log | ln(revenue) > (6)::numeric | 500.00 | 6 | true | true',
    'Rest | NULL | false | false'], 'of a rule that lost, the only unmet condition is decisive');
SELECT results_eq($$SELECT told('care', 4)$$, ARRAY[
    'Best | r >= 3 | NULL (days_since_last NULL; cuts 30, 90, 180, lowest scores highest) | 3 | unknown | false',
    'Best | revenue >= (100)::numeric | NULL | 100 | unknown | false',
    'Chase | consent | true | true | true | false',
    'Chase | (r = 2) OR (r = 3) | NULL (days_since_last NULL; cuts 30, 90, 180, lowest scores highest) | unknown | true',
    'Fresh | days_since_last >= 0 | NULL | 0 | unknown | false',
    'Fresh | days_since_last <= 7 | NULL | 7 | unknown | false',
    'Log | revenue > (0)::numeric | NULL | 0 | unknown | false',
    'Log | ln(revenue) > (6)::numeric | NULL | 6 | unknown | false',
    'Rest | NULL | true | false'], 'unknown is not false');
SELECT results_eq($$SELECT DISTINCT priority FROM segment.explain('care', 1) ORDER BY 1$$, ARRAY[10, 20, 30, 40, NULL], 'priorities; none for the default');

-- what became of them
SELECT results_eq($$SELECT outcomes('care', 1)$$, ARRAY['Best: assigned since 2024-06-30', 'Chase: does not hold', 'Fresh: does not hold',
    'Log: unknown, and Best comes first', 'Rest: does not hold'], 'outcomes of the winner''s customer');
SELECT results_eq($$SELECT outcomes('care', 4)$$, ARRAY['Best: unknown', 'Chase: unknown', 'Fresh: unknown', 'Log: unknown',
    'Rest: assigned since 2024-06-30'], 'outcomes of a customer without events');
SELECT results_eq($$SELECT outcomes('care', 2)$$, ARRAY['Best: does not hold', 'Chase: assigned since 2024-04-30', 'Fresh: does not hold',
    'Log: unknown, and Chase comes first', 'Rest: does not hold'], 'outcomes of a chased one');
SELECT is(whole('care', 1), 'Best Best 2024-06-30 1 2024-06-30 2024-06-30');
SELECT is(whole('care', 4), 'Rest Rest 2024-06-30 1 2024-06-30 2024-06-30');
SELECT results_eq($$SELECT DISTINCT e.raw, e.assigned, e.since FROM customers c CROSS JOIN segment.explain('care', c.id) e ORDER BY 1, 2, 3$$,
    $$SELECT DISTINCT care_raw, care, care_since FROM segment_data.explained_segment ORDER BY 1, 2, 3$$, 'raw, segment and since are those assigned');

-- what would move the customer
SELECT results_eq($$SELECT moves('care', 3)$$, ARRAY[
    'Best | r >= 3 | meet: r: 1 -> 3: days_since_last must fall from 212 to 90 or less | Best',
    'Chase | consent | meet: consent must change from false to true',
    'Fresh | days_since_last <= 7 | meet: days_since_last must fall from 212 to 7 or less | Best',
    'Log | revenue > (0)::numeric | lose: revenue must fall from 500.00 to 0 or less | Rest'],
    'each change leads where evaluating with it leads');
SELECT results_eq($$SELECT moves('care', 5)$$, ARRAY[
    'Best | revenue >= (100)::numeric | meet: revenue must rise from 20.00 to 100 or more | Best',
    'Fresh | days_since_last >= 0 | lose: days_since_last must fall from 5 to -1 or less | Rest',
    'Fresh | days_since_last <= 7 | lose: days_since_last must rise from 5 to 8 or more | Rest'], 'to meet and to lose');
SELECT results_eq($$SELECT moves('care', 4)$$, ARRAY[
    'Best | r >= 3 | meet: r: unknown -> 3: days_since_last, now unknown, must be 90 or less | Chase',
    'Best | revenue >= (100)::numeric | meet: revenue, now unknown, must be 100 or more',
    'Fresh | days_since_last >= 0 | meet: days_since_last, now unknown, must be 0 or more | Fresh',
    'Fresh | days_since_last <= 7 | meet: days_since_last, now unknown, must be 7 or less | Fresh',
    'Log | revenue > (0)::numeric | meet: revenue, now unknown, must be more than 0'], 'from unknown');
SELECT is((SELECT count(*) FROM customers c CROSS JOIN segment.explain('care', c.id) e WHERE e.moves_to = e.raw OR (e.moves_to IS NOT NULL AND e.to_meet IS NULL AND e.to_lose IS NULL)), 0::bigint, 'a move is to another segment, and said how');

-- past days: ledgers and version of the day, attributes of now
SELECT is(whole('care', 3, '2024-01-31'), 'Best Best 2023-12-31 1 2024-01-31 2024-06-30', 'in the backfilled history');
SELECT is(whole('care', 3, '2024-03-31'), 'Log Log 2024-03-31 1 2024-03-31 2024-06-30', 'and after it moved');
SELECT is((SELECT value FROM segment.explain('care', 3, '2024-01-31') WHERE condition = 'days_since_last >= 0'), '61', 'values of the day');
SELECT is(whole('care', 1, '2024-04-30'), 'Rest NULL 1 2024-04-30 2024-06-30', 'before the customer''s first event');
SELECT results_eq($$SELECT outcomes('care', 1, '2024-04-30')$$, ARRAY['Best: unknown', 'Chase: unknown', 'Fresh: unknown', 'Log: unknown',
    'Rest: holds, but the customer had not entered yet'], 'which it says');
SELECT is(whole('care', 1, '2024-06-15'), 'Chase Rest 2024-05-31 1 2024-06-15 2024-06-30', 'between two days of the history');
SELECT results_eq($$SELECT outcomes('care', 3, '2024-03-15')$$, ARRAY['Best: assigned since 2023-12-31 by the history', 'Chase: does not hold', 'Fresh: does not hold',
    'Log: holds, but history has another segment for the day', 'Rest: does not hold'], 'where rules and history differ, both are said');
SELECT is((SELECT count(*) FROM customers c CROSS JOIN generate_series(date '2023-11-30', '2024-06-30', '1 month') d
             CROSS JOIN LATERAL (SELECT (d + interval '1 day')::date - 1 AS day) m
             LEFT JOIN LATERAL (SELECT DISTINCT raw, assigned FROM segment.explain('care', c.id, least(m.day, '2024-06-30'))) e ON true
             LEFT JOIN segment.as_of('care', least(m.day, '2024-06-30')) a ON a.customer = c.id::text WHERE m.day > '2023-12-30' AND a.segment IS DISTINCT FROM e.assigned), 0::bigint, 'assigned is as_of()');

-- versions
CALL segment.refresh('explained', as_of => '2024-07-10');
SELECT segment.alter_segment('care', 'Best', rule => 'r >= 3 AND revenue >= 1000') \g /dev/null
SELECT segment.activate('care', comment => 'stricter') \g /dev/null
SELECT is(whole('care', 1), 'Rest Rest 2024-07-10 2 2024-07-10 2024-07-10', 'the version in force');
SELECT is(whole('care', 1, '2024-07-09'), 'Best Best 2024-06-30 1 2024-07-09 2024-07-10', 'the version of the day before');
SELECT is(whole('care', 3, '2024-01-31'), 'Best Best 2023-12-31 1 2024-01-31 2024-07-10', 'the version of the backfilled day');
SELECT is((SELECT to_meet FROM segment.explain('care', 1) WHERE segment = 'Best' AND condition LIKE 'revenue%'), 'revenue must rise from 150.00 to 1000 or more');

-- min_dwell
SELECT segment.create_scheme('slow', objective => 'Keep calm', population => 'explained', default_segment => 'B', min_dwell => '60 days') \g /dev/null
SELECT segment.create_segment('slow', 'A', 'days_since_last <= 20') \g /dev/null
SELECT segment.activate('slow') \g /dev/null
SELECT is(whole('slow', 1), 'A B 2024-05-31 1 2024-07-10 2024-07-10', 'raw is not the segment yet');
SELECT results_eq($$SELECT outcomes('slow', 1)$$, ARRAY['A: holds, waits for min_dwell until 2024-07-30',
    'B: assigned since 2024-05-31, kept by min_dwell until 2024-07-30'], 'and until when');

-- bins that nobody can reach, a name that the query uses too, flags, strict bounds, numbers of either kind
SELECT segment.create_feature('mean_order', aggregate => 'mean', source => 'buys', measure => 'revenue', population => 'explained') \g /dev/null
SELECT segment.create_feature('change', expression => 'revenue * 2', population => 'explained') \g /dev/null
SELECT segment.create_scheme('odd', objective => 'Test', population => 'explained', default_segment => 'None') \g /dev/null
SELECT segment.create_score('odd', 'tied', 'revenue', cuts => '{100,100,200}') \g /dev/null
SELECT segment.create_score('odd', 'v', 'revenue', cuts => '{40,100,200.505}') \g /dev/null
SELECT segment.create_segment('odd', 'Empty bin', 'tied = 2') \g /dev/null
SELECT segment.create_segment('odd', 'No such bin', 'v = 7') \g /dev/null
SELECT segment.create_segment('odd', 'Above', '1000 < revenue') \g /dev/null
SELECT segment.create_segment('odd', 'Whole', 'days_since_last > 1000.5') \g /dev/null
SELECT segment.create_segment('odd', 'Float', 'mean_order > 99.5') \g /dev/null
SELECT segment.create_segment('odd', 'Not', 'NOT consent') \g /dev/null
SELECT segment.create_segment('odd', 'List', 'region IN (''east'', ''far'')') \g /dev/null
SELECT segment.create_segment('odd', 'Text', 'region = ''east''') \g /dev/null
SELECT segment.create_segment('odd', 'Two', 'revenue / days_since_last > 1000') \g /dev/null
SELECT segment.create_segment('odd', 'Derived', 'change >= 5000 AND v <= 3') \g /dev/null
SELECT segment.create_segment('odd', 'Third', 'v = 4') \g /dev/null
SELECT segment.create_segment('odd', 'Other scheme', 'region <> ''south''') \g /dev/null
SELECT segment.activate('odd') \g /dev/null
SELECT results_eq($$SELECT moves('odd', 2)$$, ARRAY[
    'Above | (1000)::numeric < revenue | meet: revenue must rise from 30.00 to more than 1000 | Above',
    'Whole | (days_since_last)::numeric > 1000.5 | meet: days_since_last must rise from 110 to 1001 or more | Whole',
    'Float | mean_order > (99.5)::double precision | meet: mean_order must rise from 30 to more than 99.5 | Float',
    'Not | NOT consent | meet: consent must change from true to false | Not',
    'Text | region = ''east''::text | meet: region must change from south to east | List',
    'Derived | change >= (5000)::numeric | meet: change must rise from 60.00 to 5000 or more | Derived',
    'Third | v = 4 | meet: v: 1 -> 4: revenue must rise from 30.00 to more than 200.505 | Third'], 'no change is named where none is nearest or none does it');
SELECT is((SELECT value || ' / ' || threshold FROM segment.explain('odd', 2) WHERE segment = 'Two'), 'revenue 30.00, days_since_last 110 / 1000', 'several inputs have names');
SELECT is((SELECT threshold FROM segment.explain('odd', 2) WHERE segment = 'List'), '{east,far}');

-- another scheme's segment as an input
SELECT segment.create_feature('care_segment', scheme => 'care', population => 'explained') \g /dev/null
SELECT segment.create_scheme('upon', objective => 'Test', population => 'explained', default_segment => 'None') \g /dev/null
SELECT segment.create_segment('upon', 'Was best', 'care_segment = ''Best''') \g /dev/null
SELECT segment.activate('upon') \g /dev/null
SELECT is((SELECT value FROM segment.explain('upon', 1) WHERE condition IS NOT NULL), 'Rest', 'the segment of now');
SELECT is((SELECT value FROM segment.explain('upon', 1, '2024-07-09') WHERE condition IS NOT NULL), 'Best', 'and of then');

-- customers by native key, text and parameter
SELECT is((SELECT DISTINCT raw FROM segment.explain('care', '3')), 'Log', 'untyped literal');
SELECT is((SELECT DISTINCT raw FROM segment.explain('care', 3)), 'Log', 'integer for a bigint key');
SELECT is((SELECT DISTINCT raw FROM segment.explain('care', 3::bigint)), 'Log', 'the key''s own type');
SELECT is((SELECT DISTINCT raw FROM segment.explain('care', 3::numeric, at => NULL)), 'Log', 'another number');
SELECT is((SELECT DISTINCT raw FROM segment.explain('care', '3'::varchar)), 'Log', 'varchar');
PREPARE explained AS SELECT DISTINCT raw FROM segment.explain('care', $1);
SELECT results_eq('EXECUTE explained(3)', ARRAY['Log'], 'a parameter without a type');
PREPARE explained_at (bigint, date) AS SELECT DISTINCT raw FROM segment.explain('care', $1, $2);
SELECT results_eq($$EXECUTE explained_at(3, '2024-01-31')$$, ARRAY['Best'], 'typed parameters');

-- definitions change under a session that keeps plans: of each scheme, the first plan is made while the source is there
SELECT segment.create_scheme(n, objective => 'Test', population => 'explained') FROM unnest(ARRAY['first', 'second']) n \g /dev/null
SELECT segment.create_segment(n, 'Recent', 'days_since_last < 30') FROM unnest(ARRAY['first', 'second']) n \g /dev/null
SELECT segment.activate(n, backfill => false) FROM unnest(ARRAY['first', 'second']) n \g /dev/null
SELECT segment.create_source('visits', 'orders', customer => 'customer_id', occurred_at => 'day', population => 'explained') \g /dev/null
SELECT is(whole('first', 1), 'Recent Recent 2024-07-10 1 2024-07-10 2024-07-10', 'a source came');
SELECT segment.drop_source('visits', population => 'explained') \g /dev/null
SELECT is(whole('first', 1), 'Recent Recent 2024-07-10 1 2024-07-10 2024-07-10', 'and went');
BEGIN;
SELECT segment.create_source('undone', 'orders', customer => 'customer_id', occurred_at => 'day', population => 'explained') \g /dev/null
SELECT is(whole('second', 1), 'Recent Recent 2024-07-10 1 2024-07-10 2024-07-10', 'one is about to come');
ROLLBACK;
SELECT segment.create_source('done', 'orders', customer => 'customer_id', occurred_at => 'day', population => 'explained') \g /dev/null
SELECT is(whole('second', 1), 'Recent Recent 2024-07-10 1 2024-07-10 2024-07-10', 'and does not; another does');
SELECT segment.create_feature('unused', aggregate => 'count', source => 'buys', population => 'explained') \g /dev/null
SELECT segment.drop_feature('unused', population => 'explained') \g /dev/null
SELECT is(whole('care', 3, '2024-01-31'), 'Best Best 2023-12-31 1 2024-01-31 2024-07-10', 'past versions too');
SELECT segment.create_scheme('many' || i, objective => 'Test', population => 'explained') FROM generate_series(1, 18) i \g /dev/null
SELECT segment.create_segment('many' || i, 'Recent', 'days_since_last < 30 * ' || i) FROM generate_series(1, 18) i \g /dev/null
SELECT segment.activate('many' || i, backfill => false) FROM generate_series(1, 18) i \g /dev/null
SELECT results_eq($$SELECT DISTINCT i, e.raw FROM generate_series(1, 2) turn CROSS JOIN generate_series(1, 18) i CROSS JOIN segment.explain('many' || i, 2) e ORDER BY i$$,
    $$SELECT i, CASE WHEN 110 < 30 * i THEN 'Recent' ELSE 'Others' END FROM generate_series(1, 18) i$$, 'more plans than a session keeps');

-- errors
SELECT throws_ok($$SELECT * FROM segment.explain('care', 99)$$, '02000', 'population "explained" has no such customer');
SELECT is(hint_of($$SELECT * FROM segment.explain('care', 99)$$), 'A customer who came since the last refresh is known after CALL segment.refresh(''explained''); column "explained_id" of segment_data.explained_segment lists those there are.');
SELECT throws_ok($$SELECT * FROM segment.explain('care', 'x1')$$, '22P02', 'invalid input syntax for type bigint: "x1"');
SELECT is(hint_of($$SELECT * FROM segment.explain('care', 'x1')$$), 'Give a value of type bigint: column "explained_id" of segment_data.explained_segment lists the keys.');
SELECT throws_ok($$SELECT * FROM segment.explain('nonsense', 1)$$, '42704', 'scheme "nonsense" does not exist');
SELECT throws_ok($$SELECT * FROM segment.explain('care', NULL::bigint)$$, '22004', 'customer must not be null');
SELECT throws_ok($$SELECT * FROM segment.explain(NULL, 1)$$, '22004', 'scheme must not be null');
SELECT throws_ok($$SELECT * FROM segment.explain('care', 1, '2024-07-11')$$, '22023', 'population "explained" has been refreshed up to 2024-07-10, not to 2024-07-11');
SELECT throws_ok($$SELECT * FROM segment.explain('care', 1, 'infinity')$$, '22023', 'the day is infinite');
SELECT segment.retire('upon') \g /dev/null
SELECT throws_ok($$SELECT * FROM segment.explain('upon', 1)$$, '55000', 'scheme "upon" is retired');
SELECT is((SELECT value FROM segment.explain('upon', 1, '2024-07-09') WHERE condition IS NOT NULL), 'Best', 'its past is not');

-- access
CREATE ROLE explain_stranger;
GRANT USAGE ON SCHEMA segment, explain_shop TO explain_stranger;
CREATE FUNCTION as_stranger(statement text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN EXECUTE statement; END';
ALTER FUNCTION as_stranger OWNER TO explain_stranger;
SELECT throws_ok($$SELECT as_stranger('SELECT * FROM segment.explain(''care'', 1)')$$, '42501', 'permission denied for function explain');
GRANT EXECUTE ON FUNCTION segment.explain(text, anyelement, date) TO explain_stranger;
SELECT throws_ok($$SELECT as_stranger('SELECT * FROM segment.explain(''care'', 1)')$$, '42501', 'permission denied for population "explained"');
REVOKE EXECUTE ON FUNCTION segment.explain(text, anyelement, date) FROM explain_stranger;
DROP FUNCTION as_stranger;
REVOKE USAGE ON SCHEMA segment, explain_shop FROM explain_stranger;
DROP ROLE explain_stranger;
SELECT * FROM finish();
