/* 10_ledger.sql: the ledger type, its operators, aggregates and evaluators */

CREATE TYPE segment.ledger;

CREATE FUNCTION segment.ledger_in(cstring) RETURNS segment.ledger
	AS 'MODULE_PATHNAME', 'segment_ledger_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.ledger_in(cstring) IS
	'input of segment.ledger; entries may come in any order, those of the same day and label are added up; raises 22P02, 22003, 22008, 54000';

CREATE FUNCTION segment.ledger_out(segment.ledger) RETURNS cstring
	AS 'MODULE_PATHNAME', 'segment_ledger_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.ledger_out(segment.ledger) IS 'output of segment.ledger; days are ISO whatever DateStyle says';

CREATE FUNCTION segment.ledger_recv(internal) RETURNS segment.ledger
	AS 'MODULE_PATHNAME', 'segment_ledger_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.ledger_recv(internal) IS 'binary input of segment.ledger; raises 22P03 for anything segment.ledger_send would not write';

CREATE FUNCTION segment.ledger_send(segment.ledger) RETURNS bytea
	AS 'MODULE_PATHNAME', 'segment_ledger_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.ledger_send(segment.ledger) IS
	'binary output of segment.ledger: its stored bytes, labels in the encoding of the database';

CREATE TYPE segment.ledger (
	INPUT = segment.ledger_in,
	OUTPUT = segment.ledger_out,
	RECEIVE = segment.ledger_recv,
	SEND = segment.ledger_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = main
);
COMMENT ON TYPE segment.ledger IS
	'day-by-day history of one customer in one source, for example (2;d){2024-01-05 "web" x1 12.50}: scales of the measures, then day, dimension label, count, measures';

CREATE FUNCTION segment.ledger_add(segment.ledger, segment.ledger) RETURNS segment.ledger
	AS 'MODULE_PATHNAME', 'segment_ledger_add' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.ledger_add(segment.ledger, segment.ledger) IS 'entries of both, those of the same day and label added up; same number of measures and same dimension flag required (22023), scales raised to the larger, what cancels to zero vanishes, 22003 past 64 bits';

CREATE OPERATOR segment.+ (
	FUNCTION = segment.ledger_add, LEFTARG = segment.ledger, RIGHTARG = segment.ledger,
	COMMUTATOR = OPERATOR(segment.+)
);
COMMENT ON OPERATOR segment.+ (segment.ledger, segment.ledger) IS 'add';

CREATE FUNCTION segment.ledger_subtract(segment.ledger, segment.ledger) RETURNS segment.ledger
	AS 'MODULE_PATHNAME', 'segment_ledger_subtract' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.ledger_subtract(segment.ledger, segment.ledger) IS 'entries of the first less those of the second; same number of measures and same dimension flag required (22023), scales raised to the larger, what cancels to zero vanishes, 22003 past 64 bits';

CREATE OPERATOR segment.- (
	FUNCTION = segment.ledger_subtract, LEFTARG = segment.ledger, RIGHTARG = segment.ledger
);
COMMENT ON OPERATOR segment.- (segment.ledger, segment.ledger) IS 'subtract';

CREATE FUNCTION segment.ledger_negate(segment.ledger) RETURNS segment.ledger
	AS 'MODULE_PATHNAME', 'segment_ledger_negate' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.ledger_negate(segment.ledger) IS 'the ledger that added to this one gives an empty one; raises 22003 past 64 bits';

CREATE OPERATOR segment.- (
	FUNCTION = segment.ledger_negate, RIGHTARG = segment.ledger
);
COMMENT ON OPERATOR segment.- (NONE, segment.ledger) IS 'negate';

CREATE FUNCTION segment.ledger_eq(segment.ledger, segment.ledger) RETURNS boolean
	AS 'MODULE_PATHNAME', 'segment_ledger_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.ledger_eq(segment.ledger, segment.ledger) IS 'equal entries and equal shape: the scales are part of the value';

