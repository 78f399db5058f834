/*
 * rfm.c
 *	  The RFM preset: ten named segments over quintiles of days since the last
 *	  purchase, active days and total value.
 *
 * The segments and their boxes are those of the R package rfm (Hebbali), in
 * its order; the first that matches wins.  They become ordinary, editable
 * rules of the scheme's draft.
 */
#include "postgres.h"

#include "args.h"
#include "catalog.h"
#include "evaluation_view.h"
#include "feature.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_create_rfm_scheme);

typedef struct RfmSegment
{
	const char *name;
	int r[2];
	int f[2];
	int m[2];
} RfmSegment;

static const RfmSegment rfm_segments[] = {
	{"Champions", {5, 5}, {5, 5}, {5, 5}},       {"Potential Loyalist", {3, 5}, {3, 5}, {2, 5}},
	{"Loyal Customers", {2, 4}, {2, 4}, {2, 4}}, {"Promising", {3, 4}, {1, 3}, {3, 5}},
	{"New Customers", {4, 5}, {1, 3}, {1, 5}},   {"Can't Lose Them", {1, 2}, {3, 4}, {4, 5}},
	{"At Risk", {1, 2}, {2, 5}, {4, 5}},         {"Need Attention", {1, 3}, {3, 5}, {3, 5}},
	{"About To Sleep", {2, 3}, {1, 3}, {1, 4}},  {"Lost", {1, 1}, {1, 5}, {1, 5}},
};

#define RFM_BINS 5

/* r >= 3, or nothing where the box spans all five bins. */
static char *
range_rule(const char *score, const int *range)
{
	if (range[0] == 1 && range[1] == RFM_BINS)
		return NULL;
	if (range[0] == range[1])
		return psprintf("%s = %d", score, range[0]);
	if (range[0] == 1)
		return psprintf("%s <= %d", score, range[1]);
	if (range[1] == RFM_BINS)
		return psprintf("%s >= %d", score, range[0]);
	return psprintf("%s BETWEEN %d AND %d", score, range[0], range[1]);
}

static char *
segment_rule(const RfmSegment *segment)
{
	char *parts[] = {range_rule("r", segment->r), range_rule("f", segment->f), range_rule("m", segment->m)};
	StringInfoData rule;

	initStringInfo(&rule);
	for (int i = 0; i < lengthof(parts); i++)
		if (parts[i])
			appendStringInfo(&rule, "%s%s", rule.len ? " AND " : "", parts[i]);
	return rule.data;
}

/* The source whose purchases are scored: the one with revenue, else the first that has a measure. */
static Source *
purchase_source(const Population *population)
{
	Source *first = NULL;
	ListCell *lc;

	foreach (lc, sources_of(population))
	{
		Source *source = lfirst(lc);

		if (measure_number(source, "revenue"))
			return source;
		if (first == NULL && source->measures != NIL)
			first = source;
	}
	if (first == NULL)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("population \"%s\" has no source with a measure", population->name),
						errhint("RFM needs purchases with a value: map them with segment.create_source(…, "
								"measures => '{\"revenue\": \"column\"}').")));
	return first;
}

/* Name of an all-time feature of the source, declared if nobody has yet. */
static const char *
all_time_feature(const Population *population, const Source *source, const char *aggregate,
				 const char *measure, const char *name)
{
	FeatureRequest request = {
		.name = name, .aggregate = aggregate, .source = source->name, .measure = measure};
	ListCell *lc;

	foreach (lc, features_of(population))
	{
		Feature *feature = lfirst(lc);

		if (feature->kind == FEATURE_AGGREGATE && feature->source_id == source->id &&
			strcmp(feature->aggregate, aggregate) == 0 && feature->within == NULL &&
			feature->dimension == NULL && (measure == NULL || strcmp(feature->measure, measure) == 0))
			return feature->name;
	}
	feature_create(population, &request);
	return name;
}

static void
declare_scores(const Population *population, const char *scheme)
{
	Source *source = purchase_source(population);
	const char *measure =
		measure_number(source, "revenue") ? "revenue" : ((Measure *) linitial(source->measures))->name;

	sql_run(
		"SELECT segment.create_score(%s, 'r', %s, %d, descending => true)", quote_literal_cstr(scheme),
		quote_literal_cstr(all_time_feature(population, source, "days_since_last", NULL, "days_since_last")),
		RFM_BINS);
	sql_run("SELECT segment.create_score(%s, 'f', %s, %d)", quote_literal_cstr(scheme),
			quote_literal_cstr(all_time_feature(population, source, "active_days", NULL, "active_days")),
			RFM_BINS);
	sql_run("SELECT segment.create_score(%s, 'm', %s, %d)", quote_literal_cstr(scheme),
			quote_literal_cstr(all_time_feature(population, source, "sum", measure, measure)), RFM_BINS);
}

Datum
segment_create_rfm_scheme(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	char *name;
	int id;

	require_arg(fcinfo, 0, "name");
	name = arg_text(fcinfo, 0);
	api_begin(&call);
	population = population_by_name(arg_text(fcinfo, 2), false);
	population_check_access(population, call.caller);
	sql_query("SELECT segment.create_scheme(%s, %s, %s)", quote_literal_cstr(name),
			  literal_or_null(arg_text(fcinfo, 1)), quote_literal_cstr(population->name));
	id = cell_int(0, 1, 0);
	declare_scores(population, name);
	for (int i = 0; i < lengthof(rfm_segments); i++)
		sql_run("SELECT segment.create_segment(%s, %s, %s, %d)", quote_literal_cstr(name),
				quote_literal_cstr(rfm_segments[i].name), quote_literal_cstr(segment_rule(&rfm_segments[i])),
				(i + 1) * 10);
	definitions_changed(population);
	api_end(&call);
	PG_RETURN_INT32(id);
}
