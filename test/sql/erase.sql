\set ECHO none
-- Erasing a customer: nothing with its key stays, the receipt says so, scorecards go on counting, and nobody else is touched.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SET datestyle = 'ISO, YMD';
CREATE SCHEMA erase_shop;
SET search_path = erase_shop, public;
SELECT plan(62);

CREATE TABLE customers (id text PRIMARY KEY, region text, joined date);
CREATE TABLE orders (id int PRIMARY KEY, customer_id text, day date, total numeric(12, 2), channel text);
CREATE TABLE items (id int PRIMARY KEY, order_id int, cost int);
CREATE TABLE tickets (customer_id varchar(40), day date);
INSERT INTO customers SELECT 'c' || n, CASE WHEN n % 2 = 0 THEN 'north' ELSE 'south' END, '2024-01-15' FROM generate_series(1, 20) n;
INSERT INTO customers VALUES ('erase-me', 'north', '2024-01-10'), ('erase-me-too', 'south', '2024-02-10'), ('keep-me', 'south', '2024-02-10');
INSERT INTO orders SELECT n, 'c' || (n % 20 + 1), '2024-06-25'::date - n % 150, n % 90, 'web' FROM generate_series(1, 200) n;
INSERT INTO orders SELECT 1000 + n, 'erase-me', '2024-06-25'::date - n * 15, 60, 'shop' FROM generate_series(0, 9) n;
INSERT INTO orders VALUES (1101, 'erase-me-too', '2024-06-11', 500, 'web'), (1102, 'keep-me', '2024-06-11', 500, 'web');
INSERT INTO items SELECT n, n, n % 7 FROM generate_series(1, 200) n UNION ALL SELECT n, n, 3 FROM generate_series(1000, 1009) n;
INSERT INTO tickets SELECT customer_id, day FROM orders WHERE id % 10 = 0;
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON items (order_id);
CREATE INDEX ON tickets (customer_id);

-- every relation of ours that has the text anywhere, definitions and all
CREATE FUNCTION holding(needle text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE r regclass; n bigint;
BEGIN
    FOR r IN SELECT c.oid FROM pg_class c WHERE c.relkind IN ('r', 'm', 'p') AND c.relnamespace IN ('segment'::regnamespace, 'segment_data'::regnamespace) ORDER BY c.oid::regclass::text COLLATE "C"
    LOOP
        EXECUTE format('SELECT count(*) FROM %s x WHERE x::text LIKE %L', r, '%' || needle || '%') INTO n;
        IF n > 0 THEN RETURN NEXT r::text; END IF;
    END LOOP;
END $$;
SET check_function_bodies = off;
CREATE FUNCTION facts() RETURNS TABLE (what text) LANGUAGE sql AS $$
    SELECT concat_ws(' ', 'f', period_start, segment, source, dimension, measure, value) FROM segment_data.value_facts
    UNION ALL SELECT concat_ws(' ', 'b', period_start, segment, breakdown, source, dimension, measure, value) FROM segment_data.value_breakdown
    UNION ALL SELECT concat_ws(' ', 'm', period_start, from_segment, to_segment, cause, customers, value_before, value_after, lapsed, contraction, expansion, acquired) FROM segment_data.value_movement $$;
CREATE FUNCTION hint_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN hint;
END $$;

-- a scheme in force, one that was retired, one of rules by another; history, overrides, merges, quarantine, an unfinished backfill
SELECT segment.create_population('customer', 'customers', key => 'id', timezone => 'UTC', since => 'joined') \g /dev/null
SELECT segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}', dimension => 'channel') \g /dev/null
SELECT segment.create_source('items', 'items', parent => 'orders', parent_key => 'order_id', measures => '{"cogs": "cost"}') \g /dev/null
SELECT segment.create_source('tickets', 'tickets', customer => 'customer_id', occurred_at => 'day') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '60 days', absent => 0) \g /dev/null
SELECT segment.create_feature('region', attribute => 'region') \g /dev/null
SELECT segment.create_scheme('value', objective => 'Grow', default_segment => 'Small') \g /dev/null
SELECT segment.create_segment('value', 'Big', 'revenue > 150') \g /dev/null
SELECT segment.create_scheme('place', objective => 'Be near', default_segment => 'South') \g /dev/null
SELECT segment.create_segment('place', 'North', 'region = ''north''') \g /dev/null
CALL segment.refresh('customer', '2024-06-26');
SET client_min_messages = error;
SELECT segment.activate('value'), segment.activate('place') \g /dev/null
SET client_min_messages = warning;
SELECT segment.create_breakdown('region') \g /dev/null
CALL segment.refresh('customer', '2024-06-27');
SELECT segment.retire('place') \g /dev/null
SELECT segment.override('value', 'erase-me', 'Small', reason => 'a promise to erase-me') \g /dev/null
SELECT segment.merge_customer('erase-me', 'erase-me-too') \g /dev/null
CALL segment.refresh('customer', '2024-06-28');
INSERT INTO segment.quarantine (population_id, key, phase, source, sqlstate, message) VALUES (1, 'erase-me', 'ledger', 'orders', '22003', 'too large');
INSERT INTO segment.backfill_run (scheme_id, version, generation, since, until, step, done_key, total, started_by)
    SELECT scheme_id, 1, 0, '2024-01-31', '2024-02-29', '1 month', 'erase-me', 23, 'postgres' FROM segment.scheme WHERE name = 'value';
