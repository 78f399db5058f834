-- Sources ----------------------------------------------------------------------------------------------------------

CREATE FUNCTION segment.create_source(name text, relation regclass, customer name DEFAULT NULL,
                                      occurred_at name DEFAULT NULL, measures jsonb DEFAULT '{}',
                                      filter text DEFAULT NULL, purchase text DEFAULT NULL, dimension text DEFAULT NULL,
                                      parent text DEFAULT NULL, parent_key name DEFAULT NULL,
                                      population text DEFAULT NULL, if_not_exists boolean DEFAULT false) RETURNS int
    AS 'MODULE_PATHNAME', 'segment_create_source' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION segment.create_source(text, regclass, name, name, jsonb, text, text, text, text, name, text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION segment.create_source(text, regclass, name, name, jsonb, text, text, text, text, name, text, boolean) IS
'maps an event relation on a population, and returns the source''s id. customer, occurred_at: the columns that say whose an event is and '
'when it was (date, timestamp or timestamptz); or parent, parent_key: an earlier source and the column that refers to it, from which '
'both are taken; a row of a parent that its filter leaves out takes its children along. measures: {"name": "expression"} or {"name": '
'{"expression": "…", "scale": digits}}, at most 16; decimal digits kept are those of the type, 0 for integers, else as declared, else 4. '
'filter: which rows are events; purchase: which events count as purchases (all); dimension: a label of few values. Expressions read '
'the relation''s columns and are checked (see segment.check_expression); an enum appears as text, a domain as its base type. Generates '
'segment_data.<population>_<name>_ledger. Errors: 42704 no such population or parent, 42710 name taken, 42703 no such column, 42804 '
'customer that is not like the key, measure that is no number, 22023 origin or measures that say too little or too much, 42P10 no key in '
'the parent, 42501 the population''s owner may not read the relation';

CREATE FUNCTION segment.alter_source(name text, measures jsonb DEFAULT NULL, filter text DEFAULT NULL,
                                     purchase text DEFAULT NULL, dimension text DEFAULT NULL,
                                     population text DEFAULT NULL) RETURNS void
    AS 'MODULE_PATHNAME', 'segment_alter_source' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION segment.alter_source(text, jsonb, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION segment.alter_source(text, jsonb, text, text, text, text) IS
'changes what is given and leaves the rest; an empty text removes a filter, purchase or dimension; measures replace all there were. The '
'next refresh builds the ledgers anew. Errors: those of create_source, and 2BP01 when a feature uses a measure or dimension that would go';

CREATE FUNCTION segment.drop_source(name text, population text DEFAULT NULL) RETURNS void
    AS 'MODULE_PATHNAME', 'segment_drop_source' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION segment.drop_source(text, text) FROM PUBLIC;
COMMENT ON FUNCTION segment.drop_source(text, text) IS
'drops a source and its ledgers; the mapped relation is not touched. Errors: 42704 no such source, 2BP01 when child sources, features or '
'objects of the user''s use it (named in the detail)';

CREATE FUNCTION segment.source_query(source text, population text DEFAULT NULL) RETURNS text
    AS 'MODULE_PATHNAME', 'segment_source_query' LANGUAGE C STABLE;
COMMENT ON FUNCTION segment.source_query(text, text) IS
'the statement by which a build reads the events, as the population''s owner: key, when, dimension and purchase where declared, then the '
'measures. For readers; population may be left out when there is one only';
