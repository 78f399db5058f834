/*
 * customer_scorecard.c
 *	  One row per customer: segments, features, what it is worth and what to do;
 *	  and how features are distributed within segments.
 *
 * Over the join view, whose columns are only ever appended.  The view of a
 * population has the key in its own type, to be looked up by; the one over all
 * populations has it as text.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "args.h"
#include "catalog.h"
#include "customer_scorecard.h"
#include "scheme.h"
#include "sql.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_distribution);

#define ALL_CUSTOMERS "segment.customer_scorecard"
#define SUFFIX "_customer_scorecard"

static const char *const columns[] = {"segments",     "value",       "cost_to_serve", "margin",
									  "satisfaction", "next_action", "features"};

static bool
is_number(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID || type == NUMERICOID || type == FLOAT4OID ||
		   type == FLOAT8OID;
}

static const Feature *
feature_called(List *features, const char *name)
{
	ListCell *lc;

	foreach (lc, features)
		if (strcmp(((Feature *) lfirst(lc))->name, name) == 0)
			return lfirst(lc);
	return NULL;
}

/* The first of the features that is there and a number, else NULL. */
static char *
first_of(List *features, const char *const *names, int nnames)
{
	for (int i = 0; i < nnames; i++)
	{
		const Feature *feature = feature_called(features, names[i]);

		if (feature != NULL && is_number(feature->type))
			return psprintf("c.%s::numeric", quote_identifier(feature->name));
	}
	return "NULL::numeric";
}

#define FIRST_OF(features, ...)                                                                              \
	first_of(features, (const char *const[]){__VA_ARGS__}, lengthof(((const char *const[]){__VA_ARGS__})))

/* jsonb of columns of the join view by name; functions take a hundred arguments, so concatenated. */
static char *
object_sql(List *names)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "'{}'::jsonb");
	foreach (lc, names)
		appendStringInfo(&sql, " OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(%s, c.%s)",
						 quote_literal_cstr(lfirst(lc)), quote_identifier(lfirst(lc)));
	return sql.data;
}

/* From the treatments in force of the segments the customer is in, by scheme; the priority is the schemes'
 * order. */
static char *
next_action_sql(const char *segments)
{
	if (!OidIsValid(data_oid("segment.treatment")))
		return "NULL::jsonb";
	return psprintf(
		"(SELECT pg_catalog.jsonb_object_agg(t.scheme, t.next_action) FROM segment.treatment t "
		"WHERE t.in_force AND t.next_action IS NOT NULL AND (%s) OPERATOR(pg_catalog.->>) t.scheme "
		"OPERATOR(pg_catalog.=) t.segment)",
		segments);
}

static char *
population_sql(const Population *population, List *schemes)
{
	Oid join_view = data_oid(data_name(population->name, ""));
	List *features = features_of(population);
	List *scheme_names = NIL; /* a scheme being activated has no column there yet */
	List *feature_names = NIL;
	char *segments;
	ListCell *lc;

	foreach (lc, schemes)
		if (get_attnum(join_view, ((Scheme *) lfirst(lc))->name) != InvalidAttrNumber)
			scheme_names = lappend(scheme_names, ((Scheme *) lfirst(lc))->name);
	foreach (lc, features)
		feature_names = lappend(feature_names, ((Feature *) lfirst(lc))->name);
	segments = object_sql(scheme_names);
	return psprintf("SELECT c.%s, %s AS segments, %s AS value, %s AS cost_to_serve, %s AS margin, %s AS "
					"satisfaction, %s AS next_action, %s AS features FROM %s c",
					quote_identifier(population->key_name), segments,
					FIRST_OF(features, "clv", "revenue_365d", "revenue"),
					FIRST_OF(features, "cost_to_serve_365d", "cost_to_serve"),
					FIRST_OF(features, "margin_365d", "margin"), FIRST_OF(features, "satisfaction"),
					next_action_sql(segments), object_sql(feature_names), data_name(population->name, ""));
}

