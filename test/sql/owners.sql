\set ECHO none
-- Who answers for a segment, from when on; roles and reviews.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SELECT plan(35);

CREATE SCHEMA own;
CREATE TABLE own.customers AS SELECT i AS id FROM generate_series(1, 20) AS i;
CREATE TABLE own.orders AS SELECT i AS id, 1 + i % 20 AS customer_id, '2024-01-01'::date + i AS day, i::numeric(10, 2) AS total FROM generate_series(1, 100) AS i;
SELECT segment.create_population('customer', 'own.customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'own.orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}'),
       segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue') \g /dev/null
CALL segment.refresh('customer', as_of => '2024-03-31');
SELECT segment.create_scheme('worth', objective => 'Keep the best', review_every => '3 months'),
       segment.create_segment('worth', 'Best', rule => 'revenue > 300', owner => 'ann', proposition => 'Dinner'),
       segment.create_segment('worth', 'Good', rule => 'revenue > 260') \g /dev/null

-- activation
CREATE TABLE own.notice (line text);
SELECT segment.activate('worth', comment => 'v1') \g /dev/null
SELECT results_eq('SELECT segment, owner, valid, in_force FROM segment.owner ORDER BY 1',
    format($$VALUES ('Best', 'ann', daterange('2022-03-31', NULL), true), ('Good', %1$L, daterange('2022-03-31', NULL), true), ('Others', %1$L, daterange('2022-03-31', NULL), true)$$, current_user),
    'who is named answers, for the history too; who activates answers for the rest, the default segment included');
SELECT results_eq('SELECT segment, owner, proposition FROM segment.version WHERE in_force ORDER BY priority',
    format($$VALUES ('Best', 'ann', 'Dinner'), ('Good', %L, NULL)$$, current_user), 'and the version keeps a record');
SELECT is_empty('SELECT * FROM segment.segment WHERE owner IS NOT NULL OR proposition IS NOT NULL', 'the draft names nobody any more: one place says who it is');
SELECT is_empty($$SELECT segment FROM segment.segment_status WHERE owner IS NULL$$, 'no active segment without an owner');
SELECT is((SELECT DISTINCT owner FROM segment.scorecard WHERE segment = 'Best'), 'ann', 'the scorecard shows it');
SELECT is((SELECT count(owner) FROM segment.scorecard WHERE segment IN ('new', 'unassigned')), 0::bigint, 'nobody answers for newcomers and strangers');

-- handing over
SELECT segment.set_owner('worth', 'Best', 'bob', since => '2024-02-10', comment => 'ann moved on') \g /dev/null
SELECT results_eq($$SELECT owner, valid, in_force, comment FROM segment.owner WHERE segment = 'Best' ORDER BY valid$$,
    $$VALUES ('ann', daterange('2022-03-31', '2024-02-10'), false, 'named in version 1'), ('bob', daterange('2024-02-10', NULL), true, 'ann moved on')$$, 'an owner answers until the next');
SELECT results_eq($$SELECT period_start, owner FROM segment.scorecard WHERE segment = 'Best' AND period_start >= '2024-01-01' ORDER BY 1$$,
    $$VALUES ('2024-01-01'::date, 'ann'), ('2024-02-01', 'bob'), ('2024-03-01', 'bob')$$, 'a period is its last day''s owner''s');
SELECT segment.set_owner('worth', 'Best', 'cleo', since => '2023-06-01'), segment.set_owner('worth', 'Best', 'dan') \g /dev/null
SELECT results_eq($$SELECT owner, valid FROM segment.owner WHERE segment = 'Best' ORDER BY valid$$,
    $$VALUES ('ann', daterange('2022-03-31', '2023-06-01')), ('cleo', daterange('2023-06-01', '2024-02-10')), ('bob', daterange('2024-02-10', '2024-03-31')), ('dan', daterange('2024-03-31', NULL))$$,
    'one in between ends where the next begins; by default it is the day of the last refresh, since these data are of the past');
SELECT segment.set_owner('worth', 'Best', 'eve') \g /dev/null
SELECT is((SELECT string_agg(owner, ' ' ORDER BY valid) FROM segment.owner WHERE segment = 'Best'), 'ann cleo bob eve', 'the same day again replaces');
SELECT segment.set_owner('worth', 'Best', 'flo', since => '2024-12-01') \g /dev/null
SELECT is((SELECT owner FROM segment.segment_status WHERE segment = 'Best'), 'eve', 'one of the future waits');
SELECT is_empty('SELECT FROM segment.owner a JOIN segment.owner b USING (scheme, segment) WHERE a.valid && b.valid AND a.valid <> b.valid', 'no two overlap');

