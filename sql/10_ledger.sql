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
