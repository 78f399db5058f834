/*
 * differences.c
 *	  The query for what an evaluation finds otherwise than it is stored.
 *
 * The comparison is part of it, so that rows that did not change never leave
 * the (possibly parallel) scan.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "day.h"
#include "differences.h"

static char *
features_differ_sql(const EvaluationPlan *plan)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	appendStringInfo(&sql, "(as_of IS DISTINCT FROM %s OR entry_day IS DISTINCT FROM %s",
					 dotted("old", "as_of"), dotted("old", "entry_day"));
	foreach (lc, plan->features)
	{
		Feature *feature = lfirst(lc);

		if (feature_is_evaluated(feature))
			appendStringInfo(&sql, "\n    OR %s IS DISTINCT FROM %s", quote_identifier(feature->name),
							 dotted("old", feature->name));
	}
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

static char *
segments_differ_sql(const EvaluationPlan *plan)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "(segment_tid IS NULL");
	foreach (lc, plan->schemes)
	{
		SchemePlan *scheme = lfirst(lc);
		const char *name = scheme->scheme->name;

		appendStringInfo(
			&sql, "\n    OR %s IS DISTINCT FROM %s OR %s IS DISTINCT FROM %s OR %s IS DISTINCT FROM %d",
			quote_identifier(name), dotted("old", name), raw_column(plan, scheme),
			dotted("old", psprintf("%s.raw", name)), dotted("old", psprintf("%s.version", name)),
			scheme->definition->version);
		if (scheme->overrides)
			appendStringInfo(&sql, " OR %s IS DISTINCT FROM %s", dotted(name, "overridden"),
							 dotted("old", psprintf("%s.override", name)));
	}
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

#define PAIRS_PER_CALL 40 /* a function takes at most 100 arguments */

/* The values the rules of a scheme read, as one jsonb. */
static char *
inputs_sql(const EvaluationPlan *plan, const SchemePlan *scheme)
{
	StringInfoData sql;
	List *names = NIL;
	List *columns = NIL;
	ListCell *lc;

	foreach (lc, definition_features(scheme->definition, scheme->scheme, plan->features))
	{
		Feature *feature = feature_in(plan->features, lfirst_int(lc));

		names = lappend(names, feature->name);
		columns = lappend(columns, (void *) quote_identifier(feature->name));
	}
	foreach (lc, scheme->definition->scores)
	{
		Score *score = lfirst(lc);

		names = lappend(names, score->name);
		columns = lappend(columns, (void *) dotted(scheme->scheme->name, score->name));
	}
	initStringInfo(&sql);
	appendStringInfoString(&sql, "jsonb_build_object(");
	foreach (lc, names)
	{
		int i = foreach_current_index(lc);

		appendStringInfo(&sql, "%s%s, %s",
						 i == 0               ? ""
						 : i % PAIRS_PER_CALL ? ", "
											  : ") || jsonb_build_object(",
						 quote_literal_cstr(lfirst(lc)), (char *) list_nth(columns, i));
	}
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

char *
inputs_column(const Scheme *scheme)
{
	return psprintf("%s.inputs", scheme->name);
}

/* What writing needs of a row that differs; the old values were only to compare with. */
static char *
written_columns(const EvaluationPlan *plan, bool with_features)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	appendStringInfo(&sql, "%s, as_of, entry_day, feature_tid, segment_tid, data_changed%s",
					 quote_identifier(plan->population->key_name), plan->merges ? ", merged" : "");
	foreach (lc, plan->features)
	{
		Feature *feature = lfirst(lc);

		if (with_features && feature_is_evaluated(feature))
			appendStringInfo(&sql, ", %s", quote_identifier(feature->name));
	}
	foreach (lc, plan->schemes)
	{
		SchemePlan *scheme = lfirst(lc);
		const char *name = scheme->scheme->name;

		appendStringInfo(&sql, ", %s, %s, %s, %s", quote_identifier(name), dotted("old", name),
						 dotted("old", psprintf("%s.since", name)),
						 dotted("old", psprintf("%s.version", name)));
		if (strcmp(raw_name(plan, scheme), name) != 0)
			appendStringInfo(&sql, ", %s", raw_column(plan, scheme));
		if (scheme->overrides)
			appendStringInfo(&sql, ", %s, %s", dotted(name, "overridden"), dotted(name, "manual"));
	}
	return sql.data;
}

char *
differences_sql(EvaluationPlan *plan, DateADT day, bool write_features)
{
	StringInfoData sql;
	char *features_differ = write_features ? features_differ_sql(plan) : "false";
	char *segments_differ = segments_differ_sql(plan);
	ListCell *lc;

	plan->days = psprintf("VALUES (%s)", day_sql(day));
	plan->stored = true;
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s,\n       %s AS features_differ,\n       %s AS segments_differ",
					 written_columns(plan, write_features), features_differ, segments_differ);
	foreach (lc, plan->schemes)
	{
		SchemePlan *scheme = lfirst(lc);
		const char *name = scheme->scheme->name;

		appendStringInfo(&sql, ",\n       CASE WHEN %s IS DISTINCT FROM %s THEN %s END AS %s",
						 quote_identifier(name), dotted("old", name), inputs_sql(plan, scheme),
						 quote_identifier(inputs_column(scheme->scheme)));
	}
	appendStringInfo(&sql, "\n  FROM (%s OFFSET '0') evaluation\n WHERE %s\n    OR %s", evaluation_sql(plan),
					 features_differ, segments_differ);
	return sql.data;
}
