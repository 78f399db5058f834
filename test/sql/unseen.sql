\set ECHO none
-- What changes how rows read while no row changes, and no trigger fires: a refresh notices all the same.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SELECT plan(14);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
CREATE SCHEMA unseen_shop;
SET search_path = unseen_shop, public;
SET segment.clock = '2024-06-10 10:00+00';

CREATE TYPE region AS ENUM ('north', 'south');
CREATE DOMAIN area AS region;
CREATE TABLE customers (id int PRIMARY KEY, area area);
INSERT INTO customers VALUES (1, 'north'), (2, 'south');
CREATE TABLE orders (customer_id int, at date, total int, sent region);
CREATE INDEX ON orders (customer_id);
INSERT INTO orders VALUES (1, '2024-06-01', 1, 'north'), (2, '2024-06-01', 2, 'south');
CREATE ROLE unseen_owner;
CREATE ROLE unseen_reader BYPASSRLS;
ALTER TABLE customers OWNER TO unseen_owner;
ALTER TABLE orders OWNER TO unseen_owner;
GRANT USAGE ON SCHEMA unseen_shop TO unseen_reader;
GRANT SELECT, TRIGGER ON customers, orders TO unseen_reader;
SELECT segment.create_population('p', 'customers', key => 'id', timezone => 'UTC', owner => 'unseen_reader') \g /dev/null
SELECT segment.create_source('o', 'orders', customer => 'customer_id', occurred_at => 'at', measures => '{"spent": "total"}', dimension => 'sent') \g /dev/null
SELECT segment.create_feature('area', attribute => 'area'), segment.create_feature('spent', aggregate => 'sum', source => 'o', measure => 'spent'),
       segment.create_feature('sent', aggregate => 'top_dimension', source => 'o') \g /dev/null
CREATE FUNCTION result() RETURNS SETOF text LANGUAGE sql AS $$ SELECT concat_ws(' ', p_id, area, sent, spent) FROM segment_data.p_feature ORDER BY p_id $$;
CREATE FUNCTION differ() RETURNS bigint LANGUAGE sql AS $$ SELECT mismatched FROM segment.verify('p') $$;
CALL segment.refresh('p');
SELECT results_eq('SELECT result()', ARRAY['1 north north 1', '2 south south 2'], 'at first');

-- labels of an enum
ALTER TYPE region RENAME VALUE 'north' TO 'northern';
CALL segment.refresh('p');
SELECT results_eq('SELECT result()', ARRAY['1 northern northern 1', '2 south south 2'], 'an enum''s label gets another name: attributes through a domain, dimensions');
SELECT is(differ(), 0::bigint, 'as recomputed');
ALTER TYPE region ADD VALUE 'east' BEFORE 'south';
INSERT INTO orders VALUES (2, '2024-06-02', 5, 'east'), (2, '2024-06-03', 1, 'east');
CALL segment.refresh('p');
SELECT results_eq('SELECT result()', ARRAY['1 northern northern 1', '2 south east 8'], 'a new label');
SELECT is(differ(), 0::bigint, 'as recomputed');

-- policies that come to apply though the table stays as it is
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY small ON orders TO unseen_reader USING (total < 3);
CALL segment.refresh('p');
SELECT results_eq('SELECT result()', ARRAY['1 northern northern 1', '2 south east 8'], 'a policy that does not apply');
SELECT is((SELECT captured FROM segment.capture_status('p') WHERE source = 'o'), true, 'does not keep changes from being captured');
ALTER ROLE unseen_reader NOBYPASSRLS;
CALL segment.refresh('p');
SELECT results_eq('SELECT result()', ARRAY['1 northern northern 1', '2 south east 3'], 'the owner comes to obey it');
SELECT is(differ(), 0::bigint, 'as recomputed');
ALTER POLICY small ON orders USING (total < 2);
CALL segment.refresh('p');
SELECT results_eq('SELECT result()', ARRAY['1 northern northern 1', '2 south east 1'], 'what it says is read every time');
GRANT unseen_owner TO unseen_reader;
CALL segment.refresh('p');
SELECT results_eq('SELECT result()', ARRAY['1 northern northern 1', '2 south east 8'], 'it has the rights of the table''s owner: none applies');
SELECT is(differ(), 0::bigint, 'as recomputed');
REVOKE unseen_owner FROM unseen_reader;
CALL segment.refresh('p');
SELECT results_eq('SELECT result()', ARRAY['1 northern northern 1', '2 south east 1'], 'and no longer');
SELECT is(differ(), 0::bigint, 'as recomputed');

DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
RESET search_path;
DROP SCHEMA unseen_shop CASCADE;
DROP OWNED BY unseen_owner, unseen_reader;
DROP ROLE unseen_owner, unseen_reader;
SELECT * FROM finish();
