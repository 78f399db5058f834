\set ECHO none
-- Consent: who does not meet a population's condition is not in it, whichever way one comes or goes.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SET datestyle = 'ISO, YMD';
CREATE SCHEMA consent_shop;
SET search_path = consent_shop, public;
SET check_function_bodies = off;
SELECT plan(74);

CREATE TYPE channel AS ENUM ('post', 'mail');
CREATE DOMAIN answer AS boolean;
CREATE TABLE customers (id int PRIMARY KEY, marketing answer, by channel, place point, region text);
INSERT INTO customers SELECT n, CASE WHEN n % 10 = 0 THEN false WHEN n % 10 = 1 THEN NULL ELSE true END, 'mail', NULL, 'north' FROM generate_series(1, 30) n;
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, day date, total numeric(10, 2));
INSERT INTO orders SELECT n, 1 + n % 33, '2024-05-10'::date + n % 40, 10 FROM generate_series(1, 330) n;
CREATE INDEX ON orders (customer_id);
CREATE FUNCTION refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; hint text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE, message, hint);
END $$;
CREATE FUNCTION places(who int) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', (SELECT 'customer' FROM segment_data.person WHERE person_id = who), (SELECT 'features' FROM segment_data.person_feature WHERE person_id = who),
                     (SELECT 'segments' FROM segment_data.person_segment WHERE person_id = who), (SELECT 'history' FROM segment_data.spend_history WHERE person_id = who AND upper_inf(valid))) $$;
CREATE FUNCTION moves(who int) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', coalesce(from_segment, '-'), '->', coalesce(to_segment, '-'), day, cause) FROM segment_data.spend_transition WHERE person_id = who ORDER BY seq $$;
CREATE FUNCTION verdict() RETURNS text LANGUAGE sql AS $$ SELECT checked || ' ' || mismatched FROM segment.verify('person') $$;
-- of the open month, all segments together
CREATE FUNCTION fact(name text, which text DEFAULT 'spend') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE result bigint;
BEGIN
    EXECUTE format('SELECT coalesce(sum(value), 0) FROM segment_data.%I WHERE period_start = (SELECT max(period_start) FROM segment_data.%1$I) AND measure = %L', which || '_facts', name) INTO result;
    RETURN result;
END $$;
CREATE FUNCTION unassigned() RETURNS numeric LANGUAGE sql AS $$
    SELECT sum(value) FROM segment_data.spend_facts WHERE period_start = '2024-06-01' AND measure = 'revenue' AND segment = 'unassigned' $$;
CREATE FUNCTION strangers() RETURNS numeric LANGUAGE sql AS $$
    SELECT sum(total) FROM orders WHERE day BETWEEN '2024-06-01' AND '2024-06-20' AND customer_id NOT IN (SELECT person_id FROM segment_data.person) $$;
-- Nothing that a full computation would change, that a scorecard and the tables disagree on, or that verify() finds.
CREATE FUNCTION kept() RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text = ''; part text; name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['spend_facts', 'spend_movement', 'spend_breakdown', 'other_facts', 'other_movement', 'other_breakdown'] LOOP
        EXECUTE format($q$SELECT md5(string_agg(x, E'\n' ORDER BY x COLLATE "C")) FROM (SELECT (to_jsonb(t) - 'computed_at')::text AS x FROM segment_data.%I t) t$q$, name) INTO part;
        result = concat_ws(' ', result, part);
    END LOOP;
    RETURN result;
END $$;
CREATE FUNCTION wrong() RETURNS text LANGUAGE plpgsql AS $$
DECLARE before text = kept(); points bigint; mismatches bigint;
BEGIN
    PERFORM segment.update_facts(name, history_since) FROM segment.scheme WHERE name IN ('spend', 'other');
    SELECT count(*) INTO points FROM segment.reconcile() WHERE difference <> 0 OR reason IS NOT NULL;
    SELECT mismatched INTO mismatches FROM segment.verify('person');
    RETURN concat_ws(' ', nullif(before = kept(), true), nullif(points, 0), nullif(mismatches, 0));
END $$;

