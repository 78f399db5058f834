/*
 * remedy.c
 *	  The nearest value that would meet a condition.
 *
 * Apart from condition.c, which reads rules, because this is arithmetic on
 * values: bounds from thresholds, and from the cut points of scores (score.h).
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "condition.h"

/* Values meant: at least, more than, at most, exactly. */
typedef enum BoundKind
{
	BOUND_NONE,
	BOUND_AT_LEAST,
	BOUND_ABOVE,
	BOUND_AT_MOST,
	BOUND_BELOW,
	BOUND_EXACTLY
} BoundKind;

typedef struct Bound
{
	BoundKind kind;
	char *at;
} Bound;

/* Money has two digits: the step beyond an open bound where the type has no next value of its own. */
#define SMALLEST_SCALE 2

static Datum
to_numeric(const char *text)
{
	return DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
							   Int32GetDatum(-1));
}

static char *
numeric_text(Datum value)
{
	return DatumGetCString(DirectFunctionCall1(numeric_out, value));
}

static bool
is_finite(Datum value)
{
	return !numeric_is_nan(DatumGetNumeric(value)) && !numeric_is_inf(DatumGetNumeric(value));
}

static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

static bool
is_number(Oid type)
{
	return is_integer(type) || type == NUMERICOID || type == FLOAT4OID || type == FLOAT8OID;
}

static Bound
bound_of(Comparison comparison, const char *threshold)
{
	static const BoundKind kinds[] = {
		[COMPARE_LESS] = BOUND_BELOW,    [COMPARE_LESS_EQUAL] = BOUND_AT_MOST,
		[COMPARE_EQUAL] = BOUND_EXACTLY, [COMPARE_GREATER_EQUAL] = BOUND_AT_LEAST,
		[COMPARE_GREATER] = BOUND_ABOVE, [COMPARE_NOT_EQUAL] = BOUND_NONE,
	};

	return (Bound){kinds[comparison], pstrdup(threshold)};
}

/* Whole numbers have a next one, so open and fractional bounds become closed whole ones. */
static Bound
whole_bound(Bound bound)
{
	Datum one = DirectFunctionCall1(int4_numeric, Int32GetDatum(1));
	Datum at = to_numeric(bound.at);
	Datum floor = DirectFunctionCall1(numeric_floor, at);
	Datum ceiling = DirectFunctionCall1(numeric_ceil, at);

	switch (bound.kind)
	{
		case BOUND_AT_LEAST:
			return (Bound){BOUND_AT_LEAST, numeric_text(ceiling)};
		case BOUND_ABOVE:
			return (Bound){BOUND_AT_LEAST, numeric_text(DirectFunctionCall2(numeric_add, floor, one))};
		case BOUND_AT_MOST:
			return (Bound){BOUND_AT_MOST, numeric_text(floor)};
		case BOUND_BELOW:
			return (Bound){BOUND_AT_MOST, numeric_text(DirectFunctionCall2(numeric_sub, ceiling, one))};
		default:
			return DatumGetBool(DirectFunctionCall2(numeric_eq, floor, at)) ? bound
																			: (Bound){BOUND_NONE, NULL};
	}
}

/* A value just beyond an open bound of a type without next value: 10^-scale away, or the next float. */
static char *
beyond(const Bound *bound, Oid type, const char *current)
{
	Datum at = to_numeric(bound->at);
	int scale = SMALLEST_SCALE;
	char *step;

	if (type == FLOAT8OID || type == FLOAT4OID)
	{
		double value = DatumGetFloat8(DirectFunctionCall1(float8in, CStringGetDatum(bound->at)));
		double limit = bound->kind == BOUND_ABOVE ? INFINITY : -INFINITY;
		double next = type == FLOAT8OID ? nextafter(value, limit) : nextafterf((float) value, (float) limit);

		return DatumGetCString(DirectFunctionCall1(float8out, Float8GetDatum(next)));
	}
	scale = Max(scale, DatumGetInt32(DirectFunctionCall1(numeric_scale, at)));
	if (current && is_finite(to_numeric(current)))
		scale = Max(scale, DatumGetInt32(DirectFunctionCall1(numeric_scale, to_numeric(current))));
	step = psprintf("1e-%d", scale);
	return numeric_text(
		DirectFunctionCall2(bound->kind == BOUND_ABOVE ? numeric_add : numeric_sub, at, to_numeric(step)));
}

