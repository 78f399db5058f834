\set ECHO none
-- The pass below SQL = the aggregates over plain joins, for keys of several types, in one part and in several.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
-- A database of its own: segment.scorecard is about all schemes.
SELECT current_database() AS home \gset
CREATE DATABASE facts_pass;
\connect facts_pass
SET client_min_messages = warning;
CREATE EXTENSION pgtap;
CREATE EXTENSION segment;
CREATE SCHEMA facts_pass;
SET search_path = facts_pass, public;
SELECT plan(15);

SELECT setseed(0.25) \g /dev/null
CREATE TABLE types (n int, type text, key text);
INSERT INTO types VALUES (1, 'int', 'i * 7'), (2, 'uuid', 'md5(i::text)::uuid'), (3, 'text', '''customer '' || md5(i::text) || repeat(''x'', i % 100)'), (4, 'numeric', 'i / 8.0');
CREATE TABLE customers AS SELECT i FROM generate_series(1, 20000) i;
CREATE TABLE history AS
SELECT i, (ARRAY['a', 'b', 'rest'])[1 + (random() * 2)::int] AS segment,
       daterange('2023-11-30'::date + step * 20 + i % 30, CASE WHEN step < 6 OR i % 10 = 0 THEN '2023-11-30'::date + step * 20 + 20 + i % 30 END) AS valid
  FROM customers, generate_series(0, 6) step WHERE i % 17 > step / 3;
CREATE TABLE events AS
SELECT CASE WHEN e % 100 > 0 THEN 1 + (random() * 22000)::int END AS i, '2023-10-15'::date + (random() * 200)::int AS day,
       (ARRAY['web', 'shop', NULL])[1 + (random() * 2)::int] AS channel, (random() * 1000 - 300)::int AS amount
  FROM generate_series(1, 60000) e;

-- Histories without statistics, and autovacuum gets none: knowing how many customers there are, the planner leaves grouping them to one process.
SELECT format($$
INSERT INTO segment.population (population_id, name, relation, key_column, key_name, key_type, timezone, settle, anchor, as_of)
VALUES (%1$s, 'pass_%2$s', 'customers', 'i', 'id', '%2$s', 'UTC', '3 days', 'customers', '2024-04-10');
INSERT INTO segment.source (source_id, population_id, name, relation, customer, occurred_at, dimension_sql) VALUES (%1$s, %1$s, 'events', 'events', 'i', 'day', 'channel');
INSERT INTO segment.measure VALUES (%1$s, 1, 'amount', 'amount', 'amount', 0);
INSERT INTO segment.scheme (scheme_id, population_id, name, objective, default_segment, state, version) VALUES (%1$s, %1$s, 'pass_%2$s_scheme', 'Grow', 'rest', 'active', 1);
INSERT INTO segment.scheme_version (scheme_id, version, as_of, default_segment, min_dwell) VALUES (%1$s, 1, '2024-01-01', 'rest', '0');
INSERT INTO segment.version_segment (scheme_id, version, name, priority, rule, rule_sql) VALUES (%1$s, 1, 'a', 1, 'true', 'true'), (%1$s, 1, 'b', 2, 'true', 'true');
CREATE TABLE segment_data.pass_%2$s_feature AS SELECT (%3$s)::%2$s AS id, CASE WHEN i %% 13 > 0 THEN '2023-10-20'::date + i %% 150 END AS entry_day FROM customers WHERE i %% 19 > 0;
CREATE TABLE segment_data.pass_%2$s_scheme_history WITH (autovacuum_enabled = false) AS SELECT (%3$s)::%2$s AS id, segment, valid, 'time'::text AS cause FROM history;
CREATE TABLE segment_data.pass_%2$s_events_ledger AS SELECT (%3$s)::%2$s AS id, segment.ledger(day, channel, amount) FROM events GROUP BY i;
$$, 9100 + n, type, key) FROM types ORDER BY n \gexec

-- what the aggregates say, by the names of the facts
SELECT format($$
CREATE VIEW %1$s_expected AS
WITH frame AS (SELECT ARRAY['a', 'b', 'rest'] AS segments, '{2023-10-31,2023-11-30,2023-12-31,2024-01-31,2024-02-29,2024-03-31,2024-04-10}'::date[] AS days),
states AS (
    SELECT id, segment.period_states(segment, valid, entry_day, '2023-11-30', segments, days) AS states
      FROM (SELECT id, segment, valid, NULL::date AS entry_day FROM segment_data.pass_%1$s_scheme_history
            UNION ALL SELECT id, NULL, NULL, coalesce(entry_day, 'infinity') FROM segment_data.pass_%1$s_feature) u, frame GROUP BY id),
cells AS (
    SELECT false AS events, c.* FROM (SELECT segment.period_counts(states, 3) FROM states) q (cells), unnest(q.cells) c
    UNION ALL
    SELECT true, c.* FROM (SELECT segment.period_totals(states, ledger, 3, days) FROM frame, segment_data.pass_%1$s_events_ledger LEFT JOIN states USING (id)) q (cells), unnest(q.cells) c)
SELECT ('2023-10-01'::date + make_interval(months => period))::date AS period_start, (ARRAY['new', 'unassigned', 'a', 'b', 'rest'])[state] AS segment, dimension,
       (CASE WHEN events THEN ARRAY['events_events', 'amount'] ELSE ARRAY['opening', 'acquired', 'moved_in', 'moved_out', 'removed', 'closing'] END)[measure + 1] AS measure, value
  FROM cells;
$$, type) FROM types ORDER BY n \gexec

SET max_parallel_workers_per_gather = 0;
SELECT format('UPDATE segment.scheme SET history_since = (SELECT min(lower(valid)) FROM segment_data.pass_%1$s_scheme_history) WHERE name = ''pass_%1$s_scheme''', type) FROM types \gexec
SELECT lives_ok(format($$SELECT segment.update_facts('pass_%s_scheme')$$, type), type || ' keys') FROM types ORDER BY n;
SELECT set_eq(format('SELECT period_start, segment, dimension, measure, value FROM segment_data.pass_%s_scheme_facts', type), format('TABLE %s_expected', type),
              type || ': pass = aggregates') FROM types WHERE type <> 'uuid' ORDER BY n;

