/* made by make from the numbered parts in sql/ */

\echo Use "CREATE EXTENSION segment" to load this file. \quit

SET LOCAL search_path = pg_catalog, pg_temp;

CREATE SCHEMA segment;
COMMENT ON SCHEMA segment IS 'customer segmentation: API functions, definitions, monitoring and cross-scheme views';

CREATE SCHEMA segment_data;
COMMENT ON SCHEMA segment_data IS 'customer segmentation: relations generated per population and scheme';
