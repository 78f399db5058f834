/*
 * feature.c
 *	  Declaring and dropping features.
 *
 * A feature is a row in segment.feature and a natively typed column of
 * segment_data.<population>_feature.  Its value comes from the generated
 * SELECT of evaluate.c.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

#include "aggregate.h"
#include "args.h"
#include "catalog.h"
#include "definition.h"
#include "evaluation_view.h"
#include "expression.h"
#include "feature.h"
#include "mapped.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_create_feature);
PG_FUNCTION_INFO_V1(segment_drop_feature);

/* A scheme has columns of its own in the join view: <scheme> and <scheme>_since. */
static void
check_scheme_columns_free(const Population *population, const char *name)
{
	if (sql_query("SELECT 1 FROM segment.scheme WHERE population_id OPERATOR(pg_catalog.=) %d "
				  "AND name OPERATOR(pg_catalog.||) '_since' OPERATOR(pg_catalog.=) %s UNION ALL "
				  "SELECT 1 FROM segment.feature WHERE population_id OPERATOR(pg_catalog.=) %d "
				  "AND name OPERATOR(pg_catalog.=) %s",
				  population->id, quote_literal_cstr(name), population->id,
				  quote_literal_cstr(psprintf("%s_since", name))) > 0)
		ereport(
			ERROR,
			(errcode(ERRCODE_DUPLICATE_OBJECT),
			 errmsg("a scheme's column in the join view stands in the way of name \"%s\"", name),
			 errhint("A scheme has the columns <scheme> and <scheme>_since there; choose another name.")));
}

void
check_name_free(const Population *population, const char *what, const char *name)
{
	static const char *const reserved[] = {"as_of", "since", "entry_day", "the_customer", "the_day"};

	check_label(what, name);
	for (int i = 0; i < lengthof(reserved); i++)
		if (strcmp(name, reserved[i]) == 0)
			ereport(ERROR, (errcode(ERRCODE_RESERVED_NAME), errmsg("name \"%s\" is reserved", name),
							errhint("Generated relations have a column of that name; choose another.")));
	if (strcmp(name, population->key_name) == 0)
		ereport(ERROR, (errcode(ERRCODE_RESERVED_NAME), errmsg("name \"%s\" is the key column's", name),
						errhint("Choose another name.")));
	check_scheme_columns_free(population, name);
	if (sql_query(
			"SELECT k FROM (SELECT 'feature', name::text FROM segment.feature WHERE population_id "
			"OPERATOR(pg_catalog.=) %d "
			"UNION ALL SELECT 'scheme', name FROM segment.scheme WHERE population_id OPERATOR(pg_catalog.=) "
			"%d "
			"UNION ALL SELECT 'score', c.name FROM segment.score c JOIN segment.scheme s USING (scheme_id) "
			"WHERE s.population_id OPERATOR(pg_catalog.=) %d AND %s OPERATOR(pg_catalog.<>) 'score') AS t(k, "
			"n) "
			"WHERE n OPERATOR(pg_catalog.=) %s LIMIT 1",
			population->id, population->id, population->id, quote_literal_cstr(what),
			quote_literal_cstr(name)) > 0)
		ereport(
			ERROR,
			(errcode(ERRCODE_DUPLICATE_OBJECT),
			 errmsg("%s \"%s\" already exists in population \"%s\"", cell_text(0, 1), name, population->name),
			 errhint(
				 "Schemes, features and scores share one name space per population; choose another name.")));
}

ExpressionScope
feature_scope(List *features, const char *what)
{
	ExpressionColumn *columns = palloc0(sizeof(ExpressionColumn) * (list_length(features) + 1));
	ExpressionScope scope = {
		.what = what, .ncolumns = list_length(features), .columns = columns, .safe_division = true};
	ListCell *lc;

	foreach (lc, features)
	{
		Feature *feature = lfirst(lc);
		ExpressionColumn *column = &columns[foreach_current_index(lc)];

		column->name = feature->name;
		column->type = feature->type;
		column->typmod = -1;
		column->collation = get_typcollation(feature->type);
	}
	return scope;
}

