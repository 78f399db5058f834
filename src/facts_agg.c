/*
 * facts_agg.c
 *	  segment.period_counts and segment.period_totals: facts of all periods in
 *	  SQL, over the states of customers and their ledgers.
 *
 * For whoever wants facts of a subset of customers, and for tables that are
 * spread over nodes: partial results are flat and small.  The facts of a
 * whole scheme are made without them, by facts_pass.c, from the same cells.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

#include "facts_cells.h"

PG_FUNCTION_INFO_V1(segment_period_counts_step);
PG_FUNCTION_INFO_V1(segment_period_totals_step);
PG_FUNCTION_INFO_V1(segment_period_cells_combine);
PG_FUNCTION_INFO_V1(segment_period_cells_final);

static const int16 *
states_argument(ArrayType *array, int *nperiods, int segments)
{
	const int16 *states = (const int16 *) ARR_DATA_PTR(array);
	int ndays = ARR_NDIM(array) == 1 ? ARR_DIMS(array)[0] : 0;

	if (ndays < 2 || ndays > PERIODS_MAX + 1 || ARR_HASNULL(array))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("states must be an array of 2 to %d numbers", PERIODS_MAX + 1),
						errhint("Take them from segment.period_states.")));
	for (int i = 0; i < ndays; i++)
		if (states[i] < STATE_NOT_ENTERED || states[i] >= STATE_FIRST_SEGMENT + segments)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("state is out of range: %d", states[i]),
					 errhint("Give the length of the array that segment.period_states got.")));
	*nperiods = ndays - 1;
	return states;
}

Datum
segment_period_counts_step(PG_FUNCTION_ARGS)
{
	FactsCells *cells = PG_ARGISNULL(0) ? NULL : (FactsCells *) PG_GETARG_POINTER(0);
	const int16 *states;
	int nperiods;
	int segments;

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "period_counts_step called in non-aggregate context");
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("states and segments must not be NULL")));
	segments = PG_GETARG_INT32(2);
	states = states_argument(PG_GETARG_ARRAYTYPE_P(1), &nperiods, segments);
	if (cells == NULL)
		cells = cells_for_counts(nperiods, segments);
	cells_require(cells, nperiods, segments);
	cells_count_customer(cells, states);
	PG_RETURN_POINTER(cells);
}

Datum
segment_period_totals_step(PG_FUNCTION_ARGS)
{
	FactsCells *cells = PG_ARGISNULL(0) ? NULL : (FactsCells *) PG_GETARG_POINTER(0);
	const int16 *states = NULL;
	const DateADT *days;
	int ndays;
	int nperiods;
	int segments;
	LedgerIterator it;

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "period_totals_step called in non-aggregate context");
	if (PG_ARGISNULL(3) || PG_ARGISNULL(4))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("segments and days must not be NULL")));
	segments = PG_GETARG_INT32(3);
	days = states_days(PG_GETARG_ARRAYTYPE_P(4), &ndays);
	nperiods = ndays - 1;
	if (!PG_ARGISNULL(1))
		states = states_argument(PG_GETARG_ARRAYTYPE_P(1), &nperiods, segments);
	if (PG_ARGISNULL(2))
	{
		if (cells == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(cells);
	}
	ledger_iterate(PG_GETARG_LEDGER_PP(2), &it);
	if (cells == NULL)
		cells = cells_for_ledgers(ndays - 1, segments, &it.shape);
	if (nperiods != ndays - 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("states and days differ in length"),
						errhint("Give both aggregates the same days.")));
	cells_require(cells, nperiods, segments);
	PG_RETURN_POINTER(cells_add_ledger(cells, states, &it, days, NULL));
}

Datum
segment_period_cells_combine(PG_FUNCTION_ARGS)
{
	FactsCells *other;

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "period_cells_combine called in non-aggregate context");
	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	/* A copy, because what comes from a tuple is not aligned to 8 bytes. */
	other = (FactsCells *) PG_GETARG_BYTEA_P_COPY(1);
	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(other);
	PG_RETURN_POINTER(cells_add((FactsCells *) PG_GETARG_POINTER(0), other));
}

Datum
segment_period_cells_final(PG_FUNCTION_ARGS)
{
	Oid type = get_element_type(get_fn_expr_rettype(fcinfo->flinfo));

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "period_cells_final called in non-aggregate context");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (!OidIsValid(type))
		elog(ERROR, "could not determine the type of the facts");
	PG_RETURN_DATUM(cells_to_array((FactsCells *) PG_GETARG_BYTEA_P(0), type));
}
