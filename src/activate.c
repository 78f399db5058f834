/*
 * activate.c
 *	  Freezing a definition as a version, and putting it in force.
 *
 * Activation, recut and retirement.  All of it is one transaction under the
 * population lock, from ledgers and features alone.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "activate.h"
#include "args.h"
#include "assign.h"
#include "backfill.h"
#include "catalog.h"
#include "customer_scorecard.h"
#include "day.h"
#include "debug.h"
#include "definition_lock.h"
#include "drift.h"
#include "erasure.h"
#include "evaluate.h"
#include "evaluation_view.h"
#include "facts.h"
#include "history.h"
#include "opt_out.h"
#include "owner.h"
#include "progress.h"
#include "quality.h"
#include "quarantine.h"
#include "scheme.h"
#include "scheme_draft.h"
#include "scheme_segment.h"
#include "scorecard.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_activate);
PG_FUNCTION_INFO_V1(segment_recut);
PG_FUNCTION_INFO_V1(segment_retire);

static void
insert_version(Population *population, const Scheme *scheme, const SchemeDefinition *definition, int version,
			   const char *comment)
{
	sql_run(
		"INSERT INTO segment.scheme_version (scheme_id, version, comment, as_of, default_segment, min_dwell) "
		"VALUES (%d, %d, %s, %s, %s, %s)",
		scheme->id, version, literal_or_null(comment), day_sql(population->as_of),
		quote_literal_cstr(definition->default_segment), quote_literal_cstr(definition->min_dwell));
}

static void
insert_version_scores(const Scheme *scheme, const SchemeDefinition *definition, int version)
{
	ListCell *lc;

	foreach (lc, definition->scores)
	{
		Score *score = lfirst(lc);

		sql_run("INSERT INTO segment.version_score (scheme_id, version, name, feature_id, bins, cuts, fixed, "
				"descending) "
				"VALUES (%d, %d, %s, %d, %d, %s, %s, %s)",
				scheme->id, version, quote_literal_cstr(score->name), score->feature_id, score->bins,
				quote_literal_cstr(score->cuts), score->fixed ? "true" : "false",
				score->descending ? "true" : "false");
	}
}

static void
insert_version_segments(const Scheme *scheme, const SchemeDefinition *definition, int version)
{
	ListCell *lc;

	foreach (lc, definition->segments)
	{
		SegmentRule *rule = lfirst(lc);

		sql_run("INSERT INTO segment.version_segment (scheme_id, version, name, priority, rule, rule_sql, "
				"owner, proposition) "
				"VALUES (%d, %d, %s, %d, %s, %s, %s, %s)",
				scheme->id, version, quote_literal_cstr(rule->name), rule->priority,
				quote_literal_cstr(rule->rule), quote_literal_cstr(rule->rule_sql),
				literal_or_null(rule->owner), literal_or_null(rule->proposition));
	}
}

/* Everything the version reads, so that nothing of it can be dropped. */
static void
insert_version_dependencies(const Scheme *scheme, List *features, int version)
{
	ListCell *lc;

	foreach (lc, features)
		sql_run("INSERT INTO segment.version_dependency VALUES (%d, %d, %d)", scheme->id, version,
				lfirst_int(lc));
}

static int
freeze(Population *population, Scheme *scheme, SchemeDefinition *definition, const char *comment)
{
	List *features = definition_features(definition, scheme, features_of(population));
	int version;

	sql_query("SELECT COALESCE(max(version), 0) + 1 FROM segment.scheme_version WHERE scheme_id "
			  "OPERATOR(pg_catalog.=) %d",
			  scheme->id);
	version = cell_int(0, 1, 0);
	insert_version(population, scheme, definition, version, comment);
	insert_version_scores(scheme, definition, version);
	insert_version_segments(scheme, definition, version);
	insert_version_dependencies(scheme, features, version);
	sql_run(
		"UPDATE segment.scheme SET version = %d, state = 'active' WHERE scheme_id OPERATOR(pg_catalog.=) %d",
		version, scheme->id);
	return version;
}

/* Everyone's segment by the new version: the past too, when there is none yet. */
static void
assign_everyone(EvaluationPlan *plan, Scheme *scheme, DateADT as_of, bool first, bool backfill)
{
	if (first)
	{
		DateADT days[ACTIVATION_BACKFILL_MONTHS + 1];
		int ndays = backfill ? month_ends_before(as_of, ACTIVATION_BACKFILL_MONTHS, days) : 0;
		BackfillCounts counts = {0};

		days[ndays++] = as_of;
		backfill_scheme(plan, days, ndays, true, &counts);
		history_index(plan->population, scheme);
		scheme_set_history_since(scheme, days[0]);
	}
	else
	{
		AssignCounts counts = {0};

		assign(plan, as_of, false, &counts);
	}
}

