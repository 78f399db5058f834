/*
 * scorecard.c
 *	  Scorecards: the long materialized view per scheme, the wide views over it.
 *
 * The long shape never changes, so the materialized view never has to be made
 * again.  The wide views are plain and follow the definitions: each is made
 * from the columns it has, by their names alone, and those it lacks, appended
 * (CREATE OR REPLACE VIEW allows no other change, and what users built on a
 * view stays).
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "allocation.h"
#include "customer_scorecard.h"
#include "clock.h"
#include "facts.h"
#include "facts_detail.h"
#include "metric_catalog.h"
#include "metric_sql.h"
#include "metric_view.h"
#include "movement_views.h"
#include "pnl.h"
#include "plan.h"
#include "scorecard.h"
#include "scorecard_rows.h"
#include "sql.h"

#define ALL_SCHEMES "segment.scorecard"
#define SHARE_PREFIX "share_of_"

typedef enum ColumnKind
{
	COLUMN_KEY, /* of the long scorecard: what a wide row stands for */
	COLUMN_COUNT,
	COLUMN_SHARE,
	COLUMN_METRIC,
	COLUMN_OWNER,
	COLUMN_STATE
} ColumnKind;

typedef struct FixedColumn
{
	const char *name;
	ColumnKind kind;
	const char *comment;
} FixedColumn;

/* Measures, event counts and shares come between the counts and the rest. */
static const FixedColumn fixed_columns[] = {
	{"scheme", COLUMN_KEY, "name of the scheme"},
	{"segment", COLUMN_KEY,
	 "where customers opened the period; new: customers in their first period; unassigned: no customer, or "
	 "one from before any history"},
	{"period_start", COLUMN_KEY, "first day of the period, a calendar month"},
	{"period_end", COLUMN_KEY, "last day of the period"},
	{"opening", COLUMN_COUNT, "customers at the end of the day before the period"},
	{"acquired", COLUMN_COUNT,
	 "customers whose entry day is in the period, by the segment in which they closed it"},
	{"moved_in", COLUMN_COUNT,
	 "customers who opened the period in another segment and closed it in this one"},
	{"moved_out", COLUMN_COUNT, "customers who opened the period in this segment and closed it in another"},
	{"removed", COLUMN_COUNT, "customers who opened the period and were gone at its close"},
	{"closing", COLUMN_COUNT,
	 "customers at the end of the period, or so far: opening + acquired + moved_in - moved_out - removed"},
	{"owner", COLUMN_OWNER, "who answered for the segment on the last day of the period"},
	{"is_final", COLUMN_STATE, "the period is settled: only a restatement changes it"},
	{"computed_at", COLUMN_STATE,
	 "when the latest of the row's facts was written; what stays as it is is not written again"},
};

/* A wide view in the making: of one scheme, or of all. */
typedef struct WideView
{
	char *name;     /* qualified */
	char *what;     /* for its comment */
	List *schemes;  /* of MetricScheme */
	List *metrics;  /* char *: the columns wanted for measures and events */
	List *other;    /* char *: sums that are no columns, but may make metrics */
	List *defined;  /* of Metric: those made of sums the view has */
	char *share_of; /* metric whose shares are wanted, or NULL */
	List *columns;  /* char *: of the view, in order */
	bool exists;
} WideView;

static const FixedColumn *
fixed_column(const char *name)
{
	for (int i = 0; i < lengthof(fixed_columns); i++)
		if (strcmp(fixed_columns[i].name, name) == 0)
			return &fixed_columns[i];
	return NULL;
}

static bool
is_share(const char *name)
{
	return strncmp(name, SHARE_PREFIX, strlen(SHARE_PREFIX)) == 0;
}

static bool
is_activity(const char *name)
{
	for (int i = 0; i < ACTIVITY_KINDS; i++)
		if (strcmp(facts_activity_names[i], name) == 0)
			return true;
	return false;
}

bool
scorecard_column_reserved(const char *name)
{
	return fixed_column(name) != NULL || is_share(name) || is_activity(name);
}

static ColumnKind
column_kind(const char *name)
{
	const FixedColumn *fixed = fixed_column(name);

	if (fixed != NULL)
		return fixed->kind;
	return is_share(name) ? COLUMN_SHARE : COLUMN_METRIC;
}

/* What a share is of: the closing count, or a metric. */
static const char *
share_base(const char *name)
{
	const char *base = name + strlen(SHARE_PREFIX);

	return strcmp(base, "customers") == 0 ? "closing" : base;
}

static char *
long_name(const Scheme *scheme)
{
	return data_name(scheme->name, "_scorecard");
}

/* By it a refresh finds periods without reading every row; and REFRESH by hand may be CONCURRENTLY. */
static void
create_unique_index(const char *name)
{
	sql_run("CREATE UNIQUE INDEX ON %s (period_start, segment, source, metric, dimension)", name);
}

