\set ECHO none
-- Plan against actual: by month, quarter, year, year to date, by channel, on moves; why the margin is off plan.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SELECT plan(32);

CREATE SCHEMA planned;
SELECT setseed(0.25) \g /dev/null
CREATE TABLE planned.customers AS SELECT i AS id FROM generate_series(1, 200) AS i;
CREATE TABLE planned.orders AS SELECT i AS id, 1 + (random() * 199)::int AS customer_id, '2023-01-01'::date + (random() * 470)::int AS day,
    (ARRAY['web', 'store'])[1 + (random() * 1)::int] AS channel, round((5 + random() * 95)::numeric, 2) AS total, round((3 + random() * 30)::numeric, 2) AS cost FROM generate_series(1, 4000) AS i;
SELECT segment.create_population('customer', 'planned.customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'planned.orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total", "cogs": "cost"}', dimension => 'channel'),
       segment.create_feature('revenue_90d', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '90 days', absent => 0) \g /dev/null
CALL segment.refresh('customer', as_of => '2024-03-31');
SELECT segment.create_metric('customers', 'closing', if_not_exists => true), segment.create_metric('contribution_margin', 'revenue - cogs', direction => 'up', if_not_exists => true),
       segment.create_metric('margin_rate', 'contribution_margin / revenue', direction => 'up') \g /dev/null
SELECT segment.create_scheme('worth', objective => 'Keep the best'), segment.create_segment('worth', 'Best', rule => 'revenue_90d > 250', owner => 'ann'),
       segment.create_segment('worth', 'Good', rule => 'revenue_90d > 100', owner => 'bob') \g /dev/null
SELECT segment.activate('worth') \g /dev/null
SELECT is_empty('TABLE segment.plan_vs_actual', 'without a plan there is nothing to compare');

-- by month
SELECT segment.set_target('worth', 'Best', 'revenue', '2024-02', 3000), segment.set_target('worth', 'Best', 'revenue', '2024-01-01', 2500, comment => 'first try'),
       segment.set_target('worth', '', 'cogs', '2024-02', 100, kind => 'risk') \g /dev/null
SELECT results_eq($$SELECT grain, period_start, actual, plan, variance, variance_pct, on_plan, kind, owner, is_final, note FROM segment.plan_vs_actual WHERE segment = 'Best' AND metric = 'revenue' AND grain = 'month' ORDER BY 2$$,
    $$SELECT 'month', period_start, revenue, t.plan, revenue - t.plan, round(100 * (revenue - t.plan) / t.plan, 2), revenue >= t.plan, 'financial', 'ann', is_final, NULL
        FROM segment.scorecard JOIN (VALUES ('2024-01-01'::date, 2500::numeric), ('2024-02-01', 3000)) t(period_start, plan) USING (period_start) WHERE scheme = 'worth' AND segment = 'Best' ORDER BY 2$$, 'actual is the scorecard''s');
SELECT results_eq($$SELECT actual, plan, on_plan, kind FROM segment.plan_vs_actual WHERE segment = '' AND metric = 'cogs' AND period_start = '2024-02-01'$$,
    $$SELECT sum(cost), 100::numeric, false, 'risk' FROM planned.orders WHERE day BETWEEN '2024-02-01' AND '2024-02-29'$$, 'a total is that of the tables; of costs less is better');
SELECT results_eq($$SELECT DISTINCT plan, note FROM segment.plan_vs_actual WHERE segment = 'Good' AND metric = 'revenue' AND grain = 'month'$$, $$VALUES (NULL::numeric, 'no plan')$$, 'a segment without plan says so');
SELECT is((SELECT sum(actual) FROM segment.plan_vs_actual WHERE segment <> '' AND metric = 'revenue' AND grain = 'month' AND period_start = '2024-02-01'),
    (SELECT sum(total) FROM planned.orders WHERE day BETWEEN '2024-02-01' AND '2024-02-29'), 'the segments add up to the tables');
SELECT segment.set_target('worth', 'Best', 'revenue', '2024-02', 3100) \g /dev/null
SELECT results_eq($$SELECT value, replaced_at IS NULL FROM segment.target WHERE segment = 'Best' AND period_start = '2024-02-01' ORDER BY target_id$$, $$VALUES (3000::numeric, false), (3100, true)$$, 'what was planned before is kept');
SELECT segment.set_target('worth', '', 'cogs', '2024-02', NULL) \g /dev/null
SELECT is((SELECT count(*) FROM segment.plan_vs_actual WHERE metric = 'cogs'), 0::bigint, 'a target taken back is no plan');

-- longer periods
SELECT is((SELECT count(*) FROM segment.plan_vs_actual WHERE grain = 'quarter'), 0::bigint, 'two months make no quarter');
SELECT segment.set_target('worth', 'Best', 'revenue', '2024-03', 2000), segment.set_target('worth', 'Best', 'customers', m, n), segment.set_target('worth', 'Best', 'margin_rate', m, .5)
  FROM (VALUES ('2024-01', 30), ('2024-02', 33), ('2024-03', 36)) AS t(m, n) \g /dev/null
SELECT results_eq($$SELECT grain, period_start, period_end, plan, actual FROM segment.plan_vs_actual WHERE segment = 'Best' AND metric = 'revenue' AND grain <> 'month' ORDER BY grain, period_end$$,
    $$SELECT 'quarter', '2024-01-01'::date, '2024-03-31'::date, 7600::numeric, sum(revenue) FROM segment.scorecard WHERE segment = 'Best' AND period_start >= '2024-01-01'
      UNION ALL SELECT 'ytd', '2024-01-01', e, p, (SELECT sum(revenue) FROM segment.scorecard WHERE segment = 'Best' AND period_start >= '2024-01-01' AND period_end <= e)
        FROM (VALUES ('2024-01-31'::date, 2500::numeric), ('2024-02-29', 5600), ('2024-03-31', 7600)) v(e, p)$$, 'three make one, and the year to date');
SELECT results_eq($$SELECT plan, actual, note FROM segment.plan_vs_actual WHERE segment = 'Best' AND metric = 'customers' AND grain = 'quarter'$$,
    $$SELECT 36::numeric, closing::numeric, 'plan: that of the last part of the period' FROM segment.scorecard WHERE segment = 'Best' AND period_start = '2024-03-01'$$, 'customers are those at its end');
SELECT results_eq($$SELECT round(plan, 4), round(actual, 10), note FROM segment.plan_vs_actual WHERE segment = 'Best' AND metric = 'margin_rate' AND grain = 'quarter'$$,
    $$SELECT 0.5, round((sum(revenue) - sum(cogs)) / sum(revenue), 10), 'plan: average of the parts of the period, since what it is made of has no plan' FROM segment.scorecard WHERE segment = 'Best' AND period_start >= '2024-01-01'$$,
    'a ratio is that of the sums; planned alone, the average, and says so');
SELECT segment.set_target('worth', 'Best', 'cogs', '2024-01', 1000), segment.set_target('worth', 'Best', 'cogs', '2024-02', 1200), segment.set_target('worth', 'Best', 'cogs', '2024-03', 600) \g /dev/null
SELECT results_eq($$SELECT round(plan, 10), note FROM segment.plan_vs_actual WHERE segment = 'Best' AND metric = 'margin_rate' AND grain = 'quarter'$$,
    $$SELECT round((7600 - 2800) / 7600.0, 10), 'plan: from its planned parts'$$, 'with its parts planned it is theirs');
SELECT segment.set_target('worth', 'Best', 'revenue', '2024-Q1', 8000), segment.set_target('worth', 'Best', 'revenue', '2024-Q2', 8000), segment.set_target('worth', 'Best', 'revenue', '2024-Q3', 8000), segment.set_target('worth', 'Best', 'revenue', '2024-Q4', 9000) \g /dev/null
SELECT is((SELECT plan FROM segment.plan_vs_actual WHERE segment = 'Best' AND metric = 'revenue' AND grain = 'quarter' AND period_start = '2024-01-01'), 8000::numeric, 'a quarter''s own target goes before its months''');
SELECT results_eq($$SELECT plan, is_final FROM segment.plan_vs_actual WHERE segment = 'Best' AND metric = 'revenue' AND grain = 'year'$$, $$VALUES (33000::numeric, false)$$, 'four quarters make a year, which is not over');
SELECT segment.set_target('worth', 'Best', 'revenue', '2024', 40000) \g /dev/null
SELECT is((SELECT plan FROM segment.plan_vs_actual WHERE segment = 'Best' AND metric = 'revenue' AND grain = 'year'), 40000::numeric, 'unless it has one of its own');
SELECT results_eq($$SELECT actual, note FROM segment.plan_vs_actual WHERE segment = 'Best' AND metric = 'revenue' AND period_start = '2024-10-01' AND grain = 'quarter'$$, $$VALUES (NULL::numeric, 'no actual')$$, 'the future has no actual');

-- by channel
SELECT segment.set_target('worth', 'Best', 'revenue', '2024-02', 1800, breakdown => 'channel', label => 'web'), segment.set_target('worth', '', 'revenue', '2024-02', 9000, breakdown => 'channel', label => 'store') \g /dev/null
SELECT results_eq($$SELECT segment, label, actual, plan FROM segment.plan_vs_actual WHERE breakdown = 'channel' AND metric = 'revenue' AND grain = 'month' AND plan IS NOT NULL ORDER BY 1$$,
    $$SELECT '', 'store', sum(total), 9000::numeric FROM planned.orders WHERE channel = 'store' AND day BETWEEN '2024-02-01' AND '2024-02-29'
      UNION ALL SELECT 'Best', 'web', value, 1800 FROM segment_data.worth_scorecard WHERE segment = 'Best' AND period_start = '2024-02-01' AND metric = 'revenue' AND dimension = 'web'$$, 'by channel');
SELECT is((SELECT sum(actual) FROM segment.plan_vs_actual WHERE breakdown = 'channel' AND segment <> '' AND metric = 'revenue' AND grain = 'month' AND period_start = '2024-02-01'),
    (SELECT sum(total) FROM planned.orders WHERE day BETWEEN '2024-02-01' AND '2024-02-29'), 'the channels of all segments add up to the tables');

-- on moves
SELECT segment.set_target('worth', 'Good', 'customers', '2024-02', 12, to_segment => 'Best'), segment.set_target('worth', 'Good', 'customers', '2024-11', 12, to_segment => 'Best') \g /dev/null
SELECT results_eq($$SELECT period_start, actual, plan, on_plan, owner, note FROM segment.plan_vs_actual WHERE to_segment = 'Best' ORDER BY 1$$,
    $$SELECT '2024-02-01'::date, count(*)::numeric, 12::numeric, count(*) >= 12, 'bob', NULL FROM segment_data.worth_history a JOIN segment_data.worth_history b USING (customer_id)
       WHERE a.segment = 'Good' AND a.valid @> '2024-01-31'::date AND b.segment = 'Best' AND b.valid @> '2024-02-29'::date
      UNION ALL SELECT '2024-11-01', NULL, 12, NULL, 'bob', 'no actual: the period is to come'$$, 'customers who moved');
SELECT cmp_ok((SELECT actual FROM segment.plan_vs_actual WHERE to_segment = 'Best' AND period_start = '2024-02-01'), '>', 0::numeric, 'some did');

-- the market
SELECT segment.set_benchmark('worth', 'Best', 'revenue', '2024-02', 2000, origin => 'panel'), segment.set_benchmark('worth', 'Best', 'revenue', '2024-02', 2500), segment.set_benchmark('worth', 'Good', 'cogs', '2023-11', 1) \g /dev/null
SELECT results_eq($$SELECT benchmark, benchmark_index FROM segment.plan_vs_actual WHERE segment = 'Best' AND metric = 'revenue' AND period_start = '2024-02-01' AND grain = 'month' AND breakdown = ''$$,
    $$SELECT 2500::numeric, round(100 * revenue / 2500, 1) FROM segment.scorecard WHERE segment = 'Best' AND period_start = '2024-02-01'$$, 'actual / benchmark x 100');
SELECT is((SELECT count(*) FROM segment.plan_vs_actual WHERE segment = 'Good' AND metric = 'cogs' AND period_start = '2023-11-01' AND actual IS NOT NULL AND plan IS NULL), 1::bigint, 'without a plan too');

-- why
SELECT segment.set_target('worth', 'Best', 'contribution_margin', m, n) FROM (VALUES ('2024-01', 1500), ('2024-02', 1700), ('2024-03', 1100)) AS t(m, n) \g /dev/null
SELECT is((SELECT count(*) FROM segment.margin_variance WHERE segment = 'Best' AND breakdown = '' AND volume_variance IS NOT NULL), 7::bigint, 'three months, a quarter, three times the year to date');
SELECT is_empty($$SELECT * FROM segment.margin_variance WHERE volume_variance + spend_variance + margin_variance <> variance$$, 'volume, spend and margin add up, to the last digit');
SELECT results_eq($$SELECT round(volume_variance, 4), round(spend_variance, 4), round(margin_variance, 4) FROM segment.margin_variance WHERE segment = 'Best' AND grain = 'month' AND period_start = '2024-02-01' AND breakdown = ''$$,
    $$SELECT round((n - 33) * (3100 / 33.0) * (1700 / 3100.0), 4), round(n * (r / n - 3100 / 33.0) * (1700 / 3100.0), 4), round(n * (r / n) * (m / r - 1700 / 3100.0), 4)
        FROM (SELECT closing::numeric AS n, revenue AS r, revenue - cogs AS m FROM segment.scorecard WHERE segment = 'Best' AND period_start = '2024-02-01') c$$, 'and are what the textbook says');
SELECT results_eq($$SELECT DISTINCT volume_variance, note FROM segment.margin_variance WHERE segment = 'Good' AND grain = 'month' AND breakdown = '' AND period_start >= '2024-01-01'$$, $$VALUES (NULL::numeric, 'no plan of customers')$$, 'nothing is made up');

-- a law: any plan, any actual
CREATE TABLE planned.trial AS SELECT i, (random() * 100)::int AS n, round((random() * 5000)::numeric, 2) AS r, round((random() * 900)::numeric, 2) AS m FROM generate_series(1, 12) AS i;
SELECT segment.set_target('worth', 'Good', 'customers', '2023-' || lpad(i::text, 2, '0'), n), segment.set_target('worth', 'Good', 'revenue', '2023-' || lpad(i::text, 2, '0'), r),
       segment.set_target('worth', 'Good', 'contribution_margin', '2023-' || lpad(i::text, 2, '0'), m) FROM planned.trial \g /dev/null
SELECT cmp_ok((SELECT count(*) FROM segment.margin_variance WHERE segment = 'Good' AND volume_variance IS NOT NULL), '>=', 25::bigint, 'twelve months, four quarters, a year and the year to date');
SELECT is_empty($$SELECT * FROM segment.margin_variance WHERE volume_variance + spend_variance + margin_variance IS DISTINCT FROM variance AND note IS NULL$$, 'always to the last digit');
SELECT is((SELECT plan FROM segment.plan_vs_actual WHERE segment = 'Good' AND metric = 'revenue' AND grain = 'year' AND period_start = '2023-01-01'), (SELECT sum(r) FROM planned.trial), 'twelve months make a year');
SELECT is((SELECT sum(plan) FROM segment.plan_vs_actual WHERE segment = 'Good' AND metric = 'revenue' AND grain = 'quarter' AND period_start < '2024-01-01'), (SELECT sum(r) FROM planned.trial), 'and so do its quarters');
SELECT is((SELECT actual FROM segment.plan_vs_actual WHERE segment = 'Good' AND metric = 'revenue' AND grain = 'year' AND period_start = '2023-01-01'),
    (SELECT sum(revenue) FROM segment.scorecard WHERE segment = 'Good' AND period_start BETWEEN '2023-01-01' AND '2023-12-31'), 'as what came does');

-- definitions go on
SELECT segment.alter_metric('margin_rate', expression => '100 * contribution_margin / revenue') \g /dev/null
SELECT results_eq($$SELECT round(actual, 8) FROM segment.plan_vs_actual WHERE segment = 'Best' AND metric = 'margin_rate' AND grain = 'month' AND period_start = '2024-02-01'$$,
    $$SELECT round(100 * (revenue - cogs) / revenue, 8) FROM segment.scorecard WHERE segment = 'Best' AND period_start = '2024-02-01'$$, 'a metric that changes changes its actual');

DROP SCHEMA planned CASCADE;
SELECT * FROM finish();
