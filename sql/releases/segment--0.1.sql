/* segment--0.1.sql: made by make from the numbered parts in sql/ */

\echo Use "CREATE EXTENSION segment" to load this file. \quit

SET LOCAL search_path = pg_catalog, pg_temp;

CREATE SCHEMA segment;
COMMENT ON SCHEMA segment IS 'customer segmentation: API functions, definitions, monitoring and cross-scheme views';

CREATE SCHEMA segment_data;
COMMENT ON SCHEMA segment_data IS 'customer segmentation: relations generated per population and scheme';
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
/*
 * Evaluators.  Ranges of days are inclusive and may be infinite; an active day is
 * one whose count is above zero.  as_of days are inclusive; activity after them
 * does not count.
 */

CREATE FUNCTION segment.event_count(ledger segment.ledger) RETURNS bigint
	AS 'MODULE_PATHNAME', 'segment_event_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.event_count(segment.ledger) IS
	'number of events over the whole ledger, 0 for none; raises 22003 past 64 bits';

CREATE FUNCTION segment.event_count(ledger segment.ledger, until date) RETURNS bigint
	AS 'MODULE_PATHNAME', 'segment_event_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.event_count(segment.ledger, date) IS
	'number of events up to and including a day, 0 for none; raises 22003 past 64 bits';

CREATE FUNCTION segment.event_count(ledger segment.ledger, since date, until date) RETURNS bigint
	AS 'MODULE_PATHNAME', 'segment_event_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.event_count(segment.ledger, date, date) IS
	'number of events from a day to a day, both inclusive, 0 for none; raises 22003 past 64 bits';