/* Whoever dropped it has not thought of that. */
static void
require_unique_index(const char *name)
{
	if (sql_query("SELECT 1 FROM pg_catalog.pg_index WHERE indrelid OPERATOR(pg_catalog.=) %s::regclass "
				  "AND indisunique AND indisvalid AND indimmediate AND indpred IS NULL AND indexprs IS NULL",
				  quote_literal_cstr(name)) > 0)
		return;
	ereport(WARNING,
			(errcode(ERRCODE_WARNING), errmsg("%s had no unique index, and has one again", name),
			 errdetail("Without one every refresh would read all of it, and REFRESH MATERIALIZED VIEW "
					   "CONCURRENTLY would be refused.")));
	create_unique_index(name);
}

void
scorecard_create(const Scheme *scheme)
{
	char *name = long_name(scheme);

	if (OidIsValid(data_oid(name)))
		return;
	sql_run(
		"CREATE MATERIALIZED VIEW %s AS SELECT f.period_start, "
		"(f.period_start OPERATOR(pg_catalog.+) '1 month'::interval)::date OPERATOR(pg_catalog.-) 1 AS "
		"period_end, "
		"f.segment, f.source, f.dimension, f.measure AS metric, f.value, f.is_final, f.computed_at FROM %s f",
		name, data_name(scheme->name, "_facts"));
	create_unique_index(name);
	belongs_to_extension(name);
	sql_run("COMMENT ON MATERIALIZED VIEW %s IS %s", name,
			quote_literal_cstr(
				psprintf("scorecard of scheme \"%s\", long: one additive value per period, segment, source, "
						 "dimension label and metric; refreshed after the facts",
						 scheme->name)));
}

void
scorecard_refresh(const Scheme *scheme)
{
	char *name = long_name(scheme);
	bool populated;
	int64 generation;
	int64 shown;

	/* Before the view is refreshed: it then has these facts at least. */
	sql_query("SELECT c.relispopulated, s.facts_generation, r.facts_generation FROM pg_catalog.pg_class c, "
			  "segment.scheme s LEFT JOIN segment.scorecard_state r "
			  "ON r.scheme_id OPERATOR(pg_catalog.=) s.scheme_id "
			  "WHERE c.oid OPERATOR(pg_catalog.=) %s::regclass AND s.scheme_id OPERATOR(pg_catalog.=) %d",
			  quote_literal_cstr(name), scheme->id);
	populated = cell_bool(0, 1);
	generation = cell_int64(0, 2, 0);
	shown = cell_int64(0, 3, -1);
	require_unique_index(name);
	if (populated)
		scorecard_rows_update(scheme, name, shown);
	else
		sql_run("REFRESH MATERIALIZED VIEW %s", name);
	sql_run("INSERT INTO segment.scorecard_state VALUES (%d, " INT64_FORMAT ", %s::timestamptz) "
			"ON CONFLICT (scheme_id) DO UPDATE SET facts_generation = excluded.facts_generation, "
			"refreshed_at = excluded.refreshed_at",
			scheme->id, generation, quote_literal_cstr(timestamptz_to_str(clock_now())));
}

static List *
append_new(List *names, char *name)
{
	return names_contain(names, name) ? names : lappend(names, name);
}

/* Measures in order of definition, then how many events there were. */
static void
add_metrics(WideView *view, List *sources)
{
	ListCell *lc;
	ListCell *lcm;

	foreach (lc, sources)
		foreach (lcm, ((Source *) lfirst(lc))->measures)
			view->metrics = append_new(view->metrics, facts_measure_metric(((Measure *) lfirst(lcm))->name));
	foreach (lc, sources)
		view->metrics = append_new(view->metrics, facts_events_metric(lfirst(lc)));
}

/* Shares are of revenue, else of the first measure that has cents. */
static void
choose_share(WideView *view, List *sources)
{
	ListCell *lc;
	ListCell *lcm;

	foreach (lc, sources)
	{
		foreach (lcm, ((Source *) lfirst(lc))->measures)
		{
			Measure *measure = lfirst(lcm);

			if (strcmp(measure->name, "revenue") == 0)
				view->share_of = "revenue";
			else if (view->share_of == NULL && measure->scale > 0)
				view->share_of = facts_measure_metric(measure->name);
		}
	}
}

static void
find_columns(WideView *view)
{
	uint64 found =
		sql_query("SELECT attname::text FROM pg_catalog.pg_attribute WHERE attrelid OPERATOR(pg_catalog.=) "
				  "pg_catalog.to_regclass(%s) AND attnum OPERATOR(pg_catalog.>) 0 AND NOT attisdropped "
				  "ORDER BY attnum",
				  quote_literal_cstr(view->name));

	view->exists = found > 0;
	for (uint64 row = 0; row < found; row++)
		view->columns = lappend(view->columns, cell_text(row, 1));
}

