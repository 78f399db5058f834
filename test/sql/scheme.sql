\set ECHO none
-- Schemes: drafts, previews, activation, versions, cut points, rules that do not know.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(51);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;

CREATE SCHEMA scheme_shop;
SET search_path = scheme_shop, public;
CREATE TABLE customers AS SELECT n AS id, CASE WHEN n % 4 <> 0 THEN n END AS points FROM generate_series(1, 100) n;
CREATE TABLE orders AS SELECT n AS customer_id, '2024-01-01'::date + n AS day, 10.0 * n AS total FROM generate_series(1, 90) n;
SELECT segment.create_population('customer', 'customers', key => 'id', timezone => 'UTC') \g /dev/null
SELECT segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": {"expression": "total", "scale": 2}}') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue'),
       segment.create_feature('days_since_last', aggregate => 'days_since_last', source => 'orders'),
       segment.create_feature('points', attribute => 'points') \g /dev/null

-- a draft
SELECT isnt(segment.create_scheme('worth', objective => 'Grow revenue by 8 %', default_segment => 'Others', review_every => '6 months'), NULL, 'a scheme has an objective');
SELECT throws_ok($$SELECT segment.create_scheme('aimless', objective => ' ')$$, '22023', 'scheme "aimless" has no objective', 'an empty one is refused');
SELECT segment.create_score('worth', 'm', 'revenue', bins => 3) \g /dev/null
SELECT segment.create_score('worth', 'fixed', 'revenue', cuts => '{100, 500.5}', bins => 17) \g /dev/null
SELECT throws_ok($$SELECT segment.preview('worth')$$, '55000', 'population "customer" has not been refreshed yet', 'no preview before the first refresh');
SELECT throws_ok($$SELECT segment.activate('worth')$$, '55000', 'population "customer" has not been refreshed yet', 'no activation either');
CALL segment.refresh('customer', as_of => '2024-04-30');
SELECT throws_ok($$SELECT segment.preview('worth')$$, '55000', 'scheme "worth" has no segments', 'a scheme needs segments');
SELECT segment.create_segment('worth', 'Best', rule => 'm = 3', owner => 'ann', proposition => 'Dinner'),
       segment.create_segment('worth', 'Good', rule => 'm >= 2'),
       segment.create_segment('worth', 'Pointed', rule => 'points > 10 OR revenue > 100000'),
       segment.create_segment('worth', 'Not pointed', rule => 'NOT points > 10'),
       segment.create_segment('worth', 'Nobody', rule => 'revenue < 0') \g /dev/null
SELECT results_eq($$SELECT name::text COLLATE "default", priority FROM segment.segment ORDER BY priority$$,
                  $$VALUES ('Best'::text, 10), ('Good', 20), ('Pointed', 30), ('Not pointed', 40), ('Nobody', 50)$$, 'segments come in the order they were made');

-- preview: 90 have revenue, 30 in each bin; 25 have no points
SELECT results_eq($$SELECT * FROM segment.preview('worth')$$,
    $$VALUES ('Best', 30::bigint, 0.3000, 30::bigint, 0::bigint, 10::bigint, 'rule unknown for 10.0 % of customers'), ('Good', 30, 0.3, 30, 0, 10, 'rule unknown for 10.0 % of customers'),
             ('Pointed', 22, 0.22, 22, 0, 25, 'rule unknown for 25.0 % of customers'), ('Not pointed', 8, 0.08, 8, 0, 25, 'rule unknown for 25.0 % of customers'),
             ('Nobody', 0, 0, 0, 0, 10, 'empty; rule unknown for 10.0 % of customers'), ('Others', 10, 0.1, 10, 0, 0, NULL)$$, 'preview');
SELECT segment.alter_scheme('worth', smallest_share => 0.1, largest_share => 0.25) \g /dev/null
SELECT results_eq($$SELECT segment, warning FROM segment.preview('worth') WHERE segment IN ('Best', 'Not pointed', 'Others')$$,
    $$VALUES ('Best', 'larger than 25.0 %; rule unknown for 10.0 % of customers'), ('Not pointed', 'smaller than 10.0 %; rule unknown for 25.0 % of customers'), ('Others', NULL)$$,
    'sizes beyond the scheme''s limits');
SELECT is((SELECT count(*) FROM segment.scheme_version), 0::bigint, 'preview writes nothing');
SELECT hasnt_table('segment_data', 'worth_history', 'nothing at all');

-- activation
SELECT is(segment.activate('worth', dry_run => true), 1, 'a dry run names the version it would make');
SELECT is((SELECT count(*) FROM segment.scheme_version), 0::bigint, 'and makes none');
SELECT hasnt_column('segment_data', 'customer', 'worth', 'no column');
SELECT is(segment.activate('worth', comment => 'first'), 1, 'the first version');
SELECT results_eq($$SELECT worth, count(*) FROM segment_data.customer GROUP BY 1 ORDER BY 1$$,
                  $$SELECT segment, customers FROM segment.preview('worth') WHERE customers > 0 ORDER BY 1$$, 'everyone is where preview said');