CREATE FUNCTION segment.event_count(ledger segment.ledger, since date, until date, dimension text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'segment_event_count_dimension' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.event_count(segment.ledger, date, date, text) IS
	'number of events with one dimension label from a day to a day, both inclusive; raises 22023 for a ledger without dimension';

CREATE FUNCTION segment.total(ledger segment.ledger, measure integer) RETURNS numeric
	AS 'MODULE_PATHNAME', 'segment_total' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.total(segment.ledger, integer) IS
	'sum of a measure in its unit, exact at its scale over the whole ledger, NULL if there is no entry; measures are numbered from 1 (22023), 22003 past 64 bits';

CREATE FUNCTION segment.total(ledger segment.ledger, measure integer, until date) RETURNS numeric
	AS 'MODULE_PATHNAME', 'segment_total' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.total(segment.ledger, integer, date) IS
	'sum of a measure in its unit, exact at its scale up to and including a day, NULL if there is no entry; measures are numbered from 1 (22023), 22003 past 64 bits';

CREATE FUNCTION segment.total(ledger segment.ledger, measure integer, since date, until date) RETURNS numeric
	AS 'MODULE_PATHNAME', 'segment_total' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.total(segment.ledger, integer, date, date) IS
	'sum of a measure in its unit, exact at its scale from a day to a day, both inclusive, NULL if there is no entry; measures are numbered from 1 (22023), 22003 past 64 bits';

CREATE FUNCTION segment.total(ledger segment.ledger, measure integer, since date, until date, dimension text) RETURNS numeric
	AS 'MODULE_PATHNAME', 'segment_total_dimension' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.total(segment.ledger, integer, date, date, text) IS
	'sum of a measure in its unit over entries with one dimension label from a day to a day, both inclusive, NULL if there is no entry; measures are numbered from 1 (22023), 22023 for a ledger without dimension';

CREATE FUNCTION segment.mean(ledger segment.ledger, measure integer) RETURNS double precision
	AS 'MODULE_PATHNAME', 'segment_mean' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.mean(segment.ledger, integer) IS
	'sum of a measure per event over the whole ledger, NULL if there is no event; measures are numbered from 1 (22023)';

CREATE FUNCTION segment.mean(ledger segment.ledger, measure integer, until date) RETURNS double precision
	AS 'MODULE_PATHNAME', 'segment_mean' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.mean(segment.ledger, integer, date) IS
	'sum of a measure per event up to and including a day, NULL if there is no event; measures are numbered from 1 (22023)';

CREATE FUNCTION segment.mean(ledger segment.ledger, measure integer, since date, until date) RETURNS double precision
	AS 'MODULE_PATHNAME', 'segment_mean' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.mean(segment.ledger, integer, date, date) IS
	'sum of a measure per event from a day to a day, both inclusive, NULL if there is no event; measures are numbered from 1 (22023)';

CREATE FUNCTION segment.active_days(ledger segment.ledger) RETURNS integer
	AS 'MODULE_PATHNAME', 'segment_active_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.active_days(segment.ledger) IS
	'number of days with a count above zero over the whole ledger';

CREATE FUNCTION segment.active_days(ledger segment.ledger, until date) RETURNS integer
	AS 'MODULE_PATHNAME', 'segment_active_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.active_days(segment.ledger, date) IS
	'number of days with a count above zero up to and including a day';

CREATE FUNCTION segment.active_days(ledger segment.ledger, since date, until date) RETURNS integer
	AS 'MODULE_PATHNAME', 'segment_active_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.active_days(segment.ledger, date, date) IS
	'number of days with a count above zero from a day to a day, both inclusive';

CREATE FUNCTION segment.active_days(ledger segment.ledger, since date, until date, dimension text) RETURNS integer
	AS 'MODULE_PATHNAME', 'segment_active_days_dimension' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.active_days(segment.ledger, date, date, text) IS
	'number of days with a count above zero for one dimension label from a day to a day, both inclusive; raises 22023 for a ledger without dimension';

CREATE FUNCTION segment.first_day(ledger segment.ledger) RETURNS date
	AS 'MODULE_PATHNAME', 'segment_first_day' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.first_day(segment.ledger) IS
	'first active day over the whole ledger, NULL for none';

CREATE FUNCTION segment.first_day(ledger segment.ledger, until date) RETURNS date
	AS 'MODULE_PATHNAME', 'segment_first_day' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.first_day(segment.ledger, date) IS
	'first active day up to and including a day, NULL for none';

CREATE FUNCTION segment.first_day(ledger segment.ledger, since date, until date) RETURNS date
	AS 'MODULE_PATHNAME', 'segment_first_day' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.first_day(segment.ledger, date, date) IS
	'first active day from a day to a day, both inclusive, NULL for none';

CREATE FUNCTION segment.last_day(ledger segment.ledger) RETURNS date
	AS 'MODULE_PATHNAME', 'segment_last_day' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.last_day(segment.ledger) IS
	'last active day over the whole ledger, NULL for none';

CREATE FUNCTION segment.last_day(ledger segment.ledger, until date) RETURNS date
	AS 'MODULE_PATHNAME', 'segment_last_day' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.last_day(segment.ledger, date) IS
	'last active day up to and including a day, NULL for none';

CREATE FUNCTION segment.last_day(ledger segment.ledger, since date, until date) RETURNS date
	AS 'MODULE_PATHNAME', 'segment_last_day' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.last_day(segment.ledger, date, date) IS
	'last active day from a day to a day, both inclusive, NULL for none';

CREATE FUNCTION segment.first_event_day(ledger segment.ledger) RETURNS date
	AS 'MODULE_PATHNAME', 'segment_first_event_day' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.first_event_day(segment.ledger) IS
	'day of the first entry of any kind, returns included over the whole ledger, NULL for none';

CREATE FUNCTION segment.first_event_day(ledger segment.ledger, until date) RETURNS date
	AS 'MODULE_PATHNAME', 'segment_first_event_day' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.first_event_day(segment.ledger, date) IS
	'day of the first entry of any kind, returns included up to and including a day, NULL for none';

CREATE FUNCTION segment.first_event_day(ledger segment.ledger, since date, until date) RETURNS date
	AS 'MODULE_PATHNAME', 'segment_first_event_day' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.first_event_day(segment.ledger, date, date) IS
	'day of the first entry of any kind, returns included from a day to a day, both inclusive, NULL for none';

CREATE FUNCTION segment.days_since_first(ledger segment.ledger, as_of date) RETURNS integer
	AS 'MODULE_PATHNAME', 'segment_days_since_first' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.days_since_first(segment.ledger, date) IS
	'days from the first active day to as_of, NULL if none is up to as_of; raises 22008 for an infinite as_of';

CREATE FUNCTION segment.days_since_last(ledger segment.ledger, as_of date) RETURNS integer
	AS 'MODULE_PATHNAME', 'segment_days_since_last' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.days_since_last(segment.ledger, date) IS
	'days from the last active day up to as_of to as_of, NULL for none; raises 22008 for an infinite as_of';

CREATE FUNCTION segment.repeat_days(ledger segment.ledger, as_of date) RETURNS integer
	AS 'MODULE_PATHNAME', 'segment_repeat_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.repeat_days(segment.ledger, date) IS
	'x of Fader, Hardie and Lee 2005: active days less one as of a day, inclusive, NULL if there is none';

CREATE FUNCTION segment.repeat_days(ledger segment.ledger) RETURNS integer
	AS 'MODULE_PATHNAME', 'segment_repeat_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.repeat_days(segment.ledger) IS
	'x of Fader, Hardie and Lee 2005: active days less one over the whole ledger, NULL if there is none';

CREATE FUNCTION segment.t_x(ledger segment.ledger, as_of date) RETURNS integer
	AS 'MODULE_PATHNAME', 'segment_t_x' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.t_x(segment.ledger, date) IS
	't_x of Fader, Hardie and Lee 2005: days from the first to the last active day as of a day, inclusive, NULL if there is none';

CREATE FUNCTION segment.t_x(ledger segment.ledger) RETURNS integer
	AS 'MODULE_PATHNAME', 'segment_t_x' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.t_x(segment.ledger) IS
	't_x of Fader, Hardie and Lee 2005: days from the first to the last active day over the whole ledger, NULL if there is none';

CREATE FUNCTION segment.tenure(ledger segment.ledger, as_of date) RETURNS integer
	AS 'MODULE_PATHNAME', 'segment_tenure' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.tenure(segment.ledger, date) IS
	'T of Fader, Hardie and Lee 2005: days from the first active day to as_of, NULL if none is up to as_of; raises 22008 for an infinite as_of';

CREATE FUNCTION segment.mean_repeat_value(ledger segment.ledger, measure integer, as_of date) RETURNS double precision
	AS 'MODULE_PATHNAME', 'segment_mean_repeat_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.mean_repeat_value(segment.ledger, integer, date) IS
	'm of Fader, Hardie and Lee 2005: mean daily total of a measure over active days, the first one excluded as of a day, inclusive, NULL without a repeat day; measures are numbered from 1 (22023)';

CREATE FUNCTION segment.mean_repeat_value(ledger segment.ledger, measure integer) RETURNS double precision
	AS 'MODULE_PATHNAME', 'segment_mean_repeat_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.mean_repeat_value(segment.ledger, integer) IS
	'm of Fader, Hardie and Lee 2005: mean daily total of a measure over active days, the first one excluded over the whole ledger, NULL without a repeat day; measures are numbered from 1 (22023)';

CREATE FUNCTION segment.interpurchase_mean(ledger segment.ledger) RETURNS double precision
	AS 'MODULE_PATHNAME', 'segment_interpurchase_mean' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.interpurchase_mean(segment.ledger) IS
	'mean days between consecutive active days over the whole ledger, NULL below two active days';

CREATE FUNCTION segment.interpurchase_mean(ledger segment.ledger, until date) RETURNS double precision
	AS 'MODULE_PATHNAME', 'segment_interpurchase_mean' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.interpurchase_mean(segment.ledger, date) IS
	'mean days between consecutive active days up to and including a day, NULL below two active days';

CREATE FUNCTION segment.interpurchase_mean(ledger segment.ledger, since date, until date) RETURNS double precision
	AS 'MODULE_PATHNAME', 'segment_interpurchase_mean' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.interpurchase_mean(segment.ledger, date, date) IS
	'mean days between consecutive active days from a day to a day, both inclusive, NULL below two active days';

CREATE FUNCTION segment.interpurchase_median(ledger segment.ledger) RETURNS double precision
	AS 'MODULE_PATHNAME', 'segment_interpurchase_median' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.interpurchase_median(segment.ledger) IS
	'median days between consecutive active days, as percentile_cont(0.5) over the whole ledger, NULL below two active days';

CREATE FUNCTION segment.interpurchase_median(ledger segment.ledger, until date) RETURNS double precision
	AS 'MODULE_PATHNAME', 'segment_interpurchase_median' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.interpurchase_median(segment.ledger, date) IS
	'median days between consecutive active days, as percentile_cont(0.5) up to and including a day, NULL below two active days';

CREATE FUNCTION segment.interpurchase_median(ledger segment.ledger, since date, until date) RETURNS double precision
	AS 'MODULE_PATHNAME', 'segment_interpurchase_median' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.interpurchase_median(segment.ledger, date, date) IS
	'median days between consecutive active days, as percentile_cont(0.5) from a day to a day, both inclusive, NULL below two active days';

CREATE FUNCTION segment.interpurchase_sd(ledger segment.ledger) RETURNS double precision
	AS 'MODULE_PATHNAME', 'segment_interpurchase_sd' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.interpurchase_sd(segment.ledger) IS
	'sample standard deviation (n - 1) of the days between consecutive active days over the whole ledger, NULL below three active days';

CREATE FUNCTION segment.interpurchase_sd(ledger segment.ledger, until date) RETURNS double precision
	AS 'MODULE_PATHNAME', 'segment_interpurchase_sd' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.interpurchase_sd(segment.ledger, date) IS
	'sample standard deviation (n - 1) of the days between consecutive active days up to and including a day, NULL below three active days';

CREATE FUNCTION segment.interpurchase_sd(ledger segment.ledger, since date, until date) RETURNS double precision
	AS 'MODULE_PATHNAME', 'segment_interpurchase_sd' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.interpurchase_sd(segment.ledger, date, date) IS
	'sample standard deviation (n - 1) of the days between consecutive active days from a day to a day, both inclusive, NULL below three active days';

CREATE FUNCTION segment.longest_gap(ledger segment.ledger) RETURNS integer
	AS 'MODULE_PATHNAME', 'segment_longest_gap' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.longest_gap(segment.ledger) IS
	'largest number of days between consecutive active days over the whole ledger, NULL below two active days';

CREATE FUNCTION segment.longest_gap(ledger segment.ledger, until date) RETURNS integer
	AS 'MODULE_PATHNAME', 'segment_longest_gap' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.longest_gap(segment.ledger, date) IS
	'largest number of days between consecutive active days up to and including a day, NULL below two active days';

CREATE FUNCTION segment.longest_gap(ledger segment.ledger, since date, until date) RETURNS integer
	AS 'MODULE_PATHNAME', 'segment_longest_gap' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.longest_gap(segment.ledger, date, date) IS
	'largest number of days between consecutive active days from a day to a day, both inclusive, NULL below two active days';

CREATE FUNCTION segment.trend(ledger segment.ledger, measure integer, as_of date, days integer) RETURNS double precision
	AS 'MODULE_PATHNAME', 'segment_trend' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.trend(segment.ledger, integer, date, integer) IS
	'relative change of the total of a measure: the last days up to as_of against as many before, (last - before) / before, NULL if before is 0; measures are numbered from 1 (22023), 22023 unless days is positive, 22008 for an infinite as_of';

CREATE FUNCTION segment.trend(ledger segment.ledger, as_of date, days integer) RETURNS double precision
	AS 'MODULE_PATHNAME', 'segment_trend' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.trend(segment.ledger, date, integer) IS
	'relative change of the number of events: the last days up to as_of against as many before, (last - before) / before, NULL if before is 0; raises 22023 unless days is positive, 22008 for an infinite as_of';

CREATE FUNCTION segment.distinct_dimensions(ledger segment.ledger) RETURNS integer
	AS 'MODULE_PATHNAME', 'segment_distinct_dimensions' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.distinct_dimensions(segment.ledger) IS
	'number of dimension labels with a count above zero over the whole ledger; raises 22023 for a ledger without dimension';

CREATE FUNCTION segment.distinct_dimensions(ledger segment.ledger, until date) RETURNS integer
	AS 'MODULE_PATHNAME', 'segment_distinct_dimensions' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.distinct_dimensions(segment.ledger, date) IS
	'number of dimension labels with a count above zero up to and including a day; raises 22023 for a ledger without dimension';

CREATE FUNCTION segment.distinct_dimensions(ledger segment.ledger, since date, until date) RETURNS integer
	AS 'MODULE_PATHNAME', 'segment_distinct_dimensions' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.distinct_dimensions(segment.ledger, date, date) IS
	'number of dimension labels with a count above zero from a day to a day, both inclusive; raises 22023 for a ledger without dimension';

CREATE FUNCTION segment.top_dimension(ledger segment.ledger) RETURNS text
	AS 'MODULE_PATHNAME', 'segment_top_dimension' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.top_dimension(segment.ledger) IS
	'dimension label with the most events over the whole ledger, the first in byte order of equals, NULL for none; raises 22023 for a ledger without dimension';

CREATE FUNCTION segment.top_dimension(ledger segment.ledger, until date) RETURNS text
	AS 'MODULE_PATHNAME', 'segment_top_dimension' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.top_dimension(segment.ledger, date) IS
	'dimension label with the most events up to and including a day, the first in byte order of equals, NULL for none; raises 22023 for a ledger without dimension';

CREATE FUNCTION segment.top_dimension(ledger segment.ledger, since date, until date) RETURNS text
	AS 'MODULE_PATHNAME', 'segment_top_dimension' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.top_dimension(segment.ledger, date, date) IS
	'dimension label with the most events from a day to a day, both inclusive, the first in byte order of equals, NULL for none; raises 22023 for a ledger without dimension';

CREATE FUNCTION segment.top_dimension(ledger segment.ledger, measure integer, since date, until date) RETURNS text
	AS 'MODULE_PATHNAME', 'segment_top_dimension_total' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.top_dimension(segment.ledger, integer, date, date) IS
	'dimension label with the largest total of a measure from a day to a day, both inclusive, the first in byte order of equals, NULL if no entry has a label; measures are numbered from 1 (22023), 22023 for a ledger without dimension';

CREATE FUNCTION segment.measure_count(ledger segment.ledger) RETURNS integer
	AS 'MODULE_PATHNAME', 'segment_measure_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.measure_count(segment.ledger) IS
	'number of measures';

CREATE FUNCTION segment.has_dimension(ledger segment.ledger) RETURNS boolean
	AS 'MODULE_PATHNAME', 'segment_has_dimension' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.has_dimension(segment.ledger) IS
	'whether entries may carry a dimension label';

CREATE FUNCTION segment.scales(ledger segment.ledger) RETURNS integer[]
	AS 'MODULE_PATHNAME', 'segment_scales' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.scales(segment.ledger) IS
	'digits after the decimal point of every measure';

CREATE FUNCTION segment.entries(ledger segment.ledger, OUT day date, OUT dimension text, OUT count bigint, OUT measures numeric[])
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'segment_entries' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 20;
COMMENT ON FUNCTION segment.entries(segment.ledger) IS
	'the ledger as rows in order of day and label: day, dimension label (NULL for none), number of events, measures in their units';
-- Progress and days -----------------------------------------------------------------------------------------------

CREATE VIEW segment.progress AS
    SELECT p.pid,
           d.datname,
           CASE WHEN d.datname OPERATOR(pg_catalog.=) current_database() THEN p.relid::regclass END AS relation,
           CASE WHEN p.param18 OPERATOR(pg_catalog.=) 1 THEN 'reading events'
                WHEN p.param18 OPERATOR(pg_catalog.=) 2 THEN 'merging ledgers'
                WHEN p.param18 OPERATOR(pg_catalog.=) 3 THEN 'writing ledgers'
                WHEN p.param18 OPERATOR(pg_catalog.=) 4 THEN 'reading customers'
                WHEN p.param18 OPERATOR(pg_catalog.=) 5 THEN 'evaluating'
                WHEN p.param18 OPERATOR(pg_catalog.=) 6 THEN 'writing results'
                WHEN p.param18 OPERATOR(pg_catalog.=) 7 THEN 'backfilling'
                WHEN p.param18 OPERATOR(pg_catalog.=) 8 THEN 'computing facts'
           END AS phase,
           p.param19 AS done,
           nullif(p.param20, 0) AS total
      FROM pg_stat_get_progress_info('COPY') AS p
      LEFT JOIN pg_database AS d ON d.oid OPERATOR(pg_catalog.=) p.datid
     WHERE p.param17 OPERATOR(pg_catalog.=) 1936025453;
COMMENT ON VIEW segment.progress IS
'builds and refreshes under way in this cluster: process, database, the relation being written (NULL in other databases), '
'phase, and how many rows, customers or days of the phase are done of how many (total NULL: not known; for "reading events" it is '
'the planner''s estimate). Needs no preloading. Details of other roles'' sessions are visible to pg_read_all_stats only';
GRANT SELECT ON segment.progress TO PUBLIC;

CREATE FUNCTION segment.local_day(moment timestamptz, timezone text) RETURNS date
    AS 'MODULE_PATHNAME', 'segment_local_day' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment.local_day(timestamptz, text) IS
'the calendar day on which a moment falls in a time zone: the same as (moment AT TIME ZONE timezone)::date, several times faster, '
'and the conversion by which sources assign events to days. Infinite moments give infinite dates. '
'Errors: 22023 when the zone is not a name of pg_timezone_names';
-- Bulk build ------------------------------------------------------------------------------------------------------

CREATE FUNCTION segment.build_ledgers(
        target regclass, query text, scales integer[] DEFAULT '{}', dimension boolean DEFAULT false,
        purchase boolean DEFAULT false, timezone text DEFAULT 'UTC',
        OUT rows bigint, OUT undated bigint, OUT ledgers bigint, OUT inserted bigint, OUT updated bigint,
        OUT deleted bigint, OUT spilled boolean, OUT partitions integer) RETURNS record
    AS 'MODULE_PATHNAME', 'segment_build_ledgers' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION segment.build_ledgers(regclass, text, integer[], boolean, boolean, text) FROM PUBLIC;
COMMENT ON FUNCTION segment.build_ledgers(regclass, text, integer[], boolean, boolean, text) IS
'makes a ledger table (key, ledger segment.ledger) equal to a query and writes only what differs. The query gives, in this order: '
'the key (NULL is a key too); occurred_at (date, timestamp or timestamptz; NULL: counted as undated, in no ledger); the dimension as '
'text if "dimension"; purchase as boolean if "purchase" (false or NULL: the row adds its measures and no count); one number per '
'element of "scales", the measures'' decimal digits. It runs as the caller, restricted, with search_path pg_catalog: qualify names. '
'timestamptz becomes the day in "timezone". Memory is bounded by maintenance_work_mem; past it the build spills to temporary files. '
'Events of many customers are partitioned first and then merged one partition at a time. '
'Returns counts of rows read, undated rows, ledgers, writes, and of the partitions merged. '
'Errors: 42501 unless the caller owns the table; 42809 not a ledger table; 42804 columns do not fit; 22008 infinite time; '
'22003 a value has more digits than its scale, is not finite or overflows; 54000 too many labels; 22023 bad scale or time zone';
/*
 * Definitions: what the user declared.  Written by the API functions alone; nobody else has a privilege here.
 * Names are text of at most 40 bytes, so that every generated relation's name fits.
 */

CREATE DOMAIN segment.label AS text COLLATE "C"
    CONSTRAINT label_length CHECK (pg_catalog.octet_length(VALUE) OPERATOR(pg_catalog.<=) 40 AND VALUE OPERATOR(pg_catalog.<>) '');
COMMENT ON DOMAIN segment.label IS 'name of a population, source, measure, feature, scheme, score or segment: 1 to 40 bytes';

CREATE TABLE segment.population (
    population_id  int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    name           segment.label NOT NULL UNIQUE,
    relation       regclass NOT NULL,
    key_column     name NOT NULL,
    key_name       name NOT NULL,
    key_type       regtype NOT NULL,
    since_column   name,
    timezone       text NOT NULL,
    settle         interval NOT NULL,
    anchor         regclass NOT NULL,
    as_of          date,
    refreshed_at   timestamptz,
    customers      bigint,
    evaluated_generation bigint,
    created_by     name NOT NULL DEFAULT SESSION_USER,
    created_at     timestamptz NOT NULL DEFAULT pg_catalog.now()
);
COMMENT ON TABLE segment.population IS 'sets of customers being segmented, each mapped on a relation with a key column';
COMMENT ON COLUMN segment.population.key_name IS 'name of the key column in generated relations';
COMMENT ON COLUMN segment.population.anchor IS 'view whose owner is the population''s owner: as whom the mapped relations are read';
COMMENT ON COLUMN segment.population.settle IS 'how long after its end a period stays open';
COMMENT ON COLUMN segment.population.customers IS 'how many there were at the last refresh';
COMMENT ON COLUMN segment.population.evaluated_generation IS 'segment.definition_change at the last refresh: when it has moved on, everyone is evaluated';
COMMENT ON COLUMN segment.population.as_of IS 'the day of the last refresh: features and segments hold at its end';

CREATE SEQUENCE segment.definition_generation;
COMMENT ON SEQUENCE segment.definition_generation IS 'numbers changes of definitions: never the same twice, even where a change was rolled back';

CREATE TABLE segment.definition_change (
    population_id  int PRIMARY KEY REFERENCES segment.population ON DELETE CASCADE,
    generation     bigint NOT NULL
);
COMMENT ON TABLE segment.definition_change IS 'the last change of a population''s sources, features or versions: sessions keep prepared evaluations as long as it stays the same; apart from segment.population, which a refresh writes';

CREATE TABLE segment.source (
    source_id      int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    population_id  int NOT NULL REFERENCES segment.population ON DELETE RESTRICT,
    name           segment.label NOT NULL,
    relation       regclass NOT NULL,
    customer       name,
    occurred_at    name,
    parent_id      int REFERENCES segment.source ON DELETE RESTRICT,
    parent_key     name,
    parent_column  name,
    filter         text,
    filter_sql     text,
    purchase       text,
    purchase_sql   text,
    dimension      text,
    dimension_sql  text,
    events         bigint,
    undated        bigint,
    built_at       timestamptz,
    UNIQUE (population_id, name),
    CHECK ((parent_id IS NULL) OPERATOR(pg_catalog.=) (customer IS NOT NULL))
);
COMMENT ON TABLE segment.source IS 'event relations mapped on a population, directly or through a parent source';
COMMENT ON COLUMN segment.source.filter_sql IS 'the filter as checked and turned back into SQL; what runs';
COMMENT ON COLUMN segment.source.parent_key IS 'column of this relation that refers to the parent''s relation';
COMMENT ON COLUMN segment.source.parent_column IS 'column of the parent''s relation that parent_key refers to: its primary key';
COMMENT ON COLUMN segment.source.events IS 'dated rows in the ledgers as of the last build';
COMMENT ON COLUMN segment.source.undated IS 'rows without a time at the last build: in no ledger';

CREATE TABLE segment.measure (
    source_id      int NOT NULL REFERENCES segment.source ON DELETE CASCADE,
    position       int NOT NULL CHECK (position OPERATOR(pg_catalog.>=) 1),
    name           segment.label NOT NULL,
    expression     text NOT NULL,
    expression_sql text NOT NULL,
    scale          int NOT NULL CHECK (scale OPERATOR(pg_catalog.>=) 0 AND scale OPERATOR(pg_catalog.<=) 18),
    PRIMARY KEY (source_id, position),
    UNIQUE (source_id, name)
);
COMMENT ON TABLE segment.measure IS 'numbers on the events of a source; the same name in two sources is the same measure';
COMMENT ON COLUMN segment.measure.scale IS 'decimal digits kept exactly: stored as a 64-bit integer times 10^-scale';

CREATE TABLE segment.scheme (
    scheme_id       int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    population_id   int NOT NULL REFERENCES segment.population ON DELETE RESTRICT,
    name            segment.label NOT NULL UNIQUE,
    objective       text NOT NULL CHECK (objective OPERATOR(pg_catalog.~) '[^[:space:]]'),
    default_segment segment.label NOT NULL,
    min_dwell       interval NOT NULL DEFAULT '0',
    review_every    interval,
    smallest_share  numeric NOT NULL DEFAULT 0.01,
    largest_share   numeric NOT NULL DEFAULT 0.60,
    state           text NOT NULL DEFAULT 'draft' CHECK (state OPERATOR(pg_catalog.=) ANY (ARRAY['draft', 'active', 'retired'])),
    version         int,
    history_since   date,
    facts_as_of     date,
    facts_generation bigint NOT NULL DEFAULT 0,
    created_by      name NOT NULL DEFAULT SESSION_USER,
    created_at      timestamptz NOT NULL DEFAULT pg_catalog.now()
);
COMMENT ON TABLE segment.scheme IS 'segmentations, each with one business objective; the draft definition is here and in segment.score, segment.segment';
COMMENT ON COLUMN segment.scheme.version IS 'the version in force; NULL before the first activation';
COMMENT ON COLUMN segment.scheme.facts_generation IS 'counts the changes of facts; see segment.scorecard_state';
COMMENT ON COLUMN segment.scheme.facts_as_of IS 'day as of which the facts of open periods are; NULL: they have to be computed in full';
COMMENT ON COLUMN segment.scheme.smallest_share IS 'preview warns of a segment holding a smaller share of customers';
COMMENT ON COLUMN segment.scheme.largest_share IS 'preview warns of a segment holding a larger share of customers';

CREATE TABLE segment.scorecard_state (
    scheme_id        int PRIMARY KEY REFERENCES segment.scheme ON DELETE CASCADE,
    facts_generation bigint NOT NULL,
    refreshed_at     timestamptz NOT NULL
);
COMMENT ON TABLE segment.scorecard_state IS 'which facts a scorecard was last refreshed from; apart from segment.scheme, which refreshes write by an older snapshot';

CREATE TABLE segment.feature (
    feature_id      int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    population_id   int NOT NULL REFERENCES segment.population ON DELETE RESTRICT,
    name            segment.label NOT NULL,
    kind            text NOT NULL CHECK (kind OPERATOR(pg_catalog.=) ANY (ARRAY['aggregate', 'expression', 'attribute', 'scheme'])),
    type            regtype NOT NULL,
    aggregate       text,
    source_id       int REFERENCES segment.source ON DELETE RESTRICT,
    measure         text,
    within          interval,
    dimension       text,
    absent          text,
    expression      text,
    expression_sql  text,
    attribute       name,
    dated_by        name,
    valid_for       interval,
    scheme_id       int REFERENCES segment.scheme ON DELETE RESTRICT,
    UNIQUE (population_id, name)
);
COMMENT ON TABLE segment.feature IS 'one value per customer as of a day: an aggregate over a ledger, an expression over features, an attribute, or another scheme''s segment';
COMMENT ON COLUMN segment.feature.type IS 'type of the feature''s column in segment_data.<population>_feature';
COMMENT ON COLUMN segment.feature.within IS 'window ending with the day: (day - within, day]; NULL for all time';
COMMENT ON COLUMN segment.feature.absent IS 'value of a customer with no rows; NULL unless declared';

CREATE TABLE segment.feature_dependency (
    feature_id      int NOT NULL REFERENCES segment.feature ON DELETE CASCADE,
    uses_feature_id int NOT NULL REFERENCES segment.feature ON DELETE RESTRICT,
    PRIMARY KEY (feature_id, uses_feature_id)
);
COMMENT ON TABLE segment.feature_dependency IS 'which features an expression feature reads';

CREATE TABLE segment.score (
    scheme_id       int NOT NULL REFERENCES segment.scheme ON DELETE CASCADE,
    name            segment.label NOT NULL,
    feature_id      int NOT NULL REFERENCES segment.feature ON DELETE RESTRICT,
    bins            int NOT NULL CHECK (bins OPERATOR(pg_catalog.>=) 2 AND bins OPERATOR(pg_catalog.<=) 100),
    cuts            numeric[],
    descending      boolean NOT NULL DEFAULT false,
    PRIMARY KEY (scheme_id, name)
);
COMMENT ON TABLE segment.score IS 'draft: features binned inside a scheme; cuts given here are fixed, else quantiles are computed at activation';

CREATE TABLE segment.segment (
    scheme_id       int NOT NULL REFERENCES segment.scheme ON DELETE CASCADE,
    name            segment.label NOT NULL,
    priority        int NOT NULL,
    rule            text NOT NULL,
    rule_sql        text NOT NULL,
    owner           text,
    proposition     text,
    PRIMARY KEY (scheme_id, name),
    UNIQUE (scheme_id, priority)
);
COMMENT ON TABLE segment.segment IS 'draft: classes of a scheme in priority order, the first rule that is true wins';

CREATE TABLE segment.segment_dependency (
    scheme_id       int NOT NULL,
    segment         segment.label NOT NULL,
    uses_feature_id int NOT NULL REFERENCES segment.feature ON DELETE RESTRICT,
    PRIMARY KEY (scheme_id, segment, uses_feature_id),
    FOREIGN KEY (scheme_id, segment) REFERENCES segment.segment ON DELETE CASCADE
);
COMMENT ON TABLE segment.segment_dependency IS 'which features a segment''s draft rule reads, scores apart';

CREATE TABLE segment.scheme_version (
    scheme_id       int NOT NULL REFERENCES segment.scheme ON DELETE CASCADE,
    version         int NOT NULL,
    activated_at    timestamptz NOT NULL DEFAULT pg_catalog.now(),
    activated_by    name NOT NULL DEFAULT SESSION_USER,
    comment         text,
    as_of           date NOT NULL,
    default_segment text NOT NULL,
    min_dwell       interval NOT NULL,
    PRIMARY KEY (scheme_id, version)
);
COMMENT ON TABLE segment.scheme_version IS 'every activation: who, when, why; the frozen definition is in version_score and version_segment';

CREATE TABLE segment.version_score (
    scheme_id       int NOT NULL,
    version         int NOT NULL,
    name            text NOT NULL,
    feature_id      int NOT NULL REFERENCES segment.feature ON DELETE RESTRICT,
    bins            int NOT NULL,
    cuts            numeric[] NOT NULL,
    fixed           boolean NOT NULL,
    descending      boolean NOT NULL,
    PRIMARY KEY (scheme_id, version, name),
    FOREIGN KEY (scheme_id, version) REFERENCES segment.scheme_version ON DELETE CASCADE
);
COMMENT ON TABLE segment.version_score IS 'cut points of each version; they never move by themselves';

CREATE TABLE segment.version_segment (
    scheme_id       int NOT NULL,
    version         int NOT NULL,
    name            text NOT NULL,
    priority        int NOT NULL,
    rule            text NOT NULL,
    rule_sql        text NOT NULL,
    owner           text,
    proposition     text,
    PRIMARY KEY (scheme_id, version, name),
    FOREIGN KEY (scheme_id, version) REFERENCES segment.scheme_version ON DELETE CASCADE
);
COMMENT ON TABLE segment.version_segment IS 'rules of each version';

CREATE TABLE segment.version_dependency (
    scheme_id       int NOT NULL,
    version         int NOT NULL,
    uses_feature_id int NOT NULL REFERENCES segment.feature ON DELETE RESTRICT,
    PRIMARY KEY (scheme_id, version, uses_feature_id),
    FOREIGN KEY (scheme_id, version) REFERENCES segment.scheme_version ON DELETE CASCADE
);
COMMENT ON TABLE segment.version_dependency IS 'which features a version reads, directly or through its scores';

CREATE TABLE segment.refresh_log (
    refresh_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    population_id   int NOT NULL REFERENCES segment.population ON DELETE CASCADE,
    as_of           date NOT NULL,
    started_at      timestamptz NOT NULL,
    finished_at     timestamptz NOT NULL,
    customers       bigint NOT NULL,
    features_written bigint NOT NULL,
    segments_written bigint NOT NULL,
    transitions     bigint NOT NULL,
    quarantined     bigint NOT NULL,
    read_ms         double precision NOT NULL,
    build_ms        double precision NOT NULL,
    evaluate_ms     double precision NOT NULL,
    write_ms        double precision NOT NULL,
    facts_ms        double precision NOT NULL
);
COMMENT ON TABLE segment.refresh_log IS 'one row per refresh that had something to do: how many customers it evaluated, what it wrote and where its time went, in milliseconds';
COMMENT ON COLUMN segment.refresh_log.quarantined IS 'customers whose data failed, in this refresh or before, and who keep the segments they had';

CREATE VIEW segment.version AS
SELECT s.name AS scheme, v.version, v.version OPERATOR(pg_catalog.=) s.version AS in_force, v.activated_at, v.activated_by, v.comment, v.as_of,
       g.priority, g.name AS segment, g.rule, g.owner, g.proposition
  FROM segment.scheme_version v
  JOIN segment.scheme s ON s.scheme_id OPERATOR(pg_catalog.=) v.scheme_id
  LEFT JOIN segment.version_segment g ON g.scheme_id OPERATOR(pg_catalog.=) v.scheme_id AND g.version OPERATOR(pg_catalog.=) v.version;
COMMENT ON VIEW segment.version IS 'every version of every scheme: who activated it, when, why, and its rules in priority order';

CREATE VIEW segment.cut_point AS
SELECT s.name AS scheme, c.version, c.name AS score, f.name AS feature, c.bins, c.descending, c.cuts
  FROM segment.version_score c
  JOIN segment.scheme s ON s.scheme_id OPERATOR(pg_catalog.=) c.scheme_id
  JOIN segment.feature f ON f.feature_id OPERATOR(pg_catalog.=) c.feature_id;
COMMENT ON VIEW segment.cut_point IS 'the cut points of every version''s scores';

/* Definitions travel with pg_dump; refresh_log, a log, does not. */
SELECT pg_catalog.pg_extension_config_dump('segment.population', '');
SELECT pg_catalog.pg_extension_config_dump('segment.source', '');
SELECT pg_catalog.pg_extension_config_dump('segment.measure', '');
SELECT pg_catalog.pg_extension_config_dump('segment.scheme', '');
SELECT pg_catalog.pg_extension_config_dump('segment.feature', '');
SELECT pg_catalog.pg_extension_config_dump('segment.feature_dependency', '');
SELECT pg_catalog.pg_extension_config_dump('segment.score', '');
SELECT pg_catalog.pg_extension_config_dump('segment.segment', '');
SELECT pg_catalog.pg_extension_config_dump('segment.segment_dependency', '');
SELECT pg_catalog.pg_extension_config_dump('segment.scheme_version', '');
SELECT pg_catalog.pg_extension_config_dump('segment.version_score', '');
SELECT pg_catalog.pg_extension_config_dump('segment.version_segment', '');
SELECT pg_catalog.pg_extension_config_dump('segment.version_dependency', '');
SELECT pg_catalog.pg_extension_config_dump('segment.population_population_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('segment.source_source_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('segment.scheme_scheme_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('segment.feature_feature_id_seq', '');
-- Expressions: what a user's text would become.

CREATE FUNCTION segment.check_expression(
	expression text,
	columns jsonb,
	safe_division boolean DEFAULT true,
	wanted regtype DEFAULT NULL,
	OUT checked text,
	OUT type regtype,
	OUT used text[])
LANGUAGE C STABLE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'segment_check_expression';
COMMENT ON FUNCTION segment.check_expression(text, jsonb, boolean, regtype) IS
'What would this text become? Checks a measure, filter, feature or rule text over columns such as {"revenue": "numeric"} and returns one row: the SQL that would run, its type, and the names used, in the order of columns. Allowed are columns, constants, CASE, IN, casts, and the immutable functions and operators of pg_catalog but repeat, lpad, rpad and factorial, on built-in value types; a domain counts as its base type, an enum as text. wanted is the type that is due (boolean for a rule), coerced as in an assignment; NULL takes any. With safe_division (the default) a / b means a / NULLIF(b, 0). Errors, with the position in the text: 42601 no single expression, 42703 unknown column, 42P17 depends on more than its arguments, 0A000 not allowed, 42883 no such function, 42804 wrong type, 22007 constant that depends on settings, 54000 longer than 10240 bytes.';
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
-- The fold from raw segments to segments.

CREATE FUNCTION segment.step(
	previous text,
	since date,
	raw text,
	day date,
	min_dwell interval DEFAULT '0',
	override text DEFAULT NULL)
RETURNS text
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_step';
COMMENT ON FUNCTION segment.step(text, date, text, date, interval, text) IS
'The segment at the end of day, given the segment so far (previous, NULL on the first day), the first day in it (since) and what the rules say (raw): an override in force wins; else the first day takes raw; else previous stays while since + min_dwell is after day, months by the calendar; else raw. Wherever the result differs from previous, a new stay begins on day. Errors: 22004 raw, day, or since beside a previous segment is NULL; 22023 min_dwell is negative.';
-- The clock.

CREATE FUNCTION segment.today(timezone text)
RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_today';
COMMENT ON FUNCTION segment.today(text) IS
'The calendar day it is now in a time zone such as Europe/Paris, by the setting segment.clock where that is not empty. Error 22023: no such time zone in pg_timezone_names.';
-- Populations ------------------------------------------------------------------------------------------------------

CREATE FUNCTION segment.create_population(name text, relation regclass, key name, timezone text DEFAULT NULL,
                                          key_name name DEFAULT NULL, since name DEFAULT NULL,
                                          owner regrole DEFAULT NULL, settle interval DEFAULT '3 days') RETURNS int
    AS 'MODULE_PATHNAME', 'segment_create_population' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION segment.create_population(text, regclass, name, text, name, name, regrole, interval) FROM PUBLIC;
COMMENT ON FUNCTION segment.create_population(text, regclass, name, text, name, name, regrole, interval) IS
'maps a set of customers on a relation with one row per customer, and returns the population''s id. key: the column that names a '
'customer, of a type of pg_catalog that can be sorted (a domain is stored as its base type, an enum as text). timezone: whose days '
'count; the session''s when left out. key_name: the key''s name in generated relations; <name>_id when left out. since: column of type '
'date or timestamp, customer since. owner: role as which the mapped relations are read; the caller when left out. settle: how long after '
'its end a period stays open. Generates segment_data.<name>, <name>_feature, <name>_segment and <name>_anchor. '
'Errors: 42710 name taken, 42P07 generated name taken, 42703 no such column, 0A000 key type that cannot be stored, 42804 since is no '
'time, 22023 unknown time zone, 42501 not a member of the owner, or the owner may not read the relation';

CREATE FUNCTION segment.alter_population(name text, timezone text DEFAULT NULL, settle interval DEFAULT NULL,
                                         since name DEFAULT NULL, owner regrole DEFAULT NULL) RETURNS void
    AS 'MODULE_PATHNAME', 'segment_alter_population' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION segment.alter_population(text, text, interval, name, regrole) FROM PUBLIC;
COMMENT ON FUNCTION segment.alter_population(text, text, interval, name, regrole) IS
'changes what is given and leaves the rest; everything is checked as by create_population. Another time zone means other days: the '
'next refresh builds all ledgers anew. A superuser gives a population whose owner is gone to another with owner. Errors: those of '
'create_population, and 42704 no such population, or its owner is gone';

CREATE FUNCTION segment.drop_population(name text) RETURNS void
    AS 'MODULE_PATHNAME', 'segment_drop_population' LANGUAGE C VOLATILE STRICT;
REVOKE ALL ON FUNCTION segment.drop_population(text) FROM PUBLIC;
COMMENT ON FUNCTION segment.drop_population(text) IS
'drops a population and its generated relations; the mapped relation is not touched. Errors: 42704 no such population, 2BP01 sources, '
'features, schemes or objects of the user''s still use it (named in the detail)';

CREATE FUNCTION segment.population_query(population text DEFAULT NULL) RETURNS text
    AS 'MODULE_PATHNAME', 'segment_population_query' LANGUAGE C STABLE;
COMMENT ON FUNCTION segment.population_query(text) IS
'the statement by which a refresh reads the customers, as the population''s owner: key, customer since (date), then of each attribute '
'its value and, when dated, its date. For readers; population may be left out when there is one only';
-- Sources ----------------------------------------------------------------------------------------------------------

CREATE FUNCTION segment.create_source(name text, relation regclass, customer name DEFAULT NULL,
                                      occurred_at name DEFAULT NULL, measures jsonb DEFAULT '{}',
                                      filter text DEFAULT NULL, purchase text DEFAULT NULL, dimension text DEFAULT NULL,
                                      parent text DEFAULT NULL, parent_key name DEFAULT NULL,
                                      population text DEFAULT NULL, if_not_exists boolean DEFAULT false) RETURNS int
    AS 'MODULE_PATHNAME', 'segment_create_source' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION segment.create_source(text, regclass, name, name, jsonb, text, text, text, text, name, text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION segment.create_source(text, regclass, name, name, jsonb, text, text, text, text, name, text, boolean) IS
'maps an event relation on a population, and returns the source''s id. customer, occurred_at: the columns that say whose an event is and '
'when it was (date, timestamp or timestamptz); or parent, parent_key: an earlier source and the column that refers to it, from which '
'both are taken; a row of a parent that its filter leaves out takes its children along. measures: {"name": "expression"} or {"name": '
'{"expression": "…", "scale": digits}}, at most 16; decimal digits kept are those of the type, 0 for integers, else as declared, else 4. '
'filter: which rows are events; purchase: which events count as purchases (all); dimension: a label of few values. Expressions read '
'the relation''s columns and are checked (see segment.check_expression); an enum appears as text, a domain as its base type. Generates '
'segment_data.<population>_<name>_ledger. Errors: 42704 no such population or parent, 42710 name taken, 42703 no such column, 42804 '
'customer that is not like the key, measure that is no number, 22023 origin or measures that say too little or too much, 42P10 no key in '
'the parent, 42501 the population''s owner may not read the relation';

CREATE FUNCTION segment.alter_source(name text, measures jsonb DEFAULT NULL, filter text DEFAULT NULL,
                                     purchase text DEFAULT NULL, dimension text DEFAULT NULL,
                                     population text DEFAULT NULL) RETURNS void
    AS 'MODULE_PATHNAME', 'segment_alter_source' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION segment.alter_source(text, jsonb, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION segment.alter_source(text, jsonb, text, text, text, text) IS
'changes what is given and leaves the rest; an empty text removes a filter, purchase or dimension; measures replace all there were. The '
'next refresh builds the ledgers anew. Errors: those of create_source, and 2BP01 when a feature uses a measure or dimension that would go';

CREATE FUNCTION segment.drop_source(name text, population text DEFAULT NULL) RETURNS void
    AS 'MODULE_PATHNAME', 'segment_drop_source' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION segment.drop_source(text, text) FROM PUBLIC;
COMMENT ON FUNCTION segment.drop_source(text, text) IS
'drops a source and its ledgers; the mapped relation is not touched. Errors: 42704 no such source, 2BP01 when child sources, features or '
'objects of the user''s use it (named in the detail)';

CREATE FUNCTION segment.source_query(source text, population text DEFAULT NULL) RETURNS text
    AS 'MODULE_PATHNAME', 'segment_source_query' LANGUAGE C STABLE;
COMMENT ON FUNCTION segment.source_query(text, text) IS
'the statement by which a build reads the events, as the population''s owner: key, when, dimension and purchase where declared, then the '
'measures. For readers; population may be left out when there is one only';
-- Checking what is mapped --------------------------------------------------------------------------------------------

CREATE FUNCTION segment.check_sources(population text DEFAULT NULL)
    RETURNS TABLE (source text, severity text, problem text, rows bigint, remedy text)
    AS 'MODULE_PATHNAME', 'segment_check_sources' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION segment.check_sources(text) IS
'what is wrong with the mapped relations: no rows when all is fine. source: the source''s name, or the population''s for its own relation; '
'severity: error (the next refresh fails or counts wrongly), warning (works slowly, or leaves rows out), note (works at a price); rows: how many '
'are concerned, NULL where none were counted; remedy: the statement that cures it, or shows the rows. Reads every mapped relation as the '
'population''s owner. Without a population: all those whose owner the caller is a member of. Errors: 42704 no such population, 42501 not a member';
/* Change capture: triggers on the mapped tables, the logs they write, and how far those have been read. */

CREATE TABLE segment.cursor (
    population_id  int NOT NULL REFERENCES segment.population ON DELETE CASCADE,
    source_id      int REFERENCES segment.source ON DELETE CASCADE,
    last           pg_snapshot NOT NULL,
    fingerprint    jsonb NOT NULL
);
CREATE UNIQUE INDEX cursor_source ON segment.cursor (population_id, source_id);
CREATE UNIQUE INDEX cursor_population ON segment.cursor (population_id) WHERE source_id IS NULL;
COMMENT ON TABLE segment.cursor IS 'how far each mapped relation has been read; never dumped, so that after a restore everyone is read once';
COMMENT ON COLUMN segment.cursor.source_id IS 'the source; NULL: the population''s own table';
COMMENT ON COLUMN segment.cursor.last IS 'snapshot of the last refresh: what it sees is in the results';
COMMENT ON COLUMN segment.cursor.fingerprint IS 'what the relation was like then; see segment.relation_fingerprint';

CREATE UNLOGGED TABLE segment.crash_witness (token uuid NOT NULL DEFAULT gen_random_uuid());
COMMENT ON TABLE segment.crash_witness IS 'unlogged: empty after a crash, when unlogged sources are empty too';

CREATE FUNCTION segment.capture() RETURNS trigger
    AS 'MODULE_PATHNAME', 'segment_capture' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION segment.capture() IS
'row trigger on mapped tables: logs the old and the new key when the transaction commits. Created by create_population and create_source; '
'does nothing on a relation that is not mapped';

CREATE FUNCTION segment.capture_truncate() RETURNS trigger
    AS 'MODULE_PATHNAME', 'segment_capture_truncate' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION segment.capture_truncate() IS
'TRUNCATE trigger on mapped tables and their partitions: logs that everything changed. Does nothing on a relation that is not mapped';

CREATE FUNCTION segment.capture_status(population text DEFAULT NULL)
    RETURNS TABLE (source text, relation regclass, captured boolean, reason text)
    AS 'MODULE_PATHNAME', 'segment_capture_status' LANGUAGE C STABLE;
COMMENT ON FUNCTION segment.capture_status(text) IS
'are changes of each mapped relation captured, so that a refresh costs what changed? One row per source, and one with source NULL for the '
'population''s own table; reason: why not, then every refresh reads all of it. Population may be left out when there is one only. '
'Errors: 42704 no such population, 42501 not a member of its owner';

CREATE FUNCTION segment.repair_capture(population text DEFAULT NULL) RETURNS void
    AS 'MODULE_PATHNAME', 'segment_repair_capture' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION segment.repair_capture(text) FROM PUBLIC;
COMMENT ON FUNCTION segment.repair_capture(text) IS
'creates the capture triggers and logs that are missing, and enables triggers that were disabled; waits for writers of the mapped tables. '
'For after GRANT TRIGGER, DISABLE TRIGGER or new inheritance children. Errors: 42704 no such population, 42501 not a member of its owner';

CREATE FUNCTION segment.relation_fingerprint(source text DEFAULT NULL, population text DEFAULT NULL) RETURNS jsonb
    AS 'MODULE_PATHNAME', 'segment_relation_fingerprint' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION segment.relation_fingerprint(text, text) FROM PUBLIC;
COMMENT ON FUNCTION segment.relation_fingerprint(text, text) IS
'what a refresh compares to find changes that no trigger sees: definition, columns in use, owners, row-level security and per leaf its file '
'and triggers. source NULL: the population''s own table. Errors: 42704 no such source or population, 42703 a column in use is gone, 42501 not a '
'member of the population''s owner';

CREATE FUNCTION segment.fingerprint_change(last jsonb, now jsonb) RETURNS TABLE (change text, leaf regclass)
    AS 'MODULE_PATHNAME', 'segment_fingerprint_change' LANGUAGE C STABLE STRICT;
REVOKE ALL ON FUNCTION segment.fingerprint_change(jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION segment.fingerprint_change(jsonb, jsonb) IS
'what a refresh concludes from two fingerprints of a relation. change: same; new leaves, one row for each, whose keys have changed; changed, '
'everyone has to be read';

CREATE FUNCTION segment.changed_keys(last pg_snapshot, source text DEFAULT NULL, population text DEFAULT NULL)
    RETURNS TABLE (key text, everything boolean)
    AS 'MODULE_PATHNAME', 'segment_changed_keys' LANGUAGE C STABLE;
REVOKE ALL ON FUNCTION segment.changed_keys(pg_snapshot, text, text) FROM PUBLIC;
COMMENT ON FUNCTION segment.changed_keys(pg_snapshot, text, text) IS
'distinct captured keys (of a child source: references to its parent) that transactions not visible in last changed, as far as the log has '
'not been rotated; NULL is a key; everything: more than the log would list. source NULL: the population''s own table. Errors: 22004 last is '
'null, 42704 no such source or population, 42P01 its changes are not captured, 42501 not a member of the population''s owner';

CREATE PROCEDURE segment.rotate_logs(population text DEFAULT NULL)
    LANGUAGE C AS 'MODULE_PATHNAME', 'segment_rotate_logs';
REVOKE ALL ON PROCEDURE segment.rotate_logs(text) FROM PUBLIC;
COMMENT ON PROCEDURE segment.rotate_logs(text) IS
'empties those parts of the population''s change logs that no refresh needs any more; parts in use are left for another time, nobody waits. '
'Errors: 25001 inside a transaction block, 42704 no such population, 42501 not a member of its owner';
/* Customers whose data fail. */

CREATE TABLE segment.quarantine (
    population_id   int NOT NULL REFERENCES segment.population ON DELETE CASCADE,
    key             text NOT NULL,
    phase           text NOT NULL CHECK (phase OPERATOR(pg_catalog.=) 'ledger' OR phase OPERATOR(pg_catalog.=) 'evaluation'),
    source          text NOT NULL DEFAULT '',
    feature         text,
    scheme          text,
    sqlstate        text NOT NULL,
    message         text NOT NULL,
    hint            text,
    since           timestamptz NOT NULL DEFAULT pg_catalog.now(),
    last_seen       timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (population_id, key, phase, source)
);
COMMENT ON TABLE segment.quarantine IS 'customers whose data fail: a refresh leaves their ledger, features and segments as they were and goes on with the others; readers have the view segment.quarantined';
COMMENT ON COLUMN segment.quarantine.key IS 'the customer''s key as text';
COMMENT ON COLUMN segment.quarantine.phase IS 'ledger: an event cannot be counted, so that the source''s ledger is kept as it was and the customer is not evaluated; evaluation: a feature or a rule fails';
COMMENT ON COLUMN segment.quarantine.source IS 'whose events fail; empty for an evaluation';
COMMENT ON COLUMN segment.quarantine.feature IS 'the feature that fails, where that could be found';
COMMENT ON COLUMN segment.quarantine.scheme IS 'the scheme of which a rule or a score fails, where that could be found';
COMMENT ON COLUMN segment.quarantine.since IS 'start of the refresh that found it';
COMMENT ON COLUMN segment.quarantine.last_seen IS 'start of the last refresh that found it again';

CREATE VIEW segment.quarantined WITH (security_barrier) AS
SELECT p.name AS population, q.key AS customer, q.phase, nullif(q.source, '') AS source, q.feature, q.scheme, q.sqlstate, q.message, q.hint, q.since, q.last_seen
  FROM segment.quarantine q
  JOIN segment.population p ON p.population_id OPERATOR(pg_catalog.=) q.population_id
  JOIN pg_class c ON c.oid OPERATOR(pg_catalog.=) p.anchor
 WHERE pg_has_role(current_user, c.relowner, 'MEMBER');
COMMENT ON VIEW segment.quarantined IS 'customers whose data fail, each with the error''s SQLSTATE, message and hint, of the populations whose owner the reader is a member of: they keep the segments they had; they are tried again when their data or the definitions change, and every new day';
GRANT SELECT ON segment.quarantined TO PUBLIC;
/* Features. */

CREATE FUNCTION segment.create_feature(name text, aggregate text DEFAULT NULL, source text DEFAULT NULL,
    measure text DEFAULT NULL, within interval DEFAULT NULL, dimension text DEFAULT NULL, absent numeric DEFAULT NULL,
    expression text DEFAULT NULL, attribute name DEFAULT NULL, dated_by name DEFAULT NULL,
    valid_for interval DEFAULT NULL, scheme text DEFAULT NULL, population text DEFAULT NULL,
    if_not_exists boolean DEFAULT false)
RETURNS int LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_create_feature' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.create_feature(text, text, text, text, interval, text, numeric, text, name, name, interval, text, text, boolean) IS
'declare a feature: an aggregate over a source''s ledger (with measure, window (day - within, day], one dimension label, and the value of a customer with no rows), an expression over other features, an attribute of the customer table (dated_by and valid_for: NULL once past its date), or another scheme''s segment; returns its id';
REVOKE ALL ON FUNCTION segment.create_feature(text, text, text, text, interval, text, numeric, text, name, name, interval, text, text, boolean) FROM PUBLIC;

CREATE FUNCTION segment.drop_feature(name text, population text DEFAULT NULL)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_drop_feature' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.drop_feature(text, text) IS
'drop a feature; refused (2BP01) while features, scores, rules or versions use it; its column in the join view stays, NULL';
REVOKE ALL ON FUNCTION segment.drop_feature(text, text) FROM PUBLIC;

CREATE FUNCTION segment.create_standard_features(population text DEFAULT NULL)
RETURNS int LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_create_standard_features' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.create_standard_features(text) IS
'declare the standard feature pack as far as the mapped measures allow; returns how many features it added';
REVOKE ALL ON FUNCTION segment.create_standard_features(text) FROM PUBLIC;

CREATE FUNCTION segment.written_here(xmin xid)
RETURNS boolean LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'segment_written_here';
COMMENT ON FUNCTION segment.written_here(xid) IS
'whether a row''s xmin is the current transaction''s or a subtransaction''s; false for NULL, the row of an outer join that is not there';
/* Schemes: the draft, what it would do, and putting it in force. */

CREATE FUNCTION segment.create_scheme(name text, objective text, population text DEFAULT NULL,
    default_segment text DEFAULT 'Others', min_dwell interval DEFAULT NULL, review_every interval DEFAULT NULL)
RETURNS int LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_create_scheme' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.create_scheme(text, text, text, text, interval, interval) IS
'draft a segmentation with one business objective (refused when empty); min_dwell in days or calendar months: how long a customer stays at least; returns its id';

CREATE FUNCTION segment.alter_scheme(name text, objective text DEFAULT NULL, default_segment text DEFAULT NULL,
    min_dwell interval DEFAULT NULL, review_every interval DEFAULT NULL, smallest_share numeric DEFAULT NULL,
    largest_share numeric DEFAULT NULL)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_alter_scheme' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.alter_scheme(text, text, text, interval, interval, numeric, numeric) IS
'edit the draft of a scheme; NULL leaves a thing as it is; smallest_share and largest_share (0 to 1) are the sizes preview warns beyond';

CREATE FUNCTION segment.drop_scheme(name text)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_drop_scheme' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.drop_scheme(text) IS
'drop a scheme that was never activated; one that was keeps its history and can only be retired';

CREATE FUNCTION segment.create_score(scheme text, name text, feature text, bins int DEFAULT 5,
    cuts numeric[] DEFAULT NULL, descending boolean DEFAULT false)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_create_score' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.create_score(text, text, text, int, numeric[], boolean) IS
'bin a feature inside a scheme: score = 1 + the number of cut points below the value; quantiles (percentile_cont at i/bins) computed at activation unless cuts are given; descending: the lowest values score highest';

CREATE FUNCTION segment.drop_score(scheme text, name text)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_drop_score' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.drop_score(text, text) IS 'drop a score from a scheme''s draft; refused while a rule reads it';

CREATE FUNCTION segment.create_segment(scheme text, name text, rule text, priority int DEFAULT NULL,
    owner text DEFAULT NULL, proposition text DEFAULT NULL)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_create_segment' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.create_segment(text, text, text, int, text, text) IS
'add a segment to a scheme''s draft; the rule is an SQL boolean expression over features and the scheme''s scores, three-valued: NULL does not match; the lowest priority that matches wins, by default after those there are';

CREATE FUNCTION segment.alter_segment(scheme text, name text, rule text DEFAULT NULL, priority int DEFAULT NULL,
    owner text DEFAULT NULL, proposition text DEFAULT NULL)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_alter_segment' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.alter_segment(text, text, text, int, text, text) IS
'edit a segment of a scheme''s draft; NULL leaves a thing as it is';

CREATE FUNCTION segment.drop_segment(scheme text, name text)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_drop_segment' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.drop_segment(text, text) IS 'take a segment out of a scheme''s draft';

CREATE FUNCTION segment.create_rfm_scheme(name text, objective text, population text DEFAULT NULL)
RETURNS int LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_create_rfm_scheme' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.create_rfm_scheme(text, text, text) IS
'draft the RFM preset: quintiles of days since last purchase (r, reversed), active days (f) and total value (m), and ten named segments (those of the R package rfm) as editable rules over r, f and m; returns the scheme''s id';

CREATE FUNCTION segment.preview(scheme text, OUT segment text, OUT customers bigint, OUT share numeric,
    OUT entering bigint, OUT leaving bigint, OUT unknown bigint, OUT warning text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_preview' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.preview(text) IS
'what a scheme''s draft would do at the population''s last refresh: customers and share (0 to 1) per segment, how many would enter and leave, for how many the rule is unknown, warnings; writes nothing; 55000 before the first refresh';

CREATE FUNCTION segment.activate(scheme text, comment text DEFAULT NULL, dry_run boolean DEFAULT false,
    backfill boolean DEFAULT true)
RETURNS int LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_activate' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.activate(text, text, boolean, boolean) IS
'freeze a scheme''s draft as a new version and put it in force: everyone is assigned, at the population''s last refresh; the first activation also evaluates the last 24 month ends as history unless backfill => false; dry_run checks everything and writes nothing; returns the version';

CREATE FUNCTION segment.recut(scheme text, comment text DEFAULT NULL)
RETURNS int LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_recut' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.recut(text, text) IS
'a new version with the rules in force and quantile cut points computed afresh; cut points that were given stay; returns the version';

CREATE FUNCTION segment.retire(scheme text)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_retire' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.retire(text) IS
'take a scheme out of use: no longer evaluated; its history, transitions and facts stay, its columns in the join view become NULL';

REVOKE ALL ON FUNCTION segment.create_scheme(text, text, text, text, interval, interval),
    segment.alter_scheme(text, text, text, interval, interval, numeric, numeric),
    segment.drop_scheme(text), segment.create_score(text, text, text, int, numeric[], boolean),
    segment.drop_score(text, text), segment.create_segment(text, text, text, int, text, text),
    segment.alter_segment(text, text, text, int, text, text), segment.drop_segment(text, text),
    segment.create_rfm_scheme(text, text, text), segment.preview(text),
    segment.activate(text, text, boolean, boolean), segment.recut(text, text), segment.retire(text) FROM PUBLIC;
/* Work that commits on its way. */

CREATE PROCEDURE segment.refresh(population text DEFAULT NULL, as_of date DEFAULT NULL)
LANGUAGE C AS 'MODULE_PATHNAME', 'segment_refresh';
COMMENT ON PROCEDURE segment.refresh(text, date) IS
'bring ledgers, features, segments, history, facts and scorecards of a population up to date; as_of is the day whose end results hold for, by default today in the population''s time zone, never before the last one (22023); not inside a transaction block (25001)';

CREATE PROCEDURE segment.backfill(scheme text, since date, until date DEFAULT NULL, step interval DEFAULT '1 month')
LANGUAGE C AS 'MODULE_PATHNAME', 'segment_backfill';
COMMENT ON PROCEDURE segment.backfill(text, date, date, interval) IS
'evaluate past days of a scheme from the ledgers, by the version in force and its cut points, and fold forward from the first; since a month''s last day with a step of months means month ends; until, by default the day before the scheme went live, cannot reach into what refreshes wrote (22023)';

REVOKE ALL ON PROCEDURE segment.refresh(text, date), segment.backfill(text, date, date, interval) FROM PUBLIC;
/* Why a customer is where it is, and what was true on a past day. */

CREATE FUNCTION segment.explain(scheme text, customer anyelement, at date DEFAULT NULL)
RETURNS TABLE (segment text, priority int, condition text, value text, threshold text, met boolean, decisive boolean,
    to_meet text, to_lose text, moves_to text, outcome text, raw text, assigned text, since date, version int,
    as_of date, attributes_as_of date)
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'segment_explain' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.explain(text, anyelement, date) IS
'why a customer is in its segment: a row per condition (what AND holds together at the top of a rule) of every segment in priority order, then one for the default segment. customer: the key, native or as text. at: the day whose end is explained, by default the last refresh; a past day is evaluated from the ledgers, by the version in force that day (that of the customer''s backfilled history before the first activation), attributes as known on attributes_as_of. value: what the condition reads, for a score with the feature''s value and the cut points behind it; threshold: the constant it compares with; met: NULL is unknown; decisive: were this condition alone the other way, raw would be another segment. to_meet, to_lose: the nearest value of one feature that would meet an unmet condition of a rule before the winner''s, or end one of the winner''s, all else equal; given for comparisons of one feature or score with a constant, and only where evaluating the customer with that value bears it out; moves_to: the raw segment that would lead to, NULL when the same. outcome: what became of the segment''s rule; raw: what the rules say; assigned, since: the segment that history has for the day (after min_dwell), and its first day. Errors: 02000 no such customer, 22P02 not a key, 42704 no such scheme, 55000 never activated, retired, or the population never refreshed, 22023 a day after the last refresh, 42501 not a member of the population''s owner';

CREATE FUNCTION segment.explain(scheme text, customer text, at date DEFAULT NULL)
RETURNS TABLE (segment text, priority int, condition text, value text, threshold text, met boolean, decisive boolean,
    to_meet text, to_lose text, moves_to text, outcome text, raw text, assigned text, since date, version int,
    as_of date, attributes_as_of date)
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'segment_explain' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.explain(text, text, date) IS
'as segment.explain(text, anyelement, date), with the key as text: untyped literals and parameters come here';

REVOKE ALL ON FUNCTION segment.explain(text, anyelement, date), segment.explain(text, text, date) FROM PUBLIC;

CREATE FUNCTION segment.features_as_of(population text, day date)
RETURNS TABLE (customer text, features jsonb)
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'segment_features_as_of' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.features_as_of(text, date) IS
'every feature at the end of a past day, evaluated from the ledgers: a row per customer that had entered by then (on the day of the last refresh, per customer there is), the key as text and the features by name. Attributes are as known at the last refresh, another scheme''s segment is that of its history. The population may be NULL when there is one only. Errors: 55000 never refreshed, 22023 a day after the last refresh, whose events are not known yet, 42704 no such population, 42501 not a member of its owner';

CREATE FUNCTION segment.features_as_of(row_type anyelement, day date)
RETURNS SETOF anyelement
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'segment_features_as_of_rows' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.features_as_of(anyelement, date) IS
'as segment.features_as_of(text, date), natively typed: SELECT * FROM segment.features_as_of(NULL::segment_data.customer_feature, ''2026-01-31''); the argument''s type says which population, its value is not read. Errors: those, and 42804 a type that is no population''s features';

CREATE FUNCTION segment.feature_sql(population text DEFAULT NULL, day date DEFAULT NULL)
RETURNS text
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'segment_feature_sql' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.feature_sql(text, date) IS
'the SELECT over extension tables that evaluates every feature of every customer at the end of a day, by default the last refresh''s: to read and to EXPLAIN. What a refresh evaluates, schemes included, is the view segment_data.<population>_evaluation. Errors: those of segment.features_as_of(text, date)';

CREATE FUNCTION segment.as_of(scheme text, day date)
RETURNS TABLE (customer text, segment text, since date, version int)
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'segment_as_of' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.as_of(text, date) IS
'who was in which segment at the end of a day, from the history: the key as text, the first day of the stay (since) and the version by which it began; a row per customer that was in the scheme. Natively typed: SELECT * FROM segment_data.<scheme>_history WHERE valid @> date ''2026-01-31''. Errors: 55000 never activated, 22023 a day after the last refresh or before the history begins, 42704 no such scheme, 42501 not a member of the population''s owner';

REVOKE ALL ON FUNCTION segment.features_as_of(text, date), segment.features_as_of(anyelement, date),
    segment.feature_sql(text, date), segment.as_of(text, date) FROM PUBLIC;
/* Are the results what a full recomputation would give? */

CREATE FUNCTION segment.verify(population text DEFAULT NULL, sample int DEFAULT NULL, OUT checked bigint, OUT mismatched bigint)
RETURNS record
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_verify' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.verify(text, int) IS
'compare stored results with a recomputation, in one snapshot, while others write and refresh: of every customer who is not in quarantine and whom no change concerns that the last refresh has not seen, the ledgers with the sources, the attributes with the mapped relation, features and raw segments with an evaluation of the ledgers, the segment with step() of its predecessor, the history with customer_segment. sample: that many customers at random; all, and the events without a customer, when left out. Returns the numbers of customers compared and of those that differ in anything: segment.verify_detail names what. Writes nothing. The snapshot is taken after the locks in READ COMMITTED, and is the transaction''s in REPEATABLE READ. A source whose changes are not captured, and results after a change of definitions, are not compared, which a NOTICE says. Errors: 55000 never refreshed, 22023 sample below 1, 25001 the transaction has changed mapped relations itself, 40001 a log was emptied since its snapshot, 42704 no such population, 42501 not a member of its owner';

CREATE FUNCTION segment.verify_detail(population text DEFAULT NULL, sample int DEFAULT NULL)
RETURNS TABLE (customer text, what text, stored text, recomputed text)
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_verify_detail' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.verify_detail(text, int) IS
'what segment.verify(text, int) finds to differ: the key as text (NULL: the events without a customer), what (ledger, customer, attribute, feature, segment, raw, override, version or history, with its name), as stored and as recomputed. Errors: those of segment.verify(text, int)';

CREATE PROCEDURE segment.rebuild(source text DEFAULT NULL, population text DEFAULT NULL)
LANGUAGE C AS 'MODULE_PATHNAME', 'segment_rebuild';
COMMENT ON PROCEDURE segment.rebuild(text, text) IS
'refresh with a source, and the children of it, read in full, whatever their logs say; all sources and the customers when left out. As of the day of the last refresh. Only differences are written. Errors: 25001 inside a transaction block, 42704 no such source or population, and those of segment.refresh(text, date)';

REVOKE ALL ON FUNCTION segment.verify(text, int), segment.verify_detail(text, int) FROM PUBLIC;
REVOKE ALL ON PROCEDURE segment.rebuild(text, text) FROM PUBLIC;
/* Customers put into a segment by hand. */

CREATE FUNCTION segment.override(scheme text, customer anyelement, segment text, until date DEFAULT NULL, reason text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_override' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.override(text, anyelement, text, date, text) IS
'put a customer into a segment of a scheme against its rules, from the next refresh on until the given day, its last (NULL: until segment.lift_override); an override in force is replaced. customer: the key, native or as text. segment: one of the version in force; while a later version lacks it the override sleeps. reason: required, shown by segment.explain() with the author, the caller. The moves it begins and ends have the cause manual. It takes effect on today''s day in the population''s time zone, or on the day of the last refresh where that is further back than segment.catch_up_days. Takes no population lock: a refresh that runs meanwhile is not disturbed, the next one obeys. Errors: 42704 no such scheme or segment, 02000 no such customer, 22P02 not a key, 22004 an argument is missing, 22023 no reason, or until is over, 55000 the scheme is not active, 42501 not a member of the population''s owner';

CREATE FUNCTION segment.override(scheme text, customer text, segment text, until date DEFAULT NULL, reason text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_override' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.override(text, text, text, date, text) IS
'as segment.override(text, anyelement, text, date, text), with the key as text: untyped literals and parameters come here';

CREATE FUNCTION segment.lift_override(scheme text, customer anyelement) RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_lift_override' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.lift_override(text, anyelement) IS
'end a customer''s override: from the next refresh on the rules decide again (min_dwell counts the stay by override). Errors: 02000 there is none, 42704 no such scheme, 22P02 not a key, 42501 not a member of the population''s owner';

CREATE FUNCTION segment.lift_override(scheme text, customer text) RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_lift_override' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.lift_override(text, text) IS
'as segment.lift_override(text, anyelement), with the key as text: untyped literals and parameters come here';

CREATE FUNCTION segment.overrides(scheme text)
RETURNS TABLE (customer text, segment text, since date, until date, reason text, author text, created_at timestamptz,
    in_force boolean, lifted_on date, lifted_by text)
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'segment_overrides' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.overrides(text) IS
'every override there is or was in a scheme, oldest first: the key as text, the segment, the days from since to until (NULL: until lifted), why and by whom; lifted_on: the first day it no longer held, by lift_override or another override. Natively typed: segment_data.<population>_override. Errors: 42704 no such scheme, 42501 not a member of the population''s owner';

REVOKE ALL ON FUNCTION segment.override(text, anyelement, text, date, text), segment.override(text, text, text, date, text),
    segment.lift_override(text, anyelement), segment.lift_override(text, text), segment.overrides(text) FROM PUBLIC;
/* Customers that are the same as another. */

CREATE FUNCTION segment.merge_customer(survivor anyelement, duplicate anyelement, population text DEFAULT NULL) RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_merge_customer' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.merge_customer(anyelement, anyelement, text) IS
'let one key stand for another customer''s: from the next refresh on the duplicate''s events are the survivor''s, the duplicate is in no segment (its history ends, cause merge) and whoever asks for it gets the survivor; the survivor''s moves of that refresh have the cause merge. The user''s tables are not touched. Customers merged into the duplicate before go along; a survivor that is itself a duplicate means the one it stands for. Takes no population lock: a refresh that runs meanwhile is not disturbed, the next one applies it. Errors: 22023 merged into itself, directly or through others, 42710 merged already, 02000 the survivor is no customer, 22P02 not a key, 42704 no such population, 42501 not a member of its owner';

CREATE FUNCTION segment.merge_customer(survivor text, duplicate text, population text DEFAULT NULL) RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_merge_customer' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.merge_customer(text, text, text) IS
'as segment.merge_customer(anyelement, anyelement, text), with the keys as text: untyped literals and parameters come here';

CREATE FUNCTION segment.unmerge_customer(duplicate anyelement, population text DEFAULT NULL) RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_unmerge_customer' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.unmerge_customer(anyelement, text) IS
'part a merged customer from its survivor again: from the next refresh on both are customers of their own, and their moves of that refresh have the cause merge. Errors: 02000 it has not been merged, 22P02 not a key, 42704 no such population, 42501 not a member of its owner';

CREATE FUNCTION segment.unmerge_customer(duplicate text, population text DEFAULT NULL) RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_unmerge_customer' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.unmerge_customer(text, text) IS
'as segment.unmerge_customer(anyelement, text), with the key as text: untyped literals and parameters come here';

REVOKE ALL ON FUNCTION segment.merge_customer(anyelement, anyelement, text), segment.merge_customer(text, text, text),
    segment.unmerge_customer(anyelement, text), segment.unmerge_customer(text, text) FROM PUBLIC;
/* One customer's segment as of now, own uncommitted changes included. */

CREATE FUNCTION segment.current(scheme text, customer anyelement) RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_current' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.current(text, anyelement) IS
'the segment a refresh would put one customer into, if it ran now and saw what this statement sees, uncommitted changes of its own transaction included: the customer''s row and events are read from the mapped relations as the population''s owner, evaluated by the version in force, and segment.step() is taken from the stored predecessor, overrides obeyed. Another scheme''s segment is as stored. Writes nothing. The day is today in the population''s time zone, or that of the last refresh where it is further back than segment.catch_up_days. About a millisecond when the session has called it before, given indexes on the customer columns. Errors: 02000 no such customer, 22P02 not a key, 42704 no such scheme, 55000 it is not active, 42501 not a member of the population''s owner';

CREATE FUNCTION segment.current(scheme text, customer text) RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_current' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.current(text, text) IS
'as segment.current(text, anyelement), with the key as text: untyped literals and parameters come here';

REVOKE ALL ON FUNCTION segment.current(text, anyelement), segment.current(text, text) FROM PUBLIC;
/*
 * Facts: what happened in each period, by the segment in which customers opened it.
 * The aggregates compute all periods in one pass; states and rows are numbers, which the caller names.
 */

CREATE TYPE segment.fact_cell AS (period int, state int, dimension text, measure int, value numeric);
COMMENT ON TYPE segment.fact_cell IS 'one fact: period from 1; state 1 new, 2 unassigned, 3 and up the segments; dimension label or ''''; measure 0 the events, from 1 the ledger''s measures, or for counts 0 to 5 opening, acquired, moved_in, moved_out, removed, closing';

CREATE FUNCTION segment.period_states_step(states bytea, segment text, valid daterange, entry_day date, first_day date, segments text[], days date[])
RETURNS bytea LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_period_states_step';
COMMENT ON FUNCTION segment.period_states_step(bytea, text, daterange, date, date, text[], date[]) IS 'transition function of segment.period_states';

CREATE FUNCTION segment.period_states_combine(states bytea, other bytea) RETURNS bytea LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_period_states_combine';
COMMENT ON FUNCTION segment.period_states_combine(bytea, bytea) IS 'combine function of segment.period_states';

CREATE FUNCTION segment.period_states_final(states bytea) RETURNS smallint[] LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_period_states_final';
COMMENT ON FUNCTION segment.period_states_final(bytea) IS 'final function of segment.period_states';

CREATE AGGREGATE segment.period_states(segment text, valid daterange, entry_day date, first_day date, segments text[], days date[]) (
    SFUNC = segment.period_states_step,
    STYPE = bytea,
    FINALFUNC = segment.period_states_final,
    COMBINEFUNC = segment.period_states_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE segment.period_states(text, daterange, date, date, text[], date[]) IS
'where one customer stood at the end of each day: 0 not yet entered, 1 left, 2 unassigned (there, but before first_day, the first of the scheme''s history), 2 + i the i-th of segments. Its rows are its history (segment, valid) and, for a member of the population, one with its entry_day (''infinity'': none yet). Raises 22023 for a segment not among segments or days that do not ascend';

CREATE FUNCTION segment.period_counts_step(cells bytea, states smallint[], segments int)
RETURNS bytea LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_period_counts_step';
COMMENT ON FUNCTION segment.period_counts_step(bytea, smallint[], int) IS 'transition function of segment.period_counts';

CREATE FUNCTION segment.period_totals_step(cells bytea, states smallint[], ledger segment.ledger, segments int, days date[])
RETURNS bytea LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_period_totals_step';
COMMENT ON FUNCTION segment.period_totals_step(bytea, smallint[], segment.ledger, int, date[]) IS 'transition function of segment.period_totals';

CREATE FUNCTION segment.period_cells_combine(cells bytea, other bytea) RETURNS bytea LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_period_cells_combine';
COMMENT ON FUNCTION segment.period_cells_combine(bytea, bytea) IS 'combine function of segment.period_counts and segment.period_totals';

CREATE FUNCTION segment.period_cells_final(cells bytea) RETURNS segment.fact_cell[] LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_period_cells_final';
COMMENT ON FUNCTION segment.period_cells_final(bytea) IS 'final function of segment.period_counts and segment.period_totals';

CREATE AGGREGATE segment.period_counts(states smallint[], segments int) (
    SFUNC = segment.period_counts_step,
    STYPE = bytea,
    FINALFUNC = segment.period_cells_final,
    COMBINEFUNC = segment.period_cells_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE segment.period_counts(smallint[], int) IS
'customers per period and row: opening, acquired, moved_in, moved_out, removed, closing, from the states segment.period_states made of that many segments; opening + acquired + moved_in - moved_out - removed = closing in every row. Raises 22023 for states of another number of days or segments';

CREATE AGGREGATE segment.period_totals(states smallint[], ledger segment.ledger, segments int, days date[]) (
    SFUNC = segment.period_totals_step,
    STYPE = bytea,
    FINALFUNC = segment.period_cells_final,
    COMBINEFUNC = segment.period_cells_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE segment.period_totals(smallint[], segment.ledger, int, date[]) IS
'events and exact measures per period, row and dimension label: a ledger''s entries count for the row in which its customer opened the period, `new` in its first, `unassigned` with states NULL. A period without any entry yields nothing. Raises 22023 for ledgers of different measures or states of other days, 54000 for more than 10000 labels';

/* States are trusted bytes: only the aggregates, which made them, may hand them on. */
REVOKE ALL ON FUNCTION segment.period_states_step(bytea, text, daterange, date, date, text[], date[]),
    segment.period_states_combine(bytea, bytea), segment.period_states_final(bytea),
    segment.period_counts_step(bytea, smallint[], int),
    segment.period_totals_step(bytea, smallint[], segment.ledger, int, date[]),
    segment.period_cells_combine(bytea, bytea), segment.period_cells_final(bytea) FROM PUBLIC;

CREATE FUNCTION segment.update_facts(scheme text, first_day date DEFAULT NULL, as_of date DEFAULT NULL)
RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'segment_update_facts';
COMMENT ON FUNCTION segment.update_facts(text, date, date) IS
'compute the open and the missing periods of a scheme''s facts by hand, and refresh its scorecard, as every refresh of its population does; makes the relations when they are missing. first_day: first day of the scheme''s history (default: what the history says); as_of: default the population''s. Final periods are not touched. Raises 42704 for an unknown scheme, 55000 without history, 42501 for others than members of the population''s owner';
REVOKE ALL ON FUNCTION segment.update_facts(text, date, date) FROM PUBLIC;
