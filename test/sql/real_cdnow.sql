\set ECHO none
-- CDNOW, all 23,570 customers: the RFM scheme equals the published quintiles, and revenue reconciles to the cent.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(24);
\set shared ''
\getenv shared SEGMENT_SHARED
SELECT :'shared' <> '' AS present \gset
\if :present

DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
CREATE SCHEMA cdnow;
CREATE TABLE cdnow.purchases (customer_id int, day date, cds int, dollar_value numeric(8, 2));
\copy cdnow.purchases from program 'zcat "$SEGMENT_SHARED/data/cdnow_master.csv.gz"' with (format csv, header)
CREATE INDEX ON cdnow.purchases (customer_id);
CREATE TABLE cdnow.customers AS SELECT DISTINCT customer_id AS id FROM cdnow.purchases;
ALTER TABLE cdnow.customers ADD PRIMARY KEY (id);
CREATE TABLE cdnow.reference (id int, recency int, frequency int, monetary numeric, r int, f int, m int, segment text);
\copy cdnow.reference from program 'zcat "$SEGMENT_SHARED/reference/rfm_clean_cdnow_master_19980630.csv.gz"' with (format csv, header)
CREATE TABLE cdnow.scorecard (line text);
\copy cdnow.scorecard from program 'tr -d "\n" < "$SEGMENT_SHARED/reference/scorecard.json"' with (format csv, delimiter e'\x01', quote e'\x02')
ANALYZE cdnow.purchases;
SELECT is((SELECT count(*) FROM cdnow.purchases), 69659::bigint, 'CDNOW has 69,659 purchases');

SELECT lives_ok($$SELECT segment.create_population('customer', 'cdnow.customers', key => 'id', timezone => 'UTC')$$, 'map the customers');
SELECT lives_ok($$SELECT segment.create_source('orders', 'cdnow.purchases', customer => 'customer_id', occurred_at => 'day',
                                               measures => '{"revenue": "dollar_value", "cds": "cds"}')$$, 'map the purchases');
SELECT is_empty($$SELECT * FROM segment.check_sources()$$, 'nothing is wrong with what is mapped');
SELECT lives_ok($$SELECT segment.create_standard_features('customer')$$, 'the standard feature pack');
CALL segment.refresh('customer', as_of => '1998-06-30');
SELECT is((SELECT as_of FROM segment.population), '1998-06-30'::date, 'refreshed as of a day of the past');
SELECT is((SELECT sum(segment.total(ledger, 2)) FROM segment_data.customer_orders_ledger), 2500315.63,
          'the ledgers hold $2,500,315.63');
SELECT is((SELECT segment.total(segment.sum(ledger), 2) FROM segment_data.customer_orders_ledger), 2500315.63,
          'and so does their sum');
SELECT is((SELECT sum(segment.event_count(ledger)) FROM segment_data.customer_orders_ledger), 69659::numeric,
          'they hold every purchase');

