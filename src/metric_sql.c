/*
 * metric_sql.c
 *	  SQL that evaluates metrics over long facts: on the sums, at any level.
 *
 * A ratio is of sums, never an average of ratios, because the sums come
 * first: one array per row of the result, then its elements as columns, then
 * the metrics over those columns, one layer of SELECT per depth.  The planner
 * pulls the layers up into one, unless OFFSET 0 stands between: then an element
 * of the array, which has to be searched for, is found once for all metrics.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "metric_sql.h"

char *
names_sql(List *names)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "ARRAY[");
	foreach (lc, names)
		appendStringInfo(&sql, "%s%s", foreach_current_index(lc) > 0 ? ", " : "",
						 quote_literal_cstr(lfirst(lc)));
	appendStringInfoString(&sql, "]::text[]");
	return sql.data;
}

static char *
sums_layer(const MetricLevel *level)
{
	return psprintf("SELECT %s, segment.sums_by_name(r.measure, r.value, %s) AS " METRIC_SUMS_COLUMN
					" FROM (%s) r GROUP BY %s",
					level->keys, names_sql(level->sums), level->rows, level->grouping);
}

/* A metric hides a sum of its name. */
static char *
columns_layer(const MetricLevel *level, const char *inner)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT a.*");
	foreach (lc, level->sums)
		if (metric_in(level->metrics, lfirst(lc)) == NULL)
			appendStringInfo(&sql, ", a." METRIC_SUMS_COLUMN "[%d] AS %s", foreach_current_index(lc) + 1,
							 quote_identifier(lfirst(lc)));
	appendStringInfo(&sql, " FROM (%s) a%s", inner, level->once ? " OFFSET 0" : "");
	return sql.data;
}

/* NULL when no metric is so deep. */
static char *
metrics_layer(const MetricLevel *level, int depth, const char *inner)
{
	StringInfoData sql;
	ListCell *lc;
	bool any = false;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT a.*");
	foreach (lc, level->metrics)
	{
		Metric *metric = lfirst(lc);

		if (metric->depth != depth)
			continue;
		any = true;
		appendStringInfo(&sql, ", (%s) AS %s", metric->expression_sql, quote_identifier(metric->name));
	}
	appendStringInfo(&sql, " FROM (%s) a%s", inner, level->once ? " OFFSET 0" : "");
	return any ? sql.data : NULL;
}

char *
metric_level_sql(MetricLevel *level)
{
	char *sql;
	char *outer;
	ListCell *lc;

	foreach (lc, level->metrics)
		level->sums = names_add_all(level->sums, ((Metric *) lfirst(lc))->sums);
	sql = columns_layer(level, sums_layer(level));
	for (int depth = 1; (outer = metrics_layer(level, depth, sql)) != NULL; depth++)
		sql = outer;
	return sql;
}

char *
metric_note_sql(const MetricLevel *level, const char *alias, const char *name, List *sums)
{
	StringInfoData numbers;
	ListCell *lc;

	initStringInfo(&numbers);
	foreach (lc, sums)
		appendStringInfo(&numbers, "%s%d", numbers.len > 0 ? "," : "", names_number(level->sums, lfirst(lc)));
	return psprintf("segment.metric_note(%s.%s, %s." METRIC_SUMS_COLUMN ", '{%s}'::int[], %s)", alias,
					quote_identifier(name), alias, numbers.data, names_sql(level->sums));
}
