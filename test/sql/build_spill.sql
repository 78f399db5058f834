\set ECHO none
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(15);

CREATE SCHEMA spill_test;
SELECT setseed(0.17) \g /dev/null
CREATE TABLE spill_test.event AS
    SELECT CASE WHEN random() < 0.98 THEN (random() * 30000)::int END AS customer, 'c' || (random() * 20000)::int AS name,
           date '2020-01-01' + (random() * 1000)::int AS day, (ARRAY['web', 'store', NULL])[1 + (random() * 2)::int] AS channel,
           round((random() * 300 - 50)::numeric, 2)::numeric(10, 2) AS revenue
      FROM generate_series(1, 150000);

SET check_function_bodies = off;
CREATE FUNCTION spill_test.wrong() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM (
        (SELECT l.key::text, l.ledger::text FROM spill_test.built AS l
         EXCEPT ALL SELECT g.key::text, g.ledger::text FROM spill_test.grouped AS g)
        UNION ALL
        (SELECT g.key::text, g.ledger::text FROM spill_test.grouped AS g
         EXCEPT ALL SELECT l.key::text, l.ledger::text FROM spill_test.built AS l)) AS difference
$$;

SET maintenance_work_mem = '1MB';
CREATE TABLE spill_test.built (key integer, ledger segment.ledger);
CREATE UNIQUE INDEX ON spill_test.built (key);
CREATE VIEW spill_test.grouped AS
    SELECT customer AS key, segment.ledger(day, channel, revenue) AS ledger FROM spill_test.event GROUP BY customer;
\set build 'segment.build_ledgers(''spill_test.built'', ''SELECT customer, day, channel, revenue FROM spill_test.event'', ''{2}'', dimension => true)'
SELECT is((b.rows, b.spilled, b.partitions > 4, b.updated, b.deleted), (150000::bigint, true, true, 0::bigint, 0::bigint), 'spills into partitions, and those into smaller ones')
  FROM :build AS b;
SELECT is(spill_test.wrong(), 0::bigint, 'and builds the same ledgers');
SELECT is((SELECT count(*) FROM spill_test.built WHERE key IS NULL), 1::bigint, 'NULL is one key');
SELECT is((b.spilled, b.inserted, b.updated, b.deleted), (true, 0::bigint, 0::bigint, 0::bigint), 'a second build writes nothing') FROM :build AS b;

SELECT count(DISTINCT customer) AS deleted FROM spill_test.event WHERE customer BETWEEN 101 AND 200 \gset
SELECT count(DISTINCT customer) AS updated FROM spill_test.event WHERE customer BETWEEN 1001 AND 1100 \gset
DELETE FROM spill_test.event WHERE customer BETWEEN 101 AND 200;
UPDATE spill_test.event SET revenue = revenue + 1 WHERE customer BETWEEN 1001 AND 1100;
INSERT INTO spill_test.event (customer, day, revenue) SELECT 50000 + i, '2024-01-01', i FROM generate_series(1, 70) AS i;
SELECT ok(:deleted > 90 AND :updated > 90, 'there is something to write');
SELECT is((b.spilled, b.inserted, b.updated, b.deleted), (true, 70::bigint, :updated::bigint, :deleted::bigint), 'writes exactly the differences') FROM :build AS b;
SELECT is(spill_test.wrong(), 0::bigint, 'and is right again');

SET maintenance_work_mem = '64MB';
SELECT is((b.spilled, b.partitions, b.inserted + b.updated + b.deleted), (false, 1, 0::bigint), 'ledgers do not depend on the memory') FROM :build AS b;
SET maintenance_work_mem = '1MB';

-- Keys by reference.
DROP TABLE spill_test.built;
DROP VIEW spill_test.grouped;
CREATE TABLE spill_test.built (key text, ledger segment.ledger);
CREATE VIEW spill_test.grouped AS SELECT name AS key, segment.ledger(day, revenue) AS ledger FROM spill_test.event GROUP BY name;
\set build 'segment.build_ledgers(''spill_test.built'', ''SELECT name, day, revenue FROM spill_test.event'', ''{2}'')'
SELECT is(b.spilled, true, 'text keys spill') FROM :build AS b;
SELECT is(spill_test.wrong(), 0::bigint, 'text keys: ledgers equal GROUP BY');
SELECT is((b.inserted, b.updated, b.deleted), (0::bigint, 0::bigint, 0::bigint), 'text keys: a second build writes nothing') FROM :build AS b;

-- One customer with everything: entries of a day are merged as they come, so nothing has to spill.
TRUNCATE spill_test.built;
DROP VIEW spill_test.grouped;
CREATE VIEW spill_test.grouped AS SELECT NULL::text AS key, segment.ledger(day, revenue) AS ledger FROM spill_test.event;
SELECT is((b.spilled, b.ledgers), (false, 1::bigint), 'one hot key needs no more memory than its ledger')
  FROM segment.build_ledgers('spill_test.built', 'SELECT NULL::text, day, revenue FROM spill_test.event', '{2}') AS b;
SELECT is(spill_test.wrong(), 0::bigint, 'one hot key: the ledger equals GROUP BY');

-- A build that is cancelled, reading or while it has spilled, leaves nothing.
SET statement_timeout = '300ms';
DO $do$
BEGIN
    PERFORM segment.build_ledgers('spill_test.built',
        'SELECT (a + b)::text, current_date FROM generate_series(1, 100000) AS a, generate_series(1, 100000) AS b');
EXCEPTION WHEN query_canceled THEN
    PERFORM set_config('spill_test.state', SQLSTATE, false);
END
$do$;
RESET statement_timeout;
SELECT is(current_setting('spill_test.state', true), '57014', 'a build can be cancelled');
SELECT is(spill_test.wrong(), 0::bigint, 'and then nothing has changed');

DROP SCHEMA spill_test CASCADE;
SELECT * FROM finish();