-- what is refused
SELECT is(refusal($$SELECT segment.create_population('person', 'customers', key => 'id', consent => $$ || quote_literal(consent) || ')'), refused, consent)
  FROM (VALUES ('nobody', '42703 | column "nobody" does not exist | Available names: id, marketing, by, region.'), ('region', '42804 | expression is of type text, but boolean is due | Write a condition, such as a comparison with a number or a text.'),
               ('place IS NOT NULL', '42703 | column "place" does not exist | Available names: id, marketing, by, region.'), ('(SELECT true)', '0A000 | a subquery is not allowed in an expression | Use columns, constants, operators, CASE and immutable built-in functions.'), ('random() > 0.5', '42P17 | function random() is volatile, not immutable | Only functions whose result depends on nothing but their arguments may be used.'), ('marketing; DROP TABLE customers', '42601 | syntax error at or near ";" | '), ('now() > ''2020-01-01''', '42P17 | function now() is stable, not immutable | The day is given by the refresh: use a feature such as days_since_last, or a window.')) v(consent, refused);

SELECT lives_ok($$SELECT segment.create_population('person', 'customers', key => 'id', timezone => 'UTC', consent => 'marketing AND by <> ''post''')$$, 'a domain and an enum');
SELECT is(consent || ' runs as ' || consent_sql, 'marketing AND by <> ''post'' runs as (marketing AND (by <> ''post''::text))', 'the condition is kept, and what it means') FROM segment.population;
SELECT segment.create_source('buys', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}') \g /dev/null
SELECT segment.create_feature('spent', aggregate => 'sum', source => 'buys', measure => 'revenue', absent => 0), segment.create_feature('region', attribute => 'region') \g /dev/null
SELECT segment.create_scheme(s, objective => 'Know the good ones', population => 'person', default_segment => 'Rest'), segment.create_segment(s, 'Big', 'spent >= 110 AND region = ''north''')
  FROM unnest(ARRAY['spend', 'other', 'last']) s \g /dev/null

-- who is in the population
CALL segment.refresh('person', as_of => '2024-06-20');
SELECT segment.activate('spend'), segment.activate('other', backfill => false) \g /dev/null
CALL segment.refresh('person', as_of => '2024-06-20');
SELECT is(count(*), 24::bigint, 'three who refused and three who were not asked are not in it') FROM segment_data.person;
SELECT is(customers, 24::bigint, 'nor counted') FROM segment.population;
SELECT is(places(n), wanted, format('customer %s', n)) FROM (VALUES (2, 'customer features segments history'), (10, ''), (11, '')) v(n, wanted);
SELECT is(unassigned(), strangers(), 'their events are unassigned');
SELECT is(wrong(), '', 'and all is as computed anew, to the cent');
SELECT results_eq($$SELECT severity, rows, problem, remedy FROM segment.check_sources('person') WHERE source = 'person' AND rows IS NOT NULL$$,
    $$VALUES ('note', 6::bigint, 'rows do not consent, or not that is known: they are not in the population', 'SELECT * FROM consent_shop.customers WHERE (marketing AND by <> ''post'') IS NOT TRUE;')$$, 'check_sources() counts them');
SELECT is(refusal($$SELECT segment.current('spend', 10)$$), '02000 | population "person" has no such customer | Who does not consent is not in the population. A customer who came since the last refresh is known after CALL segment.refresh(''person''); column "person_id" of segment_data.person_segment lists those there are.', 'current() says why');
SELECT is(refusal($$SELECT * FROM segment.explain('spend', 10)$$), refusal($$SELECT segment.current('spend', 10)$$), 'explain() says the same');
SELECT is(refusal($$SELECT segment.override('spend', 10, 'Big', reason => 'test')$$), refusal($$SELECT segment.current('spend', 10)$$), 'and override()');
SELECT ok(segment.population_query('person') LIKE '%c.consents', 'population_query() shows the condition');

-- opting out, by few changes
UPDATE customers SET marketing = false WHERE id = 2;
UPDATE customers SET marketing = NULL WHERE id = 3;
UPDATE customers SET by = 'post' WHERE id = 4;
SELECT is(refusal($$SELECT segment.current('spend', 2)$$), refusal($$SELECT segment.current('spend', 10)$$), 'current() knows at once');
SELECT is(verdict(), '31 0', 'verify() leaves out what no refresh has seen');
CALL segment.refresh('person', as_of => '2024-06-20');
SELECT is(customers, 3::bigint, 'three customers are looked at') FROM segment.refresh_log ORDER BY refresh_id DESC LIMIT 1;
SELECT is(places(n), '', format('customer %s has gone', n)) FROM generate_series(2, 4) n;
SELECT results_eq('SELECT moves(2)', ARRAY['- -> Rest 2024-05-31 data', 'Rest -> - 2024-06-20 data'], 'as one whose row has gone');
SELECT is(fact('removed'), 3::bigint, 'and is counted as such');
SELECT is(fact('opening') + fact('acquired') + fact('moved_in') - fact('moved_out') - fact('removed'), fact('closing'), 'so that the customers'' sums close');
SELECT is(wrong(), '', 'as computed anew');

-- and coming back
UPDATE customers SET marketing = true, by = 'mail' WHERE id IN (2, 10);
CALL segment.refresh('person', as_of => '2024-06-21');
SELECT is(places(2), 'customer features segments history', 'back again');
SELECT is(places(10), 'customer features segments history', 'and one who never was there');
SELECT results_eq('SELECT moves(2)', ARRAY['- -> Rest 2024-05-31 data', 'Rest -> - 2024-06-20 data', '- -> Rest 2024-06-21 data'], 'it enters anew');
SELECT is(wrong(), '', 'as computed anew');

-- customers that were merged
SELECT segment.merge_customer(2, 10), segment.merge_customer(5, 11) \g /dev/null
SELECT is(refusal($$SELECT segment.current('spend', 5)$$), refusal($$SELECT segment.current('spend', 12345)$$), 'one merged with another who was never asked does not consent');
CALL segment.refresh('person', as_of => '2024-06-21');
SELECT is(places(n), wanted, format('customer %s of a merge', n)) FROM (VALUES (2, 'customer features segments history'), (10, ''), (5, ''), (11, '')) v(n, wanted);
SELECT is(wrong(), '', 'as computed anew');
UPDATE customers SET marketing = false WHERE id = 10;
CALL segment.refresh('person', as_of => '2024-06-21');
SELECT is(places(2), '', 'what the duplicate''s row says holds for the survivor');
UPDATE customers SET marketing = true WHERE id = 11;
DELETE FROM customers WHERE id = 10;
CALL segment.refresh('person', as_of => '2024-06-21');
SELECT is(places(2) || ' ' || places(5), 'customer features segments history customer features segments history', 'rows that are not there do not count');
CALL segment.rebuild(population => 'person');
SELECT is(places(2) || ' ' || places(5), 'customer features segments history customer features segments history', 'a rebuild reads the same');
UPDATE customers SET marketing = NULL WHERE id = 11;
CALL segment.rebuild(population => 'person');
SELECT is(places(5), '', 'in full, too');
SELECT is(wrong(), '', 'as computed anew');

-- whatever else assigns
UPDATE customers SET marketing = false WHERE id = 12;
SELECT segment.activate('last', dry_run => true) \g /dev/null
SELECT is(places(12), 'customer features segments history', 'a dry run changes nothing');
SELECT segment.activate('last') \g /dev/null
SELECT is(places(12), '', 'an activation takes out who opted out since the last refresh');
SELECT is_empty('SELECT 1 FROM segment_data.last_history WHERE person_id = 12', 'and writes nothing of them');
SELECT is(customers, (SELECT count(*) FROM segment_data.person), 'they are counted no more') FROM segment.population;
SELECT is(wrong(), '', 'as computed anew');
BEGIN;
UPDATE customers SET marketing = false WHERE id = 13;
SELECT segment.recut('spend', 'in the same transaction') \g /dev/null
COMMIT;
SELECT is(places(13), '', 'an opt-out in the transaction that assigns');
SELECT is(wrong(), '', 'as computed anew');
UPDATE customers SET marketing = false WHERE id = 14;
CALL segment.backfill('other', since => '2024-05-31', until => '2024-06-10', step => '5 days');
SELECT is(places(14), '', 'a backfill');
SELECT is_empty($$SELECT 1 FROM segment_data.other_history WHERE person_id = 14 AND lower(valid) < '2024-06-10'$$, 'and writes no past of them');
CALL segment.refresh('person', as_of => '2024-06-21');
SELECT is(wrong(), '', 'as computed anew');

-- a transaction that has logged a change and is still open may be an opt-out
BEGIN;
UPDATE customers SET marketing = false WHERE id = 15;
PREPARE TRANSACTION 'consent_opt_out';
SET lock_timeout = '50ms';
CALL segment.refresh('person', as_of => '2024-06-21');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '55P03', 'which holds a refresh up');
RESET lock_timeout;
SELECT is(places(15), 'customer features segments history', 'and nothing has changed');
COMMIT PREPARED 'consent_opt_out';
CALL segment.refresh('person', as_of => '2024-06-21');
SELECT is(places(15), '', 'until it is settled');
SELECT is(current_setting('lock_timeout'), '0', 'the session''s settings are its own');

