/*
 * plan_view.c
 *	  The views that compare plan with actual: segment.plan_value,
 *	  segment.plan_vs_actual and segment.margin_variance.
 *
 * A longer period is evaluated like a month is: its sums first, then the
 * metrics of the sums, of what came and of what was planned alike.  Where a
 * ratio is planned by month and its parts are not, the plan of the longer
 * period is the months' average, and says so.  A number of customers is that
 * of the first or of the last month, whichever it is of; what counts a customer
 * again every month (active, retained ...) is not known of a longer period.
 *
 * Reading costs what is planned, not what there is: only the months and the
 * sums that targets ask for are read, each month is added up once, and plan and
 * actual meet in a GROUP BY of both.
 */
#include "postgres.h"

#include <ctype.h>

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "facts.h"
#include "facts_detail.h"
#include "metric_catalog.h"
#include "metric_sql.h"
#include "metric_view.h"
#include "plan.h"
#include "sql.h"

#define KEYS "scheme, segment, metric, grain, period_start, period_end, breakdown, label"

/* What is sorted is so by bytes, which costs a fraction; what is read has the database's collation again. */
#define BYTES " COLLATE pg_catalog.\"C\""
#define USUAL " COLLATE pg_catalog.\"default\""

/* Lower is better, where no metric says otherwise. */
static const char *const costs[] = {"cogs",    "cost_to_serve", "marketing", "acquisition_cost", "returns",
									"removed", "moved_out",     "lapsed",    "detractors"};

/* Names of all the sums there are, in any scheme. */
static List *
all_sums(List *schemes)
{
	List *sums = NIL;
	ListCell *lcs;
	ListCell *lcb;

	foreach (lcs, schemes)
		foreach (lcb, metric_branches(lfirst(lcs)))
			sums = names_add_all(sums, ((MetricBranch *) lfirst(lcb))->sums);
	return sums;
}

/* Of customers in a month against the month before: months do not add up to a quarter. */
static List *
monthly_sums(void)
{
	List *sums = NIL;

	for (int i = 0; i < ACTIVITY_KINDS; i++)
		if (i != ACTIVITY_REVENUE_RETURNED && i != ACTIVITY_ACQUISITION_COST_LANDED)
			sums = lappend(sums, pstrdup(facts_activity_names[i]));
	return sums;
}

/* Only names, constants, + and -, and COALESCE: the metric of a sum of months is the sum of the metrics. */
static bool
is_linear(const char *expression)
{
	static const char coalesce[] = "COALESCE";

	for (const char *c = expression; *c; c++)
	{
		Size before = c - expression;

		if (strchr("*/%^?<>=|'", *c) != NULL || strncmp(c, "CASE ", 5) == 0)
			return false;
		if (*c == '(' && before > 0 && (isalnum((unsigned char) c[-1]) || c[-1] == '_' || c[-1] == '"') &&
			(before < strlen(coalesce) || strncmp(c - strlen(coalesce), coalesce, strlen(coalesce)) != 0))
			return false;
	}
	return true;
}

static bool
is_linear_metric(const Metric *metric, List *metrics)
{
	ListCell *lc;

	if (!is_linear(metric->expression_sql))
		return false;
	foreach (lc, metric->uses)
	{
		Metric *used = metric_in(metrics, lfirst(lc));

		if (used != NULL && used != metric && !is_linear_metric(used, metrics))
			return false;
	}
	return true;
}

/* How months become a longer period; none: they do not. */
static const char *
rolls_sum(const char *name)
{
	if (strcmp(name, "opening") == 0)
		return "first";
	if (strcmp(name, "closing") == 0)
		return "last";
	return names_contain(monthly_sums(), name) ? "none" : "sum";
}

static const char *
rolls_metric(const Metric *metric, List *metrics)
{
	const char *rolls = NULL;
	bool mixed = !is_linear_metric(metric, metrics);
	ListCell *lc;

	foreach (lc, metric->sums)
	{
		const char *of_sum = rolls_sum(lfirst(lc));

		if (strcmp(of_sum, "none") == 0)
			return of_sum;
		mixed |= rolls != NULL && strcmp(rolls, of_sum) != 0;
		rolls = of_sum;
	}
	return mixed || rolls == NULL ? "ratio" : rolls;
}

static const char *
usual_direction(const char *name)
{
	for (int i = 0; i < lengthof(costs); i++)
		if (strcmp(costs[i], name) == 0)
			return "'down'";
	return "'up'";
}

