/*
 * quality.c
 *	  Is it a segmentation at all: distinct, material, meaningful.
 *
 * Distinct and meaningful are judged by a sample of customers, over the
 * numeric features the scheme reads; material by all customers and by the
 * money of the last twelve months.  Every number comes with the threshold it
 * is held against.
 */
#include "postgres.h"

#include <math.h>

#include "executor/tuptable.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "args.h"
#include "catalog.h"
#include "collect.h"
#include "day.h"
#include "drift.h"
#include "evaluate.h"
#include "metric_catalog.h"
#include "metric_sql.h"
#include "quality.h"
#include "scheme.h"
#include "silhouette.h"
#include "sql.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_quality);

#define SAMPLE 10000 /* the silhouette takes its square */
#define SMALL_SAMPLE 1000
#define SEED 1 /* the same sample of the same table */

/* Kaufman and Rousseeuw (1990), table 4: no substantial structure below .25, reasonable from .5. */
#define SILHOUETTE_GOOD 0.5
#define SILHOUETTE_WEAK 0.25
/* Centres further apart than a segment is wide. */
#define SEPARATION_GOOD 1.0
/* Cohen (1988): large and medium effects. */
#define ETA_GOOD 0.14
#define ETA_WEAK 0.06

typedef enum Verdict
{
	GOOD,
	WEAK,
	POOR,
	NO_VERDICT
} Verdict;

static const char *const verdicts[] = {"good", "weak", "poor", NULL};

typedef struct Finding
{
	const char *criterion;
	const char *segment; /* or NULL, as the rest */
	const char *feature;
	const char *measure;
	double value; /* NaN: none */
	double threshold;
	Verdict verdict;
	const char *note;
} Finding;

/* What is being judged. */
typedef struct Judgement
{
	Population *population;
	const Scheme *scheme;
	List *segments; /* char *: in force, in priority order */
	List *features; /* of Feature: numbers the scheme reads */
	Points points;
	List *findings; /* of Finding */
} Judgement;

static void
find(Judgement *judgement, Finding finding)
{
	Finding *kept = palloc(sizeof(Finding));

	*kept = finding;
	judgement->findings = lappend(judgement->findings, kept);
}

static Verdict
judge(double value, double good, double weak)
{
	if (isnan(value))
		return NO_VERDICT;
	return value >= good ? GOOD : value >= weak ? WEAK : POOR;
}

/* The sample. */

static char *
sample_sql(const Judgement *judgement, int wanted)
{
	const Population *population = judgement->population;
	const char *key = quote_identifier(population->key_name);
	const char *name = quote_identifier(judgement->scheme->name);
	double percent = population->customers > 0 ? 110.0 * wanted / population->customers : 100;
	StringInfoData columns;
	ListCell *lc;

	initStringInfo(&columns);
	foreach (lc, judgement->features)
		appendStringInfo(&columns, ", %s", feature_number_sql(lfirst(lc), "f"));
	return psprintf("SELECT s.%s%s FROM %s s TABLESAMPLE BERNOULLI (%g) REPEATABLE (%d) JOIN %s f ON f.%s "
					"OPERATOR(pg_catalog.=) s.%s WHERE s.%s IS NOT NULL LIMIT %d",
					name, columns.data, data_name(population->name, "_segment"), Min(percent, 100), SEED,
					data_name(population->name, "_feature"), key, key, name, wanted);
}

/* Fills points, rows of NaN for what is missing; customers of segments no longer in force are left out. */
static void
read_sample(Judgement *judgement, int wanted)
{
	Collected *rows = collect(sample_sql(judgement, wanted));
	TupleTableSlot *slot = collected_slot(rows);
	int d = list_length(judgement->features);
	double *values = palloc(sizeof(double) * Max(rows->count * d, 1));
	int *group = palloc(sizeof(int) * Max(rows->count, 1));
	int n = 0;

	while (collected_next(rows, slot))
	{
		group[n] = names_number(judgement->segments, slot_text(slot, 1)) - 1;
		slot_getallattrs(slot);
		for (int i = 0; i < d; i++)
		{
			double value = slot->tts_isnull[i + 1] ? NAN : DatumGetFloat8(slot->tts_values[i + 1]);

			values[n * d + i] = isinf(value) ? NAN : value;
		}
		n += group[n] >= 0;
	}
	ExecDropSingleTupleTableSlot(slot);
	collected_free(rows);
	judgement->points = (Points){.n = n,
								 .dimensions = d,
								 .groups = list_length(judgement->segments),
								 .values = values,
								 .group = group};
}

