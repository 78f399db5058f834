/*
 * pnl.c
 *	  The view segment.pnl: profit and loss of every segment, line by line.
 *
 * Lines are those a population's measures allow.  Costs are negative, so that
 * a subtotal is the sum of the lines above it; what is missing is NULL, and
 * so is every subtotal it would be part of.  Allocated cost stands below the
 * contribution margin: it is somebody's rule, not a fact.
 *
 * Every amount is rounded by itself to the digits revenue has: cents, as a
 * rule.  Exact ones are in segment.metric_value.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "allocation.h"
#include "metric_sql.h"
#include "metric_view.h"
#include "pnl.h"
#include "sql.h"

#define PNL_VIEW "segment.pnl"
#define FIRST_ALLOCATION 100 /* lines from there on are of allocations */

typedef struct PnlLine
{
	int number;
	const char *line;
	Metric *metric;
} PnlLine;

typedef struct PnlLines
{
	List *known; /* char *: sums there are */
	List *lines; /* of PnlLine */
	int next;
} PnlLines;

/* Costs by the names they usually have; other measures are no cost. */
static const char *const variable_costs[] = {"cogs",      "cost_to_serve", "fulfilment",
											 "marketing", "contact_cost",  "acquisition_cost"};

/* "expression" over sums of these names, which are quoted already where need be. */
static void
add_line(PnlLines *lines, int number, const char *line, char *expression, List *sums)
{
	PnlLine *added = palloc0(sizeof(PnlLine));

	added->number = number;
	added->line = line;
	added->metric = palloc0(sizeof(Metric));
	added->metric->name = psprintf("#%d", number);
	added->metric->expression_sql = expression;
	added->metric->sums = sums;
	added->metric->depth = 1;
	lines->lines = lappend(lines->lines, added);
}

static char *
minus(const char *expression, const char *sum)
{
	return psprintf("%s OPERATOR(pg_catalog.-) %s", expression, quote_identifier(sum));
}

static void
add_revenue(PnlLines *lines)
{
	if (names_contain(lines->known, "returns"))
	{
		add_line(lines, 10, "gross revenue", "revenue", list_make1("revenue"));
		add_line(lines, 20, "returns", "OPERATOR(pg_catalog.-) returns", list_make1("returns"));
		add_line(lines, 30, "revenue", minus("revenue", "returns"), list_make2("revenue", "returns"));
		return;
	}
	if (names_contain(lines->known, "revenue_returned"))
	{
		add_line(lines, 10, "gross revenue", "revenue OPERATOR(pg_catalog.+) revenue_returned",
				 list_make2("revenue", "revenue_returned"));
		add_line(lines, 20, "returns", "OPERATOR(pg_catalog.-) revenue_returned",
				 list_make1("revenue_returned"));
	}
	add_line(lines, 30, "revenue", "revenue", list_make1("revenue"));
}

/* Net revenue, less each cost; the margins are of what stands above them. */
static char *
add_costs(PnlLines *lines, List **sums)
{
	char *margin = "revenue";

	*sums = list_make1("revenue");
	if (names_contain(lines->known, "returns"))
	{
		margin = minus(margin, "returns");
		*sums = lappend(*sums, "returns");
	}
	for (int i = 0; i < lengthof(variable_costs); i++)
	{
		char *cost = pstrdup(variable_costs[i]);

		if (!names_contain(lines->known, cost))
			continue;
		margin = minus(margin, cost);
		*sums = lappend(*sums, cost);
		add_line(lines, 40 + 5 * i, cost, psprintf("OPERATOR(pg_catalog.-) %s", cost), list_make1(cost));
		if (i == 0)
			add_line(lines, 42, "gross margin", margin, list_copy(*sums));
	}
	add_line(lines, 80, "contribution margin", margin, list_copy(*sums));
	return margin;
}

/* Nothing allocated in a period is no cost in it, not an unknown one. */
static char *
or_zero(const char *sum)
{
	return psprintf("COALESCE(%s, 0)", quote_identifier(sum));
}

static void
add_allocations(PnlLines *lines, List *allocations, char *margin, List *sums)
{
	int number = FIRST_ALLOCATION;
	ListCell *lcp;
	ListCell *lcs;

	foreach (lcp, allocations)
	{
		Allocation *allocation = lfirst(lcp);

		foreach (lcs, allocation_sums(list_make1(allocation)))
		{
			char *sum = lfirst(lcs);
			bool rest = strcmp(sum, allocation->name) != 0;

			margin = psprintf("%s OPERATOR(pg_catalog.-) %s", margin, or_zero(sum));
			add_line(lines, number++,
					 psprintf("%s: %s", rest ? "unallocated" : "allocated", allocation->name),
					 psprintf("OPERATOR(pg_catalog.-) %s", quote_identifier(sum)), list_make1(sum));
			sums = lappend(sums, sum);
		}
	}
	if (allocations != NIL)
		add_line(lines, 9999, "margin after allocations", margin, sums);
}

