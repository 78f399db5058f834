\set ECHO none
-- Facts and scorecards of a random shop, against plain SQL over its tables.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
-- A database of its own: segment.scorecard is about all schemes.
SELECT current_database() AS home \gset
CREATE DATABASE facts_scorecard;
\connect facts_scorecard
SET client_min_messages = warning;
CREATE EXTENSION pgtap;
CREATE EXTENSION segment;
CREATE SCHEMA facts_shop;
SET search_path = facts_shop, public;
SELECT plan(48);

/*
 * The shop: 400 customers, 30 of them gone, 40 without an order, orders with returns, some without a customer, some of strangers.
 * The scheme's history begins on 2023-08-31; today is 2024-03-20.
 */
SELECT setseed(0.5) \g /dev/null
CREATE TABLE customers AS
SELECT id, CASE WHEN id BETWEEN 371 AND 385 THEN '2023-09-01' ELSE '2023-06-01' END::date + (random() * CASE WHEN id > 370 THEN 40 ELSE 290 END)::int AS since, id > 370 AS gone FROM generate_series(1, 400) id;
CREATE TABLE orders AS
SELECT o AS id, CASE WHEN o % 50 = 0 THEN NULL WHEN o % 49 = 0 THEN 1000 + o % 7 ELSE c.id END AS customer_id, d.day, c.since,
       (ARRAY['web', 'shop', NULL])[1 + (random() * 2)::int] AS channel, round((random() * 200 - 40)::numeric, 2) AS total
  FROM generate_series(1, 6000) o
  JOIN customers c ON c.id = CASE WHEN o % 10 = 3 THEN 371 + o % 29 ELSE 1 + (o * 7919) % 330 END
 CROSS JOIN LATERAL (SELECT c.since + (('2024-04-10'::date - c.since) * random())::int AS day) d;
CREATE TABLE items AS
SELECT o.customer_id, o.day, round((random() * 9)::numeric, 4) AS cogs, 1 AS opening FROM orders o WHERE o.day >= '2023-10-05';

INSERT INTO segment.population (population_id, name, relation, key_column, key_name, key_type, timezone, settle, anchor, as_of)
VALUES (9001, 'facts customer', 'customers', 'id', 'Customer Id', 'int', 'UTC', '3 days', 'customers', '2024-03-20');
INSERT INTO segment.source (source_id, population_id, name, relation, customer, occurred_at, dimension_sql)
VALUES (9001, 9001, 'orders', 'orders', 'customer_id', 'day', 'channel'), (9002, 9001, 'items', 'items', 'customer_id', 'day', NULL);
INSERT INTO segment.measure VALUES (9001, 1, 'revenue', 'total', 'total', 2), (9002, 1, 'cogs', 'cogs', 'cogs', 4), (9002, 2, 'opening', 'opening', 'opening', 0);
INSERT INTO segment.scheme (scheme_id, population_id, name, objective, default_segment, state, version)
VALUES (9001, 9001, 'Facts value', 'Grow', 'rest', 'active', 2);
INSERT INTO segment.scheme_version (scheme_id, version, as_of, default_segment, min_dwell)
VALUES (9001, 1, '2024-01-01', 'rest', '0'), (9001, 2, '2024-02-01', 'rest', '0');
INSERT INTO segment.version_segment (scheme_id, version, name, priority, rule, rule_sql, owner)
VALUES (9001, 1, 'bronze', 1, 'true', 'true', 'bea'), (9001, 1, 'gold', 2, 'true', 'true', 'gus'),
       (9001, 2, 'gold', 1, 'true', 'true', 'gina'), (9001, 2, 'silver', 2, 'true', 'true', NULL);
INSERT INTO segment.segment_owner (scheme_id, segment, since, owner) VALUES (9001, 'gold', '2023-08-31', 'gus'), (9001, 'gold', '2024-02-29', 'gina');

CREATE TABLE segment_data."facts customer_feature" AS
SELECT id AS "Customer Id", '2024-03-20'::date AS as_of, since,
       CASE WHEN id BETWEEN 361 AND 365 THEN NULL ELSE since END AS entry_day FROM customers WHERE NOT gone;
-- month by month a segment; bronze only until the new year, 'rest' a member of every version
CREATE TABLE segment_data."Facts value_history" AS
WITH steps AS (
    SELECT c.id, c.gone, d::date AS day, (ARRAY['gold', 'silver', 'rest', CASE WHEN d < '2024-01-01' THEN 'bronze' ELSE 'gold' END])[1 + (random() * 3)::int] AS segment
      FROM customers c CROSS JOIN LATERAL generate_series(greatest('2023-08-31', c.since), CASE WHEN c.gone THEN '2023-10-15'::date + c.id % 100 ELSE '2024-03-20' END::timestamp, '13 days') d)
