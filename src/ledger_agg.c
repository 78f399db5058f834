/*
 * ledger_agg.c
 *	  The aggregates segment.ledger(day, ...) and segment.sum(ledger).
 *
 * The state is the flat LedgerState, changed in place, which an aggregate's
 * transition function may do to its own state alone.  A larger copy is
 * returned from the per-tuple context and the executor moves it to where it
 * belongs.
 */
#include "postgres.h"

#include "ledger_format.h"
#include "ledger_state.h"
#include "scaled.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* One event as the transition functions receive it. */
typedef struct Event
{
	int nmeasures;
	bool has_dimension;
	DateADT day;
	const char *label; /* NULL for none */
	int label_length;
	int first_measure; /* argument number */
} Event;

PG_FUNCTION_INFO_V1(segment_ledger_accum_day);
PG_FUNCTION_INFO_V1(segment_ledger_accum_day_dimension);
PG_FUNCTION_INFO_V1(segment_ledger_accum_smallint);
PG_FUNCTION_INFO_V1(segment_ledger_accum_smallint_dimension);
PG_FUNCTION_INFO_V1(segment_ledger_accum_integer);
PG_FUNCTION_INFO_V1(segment_ledger_accum_integer_dimension);
PG_FUNCTION_INFO_V1(segment_ledger_accum_bigint);
PG_FUNCTION_INFO_V1(segment_ledger_accum_bigint_dimension);
PG_FUNCTION_INFO_V1(segment_ledger_accum_numeric);
PG_FUNCTION_INFO_V1(segment_ledger_accum_numeric_dimension);
PG_FUNCTION_INFO_V1(segment_ledger_accum_array);
PG_FUNCTION_INFO_V1(segment_ledger_accum_array_dimension);
PG_FUNCTION_INFO_V1(segment_ledger_accum_ledger);
PG_FUNCTION_INFO_V1(segment_ledger_combine);
PG_FUNCTION_INFO_V1(segment_ledger_final);

static void
require_aggregate(FunctionCallInfo fcinfo)
{
	if (!AggCheckCallContext(fcinfo, NULL))
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("ledger state function called outside an aggregate"),
						errhint("Use the aggregates segment.ledger and segment.sum.")));
}

/* The state so far, or a new one of the event's shape with scales zero. */
static LedgerState *
get_state(FunctionCallInfo fcinfo, const Event *event)
{
	LedgerState *state;
	LedgerShape shape;

	require_aggregate(fcinfo);
	if (!PG_ARGISNULL(0))
	{
		state = (LedgerState *) PG_GETARG_POINTER(0);
		if (unlikely(state->shape.nmeasures != event->nmeasures))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("number of measures changed from %d to %d within one ledger",
								   state->shape.nmeasures, event->nmeasures),
							errhint("Give every row the same number of measures; a missing one is NULL.")));
		return state;
	}
	memset(&shape, 0, sizeof(shape));
	shape.nmeasures = (uint8) event->nmeasures;
	shape.has_dimension = event->has_dimension;
	return ledger_state_create(&shape);
}

/* Reads day and label; false if the row is to be skipped because it has no day. */
static bool
get_event(FunctionCallInfo fcinfo, bool has_dimension, Event *event)
{
	event->has_dimension = has_dimension;
	event->first_measure = has_dimension ? 3 : 2;
	event->nmeasures = PG_NARGS() - event->first_measure;
	event->label = NULL;
	event->label_length = 0;
	if (PG_ARGISNULL(1))
		return false;
	event->day = PG_GETARG_DATEADT(1);
	if (event->day < LEDGER_MIN_DAY || event->day > LEDGER_MAX_DAY)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("a ledger cannot hold an infinite day"),
				 errhint("Filter the rows, for example with FILTER (WHERE isfinite(day)).")));
	if (has_dimension && !PG_ARGISNULL(2))
	{
		text *label = PG_GETARG_TEXT_PP(2);

		event->label = VARDATA_ANY(label);
		event->label_length = VARSIZE_ANY_EXHDR(label);
	}
	return true;
}

