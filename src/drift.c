/*
 * drift.c
 *	  How far customers have moved since a version was put in force.
 *
 * Activation counts customers in bins that are frozen with the version: each
 * feature in tenths of that day, scores by their cut points, segments.  Drift
 * counts the same bins again, and compares.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "args.h"
#include "catalog.h"
#include "day.h"
#include "drift.h"
#include "evaluate.h"
#include "quarantine.h"
#include "rule_sql.h"
#include "scheme.h"
#include "sql.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_drift);
PG_FUNCTION_INFO_V1(segment_drift_detail);

#define FEATURE_BINS 10

/* Something that is counted in bins. */
typedef struct Binned
{
	const char *kind;
	char *name;
	char *cuts; /* numeric[] literal: of features */
	int bins;   /* apart from unknown */
	char *bin;  /* expression over the customer's columns: from 1, NULL for unknown */
} Binned;

List *
numeric_features(List *features, List *ids)
{
	List *found = NIL;
	ListCell *lc;

	foreach (lc, features)
	{
		Feature *feature = lfirst(lc);
		char category;
		bool preferred;

		get_type_category_preferred(feature->type, &category, &preferred);
		if (category == TYPCATEGORY_NUMERIC && (ids == NIL || list_member_int(ids, feature->id)))
			found = lappend(found, feature);
	}
	return found;
}

char *
stored_customers_sql(const Population *population, const Scheme *scheme)
{
	const char *key = quote_identifier(population->key_name);

	return psprintf("(SELECT f.*, s.%s AS \"#segment\" FROM %s f JOIN %s s ON s.%s "
					"OPERATOR(pg_catalog.=) f.%s WHERE s.%s IS NOT NULL)",
					quote_identifier(scheme->name), data_name(population->name, "_feature"),
					data_name(population->name, "_segment"), key, key, quote_identifier(scheme->name));
}

/* numeric goes further than double precision does; NaN is unknown. */
char *
feature_number_sql(const Feature *feature, const char *relation)
{
	char *column = psprintf("NULLIF(%s.%s, 'NaN')", relation, quote_identifier(feature->name));

	if (feature->type == NUMERICOID)
		return psprintf("GREATEST(LEAST(%s, 1e300), -1e300)::double precision", column);
	if (feature->type == FLOAT4OID || feature->type == FLOAT8OID)
		return psprintf("%s::double precision", column);
	return psprintf("%s.%s::double precision", relation, quote_identifier(feature->name));
}

static Binned *
binned_feature(const Feature *feature, char *cuts, int ncuts)
{
	Binned *binned = palloc0(sizeof(Binned));

	binned->kind = "feature";
	binned->name = feature->name;
	binned->cuts = cuts;
	binned->bins = ncuts + 1;
	/* as numbers of one type: the cut points were computed by it */
	if (ncuts > 0)
		binned->bin = psprintf("segment.score(%s, %s::double precision[])", feature_number_sql(feature, "e"),
							   quote_literal_cstr(cuts));
	else
		binned->bin = psprintf("CASE WHEN e.%s IS NOT NULL THEN 1 END", quote_identifier(feature->name));
	return binned;
}

static List *
binned_scores(const SchemeDefinition *definition, List *features)
{
	List *found = NIL;
	ListCell *lc;

	foreach (lc, definition->scores)
	{
		Score *score = lfirst(lc);
		Binned *binned = palloc0(sizeof(Binned));

		binned->kind = "score";
		binned->name = score->name;
		binned->bins = score->bins;
		binned->bin = score_sql(score, feature_in(features, score->feature_id));
		found = lappend(found, binned);
	}
	return found;
}

/* Customers per bin: query of item (from 1), bin (0 unknown), n over "customers", called e. */
static char *
counts_sql(List *items, const char *customers)
{
	StringInfoData values;
	ListCell *lc;

	initStringInfo(&values);
	foreach (lc, items)
		appendStringInfo(&values, "%s(%d, COALESCE(%s, 0))", values.len > 0 ? ", " : "",
						 foreach_current_index(lc) + 1, ((Binned *) lfirst(lc))->bin);
	return psprintf("SELECT i.item, i.bin, pg_catalog.count(*) AS n FROM %s e CROSS JOIN LATERAL (VALUES %s) "
					"i(item, bin) GROUP BY 1, 2",
					customers, values.data);
}

static char *
items_sql(List *items)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	foreach (lc, items)
	{
		Binned *binned = lfirst(lc);

		appendStringInfo(&sql, "%s(%d, '%s'::text, %s::text, %s::numeric[], %d)", sql.len > 0 ? ", " : "",
						 foreach_current_index(lc) + 1, binned->kind, quote_literal_cstr(binned->name),
						 literal_or_null(binned->cuts), binned->bins);
	}
	return sql.data;
}

/* The baseline. */

