\set ECHO none
-- Scores and cut points: the definition, ties, ends, exactness, errors.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(48);

-- score = 1 + #{cuts < value}
SELECT is(array_agg(segment.score(v, '{1,1,2,4}'::float8[]) ORDER BY v), '{1,1,3,4,4,5}', 'float8: a value on a cut is not above it')
FROM unnest('{0,1,2,3,4,5}'::float8[]) v;
SELECT is(array_agg(segment.score(v, '{1,1,2,4}'::numeric[]) ORDER BY v), '{1,1,3,4,4,5}', 'numeric: the same')
FROM unnest('{0,1,2,3,4,5}'::numeric[]) v;
SELECT is(array_agg(segment.score(v, '{1,1,2,4}'::float8[], descending => true) ORDER BY v), '{5,5,3,2,2,1}', 'float8 descending')
FROM unnest('{0,1,2,3,4,5}'::float8[]) v;
SELECT is(array_agg(segment.score(v, '{1,1,2,4}'::numeric[], true) ORDER BY v), '{5,5,3,2,2,1}', 'numeric descending')
FROM unnest('{0,1,2,3,4,5}'::numeric[]) v;
SELECT is(segment.score(3, '{1,2}'), 3, 'integers and untyped cuts');
SELECT is(segment.score(3.5, '{1,2,3.5}'), 3, 'numeric literals and untyped cuts');
SELECT is(segment.score(7::float8, '{}'), 1, 'no cuts, one bin');
SELECT is(segment.score(7::numeric, '{}', true), 1, 'no cuts, one bin, numeric descending');
SELECT is(segment.score(NULL::float8, '{1}'), NULL, 'NULL has no score');
SELECT is(segment.score(NULL::numeric, '{1}'), NULL, 'nor has it in numeric');
SELECT is(segment.score(1::float8, NULL), NULL, 'nor without cuts');
SELECT is(segment.score('NaN'::float8, '{1,Infinity,NaN}'), 3, 'NaN is above all but itself');
SELECT is(segment.score('NaN'::numeric, '{1,Infinity,NaN}'), 3, 'also in numeric');
SELECT is(segment.score('-Infinity'::float8, '{-Infinity,0,Infinity}'), 1, 'minus infinity is lowest');
SELECT is(segment.score('Infinity'::float8, '{-Infinity,0,Infinity}'), 3, 'infinity is not above itself');
SELECT is(segment.score('-0'::float8, '{0}'), 1, 'zero has no sign');

-- Exactness
SELECT is(segment.score(0.3, ARRAY[0.1 + 0.2]), 1, 'numeric money that equals its cut stays below');
SELECT is(segment.score(0.30000000000000001, ARRAY[0.3]), 2, 'and a hair above is above');
SELECT is(segment.score(123456789012345678901234.56, ARRAY[123456789012345678901234.55]), 2, 'beyond a float''s digits');

-- The cache follows its content
SELECT is(array_agg(segment.score(v, cuts) ORDER BY n), '{2,1,2,3,1}', 'cuts that change from row to row')
FROM (VALUES (1, 5.0, '{1}'::numeric[]), (2, 5, '{6}'), (3, 5, '{1}'), (4, 5, '{1,2}'), (5, 5, '{7,8}')) AS t(n, v, cuts);

-- A law: score by definition
SELECT is(count(*), 0::bigint, 'numeric and float8 agree with the definition on every pair')
FROM generate_series(-3, 40) v, generate_series(0, 12) n,
	LATERAL (SELECT coalesce(array_agg(c * c % 37 ORDER BY c * c % 37), '{}') AS cuts FROM generate_series(1, n) c) k,
	LATERAL (SELECT 1 + count(*) AS score FROM unnest(k.cuts) c WHERE c < v) d
WHERE d.score IS DISTINCT FROM segment.score(v::float8, k.cuts::float8[])
	OR d.score IS DISTINCT FROM segment.score(v::numeric, k.cuts::numeric[])
	OR n + 2 - d.score IS DISTINCT FROM segment.score(v::float8, k.cuts::float8[], true)
	OR n + 2 - d.score IS DISTINCT FROM segment.score(v::numeric, k.cuts::numeric[], true);

-- Cut points
SELECT is(segment.cut_points(v::float8, 5), '{2.8,4.6,6.4,8.2}'::float8[], 'quintiles of 1 to 10')
FROM generate_series(1, 10) v;
SELECT is(segment.cut_points(v::numeric, 5)::text, '{2.8,4.6,6.4,8.2}', 'in numeric')
FROM generate_series(1, 10) v;
SELECT is(segment.cut_points(v, 4)::text, '{3.25,5.5,7.75}', 'integers') FROM generate_series(1, 10) v;
SELECT is(segment.cut_points(v, 2)::text, '{15.005}', 'a median of cents') FROM unnest('{20.00,10.01}'::numeric[]) v;
SELECT is(segment.cut_points(v, 4)::text, '{1.0000000005,1.000000001,1.0000000015}', 'decimals beyond the scale')
FROM unnest('{1.000000000,1.000000002}'::numeric[]) v;
SELECT is(segment.cut_points(v, 5)::text, '{2469135780246913578024691.356,4938271560493827156049382.712,7407407340740740734074074.068,9876543120987654312098765.424}',
		  'exact however large') FROM unnest('{0,12345678901234567890123456.78}'::numeric[]) v;
