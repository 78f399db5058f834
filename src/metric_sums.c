/*
 * metric_sums.c
 *	  segment.sums_by_name: sums of long facts, one element per name asked for.
 *
 * What a metric reads is a dozen sums out of long rows.  One FILTER per sum
 * would compare every row with every name; here a row finds its name once.
 * An element no row was added to stays NULL: missing is not zero.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "compat.h"
#include "scaled.h"

PG_FUNCTION_INFO_V1(segment_sums_by_name_step);
PG_FUNCTION_INFO_V1(segment_sums_by_name_final);
PG_FUNCTION_INFO_V1(segment_metric_note);

/* The names, which are the same for every row and group of a query. */
typedef struct SumNames
{
	ArrayType *array; /* a copy, to see whether it is still the same */
	Datum *name;
	int count;
} SumNames;

/* total at the scale, plus rest: what 64 bits did not hold, or NULL. */
typedef struct NamedSum
{
	bool any;
	int scale; /* the largest of the values */
	int64 total;
	Numeric rest;
} NamedSum;

typedef struct NamedSums
{
	int count;
	int last; /* found, where the next search begins: facts come in one order */
	NamedSum sum[FLEXIBLE_ARRAY_MEMBER];
} NamedSums;

static SumNames *
names_of_call(FunctionCallInfo fcinfo, ArrayType *array)
{
	SumNames *names = fcinfo->flinfo->fn_extra;
	MemoryContext caller;

	if (names != NULL && VARSIZE(names->array) == VARSIZE(array) &&
		memcmp(names->array, array, VARSIZE(array)) == 0)
		return names;
	if (ARR_HASNULL(array) || ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("names must be a list without NULL"),
						errhint("Give the names of the values to be summed.")));
	caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	names = palloc0(sizeof(SumNames));
	names->array = palloc(VARSIZE(array));
	memcpy(names->array, array, VARSIZE(array));
	deconstruct_array(names->array, TEXTOID, -1, false, TYPALIGN_INT, &names->name, NULL, &names->count);
	fcinfo->flinfo->fn_extra = names;
	MemoryContextSwitchTo(caller);
	return names;
}

static bool
is_name(Datum name, const text *wanted)
{
	const struct varlena *text = (const struct varlena *) DatumGetPointer(name);
	Size length = VARSIZE_ANY_EXHDR(wanted);

	return VARSIZE_ANY_EXHDR(text) == length && memcmp(VARDATA_ANY(text), VARDATA_ANY(wanted), length) == 0;
}

/* The element of a name, or NULL when it is not asked for. */
static NamedSum *
find_sum(NamedSums *sums, const SumNames *names, const text *wanted)
{
	for (int i = 0; i < names->count; i++)
	{
		int number = (sums->last + i) % names->count;

		if (is_name(names->name[number], wanted))
		{
			sums->last = number;
			return sums->sum + number;
		}
	}
	return NULL;
}

/* In the aggregate's context. */
static void
add_rest(NamedSum *sum, Numeric value)
{
	Numeric before = sum->rest;

	if (before == NULL)
	{
		sum->rest = palloc(VARSIZE_ANY(value));
		memcpy(sum->rest, value, VARSIZE_ANY(value));
		return;
	}
	sum->rest = numeric_add_opt_error(before, value, NULL);
	pfree(before);
}

/* Start anew, with what there is added to the rest. */
static void
restart_total(NamedSum *sum, int64 total)
{
	add_rest(sum, scaled_to_numeric(sum->total, sum->scale));
	sum->total = total;
}

/* Integers where they will do: numeric additions would be most of what reading a scorecard costs. */
static void
add_value(NamedSum *sum, Datum datum)
{
	Numeric value = (Numeric) PG_DETOAST_DATUM_PACKED(datum);
	int scale = scaled_display_scale(value);
	int64 scaled;
	int64 total = sum->total;

	sum->any = true;
	if (scale > SCALED_MAX_SCALE || scaled_from_numeric(value, Max(scale, sum->scale), &scaled) != SCALED_OK)
	{
		add_rest(sum, DatumGetNumeric(datum));
		return;
	}
	if (scale > sum->scale)
	{
		if (scaled_raise(&total, scale - sum->scale))
			sum->total = total;
		else
			restart_total(sum, 0);
		sum->scale = scale;
	}
	if (pg_add_s64_overflow(sum->total, scaled, &total))
		restart_total(sum, scaled);
	else
		sum->total = total;
}