SELECT lives_ok($$SELECT segment.create_rfm_scheme('value', objective => 'Grow margin 8 % next year')$$, 'the RFM preset');
SELECT is((SELECT sum(customers) FROM segment.preview('value')), 23570::numeric, 'preview places every customer once');
SELECT is((SELECT segment.activate('value', comment => 'v1')), 1, 'activation');
SELECT results_eq(
    $$SELECT score COLLATE "default", feature::text COLLATE "default", cuts::float8[] FROM segment.cut_point ORDER BY score$$,
    $$SELECT k, n, ARRAY(SELECT jsonb_array_elements_text(line::jsonb #> ARRAY['rfm_clean_19980630', 'cuts', k])::float8)
        FROM cdnow.scorecard, (VALUES ('f', 'active_days'), ('m', 'revenue'), ('r', 'days_since_last')) AS v(k, n) ORDER BY k$$,
    'cut points are the reference''s');
CREATE TABLE cdnow.scored AS
SELECT c.customer_id AS id, c.days_since_last AS recency, c.active_days AS frequency, c.revenue AS monetary,
       segment.score(c.days_since_last, r.cuts::float8[], true) AS r, segment.score(c.active_days, f.cuts::float8[]) AS f,
       segment.score(c.revenue, m.cuts) AS m, c.value AS segment
  FROM segment_data.customer c
  JOIN segment.cut_point r ON r.score = 'r' JOIN segment.cut_point f ON f.score = 'f' JOIN segment.cut_point m ON m.score = 'm';
SELECT is_empty($$(SELECT * FROM cdnow.scored EXCEPT SELECT * FROM cdnow.reference)
                  UNION ALL (SELECT * FROM cdnow.reference EXCEPT SELECT * FROM cdnow.scored)$$,
                'features, scores and segment of every customer equal the reference');
SELECT results_eq(
    $$SELECT k, s, count(*)::int FROM cdnow.scored, LATERAL (VALUES ('r', r), ('f', f), ('m', m)) AS v(k, s) GROUP BY 1, 2 ORDER BY 1, 2$$,
    $$SELECT k, e.key::int, e.value::int FROM cdnow.scorecard, (VALUES ('f'), ('m'), ('r')) AS v(k),
             jsonb_each_text(line::jsonb #> ARRAY['rfm_clean_19980630', k]) e ORDER BY 1, 2$$,
    'as many customers per score: 12,054 one-time buyers share a bin');
SELECT results_eq(
    $$SELECT c.value, count(DISTINCT id), count(DISTINCT (id, day)), sum(dollar_value)
        FROM cdnow.purchases p JOIN segment_data.customer c USING (customer_id) JOIN cdnow.customers k ON k.id = customer_id
       GROUP BY 1 ORDER BY 1$$,
    $$SELECT e.key, (e.value ->> 'customers')::numeric::bigint, (e.value ->> 'orders')::numeric::bigint, (e.value ->> 'revenue')::numeric
        FROM cdnow.scorecard, jsonb_each(line::jsonb #> '{rfm_clean_19980630,segments}') e ORDER BY 1$$,
    'customers, order days and revenue of every segment through the application''s join');
SELECT is_empty($$SELECT id, e.outcome, r.segment FROM cdnow.reference r, LATERAL segment.explain('value', id) e
                   WHERE id % 1000 = 1 AND e.segment = e.raw AND (e.raw, e.assigned) IS DISTINCT FROM (r.segment, r.segment)$$, 'explain agrees for some of them');
SELECT isnt_empty($$SELECT 1 FROM segment.explain('value', 3) WHERE decisive AND met$$, 'and names the decisive conditions');

SELECT is((SELECT count(DISTINCT period_start) FROM segment.scorecard WHERE scheme = 'value'), 25::bigint,
          'scorecards of 24 months and the present one');
SELECT is_empty($$SELECT * FROM segment.scorecard WHERE opening + acquired + moved_in - moved_out - removed <> closing$$,
                'opening + acquired + moved_in - moved_out - removed = closing');
SELECT is_empty($$SELECT s.period_start, s.revenue, t.revenue
                    FROM (SELECT period_start, period_end, sum(revenue) AS revenue FROM segment.scorecard GROUP BY 1, 2) s
                   CROSS JOIN LATERAL (SELECT sum(dollar_value) AS revenue FROM cdnow.purchases
                                        WHERE day BETWEEN s.period_start AND s.period_end) t
                   WHERE s.revenue IS DISTINCT FROM t.revenue$$, 'every month''s revenue equals the table''s');
SELECT is((SELECT sum(revenue) FROM segment.scorecard), 2500315.63, 'revenue of all rows and months is $2,500,315.63');
SELECT results_eq($$SELECT segment, closing FROM segment.scorecard
                     WHERE period_start = '1998-06-01' AND segment NOT IN ('new', 'unassigned') ORDER BY 1$$,
                  $$SELECT value, count(*) FROM segment_data.customer GROUP BY 1 ORDER BY 1$$,
                  'the last month closes with the present segments');
CALL segment.refresh('customer', as_of => '1998-06-30');
SELECT results_eq($$SELECT features_written, segments_written, transitions FROM segment.refresh_log ORDER BY refresh_id DESC LIMIT 1$$,
                  $$VALUES (0::bigint, 0::bigint, 0::bigint)$$, 'a second refresh of the day writes nothing');

DROP SCHEMA cdnow CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
\else
SELECT skip('no ../shared/data', 24);
\endif
SELECT * FROM finish();