SELECT results_eq($$SELECT feature::text COLLATE "default", bins, descending, cuts FROM segment.cut_point WHERE score = 'fixed'$$,
                  $$VALUES ('revenue', 3, false, '{100, 500.5}'::numeric[])$$, 'cut points that were given, and the bins they make');
SELECT is((SELECT array_agg(round(c, 6)) FROM segment.cut_point, unnest(cuts) c WHERE score = 'm'),
          (SELECT array_agg(round(percentile::numeric, 6)) FROM (SELECT unnest(percentile_cont(ARRAY[1 / 3.0, 2 / 3.0]) WITHIN GROUP (ORDER BY total)) AS percentile FROM orders) q), 'the others are quantiles');
SELECT results_eq($$SELECT version, in_force, activated_by, comment, as_of, segment, rule, owner, proposition FROM segment.version WHERE priority = 10$$,
                  $$SELECT 1, true, SESSION_USER, 'first'::text, '2024-04-30'::date, 'Best'::text, 'm = 3'::text, 'ann'::text, 'Dinner'::text$$, 'who, when, why, and the rule text');
SELECT results_eq($$SELECT sum(entering), sum(leaving) FROM segment.preview('worth')$$, $$VALUES (0::numeric, 0::numeric)$$, 'then nobody would enter or leave');
SELECT is((SELECT count(*) FROM segment_data.customer_segment WHERE worth IS NULL), 0::bigint, 'everyone has exactly one segment');

-- three-valued
SELECT is((SELECT DISTINCT worth FROM segment_data.customer WHERE points IS NULL AND revenue IS NULL), 'Others', 'unknown is neither true nor false: the default');
SELECT is((SELECT count(*) FROM segment_data.customer WHERE worth = 'Pointed' AND NOT (points > 10)), 0::bigint, 'the first that is true wins');

-- cut points never move by themselves
INSERT INTO orders SELECT n, '2024-05-01', 10000 FROM generate_series(1, 50) n;
CREATE TABLE cuts AS SELECT cuts FROM segment.cut_point WHERE score = 'm';
CALL segment.refresh('customer', as_of => '2024-05-01');
SELECT results_eq($$SELECT cuts FROM segment.cut_point WHERE score = 'm'$$, 'SELECT cuts FROM cuts', 'new data does not move cut points');
SELECT is((SELECT count(*) FROM segment_data.customer WHERE worth = 'Best'), 80::bigint, 'customers move across them');
SELECT is(segment.recut('worth'), 2, 'recut makes a new version');
SELECT is((SELECT comment FROM segment.scheme_version WHERE version = 2), 'recut', 'that says why');
SELECT is((SELECT array_agg(round(c, 6)) FROM segment.cut_point, unnest(cuts) c WHERE score = 'm' AND version = 2),
          (SELECT array_agg(round(percentile::numeric, 6)) FROM (SELECT unnest(percentile_cont(ARRAY[1 / 3.0, 2 / 3.0]) WITHIN GROUP (ORDER BY total)) AS percentile
             FROM (SELECT sum(total) AS total FROM orders GROUP BY customer_id) o) q), 'with quantiles of now');
SELECT is((SELECT cuts FROM segment.cut_point WHERE score = 'fixed' AND version = 2), '{100, 500.5}'::numeric[], 'cut points that were given stay');
SELECT is((SELECT cuts FROM segment.cut_point WHERE score = 'm' AND version = 1), (SELECT cuts FROM cuts), 'the old version keeps its own');
SELECT is((SELECT string_agg(DISTINCT cause, ', ') FROM segment_data.worth_transition WHERE version = 2), 'definition', 'who moves by it moves by definition');
SELECT is((SELECT count(*) FROM segment_data.customer WHERE worth = 'Best'), 30::bigint, 'a third of those with revenue is best again');

-- edits are a draft until activation
SELECT segment.alter_segment('worth', 'Good', rule => 'm >= 2 AND days_since_last < 30', priority => 5) \g /dev/null
SELECT segment.drop_segment('worth', 'Nobody') \g /dev/null
SELECT is((SELECT rule FROM segment.version WHERE in_force AND segment = 'Good'), 'm >= 2', 'the version in force keeps its rule');
CALL segment.refresh('customer', as_of => '2024-05-02');
SELECT is((SELECT count(*) FROM segment_data.customer WHERE worth = 'Best'), 30::bigint, 'and its effect');
SELECT is((SELECT segment FROM segment.preview('worth') LIMIT 1), 'Good', 'preview shows the draft in its order');
SELECT cmp_ok((SELECT entering FROM segment.preview('worth') WHERE segment = 'Good'), '>', 0::bigint, 'and who would enter');
SELECT is(segment.activate('worth', comment => 'recent is good'), 3, 'the draft in force');
SELECT is((SELECT count(*) FROM segment_data.customer WHERE worth = 'Good'), (SELECT customers FROM segment.preview('worth') WHERE segment = 'Good'), 'everyone is where preview said');
SELECT is((SELECT count(*) FROM segment.version WHERE version = 1 AND segment = 'Nobody'), 1::bigint, 'old versions keep what was dropped');