UPDATE orders SET total = 61 WHERE id = 1001;

-- another population, whose keys are numbers
CREATE TABLE staff (id int PRIMARY KEY);
INSERT INTO staff VALUES (1), (2);
SELECT segment.create_population('staff', 'staff', key => 'id', timezone => 'UTC') \g /dev/null
CALL segment.refresh('staff', '2024-06-28');
INSERT INTO segment.quarantine (population_id, key, phase, source, sqlstate, message) VALUES (2, '2', 'ledger', 'orders', '22003', 'too large');

-- the registry
SELECT set_eq($$SELECT holding('erase-me')$$, $$SELECT DISTINCT relation FROM segment.customer_relations('customer') r
    WHERE relation !~ '_log_[0-3]$' OR relation IN (SELECT holding('erase-me'))$$, 'whatever holds the key is on the list, and all on the list but empty logs do hold it');
SELECT set_eq($$SELECT relation::regclass::text, key_column FROM segment.customer_relations('staff') WHERE relation LIKE 'segment\_data.%'$$,
    $$SELECT c.oid::regclass::text, a.attname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
       WHERE c.relnamespace = 'segment_data'::regnamespace AND c.relkind = 'r' AND c.relname LIKE 'staff%' AND a.attnum = ANY (ARRAY[1, 2])
         AND a.atttypid = 'int'::regtype AND a.attname IN ('staff_id', 'key', 'duplicate', 'survivor')$$, 'every column of keys of a population is on the list');
SELECT set_eq($$SELECT relation, key_column FROM segment.customer_relations('customer') WHERE relation LIKE 'segment.%'$$,
    $$SELECT 'segment.' || c.relname, a.attname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
       WHERE c.relnamespace = 'segment'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND a.attname ~ '(^|_)(key|customer)$'
         AND (c.relname, a.attname) NOT IN (('source', 'parent_key'), ('source', 'customer'))$$, 'and of the tables for all populations');
SELECT throws_ok($$SELECT * FROM segment.customer_relations('nobody')$$, '42704', NULL);

-- who may, and from where
CREATE ROLE erase_stranger;
GRANT USAGE ON SCHEMA segment TO erase_stranger;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segment TO erase_stranger;
SET ROLE erase_stranger;
SELECT throws_ok($$SELECT * FROM segment.erase('erase-me', 'customer')$$, '42501', NULL);
SELECT throws_ok($$SELECT * FROM segment.customer_relations('customer')$$, '42501', NULL);
SELECT is_empty('SELECT * FROM segment.erased', 'a stranger sees no erasure');
RESET ROLE;
SELECT throws_ok($$SELECT * FROM segment.erase('x', 'nobody')$$, '42704', NULL);
SELECT throws_ok($$SELECT * FROM segment.erase('x', 'staff')$$, '22P02', NULL);
SELECT throws_ok($$SELECT * FROM segment.erase(NULL::text, 'customer')$$, '22004', 'customer must not be null');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT throws_ok($$SELECT * FROM segment.erase('erase-me', 'customer')$$, '25001', 'segment.erase() must see what a refresh that it waits for commits');
SELECT is(hint_of($$SELECT * FROM segment.erase('erase-me', 'customer')$$), 'Call it in a READ COMMITTED transaction.');
ROLLBACK;

