-- Copying customers: what is written equals what the owner sees, and only differences are written.
\set ECHO none
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
CREATE SCHEMA mc;
-- Only a refresh may write results, so the install script has no such function.
CREATE FUNCTION mc.copied(population text, OUT customers bigint, OUT without_key bigint, OUT inserted bigint, OUT updated bigint, OUT deleted bigint)
	AS '$libdir/segment', 'segment_copy_customers' LANGUAGE C STRICT;
CREATE FUNCTION mc.counts(population text) RETURNS text LANGUAGE sql AS
$$ SELECT concat_ws(' ', customers, without_key, inserted, updated, deleted) FROM mc.copied(population) $$;

CREATE TYPE mc.tier AS ENUM ('silver', 'gold');
CREATE DOMAIN mc.no AS int;
CREATE TABLE mc.customers (id int, region text, tier mc.tier, score numeric, scored_at timestamptz, joined timestamptz);
INSERT INTO mc.customers SELECT g, 'r' || g % 7, (ARRAY['silver', 'gold'])[1 + g % 2]::mc.tier, g / 8.0, timestamptz '2024-03-30 23:30 UTC' + g * interval '1 hour',
	timestamptz '2023-10-28 20:00 UTC' + g * interval '1 hour' FROM generate_series(1, 3000) g ORDER BY hashint4(g);
UPDATE mc.customers SET region = NULL, scored_at = NULL WHERE id % 11 = 0;

SELECT plan(40);
SELECT ok(segment.create_population('mc', 'mc.customers', 'id', timezone => 'Europe/Paris', since => 'joined') > 0, 'a population');
INSERT INTO segment.feature (population_id, name, kind, type, attribute)
	SELECT population_id, attribute, 'attribute', 'text', attribute FROM segment.population, unnest(ARRAY['region', 'tier']) AS a(attribute) WHERE population.name = 'mc';
INSERT INTO segment.feature (population_id, name, kind, type, attribute, dated_by, valid_for)
	SELECT population_id, 'score', 'attribute', 'numeric', 'score', 'scored_at', '90 days' FROM segment.population WHERE name = 'mc';
ALTER TABLE segment_data.mc_feature ADD region text, ADD tier text, ADD score numeric, ADD score_value numeric, ADD score_dated date;
CREATE VIEW mc.expected AS SELECT id, (joined AT TIME ZONE 'Europe/Paris')::date AS since, region, tier::text, score, (scored_at AT TIME ZONE 'Europe/Paris')::date AS dated FROM mc.customers WHERE id IS NOT NULL;
CREATE VIEW mc.stored AS SELECT mc_id, since, region, tier, score_value, score_dated FROM segment_data.mc_feature;
CREATE FUNCTION mc.differences() RETURNS bigint LANGUAGE sql AS
$$ SELECT count(*) FROM ((TABLE mc.expected EXCEPT TABLE mc.stored) UNION ALL (TABLE mc.stored EXCEPT TABLE mc.expected)) d $$;

SELECT is(mc.counts('mc'), '3000 0 3000 0 0', 'all customers are inserted');
SELECT is(mc.differences(), 0::bigint, 'with since and attributes as mapped, days in the population''s time zone');
SELECT is(count(*), 0::bigint, 'what is evaluated stays empty') FROM segment_data.mc_feature WHERE score IS NOT NULL OR as_of IS NOT NULL OR entry_day IS NOT NULL;
SELECT is(mc.counts('mc'), '3000 0 0 0 0', 'again: nothing is written');

