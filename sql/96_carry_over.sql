/*
 * What 0.1 kept in a version's segments and later versions keep apart, dated: owners and propositions.  A database
 * comes here by ALTER EXTENSION UPDATE, or as a dump, which does not say of which version it was.
 */

CREATE FUNCTION segment.carry_over() RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO segment.segment_treatment (scheme_id, segment, since, proposition, comment)
    SELECT s.scheme_id, r.name, v.as_of, r.proposition, 'as the version had it'
      FROM segment.scheme s
      JOIN segment.scheme_version v ON v.scheme_id = s.scheme_id AND v.version = s.version
      JOIN segment.version_segment r ON r.scheme_id = v.scheme_id AND r.version = v.version
     WHERE s.state = 'active' AND r.proposition IS NOT NULL
       AND NOT EXISTS (SELECT FROM segment.segment_owner o WHERE o.scheme_id = s.scheme_id);
    UPDATE segment.segment r SET owner = NULL, proposition = NULL FROM segment.scheme s
     WHERE s.scheme_id = r.scheme_id AND s.state = 'active' AND (r.owner IS NOT NULL OR r.proposition IS NOT NULL)
       AND NOT EXISTS (SELECT FROM segment.segment_owner o WHERE o.scheme_id = s.scheme_id);
    INSERT INTO segment.segment_owner (scheme_id, segment, since, owner, comment)
    SELECT s.scheme_id, g.segment, COALESCE(s.history_since, v.as_of), g.owner, 'as the version had it'
      FROM segment.scheme s
      JOIN segment.scheme_version v ON v.scheme_id = s.scheme_id AND v.version = s.version
     CROSS JOIN LATERAL (
         SELECT r.name AS segment, COALESCE(NULLIF(btrim(r.owner), ''), v.activated_by::text) AS owner FROM segment.version_segment r
          WHERE r.scheme_id = v.scheme_id AND r.version = v.version
         UNION ALL SELECT v.default_segment, v.activated_by::text) g
     WHERE s.state = 'active' AND NOT EXISTS (SELECT FROM segment.segment_owner o WHERE o.scheme_id = s.scheme_id)
$$;
COMMENT ON FUNCTION segment.carry_over() IS
'give active schemes that version 0.1 defined the owners (whom their version names, else who put it in force) and propositions that later versions keep dated; nothing where an active scheme has owners, as it has since. Called by ALTER EXTENSION UPDATE and by the first refresh after a restore';

REVOKE ALL ON FUNCTION segment.carry_over() FROM PUBLIC;

SELECT segment.carry_over();
