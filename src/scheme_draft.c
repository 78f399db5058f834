/*
 * scheme_draft.c
 *	  The draft of a scheme made complete, with the cut points of its scores.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "catalog.h"
#include "day.h"
#include "evaluate.h"
#include "scheme_draft.h"
#include "sql.h"

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
