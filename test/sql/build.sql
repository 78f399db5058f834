\set ECHO none
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(24);

CREATE SCHEMA build_test;
SELECT setseed(0.42) \g /dev/null
CREATE TABLE build_test.event AS
    SELECT e.customer AS k_int, e.customer::bigint * 1000000007 AS k_bigint, md5(e.customer::text)::uuid AS k_uuid,
           'customer ' || e.customer AS k_text, e.customer::numeric(20, 3) AS k_numeric,
           timestamptz '2021-10-25 00:00Z' + e.at * interval '190 days' AS at,
           (ARRAY['web', 'store', 'téléphone', NULL])[1 + (random() * 3)::int] AS channel,
           CASE WHEN random() < 0.95 THEN random() < 0.8 END AS purchase,
           CASE WHEN random() < 0.95 THEN round((random() * 300 - 50)::numeric, 2)::numeric(10, 2) END AS revenue,
           (random() * 100)::int AS points, round((random() * 10)::numeric, 1)::float8 AS weight
      FROM (SELECT CASE WHEN random() < 0.98 THEN (random() ^ 2 * 400)::int END AS customer, random() AS at
              FROM generate_series(1, 20000)) AS e;
INSERT INTO build_test.event SELECT k_int, k_bigint, k_uuid, k_text, k_numeric, NULL FROM build_test.event LIMIT 5;

-- Ledgers that are built and not what GROUP BY gives, or the other way round.
SET check_function_bodies = off;
CREATE FUNCTION build_test.wrong() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM (
        (SELECT l.key::text, l.ledger::text FROM build_test.built AS l
         EXCEPT ALL SELECT g.key::text, g.ledger::text FROM build_test.grouped AS g)
        UNION ALL
        (SELECT g.key::text, g.ledger::text FROM build_test.grouped AS g
         EXCEPT ALL SELECT l.key::text, l.ledger::text FROM build_test.built AS l)) AS difference
$$;

CREATE TABLE build_test.built (key integer, ledger segment.ledger);
CREATE UNIQUE INDEX ON build_test.built (key);
CREATE VIEW build_test.grouped AS
    SELECT k_int AS key, segment.ledger(at::date, revenue::numeric(10, 2)) AS ledger
      FROM (SELECT k_int, (at AT TIME ZONE 'UTC')::date AS at, coalesce(revenue, 0.00) AS revenue
              FROM build_test.event WHERE at IS NOT NULL) AS e GROUP BY k_int;
SELECT is((b.rows, b.undated, b.ledgers, b.inserted, b.updated, b.deleted, b.spilled, b.partitions),
          (20005::bigint, 5::bigint, 402::bigint, 402::bigint, 0::bigint, 0::bigint, false, 1), 'counts of a first build')
  FROM segment.build_ledgers('build_test.built', 'SELECT k_int, at, revenue FROM build_test.event', '{2}') AS b;
SELECT is(build_test.wrong(), 0::bigint, 'integer keys, one of them NULL: ledgers equal GROUP BY');
SELECT is((SELECT count(*) FROM build_test.built WHERE key IS NULL), 1::bigint, 'NULL is one key');
SET enable_seqscan = off;
SELECT is((SELECT count(*) FROM build_test.event AS e JOIN build_test.built AS b ON b.key = e.k_int WHERE e.k_int < 100),
          (SELECT count(*) FROM build_test.event WHERE k_int < 100), 'the index finds what was loaded in bulk');
RESET enable_seqscan;

-- Only differences are written.
CREATE TABLE build_test.before AS SELECT key, ctid AS place FROM build_test.built;
SELECT is((b.ledgers, b.inserted, b.updated, b.deleted), (402::bigint, 0::bigint, 0::bigint, 0::bigint), 'a second build writes nothing')
  FROM segment.build_ledgers('build_test.built', 'SELECT k_int, at, revenue FROM build_test.event', '{2}') AS b;
