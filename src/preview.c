/*
 * preview.c
 *	  What a scheme's draft would do, before it does it.
 *
 * Reads ledgers and features alone, at the population's last refresh; writes
 * nothing.
 */
#include "postgres.h"

#include "portability/instr_time.h"
#include "utils/builtins.h"

#include "args.h"
#include "catalog.h"
#include "day.h"
#include "evaluate.h"
#include "quarantine.h"
#include "scheme.h"
#include "scheme_draft.h"
#include "sql.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_preview);

/* Unknown above this share of all customers is worth a word. */
#define UNKNOWN_WORTH_WARNING "0.05"

/* New and present segment of every customer, counted, with how often each rule did not know. */
static char *
matrix_sql(EvaluationPlan *plan, SchemePlan *scheme)
{
	const char *name = quote_identifier(scheme->scheme->name);
	const char *old = plan->stored ? dotted("old", scheme->scheme->name) : "NULL::text";
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s AS new, %s AS old, count(*) AS n, ARRAY[", name, old);
	for (int i = 1; i <= list_length(scheme->definition->segments); i++)
		appendStringInfo(&sql, "%scount(*) FILTER (WHERE %s[%d] IS NULL)", i > 1 ? ", " : "",
						 dotted(scheme->scheme->name, "verdicts"), i);
	appendStringInfo(&sql, "] AS unknown FROM (%s) evaluation GROUP BY 1, 2", evaluation_sql(plan));
	return sql.data;
}

/* The draft's segments in priority order, then the default. */
static char *
segment_values(const SchemeDefinition *definition)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	foreach (lc, definition->segments)
		appendStringInfo(&sql, "(%d, %s::text), ", foreach_current_index(lc) + 1,
						 quote_literal_cstr(((SegmentRule *) lfirst(lc))->name));
	appendStringInfo(&sql, "(%d, %s)", list_length(definition->segments) + 1,
					 quote_literal_cstr(definition->default_segment));
	return sql.data;
}

static char *
preview_sql(EvaluationPlan *plan, SchemePlan *scheme)
{
	return psprintf(
		"WITH matrix AS (%s), segments(place, segment) AS (VALUES %s "
		"UNION SELECT NULL, old FROM matrix WHERE old IS NOT NULL AND old NOT IN (SELECT s FROM (VALUES %s) "
		"AS v(p, s))), "
		"total AS (SELECT sum(n) AS n FROM matrix), "
		"sized AS (SELECT s.place, s.segment, "
		"COALESCE(sum(m.n) FILTER (WHERE m.new = s.segment), 0)::bigint AS customers, "
		"COALESCE(sum(m.n) FILTER (WHERE m.new = s.segment AND m.old IS DISTINCT FROM s.segment), 0)::bigint "
		"AS entering, "
		"COALESCE(sum(m.n) FILTER (WHERE m.old = s.segment AND m.new <> s.segment), 0)::bigint AS leaving, "
		"COALESCE(sum(m.unknown[s.place]), 0)::bigint AS unknown "
		"FROM segments s CROSS JOIN matrix m GROUP BY 1, 2), "
		"shared AS (SELECT d.*, round(d.customers / NULLIF(t.n, 0), 4) AS share, t.n FROM sized d CROSS JOIN "
		"total t) "
		"SELECT segment, customers, share, entering, leaving, unknown, "
		"NULLIF(concat_ws('; ', CASE WHEN place IS NULL THEN 'no longer in the draft' "
		"WHEN customers = 0 THEN 'empty' "
		"WHEN share < %s THEN format('smaller than %%s %%%%', round(%s * 100, 1)) "
		"WHEN share > %s THEN format('larger than %%s %%%%', round(%s * 100, 1)) END, "
		"CASE WHEN unknown > n * %s THEN format('rule unknown for %%s %%%% of customers', round(unknown * "
		"100 / n, 1)) END), '') "
		"AS warning FROM shared ORDER BY place NULLS LAST",
		matrix_sql(plan, scheme), segment_values(scheme->definition), segment_values(scheme->definition),
		psprintf("%g::numeric", scheme->scheme->smallest_share),
		psprintf("%g::numeric", scheme->scheme->smallest_share),
		psprintf("%g::numeric", scheme->scheme->largest_share),
		psprintf("%g::numeric", scheme->scheme->largest_share), UNKNOWN_WORTH_WARNING);
}

Datum
segment_preview(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Scheme *scheme;
	Population *population;
	EvaluationPlan *plan;
	instr_time start, end;

	require_arg(fcinfo, 0, "scheme");
	api_begin(&call);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	require_refreshed(population);
	plan = scheme_evaluation_plan(population, scheme, scheme_draft(population, scheme));
	/* Cut points are computed for a version, not by each refresh. */
	INSTR_TIME_SET_CURRENT(start);
	plan->days = psprintf("VALUES (%s)", day_sql(population->as_of));
	plan->verdicts = true;
	/* As an activation would: from where customers are, with min_dwell and overrides, without who fails. */
	plan->stored = plan->fold = scheme->version > 0;
	plan->only = quarantine_none_failed_sql(population);
	return_query(fcinfo, &call, preview_sql(plan, linitial(plan->schemes)));
	INSTR_TIME_SET_CURRENT(end);
	ereport(NOTICE,
			(errmsg("evaluated every customer at %s in %.0f ms", day_text(population->as_of),
					INSTR_TIME_GET_MILLISEC(end) - INSTR_TIME_GET_MILLISEC(start)),
			 errdetail("The scheme would add about that much to a refresh that evaluates everyone.")));
	api_end(&call);
	return (Datum) 0;
}
