\set ECHO none
-- Moves of a random shop: followed = computed in full = plain SQL over history and tables; they meet the facts, and every bridge sums.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
CREATE SCHEMA moving;
SET search_path = moving, public;
SET jit = off;
SELECT plan(37);

-- A shop with returns, events of nobody, of strangers and of customers who are gone; two sources of revenue.
SELECT setseed(0.25) \g /dev/null
CREATE TABLE customers AS SELECT n AS id, '2023-09-01'::date + (random() * 200)::int AS joined, n % 20 = 0 AS vip FROM generate_series(1, 200) n;
CREATE TABLE orders AS
SELECT o AS id, CASE WHEN o % 60 = 0 THEN NULL ELSE 1 + (random() * 205)::int END AS customer, '2023-01-10'::date + (random() * 460)::int AS day,
       round((random() * 100 - 20)::numeric, 2) AS total FROM generate_series(1, 1500) o;
CREATE TABLE fees AS SELECT 1 + (random() * 205)::int AS customer, '2023-12-15'::date + (random() * 120)::int AS day, (random() * 9)::int AS fee FROM generate_series(1, 300) n;
ALTER TABLE customers ADD PRIMARY KEY (id);
CREATE INDEX ON orders (customer);
CREATE INDEX ON fees (customer);
SELECT segment.create_population('shopper', 'customers', key => 'id', key_name => 'Shopper', timezone => 'UTC', since => 'joined', settle => '20 days'),
       segment.create_source('orders', 'orders', customer => 'customer', occurred_at => 'day', measures => '{"revenue": "total"}'),
       segment.create_source('fees', 'fees', customer => 'customer', occurred_at => 'day', measures => '{"revenue": "fee"}'),
       segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0),
       segment.create_feature('recent', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '30 days', absent => 0),
       segment.create_feature('vip', attribute => 'vip'),
       segment.create_scheme('worth', objective => 'Keep the good ones', default_segment => 'Rest') \g /dev/null
SELECT segment.create_segment('worth', 'VIP', rule => 'vip'), segment.create_segment('worth', 'High', rule => 'revenue > 150'), segment.create_segment('worth', 'Warm', rule => 'recent > 20') \g /dev/null
SET segment.bulk_fraction = 1; -- by key, however many
CALL segment.refresh('shopper', as_of => '2024-03-04');
SELECT segment.activate('worth') \g /dev/null

-- What the moves are, said once more. Who is gone was there from the first day of its history.
CREATE FUNCTION state(at date, entry date, member boolean, began date, segment text, since date) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN at < CASE WHEN member THEN entry WHEN began <= since THEN '-infinity' ELSE began END THEN 'before'
                ELSE coalesce(segment, CASE WHEN at < since THEN 'unassigned' ELSE 'left' END) END $$;
CREATE TABLE period (period_start date, opening_day date, closing_day date, since date);
CREATE PROCEDURE set_periods(every boolean) LANGUAGE sql AS $$
    TRUNCATE period;
    INSERT INTO period SELECT DISTINCT f.period_start, f.period_start - 1, least((f.period_start + interval '1 month')::date - 1, o.as_of), s.history_since
      FROM segment_data.worth_facts f, segment.population o, segment.scheme s WHERE every OR NOT f.is_final $$;
CREATE VIEW money AS SELECT coalesce(a.survivor, m.customer) AS who, m.day, m.value
  FROM (SELECT customer, day, total AS value FROM orders UNION ALL SELECT customer, day, fee FROM fees) m LEFT JOIN segment_data.shopper_alias a ON a.duplicate = m.customer AND a.merged;
CREATE VIEW worth AS
SELECT p.period_start, m.who, coalesce(sum(value) FILTER (WHERE day >= (opening_day + 1 - interval '12 months')::date AND day <= opening_day), 0) AS before,
       coalesce(sum(value) FILTER (WHERE day >= (p.period_start + interval '-11 months')::date AND day <= closing_day), 0) AS after
  FROM money m, period p GROUP BY 1, 2;
CREATE VIEW customer AS
SELECT p.period_start, k."Shopper" AS who, f."Shopper" IS NOT NULL AS member,
       state(p.opening_day, coalesce(f.entry_day, 'infinity'), f."Shopper" IS NOT NULL, k.began, h.opening, p.since) AS opening,
       state(p.closing_day, coalesce(f.entry_day, 'infinity'), f."Shopper" IS NOT NULL, k.began, h.closing, p.since) AS closing, h.causes, t.leaves
  FROM period p
 CROSS JOIN (SELECT "Shopper", min(lower(valid)) AS began FROM (SELECT "Shopper", valid FROM segment_data.worth_history UNION ALL SELECT "Shopper", NULL FROM segment_data.shopper_feature) u GROUP BY 1) k
  LEFT JOIN segment_data.shopper_feature f USING ("Shopper")
  LEFT JOIN (SELECT "Shopper", period_start, max(segment) FILTER (WHERE valid @> opening_day) AS opening, max(segment) FILTER (WHERE valid @> closing_day) AS closing,
                    array_agg(cause) FILTER (WHERE lower(valid) > opening_day AND lower(valid) <= closing_day) AS causes FROM segment_data.worth_history, period GROUP BY 1, 2) h USING ("Shopper", period_start)
  LEFT JOIN (SELECT "Shopper", period_start, array_agg(cause) AS leaves FROM segment_data.worth_transition, period
              WHERE to_segment IS NULL AND day > opening_day AND day <= closing_day GROUP BY 1, 2) t USING ("Shopper", period_start);
