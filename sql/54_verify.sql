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
