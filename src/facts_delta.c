/*
 * facts_delta.c
 *	  Facts of the open periods after some customers changed, or a day of the
 *	  same period has passed, at the cost of those customers whom it concerns.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "debug.h"
#include "facts.h"
#include "facts_delta.h"
#include "facts_run.h"
#include "facts_store.h"
#include "movement.h"
#include "sql.h"

#define FEW 8 /* one customer in so many */

struct FactsDelta
{
	MemoryContext context;
	FactsRun run;
	const KeySet *keys;
	DateADT stored_day; /* of the facts as stored: run.as_of, or before it in its period */
	FactsPass before;   /* what the customers contributed, negated */
	FactsCells *counts; /* as stored */
	FactsCells **totals;
	FactsDetail *details;
};

bool
facts_delta_is_cheaper(const Population *population, const KeySet *keys)
{
	return keys->nkeys <= Max(population->customers, 1000) / FEW;
}

/* Definitions may have changed, or another period begun: then sums over everyone are other sums. */
static bool
frame_stays(const Scheme *scheme, DateADT stored_day, DateADT as_of)
{
	return OidIsValid(data_oid(data_name(scheme->name, "_facts"))) && facts_are_complete(scheme) &&
		   scheme->facts_as_of == stored_day &&
		   period_containing(stored_day).start == period_containing(as_of).start;
}

static void
negate(FactsPass *pass)
{
	cells_negate(pass->counts);
	movement_cells_negate(pass->movement->cells);
	for (int i = 0; i < pass->nsources; i++)
		if (pass->totals[i] != NULL)
			cells_negate(pass->totals[i]);
	details_negate(pass->details, pass->ndetails, pass->nsources);
}

/* What these customers contributed to facts as of the stored day, so that adding it takes it away. */
static void
take_away(const FactsDelta *delta, const KeySet *keys, FactsRows *rows, FactsPass *pass)
{
	FactsRun run = delta->run;

	run.as_of = delta->stored_day;
	facts_run_pass(&run, keys, rows, pass);
	negate(pass);
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
begin(FactsDelta *delta, FactsRows *rows)
{
	int ndetails;

	if (!facts_run_begin(&delta->run) || !delta->run.all_open)
		return false;
	delta->totals = palloc0(Max(list_length(delta->run.sources), 1) * sizeof(FactsCells *));
	delta->details = facts_run_details(&delta->run, &ndetails);
	if (!facts_store_read(&delta->run, &delta->counts, delta->totals, delta->details))
		return false;
	take_away(delta, delta->keys, rows, &delta->before);
	return true;
}

FactsDelta *
facts_delta_begin(const Population *population, List *sources, const Scheme *scheme, const KeySet *keys,
				  DateADT first_day, DateADT stored_day, DateADT as_of, FactsRows *rows)
{
	MemoryContext context;
	MemoryContext caller;
	FactsDelta *delta;

	if (!frame_stays(scheme, stored_day, as_of))
		return NULL;
	context = AllocSetContextCreate(CurrentMemoryContext, "segment facts delta", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	delta = palloc0(sizeof(FactsDelta));
	delta->context = context;
	delta->keys = keys;
	delta->stored_day = stored_day;
	delta->run = (FactsRun){.population = population,
							.sources = sources,
							.scheme = scheme,
							.first_day = first_day,
							.as_of = as_of};
	if (!begin(delta, rows))
		delta = NULL;
	MemoryContextSwitchTo(caller);
	if (delta == NULL)
		MemoryContextDelete(context);
	return delta;
}

static void
add_pass(FactsPass *to, const FactsPass *pass)
{
	to->counts = cells_add(to->counts, pass->counts);
	for (int i = 0; i < to->nsources; i++)
		to->totals[i] = sum(to->totals[i], pass->totals[i]);
	details_add(to->details, pass->details, to->ndetails, to->nsources);
	movement_cells_add(to->movement->cells, pass->movement->cells);
}

static bool
is_zero(const FactsPass *pass)
{
	bool any = !cells_all_zero(pass->counts);

	for (int i = 0; i < pass->nsources; i++)
		any |= pass->totals[i] != NULL && !cells_all_zero(pass->totals[i]);
	return !any && details_all_zero(pass->details, pass->ndetails, pass->nsources);
}

static KeySet *
empty_like(const KeySet *keys)
{
	return keyset_create(keys->type.type, keys->type.collation);
}

/* Those of "moved" that were not among the keys when the delta began. */
static KeySet *
others(const FactsDelta *delta, const KeySet *moved)
{
	KeySet *set = empty_like(delta->keys);

	for (uint32 i = 0; moved != NULL && i < moved->nkeys; i++)
		if (!keyset_contains(delta->keys, moved->keys[i], false))
			keyset_add(set, moved->keys[i], false);
	return set;
}

/*
 * How the contributions changed.  Who moved without being among the keys has
 * another history from a later day on than that of the stored facts, and
 * nothing else of theirs was written: what they contributed to those can
 * still be read.
 */
static void
difference(FactsDelta *delta, const KeySet *moved, FactsRows *rows, FactsPass *change)
{
	KeySet *movers = others(delta, moved);
	KeySet *all = empty_like(delta->keys);
	FactsPass before;

	keyset_add_all(all, delta->keys);
	keyset_add_all(all, movers);
	facts_run_pass(&delta->run, all, rows, change);
	DEBUG_POINT("facts-after-compute");
	add_pass(change, &delta->before);
	if (movers->nkeys == 0)
		return;
	take_away(delta, movers, rows, &before);
	add_pass(change, &before);
}

static bool
apply(FactsDelta *delta, const KeySet *moved, FactsRows *rows)
{
	FactsPass change;

	difference(delta, moved, rows, &change);
	/* worth is of twelve months: it may change where no open period's facts do */
	movement_follow(&delta->run, change.movement);
	facts_record_day(delta->run.scheme, delta->run.as_of);
	if (is_zero(&change))
		return false;
	delta->counts = cells_add(delta->counts, change.counts);
	for (int i = 0; i < change.nsources; i++)
		delta->totals[i] = sum(delta->totals[i], change.totals[i]);
	details_add(delta->details, change.details, change.ndetails, change.nsources);
	return facts_store_write(&delta->run, delta->counts, delta->totals, delta->details) > 0;
}

bool
facts_delta_apply(FactsDelta *delta, const KeySet *moved, FactsRows *rows)
{
	MemoryContext context = delta->context;
	MemoryContext caller = MemoryContextSwitchTo(context);
	bool changed = apply(delta, moved, rows);

	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return changed;
}

void
facts_delta_forget(FactsDelta *delta)
{
	MemoryContextDelete(delta->context);
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
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("must be superuser to change results by hand"),
						errhint("CALL segment.refresh() keeps them up to date.")));
	api_begin(&call);
	scheme = scheme_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)), false);
	population = population_by_id(scheme->population_id);
	delta = facts_delta_begin(population, sources_of(population), scheme,
							  keys_of_array(population, PG_GETARG_ARRAYTYPE_P(1)), scheme->history_since,
							  population->as_of, population->as_of, NULL);
	sql_run("%s", text_to_cstring(PG_GETARG_TEXT_PP(2)));
	if (delta != NULL)
		changed = facts_delta_apply(delta, NULL, NULL);
	api_end(&call);
	if (delta == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BOOL(changed);
}
