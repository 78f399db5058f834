/*
 * facts_states.c
 *	  Where one customer stood around every period, and the aggregate
 *	  segment.period_states, which tells it in SQL.
 *
 * Fed with the rows of a customer's history and its entry day, in any order;
 * one pass over the history answers for all periods.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/rangetypes.h"

#include "compat.h"
#include "facts_states.h"

PG_FUNCTION_INFO_V1(segment_period_states_step);
PG_FUNCTION_INFO_V1(segment_period_states_combine);
PG_FUNCTION_INFO_V1(segment_period_states_final);

const DateADT *
states_days(ArrayType *array, int *ndays)
{
	const DateADT *days = (const DateADT *) ARR_DATA_PTR(array);

	*ndays = ARR_NDIM(array) == 1 ? ARR_DIMS(array)[0] : 0;
	if (*ndays < 2 || *ndays > PERIODS_MAX + 1 || ARR_HASNULL(array))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("days must be an array of 2 to %d dates", PERIODS_MAX + 1),
				 errhint("Give the last day before the first period, then the last day of each period.")));
	for (int i = 0; i < *ndays; i++)
		if (DATE_NOT_FINITE(days[i]) || (i > 0 && days[i] <= days[i - 1]))
			ereport(
				ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("days must be finite and ascending"),
				 errhint("Give the last day before the first period, then the last day of each period.")));
	return days;
}

/*
 * A range's bytes are its type, the bounds it has, and the flags.  Read here,
 * because range_deserialize wants a copy with a long header, which costs more
 * than all else that is done with a row.  A stored daterange is canonical:
 * [from, until).
 */
bool
states_read_span(const struct varlena *range, DaySpan *span)
{
	const char *next = VARDATA_ANY(range) + sizeof(Oid);
	char flags = VARDATA_ANY(range)[VARSIZE_ANY_EXHDR(range) - 1];

	span->from = DATEVAL_NOBEGIN;
	span->until = DATEVAL_NOEND;
	if (RANGE_HAS_LBOUND(flags))
	{
		memcpy(&span->from, next, sizeof(DateADT));
		next += sizeof(DateADT);
	}
	if (RANGE_HAS_UBOUND(flags))
		memcpy(&span->until, next, sizeof(DateADT));
	return (flags & RANGE_EMPTY) == 0;
}

int
states_first_day_from(const StatesFrame *frame, DateADT day)
{
	int low = 0;
	int high = frame->ndays;

	while (low < high)
	{
		int middle = (low + high) / 2;

		if (frame->days[middle] < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_segment(const StatesFrame *frame, int number, const text *name)
{
	const struct varlena *other = (const struct varlena *) DatumGetPointer(frame->segments[number]);

	return VARSIZE_ANY_EXHDR(name) == VARSIZE_ANY_EXHDR(other) &&
		   memcmp(VARDATA_ANY(name), VARDATA_ANY(other), VARSIZE_ANY_EXHDR(name)) == 0;
}

/* Rows of one segment often follow each other in a table. */
static int16
segment_state(StatesFrame *frame, const text *name)
{
	for (int i = 0; i < frame->nsegments; i++)
	{
		int number = (frame->last_segment + i) % frame->nsegments;

		if (is_segment(frame, number, name))
		{
			frame->last_segment = number;
			return (int16) (STATE_FIRST_SEGMENT + number);
		}
	}
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("segment \"%s\" is not among the segments given", text_to_cstring(name)),
					errhint("Name every segment that occurs in the history.")));
}

void
states_init(CustomerStates *states, const StatesFrame *frame)
{
	memset(states, 0, CUSTOMER_STATES_SIZE(frame->ndays));
	SET_VARSIZE(states, CUSTOMER_STATES_SIZE(frame->ndays));
	states->ndays = (int16) frame->ndays;
	states->before_history = (int16) states_first_day_from(frame, frame->first_day);
	states->entered = states->ndays;
	states->began = states->ndays;
}

void
states_add_history(CustomerStates *states, StatesFrame *frame, const text *segment, DaySpan valid)
{
	int16 state = segment_state(frame, segment);
	int from = states_first_day_from(frame, valid.from);
	int until = states_first_day_from(frame, valid.until);

	/* Who was there when the scheme's history begins had been there before. */
	states->began = Min(states->began, valid.from <= frame->first_day ? 0 : (int16) from);
	for (int i = from; i < until; i++)
		states->state[i] = state;
}

void
states_add_member(CustomerStates *states, const StatesFrame *frame, DateADT entry_day)
{
	states->is_member = true;
	states->entered = Min(states->entered, (int16) states_first_day_from(frame, entry_day));
}

/* Before its entry day a customer is in no scorecard, whatever its history says. */
void
states_finish(const CustomerStates *states, int16 *result)
{
	/* Of a customer who is gone, history alone still knows when it entered. */
	int entered = states->is_member ? states->entered : states->began;

	for (int i = 0; i < states->ndays; i++)
	{
		if (i < entered)
			result[i] = STATE_NOT_ENTERED;
		else if (states->state[i] != 0)
			result[i] = states->state[i];
		else
			result[i] = i < states->before_history ? STATE_UNASSIGNED : STATE_LEFT;
	}
}

/* The aggregate's arguments that are the same for every row, read once. */
typedef struct StatesInput
{
	ArrayType *days_array; /* copies, to see whether they are still the same */
	ArrayType *segments_array;
	StatesFrame frame;
} StatesInput;

static ArrayType *
copy_array(const ArrayType *array)
{
	ArrayType *copy = palloc(VARSIZE(array));

	memcpy(copy, array, VARSIZE(array));
	return copy;
}

static bool
same_array(const ArrayType *a, const ArrayType *b)
{
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

static StatesInput *
read_input(DateADT first_day, ArrayType *segments, ArrayType *days)
{
	StatesInput *input = palloc0(sizeof(StatesInput));

	input->segments_array = copy_array(segments);
	input->days_array = copy_array(days);
	input->frame.first_day = first_day;
	input->frame.days = states_days(input->days_array, &input->frame.ndays);
	if (ARR_HASNULL(segments))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("a segment's name is NULL"),
						errhint("Give the names of the scheme's segments.")));
	deconstruct_array(input->segments_array, TEXTOID, -1, false, TYPALIGN_INT, &input->frame.segments, NULL,
					  &input->frame.nsegments);
	return input;
}

