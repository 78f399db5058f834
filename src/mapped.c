/*
 * mapped.c
 *	  The user's relations and columns as definitions map them.
 *
 * What may be mapped, and as which type a column's values enter the
 * extension's own tables: a user-defined type's code would run there with the
 * rights of the extension's owner, so only pg_catalog's base types do.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "compat.h"
#include "mapped.h"

bool
relation_exists(Oid relation)
{
	return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relation));
}

char *
relation_label(Oid relation)
{
	char *name = get_rel_name(relation);

	if (name == NULL)
		return psprintf("%u", relation);
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), name);
}

/* With a modifier of -1 said, or "character" would mean one character. */
char *
type_name(Oid type)
{
	return format_type_extended(type, -1, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
}

static Oid
relation_owner(Oid relation)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid owner = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
		ReleaseSysCache(tuple);
	}
	return owner;
}

static void
check_relation_kind(Oid relation, const char *what)
{
	switch (get_rel_relkind(relation))
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
		case RELKIND_VIEW:
		case RELKIND_MATVIEW:
		case RELKIND_FOREIGN_TABLE:
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("%s cannot be mapped on \"%s\"", what, relation_label(relation)),
					 errhint("Map a table, partitioned table, view, materialized view or foreign table.")));
	}
	if (get_rel_persistence(relation) == RELPERSISTENCE_TEMP)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s cannot be mapped on temporary relation \"%s\"", what, relation_label(relation)),
				 errhint("Map a permanent table or view: other sessions must see it too.")));
}

/*
 * Reading a relation can run code of its owner's (views, policies, index
 * expressions while planning).  As a superuser it must not be anyone else's,
 * partitions included.
 */
void
check_superuser_mapping(Oid relation, Oid owner)
{
	ListCell *lc;

	if (!superuser_arg(owner))
		return;
	foreach (lc, find_all_inheritors(relation, AccessShareLock, NULL))
	{
		if (!superuser_arg(relation_owner(lfirst_oid(lc))))
			ereport(
				ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("relation \"%s\" does not belong to a superuser, but the population does",
						relation_label(lfirst_oid(lc))),
				 errhint("Map it on a population of an ordinary role: owner => 'the role that reads it'.")));
	}
}

/* Privileges on some columns pass here; the first read says when they are not the needed ones. */
void
check_may_read(Oid relation, Oid owner, const char *what)
{
	const char *role = quote_identifier(GetUserNameFromId(owner, false));
	Oid schema = get_rel_namespace(relation);

	if (pg_namespace_aclcheck(schema, owner, ACL_USAGE) != ACLCHECK_OK)
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("role %s, as which %s is read, may not use schema \"%s\"", role, what,
							   get_namespace_name(schema)),
						errhint("GRANT USAGE ON SCHEMA %s TO %s;",
								quote_identifier(get_namespace_name(schema)), role)));
	if (pg_class_aclcheck(relation, owner, ACL_SELECT) != ACLCHECK_OK &&
		pg_attribute_aclcheck_all(relation, owner, ACL_SELECT, ACLMASK_ANY) != ACLCHECK_OK)
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("role %s, as which %s is read, may not read \"%s\"", role, what,
							   relation_label(relation)),
						errhint("GRANT SELECT ON %s TO %s;", relation_label(relation), role)));
}

void
check_mapped_relation(Oid relation, Oid owner, const char *what)
{
	LockRelationOid(relation, AccessShareLock);
	if (!relation_exists(relation))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("the relation of %s does not exist", what),
						errhint("Name a table or view there is.")));
	check_relation_kind(relation, what);
	check_superuser_mapping(relation, owner);
	check_may_read(relation, owner, what);
}

static bool
is_catalog_base_type(Oid type)
{
	HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Form_pg_type form;
	bool answer;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_type) GETSTRUCT(tuple);
	answer = form->typtype == TYPTYPE_BASE && form->typnamespace == PG_CATALOG_NAMESPACE &&
			 form->typcategory != TYPCATEGORY_ARRAY;
	ReleaseSysCache(tuple);
	return answer;
}

static bool
has_catalog_ordering(Oid type)
{
	Oid opclass = GetDefaultOpClass(type, BTREE_AM_OID);
	HeapTuple tuple;
	bool answer;

	if (!OidIsValid(opclass))
		return false;
	tuple = SearchSysCache1(CLAOID, ObjectIdGetDatum(opclass));
	if (!HeapTupleIsValid(tuple))
		return false;
	answer = ((Form_pg_opclass) GETSTRUCT(tuple))->opcnamespace == PG_CATALOG_NAMESPACE;
	ReleaseSysCache(tuple);
	return answer;
}

/* A domain is stored as its base type, an enum as text, a base type of pg_catalog's that can be sorted as
 * itself. */
Oid
storable_type(Oid type)
{
	type = getBaseType(type);
	if (get_typtype(type) == TYPTYPE_ENUM)
		return TEXTOID;
	if (is_catalog_base_type(type) && has_catalog_ordering(type))
		return type;
	return InvalidOid;
}