static void
comment_on_view(const char *view, const char *whose)
{
	static const char *const comments[] = {
		"segment by scheme, of the active schemes",
		"the feature clv where there is one, else revenue_365d or revenue; in the currency of the measures",
		"the feature cost_to_serve_365d or cost_to_serve",
		"the feature margin_365d or margin",
		"the feature satisfaction",
		"by scheme, what the treatment in force of the customer's segment says to do next",
		"every feature by name"};

	sql_run(
		"COMMENT ON VIEW %s IS %s", view,
		quote_literal_cstr(psprintf("one row per customer of %s: segments, value, cost, margin, "
									"satisfaction, next action and features, as of the last refresh; NULL "
									"where no such feature is declared",
									whose)));
	for (int i = 0; i < lengthof(columns); i++)
		sql_run("COMMENT ON COLUMN %s.%s IS %s", view, columns[i], quote_literal_cstr(comments[i]));
}

static void
make_view(const char *view, const char *whose, const char *sql)
{
	bool exists = OidIsValid(data_oid(view));

	sql_run("CREATE OR REPLACE VIEW %s AS %s", view, sql);
	if (exists)
		return;
	belongs_to_extension(view);
	comment_on_view(view, whose);
}

void
customer_scorecards_regenerate(void)
{
	StringInfoData all;
	ListCell *lc;

	initStringInfo(&all);
	foreach (lc, populations_all())
	{
		Population *population = lfirst(lc);
		List *schemes = schemes_of(population, "active");
		char *view = data_name(population->name, SUFFIX);

		if (schemes == NIL || !OidIsValid(data_oid(data_name(population->name, ""))))
			continue;
		make_view(view, psprintf("population \"%s\"", population->name), population_sql(population, schemes));
		appendStringInfo(&all, "%sSELECT %s::text AS population, c.%s::text AS customer",
						 all.len > 0 ? " UNION ALL " : "", quote_literal_cstr(population->name),
						 quote_identifier(population->key_name));
		for (int i = 0; i < lengthof(columns); i++)
			appendStringInfo(&all, ", c.%s", columns[i]);
		appendStringInfo(&all, " FROM %s c", view);
	}
	if (all.len > 0)
		make_view(ALL_CUSTOMERS, "all populations", all.data);
}

/* ---- distribution ---- */

static char *
feature_distribution_sql(const Population *population, const Scheme *scheme, const Feature *feature)
{
	const char *segment = quote_identifier(scheme->name);
	const char *value = quote_identifier(feature->name);

	return psprintf(
		"SELECT c.%s AS segment, %s::text AS feature, pg_catalog.count(c.%s) AS customers, "
		"pg_catalog.percentile_cont(ARRAY[0.1, 0.5, 0.9]) WITHIN GROUP (ORDER BY c.%s::float8) AS "
		"p FROM %s c WHERE c.%s IS NOT NULL GROUP BY GROUPING SETS ((c.%s), ())",
		segment, quote_literal_cstr(feature->name), value, value, data_name(population->name, ""), segment,
		segment);
}

Datum
segment_distribution(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Scheme *scheme;
	Population *population;
	StringInfoData sql;
	ListCell *lc;

	require_arg(fcinfo, 0, "scheme");
	api_begin(&call);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	require_active(scheme);
	initStringInfo(&sql);
	foreach (lc, features_of(population))
		if (is_number(((Feature *) lfirst(lc))->type))
			appendStringInfo(&sql, "%s%s", sql.len > 0 ? " UNION ALL " : "",
							 feature_distribution_sql(population, scheme, lfirst(lc)));
	if (sql.len == 0)
		appendStringInfoString(&sql, "SELECT NULL::text AS segment, NULL::text AS feature, 0::bigint AS "
									 "customers, NULL::float8[] AS p WHERE false");
	return_query(
		fcinfo, &call,
		psprintf("WITH d AS MATERIALIZED (%s) SELECT s.segment, s.feature, s.customers, s.p[1], s.p[2], "
				 "s.p[3], a.p[1], a.p[2], a.p[3] FROM d s JOIN d a ON a.feature OPERATOR(pg_catalog.=) "
				 "s.feature AND a.segment IS NULL WHERE s.segment IS NOT NULL ORDER BY s.feature, s.segment",
				 sql.data));
	api_end(&call);
	return (Datum) 0;
}