static void
require_one_kind(const FeatureRequest *request)
{
	int kinds = (request->aggregate != NULL) + (request->expression != NULL) + (request->attribute != NULL) +
				(request->scheme != NULL);

	if (kinds != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("feature \"%s\" needs exactly one of aggregate, expression, attribute and scheme",
						request->name),
				 errhint("For example aggregate => 'sum', source => 'orders', measure => 'revenue'; "
						 "or expression => 'revenue - cogs'.")));
}

static void
check_aggregate_range(const AggregateSpec *spec, const FeatureRequest *request)
{
	Interval *within = request->within;

	if (within == NULL)
		return;
	if (spec->range == RANGE_AS_OF)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("aggregate \"%s\" takes no window", spec->name),
						errhint("It is defined over all time; leave out within.")));
	if (within->month < 0 || within->day < 0 || within->time != 0 || (within->month == 0 && within->day == 0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("window of feature \"%s\" is not a positive number of days or calendar months",
							   request->name),
						errhint("Time is a day: for example within => '90 days' or '1 month'.")));
	if (spec->range == RANGE_TREND && within->month != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a trend compares equal numbers of days"),
				 errhint("For example within => '365 days'.")));
}

static void
check_aggregate_measure(const AggregateSpec *spec, const FeatureRequest *request, const Source *source)
{
	if (request->measure == NULL && spec->measure == MEASURE_REQUIRED)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("aggregate \"%s\" needs a measure", spec->name),
						errhint("Name one of the source's measures with measure => ….")));
	if (request->measure && spec->measure == MEASURE_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("aggregate \"%s\" takes no measure", spec->name), errhint("Leave out measure.")));
	if (request->measure && measure_number(source, request->measure) == 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("source \"%s\" has no measure \"%s\"", source->name, request->measure),
						errhint("SELECT name FROM segment.measure lists the measures there are.")));
}

static void
check_aggregate_dimension(const AggregateSpec *spec, const FeatureRequest *request, const Source *source)
{
	if (request->dimension && !spec->takes_dimension)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("aggregate \"%s\" cannot be restricted to one dimension label", spec->name),
						errhint("count, sum and active_days can.")));
	if ((request->dimension || spec->needs_dimension) && source->dimension_sql == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("source \"%s\" has no dimension", source->name),
						errhint("Map one with segment.create_source(…, dimension => 'column').")));
}

static const AggregateSpec *
check_aggregate(const FeatureRequest *request, const Source *source)
{
	const AggregateSpec *spec = aggregate_spec(request->aggregate);

	if (spec == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("aggregate \"%s\" does not exist", request->aggregate),
						errhint("The aggregates are %s.", aggregate_names())));
	check_aggregate_range(spec, request);
	check_aggregate_measure(spec, request, source);
	check_aggregate_dimension(spec, request, source);
	return spec;
}

static int
insert_feature(const Population *population, const FeatureRequest *request, const char *kind, Oid type,
			   int source_id, const char *expression_sql, int scheme_id)
{
	sql_query(
		"INSERT INTO segment.feature (population_id, name, kind, type, aggregate, source_id, measure, "
		"within, "
		"dimension, absent, expression, expression_sql, attribute, dated_by, valid_for, scheme_id) VALUES "
		"(%d, %s, '%s', %u, %s, NULLIF(%d, 0), %s, %s, %s, %s, %s, %s, %s, %s, %s, NULLIF(%d, 0)) RETURNING "
		"feature_id",
		population->id, quote_literal_cstr(request->name), kind, type, literal_or_null(request->aggregate),
		source_id, literal_or_null(request->measure), literal_or_null(interval_literal(request->within)),
		literal_or_null(request->dimension), literal_or_null(request->absent),
		literal_or_null(request->expression), literal_or_null(expression_sql),
		literal_or_null(request->attribute), literal_or_null(request->dated_by),
		literal_or_null(interval_literal(request->valid_for)), scheme_id);
	return cell_int(0, 1, 0);
}

