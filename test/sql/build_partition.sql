\set ECHO none
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(19);

-- More customers than are grouped at once, in memory that takes all their events.
CREATE SCHEMA partition_test;
SELECT setseed(0.71) \g /dev/null
CREATE TABLE partition_test.event AS
    SELECT i, CASE WHEN random() < 0.98 THEN (random() * 40000)::bigint * 3000000019 - 60000000000000 END AS customer,
           date '2020-01-01' + i / 100 + (random() * 3)::int AS day, (ARRAY['web', 'store', NULL])[1 + (random() * 2)::int] AS channel,
           random() < 0.9 AS purchase, round((random() * 300 - 50)::numeric, 2)::numeric(10, 2) AS revenue,
           (random() * 5)::int AS points
      FROM generate_series(1, 100000) AS i;
INSERT INTO partition_test.event
    SELECT i, (ARRAY[-9223372036854775808, 9223372036854775807, -1, 0])[1 + i % 4], '2021-01-01', 'web', true, 1, 2
      FROM generate_series(1, 40) AS i;

SET check_function_bodies = off;
CREATE FUNCTION partition_test.wrong() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM (
        (SELECT b.key::text, e.day, e.dimension, e.count, e.measures[1]::numeric, e.measures[2]::numeric
           FROM partition_test.built AS b, segment.entries(b.ledger) AS e
         EXCEPT ALL SELECT g.key::text, g.day, g.dimension, g.count, g.first, g.second FROM partition_test.grouped AS g)
        UNION ALL
        (SELECT g.key::text, g.day, g.dimension, g.count, g.first, g.second FROM partition_test.grouped AS g
         EXCEPT ALL SELECT b.key::text, e.day, e.dimension, e.count, e.measures[1]::numeric, e.measures[2]::numeric
           FROM partition_test.built AS b, segment.entries(b.ledger) AS e)) AS difference
$$;

SET maintenance_work_mem = '4MB';
CREATE TABLE partition_test.built (key bigint, ledger segment.ledger);
CREATE UNIQUE INDEX ON partition_test.built (key);
CREATE VIEW partition_test.grouped AS
    SELECT customer AS key, day, channel AS dimension, count(*) FILTER (WHERE purchase) AS count, sum(revenue) AS first, sum(points)::numeric AS second
      FROM partition_test.event GROUP BY customer, day, channel
    HAVING count(*) FILTER (WHERE purchase) <> 0 OR sum(revenue) <> 0 OR sum(points) <> 0;
\set build 'segment.build_ledgers(''partition_test.built'', ''SELECT customer, day, channel, purchase, revenue, points FROM partition_test.event'', ''{2, 0}'', dimension => true, purchase => true)'
SELECT is((b.rows, b.spilled, b.partitions > 1, b.inserted, b.updated, b.deleted),
          (100040::bigint, false, true, (SELECT count(DISTINCT customer) + 1 FROM partition_test.event), 0::bigint, 0::bigint),
          'events that fit the memory are partitioned in it') FROM :build AS b;
SELECT is(partition_test.wrong(), 0::bigint, 'two measures, dimension, purchase: entries equal GROUP BY');
SELECT is((SELECT count(*) FROM partition_test.built WHERE key IS NULL), 1::bigint, 'NULL is one key');
SELECT is((SELECT array_agg(segment.event_count(ledger) ORDER BY key) FROM partition_test.built
            WHERE key IN (-9223372036854775808, 9223372036854775807)), '{10,10}', 'the lowest key is not NULL, nor is the highest');
SELECT is((b.spilled, b.inserted, b.updated, b.deleted), (false, 0::bigint, 0::bigint, 0::bigint), 'a second build writes nothing') FROM :build AS b;

SELECT count(DISTINCT customer) AS changed FROM partition_test.event WHERE i % 500 = 0 AND customer IS NOT NULL \gset
UPDATE partition_test.event SET revenue = revenue + 1 WHERE i % 500 = 0 AND customer IS NOT NULL;
DELETE FROM partition_test.event WHERE customer = -9223372036854775808;
INSERT INTO partition_test.event (customer, day, purchase, revenue, points) SELECT 7 + i, '2024-01-01', true, i, 0 FROM generate_series(1, 30) AS i;
SELECT is((b.inserted, b.updated, b.deleted), (30::bigint, :changed::bigint, 1::bigint), 'writes exactly the differences') FROM :build AS b;
SELECT is(partition_test.wrong(), 0::bigint, 'and is right again');
SET maintenance_work_mem = '64MB';
SELECT is((b.spilled, b.partitions, b.inserted + b.updated + b.deleted), (false, 1, 0::bigint), 'grouped at once the ledgers are the same') FROM :build AS b;
SET maintenance_work_mem = '1MB';
SELECT is((b.spilled, b.inserted + b.updated + b.deleted), (true, 0::bigint), 'and so they are from files') FROM :build AS b;