/* Comparable columns; those without variance say nothing and go. */
static void
standardise_sample(Judgement *judgement)
{
	Points *points = &judgement->points;
	double *values = (double *) points->values;
	int d = points->dimensions;
	List *kept = NIL;
	int column = 0;

	for (int i = 0; i < d; i++)
		if (standardise(values + i, points->n, d))
			kept = lappend_int(kept, i);
	for (int row = 0; row < points->n; row++)
	{
		ListCell *lc;

		foreach (lc, kept)
			values[column++] = values[row * d + lfirst_int(lc)];
	}
	points->dimensions = list_length(kept);
	for (int i = d - 1; i >= 0; i--)
		if (!list_member_int(kept, i))
			judgement->features = list_delete_nth_cell(judgement->features, i);
}

/* The criteria. */

static void
judge_distinct(Judgement *judgement)
{
	const Points *points = &judgement->points;
	double *by_group = palloc(sizeof(double) * points->groups);
	int *rival = palloc(sizeof(int) * points->groups);
	double mean = points->dimensions > 0 ? silhouette(points, by_group) : NAN;
	ListCell *lc;

	find(judgement, (Finding){"distinct", NULL, NULL, "silhouette", mean, SILHOUETTE_GOOD,
							  judge(mean, SILHOUETTE_GOOD, SILHOUETTE_WEAK),
							  psprintf("of a sample of %d customers over %d feature(s)", points->n,
									   points->dimensions)});
	if (points->dimensions == 0)
		return;
	foreach (lc, judgement->segments)
		find(judgement, (Finding){"distinct", lfirst(lc), NULL, "silhouette",
								  by_group[foreach_current_index(lc)], SILHOUETTE_GOOD, NO_VERDICT,
								  isnan(by_group[foreach_current_index(lc)]) ? "none in the sample" : NULL});
	separation(points, by_group, rival);
	foreach (lc, judgement->segments)
	{
		int g = foreach_current_index(lc);

		find(judgement, (Finding){"distinct", lfirst(lc), NULL, "separation", by_group[g], SEPARATION_GOOD,
								  judge(by_group[g], SEPARATION_GOOD, SEPARATION_GOOD / 2),
								  rival[g] >= 0 ? psprintf("nearest rival: %s",
														   (char *) list_nth(judgement->segments, rival[g]))
												: NULL});
	}
}

static void
judge_meaningful(Judgement *judgement)
{
	ListCell *lc;

	foreach (lc, judgement->features)
	{
		double eta = eta_squared(&judgement->points, foreach_current_index(lc));

		find(judgement, (Finding){"meaningful", NULL, ((Feature *) lfirst(lc))->name, "eta_squared", eta,
								  ETA_GOOD, judge(eta, ETA_GOOD, ETA_WEAK), NULL});
	}
}

/* Shares by segment of a query (segment, number), as they are in priority order; NaN without a total. */
static double *
shares_of(const Judgement *judgement, const char *query)
{
	int n = list_length(judgement->segments);
	double *shares = palloc(sizeof(double) * n);
	uint64 found = sql_query("SELECT q.segment, (q.n / NULLIF(pg_catalog.sum(q.n) OVER (), "
							 "0))::double precision FROM (%s) q(segment, n)",
							 query);

	for (int i = 0; i < n; i++)
		shares[i] = found > 0 ? 0 : NAN;
	for (uint64 row = 0; row < found; row++)
	{
		int place = names_number(judgement->segments, cell_text(row, 1));
		bool isnull;
		Datum value = cell_datum(row, 2, &isnull);

		if (place > 0)
			shares[place - 1] = isnull ? NAN : DatumGetFloat8(value);
	}
	return shares;
}

