/*
 * scheme.c
 *	  Drafting schemes: the scheme, its scores and its segments.
 *
 * Everything here edits the draft.  Nothing changes for a customer until
 * activation freezes the draft as a version (activate.c).
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "args.h"
#include "catalog.h"
#include "clock.h"
#include "day.h"
#include "expression.h"
#include "feature.h"
#include "guc.h"
#include "scheme.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_create_scheme);
PG_FUNCTION_INFO_V1(segment_alter_scheme);
PG_FUNCTION_INFO_V1(segment_drop_scheme);
PG_FUNCTION_INFO_V1(segment_create_score);
PG_FUNCTION_INFO_V1(segment_drop_score);
PG_FUNCTION_INFO_V1(segment_create_segment);
PG_FUNCTION_INFO_V1(segment_alter_segment);
PG_FUNCTION_INFO_V1(segment_drop_segment);

void
require_refreshed(const Population *population)
{
	if (!population->refreshed)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("population \"%s\" has not been refreshed yet", population->name),
						errhint("Build its ledgers and features with CALL segment.refresh(%s).",
								quote_literal_cstr(population->name))));
}

void
require_activated(const Scheme *scheme)
{
	if (scheme->version == 0)
		ereport(
			ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("scheme \"%s\" has never been activated", scheme->name),
			 errhint("Put it in force with segment.activate(%s); segment.preview(%s) shows what its draft "
					 "would do.",
					 quote_literal_cstr(scheme->name), quote_literal_cstr(scheme->name))));
}

void
require_known_day(const Population *population, DateADT day)
{
	if (DATE_NOT_FINITE(day))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the day is infinite"),
						errhint("Give a day up to the last refresh, %s.", day_text(population->as_of))));
	if (day > population->as_of)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("population \"%s\" has been refreshed up to %s, not to %s", population->name,
						day_text(population->as_of), day_text(day)),
				 errhint("Its future is not known: give an earlier day, or CALL segment.refresh(%s) first.",
						 quote_literal_cstr(population->name))));
}

static void
check_objective(const char *scheme, const char *objective)
{
	if (objective == NULL || strspn(objective, " \t\r\n") == strlen(objective))
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("scheme \"%s\" has no objective", scheme),
			 errhint(
				 "Say what business end it serves, for example objective => 'Grow margin 8 %% next year'; "
				 "a segmentation without one cannot be judged.")));
}

static void
check_dwell(Interval *dwell)
{
	if (dwell && (dwell->day < 0 || dwell->month < 0 || dwell->time != 0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("min_dwell is not a number of days or calendar months"),
						errhint("Time is a day: for example min_dwell => '14 days'.")));
}

static void
check_segment_name(const char *name)
{
	check_label("segment", name);
	if (strcmp(name, "new") == 0 || strcmp(name, "unassigned") == 0)
		ereport(
			ERROR,
			(errcode(ERRCODE_RESERVED_NAME), errmsg("segment name \"%s\" is reserved", name),
			 errhint(
				 "Scorecards have rows of that name for money without an opening segment; choose another.")));
}

Datum
segment_create_scheme(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	char *name;
	int id;

	require_arg(fcinfo, 0, "name");
	require_arg(fcinfo, 3, "default_segment");
	name = arg_text(fcinfo, 0);
	check_objective(name, arg_text(fcinfo, 1));
	check_segment_name(arg_text(fcinfo, 3));
	api_begin(&call);
	check_dwell(arg_interval(fcinfo, 4));
	population = population_by_name(arg_text(fcinfo, 2), false);
	population_check_access(population, call.caller);
	if (scheme_by_name(name, true))
		ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT), errmsg("scheme \"%s\" already exists", name),
						errhint("Scheme names are unique in a database: generated relations carry them.")));
	check_name_free(population, "scheme", name);
	sql_query("INSERT INTO segment.scheme (population_id, name, objective, default_segment, min_dwell, "
			  "review_every) "
			  "VALUES (%d, %s, %s, %s, COALESCE(%s::interval, '0'), %s) RETURNING scheme_id",
			  population->id, quote_literal_cstr(name), quote_literal_cstr(arg_text(fcinfo, 1)),
			  quote_literal_cstr(arg_text(fcinfo, 3)),
			  literal_or_null(interval_literal(arg_interval(fcinfo, 4))),
			  literal_or_null(interval_literal(arg_interval(fcinfo, 5))));
	id = cell_int(0, 1, 0);
	api_end(&call);
	PG_RETURN_INT32(id);
}

/* Everyone no rule takes is in it: a segment that has a rule cannot be. */
static void
check_default_segment(const Scheme *scheme, const char *name)
{
	check_segment_name(name);
	if (sql_query("SELECT 1 FROM segment.segment WHERE scheme_id OPERATOR(pg_catalog.=) %d AND name "
				  "OPERATOR(pg_catalog.=) %s",
				  scheme->id, quote_literal_cstr(name)) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("segment \"%s\" of scheme \"%s\" has a rule", name, scheme->name),
				 errhint("The default segment has none: choose another name, or drop the segment first.")));
}

