/*
 * one_plan.c
 *	  The prepared query that evaluates one customer by one version of a scheme.
 *
 * A session keeps it.  A version never changes, but what it is evaluated from
 * may: sources come and go, features change columns.  Every such change gives
 * the population another generation (evaluation_view.h), by which a kept plan
 * is known to be out of date.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "condition.h"
#include "customer_fetch.h"
#include "evaluate.h"
#include "one_plan.h"
#include "override.h"
#include "sql.h"

/* Plans a session keeps: schemes, and past versions of them, that one explains in turn. */
#define KEPT_PLANS 16

typedef struct KeptPlan
{
	OnePlan *one;
	MemoryContext context;
	Oid extension;
	int scheme_id;
	int version;
	OneFetch fetch;
	int64 generation;
	uint64 last_used;
} KeptPlan;

static KeptPlan kept_plans[KEPT_PLANS];
static uint64 kept_plans_clock = 0;

/* The query. */

/* What the rules would have to say, in order, for the place in the rule to be reached. */
static char *
reached_sql(const OnePlan *one, const OneRule *rule, int place)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "true");
	foreach (lc, one->rules)
	{
		const OneRule *before = lfirst(lc);

		if (before == rule)
			break;
		appendStringInfo(&sql, " AND (%s) IS NOT TRUE", before->sql);
	}
	for (int i = 0; i < place; i++)
		appendStringInfo(&sql, " AND (%s) IS NOT FALSE", ((Condition *) list_nth(rule->conditions, i))->sql);
	return sql.data;
}

/*
 * All conditions are evaluated, also those that no longer matter; but one that
 * might raise an error only where a refresh would come to it as well: "revenue
 * > 0 AND ln(revenue) > 3" must not fail for a customer without revenue.
 */
static char *
conditions_sql(const OnePlan *one)
{
	StringInfoData sql;
	ListCell *rule;
	ListCell *lc;

	initStringInfo(&sql);
	foreach (rule, one->rules)
	{
		foreach (lc, ((OneRule *) lfirst(rule))->conditions)
		{
			const Condition *condition = lfirst(lc);

			appendStringInfoString(&sql, sql.len ? ", " : "");
			if (condition->total)
				appendStringInfoString(&sql, condition->sql);
			else
				appendStringInfo(&sql, "CASE WHEN %s THEN %s END",
								 reached_sql(one, lfirst(rule), foreach_current_index(lc)), condition->sql);
		}
	}
	return sql.data;
}

/* Conditions read scores by their bare names, which the evaluation drops once the rules have been read. */
static char *
bare_scores_sql(const OnePlan *one)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	foreach (lc, one->scores)
	{
		const char *name = ((Score *) lfirst(lc))->name;

		appendStringInfo(&sql, ", %s AS %s", dotted(one->scheme, name), quote_identifier(name));
	}
	return sql.data;
}

static char *
inputs_sql(const OnePlan *one)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	foreach (lc, one->features)
		appendStringInfo(&sql, ", the_customer.%s", quote_identifier(((Feature *) lfirst(lc))->name));
	foreach (lc, one->scores)
		appendStringInfo(&sql, ", the_customer.%s", quote_identifier(((Score *) lfirst(lc))->name));
	return sql.data;
}

/*
 * The fold's step from the end of the day before, which is in history: what
 * began on the day itself never was a segment at a day's end.  Overrides are
 * what a refresh would see now; of a day that is over, history has them.
 */
static char *
step_sql(const EvaluationPlan *plan, bool overrides)
{
	const SchemePlan *scheme = linitial(plan->schemes);

	return psprintf("segment.step(past.segment, lower(past.valid), the_customer.%s, $2, %s::interval, %s)",
					quote_identifier(scheme->scheme->name), quote_literal_cstr(scheme->definition->min_dwell),
					overrides ? override_segment_sql("the_override") : "NULL");
}

/* "<alias>: the row of history that holds on a day" */
static char *
history_join_sql(const EvaluationPlan *plan, const char *alias, const char *day)
{
	const SchemePlan *scheme = linitial(plan->schemes);

	return psprintf("\n  LEFT JOIN %s %s ON %s.%s OPERATOR(pg_catalog.=) $1 "
					"AND %s.valid OPERATOR(pg_catalog.@>) (%s)",
					data_name(scheme->scheme->name, "_history"), alias, alias,
					quote_identifier(plan->population->key_name), alias, day);
}

