\set ECHO none
-- Complete Journey: households by what they buy and who they are, with discounts, coupons and campaigns; all of it reconciles.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(23);
\set shared ''
\getenv shared SEGMENT_SHARED
SELECT :'shared' <> '' AS present \gset
\if :present

DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
CREATE SCHEMA journey;
SET search_path = journey, public;
CREATE TABLE lines (household_id text, store_id int, basket_id numeric, product_id int, quantity int, sales_value numeric(8, 2), retail_disc numeric(8, 2),
                    coupon_disc numeric(8, 2), coupon_match_disc numeric(8, 2), week int, bought_at timestamp);
\copy lines from program 'zcat "$SEGMENT_SHARED/data/completejourney_transactions_sample.csv.gz"' with (format csv, header, null 'NA')
CREATE TABLE demographics (household_id text PRIMARY KEY, age text, income text, home_ownership text, marital_status text, household_size text, household_comp text, kids_count text);
\copy demographics from program 'zcat "$SEGMENT_SHARED/data/completejourney_demographics.csv.gz"' with (format csv, header, null 'NA')
CREATE TABLE redemptions (household_id text, coupon_upc text, campaign_id text, redeemed_on date);
\copy redemptions from program 'zcat "$SEGMENT_SHARED/data/completejourney_coupon_redemptions.csv.gz"' with (format csv, header, null 'NA')
CREATE TABLE campaigns (campaign_id text, household_id text);
\copy campaigns from program 'zcat "$SEGMENT_SHARED/data/completejourney_campaigns.csv.gz"' with (format csv, header, null 'NA')
CREATE TABLE campaign (campaign_id text PRIMARY KEY, campaign_type text, start_date date, end_date date);
\copy campaign from program 'zcat "$SEGMENT_SHARED/data/completejourney_campaign_descriptions.csv.gz"' with (format csv, header, null 'NA')
CREATE INDEX ON lines (household_id);

-- households are a view: who bought, with what is known of them; contacts have their campaign's day
CREATE VIEW households AS
SELECT household_id, age, income, home_ownership = 'Homeowner' AS homeowner, kids_count
  FROM (SELECT DISTINCT household_id FROM lines) b LEFT JOIN demographics USING (household_id);
CREATE VIEW contacts AS SELECT household_id, start_date, campaign_type FROM campaigns JOIN campaign USING (campaign_id);

SELECT segment.create_population('household', 'households', key => 'household_id', timezone => 'America/New_York') \g /dev/null
SELECT lives_ok($$SELECT segment.create_source('lines', 'lines', customer => 'household_id', occurred_at => 'bought_at',
    measures => '{"revenue": "sales_value", "retail_disc": "retail_disc", "coupon_disc": "coupon_disc + coupon_match_disc", "units": "quantity", "paid": "sales_value - coupon_disc"}',
    filter => 'quantity > 0 OR sales_value > 0', purchase => 'sales_value > 0',
    dimension => $d$CASE WHEN coupon_disc > 0 THEN 'coupon' WHEN retail_disc > 0 THEN 'promotion' ELSE 'full price' END$d$)$$, 'basket lines: five measures, a filter, a computed dimension');
SELECT lives_ok($$SELECT segment.create_source('redemptions', 'redemptions', customer => 'household_id', occurred_at => 'redeemed_on')$$, 'coupon redemptions: a source without a measure');
SELECT lives_ok($$SELECT segment.create_source('contacts', 'contacts', customer => 'household_id', occurred_at => 'start_date', dimension => 'campaign_type')$$, 'campaign contacts: a view with a dimension');
SELECT is((SELECT string_agg(DISTINCT source || ' ' || severity, ', ') FROM segment.check_sources() WHERE severity = 'error'), NULL, 'no errors in what is mapped');
SELECT isnt_empty($$SELECT 1 FROM segment.check_sources() WHERE source = 'household' AND severity = 'note'$$, 'a view as population comes at a price');
SELECT segment.create_standard_features('household') \g /dev/null
SELECT segment.create_feature(a, attribute => a) FROM unnest(ARRAY['age', 'income', 'homeowner', 'kids_count']::name[]) a \g /dev/null
SELECT segment.create_feature('coupon_share', expression => 'coupon_disc / revenue'),
       segment.create_feature('promoted', aggregate => 'sum', source => 'lines', measure => 'revenue', dimension => 'promotion', absent => 0),
       segment.create_feature('contacts', aggregate => 'count', source => 'contacts', absent => 0),
       segment.create_feature('redemptions_6m', aggregate => 'count', source => 'redemptions', within => '6 months', absent => 0) \g /dev/null
