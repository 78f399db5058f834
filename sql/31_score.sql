-- Scores: bins by cut points, and the cut points of all values.

CREATE FUNCTION segment.score(value double precision, cuts double precision[], descending boolean DEFAULT false)
RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_score_float8';
COMMENT ON FUNCTION segment.score(double precision, double precision[], boolean) IS
'The bin of value: 1 + the number of cuts below it, from 1 to cardinality(cuts) + 1; with descending the other way round, so that the smallest values score highest. Equal values share a bin, NaN is above all others, NULL gives NULL. Integers come here and are exact up to 2^53. Error 22023: cuts not ascending, with NULL, or of more than one dimension.';

CREATE FUNCTION segment.score(value numeric, cuts numeric[], descending boolean DEFAULT false)
RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_score_numeric';
COMMENT ON FUNCTION segment.score(numeric, numeric[], boolean) IS
'The bin of value, compared exactly: money that equals a cut point is never taken to be above it. Otherwise as the double precision form.';

CREATE FUNCTION segment.cut_points_add(state internal, value double precision, bins integer)
RETURNS internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_cut_points_add_float8';
COMMENT ON FUNCTION segment.cut_points_add(internal, double precision, integer) IS
'Transition function of segment.cut_points(double precision, integer).';

CREATE FUNCTION segment.cut_points_add(state internal, value numeric, bins integer)
RETURNS internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_cut_points_add_numeric';
COMMENT ON FUNCTION segment.cut_points_add(internal, numeric, integer) IS
'Transition function of segment.cut_points(numeric, integer).';

CREATE FUNCTION segment.cut_points_float8(state internal)
RETURNS double precision[]
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_cut_points_final';
COMMENT ON FUNCTION segment.cut_points_float8(internal) IS
'Final function of segment.cut_points(double precision, integer).';

CREATE FUNCTION segment.cut_points_numeric(state internal)
RETURNS numeric[]
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_cut_points_final';
COMMENT ON FUNCTION segment.cut_points_numeric(internal) IS
'Final function of segment.cut_points(numeric, integer).';

CREATE AGGREGATE segment.cut_points(value double precision, bins integer)
(
	SFUNC = segment.cut_points_add,
	STYPE = internal,
	FINALFUNC = segment.cut_points_float8,
	FINALFUNC_MODIFY = READ_WRITE
);
COMMENT ON AGGREGATE segment.cut_points(double precision, integer) IS
'The bins - 1 cut points of all values but NULL: quantiles of type 7 (Hyndman & Fan 1996, as percentile_cont) at 1/bins, 2/bins ... Ties are kept, so cuts may repeat. No values give NULL. Sorts within work_mem. Error 22023: bins not between 2 and 1000, or not the same in every row.';

CREATE AGGREGATE segment.cut_points(value numeric, bins integer)
(
	SFUNC = segment.cut_points_add,
	STYPE = internal,
	FINALFUNC = segment.cut_points_numeric,
	FINALFUNC_MODIFY = READ_WRITE
);
COMMENT ON AGGREGATE segment.cut_points(numeric, integer) IS
'The bins - 1 cut points of all values but NULL, interpolated in decimal: exact where bins divides a power of ten (2, 4, 5, 10 ...), else rounded at least 16 digits beyond the values'' scale. Otherwise as the double precision form.';
