-- The first ten minutes with segment, on the generated shop of shop.sql.
--
--   psql -v as_of=2026-10-31 -f demo/demo.sql
\set ON_ERROR_STOP on
\if :{?as_of} \else \set as_of 2026-10-31 \endif
\pset linestyle unicode
\pset border 1
\pset null '·'
\pset footer off

\echo
\echo '== Map: the customers, and the events that say what they do'
CREATE EXTENSION segment;
SELECT segment.create_population('customer', 'shop.customers', key => 'id', since => 'signed_up_at',
                                 timezone => 'Europe/Paris');
SELECT segment.create_source('orders', 'shop.orders', customer => 'customer_id', occurred_at => 'ordered_at',
                             measures => '{"revenue": "total"}', purchase => 'total > 0', dimension => 'channel');
SELECT segment.create_source('items', 'shop.order_items', parent => 'orders', parent_key => 'order_id',
                             measures => '{"cogs": {"expression": "unit_cost * quantity", "scale": 4}}',
                             dimension => 'category');
SELECT segment.create_source('tickets', 'shop.tickets', customer => 'customer_id', occurred_at => 'opened_at',
                             measures => '{"cost_to_serve": "cost", "service_minutes": "minutes"}');
SELECT segment.create_source('surveys', 'shop.surveys', customer => 'customer_id', occurred_at => 'answered_at',
                             measures => '{"promoters": "(score >= 9)::int", "detractors": "(score <= 6)::int",
                                           "satisfaction": "score"}');
SELECT segment.create_source('contacts', 'shop.campaign_contacts', customer => 'customer_id',
                             occurred_at => 'contacted_at',
                             measures => '{"contact_cost": "cost", "responses": "responded::int"}');

\echo
\echo '== Check: problems, each with the statement that cures it'
SELECT * FROM segment.check_sources();

\echo
\echo '== Features: the standard pack, the region as an attribute, one of our own'
SELECT segment.create_standard_features('customer');
SELECT segment.create_feature('region', attribute => 'region');
SELECT segment.create_feature('consent', attribute => 'consent');
SELECT segment.create_feature('revenue_half_year', aggregate => 'sum', source => 'orders', measure => 'revenue',
                              within => '6 months', absent => 0);

\echo
\echo '== Refresh: builds the ledgers and the features'
\timing on
CALL segment.refresh('customer', as_of => :'as_of');
\timing off
SELECT * FROM segment_data.customer_feature ORDER BY customer_id LIMIT 3 \gx

\echo
\echo '== A scheme by value: ten segments over quintiles of days since last order, order days and revenue'
SELECT segment.create_rfm_scheme('value', objective => 'Grow margin 8 % next year');
SELECT * FROM segment.preview('value');
\timing on
SELECT segment.activate('value', comment => 'v1');
\timing off

\echo
\echo '== A scheme of our own: who may be written to, and has a reason to come back'
SELECT segment.create_scheme('win_back', objective => 'Bring back 500 customers by post before Christmas',
                             default_segment => 'Leave alone');
SELECT segment.create_segment('win_back', 'Write now',
                              rule => 'consent AND days_since_last BETWEEN 120 AND 365 AND revenue_half_year < 50');
SELECT segment.create_segment('win_back', 'Write later', rule => 'consent AND days_since_last BETWEEN 60 AND 119');
SELECT * FROM segment.preview('win_back');
SELECT segment.activate('win_back', comment => 'first try');

\echo
\echo '== What applications join: one row per customer, every scheme a column'
SELECT c.value, count(DISTINCT customer_id) AS customers, count(*) AS orders, sum(o.total) AS revenue
FROM shop.orders AS o JOIN segment_data.customer AS c USING (customer_id)
GROUP BY c.value ORDER BY revenue DESC;

\echo
\echo '== Explain: why is this customer where it is?'
SELECT segment, condition, value, met, decisive, outcome FROM segment.explain('value', 4711);

\echo
\echo '== And what would move it, all else equal'
SELECT DISTINCT coalesce(to_meet, to_lose) AS change, moves_to FROM segment.explain('value', 4711)
WHERE moves_to IS NOT NULL ORDER BY change;

\echo
\echo '== Scorecard: two years of months are there from the first day; the last one, by segment'
SELECT * FROM segment.scorecard
WHERE scheme = 'value' AND period_start = (SELECT max(period_start) FROM segment.scorecard WHERE is_final)
ORDER BY segment;

\echo
\echo '== Champions, month by month'
SELECT period_start, opening, acquired, moved_in, moved_out, removed, closing, revenue
FROM segment.scorecard WHERE scheme = 'value' AND segment = 'Champions' ORDER BY period_start;

\echo
\echo '== It reconciles: months of the scorecard that differ from the orders by a cent or more'
SELECT s.period_start, s.revenue AS scorecard, t.revenue AS orders
FROM (SELECT period_start, period_end, sum(revenue) AS revenue FROM segment.scorecard
      WHERE scheme = 'value' GROUP BY period_start, period_end) AS s
CROSS JOIN LATERAL (SELECT sum(total) AS revenue FROM shop.orders
                    WHERE (ordered_at AT TIME ZONE 'Europe/Paris')::date BETWEEN s.period_start AND s.period_end) AS t
WHERE s.revenue IS DISTINCT FROM t.revenue;
