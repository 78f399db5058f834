/* Only in the install script of make DEBUG=1: where tests stop processes and break them. */

CREATE FUNCTION segment.waitpoint_hold(name text) RETURNS void
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_waitpoint_hold';
COMMENT ON FUNCTION segment.waitpoint_hold(text) IS
'make every process that comes to a debug point of this database wait there, until this session releases it or ends; waits for those there already to go on; 42704: no such point';

CREATE FUNCTION segment.waitpoint_release(name text) RETURNS boolean
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_waitpoint_release';
COMMENT ON FUNCTION segment.waitpoint_release(text) IS
'let go of a debug point once; false, with a warning, when this session did not hold it; 42704: no such point';

CREATE FUNCTION segment.debug_points(OUT name text, OUT place text, OUT lock_class oid) RETURNS SETOF record
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'segment_debug_points';
COMMENT ON FUNCTION segment.debug_points() IS 'the debug points, in the order a refresh comes by, and the classid of their locks in pg_locks';

REVOKE ALL ON FUNCTION segment.waitpoint_hold(text), segment.waitpoint_release(text), segment.debug_points() FROM PUBLIC;

CREATE VIEW segment.waitpoint AS
SELECT p.name, p.place, l.pid, l.granted
  FROM segment.debug_points() p
  LEFT JOIN pg_locks l ON l.locktype OPERATOR(pg_catalog.=) 'advisory' AND l.objsubid OPERATOR(pg_catalog.=) 21319::smallint
   AND l.classid OPERATOR(pg_catalog.=) p.lock_class;
COMMENT ON VIEW segment.waitpoint IS 'the debug points, and the processes that hold them (granted) or wait there';
