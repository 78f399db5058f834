-- The first ten minutes with segment on the generated shop of shop.sql, then what a business adds: metrics, owners, a
-- plan, and an edit of its own rules.  README.md, "Which segments make money?", asks what comes of it.
--
--   psql -q -v as_of=2026-10-31 -f demo/demo.sql
\set ON_ERROR_STOP on
\if :{?as_of} \else \set as_of 2026-10-31 \endif
\pset linestyle unicode
\pset border 1
\pset null '·'
\pset footer off
SET client_min_messages = warning;
-- The last whole quarter.  The rules are edited two days before its end.
SELECT date_trunc('quarter', date :'as_of' + 1)::date - 1 AS quarter_end \gset
SELECT date_trunc('quarter', date :'quarter_end')::date AS quarter_start, date :'quarter_end' - 2 AS first_day,
       to_char(date :'quarter_end', 'YYYY"-Q"Q') AS quarter \gset

\qecho
\qecho '== Map: the customers, and the events that say what they do; read with the rights of shop_owner'
DROP ROLE IF EXISTS shop_owner, analyst, auditor, application;
CREATE ROLE shop_owner NOLOGIN;
CREATE ROLE analyst LOGIN;
CREATE ROLE auditor LOGIN;
CREATE ROLE application LOGIN;
GRANT USAGE ON SCHEMA shop TO shop_owner;
GRANT SELECT, TRIGGER ON ALL TABLES IN SCHEMA shop TO shop_owner;
CREATE EXTENSION segment;
SELECT segment.create_population('customer', 'shop.customers', key => 'id', since => 'signed_up_at',
                                 timezone => 'Europe/Paris', owner => 'shop_owner') AS population;
SELECT segment.create_source('orders', 'shop.orders', customer => 'customer_id', occurred_at => 'ordered_at',
                             measures => '{"revenue": "total"}', purchase => 'total > 0', dimension => 'channel') AS orders,
       segment.create_source('items', 'shop.order_items', parent => 'orders', parent_key => 'order_id',
                             measures => '{"cogs": {"expression": "unit_cost * quantity", "scale": 4}}',
                             dimension => 'category') AS items,
       segment.create_source('tickets', 'shop.tickets', customer => 'customer_id', occurred_at => 'opened_at',
                             measures => '{"cost_to_serve": "cost", "service_minutes": "minutes"}') AS tickets,
       segment.create_source('surveys', 'shop.surveys', customer => 'customer_id', occurred_at => 'answered_at',
                             measures => '{"promoters": "(score >= 9)::int", "detractors": "(score <= 6)::int",
                                           "satisfaction": "score"}') AS surveys,
       segment.create_source('contacts', 'shop.campaign_contacts', customer => 'customer_id',
                             occurred_at => 'contacted_at',
                             measures => '{"contact_cost": "cost", "responses": "responded::int"}') AS contacts;

\qecho '== Check: problems, each with the statement that cures it'
\pset format wrapped
\pset columns 100
SELECT * FROM segment.check_sources() \gx
\pset format aligned

\qecho '== Features: the standard pack, attributes, one of our own'
SELECT segment.create_standard_features('customer') AS standard_features,
       segment.create_feature('region', attribute => 'region') AS region,
       segment.create_feature('consent', attribute => 'consent') AS consent,
       segment.create_feature('revenue_half_year', aggregate => 'sum', source => 'orders', measure => 'revenue',
                              within => '6 months', absent => 0) AS half_year;

\qecho '== Refresh: builds the ledgers and the features, as of' :first_day
\timing on
CALL segment.refresh('customer', as_of => :'first_day');
\timing off

\qecho
\qecho '== A scheme by value: ten segments over quintiles of days since last order, order days and revenue'
SELECT segment.create_rfm_scheme('value', objective => 'Grow margin 8 % next year') AS value;
SELECT count(segment.alter_segment('value', name, owner => owner)) AS owners
FROM (VALUES ('Champions', 'Claire'), ('Loyal Customers', 'Claire'), ('Potential Loyalist', 'Malik'),
             ('New Customers', 'Malik'), ('Promising', 'Malik'), ('Can''t Lose Them', 'Ines'), ('At Risk', 'Ines'),
             ('Need Attention', 'Ines'), ('About To Sleep', 'Ines'), ('Lost', 'Tom')) AS team (name, owner);
