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
'compute the open and the missing periods of a scheme''s facts by hand, and refresh its scorecard, as every refresh of its population does; makes the relations when they are missing. first_day: first day of the scheme''s history (default: the first that activation or backfill wrote); as_of: default the population''s. Final periods are not touched. Raises 42704 for an unknown scheme, 55000 without history, 42501 for others than members of the population''s owner';
REVOKE ALL ON FUNCTION segment.update_facts(text, date, date) FROM PUBLIC;