static char *
bound_text(const Bound *bound)
{
	switch (bound->kind)
	{
		case BOUND_AT_LEAST:
			return psprintf("%s or more", bound->at);
		case BOUND_ABOVE:
			return psprintf("more than %s", bound->at);
		case BOUND_AT_MOST:
			return psprintf("%s or less", bound->at);
		case BOUND_BELOW:
			return psprintf("less than %s", bound->at);
		default:
			return bound->at;
	}
}

static const char *
verb_of(BoundKind kind)
{
	if (kind == BOUND_EXACTLY)
		return "change";
	return kind == BOUND_AT_LEAST || kind == BOUND_ABOVE ? "rise" : "fall";
}

/* "days_since_last must fall from 45 to 30 or less" */
static char *
requirement_text(const Feature *feature, const Bound *bound, const char *current)
{
	const char *verb = verb_of(bound->kind);

	if (current == NULL)
		return psprintf("%s, now unknown, must be %s", feature->name, bound_text(bound));
	return psprintf("%s must %s from %s to %s", feature->name, verb, current, bound_text(bound));
}

static Remedy *
feature_remedy(const Feature *feature, Bound bound, const char *current)
{
	Remedy *remedy = palloc0(sizeof(Remedy));
	bool open;

	if (is_number(feature->type) && !is_finite(to_numeric(bound.at)))
		return NULL;
	if (is_integer(feature->type))
		bound = whole_bound(bound);
	open = bound.kind == BOUND_ABOVE || bound.kind == BOUND_BELOW;
	if (bound.kind == BOUND_NONE || (open && !is_number(feature->type)))
		return NULL;
	remedy->feature = feature;
	remedy->value = open ? beyond(&bound, feature->type, current) : bound.at;
	remedy->text = requirement_text(feature, &bound, current);
	return remedy;
}

/* Cut points as texts of numbers. */
static char **
read_cuts(const Score *score, int *ncuts)
{
	Datum array = OidInputFunctionCall(F_ARRAY_IN, score->cuts, NUMERICOID, -1);
	Datum *elements;
	bool *nulls;
	char **cuts;

	deconstruct_array(DatumGetArrayTypeP(array), NUMERICOID, -1, false, TYPALIGN_INT, &elements, &nulls,
					  ncuts);
	cuts = palloc(sizeof(char *) * Max(*ncuts, 1));
	for (int i = 0; i < *ncuts; i++)
		cuts[i] = numeric_text(elements[i]);
	return cuts;
}

char *
cuts_text(const Score *score)
{
	int ncuts;
	char **cuts = read_cuts(score, &ncuts);
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < ncuts; i++)
		appendStringInfo(&text, "%s%s", i ? ", " : "", cuts[i]);
	return text.data;
}

/* The bin that bounds those which meet the condition; 0 when there is none. */
static int
wanted_bin(Bound bound, int nbins)
{
	double bin;

	if (!is_finite(to_numeric(bound.at)))
		return 0;
	bound = whole_bound(bound);
	if (bound.kind == BOUND_NONE)
		return 0;
	bin = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, to_numeric(bound.at)));
	if (bound.kind == BOUND_AT_LEAST)
		bin = Max(bin, 1);
	else if (bound.kind == BOUND_AT_MOST)
		bin = Min(bin, nbins);
	return bin >= 1 && bin <= nbins ? (int) bin : 0;
}

/*
 * score = 1 + #{cuts < value}: a value reaches bin k from below by passing cut
 * k - 1, and from above by falling to cut k.  Descending counts bins from the
 * other end.
 */