-- the minimum stay, over a sequence of refreshes
SELECT segment.create_scheme('calm', objective => 'Do not move people about', default_segment => 'Late', min_dwell => '10 days') \g /dev/null
SELECT segment.create_segment('calm', 'Early', rule => 'days_since_last <= 7') \g /dev/null
SELECT segment.activate('calm', backfill => false) \g /dev/null
CREATE TABLE seen (day date, segment text, raw text, since date);
\set note 'INSERT INTO seen SELECT (SELECT as_of FROM segment.population), calm, calm_raw, calm_since FROM segment_data.customer_segment WHERE customer_id = 1'
:note;
CALL segment.refresh('customer', as_of => '2024-05-08');
:note;
CALL segment.refresh('customer', as_of => '2024-05-09');
:note;
CALL segment.refresh('customer', as_of => '2024-05-11');
:note;
CALL segment.refresh('customer', as_of => '2024-05-12');
:note;
INSERT INTO orders VALUES (1, '2024-05-20', 1);
CALL segment.refresh('customer', as_of => '2024-05-20');
:note;
CALL segment.refresh('customer', as_of => '2024-05-22');
:note;
CALL segment.refresh('customer', as_of => '2024-06-01');
:note;
SELECT results_eq('SELECT * FROM seen ORDER BY day',
    $$VALUES ('2024-05-02'::date, 'Early', 'Early', '2024-05-02'::date), ('2024-05-08', 'Early', 'Early', '2024-05-02'), ('2024-05-09', 'Early', 'Late', '2024-05-02'),
             ('2024-05-11', 'Early', 'Late', '2024-05-02'), ('2024-05-12', 'Late', 'Late', '2024-05-12'), ('2024-05-20', 'Late', 'Early', '2024-05-12'),
             ('2024-05-22', 'Early', 'Early', '2024-05-22'), ('2024-06-01', 'Late', 'Late', '2024-06-01')$$, 'raw moves at once, the segment after ten days');
SELECT results_eq('SELECT segment, valid, cause FROM segment_data.calm_history WHERE customer_id = 1 ORDER BY valid',
    $$VALUES ('Early', '[2024-05-02,2024-05-12)'::daterange, 'definition'), ('Late', '[2024-05-12,2024-05-22)', 'time'), ('Early', '[2024-05-22,2024-06-01)', 'time'), ('Late', '[2024-06-01,)', 'time')$$,
    'and so does history');

-- retirement
SELECT segment.create_feature('calm_segment', scheme => 'calm') \g /dev/null
SELECT throws_ok($$SELECT segment.drop_scheme('calm')$$, '55000', 'scheme "calm" has been activated and cannot be dropped', 'a scheme with a past is not dropped');
CREATE VIEW mine AS SELECT customer_id, calm, calm_since FROM segment_data.customer;
SELECT lives_ok($$SELECT segment.retire('calm')$$, 'but retired');
SELECT is((SELECT count(calm) FROM mine), 0::bigint, 'its column stays in the view, NULL');
SELECT isnt((SELECT count(*) FROM segment_data.calm_history), 0::bigint, 'its history stays');
INSERT INTO orders VALUES (1, '2024-06-02', 1);
CALL segment.refresh('customer', as_of => '2024-06-02');
SELECT is((SELECT max(lower(valid)) FROM segment_data.calm_history), '2024-06-01'::date, 'nothing is added to it');
SELECT throws_ok($$SELECT segment.retire('calm')$$, '55000', 'scheme "calm" is not active', 'not twice');
SELECT is(segment.activate('calm'), 2, 'and put in force again');
SELECT is((SELECT calm FROM mine WHERE customer_id = 1), 'Late', 'it goes on where it was at the end of the day before, for the minimum stay');
SELECT results_eq('SELECT segment, valid FROM segment_data.calm_history WHERE customer_id = 1 AND upper(valid) > ''2024-06-01'' OR upper_inf(valid) AND customer_id = 1 ORDER BY valid',
    $$VALUES ('Late', '[2024-06-01,)'::daterange)$$, 'and so does its history');
SELECT segment.create_scheme('sketch', objective => 'Try') \g /dev/null
SELECT lives_ok($$SELECT segment.drop_scheme('sketch')$$, 'a scheme that never was in force is dropped');
SELECT is((SELECT count(*) FROM segment.scheme), 2::bigint, 'leaving the others');

RESET search_path;
DROP SCHEMA scheme_shop CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
SELECT * FROM finish();