static char *
one_sql(const OnePlan *one, const EvaluationPlan *plan)
{
	const SchemePlan *scheme = linitial(plan->schemes);
	bool overrides = one->fetch != NULL;

	return psprintf(
		"SELECT the_customer.\"change.place\", the_customer.%s, the_customer.\"conditions.met\", "
		"the_customer.entry_day, h.segment, lower(h.valid), h.version, %s%s\n"
		"  FROM (SELECT scored.*, ARRAY[%s]::boolean[] AS \"conditions.met\"\n"
		"  FROM (SELECT evaluation.*%s\n"
		"  FROM (%s OFFSET 0) evaluation OFFSET 0) scored OFFSET 0) the_customer\n"
		" CROSS JOIN (SELECT $2 AS day) the_day%s%s%s",
		quote_identifier(one->scheme), step_sql(plan, overrides), inputs_sql(one), conditions_sql(one),
		bare_scores_sql(one), evaluation_sql(plan), history_join_sql(plan, "h", "$2"),
		history_join_sql(plan, "past", "$2 - 1"),
		overrides ? override_join_sql(plan->population, scheme->scheme, scheme->definition, "the_override")
				  : "");
}

/*
 * The plan.  It is kept beyond the call, but SPI puts what it reads into the
 * call's own memory: so what is kept is copied.
 */

static char *
keep_text(const char *text)
{
	return text ? pstrdup(text) : NULL;
}

static Condition *
keep_condition(const Condition *condition)
{
	Condition *kept = palloc(sizeof(Condition));

	*kept = *condition;
	kept->sql = keep_text(condition->sql);
	kept->text = keep_text(condition->text);
	kept->threshold = keep_text(condition->threshold);
	kept->inputs = palloc(sizeof(int) * Max(condition->ninputs, 1));
	memcpy(kept->inputs, condition->inputs, sizeof(int) * condition->ninputs);
	return kept;
}

static void
keep_rule(OnePlan *one, const SegmentRule *rule, List *conditions)
{
	OneRule *kept = palloc0(sizeof(OneRule));
	ListCell *lc;

	kept->segment = keep_text(rule->name);
	kept->sql = keep_text(rule->rule_sql);
	kept->priority = rule->priority;
	kept->first = one->nconditions;
	foreach (lc, conditions)
		kept->conditions = lappend(kept->conditions, keep_condition(lfirst(lc)));
	one->nconditions += list_length(conditions);
	one->rules = lappend(one->rules, kept);
}

static void
keep_inputs(OnePlan *one, List *features, List *scores)
{
	ListCell *lc;

	foreach (lc, features)
	{
		const Feature *feature = lfirst(lc);
		Feature *kept = palloc0(sizeof(Feature));

		kept->id = feature->id;
		kept->name = keep_text(feature->name);
		kept->type = feature->type;
		one->features = lappend(one->features, kept);
	}
	foreach (lc, scores)
	{
		Score *kept = palloc(sizeof(Score));

		*kept = *(Score *) lfirst(lc);
		kept->name = keep_text(kept->name);
		kept->cuts = keep_text(kept->cuts);
		one->scores = lappend(one->scores, kept);
	}
	one->ninputs = list_length(features) + list_length(scores);
}

static OnePlan *
keep_plan(const EvaluationPlan *plan)
{
	const SchemePlan *scheme = linitial(plan->schemes);
	const SchemeDefinition *definition = scheme->definition;
	OnePlan *one = palloc0(sizeof(OnePlan));
	ListCell *lc;

	one->scheme = keep_text(scheme->scheme->name);
	one->version = definition->version;
	one->default_segment = keep_text(definition->default_segment);
	one->min_dwell = keep_text(definition->min_dwell);
	keep_inputs(one, plan->features, definition->scores);
	foreach (lc, definition->segments)
		keep_rule(one, lfirst(lc),
				  rule_conditions(lfirst(lc), plan->features, definition->scores, one->scheme));
	return one;
}

static EvaluationPlan *
plan_for_one(Population *population, Scheme *scheme, int version, OneFetch fetch)
{
	EvaluationPlan *plan = scheme_evaluation_plan(population, scheme, scheme_definition(scheme, version));

	if (fetch == ONE_AS_STORED)
		plan->only =
			psprintf("the_customer.%s OPERATOR(pg_catalog.=) $1", quote_identifier(population->key_name));
	plan->days =
		"SELECT $2, feature, value, place FROM unnest($3, $4) WITH ORDINALITY AS c(feature, value, place)";
	plan->changes = true;
	return plan;
}