static void
raise_unscalable(ScaledStatus status, int measure)
{
	if (status == SCALED_NOT_FINITE)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("measure %d is NaN or infinite", measure + 1),
						errhint("A ledger's measures are finite numbers; use NULL for an unknown one.")));
	if (status == SCALED_TOO_MANY_DIGITS)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("measure %d has more than %d digits after the decimal point", measure + 1,
							   LEDGER_MAX_SCALE),
						errhint("Use round() to the digits that matter.")));
	ledger_raise_overflow(measure + 1);
}

static LedgerState *
add_numerics(LedgerState *state, const Event *event, const NullableDatum *values)
{
	uint8 scale[LEDGER_MAX_MEASURES];
	int64 measure[LEDGER_MAX_MEASURES];
	bool raise = false;

	for (int i = 0; i < event->nmeasures; i++)
	{
		int digits = values[i].isnull ? 0 : scaled_display_scale((Numeric) DatumGetPointer(values[i].value));

		scale[i] = (uint8) Min(digits, LEDGER_MAX_SCALE);
		raise = raise || scale[i] > state->shape.scale[i];
	}
	if (unlikely(raise))
		state = ledger_state_raise_scales(state, scale);
	for (int i = 0; i < event->nmeasures; i++)
	{
		ScaledStatus status = SCALED_OK;

		measure[i] = 0;
		if (!values[i].isnull)
			status = scaled_from_numeric((Numeric) DatumGetPointer(values[i].value), state->shape.scale[i],
										 &measure[i]);
		if (unlikely(status != SCALED_OK))
			raise_unscalable(status, i);
	}
	return ledger_state_add_event(state, event->day, event->label, event->label_length, 1, measure);
}

static Datum
accumulate_int64(FunctionCallInfo fcinfo, bool has_dimension, int64 value)
{
	Event event;
	bool has_day = get_event(fcinfo, has_dimension, &event);
	LedgerState *state = get_state(fcinfo, &event);

	if (has_day)
		state = ledger_state_add_event(state, event.day, event.label, event.label_length, 1, &value);
	PG_RETURN_POINTER(state);
}

static Datum
accumulate_numerics(FunctionCallInfo fcinfo, bool has_dimension)
{
	Event event;
	bool has_day = get_event(fcinfo, has_dimension, &event);
	LedgerState *state = get_state(fcinfo, &event);
	NullableDatum values[LEDGER_MAX_MEASURES];

	if (!has_day)
		PG_RETURN_POINTER(state);
	for (int i = 0; i < event.nmeasures; i++)
	{
		values[i] = fcinfo->args[event.first_measure + i];
		if (!values[i].isnull)
			values[i].value = PointerGetDatum(PG_DETOAST_DATUM_PACKED(values[i].value));
	}
	PG_RETURN_POINTER(add_numerics(state, &event, values));
}

/* A NULL array has no number of measures to go by. */
static ArrayType *
get_measures(FunctionCallInfo fcinfo, int argument)
{
	ArrayType *array;

	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("the array of measures must not be null"),
				 errhint("Make the measures NULL, not the array.")));
	array = PG_GETARG_ARRAYTYPE_P(argument);
	if (ARR_NDIM(array) > 1 || ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) > LEDGER_MAX_MEASURES)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("a ledger cannot have more than %d measures, in a one-dimensional array",
							   LEDGER_MAX_MEASURES),
						errhint("Split the measures over several ledgers.")));
	return array;
}

static Datum
accumulate_array(FunctionCallInfo fcinfo, bool has_dimension)
{
	Event event;
	bool has_day = get_event(fcinfo, has_dimension, &event);
	ArrayType *array = get_measures(fcinfo, event.first_measure);
	NullableDatum values[LEDGER_MAX_MEASURES];
	LedgerState *state;
	Datum *elements;
	bool *nulls;

	deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, &elements, &nulls, &event.nmeasures);
	state = get_state(fcinfo, &event);
	for (int i = 0; i < event.nmeasures; i++)
	{
		values[i].value = elements[i];
		values[i].isnull = nulls[i];
	}
	if (has_day)
		state = add_numerics(state, &event, values);
	PG_RETURN_POINTER(state);
}