static void
append_property(StringInfo sql, const char *name, const char *rolls, const char *direction, List *sums)
{
	appendStringInfo(sql, "%s(%s::text" BYTES ", '%s'::text, %s::text, %s)", sql->len > 0 ? ", " : "",
					 quote_literal_cstr(name), rolls, direction, names_sql(sums));
}

/* (metric, rolls, direction, sums) of all sums and metrics. */
static char *
properties_sql(List *sums, List *metrics)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	foreach (lc, sums)
		if (metric_in(metrics, lfirst(lc)) == NULL)
			append_property(&sql, lfirst(lc), rolls_sum(lfirst(lc)), usual_direction(lfirst(lc)),
							list_make1(lfirst(lc)));
	foreach (lc, metrics)
	{
		Metric *metric = lfirst(lc);

		append_property(&sql, metric->name, rolls_metric(metric, metrics),
						metric->direction ? quote_literal_cstr(metric->direction) : "NULL", metric->sums);
	}
	return sql.data;
}

static MetricRows
rows_of(const MetricLevel *level, List *sums, List *metrics, bool ratios_only)
{
	MetricRows rows = {0};
	ListCell *lc;

	foreach (lc, sums)
		if (!ratios_only && metric_in(metrics, lfirst(lc)) == NULL)
			metric_rows_add(&rows, level, lfirst(lc), lfirst(lc), list_make1(lfirst(lc)));
	foreach (lc, metrics)
	{
		Metric *metric = lfirst(lc);

		if (!ratios_only || strcmp(rolls_metric(metric, metrics), "ratio") == 0)
			metric_rows_add(&rows, level, metric->name, metric->name, metric->sums);
	}
	return rows;
}

/* Rows of a query of measures (r): the keys, metric, value and note of the metrics of its sums. */
static char *
level_rows_sql(MetricLevel *level, List *sums, List *metrics, bool ratios_only)
{
	char *inner;
	MetricRows wanted;

	level->sums = list_copy(sums);
	level->metrics = metrics;
	inner = metric_level_sql(level);
	wanted = rows_of(level, sums, metrics, ratios_only);
	return metric_rows_sql(&wanted, level, inner);
}

/* The longer periods a month or a quarter is a part of, with how many parts they take. */
#define LONGER_PERIODS                                                                                       \
	"SELECT 'quarter'::text" BYTES                                                                           \
	" AS grain, pg_catalog.date_trunc('quarter', e.period_start)::date AS start, "                           \
	"(pg_catalog.date_trunc('quarter', e.period_start) + '3 months')::date - 1 AS stop, 3 AS parts, "        \
	"1 AS rank WHERE e.grain = 'month' "                                                                     \
	"UNION ALL SELECT 'year', pg_catalog.date_trunc('year', e.period_start)::date, "                         \
	"(pg_catalog.date_trunc('year', e.period_start) + '1 year')::date - 1, "                                 \
	"CASE e.grain WHEN 'month' THEN 12 ELSE 4 END, CASE e.grain WHEN 'month' THEN 1 ELSE 2 END "             \
	"WHERE e.grain IN ('month', 'quarter') "                                                                 \
	"UNION ALL SELECT 'ytd', pg_catalog.date_trunc('year', e.period_start)::date, "                          \
	"(pg_catalog.date_trunc('year', e.period_start) + k * '1 month'::interval)::date - 1, k, 1 "             \
	"FROM pg_catalog.generate_series(pg_catalog.date_part('month', e.period_start)::int, 12) k "             \
	"WHERE e.grain = 'month'"

/* Targets, then what they make of longer periods; a target of its own goes before what months make, months
 * before quarters. */