DELETE FROM build_test.event WHERE k_int IN (7, 8, 9);
UPDATE build_test.event SET revenue = revenue + 1 WHERE k_int IN (10, 11);
UPDATE build_test.event SET revenue = revenue + 1 WHERE k_int IS NULL;
INSERT INTO build_test.event (k_int, at, revenue) VALUES (100001, '2021-11-11', 5.00), (100002, '2021-11-11', NULL);
SELECT is((b.ledgers, b.inserted, b.updated, b.deleted), (401::bigint, 2::bigint, 3::bigint, 3::bigint), 'writes exactly the differences')
  FROM segment.build_ledgers('build_test.built', 'SELECT k_int, at, revenue FROM build_test.event', '{2}') AS b;
SELECT is(build_test.wrong(), 0::bigint, 'and is right again');
SELECT is((SELECT count(*) FROM build_test.built AS l JOIN build_test.before AS b USING (key) WHERE l.ctid <> b.place), 2::bigint,
          'untouched rows stay where they are');
BEGIN;
SELECT b.inserted FROM segment.build_ledgers('build_test.built', 'SELECT k_int + 1, at, revenue FROM build_test.event', '{2}') AS b \g /dev/null
SELECT is((b.ledgers, b.inserted, b.updated, b.deleted), (401::bigint, 0::bigint, 0::bigint, 0::bigint), 'a build sees an earlier one of its own transaction')
  FROM segment.build_ledgers('build_test.built', 'SELECT k_int + 1, at, revenue FROM build_test.event', '{2}') AS b;
ROLLBACK;
SELECT is(build_test.wrong(), 0::bigint, 'nothing is left of a build rolled back');

-- Other keys, a zone with clock changes, dimension, purchase, types of measures.
DROP TABLE build_test.built;
DROP VIEW build_test.grouped;
CREATE TABLE build_test.built (key bigint, ledger segment.ledger);
CREATE VIEW build_test.grouped AS
    SELECT k_bigint AS key, segment.ledger(day, channel, points) AS ledger
      FROM (SELECT *, (at AT TIME ZONE 'America/New_York')::date AS day FROM build_test.event) AS e
     WHERE at IS NOT NULL AND points IS NOT NULL GROUP BY k_bigint;
SELECT is((b.inserted, b.undated), (399::bigint, 0::bigint), 'a table without an index is loaded too')
  FROM segment.build_ledgers('build_test.built', 'SELECT k_bigint, at, channel, points FROM build_test.event WHERE points IS NOT NULL',
                             '{0}', dimension => true, timezone => 'America/New_York') AS b;
SELECT is(build_test.wrong(), 0::bigint, 'bigint keys, dimension, integer measure, a zone with clock changes');

DROP TABLE build_test.built;
DROP VIEW build_test.grouped;
CREATE TABLE build_test.built (key uuid PRIMARY KEY, ledger segment.ledger);
CREATE VIEW build_test.grouped AS
    SELECT k_uuid AS key, segment.ledger(day, amount, weight::numeric(4, 1)) AS ledger
      FROM (SELECT *, at::timestamp::date AS day, revenue AS amount FROM build_test.event) AS e
     WHERE at IS NOT NULL AND k_uuid IS NOT NULL AND revenue IS NOT NULL GROUP BY k_uuid;
