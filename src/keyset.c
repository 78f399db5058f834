/*
 * keyset.c
 *	  A set of customer keys: those a refresh has to look at again.
 *
 * Open addressing over an array of keys in the order they came, so that the
 * set can be walked, and turned into an SQL array, without a second structure.
 */
#include "postgres.h"

#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "debug.h"
#include "keyset.h"

#define FIRST_SLOTS 64

KeySet *
keyset_create(Oid type, Oid collation)
{
	KeySet *set = palloc0(sizeof(KeySet));

	key_type_init(&set->type, type, collation);
	set->context = CurrentMemoryContext;
	set->allocated = FIRST_SLOTS / 2;
	set->keys = palloc(sizeof(Datum) * set->allocated);
	set->nslots = FIRST_SLOTS;
	set->slots = palloc0(sizeof(uint32) * set->nslots);
	return set;
}

/* The slot the key is in, or the empty one where it belongs. */
static uint32
find_slot(const KeySet *set, Datum key)
{
	uint32 slot = (uint32) key_hash(&set->type, key, false) & (set->nslots - 1);

	while (set->slots[slot] != 0 &&
		   !key_equal(&set->type, set->keys[set->slots[slot] - 1], false, key, false))
		slot = (slot + 1) & (set->nslots - 1);
	return slot;
}

/* At most half of the slots are in use. */
static void
grow(KeySet *set)
{
	INJECT("memory-keys");
	set->allocated *= 2;
	set->nslots *= 2;
	set->keys = repalloc_huge(set->keys, sizeof(Datum) * set->allocated);
	pfree(set->slots);
	set->slots = MemoryContextAllocExtended(set->context, sizeof(uint32) * set->nslots,
											MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (uint32 i = 0; i < set->nkeys; i++)
		set->slots[find_slot(set, set->keys[i])] = i + 1;
}

bool
keyset_add(KeySet *set, Datum key, bool is_null)
{
	MemoryContext caller;
	uint32 slot;
	bool was_null = set->has_null;

	if (is_null)
	{
		set->has_null = true;
		return !was_null;
	}
	slot = find_slot(set, key);
	if (set->slots[slot] != 0)
		return false;
	if (set->nkeys == set->allocated)
	{
		grow(set);
		slot = find_slot(set, key);
	}
	caller = MemoryContextSwitchTo(set->context);
	set->keys[set->nkeys++] = datumCopy(key, set->type.by_value, set->type.length);
	set->slots[slot] = set->nkeys;
	MemoryContextSwitchTo(caller);
	return true;
}

bool
keyset_add_stored(KeySet *set, Datum key)
{
	if (set->type.length == -1)
		key = PointerGetDatum(PG_DETOAST_DATUM_PACKED(key));
	return keyset_add(set, key, false);
}

int64
keyset_place(const KeySet *set, Datum key)
{
	return (int64) set->slots[find_slot(set, key)] - 1;
}

bool
keyset_contains(const KeySet *set, Datum key, bool is_null)
{
	return is_null ? set->has_null : set->slots[find_slot(set, key)] != 0;
}

void
keyset_add_all(KeySet *set, const KeySet *other)
{
	for (uint32 i = 0; i < other->nkeys; i++)
		keyset_add(set, other->keys[i], false);
	set->has_null |= other->has_null;
}

bool
keyset_is_empty(const KeySet *set)
{
	return set->nkeys == 0 && !set->has_null;
}

Datum
keyset_array(const KeySet *set)
{
	char align;
	int16 length;
	bool by_value;
	Datum *keys = MemoryContextAllocHuge(CurrentMemoryContext, Max(set->nkeys, 1) * sizeof(Datum));

	/* construct_array puts values without short headers in place of those it is given */
	memcpy(keys, set->keys, set->nkeys * sizeof(Datum));
	get_typlenbyvalalign(set->type.type, &length, &by_value, &align);
	return PointerGetDatum(construct_array(keys, set->nkeys, set->type.type, length, by_value, align));
}

Oid
keyset_array_type(const KeySet *set)
{
	return get_array_type(set->type.type);
}
