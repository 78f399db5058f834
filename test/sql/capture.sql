\set ECHO none
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(88);

CREATE SCHEMA capture_test;
CREATE TYPE capture_test.channel AS ENUM ('web', 'store');
CREATE TABLE capture_test.customers (id int PRIMARY KEY, region text);
CREATE TABLE capture_test.orders (id bigint PRIMARY KEY,
    customer_id int REFERENCES capture_test.customers ON DELETE CASCADE ON UPDATE CASCADE,
    ordered_at date, total numeric(10, 2));
CREATE TABLE capture_test.items (id bigint, order_id bigint, day date, cost numeric(10, 2)) PARTITION BY RANGE (day);
CREATE TABLE capture_test.items_2020 PARTITION OF capture_test.items FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
-- A leaf whose columns have other numbers than its parent's.
CREATE TABLE capture_test.items_2021 (gone int, day date, id bigint, cost numeric(10, 2), order_id bigint);
ALTER TABLE capture_test.items_2021 DROP COLUMN gone;
ALTER TABLE capture_test.items ATTACH PARTITION capture_test.items_2021 FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
INSERT INTO capture_test.customers SELECT i, 'north' FROM generate_series(1, 20) AS i;

SELECT segment.create_population('capture', 'capture_test.customers', key => 'id', timezone => 'UTC') \g /dev/null
SELECT segment.create_source('orders', 'capture_test.orders', customer => 'customer_id', occurred_at => 'ordered_at',
                             measures => '{"revenue": "total"}', population => 'capture') \g /dev/null
SELECT segment.create_source('items', 'capture_test.items', parent => 'orders', parent_key => 'order_id',
                             measures => '{"cogs": "cost"}', population => 'capture') \g /dev/null

