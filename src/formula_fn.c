/*
 * formula_fn.c
 *	  Formulas of scorecards as SQL functions: net promoter score, wallet
 *	  allocation, and amounts shared out to the last cent.
 *
 * Values layer.  Sources are cited with each.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "compat.h"

PG_FUNCTION_INFO_V1(segment_nps);
PG_FUNCTION_INFO_V1(segment_nps_se);
PG_FUNCTION_INFO_V1(segment_wallet_allocation);
PG_FUNCTION_INFO_V1(segment_allocate);

/* Shares of promoters and detractors; false without answers. */
static bool
survey_shares(FunctionCallInfo fcinfo, double *promoters, double *detractors, double *answers)
{
	*answers = PG_GETARG_FLOAT8(2);
	if (PG_GETARG_FLOAT8(0) < 0 || PG_GETARG_FLOAT8(1) < 0 ||
		PG_GETARG_FLOAT8(0) + PG_GETARG_FLOAT8(1) > *answers)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("promoters and detractors are more than the answers, or negative"),
						errhint("Give counts: promoters, detractors, all answers.")));
	*promoters = PG_GETARG_FLOAT8(0) / *answers;
	*detractors = PG_GETARG_FLOAT8(1) / *answers;
	return *answers > 0;
}

/* Reichheld 2003: the share of 9 and 10 less that of 0 to 6, in points. */
Datum
segment_nps(PG_FUNCTION_ARGS)
{
	double p;
	double d;
	double n;

	if (!survey_shares(fcinfo, &p, &d, &n))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(100.0 * (p - d));
}

/* An answer is 1, 0 or -1: the variance of their mean is (P + D - (P - D)^2) / n. */
Datum
segment_nps_se(PG_FUNCTION_ARGS)
{
	double p;
	double d;
	double n;

	if (!survey_shares(fcinfo, &p, &d, &n))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(100.0 * sqrt((p + d - (p - d) * (p - d)) / n));
}

/* Keiningham et al. 2011: share of wallet from the rank among the brands a customer uses; ties have mean
 * ranks. */
Datum
segment_wallet_allocation(PG_FUNCTION_ARGS)
{
	double rank = PG_GETARG_FLOAT8(0);
	int32 brands = PG_GETARG_INT32(1);

	if (brands < 1 || !(rank >= 1) || rank > brands)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rank %g of %d brands is out of range", rank, brands),
				 errhint("Ranks are 1 for the first brand to the number of brands; ties have their mean.")));
	PG_RETURN_FLOAT8((1.0 - rank / (brands + 1.0)) * (2.0 / brands));
}

/* ---- allocate: shares by largest remainder ---- */

typedef struct Share
{
	int place;
	Datum units;     /* numeric, whole */
	Datum remainder; /* numeric */
} Share;

static Datum
number(int32 value)
{
	return DirectFunctionCall1(int4_numeric, Int32GetDatum(value));
}

static Datum
multiply(Datum a, Datum b)
{
	return DirectFunctionCall2(numeric_mul, a, b);
}

static int
compare(Datum a, Datum b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, a, b));
}

/* Largest remainder first; of equals the earlier weight. */
static int
compare_shares(const void *a, const void *b)
{
	const Share *left = a;
	const Share *right = b;
	int order = compare(right->remainder, left->remainder);

	return order != 0 ? order : left->place - right->place;
}

static int
compare_places(const void *a, const void *b)
{
	return ((const Share *) a)->place - ((const Share *) b)->place;
}

/* Weights that are NULL or not above zero have no part. */
static Datum
sum_weights(const Datum *weight, const bool *isnull, int n)
{
	Datum sum = number(0);

	for (int i = 0; i < n; i++)
		if (!isnull[i] && compare(weight[i], number(0)) > 0)
			sum = DirectFunctionCall2(numeric_add, sum, weight[i]);
	return sum;
}

/* Whole units by weight, rounded down; returns how many are left. */
static int32
share_down(Share *shares, int n, Datum units, const Datum *weight, const bool *isnull, Datum total)
{
	Datum left = units;

	for (int i = 0; i < n; i++)
	{
		Datum product;

		CHECK_FOR_INTERRUPTS();
		shares[i] = (Share){i, number(0), number(-1)};
		if (isnull[i] || compare(weight[i], number(0)) <= 0)
			continue;
		product = multiply(units, weight[i]);
		shares[i].units = DirectFunctionCall2(numeric_div_trunc, product, total);
		shares[i].remainder = DirectFunctionCall2(numeric_sub, product, multiply(shares[i].units, total));
		left = DirectFunctionCall2(numeric_sub, left, shares[i].units);
	}
	return DatumGetInt32(DirectFunctionCall1(numeric_int4, left));
}

static Datum
array_of_shares(const Share *shares, const bool *nulls, int n, Datum unit)
{
	Datum *values = palloc((n + 1) * sizeof(Datum));
	int dims[1] = {n};
	int bounds[1] = {1};

	for (int i = 0; i < n; i++)
		values[i] = nulls[i] ? (Datum) 0 : multiply(shares[i].units, unit);
	return PointerGetDatum(construct_md_array(values, unconstify(bool *, nulls), n > 0 ? 1 : 0, dims, bounds,
											  NUMERICOID, -1, false, TYPALIGN_INT));
}

/*
 * Hamilton's method: every share rounded down to whole cents, the cents that
 * are left to the largest remainders.  The shares add up to the amount.
 */
Datum
segment_allocate(PG_FUNCTION_ARGS)
{
	Datum amount = PG_GETARG_DATUM(0);
	bool negative = compare(amount, number(0)) < 0;
	int32 digits;
	Datum unit;
	Datum total;
	Datum *weight;
	bool *isnull;
	int n;
	Share *shares;
	bool *nothing;
	int32 left;

	if (numeric_is_nan(DatumGetNumeric(amount)) || numeric_is_inf(DatumGetNumeric(amount)))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the amount is not a number"),
						errhint("Give a finite amount.")));
	if (PG_GETARG_INT32(2) < 0 || PG_GETARG_INT32(2) > 18)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("digits must be 0 to 18"),
						errhint("2 shares out to the cent.")));
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), NUMERICOID, -1, false, TYPALIGN_INT, &weight, &isnull, &n);
	digits = Max(PG_GETARG_INT32(2), DatumGetInt32(DirectFunctionCall1(numeric_scale, amount)));
	unit = DirectFunctionCall2(numeric_power, number(10), number(-digits));
	unit = DirectFunctionCall2(numeric_round, unit, Int32GetDatum(digits));
	total = sum_weights(weight, isnull, n);
	shares = palloc((n + 1) * sizeof(Share));
	nothing = palloc0((n + 1) * sizeof(bool));
	if (compare(total, number(0)) == 0)
	{
		memset(nothing, true, n * sizeof(bool));
		PG_RETURN_DATUM(array_of_shares(shares, nothing, n, unit));
	}
	left = share_down(shares, n,
					  DirectFunctionCall2(numeric_div_trunc, DirectFunctionCall1(numeric_abs, amount), unit),
					  weight, isnull, total);
	qsort(shares, n, sizeof(Share), compare_shares);
	for (int i = 0; i < Min(left, n); i++)
		shares[i].units = DirectFunctionCall2(numeric_add, shares[i].units, number(1));
	qsort(shares, n, sizeof(Share), compare_places);
	if (negative)
		unit = DirectFunctionCall1(numeric_uminus, unit);
	PG_RETURN_DATUM(array_of_shares(shares, nothing, n, unit));
}