SELECT * FROM segment.preview('value');
\timing on
SELECT segment.activate('value', comment => 'v1') AS version;
\timing off

\qecho
\qecho '== What the business adds: metrics, the region as a breakdown, what campaigns cost, owners, what is done'
SELECT segment.create_standard_metrics() AS metrics;
SELECT segment.create_breakdown('region'), segment.create_allocation('campaigns', base => 'contacts_events') \g /dev/null
SELECT segment.set_allocation_amount('campaigns', started_on, spend) FROM shop.campaigns \g /dev/null
SELECT segment.set_owner('value', 'Others', 'Tom', since => min(lower(valid))) FROM segment.owner WHERE scheme = 'value' \g /dev/null
SELECT segment.set_segment_role('value', 'Champions', 'maintain'),
       segment.set_segment_role('value', 'Potential Loyalist', 'target'),
       segment.set_segment_role('value', 'Lost', 'harvest') \g /dev/null
SELECT segment.set_treatment('value', 'Potential Loyalist', 'Free delivery for a year', 'Offer at the third order'),
       segment.set_treatment('value', 'Can''t Lose Them', 'A person who answers', 'Call before December') \g /dev/null

\qecho '== A plan for' :quarter 'per segment, channel and region: the same quarter of last year, and 40 % more'
SELECT count(segment.set_target('value', segment, 'revenue', :'quarter', plan, breakdown, label)) AS targets
FROM (SELECT segment, breakdown, label, round(sum(value) * 1.4, -2) AS plan
      FROM segment.metric_value
      WHERE scheme = 'value' AND metric = 'revenue' AND segment NOT IN ('new', 'unassigned', 'Others')
        AND (breakdown = '' OR breakdown IN ('channel', 'region') AND label <> '')
        AND period_start BETWEEN date :'quarter_start' - interval '1 year' AND date :'quarter_end' - interval '1 year'
      GROUP BY 1, 2, 3 HAVING sum(value) > 0) AS last_year;

\qecho '== An edit of our own rules: to be a Champion, the upper two fifths by recency and by money are enough'
SELECT segment.alter_segment('value', 'Champions', rule => 'r >= 4 AND f = 5 AND m >= 4') \g /dev/null
SELECT * FROM segment.preview('value') WHERE entering > 0 OR leaving > 0;
SELECT segment.activate('value', comment => 'Champions: the upper two fifths by r and m') AS version;

\qecho '== Days pass: each is evaluated in order, so that windows expire on their day'
\timing on
CALL segment.refresh('customer', as_of => :'quarter_end');
CALL segment.refresh('customer', as_of => :'as_of');
\timing off

\qecho
\qecho '== A scheme of our own: who may be written to, and has a reason to come back'
SELECT segment.create_scheme('win_back', objective => 'Bring back 500 customers by post before Christmas',
                             default_segment => 'Leave alone') AS win_back;
SELECT count(segment.create_segment('win_back', name, rule => rule, owner => 'Ines')) AS segments
FROM (VALUES ('Write now', 'consent AND days_since_last BETWEEN 120 AND 365 AND revenue_half_year < 50'),
             ('Write later', 'consent AND days_since_last BETWEEN 60 AND 119')) AS rules (name, rule);
SELECT * FROM segment.preview('win_back');
SELECT segment.activate('win_back', comment => 'first try') AS version;

\qecho '== What applications join: one row per customer, every scheme a column'
SELECT c.value, count(DISTINCT customer_id) AS customers, count(*) AS orders, sum(o.total) AS revenue
FROM shop.orders AS o JOIN segment_data.customer AS c USING (customer_id)
GROUP BY c.value ORDER BY revenue DESC;

\qecho '== Explain: what would move this customer, all else equal'
SELECT DISTINCT coalesce(to_meet, to_lose) AS change, moves_to
FROM segment.explain('value', (SELECT customer_id FROM segment_data.customer WHERE value = 'At Risk' ORDER BY 1 LIMIT 1))
WHERE moves_to IS NOT NULL ORDER BY change;