-- What the transactions since the last call changed in a source ('' for the population's own table).
CREATE TABLE capture_test.seen (last pg_snapshot);
INSERT INTO capture_test.seen VALUES (pg_current_snapshot());
SET check_function_bodies = off;
CREATE FUNCTION capture_test.changed(source text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(CASE WHEN everything THEN 'everything' ELSE coalesce(key, 'null') END, ' ' ORDER BY everything, key::text), '')
      FROM (SELECT last FROM capture_test.seen) AS s,
           LATERAL segment.changed_keys(s.last, nullif(source, ''), 'capture')
$$;
\set seen 'UPDATE capture_test.seen SET last = pg_current_snapshot();'

SELECT results_eq($$SELECT source, relation::text, captured, reason FROM segment.capture_status('capture')$$,
                  $$VALUES (NULL::text, 'capture_test.customers', true, NULL::text), ('orders', 'capture_test.orders', true, NULL),
                           ('items', 'capture_test.items', true, NULL)$$, 'tables are captured');
SELECT is(count(*), 12::bigint, 'four slots per mapped relation') FROM pg_class
 WHERE relnamespace = 'segment_data'::regnamespace AND relname ~ '^capture_.*log_[0-3]$' AND relpersistence = 'p' AND NOT relhasindex;
SELECT is(format_type(atttypid, atttypmod), 'bigint', 'a child''s log has the type of its reference')
  FROM pg_attribute WHERE attrelid = 'segment_data.capture_items_log_0'::regclass AND attname = 'key';
SELECT is(capture_test.changed('') || capture_test.changed('orders') || capture_test.changed('items'), '', 'rows of before are not logged');

-- INSERT, UPDATE, DELETE
INSERT INTO capture_test.orders VALUES (1, 1, '2020-05-01', 10), (2, 2, '2020-05-02', 20), (3, 2, '2020-05-03', 30), (4, NULL, '2020-05-04', 40);
SELECT is(capture_test.changed('orders'), '1 2 null', 'INSERT, each key once, NULL is a key');
SELECT is(capture_test.changed(''), '', 'foreign key checks change no customer');
:seen
SELECT is(capture_test.changed('orders'), '', 'what has been seen is not seen again');
UPDATE capture_test.orders SET total = 11 WHERE id = 1;
SELECT is(capture_test.changed('orders'), '1', 'UPDATE of a measure');
:seen
UPDATE capture_test.orders SET customer_id = 3 WHERE id = 1;
SELECT is(capture_test.changed('orders'), '1 3', 'UPDATE of the key logs the old and the new one');
:seen
UPDATE capture_test.orders SET customer_id = NULL WHERE id = 1;
SELECT is(capture_test.changed('orders'), '3 null', 'UPDATE of the key to NULL');
:seen
UPDATE capture_test.orders SET total = total;
SELECT is(capture_test.changed('orders'), '', 'an UPDATE that changes no byte is no change');
UPDATE capture_test.orders SET id = 30 WHERE id = 3;
SELECT is(capture_test.changed('orders'), '2', 'a parent whose own key changes names its customer, whose children moved');
:seen
DELETE FROM capture_test.orders WHERE id = 2;
SELECT is(capture_test.changed('orders'), '2', 'DELETE');
:seen
UPDATE capture_test.customers SET region = 'south' WHERE id = 7;
SELECT is(capture_test.changed(''), '7', 'an attribute of a customer');
:seen

-- Rollbacks
BEGIN; INSERT INTO capture_test.orders VALUES (10, 10, '2020-05-01', 10); ROLLBACK;
SELECT is(capture_test.changed('orders'), '', 'a rolled back transaction logs nothing');
BEGIN;
INSERT INTO capture_test.orders VALUES (10, 10, '2020-05-01', 10);
SAVEPOINT a;
INSERT INTO capture_test.orders VALUES (11, 11, '2020-05-01', 10);
ROLLBACK TO a;
INSERT INTO capture_test.orders VALUES (12, 12, '2020-05-01', 10);
SAVEPOINT b;
INSERT INTO capture_test.orders VALUES (13, 13, '2020-05-01', 10);
RELEASE b;
COMMIT;
SELECT ok(capture_test.changed('orders') ~ '^10 (11 )?12 13$', 'savepoints: at least the keys that were committed');
:seen
DO $$
BEGIN
    BEGIN
        INSERT INTO capture_test.orders VALUES (14, 14, '2020-05-01', 10);
        PERFORM 1 / 0;
    EXCEPTION WHEN division_by_zero THEN
        INSERT INTO capture_test.orders VALUES (15, 15, '2020-05-01', 10);
    END;
END $$;
SELECT ok(capture_test.changed('orders') ~ '^(14 )?15$', 'EXCEPTION block');
:seen
DO $$
BEGIN
    FOR i IN 16 .. 18 LOOP
        INSERT INTO capture_test.orders VALUES (i, i, '2020-05-01', 10);
        IF i = 17 THEN ROLLBACK; ELSE COMMIT; END IF;
    END LOOP;
END $$;
SELECT is(capture_test.changed('orders'), '16 18', 'COMMIT and ROLLBACK inside DO');
:seen
SELECT is(count(DISTINCT xid), count(*), 'one xid per transaction') FROM (SELECT xid FROM segment_data.capture_orders_log_0 UNION ALL
    SELECT xid FROM segment_data.capture_orders_log_1 UNION ALL SELECT xid FROM segment_data.capture_orders_log_2 UNION ALL
    SELECT xid FROM segment_data.capture_orders_log_3) AS log WHERE xid >= (SELECT pg_snapshot_xmin(last) FROM capture_test.seen);
BEGIN;
SAVEPOINT a;
INSERT INTO capture_test.orders VALUES (19, 19, '2020-05-01', 10);
RELEASE a;
SELECT pg_current_xact_id() AS xid, 'segment_data.capture_orders_log_' || ((pg_current_xact_id()::text::bigint >> 20) & 3) AS slot \gset
COMMIT;
SELECT is(key, 19, 'the slot and the xid are those of the top-level transaction') FROM :slot WHERE xid = :'xid';
:seen

-- COPY, ON CONFLICT, MERGE, cascades
COPY capture_test.orders FROM stdin WITH (FORMAT csv);
20,4,2020-06-01,1.5
21,5,2020-06-01,2.5
\.
SELECT is(capture_test.changed('orders'), '4 5', 'COPY');
:seen
INSERT INTO capture_test.orders VALUES (20, 6, '2020-06-02', 3), (22, 8, '2020-06-02', 3)
    ON CONFLICT (id) DO UPDATE SET customer_id = EXCLUDED.customer_id;
SELECT is(capture_test.changed('orders'), '4 6 8', 'ON CONFLICT DO UPDATE');
:seen
INSERT INTO capture_test.orders VALUES (20, 9, '2020-06-02', 3) ON CONFLICT DO NOTHING;
SELECT is(capture_test.changed('orders'), '', 'ON CONFLICT DO NOTHING');
MERGE INTO capture_test.orders AS o USING (VALUES (20, 9), (21, NULL), (23, 12)) AS n(id, customer) ON o.id = n.id
    WHEN MATCHED AND n.customer IS NULL THEN DELETE
    WHEN MATCHED THEN UPDATE SET customer_id = n.customer
    WHEN NOT MATCHED THEN INSERT VALUES (n.id, n.customer, '2020-06-03', 1);
SELECT is(capture_test.changed('orders'), '12 5 6 9', 'MERGE inserts, updates and deletes');
:seen
DELETE FROM capture_test.customers WHERE id = 9;
SELECT is(capture_test.changed('orders') || ' / ' || capture_test.changed(''), '9 / 9', 'ON DELETE CASCADE');
:seen
UPDATE capture_test.customers SET id = 108 WHERE id = 8;
SELECT is(capture_test.changed('orders') || ' / ' || capture_test.changed(''), '108 8 / 108 8', 'ON UPDATE CASCADE');
:seen

-- Deferred triggers write after the last statement.
CREATE FUNCTION capture_test.deferred() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO capture_test.orders VALUES (1000 + NEW.id, NEW.id, '2020-05-01', 10);
    RETURN NEW;
END $$;
CREATE CONSTRAINT TRIGGER deferred AFTER UPDATE ON capture_test.customers DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION capture_test.deferred();
UPDATE capture_test.customers SET region = 'west' WHERE id = 6;
SELECT is(capture_test.changed('orders') || ' / ' || capture_test.changed(''), '6 / 6', 'a deferred trigger''s rows');
DROP TRIGGER deferred ON capture_test.customers;
:seen

-- Partitions
INSERT INTO capture_test.items VALUES (1, 100, '2020-03-01', 1), (2, 200, '2021-03-01', 2);
SELECT is(capture_test.changed('items'), '100 200', 'rows routed to partitions');
:seen
INSERT INTO capture_test.items_2021 (id, order_id, day, cost) VALUES (3, 300, '2021-03-01', 2);
UPDATE capture_test.items_2020 SET cost = 5;
SELECT is(capture_test.changed('items'), '100 300', 'DML on partitions themselves, whatever their columns'' numbers');
:seen
UPDATE capture_test.items SET day = '2021-07-01', order_id = 101 WHERE id = 1;
SELECT is(capture_test.changed('items'), '100 101', 'a row that moves to another partition');
:seen
CREATE TABLE capture_test.items_2022 PARTITION OF capture_test.items FOR VALUES FROM ('2022-01-01') TO ('2023-01-01');
SELECT is((SELECT tgenabled FROM pg_trigger WHERE tgrelid = 'capture_test.items_2022'::regclass AND tgname = 'segment_capture'), 'A',
          'a new partition inherits the trigger and its state');
INSERT INTO capture_test.items VALUES (4, 400, '2022-03-01', 2);
SELECT is(capture_test.changed('items'), '400', 'rows of a new partition');
:seen
TRUNCATE capture_test.items_2020;
SELECT is(capture_test.changed('items'), 'everything', 'TRUNCATE of a partition');
:seen
TRUNCATE capture_test.items;
SELECT is(capture_test.changed('items'), 'everything', 'TRUNCATE of the parent');
:seen
TRUNCATE capture_test.orders;
SELECT is(capture_test.changed('orders') || ' / ' || capture_test.changed('items'), 'everything / ', 'TRUNCATE of a plain table');
:seen
BEGIN; TRUNCATE capture_test.items; ROLLBACK;
SELECT is(capture_test.changed('items'), '', 'a rolled back TRUNCATE');

-- Replication's role, and a transaction with very many keys
SET session_replication_role = replica;
INSERT INTO capture_test.orders VALUES (50, 1, '2020-05-01', 1);
RESET session_replication_role;
SELECT is(capture_test.changed('orders'), '1', 'session_replication_role = replica');
:seen
INSERT INTO capture_test.items SELECT i, i, '2020-02-02', 1 FROM generate_series(1, 100000) AS i;
SELECT is(count(*), 100000::bigint, '100,000 keys are logged one by one')
  FROM capture_test.seen, segment.changed_keys(last, 'items', 'capture');
:seen
INSERT INTO capture_test.items SELECT i, i, '2020-02-02', 1 FROM generate_series(1, 100001) AS i;
SELECT is(capture_test.changed('items'), 'everything', 'one more, and it is everything');
:seen
UPDATE capture_test.items SET cost = 2 WHERE order_id <= 100000;
SELECT is(count(*), 100000::bigint, 'old and new key are one') FROM capture_test.seen, segment.changed_keys(last, 'items', 'capture');
TRUNCATE capture_test.items;
:seen

-- Two sources on one relation; a relation that is both a population's and a source's
SELECT segment.create_source('visits', 'capture_test.orders', customer => 'id', occurred_at => 'ordered_at', population => 'capture') \g /dev/null
ALTER TABLE capture_test.customers ADD COLUMN born date;
SELECT segment.create_source('joined', 'capture_test.customers', customer => 'id', occurred_at => 'born', population => 'capture') \g /dev/null
INSERT INTO capture_test.orders VALUES (60, 2, '2020-05-01', 1);
UPDATE capture_test.customers SET born = '2020-01-01' WHERE id = 3;
SELECT is(capture_test.changed('orders') || ' / ' || capture_test.changed('visits'), '2 / 60', 'two sources of one relation, each its own key');
SELECT is(capture_test.changed('joined') || ' / ' || capture_test.changed(''), '3 / 3', 'a relation that is population and source');
SELECT is(count(*), 1::bigint, 'one trigger for both') FROM pg_trigger
 WHERE tgrelid = 'capture_test.orders'::regclass AND tgfoid = 'segment.capture()'::regprocedure;
SELECT segment.drop_source('visits', 'capture') \g /dev/null
SELECT segment.drop_source('joined', 'capture') \g /dev/null
:seen
INSERT INTO capture_test.orders VALUES (61, 4, '2020-05-01', 1);
SELECT is(capture_test.changed('orders'), '4', 'dropping one source leaves the other captured');
:seen

-- Key types: text that has to be toasted, enum, uuid
CREATE TABLE capture_test.people (id text PRIMARY KEY, kind capture_test.channel, code uuid, at date);
SELECT segment.create_population('people', 'capture_test.people', key => 'id', timezone => 'UTC') \g /dev/null
SELECT segment.create_source('by_kind', 'capture_test.people', customer => 'kind', occurred_at => 'at', population => 'people') \g /dev/null
INSERT INTO capture_test.people VALUES ('ann', 'web', '00000000-0000-0000-0000-000000000001', '2020-01-01'), ('bob', 'store', NULL, NULL),
    ('dupe', 'web', NULL, NULL), ('', 'web', NULL, NULL);
SELECT results_eq($$SELECT key FROM segment.changed_keys('1:1:', NULL, 'people')$$, $$VALUES (''), ('ann'), ('bob'), ('dupe')$$, 'text keys');
SELECT results_eq($$SELECT key FROM segment.changed_keys('1:1:', 'by_kind', 'people')$$, $$VALUES ('store'), ('web')$$, 'enums by their label');
SELECT lives_ok($$UPDATE capture_test.people SET id = (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 80) AS i) WHERE id = 'bob'$$,
                'a key that compresses badly');