CREATE OPERATOR segment.= (
	FUNCTION = segment.ledger_eq, LEFTARG = segment.ledger, RIGHTARG = segment.ledger,
	COMMUTATOR = OPERATOR(segment.=), NEGATOR = OPERATOR(segment.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel
);
COMMENT ON OPERATOR segment.= (segment.ledger, segment.ledger) IS 'equal';

CREATE FUNCTION segment.ledger_ne(segment.ledger, segment.ledger) RETURNS boolean
	AS 'MODULE_PATHNAME', 'segment_ledger_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.ledger_ne(segment.ledger, segment.ledger) IS 'different entries or different shape';

CREATE OPERATOR segment.<> (
	FUNCTION = segment.ledger_ne, LEFTARG = segment.ledger, RIGHTARG = segment.ledger,
	COMMUTATOR = OPERATOR(segment.<>), NEGATOR = OPERATOR(segment.=),
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR segment.<> (segment.ledger, segment.ledger) IS 'not equal';

/*
 * Aggregates.  The state is flat, so it needs no serialize functions.  Nobody
 * but the aggregates' owner may call the state functions: their argument is
 * trusted to be a state.
 */

CREATE FUNCTION segment.ledger_accum_day(bytea, date) RETURNS bytea
	AS 'MODULE_PATHNAME', 'segment_ledger_accum_day' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segment.ledger_accum_smallint(bytea, date, smallint) RETURNS bytea
	AS 'MODULE_PATHNAME', 'segment_ledger_accum_smallint' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segment.ledger_accum_integer(bytea, date, integer) RETURNS bytea
	AS 'MODULE_PATHNAME', 'segment_ledger_accum_integer' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segment.ledger_accum_bigint(bytea, date, bigint) RETURNS bytea
	AS 'MODULE_PATHNAME', 'segment_ledger_accum_bigint' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segment.ledger_accum_numeric(bytea, date, numeric) RETURNS bytea
	AS 'MODULE_PATHNAME', 'segment_ledger_accum_numeric' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segment.ledger_accum_numeric(bytea, date, numeric, numeric) RETURNS bytea
	AS 'MODULE_PATHNAME', 'segment_ledger_accum_numeric' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segment.ledger_accum_array(bytea, date, numeric[]) RETURNS bytea
	AS 'MODULE_PATHNAME', 'segment_ledger_accum_array' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segment.ledger_accum_day_dimension(bytea, date, text) RETURNS bytea
	AS 'MODULE_PATHNAME', 'segment_ledger_accum_day_dimension' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segment.ledger_accum_smallint_dimension(bytea, date, text, smallint) RETURNS bytea
	AS 'MODULE_PATHNAME', 'segment_ledger_accum_smallint_dimension' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segment.ledger_accum_integer_dimension(bytea, date, text, integer) RETURNS bytea
	AS 'MODULE_PATHNAME', 'segment_ledger_accum_integer_dimension' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segment.ledger_accum_bigint_dimension(bytea, date, text, bigint) RETURNS bytea
	AS 'MODULE_PATHNAME', 'segment_ledger_accum_bigint_dimension' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segment.ledger_accum_numeric_dimension(bytea, date, text, numeric) RETURNS bytea
	AS 'MODULE_PATHNAME', 'segment_ledger_accum_numeric_dimension' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segment.ledger_accum_numeric_dimension(bytea, date, text, numeric, numeric) RETURNS bytea
	AS 'MODULE_PATHNAME', 'segment_ledger_accum_numeric_dimension' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segment.ledger_accum_array_dimension(bytea, date, text, numeric[]) RETURNS bytea
	AS 'MODULE_PATHNAME', 'segment_ledger_accum_array_dimension' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segment.ledger_accum_ledger(bytea, segment.ledger) RETURNS bytea
	AS 'MODULE_PATHNAME', 'segment_ledger_accum_ledger' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segment.ledger_combine(bytea, bytea) RETURNS bytea
	AS 'MODULE_PATHNAME', 'segment_ledger_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segment.ledger_final(bytea) RETURNS segment.ledger
	AS 'MODULE_PATHNAME', 'segment_ledger_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

REVOKE ALL ON FUNCTION segment.ledger_accum_day(bytea, date) FROM PUBLIC;
REVOKE ALL ON FUNCTION segment.ledger_accum_smallint(bytea, date, smallint) FROM PUBLIC;
REVOKE ALL ON FUNCTION segment.ledger_accum_integer(bytea, date, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION segment.ledger_accum_bigint(bytea, date, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION segment.ledger_accum_numeric(bytea, date, numeric) FROM PUBLIC;
REVOKE ALL ON FUNCTION segment.ledger_accum_numeric(bytea, date, numeric, numeric) FROM PUBLIC;
REVOKE ALL ON FUNCTION segment.ledger_accum_array(bytea, date, numeric[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION segment.ledger_accum_day_dimension(bytea, date, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION segment.ledger_accum_smallint_dimension(bytea, date, text, smallint) FROM PUBLIC;
REVOKE ALL ON FUNCTION segment.ledger_accum_integer_dimension(bytea, date, text, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION segment.ledger_accum_bigint_dimension(bytea, date, text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION segment.ledger_accum_numeric_dimension(bytea, date, text, numeric) FROM PUBLIC;
REVOKE ALL ON FUNCTION segment.ledger_accum_numeric_dimension(bytea, date, text, numeric, numeric) FROM PUBLIC;
REVOKE ALL ON FUNCTION segment.ledger_accum_array_dimension(bytea, date, text, numeric[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION segment.ledger_accum_ledger(bytea, segment.ledger) FROM PUBLIC;
REVOKE ALL ON FUNCTION segment.ledger_combine(bytea, bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION segment.ledger_final(bytea) FROM PUBLIC;

COMMENT ON FUNCTION segment.ledger_accum_day(bytea, date) IS 'transition function of segment.ledger; raises 42809 outside an aggregate';
COMMENT ON FUNCTION segment.ledger_accum_smallint(bytea, date, smallint) IS 'transition function of segment.ledger; raises 42809 outside an aggregate';
COMMENT ON FUNCTION segment.ledger_accum_integer(bytea, date, integer) IS 'transition function of segment.ledger; raises 42809 outside an aggregate';
COMMENT ON FUNCTION segment.ledger_accum_bigint(bytea, date, bigint) IS 'transition function of segment.ledger; raises 42809 outside an aggregate';
COMMENT ON FUNCTION segment.ledger_accum_numeric(bytea, date, numeric) IS 'transition function of segment.ledger; raises 42809 outside an aggregate';
COMMENT ON FUNCTION segment.ledger_accum_numeric(bytea, date, numeric, numeric) IS 'transition function of segment.ledger; raises 42809 outside an aggregate';
COMMENT ON FUNCTION segment.ledger_accum_array(bytea, date, numeric[]) IS 'transition function of segment.ledger; raises 42809 outside an aggregate';
COMMENT ON FUNCTION segment.ledger_accum_day_dimension(bytea, date, text) IS 'transition function of segment.ledger; raises 42809 outside an aggregate';
COMMENT ON FUNCTION segment.ledger_accum_smallint_dimension(bytea, date, text, smallint) IS 'transition function of segment.ledger; raises 42809 outside an aggregate';
COMMENT ON FUNCTION segment.ledger_accum_integer_dimension(bytea, date, text, integer) IS 'transition function of segment.ledger; raises 42809 outside an aggregate';
COMMENT ON FUNCTION segment.ledger_accum_bigint_dimension(bytea, date, text, bigint) IS 'transition function of segment.ledger; raises 42809 outside an aggregate';
COMMENT ON FUNCTION segment.ledger_accum_numeric_dimension(bytea, date, text, numeric) IS 'transition function of segment.ledger; raises 42809 outside an aggregate';
COMMENT ON FUNCTION segment.ledger_accum_numeric_dimension(bytea, date, text, numeric, numeric) IS 'transition function of segment.ledger; raises 42809 outside an aggregate';
COMMENT ON FUNCTION segment.ledger_accum_array_dimension(bytea, date, text, numeric[]) IS 'transition function of segment.ledger; raises 42809 outside an aggregate';
COMMENT ON FUNCTION segment.ledger_accum_ledger(bytea, segment.ledger) IS 'transition function of segment.sum; raises 42809 outside an aggregate';
COMMENT ON FUNCTION segment.ledger_combine(bytea, bytea) IS 'combine function of segment.ledger and segment.sum; raises 42809 outside an aggregate';
COMMENT ON FUNCTION segment.ledger_final(bytea) IS 'final function of segment.ledger and segment.sum; raises 42809 outside an aggregate';

CREATE AGGREGATE segment.ledger(day date) (
	SFUNC = segment.ledger_accum_day, STYPE = bytea, SSPACE = 160, FINALFUNC = segment.ledger_final,
	COMBINEFUNC = segment.ledger_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE segment.ledger(date) IS
	'ledger of one event per row: day, no measures; a NULL measure is 0, a row with NULL day is skipped; NULL for no rows; raises 22008 for an infinite day, 22003 for NaN or past 64 bits, 54000 past 255 labels or 16 measures';

CREATE AGGREGATE segment.ledger(day date, measure smallint) (
	SFUNC = segment.ledger_accum_smallint, STYPE = bytea, SSPACE = 160, FINALFUNC = segment.ledger_final,
	COMBINEFUNC = segment.ledger_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE segment.ledger(date, smallint) IS
	'ledger of one event per row: day, one integer measure; a NULL measure is 0, a row with NULL day is skipped; NULL for no rows; raises 22008 for an infinite day, 22003 for NaN or past 64 bits, 54000 past 255 labels or 16 measures';

CREATE AGGREGATE segment.ledger(day date, measure integer) (
	SFUNC = segment.ledger_accum_integer, STYPE = bytea, SSPACE = 160, FINALFUNC = segment.ledger_final,
	COMBINEFUNC = segment.ledger_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE segment.ledger(date, integer) IS
	'ledger of one event per row: day, one integer measure; a NULL measure is 0, a row with NULL day is skipped; NULL for no rows; raises 22008 for an infinite day, 22003 for NaN or past 64 bits, 54000 past 255 labels or 16 measures';

CREATE AGGREGATE segment.ledger(day date, measure bigint) (
	SFUNC = segment.ledger_accum_bigint, STYPE = bytea, SSPACE = 160, FINALFUNC = segment.ledger_final,
	COMBINEFUNC = segment.ledger_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE segment.ledger(date, bigint) IS
	'ledger of one event per row: day, one integer measure; a NULL measure is 0, a row with NULL day is skipped; NULL for no rows; raises 22008 for an infinite day, 22003 for NaN or past 64 bits, 54000 past 255 labels or 16 measures';

CREATE AGGREGATE segment.ledger(day date, measure numeric) (
	SFUNC = segment.ledger_accum_numeric, STYPE = bytea, SSPACE = 160, FINALFUNC = segment.ledger_final,
	COMBINEFUNC = segment.ledger_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE segment.ledger(date, numeric) IS
	'ledger of one event per row: day, one measure; a numeric measure has the largest number of decimal digits seen, at most 18; a NULL measure is 0, a row with NULL day is skipped; NULL for no rows; raises 22008 for an infinite day, 22003 for NaN or past 64 bits, 54000 past 255 labels or 16 measures';

CREATE AGGREGATE segment.ledger(day date, measure1 numeric, measure2 numeric) (
	SFUNC = segment.ledger_accum_numeric, STYPE = bytea, SSPACE = 160, FINALFUNC = segment.ledger_final,
	COMBINEFUNC = segment.ledger_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE segment.ledger(date, numeric, numeric) IS
	'ledger of one event per row: day, two measures; a numeric measure has the largest number of decimal digits seen, at most 18; a NULL measure is 0, a row with NULL day is skipped; NULL for no rows; raises 22008 for an infinite day, 22003 for NaN or past 64 bits, 54000 past 255 labels or 16 measures';

CREATE AGGREGATE segment.ledger(day date, VARIADIC measures numeric[]) (
	SFUNC = segment.ledger_accum_array, STYPE = bytea, SSPACE = 160, FINALFUNC = segment.ledger_final,
	COMBINEFUNC = segment.ledger_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE segment.ledger(date, VARIADIC numeric[]) IS
	'ledger of one event per row: day, the same number of measures in every row; a numeric measure has the largest number of decimal digits seen, at most 18; a NULL measure is 0, a row with NULL day is skipped; NULL for no rows; raises 22008 for an infinite day, 22003 for NaN or past 64 bits, 54000 past 255 labels or 16 measures';

CREATE AGGREGATE segment.ledger(day date, dimension text) (
	SFUNC = segment.ledger_accum_day_dimension, STYPE = bytea, SSPACE = 160, FINALFUNC = segment.ledger_final,
	COMBINEFUNC = segment.ledger_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE segment.ledger(date, text) IS
	'ledger of one event per row: day, a dimension label (NULL for none), no measures; a NULL measure is 0, a row with NULL day is skipped; NULL for no rows; raises 22008 for an infinite day, 22003 for NaN or past 64 bits, 54000 past 255 labels or 16 measures';

CREATE AGGREGATE segment.ledger(day date, dimension text, measure smallint) (
	SFUNC = segment.ledger_accum_smallint_dimension, STYPE = bytea, SSPACE = 160, FINALFUNC = segment.ledger_final,
	COMBINEFUNC = segment.ledger_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE segment.ledger(date, text, smallint) IS
	'ledger of one event per row: day, a dimension label (NULL for none), one integer measure; a NULL measure is 0, a row with NULL day is skipped; NULL for no rows; raises 22008 for an infinite day, 22003 for NaN or past 64 bits, 54000 past 255 labels or 16 measures';

CREATE AGGREGATE segment.ledger(day date, dimension text, measure integer) (
	SFUNC = segment.ledger_accum_integer_dimension, STYPE = bytea, SSPACE = 160, FINALFUNC = segment.ledger_final,
	COMBINEFUNC = segment.ledger_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE segment.ledger(date, text, integer) IS
	'ledger of one event per row: day, a dimension label (NULL for none), one integer measure; a NULL measure is 0, a row with NULL day is skipped; NULL for no rows; raises 22008 for an infinite day, 22003 for NaN or past 64 bits, 54000 past 255 labels or 16 measures';

CREATE AGGREGATE segment.ledger(day date, dimension text, measure bigint) (
	SFUNC = segment.ledger_accum_bigint_dimension, STYPE = bytea, SSPACE = 160, FINALFUNC = segment.ledger_final,
	COMBINEFUNC = segment.ledger_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE segment.ledger(date, text, bigint) IS
	'ledger of one event per row: day, a dimension label (NULL for none), one integer measure; a NULL measure is 0, a row with NULL day is skipped; NULL for no rows; raises 22008 for an infinite day, 22003 for NaN or past 64 bits, 54000 past 255 labels or 16 measures';

CREATE AGGREGATE segment.ledger(day date, dimension text, measure numeric) (
	SFUNC = segment.ledger_accum_numeric_dimension, STYPE = bytea, SSPACE = 160, FINALFUNC = segment.ledger_final,
	COMBINEFUNC = segment.ledger_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE segment.ledger(date, text, numeric) IS
	'ledger of one event per row: day, a dimension label (NULL for none), one measure; a numeric measure has the largest number of decimal digits seen, at most 18; a NULL measure is 0, a row with NULL day is skipped; NULL for no rows; raises 22008 for an infinite day, 22003 for NaN or past 64 bits, 54000 past 255 labels or 16 measures';

CREATE AGGREGATE segment.ledger(day date, dimension text, measure1 numeric, measure2 numeric) (
	SFUNC = segment.ledger_accum_numeric_dimension, STYPE = bytea, SSPACE = 160, FINALFUNC = segment.ledger_final,
	COMBINEFUNC = segment.ledger_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE segment.ledger(date, text, numeric, numeric) IS
	'ledger of one event per row: day, a dimension label (NULL for none), two measures; a numeric measure has the largest number of decimal digits seen, at most 18; a NULL measure is 0, a row with NULL day is skipped; NULL for no rows; raises 22008 for an infinite day, 22003 for NaN or past 64 bits, 54000 past 255 labels or 16 measures';

CREATE AGGREGATE segment.ledger(day date, dimension text, VARIADIC measures numeric[]) (
	SFUNC = segment.ledger_accum_array_dimension, STYPE = bytea, SSPACE = 160, FINALFUNC = segment.ledger_final,
	COMBINEFUNC = segment.ledger_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE segment.ledger(date, text, VARIADIC numeric[]) IS
	'ledger of one event per row: day, a dimension label (NULL for none), the same number of measures in every row; a numeric measure has the largest number of decimal digits seen, at most 18; a NULL measure is 0, a row with NULL day is skipped; NULL for no rows; raises 22008 for an infinite day, 22003 for NaN or past 64 bits, 54000 past 255 labels or 16 measures';

CREATE AGGREGATE segment.sum(segment.ledger) (
	SFUNC = segment.ledger_accum_ledger, STYPE = bytea, SSPACE = 512, FINALFUNC = segment.ledger_final,
	COMBINEFUNC = segment.ledger_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE segment.sum(segment.ledger) IS 'all ledgers added up as by +, NULL for none; raises 22023 where shapes differ, 22003 past 64 bits';
