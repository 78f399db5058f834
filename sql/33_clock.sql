-- The clock.

CREATE FUNCTION segment.today(timezone text)
RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_today';
COMMENT ON FUNCTION segment.today(text) IS
'The calendar day it is now in a time zone such as Europe/Paris, by the setting segment.clock where that is not empty. Error 22023: no such time zone in pg_timezone_names.';
