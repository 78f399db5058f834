-- check_sources(): every kind of problem is found, counted, and its remedy cures it.
\set ECHO none
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
CREATE SCHEMA mk;
CREATE FUNCTION mk.problems(subject text) RETURNS SETOF text LANGUAGE sql AS
$$ SELECT concat_ws(' | ', severity, problem, rows, remedy) FROM segment.check_sources('mk') WHERE source = subject $$;
CREATE ROLE mk_team NOLOGIN;
CREATE ROLE mk_stranger NOLOGIN;
GRANT USAGE ON SCHEMA mk, segment TO mk_team, mk_stranger;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segment TO mk_stranger;

CREATE TABLE mk.customers (id int PRIMARY KEY);
CREATE TABLE mk.orders (id int PRIMARY KEY, customer_id int, ordered_at timestamp, total numeric, weight float8);
CREATE TABLE mk.items (order_id int REFERENCES mk.orders, amount numeric(12,2));
CREATE TABLE mk.visits (customer_id int, day date) PARTITION BY RANGE (day);
CREATE TABLE mk.visits_2024 PARTITION OF mk.visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX ON mk.orders (customer_id);
CREATE INDEX ON mk.items (order_id);
CREATE INDEX ON mk.visits (customer_id);
INSERT INTO mk.customers SELECT generate_series(1, 10);
INSERT INTO mk.orders SELECT g, 1 + g % 10, timestamp '2024-01-01' + g * interval '1 hour', g / 4.0, g FROM generate_series(1, 100) g;
INSERT INTO mk.items SELECT id, 1 FROM mk.orders;
GRANT SELECT, TRIGGER ON ALL TABLES IN SCHEMA mk TO mk_team;

SELECT plan(33);
SELECT ok(segment.create_population('mk', 'mk.customers', 'id', owner => 'mk_team') > 0, 'a population');
SELECT ok(segment.create_source('mk_orders', 'mk.orders', 'customer_id', 'ordered_at', '{"revenue": "total", "weight": {"expression": "weight", "scale": 2}}', population => 'mk') > 0, 'a source');
SELECT ok(segment.create_source('mk_items', 'mk.items', parent => 'mk_orders', parent_key => 'order_id', measures => '{"amount": "amount"}', population => 'mk') > 0, 'a child');
SELECT ok(segment.create_source('mk_visits', 'mk.visits', 'customer_id', 'day', population => 'mk') > 0, 'a partitioned source');
SELECT is_empty($$SELECT * FROM segment.check_sources('mk')$$, 'all is fine: no rows');

-- Indexes; the remedy is run as it is given.
DROP INDEX mk.orders_customer_id_idx, mk.items_order_id_idx, mk.visits_customer_id_idx;
ALTER TABLE mk.items DROP CONSTRAINT items_order_id_fkey;
ALTER TABLE mk.orders DROP CONSTRAINT orders_pkey;
ALTER TABLE mk.customers DROP CONSTRAINT customers_pkey;
SELECT set_eq($$SELECT mk.problems('mk')$$, ARRAY['warning | no unique index on mk.customers (id): nothing keeps keys from occurring twice | CREATE UNIQUE INDEX CONCURRENTLY ON mk.customers (id);'], 'no unique key');
SELECT set_eq($$SELECT mk.problems('mk_orders')$$, ARRAY['warning | no index on mk.orders (customer_id): recomputing one customer reads the whole relation | CREATE INDEX CONCURRENTLY ON mk.orders (customer_id);'], 'no index on the customer');
SELECT set_eq($$SELECT mk.problems('mk_items')$$, ARRAY['warning | no index on mk.items (order_id): finding a parent''s rows reads the whole relation | CREATE INDEX CONCURRENTLY ON mk.items (order_id);',
	'warning | no unique index on mk.orders (id): finding a row''s parent reads the whole relation | CREATE UNIQUE INDEX CONCURRENTLY ON mk.orders (id);'], 'no index on either end of the parent key');
SELECT set_eq($$SELECT mk.problems('mk_visits')$$, ARRAY['warning | no index on mk.visits (customer_id): recomputing one customer reads the whole relation | CREATE INDEX ON mk.visits (customer_id);'], 'a partitioned table''s index is not made concurrently');
SELECT remedy FROM segment.check_sources('mk') \gexec
SELECT is_empty($$SELECT * FROM segment.check_sources('mk')$$, 'the remedies cure it');
CREATE INDEX partial ON mk.orders (customer_id) WHERE total > 5;
DROP INDEX mk.orders_customer_id_idx;
SELECT is(count(*), 1::bigint, 'a partial index does not help') FROM mk.problems('mk_orders');
CREATE INDEX ON mk.orders (customer_id, ordered_at);
SELECT is(count(*), 0::bigint, 'one on more columns does') FROM mk.problems('mk_orders');

