/*
 * evaluate.c
 *	  The generated SELECT that evaluates features and schemes.
 *
 * Every level is a subquery with OFFSET '0', so that the planner computes a
 * column once where several expressions read it, instead of pulling the
 * expression up into each of them.  The literal is quoted because it becomes
 * a constant at once: an OFFSET of 0 that still has to be cast to bigint when
 * the planner looks at it keeps the subquery out of parallel plans.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "aggregate.h"
#include "alias.h"
#include "evaluate.h"
#include "override.h"
#include "rule_sql.h"
#include "sql.h"

/* Where the walk through the levels has got to. */
typedef struct Levels
{
	const EvaluationPlan *plan;
	StringInfoData sql;  /* the SELECT of the levels so far */
	List *columns;       /* of char *: quoted names it yields */
	List *ready;         /* int list: feature ids among them */
	List *schemes_ready; /* int list: scheme ids */
} Levels;

const char *
dotted(const char *a, const char *b)
{
	return quote_identifier(psprintf("%s.%s", a, b));
}

static void
add_item(StringInfo items, List **columns, const char *expression, const char *name)
{
	appendStringInfo(items, "%s%s", items->len ? ",\n       " : "", expression);
	if (strcmp(expression, name) != 0)
		appendStringInfo(items, " AS %s", name);
	*columns = lappend(*columns, pstrdup(name));
}

/* Level 0: what needs nothing but the customer's own rows. */

static bool
is_dated(const Feature *feature)
{
	return feature->dated_by != NULL;
}

static char *
attribute_sql(const Feature *feature)
{
	const char *name = quote_identifier(feature->name);

	if (!is_dated(feature))
		return psprintf("the_customer.%s", name);
	return psprintf("CASE WHEN (the_customer.%s + %s::interval)::date > the_day.day THEN the_customer.%s END",
					quote_identifier(psprintf("%s_dated", feature->name)),
					quote_literal_cstr(feature->valid_for),
					quote_identifier(psprintf("%s_value", feature->name)));
}

static char *
ledger_column(const Source *source)
{
	return psprintf("%s.ledger", quote_identifier(source->name));
}

char *
entry_day_sql(const EvaluationPlan *plan)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "LEAST(the_customer.since");
	foreach (lc, plan->sources)
		appendStringInfo(&sql, ", segment.first_event_day(%s)", ledger_column(lfirst(lc)));
	appendStringInfoString(&sql, ")");
	return sql.data;
}

/* Did this transaction write the customer's row or one of its ledgers?  Then a move is caused by data. */
static char *
data_changed_sql(const EvaluationPlan *plan)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "segment.written_here(the_customer.xmin)");
	foreach (lc, plan->sources)
		appendStringInfo(&sql, " OR segment.written_here(%s.xmin)",
						 quote_identifier(((Source *) lfirst(lc))->name));
	return sql.data;
}

static char *
merged_sql(const EvaluationPlan *plan)
{
	return psprintf("(the_customer.%s OPERATOR(pg_catalog.=) ANY (%s)) IS TRUE",
					quote_identifier(plan->population->key_name), alias_recent_sql(plan->population));
}

static void
add_stored_scheme(StringInfo items, List **columns, const Scheme *scheme)
{
	static const char *const parts[][2] = {{"", ""},
										   {"_raw", ".raw"},
										   {"_since", ".since"},
										   {"_version", ".version"},
										   {"_override", ".override"}};

	for (int i = 0; i < lengthof(parts); i++)
		add_item(items, columns,
				 psprintf("the_segment.%s", quote_identifier(psprintf("%s%s", scheme->name, parts[i][0]))),
				 dotted("old", psprintf("%s%s", scheme->name, parts[i][1])));
}