Datum
segment_ledger_accum_day(PG_FUNCTION_ARGS)
{
	return accumulate_int64(fcinfo, false, 0);
}

Datum
segment_ledger_accum_day_dimension(PG_FUNCTION_ARGS)
{
	return accumulate_int64(fcinfo, true, 0);
}

Datum
segment_ledger_accum_smallint(PG_FUNCTION_ARGS)
{
	return accumulate_int64(fcinfo, false, PG_ARGISNULL(2) ? 0 : PG_GETARG_INT16(2));
}

Datum
segment_ledger_accum_smallint_dimension(PG_FUNCTION_ARGS)
{
	return accumulate_int64(fcinfo, true, PG_ARGISNULL(3) ? 0 : PG_GETARG_INT16(3));
}

Datum
segment_ledger_accum_integer(PG_FUNCTION_ARGS)
{
	return accumulate_int64(fcinfo, false, PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2));
}

Datum
segment_ledger_accum_integer_dimension(PG_FUNCTION_ARGS)
{
	return accumulate_int64(fcinfo, true, PG_ARGISNULL(3) ? 0 : PG_GETARG_INT32(3));
}

Datum
segment_ledger_accum_bigint(PG_FUNCTION_ARGS)
{
	return accumulate_int64(fcinfo, false, PG_ARGISNULL(2) ? 0 : PG_GETARG_INT64(2));
}

Datum
segment_ledger_accum_bigint_dimension(PG_FUNCTION_ARGS)
{
	return accumulate_int64(fcinfo, true, PG_ARGISNULL(3) ? 0 : PG_GETARG_INT64(3));
}

Datum
segment_ledger_accum_numeric(PG_FUNCTION_ARGS)
{
	return accumulate_numerics(fcinfo, false);
}

Datum
segment_ledger_accum_numeric_dimension(PG_FUNCTION_ARGS)
{
	return accumulate_numerics(fcinfo, true);
}

Datum
segment_ledger_accum_array(PG_FUNCTION_ARGS)
{
	return accumulate_array(fcinfo, false);
}

Datum
segment_ledger_accum_array_dimension(PG_FUNCTION_ARGS)
{
	return accumulate_array(fcinfo, true);
}

Datum
segment_ledger_accum_ledger(PG_FUNCTION_ARGS)
{
	LedgerState *state = PG_ARGISNULL(0) ? NULL : (LedgerState *) PG_GETARG_POINTER(0);
	Ledger *ledger;

	require_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	ledger = PG_GETARG_LEDGER_PP(1);
	if (state == NULL)
	{
		LedgerShape shape;

		ledger_get_shape(ledger, &shape);
		state = ledger_state_create(&shape);
	}
	PG_RETURN_POINTER(ledger_state_add_ledger(state, ledger, false));
}

/* The second state may come from another process or server: it is checked. */
Datum
segment_ledger_combine(PG_FUNCTION_ARGS)
{
	LedgerState *state = PG_ARGISNULL(0) ? NULL : (LedgerState *) PG_GETARG_POINTER(0);
	LedgerState *other;

	require_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	other = (LedgerState *) PG_GETARG_BYTEA_P(1);
	ledger_state_check(other);
	if (state == NULL)
		state = ledger_state_create(&other->shape);
	PG_RETURN_POINTER(ledger_state_add_state(state, other));
}

Datum
segment_ledger_final(PG_FUNCTION_ARGS)
{
	LedgerState *state = (LedgerState *) PG_GETARG_BYTEA_P(0);

	require_aggregate(fcinfo);
	ledger_state_check(state);
	PG_RETURN_POINTER(ledger_state_finish(state));
}
