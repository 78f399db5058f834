/*
 * build_group.c
 *	  Hash table of customers, each with a growing buffer of raw entries.
 *
 * Millions of groups do not fit a CPU cache, so a build is as fast as its
 * misses overlap: rows come in batches, and both places a row touches (the
 * group in its hash slot, the end of its buffer) are prefetched for the whole
 * batch before they are used.
 *
 * Nothing is palloc'd per row.  Buffers come from arena blocks in size classes
 * 16, 24, 32, 48, 64 ...; an outgrown buffer goes to its class's free list.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "build_group.h"
#include "debug.h"
#include "ledger_raw.h"

#define ARENA_BLOCK 32768
#define INITIAL_SLOTS 2048
#define SCRATCH_INITIAL 4096
#define SCRATCH_KEPT 262144
#define PREFETCH_SLOTS 16
/* From here on a buffer is merged by day before it may grow, so that one hot key cannot eat the memory. */
#define COMPACT_FROM 8192
#define INITIAL_CLASS 2 /* 32 bytes */
#define SHORT_ENTRY 16
#define MAX_RAW_ENTRY ((3 + LEDGER_MAX_MEASURES) * 10)

static void group_absorb(GroupTable *table, LedgerGroup *group, const Ledger *ledger);

static inline Size
class_size(int size_class)
{
	return (size_class & 1 ? (Size) 24 : (Size) 16) << (size_class / 2);
}

static int
class_for(Size size)
{
	int size_class = 0;

	while (class_size(size_class) < size)
		size_class++;
	return size_class;
}