-- Without a dimension: days in order, but for every 10th customer, and entries that cancel.
DROP TABLE partition_test.built;
DROP VIEW partition_test.grouped;
CREATE TABLE partition_test.ordered AS
    SELECT c AS customer, date '2010-01-01' + d / 2 * CASE WHEN c % 10 = 0 THEN -1 ELSE 1 END AS day, c % 3 <> 0 AS purchase,
           CASE d % 2 WHEN 0 THEN c ELSE -c END * 10::numeric ^ (c % 12) AS amount
      FROM generate_series(1, 10) AS d, generate_series(1, 9000) AS c ORDER BY d, c;
CREATE TABLE partition_test.built (key integer, ledger segment.ledger);
CREATE VIEW partition_test.grouped AS
    SELECT customer AS key, day, NULL::text AS dimension, count(*) FILTER (WHERE purchase) AS count, sum(amount) AS first, NULL::numeric AS second
      FROM partition_test.ordered GROUP BY customer, day HAVING count(*) FILTER (WHERE purchase) <> 0 OR sum(amount) <> 0;
SELECT is((b.partitions > 1, b.ledgers), (true, 9000::bigint), 'customers in order of time')
  FROM segment.build_ledgers('partition_test.built', 'SELECT customer, day, purchase, amount FROM partition_test.ordered', '{0}', purchase => true) AS b;
SELECT is(partition_test.wrong(), 0::bigint, 'numbers of all lengths, in order and not: entries equal GROUP BY');
SELECT ok((SELECT min(segment.active_days(ledger)) < 6 FROM partition_test.built), 'what cancelled has vanished');

-- Keys by reference: text, some longer than a block, uuid, and numeric, which is compared by its own functions.
CREATE TABLE partition_test.key AS
    SELECT customer, 'customer ' || customer || CASE WHEN customer % 4000 = 0 THEN repeat('long', 9000) ELSE '' END AS name,
           md5(customer::text)::uuid AS id, customer::numeric + 0.5 AS number, day, amount
      FROM partition_test.ordered WHERE purchase;
INSERT INTO partition_test.key SELECT NULL, NULL, NULL, NULL, '2020-01-01', 1 FROM generate_series(1, 100);
DROP TABLE partition_test.built;
DROP VIEW partition_test.grouped;
CREATE TABLE partition_test.built (key text, ledger segment.ledger);
CREATE VIEW partition_test.grouped AS
    SELECT name AS key, day, NULL::text AS dimension, count(*) AS count, NULL::numeric AS first, NULL::numeric AS second
      FROM partition_test.key GROUP BY name, day;
SELECT is((b.partitions > 1, b.ledgers), (true, 6001::bigint), 'text keys')
  FROM segment.build_ledgers('partition_test.built', 'SELECT name, day FROM partition_test.key') AS b;
SELECT is(partition_test.wrong(), 0::bigint, 'text keys: entries equal GROUP BY');

DROP TABLE partition_test.built;
DROP VIEW partition_test.grouped;
CREATE TABLE partition_test.built (key uuid, ledger segment.ledger);
CREATE VIEW partition_test.grouped AS
    SELECT id AS key, day, NULL::text AS dimension, count(*) AS count, NULL::numeric AS first, NULL::numeric AS second
      FROM partition_test.key GROUP BY id, day;
SELECT is((b.partitions > 1, b.ledgers), (true, 6001::bigint), 'uuid keys')
  FROM segment.build_ledgers('partition_test.built', 'SELECT id, day FROM partition_test.key') AS b;
SELECT is(partition_test.wrong(), 0::bigint, 'uuid keys: entries equal GROUP BY');

DROP TABLE partition_test.built;
DROP VIEW partition_test.grouped;
CREATE TABLE partition_test.built (key numeric, ledger segment.ledger);
CREATE VIEW partition_test.grouped AS
    SELECT number AS key, day, NULL::text AS dimension, count(*) AS count, NULL::numeric AS first, NULL::numeric AS second
      FROM partition_test.key GROUP BY number, day;
SELECT is((b.partitions > 1, b.ledgers), (true, 6001::bigint), 'numeric keys')
  FROM segment.build_ledgers('partition_test.built', 'SELECT number, day FROM partition_test.key') AS b;
SELECT is(partition_test.wrong(), 0::bigint, 'numeric keys: entries equal GROUP BY');
SET maintenance_work_mem = '64MB';
SELECT is((b.partitions, b.inserted + b.updated + b.deleted), (1, 0::bigint), 'numeric keys: partitions change nothing')
  FROM segment.build_ledgers('partition_test.built', 'SELECT number, day FROM partition_test.key') AS b;

DROP SCHEMA partition_test CASCADE;
SELECT * FROM finish();
