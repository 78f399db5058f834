/*
 * quality_fn.c
 *	  SQL functions over the formulas that judge a segmentation: they take
 *	  counts, and know nothing of schemes.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"

#include "contingency.h"
#include "psi.h"

PG_FUNCTION_INFO_V1(segment_psi);
PG_FUNCTION_INFO_V1(segment_psi_expected);
PG_FUNCTION_INFO_V1(segment_adjusted_rand);
PG_FUNCTION_INFO_V1(segment_cramers_v);

/* Counts of an array of so many dimensions, none of them NULL or negative. */
static const int64 *
counts_argument(ArrayType *array, int dimensions)
{
	const int64 *counts = (const int64 *) ARR_DATA_PTR(array);
	int n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	if (ARR_NDIM(array) != dimensions || ARR_HASNULL(array))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("counts must be an array of %d dimension(s) without NULL", dimensions),
						errhint("Give one count per bin, 0 for an empty one.")));
	for (int i = 0; i < n; i++)
		if (counts[i] < 0)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a count is negative"),
							errhint("Counts are numbers of customers.")));
	return counts;
}

static Datum
float8_or_null(FunctionCallInfo fcinfo, double value)
{
	if (isnan(value))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value);
}

Datum
segment_psi(PG_FUNCTION_ARGS)
{
	ArrayType *expected = PG_GETARG_ARRAYTYPE_P(0);
	ArrayType *actual = PG_GETARG_ARRAYTYPE_P(1);
	const int64 *expected_counts = counts_argument(expected, 1);
	const int64 *actual_counts = counts_argument(actual, 1);
	double smoothing = PG_GETARG_FLOAT8(2);

	if (ARR_DIMS(expected)[0] != ARR_DIMS(actual)[0])
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the two lists of counts differ in length: %d and %d", ARR_DIMS(expected)[0],
							   ARR_DIMS(actual)[0]),
						errhint("Count both by the same bins.")));
	if (!(smoothing >= 0) || isinf(smoothing))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("smoothing is not 0 or more"),
						errhint("0.5, the default, adds half a customer to every bin.")));
	return float8_or_null(fcinfo, psi(expected_counts, actual_counts, ARR_DIMS(expected)[0], smoothing));
}

Datum
segment_psi_expected(PG_FUNCTION_ARGS)
{
	int64 expected = PG_GETARG_INT64(1);
	int64 actual = PG_GETARG_INT64(2);

	if (expected <= 0 || actual <= 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(psi_expectation(PG_GETARG_INT32(0), expected, actual));
}

Datum
segment_adjusted_rand(PG_FUNCTION_ARGS)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
	const int64 *counts = counts_argument(array, 2);

	return float8_or_null(fcinfo, adjusted_rand_index(counts, ARR_DIMS(array)[0], ARR_DIMS(array)[1]));
}

Datum
segment_cramers_v(PG_FUNCTION_ARGS)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
	const int64 *counts = counts_argument(array, 2);

	return float8_or_null(fcinfo, cramers_v(counts, ARR_DIMS(array)[0], ARR_DIMS(array)[1]));
}