static void
add_stored(const EvaluationPlan *plan, StringInfo items, List **columns)
{
	ListCell *lc;

	add_item(items, columns, "the_customer.ctid", "feature_tid");
	add_item(items, columns, "the_segment.ctid", "segment_tid");
	add_item(items, columns, data_changed_sql(plan), "data_changed");
	if (plan->merges)
		add_item(items, columns, merged_sql(plan), "merged");
	add_item(items, columns, "the_customer.as_of", dotted("old", "as_of"));
	add_item(items, columns, "the_customer.entry_day", dotted("old", "entry_day"));
	foreach (lc, plan->features)
	{
		Feature *feature = lfirst(lc);

		if (feature_is_evaluated(feature))
			add_item(items, columns, psprintf("the_customer.%s", quote_identifier(feature->name)),
					 dotted("old", feature->name));
	}
	foreach (lc, plan->schemes)
		add_stored_scheme(items, columns, ((SchemePlan *) lfirst(lc))->scheme);
}

/* Of the plan's schemes those whose step has overrides to obey. */
static bool
obeys_overrides(const EvaluationPlan *plan, const SchemePlan *scheme)
{
	return plan->fold && scheme->overrides;
}

static const char *
override_column(const SchemePlan *scheme)
{
	return dotted(scheme->scheme->name, "override");
}

static void
add_overrides(const EvaluationPlan *plan, StringInfo items, List **columns)
{
	ListCell *lc;

	foreach (lc, plan->schemes)
	{
		SchemePlan *scheme = lfirst(lc);

		if (obeys_overrides(plan, scheme))
			add_item(items, columns, override_segment_sql(override_column(scheme)), override_column(scheme));
	}
}

/* Another scheme's segment as its history has it at the end of the day. */
static char *
past_segment_sql(const EvaluationPlan *plan, const Feature *feature)
{
	ListCell *lc;
	const char *key = quote_identifier(plan->population->key_name);

	foreach (lc, schemes_of(plan->population, NULL))
	{
		Scheme *scheme = lfirst(lc);

		if (scheme->id == feature->scheme_id && scheme->version > 0)
			return psprintf(
				"(SELECT past.segment FROM %s past WHERE past.%s OPERATOR(pg_catalog.=) the_customer.%s "
				"AND past.valid OPERATOR(pg_catalog.@>) the_day.day)",
				data_name(scheme->name, "_history"), key, key);
	}
	return pstrdup("NULL::text");
}

static bool
evaluates_scheme(const EvaluationPlan *plan, int scheme_id)
{
	ListCell *lc;

	foreach (lc, plan->schemes)
	{
		if (((SchemePlan *) lfirst(lc))->scheme->id == scheme_id)
			return true;
	}
	return false;
}

/* The expression of a feature that needs nothing but the customer's own rows, or NULL. */
static char *
base_feature_sql(const EvaluationPlan *plan, const Feature *feature)
{
	Source *source;

	switch (feature->kind)
	{
		case FEATURE_AGGREGATE:
			source = source_in(plan->sources, feature->source_id);
			return aggregate_sql(feature, source, ledger_column(source), "the_day.day");
		case FEATURE_ATTRIBUTE:
			return attribute_sql(feature);
		case FEATURE_SCHEME:
			if (plan->past)
				return past_segment_sql(plan, feature);
			return evaluates_scheme(plan, feature->scheme_id) ? NULL : pstrdup("NULL::text");
		default:
			return NULL;
	}
}

/* A feature as it is, or as the row's change would have it; "source" of the change's columns: "the_day." or
 * none. */
static const char *
changeable_sql(const EvaluationPlan *plan, const Feature *feature, const char *sql, const char *source)
{
	if (!plan->changes)
		return sql;
	return psprintf(
		"CASE WHEN %s\"change.feature\" OPERATOR(pg_catalog.=) %s THEN %s\"change.value\"::%s ELSE %s END",
		source, quote_literal_cstr(feature->name), source, format_type_be(feature->type), sql);
}

static void
add_base_features(Levels *levels, StringInfo items)
{
	ListCell *lc;

	foreach (lc, levels->plan->features)
	{
		Feature *feature = lfirst(lc);
		char *sql = base_feature_sql(levels->plan, feature);

		if (sql == NULL)
			continue;
		add_item(items, &levels->columns, changeable_sql(levels->plan, feature, sql, "the_day."),
				 quote_identifier(feature->name));
		levels->ready = lappend_int(levels->ready, feature->id);
	}
}

/*
 * A table of one row per customer, joined by key.  That the keys asked for are
 * the only ones wanted of it too, the planner does not derive for an outer
 * join: it would read all of the table for one customer in a hundred.
 */
