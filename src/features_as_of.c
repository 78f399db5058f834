/*
 * features_as_of.c
 *	  Features and segments as they were on a past day.
 *
 * Features are evaluated from the ledgers, segments read from the history.
 * The customers of a past day are those that had entered by then; of the last
 * refresh's day, all there are, as in the tables a refresh writes.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "args.h"
#include "day.h"
#include "evaluate.h"
#include "scheme.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_feature_sql);
PG_FUNCTION_INFO_V1(segment_features_as_of);
PG_FUNCTION_INFO_V1(segment_features_as_of_rows);
PG_FUNCTION_INFO_V1(segment_as_of);

/* Every feature of every customer at the end of the day; another scheme's segment from its history. */
static char *
features_sql(Population *population, DateADT day)
{
	EvaluationPlan plan = {.population = population, .past = true};

	plan.sources = sources_of(population);
	plan.features = features_of(population);
	plan.days = psprintf("VALUES (%s)", day_sql(day));
	return evaluation_sql(&plan);
}

static char *
entered_sql(const Population *population, DateADT day)
{
	if (day == population->as_of)
		return pstrdup("");
	return psprintf("\n WHERE e.entry_day OPERATOR(pg_catalog.<=) %s", day_sql(day));
}

static void
require_day(const ApiCall *call, const Population *population, DateADT day)
{
	population_check_access(population, call->caller);
	require_refreshed(population);
	require_known_day(population, day);
}

Datum
segment_feature_sql(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	DateADT day;
	char *sql;
	MemoryContext inner;
	text *result;

	api_begin(&call);
	population = population_by_name(arg_text(fcinfo, 0), false);
	day = PG_ARGISNULL(1) ? population->as_of : PG_GETARG_DATEADT(1);
	require_day(&call, population, day);
	sql = features_sql(population, day);
	inner = MemoryContextSwitchTo(call.result_context);
	result = cstring_to_text(sql);
	MemoryContextSwitchTo(inner);
	api_end(&call);
	PG_RETURN_TEXT_P(result);
}

/* All features of a customer as one jsonb. */
static char *
jsonb_sql(const Population *population)
{
	StringInfoData columns;
	ListCell *lc;

	initStringInfo(&columns);
	foreach (lc, features_of(population))
		appendStringInfo(&columns, "%se.%s", columns.len ? ", " : "",
						 quote_identifier(((Feature *) lfirst(lc))->name));
	if (columns.len == 0)
		return pstrdup("'{}'::jsonb");
	return psprintf("(SELECT to_jsonb(f) FROM (SELECT %s) f)", columns.data);
}

Datum
segment_features_as_of(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	DateADT day;

	require_arg(fcinfo, 1, "day");
	day = PG_GETARG_DATEADT(1);
	api_begin(&call);
	population = population_by_name(arg_text(fcinfo, 0), false);
	require_day(&call, population, day);
	return_query(fcinfo, &call,
				 psprintf("SELECT e.%s::text AS customer, %s AS features FROM (%s OFFSET 0) e%s",
						  quote_identifier(population->key_name), jsonb_sql(population),
						  features_sql(population, day), entered_sql(population, day)));
	api_end(&call);
	return (Datum) 0;
}

/* The typed form: rows of <population>_feature. */

static Population *
population_of_row_type(Oid type)
{
	Oid relation = type_is_rowtype(type) ? get_typ_typrelid(getBaseType(type)) : InvalidOid;
	ListCell *lc;

	foreach (lc, OidIsValid(relation) ? populations_all() : NIL)
	{
		Population *population = lfirst(lc);

		if (get_relname_relid(psprintf("%s_feature", population->name),
							  get_namespace_oid("segment_data", false)) == relation)
			return population;
	}
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("type %s is not the row type of a population's features", format_type_be(type)),
			 errhint("Write segment.features_as_of(NULL::segment_data.customer_feature, '2026-01-31') for "
					 "population customer, or give the population's name.")));
	return NULL;
}

