-- The background worker takes over: from here on the results follow the tables, as of today.
\set ON_ERROR_STOP on
\pset linestyle unicode
\pset border 1
\pset null '·'
\pset footer off
SET timezone = 'Europe/Paris';

\qecho '== From now on by itself'
SELECT segment.schedule('refresh', 'customer', every => '5 minutes', if_not_exists => true) AS job;
DO $$
BEGIN
    FOR tenth IN 1 .. 300 LOOP
        EXIT WHEN EXISTS (SELECT FROM segment.job_status WHERE last_state IS NOT NULL AND running_since IS NULL);
        PERFORM pg_sleep(0.1);
    END LOOP;
END
$$;
SELECT kind, database, state FROM segment.worker;
SELECT job, kind, target, every, state, last_state, last_duration FROM segment.job_status;

\qecho '== How old are the results?'
SELECT population, scheme, date_trunc('milliseconds', lag) AS lag, target_lag, within_target, pending, blocked_by
FROM segment.freshness;

\qecho '== Is everything well?'
SELECT "check", status, detail FROM segment.health_check();