static char *
plan_query(List *sums, List *metrics)
{
	static const char explicit_targets[] =
		"SELECT s.name::text" BYTES " AS scheme, t.segment" BYTES " AS segment, t.metric" BYTES " AS metric, "
		"t.grain" BYTES " AS grain, t.period_start, t.period_end, t.breakdown" BYTES
		" AS breakdown, t.label" BYTES " AS label, t.value, t.kind, t.set_by::text AS set_by, t.set_at, 0 AS "
		"rank FROM segment.target t JOIN "
		"segment.scheme s ON s.scheme_id = t.scheme_id WHERE t.replaced_at IS NULL AND t.to_segment = ''";
	static const char rolled[] =
		"SELECT e.scheme, e.segment, e.metric, g.grain, g.start, g.stop, e.breakdown, e.label, "
		"CASE pg_catalog.min(p.rolls) WHEN 'sum' THEN pg_catalog.sum(e.value) WHEN 'first' THEN "
		"pg_catalog.min(e.value) FILTER (WHERE e.period_start = g.start) WHEN 'last' THEN "
		"pg_catalog.min(e.value) FILTER (WHERE e.period_end = g.stop) ELSE pg_catalog.avg(e.value) END, "
		"CASE WHEN pg_catalog.min(e.kind) = pg_catalog.max(e.kind) THEN pg_catalog.min(e.kind) END, "
		"CASE WHEN pg_catalog.min(e.set_by) = pg_catalog.max(e.set_by) THEN pg_catalog.min(e.set_by) END, "
		"pg_catalog.max(e.set_at), g.rank FROM explicit e CROSS JOIN LATERAL (" LONGER_PERIODS ") g "
		"LEFT JOIN property p ON p.metric = e.metric WHERE p.rolls IS DISTINCT FROM 'none' GROUP BY "
		"e.scheme, e.segment, e.metric, g.grain, "
		"g.start, g.stop, e.breakdown, e.label, g.rank, g.parts HAVING pg_catalog.count(*) = g.parts";
	MetricLevel parts = {
		.rows =
			"SELECT c.*, c.metric AS measure FROM chosen c WHERE (c.scheme, c.segment, c.grain, "
			"c.period_start, c.period_end, c.breakdown, c.label) IN (SELECT x.scheme, x.segment, x.grain, "
			"x.period_start, x.period_end, x.breakdown, x.label FROM chosen x JOIN property y ON y.metric = "
			"x.metric WHERE x.rank > 0 AND y.rolls = 'ratio')",
		.keys =
			"r.scheme AS \"#scheme\", r.segment AS \"#segment\", r.grain AS \"#grain\", r.period_start AS "
			"\"#start\", r.period_end AS \"#end\", r.breakdown AS \"#breakdown\", r.label AS \"#label\"",
		.grouping = "r.scheme, r.segment, r.grain, r.period_start, r.period_end, r.breakdown, r.label"};

	return psprintf(
		"WITH property (metric, rolls, direction, sums) AS (VALUES %s), explicit AS (%s), chosen AS ("
		"SELECT DISTINCT ON (" KEYS ") c.* FROM (TABLE explicit UNION ALL %s) c ORDER BY " KEYS ", rank) "
		"SELECT c.scheme" USUAL " AS scheme, c.segment" USUAL " AS segment, c.metric" USUAL " AS metric, "
		"c.grain" USUAL " AS grain, c.period_start, c.period_end, c.breakdown" USUAL
		" AS breakdown, c.label" USUAL " AS label, "
		"CASE WHEN c.rank > 0 AND p.rolls = 'ratio' THEN COALESCE(d.value, c.value) ELSE c.value END AS "
		"value, c.kind, c.set_by, c.set_at, CASE WHEN c.rank = 0 THEN NULL WHEN p.rolls = 'ratio' AND "
		"d.value IS NOT NULL THEN 'plan: from its planned parts' WHEN p.rolls = 'ratio' THEN 'plan: average "
		"of the parts of the period, since what it is made of has no plan' WHEN p.rolls = 'sum' THEN 'plan: "
		"sum of the parts of the period' ELSE 'plan: that of the ' || p.rolls || ' part of the period' END "
		"AS note FROM chosen c LEFT JOIN property p ON p.metric = c.metric LEFT JOIN (%s) d ON c.rank > 0 "
		"AND "
		"d.\"#scheme\" = c.scheme AND d.\"#segment\" = c.segment AND d.metric" BYTES " = c.metric AND "
		"d.\"#grain\" = c.grain AND d.\"#start\" = c.period_start AND d.\"#end\" = c.period_end AND "
		"d.\"#breakdown\" = c.breakdown AND d.\"#label\" = c.label",
		properties_sql(sums, metrics), explicit_targets, rolled, level_rows_sql(&parts, sums, metrics, true));
}