SELECT id AS "Customer Id", segment,
       daterange(day, coalesce(lead(day) OVER (PARTITION BY id ORDER BY day), CASE WHEN gone THEN day + 5 END)) AS valid,
       1 AS version, 'time'::text AS cause FROM steps;
CREATE PROCEDURE build_ledgers() LANGUAGE sql AS $$
    DROP TABLE IF EXISTS segment_data."facts customer_orders_ledger", segment_data."facts customer_items_ledger";
    CREATE TABLE segment_data."facts customer_orders_ledger" AS
    SELECT customer_id AS "Customer Id", segment.ledger(day, channel, total) AS ledger FROM facts_shop.orders GROUP BY 1;
    CREATE TABLE segment_data."facts customer_items_ledger" AS
    SELECT customer_id AS "Customer Id", segment.ledger(day, cogs, opening) AS ledger FROM facts_shop.items GROUP BY 1;
$$;
CALL build_ledgers();

UPDATE segment.scheme SET history_since = (SELECT min(lower(valid)) FROM segment_data."Facts value_history") WHERE name = 'Facts value';
SELECT lives_ok($$SELECT segment.update_facts('Facts value')$$, 'facts are computed');

-- shape
SELECT columns_are('segment', 'scorecard', ARRAY['scheme', 'segment', 'period_start', 'period_end', 'opening', 'acquired', 'moved_in',
    'moved_out', 'removed', 'closing', 'revenue', 'cogs', 'opening_sum', 'orders_events', 'items_events', 'share_of_customers',
    'share_of_revenue', 'owner', 'is_final', 'computed_at'], 'segment.scorecard has product''s columns');
SELECT is((SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'segment.scorecard'::regclass AND attnum > 0),
    'scheme segment period_start period_end opening acquired moved_in moved_out removed closing revenue cogs opening_sum orders_events '
    'items_events share_of_customers share_of_revenue owner is_final computed_at', 'in product''s order');
SELECT is((SELECT string_agg(DISTINCT to_char(period_start, 'YYYY-MM-DD') || to_char(period_end, '/YYYY-MM-DD/') || is_final, ' ') FROM segment.scorecard),
    '2023-08-01/2023-08-31/true 2023-09-01/2023-09-30/true 2023-10-01/2023-10-31/true 2023-11-01/2023-11-30/true '
    '2023-12-01/2023-12-31/true 2024-01-01/2024-01-31/true 2024-02-01/2024-02-29/true 2024-03-01/2024-03-31/false',
    'from the first month whose end has history to the open one');
SELECT results_eq($$SELECT segment FROM segment.scorecard WHERE period_start = '2023-12-01'$$,
    $$VALUES ('gold'), ('silver'), ('bronze'), ('rest'), ('new'), ('unassigned')$$, 'rows in order of priority, new and unassigned last');
SELECT results_eq($$SELECT segment FROM segment.scorecard WHERE period_start = '2024-03-01'$$,
    $$VALUES ('gold'), ('silver'), ('rest'), ('new'), ('unassigned')$$, 'a segment of old versions is a row only where it holds something');
SELECT results_eq($$SELECT segment, owner, min(period_start), max(period_start) FROM segment.scorecard WHERE owner IS NOT NULL GROUP BY 1, 2 ORDER BY 3$$,
    $$VALUES ('gold', 'gus', '2023-08-01'::date, '2024-01-01'::date), ('gold', 'gina', '2024-02-01', '2024-03-01')$$, 'owners are those of the last day of the period');
SELECT results_eq($$TABLE segment.scorecard$$, $$TABLE segment_data."Facts value_scorecard_wide"$$, 'the scheme''s own wide view says the same');

-- counts
SELECT is_empty($$SELECT * FROM segment.scorecard WHERE opening + acquired + moved_in - moved_out - removed IS DISTINCT FROM closing$$,
    'opening + acquired + moved_in - moved_out - removed = closing in every row');
SELECT is_empty($$SELECT * FROM segment.scorecard a JOIN segment.scorecard b ON b.segment = a.segment AND b.period_start = a.period_end + 1
                   WHERE b.opening <> a.closing$$, 'each closing is the next opening');
SELECT is_empty($$SELECT period_start FROM segment.scorecard GROUP BY 1 HAVING sum(moved_in) <> sum(moved_out)$$, 'who moves in moved out elsewhere');

