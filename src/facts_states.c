/*
 * facts_states.c
 *	  segment.period_states: where one customer stood around every period.
 *
 * An aggregate over the rows of a customer's history and its row among the
 * population's members.  One pass over the history answers for all periods.
 * The transition value is flat, so that workers and other nodes may exchange
 * it: 16 bytes and two per day.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"

#include "facts_agg.h"

PG_FUNCTION_INFO_V1(segment_period_states_step);
PG_FUNCTION_INFO_V1(segment_period_states_combine);
PG_FUNCTION_INFO_V1(segment_period_states_final);

typedef struct CustomerStates
{
	int32 vl_len_;
	int16 ndays;
	int16 before_history; /* how many of the days lie before the scheme's first */
	int16 entered;        /* first day at whose end the customer had entered; ndays: after all */
	int16 began;          /* the same of its history */
	bool is_member;       /* entry day is known */
	int16 state[FLEXIBLE_ARRAY_MEMBER]; /* 0 or a segment's state, as history says */
} CustomerStates;

#define STATES_SIZE(ndays) (offsetof(CustomerStates, state) + (ndays) * sizeof(int16))

/* The arguments that are the same for every row, read once. */
typedef struct StatesInput
{
	ArrayType *days_array; /* copies, to see whether they are still the same */
	ArrayType *segments_array;
	const DateADT *days;
	int ndays;
	Datum *segments;
	int nsegments;
	int last_segment;
	TypeCacheEntry *range_type;
} StatesInput;

const DateADT *
facts_days(ArrayType *array, int *ndays)
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

static ArrayType *
copy_array(const ArrayType *array)
{
	ArrayType *copy = palloc(VARSIZE(array));

	memcpy(copy, array, VARSIZE(array));
	return copy;
}

static void
read_input(StatesInput *input, ArrayType *segments, ArrayType *days)
{
	input->segments_array = copy_array(segments);
	input->days_array = copy_array(days);
	input->days = facts_days(input->days_array, &input->ndays);
	if (ARR_HASNULL(segments))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("a segment's name is NULL"),
						errhint("Give the names of the scheme's segments.")));
	deconstruct_array(input->segments_array, TEXTOID, -1, false, TYPALIGN_INT, &input->segments, NULL,
					  &input->nsegments);
	input->last_segment = 0;
}

static bool
same_array(const ArrayType *a, const ArrayType *b)
{
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

static StatesInput *
states_input(FunctionCallInfo fcinfo)
{
	StatesInput *input = fcinfo->flinfo->fn_extra;
	ArrayType *segments;
	ArrayType *days;
	MemoryContext caller;

	if (PG_ARGISNULL(5) || PG_ARGISNULL(6))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("segments and days must not be NULL")));
	segments = PG_GETARG_ARRAYTYPE_P(5);
	days = PG_GETARG_ARRAYTYPE_P(6);
	if (input != NULL && same_array(input->segments_array, segments) && same_array(input->days_array, days))
		return input;
	caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	input = palloc0(sizeof(StatesInput));
	read_input(input, segments, days);
	fcinfo->flinfo->fn_extra = input;
	MemoryContextSwitchTo(caller);
	return input;
}

/* Index of the first of the days that is not before this one. */
static int
first_day_from(const StatesInput *input, DateADT day)
{
	int low = 0;
	int high = input->ndays;

	while (low < high)
	{
		int middle = (low + high) / 2;

		if (input->days[middle] < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_segment(const StatesInput *input, int number, const text *name)
{
	const struct varlena *other = (const struct varlena *) DatumGetPointer(input->segments[number]);

	return VARSIZE_ANY_EXHDR(name) == VARSIZE_ANY_EXHDR(other) &&
		   memcmp(VARDATA_ANY(name), VARDATA_ANY(other), VARSIZE_ANY_EXHDR(name)) == 0;
}

/* Rows of one segment often follow each other in a table. */
static int16
segment_state(StatesInput *input, text *name)
{
	if (input->nsegments > 0 && is_segment(input, input->last_segment, name))
		return (int16) (STATE_FIRST_SEGMENT + input->last_segment);
	for (int i = 0; i < input->nsegments; i++)
	{
		if (is_segment(input, i, name))
		{
			input->last_segment = i;
			return (int16) (STATE_FIRST_SEGMENT + i);
		}
	}
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("segment \"%s\" is not among the segments given", text_to_cstring(name)),
					errhint("Name every segment that occurs in the history.")));
}

static CustomerStates *
new_states(const StatesInput *input, DateADT first_day)
{
	CustomerStates *states = palloc0(STATES_SIZE(input->ndays));

	SET_VARSIZE(states, STATES_SIZE(input->ndays));
	states->ndays = (int16) input->ndays;
	states->before_history = (int16) first_day_from(input, first_day);
	states->entered = states->ndays;
	states->began = states->ndays;
	return states;
}

static void
add_history(CustomerStates *states, StatesInput *input, DateADT first_day, text *name, RangeType *valid)
{
	RangeBound lower;
	RangeBound upper;
	bool empty;
	int16 state = segment_state(input, name);
	int from;
	int until;

	if (input->range_type == NULL)
		input->range_type = lookup_type_cache(RangeTypeGetOid(valid), TYPECACHE_RANGE_INFO);
	range_deserialize(input->range_type, valid, &lower, &upper, &empty);
	if (empty)
		return;
	/* Who was there when the scheme's history begins had been there before. */
	if (lower.infinite || DatumGetDateADT(lower.val) <= first_day)
		states->began = 0;
	from = lower.infinite ? 0 : first_day_from(input, DatumGetDateADT(lower.val));
	until = upper.infinite ? states->ndays : first_day_from(input, DatumGetDateADT(upper.val));
	states->began = Min(states->began, from);
	for (int i = from; i < until; i++)
		states->state[i] = state;
}

Datum
segment_period_states_step(PG_FUNCTION_ARGS)
{
	StatesInput *input = states_input(fcinfo);
	CustomerStates *states;
	DateADT first_day;

	if (PG_ARGISNULL(4))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("the first day of history must not be NULL")));
	first_day = PG_GETARG_DATEADT(4);
	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "period_states_step called in non-aggregate context");
	states = PG_ARGISNULL(0) ? new_states(input, first_day) : (CustomerStates *) PG_GETARG_POINTER(0);
	if (states->ndays != input->ndays)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("days must be the same for every row")));
	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
		add_history(states, input, first_day, PG_GETARG_TEXT_PP(1), PG_GETARG_RANGE_P(2));
	if (!PG_ARGISNULL(3))
	{
		states->is_member = true;
		states->entered = Min(states->entered, (int16) first_day_from(input, PG_GETARG_DATEADT(3)));
	}
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

/* Before its entry day a customer is in no scorecard, whatever its history says. */
static int16
state_at(const CustomerStates *states, int day)
{
	/* Of a customer who is gone, history alone still knows when it entered. */
	int entered = states->is_member ? states->entered : states->began;

	if (day < entered)
		return STATE_NOT_ENTERED;
	if (states->state[day] != 0)
		return states->state[day];
	return day < states->before_history ? STATE_UNASSIGNED : STATE_LEFT;
}

Datum
segment_period_states_final(PG_FUNCTION_ARGS)
{
	CustomerStates *states;
	ArrayType *result;
	int16 *state;
	Size size;

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
	state = (int16 *) ARR_DATA_PTR(result);
	for (int i = 0; i < states->ndays; i++)
		state[i] = state_at(states, i);
	PG_RETURN_ARRAYTYPE_P(result);
}
