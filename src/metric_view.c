/*
 * metric_view.c
 *	  The view segment.metric_value: every metric of every scheme, long.
 *
 * One branch per scheme and breakdown, with both as constants, so that the
 * planner leaves out the branches a reader does not ask for.  A branch has the
 * metrics that read at least one sum it has.  Rows of segment '' are the
 * scheme's totals: metrics of the sums, since ratios do not add up.  They are a
 * level of their own, after that of the segments, so that conditions on keys
 * reach the tables.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "allocation.h"
#include "breakdown.h"
#include "metric_sql.h"
#include "metric_view.h"
#include "sql.h"

#define METRIC_VIEW "segment.metric_value"

List *
metric_schemes(void)
{
	List *found = NIL;
	ListCell *lcp;
	ListCell *lcs;

	foreach (lcp, populations_all())
	{
		Population *population = lfirst(lcp);
		List *sources = sources_of(population);

		foreach (lcs, schemes_of(population, NULL))
		{
			Scheme *scheme = lfirst(lcs);
			MetricScheme *entry = palloc0(sizeof(MetricScheme));

			if (!OidIsValid(data_oid(data_name(scheme->name, "_scorecard"))))
				continue;
			*entry = (MetricScheme){population, sources, scheme};
			entry->has_breakdowns = OidIsValid(data_oid(data_name(scheme->name, "_breakdown")));
			found = lappend(found, entry);
		}
	}
	return found;
}

static MetricBranch *
branch_create(const MetricScheme *of, const char *breakdown, char *rows, List *sums)
{
	MetricBranch *branch = palloc0(sizeof(MetricBranch));

	*branch = (MetricBranch){of, breakdown, rows, sums};
	return branch;
}

/* What is stored beside the facts, of everyone ('') or by an attribute. */
static char *
breakdown_rows(const MetricScheme *of, const char *breakdown)
{
	return psprintf("SELECT b.period_start, b.segment, b.dimension AS label, b.measure, b.value, b.is_final "
					"FROM %s b WHERE b.breakdown OPERATOR(pg_catalog.=) %s",
					data_name(of->scheme->name, "_breakdown"), quote_literal_cstr(breakdown));
}

static char *
facts_rows(const MetricScheme *of)
{
	return psprintf("SELECT f.period_start, f.segment, ''::text AS label, f.measure, f.value, f.is_final "
					"FROM %s f",
					data_name(of->scheme->name, "_facts"));
}

char *
metric_other_rows(const MetricScheme *of)
{
	char *rows = of->has_breakdowns ? breakdown_rows(of, "") : NULL;
	char *facts = rows ? psprintf("%s UNION ALL %s", facts_rows(of), rows) : facts_rows(of);
	ListCell *lc;

	foreach (lc, allocations_of(of->population))
	{
		char *shares = psprintf("SELECT a.period_start, a.segment, ''::text AS label, a.measure, a.value, "
								"a.is_final FROM (%s) a",
								allocation_rows_sql(lfirst(lc), facts));

		rows = rows ? psprintf("%s UNION ALL %s", rows, shares) : shares;
	}
	return rows;
}

char *
metric_total_rows(const MetricScheme *of)
{
	char *other = metric_other_rows(of);

	return other ? psprintf("%s UNION ALL %s", facts_rows(of), other) : facts_rows(of);
}

static MetricBranch *
total_branch(const MetricScheme *of)
{
	List *sums = names_add_all(metric_sums_of_population(of->sources),
							   allocation_sums(allocations_of(of->population)));

	return branch_create(of, "", metric_total_rows(of), sums);
}

/* Who has no value of it and did nothing is no row. */
static MetricBranch *
attribute_branch(const MetricScheme *of, const char *attribute)
{
	return branch_create(of, attribute,
						 psprintf("%s AND NOT (b.dimension OPERATOR(pg_catalog.=) '' AND b.value "
								  "OPERATOR(pg_catalog.=) 0)",
								  breakdown_rows(of, attribute)),
						 metric_sums_of_population(of->sources));
}

/* Sources whose dimension reads alike share it.  What has no label and is nothing is no row. */
static MetricBranch *
dimension_branch(const MetricScheme *of, const char *dimension)
{
	List *names = NIL;
	List *sums = NIL;
	ListCell *lc;

	foreach (lc, of->sources)
	{
		Source *source = lfirst(lc);

		if (source->dimension_sql == NULL || strcmp(source->dimension_sql, dimension) != 0)
			continue;
		names = names_add(names, source->name);
		sums = names_add_all(sums, metric_sums_of_source(source));
	}
	return branch_create(
		of, dimension,
		psprintf("SELECT f.period_start, f.segment, f.dimension AS label, f.measure, f.value, f.is_final "
				 "FROM %s f WHERE f.source OPERATOR(pg_catalog.=) ANY (%s) AND NOT (f.dimension "
				 "OPERATOR(pg_catalog.=) '' AND f.value OPERATOR(pg_catalog.=) 0)",
				 data_name(of->scheme->name, "_facts"), names_sql(names)),
		sums);
}

/* Sources' dimensions, by what they read. */
static List *
dimensions_of(List *sources)
{
	List *dimensions = NIL;
	ListCell *lc;

	foreach (lc, sources)
		if (((Source *) lfirst(lc))->dimension_sql != NULL)
			dimensions = names_add(dimensions, ((Source *) lfirst(lc))->dimension_sql);
	return dimensions;
}