SELECT is(max(length(key)), 2560, 'is logged whole') FROM segment.changed_keys('1:1:', NULL, 'people');
INSERT INTO capture_test.people SELECT lpad(i::text, 1000, 'x'), 'web', NULL, NULL FROM generate_series(1, 20000) AS i;
SELECT is(bool_or(everything), true, 'long keys: beyond 16 MB they are everything') FROM segment.changed_keys('1:1:', NULL, 'people');

-- A plain inheritance child has no clone of the trigger: it gets its own, a later one when repaired.
CREATE TABLE capture_test.leads (id int, at date);
CREATE TABLE capture_test.leads_old () INHERITS (capture_test.leads);
SELECT segment.create_source('leads', 'capture_test.leads', customer => 'id', occurred_at => 'at', population => 'capture') \g /dev/null
INSERT INTO capture_test.leads_old VALUES (17, '2020-01-01');
SELECT is(capture_test.changed('leads'), '17', 'rows of an inheritance child');
CREATE TABLE capture_test.leads_new () INHERITS (capture_test.leads);
SELECT is(captured, false, 'a new inheritance child is not captured') FROM segment.capture_status('capture') WHERE source = 'leads';
SELECT segment.repair_capture('capture') \g /dev/null
INSERT INTO capture_test.leads_new VALUES (18, '2020-01-01');
SELECT is(capture_test.changed('leads'), '17 18', 'until capture is repaired');
SELECT segment.drop_source('leads', 'capture') \g /dev/null