-- somebody nobody knows
SELECT is_empty($$SELECT * FROM segment.erase('stranger', 'customer') WHERE rows > 0 OR remaining > 0$$, 'of whom there is nothing, nothing is deleted');
SELECT isnt_empty($$SELECT holding('erase-me')$$, 'and nobody else');

-- rows and customer in one transaction; asked for by the key that was merged
CREATE TABLE before AS SELECT * FROM segment.scorecard WHERE scheme = 'value';
CREATE TABLE others AS SELECT c.customer_id, c.value, c.value_since FROM segment_data.customer_segment c WHERE customer_id NOT IN ('erase-me', 'erase-me-too');
BEGIN;
DELETE FROM items WHERE order_id IN (SELECT id FROM orders WHERE customer_id IN ('erase-me', 'erase-me-too'));
DELETE FROM tickets WHERE customer_id IN ('erase-me', 'erase-me-too');
DELETE FROM orders WHERE customer_id IN ('erase-me', 'erase-me-too');
DELETE FROM customers WHERE id IN ('erase-me', 'erase-me-too');
CREATE TABLE receipt AS SELECT * FROM segment.erase('erase-me-too', 'customer');
COMMIT;
SELECT is_empty($$SELECT holding('erase-me')$$, 'no relation holds either key any more');
SELECT is_empty($$SELECT * FROM receipt WHERE remaining <> 0$$, 'nothing remains');
SELECT results_eq($$SELECT regexp_replace(relation, '_log_.', '_log') AS name, holds, sum(rows) FROM receipt WHERE relation LIKE 'segment%' GROUP BY 1, 2 ORDER BY regexp_replace(relation, '_log_.', '_log') COLLATE "C"$$, $$VALUES
    ('segment.backfill_run', 'how far a backfill has come', 1::numeric), ('segment.quarantine', 'quarantine', 1),
    ('segment_data.customer_alias', 'merges into another customer', 1), ('segment_data.customer_feature', 'features and attributes', 1),
    ('segment_data.customer_items_ledger', 'ledger of source items', 1),
    ('segment_data.customer_orders_ledger', 'ledger of source orders', 1), ('segment_data.customer_orders_log', 'changes of source orders', 1),
    ('segment_data.customer_override', 'overrides', 1), ('segment_data.customer_segment', 'segments', 1),
    ('segment_data.customer_tickets_ledger', 'ledger of source tickets', 1), ('segment_data.place_history', 'history of scheme place', 2),
    ('segment_data.place_transition', 'moves of scheme place', 2), ('segment_data.value_history', 'history of scheme value', 5),
    ('segment_data.value_transition', 'moves of scheme value', 6)$$, 'the receipt names what was deleted, relation by relation');
SELECT results_eq($$SELECT relation, holds, rows, remaining FROM receipt WHERE relation NOT LIKE 'segment%'$$, $$VALUES
    ('erase_shop.customers', 'customers', 0::bigint, 0::bigint), ('erase_shop.orders', 'rows of source orders', 0, 0),
    ('erase_shop.items', 'rows of source items', 0, 0), ('erase_shop.tickets', 'rows of source tickets', 0, 0)$$, 'and what the mapped relations still hold');
SELECT is((SELECT concat_ws(' ', population, erased_by, keys, rows, remaining) FROM segment.erased ORDER BY erased_at DESC LIMIT 1),
    (SELECT concat_ws(' ', 'customer', session_user, 2, sum(rows), 0) FROM receipt), 'how many keys and rows there were is kept, not whose');