/* Tenths of every feature, where values differ enough to have them. */
static List *
cut_features(List *features, const char *customers)
{
	StringInfoData sql;
	List *items = NIL;
	ListCell *lc;

	initStringInfo(&sql);
	foreach (lc, features)
		appendStringInfo(&sql,
						 "%sARRAY(SELECT DISTINCT c FROM unnest(segment.cut_points(%s, %d)) c WHERE c < "
						 "'Infinity' AND c > '-Infinity' ORDER BY "
						 "c)::numeric[]",
						 foreach_current_index(lc) > 0 ? ", " : "", feature_number_sql(lfirst(lc), "e"),
						 FEATURE_BINS);
	sql_query("SELECT %s FROM %s e", sql.data, customers);
	foreach (lc, features)
	{
		char *cuts = cell_text(0, foreach_current_index(lc) + 1);
		int ncuts = 0;

		for (const char *c = cuts; *c; c++)
			ncuts += *c == ',';
		ncuts += strcmp(cuts, "{}") != 0;
		items = lappend(items, binned_feature(lfirst(lc), cuts, ncuts));
	}
	return items;
}

static void
record_bins(const Scheme *scheme, List *items, const char *customers)
{
	/* Materialized: else the planner may count everyone once per bin. */
	sql_run(
		"WITH c AS MATERIALIZED (%s) INSERT INTO segment.version_baseline (scheme_id, version, kind, name, "
		"bin, label, upper, customers) SELECT %d, %d, i.kind, i.name, b.bin, CASE WHEN b.bin = 0 THEN "
		"'unknown' WHEN i.cuts IS NULL THEN b.bin::text WHEN b.bin = i.bins THEN COALESCE('> ' || "
		"i.cuts[b.bin - 1], 'any') ELSE '<= ' || i.cuts[b.bin] END, i.cuts[b.bin], COALESCE(c.n, 0) FROM "
		"(VALUES %s) i(item, kind, name, cuts, bins) CROSS JOIN LATERAL generate_series(0, i.bins) b(bin) "
		"LEFT JOIN c ON c.item = i.item AND c.bin = b.bin",
		counts_sql(items, customers), scheme->id, scheme->version, items_sql(items));
}

static char *
segment_sizes_sql(const Population *population, const Scheme *scheme)
{
	return psprintf(
		"SELECT s.%s AS label, pg_catalog.count(*) AS n FROM %s s WHERE s.%s IS NOT NULL GROUP BY 1",
		quote_identifier(scheme->name), data_name(population->name, "_segment"),
		quote_identifier(scheme->name));
}

static void
record_sizes(const Population *population, const Scheme *scheme)
{
	sql_run(
		"INSERT INTO segment.version_baseline (scheme_id, version, kind, name, bin, label, customers) "
		"SELECT v.scheme_id, v.version, 'segment', '', row_number() OVER (ORDER BY v.priority NULLS LAST), "
		"v.name, COALESCE(c.n, 0) FROM (SELECT scheme_id, version, name, priority FROM "
		"segment.version_segment UNION ALL SELECT scheme_id, version, default_segment, NULL FROM "
		"segment.scheme_version) v LEFT JOIN (%s) c ON c.label = v.name WHERE v.scheme_id = %d AND "
		"v.version = %d",
		segment_sizes_sql(population, scheme), scheme->id, scheme->version);
}

/*
 * Features are evaluated, not read from the table, where one that is new may
 * still be empty.
 */
void
drift_record_baseline(Population *population, Scheme *scheme)
{
	SchemeDefinition *definition = scheme_definition(scheme, scheme->version);
	EvaluationPlan *plan = scheme_evaluation_plan(population, scheme, definition);
	List *features = numeric_features(plan->features, NIL);
	char *customers;
	List *items;

	plan->schemes = NIL;
	plan->days = psprintf("VALUES (%s)", day_sql(population->as_of));
	/* As the activation itself: whose data fail is not counted. */
	plan->only = quarantine_none_failed_sql(population);
	customers = psprintf("(%s)", evaluation_sql(plan));
	if (features != NIL)
	{
		items = cut_features(features, customers);
		items = list_concat(items, binned_scores(definition, plan->features));
		record_bins(scheme, items, customers);
	}
	record_sizes(population, scheme);
}

/* The comparison. */

/* What the version's baseline has bins of, its cut points included. */
static List *
baseline_items(const Population *population, const Scheme *scheme)
{
	SchemeDefinition *definition = scheme_definition(scheme, scheme->version);
	List *features = features_of(population);
	List *items = NIL;
	uint64 found =
		sql_query("SELECT name, COALESCE(pg_catalog.array_agg(upper ORDER BY bin) FILTER (WHERE upper IS NOT "
				  "NULL), '{}')::text, pg_catalog.count(upper)::int FROM segment.version_baseline WHERE "
				  "scheme_id = %d AND version = %d AND kind = 'feature' GROUP BY name ORDER BY name",
				  scheme->id, scheme->version);

	for (uint64 row = 0; row < found; row++)
	{
		ListCell *lc;

		foreach (lc, features)
			if (strcmp(((Feature *) lfirst(lc))->name, cell_text(row, 1)) == 0)
				items = lappend(items, binned_feature(lfirst(lc), cell_text(row, 2), cell_int(row, 3, 0)));
	}
	return list_concat(items, binned_scores(definition, features));
}