CREATE VIEW months AS
SELECT m::date AS start, (m + '1 month'::interval)::date - 1 AS end, least((m + '1 month'::interval)::date - 1, '2024-03-20') AS close
  FROM generate_series('2023-08-01'::timestamp, '2024-03-01', '1 month') m;
-- where a customer stood, by the definition
CREATE FUNCTION stood(customer int, day date) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce((SELECT h.segment FROM segment_data."Facts value_history" h WHERE h."Customer Id" = customer AND h.valid @> day),
                    CASE WHEN day < '2023-08-31' THEN 'unassigned' END)
      FROM customers c WHERE c.id = customer AND c.since <= day AND (c.gone OR c.id NOT BETWEEN 361 AND 365)
      
$$;
CREATE TABLE standing AS
SELECT m.*, c.id, c.since, stood(c.id, m.start - 1) AS opening, stood(c.id, m.close) AS closing FROM months m, customers c;

SELECT set_eq($$SELECT period_start, segment, opening FROM segment.scorecard WHERE opening > 0$$,
    $$SELECT start, opening, count(*) FROM standing WHERE opening IS NOT NULL GROUP BY 1, 2$$, 'opening = plain SQL');
SELECT set_eq($$SELECT period_start, segment, closing FROM segment.scorecard WHERE closing > 0$$,
    $$SELECT start, closing, count(*) FROM standing WHERE closing IS NOT NULL GROUP BY 1, 2$$, 'closing = plain SQL');
SELECT set_eq($$SELECT period_start, segment, acquired FROM segment.scorecard WHERE acquired > 0$$,
    $$SELECT start, closing, count(*) FROM standing WHERE closing IS NOT NULL AND since BETWEEN start AND close GROUP BY 1, 2$$,
    'acquired = plain SQL: entry day inside the period, where it closes');
SELECT set_eq($$SELECT period_start, segment, moved_in FROM segment.scorecard WHERE moved_in > 0$$,
    $$SELECT start, closing, count(*) FROM standing WHERE closing <> opening GROUP BY 1, 2$$, 'moved_in = plain SQL');
SELECT set_eq($$SELECT period_start, segment, removed FROM segment.scorecard WHERE removed > 0$$,
    $$SELECT start, opening, count(*) FROM standing WHERE opening IS NOT NULL AND closing IS NULL GROUP BY 1, 2$$, 'removed = plain SQL');
SELECT ok((SELECT sum(removed) > 0 AND sum(acquired) > 0 AND sum(moved_in) > 0 FROM segment.scorecard), 'the shop has all of them');
SELECT ok((SELECT opening > 0 AND moved_out = opening FROM segment.scorecard WHERE segment = 'unassigned' AND period_start = '2023-08-01'),
    'who was there before any history opens the first period unassigned');

-- money
SELECT set_eq($$SELECT period_start, sum(revenue) AS revenue, sum(orders_events) AS events FROM segment.scorecard GROUP BY 1$$,
    $$SELECT start, sum(total) AS revenue, count(*) AS events FROM months JOIN orders ON day BETWEEN start AND close GROUP BY 1$$,
    'revenue and orders of all rows = the table, to the cent');
SELECT set_eq($$SELECT period_start, sum(cogs) AS cogs, sum(opening_sum) AS opening FROM segment.scorecard GROUP BY 1$$,
    $$SELECT start, sum(cogs) AS cogs, sum(opening) AS opening FROM months LEFT JOIN items ON day BETWEEN start AND close GROUP BY 1$$,
    'and of the second source, at its own scale, NULL before it began');
SELECT set_eq($$SELECT period_start, segment, revenue FROM segment.scorecard WHERE orders_events > 0$$,
    $$SELECT m.start, coalesce(s.opening, CASE WHEN s.since BETWEEN s.start AND s.close THEN 'new' END, 'unassigned'), sum(o.total)
        FROM months m JOIN orders o ON o.day BETWEEN m.start AND m.close
        LEFT JOIN standing s ON s.id = o.customer_id AND s.start = m.start GROUP BY 1, 2$$,
    'revenue of each row = plain SQL: the opening''s, new in the first period, unassigned for nobody''s');
SELECT ok((SELECT bool_and(revenue IS NOT NULL) FROM segment.scorecard WHERE segment IN ('new', 'unassigned')), 'new and unassigned are rows of every period');
SELECT ok((SELECT min(revenue) < 0 FROM segment.scorecard) OR (SELECT min(value) < 0 FROM segment_data."Facts value_facts"), 'returns make negative values');
SELECT set_eq($$SELECT period_start, dimension, sum(value) FROM segment_data."Facts value_scorecard" WHERE source = 'orders' AND metric = 'revenue' GROUP BY 1, 2$$,
    $$SELECT start, coalesce(channel, ''), sum(total) FROM months JOIN orders ON day BETWEEN start AND close GROUP BY 1, 2$$,
    'each channel = the table; an order without one has the empty label');
