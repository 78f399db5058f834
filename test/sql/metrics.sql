\set ECHO none
-- Metrics: of the sums, at every level; the standard catalogue; formulas.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
CREATE SCHEMA metrics;
SET search_path = metrics, public;
SELECT plan(41);

-- January: 1 buys 100 (web) and 50 (shop), 2 buys 30; February: 1 buys 60, returns 20; 2 does not; 3 comes and buys 40; a guest buys 5.
CREATE TABLE customers (id int PRIMARY KEY, joined date, region text);
INSERT INTO customers VALUES (1, '2023-12-01', 'North'), (2, '2023-12-01', 'South'), (3, '2024-02-10', 'North'), (4, '2023-12-05', 'North');
CREATE TABLE orders (id int PRIMARY KEY, customer int, day date, channel text, total numeric(8,2), cost numeric(8,4));
INSERT INTO orders VALUES (1, 1, '2024-01-05', 'web', 100, 60), (2, 1, '2024-01-20', 'shop', 50, 20), (3, 2, '2024-01-07', 'web', 30, 33.5),
                          (4, 1, '2024-02-03', 'web', 60, 30), (5, 1, '2024-02-09', 'web', -20, -10), (6, 3, '2024-02-10', 'shop', 40, 10), (7, NULL, '2024-02-11', 'web', 5, 1),
                          (8, 1, '2023-12-20', 'web', 10, 1), (9, 4, '2023-12-21', 'web', 1, 1);
CREATE TABLE surveys (customer int, day date, score int);
INSERT INTO surveys VALUES (1, '2024-02-01', 10), (1, '2024-02-02', 9), (2, '2024-02-02', 3), (3, '2024-02-12', 7);
SELECT segment.create_population('shopper', 'customers', key => 'id', timezone => 'UTC', since => 'joined'),
       segment.create_source('orders', 'orders', customer => 'customer', occurred_at => 'day', measures => '{"revenue": "total", "cogs": "cost"}', dimension => 'channel', purchase => 'total > 0'),
       segment.create_source('surveys', 'surveys', customer => 'customer', occurred_at => 'day', measures => '{"promoters": "(score >= 9)::int", "detractors": "(score <= 6)::int"}'),
       segment.create_feature('region', attribute => 'region'),
       segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0),
       segment.create_scheme('worth', objective => 'Know', default_segment => 'Low') \g /dev/null
SELECT segment.create_segment('worth', 'High', rule => 'revenue >= 5') \g /dev/null
CALL segment.refresh('shopper', as_of => '2023-12-31');
SELECT lives_ok($$SELECT segment.create_metric('margin', 'revenue - cogs', unit => 'EUR', direction => 'up', format => 'money', description => 'gross margin')$$, 'before any scheme');
SELECT segment.activate('worth') \g /dev/null
SELECT segment.create_breakdown('region') \g /dev/null
CALL segment.refresh('shopper', as_of => '2024-02-29');
SELECT lives_ok($$SELECT segment.create_metric('margin_share', 'margin / revenue')$$, 'of another metric');
SELECT is((SELECT expression_sql FROM segment.metric WHERE name = 'margin_share'), '(margin / NULLIF(revenue, (0)::numeric))', 'division is safe');
SELECT set_eq($$SELECT uses FROM segment.metric_use JOIN segment.metric USING (metric_id) WHERE name = 'margin_share'$$, ARRAY['margin', 'revenue'], 'what it reads is known');

CREATE FUNCTION value(metric text, segment text DEFAULT '', period_start date DEFAULT '2024-02-01', breakdown text DEFAULT '', label text DEFAULT '') RETURNS numeric LANGUAGE sql AS $$
    SELECT v.value FROM segment.metric_value v WHERE v.scheme = 'worth' AND v.segment = $2 AND v.period_start = $3 AND v.breakdown = $4 AND v.label = $5 AND v.metric = $1 $$;
SELECT is(value('margin', 'High', '2024-01-01'), 70.0000, 'of a segment');
SELECT is(round(value('margin_share', '', '2024-01-01'), 6), round(66.5 / 180, 6), 'the scheme''s total is a ratio of sums, not a mean of ratios');
SELECT is(round(value('margin_share', '', '2024-01-01', 'channel', 'web'), 6), round((130 - 93.5) / 130, 6), 'by channel');
SELECT is(value('margin', '', '2024-02-01', 'region', 'North'), 50.0000, 'by region');
SELECT is(value('margin', '', '2024-02-01', 'region', ''), 4.0000, 'a guest has no region');
SELECT is(value('closing', '', '2024-02-01', 'region', 'North'), 3::numeric, 'counts of customers by region');
SELECT is((SELECT margin FROM segment.scorecard WHERE scheme = 'worth' AND segment = 'High' AND period_start = '2024-01-01'), 70.0000, 'a column of the scorecard');
SELECT is((SELECT col_description('segment.scorecard'::regclass, attnum) FROM pg_attribute WHERE attrelid = 'segment.scorecard'::regclass AND attname = 'margin'), 'gross margin: revenue - cogs', 'which says what it is');
SELECT is((SELECT sum(margin) FROM segment_data.worth_scorecard_wide WHERE period_start = '2024-02-01'), 54.0000, 'and of the scheme''s own');