/* From the first to the last month each scheme has facts of. */
static char *
history_sql(List *schemes)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	foreach (lc, schemes)
	{
		Scheme *scheme = ((MetricScheme *) lfirst(lc))->scheme;

		appendStringInfo(
			&sql,
			"%sSELECT %s::text AS scheme, %d AS scheme_id, pg_catalog.min(f.period_start) AS first, "
			"pg_catalog.max(f.period_start) AS last FROM %s f",
			sql.len > 0 ? " UNION ALL " : "", quote_literal_cstr(scheme->name), scheme->id,
			data_name(scheme->name, "_facts"));
	}
	return sql.data;
}

static bool
plans_moves(const Scheme *scheme)
{
	return sql_query("SELECT 1 FROM segment.target WHERE scheme_id OPERATOR(pg_catalog.=) %d AND to_segment "
					 "OPERATOR(pg_catalog.<>) '' AND replaced_at IS NULL LIMIT 1",
					 scheme->id) > 0;
}

/* How many customers moved from one segment to another, for the targets on it. */
static char *
moves_sql(List *schemes)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	foreach (lc, schemes)
	{
		MetricScheme *of = lfirst(lc);
		char *history = data_name(of->scheme->name, "_history");
		const char *key = quote_identifier(of->population->key_name);

		if (plans_moves(of->scheme) && OidIsValid(data_oid(history)))
			appendStringInfo(
				&sql,
				" UNION ALL SELECT t.target_id, (SELECT pg_catalog.count(*) FROM %s a JOIN %s b ON b.%s "
				"OPERATOR(pg_catalog.=) a.%s WHERE a.segment = t.segment AND a.valid @> (t.period_start - 1) "
				"AND b.segment = t.to_segment AND b.valid @> LEAST(t.period_end, p.as_of)) FROM "
				"segment.target "
				"t JOIN segment.population p ON p.population_id = %d WHERE t.scheme_id = %d AND t.to_segment "
				"<> '' AND t.replaced_at IS NULL AND t.period_start <= p.as_of",
				history, history, key, key, of->population->id, of->scheme->id);
	}
	return psprintf("SELECT NULL::bigint AS target_id, NULL::bigint AS customers WHERE false%s", sql.data);
}

/* Sums every row has, so that there is a row where what is asked for is missing. */
static List *
present_sums(List *schemes)
{
	List *sums = list_make1(linitial(metric_sums_of_customers()));
	ListCell *lcs;
	ListCell *lc;

	foreach (lcs, schemes)
		foreach (lc, ((MetricScheme *) lfirst(lcs))->sources)
			sums = names_add(sums, facts_events_metric(lfirst(lc)));
	return sums;
}

/* The months and sums asked for of one breakdown of one scheme, of each segment and of all. */
static char *
branch_sql(const MetricBranch *branch)
{
	char *scheme = quote_literal_cstr(branch->of->scheme->name);
	char *breakdown = quote_literal_cstr(branch->breakdown);
	char *mine = psprintf("FROM part WHERE part.scheme = %s AND part.breakdown = %s", scheme, breakdown);

	return psprintf(
		"SELECT %s::text AS scheme, %s::text AS breakdown, r.period_start, COALESCE(r.segment, '') "
		"AS segment, r.label, r.measure, pg_catalog.sum(r.value) AS value, "
		"pg_catalog.bool_and(r.is_final) AS is_final FROM (%s) r WHERE EXISTS (SELECT %s) AND "
		"r.period_start = ANY ((SELECT pg_catalog.array_agg(DISTINCT part.month) %s)::date[]) AND "
		"r.measure = ANY ((SELECT wanted_sums.names FROM wanted_sums)::text[]) GROUP BY GROUPING "
		"SETS ((r.period_start, r.label, r.measure, r.segment), (r.period_start, r.label, r.measure))",
		scheme, breakdown, branch->rows, mine, mine);
}

/* What is planned, or has a benchmark: no more is evaluated. */
static char *
actual_query(List *schemes, List *sums, List *metrics)
{
	MetricLevel level = {.keys = "r.number AS \"#number_of\", r.segment AS \"#segment\", r.label AS "
								 "\"#label\", pg_catalog.bool_and(r.is_final) AS \"#final\"",
						 .grouping = "r.number, r.segment, r.label"};
	StringInfoData branches;
	ListCell *lcs;
	ListCell *lcb;

	initStringInfo(&branches);
	foreach (lcs, schemes)
		foreach (lcb, metric_branches(lfirst(lcs)))
			appendStringInfo(&branches, "%s%s", branches.len > 0 ? " UNION ALL " : "",
							 branch_sql(lfirst(lcb)));
	level.rows = psprintf(
		"SELECT n.number, b.segment" BYTES " AS segment, b.label" BYTES " AS label, b.measure, b.value, "
		"b.is_final AND n.complete AS is_final FROM (%s) b JOIN part n ON n.scheme = b.scheme AND "
		"n.breakdown = b.breakdown AND n.month = b.period_start WHERE (b.measure <> 'opening' OR n.is_first) "
		"AND (b.measure <> 'closing' OR n.is_last) AND (n.grain = 'month' OR b.measure <> ALL (%s))",
		branches.data, names_sql(monthly_sums()));
	return level_rows_sql(&level, sums, metrics, false);
}