-- versions to come
SELECT segment.recut('worth') \g /dev/null
SELECT is((SELECT owner FROM segment.version WHERE in_force AND segment = 'Best'), 'eve', 'a recut changes no owner');
SELECT segment.create_segment('worth', 'Fair', rule => 'revenue > 240', owner => 'gus', proposition => 'Lunch'), segment.alter_segment('worth', 'Good', owner => 'hal') \g /dev/null
SELECT segment.activate('worth') \g /dev/null
SELECT results_eq($$SELECT segment, owner, lower(valid) FROM segment.owner WHERE in_force ORDER BY 1$$,
    format($$VALUES ('Best', 'eve', '2024-03-31'::date), ('Fair', 'gus', '2024-03-31'), ('Good', 'hal', '2024-03-31'), ('Others', %L, '2022-03-31')$$, current_user), 'who is named in a later draft takes over with its version, the others stay');
SELECT segment.alter_segment('worth', 'Good', owner => 'ida'), segment.set_owner('worth', 'Good', 'jo') \g /dev/null
SELECT segment.activate('worth') \g /dev/null
SELECT is((SELECT owner FROM segment.segment_status WHERE segment = 'Good'), 'jo', 'set_owner is later than what the draft said');

-- errors
SELECT throws_ok($$SELECT segment.set_owner('worth', 'Best', NULL)$$, '22004', NULL, 'an active segment is never without an owner');
SELECT throws_ok($$SELECT segment.set_owner('worth', 'Best', ' ')$$, '22023', 'the owner is empty', 'nor is blank one');
SELECT throws_ok($$SELECT segment.set_owner('worth', 'Bst', 'x')$$, '42704', 'scheme "worth" has no segment "Bst"', 'a segment that is not there');
SELECT throws_ok($$SELECT segment.set_owner('wrth', 'Best', 'x')$$, '42704', NULL, 'a scheme that is not there');
SELECT throws_ok($$SELECT segment.set_owner('worth', 'Best', 'x', since => 'infinity')$$, '22023', NULL, 'never is no day');
SELECT throws_ok($$INSERT INTO segment.segment_owner (scheme_id, segment, since, owner) SELECT scheme_id, 'Best', '2024-02-10', 'x' FROM segment.scheme$$, '23505', NULL, 'the table itself holds one a day');

-- roles
SELECT segment.set_segment_role('worth', 'Best', 'target'), segment.set_segment_role('worth', 'Good', 'target'), segment.set_segment_role('worth', 'Good', 'watch'),
       segment.set_segment_role('worth', 'Fair', 'harvest'), segment.set_segment_role('worth', 'Fair', NULL) \g /dev/null
SELECT results_eq('SELECT segment, role, is_target FROM segment.segment_status ORDER BY priority NULLS LAST',
    $$VALUES ('Best', 'target', true), ('Good', 'watch', false), ('Fair', NULL, false), ('Others', NULL, false)$$, 'target segments are flagged');
SELECT throws_ok($$SELECT segment.set_segment_role('worth', 'Best', 'cow')$$, '22023', 'there is no role "cow"', 'a role there is not');
SELECT throws_ok($$SELECT segment.set_segment_role('worth', 'B', 'target')$$, '42704', NULL, 'a role of no segment');

-- reviews
SELECT results_eq('SELECT reviews, last_review, due, overdue FROM segment.review_due', $$VALUES (0::bigint, NULL::date, '2024-06-30'::date, false)$$, 'the first review is due after the first activation');
UPDATE segment.population SET as_of = '2024-07-01';
SELECT is((SELECT overdue FROM segment.review_due), true, 'and is overdue when that day is past');
SELECT is(segment.review('worth', 'kept: Best still earns most'), '2024-10-01'::date, 'a review says when the next is due');
SELECT results_eq('SELECT reviews, last_review, due, overdue, comment FROM segment.review_due', $$VALUES (1::bigint, '2024-07-01'::date, '2024-10-01'::date, false, 'kept: Best still earns most')$$, 'and is kept');
SELECT throws_ok($$SELECT segment.review('worth', '')$$, '22023', NULL, 'a review without result');
SELECT throws_ok($$SELECT segment.review('none', 'x')$$, '42704', NULL, 'a review of no scheme');

-- who may
CREATE ROLE seg_own_other;
GRANT USAGE ON SCHEMA segment TO seg_own_other;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA segment TO seg_own_other;
SET SESSION AUTHORIZATION seg_own_other;
SELECT throws_ok(s, '42501', NULL, s) FROM unnest(ARRAY[$$SELECT segment.set_owner('worth', 'Best', 'me')$$, $$SELECT segment.set_segment_role('worth', 'Best', 'watch')$$, $$SELECT segment.review('worth', 'x')$$, 'TABLE segment.owner']) AS s;
RESET SESSION AUTHORIZATION;
GRANT SELECT ON segment.owner TO seg_own_other;
SET SESSION AUTHORIZATION seg_own_other;
SELECT lives_ok('TABLE segment.owner', 'who is granted the view reads it');
RESET SESSION AUTHORIZATION;
DROP OWNED BY seg_own_other;
DROP ROLE seg_own_other;

DROP SCHEMA own CASCADE;
SELECT * FROM finish();