-- A user without any privilege of ours
CREATE ROLE capture_clerk;
GRANT USAGE ON SCHEMA capture_test TO capture_clerk;
GRANT INSERT, SELECT ON capture_test.orders TO capture_clerk;
CREATE SCHEMA capture_attack AUTHORIZATION capture_clerk;
SET ROLE capture_clerk;
SELECT lives_ok('INSERT INTO capture_test.orders VALUES (70, 11, ''2020-05-01'', 1)', 'a writer needs no privilege of ours');
RESET ROLE;
SELECT is(capture_test.changed('orders'), '11', 'and its changes are logged');
:seen

-- A table owner without any privilege of ours makes partitions.
CREATE TABLE capture_attack.tickets (customer_id int, at date) PARTITION BY RANGE (at);
SELECT segment.create_source('tickets', 'capture_attack.tickets', customer => 'customer_id', occurred_at => 'at', population => 'capture') \g /dev/null
ALTER TABLE capture_attack.tickets OWNER TO capture_clerk;
SET ROLE capture_clerk;
CREATE TABLE capture_attack.tickets_2020 PARTITION OF capture_attack.tickets FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE capture_attack.tickets_2021 (customer_id int, at date);
ALTER TABLE capture_attack.tickets ATTACH PARTITION capture_attack.tickets_2021 FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
INSERT INTO capture_attack.tickets VALUES (15, '2020-01-01'), (16, '2021-01-01');
RESET ROLE;
SELECT is(capture_test.changed('tickets'), '15 16', 'partitions made by an owner who has no privilege of ours are captured');
SELECT segment.drop_source('tickets', 'capture') \g /dev/null

