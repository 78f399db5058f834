/* Change capture: triggers on the mapped tables, the logs they write, and how far those have been read. */

CREATE TABLE segment.cursor (
    population_id  int NOT NULL REFERENCES segment.population ON DELETE CASCADE,
    source_id      int REFERENCES segment.source ON DELETE CASCADE,
    last           pg_snapshot NOT NULL,
    fingerprint    jsonb NOT NULL
);
CREATE UNIQUE INDEX cursor_source ON segment.cursor (population_id, source_id);
CREATE UNIQUE INDEX cursor_population ON segment.cursor (population_id) WHERE source_id IS NULL;
COMMENT ON TABLE segment.cursor IS 'how far each mapped relation has been read; never dumped, so that after a restore everyone is read once';
COMMENT ON COLUMN segment.cursor.source_id IS 'the source; NULL: the population''s own table';
COMMENT ON COLUMN segment.cursor.last IS 'snapshot of the last refresh: what it sees is in the results';
COMMENT ON COLUMN segment.cursor.fingerprint IS 'what the relation was like then; see segment.relation_fingerprint';

CREATE UNLOGGED TABLE segment.crash_witness (token uuid NOT NULL DEFAULT gen_random_uuid());
COMMENT ON TABLE segment.crash_witness IS 'unlogged: empty after a crash, when unlogged sources are empty too';

CREATE FUNCTION segment.capture() RETURNS trigger
    AS 'MODULE_PATHNAME', 'segment_capture' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION segment.capture() IS
'row trigger on mapped tables: logs the old and the new key when the transaction commits. Created by create_population and create_source; '
'does nothing on a relation that is not mapped';

CREATE FUNCTION segment.capture_truncate() RETURNS trigger
    AS 'MODULE_PATHNAME', 'segment_capture_truncate' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION segment.capture_truncate() IS
'TRUNCATE trigger on mapped tables and their partitions: logs that everything changed. Does nothing on a relation that is not mapped';

CREATE FUNCTION segment.capture_status(population text DEFAULT NULL)
    RETURNS TABLE (source text, relation regclass, captured boolean, reason text)
    AS 'MODULE_PATHNAME', 'segment_capture_status' LANGUAGE C STABLE;
COMMENT ON FUNCTION segment.capture_status(text) IS
'are changes of each mapped relation captured, so that a refresh costs what changed? One row per source, and one with source NULL for the '
'population''s own table; reason: why not, then every refresh reads all of it. Population may be left out when there is one only. '
'Errors: 42704 no such population, 42501 not a member of its owner';

CREATE FUNCTION segment.repair_capture(population text DEFAULT NULL) RETURNS void
    AS 'MODULE_PATHNAME', 'segment_repair_capture' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION segment.repair_capture(text) FROM PUBLIC;
COMMENT ON FUNCTION segment.repair_capture(text) IS
'creates the capture triggers and logs that are missing, and enables triggers that were disabled; waits for writers of the mapped tables. '
'For after GRANT TRIGGER, DISABLE TRIGGER or new inheritance children. Errors: 42704 no such population, 42501 not a member of its owner';

CREATE FUNCTION segment.relation_fingerprint(source text DEFAULT NULL, population text DEFAULT NULL) RETURNS jsonb
    AS 'MODULE_PATHNAME', 'segment_relation_fingerprint' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION segment.relation_fingerprint(text, text) FROM PUBLIC;
COMMENT ON FUNCTION segment.relation_fingerprint(text, text) IS
'what a refresh compares to find changes that no trigger sees: definition, columns in use, owners, row-level security and per leaf its file '
'and triggers. source NULL: the population''s own table. Errors: 42704 no such source or population, 42703 a column in use is gone, 42501 not a '
'member of the population''s owner';

CREATE FUNCTION segment.fingerprint_change(last jsonb, now jsonb) RETURNS TABLE (change text, leaf regclass)
    AS 'MODULE_PATHNAME', 'segment_fingerprint_change' LANGUAGE C STABLE STRICT;
REVOKE ALL ON FUNCTION segment.fingerprint_change(jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION segment.fingerprint_change(jsonb, jsonb) IS
'what a refresh concludes from two fingerprints of a relation. change: same; new leaves, one row for each, whose keys have changed; changed, '
'everyone has to be read';

CREATE FUNCTION segment.changed_keys(last pg_snapshot, source text DEFAULT NULL, population text DEFAULT NULL)
    RETURNS TABLE (key text, everything boolean)
    AS 'MODULE_PATHNAME', 'segment_changed_keys' LANGUAGE C STABLE;
REVOKE ALL ON FUNCTION segment.changed_keys(pg_snapshot, text, text) FROM PUBLIC;
COMMENT ON FUNCTION segment.changed_keys(pg_snapshot, text, text) IS
'distinct captured keys (of a child source: references to its parent) that transactions not visible in last changed, as far as the log has '
'not been rotated; NULL is a key; everything: more than the log would list. source NULL: the population''s own table. Errors: 22004 last is '
'null, 42704 no such source or population, 42P01 its changes are not captured, 42501 not a member of the population''s owner';

CREATE PROCEDURE segment.rotate_logs(population text DEFAULT NULL)
    LANGUAGE C AS 'MODULE_PATHNAME', 'segment_rotate_logs';
REVOKE ALL ON PROCEDURE segment.rotate_logs(text) FROM PUBLIC;
COMMENT ON PROCEDURE segment.rotate_logs(text) IS
'empties those parts of the population''s change logs that no refresh needs any more; parts in use are left for another time, nobody waits. '
'Errors: 25001 inside a transaction block, 42704 no such population, 42501 not a member of its owner';