SET TimeZone = 'UTC';
SELECT is((b.ledgers, b.undated), (398::bigint, 0::bigint), 'uuid keys')
  FROM segment.build_ledgers('build_test.built', 'SELECT k_uuid, at::timestamp, revenue, weight FROM build_test.event
                              WHERE k_uuid IS NOT NULL AND revenue IS NOT NULL', '{2, 1}') AS b;
SELECT is(build_test.wrong(), 0::bigint, 'timestamp without time zone, numeric and float measures');

DROP TABLE build_test.built;
DROP VIEW build_test.grouped;
CREATE TABLE build_test.built (key text PRIMARY KEY, ledger segment.ledger);
CREATE VIEW build_test.grouped AS SELECT k_text AS key, segment.ledger(day, channel) AS ledger
      FROM (SELECT *, (at AT TIME ZONE 'UTC')::date AS day FROM build_test.event) AS e
     WHERE at IS NOT NULL AND k_text IS NOT NULL GROUP BY k_text;
SELECT is((b.ledgers, b.undated), (398::bigint, 5::bigint), 'text keys, date, no measure')
  FROM segment.build_ledgers('build_test.built', 'SELECT k_text, at::date, channel FROM build_test.event WHERE k_text IS NOT NULL', dimension => true) AS b;
SELECT is(build_test.wrong(), 0::bigint, 'text keys: ledgers equal GROUP BY');

CREATE COLLATION build_test.caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE build_test.caseless_ledger (key text COLLATE build_test.caseless, ledger segment.ledger);
SELECT is(b.ledgers, 1::bigint, 'a nondeterministic collation of the ledger table decides what is equal')
  FROM segment.build_ledgers('build_test.caseless_ledger', $$VALUES ('ANN', date '2024-01-01'), ('ann', date '2024-01-02')$$) AS b;
CREATE TABLE build_test.numeric_ledger (key numeric, ledger segment.ledger);
SELECT is(b.ledgers, 2::bigint, 'numeric keys are equal by value')
  FROM segment.build_ledgers('build_test.numeric_ledger',
       $$VALUES (1.0, date '2024-01-01'), (1.00, date '2024-01-02'), (2, date '2024-01-02'), (3, NULL)$$) AS b;

-- Purchases count; everything adds its measures.
CREATE TABLE build_test.returns (key integer, ledger segment.ledger);
SELECT is(b.ledgers, 399::bigint, 'purchase')
  FROM segment.build_ledgers('build_test.returns', 'SELECT k_int, at, channel, purchase, revenue, points FROM build_test.event
       WHERE points IS NOT NULL', '{2, 3}', dimension => true, purchase => true) AS b;
SELECT is((SELECT count(*) FROM (
           (SELECT l.key, e.day, e.dimension, e.count, e.measures[1], e.measures[2] FROM build_test.returns AS l, segment.entries(l.ledger) AS e
            EXCEPT ALL
            SELECT k_int, (at AT TIME ZONE 'UTC')::date, channel, count(*) FILTER (WHERE purchase), coalesce(sum(revenue), 0), sum(points)
              FROM build_test.event WHERE points IS NOT NULL GROUP BY 1, 2, 3)) AS difference), 0::bigint,
          'a row that is no purchase counts 0 and adds its measures');
SELECT is((SELECT sum(e.count) FROM build_test.returns AS l, segment.entries(l.ledger) AS e),
          (SELECT count(*) FILTER (WHERE purchase)::numeric FROM build_test.event WHERE points IS NOT NULL), 'counts add up to the purchases');

-- The query runs restricted, and progress is visible while it does.
CREATE TABLE build_test.probe (key text, ledger segment.ledger);
SELECT segment.build_ledgers('build_test.probe', $$SELECT current_setting('search_path') || ' ' || current_setting('TimeZone'), date '2024-01-01'$$,
                             timezone => 'Asia/Tokyo') \g /dev/null
SELECT is((SELECT key FROM build_test.probe), 'pg_catalog, pg_temp Asia/Tokyo', 'settings are pinned');
SELECT segment.build_ledgers('build_test.probe', $$SELECT p.phase || ' ' || p.relation::text, date '2024-01-01'
    FROM segment.progress AS p WHERE p.pid = pg_backend_pid() AND p.datname = current_database()$$) \g /dev/null
SELECT is((SELECT key FROM build_test.probe), 'reading events build_test.probe', 'segment.progress shows the build');
SELECT is((SELECT count(*) FROM segment.progress), 0::bigint, 'and nothing after it');

DROP SCHEMA build_test CASCADE;
SELECT * FROM finish();
