/*
 * bridge_fn.c
 *	  SQL functions over bridge.c, and over markov.c.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "bridge.h"
#include "markov.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_midpoint_effect);
PG_FUNCTION_INFO_V1(segment_volume_mix_rate);
PG_FUNCTION_INFO_V1(segment_markov_value);

static BridgeSide
get_side(FunctionCallInfo fcinfo, int first)
{
	BridgeSide side = {.customers = PG_GETARG_INT64(first), .value = PG_GETARG_NUMERIC(first + 1)};

	if (side.customers < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a number of customers is negative"),
						errhint("Give counts before and after.")));
	return side;
}

Datum
segment_midpoint_effect(PG_FUNCTION_ARGS)
{
	BridgeSide before = get_side(fcinfo, 0);
	BridgeSide after = get_side(fcinfo, 2);

	PG_RETURN_NUMERIC(bridge_migration(&before, &after));
}

Datum
segment_volume_mix_rate(PG_FUNCTION_ARGS)
{
	BridgeSide before = get_side(fcinfo, 0);
	BridgeSide after = get_side(fcinfo, 2);
	BridgeParts parts = bridge_parts(&before, &after, PG_GETARG_INT64(4), PG_GETARG_INT64(5));
	Datum values[] = {NumericGetDatum(parts.volume), NumericGetDatum(parts.mix), NumericGetDatum(parts.rate)};
	bool nulls[lengthof(values)] = {false};
	TupleDesc desc;

	desc = result_row_type(fcinfo);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

static double *
get_numbers(ArrayType *array, int ndims, const char *name)
{
	if (ARR_NDIM(array) != ndims || ARR_HASNULL(array))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be an array of %d dimension(s) without NULL", name, ndims),
				 errhint("Give probabilities as a square matrix, rows from, columns to, and rewards as "
						 "one number per state.")));
	return (double *) ARR_DATA_PTR(array);
}

static ArrayType *
make_numbers(const double *value, int n)
{
	Datum *elements = palloc(n * sizeof(Datum));

	for (int i = 0; i < n; i++)
		elements[i] = Float8GetDatum(value[i]);
	return construct_array(elements, n, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
}

static void
check_chain(const double *p, int n, double discount)
{
	if (!(discount >= 0) || !(discount < 1000))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("discount must be a rate per period, not negative"),
						errhint("0.01 is one per cent per period.")));
	if (!markov_is_chain(p, n))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("probabilities must be 0 to 1, and no row may sum to more than 1"),
						errhint("Rows are from, columns to.")));
}

Datum
segment_markov_value(PG_FUNCTION_ARGS)
{
	ArrayType *matrix;
	ArrayType *rewards;
	const double *p;
	const double *reward;
	double *value;
	int n;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	matrix = PG_GETARG_ARRAYTYPE_P(0);
	rewards = PG_GETARG_ARRAYTYPE_P(1);
	p = get_numbers(matrix, 2, "probabilities");
	reward = get_numbers(rewards, 1, "rewards");
	n = ARR_DIMS(rewards)[0];
	if (ARR_DIMS(matrix)[0] != n || ARR_DIMS(matrix)[1] != n)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("probabilities must have a row and a column for each of %d rewards", n),
						errhint("Rows are from, columns to.")));
	check_chain(p, n, PG_GETARG_FLOAT8(2));
	value = palloc(n * sizeof(double));
	if (!PG_ARGISNULL(3))
		markov_value_until(p, reward, n, PG_GETARG_FLOAT8(2), PG_GETARG_INT32(3), value);
	else if (!markov_value(p, reward, n, PG_GETARG_FLOAT8(2), value))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("the value is not finite"),
						errhint("Give a discount above 0, or a number of periods.")));
	PG_RETURN_ARRAYTYPE_P(make_numbers(value, n));
}