Datum
segment_alter_scheme(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Scheme *scheme;

	require_arg(fcinfo, 0, "name");
	if (!PG_ARGISNULL(1))
		check_objective(arg_text(fcinfo, 0), arg_text(fcinfo, 1));
	api_begin(&call);
	check_dwell(arg_interval(fcinfo, 3));
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	if (!PG_ARGISNULL(2))
		check_default_segment(scheme, arg_text(fcinfo, 2));
	sql_run("UPDATE segment.scheme SET objective = COALESCE(%s, objective), "
			"default_segment = COALESCE(%s, default_segment), min_dwell = COALESCE(%s::interval, min_dwell), "
			"review_every = COALESCE(%s::interval, review_every), smallest_share = COALESCE(%s::numeric, "
			"smallest_share), "
			"largest_share = COALESCE(%s::numeric, largest_share) WHERE scheme_id OPERATOR(pg_catalog.=) %d",
			literal_or_null(arg_text(fcinfo, 1)), literal_or_null(arg_text(fcinfo, 2)),
			literal_or_null(interval_literal(arg_interval(fcinfo, 3))),
			literal_or_null(interval_literal(arg_interval(fcinfo, 4))),
			literal_or_null(arg_numeric(fcinfo, 5)), literal_or_null(arg_numeric(fcinfo, 6)), scheme->id);
	api_end(&call);
	PG_RETURN_VOID();
}

Datum
segment_drop_scheme(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Scheme *scheme;

	require_arg(fcinfo, 0, "name");
	api_begin(&call);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	if (scheme->version > 0)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("scheme \"%s\" has been activated and cannot be dropped", scheme->name),
						errhint("Its history is kept; take it out of use with segment.retire(%s).",
								quote_literal_cstr(scheme->name))));
	if (sql_query("SELECT string_agg(name, ', ' ORDER BY name) FROM segment.feature "
				  "WHERE scheme_id OPERATOR(pg_catalog.=) %d HAVING count(*) OPERATOR(pg_catalog.>) 0",
				  scheme->id) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("cannot drop scheme \"%s\" because features use it", scheme->name),
				 errdetail("It is used by feature %s.", cell_text(0, 1)), errhint("Drop those first.")));
	sql_run("DELETE FROM segment.scheme WHERE scheme_id OPERATOR(pg_catalog.=) %d", scheme->id);
	api_end(&call);
	PG_RETURN_VOID();
}

/* Scores. */

/* Cut points in ascending order as a numeric[] literal; the number of bins follows from them. */
static char *
cuts_literal(FunctionCallInfo fcinfo, int n, int *bins)
{
	ArrayType *array;
	Datum *elements;
	bool *nulls;
	int count;
	StringInfoData literal;

	if (PG_ARGISNULL(n))
		return NULL;
	array = PG_GETARG_ARRAYTYPE_P(n);
	deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	initStringInfo(&literal);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i] ||
			(i > 0 && !DatumGetBool(DirectFunctionCall2(numeric_le, elements[i - 1], elements[i]))))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("cut points are not in ascending order"),
							errhint("A value's score is 1 + the number of cut points below it.")));
		appendStringInfo(&literal, "%c%s", i ? ',' : '{',
						 DatumGetCString(DirectFunctionCall1(numeric_out, elements[i])));
	}
	if (count == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there are no cut points"),
						errhint("Leave cuts out to have quantiles computed at activation.")));
	appendStringInfoChar(&literal, '}');
	*bins = count + 1;
	return literal.data;
}

static void
require_number(const Feature *feature)
{
	char category;
	bool preferred;

	get_type_category_preferred(feature->type, &category, &preferred);
	if (category != TYPCATEGORY_NUMERIC)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("feature \"%s\" is %s, not a number", feature->name, format_type_be(feature->type)),
				 errhint("A score bins a number; use the feature itself in a rule.")));
}