CALL segment.refresh('household', as_of => '2017-12-31');
CREATE VIEW event AS SELECT *, bought_at::date AS day, CASE WHEN coupon_disc > 0 THEN 'coupon' WHEN retail_disc > 0 THEN 'promotion' ELSE 'full price' END AS kind
  FROM lines WHERE (quantity > 0 OR sales_value > 0) AND bought_at < '2018-01-01';

SELECT results_eq('SELECT household_id, revenue, retail_disc, coupon_disc, paid, promoted, active_days, days_since_last FROM segment_data.household_feature ORDER BY 1',
    $$SELECT household_id, COALESCE(sum(sales_value), 0), COALESCE(sum(retail_disc), 0), COALESCE(sum(coupon_disc + coupon_match_disc), 0), COALESCE(sum(sales_value - coupon_disc), 0), COALESCE(sum(sales_value) FILTER (WHERE kind = 'promotion'), 0),
             NULLIF(count(DISTINCT day) FILTER (WHERE sales_value > 0), 0)::int, '2017-12-31' - max(day) FILTER (WHERE sales_value > 0)
        FROM households LEFT JOIN event USING (household_id) GROUP BY 1 ORDER BY 1$$, 'measures and days of every household, by the filter and what counts as a purchase');
SELECT results_eq('SELECT household_id, contacts, redemptions_6m FROM segment_data.household_feature ORDER BY 1',
    $$SELECT household_id, (SELECT count(*) FROM contacts c WHERE c.household_id = h.household_id AND start_date <= '2017-12-31'),
             (SELECT count(*) FROM redemptions r WHERE r.household_id = h.household_id AND redeemed_on BETWEEN '2017-07-01' AND '2017-12-31') FROM households h ORDER BY 1$$, 'contacts and redemptions');
SELECT results_eq('SELECT household_id, age, income, homeowner, kids_count FROM segment_data.household_feature ORDER BY 1', 'SELECT * FROM households ORDER BY 1', 'demographics as attributes');
SELECT is((SELECT count(*) - count(age) FROM segment_data.household_feature), (SELECT count(*) - count(age) FROM households), 'unknown where nothing is known');
SELECT is((SELECT favourite_lines FROM segment_data.household_feature ORDER BY household_id LIMIT 1),
          (SELECT kind FROM event WHERE household_id = (SELECT min(household_id) FROM lines) AND sales_value > 0 GROUP BY 1 ORDER BY count(*) DESC, kind COLLATE "C" LIMIT 1), 'the favourite way to buy');

-- who they are and what they buy, in one scheme
SELECT segment.create_scheme('family', objective => 'Sell school meals', default_segment => 'Unknown') \g /dev/null
SELECT segment.create_segment('family', 'Saving families', rule => $$kids_count <> '0' AND coupon_share > 0.02$$),
       segment.create_segment('family', 'Families', rule => $$kids_count <> '0'$$),
       segment.create_segment('family', 'Owners', rule => 'homeowner'),
       segment.create_segment('family', 'Others known', rule => 'age IS NOT NULL') \g /dev/null
SELECT segment.activate('family') \g /dev/null
SELECT segment.create_rfm_scheme('worth', objective => 'Grow the basket') \g /dev/null
SELECT segment.activate('worth') \g /dev/null
SELECT results_eq('SELECT family, count(*) FROM segment_data.household GROUP BY 1 ORDER BY 1',
    $$SELECT CASE WHEN kids_count <> '0' AND coupon > 0.02 THEN 'Saving families' WHEN kids_count <> '0' THEN 'Families' WHEN homeowner THEN 'Owners' WHEN age IS NOT NULL THEN 'Others known' ELSE 'Unknown' END, count(*)
        FROM households LEFT JOIN (SELECT household_id, sum(coupon_disc + coupon_match_disc) / NULLIF(sum(sales_value), 0) AS coupon FROM event GROUP BY 1) e USING (household_id) GROUP BY 1 ORDER BY 1$$,
    'segments by demographics and behaviour');