static StatesFrame *
frame_of_call(FunctionCallInfo fcinfo)
{
	StatesInput *input = fcinfo->flinfo->fn_extra;
	DateADT first_day = PG_GETARG_DATEADT(4);
	ArrayType *segments = PG_GETARG_ARRAYTYPE_P(5);
	ArrayType *days = PG_GETARG_ARRAYTYPE_P(6);
	MemoryContext caller;

	if (input != NULL && input->frame.first_day == first_day && same_array(input->segments_array, segments) &&
		same_array(input->days_array, days))
		return &input->frame;
	caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	input = read_input(first_day, segments, days);
	fcinfo->flinfo->fn_extra = input;
	MemoryContextSwitchTo(caller);
	return &input->frame;
}

Datum
segment_period_states_step(PG_FUNCTION_ARGS)
{
	CustomerStates *states = PG_ARGISNULL(0) ? NULL : (CustomerStates *) PG_GETARG_POINTER(0);
	StatesFrame *frame;
	DaySpan valid;

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "period_states_step called in non-aggregate context");
	if (PG_ARGISNULL(4) || PG_ARGISNULL(5) || PG_ARGISNULL(6))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("first_day, segments and days must not be NULL")));
	frame = frame_of_call(fcinfo);
	if (states == NULL)
	{
		states = palloc(CUSTOMER_STATES_SIZE(frame->ndays));
		states_init(states, frame);
	}
	if (states->ndays != frame->ndays)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("days must be the same for every row")));
	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2) &&
		states_read_span(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(2)), &valid))
		states_add_history(states, frame, PG_GETARG_TEXT_PP(1), valid);
	if (!PG_ARGISNULL(3))
		states_add_member(states, frame, PG_GETARG_DATEADT(3));
	PG_RETURN_POINTER(states);
}

Datum
segment_period_states_combine(PG_FUNCTION_ARGS)
{
	CustomerStates *states;
	CustomerStates *other;

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "period_states_combine called in non-aggregate context");
	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	other = (CustomerStates *) PG_GETARG_BYTEA_P_COPY(1);
	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(other);
	states = (CustomerStates *) PG_GETARG_POINTER(0);
	if (states->ndays != other->ndays)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("days must be the same for every row")));
	states->entered = Min(states->entered, other->entered);
	states->began = Min(states->began, other->began);
	states->is_member = states->is_member || other->is_member;
	for (int i = 0; i < states->ndays; i++)
		states->state[i] = Max(states->state[i], other->state[i]);
	PG_RETURN_POINTER(states);
}

Datum
segment_period_states_final(PG_FUNCTION_ARGS)
{
	CustomerStates *states;
	ArrayType *result;
	Size size;

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "period_states_final called in non-aggregate context");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	states = (CustomerStates *) PG_GETARG_BYTEA_P(0);
	size = ARR_OVERHEAD_NONULLS(1) + states->ndays * sizeof(int16);
	result = palloc0(size);
	SET_VARSIZE(result, size);
	result->ndim = 1;
	result->elemtype = INT2OID;
	ARR_DIMS(result)[0] = states->ndays;
	ARR_LBOUND(result)[0] = 1;
	states_finish(states, (int16 *) ARR_DATA_PTR(result));
	PG_RETURN_ARRAYTYPE_P(result);
}
