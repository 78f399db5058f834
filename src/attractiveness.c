/*
 * attractiveness.c
 *	  Strength and attractiveness of segments, by weights that stay in sight.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "args.h"
#include "catalog.h"
#include "day.h"
#include "metric_catalog.h"
#include "scheme.h"
#include "sql.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_attractiveness);

static void
refuse_weights(const char *problem)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("weights: %s", problem),
					errhint("Give {\"attractiveness\": {\"revenue\": 2, \"acquired\": 1}, \"strength\": "
							"{\"margin_pct\": 1}}.")));
}

/* Query of axis, metric, weight: two axes of metrics with weights above 0, each metric known. */
static char *
checked_weights(const Population *population, const char *weights)
{
	List *known = metric_sums_of_population(sources_of(population));
	List *metrics = metrics_all();
	char *query =
		psprintf("SELECT a.key AS axis, m.key AS metric, CASE WHEN jsonb_typeof(m.value) = 'number' THEN "
				 "m.value::numeric END AS weight FROM jsonb_each(%s::jsonb) a CROSS JOIN LATERAL jsonb_each("
				 "CASE WHEN jsonb_typeof(a.value) = 'object' THEN a.value END) m",
				 quote_literal_cstr(weights));
	uint64 found;

	sql_query("SELECT jsonb_typeof(%s::jsonb) = 'object'", quote_literal_cstr(weights));
	if (!cell_bool(0, 1))
		refuse_weights("not an object");
	found = sql_query("SELECT axis, metric, COALESCE(weight > 0, false), axis IN ('attractiveness', "
					  "'strength') FROM (%s) w",
					  query);
	if (found == 0)
		refuse_weights("there are none");
	for (uint64 row = 0; row < found; row++)
	{
		char *metric = cell_text(row, 2);

		if (!cell_bool(row, 4))
			refuse_weights(psprintf("there is no axis \"%s\"", cell_text(row, 1)));
		if (!cell_bool(row, 3))
			refuse_weights(psprintf("the weight of \"%s\" is no number above 0", metric));
		if (!names_contain(known, metric) && metric_in(metrics, metric) == NULL)
			ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("there is no metric \"%s\"", metric),
							errhint("Declare it with segment.create_metric.")));
	}
	return query;
}

/* The month asked for, or the last final one; 22023 when the scheme has no facts of it. */
static DateADT
facts_month(const Scheme *scheme, bool given, DateADT day)
{
	char *facts = data_name(scheme->name, "_facts");
	bool isnull;
	Datum month;

	if (given)
		sql_query("SELECT max(f.period_start) FROM %s f WHERE f.period_start = %s", facts, day_sql(day));
	else
		sql_query(
			"SELECT COALESCE(max(f.period_start) FILTER (WHERE f.is_final), max(f.period_start)) FROM %s f",
			facts);
	month = cell_datum(0, 1, &isnull);
	if (isnull)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("scheme \"%s\" has no facts of that month", scheme->name),
						errhint("Give the first day of a month that segment.scorecard has.")));
	return DatumGetDateADT(month);
}

static char *
values_sql(const Scheme *scheme, DateADT month)
{
	return psprintf("SELECT v.segment, v.metric, v.value FROM segment.metric_value v WHERE v.scheme = %s AND "
					"v.breakdown = '' AND v.period_start = %s AND v.segment NOT IN ('', 'new', 'unassigned')",
					quote_literal_cstr(scheme->name), day_sql(month));
}

static char *
attractiveness_sql(const Scheme *scheme, const char *weights, DateADT month, DateADT scale)
{
	return psprintf(
		"WITH w AS (%s), v AS (%s), s AS (SELECT b.metric, min(b.value) AS low, max(b.value) AS high FROM "
		"(%s) b "
		"GROUP BY 1), r AS (SELECT v.segment, w.axis, w.metric, w.weight, v.value, s.low, s.high, CASE WHEN "
		"s.high = s.low THEN 50 WHEN d.direction = 'down' THEN 100 * (s.high - v.value) / (s.high - s.low) "
		"ELSE "
		"100 * (v.value - s.low) / (s.high - s.low) END AS score FROM w JOIN v ON v.metric = w.metric LEFT "
		"JOIN "
		"s ON s.metric = w.metric LEFT JOIN segment.metric d ON d.name::text = w.metric) SELECT r.segment, "
		"r.axis, r.metric, r.weight, r.value, r.low, r.high, round(r.score, 2) FROM r UNION ALL SELECT "
		"r.segment, r.axis, NULL, sum(r.weight), NULL, NULL, NULL, CASE WHEN count(r.score) = count(*) THEN "
		"round(sum(r.score * r.weight) / sum(r.weight), 2) END FROM r GROUP BY 1, 2 ORDER BY 1, 2, 3 NULLS "
		"LAST",
		weights, values_sql(scheme, month), values_sql(scheme, scale));
}

Datum
segment_attractiveness(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Scheme *scheme;
	Population *population;
	char *weights;
	DateADT month;
	DateADT scale;

	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 1, "weights");
	api_begin(&call);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	require_activated(scheme);
	weights =
		checked_weights(population, DatumGetCString(DirectFunctionCall1(jsonb_out, PG_GETARG_DATUM(1))));
	month = facts_month(scheme, !PG_ARGISNULL(2), PG_ARGISNULL(2) ? 0 : PG_GETARG_DATEADT(2));
	scale = PG_ARGISNULL(3) ? month : facts_month(scheme, true, PG_GETARG_DATEADT(3));
	return_query(fcinfo, &call, attractiveness_sql(scheme, weights, month, scale));
	api_end(&call);
	return (Datum) 0;
}