static void
join_by_key(const EvaluationPlan *plan, StringInfo sql, const char *table, const char *alias)
{
	const char *key = quote_identifier(plan->population->key_name);

	appendStringInfo(sql, "\n  LEFT JOIN %s %s ON %s.%s OPERATOR(pg_catalog.=) the_customer.%s", table, alias,
					 alias, key, key);
	if (plan->keys)
		appendStringInfo(sql, " AND %s.%s OPERATOR(pg_catalog.=) ANY ($1)", alias, key);
}

char *
customers_from_sql(const EvaluationPlan *plan)
{
	StringInfoData sql;
	ListCell *lc;

	if (plan->from)
		return pstrdup(plan->from);
	initStringInfo(&sql);
	appendStringInfo(&sql, "%s the_customer", data_name(plan->population->name, "_feature"));
	foreach (lc, plan->sources)
	{
		Source *source = lfirst(lc);

		join_by_key(plan, &sql, ledger_table(plan->population, source), quote_identifier(source->name));
	}
	if (plan->stored)
		join_by_key(plan, &sql, data_name(plan->population->name, "_segment"), "the_segment");
	foreach (lc, plan->schemes)
	{
		SchemePlan *scheme = lfirst(lc);

		if (obeys_overrides(plan, scheme))
			appendStringInfoString(&sql, override_join_sql(plan->population, scheme->scheme,
														   scheme->definition, override_column(scheme)));
	}
	return sql.data;
}

static void
add_from(const EvaluationPlan *plan, StringInfo sql)
{
	if (plan->correlated)
		appendStringInfo(sql, "\n  FROM (%s) the_day(day, previous)", plan->days);
	else
		appendStringInfo(sql, "\n  FROM %s\n CROSS JOIN (%s) the_day(day%s)", customers_from_sql(plan),
						 plan->days,
						 plan->changes ? ", \"change.feature\", \"change.value\", \"change.place\"" : "");
	if (plan->keys)
		appendStringInfo(sql, "\n WHERE the_customer.%s OPERATOR(pg_catalog.=) ANY ($1)",
						 quote_identifier(plan->population->key_name));
	else if (plan->only)
		appendStringInfo(sql, "\n WHERE %s", plan->only);
}

static void
base_level(Levels *levels)
{
	const EvaluationPlan *plan = levels->plan;
	const char *key = quote_identifier(plan->population->key_name);
	StringInfoData items;

	initStringInfo(&items);
	add_item(&items, &levels->columns, psprintf("the_customer.%s", key), key);
	add_item(&items, &levels->columns, "the_day.day", "as_of");
	add_item(&items, &levels->columns, "the_customer.since", "since");
	add_item(&items, &levels->columns, entry_day_sql(plan), "entry_day");
	add_base_features(levels, &items);
	if (plan->changes)
	{
		add_item(&items, &levels->columns, "the_day.\"change.feature\"", "\"change.feature\"");
		add_item(&items, &levels->columns, "the_day.\"change.value\"", "\"change.value\"");
		add_item(&items, &levels->columns, "the_day.\"change.place\"", "\"change.place\"");
	}
	if (plan->correlated)
		add_item(&items, &levels->columns, "the_day.previous", "previous");
	else if (plan->stored)
		add_stored(plan, &items, &levels->columns);
	add_overrides(plan, &items, &levels->columns);
	appendStringInfo(&levels->sql, "SELECT %s", items.data);
	add_from(plan, &levels->sql);
}

/* Further levels. */

static char *
column_list(List *columns)
{
	StringInfoData list;
	ListCell *lc;

	initStringInfo(&list);
	foreach (lc, columns)
		appendStringInfo(&list, "%s%s", foreach_current_index(lc) ? ", " : "", (char *) lfirst(lc));
	return list.data;
}

/* Wrap what there is into a subquery that yields the given old columns and new items. */
static void
wrap(Levels *levels, List *kept, const char *items)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s%s%s\n  FROM (%s OFFSET '0') level", column_list(kept),
					 items[0] ? ",\n       " : "", items, levels->sql.data);
	pfree(levels->sql.data);
	levels->sql = sql;
}