-- Rows.
INSERT INTO mk.orders VALUES (101, NULL, '2024-02-01', 1, 1), (102, 99, '2024-02-01', 1, 1), (103, 98, '2024-02-01', 1, 1), (104, 1, NULL, 1, 1), (105, 1, 'infinity', 1, 1),
	(106, 1, '2024-02-01', 'NaN', 1), (107, 1, '2024-02-01', 0.12345, 'NaN'), (108, 1, '2024-02-01', 1e16, 'Infinity'), (109, 1, '2024-02-01', 1.50000, 0.123);
SELECT set_eq($$SELECT mk.problems('mk_orders')$$, ARRAY[
	'warning | rows have no customer, or a number that is no key: they count as unassigned | 1 | SELECT * FROM mk.orders WHERE customer_id IS NULL;',
	'warning | rows have a customer that is not in the population: they count as unassigned | 2 | SELECT * FROM mk.orders e WHERE NOT EXISTS (SELECT FROM mk.customers c WHERE c.id = e.customer_id);',
	'warning | rows have no time: they are in no ledger | 1 | SELECT * FROM mk.orders WHERE ordered_at IS NULL;',
	'error | rows have an infinite time: a build fails | 1 | SELECT * FROM mk.orders WHERE NOT isfinite(ordered_at);',
	'error | measure "revenue" is NaN or infinite: a build fails | 1 | Leave them out with segment.alter_source(…, filter => ''…'').',
	'error | measure "revenue" has more than 4 decimal digits: a build fails | 1 | Declare more digits, or round(total, 4), with segment.alter_source(''mk_orders'', measures => ''…'').',
	'error | measure "revenue" does not fit into 64 bits with 4 decimal digits: a build fails | 1 | Declare fewer decimal digits with segment.alter_source(…, measures => ''…'').',
	'error | measure "weight" is NaN or infinite: a build fails | 2 | Leave them out with segment.alter_source(…, filter => ''…'').'],
	'keys, times and measures, each counted');
SELECT lives_ok($$SELECT segment.alter_source('mk_orders', filter => 'id <= 100', population => 'mk')$$, 'a filter leaves them out');
SELECT is(count(*), 0::bigint, '... of the check as well') FROM mk.problems('mk_orders');
INSERT INTO mk.items VALUES (NULL, 1), (555, 1), (556, 1);
SELECT set_eq($$SELECT mk.problems('mk_items')$$, ARRAY['warning | rows have no row of "mk_orders" as parent: they are in no ledger | 3 | SELECT * FROM mk.items c WHERE NOT EXISTS (SELECT FROM mk.orders p WHERE p.id = c.order_id);'], 'orphans of the parent');
DELETE FROM mk.items WHERE order_id IS NULL OR order_id > 100;
DROP INDEX mk.customers_id_idx;
ALTER TABLE mk.customers ALTER id DROP NOT NULL;
INSERT INTO mk.customers VALUES (3), (4), (4), (NULL);
SELECT set_eq($$SELECT mk.problems('mk')$$, ARRAY['warning | no unique index on mk.customers (id): nothing keeps keys from occurring twice | CREATE UNIQUE INDEX CONCURRENTLY ON mk.customers (id);',
	'warning | rows have no key: they are not customers | 1 | SELECT * FROM mk.customers WHERE id IS NULL;',
	'error | keys occur more than once: a refresh fails | 2 | SELECT id, count(*) FROM mk.customers GROUP BY 1 HAVING count(*) > 1;'], 'customers without and with too many keys');
TRUNCATE mk.customers;
INSERT INTO mk.customers SELECT generate_series(1, 10);
CREATE UNIQUE INDEX ON mk.customers (id);

-- Privileges.
REVOKE TRIGGER ON mk.orders FROM mk_team;
SELECT set_eq($$SELECT mk.problems('mk_orders')$$, ARRAY['warning | role mk_team may not have changes of mk.orders captured | GRANT TRIGGER ON mk.orders TO mk_team;'], 'TRIGGER is missing');
REVOKE SELECT ON mk.orders FROM mk_team;
SELECT is(string_agg(p, '; '), 'error | role mk_team may not read mk.orders | GRANT SELECT ON mk.orders TO mk_team;; warning | role mk_team may not have changes of mk.orders captured | GRANT TRIGGER ON mk.orders TO mk_team;',
	'SELECT is missing') FROM mk.problems('mk_orders') p;