static void
prepare_one(OnePlan *one, EvaluationPlan *plan, OneFetch fetch, MemoryContext context)
{
	Oid *types = palloc(sizeof(Oid) * (PARAM_FETCHED + FETCH_MAX_PARAMETERS(plan)));
	char *sql;

	types[PARAM_KEY] = plan->population->key_type;
	types[PARAM_DAY] = DATEOID;
	types[PARAM_FEATURES] = types[PARAM_VALUES] = TEXTARRAYOID;
	one->nparameters = PARAM_FETCHED;
	if (fetch == ONE_AS_MAPPED)
		one->fetch = fetch_prepare(plan, types, &one->nparameters, context);
	sql = one_sql(one, plan);
	one->query = SPI_prepare_cursor(sql, one->nparameters, types, CURSOR_OPT_GENERIC_PLAN);
	if (one->query == NULL || SPI_keepplan(one->query) != 0)
		elog(ERROR, "could not prepare \"%s\": %s", sql, SPI_result_code_string(SPI_result));
	if (one->fetch)
		fetch_keep(one->fetch, plan->population);
}

static void
forget_plan(KeptPlan *kept)
{
	if (kept->one)
	{
		SPI_freeplan(kept->one->query);
		if (kept->one->fetch)
			fetch_forget(kept->one->fetch);
		MemoryContextDelete(kept->context);
	}
	memset(kept, 0, sizeof(KeptPlan));
}

static bool
is_plan_of(const KeptPlan *kept, Oid extension, int scheme_id, int version, OneFetch fetch)
{
	return kept->one && kept->extension == extension && kept->scheme_id == scheme_id &&
		   kept->version == version && kept->fetch == fetch;
}

static bool
still_holds(const KeptPlan *kept, const Population *population)
{
	return kept->generation == population->generation &&
		   (kept->one->fetch == NULL || fetch_still_holds(kept->one->fetch, population));
}

static KeptPlan *
find_plan(const Population *population, Oid extension, int scheme_id, int version, OneFetch fetch)
{
	for (int i = 0; i < KEPT_PLANS; i++)
	{
		KeptPlan *kept = &kept_plans[i];

		if (is_plan_of(kept, extension, scheme_id, version, fetch) && still_holds(kept, population))
			return kept;
	}
	return NULL;
}

/* Of those that nobody runs: the one that is out of date, or was not used for longest. */
static KeptPlan *
place_for_plan(Oid extension, int scheme_id, int version, OneFetch fetch)
{
	KeptPlan *oldest = NULL;

	for (int i = 0; i < KEPT_PLANS; i++)
	{
		KeptPlan *kept = &kept_plans[i];

		if (kept->one && kept->one->running > 0)
			continue;
		if (is_plan_of(kept, extension, scheme_id, version, fetch))
			return kept;
		if (oldest == NULL || kept->last_used < oldest->last_used)
			oldest = kept;
	}
	if (oldest == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_STATEMENT_TOO_COMPLEX), errmsg("customers are evaluated within each other"),
				 errhint("A mapped relation should not itself ask for customers' segments.")));
	return oldest;
}

static OnePlan *
build_plan(Population *population, Scheme *scheme, int version, OneFetch fetch, MemoryContext *context)
{
	EvaluationPlan *plan = plan_for_one(population, scheme, version, fetch);
	MemoryContext old;
	OnePlan *one;

	*context =
		AllocSetContextCreate(CurrentMemoryContext, "segment: evaluate one customer", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(*context);
	one = keep_plan(plan);
	MemoryContextSwitchTo(old);
	prepare_one(one, plan, fetch, *context);
	MemoryContextSetParent(*context, CacheMemoryContext);
	return one;
}

/* Making a plan plans over users' relations, whose code may come here: the place is chosen after that. */
OnePlan *
one_plan(Population *population, Scheme *scheme, int version, OneFetch fetch)
{
	Oid extension = extension_oid();
	KeptPlan *kept = find_plan(population, extension, scheme->id, version, fetch);

	if (kept == NULL)
	{
		MemoryContext context;
		OnePlan *one = build_plan(population, scheme, version, fetch, &context);

		kept = place_for_plan(extension, scheme->id, version, fetch);
		forget_plan(kept);
		*kept = (KeptPlan){one, context, extension, scheme->id, version, fetch, population->generation, 0};
	}
	kept->last_used = ++kept_plans_clock;
	return kept->one;
}