UPDATE segment_data.mc_feature SET as_of = '2024-05-01', entry_day = '2024-01-01', score = 1;
UPDATE mc.customers SET region = 'moved' WHERE id <= 10;
UPDATE mc.customers SET score = NULL WHERE id = 11;
UPDATE mc.customers SET scored_at = scored_at + interval '2 days' WHERE id = 12;
UPDATE mc.customers SET joined = joined - interval '2 days' WHERE id = 13;
DELETE FROM mc.customers WHERE id BETWEEN 101 AND 120;
INSERT INTO mc.customers (id) VALUES (0), (-5), (5000), (NULL), (NULL);
CREATE TABLE mc.before AS SELECT mc_id, ctid AS place FROM segment_data.mc_feature;
SELECT is(mc.counts('mc'), '2983 2 3 13 20', 'exactly the differences are written; rows without a key are counted');
SELECT is(mc.differences(), 0::bigint, 'and then there are none');
SELECT is(count(*), 13::bigint, 'rows that are the same are not touched') FROM segment_data.mc_feature f JOIN mc.before b USING (mc_id) WHERE f.ctid <> b.place;
SELECT is(count(*), 2980::bigint, 'the other columns come along') FROM segment_data.mc_feature WHERE as_of = '2024-05-01' AND entry_day = '2024-01-01' AND score = 1;
SET enable_seqscan = off;
SELECT is(region, 'moved', 'the index finds an updated row') FROM segment_data.mc_feature WHERE mc_id = 7;
SELECT is(count(*), 1::bigint, '... a new one') FROM segment_data.mc_feature WHERE mc_id = 5000;
SELECT is(count(*), 0::bigint, '... and no deleted one') FROM segment_data.mc_feature WHERE mc_id = 110;
RESET enable_seqscan;

-- Memory is bounded: the same with a sort that spills.
SET maintenance_work_mem = '1MB';
UPDATE mc.customers SET region = repeat('long ', 100) WHERE id IS NOT NULL;
SELECT is(mc.counts('mc'), '2983 2 0 2983 0', 'spilling writes the same');
SELECT is(mc.differences(), 0::bigint, '... rows');
RESET maintenance_work_mem;

-- Errors leave nothing behind.
INSERT INTO mc.customers (id) VALUES (17);
DELETE FROM mc.customers WHERE id = 1;
SELECT throws_ok($$SELECT mc.counts('mc')$$, '23505', 'a key occurs more than once in population "mc"', 'a key that occurs twice is refused');
SELECT is(count(*), 1::bigint, '... and nothing is written') FROM segment_data.mc_feature WHERE mc_id = 1;
DELETE FROM mc.customers WHERE id = 17;
SELECT is(mc.counts('mc'), '2981 2 0 0 2', 'without it all is well');
TRUNCATE mc.customers;
SELECT is(mc.counts('mc'), '0 0 0 0 2981', 'no customers, no rows');
SELECT is(count(*), 0::bigint, '... at all') FROM segment_data.mc_feature;

-- Keys of other types; text in an order that is not the database's.
CREATE TABLE mc.texts (id text COLLATE "und-x-icu", note text);
INSERT INTO mc.texts SELECT x, x FROM unnest(ARRAY['b', 'B', 'a', 'A', 'ä', 'Ä', '', ' ', 'aa', 'a b', 'Z', 'z', repeat('y', 3000)]) x;
CREATE TABLE mc.uuids AS SELECT md5(g::text)::uuid AS id FROM generate_series(1, 500) g;
CREATE TABLE mc.bigs AS SELECT g * 10000000000 AS id FROM generate_series(-250, 249) g;
CREATE TABLE mc.numerics AS SELECT g / 10.0 AS id FROM generate_series(-250, 249) g;
CREATE TABLE mc.dates AS SELECT date '2000-01-01' + g AS id FROM generate_series(-250, 249) g;
CREATE TABLE mc.enums (id mc.tier);
INSERT INTO mc.enums VALUES ('gold'), ('silver');
CREATE TABLE mc.domains (id mc.no);
INSERT INTO mc.domains VALUES (3), (1), (2);
SELECT lives_ok(format('SELECT segment.create_population(%L, %L, %L)', 'mc_' || t, 'mc.' || t, 'id'), 'keys: ' || t)
  FROM unnest(ARRAY['texts', 'uuids', 'bigs', 'numerics', 'dates', 'enums', 'domains']) t;