/* Periods that are asked for, numbered; which months each has; which sums the metrics read. */
#define WANTED_CTES                                                                                          \
	"wanted AS MATERIALIZED (SELECT scheme, metric, grain, breakdown, period_start, period_end FROM plan "   \
	"UNION SELECT scheme, metric, grain, breakdown, period_start, period_end FROM bench), needed AS "        \
	"MATERIALIZED (SELECT d.*, pg_catalog.row_number() OVER () AS number FROM (SELECT DISTINCT scheme, "     \
	"grain, breakdown, period_start, period_end FROM wanted) d), part AS MATERIALIZED (SELECT n.*, "         \
	"m.month::date AS month, m.month::date = GREATEST(n.period_start, h.first) AS is_first, m.month::date "  \
	"= LEAST(pg_catalog.date_trunc('month', n.period_end)::date, h.last) AS is_last, "                       \
	"pg_catalog.date_trunc('month', n.period_end)::date <= h.last AS complete FROM needed n JOIN history h " \
	"ON h.scheme = n.scheme CROSS JOIN LATERAL pg_catalog.generate_series(n.period_start::timestamp, "       \
	"n.period_end::timestamp, '1 month') m (month)), wanted_sums AS (SELECT pg_catalog.array_agg(DISTINCT "  \
	"s.name) || %s AS names, pg_catalog.array_agg(DISTINCT w.metric) AS metrics FROM wanted w JOIN "         \
	"property p ON p.metric = w.metric" BYTES " CROSS JOIN "                                                 \
	"LATERAL pg_catalog.unnest(p.sums) s (name)), "

/* Every metric, period and breakdown that has a plan somewhere, of every segment, beside the plan. */
#define CELLS                                                                                                \
	"SELECT n.scheme, e.segment" USUAL " AS segment, ''::text AS to_segment, e.metric" USUAL " AS metric, "  \
	"n.grain, n.period_start, n.period_end, n.breakdown, e.label" USUAL " AS label, e.actual, e.plan, "      \
	"e.kind, NULL::numeric AS benchmark, e.is_final, e.set_by, e.set_at, e.note, NULL::text AS direction, "  \
	"NULL::int AS scheme_id FROM (SELECT e.number, e.segment, e.metric, e.label, "                           \
	"pg_catalog.max(e.actual) AS actual, pg_catalog.max(e.plan) AS plan, pg_catalog.max(e.kind) AS kind, "   \
	"COALESCE(pg_catalog.bool_or(e.is_final), false) AS is_final, pg_catalog.max(e.set_by) AS set_by, "      \
	"pg_catalog.max(e.set_at) AS set_at, NULLIF(pg_catalog.concat_ws('; ', CASE WHEN "                       \
	"pg_catalog.bool_or(e.planned) THEN pg_catalog.max(e.note) FILTER (WHERE e.planned) ELSE 'no plan' "     \
	"END, CASE WHEN pg_catalog.bool_and(e.planned) THEN 'no actual' ELSE pg_catalog.max(e.note) FILTER "     \
	"(WHERE NOT e.planned) END), '') AS note FROM (SELECT a.\"#number_of\" AS number, a.\"#segment\" AS "    \
	"segment, a.metric" BYTES " AS metric, a.\"#label\" AS label, false AS planned, a.value AS actual, "     \
	"NULL::numeric AS plan, NULL::text AS kind, a.\"#final\" AS is_final, NULL::text AS set_by, "            \
	"NULL::timestamptz AS set_at, CASE WHEN a.value IS NULL AND n.grain <> 'month' AND p.rolls = 'none' "    \
	"THEN 'known of single months only: the same customers count in each' ELSE a.note END AS note FROM "     \
	"actual a JOIN needed n ON n.number = a.\"#number_of\" JOIN property p ON p.metric = a.metric" BYTES     \
	" WHERE a.metric = ANY ((SELECT x.metrics FROM wanted_sums x)::text[]) AND (n.scheme, a.metric, "        \
	"n.grain, n.breakdown) IN (SELECT w.scheme, w.metric, w.grain, w.breakdown "                             \
	"FROM wanted w) UNION ALL SELECT n.number, l.segment" BYTES ", l.metric" BYTES ", l.label" BYTES         \
	", true, NULL, l.value, l.kind, NULL, l.set_by, l.set_at, l.note FROM plan l JOIN needed n ON n.scheme " \
	"= l.scheme AND n.grain = l.grain AND n.breakdown = l.breakdown AND n.period_start = l.period_start "    \
	"AND n.period_end = l.period_end) e GROUP BY e.number, e.segment, e.metric, e.label) e JOIN needed n "   \
	"ON n.number = e.number"