Datum
segment_create_score(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Scheme *scheme;
	Feature *feature;
	int bins = PG_GETARG_INT32(3);
	char *cuts = cuts_literal(fcinfo, 4, &bins);

	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 1, "name");
	require_arg(fcinfo, 2, "feature");
	if (bins < 2 || bins > 100)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a score has 2 to 100 bins, not %d", bins),
				 errhint("Quintiles, the default, are bins => 5.")));
	api_begin(&call);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	check_name_free(population, "score", arg_text(fcinfo, 1));
	feature = feature_by_name(population, arg_text(fcinfo, 2), false);
	require_number(feature);
	if (sql_query("SELECT 1 FROM segment.score WHERE scheme_id OPERATOR(pg_catalog.=) %d "
				  "AND name OPERATOR(pg_catalog.=) %s",
				  scheme->id, quote_literal_cstr(arg_text(fcinfo, 1))) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("score \"%s\" already exists in scheme \"%s\"", arg_text(fcinfo, 1), scheme->name),
				 errhint("Drop it first with segment.drop_score.")));
	sql_run("INSERT INTO segment.score (scheme_id, name, feature_id, bins, cuts, descending) VALUES (%d, %s, "
			"%d, %d, %s, %s)",
			scheme->id, quote_literal_cstr(arg_text(fcinfo, 1)), feature->id, bins, literal_or_null(cuts),
			PG_GETARG_BOOL(5) ? "true" : "false");
	api_end(&call);
	PG_RETURN_VOID();
}

Datum
segment_drop_score(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Scheme *scheme;
	char *name;

	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 1, "name");
	name = arg_text(fcinfo, 1);
	api_begin(&call);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	if (sql_run("DELETE FROM segment.score WHERE scheme_id OPERATOR(pg_catalog.=) %d AND name "
				"OPERATOR(pg_catalog.=) %s",
				scheme->id, quote_literal_cstr(name)) == 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("scheme \"%s\" has no score \"%s\"", scheme->name, name),
						errhint("SELECT name FROM segment.score lists the scores there are.")));
	scheme_check_rules(population, scheme); /* a rule may read it */
	api_end(&call);
	PG_RETURN_VOID();
}

/* Segments. */

ExpressionScope
rule_scope(List *features, List *scores, const char *scheme, const char *segment)
{
	ExpressionScope scope =
		feature_scope(features, psprintf("rule of segment \"%s\" in scheme \"%s\"", segment, scheme));
	ExpressionColumn *columns =
		palloc0(sizeof(ExpressionColumn) * (scope.ncolumns + list_length(scores) + 1));
	ListCell *lc;

	memcpy(columns, scope.columns, sizeof(ExpressionColumn) * scope.ncolumns);
	foreach (lc, scores)
	{
		ExpressionColumn *column = &columns[scope.ncolumns++];

		column->name = ((Score *) lfirst(lc))->name;
		column->type = INT4OID;
		column->typmod = -1;
	}
	scope.columns = columns;
	return scope;
}

typedef struct RuleScope
{
	List *features;
	ExpressionScope scope;
} RuleScope;

static RuleScope
draft_scope(const Population *population, const Scheme *scheme, const char *segment)
{
	RuleScope result;

	result.features = features_of(population);
	result.scope = rule_scope(result.features, scheme_definition(scheme, 0)->scores, scheme->name, segment);
	return result;
}

/* A segment of a scheme that is one of its features, directly or not, would close a cycle. */
static void
record_rule_features(const Scheme *scheme, const char *segment, const RuleScope *scope,
					 const CheckedExpression *rule)
{
	sql_run("DELETE FROM segment.segment_dependency WHERE scheme_id OPERATOR(pg_catalog.=) %d "
			"AND segment OPERATOR(pg_catalog.=) %s",
			scheme->id, quote_literal_cstr(segment));
	for (int i = 0; i < rule->nused; i++)
		if (rule->used[i] < list_length(scope->features))
			sql_run("INSERT INTO segment.segment_dependency VALUES (%d, %s, %d)", scheme->id,
					quote_literal_cstr(segment), ((Feature *) list_nth(scope->features, rule->used[i]))->id);
}

static void
check_scheme_cycle(const Population *population, const Scheme *scheme)
{
	List *features = features_of(population);
	SchemeDefinition *draft = scheme_definition(scheme, 0);
	List *read = definition_features(draft, scheme, features);
	ListCell *lc;

	foreach (lc, read)
	{
		Feature *feature = feature_in(features, lfirst_int(lc));

		if (feature->kind == FEATURE_SCHEME && feature->scheme_id == scheme->id)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
					 errmsg("scheme \"%s\" would depend on itself through feature \"%s\"", scheme->name,
							feature->name),
					 errhint("A rule cannot read its own scheme's segment; min_dwell keeps customers from "
							 "moving too often.")));
	}
}

static char *
arg_priority(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : psprintf("%d", PG_GETARG_INT32(n));
}