CREATE VIEW expected AS
SELECT period_start, from_segment, to_segment, cause, sum(n) AS customers, sum(before) AS value_before, sum(after) AS value_after, sum(n * lapsed) AS lapsed, sum(n * contraction) AS contraction,
       sum(n * expansion) AS expansion, sum(n * acquired) AS acquired
  FROM (SELECT period_start, CASE WHEN came THEN CASE WHEN gone THEN 'unassigned' ELSE 'new' END ELSE opening END AS from_segment,
               CASE WHEN gone THEN CASE WHEN came THEN 'unassigned' ELSE 'removed' END ELSE closing END AS to_segment, (NOT (came AND gone))::int AS n,
               CASE WHEN opening = closing OR came AND gone THEN 'stayed'
                    WHEN opening = 'unassigned' OR closing = 'left' AND member THEN 'definition'
                    WHEN c && '{data,time}' OR c IS NULL THEN 'behaviour' WHEN 'definition' = ANY (c) THEN 'definition' WHEN 'manual' = ANY (c) THEN 'manual' ELSE 'merge' END AS cause,
               before, after, CASE WHEN NOT came AND after = 0 THEN before ELSE 0 END AS lapsed, CASE WHEN NOT came AND after <> 0 THEN greatest(before - after, 0) ELSE 0 END AS contraction,
               CASE WHEN NOT came AND after <> 0 THEN greatest(after - before, 0) ELSE 0 END AS expansion, CASE WHEN came THEN after - before ELSE 0 END AS acquired
          FROM (SELECT period_start, coalesce(opening, 'before') AS opening, coalesce(closing, 'before') AS closing, coalesce(opening IN ('before', 'left'), true) AS came,
                       coalesce(closing IN ('before', 'left'), true) AS gone, member, CASE WHEN closing IN ('before', 'left') THEN leaves ELSE causes END AS c,
                       coalesce(before, 0) AS before, coalesce(after, 0) AS after
                  FROM customer FULL JOIN worth USING (period_start, who)) v) u
 GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0 OR sum(before) <> 0 OR sum(after) <> 0;
CREATE VIEW present AS SELECT period_start, from_segment, to_segment, cause, customers, value_before, value_after, lapsed, contraction, expansion, acquired, is_final FROM segment_data.worth_movement;
CREATE TABLE followed AS TABLE present;
CREATE TABLE expected_now AS TABLE expected;
CREATE PROCEDURE compute_in_full() LANGUAGE plpgsql AS $$
BEGIN
    CALL set_periods(false);
    ANALYZE period, orders, fees, segment_data.worth_history;
    TRUNCATE followed, expected_now;
    INSERT INTO expected_now TABLE expected;
    INSERT INTO followed TABLE present;
    DELETE FROM segment_data.worth_movement WHERE NOT is_final;
    PERFORM segment.update_facts('worth', (SELECT history_since FROM segment.scheme), (SELECT as_of FROM segment.population));
    UPDATE segment.scheme SET facts_as_of = (SELECT as_of FROM segment.population); -- they are the present day's, so that the next refresh follows them
END$$;
CREATE VIEW wrong AS
SELECT 'followed ' || f AS wrong FROM (TABLE followed EXCEPT TABLE present) f UNION ALL SELECT 'computed ' || p FROM (TABLE present EXCEPT TABLE followed) p UNION ALL
SELECT 'expected ' || e FROM (TABLE expected_now EXCEPT SELECT period_start, from_segment, to_segment, cause, customers, value_before, value_after, lapsed, contraction, expansion, acquired FROM present WHERE NOT is_final) e UNION ALL
SELECT 'present ' || e FROM (SELECT period_start, from_segment, to_segment, cause, customers, value_before, value_after, lapsed, contraction, expansion, acquired FROM present WHERE NOT is_final EXCEPT TABLE expected_now) e;
-- Rows = the facts' opening and acquired, columns = their closing; all money is the tables'; every bridge sums.
CREATE VIEW broken AS
SELECT 'row ' || r AS broken FROM (SELECT period_start, segment, sum(value) FILTER (WHERE measure = 'opening') AS opening, sum(value) FILTER (WHERE measure = 'closing') AS closing FROM segment_data.worth_facts GROUP BY 1, 2) r
 WHERE segment <> 'new' AND (opening, closing) IS DISTINCT FROM ((SELECT coalesce(sum(customers), 0) FROM present m WHERE m.period_start = r.period_start AND from_segment = segment),
       (SELECT coalesce(sum(customers), 0) FROM present m WHERE m.period_start = r.period_start AND to_segment = segment)) UNION ALL
