/*
 * score_agg.c
 *	  segment.cut_points(value, bins): the cut points of all values of a group.
 *
 * Values are sorted by tuplesort within work_mem, as percentile_cont does; that
 * one is not used because it has no numeric form and rounds i/bins to a float
 * before it looks for the rank.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/float.h"
#include "utils/tuplesort.h"
#include "utils/typcache.h"

#include "compat.h"
#include "score.h"

typedef struct CutState
{
	Tuplesortstate *sort;
	Oid type;
	int bins;
	int64 nvalues;
} CutState;

/* Reads forward only; neighbouring cuts may share a rank, so the last two values are kept. */
typedef struct CutReader
{
	CutState *state;
	int64 next; /* rank that the next read gives */
	Datum last;
	Datum before_last;
} CutReader;

static void
end_sort(Datum arg)
{
	CutState *state = (CutState *) DatumGetPointer(arg);

	if (state->sort)
		tuplesort_end(state->sort);
	state->sort = NULL;
}

static int
read_bins(FunctionCallInfo fcinfo)
{
	int bins = PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2);

	if (bins < SCORE_MIN_BINS || bins > SCORE_MAX_BINS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("bins is not between %d and %d", SCORE_MIN_BINS, SCORE_MAX_BINS),
						errhint("Quintiles are 5 bins, deciles 10.")));
	return bins;
}

static CutState *
begin_cuts(FunctionCallInfo fcinfo, Oid type)
{
	TypeCacheEntry *cache = lookup_type_cache(type, TYPECACHE_LT_OPR);
	MemoryContext context;
	MemoryContext caller;
	CutState *state;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "cut_points called outside of an aggregate");
	caller = MemoryContextSwitchTo(context);
	state = palloc0(sizeof(CutState));
	state->type = type;
	state->bins = read_bins(fcinfo);
	state->sort = tuplesort_begin_datum(type, cache->lt_opr, InvalidOid, false, work_mem, NULL, 0);
	AggRegisterCallback(fcinfo, end_sort, PointerGetDatum(state));
	MemoryContextSwitchTo(caller);
	return state;
}

static Datum
add_value(FunctionCallInfo fcinfo, Oid type)
{
	CutState *state;

	if (PG_ARGISNULL(0))
		state = begin_cuts(fcinfo, type);
	else
		state = (CutState *) PG_GETARG_POINTER(0);
	if (read_bins(fcinfo) != state->bins)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("bins differs from row to row"),
						errhint("Give bins as a constant.")));
	if (!PG_ARGISNULL(1))
	{
		Datum value = PG_GETARG_DATUM(1);

		if (type == NUMERICOID)
			value = PointerGetDatum(PG_DETOAST_DATUM(value));
		tuplesort_putdatum(state->sort, value, false);
		state->nvalues++;
	}
	PG_RETURN_POINTER(state);
}

static Datum
read_rank(CutReader *reader, int64 rank)
{
	Tuplesortstate *sort = reader->state->sort;
	bool isnull;

	if (rank == reader->next - 2)
		return reader->before_last;
	if (rank == reader->next - 1)
		return reader->last;
	reader->before_last = reader->last;
	if ((rank > reader->next && !tuplesort_skiptuples(sort, rank - reader->next, true)) ||
		!segment_tuplesort_getdatum(sort, &reader->last, &isnull))
		elog(ERROR, "rank beyond the values of cut_points");
	reader->next = rank + 1;
	return reader->last;
}

static Datum
compute_cut(CutReader *reader, int cut)
{
	CutState *state = reader->state;
	CutRank rank = cut_rank(state->nvalues, cut, state->bins);
	Datum low = read_rank(reader, rank.low);
	Datum high = rank.numerator == 0 ? low : read_rank(reader, rank.low + 1);

	if (state->type == NUMERICOID)
		return NumericGetDatum(
			cut_between_numeric(DatumGetNumeric(low), DatumGetNumeric(high), rank.numerator, state->bins));
	return Float8GetDatum(
		cut_between_float8(DatumGetFloat8(low), DatumGetFloat8(high), rank.numerator, state->bins));
}

PG_FUNCTION_INFO_V1(segment_cut_points_final);

/* One body for both types: what the state holds decides. */
Datum
segment_cut_points_final(PG_FUNCTION_ARGS)
{
	CutState *state = PG_ARGISNULL(0) ? NULL : (CutState *) PG_GETARG_POINTER(0);
	CutReader reader = {state, 0, (Datum) 0, (Datum) 0};
	bool is_numeric;
	Datum *cuts;

	if (state == NULL || state->nvalues == 0)
		PG_RETURN_NULL();
	tuplesort_performsort(state->sort);
	cuts = palloc(sizeof(Datum) * (state->bins - 1));
	for (int cut = 1; cut < state->bins; cut++)
	{
		CHECK_FOR_INTERRUPTS();
		cuts[cut - 1] = compute_cut(&reader, cut);
	}
	is_numeric = state->type == NUMERICOID;
	PG_RETURN_ARRAYTYPE_P(
		construct_array(cuts, state->bins - 1, state->type, is_numeric ? -1 : sizeof(float8),
						is_numeric ? false : FLOAT8PASSBYVAL, is_numeric ? TYPALIGN_INT : TYPALIGN_DOUBLE));
}

PG_FUNCTION_INFO_V1(segment_cut_points_add_float8);

Datum
segment_cut_points_add_float8(PG_FUNCTION_ARGS)
{
	return add_value(fcinfo, FLOAT8OID);
}

PG_FUNCTION_INFO_V1(segment_cut_points_add_numeric);

Datum
segment_cut_points_add_numeric(PG_FUNCTION_ARGS)
{
	return add_value(fcinfo, NUMERICOID);
}
