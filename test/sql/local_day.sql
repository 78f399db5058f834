\set ECHO none
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(7);

-- CET, EET, MET and WET are left out: AT TIME ZONE takes them for abbreviations with a fixed offset.
SELECT is((SELECT count(*)
             FROM pg_timezone_names AS z,
                  generate_series(timestamptz '1850-01-01 03:00', '2150-01-01', '1900 hours 7 min 13 sec') AS t
            WHERE z.name NOT IN ('CET', 'EET', 'MET', 'WET')
              AND segment.local_day(t, z.name) IS DISTINCT FROM (t AT TIME ZONE z.name)::date),
          0::bigint, 'equals AT TIME ZONE in every zone, over three centuries');

SELECT is((SELECT count(*)
             FROM (VALUES ('Europe/Paris'), ('America/New_York'), ('America/Sao_Paulo'), ('Asia/Kathmandu'), ('Pacific/Apia'),
                          ('Africa/Casablanca'), ('Europe/Dublin'), ('Australia/Lord_Howe'), ('Asia/Tehran')) AS z (name),
                  generate_series(timestamptz '2009-12-01', '2013-02-01', '11 min 31 sec') AS t
            WHERE segment.local_day(t, z.name) IS DISTINCT FROM (t AT TIME ZONE z.name)::date),
          0::bigint, 'equals AT TIME ZONE every few minutes, through clock changes and a skipped day');

SELECT is((SELECT array_agg(segment.local_day(t::timestamptz, 'America/Sao_Paulo'))
             FROM unnest(ARRAY['2018-11-04 02:59:59.999999Z', '2018-11-04 03:00:00Z', '2018-02-18 01:59:59Z',
                               '2018-02-18 02:30:00Z', '2018-02-18 03:00:00Z']) AS t),
          ARRAY['2018-11-03', '2018-11-04', '2018-02-17', '2018-02-17', '2018-02-18']::date[],
          'clocks that change at midnight');
SELECT is(segment.local_day('2011-12-30 10:00Z', 'Pacific/Apia'), '2011-12-31'::date, 'the day Samoa skipped');
SELECT is(segment.local_day('infinity', 'UTC'), 'infinity'::date, 'infinity stays infinite');
SELECT is(segment.local_day('-infinity', 'UTC'), '-infinity'::date, 'minus infinity too');
SELECT throws_ok($$SELECT segment.local_day(now(), 'Europe/Atlantis')$$, '22023',
                 'time zone "Europe/Atlantis" not recognized', 'an unknown zone is refused');

SELECT * FROM finish();