/* Keys and counts, measures and events, shares, then who and when. */
static void
append_columns(WideView *view)
{
	ListCell *lc;

	for (int i = 0; i < lengthof(fixed_columns); i++)
	{
		if (fixed_columns[i].kind == COLUMN_OWNER)
		{
			foreach (lc, view->metrics)
				view->columns = append_new(view->columns, lfirst(lc));
			view->columns = append_new(view->columns, pstrdup(SHARE_PREFIX "customers"));
			if (view->share_of != NULL)
				view->columns = append_new(view->columns, psprintf(SHARE_PREFIX "%s", view->share_of));
			foreach (lc, view->defined)
				view->columns = append_new(view->columns, ((Metric *) lfirst(lc))->name);
		}
		view->columns = append_new(view->columns, pstrdup(fixed_columns[i].name));
	}
}

/* For the metrics made of it; read from where it is stored, which is a moment ahead of the scorecard. */
static char *
other_query(const MetricScheme *of)
{
	char *rows = metric_other_rows(of);

	if (rows == NULL)
		return "";
	return psprintf(" UNION ALL SELECT %s::text, t.segment, t.period_start, (t.period_start "
					"OPERATOR(pg_catalog.+) '1 month'::interval)::date OPERATOR(pg_catalog.-) 1, t.measure, "
					"t.value, t.is_final, NULL FROM (%s) t",
					quote_literal_cstr(of->scheme->name), rows);
}

/* The long scorecards of the view's schemes, one after the other. */
static char *
long_query(const WideView *view)
{
	static const char columns[] =
		"c.segment, c.period_start, c.period_end, c.metric AS measure, c.value, c.is_final, c.computed_at";
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	foreach (lc, view->schemes)
	{
		MetricScheme *of = lfirst(lc);
		Scheme *scheme = of->scheme;

		appendStringInfo(&sql, "%sSELECT %s::text AS scheme, %s FROM %s c", sql.len > 0 ? " UNION ALL " : "",
						 quote_literal_cstr(scheme->name), columns, long_name(scheme));
		if (view->other != NIL && view->defined != NIL)
			appendStringInfoString(&sql, other_query(of));
	}
	return sql.data;
}

/* Metrics to be summed: the columns, and what shares are of. */
static List *
metrics_to_sum(const WideView *view)
{
	List *metrics = NIL;
	ListCell *lc;

	foreach (lc, view->columns)
	{
		if (metric_in(view->defined, lfirst(lc)) != NULL)
			continue;
		if (column_kind(lfirst(lc)) == COLUMN_METRIC)
			metrics = append_new(metrics, lfirst(lc));
		else if (column_kind(lfirst(lc)) == COLUMN_SHARE &&
				 column_kind(share_base(lfirst(lc))) == COLUMN_METRIC)
			metrics = append_new(metrics, pstrdup(share_base(lfirst(lc))));
	}
	return metrics;
}

/* One row per scheme, segment and period: the sums, and the metrics made of them. */
static char *
pivot_query(const WideView *view)
{
	MetricLevel level = {.rows = long_query(view),
						 .keys = "r.scheme, r.segment, r.period_start, pg_catalog.max(r.period_end) AS "
								 "period_end, pg_catalog.bool_and(r.is_final) AS is_final, "
								 "pg_catalog.max(r.computed_at) AS computed_at",
						 .grouping = "r.scheme, r.segment, r.period_start",
						 .sums = names_add_all(metric_sums_of_customers(), metrics_to_sum(view)),
						 .metrics = view->defined};

	return metric_level_sql(&level);
}

static void
append_column(StringInfo sql, const char *name)
{
	const char *base;

	switch (column_kind(name))
	{
		case COLUMN_COUNT:
			base = quote_identifier(name);
			appendStringInfo(sql, "p.%s::bigint AS %s", base, base);
			break;
		case COLUMN_OWNER:
			appendStringInfoString(
				sql, "(SELECT o.owner FROM segment.segment_owner o WHERE o.scheme_id OPERATOR(pg_catalog.=) "
					 "s.scheme_id AND o.segment::text OPERATOR(pg_catalog.=) p.segment AND o.since "
					 "OPERATOR(pg_catalog.<=) p.period_end ORDER BY o.since DESC LIMIT 1) AS owner");
			break;
		case COLUMN_SHARE:
			base = quote_identifier(share_base(name));
			appendStringInfo(sql,
							 "pg_catalog.round(p.%s OPERATOR(pg_catalog./) NULLIF(pg_catalog.sum(p.%s) OVER "
							 "period, 0), 4) AS %s",
							 base, base, quote_identifier(name));
			break;
		default:
			appendStringInfo(sql, "p.%s", quote_identifier(name));
	}
}

