\set ECHO none
-- Features of the CDNOW sample equal those another implementation computed from the same file.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(5);
\set shared ''
\getenv shared SEGMENT_SHARED
SELECT :'shared' <> '' AS present \gset
\if :present

DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
CREATE SCHEMA cdnow;
CREATE TABLE cdnow.purchases (master_id int, sample_id int, day date, cds int, dollar_value numeric(8, 2));
\copy cdnow.purchases from program 'zcat "$SEGMENT_SHARED/data/cdnow_sample.csv.gz"' with (format csv, header)
CREATE TABLE cdnow.customers AS SELECT DISTINCT sample_id AS id FROM cdnow.purchases;
CREATE TABLE cdnow.reference (id int, first date, last date, frequency int, monetary_total numeric, monetary_avg float8, ipt_mean float8,
    ipt_median float8, ipt_sd float8, ipt_max int, recency_days int, tenure_days int, t_x_days int, ipt_cv float8, recency_over_ipt float8,
    spend_30d numeric, orders_30d int, spend_90d numeric, orders_90d int, spend_180d numeric, orders_180d int, spend_365d numeric, orders_365d int);
\copy cdnow.reference from program 'zcat "$SEGMENT_SHARED/reference/features_cdnow_sample_19980630.csv.gz"' with (format csv, header)
SELECT segment.create_population('customer', 'cdnow.customers', key => 'id', timezone => 'UTC') \g /dev/null
SELECT segment.create_source('orders', 'cdnow.purchases', customer => 'sample_id', occurred_at => 'day',
                             measures => '{"revenue": "dollar_value"}') \g /dev/null

SELECT segment.create_feature(name, aggregate => aggregate, source => 'orders')
  FROM (VALUES ('first', 'first_day'), ('last', 'last_day'), ('frequency', 'active_days'), ('ipt_mean', 'interpurchase_mean'),
               ('ipt_median', 'interpurchase_median'), ('ipt_sd', 'interpurchase_sd'), ('ipt_max', 'longest_gap'),
               ('recency_days', 'days_since_last'), ('tenure_days', 'tenure'), ('t_x_days', 't_x')) AS f(name, aggregate) \g /dev/null
SELECT segment.create_feature('monetary_total', aggregate => 'sum', source => 'orders', measure => 'revenue') \g /dev/null
SELECT segment.create_feature('spend_' || days || 'd', aggregate => 'sum', source => 'orders', measure => 'revenue',
                              within => make_interval(days => days), absent => 0),
       segment.create_feature('orders_' || days || 'd', aggregate => 'active_days', source => 'orders',
                              within => make_interval(days => days), absent => 0)
  FROM unnest(ARRAY[30, 90, 180, 365]) AS days \g /dev/null
SELECT segment.create_feature('monetary_avg', expression => 'monetary_total::float8 / frequency'),
       segment.create_feature('ipt_cv', expression => 'ipt_sd / ipt_mean'),
       segment.create_feature('recency_over_ipt', expression => 'recency_days / ipt_mean') \g /dev/null
CALL segment.refresh('customer', as_of => '1998-06-30');


\set counted 'id, first, last, frequency, monetary_total, ipt_max, recency_days, tenure_days, t_x_days, spend_30d, orders_30d, spend_90d, orders_90d, spend_180d, orders_180d, spend_365d, orders_365d'
CREATE VIEW cdnow.ours AS SELECT customer_id AS id, * FROM segment_data.customer_feature;
PREPARE ours AS SELECT :counted FROM cdnow.ours ORDER BY id;
PREPARE theirs AS SELECT :counted FROM cdnow.reference ORDER BY id;
SELECT results_eq('ours', 'theirs', 'counts, days, sums and windows of all customers are equal');
SELECT is_empty($$SELECT r.id, f.name, f.ours, f.theirs
                    FROM cdnow.ours o JOIN cdnow.reference r USING (id),
                         LATERAL (VALUES ('monetary_avg', o.monetary_avg, r.monetary_avg), ('ipt_mean', o.ipt_mean, r.ipt_mean),
                                         ('ipt_median', o.ipt_median, r.ipt_median), ('ipt_sd', o.ipt_sd, r.ipt_sd),
                                         ('ipt_cv', o.ipt_cv, r.ipt_cv), ('recency_over_ipt', o.recency_over_ipt, r.recency_over_ipt))
                         AS f(name, ours, theirs)
                   WHERE (f.ours IS NULL) <> (f.theirs IS NULL) OR abs(f.ours - f.theirs) > 1e-9 * abs(f.theirs)$$,
                'means, medians, deviations and ratios are equal to the ten digits of the file');
SELECT results_eq($$SELECT customer_id, spend_90d, recency_days, orders_30d FROM segment.features_as_of(NULL::segment_data.customer_feature, '1997-12-31') ORDER BY 1$$,
                  $$SELECT sample_id, COALESCE(sum(dollar_value) FILTER (WHERE day > '1997-10-02'), 0), '1997-12-31' - max(day), count(DISTINCT day) FILTER (WHERE day > '1997-12-01')::int
                      FROM cdnow.purchases WHERE day <= '1997-12-31' GROUP BY 1 ORDER BY 1$$, 'features of a past day');
SELECT is((SELECT count(*) FROM segment.features_as_of('customer', '1997-01-15')), (SELECT count(DISTINCT sample_id) FROM cdnow.purchases WHERE day <= '1997-01-15'),
          'of those who had come by then');
SELECT is((SELECT sum(monetary_total) FROM segment_data.customer), 244091.94, 'the sample''s revenue is $244,091.94');

DROP SCHEMA cdnow CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
\else
SELECT skip('no ../shared/data', 5);
\endif
SELECT * FROM finish();
