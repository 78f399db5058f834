/*
 * Migration: who moved where between two days, and what it was worth.  The views segment.migration and
 * segment.value_bridge answer the same for every month; they are made with the first scheme's facts.
 */

CREATE FUNCTION segment.migration(scheme text, since date, until date DEFAULT NULL, measure text DEFAULT NULL,
    within interval DEFAULT '12 months', basis text DEFAULT 'trailing')
RETURNS TABLE (from_segment text, to_segment text, customers bigint, probability double precision, behaviour bigint, definition bigint,
    manual bigint, merge bigint, value_before numeric, value_after numeric, impact numeric, behaviour_impact numeric)
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'segment_migration';
COMMENT ON FUNCTION segment.migration(text, date, date, text, interval, text) IS
'customers of a scheme by where they were at the end of day since and at the end of day until (default: the last refresh''s), with `new` as from (not there yet), `removed` as to (gone) and `unassigned` (no customer). probability: share of those who began in from_segment. behaviour: movers any of whose moves between the days was by data or time; else definition, else manual, else merge; who stays is none of these. value: sum of measure (default revenue, else the first with decimals; margin: revenue less returns, cogs, cost_to_serve and fulfilment) over the interval within that ends with each day (basis trailing), that follows it (next), or over the days between the two against as many before (between); months from a month end are calendar months. impact: value_after - value_before; behaviour_impact: of the behaviour''s movers. Value the customers over another interval than the one that puts them into segments. Raises 42704 for an unknown scheme or measure, 22023 for days out of order, after the last refresh or before the history, 55000 without history, 42501 for others than members of the population''s owner';
REVOKE ALL ON FUNCTION segment.migration(text, date, date, text, interval, text) FROM PUBLIC;

CREATE FUNCTION segment.spend_shift(scheme text, since date, until date DEFAULT NULL, measure text DEFAULT NULL,
    within interval DEFAULT '12 months', basis text DEFAULT 'trailing', satisfaction text DEFAULT NULL, bands numeric[] DEFAULT '{6,8}')
RETURNS TABLE (segment text, satisfaction_band text, customers bigint, more bigint, less bigint, same bigint,
    value_before numeric, value_after numeric, expansion numeric, contraction numeric)
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'segment_spend_shift';
COMMENT ON FUNCTION segment.spend_shift(text, date, date, text, interval, text, text, numeric[]) IS
'more or less spending without a move: customers in the same segment at the end of both days, by the mean of their satisfaction answers in the 12 months to until (a measure, default satisfaction; bands are its upper bounds, inclusive; unknown: no answer). more, less, same: how many are worth more, less, as much after; expansion and contraction: by how much. measure, within and basis as in segment.migration, whose errors it raises';
REVOKE ALL ON FUNCTION segment.spend_shift(text, date, date, text, interval, text, text, numeric[]) FROM PUBLIC;