/* The money that tells whether a segment matters: contribution margin, else revenue, else none. */
static const char *
money_metric(const Judgement *judgement)
{
	if (!OidIsValid(data_oid("segment.metric_value")))
		return NULL;
	if (metric_in(metrics_all(), "contribution_margin") != NULL)
		return "contribution_margin";
	return names_contain(metric_sums_of_population(sources_of(judgement->population)), "revenue") ? "revenue"
																								  : NULL;
}

static double *
money_shares(const Judgement *judgement, const char *metric)
{
	return shares_of(
		judgement,
		psprintf("SELECT v.segment, pg_catalog.sum(v.value) FROM segment.metric_value v WHERE v.scheme "
				 "OPERATOR(pg_catalog.=) %s AND v.breakdown OPERATOR(pg_catalog.=) '' AND v.metric "
				 "OPERATOR(pg_catalog.=) %s AND v.segment OPERATOR(pg_catalog.=) ANY (%s) AND v.period_start "
				 "OPERATOR(pg_catalog.>) (%s OPERATOR(pg_catalog.-) '1 year'::interval) GROUP BY 1",
				 quote_literal_cstr(judgement->scheme->name), quote_literal_cstr(metric),
				 names_sql(judgement->segments), day_sql(judgement->population->as_of)));
}

/* The default segment is what no rule takes: the fewer the better. */
static Verdict
judge_share(const Scheme *scheme, const char *segment, double customers, double money)
{
	if (customers > scheme->largest_share)
		return WEAK;
	if (customers >= scheme->smallest_share || strcmp(segment, scheme->default_segment) == 0)
		return GOOD;
	return !isnan(money) && money >= scheme->smallest_share ? WEAK : POOR;
}

static void
judge_material(Judgement *judgement)
{
	const Scheme *scheme = judgement->scheme;
	const char *name = quote_identifier(scheme->name);
	const char *metric = money_metric(judgement);
	double *money = metric ? money_shares(judgement, metric) : NULL;
	double *customers =
		shares_of(judgement, psprintf("SELECT s.%s, pg_catalog.count(*) FROM %s s WHERE s.%s IS NOT NULL "
									  "GROUP BY 1",
									  name, data_name(judgement->population->name, "_segment"), name));
	ListCell *lc;

	foreach (lc, judgement->segments)
	{
		int g = foreach_current_index(lc);
		Verdict verdict = judge_share(scheme, lfirst(lc), customers[g], money ? money[g] : NAN);
		bool too_large = customers[g] > scheme->largest_share;

		find(judgement, (Finding){"material", lfirst(lc), NULL, "share_of_customers", customers[g],
								  too_large ? scheme->largest_share : scheme->smallest_share, verdict,
								  too_large         ? "holds most of the customers"
								  : verdict == WEAK ? "few customers, but much of the money"
													: NULL});
		if (metric)
			find(judgement, (Finding){"material", lfirst(lc), NULL, psprintf("share_of_%s", metric), money[g],
									  scheme->smallest_share, NO_VERDICT, "of the last twelve months"});
	}
}

/* The sum of it. */

/* Rules that part what is continuous have neighbours: no silhouette, but centres that are apart are worth
 * something. */
static bool
all_apart(const Judgement *judgement)
{
	ListCell *lc;

	foreach (lc, judgement->findings)
		if (strcmp(((Finding *) lfirst(lc))->measure, "separation") == 0 &&
			((Finding *) lfirst(lc))->verdict == POOR)
			return false;
	return true;
}

/* A scheme is distinct as a whole, meaningful by its best feature, material by its worst segment. */
static Verdict
verdict_of(const Judgement *judgement, const char *criterion)
{
	bool best = strcmp(criterion, "meaningful") == 0;
	Verdict result = NO_VERDICT;
	ListCell *lc;

	foreach (lc, judgement->findings)
	{
		Finding *finding = lfirst(lc);

		if (strcmp(finding->criterion, criterion) != 0 || finding->verdict == NO_VERDICT ||
			(strcmp(criterion, "distinct") == 0 && finding->segment != NULL))
			continue;
		if (result == NO_VERDICT || (best ? finding->verdict < result : finding->verdict > result))
			result = finding->verdict;
	}
	if (strcmp(criterion, "distinct") == 0 && result == POOR && all_apart(judgement))
		return WEAK;
	return result;
}

