/* Drift: how far customers have moved since a version was put in force, by bins frozen then. */

CREATE TABLE segment.version_baseline (
    scheme_id      int NOT NULL,
    version        int NOT NULL,
    kind           text NOT NULL CHECK (kind OPERATOR(pg_catalog.=) ANY (ARRAY['feature', 'score', 'segment'])),
    name           text NOT NULL,
    bin            int NOT NULL,
    label          text NOT NULL,
    upper          numeric,
    customers      bigint NOT NULL,
    PRIMARY KEY (scheme_id, version, kind, name, bin),
    FOREIGN KEY (scheme_id, version) REFERENCES segment.scheme_version ON DELETE CASCADE
);
COMMENT ON TABLE segment.version_baseline IS 'customers per bin of what a version reads, when it was put in force: features in tenths, scores, segments; segment.drift() compares with it';
COMMENT ON COLUMN segment.version_baseline.bin IS 'from 1; 0: unknown';
COMMENT ON COLUMN segment.version_baseline.upper IS 'of a feature: values up to it are in the bin; NULL: no limit';

CREATE FUNCTION segment.drift(scheme text, OUT kind text, OUT name text, OUT bins int, OUT customers_then bigint, OUT customers_now bigint,
    OUT psi double precision, OUT expected double precision, OUT verdict text, OUT since date, OUT remedy text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_drift' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.drift(text) IS
'how far customers have moved since the version in force was activated, per numeric feature it reads (tenths of then), score and segment sizes: population stability index, sum of (q - e) ln(q / e) over the bins, shares smoothed as (n + 1/2) / (N + B/2); expected: what chance alone would make of it, (B - 1)(1/N + 1/M). verdict: stable below 0.1 or twice the expected, moving below 0.25, else shifted; remedy proposes the statement, nothing moves by itself. Errors: 42704 no such scheme, 55000 not active, or activated before baselines were kept, 42501 not a member of the population''s owner';

CREATE FUNCTION segment.drift_detail(scheme text, OUT kind text, OUT name text, OUT bin int, OUT label text, OUT customers_then bigint,
    OUT customers_now bigint, OUT share_then numeric, OUT share_now numeric)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_drift_detail' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.drift_detail(text) IS 'the bins behind segment.drift: customers and shares (0 to 1) then and now; bin 0 is unknown. Errors as there';

CREATE FUNCTION segment.psi(expected bigint[], actual bigint[], smoothing double precision DEFAULT 0.5)
RETURNS double precision LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'segment_psi';
COMMENT ON FUNCTION segment.psi(bigint[], bigint[], double precision) IS
'population stability index of two lists of counts over the same bins: sum of (q - e) ln(q / e) of shares smoothed as (n + smoothing) / (N + smoothing B); without smoothing an empty bin makes it infinite. NULL without any count. Error 22023: lists of different length, NULL or negative counts or smoothing';

CREATE FUNCTION segment.psi_expected(bins int, expected bigint, actual bigint)
RETURNS double precision LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'segment_psi_expected';
COMMENT ON FUNCTION segment.psi_expected(int, bigint, bigint) IS
'what the index is on average for two samples of so many from one distribution over so many bins: (B - 1)(1/N + 1/M); NULL where one is empty';

REVOKE ALL ON FUNCTION segment.drift(text), segment.drift_detail(text) FROM PUBLIC;

SELECT pg_catalog.pg_extension_config_dump('segment.version_baseline', '');