/* A target on a move is of the number of customers who made it. */
#define MOVES                                                                                                \
	"SELECT h.scheme, t.segment, t.to_segment, t.metric, t.grain, t.period_start, t.period_end, "            \
	"t.breakdown, t.label, m.customers::numeric AS actual, t.value AS plan, t.kind, NULL::numeric AS "       \
	"benchmark, t.period_end < p.as_of AS is_final, t.set_by::text AS set_by, t.set_at, CASE WHEN "          \
	"m.target_id IS NULL THEN 'no actual: the period is to come' END AS note, NULL::text AS direction, "     \
	"h.scheme_id FROM segment.target t JOIN history h ON h.scheme_id = t.scheme_id JOIN segment.scheme s "   \
	"ON s.scheme_id = t.scheme_id JOIN segment.population p ON p.population_id = s.population_id LEFT "      \
	"JOIN moved m ON m.target_id = t.target_id WHERE t.to_segment <> '' AND t.replaced_at IS NULL"

static char *
comparison_query(List *schemes, List *sums, List *metrics)
{
	static const char benchmarks[] =
		"SELECT h.scheme, b.segment, b.metric, b.grain, b.period_start, b.period_end, ''::text AS breakdown, "
		"''::text AS label, b.value FROM segment.benchmark b JOIN history h ON h.scheme_id = b.scheme_id "
		"WHERE b.replaced_at IS NULL";

	return psprintf(
		"WITH property (metric, rolls, direction, sums) AS (VALUES %s), history AS MATERIALIZED (%s), plan "
		"AS "
		"MATERIALIZED (TABLE segment.plan_value), bench AS MATERIALIZED (%s), " WANTED_CTES "actual AS (%s), "
		"moved AS (%s) "
		"SELECT c.scheme, c.segment, c.to_segment, c.metric, c.grain, c.period_start, c.period_end, "
		"c.breakdown, c.label, c.actual, c.plan, c.actual - c.plan AS variance, pg_catalog.round(100 * "
		"(c.actual - c.plan) / NULLIF(pg_catalog.abs(c.plan), 0), 2) AS variance_pct, CASE COALESCE("
		"c.direction, q.direction, CASE WHEN c.to_segment <> '' THEN 'up' END) WHEN 'up' THEN c.actual >= "
		"c.plan WHEN 'down' THEN c.actual <= c.plan END AS on_plan, c.kind, b.value AS benchmark, "
		"pg_catalog.round(100 * c.actual / NULLIF(b.value, 0), 1) AS benchmark_index, o.owner, c.is_final, "
		"c.note, c.set_by, c.set_at FROM (" CELLS " UNION ALL " MOVES
		") c LEFT JOIN property q ON q.metric = "
		"c.metric" BYTES
		" LEFT JOIN bench b ON c.to_segment = '' AND b.scheme = c.scheme AND b.segment = c.segment "
		"AND b.metric = c.metric AND b.grain = c.grain AND b.period_start = c.period_start AND b.period_end "
		"= "
		"c.period_end AND c.breakdown = '' LEFT JOIN history h ON h.scheme = c.scheme LEFT JOIN LATERAL "
		"(SELECT o.owner FROM segment.segment_owner o WHERE o.scheme_id = h.scheme_id AND o.segment::text = "
		"c.segment AND o.since <= c.period_end ORDER BY o.since DESC LIMIT 1) o ON true",
		properties_sql(sums, metrics), history_sql(schemes), benchmarks, names_sql(present_sums(schemes)),
		actual_query(schemes, sums, metrics), moves_sql(schemes));
}