SELECT is_empty($$SELECT period_start FROM segment.scorecard GROUP BY 1 HAVING abs(sum(share_of_customers) - 1) > 0.001 OR abs(sum(share_of_revenue) - 1) > 0.001$$,
    'shares sum to one');
SELECT is((SELECT count(*) FROM segment.scorecard WHERE segment = 'gold' AND revenue IS NULL), 0::bigint, 'no sale in a month with sales is zero');
SELECT is((SELECT count(*) FROM segment.scorecard WHERE cogs IS NOT NULL AND period_start < '2023-10-01'), 0::bigint, 'no source yet is NULL');

-- again
CREATE TABLE before AS TABLE segment_data."Facts value_facts";
SELECT segment.update_facts('Facts value') \g /dev/null
SELECT set_eq($$SELECT period_start, segment, source, dimension, measure, value, is_final FROM segment_data."Facts value_facts"$$,
    $$SELECT period_start, segment, source, dimension, measure, value, is_final FROM before$$, 'computing again changes nothing');

-- late facts
INSERT INTO orders SELECT 7001, 1, '2024-02-10'::date, NULL::date, 'web', 5000.01 UNION ALL SELECT 7002, 1, '2024-03-02', NULL, 'web', 300.03;
CALL build_ledgers();
SELECT segment.update_facts('Facts value') \g /dev/null
SELECT set_eq($$SELECT period_start, segment, source, dimension, measure, value, computed_at FROM segment_data."Facts value_facts" WHERE is_final$$,
    $$SELECT period_start, segment, source, dimension, measure, value, computed_at FROM before WHERE is_final$$, 'a late order leaves a final period alone');
SELECT is((SELECT sum(revenue) FROM segment.scorecard WHERE period_start = '2024-03-01'),
    (SELECT sum(total) FROM orders WHERE day BETWEEN '2024-03-01' AND '2024-03-20'), 'and changes the open one at once');
SELECT segment.update_facts('Facts value', as_of => '2024-04-02') \g /dev/null
SELECT results_eq($$SELECT DISTINCT period_start, is_final FROM segment.scorecard WHERE period_start >= '2024-03-01' ORDER BY 1$$,
    $$VALUES ('2024-03-01'::date, false), ('2024-04-01', false)$$, 'a period stays open until it has settled');
SELECT is((SELECT sum(revenue) FROM segment.scorecard WHERE period_start = '2024-03-01'),
    (SELECT sum(total) FROM orders WHERE day BETWEEN '2024-03-01' AND '2024-03-31'), 'and is complete then');
SELECT segment.update_facts('Facts value', as_of => '2024-04-03') \g /dev/null
SELECT results_eq($$SELECT DISTINCT period_start, is_final FROM segment.scorecard WHERE period_start >= '2024-03-01' ORDER BY 1$$,
    $$VALUES ('2024-03-01'::date, true), ('2024-04-01', false)$$, 'three days after its end it is final');

-- definitions change under a view of the user's
CREATE VIEW report AS SELECT segment, period_start, revenue, computed_at FROM segment.scorecard;
CREATE TABLE tickets (customer_id int, day date);
INSERT INTO tickets VALUES (1, '2024-04-01');
INSERT INTO segment.source (source_id, population_id, name, relation, customer, occurred_at) VALUES (9003, 9001, 'tickets', 'tickets', 'customer_id', 'day');
INSERT INTO segment.measure VALUES (9003, 1, 'cost_to_serve', '4', '4', 2);
CREATE TABLE segment_data."facts customer_tickets_ledger" AS SELECT customer_id AS "Customer Id", segment.ledger(day, 4::numeric) AS ledger FROM tickets GROUP BY 1;
SELECT segment.update_facts('Facts value', as_of => '2024-04-03') \g /dev/null
SELECT is((SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'segment.scorecard'::regclass AND attnum > 17),
    'owner is_final computed_at cost_to_serve tickets_events', 'new measures are appended');
SELECT is((SELECT sum(cost_to_serve) FROM segment.scorecard), 4::numeric, 'with their values');
SELECT is((SELECT count(*) FROM segment.scorecard WHERE cost_to_serve IS NOT NULL AND period_start < '2024-04-01'), 0::bigint, 'and NULL in the periods before');
SELECT is((SELECT sum(revenue) FROM report), (SELECT sum(revenue) FROM segment.scorecard), 'a view of the user''s survives');
DELETE FROM segment.source WHERE source_id = 9003;
SELECT segment.update_facts('Facts value', as_of => '2024-04-03') \g /dev/null
SELECT has_column('segment', 'scorecard', 'tickets_events', 'the column of a dropped source stays');

