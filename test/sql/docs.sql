\set ECHO none
-- The documentation: everything public is commented and in the reference, and the README's statements run, with the grants it gives.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(14);

-- comments: what belongs to the extension and is not behind the scenes of an aggregate
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    WHERE p.pronamespace = 'segment'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL$$, 'every function has a comment');
SELECT is_empty($$SELECT c.oid::regclass FROM pg_class c WHERE c.relnamespace = 'segment'::regnamespace AND c.relkind IN ('r', 'v', 'm')
    AND obj_description(c.oid, 'pg_class') IS NULL$$, 'every table and view has a comment');
SELECT is_empty($$SELECT t.typname FROM pg_type t WHERE t.typnamespace = 'segment'::regnamespace AND t.typcategory <> 'A'
    AND (t.typrelid = 0 OR t.typname = 'fact_cell') AND obj_description(t.oid, 'pg_type') IS NULL$$, 'every type has a comment');

-- the reference: state functions, trigger functions and operators' functions apart
\set reference `cat doc/reference.md doc/ledger.md`
SELECT is_empty(format($$SELECT DISTINCT p.proname FROM pg_proc p WHERE p.pronamespace = 'segment'::regnamespace
    AND obj_description(p.oid, 'pg_proc') !~* '^(transition|final|combine|serial|deserial|input|output|receive|send)'
    AND p.proname !~ '^ledger_' AND strpos(%L, p.proname) = 0 AND p.prorettype <> 'internal'::regtype$$, :'reference'),
    'every function is in the reference');
SELECT is_empty(format($$SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'segment'::regnamespace
    AND c.relkind IN ('r', 'v') AND strpos(%L, c.relname) = 0$$, :'reference'), 'every table and view is in the reference');

\set layout `sed -n '/^## The code/,/^## Contributing/p' README.md`
\set files `cd src && ls *.[ch] | sed 's/[.].$//' | sort -u | tr '\n' ' '`
SELECT is_empty(format($$SELECT file FROM unnest(string_to_array(trim(%L), ' ')) AS file WHERE %L !~ ('`' || file || '([.]h)?`')$$,
    :'files', :'layout'), 'every source file is in the README''s layout');

-- the README's first ten minutes, as they stand
\set customers 300
\i demo/shop.sql
\unset ON_ERROR_STOP
SET timezone = 'UTC';
DROP EXTENSION segment CASCADE;
SET segment.clock = '2026-10-31 12:00:00+01';
\! sed -n '/^<!-- first ten minutes/,/^<!-- .first ten minutes/p' README.md | grep -v '^<!--\|^```' > results/readme.sql
\o /dev/null
\i results/readme.sql
\o
SELECT is((SELECT string_agg(name, ' ' ORDER BY source_id) FROM segment.source), 'orders items', 'README: the sources are mapped');
SELECT is((SELECT version FROM segment.scheme WHERE name = 'value'), 1, 'README: the scheme is active');
SELECT is((SELECT count(DISTINCT period_start) FROM segment.scorecard WHERE scheme = 'value'), 25::bigint, 'README: the scorecard has two years');

SELECT is((SELECT string_agg(concat_ws(' ', kind, target, every = '5 minutes'), ', ') FROM segment.job_status), 'refresh customer t', 'README: the job is scheduled');

-- the demo, then what its README asks: as the roles, with their grants; an error ends the test
DROP EXTENSION segment;
\set ON_ERROR_STOP on
\! sed '/^.timing/d' demo/demo.sql > results/demo.sql
\! for part in grants 'walk: analyst' 'walk: auditor'; do sed -n "/^<!-- $part/,/^<!-- .$part/p" README.md | sed -n '/^```sql/,/^```/p' | grep -v '^```' > "results/readme_${part#*: }.sql"; done
RESET segment.clock;
\o /dev/null
\i results/demo.sql
\i results/readme_grants.sql
SET ROLE analyst;
\i results/readme_analyst.sql
RESET ROLE;
SET ROLE auditor;
\i results/readme_auditor.sql
\pset format unaligned
\o
SELECT is(figures > 500 AND that_differ = 0, true, 'README: an auditor agrees') FROM (SELECT count(*) AS figures, count(*) FILTER (WHERE difference <> 0) AS that_differ FROM segment.reconcile()) AS r;
RESET ROLE;
SELECT is((SELECT sum(definition) > 0 AND sum(behaviour) > sum(definition) FROM segment.migration WHERE scheme = 'value' AND from_segment <> to_segment AND period_start = '2026-09-01'), true, 'README: both behaviour and a rule edit have moved customers');
SELECT is((SELECT array_agg(DISTINCT breakdown ORDER BY breakdown) FROM segment.plan_vs_actual WHERE scheme = 'value' AND plan IS NOT NULL), '{"",channel,region}', 'README: the plan is by channel and region');
SET ROLE analyst;
SELECT throws_ok('SELECT * FROM segment_data.customer', '42501', NULL, 'an analyst sees no customers');
RESET ROLE;

DROP SCHEMA shop CASCADE;
DROP EXTENSION segment;
DROP ROLE analyst, auditor, application, shop_owner;
CREATE EXTENSION segment;
SELECT * FROM finish();