/* A dropped column keeps its place: NULL of any type that is stored alike. */
static const char *
dropped_column_sql(Form_pg_attribute column)
{
	static const Oid types[] = {INT4OID, INT8OID,     TEXTOID,   BOOLOID,    INT2OID,     UUIDOID, NAMEOID,
								PATHOID, INTERVALOID, TIMETZOID, MACADDROID, MACADDR8OID, TIDOID};

	for (int i = 0; i < lengthof(types); i++)
	{
		int16 length;
		bool by_value;
		char align;

		get_typlenbyvalalign(types[i], &length, &by_value, &align);
		if (length == column->attlen && align == column->attalign)
			return psprintf("NULL::%s", format_type_be(types[i]));
	}
	ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					errmsg("the row type has a dropped column of %d bytes", column->attlen),
					errhint("Call segment.features_as_of with the population's name instead.")));
	return NULL;
}

static bool
is_evaluated(const Population *population, List *features, const char *column)
{
	static const char *const others[] = {"as_of", "since", "entry_day"};
	ListCell *lc;

	for (int i = 0; i < lengthof(others); i++)
		if (strcmp(column, others[i]) == 0)
			return true;
	foreach (lc, features)
		if (strcmp(column, ((Feature *) lfirst(lc))->name) == 0)
			return true;
	return strcmp(column, population->key_name) == 0;
}

/* The table's columns in its order: evaluated, or, of a dated attribute, the parts as stored. */
static char *
row_columns_sql(const Population *population, TupleDesc desc)
{
	List *features = features_of(population);
	StringInfoData columns;

	initStringInfo(&columns);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);
		const char *name = NameStr(column->attname);

		appendStringInfoString(&columns, i ? ", " : "");
		if (column->attisdropped)
			appendStringInfoString(&columns, dropped_column_sql(column));
		else
			appendStringInfo(&columns, "%s.%s", is_evaluated(population, features, name) ? "e" : "s",
							 quote_identifier(name));
	}
	return columns.data;
}

Datum
segment_features_as_of_rows(PG_FUNCTION_ARGS)
{
	Oid type = get_fn_expr_argtype(fcinfo->flinfo, 0);
	ApiCall call;
	Population *population;
	TupleDesc desc;
	DateADT day;
	char *key;

	require_arg(fcinfo, 1, "day");
	day = PG_GETARG_DATEADT(1);
	api_begin(&call);
	population = population_of_row_type(type);
	require_day(&call, population, day);
	desc = lookup_rowtype_tupdesc_copy(type, -1);
	key = psprintf("%s", quote_identifier(population->key_name));
	return_query(fcinfo, &call,
				 psprintf("SELECT %s FROM (%s OFFSET 0) e JOIN %s s ON s.%s OPERATOR(pg_catalog.=) e.%s%s",
						  row_columns_sql(population, desc), features_sql(population, day),
						  data_name(population->name, "_feature"), key, key, entered_sql(population, day)));
	api_end(&call);
	return (Datum) 0;
}

/* Segments. */

static void
require_history(const Scheme *scheme, DateADT day)
{
	if (day < scheme->history_since)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the history of scheme \"%s\" begins on %s", scheme->name,
							   day_text(scheme->history_since)),
						errhint("Evaluate earlier days from the ledgers with CALL segment.backfill(%s, %s).",
								quote_literal_cstr(scheme->name), day_sql(day))));
}

Datum
segment_as_of(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Scheme *scheme;
	Population *population;
	DateADT day;

	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 1, "day");
	day = PG_GETARG_DATEADT(1);
	api_begin(&call);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	require_activated(scheme);
	require_known_day(population, day);
	require_history(scheme, day);
	return_query(
		fcinfo, &call,
		psprintf("SELECT h.%s::text AS customer, h.segment, lower(h.valid) AS since, h.version FROM %s h "
				 "WHERE h.valid OPERATOR(pg_catalog.@>) %s",
				 quote_identifier(population->key_name), data_name(scheme->name, "_history"), day_sql(day)));
	api_end(&call);
	return (Datum) 0;
}