/* Rows come in order of periods, then of priority, `new` and `unassigned` last. */
static char *
wide_query(const WideView *view)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	foreach (lc, view->columns)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoString(&sql, ", ");
		append_column(&sql, lfirst(lc));
	}
	appendStringInfo(
		&sql,
		" FROM (%s) p LEFT JOIN segment.scheme s ON s.name::text OPERATOR(pg_catalog.=) p.scheme "
		"LEFT JOIN segment.version_segment g ON g.scheme_id OPERATOR(pg_catalog.=) s.scheme_id "
		"AND g.version OPERATOR(pg_catalog.=) s.version AND g.name OPERATOR(pg_catalog.=) p.segment "
		"WINDOW period AS (PARTITION BY p.scheme, p.period_start) "
		"ORDER BY p.scheme, p.period_start, p.segment OPERATOR(pg_catalog.=) ANY (ARRAY[%s, %s]), "
		"g.priority NULLS LAST, p.segment",
		pivot_query(view), quote_literal_cstr(FACTS_ROW_NEW), quote_literal_cstr(FACTS_ROW_UNASSIGNED));
	return sql.data;
}

static char *
column_comment(const WideView *view, const char *name)
{
	const FixedColumn *fixed = fixed_column(name);
	Metric *metric = metric_in(view->defined, name);

	if (fixed != NULL)
		return pstrdup(fixed->comment);
	if (metric != NULL)
		return metric->description ? psprintf("%s: %s", metric->description, metric->expression)
								   : pstrdup(metric->expression);
	if (is_share(name))
		return psprintf("the row's share of all rows of its period, 0 to 1, of %s", share_base(name));
	return psprintf("\"%s\" of the events in the period, over all sources; NULL where no source had any",
					name);
}

static void
comment_on(const WideView *view)
{
	ListCell *lc;

	sql_run("COMMENT ON VIEW %s IS %s", view->name,
			quote_literal_cstr(
				psprintf("scorecard of %s: one row per segment and month; events count for the segment in "
						 "which the customer opened it; columns are only ever appended",
						 view->what)));
	foreach (lc, view->columns)
		sql_run("COMMENT ON COLUMN %s.%s IS %s", view->name, quote_identifier(lfirst(lc)),
				quote_literal_cstr(column_comment(view, lfirst(lc))));
}

/* Metrics all of whose sums the view's sources may have. */
static void
choose_metrics(WideView *view, List *metrics)
{
	List *known = names_add_all(names_add_all(metric_sums_of_customers(), view->metrics), view->other);
	ListCell *lcm;
	ListCell *lcs;

	foreach (lcm, metrics)
	{
		Metric *metric = lfirst(lcm);
		bool missing = false;

		foreach (lcs, metric->sums)
			missing |= !names_contain(known, lfirst(lcs));
		if (!missing)
			view->defined = lappend(view->defined, metric);
	}
}

static void
make_wide_view(WideView *view, List *metrics)
{
	choose_metrics(view, metrics);
	find_columns(view);
	append_columns(view);
	sql_run("CREATE OR REPLACE VIEW %s AS %s", view->name, wide_query(view));
	if (!view->exists)
		belongs_to_extension(view->name);
	comment_on(view);
}

static char *
wide_name(const Scheme *scheme)
{
	return data_name(scheme->name, "_scorecard_wide");
}

/* Activity and allocations. */
static List *
other_sums(const MetricScheme *of)
{
	return names_add_all(metric_sums_of_activity(of->sources),
						 allocation_sums(allocations_of(of->population)));
}

static void
make_scheme_view(const MetricScheme *of, List *metrics)
{
	WideView view = {.name = wide_name(of->scheme)};

	view.what = psprintf("scheme \"%s\"", of->scheme->name);
	view.schemes = list_make1((void *) of);
	add_metrics(&view, of->sources);
	view.other = other_sums(of);
	choose_share(&view, of->sources);
	make_wide_view(&view, metrics);
}

void
scorecards_regenerate(void)
{
	WideView all = {.name = ALL_SCHEMES, .what = "all schemes"};
	List *schemes = metric_schemes();
	List *metrics = metrics_all();
	ListCell *lc;

	foreach (lc, schemes)
	{
		MetricScheme *of = lfirst(lc);

		make_scheme_view(of, metrics);
		all.schemes = lappend(all.schemes, of);
		add_metrics(&all, of->sources);
		all.other = names_add_all(all.other, other_sums(of));
		choose_share(&all, of->sources);
	}
	if (schemes == NIL)
		return;
	make_wide_view(&all, metrics);
	metric_view_regenerate(schemes, metrics);
	pnl_view_regenerate(schemes);
	customer_scorecards_regenerate();
	plan_views_regenerate(schemes, metrics);
	movement_views_regenerate();
}
