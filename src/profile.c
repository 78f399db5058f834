/*
 * profile.c
 *	  Segments against the population, and two schemes against each other.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "args.h"
#include "catalog.h"
#include "drift.h"
#include "metric_sql.h"
#include "scheme.h"
#include "sql.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_profile);
PG_FUNCTION_INFO_V1(segment_overlap);

static Scheme *
active_scheme(const ApiCall *call, const char *name, Population **population)
{
	Scheme *scheme = scheme_of_caller(name, call->caller, population);
	require_active(scheme);
	return scheme;
}

/* One pass over the customers computes all features, for every segment and for all. */
static char *
profile_sql(const Population *population, const Scheme *scheme, List *features)
{
	StringInfoData statistics;
	StringInfoData rows;
	int in_force;
	ListCell *lc;

	initStringInfo(&statistics);
	initStringInfo(&rows);
	foreach (lc, features)
	{
		const char *name = quote_identifier(((Feature *) lfirst(lc))->name);
		int i = foreach_current_index(lc);

		appendStringInfo(&statistics,
						 ", count(e.%s) AS \"#n%d\", avg(e.%s::numeric) AS \"#mean%d\", percentile_cont(0.5) "
						 "WITHIN GROUP (ORDER BY %s) AS \"#median%d\"",
						 name, i, name, i, feature_number_sql(lfirst(lc), "e"), i);
		appendStringInfo(&rows, "%s(%d, %s::text, l.\"#n%d\", l.\"#mean%d\", l.\"#median%d\")",
						 i > 0 ? ", " : "", i, quote_literal_cstr(((Feature *) lfirst(lc))->name), i, i, i);
	}
	return psprintf(
		"WITH l AS (SELECT e.\"#segment\"%s FROM %s e GROUP BY GROUPING SETS ((e.\"#segment\"), ())), r AS ("
		"SELECT l.\"#segment\" AS segment, v.* FROM l CROSS JOIN LATERAL (VALUES %s) v(place, feature, n, "
		"mean, "
		"median)) SELECT r.segment, r.feature, r.n, round(r.mean, 6), round(p.mean, 6), round(100 * r.mean / "
		"NULLIF(p.mean, 0), 1), r.median, p.median FROM r JOIN r p ON p.segment IS NULL AND p.place = "
		"r.place "
		"WHERE r.segment IS NOT NULL ORDER BY array_position(%s, r.segment), r.place",
		statistics.data, stored_customers_sql(population, scheme), rows.data,
		names_sql(scheme_segment_names(scheme, &in_force)));
}

Datum
segment_profile(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Scheme *scheme;
	List *features;

	require_arg(fcinfo, 0, "scheme");
	api_begin(&call);
	scheme = active_scheme(&call, arg_text(fcinfo, 0), &population);
	features = numeric_features(features_of(population), NIL);
	return_query(fcinfo, &call,
				 features == NIL
					 ? "SELECT NULL::text, NULL::text, 0::bigint, 0::numeric, 0::numeric, 0::numeric, "
					   "0::double precision, 0::double precision WHERE false"
					 : profile_sql(population, scheme, features));
	api_end(&call);
	return (Datum) 0;
}

/* Every segment of one with every segment of the other, empty or not, so that the counts are a table. */
static char *
overlap_sql(const Population *population, const Scheme *a, const Scheme *b)
{
	int in_force;
	char *names_a = names_sql(scheme_segment_names(a, &in_force));
	char *names_b = names_sql(scheme_segment_names(b, &in_force));

	return psprintf(
		"WITH c AS MATERIALIZED (SELECT s.%s AS a, s.%s AS b, count(*) AS n FROM %s s WHERE s.%s IS NOT NULL "
		"AND s.%s IS "
		"NOT "
		"NULL GROUP BY 1, 2), t AS (SELECT x.a, x.i, y.b, y.j, COALESCE(c.n, 0) AS n FROM unnest(%s) WITH "
		"ORDINALITY x(a, i) CROSS JOIN unnest(%s) WITH ORDINALITY y(b, j) LEFT JOIN c ON c.a = x.a AND c.b = "
		"y.b), m AS (SELECT array_agg(r.counts ORDER BY r.i) AS counts FROM (SELECT t.i, array_agg(t.n ORDER "
		"BY "
		"t.j) AS counts FROM t GROUP BY t.i) r), w AS (SELECT t.*, sum(t.n) OVER () AS total, sum(t.n) OVER "
		"(PARTITION BY t.i) AS in_a, sum(t.n) OVER (PARTITION BY t.j) AS in_b FROM t) SELECT w.a, w.b, w.n, "
		"round(w.n / NULLIF(w.total, 0), 4), round(w.n / NULLIF(w.in_a, 0), 4), round(w.n / NULLIF(w.in_b, "
		"0), "
		"4), round(w.n * w.total / NULLIF(w.in_a * w.in_b, 0), 4), segment.adjusted_rand(m.counts), "
		"segment.cramers_v(m.counts) FROM w CROSS JOIN m WHERE w.in_a > 0 AND w.in_b > 0 ORDER BY w.i, w.j",
		quote_identifier(a->name), quote_identifier(b->name), data_name(population->name, "_segment"),
		quote_identifier(a->name), quote_identifier(b->name), names_a, names_b);
}

Datum
segment_overlap(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Population *other;
	Scheme *a;
	Scheme *b;

	require_arg(fcinfo, 0, "a");
	require_arg(fcinfo, 1, "b");
	api_begin(&call);
	a = active_scheme(&call, arg_text(fcinfo, 0), &population);
	b = active_scheme(&call, arg_text(fcinfo, 1), &other);
	if (population->id != other->id)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("schemes \"%s\" and \"%s\" are of different populations", a->name, b->name),
						errhint("Only schemes over the same customers can overlap.")));
	return_query(fcinfo, &call, overlap_sql(population, a, b));
	api_end(&call);
	return (Datum) 0;
}