static List *
lines_of(const MetricScheme *of)
{
	PnlLines lines = {.known = metric_sums_of_population(of->sources)};
	List *allocations = allocations_of(of->population);
	List *sums;
	char *margin;

	if (!names_contain(lines.known, "revenue"))
		return NIL;
	add_revenue(&lines);
	margin = add_costs(&lines, &sums);
	add_allocations(&lines, allocations, margin, sums);
	return lines.lines;
}

static MetricRows
rows_of(List *lines, const MetricLevel *level)
{
	MetricRows rows = {0};
	ListCell *lc;

	foreach (lc, lines)
	{
		PnlLine *line = lfirst(lc);

		metric_rows_add(&rows, level, line->line, line->metric->name, line->metric->sums);
		rows.numbers = lappend_int(rows.numbers, line->number);
	}
	return rows;
}

static int
revenue_digits(List *sources)
{
	int digits = 0;
	ListCell *lcs;
	ListCell *lcm;

	foreach (lcs, sources)
		foreach (lcm, ((Source *) lfirst(lcs))->measures)
		{
			Measure *measure = lfirst(lcm);

			if (strcmp(measure->name, "revenue") == 0)
				digits = Max(digits, measure->scale);
		}
	return digits;
}

/* Of each segment, or of all of them.  What an allocation has nothing of is no line. */
static char *
level_sql(const MetricScheme *of, List *lines, bool total)
{
	MetricLevel level = {
		.rows = metric_total_rows(of),
		.keys = psprintf("%s AS \"#segment\", r.period_start AS \"#start\", pg_catalog.bool_and(r.is_final) "
						 "AS \"#final\"",
						 total ? "''::text" : "r.segment"),
		.grouping = total ? "r.period_start" : "r.period_start, r.segment"};
	MetricRows rows;
	char *inner;
	ListCell *lc;

	foreach (lc, lines)
		level.metrics = lappend(level.metrics, ((PnlLine *) lfirst(lc))->metric);
	inner = metric_level_sql(&level);
	rows = rows_of(lines, &level);
	return psprintf(
		"SELECT %s::text AS scheme, m.\"#segment\" AS segment, m.\"#start\" AS period_start, "
		"(m.\"#start\" OPERATOR(pg_catalog.+) '1 month'::interval)::date OPERATOR(pg_catalog.-) 1 AS "
		"period_end, m.\"#number\" AS line_no, m.metric AS line, pg_catalog.round(m.value, %d) AS amount, "
		"pg_catalog.round(m.value OPERATOR(pg_catalog./) NULLIF(m.\"#30\", 0), 4) AS share_of_revenue, "
		"m.note, m.\"#final\" AS is_final FROM (%s) m WHERE m.value IS NOT NULL OR m.\"#number\" "
		"OPERATOR(pg_catalog.<) %d",
		quote_literal_cstr(of->scheme->name), revenue_digits(of->sources),
		metric_rows_sql(&rows, &level, inner), FIRST_ALLOCATION);
}

static char *
scheme_pnl_sql(const MetricScheme *of, List *lines)
{
	return psprintf("%s UNION ALL %s", level_sql(of, lines, false), level_sql(of, lines, true));
}

static void
comment_on_view(void)
{
	static const char *const columns[][2] = {
		{"scheme", "name of the scheme"},
		{"segment", "where customers opened the period, or new, or unassigned; empty: the scheme's total"},
		{"period_start", "first day of the period, a calendar month"},
		{"period_end", "last day of the period"},
		{"line_no", "order of the lines"},
		{"line",
		 "what the line is; a margin is the sum of the lines above it that are no margins, from revenue on"},
		{"amount", "in the currency of the measures, costs negative, rounded to the digits of revenue; NULL "
				   "where something it "
				   "reads is missing"},
		{"share_of_revenue", "of the line revenue, 0 to 1"},
		{"note", "why the amount is NULL"},
		{"is_final", "the period is settled: only a restatement changes it"}};

	sql_run(
		"COMMENT ON VIEW " PNL_VIEW " IS 'profit and loss of every segment of every scheme by month, one "
		"row per line: revenue, costs, contribution margin; then what allocations share out, and what they "
		"could not'");
	for (int i = 0; i < lengthof(columns); i++)
		sql_run("COMMENT ON COLUMN " PNL_VIEW ".%s IS %s", columns[i][0], quote_literal_cstr(columns[i][1]));
}

void
pnl_view_regenerate(List *schemes)
{
	bool exists = OidIsValid(data_oid(PNL_VIEW));
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	foreach (lc, schemes)
	{
		List *lines = lines_of(lfirst(lc));

		if (lines != NIL)
			appendStringInfo(&sql, "%s%s", sql.len > 0 ? " UNION ALL " : "",
							 scheme_pnl_sql(lfirst(lc), lines));
	}
	if (sql.len == 0)
		return;
	sql_run("CREATE OR REPLACE VIEW " PNL_VIEW " AS %s", sql.data);
	if (exists)
		return;
	belongs_to_extension(PNL_VIEW);
	comment_on_view();
}
