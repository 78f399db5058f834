\set ECHO none
-- CDNOW: concentration and drift against the reference values.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(10);
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
CREATE TABLE cdnow.reference (line text);
\copy cdnow.reference from program 'tr -d "\n" < "$SEGMENT_SHARED/reference/scorecard.json"' with (format csv, delimiter e'\x01', quote e'\x02')
CREATE FUNCTION cdnow.value(path text[]) RETURNS float8 LANGUAGE sql AS $$SELECT (line::jsonb #>> path)::float8 FROM cdnow.reference$$;
-- "psi.n0" and the like as counts in order of names
CREATE FUNCTION cdnow.counts(path text[]) RETURNS bigint[] LANGUAGE sql AS $$SELECT array_agg(value::numeric::bigint ORDER BY key COLLATE "C") FROM cdnow.reference, jsonb_each_text(line::jsonb #> path)$$;
CREATE FUNCTION cdnow.list(path text[]) RETURNS bigint[] LANGUAGE sql AS $$SELECT array_agg(value::bigint ORDER BY i) FROM cdnow.reference, jsonb_array_elements_text(line::jsonb #> path) WITH ORDINALITY e(value, i)$$;
SELECT segment.create_population('customer', 'cdnow.customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'cdnow.purchases', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "dollar_value"}') \g /dev/null
CALL segment.refresh('customer', as_of => '1998-03-31');
SELECT segment.create_rfm_scheme('value', objective => 'See who leaves') \g /dev/null
SELECT segment.activate('value', backfill => false) \g /dev/null
SET segment.catch_up_days = 0;
CALL segment.refresh('customer', as_of => '1998-06-30');

SELECT is((SELECT customers::float8 FROM segment.concentration('revenue')), cdnow.value('{lorenz_cdnow,n}'), 'customers');
SELECT is((SELECT total::float8 FROM segment.concentration('revenue')), cdnow.value('{lorenz_cdnow,sum}'), 'revenue');
SELECT is((SELECT round(gini::numeric, 9) FROM segment.concentration('revenue')), round(cdnow.value('{lorenz_cdnow,gini}')::numeric, 9), 'Gini coefficient');
SELECT results_eq($$SELECT round(top_1::numeric, 9), round(top_10::numeric, 9), round(top_20::numeric, 9) FROM segment.concentration('revenue')$$,
    $$SELECT round(cdnow.value('{lorenz_cdnow,top1}')::numeric, 9), round(cdnow.value('{lorenz_cdnow,top10}')::numeric, 9), round(cdnow.value('{lorenz_cdnow,top20}')::numeric, 9)$$, 'shares of the first 1, 10 and 20 %');
SELECT is(segment.psi(cdnow.list('{psi,recency_deciles,n0}'), cdnow.list('{psi,recency_deciles,n1}'), 0)::numeric(12, 9), cdnow.value('{psi,recency_deciles,psi}')::numeric(12, 9), 'stability index of recency');
SELECT is(segment.psi(cdnow.counts('{psi,n0}'), cdnow.counts('{psi,n1}'), 0), 'Infinity', 'of segments without smoothing');
SELECT is(segment.psi(cdnow.counts('{psi,n0}'), cdnow.counts('{psi,n1}'))::numeric(12, 9), cdnow.value('{psi,segments_smoothed_0p5}')::numeric(12, 9), 'and with');
SELECT is((SELECT psi::numeric(12, 9) FROM segment.drift('value') WHERE kind = 'segment'), cdnow.value('{psi,segments_smoothed_0p5}')::numeric(12, 9), 'drift of segments since March says the same');
SELECT results_eq($$SELECT DISTINCT verdict FROM segment.drift('value') WHERE name IN ('r', 'days_since_last')$$, $$VALUES ('shifted')$$, 'recency has shifted: nobody is new any more');
SELECT cmp_ok((SELECT value FROM segment.quality('value') WHERE measure = 'eta_squared' AND feature = 'active_days'), '>', 0.14::float8, 'active days tell the segments apart');

DROP SCHEMA cdnow CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
\else
SELECT skip('no ../shared/data', 10);
\endif
SELECT * FROM finish();
