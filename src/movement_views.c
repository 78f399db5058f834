/*
 * movement_views.c
 *	  The plain views segment.migration and segment.value_bridge over the moves of all schemes.
 *
 * Their columns never change, so that CREATE OR REPLACE adds a scheme and
 * keeps what was built on them.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "catalog.h"
#include "movement.h"
#include "movement_rows.h"
#include "movement_sql.h"
#include "movement_views.h"
#include "sql.h"

static void
append_scheme(StringInfo sql, const Scheme *scheme)
{
	appendStringInfo(
		sql,
		"%sSELECT %s::text AS scheme, m.period_start, (m.period_start OPERATOR(pg_catalog.+) "
		"'1 month'::interval)::date OPERATOR(pg_catalog.-) 1 AS period_end, m.from_segment, m.to_segment, "
		"m.cause, m.customers, m.value_before, m.value_after, m.lapsed, m.contraction, m.expansion, "
		"m.acquired, m.to_segment OPERATOR(pg_catalog.=) %s AS gone, m.measure, m.is_final, m.computed_at "
		"FROM %s m",
		sql->len > 0 ? " UNION ALL " : "", quote_literal_cstr(scheme->name),
		quote_literal_cstr(movement_removed_name(scheme)), movement_table(scheme));
}

static char *
all_rows(void)
{
	StringInfoData sql;
	ListCell *lcp;
	ListCell *lcs;

	initStringInfo(&sql);
	foreach (lcp, populations_all())
		foreach (lcs, schemes_of(lfirst(lcp), NULL))
			if (movement_exists(lfirst(lcs)))
				append_scheme(&sql, lfirst(lcs));
	return sql.data;
}

static void
comment_on_view(const char *view, const char *comment, const char *const columns[][2])
{
	static const char *const others[][2] = {
		{"scheme", "name of the scheme"},
		{"period_start", "first day of the period, a calendar month"},
		{"period_end", "last day of the period"},
		{"measure", "what customers are valued by; NULL without a measure of money"},
		{"is_final", "the period is settled: only a restatement changes it"},
		{"computed_at", "when the latest of the row''s facts was written"},
		{NULL, NULL}};

	sql_run("COMMENT ON VIEW %s IS '%s'", view, comment);
	for (int i = 0; others[i][0] != NULL; i++)
		sql_run("COMMENT ON COLUMN %s.%s IS '%s'", view, others[i][0], others[i][1]);
	for (int i = 0; columns[i][0] != NULL; i++)
		sql_run("COMMENT ON COLUMN %s.%s IS '%s'", view, columns[i][0], columns[i][1]);
}

static void
make_view(const char *view, const char *query, const char *comment, const char *const columns[][2])
{
	bool exists = OidIsValid(data_oid(view));

	sql_run("CREATE OR REPLACE VIEW %s AS %s", view, query);
	if (!exists)
		belongs_to_extension(view);
	comment_on_view(view, comment, columns);
}

void
movement_views_regenerate(void)
{
	char *rows = all_rows();

	if (*rows == '\0')
		return;
	make_view(
		"segment.migration", migration_query(rows),
		"who moved where in each month, of all schemes, and what they were worth in the " MOVEMENT_WITHIN
		" before and the " MOVEMENT_WITHIN " to its end",
		migration_columns);
	make_view("segment.value_bridge", value_bridge_query(rows),
			  "what became of the value of each segment in each month, of all schemes: value over "
			  "the " MOVEMENT_WITHIN " before against the " MOVEMENT_WITHIN " to its end; every bridge sums "
			  "exactly, and so do the rows",
			  value_bridge_columns);
}
