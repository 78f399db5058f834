-- Bulk build ------------------------------------------------------------------------------------------------------

CREATE FUNCTION segment.build_ledgers(
        target regclass, query text, scales integer[] DEFAULT '{}', dimension boolean DEFAULT false,
        purchase boolean DEFAULT false, timezone text DEFAULT 'UTC',
        OUT rows bigint, OUT undated bigint, OUT ledgers bigint, OUT inserted bigint, OUT updated bigint,
        OUT deleted bigint, OUT spilled boolean, OUT partitions integer) RETURNS record
    AS 'MODULE_PATHNAME', 'segment_build_ledgers' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION segment.build_ledgers(regclass, text, integer[], boolean, boolean, text) FROM PUBLIC;
COMMENT ON FUNCTION segment.build_ledgers(regclass, text, integer[], boolean, boolean, text) IS
'makes a ledger table (key, ledger segment.ledger) equal to a query and writes only what differs. The query gives, in this order: '
'the key (NULL is a key too); occurred_at (date, timestamp or timestamptz; NULL: counted as undated, in no ledger); the dimension as '
'text if "dimension"; purchase as boolean if "purchase" (false or NULL: the row adds its measures and no count); one number per '
'element of "scales", the measures'' decimal digits. It runs as the caller, restricted, with search_path pg_catalog: qualify names. '
'timestamptz becomes the day in "timezone". Memory is bounded by maintenance_work_mem; past it the build spills to temporary files. '
'Events of many customers are partitioned first and then merged one partition at a time. '
'Returns counts of rows read, undated rows, ledgers, writes, and of the partitions merged. '
'Errors: 42501 unless the caller owns the table; 42809 not a ledger table; 42804 columns do not fit; 22008 infinite time; '
'22003 a value has more digits than its scale, is not finite or overflows; 54000 too many labels; 22023 bad scale or time zone';
