\set ECHO none
-- CDNOW over the second quarter of 1998, by cut points frozen at its beginning: who moved where, and when by day.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(13);
\set shared ''
\getenv shared SEGMENT_SHARED
SELECT :'shared' <> '' AS present \gset
\if :present

DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
CREATE SCHEMA cdnow;
CREATE TABLE cdnow.purchases (customer_id int, day date, cds int, dollar_value numeric(8, 2));
\copy cdnow.purchases from program 'zcat "$SEGMENT_SHARED/data/cdnow_master.csv.gz"' with (format csv, header)
CREATE TABLE cdnow.customers AS SELECT DISTINCT customer_id AS id FROM cdnow.purchases;
CREATE TABLE cdnow.scorecard (line text);
\copy cdnow.scorecard from program 'tr -d "\n" < "$SEGMENT_SHARED/reference/scorecard.json"' with (format csv, delimiter e'\x01', quote e'\x02')
-- the matrix comes wide: its header names the columns
CREATE TABLE cdnow.line (n int GENERATED ALWAYS AS IDENTITY, line text);
\copy cdnow.line (line) from program 'cat "$SEGMENT_SHARED/reference/migration_counts_19980331_19980630.csv"' with (format csv, delimiter e'\x01', quote e'\x02')
CREATE TABLE cdnow.migration AS
SELECT cells[1] AS from_segment, to_segment, cells[place + 1]::bigint AS customers
  FROM (SELECT string_to_array(line, ',') AS cells FROM cdnow.line WHERE n > 1) l,
       (SELECT to_segment, ordinality - 1 AS place FROM cdnow.line, unnest(string_to_array(line, ',')) WITH ORDINALITY AS h(to_segment, ordinality) WHERE n = 1 AND ordinality > 1) h
 WHERE cells[place + 1]::bigint > 0;

