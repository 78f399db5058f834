-- What the scorecards' views cost to read: a scheme of 20 segments with 36
-- months of facts from three sources, each by labels, and a breakdown.  The
-- facts are made up, as the views read nothing else: their number depends on
-- segments, months, labels and measures, not on customers.
SET timezone = 'Europe/Paris';
CREATE EXTENSION segment;
CREATE SCHEMA bench;
CREATE TABLE bench.customers (id int PRIMARY KEY, region text);
CREATE TABLE bench.orders (id int PRIMARY KEY, customer_id int, ordered_on date, channel text, total numeric(12,2), list numeric(12,2));
CREATE TABLE bench.items (id int PRIMARY KEY, customer_id int, ordered_on date, category text, cost numeric(12,4));
CREATE TABLE bench.tickets (id int PRIMARY KEY, customer_id int, opened_on date, topic text, cost numeric(12,2), spent numeric(12,2));
INSERT INTO bench.customers SELECT n, (ARRAY['North', 'East', 'South', 'West'])[1 + n % 4] FROM generate_series(1, 200) AS n;
INSERT INTO bench.orders SELECT n, 1 + n % 200, date '2023-10-01' + n % 1120, 'web', n % 100, n % 100 FROM generate_series(1, 4000) AS n;
INSERT INTO bench.items SELECT n, 1 + n % 200, date '2023-10-01' + n % 1120, 'book', n % 50 FROM generate_series(1, 4000) AS n;
INSERT INTO bench.tickets SELECT n, 1 + n % 200, date '2023-10-01' + n % 1120, 'where', n % 10, n % 10 FROM generate_series(1, 400) AS n;
CREATE INDEX ON bench.orders (customer_id);
CREATE INDEX ON bench.items (customer_id);
CREATE INDEX ON bench.tickets (customer_id);
SELECT segment.create_population('customer', 'bench.customers', key => 'id', timezone => 'Europe/Paris');
SELECT segment.create_source('orders', 'bench.orders', customer => 'customer_id', occurred_at => 'ordered_on',
                             measures => '{"revenue": "total", "list_revenue": "list"}', dimension => 'channel');
SELECT segment.create_source('items', 'bench.items', customer => 'customer_id', occurred_at => 'ordered_on',
                             measures => '{"cogs": "cost"}', dimension => 'category');
SELECT segment.create_source('tickets', 'bench.tickets', customer => 'customer_id', occurred_at => 'opened_on',
                             measures => '{"cost_to_serve": "cost", "acquisition_cost": "spent"}', dimension => 'topic');
SELECT segment.create_feature('days_since_last', aggregate => 'days_since_last', source => 'orders');
SELECT segment.create_feature('region', attribute => 'region');
CALL segment.refresh('customer', as_of => '2026-10-31');
SELECT segment.create_scheme('bench', objective => 'Measure the views', default_segment => 'Segment 20');
SELECT segment.create_segment('bench', 'Segment ' || n, rule => 'days_since_last = ' || n) FROM generate_series(1, 19) AS n;
SELECT segment.activate('bench', backfill => false);
SELECT segment.create_breakdown('region');
SELECT segment.create_standard_metrics();

CREATE TEMP TABLE cell AS
SELECT (date '2023-11-01' + make_interval(months => m))::date AS period_start, m < 35 AS is_final, s.segment, m * 100 + s.n AS seed
FROM generate_series(0, 35) AS m,
     (SELECT n, CASE n WHEN 21 THEN 'new' WHEN 22 THEN 'unassigned' ELSE 'Segment ' || n END AS segment FROM generate_series(1, 22) AS n) AS s;
CREATE TEMP TABLE sum_of (source text, dimension text[], measure text, scale int);
INSERT INTO sum_of
SELECT '', ARRAY[''], c, 0 FROM unnest(ARRAY['opening', 'acquired', 'moved_in', 'moved_out', 'removed', 'closing']) AS c
UNION ALL SELECT 'orders', ARRAY['app', 'mail', 'phone', 'store', 'web'], c, 2 FROM unnest(ARRAY['events', 'revenue', 'list_revenue']) AS c
UNION ALL SELECT 'items', ARRAY['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], c, 4 FROM unnest(ARRAY['events', 'cogs']) AS c
UNION ALL SELECT 'tickets', ARRAY['a', 'b', 'c', 'd', 'e', 'f'], c, 2 FROM unnest(ARRAY['events', 'cost_to_serve', 'acquisition_cost']) AS c;
UPDATE sum_of SET measure = source || '_events', scale = 0 WHERE measure = 'events';
TRUNCATE segment_data.bench_facts, segment_data.bench_breakdown;
INSERT INTO segment_data.bench_facts (period_start, segment, source, dimension, measure, value, is_final, computed_at)
SELECT c.period_start, c.segment, s.source, d, s.measure,
       round((1000 + abs(hashtext(c.seed || d || s.measure)) % 5000000 / 10000.0)::numeric, s.scale), c.is_final, now()
FROM cell AS c, sum_of AS s, unnest(s.dimension) AS d
ORDER BY c.period_start, c.segment, s.source, s.measure, d;
INSERT INTO segment_data.bench_breakdown (period_start, breakdown, segment, source, dimension, measure, value, is_final, computed_at)
SELECT c.period_start, b.breakdown, c.segment, s.source, b.label, s.measure,
       round((200 + abs(hashtext(c.seed || b.label || s.measure)) % 1000000 / 10000.0)::numeric, s.scale), c.is_final, now()
FROM cell AS c, (SELECT '' AS breakdown, '' AS label UNION ALL SELECT 'region', r FROM unnest(ARRAY['North', 'East', 'South', 'West']) AS r) AS b,
     (SELECT source, measure, scale FROM sum_of
      UNION ALL SELECT '', m, 2 FROM unnest(ARRAY['active', 'active_before', 'retained', 'lapsed', 'revenue_before', 'revenue_lapsed',
                                                  'revenue_contraction', 'revenue_expansion', 'revenue_returned']) AS m) AS s
WHERE b.breakdown <> '' OR s.measure ~ '^(active|retained|lapsed|revenue_)'
ORDER BY c.period_start, c.segment, s.source, s.measure;
REFRESH MATERIALIZED VIEW segment_data.bench_scorecard;

-- A year's plan of twelve segments: 144 targets.
SELECT count(segment.set_target('bench', 'Segment ' || s, CASE WHEN s <= 6 THEN 'revenue' ELSE 'margin_pct' END,
                                to_char(make_date(2026, m, 1), 'YYYY-MM'), 1000))
FROM generate_series(1, 12) AS s, generate_series(1, 12) AS m;
VACUUM ANALYZE;
