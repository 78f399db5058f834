/*
 * standard_features.c
 *	  The standard feature pack, as far as the mapped measures allow.
 *
 * The pack is about purchases: its main source is the one that carries a
 * measure called revenue, else the first one with a measure that has
 * decimals, else the first source.  Its features have plain names; those of
 * further sources carry the measure's or the source's name.
 */
#include "postgres.h"

#include "args.h"
#include "catalog.h"
#include "evaluation_view.h"
#include "feature.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_create_standard_features);

typedef struct Pack
{
	const Population *population;
	const Source *main;
	int created;
} Pack;

static const int pack_windows[] = {30, 90, 365};

/* Declares a feature unless one of that name is there: the pack may be created again after a new source. */
static void
declare(Pack *pack, FeatureRequest request)
{
	if (feature_by_name(pack->population, request.name, true))
		return;
	feature_create(pack->population, &request);
	pack->created++;
}

static Interval *
days(int n)
{
	Interval *interval = palloc0(sizeof(Interval));

	interval->day = n;
	return interval;
}

static Measure *
measure_named(const Source *source, const char *name)
{
	int number = measure_number(source, name);

	return number ? list_nth(source->measures, number - 1) : NULL;
}

static bool
is_money(const Measure *measure)
{
	return measure->scale > 0;
}

static bool
has_money(const Source *source)
{
	ListCell *lc;

	foreach (lc, source->measures)
	{
		if (is_money(lfirst(lc)))
			return true;
	}
	return false;
}

static Source *
main_source(List *sources)
{
	ListCell *lc;

	foreach (lc, sources)
	{
		if (measure_named(lfirst(lc), "revenue"))
			return lfirst(lc);
	}
	foreach (lc, sources)
	{
		if (has_money(lfirst(lc)))
			return lfirst(lc);
	}
	return linitial(sources);
}

/* Behaviour over all time, from the main source. */
static void
declare_timing(Pack *pack)
{
	static const char *const names[] = {
		"days_since_last",    "days_since_first",     "active_days",     "repeat_days", "t_x",
		"interpurchase_mean", "interpurchase_median", "interpurchase_sd"};

	for (int i = 0; i < lengthof(names); i++)
		declare(pack, (FeatureRequest){.name = names[i], .aggregate = names[i], .source = pack->main->name});
}

/* Sum of a measure, all time and by window; no rows is no money. */
static void
declare_sums(Pack *pack, const Source *source, const char *measure)
{
	FeatureRequest request = {
		.name = measure, .aggregate = "sum", .source = source->name, .measure = measure, .absent = "0"};

	declare(pack, request);
	for (int i = 0; i < lengthof(pack_windows); i++)
	{
		request.name = psprintf("%s_%dd", measure, pack_windows[i]);
		request.within = days(pack_windows[i]);
		declare(pack, request);
	}
}

static void
declare_counts(Pack *pack, const Source *source)
{
	FeatureRequest request = {
		.name = source->name, .aggregate = "count", .source = source->name, .absent = "0"};

	declare(pack, request);
	for (int i = 0; i < lengthof(pack_windows); i++)
	{
		request.name = psprintf("%s_%dd", source->name, pack_windows[i]);
		request.within = days(pack_windows[i]);
		declare(pack, request);
	}
}

static void
declare_money(Pack *pack, const Source *source)
{
	ListCell *lc;

	foreach (lc, source->measures)
	{
		Measure *measure = lfirst(lc);

		if (!is_money(measure))
			continue;
		declare_sums(pack, source, measure->name);
		if (source != pack->main)
			continue;
		declare(pack, (FeatureRequest){.name = psprintf("mean_%s", measure->name),
									   .aggregate = "mean",
									   .source = source->name,
									   .measure = measure->name});
		declare(pack, (FeatureRequest){.name = psprintf("%s_trend", measure->name),
									   .aggregate = "trend",
									   .source = source->name,
									   .measure = measure->name});
	}
}

/* What the dimension is called: its column where it is one, else the source. */
static const char *
dimension_name(const Source *source)
{
	const char *text = source->dimension_sql;

	if (strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(text) &&
		strlen(text) < SEGMENT_LABEL_MAX - 10)
		return text;
	return source->name;
}

static void
declare_dimensions(Pack *pack, const Source *source)
{
	if (source->dimension_sql == NULL)
		return;
	declare(pack, (FeatureRequest){.name = psprintf("favourite_%s", dimension_name(source)),
								   .aggregate = "top_dimension",
								   .source = source->name});
	declare(pack, (FeatureRequest){.name = psprintf("distinct_%s", dimension_name(source)),
								   .aggregate = "distinct_dimensions",
								   .source = source->name,
								   .absent = "0"});
}

/* Revenue less the costs that are mapped. */
static void
declare_margin(Pack *pack)
{
	static const char *const costs[] = {"cogs", "cost_to_serve"};
	StringInfoData expression;

	if (!feature_by_name(pack->population, "revenue_365d", true) ||
		!feature_by_name(pack->population, "cogs_365d", true))
		return;
	initStringInfo(&expression);
	appendStringInfoString(&expression, "revenue_365d");
	for (int i = 0; i < lengthof(costs); i++)
	{
		char *cost = psprintf("%s_365d", costs[i]);

		if (feature_by_name(pack->population, cost, true))
			appendStringInfo(&expression, " - %s", cost);
	}
	declare(pack, (FeatureRequest){.name = "margin_365d", .expression = expression.data});
}

/* Sources known by what they measure: service cases, satisfaction, referrals. */
static void
declare_relationship(Pack *pack, const Source *source)
{
	if (measure_named(source, "cost_to_serve"))
		declare(pack, (FeatureRequest){.name = "service_cases_365d",
									   .aggregate = "count",
									   .source = source->name,
									   .within = days(365),
									   .absent = "0"});
	if (measure_named(source, "satisfaction"))
		declare(pack, (FeatureRequest){.name = "satisfaction",
									   .aggregate = "mean",
									   .source = source->name,
									   .measure = "satisfaction",
									   .within = days(365)});
	if (measure_named(source, "referrals"))
		declare(pack, (FeatureRequest){.name = "referrals",
									   .aggregate = "sum",
									   .source = source->name,
									   .measure = "referrals",
									   .absent = "0"});
}

Datum
segment_create_standard_features(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Pack pack = {0};
	List *sources;
	ListCell *lc;

	api_begin(&call);
	pack.population = population_by_name(arg_text(fcinfo, 0), false);
	population_check_access(pack.population, call.caller);
	sources = sources_of(pack.population);
	if (sources == NIL)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("population \"%s\" has no source yet", pack.population->name),
						errhint("Map its event tables with segment.create_source first.")));
	pack.main = main_source(sources);
	declare_timing(&pack);
	declare_counts(&pack, pack.main);
	foreach (lc, sources)
	{
		declare_money(&pack, lfirst(lc));
		declare_dimensions(&pack, lfirst(lc));
		declare_relationship(&pack, lfirst(lc));
	}
	declare_margin(&pack);
	definitions_changed(pack.population);
	api_end(&call);
	PG_RETURN_INT32(pack.created);
}
