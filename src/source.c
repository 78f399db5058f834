/*
 * source.c
 *	  Map, alter and drop sources: event relations of a population.
 *
 * Columns are checked first, then expressions, then the whole statement that
 * will read the events is planned as the population's owner: what cannot work
 * at the first build is refused here, where it is declared.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "args.h"
#include "capture_install.h"
#include "catalog.h"
#include "definition.h"
#include "evaluation_view.h"
#include "mapped.h"
#include "source_measure.h"
#include "source_query.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_create_source);
PG_FUNCTION_INFO_V1(segment_alter_source);
PG_FUNCTION_INFO_V1(segment_drop_source);
PG_FUNCTION_INFO_V1(segment_source_query);

/* The user's own texts, kept beside what they became. */
typedef struct SourceTexts
{
	char *filter;
	char *purchase;
	char *dimension;
} SourceTexts;

static char *
source_label(const Source *source)
{
	return psprintf("source \"%s\"", source->name);
}

static void
check_key_column(const Population *population, const Source *source)
{
	MappedColumn *column = mapped_column(source->relation, source->customer, "the source's customer");
	Oid type = require_storable(source->relation, column, "the source's customer");

	if (!keys_match(population->key_type, type))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("column \"%s\" of source \"%s\" is of type %s, but the key of population "
							   "\"%s\" is of type %s",
							   source->customer, source->name, format_type_be(column->type), population->name,
							   format_type_be(population->key_type)),
						errhint("Map a view over the relation that selects %s::%s AS %s.",
								quote_identifier(source->customer), format_type_be(population->key_type),
								quote_identifier(source->customer))));
}

/* A declared foreign key says it best, else the parent's only key, else a column of the same name. */
static char *
find_parent_column(const Source *parent, const Source *source, const MappedColumn *parent_key)
{
	if (sql_query(
			"SELECT a.attname::text FROM pg_constraint c JOIN pg_attribute a "
			"ON a.attrelid OPERATOR(pg_catalog.=) c.confrelid AND a.attnum OPERATOR(pg_catalog.=) "
			"c.confkey[1] "
			"WHERE c.contype OPERATOR(pg_catalog.=) 'f' AND c.conrelid OPERATOR(pg_catalog.=) %u "
			"AND c.confrelid OPERATOR(pg_catalog.=) %u AND c.conkey OPERATOR(pg_catalog.=) ARRAY[%d]::int2[] "
			"ORDER BY c.oid LIMIT 1",
			source->relation, parent->relation, parent_key->number) == 1)
		return cell_text(0, 1);
	if (sql_query(
			"SELECT a.attname::text FROM pg_index i JOIN pg_attribute a "
			"ON a.attrelid OPERATOR(pg_catalog.=) i.indrelid AND a.attnum OPERATOR(pg_catalog.=) i.indkey[0] "
			"WHERE i.indrelid OPERATOR(pg_catalog.=) %u AND i.indisunique AND i.indpred IS NULL "
			"AND i.indnkeyatts OPERATOR(pg_catalog.=) 1 ORDER BY i.indisprimary DESC, "
			"a.attname OPERATOR(pg_catalog.=) %s::name DESC, i.indexrelid LIMIT 1",
			parent->relation, quote_literal_cstr(parent_key->name)) == 1)
		return cell_text(0, 1);
	if (mapped_column_or_null(parent->relation, parent_key->name) != NULL)
		return parent_key->name;
	ereport(
		ERROR,
		(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
		 errmsg("it is not known which column of \"%s\" column \"%s\" of source \"%s\" refers to",
				relation_label(parent->relation), parent_key->name, source->name),
		 errhint("Give \"%s\" a primary key of one column, or map a view of it with a column called \"%s\".",
				 relation_label(parent->relation), parent_key->name)));
}

