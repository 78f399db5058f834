/*
 * ledger_fn.c
 *	  Evaluators of counts, totals and days, and the ledger as rows.
 *
 * Statistics of the purchase process are in ledger_process.c, those by
 * dimension label in ledger_dimension.c.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "ledger_fn.h"
#include "scaled.h"
#include "utils/array.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(segment_event_count);
PG_FUNCTION_INFO_V1(segment_total);
PG_FUNCTION_INFO_V1(segment_mean);
PG_FUNCTION_INFO_V1(segment_active_days);
PG_FUNCTION_INFO_V1(segment_first_day);
PG_FUNCTION_INFO_V1(segment_last_day);
PG_FUNCTION_INFO_V1(segment_first_event_day);
PG_FUNCTION_INFO_V1(segment_measure_count);
PG_FUNCTION_INFO_V1(segment_has_dimension);
PG_FUNCTION_INFO_V1(segment_scales);
PG_FUNCTION_INFO_V1(segment_entries);

int
get_measure(FunctionCallInfo fcinfo, const LedgerView *view, int argument)
{
	int measure = PG_GETARG_INT32(argument);

	if (unlikely(measure < 1 || measure > view->shape.nmeasures))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("ledger has no measure %d", measure),
						errhint("Measures are numbered from 1; this ledger has %d.", view->shape.nmeasures)));
	return measure;
}

Datum
segment_event_count(PG_FUNCTION_ARGS)
{
	const LedgerView *view = ledger_view(PG_GETARG_LEDGER_PP(0));
	DayRange range = get_day_range(fcinfo, view, 1);

	PG_RETURN_INT64(narrow_sum(ledger_view_sum(view, range, 0), 0));
}

Datum
segment_total(PG_FUNCTION_ARGS)
{
	const LedgerView *view = ledger_view(PG_GETARG_LEDGER_PP(0));
	int measure = get_measure(fcinfo, view, 1);
	DayRange range = get_day_range(fcinfo, view, 2);
	int64 total;

	if (range.first == range.end)
		PG_RETURN_NULL();
	total = narrow_sum(ledger_view_sum(view, range, measure), measure);
	PG_RETURN_NUMERIC(scaled_to_numeric(total, view->shape.scale[measure - 1]));
}

Datum
segment_mean(PG_FUNCTION_ARGS)
{
	const LedgerView *view = ledger_view(PG_GETARG_LEDGER_PP(0));
	int measure = get_measure(fcinfo, view, 1);
	DayRange range = get_day_range(fcinfo, view, 2);
	int128 count = ledger_view_sum(view, range, 0);
	double total;

	if (count == 0)
		PG_RETURN_NULL();
	total = (double) ledger_view_sum(view, range, measure) /
			(double) scaled_power10[view->shape.scale[measure - 1]];
	PG_RETURN_FLOAT8(total / (double) count);
}

Datum
segment_active_days(PG_FUNCTION_ARGS)
{
	const LedgerView *view = ledger_view(PG_GETARG_LEDGER_PP(0));

	PG_RETURN_INT32(ledger_view_active(view, get_day_range(fcinfo, view, 1)));
}

Datum
segment_first_day(PG_FUNCTION_ARGS)
{
	const LedgerView *view = ledger_view(PG_GETARG_LEDGER_PP(0));
	DayRange range = get_day_range(fcinfo, view, 1);

	if (ledger_view_active(view, range) == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(view->active[view->active_before[range.first]]);
}

Datum
segment_last_day(PG_FUNCTION_ARGS)
{
	const LedgerView *view = ledger_view(PG_GETARG_LEDGER_PP(0));
	DayRange range = get_day_range(fcinfo, view, 1);

	if (ledger_view_active(view, range) == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(view->active[view->active_before[range.end] - 1]);
}

Datum
segment_first_event_day(PG_FUNCTION_ARGS)
{
	const LedgerView *view = ledger_view(PG_GETARG_LEDGER_PP(0));
	DayRange range = get_day_range(fcinfo, view, 1);

	if (range.first == range.end)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(view->day[range.first]);
}

Datum
segment_measure_count(PG_FUNCTION_ARGS)
{
	LedgerShape shape;

	ledger_get_shape(PG_GETARG_LEDGER_PP(0), &shape);
	PG_RETURN_INT32(shape.nmeasures);
}

Datum
segment_has_dimension(PG_FUNCTION_ARGS)
{
	LedgerShape shape;

	ledger_get_shape(PG_GETARG_LEDGER_PP(0), &shape);
	PG_RETURN_BOOL(shape.has_dimension);
}

Datum
segment_scales(PG_FUNCTION_ARGS)
{
	LedgerShape shape;
	Datum scale[LEDGER_MAX_MEASURES];

	ledger_get_shape(PG_GETARG_LEDGER_PP(0), &shape);
	for (int i = 0; i < shape.nmeasures; i++)
		scale[i] = Int32GetDatum(shape.scale[i]);
	PG_RETURN_ARRAYTYPE_P(
		construct_array(scale, shape.nmeasures, INT4OID, sizeof(int32), true, TYPALIGN_INT));
}

/* The iterator needs its own copy of the ledger: the argument is gone by the second call. */
static void
begin_entries(FunctionCallInfo fcinfo, FuncCallContext *context)
{
	MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
	LedgerIterator *it = palloc(sizeof(LedgerIterator));
	TupleDesc descriptor;

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("function returning record called in context that cannot accept type record")));
	context->tuple_desc = BlessTupleDesc(descriptor);
	ledger_iterate((Ledger *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0)), it);
	context->user_fctx = it;
	MemoryContextSwitchTo(caller);
}

static Datum
make_entry(FuncCallContext *context, const LedgerIterator *it)
{
	Datum measure[LEDGER_MAX_MEASURES];
	Datum values[4];
	bool nulls[4] = {false, false, false, false};

	for (int i = 0; i < it->shape.nmeasures; i++)
		measure[i] = NumericGetDatum(scaled_to_numeric(it->measure[i], it->shape.scale[i]));
	values[0] = DateADTGetDatum(it->day);
	nulls[1] = it->label == LEDGER_NO_LABEL;
	if (!nulls[1])
		values[1] =
			PointerGetDatum(cstring_to_text_with_len(it->label_text[it->label], it->label_length[it->label]));
	values[2] = Int64GetDatum(it->count);
	values[3] =
		PointerGetDatum(construct_array(measure, it->shape.nmeasures, NUMERICOID, -1, false, TYPALIGN_INT));
	return HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, values, nulls));
}

Datum
segment_entries(PG_FUNCTION_ARGS)
{
	FuncCallContext *context;
	LedgerIterator *it;

	if (SRF_IS_FIRSTCALL())
		begin_entries(fcinfo, SRF_FIRSTCALL_INIT());
	context = SRF_PERCALL_SETUP();
	it = context->user_fctx;
	if (!ledger_next(it))
		SRF_RETURN_DONE(context);
	SRF_RETURN_NEXT(context, make_entry(context, it));
}