static int
create_aggregate(const Population *population, const FeatureRequest *request, Oid *type)
{
	Source *source;

	if (request->source == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("feature \"%s\" needs a source", request->name),
						errhint("Name the source whose ledger it aggregates with source => ….")));
	source = source_by_name(population, request->source, false);
	*type = check_aggregate(request, source)->type;
	return insert_feature(population, request, "aggregate", *type, source->id, NULL, 0);
}

/* Features exist before what uses them, so an expression cannot close a cycle unless it names itself. */
static int
create_expression(const Population *population, const FeatureRequest *request, Oid *type)
{
	List *features = features_of(population);
	ExpressionScope scope = feature_scope(features, psprintf("expression of feature \"%s\"", request->name));
	CheckedExpression *checked = check_expression(request->expression, &scope, InvalidOid);
	int id;

	*type = storable_type(checked->type);
	if (!OidIsValid(*type))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("feature \"%s\" would have type %s, which cannot be stored", request->name,
						format_type_be(checked->type)),
				 errhint("Cast the expression to a base type of PostgreSQL's own, for example ::text.")));
	id = insert_feature(population, request, "expression", *type, 0, checked->sql, 0);
	for (int i = 0; i < checked->nused; i++)
		sql_run("INSERT INTO segment.feature_dependency VALUES (%d, %d)", id,
				((Feature *) list_nth(features, checked->used[i]))->id);
	return id;
}

static int
create_attribute(const Population *population, const FeatureRequest *request, Oid *type)
{
	const char *what = psprintf("attribute of feature \"%s\"", request->name);

	*type = require_storable(population->relation,
							 mapped_column(population->relation, request->attribute, what), what);
	if ((request->dated_by == NULL) != (request->valid_for == NULL))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a dated attribute needs both dated_by and valid_for"),
						errhint("For example dated_by => 'scored_at', valid_for => '90 days'.")));
	if (request->dated_by)
		require_time(population->relation, mapped_column(population->relation, request->dated_by, what),
					 what);
	return insert_feature(population, request, "attribute", *type, 0, NULL, 0);
}

static int
create_of_scheme(const Population *population, const FeatureRequest *request, Oid *type)
{
	Scheme *scheme = scheme_by_name(request->scheme, false);

	if (scheme->population_id != population->id)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("scheme \"%s\" is of another population", scheme->name),
						errhint("A feature can be the segment of a scheme of its own population only.")));
	*type = TEXTOID;
	return insert_feature(population, request, "scheme", *type, 0, NULL, scheme->id);
}

static void
add_column(const Population *population, const FeatureRequest *request, Oid type)
{
	char *table = data_name(population->name, "_feature");
	char *type_name = format_type_be(type);

	sql_run("ALTER TABLE %s ADD COLUMN %s %s", table, quote_identifier(request->name), type_name);
	if (request->dated_by)
		sql_run("ALTER TABLE %s ADD COLUMN %s %s, ADD COLUMN %s date", table,
				quote_identifier(psprintf("%s_value", request->name)), type_name,
				quote_identifier(psprintf("%s_dated", request->name)));
}

int
feature_create(const Population *population, const FeatureRequest *request)
{
	int id;
	Oid type = InvalidOid;

	require_one_kind(request);
	check_name_free(population, "feature", request->name);
	if (request->absent && request->aggregate == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("only an aggregate can be absent"),
						errhint("Use coalesce() in an expression.")));
	if (request->aggregate)
		id = create_aggregate(population, request, &type);
	else if (request->expression)
		id = create_expression(population, request, &type);
	else if (request->attribute)
		id = create_attribute(population, request, &type);
	else
		id = create_of_scheme(population, request, &type);
	add_column(population, request, type);
	return id;
}