SELECT is((SELECT done_key FROM segment.backfill_run), 'c9', 'a backfill goes on behind the customer before');
SELECT is((SELECT count(*) FROM segment.quarantine), 1::bigint, 'of another population nobody is touched');
SELECT is((SELECT customers FROM segment.population WHERE name = 'customer'), 21::bigint, 'one customer fewer');
SELECT is((SELECT customers FROM segment.population WHERE name = 'customer'), (SELECT count(*) FROM segment_data.customer_feature));
SELECT set_eq('SELECT customer_id, value, value_since FROM segment_data.customer_segment', 'TABLE others', 'nor is any other customer');

-- as one who never was
SELECT throws_ok($$SELECT segment.current('value', 'erase-me')$$, '02000', NULL);
SELECT throws_ok($$SELECT * FROM segment.explain('value', 'erase-me')$$, '02000', NULL);
SELECT is_empty($$SELECT * FROM segment.as_of('value', '2024-06-01') WHERE customer LIKE 'erase%'$$);
SELECT results_eq($$SELECT checked, mismatched FROM segment.verify('customer')$$, 'VALUES (21::bigint, 0::bigint)');

-- scorecards
CREATE TABLE followed AS SELECT * FROM facts();
SELECT segment.update_facts('value') \g /dev/null
SELECT set_eq('SELECT * FROM facts()', 'TABLE followed', 'open periods are what a full computation says');
SELECT is_empty($$SELECT * FROM segment.scorecard WHERE scheme = 'value' AND opening + acquired + moved_in - moved_out - removed <> closing$$, 'every row closes');
SELECT is_empty($$SELECT a.period_start, a.segment, a.closing, b.opening FROM segment.scorecard a JOIN segment.scorecard b USING (scheme, segment)
    WHERE scheme = 'value' AND b.period_start = (a.period_start + interval '1 month')::date AND a.closing <> b.opening$$, 'and opens with what the one before closed with');
SELECT results_eq($$SELECT sum(a.removed - b.removed), sum(a.opening - b.opening), sum(a.closing - b.closing), sum(a.revenue - b.revenue)
    FROM segment.scorecard a JOIN before b USING (scheme, period_start, segment) WHERE a.period_start = '2024-06-01'$$,
    $$VALUES (1::numeric, 0::numeric, -1::numeric, -620.00)$$, 'this month both are removed, and their money is gone');
SELECT is_empty($$SELECT a.* FROM (SELECT period_start, segment, opening, closing, revenue FROM segment.scorecard WHERE is_final AND scheme = 'value') a
    EXCEPT SELECT period_start, segment, opening, closing, revenue FROM before$$, 'final months are as they were');
SELECT is_empty('SELECT * FROM segment.stale_period', 'and not marked');
SELECT results_eq($$SELECT cause, customers FROM segment_data.value_movement WHERE period_start = '2024-06-01' AND to_segment = 'removed' ORDER BY 1$$,
    $$VALUES ('manual', 1::bigint), ('merge', 1)$$, 'who was erased did not leave by behaviour');
SELECT isnt_empty($$SELECT * FROM segment.reconcile(NULL, 'value') WHERE difference <> 0$$, 'they differ from the tables now');
SELECT is_empty($$SELECT * FROM segment.reconcile(NULL, 'value')
    WHERE difference <> 0 AND (reason = 'customers erased since it was final: segment.restate leaves them out: ' || difference) IS NOT TRUE$$, 'and reconcile() knows why');
SELECT cmp_ok(segment.restate('value', '2024-05-01', 'erased'), '>', 0::bigint, 'a final month that is restated');
SELECT results_eq($$SELECT sum(a.opening - b.opening), sum(a.acquired - b.acquired), sum(a.closing - b.closing), sum(a.revenue - b.revenue)
    FROM segment.scorecard a JOIN before b USING (scheme, period_start, segment) WHERE a.period_start = '2024-05-01'$$,
    $$VALUES (0::numeric, 0::numeric, 0::numeric, -120.00)$$, 'counts them still, without their money');