static void
check_priority_free(const Scheme *scheme, const char *name, const char *priority)
{
	if (priority && sql_query("SELECT name FROM segment.segment WHERE scheme_id OPERATOR(pg_catalog.=) %d "
							  "AND priority OPERATOR(pg_catalog.=) %s AND name OPERATOR(pg_catalog.<>) %s",
							  scheme->id, quote_literal_cstr(priority), quote_literal_cstr(name)) > 0)
		ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT),
						errmsg("priority %s of scheme \"%s\" is that of segment \"%s\"", priority,
							   scheme->name, cell_text(0, 1)),
						errhint("Choose another number; left out, the segment comes after all there are.")));
}

Datum
segment_create_segment(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Scheme *scheme;
	char *name;
	RuleScope scope;
	CheckedExpression *rule;

	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 1, "name");
	require_arg(fcinfo, 2, "rule");
	name = arg_text(fcinfo, 1);
	check_segment_name(name);
	api_begin(&call);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	if (strcmp(name, scheme->default_segment) == 0 ||
		sql_query("SELECT 1 FROM segment.segment WHERE scheme_id OPERATOR(pg_catalog.=) %d "
				  "AND name OPERATOR(pg_catalog.=) %s",
				  scheme->id, quote_literal_cstr(name)) > 0)
		ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT),
						errmsg("segment \"%s\" already exists in scheme \"%s\"", name, scheme->name),
						errhint("Change it with segment.alter_segment; the default segment has no rule.")));
	check_priority_free(scheme, name, arg_priority(fcinfo, 3));
	scope = draft_scope(population, scheme, name);
	rule = check_expression(arg_text(fcinfo, 2), &scope.scope, BOOLOID);
	sql_run(
		"INSERT INTO segment.segment (scheme_id, name, priority, rule, rule_sql, owner, proposition) VALUES "
		"(%d, %s, COALESCE(%s::int, (SELECT COALESCE(max(priority), 0) + 10 FROM segment.segment WHERE "
		"scheme_id "
		"OPERATOR(pg_catalog.=) %d)), %s, %s, %s, %s)",
		scheme->id, quote_literal_cstr(name), literal_or_null(arg_priority(fcinfo, 3)), scheme->id,
		quote_literal_cstr(arg_text(fcinfo, 2)), quote_literal_cstr(rule->sql),
		literal_or_null(arg_text(fcinfo, 4)), literal_or_null(arg_text(fcinfo, 5)));
	record_rule_features(scheme, name, &scope, rule);
	check_scheme_cycle(population, scheme);
	api_end(&call);
	PG_RETURN_VOID();
}

static void
require_segment(const Scheme *scheme, const char *name)
{
	if (sql_query("SELECT 1 FROM segment.segment WHERE scheme_id OPERATOR(pg_catalog.=) %d "
				  "AND name OPERATOR(pg_catalog.=) %s",
				  scheme->id, quote_literal_cstr(name)) == 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("scheme \"%s\" has no segment \"%s\" with a rule", scheme->name, name),
						errhint("SELECT name, priority, rule FROM segment.segment lists the draft.")));
}

Datum
segment_alter_segment(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Scheme *scheme;
	char *name;
	char *rule_sql = NULL;

	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 1, "name");
	name = arg_text(fcinfo, 1);
	api_begin(&call);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	require_segment(scheme, name);
	check_priority_free(scheme, name, arg_priority(fcinfo, 3));
	if (!PG_ARGISNULL(2))
	{
		RuleScope scope = draft_scope(population, scheme, name);
		CheckedExpression *rule = check_expression(arg_text(fcinfo, 2), &scope.scope, BOOLOID);

		rule_sql = rule->sql;
		record_rule_features(scheme, name, &scope, rule);
		check_scheme_cycle(population, scheme);
	}
	sql_run("UPDATE segment.segment SET rule = COALESCE(%s, rule), rule_sql = COALESCE(%s, rule_sql), "
			"priority = COALESCE(%s::int, priority), owner = COALESCE(%s, owner), proposition = COALESCE(%s, "
			"proposition) "
			"WHERE scheme_id OPERATOR(pg_catalog.=) %d AND name OPERATOR(pg_catalog.=) %s",
			literal_or_null(arg_text(fcinfo, 2)), literal_or_null(rule_sql),
			literal_or_null(arg_priority(fcinfo, 3)), literal_or_null(arg_text(fcinfo, 4)),
			literal_or_null(arg_text(fcinfo, 5)), scheme->id, quote_literal_cstr(name));
	api_end(&call);
	PG_RETURN_VOID();
}