static Bound
bin_bound(const Score *score, char **cuts, int ncuts, int bin, const char *current, bool wants_more)
{
	int nbins = ncuts + 1;
	int rank = score->descending ? nbins + 1 - bin : bin;
	bool up = wants_more != score->descending;

	if (current)
		up = rank > (score->descending ? nbins + 1 - atoi(current) : atoi(current));
	if (current == NULL && rank == 1)
		up = false;
	if (current == NULL && rank == nbins)
		up = true;
	if (up)
		return rank > 1 ? (Bound){BOUND_ABOVE, cuts[rank - 2]} : (Bound){BOUND_NONE, NULL};
	return rank < nbins ? (Bound){BOUND_AT_MOST, cuts[rank - 1]} : (Bound){BOUND_NONE, NULL};
}

static Remedy *
score_remedy(const Score *score, const Feature *feature, Bound bound, const char *current, const char *behind)
{
	int ncuts;
	char **cuts = read_cuts(score, &ncuts);
	int bin = wanted_bin(bound, ncuts + 1);
	Remedy *remedy;
	Bound needed;

	if (bin == 0)
		return NULL;
	needed = bin_bound(score, cuts, ncuts, bin, current,
					   bound.kind == BOUND_AT_LEAST || bound.kind == BOUND_ABOVE);
	if (needed.kind == BOUND_NONE)
		return NULL;
	remedy = feature_remedy(feature, needed, behind);
	if (remedy)
		remedy->text =
			psprintf("%s: %s -> %d: %s", score->name, current ? current : "unknown", bin, remedy->text);
	return remedy;
}

Remedy *
condition_remedy(const Condition *condition, const Feature *feature, const Score *score, const char *value,
				 const char *behind)
{
	Bound bound;

	if (condition->comparison == COMPARE_NONE || condition->comparison == COMPARE_NOT_EQUAL)
		return NULL;
	bound = bound_of(condition->comparison, condition->threshold);
	if (score)
		return score_remedy(score, feature, bound, value, behind);
	return feature_remedy(feature, bound, value);
}

/* A bin at either end has one neighbour; of a flag there are two values. */
static Condition
opposite_of_equal(const Condition *condition, const Feature *feature, const Score *score)
{
	Condition opposite = *condition;
	int nbins = 0;

	if (score)
		(void) read_cuts(score, &nbins);
	opposite.comparison = COMPARE_NONE;
	if (score && strcmp(condition->threshold, "1") == 0)
		opposite.comparison = COMPARE_GREATER;
	else if (score && strcmp(condition->threshold, psprintf("%d", nbins + 1)) == 0)
		opposite.comparison = COMPARE_LESS;
	else if (!score && feature->type == BOOLOID)
	{
		opposite.comparison = COMPARE_EQUAL;
		opposite.threshold = condition->threshold[0] == 't' ? "false" : "true";
	}
	return opposite;
}

Remedy *
condition_breach(const Condition *condition, const Feature *feature, const Score *score, const char *value,
				 const char *behind)
{
	static const Comparison opposites[] = {
		[COMPARE_NONE] = COMPARE_NONE,          [COMPARE_LESS] = COMPARE_GREATER_EQUAL,
		[COMPARE_LESS_EQUAL] = COMPARE_GREATER, [COMPARE_EQUAL] = COMPARE_NONE,
		[COMPARE_GREATER_EQUAL] = COMPARE_LESS, [COMPARE_GREATER] = COMPARE_LESS_EQUAL,
		[COMPARE_NOT_EQUAL] = COMPARE_EQUAL,
	};
	Condition opposite = *condition;

	if (condition->comparison == COMPARE_EQUAL)
		opposite = opposite_of_equal(condition, feature, score);
	else
		opposite.comparison = opposites[condition->comparison];
	return condition_remedy(&opposite, feature, score, value, behind);
}
