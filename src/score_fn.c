/*
 * score_fn.c
 *	  segment.score(): a value's bin among given cut points.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "compat.h"
#include "score.h"

/* The last array of numeric cut points, taken apart; keyed by its bytes. */
typedef struct NumericCuts
{
	ArrayType *array;
	int ncuts;
	Datum *cuts;
} NumericCuts;

static void
refuse_cuts(const char *problem)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("cut points %s", problem),
					errhint("Give cut points as a one-dimensional array in ascending order without NULL.")));
}

static int
check_shape(ArrayType *array)
{
	if (ARR_NDIM(array) > 1)
		refuse_cuts("have more than one dimension");
	if (ARR_HASNULL(array) && array_contains_nulls(array))
		refuse_cuts("contain NULL");
	return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
}

/* The order costs one comparison per cut, less than remembering that it was checked. */
static void
check_order_float8(const double *cuts, int ncuts)
{
	for (int i = 1; i < ncuts; i++)
		if (unlikely(!(cuts[i - 1] <= cuts[i])) && !isnan(cuts[i]))
			refuse_cuts("are not in ascending order");
}

static NumericCuts *
read_numeric_cuts(FmgrInfo *flinfo, ArrayType *array)
{
	MemoryContext caller = MemoryContextSwitchTo(flinfo->fn_mcxt);
	NumericCuts *result = palloc0(sizeof(NumericCuts));
	bool *nulls;

	result->array = (ArrayType *) memcpy(palloc(VARSIZE(array)), array, VARSIZE(array));
	(void) check_shape(result->array);
	deconstruct_array(result->array, NUMERICOID, -1, false, TYPALIGN_INT, &result->cuts, &nulls,
					  &result->ncuts);
	for (int i = 1; i < result->ncuts; i++)
		if (DatumGetBool(DirectFunctionCall2(numeric_gt, result->cuts[i - 1], result->cuts[i])))
			refuse_cuts("are not in ascending order");
	MemoryContextSwitchTo(caller);
	return result;
}

static void
free_numeric_cuts(NumericCuts *cuts)
{
	pfree(cuts->array);
	pfree(cuts->cuts);
	pfree(cuts);
}

static NumericCuts *
cached_numeric_cuts(FmgrInfo *flinfo, ArrayType *array)
{
	NumericCuts *cached = (NumericCuts *) flinfo->fn_extra;

	if (cached && VARSIZE(cached->array) == VARSIZE(array) &&
		memcmp(cached->array, array, VARSIZE(array)) == 0)
		return cached;
	flinfo->fn_extra = NULL;
	if (cached)
		free_numeric_cuts(cached);
	flinfo->fn_extra = read_numeric_cuts(flinfo, array);
	return (NumericCuts *) flinfo->fn_extra;
}

PG_FUNCTION_INFO_V1(segment_score_float8);

Datum
segment_score_float8(PG_FUNCTION_ARGS)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(1);
	const double *cuts = (const double *) ARR_DATA_PTR(array);
	int ncuts = check_shape(array);

	check_order_float8(cuts, ncuts);
	PG_RETURN_INT32(
		score_of_rank(count_cuts_below_float8(cuts, ncuts, PG_GETARG_FLOAT8(0)), ncuts, PG_GETARG_BOOL(2)));
}

PG_FUNCTION_INFO_V1(segment_score_numeric);

Datum
segment_score_numeric(PG_FUNCTION_ARGS)
{
	Numeric value = PG_GETARG_NUMERIC(0);
	NumericCuts *cuts = cached_numeric_cuts(fcinfo->flinfo, PG_GETARG_ARRAYTYPE_P(1));
	int below = count_cuts_below_numeric(cuts->cuts, cuts->ncuts, NumericGetDatum(value));

	PG_RETURN_INT32(score_of_rank(below, cuts->ncuts, PG_GETARG_BOOL(2)));
}
