/*
 * The outlook: where customers will be if they go on moving as they do.
 */

CREATE FUNCTION segment.markov_value(probabilities double precision[], rewards double precision[], discount double precision, periods int DEFAULT NULL)
RETURNS double precision[] LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_markov_value';
COMMENT ON FUNCTION segment.markov_value(double precision[], double precision[], double precision, int) IS
'what a customer in each state is worth: V = (I - P/(1 + discount))^-1 R, the first reward at once (Pfeifer & Carraway 2000); with periods, rewards at once and after each of so many. probabilities: a square matrix, rows from, columns to, whose rows sum to at most 1 (the rest is gone, for nothing); rewards: per state and period; discount: rate per period. NULL for a NULL among the first three. Raises 22023 for other shapes or ranges, 22003 when the value is not finite';

CREATE FUNCTION segment.outlook(scheme text, periods int DEFAULT 12, since date DEFAULT NULL, until date DEFAULT NULL, measure text DEFAULT NULL,
    discount double precision DEFAULT 0.01, entrants boolean DEFAULT true)
RETURNS TABLE (period int, segment text, customers double precision, value double precision, lifetime_value double precision)
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'segment_outlook';
COMMENT ON FUNCTION segment.outlook(text, int, date, date, text, double precision, boolean) IS
'expected customers of each segment after 0 to periods periods, each as long as from since to until (default: the last whole month), if they move as they did between the two: a Markov chain with the row probabilities of segment.migration, and as many entrants in every period unless entrants is false. value: expected in the period that follows, at what a customer who began in the segment brought between the two days; lifetime_value: of one customer, by segment.markov_value at discount per period; both NULL where nobody began. Raises what segment.migration raises, 22023 for periods beyond 1200 or a negative discount, 22003 when values are not finite';
REVOKE ALL ON FUNCTION segment.outlook(text, int, date, date, text, double precision, boolean) FROM PUBLIC;