static Numeric
sum_value(const NamedSum *sum)
{
	Numeric total = scaled_to_numeric(sum->total, sum->scale);

	return sum->rest == NULL ? total : numeric_add_opt_error(sum->rest, total, NULL);
}

Datum
segment_sums_by_name_step(PG_FUNCTION_ARGS)
{
	NamedSums *sums = PG_ARGISNULL(0) ? NULL : (NamedSums *) PG_GETARG_POINTER(0);
	MemoryContext context;
	MemoryContext caller;
	SumNames *names;
	NamedSum *sum;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "sums_by_name_step called in non-aggregate context");
	if (PG_ARGISNULL(3))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("names must not be NULL")));
	names = names_of_call(fcinfo, PG_GETARG_ARRAYTYPE_P(3));
	caller = MemoryContextSwitchTo(context);
	if (sums == NULL)
	{
		sums = palloc0(offsetof(NamedSums, sum) + names->count * sizeof(NamedSum));
		sums->count = names->count;
	}
	if (sums->count != names->count)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("names must be the same for every row")));
	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2) && (sum = find_sum(sums, names, PG_GETARG_TEXT_PP(1))) != NULL)
		add_value(sum, PG_GETARG_DATUM(2));
	MemoryContextSwitchTo(caller);
	PG_RETURN_POINTER(sums);
}

Datum
segment_sums_by_name_final(PG_FUNCTION_ARGS)
{
	NamedSums *sums;
	Datum *values;
	bool *nulls;
	int dims[1];
	int bounds[1] = {1};

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	sums = (NamedSums *) PG_GETARG_POINTER(0);
	values = palloc((sums->count + 1) * sizeof(Datum));
	nulls = palloc((sums->count + 1) * sizeof(bool));
	for (int i = 0; i < sums->count; i++)
	{
		nulls[i] = !sums->sum[i].any;
		values[i] = nulls[i] ? (Datum) 0 : NumericGetDatum(sum_value(&sums->sum[i]));
	}
	dims[0] = sums->count;
	PG_RETURN_ARRAYTYPE_P(
		construct_md_array(values, nulls, 1, dims, bounds, NUMERICOID, -1, false, TYPALIGN_INT));
}

/* Why a metric has no value: the first of the sums it reads that is missing, else a division by zero. */
Datum
segment_metric_note(PG_FUNCTION_ARGS)
{
	ArrayType *sums;
	int *inputs;
	int ninputs;

	if (!PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_NULL();
	sums = PG_GETARG_ARRAYTYPE_P(1);
	if (ARR_HASNULL(PG_GETARG_ARRAYTYPE_P(2)))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("inputs must not contain null"),
						errhint("They are positions in sums, from 1.")));
	inputs = (int *) ARR_DATA_PTR(PG_GETARG_ARRAYTYPE_P(2));
	ninputs = ARR_NDIM(PG_GETARG_ARRAYTYPE_P(2)) == 1 ? ARR_DIMS(PG_GETARG_ARRAYTYPE_P(2))[0] : 0;
	for (int i = 0; i < ninputs; i++)
	{
		bool missing;
		Datum name;

		(void) array_get_element(PointerGetDatum(sums), 1, &inputs[i], -1, -1, false, TYPALIGN_INT, &missing);
		if (!missing)
			continue;
		name = array_get_element(PG_GETARG_DATUM(3), 1, &inputs[i], -1, -1, false, TYPALIGN_INT, &missing);
		if (!missing)
			PG_RETURN_TEXT_P(cstring_to_text(psprintf("no values of %s", TextDatumGetCString(name))));
	}
	PG_RETURN_TEXT_P(cstring_to_text("nothing to divide by"));
}