static void
sum_up(Judgement *judgement)
{
	static const char *const criteria[] = {"distinct", "material", "meaningful"};
	Verdict worst = NO_VERDICT;

	for (int i = 0; i < lengthof(criteria); i++)
	{
		Verdict verdict = verdict_of(judgement, criteria[i]);

		find(judgement, (Finding){criteria[i], NULL, NULL, "verdict", NAN, NAN, verdict, NULL});
		if (verdict != NO_VERDICT && (worst == NO_VERDICT || verdict > worst))
			worst = verdict;
	}
	find(judgement, (Finding){"all", NULL, NULL, "verdict", NAN, NAN, worst, NULL});
}

static void
judge_scheme(Judgement *judgement, Population *population, const Scheme *scheme, int sample)
{
	SchemeDefinition *definition = scheme_definition(scheme, scheme->version);
	List *features = features_of(population);
	int in_force;

	judgement->population = population;
	judgement->scheme = scheme;
	judgement->segments = scheme_segment_names(scheme, &in_force);
	judgement->segments = list_truncate(judgement->segments, in_force);
	judgement->features = numeric_features(features, definition_features(definition, scheme, features));
	read_sample(judgement, sample);
	standardise_sample(judgement);
	judge_distinct(judgement);
	judge_material(judgement);
	judge_meaningful(judgement);
	sum_up(judgement);
}

static void
return_finding(Tuplestorestate *store, TupleDesc desc, const Finding *finding)
{
	const char *texts[] = {
		finding->criterion,         finding->segment, finding->feature, finding->measure, NULL, NULL,
		verdicts[finding->verdict], finding->note};
	Datum values[lengthof(texts)];
	bool nulls[lengthof(texts)];

	for (int i = 0; i < lengthof(texts); i++)
	{
		nulls[i] = texts[i] == NULL;
		values[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(texts[i]);
	}
	nulls[4] = isnan(finding->value);
	values[4] = Float8GetDatum(finding->value);
	nulls[5] = isnan(finding->threshold);
	values[5] = Float8GetDatum(finding->threshold);
	tuplestore_putvalues(store, desc, values, nulls);
}

Datum
segment_quality(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Scheme *scheme;
	Population *population;
	Judgement judgement = {0};
	TupleDesc desc;
	Tuplestorestate *store;
	ListCell *lc;

	require_arg(fcinfo, 0, "scheme");
	desc = result_row_type(fcinfo);
	store = result_begin(fcinfo, desc);
	api_begin(&call);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	require_active(scheme);
	judge_scheme(&judgement, population, scheme, SAMPLE);
	foreach (lc, judgement.findings)
		return_finding(store, desc, lfirst(lc));
	api_end(&call);
	return (Datum) 0;
}

void
quality_notice(Population *population, const Scheme *scheme)
{
	Judgement judgement = {0};
	StringInfoData poor;
	ListCell *lc;

	judge_scheme(&judgement, population, scheme, SMALL_SAMPLE);
	initStringInfo(&poor);
	foreach (lc, judgement.findings)
	{
		Finding *finding = lfirst(lc);

		if (strcmp(finding->measure, "verdict") == 0 && strcmp(finding->criterion, "all") != 0 &&
			finding->verdict == POOR)
			appendStringInfo(&poor, "%s%s", poor.len > 0 ? ", " : "", finding->criterion);
	}
	if (poor.len > 0)
		ereport(NOTICE,
				(errmsg("scheme \"%s\" is poor as a segmentation: %s", scheme->name, poor.data),
				 errdetail("Judged by a sample of %d customers.", judgement.points.n),
				 errhint("SELECT * FROM segment.quality(%s) has the numbers and what they are held against.",
						 quote_literal_cstr(scheme->name))));
}
