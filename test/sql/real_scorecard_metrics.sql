\set ECHO none
-- The reference's retention on CDNOW, net promoter score and wallet allocation.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SELECT plan(9);
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
CREATE FUNCTION cdnow.reference(VARIADIC path text[]) RETURNS float8 LANGUAGE sql AS 'SELECT (line::jsonb #>> path)::float8 FROM cdnow.scorecard';

-- The reference's periods are quarters, ours are months: a calendar in which the quarters are January and February 1998.
CREATE VIEW cdnow.quarters AS
SELECT customer_id, dollar_value, CASE WHEN day < '1998-01-01' THEN '1997-12-01'::date WHEN day < '1998-04-01' THEN '1998-01-15' ELSE '1998-02-15' END AS day FROM cdnow.purchases;
SELECT segment.create_population('customer', 'cdnow.customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'cdnow.quarters', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "dollar_value"}') \g /dev/null
CALL segment.refresh('customer', as_of => '1997-12-31');
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue'), segment.create_scheme('value', objective => 'See who stays', default_segment => 'Low') \g /dev/null
SELECT segment.create_segment('value', 'High', rule => 'revenue >= 60') \g /dev/null
CALL segment.refresh('customer', as_of => '1997-12-31');
SELECT segment.activate('value', backfill => false), segment.create_standard_metrics() \g /dev/null
SET segment.catch_up_days = 0;
CALL segment.refresh('customer', as_of => '1998-01-31');
CALL segment.refresh('customer', as_of => '1998-02-28');
CREATE VIEW cdnow.value AS SELECT metric, value::float8 FROM segment.metric_value WHERE segment = '' AND breakdown = '' AND period_start = '1998-02-01';
SELECT is((SELECT value FROM cdnow.value WHERE metric = ours), cdnow.reference('cdnow_retention_q1_q2_1998', theirs), theirs)
  FROM (VALUES ('active_before', 'active_q1'), ('active', 'active_q2'), ('retained', 'retained'), ('lapsed', 'lost')) n (ours, theirs);
SELECT ok(abs((SELECT value FROM cdnow.value WHERE metric = 'retention') - cdnow.reference('cdnow_retention_q1_q2_1998', 'retention')) < 1e-9, 'retention');

CREATE VIEW cdnow.answers AS SELECT count(*) FILTER (WHERE r::int >= 9) AS p, count(*) FILTER (WHERE r::int <= 6) AS d, count(*) AS n FROM cdnow.scorecard, jsonb_array_elements_text(line::jsonb #> '{nps_toy,responses}') r;
SELECT ok(abs(segment.nps(p, d, n) - cdnow.reference('nps_toy', 'nps')) < 1e-9, 'net promoter score') FROM cdnow.answers;
SELECT ok(abs(segment.nps_se(p, d, n) - cdnow.reference('nps_toy', 'se')) < 1e-9, 'its standard error') FROM cdnow.answers;
SELECT ok(abs(1.96 * segment.nps_se(p, d, n) - cdnow.reference('nps_toy', 'moe95')) < 1e-9, 'its margin of error') FROM cdnow.answers;
SELECT is_empty($$SELECT rank, brands FROM generate_series(1, 5) brands, generate_series(1, brands) rank
                   WHERE NOT abs(segment.wallet_allocation(rank, brands) - cdnow.reference('wallet_allocation_rule', format('rank%s_of_%s', rank, brands))) < 1e-9$$, 'wallet allocation rule');
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
DROP SCHEMA cdnow CASCADE;
\else
SELECT skip('no ../shared/data', 9);
\endif
SELECT * FROM finish();