-- partial aggregates of several workers, combined
CREATE TABLE states AS
SELECT id, segment.period_states(segment, valid, entry_day, '2023-11-30', ARRAY['a', 'b', 'rest'], '{2023-10-31,2023-11-30,2023-12-31,2024-04-10}') AS states
  FROM (SELECT id, segment, valid, NULL::date AS entry_day FROM segment_data.pass_int_scheme_history
        UNION ALL SELECT id, NULL, NULL, coalesce(entry_day, 'infinity') FROM segment_data.pass_int_feature) u GROUP BY id;
CREATE VIEW counts AS SELECT c.* FROM (SELECT segment.period_counts(states, 3) FROM states) q (cells), unnest(q.cells) c;
CREATE VIEW totals AS
SELECT c.* FROM (SELECT segment.period_totals(states, ledger, 3, '{2023-10-31,2023-11-30,2023-12-31,2024-04-10}')
                   FROM segment_data.pass_int_events_ledger LEFT JOIN states USING (id)) q (cells), unnest(q.cells) c;
CREATE VIEW grouped AS
SELECT id, segment.period_states(segment, valid, NULL, '2023-11-30', ARRAY['a', 'b', 'rest'], '{2023-10-31,2023-11-30,2023-12-31,2024-04-10}') AS states
  FROM segment_data.pass_int_scheme_history GROUP BY id;
CREATE TABLE serial_counts AS TABLE counts;
CREATE TABLE serial_totals AS TABLE totals;
CREATE TABLE serial_grouped AS TABLE grouped;
CREATE FUNCTION is_partial(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
    RETURN plan::text LIKE '%"Partial Mode": "Partial"%';
END
$$;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT ok(is_partial('TABLE ' || v), v || ' are planned in parts')
  FROM unnest(ARRAY['grouped', 'counts', 'totals']) WITH ORDINALITY v (v, n) ORDER BY n;
SELECT set_eq('TABLE grouped', 'TABLE serial_grouped', 'states combined = single');
SELECT set_eq('TABLE counts', 'TABLE serial_counts', 'counts combined = single');
SELECT set_eq('TABLE totals', 'TABLE serial_totals', 'totals combined = single');
SET max_parallel_workers_per_gather = 0;

-- less memory than all customers need
SET maintenance_work_mem = '1MB';
TRUNCATE segment_data.pass_text_scheme_facts;
SELECT segment.update_facts('pass_text_scheme') \g /dev/null
SELECT set_eq('SELECT period_start, segment, dimension, measure, value FROM segment_data.pass_text_scheme_facts', 'TABLE text_expected', 'in several parts');
RESET maintenance_work_mem;
SELECT is((SELECT sum(amount) FROM segment.scorecard WHERE scheme = 'pass_text_scheme'),
          (SELECT sum(amount) FROM events WHERE day BETWEEN '2023-11-01' AND '2024-04-10')::numeric, 'all events are there');
SELECT * FROM finish();
\connect :home
DROP DATABASE facts_pass;
