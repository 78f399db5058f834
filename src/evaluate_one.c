/*
 * evaluate_one.c
 *	  Evaluate one customer by one version of a scheme.
 *
 * A version never changes, but what it is evaluated from may: sources come
 * and go, features change columns.  Every such change gives the population
 * another generation (evaluation_view.h), by which a kept plan is known to be
 * out of date.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"

#include "condition.h"
#include "evaluate_one.h"
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
	int64 generation;
	uint64 last_used;
} KeptPlan;

static KeptPlan kept_plans[KEPT_PLANS];
static uint64 kept_plans_clock = 0;

int
customer_version_on(const Population *population, const Scheme *scheme, Datum key, DateADT day)
{
	const char *key_name = quote_identifier(population->key_name);
	int version = scheme_version_on(scheme, day);
	Oid types[] = {population->key_type, DATEOID};
	Datum values[] = {key, DateADTGetDatum(day)};
	char *query;

	if (version > 0)
		return version;
	query = psprintf(
		"SELECT version FROM %s h WHERE h.%s OPERATOR(pg_catalog.=) $1 AND valid OPERATOR(pg_catalog.@>) $2",
		data_name(scheme->name, "_history"), key_name);
	if (SPI_execute_with_args(query, lengthof(types), types, values, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not run \"%s\"", query);
	return SPI_processed == 1 ? cell_int(0, 1, 1) : 1;
}

/* The query: parameters are the key, the day, and of each change the feature and the value. */

enum
{
	ONE_CHANGE = 1,
	ONE_RAW,
	ONE_MET,
	ONE_ENTRY_DAY,
	ONE_ASSIGNED,
	ONE_SINCE,
	ONE_VERSION,
	ONE_INPUTS
};

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
		appendStringInfo(&sql, ", judged.%s", quote_identifier(((Feature *) lfirst(lc))->name));
	foreach (lc, one->scores)
		appendStringInfo(&sql, ", judged.%s", quote_identifier(((Score *) lfirst(lc))->name));
	return sql.data;
}