SELECT 'acquired ' || period_start FROM (SELECT period_start, sum(value) AS acquired FROM segment_data.worth_facts WHERE measure = 'acquired' GROUP BY 1) a
 WHERE acquired <> (SELECT coalesce(sum(customers), 0) FROM present m WHERE m.period_start = a.period_start AND from_segment = 'new') UNION ALL
SELECT 'bridge ' || b FROM segment.value_bridge b WHERE value_before - lapsed - contraction + expansion + acquired + other <> value_after
    OR value_before + migration + within_segment + landed - removed <> closing_value OR value_before + volume + mix + rate <> closing_value
    OR (other <> 0 AND segment <> 'unassigned') UNION ALL
SELECT 'between ' || b FROM (SELECT sum(value_before) AS before, sum(value_after) AS after, sum(closing_value) AS closing, sum(upgrade + downgrade) AS shift, sum(mix + volume) AS mix FROM segment.value_bridge GROUP BY period_start) b
 WHERE after <> closing UNION ALL
SELECT 'continued ' || a FROM (SELECT period_start, sum(value_before) AS before, lag(sum(value_after)) OVER (ORDER BY period_start) AS after FROM present WHERE NOT is_final GROUP BY 1) a WHERE before <> after UNION ALL
SELECT 'migration ' || g FROM segment.migration g WHERE customers <> CASE WHEN from_segment = to_segment THEN customers ELSE behaviour + definition + manual + merge END;
CREATE PROCEDURE trade(round int) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orders SELECT 10000 * round + n, CASE WHEN n = 1 THEN NULL ELSE 1 + (random() * 220)::int END, '2024-04-02'::date - (random() * 420)::int, round((random() * 100)::numeric, 2) FROM generate_series(1, 8) n;
    UPDATE orders SET total = -total WHERE random() < 0.005;
    UPDATE orders SET customer = 1 + (random() * 210)::int WHERE random() < 0.005;
    UPDATE orders SET day = day + (random() * 40 - 20)::int WHERE random() < 0.01;
    DELETE FROM orders WHERE random() < 0.01;
    DELETE FROM fees WHERE random() < 0.02;
    DELETE FROM customers WHERE random() < 0.015 AND id > 20;
    INSERT INTO customers SELECT n, '2024-04-02'::date - (random() * 60)::int, false FROM generate_series(200 + round, 202 + round) n ON CONFLICT DO NOTHING;
    INSERT INTO customers SELECT n, NULL, true FROM generate_series(21, 150) n WHERE random() < 0.01 ON CONFLICT DO NOTHING; -- some come back
    UPDATE customers SET vip = NOT vip WHERE random() < 0.02;
END$$;

SELECT results_eq('SELECT period_start, bool_and(is_final) FROM present WHERE period_start >= $$2024-01-01$$ GROUP BY 1 ORDER BY 1',
                  $$VALUES ('2024-01-01'::date, true), ('2024-02-01', false), ('2024-03-01', false)$$, 'a table of moves, final where the facts are');
CALL set_periods(true);
ANALYZE period, orders, fees, segment_data.worth_history;
SELECT is_empty('SELECT e FROM (TABLE expected EXCEPT SELECT period_start, from_segment, to_segment, cause, customers, value_before, value_after, lapsed, contraction, expansion, acquired FROM present) e', 'all that is expected is there, of every period');
SELECT is_empty('SELECT e FROM (SELECT period_start, from_segment, to_segment, cause, customers, value_before, value_after, lapsed, contraction, expansion, acquired FROM present EXCEPT TABLE expected) e', 'and nothing else');
SELECT is_empty('TABLE broken', 'every row and column adds up');
CREATE FUNCTION rounds(first int, last int, day date) RETURNS TABLE (a text, b text, c text, d text, e text) LANGUAGE sql AS $$
    SELECT format('CALL trade(%s)', n), format('CALL segment.refresh(''shopper'', as_of => %L)', day), 'CALL compute_in_full()',
           format('SELECT is_empty(''TABLE wrong'', %L)', format('%s, round %s: followed = in full = expected', day, n)), format('SELECT is_empty(''TABLE broken'', %L)', format('%s, round %s adds up', day, n))
      FROM generate_series(first, last) n $$;