Datum
segment_create_feature(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Feature *existing;
	FeatureRequest request = {0};
	int id;

	require_arg(fcinfo, 0, "name");
	request = (FeatureRequest){.name = arg_text(fcinfo, 0),
							   .aggregate = arg_text(fcinfo, 1),
							   .source = arg_text(fcinfo, 2),
							   .measure = arg_text(fcinfo, 3),
							   .within = arg_interval(fcinfo, 4),
							   .dimension = arg_text(fcinfo, 5),
							   .absent = arg_numeric(fcinfo, 6),
							   .expression = arg_text(fcinfo, 7),
							   .attribute = arg_name(fcinfo, 8),
							   .dated_by = arg_name(fcinfo, 9),
							   .valid_for = arg_interval(fcinfo, 10),
							   .scheme = arg_text(fcinfo, 11)};
	refuse_when_restricted();
	api_begin(&call);
	population = population_by_name(arg_text(fcinfo, 12), false);
	population_check_access(population, call.caller);
	existing = PG_GETARG_BOOL(13) ? feature_by_name(population, request.name, true) : NULL;
	if (existing)
		id = existing->id;
	else
	{
		id = feature_create(population, &request);
		definitions_changed(population);
	}
	api_end(&call);
	PG_RETURN_INT32(id);
}

/* What reads a feature, as one sentence for the error's detail; NULL when nothing does. */
static char *
feature_dependents(const Feature *feature)
{
	sql_query(
		"SELECT string_agg(t, ', ' ORDER BY t) FROM ("
		"SELECT 'feature ' || f.name FROM segment.feature_dependency d JOIN segment.feature f USING "
		"(feature_id) "
		"WHERE d.uses_feature_id OPERATOR(pg_catalog.=) %d "
		"UNION SELECT 'score ' || c.name || ' of scheme ' || s.name FROM segment.score c "
		"JOIN segment.scheme s USING (scheme_id) WHERE c.feature_id OPERATOR(pg_catalog.=) %d "
		"UNION SELECT 'segment ' || d.segment || ' of scheme ' || s.name FROM segment.segment_dependency d "
		"JOIN segment.scheme s USING (scheme_id) WHERE d.uses_feature_id OPERATOR(pg_catalog.=) %d "
		"UNION SELECT 'version ' || d.version || ' of scheme ' || s.name FROM segment.version_dependency d "
		"JOIN segment.scheme s USING (scheme_id) WHERE d.uses_feature_id OPERATOR(pg_catalog.=) %d "
		"UNION SELECT 'a breakdown of facts' FROM segment.breakdown WHERE feature_id OPERATOR(pg_catalog.=) "
		"%d) AS u(t)",
		feature->id, feature->id, feature->id, feature->id, feature->id);
	return cell_text(0, 1);
}

Datum
segment_drop_feature(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Feature *feature;
	char *dependents;
	char *table;

	require_arg(fcinfo, 0, "name");
	refuse_when_restricted();
	api_begin(&call);
	population = population_by_name(arg_text(fcinfo, 1), false);
	population_check_access(population, call.caller);
	feature = feature_by_name(population, arg_text(fcinfo, 0), false);
	dependents = feature_dependents(feature);
	if (dependents)
		ereport(
			ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 errmsg("cannot drop feature \"%s\" because other definitions use it", feature->name),
			 errdetail("It is used by %s.", dependents),
			 errhint("Drop or change those first; versions of a scheme keep what they were decided on.")));
	sql_run("DELETE FROM segment.feature WHERE feature_id OPERATOR(pg_catalog.=) %d", feature->id);
	definitions_changed(population); /* the column stays in the view, as NULL */
	table = data_name(population->name, "_feature");
	sql_run("ALTER TABLE %s DROP COLUMN %s", table, quote_identifier(feature->name));
	if (feature->dated_by)
		sql_run("ALTER TABLE %s DROP COLUMN %s, DROP COLUMN %s", table,
				quote_identifier(psprintf("%s_value", feature->name)),
				quote_identifier(psprintf("%s_dated", feature->name)));
	api_end(&call);
	PG_RETURN_VOID();
}