/* Aligned, so that no group straddles two cache lines and prefetching one is enough. */
static void
allocate_slots(GroupTable *table)
{
	Size size = (Size) table->nslots * sizeof(LedgerGroup) + PG_CACHE_LINE_SIZE;

	INJECT("memory-groups");
	table->slot_space = MemoryContextAllocExtended(table->context, size, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	table->slot = (LedgerGroup *) TYPEALIGN(PG_CACHE_LINE_SIZE, table->slot_space);
}

static void
group_table_init(GroupTable *table)
{
	table->nslots = INITIAL_SLOTS;
	allocate_slots(table);
	table->ngroups = 0;
	table->arena = NULL;
	table->arena_left = 0;
	memset(table->free_buffer, 0, sizeof(table->free_buffer));
}

/* All memory of the table, whatever it is for, hangs below the current context. */
GroupTable *
group_table_create(const CustomerKeyType *key_type, const LedgerShape *shape, const char *source_name,
				   const char *const *measure_name)
{
	GroupTable *table = palloc0(sizeof(GroupTable));

	table->context =
		AllocSetContextCreate(CurrentMemoryContext, "ledger build groups", ALLOCSET_DEFAULT_SIZES);
	table->key_type = key_type;
	table->shape = shape;
	table->labels = label_dictionary_create(source_name);
	table->source_name = source_name;
	table->measure_name = measure_name;
	/* Scratch space grows in the context it was first allocated in, so not in a caller's. */
	table->scratch.allocated = SCRATCH_INITIAL;
	table->scratch.space = palloc(table->scratch.allocated);
	group_table_init(table);
	return table;
}

void
group_table_reset(GroupTable *table)
{
	MemoryContextReset(table->context);
	group_table_init(table);
}

static void
grow_slots(GroupTable *table)
{
	LedgerGroup *old = table->slot;
	void *old_space = table->slot_space;
	uint32 n = table->nslots;
	uint32 mask = n * 2 - 1;

	table->nslots = n * 2;
	allocate_slots(table);
	for (uint32 i = 0; i < n; i++)
	{
		uint32 at = old[i].hash & mask;

		if (old[i].raw == NULL)
			continue;
		while (table->slot[at].raw != NULL)
			at = (at + 1) & mask;
		table->slot[at] = old[i];
	}
	pfree(old_space);
}

static inline bool
slots_suffice(const GroupTable *table, uint32 more)
{
	return (uint64) table->ngroups + more <= (uint64) table->nslots / 4 * 3;
}

/*
 * Whether "more" rows may be added within "budget" bytes for all of the build,
 * counting the slots' next growth while old and new exist.  An empty table
 * always takes some.
 */
bool
group_table_fits(const GroupTable *table, uint32 more, Size budget)
{
	Size used = MemoryContextMemAllocated(MemoryContextGetParent(table->context), true);

	if (table->ngroups == 0)
		return true;
	if (!slots_suffice(table, more))
		used += (Size) table->nslots * 2 * sizeof(LedgerGroup);
	return used + ARENA_BLOCK <= budget;
}

static void *
arena_alloc(GroupTable *table, Size size)
{
	char *space;

	size = MAXALIGN(size);
	if (size > ARENA_BLOCK / 4)
		return MemoryContextAllocHuge(table->context, size);
	if (size > table->arena_left)
	{
		INJECT("memory-arena");
		table->arena = MemoryContextAlloc(table->context, ARENA_BLOCK);
		table->arena_left = ARENA_BLOCK;
	}
	space = table->arena;
	table->arena += size;
	table->arena_left -= size;
	return space;
}

static uint8 *
buffer_alloc(GroupTable *table, int size_class)
{
	void *buffer = table->free_buffer[size_class];

	if (buffer == NULL)
		return arena_alloc(table, class_size(size_class));
	table->free_buffer[size_class] = *(void **) buffer;
	return buffer;
}

static void
buffer_free(GroupTable *table, uint8 *buffer, int size_class)
{
	if (MAXALIGN(class_size(size_class)) > ARENA_BLOCK / 4)
	{
		pfree(buffer);
		return;
	}
	*(void **) buffer = table->free_buffer[size_class];
	table->free_buffer[size_class] = buffer;
}

static void
buffer_resize(GroupTable *table, LedgerGroup *group, int size_class)
{
	uint8 *buffer = buffer_alloc(table, size_class);

	memcpy(buffer, group->raw, group->length);
	buffer_free(table, group->raw, group->size_class);
	group->raw = buffer;
	group->size_class = size_class;
}

/* Takes an unused slot for a new customer. */
static void
add_group(GroupTable *table, LedgerGroup *group, uint64 hash, Datum key, bool key_is_null)
{
	if (!key_is_null && !table->key_type->by_value)
	{
		Size size = key_size(table->key_type, key);

		key = PointerGetDatum(memcpy(arena_alloc(table, size), DatumGetPointer(key), size));
	}
	group->size_class = INITIAL_CLASS;
	group->raw = buffer_alloc(table, INITIAL_CLASS);
	group->key = key;
	group->key_is_null = key_is_null;
	group->hash = (uint32) hash;
	table->ngroups++;
}

/* A key's slot: its own, or the unused one where it belongs. */
static inline LedgerGroup *
find_slot(const GroupTable *table, uint64 hash, Datum key, bool key_is_null)
{
	uint32 mask = table->nslots - 1;
	uint32 at = (uint32) hash & mask;

	for (;; at = (at + 1) & mask)
	{
		LedgerGroup *group = &table->slot[at];

		if (group->raw == NULL)
			return group;
		if (group->hash == (uint32) hash &&
			key_equal(table->key_type, group->key, group->key_is_null, key, key_is_null))
			return group;
	}
}

/* The group of a key, or NULL. */
LedgerGroup *
group_lookup(GroupTable *table, uint64 hash, Datum key, bool key_is_null)
{
	LedgerGroup *group = find_slot(table, hash, key, key_is_null);

	return group->raw == NULL ? NULL : group;
}

/* The group of a key, made if new; the slots must suffice. */
static inline LedgerGroup *
find_or_add(GroupTable *table, uint64 hash, Datum key, bool key_is_null)
{
	LedgerGroup *group = find_slot(table, hash, key, key_is_null);

	if (group->raw == NULL)
		add_group(table, group, hash, key, key_is_null);
	return group;
}

/* Iterates over all groups from *position = 0; NULL at the end. */
LedgerGroup *
group_next(const GroupTable *table, uint32 *position)
{
	while (*position < table->nslots)
	{
		LedgerGroup *group = &table->slot[(*position)++];

		if (*position + PREFETCH_SLOTS < table->nslots)
			__builtin_prefetch(table->slot[*position + PREFETCH_SLOTS].raw);
		if (group->raw != NULL)
			return group;
	}
	return NULL;
}

/* One big ledger must not keep its scratch space from all the others. */
static void
trim_scratch(LedgerScratch *scratch, MemoryContext context)
{
	if (likely(scratch->allocated <= SCRATCH_KEPT))
		return;
	pfree(scratch->space);
	scratch->allocated = SCRATCH_INITIAL;
	scratch->space = MemoryContextAlloc(context, SCRATCH_INITIAL);
}

static Ledger *
try_ledger(GroupTable *table, const LedgerGroup *group, LedgerOverflow *overflow)
{
	Ledger *ledger = ledger_try_from_raw(table->shape, table->labels->label, group->raw, group->length,
										 &table->scratch, overflow);

	trim_scratch(&table->scratch, MemoryContextGetParent(table->context));
	return ledger;
}

/*
 * Merges a group's entries of the same day and label.  What does not fit 64
 * bits yet may still cancel out, so it is left for the end to judge.
 */
static void
compact(GroupTable *table, LedgerGroup *group)
{
	LedgerOverflow overflow;
	Ledger *ledger = try_ledger(table, group, &overflow);

	if (ledger == NULL)
		return;
	group->length = 0;
	group->last_day = 0;
	group_absorb(table, group, ledger);
	pfree(ledger);
}

static void
make_room(GroupTable *table, LedgerGroup *group, Size wanted)
{
	if (group->length >= COMPACT_FROM)
	{
		compact(table, group);
		wanted = MAX_RAW_ENTRY;
		if (group->length + wanted <= class_size(group->size_class) / 2)
			return;
	}
	buffer_resize(table, group, Max(class_for(group->length + wanted), group->size_class + 2));
}

/* Compaction may move the day the next entry is counted from, so the entry is encoded after it. */
static pg_noinline void
append_to_full(GroupTable *table, LedgerGroup *group, Size wanted, DateADT day, int label, int64 count,
			   const int64 *measures)
{
	uint8 entry[MAX_RAW_ENTRY];
	Size length;

	make_room(table, group, wanted);
	length = ledger_raw_append(entry, table->shape, &group->last_day, day, label, count, measures) - entry;
	memcpy(group->raw + group->length, entry, length);
	group->length += length;
}

static inline void
group_append(GroupTable *table, LedgerGroup *group, DateADT day, int label, int64 count,
			 const int64 *measures)
{
	uint8 entry[MAX_RAW_ENTRY];
	int32 last_day = group->last_day;
	Size room = class_size(group->size_class) - group->length;
	Size length = ledger_raw_append(entry, table->shape, &last_day, day, label, count, measures) - entry;

	if (unlikely(length > room))
	{
		append_to_full(table, group, length, day, label, count, measures);
		return;
	}
	/* A copy of constant size is two instructions, and nearly every entry is short. */
	if (likely(length <= SHORT_ENTRY && room >= SHORT_ENTRY))
		memcpy(group->raw + group->length, entry, SHORT_ENTRY);
	else
		memcpy(group->raw + group->length, entry, length);
	group->last_day = last_day;
	group->length += length;
}

static void
group_absorb(GroupTable *table, LedgerGroup *group, const Ledger *ledger)
{
	LedgerIterator it;
	int number[LEDGER_MAX_LABELS];

	ledger_iterate(ledger, &it);
	for (int i = 0; i < it.nlabels; i++)
		number[i] = label_number(table->labels, it.label_text[i], it.label_length[i]);
	while (ledger_next(&it))
		group_append(table, group, it.day, it.label == LEDGER_NO_LABEL ? LEDGER_NO_LABEL : number[it.label],
					 it.count, it.measure);
}

/* Adds converted rows to their groups. */
void
group_add_batch(GroupTable *table, const EventBatch *batch)
{
	uint64 hash[EVENT_BATCH_ROWS];
	LedgerGroup *group[EVENT_BATCH_ROWS];

	while (!slots_suffice(table, batch->nrows))
		grow_slots(table);
	for (int i = 0; i < batch->nrows; i++)
	{
		hash[i] = key_hash(table->key_type, batch->key[i], batch->key_is_null[i]);
		__builtin_prefetch(&table->slot[(uint32) hash[i] & (table->nslots - 1)], 1);
	}
	for (int i = 0; i < batch->nrows; i++)
	{
		group[i] = find_or_add(table, hash[i], batch->key[i], batch->key_is_null[i]);
		__builtin_prefetch(group[i]->raw + group[i]->length, 1);
	}
	for (int i = 0; i < batch->nrows; i++)
		group_append(table, group[i], batch->day[i], batch->label[i], event_value(batch, i)[0],
					 event_value(batch, i) + 1);
}

static const char *
overflowing_number(const GroupTable *table, const LedgerOverflow *overflow)
{
	return overflow->measure == 0 ? "count" : table->measure_name[overflow->measure - 1];
}

#define OVERFLOW_HINT "Correct the events, or declare a smaller scale for the measure."

static void
raise_overflow(const GroupTable *table, const LedgerGroup *group, const LedgerOverflow *overflow)
{
	char *customer = key_to_text(table->key_type, group->key, group->key_is_null);

	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("measure \"%s\" of source \"%s\" is out of range for customer %s",
					overflowing_number(table, overflow), table->source_name, customer),
			 errdetail("The sum of one day does not fit a scaled 64-bit integer."), errhint(OVERFLOW_HINT)));
}

static void
add_overflow(const GroupTable *table, const LedgerGroup *group, const LedgerOverflow *overflow,
			 Failures *failures)
{
	Failure failure = {.sqlstate = ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, .hint = OVERFLOW_HINT};

	failure.message = psprintf("the sum of measure \"%s\" of source \"%s\" over one day is out of range",
							   overflowing_number(table, overflow), table->source_name);
	failures_add(failures, group->key, &failure);
}

/*
 * The group's finished ledger, in the current memory context; NULL when the
 * customer has one of the failures.
 */
Ledger *
group_ledger(GroupTable *table, const LedgerGroup *group, Failures *failures)
{
	LedgerOverflow overflow;
	Ledger *ledger;

	if (failures_have(failures, group->key, group->key_is_null))
		return NULL;
	ledger = try_ledger(table, group, &overflow);
	if (ledger != NULL)
		return ledger;
	if (failures == NULL || group->key_is_null)
		raise_overflow(table, group, &overflow);
	add_overflow(table, group, &overflow, failures);
	return NULL;
}