SELECT * FROM rounds(1, 4, '2024-03-04') \gexec
CREATE TABLE final AS SELECT * FROM present WHERE is_final;
CALL segment.refresh('shopper', as_of => '2024-04-02');
SELECT results_eq('SELECT period_start FROM present WHERE NOT is_final GROUP BY 1 ORDER BY 1', $$VALUES ('2024-03-01'::date), ('2024-04-01')$$, 'time passes: two periods are open');
SELECT is_empty('TABLE final EXCEPT TABLE present', 'final periods stay');
SELECT * FROM rounds(7, 9, '2024-04-02') \gexec
SELECT * FROM rounds(10, 10, '2024-04-03') UNION ALL SELECT * FROM rounds(11, 11, '2024-04-07') UNION ALL SELECT * FROM rounds(12, 12, '2024-04-09') \gexec

-- Every cause.
SELECT segment.override('worth', id, 'High', reason => 'a friend') FROM (SELECT "Shopper" AS id FROM segment_data.shopper_segment WHERE worth = 'Rest' AND worth_since < '2024-02-20' ORDER BY 1 LIMIT 9) f \g /dev/null
SELECT segment.merge_customer(min("Shopper"), max("Shopper")) FROM segment_data.worth_history WHERE valid @> '2024-02-29'::date AND upper_inf(valid) \g /dev/null
CALL segment.refresh('shopper', as_of => '2024-04-09');
CALL compute_in_full();
SELECT is_empty('TABLE wrong', 'by hand and merged');
CREATE TEMPORARY TABLE gone AS SELECT max(duplicate) AS id FROM segment_data.shopper_alias;
SELECT segment.unmerge_customer(id) FROM gone \g /dev/null
CALL segment.refresh('shopper', as_of => '2024-04-09');
CALL compute_in_full();
SELECT is_empty('TABLE wrong', 'parted again');
SELECT segment.merge_customer(min("Shopper"), max("Shopper")) FROM segment_data.worth_history WHERE valid @> '2024-02-29'::date AND upper_inf(valid) \g /dev/null
CALL segment.refresh('shopper', as_of => '2024-04-09');
SELECT segment.alter_segment('worth', 'High', rule => 'revenue > 250'), segment.activate('worth', comment => 'higher') \g /dev/null
CALL compute_in_full();
SELECT is_empty('TABLE wrong', 'by another rule');
SELECT is_empty('TABLE broken', 'all of it adds up');
SELECT set_eq('SELECT DISTINCT cause FROM present WHERE NOT is_final', $$VALUES ('stayed'), ('behaviour'), ('definition'), ('manual'), ('merge')$$, 'every cause is there');
SELECT ok(EXISTS (SELECT FROM present WHERE to_segment = 'removed' AND cause = 'merge') AND EXISTS (SELECT FROM present WHERE to_segment = 'removed' AND cause = 'behaviour'), 'who was merged did not leave');

-- A table that is not there, as after an upgrade, is made by the next refresh, of all periods.
CREATE TABLE before AS TABLE present;
DROP TABLE segment_data.worth_movement CASCADE;
UPDATE orders SET total = total + 1 WHERE id = 1;
CALL segment.refresh('shopper', as_of => '2024-04-09');
SELECT is_empty('SELECT period_start FROM before EXCEPT SELECT period_start FROM segment_data.worth_movement', 'made anew, of every period');
SELECT is((SELECT count(*) FROM segment.migration WHERE scheme = 'worth' AND period_start = '2024-04-01' AND from_segment = 'VIP'),
          (SELECT count(DISTINCT to_segment) FROM before WHERE period_start = '2024-04-01' AND from_segment = 'VIP'), 'and the views with it');
SELECT is((SELECT sum(customers) FROM segment_data.worth_movement WHERE period_start = '2024-03-01'), (SELECT sum(customers) FROM before WHERE period_start = '2024-03-01'), 'as it was');
-- No rights but those granted.
SELECT ok(NOT has_table_privilege('public', 'segment.migration', 'SELECT') AND NOT has_table_privilege('public', 'segment.value_bridge', 'SELECT') AND NOT has_table_privilege('public', 'segment_data.worth_movement', 'SELECT'), 'PUBLIC reads no moves');
CREATE ROLE moving_analyst;
GRANT USAGE ON SCHEMA segment TO moving_analyst;
GRANT SELECT ON segment.value_bridge, segment.migration TO moving_analyst;
SET ROLE moving_analyst;
SELECT ok((SELECT count(*) > 0 AND sum(value_after - closing_value) = 0 FROM segment.value_bridge), 'an analyst needs the views alone');
RESET ROLE;
DROP OWNED BY moving_analyst;
DROP ROLE moving_analyst;

DROP SCHEMA moving CASCADE;
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SELECT * FROM finish();
