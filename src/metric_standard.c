/*
 * metric_standard.c
 *	  The standard catalogue of metrics, as far as the mapped measures allow.
 *
 * Definitions as in common use; analytics literature differs on few of them.
 * Sums that are named after sources (orders, answers, cases) are found by what
 * the source measures.  Lifetime value, its ratio to acquisition cost and the
 * payback time come with the models.
 */
#include "postgres.h"

#include "args.h"
#include "catalog.h"
#include "definition.h"
#include "facts.h"
#include "metric.h"
#include "metric_catalog.h"
#include "scorecard.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_create_standard_metrics);

/* Names in braces stand for the number of events of the source with a measure. */
typedef struct StandardMetric
{
	const char *name;
	const char *expression;
	const char *needs; /* names, one after the other */
	const char *direction;
	const char *format;
	const char *description;
} StandardMetric;

#define OF_CUSTOMERS_THEN "revenue_before - revenue_lapsed - revenue_contraction"

static const StandardMetric standard[] = {
	{"customers", "closing", "closing", "up", "number", "customers at the end of the period"},
	{"orders", "{orders}", "{orders}", "up", "number", "purchases"},
	{"average_order_value", "revenue / orders", "revenue orders", "up", "money", "revenue per purchase"},
	{"orders_per_active", "orders / active", "orders active", "up", "ratio", "purchases per active customer"},
	{"active_rate", "active / opening", "active opening", "up", "percent",
	 "active customers to customers at the opening"},
	{"gross_revenue", "revenue + revenue_returned", "revenue revenue_returned", "up", "money",
	 "revenue before returns"},
	{"returns", "revenue_returned", "revenue_returned", "down", "money",
	 "negative revenue of customers' days, as a positive amount"},
	{"return_rate", "returns / gross_revenue", "returns gross_revenue", "down", "percent",
	 "returns to revenue before returns"},
	{"gross_margin", "revenue - cogs", "revenue cogs", "up", "money", "revenue less the cost of goods"},
	{"retention", "retained / active_before", "retained active_before", "up", "percent",
	 "of the customers active in the period before, those active in this one"},
	{"gross_revenue_retention", "(" OF_CUSTOMERS_THEN ") / revenue_before", "revenue_before", "up", "percent",
	 "revenue kept of those active in the period before, without expansion"},
	{"net_revenue_retention", "(" OF_CUSTOMERS_THEN " + revenue_expansion) / revenue_before",
	 "revenue_before", "up", "percent",
	 "revenue now of those active in the period before, to their revenue then"},
	{"revenue_gained", "revenue - (" OF_CUSTOMERS_THEN " + revenue_expansion)", "revenue revenue_before",
	 "up", "money",
	 "revenue of whoever was not active in the period before: acquired, come back, or nobody known"},
	{"cac", "acquisition_cost / acquired", "acquisition_cost acquired", "down", "money",
	 "acquisition cost per customer acquired; by segment of landing where the cost is allocated by acquired"},
	{"cac_by_landing", "acquisition_cost_landed / acquired", "acquisition_cost_landed acquired", "down",
	 "money", "what the customers acquired cost in their first period, per customer, where they landed"},
	{"nps", "100 * (promoters - detractors) / {promoters}", "promoters detractors {promoters}", "up",
	 "number", "net promoter score: share of promoters less share of detractors, in points"},
	{"nps_n", "{promoters}", "{promoters}", "up", "number", "answers the net promoter score is made of"},
	{"nps_se",
	 "100 * sqrt(greatest((promoters + detractors) / {promoters} - ((promoters - detractors) / {promoters}) "
	 "* "
	 "((promoters - detractors) / {promoters}), 0) / {promoters})",
	 "promoters detractors {promoters}", "down", "number",
	 "standard error of the net promoter score, in points"},
	{"survey_response_rate", "{promoters} / invited", "{promoters} invited", "up", "percent",
	 "answers to invitations"},
	{"csat", "satisfied / {satisfied}", "satisfied {satisfied}", "up", "percent",
	 "answers in the top two of five"},
	{"mean_satisfaction", "satisfaction / {satisfaction}", "satisfaction {satisfaction}", "up", "number",
	 "mean of the answers"},
	{"contact_response_rate", "responses / {responses}", "responses {responses}", "up", "percent",
	 "contacts that were answered"},
	{"service_cases", "{cost_to_serve}", "{cost_to_serve}", "down", "number", "service cases"},
	{"service_cases_per_customer", "service_cases / opening", "service_cases opening", "down", "ratio",
	 "service cases per customer at the opening"},
	{"cost_to_serve_per_customer", "cost_to_serve / opening", "cost_to_serve opening", "down", "money",
	 "cost to serve per customer at the opening"},
	{"price_realisation", "revenue / list_revenue", "revenue list_revenue", "up", "percent",
	 "revenue to revenue at list prices"},
	{"share_of_wallet", "revenue / category_spend", "revenue category_spend", "up", "percent",
	 "revenue to what the customers spend in the category"},
	{"engagement_per_customer", "engagement / opening", "engagement opening", "up", "ratio",
	 "engagement per customer at the opening"},
	{"engagement_trend", "purchases_kept / purchases_before - 1", "purchases_before", "up", "percent",
	 "purchases of the customers there at the opening, against theirs in the period before"},
	{"referrals_per_customer", "referrals / opening", "referrals opening", "up", "ratio",
	 "referrals per customer at the opening"},
};

