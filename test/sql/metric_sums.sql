-- Sums by name: what sum() makes of the same values, whatever they are.
\pset format unaligned
\pset tuples_only true
SELECT plan(8);

CREATE FUNCTION pg_temp.same(numeric[]) RETURNS boolean LANGUAGE sql AS $$
    SELECT s.sums[1]::text IS NOT DISTINCT FROM s.expected::text AND s.sums[2] IS NULL
    FROM (SELECT segment.sums_by_name('a', v, '{a,b}') AS sums, sum(v) AS expected FROM unnest($1) v) s $$;
SELECT ok(pg_temp.same('{1, 2.50, -3.125, 0.0000}'), 'the digits of the most exact');
SELECT ok(pg_temp.same('{9223372036854775807, 1, 9223372036854775807, -5}'), 'beyond 64 bits');
SELECT ok(pg_temp.same('{92233720368547758.07, 0.00000000000000001, -92233720368547758.07}'), 'beyond 64 bits at a scale met later');
SELECT ok(pg_temp.same('{1e40, 0.5, -1e40, 1e-30}'), 'neither large nor small enough');
SELECT ok(pg_temp.same('{NaN, 1, 2}') AND pg_temp.same('{Infinity, 1}') AND pg_temp.same('{1, -Infinity, 2.5}'), 'no numbers');
SELECT ok(pg_temp.same('{NULL, NULL}') AND pg_temp.same('{NULL, 3.10}'), 'missing is not zero');
SELECT ok(bool_and(pg_temp.same(v)), 'at random')
  FROM (SELECT g, array_agg(round(((random() - 0.5) * 10 ^ (random() * 22))::numeric, (random() * 20)::int)) AS v FROM generate_series(1, 60) g, generate_series(1, 40) n GROUP BY g) r;
SELECT is(segment.sums_by_name(n, v, '{a,b,c}'), '{4,6.5,NULL}', 'each its own; other names are left out')
  FROM (VALUES ('a', 1), ('b', 6.5), ('d', 9), ('a', 3)) t (n, v);
SELECT * FROM finish();
