\set ECHO none
-- What is offered to a segment and done with it, from when on; milestones.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
SELECT plan(25);

CREATE SCHEMA treat;
CREATE TABLE treat.customers AS SELECT i AS id FROM generate_series(1, 20) AS i;
CREATE TABLE treat.orders AS SELECT i AS id, 1 + i % 20 AS customer_id, '2024-01-01'::date + i AS day, i::numeric(10, 2) AS total FROM generate_series(1, 100) AS i;
SELECT segment.create_population('customer', 'treat.customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'treat.orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}'),
       segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue') \g /dev/null
CALL segment.refresh('customer', as_of => '2024-03-31');
SELECT segment.create_scheme('worth', objective => 'Keep the best'), segment.create_segment('worth', 'Best', rule => 'revenue > 300', proposition => 'Dinner') \g /dev/null
SELECT segment.set_treatment('worth', 'Best', next_action => 'Call', since => '2024-01-01') \g /dev/null
SELECT segment.activate('worth', backfill => false) \g /dev/null

SELECT results_eq('SELECT segment, proposition, next_action, valid, in_force FROM segment.treatment ORDER BY valid',
    $$VALUES ('Best', NULL, 'Call', daterange('2024-01-01', '2024-03-31'), false), ('Best', 'Dinner', 'Call', daterange('2024-03-31', NULL), true)$$,
    'a proposition of the draft is in force with its version; the next action stays');
SELECT segment.set_treatment('worth', 'Best', proposition => 'Concert', channel => 'post', budget => 1200.50) \g /dev/null
SELECT results_eq('SELECT proposition, next_action, channel, budget FROM segment.treatment WHERE in_force', $$VALUES ('Concert', 'Call', 'post', 1200.50)$$, 'the same day again edits, what is left out is carried over');
SELECT is((SELECT count(*) FROM segment.treatment), 2::bigint, 'in the same row');
SELECT segment.set_treatment('worth', 'Best', next_action => '', since => '2024-06-01') \g /dev/null
SELECT results_eq($$SELECT proposition, next_action, channel, valid FROM segment.treatment WHERE lower(valid) = '2024-06-01'$$, $$VALUES ('Concert', NULL::text, 'post', daterange('2024-06-01', NULL))$$, 'an empty text ends');
SELECT is((SELECT next_action FROM segment.segment_status WHERE segment = 'Best'), 'Call', 'on its day');
SELECT segment.set_treatment('worth', 'Others', next_action => 'Leave alone') \g /dev/null
SELECT is((SELECT next_action FROM segment.segment_status WHERE segment = 'Others'), 'Leave alone', 'the default segment too');
SELECT is_empty('SELECT FROM segment.treatment a JOIN segment.treatment b USING (scheme, segment) WHERE a.valid && b.valid AND a.valid <> b.valid', 'no two overlap');
SELECT segment.recut('worth') \g /dev/null
SELECT is((SELECT proposition FROM segment.version WHERE in_force AND segment = 'Best'), 'Concert', 'a version records the proposition in force');
SELECT is((SELECT proposition FROM segment.segment_status WHERE segment = 'Best'), 'Concert', 'and changes none');

SELECT throws_ok($$SELECT segment.set_treatment('worth', 'Best')$$, '22023', 'the treatment says nothing', 'nothing to say');
SELECT throws_ok($$SELECT segment.set_treatment('worth', 'Best', budget => -1)$$, '22023', 'the budget is -1', 'a negative budget');
SELECT throws_ok($$SELECT segment.set_treatment('worth', 'Bst', 'x')$$, '42704', 'scheme "worth" has no segment "Bst"', 'no such segment');
SELECT throws_ok($$SELECT segment.set_treatment('worth', 'Best', 'x', since => '-infinity')$$, '22023', 'the day is infinite', 'no such day');

-- milestones
SELECT segment.set_milestone('worth', 'Best', 'Letters out', due => '2024-03-15'), segment.set_milestone('worth', 'Best', 'Dinner held', due => '2024-04-15'),
       segment.set_milestone('worth', NULL, 'Shop floor trained', due => '2024-03-01', done_on => '2024-02-28'), segment.set_milestone('worth', 'Others', 'Letters stopped', due => '2024-03-01') \g /dev/null
SELECT results_eq('SELECT segment, what, status, days_late FROM segment.milestone_status ORDER BY due, what', $$VALUES
    ('Others', 'Letters stopped', 'overdue', 30), ('', 'Shop floor trained', 'done', -2), ('Best', 'Letters out', 'overdue', 16), ('Best', 'Dinner held', 'due', -15)$$, 'milestones are judged');
SELECT segment.set_milestone('worth', 'Best', 'Letters out', done_on => '2024-03-20'), segment.set_milestone('worth', 'Others', 'Letters stopped', due => '2024-05-01') \g /dev/null
SELECT results_eq($$SELECT what, status, days_late, owner FROM segment.milestone_status WHERE segment <> '' ORDER BY what$$,
    format($$VALUES ('Dinner held', 'due', -15, %1$L), ('Letters out', 'done late', 5, %1$L), ('Letters stopped', 'due', -31, %1$L)$$, current_user), 'the same text again moves its day or marks it done');
SELECT results_eq($$SELECT next_due, overdue FROM segment.segment_status WHERE segment = 'Best'$$, $$VALUES ('2024-04-15'::date, 0::bigint)$$, 'the segment shows the next');
SELECT segment.drop_milestone('worth', 'Best', 'Dinner held') \g /dev/null
SELECT is((SELECT next_due FROM segment.segment_status WHERE segment = 'Best'), NULL, 'until it is taken back');
SELECT throws_ok($$SELECT segment.drop_milestone('worth', 'Best', 'Dinner held')$$, '42704', NULL, 'once');
SELECT throws_ok($$SELECT segment.set_milestone('worth', 'Best', 'New')$$, '22004', 'due must not be null', 'a new one has a day');
SELECT throws_ok($$SELECT segment.set_milestone('worth', 'Best', ' ', due => '2024-01-01')$$, '22023', 'the milestone is empty', 'and says what');
SELECT throws_ok($$SELECT segment.set_milestone('worth', 'B', 'x', due => '2024-01-01')$$, '42704', NULL, 'for a segment there is');
SELECT throws_ok($$SELECT segment.set_milestone('worth', 'Best', 'x', due => 'infinity')$$, '22023', NULL, 'on a day there is');

CREATE ROLE seg_treat_other;
GRANT USAGE ON SCHEMA segment TO seg_treat_other;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA segment TO seg_treat_other;
SET SESSION AUTHORIZATION seg_treat_other;
SELECT throws_ok(s, '42501', NULL, s) FROM unnest(ARRAY[$$SELECT segment.set_treatment('worth', 'Best', 'x')$$, $$SELECT segment.set_milestone('worth', 'Best', 'x', '2024-01-01')$$, $$SELECT segment.drop_milestone('worth', 'Best', 'x')$$]) AS s;
RESET SESSION AUTHORIZATION;
DROP OWNED BY seg_treat_other;
DROP ROLE seg_treat_other;

DROP SCHEMA treat CASCADE;
SELECT * FROM finish();