Datum
segment_drop_segment(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Scheme *scheme;

	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 1, "name");
	api_begin(&call);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	require_segment(scheme, arg_text(fcinfo, 1));
	sql_run("DELETE FROM segment.segment WHERE scheme_id OPERATOR(pg_catalog.=) %d AND name "
			"OPERATOR(pg_catalog.=) %s",
			scheme->id, quote_literal_cstr(arg_text(fcinfo, 1)));
	api_end(&call);
	PG_RETURN_VOID();
}

/* The draft as a whole. */

void
scheme_check_rules(const Population *population, const Scheme *scheme)
{
	ListCell *lc;

	foreach (lc, scheme_definition(scheme, 0)->segments)
	{
		SegmentRule *rule = lfirst(lc);
		RuleScope scope = draft_scope(population, scheme, rule->name);

		check_expression(rule->rule, &scope.scope, BOOLOID);
	}
}

/* Quantiles of one score's feature over all customers, as an expression over the evaluation's columns. */
static char *
cuts_sql(const Score *score, const Feature *feature)
{
	return psprintf("segment.cut_points(%s%s, %d)::text", quote_identifier(feature->name),
					feature->type == NUMERICOID ? "" : "::double precision", score->bins);
}

static void
no_cuts(const Scheme *scheme, const Score *score, const Feature *feature)
{
	ereport(
		ERROR,
		(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
		 errmsg("score \"%s\" of scheme \"%s\" has no cut points: feature \"%s\" is NULL for every customer",
				score->name, scheme->name, feature->name),
		 errhint("Refresh the population if the feature is new, or give the cut points with cuts => ….")));
}

/* Evaluate the features of all scores without given cuts at the last refresh, once, and cut them. */
void
scheme_compute_cuts(Population *population, Scheme *scheme, SchemeDefinition *draft)
{
	SchemeDefinition only_scores = {.scores = draft->scores, .version = -1};
	EvaluationPlan *plan = scheme_evaluation_plan(population, scheme, &only_scores);
	StringInfoData items;
	ListCell *lc;
	int column = 0;

	initStringInfo(&items);
	foreach (lc, draft->scores)
	{
		Score *score = lfirst(lc);

		if (!score->fixed)
			appendStringInfo(&items, "%s%s", items.len ? ", " : "",
							 cuts_sql(score, feature_in(plan->features, score->feature_id)));
	}
	if (items.len == 0)
		return;
	plan->schemes = NIL;
	plan->days = psprintf("VALUES (%s)", day_sql(population->as_of));
	sql_query("SELECT %s FROM (%s) evaluation", items.data, evaluation_sql(plan));
	foreach (lc, draft->scores)
	{
		Score *score = lfirst(lc);

		if (score->fixed)
			continue;
		score->cuts = cell_text(0, ++column);
		if (score->cuts == NULL)
			no_cuts(scheme, score, feature_in(plan->features, score->feature_id));
	}
}

SchemeDefinition *
scheme_draft(Population *population, Scheme *scheme)
{
	SchemeDefinition *draft = scheme_definition(scheme, 0);

	if (draft->segments == NIL)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("scheme \"%s\" has no segments", scheme->name),
						errhint("Add at least one with segment.create_segment(%s, 'name', 'rule').",
								quote_literal_cstr(scheme->name))));
	scheme_compute_cuts(population, scheme, draft);
	return draft;
}

void
scheme_set_history_since(Scheme *scheme, DateADT day)
{
	char *literal = day_text(day);

	sql_run("UPDATE segment.scheme SET history_since = %s WHERE scheme_id OPERATOR(pg_catalog.=) %d",
			quote_literal_cstr(literal), scheme->id);
	scheme->history_since = day;
}

void
scheme_forget_facts_day(const Scheme *scheme)
{
	sql_run("UPDATE segment.scheme SET facts_as_of = NULL WHERE scheme_id OPERATOR(pg_catalog.=) %d",
			scheme->id);
}

void
scheme_facts_changed(const Scheme *scheme)
{
	sql_run("UPDATE segment.scheme SET facts_generation = facts_generation OPERATOR(pg_catalog.+) 1 "
			"WHERE scheme_id OPERATOR(pg_catalog.=) %d",
			scheme->id);
}

void
require_active(const Scheme *scheme)
{
	if (strcmp(scheme->state, "active") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("scheme \"%s\" is not active", scheme->name),
				 errhint("Put it in force with segment.activate(%s).", quote_literal_cstr(scheme->name))));
}

DateADT
business_day(const Population *population)
{
	DateADT today = clock_today(population->timezone);

	if (population->refreshed &&
		(population->as_of > today || population->as_of < today - segment_catch_up_days))
		return population->as_of;
	return today;
}