REVOKE USAGE ON SCHEMA mk FROM mk_team;
SELECT is(count(*), 4::bigint, 'USAGE is missing everywhere') FROM segment.check_sources('mk') WHERE remedy = 'GRANT USAGE ON SCHEMA mk TO mk_team;' AND severity = 'error';
SELECT DISTINCT remedy FROM segment.check_sources('mk') WHERE remedy ~ '^GRANT' \gexec
SELECT is_empty($$SELECT * FROM segment.check_sources('mk')$$, 'the grants cure it');

-- Relations that cannot be captured.
CREATE VIEW mk.view AS SELECT * FROM mk.orders;
GRANT SELECT ON mk.view TO mk_team;
SELECT ok(segment.create_source('mk_view', 'mk.view', 'customer_id', 'ordered_at', population => 'mk', filter => 'id <= 100') > 0, 'a view');
SELECT set_eq($$SELECT mk.problems('mk_view')$$, ARRAY['note | mk.view is a view: changes cannot be captured, every refresh reads all of it (full mode only) | Map the tables behind it to have changes captured.'], '... is read in full');
ALTER TABLE mk.visits ENABLE ROW LEVEL SECURITY;
SELECT alike(p, 'note | row-level security of mk.visits applies to role mk_team:%(full mode only) | ALTER ROLE mk_team BYPASSRLS;', '... as is a table with row-level security') FROM mk.problems('mk_visits') p;
ALTER TABLE mk.visits DISABLE ROW LEVEL SECURITY;
ALTER TABLE mk.items SET UNLOGGED;
SELECT set_eq($$SELECT mk.problems('mk_items')$$, ARRAY['note | mk.items is unlogged: a crash empties it | ALTER TABLE mk.items SET LOGGED;'], 'an unlogged table');

-- A foreign table: this very server's, so that no other is needed.
CREATE EXTENSION postgres_fdw;
CREATE SERVER mk_loopback FOREIGN DATA WRAPPER postgres_fdw;
DO $$ BEGIN EXECUTE format('ALTER SERVER mk_loopback OPTIONS (dbname %L, host %L, port %L)', current_database(), split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port')); END $$;
DO $$ BEGIN EXECUTE format('CREATE USER MAPPING FOR mk_team SERVER mk_loopback OPTIONS (user %L, password_required ''false'')', session_user); END $$;
CREATE FOREIGN TABLE mk.remote (id int, customer_id int, ordered_at timestamp) SERVER mk_loopback OPTIONS (schema_name 'mk', table_name 'orders');
GRANT SELECT, TRIGGER ON mk.remote TO mk_team;
SELECT ok(segment.create_source('mk_remote', 'mk.remote', 'customer_id', 'ordered_at', population => 'mk', filter => 'id <= 100') > 0, 'a foreign table');
SELECT set_eq($$SELECT mk.problems('mk_remote')$$, ARRAY['note | mk.remote is a foreign table: changes cannot be captured, every refresh reads all of it (full mode only) | Map the tables behind it to have changes captured.'], '... is read, in full');

-- What fails to be read, and what is gone.
CREATE OR REPLACE VIEW mk.view AS SELECT id, customer_id, ordered_at, total / (id - id) AS total, weight FROM mk.orders;
SELECT lives_ok($$SELECT segment.alter_source('mk_view', measures => '{"total": "total"}', population => 'mk')$$, 'a measure of a view that divides by zero');
SELECT is(count(*), 1::bigint, 'is reported, and the check goes on') FROM mk.problems('mk_view') p WHERE p = 'error | reading it fails: division by zero';
DROP VIEW mk.view;
SELECT set_eq($$SELECT mk.problems('mk_view')$$, ARRAY['error | the mapped relation is gone | SELECT segment.drop_source(''mk_view'', ''mk'');'], 'a dropped relation');

-- Who may ask.
SET ROLE mk_stranger;
SELECT throws_ok($$SELECT * FROM segment.check_sources('mk')$$, '42501', 'permission denied for population "mk"', 'a stranger may not ask');
SELECT is_empty($$SELECT * FROM segment.check_sources() WHERE source LIKE 'mk%'$$, '... and is told of his own alone');
RESET ROLE;
SELECT throws_ok($$SELECT * FROM segment.check_sources('nobody')$$, '42704', 'population "nobody" does not exist', 'unknown population');

SELECT segment.drop_source(s, 'mk') IS NULL FROM unnest(ARRAY['mk_view', 'mk_items', 'mk_orders', 'mk_visits', 'mk_remote']) s \g /dev/null
SELECT segment.drop_population('mk') \g /dev/null
DROP SCHEMA mk CASCADE;
DROP EXTENSION postgres_fdw CASCADE;
DROP OWNED BY mk_team, mk_stranger;
DROP ROLE mk_team, mk_stranger;
SELECT * FROM finish();