int
activate_definition(const ApiCall *call, Population *population, Scheme *scheme, SchemeDefinition *definition,
					const char *comment, bool backfill)
{
	bool first = scheme->version == 0;
	bool retired = strcmp(scheme->state, "retired") == 0;
	EvaluationPlan *plan;

	scheme->version = freeze(population, scheme, definition, comment);
	DEBUG_POINT("activate-after-freeze");
	if (retired)
		history_resume(population, scheme, population->as_of);
	if (first)
	{
		history_create(population, scheme);
		facts_create(population, scheme);
	}
	plan = scheme_evaluation_plan(population, scheme, scheme_definition(scheme, scheme->version));
	plan->fold = true;
	/* Who is in quarantine already enters the scheme on coming out; whoever fails only now fails the
	 * activation. */
	plan->only = quarantine_none_failed_sql(population);
	progress_start(population->relation, PROGRESS_BACKFILLING, 0);
	assign_everyone(plan, scheme, population->as_of, first, backfill);
	DEBUG_POINT("activate-after-assign");
	owners_take_over(call, population, scheme, definition->version == 0);
	/* Begun anew, because making indexes ends what a backfill had begun. */
	progress_start(population->relation, PROGRESS_COMPUTING_FACTS, 0);
	facts_update(population, plan->sources, scheme, scheme->history_since, population->as_of);
	opt_outs_take_out_last(population->id);
	scorecard_refresh(scheme);
	progress_end();
	drift_record_baseline(population, scheme);
	quality_notice(population, scheme);
	definitions_changed(population);
	customer_scorecards_regenerate();
	DEBUG_POINT("activate-before-end");
	return scheme->version;
}

/* The scheme under the population lock, with what others committed before we had it. */
static Scheme *
lock_scheme(const ApiCall *call, const char *name, Population **population)
{
	Scheme *scheme = scheme_of_caller(name, call->caller, population);

	population_lock_in_transaction(*population);
	DEBUG_POINT("activate-after-lock");
	erasure_require_seen(*population);
	*population = population_by_id(scheme->population_id);
	return scheme_by_name(name, false);
}

Datum
segment_activate(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Scheme *scheme;
	SchemeDefinition *draft;
	int version;

	require_arg(fcinfo, 0, "scheme");
	api_begin(&call);
	scheme = lock_scheme(&call, arg_text(fcinfo, 0), &population);
	require_refreshed(population);
	scheme_check_rules(population, scheme);
	if (!PG_GETARG_BOOL(2))
		opt_outs_take_out(population->id);
	draft = scheme_draft(population, scheme);
	if (PG_GETARG_BOOL(2))
		version = scheme->version + 1;
	else
		version =
			activate_definition(&call, population, scheme, draft, arg_text(fcinfo, 1), PG_GETARG_BOOL(3));
	api_end(&call);
	PG_RETURN_INT32(version);
}

/* The version in force once more, with new cut points where they are quantiles. */
Datum
segment_recut(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Scheme *scheme;
	SchemeDefinition *definition;
	int version;

	require_arg(fcinfo, 0, "scheme");
	api_begin(&call);
	scheme = lock_scheme(&call, arg_text(fcinfo, 0), &population);
	require_active(scheme);
	opt_outs_take_out(population->id);
	definition = scheme_definition(scheme, scheme->version);
	scheme_compute_cuts(population, scheme, definition);
	version = activate_definition(&call, population, scheme, definition,
								  PG_ARGISNULL(1) ? "recut" : arg_text(fcinfo, 1), false);
	api_end(&call);
	PG_RETURN_INT32(version);
}

Datum
segment_retire(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Scheme *scheme;

	require_arg(fcinfo, 0, "scheme");
	api_begin(&call);
	scheme = lock_scheme(&call, arg_text(fcinfo, 0), &population);
	require_active(scheme);
	if (sql_query("SELECT string_agg(DISTINCT s.name, ', ') FROM segment.feature f JOIN "
				  "segment.version_dependency d "
				  "ON d.uses_feature_id OPERATOR(pg_catalog.=) f.feature_id JOIN segment.scheme s "
				  "ON s.scheme_id OPERATOR(pg_catalog.=) d.scheme_id AND s.version OPERATOR(pg_catalog.=) "
				  "d.version "
				  "AND s.state OPERATOR(pg_catalog.=) 'active' WHERE f.scheme_id OPERATOR(pg_catalog.=) %d "
				  "HAVING count(*) OPERATOR(pg_catalog.>) 0",
				  scheme->id) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("cannot retire scheme \"%s\" because active schemes read its segment", scheme->name),
				 errdetail("It is read by %s.", cell_text(0, 1)), errhint("Retire or change those first.")));
	history_retire(population, scheme, population->as_of);
	sql_run("UPDATE segment.scheme SET state = 'retired' WHERE scheme_id OPERATOR(pg_catalog.=) %d",
			scheme->id);
	definitions_changed(population);
	api_end(&call);
	PG_RETURN_VOID();
}