-- missing is NULL, and says what is missing
SELECT is_empty($$SELECT * FROM segment.metric_value WHERE metric = 'promoters' AND period_start = '2024-01-01' AND (value IS NOT NULL OR note IS DISTINCT FROM 'no values of promoters')$$, 'no answers in January');
SELECT is((SELECT note FROM segment.metric_value WHERE metric = 'margin_share' AND segment = 'Low' AND breakdown = '' AND period_start = '2024-02-01'), 'nothing to divide by', 'a segment without revenue');
SELECT is_empty($$SELECT * FROM segment.metric_value WHERE (value IS NULL) <> (note IS NOT NULL)$$, 'a note where, and only where, there is no value');

-- the standard catalogue
SELECT cmp_ok(segment.create_standard_metrics(), '>', 15, 'as measures allow');
SELECT is(segment.create_standard_metrics(), 0, 'not twice');
SELECT set_has('SELECT name::text FROM segment.metric', $$VALUES ('customers'), ('orders'), ('average_order_value'), ('retention'), ('gross_revenue_retention'), ('net_revenue_retention'), ('returns'), ('nps'), ('nps_se'), ('nps_n'), ('contribution_margin'), ('margin_pct')$$, 'what there are measures for');
SELECT is_empty($$SELECT name FROM segment.metric WHERE name IN ('cac', 'csat', 'share_of_wallet', 'price_realisation')$$, 'not what there are none for');
SELECT is(value('orders'), 3::numeric, 'orders are purchases');
SELECT is(value('retention', 'High'), 0.5::numeric, 'of two active in January one is in February');
SELECT is(value('active_before', 'High'), 2::numeric, 'attributed by the opening');
SELECT is(value('lapsed', 'High'), 1::numeric, 'lapsed');
SELECT is(value('active', 'new'), 1::numeric, 'a newcomer is active in `new`');
SELECT is(round(value('gross_revenue_retention'), 6), round(40 / 180.0, 6), 'gross revenue retention');
SELECT is(round(value('net_revenue_retention'), 6), round(40 / 180.0, 6), 'net revenue retention');
SELECT is(value('revenue_gained'), 45.00, 'revenue of who was not active before');
SELECT is(value('returns'), 20.00, 'returns');
SELECT is(value('nps'), 25::numeric, 'nps');
SELECT is(round(value('nps_se'), 9), round(segment.nps_se(2, 1, 4)::numeric, 9), 'its standard error is the formula''s');
SELECT is(value('nps_n'), 4::numeric, 'of four answers');
SELECT is(value('contribution_margin'), 54.0000, 'contribution margin');

-- changes
SELECT segment.alter_metric('margin', 'revenue - 2 * cogs') \g /dev/null
SELECT is(value('margin', 'High', '2024-01-01'), -10.0000, 'altered');
SELECT is((SELECT unit || format FROM segment.metric WHERE name = 'margin'), 'EURmoney', 'what is not given stays');
SELECT segment.drop_metric('margin_share') \g /dev/null
SELECT is((SELECT count(margin_share) FROM segment.scorecard), 0::bigint, 'the column of a dropped metric stays, NULL');
SELECT is_empty($$SELECT * FROM segment.metric_value WHERE metric = 'margin_share'$$, 'nor is it a value any more');
CREATE VIEW mine AS SELECT scheme, segment, margin FROM segment.scorecard;
SELECT lives_ok($$SELECT segment.create_metric('later', 'orders_events * 2')$$, 'a user''s view upon the scorecard does not stand in the way');

-- formulas
SELECT is(round(segment.wallet_allocation(1, 2)::numeric, 12), round(2.0 / 3, 12), 'wallet allocation rule');
SELECT throws_ok('SELECT segment.wallet_allocation(3, 2)', '22023', 'rank 3 of 2 brands is out of range', 'a rank out of range');
SELECT throws_ok('SELECT segment.nps(3, 2, 4)', '22023', 'promoters and detractors are more than the answers, or negative', 'counts that cannot be');
SELECT * FROM finish();
DROP EXTENSION segment CASCADE;
DROP SCHEMA metrics CASCADE;
CREATE EXTENSION segment;