-- another condition
SELECT is(refusal($$SELECT segment.alter_population('person', consent => 'nobody')$$), '42703 | column "nobody" does not exist | Available names: id, marketing, by, region.', 'it is checked');
SELECT segment.alter_population('person', settle => '4 days') \g /dev/null
SELECT is(consent, 'marketing AND by <> ''post''', 'left alone when not given') FROM segment.population;
SELECT segment.alter_population('person', consent => 'marketing OR id = 21') \g /dev/null
CALL segment.refresh('person', as_of => '2024-06-21');
SELECT is(places(21), 'customer features segments history', 'by the new condition');
UPDATE customers SET marketing = true WHERE id = 31;
ALTER TABLE customers RENAME COLUMN marketing TO wants;
SELECT is(refusal($$SELECT segment.population_query('person')$$), '42703 | column "marketing" does not exist | Available names: id, wants, by, region.', 'a column that is gone');
SELECT matches(problem, 'reading it fails: column "marketing" does not exist', 'check_sources() tells') FROM segment.check_sources('person') WHERE source = 'person' AND severity = 'error';
\set VERBOSITY terse
CALL segment.refresh('person', as_of => '2024-06-21');
\set VERBOSITY default
SELECT is(places(21), 'customer features segments history', 'results are kept as they were');
SELECT segment.alter_population('person', consent => 'wants') \g /dev/null
CALL segment.refresh('person', as_of => '2024-06-21');
SELECT is(places(21), '', 'mapped anew');
SELECT segment.alter_population('person', consent => '') \g /dev/null
SELECT is(consent || consent_sql, NULL, 'an empty condition is none') FROM segment.population;
CALL segment.refresh('person', as_of => '2024-06-21');
SELECT is(count(*), (SELECT count(*) - 1 FROM customers), 'everyone but who was merged into another') FROM segment_data.person;
SELECT is(wrong(), '', 'as computed anew');