/*
 * Volume, spend and margin add up to the difference exactly, whatever is
 * rounded in between: each ends where the next begins.
 */
#define MARGIN_QUERY                                                                                         \
	"WITH cell AS (SELECT v.scheme, v.segment, v.grain, v.period_start, v.period_end, v.breakdown, "         \
	"v.label, "                                                                                              \
	"pg_catalog.max(v.actual) FILTER (WHERE v.metric = 'customers') AS customers, "                          \
	"pg_catalog.max(v.plan) FILTER (WHERE v.metric = 'customers') AS planned_customers, "                    \
	"pg_catalog.max(v.actual) FILTER (WHERE v.metric = 'revenue') AS revenue, "                              \
	"pg_catalog.max(v.plan) FILTER (WHERE v.metric = 'revenue') AS planned_revenue, "                        \
	"pg_catalog.max(v.actual) FILTER (WHERE v.metric = 'contribution_margin') AS margin, "                   \
	"pg_catalog.max(v.plan) FILTER (WHERE v.metric = 'contribution_margin') AS planned_margin, "             \
	"pg_catalog.max(v.owner) AS owner, pg_catalog.bool_and(v.is_final) AS is_final "                         \
	"FROM segment.plan_vs_actual v WHERE v.metric IN ('customers', 'revenue', 'contribution_margin') AND "   \
	"v.to_segment = '' GROUP BY 1, 2, 3, 4, 5, 6, 7), step AS (SELECT c.*, "                                 \
	"pg_catalog.round(c.customers * c.planned_margin / NULLIF(c.planned_customers, 0), 6) AS at_volume, "    \
	"pg_catalog.round(c.revenue * c.planned_margin / NULLIF(c.planned_revenue, 0), 6) AS at_spend "          \
	"FROM cell c) SELECT s.scheme, s.segment, s.grain, s.period_start, s.period_end, s.breakdown, s.label, " \
	"s.customers, s.planned_customers, s.revenue, s.planned_revenue, s.margin, s.planned_margin, "           \
	"s.margin - s.planned_margin AS variance, s.at_volume - s.planned_margin AS volume_variance, "           \
	"s.at_spend - s.at_volume AS spend_variance, s.margin - s.at_spend AS margin_variance, s.owner, "        \
	"s.is_final, CASE WHEN s.planned_customers IS NULL THEN 'no plan of customers' WHEN s.planned_revenue "  \
	"IS NULL THEN 'no plan of revenue' WHEN s.planned_margin IS NULL THEN 'no plan of contribution_margin' " \
	"WHEN 0 IN (s.planned_customers, s.planned_revenue) THEN 'nothing is planned to compare with' WHEN "     \
	"s.customers IS NULL OR s.revenue IS NULL OR s.margin IS NULL THEN 'no actual' END AS note FROM step s"

static void
make_view(const char *name, const char *query, const char *comment)
{
	bool exists = OidIsValid(data_oid(name));

	sql_run("CREATE OR REPLACE VIEW %s AS %s", name, query);
	if (exists)
		return;
	belongs_to_extension(name);
	sql_run("COMMENT ON VIEW %s IS %s", name, quote_literal_cstr(comment));
}

void
plan_views_regenerate(List *schemes, List *metrics)
{
	List *sums;

	if (schemes == NIL)
		return;
	sums = all_sums(schemes);
	make_view("segment.plan_value", plan_query(sums, metrics),
			  "targets in force, by month, quarter and year as set, and what months make of quarters, years "
			  "and the year to date (grain ytd): sums add up, numbers of customers are those of the first or "
			  "last month, ratios are those of their planned parts, else the average; note says which");
	make_view("segment.plan_vs_actual", comparison_query(schemes, sums, metrics),
			  "plan against actual: every metric, period and breakdown with a target, for every segment. "
			  "variance is actual - plan, variance_pct of the plan; on_plan by the metric's direction; owner "
			  "on the period's last day; segment empty: the scheme's total; to_segment: a target on a move; "
			  "benchmark_index is actual / benchmark x 100; note says why something is NULL");
	make_view("segment.margin_variance", MARGIN_QUERY,
			  "why the contribution margin is off plan: by the number of customers (volume), by what each "
			  "spends (spend), by what is left of it (margin); the three add up to the variance exactly. "
			  "Needs targets of customers, revenue and contribution_margin");
}
