\set ECHO none
-- The clock: real, set, and the day in a time zone.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(22);

SELECT ok(segment.today('UTC') BETWEEN ((clock_timestamp() - interval '1 minute') AT TIME ZONE 'UTC')::date
		  AND (clock_timestamp() AT TIME ZONE 'UTC')::date, 'today is today');
SELECT is(current_setting('segment.clock'), '', 'the real clock by default');

SET segment.clock = '1998-06-30 22:30:00+00';
SELECT is(segment.today('UTC'), '1998-06-30', 'the day of the set clock');
SELECT is(segment.today('Europe/Paris'), '1998-07-01', 'is the next in the east');
SELECT is(segment.today('America/New_York'), '1998-06-30', 'and the same in the west');
SET segment.clock = '1998-01-01 04:30:00+00';
SELECT is(segment.today('America/New_York'), '1997-12-31', 'or the day before');
SET segment.clock = '2024-03-31 00:59:59+00';
SELECT is(segment.today('Europe/Paris'), '2024-03-31', 'on a day of 23 hours');
SET segment.clock = '2024-10-27 22:59:59+00';
SELECT is(segment.today('Europe/Paris'), '2024-10-27', 'the last second of a day of 25 hours');
SET segment.clock = '2024-10-27 23:00:00+00';
SELECT is(segment.today('Europe/Paris'), '2024-10-28', 'the first of the next');

-- Without an offset it is the session's time
SET segment.clock = '2024-06-30 23:30';
SET TimeZone = 'America/New_York';
SELECT is(segment.today('UTC'), '2024-07-01', 'half past eleven in New York');
SET TimeZone = 'UTC';
SELECT is(segment.today('UTC'), '2024-06-30', 'half past eleven in Greenwich');
SET segment.clock = '2024-06-30';
SELECT is(segment.today('UTC'), '2024-06-30', 'a day is its first second');
SET segment.clock = '0044-03-15 12:00:00+00 BC';
SELECT is(segment.today('UTC'), '0044-03-15 BC', 'long ago');

-- What it cannot be
SELECT throws_ok($$SET segment.clock = 'noon'$$, '22023', 'invalid value for parameter "segment.clock": "noon"', 'no time');
SELECT throws_ok($$SET segment.clock = 'now'$$, '22023', NULL, 'a clock that is set stands still');
SELECT throws_ok($$SET segment.clock = 'tomorrow 12:00'$$, '22023', NULL, 'and knows no tomorrow');
SELECT throws_ok($$SET segment.clock = 'infinity'$$, '22023', NULL, 'nor eternity');
SELECT throws_ok($$SET segment.clock = '2024-02-30'$$, '22023', NULL, 'nor days that are none');
SELECT throws_ok($$SELECT segment.today('Europe/Nowhere')$$, '22023', 'time zone "Europe/Nowhere" is not known', 'an unknown zone');
SELECT is(segment.today(NULL), NULL, 'no zone, no day');

-- Who may set it
CREATE ROLE clock_reader;
GRANT USAGE ON SCHEMA segment TO clock_reader;
SET ROLE clock_reader;
SELECT throws_ok($$SET segment.clock = '2024-06-30'$$, '42501', NULL, 'only a superuser sets the clock');
SELECT is(segment.today('UTC'), '0044-03-15 BC', 'everybody reads it');
RESET ROLE;
DROP OWNED BY clock_reader;
DROP ROLE clock_reader;
SELECT * FROM finish();
