/*
 * score.c
 *	  The arithmetic of scores and cut points; no state, no catalogs.
 *
 * Numeric stays numeric throughout: money that equals a cut point must not
 * fall beside it because either passed through a float.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"

#include "score.h"

/* Digits kept beyond the inputs' scale: i/1000 needs 3, i/1024 would need 10. */
#define CUT_EXTRA_SCALE 16

int
score_of_rank(int cuts_below, int ncuts, bool descending)
{
	return descending ? ncuts + 1 - cuts_below : cuts_below + 1;
}

/* A plain loop: up to some twenty cuts it beats a binary search, and compilers vectorise it. */
int
count_cuts_below_float8(const double *cuts, int ncuts, double value)
{
	int below = 0;

	if (unlikely(isnan(value)))
	{
		for (int i = 0; i < ncuts; i++)
			below += !isnan(cuts[i]); /* NaN sorts after everything, as in btree */
		return below;
	}
	for (int i = 0; i < ncuts; i++)
		below += cuts[i] < value;
	return below;
}

/* Binary search: one numeric comparison costs as much as twenty of floats. */
int
count_cuts_below_numeric(const Datum *cuts, int ncuts, Datum value)
{
	int low = 0;
	int high = ncuts;

	while (low < high)
	{
		int middle = (low + high) / 2;

		if (DatumGetBool(DirectFunctionCall2(numeric_lt, cuts[middle], value)))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* In integers: in floats 0.6 * (n - 1) may fall just short of the rank it means. */
CutRank
cut_rank(int64 nvalues, int cut, int bins)
{
	int64 scaled = (nvalues - 1) * cut;

	Assert(nvalues > 0 && cut > 0 && cut < bins && bins <= SCORE_MAX_BINS);
	return (CutRank){scaled / bins, (int) (scaled % bins)};
}

double
cut_between_float8(double low, double high, int numerator, int bins)
{
	if (numerator == 0 || low == high)
		return low;
	return low + (high - low) * ((double) numerator / bins);
}

static Datum
numeric_of_int(int value)
{
	return DirectFunctionCall1(int4_numeric, Int32GetDatum(value));
}

/* low + (high - low) * numerator / bins, exact wherever bins divides a power of ten. */
Numeric
cut_between_numeric(Numeric low, Numeric high, int numerator, int bins)
{
	Datum cut = NumericGetDatum(low);

	if (numerator != 0 &&
		!DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(low), NumericGetDatum(high))))
	{
		Datum step = DirectFunctionCall2(numeric_sub, NumericGetDatum(high), NumericGetDatum(low));
		int32 scale;

		step = DirectFunctionCall2(numeric_mul, step, numeric_of_int(numerator));
		if (!numeric_is_nan(DatumGetNumeric(step)) && !numeric_is_inf(DatumGetNumeric(step)))
		{
			/* Division keeps the scale of its dividend, so raise that first. */
			scale = DatumGetInt32(DirectFunctionCall1(numeric_scale, step)) + CUT_EXTRA_SCALE;
			step = DirectFunctionCall2(numeric_round, step, Int32GetDatum(scale));
		}
		step = DirectFunctionCall2(numeric_div, step, numeric_of_int(bins));
		cut = DirectFunctionCall2(numeric_add, cut, step);
	}
	return DatumGetNumeric(DirectFunctionCall1(numeric_trim_scale, cut));
}