-- The trigger function in the wrong hands (T11)
GRANT USAGE ON SCHEMA segment TO capture_clerk;
SET ROLE capture_clerk;
CREATE TABLE capture_attack.orders (customer_id int, n int);
CREATE TRIGGER a AFTER INSERT OR UPDATE OR DELETE ON capture_attack.orders FOR EACH ROW
    EXECUTE FUNCTION segment.capture('capture_test.orders', 'customer_id');
CREATE TRIGGER b BEFORE INSERT OR UPDATE OR DELETE ON capture_attack.orders FOR EACH ROW EXECUTE FUNCTION segment.capture();
CREATE TRIGGER c BEFORE INSERT ON capture_attack.orders FOR EACH STATEMENT EXECUTE FUNCTION segment.capture();
CREATE TRIGGER d AFTER TRUNCATE ON capture_attack.orders FOR EACH STATEMENT EXECUTE FUNCTION segment.capture_truncate('capture_test.orders');
SELECT lives_ok('INSERT INTO capture_attack.orders VALUES (13, 1), (14, 2)', 'on a relation that is not mapped');
UPDATE capture_attack.orders SET n = 5 WHERE customer_id = 13;
DELETE FROM capture_attack.orders WHERE customer_id = 14;
SELECT results_eq('SELECT customer_id, n FROM capture_attack.orders', 'VALUES (13, 5)', 'it changes no row, even as a BEFORE trigger');
TRUNCATE capture_attack.orders;
SELECT throws_ok('SELECT * FROM segment.changed_keys(''1:1:'', ''orders'', ''capture'')', '42501', NULL, 'the log is not for all to read');
SELECT throws_ok('SELECT segment.repair_capture(''capture'')', '42501', NULL, 'nor capture for all to repair');
RESET ROLE;
SELECT is(capture_test.changed('orders') || capture_test.changed('items') || capture_test.changed(''), '', 'and nothing was logged');