static bool
all_ready(List *needed, List *ready)
{
	return list_difference_int(needed, ready) == NIL;
}

/* The scheme's name, when the scheme has been evaluated further down. */
static const char *
ready_scheme_column(const Levels *levels, int scheme_id)
{
	ListCell *lc;

	foreach (lc, levels->plan->schemes)
	{
		SchemePlan *plan = lfirst(lc);

		if (plan->scheme->id == scheme_id && list_member_int(levels->schemes_ready, scheme_id))
			return quote_identifier(plan->scheme->name);
	}
	return NULL;
}

/* The expression of a feature that can be computed from what is ready, or NULL. */
static const char *
upper_feature_sql(const Levels *levels, const Feature *feature)
{
	if (feature->kind == FEATURE_EXPRESSION && all_ready(feature->uses, levels->ready))
		return psprintf("(%s)", feature->expression_sql);
	if (feature->kind == FEATURE_SCHEME)
		return ready_scheme_column(levels, feature->scheme_id);
	return NULL;
}

static bool
feature_level(Levels *levels)
{
	StringInfoData items;
	List *kept = list_copy(levels->columns);
	List *done = NIL;
	ListCell *lc;

	initStringInfo(&items);
	foreach (lc, levels->plan->features)
	{
		Feature *feature = lfirst(lc);
		const char *sql;

		if (list_member_int(levels->ready, feature->id))
			continue;
		sql = upper_feature_sql(levels, feature);
		if (sql == NULL)
			continue;
		add_item(&items, &levels->columns, changeable_sql(levels->plan, feature, sql, ""),
				 quote_identifier(feature->name));
		done = lappend_int(done, feature->id);
	}
	if (done == NIL)
		return false;
	levels->ready = list_concat(levels->ready, done);
	wrap(levels, kept, items.data);
	return true;
}

static bool
has_dwell(const SchemeDefinition *definition)
{
	return strcmp(definition->min_dwell, "00:00:00") != 0;
}

/* Where there is neither, the step is to take what the rules say. */
static bool
is_stepped(const EvaluationPlan *plan, const SchemePlan *scheme)
{
	return plan->fold && (has_dwell(scheme->definition) || scheme->overrides);
}

const char *
raw_name(const EvaluationPlan *plan, const SchemePlan *scheme)
{
	if (is_stepped(plan, scheme))
		return psprintf("%s.raw", scheme->scheme->name);
	return scheme->scheme->name;
}

const char *
raw_column(const EvaluationPlan *plan, const SchemePlan *scheme)
{
	return quote_identifier(raw_name(plan, scheme));
}

/* Bin the features; scores keep their bare names just long enough for the rules to read them. */
static void
score_level(Levels *levels, const SchemePlan *scheme)
{
	StringInfoData items;
	List *ignored = NIL;
	ListCell *lc;

	if (scheme->definition->scores == NIL)
		return;
	initStringInfo(&items);
	foreach (lc, scheme->definition->scores)
	{
		Score *score = lfirst(lc);

		add_item(&items, &ignored, score_sql(score, feature_in(levels->plan->features, score->feature_id)),
				 quote_identifier(score->name));
	}
	wrap(levels, levels->columns, items.data);
}

static void
raw_level(Levels *levels, const SchemePlan *scheme)
{
	StringInfoData items;
	List *kept = list_copy(levels->columns);
	ListCell *lc;

	initStringInfo(&items);
	foreach (lc, scheme->definition->scores)
	{
		Score *score = lfirst(lc);

		add_item(&items, &levels->columns, quote_identifier(score->name),
				 dotted(scheme->scheme->name, score->name));
	}
	add_item(&items, &levels->columns, raw_sql(scheme->definition, levels->plan->codes),
			 raw_column(levels->plan, scheme));
	if (levels->plan->verdicts)
		add_item(&items, &levels->columns, verdicts_sql(scheme->definition),
				 dotted(scheme->scheme->name, "verdicts"));
	wrap(levels, kept, items.data);
}

/*
 * The fold goes from day to day: what a customer moved to, or came back into, earlier on this very day never
 * was its segment at a day's end, so the step starts from the one before, which history has.
 */