static void
check_parent(List *sources, Source *source)
{
	const Source *parent = source_in(sources, source->parent_id);
	MappedColumn *key = mapped_column(source->relation, source->parent_key, "the source's parent key");
	Oid type = require_storable(source->relation, key, "the source's parent key");
	MappedColumn *target;

	source->parent_column = find_parent_column(parent, source, key);
	target = mapped_column(parent->relation, source->parent_column, "the parent's key");
	if (!keys_match(require_storable(parent->relation, target, "the parent's key"), type))
		ereport(
			ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of source \"%s\" is of type %s, but the parent's key \"%s\" is of type %s",
					key->name, source->name, format_type_be(key->type), target->name,
					format_type_be(target->type)),
			 errhint("Map a view over the relation that selects %s::%s AS %s.", quote_identifier(key->name),
					 format_type_be(target->type), quote_identifier(key->name))));
}

static char *
checked_text(const Source *source, const char *what, const char *text, Oid type)
{
	if (text == NULL)
		return NULL;
	return check_expression(
			   text, relation_scope(source->relation, psprintf("%s of source \"%s\"", what, source->name)),
			   type)
		->sql;
}

static void
check_texts(Source *source, const SourceTexts *texts)
{
	source->filter_sql = checked_text(source, "filter", texts->filter, BOOLOID);
	source->purchase_sql = checked_text(source, "purchase", texts->purchase, BOOLOID);
	source->dimension_sql = checked_text(source, "dimension", texts->dimension, InvalidOid);
}

/* Everything about a source but its measures, which their own file checks. */
static void
check_source(const Population *population, List *sources, Source *source, const SourceTexts *texts)
{
	check_mapped_relation(source->relation, population->owner, source_label(source));
	if (source->parent_id == 0)
		check_key_column(population, source);
	else
		check_parent(sources, source);
	if (source->occurred_at != NULL)
		require_time(source->relation,
					 mapped_column(source->relation, source->occurred_at, "the source's occurred_at"),
					 "the source's occurred_at");
	check_texts(source, texts);
}

static void
create_ledger_table(const Population *population, const Source *source)
{
	char *table = new_data_name(population->name, psprintf("_%s_ledger", source->name));

	sql_run("CREATE TABLE %s (%s %s, ledger segment.ledger NOT NULL) WITH (toast_tuple_target = 8160)", table,
			quote_identifier(population->key_name), type_name(population->key_type));
	sql_run("CREATE UNIQUE INDEX ON %s (%s)", table, quote_identifier(population->key_name));
	sql_run("COMMENT ON TABLE %s IS %s", table,
			quote_literal_cstr(
				psprintf("source \"%s\" of population \"%s\": one ledger per key; NULL: events without "
						 "a customer",
						 source->name, population->name)));
	belongs_to_extension(table);
}

static int
insert_source(const Source *source, const SourceTexts *texts)
{
	sql_query("INSERT INTO segment.source (population_id, name, relation, customer, occurred_at, parent_id, "
			  "parent_key, "
			  "parent_column, filter, filter_sql, purchase, purchase_sql, dimension, dimension_sql) "
			  "VALUES (%d, %s, %u::oid::regclass, %s, %s, nullif(%d, 0), %s, %s, %s, %s, %s, %s, %s, %s) "
			  "RETURNING source_id",
			  source->population_id, quote_literal_cstr(source->name), source->relation,
			  literal_or_null(source->customer), literal_or_null(source->occurred_at), source->parent_id,
			  literal_or_null(source->parent_key), literal_or_null(source->parent_column),
			  literal_or_null(texts->filter), literal_or_null(source->filter_sql),
			  literal_or_null(texts->purchase), literal_or_null(source->purchase_sql),
			  literal_or_null(texts->dimension), literal_or_null(source->dimension_sql));
	return cell_int(0, 1, 0);
}

/* Who and when: from the source's own columns, or from its parent's. */
static void
check_origin(const Source *source, const char *parent)
{
	bool own = source->customer != NULL && source->occurred_at != NULL && parent == NULL &&
			   source->parent_key == NULL;
	bool inherited = source->customer == NULL && parent != NULL && source->parent_key != NULL;

	if (!own && !inherited)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("source \"%s\" does not say whose its events are, or says it twice", source->name),
				 errhint("Give either customer => and occurred_at =>, or parent => and parent_key =>.")));
}