SELECT is((SELECT count(DISTINCT family) FROM segment_data.household), 5::bigint, 'none of them is empty');
SELECT is((SELECT count(*) FROM segment_data.household WHERE family IS NULL OR worth IS NULL), 0::bigint, 'everyone has a segment in both schemes');

-- reconcile
SELECT is((SELECT segment.total(segment.sum(ledger), p.position) FROM segment_data.household_lines_ledger, segment.measure p WHERE p.name = 'revenue' GROUP BY p.position),
          (SELECT sum(sales_value) FROM lines WHERE quantity > 0 OR sales_value > 0), 'the ledgers hold all revenue');
CREATE TABLE total AS
SELECT day, sum(sales_value) AS revenue, sum(retail_disc) AS retail_disc, sum(coupon_disc + coupon_match_disc) AS coupon_disc, sum(quantity)::numeric AS units, sum(sales_value - coupon_disc) AS paid,
       count(*) FILTER (WHERE sales_value > 0)::numeric AS purchases FROM event GROUP BY 1;
SELECT is_empty(format($$SELECT s.period_start, s, t FROM (SELECT period_start, period_end, sum(revenue) AS revenue, sum(retail_disc) AS retail_disc, sum(coupon_disc) AS coupon_disc, sum(units) AS units, sum(paid) AS paid,
                                  sum(lines_events) AS purchases FROM segment.scorecard WHERE scheme = %L GROUP BY 1, 2) s
    CROSS JOIN LATERAL (SELECT sum(revenue) AS revenue, sum(retail_disc) AS retail_disc, sum(coupon_disc) AS coupon_disc, sum(units) AS units, sum(paid) AS paid, sum(purchases) AS purchases
                          FROM total WHERE day BETWEEN s.period_start AND s.period_end) t
    WHERE (s.revenue, s.retail_disc, s.coupon_disc, s.units, s.paid, s.purchases) IS DISTINCT FROM (t.revenue, t.retail_disc, t.coupon_disc, t.units, t.paid, t.purchases)
      AND (COALESCE(s.revenue, 0) <> 0 OR t.revenue IS NOT NULL)$$, scheme), scheme || ': five measures and the purchases of every month equal the table''s')
  FROM unnest(ARRAY['family', 'worth']) scheme;
SELECT is((SELECT sum(revenue) FROM segment.scorecard WHERE scheme = s), (SELECT sum(revenue) FROM total), s || ': so does the year''s revenue') FROM unnest(ARRAY['family', 'worth']) s;
SELECT results_eq($$SELECT dimension, sum(value) FROM segment_data.family_scorecard WHERE source = 'lines' AND metric = 'revenue' AND value <> 0 GROUP BY 1 ORDER BY 1$$,
                  'SELECT kind, sum(sales_value) FROM event GROUP BY 1 ORDER BY 1', 'and revenue by way to buy');
SELECT is((SELECT sum(contacts_events) FROM segment.scorecard WHERE scheme = 'family'), (SELECT count(*) FROM contacts WHERE start_date BETWEEN '2015-12-01' AND '2017-12-31')::numeric,
          'contacts, those of households that never bought among them');
SELECT is_empty($$SELECT * FROM segment.scorecard WHERE opening + acquired + moved_in - moved_out - removed <> closing$$, 'households add up');

-- labels without end are no dimension
SELECT throws_ok($$SELECT segment.create_feature('stores', aggregate => 'distinct_dimensions', source => 'redemptions')$$, '22023', 'source "redemptions" has no dimension', 'a source without dimension has no labels');
UPDATE lines SET coupon_disc = coupon_disc + 1 WHERE ctid = (SELECT ctid FROM lines WHERE sales_value > 0 AND household_id = (SELECT max(household_id) FROM lines) LIMIT 1);
CALL segment.refresh('household', as_of => '2017-12-31');
SELECT results_eq($$SELECT features_written, segments_written FROM segment.refresh_log ORDER BY refresh_id DESC LIMIT 1$$, $$VALUES (1::bigint, 0::bigint)$$, 'one line changed writes one row');

RESET search_path;
DROP SCHEMA journey CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
\else
SELECT skip('no ../shared/data', 23);
\endif
SELECT * FROM finish();