static void
predecessor_level(Levels *levels, const SchemePlan *scheme, const char *segment, const char *since)
{
	StringInfoData items;
	List *kept = list_copy(levels->columns);
	List *ignored = NIL;
	const char *name = scheme->scheme->name;
	const char *key = quote_identifier(levels->plan->population->key_name);
	const char *moved_today = psprintf("(%s < as_of) IS NOT TRUE", dotted("old", psprintf("%s.since", name)));
	char *before = psprintf("FROM %s past WHERE past.%s OPERATOR(pg_catalog.=) level.%s "
							"AND upper(past.valid) OPERATOR(pg_catalog.=) as_of",
							data_name(name, "_history"), key, key);

	initStringInfo(&items);
	add_item(&items, &ignored,
			 psprintf("CASE WHEN %s THEN (SELECT past.segment %s) ELSE %s END", moved_today, before,
					  dotted("old", name)),
			 segment);
	add_item(&items, &ignored,
			 psprintf("CASE WHEN %s THEN (SELECT lower(past.valid) %s) ELSE %s END", moved_today, before,
					  dotted("old", psprintf("%s.since", name))),
			 since);
	wrap(levels, kept, items.data);
}

/* Whether the segment is an override's, and whether that, or its end, is why it is another one. */
static void
add_override_columns(Levels *levels, const SchemePlan *scheme, StringInfo items)
{
	const char *name = scheme->scheme->name;
	char *overridden = psprintf("CASE WHEN %s IS NOT NULL THEN true END", override_column(scheme));

	add_item(items, &levels->columns, overridden, dotted(name, "overridden"));
	add_item(items, &levels->columns,
			 levels->plan->stored ? psprintf("%s IS NOT NULL OR %s IS NOT NULL", override_column(scheme),
											 dotted("old", psprintf("%s.override", name)))
								  : overridden,
			 dotted(name, "manual"));
}

static void
step_level(Levels *levels, const SchemePlan *scheme)
{
	StringInfoData items;
	List *kept = list_copy(levels->columns);
	const char *name = scheme->scheme->name;
	const char *segment = "NULL";
	const char *since = "NULL";

	if (!is_stepped(levels->plan, scheme))
		return;
	if (has_dwell(scheme->definition))
	{
		segment = dotted(name, "predecessor");
		since = dotted(name, "predecessor_since");
		predecessor_level(levels, scheme, segment, since);
	}
	initStringInfo(&items);
	add_item(&items, &levels->columns,
			 psprintf("segment.step(%s, %s, %s, as_of, %s::interval%s%s)", segment, since,
					  raw_column(levels->plan, scheme), quote_literal_cstr(scheme->definition->min_dwell),
					  scheme->overrides ? ", " : "", scheme->overrides ? override_column(scheme) : ""),
			 quote_identifier(name));
	if (scheme->overrides)
		add_override_columns(levels, scheme, &items);
	wrap(levels, kept, items.data);
}

static bool
scheme_level(Levels *levels)
{
	bool progress = false;
	ListCell *lc;

	foreach (lc, levels->plan->schemes)
	{
		SchemePlan *scheme = lfirst(lc);

		if (list_member_int(levels->schemes_ready, scheme->scheme->id) ||
			!all_ready(definition_features(scheme->definition, scheme->scheme, levels->plan->features),
					   levels->ready))
			continue;
		score_level(levels, scheme);
		raw_level(levels, scheme);
		step_level(levels, scheme);
		levels->schemes_ready = lappend_int(levels->schemes_ready, scheme->scheme->id);
		progress = true;
	}
	return progress;
}

char *
evaluation_sql(const EvaluationPlan *plan)
{
	Levels levels = {.plan = plan};

	initStringInfo(&levels.sql);
	base_level(&levels);
	while (feature_level(&levels) || scheme_level(&levels))
		;
	if (list_length(levels.ready) < list_length(plan->features) ||
		list_length(levels.schemes_ready) < list_length(plan->schemes))
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
			 errmsg("features and schemes of population \"%s\" depend on each other in a cycle",
					plan->population->name),
			 errhint(
				 "A scheme cannot read, directly or through others, a feature that is its own segment.")));
	return levels.sql.data;
}
