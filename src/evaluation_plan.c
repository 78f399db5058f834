/*
 * evaluation_plan.c
 *	  What is to be evaluated: features and schemes, closed under what they use.
 */
#include "postgres.h"

#include "alias.h"
#include "evaluation_plan.h"
#include "override.h"
#include "sql.h"

static void
add_feature_closure(List **closure, List *features, int id)
{
	Feature *feature = feature_in(features, id);
	ListCell *lc;

	if (feature == NULL || list_member_int(*closure, id))
		return;
	foreach (lc, feature->uses)
		add_feature_closure(closure, features, lfirst_int(lc));
	*closure = lappend_int(*closure, id);
}

List *
definition_features(const SchemeDefinition *definition, const Scheme *scheme, List *features)
{
	List *closure = NIL;
	ListCell *lc;
	uint64 found;

	foreach (lc, definition->scores)
		add_feature_closure(&closure, features, ((Score *) lfirst(lc))->feature_id);
	if (definition->version < 0)
		return closure; /* not a stored definition: its scores alone */
	if (definition->version == 0)
		found = sql_query("SELECT DISTINCT uses_feature_id FROM segment.segment_dependency "
						  "WHERE scheme_id OPERATOR(pg_catalog.=) %d",
						  scheme->id);
	else
		found = sql_query("SELECT uses_feature_id FROM segment.version_dependency WHERE scheme_id "
						  "OPERATOR(pg_catalog.=) %d "
						  "AND version OPERATOR(pg_catalog.=) %d",
						  scheme->id, definition->version);
	for (uint64 row = 0; row < found; row++)
		add_feature_closure(&closure, features, cell_int(row, 1, 0));
	return closure;
}

static SchemePlan *
scheme_plan(const Population *population, Scheme *scheme, SchemeDefinition *definition)
{
	SchemePlan *plan = palloc0(sizeof(SchemePlan));

	plan->scheme = scheme;
	plan->definition = definition;
	plan->overrides = override_exists(population, scheme);
	return plan;
}

List *
schemes_of_plan(const EvaluationPlan *plan)
{
	List *schemes = NIL;
	ListCell *lc;

	foreach (lc, plan->schemes)
		schemes = lappend(schemes, ((SchemePlan *) lfirst(lc))->scheme);
	return schemes;
}

EvaluationPlan *
evaluation_plan(Population *population)
{
	EvaluationPlan *plan = palloc0(sizeof(EvaluationPlan));
	ListCell *lc;

	plan->population = population;
	plan->sources = sources_of(population);
	plan->features = features_of(population);
	foreach (lc, schemes_of(population, "active"))
	{
		Scheme *scheme = lfirst(lc);

		plan->schemes = lappend(plan->schemes,
								scheme_plan(population, scheme, scheme_definition(scheme, scheme->version)));
	}
	plan->fold = true;
	plan->merges = alias_recent_sql(population) != NULL;
	return plan;
}

EvaluationPlan *
scheme_evaluation_plan(Population *population, Scheme *scheme, SchemeDefinition *definition)
{
	EvaluationPlan *plan = palloc0(sizeof(EvaluationPlan));
	List *features = features_of(population);
	ListCell *lc;

	plan->population = population;
	plan->sources = sources_of(population);
	foreach (lc, definition_features(definition, scheme, features))
		plan->features = lappend(plan->features, feature_in(features, lfirst_int(lc)));
	plan->schemes = list_make1(scheme_plan(population, scheme, definition));
	plan->past = true;
	return plan;
}