-- where changes are not captured
CREATE VIEW willing AS SELECT id::text AS key, wants, region FROM customers;
SELECT segment.create_population('visitor', 'willing', key => 'key', timezone => 'UTC', consent => 'wants') \g /dev/null
SELECT segment.create_feature('place', attribute => 'region', population => 'visitor'), segment.create_scheme('where', objective => 'Find them', population => 'visitor', default_segment => 'Here'), segment.create_segment('where', 'North', 'place = ''north''') \g /dev/null
CALL segment.refresh('visitor', as_of => '2024-06-20');
SELECT segment.activate('where', backfill => false) \g /dev/null
SELECT is(count(*), (SELECT count(*) FROM customers WHERE wants), 'a view with a key of text') FROM segment_data.visitor;
UPDATE customers SET wants = false WHERE id = 16;
SELECT segment.recut('where') \g /dev/null
SELECT is_empty($$SELECT 1 FROM segment_data.visitor WHERE visitor_id = '16'$$, 'an opt-out found by reading everyone''s consent');
UPDATE customers SET wants = true WHERE id = 16;
CALL segment.refresh('visitor', as_of => '2024-06-20');
SELECT is(count(*), 1::bigint, 'and back again') FROM segment_data.visitor WHERE visitor_id = '16';
SELECT lives_ok($$SELECT segment.create_population('all', 'customers', key => 'id', consent => 'true')$$, 'a condition without a column');

SELECT * FROM finish();
DROP SCHEMA consent_shop CASCADE;
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