/* An empty text says that there is none, as leaving it out does. */
static char *
expression_argument(FunctionCallInfo fcinfo, int number)
{
	char *text = arg_text(fcinfo, number);

	return text != NULL && text[0] != '\0' ? text : NULL;
}

/* A source of this name there is already: its id when that may be, else an error. */
static int
existing_source(const Population *population, const char *name, bool if_not_exists)
{
	Source *source = source_by_name(population, name, true);

	if (source == NULL)
		return 0;
	if (!if_not_exists)
		ereport(
			ERROR,
			(errcode(ERRCODE_DUPLICATE_OBJECT),
			 errmsg("source \"%s\" of population \"%s\" exists already", name, population->name),
			 errhint(
				 "Choose another name, change it with segment.alter_source, or say if_not_exists => true.")));
	return source->id;
}

static int
declare_source(FunctionCallInfo fcinfo, const Population *population, const char *name)
{
	Source *source = palloc0(sizeof(Source));
	SourceTexts texts = {expression_argument(fcinfo, 5), expression_argument(fcinfo, 6),
						 expression_argument(fcinfo, 7)};
	char *parent = arg_text(fcinfo, 8);
	List *sources = sources_of(population);

	check_label("source", name);
	source->name = pstrdup(name);
	source->population_id = population->id;
	source->relation = PG_GETARG_OID(1);
	source->customer = arg_name(fcinfo, 2);
	source->occurred_at = arg_name(fcinfo, 3);
	source->parent_key = arg_name(fcinfo, 9);
	check_origin(source, parent);
	if (parent != NULL)
		source->parent_id = source_by_name(population, parent, false)->id;
	check_source(population, sources, source, &texts);
	source->measures =
		PG_ARGISNULL(4)
			? NIL
			: check_measures(source, DatumGetCString(DirectFunctionCall1(jsonb_out, PG_GETARG_DATUM(4))));
	probe_query(population, source_query(population, sources, source, NULL));
	create_ledger_table(population, source);
	source->id = insert_source(source, &texts);
	insert_measures(source);
	capture_install(population, source);
	definitions_changed(population);
	return source->id;
}

Datum
segment_create_source(PG_FUNCTION_ARGS)
{
	static const char *const required[] = {"name", "relation"};
	Population *population;
	char *name;
	int id;
	ApiCall call;

	require_arguments(fcinfo, lengthof(required), required);
	refuse_when_restricted();
	api_begin(&call);
	name = arg_text(fcinfo, 0);
	population = population_by_name(arg_text(fcinfo, 10), false);
	population_check_access(population, call.caller);
	id = existing_source(population, name, !PG_ARGISNULL(11) && PG_GETARG_BOOL(11));
	if (id == 0)
		id = declare_source(fcinfo, population, name);
	api_end(&call);
	PG_RETURN_INT32(id);
}

static SourceTexts
stored_texts(const Source *source)
{
	SourceTexts texts;

	sql_query(
		"SELECT filter, purchase, dimension FROM segment.source WHERE source_id OPERATOR(pg_catalog.=) %d",
		source->id);
	texts.filter = cell_text(0, 1);
	texts.purchase = cell_text(0, 2);
	texts.dimension = cell_text(0, 3);
	return texts;
}

/* Features keep what they read. */
static void
check_features_kept(const Source *source)
{
	StringInfoData kept;
	ListCell *lc;

	initStringInfo(&kept);
	foreach (lc, source->measures)
		appendStringInfo(&kept, "%s%s", kept.len > 0 ? ", " : "",
						 quote_literal_cstr(((Measure *) lfirst(lc))->name));
	refuse_when_used(psprintf("a measure or the dimension of source \"%s\"", source->name),
					 psprintf("SELECT 'feature ' || name FROM segment.feature "
							  "WHERE source_id OPERATOR(pg_catalog.=) %d AND ((measure IS NOT NULL AND "
							  "measure OPERATOR(pg_catalog.<>) ALL "
							  "(ARRAY[%s]::text[]))%s) ORDER BY name",
							  source->id, kept.data,
							  source->dimension_sql != NULL
								  ? ""
								  : " OR dimension IS NOT NULL OR aggregate ~ 'dimension'"));
}

