\set ECHO none
-- The aggregates by themselves: states of one customer, counts and totals of a few.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
CREATE SCHEMA facts_aggregates;
SET search_path = facts_aggregates, public;
SELECT plan(23);

CREATE FUNCTION states(history text, entry_day date, first_day date DEFAULT '2024-01-31') RETURNS smallint[]
LANGUAGE sql AS $$
	SELECT segment.period_states(r.segment, r.valid, r.entry_day, first_day, ARRAY['gold', 'silver'],
	                             '{2023-12-31,2024-01-31,2024-02-29,2024-03-15}')
	  FROM (SELECT split_part(row_text, ' ', 1), split_part(row_text, ' ', 2)::daterange, NULL::date
	          FROM regexp_split_to_table(history, ';') row_text WHERE row_text <> ''
	        UNION ALL SELECT NULL, NULL, states.entry_day) r (segment, valid, entry_day)
$$;

SELECT is(states('gold [2024-01-31,2024-02-29);silver [2024-02-29,)', '2023-05-05'), '{2,3,4,4}'::smallint[],
          'a move on a period''s last day is in force at its end');
SELECT is(states('gold [2023-12-31,2024-03-15);silver [2024-03-15,)', '2023-12-31', '2023-12-31'), '{3,3,3,4}'::smallint[],
          'the end of as_of closes the open period');
SELECT is(states('gold [2024-01-31,)', '2024-02-01'), '{0,0,3,3}'::smallint[], 'before its entry day a customer is nowhere');
SELECT is(states('gold [2024-01-31,)', 'infinity'), '{0,0,0,0}'::smallint[], 'nor is one that has none yet');
SELECT is(states('gold [2024-02-10,2024-02-20)', '2024-02-10'), '{0,0,1,1}'::smallint[], 'came and went within a period');
SELECT is(states('gold [2024-01-31,2024-03-01)', '2023-05-05'), '{2,3,3,1}'::smallint[], 'left later');
SELECT is(states('gold [2024-01-31,2024-03-01)', NULL), '{2,3,3,1}'::smallint[], 'gone, but had been there before history');
SELECT is(states('gold [2024-02-03,2024-03-01)', NULL), '{0,0,3,1}'::smallint[], 'gone, and had entered with its history');
SELECT is(states('', '2024-01-01', '2024-02-01'), '{0,2,1,1}'::smallint[], 'unassigned only before the first day of history');
SELECT is(states('', NULL), '{0,0,0,0}'::smallint[], 'nothing known');
SELECT is(states('gold (,)', '2020-01-01'), '{3,3,3,3}'::smallint[], 'an unbounded range');
SELECT throws_ok($$SELECT states('bronze [2024-01-31,)', '2024-01-01')$$, '22023',
                 'segment "bronze" is not among the segments given', 'a segment that is not given');
SELECT throws_ok($$SELECT segment.period_states('a', '(,)', NULL, '2024-01-01', '{a}', '{2024-01-31,2024-01-31}')$$, '22023',
                 'days must be finite and ascending', 'days that do not ascend');
SELECT throws_ok($$SELECT segment.period_states('a', '(,)', NULL, '2024-01-01', '{a}', '{2024-01-31}')$$, '22023',
                 'days must be an array of 2 to 10001 dates', 'one day is no period');

-- opening, acquired, moved_in, moved_out, removed, closing of one period
SELECT results_eq($$
	SELECT c.state, string_agg(c.value::text, ' ' ORDER BY c.measure)
	  FROM (SELECT segment.period_counts(s::smallint[], 2) FROM unnest(ARRAY['{3,3}', '{3,4}', '{3,1}', '{0,4}', '{0,1}', '{2,3}', '{2,2}', '{1,3}', '{0,0}']) s) q (cells),
	       unnest(q.cells) c GROUP BY 1 ORDER BY 1 $$,
	$$VALUES (1, '0 0 0 0 0 0'), (2, '2 0 0 1 0 1'), (3, '3 1 1 1 1 3'), (4, '0 1 1 0 0 2')$$, 'counts of one period');
SELECT throws_ok($$SELECT segment.period_counts('{0,5}', 2)$$, '22023', 'state is out of range: 5', 'a state of no segment');
SELECT throws_ok($$SELECT segment.period_counts(s::smallint[], 2) FROM unnest(ARRAY['{0,1}', '{0,1,1}']) s$$, '22023',
                 'periods and segments must be the same for every row', 'states of different periods');

CREATE TABLE ledgers AS
SELECT customer, segment.ledger(day, label, amount) AS ledger
  FROM (VALUES (1, '2024-01-01'::date, 'web', 10.25), (1, '2024-01-31', 'shop', -3.5), (1, '2024-02-01', 'web', 7),
               (1, '2024-03-16', 'web', 1000), (1, '2023-12-31', 'web', 1000),
               (2, '2024-02-29', NULL, 0.001), (3, '2024-02-29', 'web', 5)) e (customer, day, label, amount)
 GROUP BY customer;
CREATE TABLE states (customer int, states smallint[]);
INSERT INTO states VALUES (1, '{3,4,4,4}'), (2, '{0,0,3,3}');
CREATE FUNCTION totals() RETURNS TABLE (period int, state int, dimension text, measure int, value numeric) LANGUAGE sql AS $$
	SELECT c.* FROM (SELECT segment.period_totals(s.states, l.ledger, 2, '{2023-12-31,2024-01-31,2024-02-29,2024-03-15}')
	                   FROM ledgers l LEFT JOIN states s USING (customer)) q (cells), unnest(q.cells) c
$$;
SELECT set_eq($$SELECT period, state, dimension, measure, value::text FROM totals() WHERE value <> 0$$,
	$$VALUES (1, 3, 'web', 0, '1'), (1, 3, 'web', 1, '10.250'), (1, 3, 'shop', 0, '1'), (1, 3, 'shop', 1, '-3.500'),
	         (2, 4, 'web', 0, '1'), (2, 4, 'web', 1, '7.000'), (2, 1, '', 0, '1'), (2, 1, '', 1, '0.001'),
	         (2, 2, 'web', 0, '1'), (2, 2, 'web', 1, '5.000')$$,
	'events count for the opening, `new` in the first period, `unassigned` for no customer; scales are raised');
SELECT is((SELECT count(*) FROM totals() WHERE dimension = ''), 16::bigint, 'every row of a period with events is there');
SELECT is((SELECT count(*) FROM totals() WHERE period = 3), 0::bigint, 'a period without events yields nothing');
SELECT throws_ok($$SELECT segment.period_totals('{0,1}', ledger, 2, '{2023-12-31,2024-01-31,2024-02-29}') FROM ledgers$$, '22023',
                 'states and days differ in length', 'states of other days');
SELECT throws_ok($$SELECT segment.period_totals(NULL, l, 2, '{2023-12-31,2024-01-31}')
                     FROM (SELECT segment.ledger('2024-01-01'::date, 1) UNION ALL SELECT segment.ledger('2024-01-01'::date, 1, 2)) l (l)$$, '22023',
                 'ledgers have different numbers of measures', 'ledgers of different measures');
SELECT throws_ok($$SELECT segment.period_totals(NULL, l, 2, '{2023-12-31,2024-01-31}')
                     FROM (SELECT segment.ledger('2024-01-01'::date, i::text) FROM generate_series(1, 10001) i GROUP BY i) l (l)$$, '54000',
                 'a dimension has more than 10000 different labels', 'too many labels');
SELECT * FROM finish();
DROP SCHEMA facts_aggregates CASCADE;
