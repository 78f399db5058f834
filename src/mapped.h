/*
 * mapped.h
 *	  The user's relations and columns as definitions map them.
 */
#ifndef SEGMENT_MAPPED_H
#define SEGMENT_MAPPED_H

#include "postgres.h"

#include "access/attnum.h"
#include "nodes/pg_list.h"

typedef struct MappedColumn
{
	char *name;
	AttrNumber number;
	Oid type; /* as declared */
	int32 typmod;
	Oid collation;
	bool is_virtual; /* computed when read: triggers do not see it */
	Oid stored_type; /* as the extension stores and computes with it; InvalidOid when it cannot */
} MappedColumn;

/* The relation: exists, is of a kind that can be mapped, its owner may be trusted with it; locked in ACCESS
 * SHARE. */
extern void check_mapped_relation(Oid relation, Oid owner, const char *what);
extern void check_superuser_mapping(Oid relation, Oid owner);
extern void check_may_read(Oid relation, Oid owner, const char *what);
extern bool relation_exists(Oid relation);
extern char *relation_label(Oid relation); /* quoted and qualified; for messages and statements alike */

/* Columns. */
extern List *mapped_columns(Oid relation); /* of MappedColumn, in table order */
extern MappedColumn *
mapped_column(Oid relation, const char *name, const char *what); /* or 42703 with a hint */
extern MappedColumn *mapped_column_or_null(Oid relation, const char *name);
extern Oid storable_type(Oid type); /* InvalidOid when it is not */
extern char *type_name(Oid type);   /* for statements */
extern Oid
require_storable(Oid relation, const MappedColumn *column, const char *what); /* or 0A000 with the cast */
extern void require_time(Oid relation, const MappedColumn *column, const char *what);
extern bool is_integer_type(Oid type);
extern bool has_loose_collation(const MappedColumn *column); /* "a" = "A", or alike */
extern bool keys_match(Oid key_type, Oid type);              /* can be compared without loss */

/* SQL of a column as its stored type, and of a value as a key of the given type (NULL when it cannot be one).
 */
extern char *stored_value(const char *alias, const MappedColumn *column);
extern char *key_value(const char *value, Oid type, Oid key_type);
extern char *key_condition(const char *alias, const MappedColumn *column, Oid key_type, bool or_null);
extern char *day_value(const char *value, Oid type, const char *timezone);

#endif /* SEGMENT_MAPPED_H */
