/*
 * facts_delta.c
 *	  Facts of the open periods after some customers changed, at the cost of
 *	  those customers.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "debug.h"
#include "facts_delta.h"
#include "facts_run.h"
#include "facts_store.h"
#include "movement.h"
#include "sql.h"

struct FactsDelta
{
	MemoryContext context;
	FactsRun run;
	const KeySet *keys;
	FactsPass before;   /* what the customers contributed, negated */
	FactsCells *counts; /* as stored */
	FactsCells **totals;
};

/* Definitions may have changed, or the day gone on: then sums over everyone are other sums. */
static bool
frame_stays(const Scheme *scheme, DateADT as_of)
{
	return OidIsValid(data_oid(data_name(scheme->name, "_facts"))) && movement_exists(scheme) &&
		   scheme->facts_as_of == as_of;
}

static void
negate(FactsPass *pass)
{
	cells_negate(pass->counts);
	movement_cells_negate(pass->movement->cells);
	for (int i = 0; i < pass->nsources; i++)
		if (pass->totals[i] != NULL)
			cells_negate(pass->totals[i]);
}

/* NULL is zero. */
static FactsCells *
sum(FactsCells *a, FactsCells *b)
{
	if (a == NULL)
		return b;
	return b == NULL ? a : cells_add(a, b);
}

static bool
begin(FactsDelta *delta)
{
	if (!facts_run_begin(&delta->run) || !delta->run.all_open)
		return false;
	delta->totals = palloc0(Max(list_length(delta->run.sources), 1) * sizeof(FactsCells *));
	if (!facts_store_read(&delta->run, &delta->counts, delta->totals))
		return false;
	facts_run_pass(&delta->run, delta->keys, &delta->before);
	negate(&delta->before);
	return true;
}

FactsDelta *
facts_delta_begin(const Population *population, List *sources, const Scheme *scheme, const KeySet *keys,
				  DateADT first_day, DateADT as_of)
{
	MemoryContext context;
	MemoryContext caller;
	FactsDelta *delta;

	if (!frame_stays(scheme, as_of))
		return NULL;
	context = AllocSetContextCreate(CurrentMemoryContext, "segment facts delta", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	delta = palloc0(sizeof(FactsDelta));
	delta->context = context;
	delta->keys = keys;
	delta->run = (FactsRun){.population = population,
							.sources = sources,
							.scheme = scheme,
							.first_day = first_day,
							.as_of = as_of};
	if (!begin(delta))
		delta = NULL;
	MemoryContextSwitchTo(caller);
	if (delta == NULL)
		MemoryContextDelete(context);
	return delta;
}

/* Add the negated contributions to the present ones; whether anything is left. */
static bool
difference(FactsPass *present, const FactsPass *before)
{
	bool any;

	present->counts = cells_add(present->counts, before->counts);
	any = !cells_all_zero(present->counts);
	for (int i = 0; i < present->nsources; i++)
	{
		present->totals[i] = sum(present->totals[i], before->totals[i]);
		any |= present->totals[i] != NULL && !cells_all_zero(present->totals[i]);
	}
	return any;
}

static bool
apply(FactsDelta *delta)
{
	FactsPass present;

	facts_run_pass(&delta->run, delta->keys, &present);
	DEBUG_POINT("facts-after-compute");
	/* worth is of twelve months: it may change where no open period's facts do */
	movement_cells_add(present.movement->cells, delta->before.movement->cells);
	movement_follow(&delta->run, present.movement);
	if (!difference(&present, &delta->before))
		return false;
	delta->counts = cells_add(delta->counts, present.counts);
	for (int i = 0; i < present.nsources; i++)
		delta->totals[i] = sum(delta->totals[i], present.totals[i]);
	return facts_store_write(&delta->run, delta->counts, delta->totals);
}

bool
facts_delta_apply(FactsDelta *delta)
{
	MemoryContext context = delta->context;
	MemoryContext caller = MemoryContextSwitchTo(context);
	bool changed = apply(delta);

	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return changed;
}

PG_FUNCTION_INFO_V1(segment_follow_facts);

static KeySet *
keys_of_array(const Population *population, ArrayType *array)
{
	KeySet *keys = keyset_create(population->key_type, get_typcollation(population->key_type));
	Datum *values;
	bool *nulls;
	int nvalues;
	int16 length;
	bool by_value;
	char align;

	if (ARR_ELEMTYPE(array) != population->key_type)
		elog(ERROR, "keys must be of the population's type");
	get_typlenbyvalalign(population->key_type, &length, &by_value, &align);
	deconstruct_array(array, population->key_type, length, by_value, align, &values, &nulls, &nvalues);
	for (int i = 0; i < nvalues; i++)
		keyset_add(keys, values[i], nulls[i]);
	return keys;
}

/*
 * The test suite's way in: (scheme, keys, change), where change is SQL that
 * does what a refresh would between begin and apply.  NULL when facts_update
 * would have to do it.  The install script declares no such function, because
 * only a refresh may write results.
 */
Datum
segment_follow_facts(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Scheme *scheme;
	Population *population;
	FactsDelta *delta;
	bool changed = false;

	if (!superuser())
		elog(ERROR, "must be superuser to change results by hand");
	api_begin(&call);
	scheme = scheme_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)), false);
	population = population_by_id(scheme->population_id);
	delta = facts_delta_begin(population, sources_of(population), scheme,
							  keys_of_array(population, PG_GETARG_ARRAYTYPE_P(1)), scheme->history_since,
							  population->as_of);
	sql_run("%s", text_to_cstring(PG_GETARG_TEXT_PP(2)));
	if (delta != NULL)
		changed = facts_delta_apply(delta);
	api_end(&call);
	if (delta == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BOOL(changed);
}