List *
metric_breakdown_names(const Population *population)
{
	List *names = dimensions_of(sources_of(population));
	ListCell *lc;

	foreach (lc, breakdowns_of(population))
		names = names_add(names, ((Breakdown *) lfirst(lc))->name);
	return names;
}

List *
metric_branches(const MetricScheme *of)
{
	List *branches = list_make1(total_branch(of));
	ListCell *lc;

	foreach (lc, dimensions_of(of->sources))
		branches = lappend(branches, dimension_branch(of, lfirst(lc)));
	foreach (lc, of->has_breakdowns ? breakdowns_of(of->population) : NIL)
		branches = lappend(branches, attribute_branch(of, ((Breakdown *) lfirst(lc))->name));
	return branches;
}

static bool
any_known(List *names, List *known)
{
	ListCell *lc;

	foreach (lc, names)
		if (names_contain(known, lfirst(lc)))
			return true;
	return false;
}

static List *
metrics_known(List *metrics, List *sums)
{
	List *known = NIL;
	ListCell *lc;

	foreach (lc, metrics)
		if (any_known(((Metric *) lfirst(lc))->sums, sums))
			known = lappend(known, lfirst(lc));
	return known;
}

/* Sums and metrics. */
static MetricRows
rows_of(const MetricBranch *branch, const MetricLevel *level)
{
	MetricRows rows = {0};
	ListCell *lc;

	foreach (lc, branch->sums)
		if (metric_in(level->metrics, lfirst(lc)) == NULL)
			metric_rows_add(&rows, level, lfirst(lc), lfirst(lc), list_make1(lfirst(lc)));
	foreach (lc, metrics_known(level->metrics, branch->sums))
	{
		Metric *metric = lfirst(lc);

		metric_rows_add(&rows, level, metric->name, metric->name, metric->sums);
	}
	return rows;
}

/* Of each segment, or of all of them.  What does not differ is no key to group by. */
static char *
level_sql(const MetricBranch *branch, List *metrics, bool total)
{
	bool labels = *branch->breakdown != '\0';
	MetricLevel level = {
		.rows = branch->rows,
		.keys = psprintf("%s AS \"#segment\", r.period_start AS \"#start\", %s AS \"#label\", "
						 "pg_catalog.bool_and(r.is_final) AS \"#final\"",
						 total ? "''::text" : "r.segment", labels ? "r.label" : "''::text"),
		.grouping = psprintf("r.period_start%s%s", total ? "" : ", r.segment", labels ? ", r.label" : ""),
		.sums = list_copy(branch->sums),
		.metrics = metrics};
	char *inner = metric_level_sql(&level);
	MetricRows rows = rows_of(branch, &level);

	return psprintf(
		"SELECT %s::text AS scheme, m.\"#segment\" AS segment, m.\"#start\" AS period_start, "
		"(m.\"#start\" OPERATOR(pg_catalog.+) '1 month'::interval)::date OPERATOR(pg_catalog.-) 1 AS "
		"period_end, %s::text AS breakdown, m.\"#label\" AS label, m.metric, m.value, m.note, "
		"m.\"#final\" AS is_final FROM (%s) m",
		quote_literal_cstr(branch->of->scheme->name), quote_literal_cstr(branch->breakdown),
		metric_rows_sql(&rows, &level, inner));
}

static char *
branch_sql(const MetricBranch *branch, List *metrics)
{
	return psprintf("%s UNION ALL %s", level_sql(branch, metrics, false), level_sql(branch, metrics, true));
}

static void
comment_on_view(void)
{
	static const char *const columns[][2] = {
		{"scheme", "name of the scheme"},
		{"segment",
		 "where customers opened the period, or new, or unassigned; empty: all of them, the scheme's "
		 "total"},
		{"period_start", "first day of the period, a calendar month"},
		{"period_end", "last day of the period"},
		{"breakdown", "empty: not broken down; else a source's dimension or an attribute of the customer"},
		{"label", "label of the dimension or value of the attribute; empty: without one"},
		{"metric", "a measure, <source>_events, a count of customers, or a metric of segment.metric"},
		{"value", "of the sums at this level, never an average of ratios; NULL where something it reads is "
				  "missing"},
		{"note", "why the value is NULL"},
		{"is_final", "the period is settled: only a restatement changes it"}};

	sql_run("COMMENT ON VIEW " METRIC_VIEW " IS 'every metric of every scheme by segment and month, and by "
			"the labels of dimensions and attributes, one value per row'");
	for (int i = 0; i < lengthof(columns); i++)
		sql_run("COMMENT ON COLUMN " METRIC_VIEW ".%s IS %s", columns[i][0],
				quote_literal_cstr(columns[i][1]));
}

void
metric_view_regenerate(List *schemes, List *metrics)
{
	bool exists = OidIsValid(data_oid(METRIC_VIEW));
	StringInfoData sql;
	ListCell *lcs;
	ListCell *lcb;

	initStringInfo(&sql);
	foreach (lcs, schemes)
		foreach (lcb, metric_branches(lfirst(lcs)))
			appendStringInfo(&sql, "%s%s", sql.len > 0 ? " UNION ALL " : "",
							 branch_sql(lfirst(lcb), metrics));
	if (sql.len == 0)
		return;
	sql_run("CREATE OR REPLACE VIEW " METRIC_VIEW " AS %s", sql.data);
	if (exists)
		return;
	belongs_to_extension(METRIC_VIEW);
	comment_on_view();
}
