-- What one writes by hand: fifteen features per customer, as of the last day.
CREATE MATERIALIZED VIEW bench.hand AS
SELECT customer_id,
       count(*) AS orders,
       sum(total) AS revenue,
       avg(total) AS mean_order,
       max(ordered_at) AS last_order,
       min(ordered_at) AS first_order,
       count(DISTINCT (ordered_at AT TIME ZONE 'Europe/Paris')::date) AS active_days,
       count(*) FILTER (WHERE ordered_at >= timestamptz '2026-10-31' - interval '30 days') AS orders_30,
       sum(total) FILTER (WHERE ordered_at >= timestamptz '2026-10-31' - interval '30 days') AS revenue_30,
       count(*) FILTER (WHERE ordered_at >= timestamptz '2026-10-31' - interval '90 days') AS orders_90,
       sum(total) FILTER (WHERE ordered_at >= timestamptz '2026-10-31' - interval '90 days') AS revenue_90,
       count(*) FILTER (WHERE ordered_at >= timestamptz '2026-10-31' - interval '365 days') AS orders_365,
       sum(total) FILTER (WHERE ordered_at >= timestamptz '2026-10-31' - interval '365 days') AS revenue_365,
       sum(total) FILTER (WHERE ordered_at < timestamptz '2026-10-31' - interval '365 days'
                            AND ordered_at >= timestamptz '2026-10-31' - interval '730 days') AS revenue_year_before,
       count(DISTINCT channel) AS channels,
       max(total) AS largest_order
FROM bench.orders GROUP BY customer_id
WITH NO DATA;
