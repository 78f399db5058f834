/*
 * What the definitions of this database have generated, a line per fact, sorted: structure alone, without rows,
 * owners, cut points and names that PostgreSQL chose.
 */
WITH relation AS (
    SELECT c.*, c.oid::regclass::text AS name FROM pg_class c
     WHERE c.relnamespace IN ('segment'::regnamespace, 'segment_data'::regnamespace) AND c.relkind IN ('r', 'v', 'm', 'S')
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')),
fact (line) AS (
    SELECT 'relation ' || name || ': ' || concat_ws(' ', relkind, relpersistence, reloptions, relacl IS NULL, obj_description(oid, 'pg_class'),
            EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = relation.oid AND d.deptype = 'x'))
        FROM relation
    UNION ALL SELECT 'column ' || r.name || ' ' || row_number() OVER (PARTITION BY r.oid ORDER BY a.attnum) || ': '
            || concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attcollation::regcollation,
            a.attstorage, pg_get_expr(x.adbin, x.adrelid), a.attacl, col_description(r.oid, a.attnum))
        FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND r.relkind <> 'S'
        LEFT JOIN pg_attrdef x ON x.adrelid = r.oid AND x.adnum = a.attnum
    UNION ALL SELECT 'query ' || name || ': ' || CASE WHEN name LIKE '%\_evaluation' THEN regexp_replace(pg_get_viewdef(oid), '\d+', 'n', 'g') ELSE pg_get_viewdef(oid) END
        FROM relation WHERE relkind IN ('v', 'm')
    UNION ALL SELECT 'index ' || r.name || ': ' || pg_get_indexdef(i.indexrelid) FROM relation r JOIN pg_index i ON i.indrelid = r.oid
    UNION ALL SELECT 'constraint ' || r.name || ': ' || pg_get_constraintdef(c.oid) FROM relation r JOIN pg_constraint c ON c.conrelid = r.oid
    UNION ALL SELECT 'trigger ' || t.tgrelid::regclass || ': ' || pg_get_triggerdef(t.oid) FROM pg_trigger t
        JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.pronamespace = 'segment'::regnamespace)
SELECT regexp_replace(line, '\s+', ' ', 'g') FROM fact ORDER BY line COLLATE "C";