Datum
segment_alter_source(PG_FUNCTION_ARGS)
{
	static const char *const required[] = {"name"};
	Population *population;
	Source *source;
	SourceTexts texts;
	List *sources;
	ApiCall call;

	require_arguments(fcinfo, lengthof(required), required);
	refuse_when_restricted();
	api_begin(&call);
	population = population_by_name(arg_text(fcinfo, 5), false);
	population_check_access(population, call.caller);
	source = source_by_name(population, arg_text(fcinfo, 0), false);
	sources = sources_of(population);
	texts = stored_texts(source);
	if (!PG_ARGISNULL(2))
		texts.filter = expression_argument(fcinfo, 2);
	if (!PG_ARGISNULL(3))
		texts.purchase = expression_argument(fcinfo, 3);
	if (!PG_ARGISNULL(4))
		texts.dimension = expression_argument(fcinfo, 4);
	check_source(population, sources, source, &texts);
	if (!PG_ARGISNULL(1))
		source->measures =
			check_measures(source, DatumGetCString(DirectFunctionCall1(jsonb_out, PG_GETARG_DATUM(1))));
	check_features_kept(source);
	probe_query(population, source_query(population, sources, source, NULL));
	/* Children read their parent's filter, so every ledger of the population is stale. */
	sql_run("UPDATE segment.source SET filter = %s, filter_sql = %s, purchase = %s, purchase_sql = %s, "
			"dimension = %s, "
			"dimension_sql = %s, parent_column = %s WHERE source_id OPERATOR(pg_catalog.=) %d",
			literal_or_null(texts.filter), literal_or_null(source->filter_sql),
			literal_or_null(texts.purchase), literal_or_null(source->purchase_sql),
			literal_or_null(texts.dimension), literal_or_null(source->dimension_sql),
			literal_or_null(source->parent_column), source->id);
	sql_run("UPDATE segment.source SET built_at = NULL WHERE population_id OPERATOR(pg_catalog.=) %d",
			population->id);
	insert_measures(source);
	definitions_changed(population);
	api_end(&call);
	PG_RETURN_VOID();
}

Datum
segment_drop_source(PG_FUNCTION_ARGS)
{
	static const char *const required[] = {"name"};
	Population *population;
	Source *source;
	ApiCall call;

	require_arguments(fcinfo, lengthof(required), required);
	refuse_when_restricted();
	api_begin(&call);
	population = population_by_name(arg_text(fcinfo, 1), false);
	population_check_access(population, call.caller);
	source = source_by_name(population, arg_text(fcinfo, 0), false);
	refuse_when_used(
		source_label(source),
		psprintf("SELECT 'source ' || name FROM segment.source WHERE parent_id OPERATOR(pg_catalog.=) %d "
				 "UNION ALL SELECT 'feature ' || name FROM segment.feature "
				 "WHERE source_id OPERATOR(pg_catalog.=) %d",
				 source->id, source->id));
	capture_remove(population, source);
	sql_run("DELETE FROM segment.source WHERE source_id OPERATOR(pg_catalog.=) %d", source->id);
	definitions_changed(population);
	sql_run("DROP TABLE %s", ledger_table(population, source));
	api_end(&call);
	PG_RETURN_VOID();
}

Datum
segment_source_query(PG_FUNCTION_ARGS)
{
	static const char *const required[] = {"source"};
	Population *population;
	char *query;
	text *result;
	ApiCall call;

	require_arguments(fcinfo, lengthof(required), required);
	api_begin(&call);
	population = population_by_name(arg_text(fcinfo, 1), false);
	population_check_access(population, call.caller);
	query = source_query(population, sources_of(population),
						 source_by_name(population, arg_text(fcinfo, 0), false), NULL);
	result = (text *) MemoryContextAlloc(call.result_context, strlen(query) + VARHDRSZ);
	SET_VARSIZE(result, strlen(query) + VARHDRSZ);
	memcpy(VARDATA(result), query, strlen(query));
	api_end(&call);
	PG_RETURN_TEXT_P(result);
}