/* Query of kind, name, bin, label, customers then and now. */
static char *
bins_now_sql(const Population *population, const Scheme *scheme)
{
	List *items = baseline_items(population, scheme);
	char *counted =
		"SELECT NULL::text AS kind, NULL::text AS name, NULL::int AS bin, NULL::bigint AS n WHERE "
		"false";

	if (items != NIL)
		counted = psprintf("SELECT i.kind, i.name, c.bin, c.n FROM (%s) c JOIN (VALUES %s) i(item, kind, "
						   "name, cuts, bins) ON i.item = c.item",
						   counts_sql(items, stored_customers_sql(population, scheme)), items_sql(items));
	return psprintf(
		"WITH c AS MATERIALIZED (%s), s AS MATERIALIZED (%s) "
		"SELECT b.kind, b.name, b.bin, b.label, b.customers AS customers_then, COALESCE(c.n, s.n, "
		"0) AS customers_now FROM segment.version_baseline b LEFT JOIN c ON c.kind = b.kind AND c.name = "
		"b.name "
		"AND c.bin = b.bin LEFT JOIN s ON b.kind = 'segment' AND s.label = b.label WHERE b.scheme_id = %d "
		"AND b.version = %d",
		counted, segment_sizes_sql(population, scheme), scheme->id, scheme->version);
}

static void
require_baseline(const Scheme *scheme)
{
	if (sql_query("SELECT 1 FROM segment.version_baseline WHERE scheme_id = %d AND version = %d LIMIT 1",
				  scheme->id, scheme->version) == 0)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("version %d of scheme \"%s\" has no baseline to compare with", scheme->version,
							   scheme->name),
						errhint("It was activated by an older release; segment.recut(%s) makes a version "
								"that has one.",
								quote_literal_cstr(scheme->name))));
}

static char *
drift_sql(const Population *population, const Scheme *scheme)
{
	return psprintf(
		"SELECT d.kind, NULLIF(d.name, ''), d.bins, d.n, d.m, d.psi, d.expected, v.verdict, (SELECT as_of "
		"FROM "
		"segment.scheme_version WHERE scheme_id = %d AND version = %d), CASE WHEN v.verdict = 'shifted' THEN "
		"CASE d.kind WHEN 'segment' THEN format('SELECT * FROM segment.preview(%%L);', %s::text) ELSE "
		"format('SELECT segment.recut(%%L);', %s::text) END END FROM (SELECT kind, name, count(*)::int AS "
		"bins, sum(customers_then)::bigint AS n, sum(customers_now)::bigint AS m, segment.psi(array_agg("
		"customers_then ORDER BY bin), array_agg(customers_now ORDER BY bin)) AS psi, segment.psi_expected("
		"count(*)::int, sum(customers_then)::bigint, sum(customers_now)::bigint) AS expected FROM (%s) b "
		"WHERE "
		"customers_then > 0 OR customers_now > 0 GROUP BY kind, name) d CROSS JOIN LATERAL (SELECT CASE WHEN "
		"d.psi < 0.1 OR d.psi < 2 * d.expected THEN 'stable' WHEN d.psi < 0.25 THEN 'moving' WHEN d.psi IS "
		"NOT "
		"NULL THEN 'shifted' END) v(verdict) ORDER BY array_position(ARRAY['segment', 'score', 'feature'], "
		"d.kind), d.name",
		scheme->id, scheme->version, quote_literal_cstr(scheme->name), quote_literal_cstr(scheme->name),
		bins_now_sql(population, scheme));
}

static char *
detail_sql(const Population *population, const Scheme *scheme)
{
	return psprintf(
		"SELECT b.kind, NULLIF(b.name, ''), b.bin, b.label, b.customers_then, b.customers_now, "
		"round(b.customers_then / NULLIF(sum(b.customers_then) OVER item, 0), 4), round(b.customers_now / "
		"NULLIF(sum(b.customers_now) OVER item, 0), 4) FROM (%s) b WINDOW item AS (PARTITION BY b.kind, "
		"b.name) "
		"ORDER BY array_position(ARRAY['segment', 'score', 'feature'], b.kind), b.name, b.bin",
		bins_now_sql(population, scheme));
}

static Datum
answer(FunctionCallInfo fcinfo, char *(*query)(const Population *, const Scheme *) )
{
	ApiCall call;
	Population *population;
	Scheme *scheme;

	require_arg(fcinfo, 0, "scheme");
	api_begin(&call);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	require_active(scheme);
	require_baseline(scheme);
	return_query(fcinfo, &call, query(population, scheme));
	api_end(&call);
	return (Datum) 0;
}

Datum
segment_drift(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, drift_sql);
}

Datum
segment_drift_detail(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, detail_sql);
}
