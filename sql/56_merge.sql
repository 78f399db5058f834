/* Customers that are the same as another. */

CREATE FUNCTION segment.merge_customer(survivor anyelement, duplicate anyelement, population text DEFAULT NULL) RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_merge_customer' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.merge_customer(anyelement, anyelement, text) IS
'let one key stand for another customer''s: from the next refresh on the duplicate''s events are the survivor''s, the duplicate is in no segment (its history ends, cause merge) and whoever asks for it gets the survivor; the survivor''s moves of that refresh have the cause merge. The user''s tables are not touched. Customers merged into the duplicate before go along; a survivor that is itself a duplicate means the one it stands for. Takes no population lock: a refresh that runs meanwhile is not disturbed, the next one applies it. Errors: 22023 merged into itself, directly or through others, 42710 merged already, 02000 the survivor is no customer, 22P02 not a key, 42704 no such population, 42501 not a member of its owner';

CREATE FUNCTION segment.merge_customer(survivor text, duplicate text, population text DEFAULT NULL) RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_merge_customer' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.merge_customer(text, text, text) IS
'as segment.merge_customer(anyelement, anyelement, text), with the keys as text: untyped literals and parameters come here';

CREATE FUNCTION segment.unmerge_customer(duplicate anyelement, population text DEFAULT NULL) RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_unmerge_customer' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.unmerge_customer(anyelement, text) IS
'part a merged customer from its survivor again: from the next refresh on both are customers of their own, and their moves of that refresh have the cause merge. Errors: 02000 it has not been merged, 22P02 not a key, 42704 no such population, 42501 not a member of its owner';

CREATE FUNCTION segment.unmerge_customer(duplicate text, population text DEFAULT NULL) RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_unmerge_customer' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.unmerge_customer(text, text) IS
'as segment.unmerge_customer(anyelement, text), with the key as text: untyped literals and parameters come here';

REVOKE ALL ON FUNCTION segment.merge_customer(anyelement, anyelement, text), segment.merge_customer(text, text, text),
    segment.unmerge_customer(anyelement, text), segment.unmerge_customer(text, text) FROM PUBLIC;
