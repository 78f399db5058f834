/*
 * The value bridge: what became of the value of each segment.
 */

CREATE FUNCTION segment.midpoint_effect(customers_before bigint, value_before numeric, customers_after bigint, value_after numeric)
RETURNS numeric LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_midpoint_effect';
COMMENT ON FUNCTION segment.midpoint_effect(bigint, numeric, bigint, numeric) IS
'how much of value_after - value_before comes from the number of customers: its change at the mean of value per customer before and after, the two-factor Shapley value; the rest comes from value per customer. All of it where there were no customers on one side. Raises 22023 for negative numbers';

CREATE FUNCTION segment.volume_mix_rate(customers_before bigint, value_before numeric, customers_after bigint, value_after numeric,
    all_before bigint, all_after bigint, OUT volume numeric, OUT mix numeric, OUT rate numeric)
RETURNS record LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_volume_mix_rate';
COMMENT ON FUNCTION segment.volume_mix_rate(bigint, numeric, bigint, numeric, bigint, bigint) IS
'value_after - value_before of a part of all customers, in three that sum to it exactly: volume (all customers grew, in the old proportions), mix (other proportions, at the values before), rate (other values per customer). Raises 22023 for negative numbers';

CREATE FUNCTION segment.value_bridge(scheme text, since date, until date DEFAULT NULL, measure text DEFAULT NULL,
    within interval DEFAULT '12 months', basis text DEFAULT 'trailing')
RETURNS TABLE (segment text, customers_before bigint, value_before numeric, lapsed numeric, contraction numeric, expansion numeric,
    acquired numeric, other numeric, value_after numeric, upgrade numeric, downgrade numeric, customers_after bigint, closing_value numeric,
    migration numeric, within_segment numeric, landed numeric, removed numeric, volume numeric, mix numeric, rate numeric)
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'segment_value_bridge';
COMMENT ON FUNCTION segment.value_bridge(text, date, date, text, interval, text) IS
'what became of the value of each segment between the ends of two days; arguments, values and errors as segment.migration. A row per segment, `new`, `unassigned` and `removed`; in each, and so in all, exactly: value_before - lapsed - contraction + expansion + acquired + other = value_after (those who began in the segment, wherever they are now; lapsed: nothing after; other: money of no customer), and value_before + migration + within_segment + landed - removed = value_before + volume + mix + rate = closing_value (those who ended in it). migration and within_segment: the midpoint form over who was there throughout; landed: who came; removed: who is gone. upgrade, downgrade: moves to segments of more or less value per customer, at the values before. NULL without a measure of money';
REVOKE ALL ON FUNCTION segment.value_bridge(text, date, date, text, interval, text) FROM PUBLIC;
