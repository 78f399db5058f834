/*
 * scheme_segment.c
 *	  The segments of a draft, and their rules.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "args.h"
#include "catalog.h"
#include "evaluation_plan.h"
#include "expression.h"
#include "feature.h"
#include "scheme_segment.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_create_segment);
PG_FUNCTION_INFO_V1(segment_alter_segment);
PG_FUNCTION_INFO_V1(segment_drop_segment);

void
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
