/*
 * join_view.c
 *	  The view segment_data.<population> that applications join.
 *
 * Columns are only ever appended, so that views and queries of the user's
 * built on it survive every later definition: what is gone stays as NULL of
 * its type.  Features come through a LEFT JOIN on a primary key, which the
 * planner removes from a query that asks for segments alone.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "catalog.h"
#include "join_view.h"
#include "mapped.h"
#include "sql.h"

typedef struct ViewColumn
{
	char *name;
	Oid type;
	char *value; /* NULL: gone */
} ViewColumn;

static Oid
data_relation(const Population *population, const char *suffix)
{
	return get_relname_relid(psprintf("%s%s", population->name, suffix),
							 get_namespace_oid("segment_data", false));
}

static ViewColumn *
view_column_in(List *columns, const char *name)
{
	ListCell *lc;

	foreach (lc, columns)
	{
		ViewColumn *column = lfirst(lc);

		if (strcmp(column->name, name) == 0)
			return column;
	}
	return NULL;
}

/* What the view would give of a column that its table really has. */
static List *
wanted_column(List *wanted, Oid table, const char *alias, const char *name)
{
	MappedColumn *column = mapped_column_or_null(table, name);
	ViewColumn *view_column;

	if (column == NULL || view_column_in(wanted, name) != NULL)
		return wanted;
	view_column = palloc0(sizeof(ViewColumn));
	view_column->name = column->name;
	view_column->type = column->type;
	view_column->value = psprintf("%s.%s", alias, quote_identifier(name));
	return lappend(wanted, view_column);
}

/* Key, then per active scheme its segment and since when, then the features. */
static List *
wanted_columns(const Population *population)
{
	Oid segments = data_relation(population, "_segment");
	Oid values = data_relation(population, "_feature");
	List *wanted = wanted_column(NIL, segments, "s", population->key_name);
	ListCell *lc;

	foreach (lc, schemes_of(population, "active"))
	{
		Scheme *scheme = lfirst(lc);

		wanted = wanted_column(wanted, segments, "s", scheme->name);
		wanted = wanted_column(wanted, segments, "s", psprintf("%s_since", scheme->name));
	}
	foreach (lc, features_of(population))
		wanted = wanted_column(wanted, values, "f", ((Feature *) lfirst(lc))->name);
	return wanted;
}

/* The columns the view has, in place, each with its value or NULL; then the new ones. */
static List *
merged_columns(const Population *population, Oid view, List *wanted)
{
	List *merged = NIL;
	ListCell *lc;

	foreach (lc, OidIsValid(view) ? mapped_columns(view) : NIL)
	{
		MappedColumn *old = lfirst(lc);
		ViewColumn *now = view_column_in(wanted, old->name);
		ViewColumn *column = palloc0(sizeof(ViewColumn));

		if (now != NULL && now->type != old->type)
			ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
							errmsg("column \"%s\" of view %s is of type %s and cannot become %s", old->name,
								   data_name(population->name, ""), format_type_be(old->type),
								   format_type_be(now->type)),
							errhint("Choose another name: the view keeps every column it ever had.")));
		column->name = old->name;
		column->type = old->type;
		column->value = now != NULL ? now->value : NULL;
		merged = lappend(merged, column);
	}
	foreach (lc, wanted)
	{
		if (view_column_in(merged, ((ViewColumn *) lfirst(lc))->name) == NULL)
			merged = lappend(merged, lfirst(lc));
	}
	return merged;
}

static char *
view_select(const Population *population, List *columns)
{
	StringInfoData select;
	const char *key = quote_identifier(population->key_name);
	ListCell *lc;

	initStringInfo(&select);
	foreach (lc, columns)
	{
		ViewColumn *column = lfirst(lc);

		appendStringInfo(&select, "%s%s AS %s", select.len > 0 ? ", " : "SELECT ",
						 column->value != NULL ? column->value
											   : psprintf("NULL::%s", type_name(column->type)),
						 quote_identifier(column->name));
	}
	appendStringInfo(&select, " FROM %s AS s LEFT JOIN %s AS f ON f.%s OPERATOR(pg_catalog.=) s.%s",
					 data_name(population->name, "_segment"), data_name(population->name, "_feature"), key,
					 key);
	return select.data;
}

void
join_view_create(const Population *population)
{
	char *view = data_name(population->name, "");

	sql_run("CREATE VIEW %s AS %s", view, view_select(population, wanted_columns(population)));
	sql_run("COMMENT ON VIEW %s IS %s", view,
			quote_literal_cstr(psprintf("population \"%s\": every customer's key, segments and features; "
										"columns are only ever appended",
										population->name)));
	belongs_to_extension(view);
}

void
join_view_update(const Population *population)
{
	Oid view = data_relation(population, "");
	List *columns = merged_columns(population, view, wanted_columns(population));

	sql_run("CREATE OR REPLACE VIEW %s AS %s", data_name(population->name, ""),
			view_select(population, columns));
}

PG_FUNCTION_INFO_V1(segment_update_join_view);

/* The test suite's way in; the install script declares no such function. */
Datum
segment_update_join_view(PG_FUNCTION_ARGS)
{
	ApiCall call;

	api_begin(&call);
	join_view_update(population_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)), false));
	api_end(&call);
	PG_RETURN_VOID();
}
