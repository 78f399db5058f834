\set ECHO none
-- Facts followed from day to day = facts computed from everyone, row by row.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
CREATE SCHEMA day;
SET search_path = day, public;
SELECT plan(47);

-- Customers who are yet to come, orders of days to come, of nobody and of strangers; a feature that time changes.
SELECT setseed(0.25) \g /dev/null
CREATE TABLE customers AS SELECT 'c' || n AS id, '2024-01-01'::date + (random() * 100)::int AS joined FROM generate_series(1, 200) n;
CREATE TABLE orders AS
SELECT o AS id, CASE WHEN o % 50 = 0 THEN NULL ELSE 'c' || 1 + (random() * 205)::int END AS customer, '2024-01-10'::date + (random() * 100)::int AS day,
       (ARRAY['web', 'shop', NULL])[1 + (random() * 2)::int] AS channel, round((random() * 100 - 20)::numeric, 2) AS total FROM generate_series(1, 1500) o;
CREATE TABLE visits AS SELECT 'c' || 1 + (random() * 205)::int AS customer, '2024-02-01'::date + (random() * 80)::int AS day, (random() * 9)::int AS minutes FROM generate_series(1, 300);
CREATE INDEX ON orders (customer);
CREATE INDEX ON visits (customer);
SELECT segment.create_population('shopper', 'customers', key => 'id', key_name => 'Shopper', timezone => 'UTC', since => 'joined', settle => '5 days'),
       segment.create_source('orders', 'orders', customer => 'customer', occurred_at => 'day', measures => '{"revenue": "total"}', dimension => 'channel'),
       segment.create_source('visits', 'visits', customer => 'customer', occurred_at => 'day', measures => '{"minutes": "minutes"}'),
       segment.create_feature('recent', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '30 days', absent => 0),
       segment.create_feature('idle', aggregate => 'days_since_last', source => 'orders'),
       segment.create_scheme('worth', objective => 'Keep the good ones', default_segment => 'Rest'),
       segment.create_scheme('pulse', objective => 'Wake the others', default_segment => 'Asleep') \g /dev/null
SELECT segment.create_segment('worth', 'High', rule => 'recent > 100'), segment.create_segment('worth', 'Warm', rule => 'recent > 20'),
       segment.create_segment('pulse', 'Awake', rule => 'idle < 20') \g /dev/null
CALL segment.refresh('shopper', as_of => '2024-03-04');
SELECT segment.activate('worth'), segment.activate('pulse') \g /dev/null

CREATE VIEW present AS
SELECT 'worth' AS scheme, period_start, segment, source, dimension, measure, value, is_final FROM segment_data.worth_facts UNION ALL
SELECT 'pulse', period_start, segment, source, dimension, measure, value, is_final FROM segment_data.pulse_facts;
CREATE TABLE followed (LIKE present);
CREATE FUNCTION reconciles(what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE followed;
    INSERT INTO followed SELECT * FROM present;
    PERFORM segment.update_facts('worth'), segment.update_facts('pulse');
    RETURN NEXT set_eq('SELECT * FROM followed', 'SELECT * FROM present', what);
END$$;

-- Everyone's facts are computed when a period begins or is settled; else one who looks closely can tell that they are not.
CREATE PROCEDURE mark(by_how_much int) LANGUAGE sql AS
$$UPDATE segment_data.worth_facts SET value = value + by_how_much WHERE segment = 'Warm' AND measure = 'revenue' AND dimension = '' AND period_start = '2024-03-01'$$;
CREATE FUNCTION marked() RETURNS numeric LANGUAGE sql AS
$$SELECT value FROM segment_data.worth_facts WHERE segment = 'Warm' AND measure = 'revenue' AND dimension = '' AND period_start = '2024-03-01'$$;

SELECT reconciles('at first');
CALL segment.refresh('shopper', as_of => '2024-03-06');
SELECT reconciles('a day went by, and one that was missed: April has not come');
CALL mark(1000000);
CALL segment.refresh('shopper', as_of => '2024-03-07');
CALL segment.refresh('shopper', as_of => '2024-03-08');
SELECT cmp_ok(marked(), '>', 900000::numeric, 'days of the same periods leave what does not concern them');
CALL mark(-1000000);
SELECT reconciles('which is right but for the mark');

-- Each day something else happens, and the facts are those of everyone.
CREATE PROCEDURE happen(day date) LANGUAGE plpgsql AS $$
DECLARE
    n int := extract(doy FROM day)::int;
BEGIN
    PERFORM setseed(n / 400.0);
    INSERT INTO orders SELECT 2000 + n * 10 + o, CASE WHEN o = 7 THEN NULL ELSE 'c' || 1 + (random() * 208)::int END, day - 3 + (random() * 6)::int,
        (ARRAY['web', 'shop', 'new'])[1 + (random() * 2)::int], round((random() * 300)::numeric, 2) FROM generate_series(1, 7) o;
    DELETE FROM orders WHERE id = n * 3;
    UPDATE orders SET customer = 'c' || n, total = total + 1 WHERE id = n * 5;
    CASE n % 4
        WHEN 0 THEN DELETE FROM customers WHERE id = 'c' || n;
        WHEN 1 THEN INSERT INTO customers VALUES ('c' || n + 200, day + 2);
        WHEN 2 THEN UPDATE customers SET joined = day + n % 3 WHERE id = 'c' || n + 1;
        ELSE PERFORM segment.override('pulse', 'c' || n, 'Awake', until => day + 3, reason => 'a try');
    END CASE;
END$$;
SELECT format('CALL happen(%L)', day::date), format('CALL segment.refresh(''shopper'', as_of => %L)', day::date),
       format('SELECT reconciles(%L)', 'as of ' || day::date)
FROM generate_series('2024-03-09'::date, '2024-04-14', '1 day') day \gexec

-- Nothing but time; and an event whose day comes.
CALL segment.refresh('shopper', as_of => '2024-04-15');
INSERT INTO orders VALUES (9001, 'c1', '2024-04-17', 'web', 50), (9002, NULL, '2024-04-17', 'web', 60), (9003, 'stranger', '2024-04-18', 'web', 70);
CALL segment.refresh('shopper', as_of => '2024-04-15');
SELECT reconciles('events of days to come count for nothing');
CALL segment.refresh('shopper', as_of => '2024-04-18');
SELECT reconciles('until their day has come, whoever''s they are');
SELECT is((SELECT sum(value) FROM present WHERE scheme = 'worth' AND measure = 'revenue' AND period_start = '2024-04-01'),
          (SELECT sum(total) FROM orders WHERE day BETWEEN '2024-04-01' AND '2024-04-18'), 'to the cent');

-- When no events are yet to come, ledgers need not be looked through; one that is known ahead of its day counts from its day on.
CALL segment.refresh('shopper', as_of => '2024-04-25');
SELECT is((SELECT string_agg(last_day::text, ' ' ORDER BY source_id) FROM segment.source),
          (SELECT max(day)::text FROM orders) || ' ' || (SELECT max(day)::text FROM visits), 'sources know their last days');
INSERT INTO orders VALUES (9004, 'c2', '2024-04-27', 'web', 80);
CALL segment.refresh('shopper', as_of => '2024-04-25');
CALL segment.refresh('shopper', as_of => '2024-04-26');
CALL segment.refresh('shopper', as_of => '2024-04-28');
SELECT is((SELECT last_day FROM segment.source WHERE name = 'orders'), '2024-04-27', 'a later one is noted');
SELECT reconciles('and counts when its day has come');
SELECT * FROM finish();
DROP SCHEMA day CASCADE;