SELECT is_empty($$SELECT * FROM segment.reconcile('2024-05-01', 'value') WHERE difference <> 0$$, 'and agrees with the tables again');

-- the next refreshes have nothing to do, and go on so
CALL segment.refresh('customer', '2024-06-28');
SELECT is_empty($$SELECT * FROM segment_data.customer WHERE customer_id LIKE 'erase%'$$);
CALL segment.refresh('customer', '2024-07-05');
SELECT is_empty($$SELECT holding('erase-me')$$, 'nothing comes back with another day, month and rotation');
SELECT is_empty($$SELECT a.segment FROM segment.scorecard a JOIN segment.scorecard b USING (scheme, segment) WHERE scheme = 'value'
    AND a.period_start = '2024-06-01' AND b.period_start = '2024-07-01' AND a.closing <> b.opening$$, 'nor in the month after');

-- a month that became final afterwards owes no difference to the erasure
BEGIN;
UPDATE segment_data.value_facts SET value = value + 1 WHERE period_start = '2024-06-01' AND source = 'orders' AND measure = 'revenue' AND is_final;
SELECT results_eq($$SELECT reason FROM segment.reconcile('2024-06-01', 'value') WHERE source = 'orders' AND measure = 'revenue'$$,
    $$SELECT 'facts that were late before such periods were marked: segment.restate: ' || count(*) || '.00'
    FROM segment_data.value_facts WHERE period_start = '2024-06-01' AND source = 'orders' AND measure = 'revenue' AND is_final$$);
ROLLBACK;

-- rows that stay
SET client_min_messages = error;
SELECT results_eq($$SELECT relation, remaining FROM segment.erase('keep-me', 'customer') WHERE remaining > 0$$,
    $$VALUES ('erase_shop.customers', 1::bigint), ('erase_shop.orders', 1)$$, 'rows that stay are counted');
SET client_min_messages = warning;
SELECT is_empty($$SELECT * FROM segment_data.customer WHERE customer_id = 'keep-me'$$);
SELECT is(segment.current('value', 'keep-me'), 'Big', 'current() reads the tables');
SELECT results_eq($$SELECT mismatched FROM segment.verify('customer')$$, 'VALUES (0::bigint)', 'what has still to be read is no difference');
CALL segment.refresh('customer', '2024-07-05');
SELECT results_eq($$SELECT value, value_since FROM segment_data.customer WHERE customer_id = 'keep-me'$$, $$VALUES ('Big', '2024-07-05'::date)$$, 'the next refresh takes the customer up anew');
SELECT results_eq($$SELECT mismatched FROM segment.verify('customer')$$, 'VALUES (0::bigint)');

-- erased first, deleted then: the keys of what is deleted are logged until a refresh has read them
BEGIN;
SET LOCAL client_min_messages = error;
SELECT * FROM segment.erase('keep-me', 'customer') \g /dev/null
DELETE FROM orders WHERE customer_id = 'keep-me';
DELETE FROM customers WHERE id = 'keep-me';
COMMIT;
SELECT is_empty($$SELECT h FROM holding('keep-me') h WHERE h !~ '_log_[0-3]$'$$, 'in logs alone');
CALL segment.refresh('customer', '2024-07-05');
SELECT is_empty($$SELECT holding('keep-me')$$, 'and then nowhere');