/* Costs that vary with customers, less which revenue is contribution. */
static const char *const costs[] = {"returns",   "cogs",         "cost_to_serve",   "fulfilment",
									"marketing", "contact_cost", "acquisition_cost"};

typedef struct Catalogue
{
	List *sources; /* of all populations */
	List *sums;    /* char * */
	List *known;   /* char *: sums and metrics */
	int created;
} Catalogue;

static void
declare(Catalogue *catalogue, const char *name, const char *expression, const char *direction,
		const char *format, const char *description)
{
	MetricRequest request = {.name = pstrdup(name),
							 .expression = pstrdup(expression),
							 .direction = pstrdup(direction),
							 .format = pstrdup(format),
							 .description = pstrdup(description)};

	if (names_contain(catalogue->known, name))
		return;
	metric_create(&request);
	catalogue->known = names_add(catalogue->known, name);
	catalogue->created++;
}

/* Events of the sources with a measure, the first that has any; NULL: no such source. */
static char *
events_with(const Catalogue *catalogue, const char *measure)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	foreach (lc, catalogue->sources)
	{
		Source *source = lfirst(lc);
		bool orders = strcmp(measure, "orders") == 0;

		if (measure_number(source, orders ? "revenue" : measure) > 0)
			appendStringInfo(&sql, "%s%s", sql.len > 0 ? ", " : "",
							 quote_identifier(facts_events_metric(source)));
	}
	if (sql.len == 0)
		return NULL;
	return strchr(sql.data, ',') ? psprintf("coalesce(%s)", sql.data) : sql.data;
}

/* The expression with what stands in braces; NULL when a name of it is not known. */
static char *
expand(const Catalogue *catalogue, const char *expression)
{
	StringInfoData result;

	initStringInfo(&result);
	while (*expression != '\0')
	{
		const char *end = strchr(expression, '}');
		char *events;

		if (*expression != '{')
		{
			appendStringInfoChar(&result, *expression++);
			continue;
		}
		events = events_with(catalogue, pnstrdup(expression + 1, end - expression - 1));
		if (events == NULL)
			return NULL;
		appendStringInfoString(&result, events);
		expression = end + 1;
	}
	return result.data;
}

static bool
needs_are_met(const Catalogue *catalogue, const char *needs)
{
	char *rest = pstrdup(needs);
	char *name;

	for (name = strtok_r(rest, " ", &rest); name != NULL; name = strtok_r(NULL, " ", &rest))
		if (*name == '{' ? expand(catalogue, name) == NULL : !names_contain(catalogue->known, name))
			return false;
	return true;
}

/* Revenue less the costs there are; what a database calls fixed is not among them. */
static void
declare_contribution(Catalogue *catalogue)
{
	StringInfoData expression;

	if (!names_contain(catalogue->known, "revenue"))
		return;
	initStringInfo(&expression);
	appendStringInfoString(&expression, "revenue");
	for (int i = 0; i < lengthof(costs); i++)
		if (names_contain(catalogue->sums, costs[i]))
			appendStringInfo(&expression, " - %s", costs[i]);
	declare(catalogue, "contribution_margin", expression.data, "up", "money",
			"revenue less the costs that vary with it; fixed cost is not in it");
	declare(catalogue, "margin_pct", "contribution_margin / revenue", "up", "percent",
			"contribution margin to revenue");
	declare(catalogue, "margin_per_customer", "contribution_margin / opening", "up", "money",
			"contribution margin per customer at the opening");
}

static void
read_sources(Catalogue *catalogue)
{
	ListCell *lc;

	foreach (lc, populations_all())
	{
		List *sources = sources_of(lfirst(lc));

		catalogue->sources = list_concat(catalogue->sources, sources);
		catalogue->sums = names_add_all(catalogue->sums, metric_sums_of_population(sources));
	}
	catalogue->known = list_copy(catalogue->sums);
	foreach (lc, metrics_all())
		catalogue->known = names_add(catalogue->known, ((Metric *) lfirst(lc))->name);
}

Datum
segment_create_standard_metrics(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Catalogue catalogue = {0};

	refuse_when_restricted();
	api_begin(&call);
	metric_check_access(call.caller);
	sql_run("LOCK TABLE segment.metric IN SHARE ROW EXCLUSIVE MODE");
	read_sources(&catalogue);
	for (int i = 0; i < lengthof(standard); i++)
	{
		const StandardMetric *metric = &standard[i];

		if (needs_are_met(&catalogue, metric->needs))
			declare(&catalogue, metric->name, expand(&catalogue, metric->expression), metric->direction,
					metric->format, metric->description);
	}
	declare_contribution(&catalogue);
	if (catalogue.created > 0)
		scorecards_regenerate();
	api_end(&call);
	PG_RETURN_INT32(catalogue.created);
}
