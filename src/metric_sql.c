/*
 * metric_sql.c
 *	  SQL that evaluates metrics over long facts: on the sums, at any level.
 *
 * A ratio is of sums, never an average of ratios, because the sums come
 * first: one aggregate per row of the result, whose elements are columns of
 * the same SELECT (equal aggregates are computed once), then the metrics over
 * those columns, one layer of SELECT per depth.  The planner pulls these layers
 * up into one, so that a metric of metrics computes those again: every so many
 * layers OFFSET 0 stands between, as their size would double with each.
 *
 * Nothing else may come between a reader's conditions on the keys and the
 * tables: no grouping sets, which conditions do not pass, so that a level with
 * totals is two levels, one after the other.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

#include "metric_sql.h"

#define LAYERS_BETWEEN 4

bool
metric_layers_join(int depth, int of)
{
	return (depth - 1) / LAYERS_BETWEEN == (of - 1) / LAYERS_BETWEEN;
}

char *
names_sql(List *names)
{
	Datum *elements = palloc((list_length(names) + 1) * sizeof(Datum));
	ArrayType *array;
	ListCell *lc;

	foreach (lc, names)
		elements[foreach_current_index(lc)] = CStringGetTextDatum(lfirst(lc));
	array = construct_array(elements, list_length(names), TEXTOID, -1, false, TYPALIGN_INT);
	return psprintf("%s::text[]",
					quote_literal_cstr(OidOutputFunctionCall(F_ARRAY_OUT, PointerGetDatum(array))));
}

/* Keys, the sums in one array and each as a column.  A metric hides a sum of its name. */
static char *
sums_layer(const MetricLevel *level)
{
	char *sums = psprintf("segment.sums_by_name(r.measure, r.value, %s)", names_sql(level->sums));
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s, %s AS " METRIC_SUMS_COLUMN, level->keys, sums);
	foreach (lc, level->sums)
		if (metric_in(level->metrics, lfirst(lc)) == NULL)
			appendStringInfo(&sql, ", (%s)[%d] AS %s", sums, foreach_current_index(lc) + 1,
							 quote_identifier(lfirst(lc)));
	appendStringInfo(&sql, " FROM (%s) r GROUP BY %s", level->rows, level->grouping);
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
	appendStringInfo(&sql, " FROM (%s) a%s", inner, depth % LAYERS_BETWEEN == 0 ? " OFFSET 0" : "");
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
	sql = sums_layer(level);
	for (int depth = 1; (outer = metrics_layer(level, depth, sql)) != NULL; depth++)
		sql = outer;
	return sql;
}

/* Numbers of the sums a value is made of, as text of an int[]. */
static char *
inputs_of(const MetricLevel *level, List *sums)
{
	StringInfoData numbers;
	ListCell *lc;

	initStringInfo(&numbers);
	appendStringInfoChar(&numbers, '{');
	foreach (lc, sums)
		appendStringInfo(&numbers, "%s%d", foreach_current_index(lc) > 0 ? "," : "",
						 names_number(level->sums, lfirst(lc)));
	appendStringInfoChar(&numbers, '}');
	return numbers.data;
}

void
metric_rows_add(MetricRows *rows, const MetricLevel *level, const char *name, const char *column, List *sums)
{
	rows->names = lappend(rows->names, pstrdup(name));
	rows->columns = lappend(rows->columns, pstrdup(column));
	rows->inputs = lappend(rows->inputs, inputs_of(level, sums));
}

static char *
numbers_sql(List *numbers)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	foreach (lc, numbers)
		appendStringInfo(&sql, "%s%d", foreach_current_index(lc) > 0 ? "," : "", lfirst_int(lc));
	return psprintf("pg_catalog.unnest('{%s}'::int[])", sql.data);
}

/*
 * Set-returning functions in the select list cost less than a join with VALUES,
 * whose expressions are prepared anew for every row.
 */
char *
metric_rows_sql(const MetricRows *rows, const MetricLevel *level, const char *inner)
{
	StringInfoData values;
	ListCell *lc;

	initStringInfo(&values);
	foreach (lc, rows->columns)
		appendStringInfo(&values, "%sl.%s", foreach_current_index(lc) > 0 ? ", " : "",
						 quote_identifier(lfirst(lc)));
	return psprintf(
		"SELECT m.*, CASE WHEN m.value IS NULL THEN segment.metric_note(NULL, m." METRIC_SUMS_COLUMN
		", m.\"#inputs\"::int[], %s) END AS note FROM (SELECT l.*, pg_catalog.unnest(%s) AS metric, "
		"pg_catalog.unnest(ARRAY[%s]::numeric[]) AS value, pg_catalog.unnest(%s) AS \"#inputs\", "
		"%s AS \"#number\" FROM (%s) l) m",
		names_sql(level->sums), names_sql(rows->names), values.data, names_sql(rows->inputs),
		rows->numbers ? numbers_sql(rows->numbers) : "NULL::int", inner);
}