List *
mapped_columns(Oid relation)
{
	Relation rel = try_relation_open(relation, AccessShareLock);
	TupleDesc desc;
	List *columns = NIL;

	if (rel == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("a mapped relation does not exist any more"),
						errhint("SELECT * FROM segment.check_sources() says which.")));
	desc = RelationGetDescr(rel);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		MappedColumn *column;

		if (attribute->attisdropped)
			continue;
		column = palloc0(sizeof(MappedColumn));
		column->name = pstrdup(NameStr(attribute->attname));
		column->number = attribute->attnum;
		column->type = attribute->atttypid;
		column->typmod = attribute->atttypmod;
		column->collation = attribute->attcollation;
		column->is_virtual = attribute->attgenerated == ATTRIBUTE_GENERATED_VIRTUAL;
		column->stored_type = storable_type(attribute->atttypid);
		(void) getBaseTypeAndTypmod(column->type, &column->typmod);
		columns = lappend(columns, column);
	}
	relation_close(rel, NoLock);
	return columns;
}

MappedColumn *
mapped_column_or_null(Oid relation, const char *name)
{
	ListCell *lc;

	foreach (lc, mapped_columns(relation))
	{
		MappedColumn *column = lfirst(lc);

		if (strcmp(column->name, name) == 0)
			return column;
	}
	return NULL;
}

static char *
column_names(Oid relation)
{
	StringInfoData names;
	ListCell *lc;

	initStringInfo(&names);
	foreach (lc, mapped_columns(relation))
		appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", ((MappedColumn *) lfirst(lc))->name);
	return names.data;
}

MappedColumn *
mapped_column(Oid relation, const char *name, const char *what)
{
	MappedColumn *column = mapped_column_or_null(relation, name);

	if (column == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
						errmsg("column \"%s\" of relation \"%s\", %s, does not exist", name,
							   relation_label(relation), what),
						errhint("The relation's columns are: %s.", column_names(relation))));
	return column;
}

Oid
require_storable(Oid relation, const MappedColumn *column, const char *what)
{
	if (!OidIsValid(column->stored_type))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("column \"%s\" of relation \"%s\", %s, is of type %s, which cannot be stored",
							   column->name, relation_label(relation), what, format_type_be(column->type)),
						errhint("Map a view over the relation that selects %s::text AS %s.",
								quote_identifier(column->name), quote_identifier(column->name))));
	return column->stored_type;
}

void
require_time(Oid relation, const MappedColumn *column, const char *what)
{
	Oid type = getBaseType(column->type);

	if (type != DATEOID && type != TIMESTAMPOID && type != TIMESTAMPTZOID)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("column \"%s\" of relation \"%s\", %s, is of type %s", column->name,
							   relation_label(relation), what, format_type_be(column->type)),
						errhint("Name a column of type date, timestamp or timestamp with time zone.")));
}

bool
is_integer_type(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

static bool
is_string_type(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID;
}

bool
keys_match(Oid key_type, Oid type)
{
	return key_type == type || (is_integer_type(key_type) && is_integer_type(type)) ||
		   (is_string_type(key_type) && is_string_type(type));
}

char *
stored_value(const char *alias, const MappedColumn *column)
{
	char *value = psprintf("%s.%s", alias, quote_identifier(column->name));

	if (column->type != column->stored_type)
		value = psprintf("(%s)::%s", value, type_name(column->stored_type));
	return value;
}

/*
 * A wider integer out of the key type's range cannot be a customer's key: it
 * becomes NULL, unassigned, where a plain cast would fail the whole build.
 */
char *
key_value(const char *value, Oid type, Oid key_type)
{
	if (type == key_type)
		return pstrdup(value);
	if (key_type == INT2OID || (key_type == INT4OID && type == INT8OID))
		return psprintf(
			"CASE WHEN %s OPERATOR(pg_catalog.>=) %s AND %s OPERATOR(pg_catalog.<=) %s THEN (%s)::%s END",
			value, key_type == INT2OID ? "(-32768)" : "(-2147483648)", value,
			key_type == INT2OID ? "32767" : "2147483647", value, type_name(key_type));
	return psprintf("(%s)::%s", value, type_name(key_type));
}

/*
 * Where a column's collation takes texts for equal whose bytes differ, they are
 * different keys all the same.
 */
bool
has_loose_collation(const MappedColumn *column)
{
	return OidIsValid(column->collation) && !get_collation_isdeterministic(column->collation);
}

/* "Equal" finds by an index what is then told apart. */
static char *
exact_condition(const char *value, const MappedColumn *column)
{
	if (!has_loose_collation(column))
		return "";
	return psprintf(" AND (%s) COLLATE pg_catalog.\"default\" OPERATOR(pg_catalog.=) ANY ($1)", value);
}

/*
 * Is the column's key among those of the array $1?  On the bare column where
 * its type has a comparison with the key's, so that an index on it serves.
 */
char *
key_condition(const char *alias, const MappedColumn *column, Oid key_type, bool or_null)
{
	char *bare = psprintf("%s.%s", alias, quote_identifier(column->name));
	bool comparable = column->stored_type == key_type && column->type == key_type;
	char *value = bare;

	if (!comparable && !(is_integer_type(column->type) && is_integer_type(key_type)))
		value = key_value(stored_value(alias, column), column->stored_type, key_type);
	return psprintf("(%s OPERATOR(pg_catalog.=) ANY ($1)%s%s)", value, exact_condition(value, column),
					or_null ? psprintf(" OR (%s) IS NULL",
									   key_value(stored_value(alias, column), column->stored_type, key_type))
							: "");
}

char *
day_value(const char *value, Oid type, const char *timezone)
{
	if (getBaseType(type) == TIMESTAMPTZOID)
		return psprintf("(pg_catalog.timezone(%s::text, (%s)::timestamptz))::date",
						quote_literal_cstr(timezone), value);
	return psprintf("(%s)::date", value);
}
