/* Is it a segmentation at all: distinct, material, meaningful. */

CREATE FUNCTION segment.quality(scheme text, OUT criterion text, OUT segment text, OUT feature text, OUT measure text,
    OUT value double precision, OUT threshold double precision, OUT verdict text, OUT note text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_quality' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.quality(text) IS
'whether an active scheme is a segmentation, with numbers. distinct: mean silhouette (-1 to 1; Rousseeuw 1987) and, per segment, the distance to the nearest rival''s centre over the own radius, of a sample of up to 10000 customers over the numeric features the scheme reads, made comparable (logarithm where skewed, winsorised at 0.5 and 99.5 %, standardised; missing is the mean). material: each segment''s share of customers, and of the contribution margin (else revenue) of the last twelve months, against the scheme''s smallest_share and largest_share. meaningful: per feature eta squared, the share of its variance that is between segments (Cohen 1988: 0.14 is large, 0.06 medium). verdict: good, weak or poor; the rows with measure verdict sum up each criterion and, with criterion all, the whole, by its worst. Errors: 42704 no such scheme, 55000 it is not active, 42501 not a member of the population''s owner';

CREATE FUNCTION segment.profile(scheme text, OUT segment text, OUT feature text, OUT customers bigint, OUT mean numeric,
    OUT population_mean numeric, OUT index numeric, OUT median double precision, OUT population_median double precision)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_profile' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.profile(text) IS
'each segment against the population, per numeric feature, at the last refresh: customers for whom it is known, mean and median of both, index = mean / population mean x 100 (100 is average; NULL where the population''s mean is 0). Errors: 42704 no such scheme, 55000 it is not active, 42501 not a member of the population''s owner';

CREATE FUNCTION segment.overlap(a text, b text, OUT segment_a text, OUT segment_b text, OUT customers bigint, OUT share numeric,
    OUT share_of_a numeric, OUT share_of_b numeric, OUT lift numeric, OUT adjusted_rand double precision, OUT cramers_v double precision)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_overlap' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.overlap(text, text) IS
'two active schemes of one population crossed, at the last refresh: customers in both segments, their share of all, of the segment of a and of that of b (0 to 1), lift = share over what independent schemes would have; and, the same in every row, how far the schemes agree: adjusted Rand index (1 the same, 0 chance; Hubert and Arabie 1985) and Cramer''s V (0 independent to 1). Errors: 42704 no such scheme, 22023 schemes of two populations, 55000 not active, 42501 not a member of the population''s owner';

CREATE FUNCTION segment.adjusted_rand(counts bigint[]) RETURNS double precision LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_adjusted_rand';
COMMENT ON FUNCTION segment.adjusted_rand(bigint[]) IS
'adjusted Rand index of two divisions from their cross table, a two-dimensional array: 1 the same, 0 as by chance (Hubert and Arabie 1985); NULL with fewer than two counted. Error 22023: not two-dimensional, NULL or negative counts';

CREATE FUNCTION segment.cramers_v(counts bigint[]) RETURNS double precision LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'segment_cramers_v';
COMMENT ON FUNCTION segment.cramers_v(bigint[]) IS
'Cramer''s V of a cross table, a two-dimensional array: 0 independent, 1 one determines the other; NULL with fewer than two occupied rows or columns. Error 22023: not two-dimensional, NULL or negative counts';

REVOKE ALL ON FUNCTION segment.quality(text), segment.profile(text), segment.overlap(text, text) FROM PUBLIC;
