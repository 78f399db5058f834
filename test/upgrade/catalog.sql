/*
 * What the extension consists of in this database, a line per fact, sorted: two databases whose lines are equal
 * have the same extension, however they came to it.
 */
WITH extension AS (SELECT * FROM pg_extension WHERE extname = 'segment'),
member AS (
    SELECT d.classid, d.objid, (pg_identify_object(d.classid, d.objid, 0)).type || ' ' || (pg_identify_object(d.classid, d.objid, 0)).identity AS name
      FROM pg_depend d JOIN extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
     WHERE d.deptype = 'e'),
relation AS (SELECT c.*, m.name FROM member m JOIN pg_class c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid),
fact (line) AS (
    SELECT 'member ' || name FROM member
    UNION ALL SELECT 'comment ' || m.name || ': ' || d.description FROM member m
        JOIN pg_description d ON d.classoid = m.classid AND d.objoid = m.objid AND d.objsubid = 0
    UNION ALL SELECT 'initial privileges ' || m.name || ' ' || i.objsubid || ': ' || i.initprivs::text FROM member m
        JOIN pg_init_privs i ON i.classoid = m.classid AND i.objoid = m.objid
    UNION ALL SELECT 'relation ' || r.name || ': ' || concat_ws(' ', r.relkind, r.relpersistence, r.relowner::regrole, r.reloptions, r.relreplident,
            r.relrowsecurity, r.relhasrules, r.relhastriggers, r.relacl) FROM relation r
    UNION ALL SELECT 'column ' || r.name || ' ' || row_number() OVER (PARTITION BY r.oid ORDER BY a.attnum) || ': '
            || concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attcollation::regcollation,
            a.attstorage, pg_get_expr(x.adbin, x.adrelid), a.attacl, col_description(r.oid, a.attnum))
        FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef x ON x.adrelid = r.oid AND x.adnum = a.attnum
    UNION ALL SELECT 'view ' || name || ': ' || pg_get_viewdef(oid) FROM relation WHERE relkind = 'v'
    UNION ALL SELECT 'index ' || r.name || ': ' || pg_get_indexdef(i.indexrelid) FROM relation r JOIN pg_index i ON i.indrelid = r.oid
    UNION ALL SELECT 'trigger ' || r.name || ': ' || pg_get_triggerdef(t.oid) FROM relation r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
    UNION ALL SELECT 'sequence ' || r.name || ': ' || concat_ws(' ', s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle)
        FROM relation r JOIN pg_sequence s ON s.seqrelid = r.oid
    UNION ALL SELECT 'constraint ' || m.name || ' ' || c.conname || ': ' || pg_get_constraintdef(c.oid) || coalesce(obj_description(c.oid, 'pg_constraint'), '')
        FROM member m JOIN pg_constraint c ON m.objid = CASE m.classid WHEN 'pg_class'::regclass THEN c.conrelid WHEN 'pg_type'::regclass THEN c.contypid END
    UNION ALL SELECT 'function ' || m.name || ': ' || concat_ws(' ', p.proowner::regrole, p.proacl,
            CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) ELSE (to_jsonb(a) - 'aggfnoid')::text || p.proparallel::text END)
        FROM member m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid LEFT JOIN pg_aggregate a ON a.aggfnoid = p.oid
    UNION ALL SELECT 'type ' || m.name || ': ' || concat_ws(' ', t.typowner::regrole, t.typlen, t.typtype, t.typcategory, t.typdelim, t.typinput, t.typoutput,
            t.typreceive, t.typsend, t.typalign, t.typstorage, t.typnotnull, format_type(t.typbasetype, t.typtypmod), t.typdefault, t.typcollation::regcollation, t.typacl)
        FROM member m JOIN pg_type t ON m.classid = 'pg_type'::regclass AND t.oid = m.objid
    UNION ALL SELECT 'schema ' || m.name || ': ' || concat_ws(' ', n.nspowner::regrole, n.nspacl)
        FROM member m JOIN pg_namespace n ON m.classid = 'pg_namespace'::regclass AND n.oid = m.objid
    UNION ALL SELECT 'dumped ' || c.relation::regclass || ': ' || c.condition
        FROM extension e, unnest(e.extconfig, e.extcondition) c (relation, condition)
    UNION ALL SELECT concat_ws(' ', 'version', extversion, extrelocatable, extnamespace::regnamespace) FROM extension)
SELECT regexp_replace(line, '\s+', ' ', 'g') FROM fact ORDER BY line COLLATE "C";
