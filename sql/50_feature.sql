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