-- a scheme of another population, one without customers
INSERT INTO segment.population (population_id, name, relation, key_column, key_name, key_type, timezone, settle, anchor, as_of)
VALUES (9002, 'facts_nobody', 'customers', 'id', 'id', 'int', 'UTC', '3 days', 'customers', '2024-03-20');
INSERT INTO segment.source (source_id, population_id, name, relation, customer, occurred_at) VALUES (9004, 9002, 'visits', 'orders', 'customer_id', 'day');
INSERT INTO segment.scheme (scheme_id, population_id, name, objective, default_segment, state, version) VALUES (9002, 9002, 'facts_empty', 'Grow', 'rest', 'active', 1);
INSERT INTO segment.scheme_version (scheme_id, version, as_of, default_segment, min_dwell) VALUES (9002, 1, '2024-01-01', 'rest', '0');
CREATE TABLE segment_data.facts_nobody_feature (id int, entry_day date);
CREATE TABLE segment_data.facts_empty_history (id int, segment text, valid daterange, cause text);
CREATE TABLE segment_data.facts_nobody_visits_ledger (id int, ledger segment.ledger);
SELECT throws_ok($$SELECT segment.update_facts('facts_empty')$$, '55000', 'scheme "facts_empty" has no history yet', 'no history yet');
INSERT INTO segment_data.facts_nobody_visits_ledger SELECT NULL, segment.ledger('2024-03-05'::date);
SELECT segment.update_facts('facts_empty', '2024-03-01') \g /dev/null
SELECT results_eq($$SELECT segment, opening, closing, visits_events, revenue, share_of_customers FROM segment.scorecard WHERE scheme = 'facts_empty'$$,
    $$VALUES ('rest', 0::bigint, 0::bigint, 0::numeric, NULL::numeric, NULL::numeric), ('new', 0, 0, 0, NULL, NULL), ('unassigned', 0, 0, 1, NULL, NULL)$$,
    'a population without customers has rows, and NULL for measures of others');

-- errors and privileges
UPDATE segment.scheme_version SET default_segment = 'new' WHERE scheme_id = 9002;
SELECT throws_ok($$SELECT segment.update_facts('facts_empty', '2024-03-01')$$, '42939',
    'scheme "facts_empty" has a segment named "new", a row of every scorecard', 'a segment of a reserved name');
SELECT throws_ok($$SELECT segment.update_facts('nowhere')$$, '42704', 'scheme "nowhere" does not exist', 'an unknown scheme');
SELECT throws_ok($$SELECT segment.update_facts(NULL)$$, '22004', 'scheme must not be null', 'no scheme');
CREATE ROLE facts_analyst;
GRANT USAGE ON SCHEMA segment, segment_data, facts_shop TO facts_analyst;
SET ROLE facts_analyst;
SELECT throws_ok('TABLE segment.scorecard', '42501', NULL, 'PUBLIC reads no scorecard');
SELECT throws_ok($$SELECT segment.update_facts('Facts value')$$, '42501', NULL, 'PUBLIC computes no facts');
RESET ROLE;
GRANT SELECT ON segment.scorecard TO facts_analyst;
SET ROLE facts_analyst;
SELECT lives_ok('TABLE segment.scorecard', 'a plain GRANT decides');
RESET ROLE;
SELECT is_empty($$SELECT c.oid::regclass FROM pg_class c WHERE c.relname ~ '^[Ff]acts.*_(facts|scorecard|scorecard_wide)$' AND c.relkind <> 'i'
    AND (obj_description(c.oid, 'pg_class') IS NULL OR NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'x'))$$,
    'every relation is described and goes with the extension');
DROP VIEW report;
BEGIN;
DROP TABLE segment_data."facts customer_orders_ledger", segment_data."facts customer_items_ledger", segment_data."facts customer_tickets_ledger", segment_data.facts_nobody_visits_ledger;
DROP TABLE segment_data."facts customer_feature", segment_data.facts_nobody_feature, segment_data."Facts value_history", segment_data.facts_empty_history;
DROP EXTENSION segment;
SELECT count(*) AS schemas_left FROM pg_namespace WHERE nspname IN ('segment', 'segment_data') \gset
ROLLBACK;
SELECT is(:schemas_left, 0, 'DROP EXTENSION takes facts and scorecards along');

SELECT * FROM finish();
DROP OWNED BY facts_analyst;
DROP ROLE facts_analyst;
\connect :home
DROP DATABASE facts_scorecard;