static char *
one_sql(const OnePlan *one, const EvaluationPlan *plan)
{
	const char *key = quote_identifier(plan->population->key_name);

	return psprintf("SELECT judged.\"change.place\", judged.%s, judged.\"conditions.met\", judged.entry_day, "
					"h.segment, lower(h.valid), h.version%s\n"
					"  FROM (SELECT scored.*, ARRAY[%s]::boolean[] AS \"conditions.met\"\n"
					"  FROM (SELECT evaluation.*%s\n"
					"  FROM (%s OFFSET 0) evaluation OFFSET 0) scored OFFSET 0) judged\n"
					"  LEFT JOIN %s h ON h.%s OPERATOR(pg_catalog.=) $1 "
					"AND h.valid OPERATOR(pg_catalog.@>) $2",
					quote_identifier(one->scheme), inputs_sql(one), conditions_sql(one), bare_scores_sql(one),
					evaluation_sql(plan), data_name(one->scheme, "_history"), key);
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
plan_for_one(Population *population, Scheme *scheme, int version)
{
	EvaluationPlan *plan = scheme_evaluation_plan(population, scheme, scheme_definition(scheme, version));

	plan->only =
		psprintf("the_customer.%s OPERATOR(pg_catalog.=) $1", quote_identifier(population->key_name));
	plan->days =
		"SELECT $2, feature, value, place FROM unnest($3, $4) WITH ORDINALITY AS c(feature, value, place)";
	plan->changes = true;
	return plan;
}

static void
prepare_one(OnePlan *one, const EvaluationPlan *plan)
{
	Oid types[] = {plan->population->key_type, DATEOID, TEXTARRAYOID, TEXTARRAYOID};
	char *sql = one_sql(one, plan);

	one->query = SPI_prepare_cursor(sql, lengthof(types), types, CURSOR_OPT_GENERIC_PLAN);
	if (one->query == NULL || SPI_keepplan(one->query) != 0)
		elog(ERROR, "could not prepare \"%s\": %s", sql, SPI_result_code_string(SPI_result));
}

static void
forget_plan(KeptPlan *kept)
{
	if (kept->one)
	{
		SPI_freeplan(kept->one->query);
		MemoryContextDelete(kept->context);
	}
	memset(kept, 0, sizeof(KeptPlan));
}

/* The place of the plan, or the one that was not used for longest. */
static KeptPlan *
find_plan(Oid extension, int scheme_id, int version)
{
	KeptPlan *oldest = &kept_plans[0];

	for (int i = 0; i < KEPT_PLANS; i++)
	{
		KeptPlan *kept = &kept_plans[i];

		if (kept->one && kept->extension == extension && kept->scheme_id == scheme_id &&
			kept->version == version)
			return kept;
		if (kept->last_used < oldest->last_used)
			oldest = kept;
	}
	return oldest;
}

static OnePlan *
build_plan(Population *population, Scheme *scheme, int version, MemoryContext *context)
{
	EvaluationPlan *plan = plan_for_one(population, scheme, version);
	MemoryContext old;
	OnePlan *one;

	*context =
		AllocSetContextCreate(CurrentMemoryContext, "segment: evaluate one customer", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(*context);
	one = keep_plan(plan);
	MemoryContextSwitchTo(old);
	prepare_one(one, plan);
	MemoryContextSetParent(*context, CacheMemoryContext);
	return one;
}

OnePlan *
one_plan(Population *population, Scheme *scheme, int version)
{
	Oid extension = extension_oid();
	KeptPlan *kept = find_plan(extension, scheme->id, version);

	if (kept->one == NULL || kept->extension != extension || kept->scheme_id != scheme->id ||
		kept->version != version || kept->generation != population->generation)
	{
		MemoryContext context;
		OnePlan *one = build_plan(population, scheme, version, &context);

		forget_plan(kept);
		*kept = (KeptPlan){one, context, extension, scheme->id, version, population->generation, 0};
	}
	kept->last_used = ++kept_plans_clock;
	return kept->one;
}

/* Running it. */

static Datum
text_array(const OneChange *changes, int nchanges, bool features)
{
	Datum *elements = palloc(sizeof(Datum) * nchanges);
	bool *nulls = palloc(sizeof(bool) * nchanges);
	int lower = 1;

	for (int i = 0; i < nchanges; i++)
	{
		const char *text = features ? changes[i].feature : changes[i].value;

		nulls[i] = text == NULL;
		elements[i] = text ? CStringGetTextDatum(text) : (Datum) 0;
	}
	return PointerGetDatum(
		construct_md_array(elements, nulls, 1, &nchanges, &lower, TEXTOID, -1, false, TYPALIGN_INT));
}

static Verdict *
cell_verdicts(uint64 row, int column, int count)
{
	bool isnull;
	Datum array = cell_datum(row, column, &isnull);
	Verdict *verdicts = palloc(sizeof(Verdict) * Max(count, 1));
	Datum *elements;
	bool *nulls;
	int found;

	deconstruct_array(DatumGetArrayTypeP(array), BOOLOID, 1, true, TYPALIGN_CHAR, &elements, &nulls, &found);
	if (found != count)
		elog(ERROR, "evaluation answered %d conditions of %d", found, count);
	for (int i = 0; i < count; i++)
		verdicts[i] = nulls[i] ? VERDICT_UNKNOWN : DatumGetBool(elements[i]) ? VERDICT_TRUE : VERDICT_FALSE;
	return verdicts;
}

/* A rule is false when a condition is, else unknown when one is. */
static Verdict *
rule_verdicts(const OnePlan *one, const Verdict *met)
{
	Verdict *verdicts = palloc(sizeof(Verdict) * Max(list_length(one->rules), 1));
	ListCell *lc;

	foreach (lc, one->rules)
	{
		const OneRule *rule = lfirst(lc);
		Verdict verdict = VERDICT_TRUE;

		for (int i = 0; i < list_length(rule->conditions) && verdict != VERDICT_FALSE; i++)
			if (met[rule->first + i] != VERDICT_TRUE)
				verdict = met[rule->first + i];
		verdicts[foreach_current_index(lc)] = verdict;
	}
	return verdicts;
}

static OneResult
read_result(const OnePlan *one, uint64 row)
{
	OneResult result = {0};
	bool isnull;

	result.raw = cell_text(row, ONE_RAW);
	result.met = cell_verdicts(row, ONE_MET, one->nconditions);
	result.verdicts = rule_verdicts(one, result.met);
	result.entry_day = DatumGetDateADT(cell_datum(row, ONE_ENTRY_DAY, &isnull));
	result.has_entry = !isnull;
	result.assigned = cell_text(row, ONE_ASSIGNED);
	result.since = DatumGetDateADT(cell_datum(row, ONE_SINCE, &isnull));
	result.version = cell_int(row, ONE_VERSION, 0);
	result.inputs = palloc(sizeof(char *) * Max(one->ninputs, 1));
	for (int i = 0; i < one->ninputs; i++)
		result.inputs[i] = cell_text(row, ONE_INPUTS + i);
	return result;
}

OneResult *
evaluate_one(const OnePlan *one, Datum key, DateADT day, const OneChange *changes, int nchanges)
{
	Datum values[] = {key, DateADTGetDatum(day), text_array(changes, nchanges, true),
					  text_array(changes, nchanges, false)};
	OneResult *results;

	if (SPI_execute_plan(one->query, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not evaluate one customer of scheme \"%s\"", one->scheme);
	if (SPI_processed == 0)
		return NULL;
	if (SPI_processed != nchanges)
		elog(ERROR, "evaluation answered " UINT64_FORMAT " of %d changes", (uint64) SPI_processed, nchanges);
	results = palloc(sizeof(OneResult) * nchanges);
	for (uint64 row = 0; row < nchanges; row++)
	{
		int64 place = cell_int64(row, ONE_CHANGE, 1);

		CHECK_FOR_INTERRUPTS();
		results[place - 1] = read_result(one, row);
	}
	return results;
}