-- What no trigger sees
CREATE TABLE capture_test.print (name text PRIMARY KEY, value jsonb);
\set print 'INSERT INTO capture_test.print SELECT ''last'', segment.relation_fingerprint(''items'', ''capture'') ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value;'
\set differs 'value IS DISTINCT FROM segment.relation_fingerprint(''items'', ''capture'')'
:print
INSERT INTO capture_test.items VALUES (1, 1, '2020-01-01', 1);
SELECT is(:differs, false, 'rows alone leave the fingerprint as it is') FROM capture_test.print;
:print
BEGIN; ALTER TABLE capture_test.items DISABLE TRIGGER USER; ALTER TABLE capture_test.items ENABLE TRIGGER USER; COMMIT;
SELECT ok(:differs, 'DISABLE and ENABLE TRIGGER in one transaction changes it') FROM capture_test.print;
SELECT is(reason, 'the capture trigger of capture_test.items is missing, altered or not enabled always', 'and leaves changes not captured')
  FROM segment.capture_status('capture') WHERE source = 'items';
SELECT is(remedy, 'SELECT segment.repair_capture(''capture'');', 'as check_sources() says, with the remedy')
  FROM segment.check_sources('capture') WHERE source = 'items' AND problem ~ 'capture trigger';
SELECT segment.repair_capture('capture') \g /dev/null
SELECT is(captured, true, 'until it is repaired') FROM segment.capture_status('capture') WHERE source = 'items';
:print
\set change 'SELECT change, leaf::text FROM capture_test.print, segment.fingerprint_change(value, segment.relation_fingerprint(''items'', ''capture''))'
SELECT results_eq(:'change', $$VALUES ('same', NULL::text)$$, 'the same fingerprint');
CREATE TABLE capture_test.items_2023 PARTITION OF capture_test.items FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE capture_test.items_2024 PARTITION OF capture_test.items FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
SELECT results_eq(:'change', $$VALUES ('new leaves', 'capture_test.items_2023'), ('new leaves', 'capture_test.items_2024')$$, 'new leaves alone');
VACUUM FULL capture_test.items_2020;
SELECT results_eq(:'change', $$VALUES ('changed', NULL::text)$$, 'new leaves, and another rewritten: everyone');
:print
DROP TABLE capture_test.items_2023;
SELECT results_eq(:'change', $$VALUES ('changed', NULL::text)$$, 'a leaf that is gone: everyone');
:print
ALTER TABLE capture_test.items DETACH PARTITION capture_test.items_2021;
SELECT ok(:differs, 'DETACH changes it') FROM capture_test.print;
ALTER TABLE capture_test.items ATTACH PARTITION capture_test.items_2021 FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
SELECT ok(:differs, 'and so does ATTACH of the same partition') FROM capture_test.print;
:print
VACUUM FULL capture_test.items_2021;
SELECT ok(:differs, 'a rewrite changes it') FROM capture_test.print;
:print
ALTER TABLE capture_test.items ADD COLUMN unused text;
SELECT is(:differs, false, 'a column not in use leaves it') FROM capture_test.print;
ALTER TABLE capture_test.items ALTER COLUMN cost TYPE numeric(12, 2);
SELECT ok(:differs, 'a type changes it') FROM capture_test.print;
:print
:seen
ALTER TABLE capture_test.items ALTER COLUMN order_id TYPE int;
INSERT INTO capture_test.items VALUES (9, 900, '2020-01-01', 1);
SELECT is(capture_test.changed('items'), 'everything', 'a key of another type than the log''s');
ALTER TABLE capture_test.items RENAME COLUMN order_id TO order_no;
SELECT lives_ok($$INSERT INTO capture_test.items VALUES (10, 1000, '2020-01-01', 1)$$, 'a key column that is gone stops no writer');

