-- Populations ------------------------------------------------------------------------------------------------------

CREATE FUNCTION segment.create_population(name text, relation regclass, key name, timezone text DEFAULT NULL,
                                          key_name name DEFAULT NULL, since name DEFAULT NULL,
                                          owner regrole DEFAULT NULL, settle interval DEFAULT '3 days',
                                          consent text DEFAULT NULL) RETURNS int
    AS 'MODULE_PATHNAME', 'segment_create_population' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION segment.create_population(text, regclass, name, text, name, name, regrole, interval, text) FROM PUBLIC;
COMMENT ON FUNCTION segment.create_population(text, regclass, name, text, name, name, regrole, interval, text) IS
'maps a set of customers on a relation with one row per customer, and returns the population''s id. key: the column that names a '
'customer, of a type of pg_catalog that can be sorted (a domain is stored as its base type, an enum as text). timezone: whose days '
'count; the session''s when left out. key_name: the key''s name in generated relations; <name>_id when left out. since: column of type '
'date or timestamp, customer since. owner: role as which the mapped relations are read; the caller when left out. settle: how long after '
'its end a period stays open. consent: condition on the relation''s columns, as the filter of a source: whoever does not meet it, or of whom '
'it is unknown, is not in the population, and no result is committed after an opt-out that has them in it. Generates segment_data.<name>, <name>_feature, <name>_segment and <name>_anchor. '
'Errors: 42710 name taken, 42P07 generated name taken, 42703 no such column, 0A000 key type that cannot be stored, 42804 since is no '
'time, 22023 unknown time zone, 42501 not a member of the owner, or the owner may not read the relation, those of expressions for consent';

CREATE FUNCTION segment.alter_population(name text, timezone text DEFAULT NULL, settle interval DEFAULT NULL,
                                         since name DEFAULT NULL, owner regrole DEFAULT NULL,
                                         consent text DEFAULT NULL) RETURNS void
    AS 'MODULE_PATHNAME', 'segment_alter_population' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION segment.alter_population(text, text, interval, name, regrole, text) FROM PUBLIC;
COMMENT ON FUNCTION segment.alter_population(text, text, interval, name, regrole, text) IS
'changes what is given and leaves the rest; everything is checked as by create_population. Another time zone means other days: the '
'next refresh builds all ledgers anew. An empty consent means that everyone is in the population; another one holds from the next '
'refresh on, and waits for one under way. A superuser gives a population whose owner is gone to another with owner. Errors: those of '
'create_population, and 42704 no such population, or its owner is gone';

CREATE FUNCTION segment.drop_population(name text) RETURNS void
    AS 'MODULE_PATHNAME', 'segment_drop_population' LANGUAGE C VOLATILE STRICT;
REVOKE ALL ON FUNCTION segment.drop_population(text) FROM PUBLIC;
COMMENT ON FUNCTION segment.drop_population(text) IS
'drops a population and its generated relations; the mapped relation is not touched. Errors: 42704 no such population, 2BP01 sources, '
'features, schemes or objects of the user''s still use it (named in the detail)';

CREATE FUNCTION segment.population_query(population text DEFAULT NULL) RETURNS text
    AS 'MODULE_PATHNAME', 'segment_population_query' LANGUAGE C STABLE;
COMMENT ON FUNCTION segment.population_query(text) IS
'the statement by which a refresh reads the customers, as the population''s owner: key, customer since (date), then of each attribute '
'its value and, when dated, its date. For readers; population may be left out when there is one only';