SELECT segment.create_population('customer', 'cdnow.customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'cdnow.purchases', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "dollar_value"}') \g /dev/null
CALL segment.refresh('customer', as_of => '1998-03-31');
SELECT segment.create_rfm_scheme('value', objective => 'See who leaves') \g /dev/null
SELECT segment.activate('value', backfill => false) \g /dev/null
SELECT results_eq('SELECT value, count(*) FROM segment_data.customer GROUP BY 1 ORDER BY 1',
                  $$SELECT key, value::numeric::bigint FROM cdnow.scorecard, jsonb_each_text(line::jsonb #> '{psi,n0}') WHERE value::numeric > 0 ORDER BY 1$$, 'segments at the end of March: purchases to come do not count');
SET segment.catch_up_days = 0;
CREATE TABLE cdnow.march AS SELECT customer_id, value FROM segment_data.customer;
CALL segment.refresh('customer', as_of => '1998-05-15');
CALL segment.refresh('customer', as_of => '1998-06-30');
SELECT results_eq('SELECT value, count(*) FROM segment_data.customer GROUP BY 1 ORDER BY 1',
                  $$SELECT key, value::numeric::bigint FROM cdnow.scorecard, jsonb_each_text(line::jsonb #> '{psi,n1}') WHERE value::numeric > 0 ORDER BY 1$$, 'at the end of June, by the same cut points');
SELECT is((SELECT count(*) FROM cdnow.march JOIN segment_data.customer c USING (customer_id) WHERE march.value = c.value)::float8 / 23570,
          (SELECT (line::jsonb #>> '{migration,stay_rate}')::float8 FROM cdnow.scorecard), 'the share that stayed');
SELECT results_eq('SELECT m.value, c.value, count(*) FROM cdnow.march m JOIN segment_data.customer c USING (customer_id) GROUP BY 1, 2 ORDER BY 1, 2',
                  'SELECT * FROM cdnow.migration ORDER BY 1, 2', 'who moved where');
SELECT results_eq($$SELECT b.segment, e.segment, count(*) FROM segment_data.value_history b JOIN segment_data.value_history e USING (customer_id)
                     WHERE b.valid @> '1998-03-31'::date AND e.valid @> '1998-06-30'::date GROUP BY 1, 2 ORDER BY 1, 2$$, 'SELECT * FROM cdnow.migration ORDER BY 1, 2', 'from history');
SELECT is((SELECT string_agg(DISTINCT cause, ' ' ORDER BY cause) FROM segment_data.value_transition), 'time', 'no purchase was added to the table: all of it is time');
SELECT is((SELECT count(*) FROM segment_data.value_transition WHERE day NOT IN ('1998-05-15', '1998-06-30')), 0::bigint, 'on the days that were refreshed');
SELECT results_eq($$SELECT segment, closing FROM segment.scorecard WHERE period_start = '1998-06-01' AND closing > 0 ORDER BY 1$$,
                  'SELECT to_segment, sum(customers)::bigint FROM cdnow.migration GROUP BY 1 ORDER BY 1', 'June''s scorecard closes so');
SELECT results_eq($$SELECT segment, opening FROM segment.scorecard WHERE period_start = '1998-04-01' AND opening > 0 ORDER BY 1$$,
                  'SELECT from_segment, sum(customers)::bigint FROM cdnow.migration GROUP BY 1 ORDER BY 1', 'April''s opens so');

-- the function, with what they were worth in the quarters that end with the two days
CREATE TABLE cdnow.worth (from_segment text, to_segment text, customers bigint, value_before numeric, value_after numeric);
\copy cdnow.worth from program 'cat "$SEGMENT_SHARED/reference/migration_value_19980331_19980630.csv"' with (format csv, header)
SELECT results_eq($$SELECT from_segment, to_segment, customers, value_before, value_after FROM segment.migration('value', '1998-03-31', within => '3 months') ORDER BY 1, 2$$,
                  'SELECT * FROM cdnow.worth ORDER BY 1, 2', 'segment.migration: counts, and values to the cent');
TRUNCATE cdnow.line;
ALTER TABLE cdnow.line ALTER n RESTART;
\copy cdnow.line (line) from program 'cat "$SEGMENT_SHARED/reference/migration_prob_19980331_19980630.csv"' with (format csv, delimiter e'\x01', quote e'\x02')
SELECT is_empty($$SELECT * FROM segment.migration('value', '1998-03-31', '1998-06-30') m
    FULL JOIN (SELECT cells[1] AS from_segment, to_segment, cells[place + 1]::float8 AS probability
                 FROM (SELECT string_to_array(line, ',') AS cells FROM cdnow.line WHERE n > 1) l,
                      (SELECT to_segment, ordinality - 1 AS place FROM cdnow.line, unnest(string_to_array(line, ',')) WITH ORDINALITY AS h(to_segment, ordinality) WHERE n = 1 AND ordinality > 1) h
                WHERE cells[place + 1]::float8 > 0) r USING (from_segment, to_segment)
    WHERE (abs(m.probability - r.probability) < 1e-11) IS NOT TRUE$$, 'row probabilities');
SELECT results_eq($$SELECT sum(behaviour), sum(definition + manual + merge) FROM segment.migration('value', '1998-03-31')$$,
                  'SELECT sum(customers), 0::numeric FROM cdnow.migration WHERE from_segment <> to_segment', 'all of it behaviour');

-- had it been backfilled, by the version's cut points
CREATE TABLE cdnow.live AS SELECT customer_id, segment FROM segment_data.value_history WHERE valid @> '1998-03-31'::date;
SELECT segment.create_scheme('again', objective => 'Look back') \g /dev/null
SELECT segment.create_score('again', score, feature, cuts => cuts, descending => descending) FROM segment.cut_point WHERE scheme = 'value' \g /dev/null
SELECT segment.create_segment('again', g.name, g.rule, priority => g.priority) FROM segment.segment g JOIN segment.scheme s USING (scheme_id) WHERE s.name = 'value' ORDER BY g.priority \g /dev/null
SELECT segment.activate('again') \g /dev/null
SELECT results_eq($$SELECT customer_id, segment FROM segment_data.again_history WHERE valid @> '1998-03-31'::date ORDER BY 1$$, 'SELECT * FROM cdnow.live ORDER BY 1', 'looking back from June gives March''s segments');

DROP SCHEMA cdnow CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
\else
SELECT skip('no ../shared/data', 13);
\endif
SELECT * FROM finish();