SELECT is(string_agg(t || ': ' || mc.counts('mc_' || t), ', ' ORDER BY t COLLATE "C"),
	'bigs: 500 0 500 0 0, dates: 500 0 500 0 0, domains: 3 0 3 0 0, enums: 2 0 2 0 0, numerics: 500 0 500 0 0, texts: 13 0 13 0 0, uuids: 500 0 500 0 0', 'all are copied')
  FROM unnest(ARRAY['texts', 'uuids', 'bigs', 'numerics', 'dates', 'enums', 'domains']) t;
DELETE FROM mc.texts WHERE id = 'a'; INSERT INTO mc.texts VALUES ('c');
DELETE FROM mc.uuids WHERE id = md5('7')::uuid;
SELECT is(mc.counts('mc_texts'), '13 0 1 0 1', 'one text came, one went');
SELECT is(mc.counts('mc_uuids'), '499 0 0 0 1', 'one uuid went');
SELECT is(mc.counts('mc_enums'), '2 0 0 0 0', 'enums are the same');
SELECT is(string_agg(mc_texts_id, ',' ORDER BY mc_texts_id COLLATE "C"), (SELECT string_agg(id, ',' ORDER BY id COLLATE "C") COLLATE "default" FROM mc.texts), 'text by text') FROM segment_data.mc_texts_feature;

-- As whom: the owner, restricted, under row-level security.
CREATE ROLE mc_team NOLOGIN;
GRANT USAGE ON SCHEMA mc TO mc_team;
CREATE TABLE mc.seen_by (id int, who name);
CREATE FUNCTION mc.who() RETURNS name LANGUAGE sql AS 'SELECT current_user::name';
CREATE FUNCTION mc.escape() RETURNS name LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'CREATE TEMPORARY TABLE mc_escape (a int)'; RETURN 'escaped'; END $$;
CREATE TABLE mc.secret (id int PRIMARY KEY, mine boolean);
INSERT INTO mc.secret SELECT g, g % 2 = 0 FROM generate_series(1, 10) g;
ALTER TABLE mc.secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON mc.secret USING (mine);
GRANT SELECT ON mc.secret TO mc_team;
SELECT ok(segment.create_population('mc_secret', 'mc.secret', 'id', owner => 'mc_team') > 0, 'a table with row-level security');
SELECT is(mc.counts('mc_secret'), '5 0 5 0 0', 'the owner''s policies hold, though a superuser asks');
CREATE VIEW mc.who_view AS SELECT 1 AS id, mc.who() AS who;
ALTER VIEW mc.who_view OWNER TO mc_team;
SELECT ok(segment.create_population('mc_who', 'mc.who_view', 'id', owner => 'mc_team') > 0, 'a view that asks who reads it');
INSERT INTO segment.feature (population_id, name, kind, type, attribute) SELECT population_id, 'who', 'attribute', 'name', 'who' FROM segment.population WHERE name = 'mc_who';
ALTER TABLE segment_data.mc_who_feature ADD who name;
SELECT is(mc.counts('mc_who'), '1 0 1 0 0', 'it is read');
SELECT is(who, 'mc_team', '... by the owner') FROM segment_data.mc_who_feature;
CREATE OR REPLACE VIEW mc.who_view AS SELECT 1 AS id, mc.escape() AS who;
SELECT throws_ok($$SELECT mc.counts('mc_who')$$, '42501', 'cannot create temporary table within security-restricted operation', 'the operation is restricted');
SELECT is(current_user::text || ' ' || current_setting('search_path'), session_user::text || ' "$user", public', 'and the caller is who he was');

ALTER TABLE mc.bigs OWNER TO mc_team;
SELECT throws_ok($$SELECT mc.counts('mc_bigs')$$, '42501', 'relation "mc.bigs" does not belong to a superuser, but the population does', 'what was a superuser''s when mapped must still be one''s when read');

DROP FUNCTION mc.differences();
DROP VIEW mc.expected, mc.stored;
DELETE FROM segment.feature WHERE population_id IN (SELECT population_id FROM segment.population WHERE name LIKE 'mc%');
SELECT lives_ok($$SELECT segment.drop_population(name) FROM segment.population WHERE name ~ '^mc(_|$)'$$, 'all are dropped');
DROP SCHEMA mc CASCADE;
DROP ROLE mc_team;
SELECT * FROM finish();