-- Rotation
:seen
INSERT INTO segment.cursor SELECT population_id, NULL, last, '{}' FROM segment.population, capture_test.seen WHERE name = 'capture';
INSERT INTO capture_test.orders VALUES (80, 12, '2020-05-01', 1);
SELECT throws_ok('CALL segment.rotate_logs(''capture'')', '25001', NULL, 'rotation commits on its way');
CALL segment.rotate_logs('capture');
SELECT is(capture_test.changed('orders'), '12', 'rotation keeps what a cursor has not seen');
:seen
UPDATE segment.cursor SET last = (SELECT last FROM capture_test.seen) WHERE population_id = (SELECT population_id FROM segment.population WHERE name = 'capture');
CALL segment.rotate_logs('capture');
SELECT is(count(*), 0::bigint, 'and empties the log when all have') FROM segment.changed_keys('1:1:', 'orders', 'capture');
SELECT throws_ok('SELECT segment.changed_keys(NULL)', '22004', 'argument "last" is null', 'a snapshot has to be given');

-- Without rights, and on what is no table
CREATE VIEW capture_test.people_view AS SELECT * FROM capture_test.people;
SELECT segment.create_population('viewed', 'capture_test.people_view', key => 'id', timezone => 'UTC') \g /dev/null
SELECT is(reason, 'capture_test.people_view is no table', 'a view cannot be captured') FROM segment.capture_status('viewed');
GRANT SELECT ON capture_test.customers TO capture_clerk;
SELECT segment.create_population('clerk', 'capture_test.customers', key => 'id', timezone => 'UTC', owner => 'capture_clerk') \g /dev/null
SELECT is(reason, 'role capture_clerk lacks the TRIGGER privilege on capture_test.customers', 'without TRIGGER there is no capture')
  FROM segment.capture_status('clerk');
GRANT TRIGGER ON capture_test.customers TO capture_clerk;
SELECT segment.repair_capture('clerk') \g /dev/null
SELECT is(captured, true, 'until it is granted and repaired') FROM segment.capture_status('clerk');
ALTER TABLE capture_test.customers ENABLE ROW LEVEL SECURITY;
SELECT is(reason, 'row-level security of capture_test.customers applies to role capture_clerk', 'row-level security rules it out')
  FROM segment.capture_status('clerk');

-- Dropping
SELECT segment.drop_population('viewed'), segment.drop_population('clerk') \g /dev/null
SELECT segment.drop_source('by_kind', 'people'), segment.drop_population('people') \g /dev/null
SELECT is(count(*), 0::bigint, 'triggers go with the last mapping') FROM pg_trigger WHERE tgrelid = 'capture_test.people'::regclass AND tgname ~ 'segment';
SELECT segment.drop_source('items', 'capture'), segment.drop_source('orders', 'capture'), segment.drop_population('capture') \g /dev/null
SELECT is(count(*), 0::bigint, 'and so do the logs') FROM pg_class WHERE relname ~ '^(capture|people|viewed|clerk)_.*log_[0-3]$';
SELECT is(count(*), 0::bigint, 'of partitions too') FROM pg_trigger WHERE tgrelid::regclass::text ~ 'capture_test' AND tgname ~ 'segment';
SELECT lives_ok('INSERT INTO capture_test.orders VALUES (90, 12, ''2020-05-01'', 1)', 'the tables stay as they were');

DROP SCHEMA capture_test, capture_attack CASCADE;
DROP OWNED BY capture_clerk;
DROP ROLE capture_clerk;
SELECT * FROM finish();