-- an erasure that is rolled back leaves what was deleted to the next refresh
BEGIN;
DELETE FROM tickets WHERE customer_id = 'c1';
DELETE FROM orders WHERE customer_id = 'c1';
DELETE FROM customers WHERE id = 'c1';
SAVEPOINT s;
SAVEPOINT t;
SELECT * FROM segment.erase('c1', 'customer') \g /dev/null
RELEASE t;
ROLLBACK TO s;
COMMIT;
SELECT isnt_empty($$SELECT * FROM segment_data.customer WHERE customer_id = 'c1'$$, 'rolled back to a savepoint, it did not happen');
CALL segment.refresh('customer', '2024-07-05');
SELECT is_empty($$SELECT * FROM segment_data.customer WHERE customer_id = 'c1'$$, 'but what else the transaction did was not lost');
SELECT results_eq($$SELECT cause FROM segment_data.value_transition WHERE customer_id = 'c1' ORDER BY seq DESC LIMIT 1$$, $$VALUES ('data')$$);
BEGIN;
DELETE FROM tickets WHERE customer_id = 'c2';
DELETE FROM orders WHERE customer_id = 'c2';
DELETE FROM customers WHERE id = 'c2';
SAVEPOINT s;
SELECT * FROM segment.erase('c2', 'customer') \g /dev/null
RELEASE s;
COMMIT;
SELECT is_empty($$SELECT key FROM segment_data.customer_log_0 WHERE key = 'c2' UNION ALL SELECT key FROM segment_data.customer_log_1 WHERE key = 'c2'
    UNION ALL SELECT key FROM segment_data.customer_log_2 WHERE key = 'c2' UNION ALL SELECT key FROM segment_data.customer_log_3 WHERE key = 'c2'$$, 'in one that is released nothing of it is logged');

-- inserted again after it, in the same transaction
BEGIN;
DELETE FROM tickets WHERE customer_id = 'c3';
DELETE FROM orders WHERE customer_id = 'c3';
DELETE FROM customers WHERE id = 'c3';
SELECT * FROM segment.erase('c3', 'customer') \g /dev/null
INSERT INTO customers VALUES ('c3', 'north', '2024-07-05');
COMMIT;
CALL segment.refresh('customer', '2024-07-05');
SELECT results_eq($$SELECT value, entry_day FROM segment_data.customer_segment JOIN segment_data.customer_feature USING (customer_id) WHERE customer_id = 'c3'$$,
    $$VALUES ('Small', '2024-07-05'::date)$$, 'somebody new under the old key');
SELECT results_eq($$SELECT mismatched FROM segment.verify('customer')$$, 'VALUES (0::bigint)');

-- definitions changed and not yet refreshed: the next refresh computes the periods, though nothing else differs
SELECT segment.create_feature('orders', aggregate => 'count', source => 'orders', population => 'customer') \g /dev/null
BEGIN;
DELETE FROM items WHERE order_id IN (SELECT id FROM orders WHERE customer_id = 'c4');
DELETE FROM tickets WHERE customer_id = 'c4';
DELETE FROM orders WHERE customer_id = 'c4';
DELETE FROM customers WHERE id = 'c4';
SELECT * FROM segment.erase('c4', 'customer') \g /dev/null
COMMIT;
SELECT segment.drop_feature('orders', 'customer') \g /dev/null
CALL segment.refresh('customer', '2024-07-05');
CREATE TABLE refreshed AS SELECT * FROM facts();
SELECT segment.update_facts('value') \g /dev/null
SELECT set_eq('SELECT * FROM facts()', 'TABLE refreshed', 'facts are right after definitions had changed');

-- who does not consent has rows all the same
SET client_min_messages = error;
SELECT segment.alter_population('customer', consent => $$region <> 'north'$$) \g /dev/null
CALL segment.refresh('customer', '2024-07-05');
SELECT results_eq($$SELECT relation, remaining FROM segment.erase('c6', 'customer') WHERE remaining > 0 AND relation ~ 'customers$'$$,
    $$VALUES ('erase_shop.customers', 1::bigint)$$, 'who does not consent is not in the population, but in the table');
SELECT is_empty($$SELECT holding('(c6,') INTERSECT SELECT relation FROM segment.customer_relations('customer') WHERE relation !~ '_log_.$'$$, 'what was kept of before is erased');

-- mapped relations that are gone, one of them another's parent
DROP TABLE tickets, orders;
SET client_min_messages = error;
SELECT is((SELECT sum(rows) > 0 AND string_agg(relation, ' ') FILTER (WHERE rows = 0) = 'erase_shop.customers' FROM segment.erase('c5', 'customer')), true, 'mapped relations that are gone keep nobody from being erased');
SELECT * FROM finish();
DROP OWNED BY erase_stranger;
DROP ROLE erase_stranger;