SELECT is(segment.cut_points(v, 3)::text, '{0.33333333333333333333,0.66666666666666666667}', 'thirds are rounded')
FROM unnest('{0,1}'::numeric[]) v;
SELECT is(segment.cut_points(v, 5)::text, '{1,1,1,3.4}', 'ties stay') FROM unnest('{1,1,1,1,13}'::numeric[]) v;
SELECT is(segment.cut_points(v::numeric, 10)::text, '{7,7,7,7,7,7,7,7,7}', 'one value') FROM generate_series(7, 7) v;
SELECT is(segment.cut_points(v::numeric, 10)::text, '{0.2,0.4,0.6,0.8,1,1.2,1.4,1.6,1.8}', 'more bins than values') FROM generate_series(0, 2) v;
SELECT is(segment.cut_points(v, 2), '{2}'::float8[], 'NULL counts for nothing') FROM unnest('{1,NULL,3,NULL}'::float8[]) v;
SELECT is(segment.cut_points(v, 2), NULL, 'only NULLs') FROM unnest('{NULL,NULL}'::float8[]) v;
SELECT is(segment.cut_points(v, 2), NULL, 'no rows') FROM unnest('{}'::numeric[]) v;
SELECT is(segment.cut_points(v, 2), '{Infinity}'::float8[], 'infinities') FROM unnest('{1,Infinity,Infinity}'::float8[]) v;
SELECT is(segment.cut_points(v, 2)::text, '{NaN}', 'infinities apart') FROM unnest('{-Infinity,Infinity}'::numeric[]) v;
SELECT is(segment.cut_points(v, 4)::text, '{1.5,2,NaN}', 'NaN is last') FROM unnest('{NaN,1,2}'::float8[]) v;

-- A law: percentile_cont within its rounding, for many sizes and bins
CREATE TEMP TABLE sample AS SELECT n, bins FROM generate_series(1, 60) n, unnest('{2,3,4,5,7,10,16}'::int[]) bins;
SELECT is(count(*), 0::bigint, 'cut points are percentile_cont')
FROM sample,
	LATERAL (SELECT array_agg(p::float8 / bins ORDER BY p) AS at FROM generate_series(1, bins - 1) p) f,
	LATERAL (SELECT segment.cut_points(x, bins) AS ours, segment.cut_points(x::numeric, bins)::float8[] AS exact,
				percentile_cont(f.at) WITHIN GROUP (ORDER BY x) AS theirs
			FROM (SELECT (i * 7919 % 101) / 4.0::float8 AS x FROM generate_series(1, n) i) s) q,
	generate_series(1, bins - 1) i
WHERE abs(ours[i] - theirs[i]) > 1e-12 OR abs(exact[i] - theirs[i]) > 1e-12 OR ours[i] IS NULL OR exact[i] IS NULL;

-- Spilling changes nothing
CREATE TEMP TABLE large AS SELECT (i * 7919::bigint % 100003) / 100.0 AS x FROM generate_series(1, 60000) i;
SELECT segment.cut_points(x, 5)::text AS in_memory FROM large \gset
SET work_mem = '64kB';
SELECT is(segment.cut_points(x, 5)::text, :'in_memory', 'cut points of a sort that spills') FROM large;
RESET work_mem;
SELECT is(array_agg(c ORDER BY g), ARRAY['{1}', '{101}', '{201}'], 'in groups')
FROM (SELECT g, segment.cut_points(g * 100 + i, 2)::text AS c FROM generate_series(0, 2) g, generate_series(0, 2) i GROUP BY g) q;

-- Errors
SELECT throws_ok($$SELECT segment.score(1::float8, '{2,1}')$$, '22023', 'cut points are not in ascending order', 'float8 cuts out of order');
SELECT throws_ok($$SELECT segment.score(1::numeric, '{2,1}')$$, '22023', 'cut points are not in ascending order', 'numeric cuts out of order');
SELECT throws_ok($$SELECT segment.score(1::float8, '{NaN,1}')$$, '22023', 'cut points are not in ascending order', 'NaN before a number');
SELECT throws_ok($$SELECT segment.score(1::float8, '{1,NULL}')$$, '22023', 'cut points contain NULL', 'a NULL cut');
SELECT throws_ok($$SELECT segment.score(1::numeric, '{1,NULL}')$$, '22023', 'cut points contain NULL', 'a NULL cut in numeric');
SELECT throws_ok($$SELECT segment.score(1::float8, '{{1,2},{3,4}}')$$, '22023', 'cut points have more than one dimension', 'a matrix');
SELECT throws_ok($$SELECT segment.cut_points(1.0, 1)$$, '22023', 'bins is not between 2 and 1000', 'one bin');
SELECT throws_ok($$SELECT segment.cut_points(x, x::int) FROM unnest('{2,3}'::numeric[]) x$$, '22023', 'bins differs from row to row', 'bins that vary');
SELECT * FROM finish();
