/*
 * build.c
 *	  Bulk build of a source's ledgers: collect, merge, write differences.
 *
 * While the owner's query runs, rows are only collected: grouped in memory
 * and, when maintenance_work_mem is used up, the groups are written to
 * partitioned temporary files and the memory starts afresh.  Writing begins
 * after the switch back from the owner.  With nothing spilled there is one
 * partition, the memory; else each is loaded, compared and written alone, and
 * one that does not fit is partitioned again.
 */
#include "postgres.h"

#include "access/table.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "build.h"
#include "build_read.h"
#include "build_spill.h"
#include "build_write.h"
#include "debug.h"
#include "progress.h"
#include "restricted.h"

#define PROGRESS_EVERY 1024

typedef struct Builder
{
	const LedgerBuild *build;
	LedgerBuildResult *result;
	CustomerKeyType key_type;
	Oid table_owner;
	Size budget; /* bytes for all below the build's context */
	GroupTable *groups;
	LedgerWriter *writer;
} Builder;

/* One level of partitions: what was collected, and the rows stored before. */
typedef struct Partitions
{
	Builder *builder;
	SpillFiles *events; /* NULL until memory is used up */
	SpillFiles *stored;
	int level;
} Partitions;

static int
partition_count(Size budget)
{
	int count = 4;

	/* Each open file has a buffer of a block; they may take a sixteenth of the memory. */
	while (count < 64 && count * 2 * BLCKSZ <= budget / 16)
		count *= 2;
	return count;
}

static Size
memory_budget(void)
{
	Size limit = (Size) maintenance_work_mem * 1024;

	/* The rest is for the files' buffers and a batch in flight. */
	return limit - limit / 8;
}

/* Writes all groups to their partitions and empties the memory. */
static void
spill_groups(Partitions *partitions)
{
	Builder *builder = partitions->builder;
	GroupTable *groups = builder->groups;
	LedgerGroup *group;
	uint32 position = 0;

	DEBUG_POINT("build-spill");
	if (partitions->events == NULL)
		partitions->events =
			spill_create(&builder->key_type, partitions->level, partition_count(builder->budget));
	while ((group = group_next(groups, &position)) != NULL)
	{
		SpillRecord record = {0};

		CHECK_FOR_INTERRUPTS();
		record.hash = key_hash(&builder->key_type, group->key, group->key_is_null);
		record.key = group->key;
		record.key_is_null = group->key_is_null;
		record.payload = group->raw;
		record.payload_size = group->length;
		spill_write(partitions->events, &record);
	}
	group_table_reset(groups);
	builder->result->spilled = true;
}

/* EventConsumer of the first pass. */
static void
collect_batch(const EventBatch *batch, void *argument)
{
	Partitions *partitions = argument;
	Builder *builder = partitions->builder;
	MemoryContext caller = MemoryContextSwitchTo(MemoryContextGetParent(builder->groups->context));

	if (!group_table_fits(builder->groups, batch->nrows, builder->budget))
		spill_groups(partitions);
	group_add_batch(builder->groups, batch);
	MemoryContextSwitchTo(caller);
}

static bool
same_bytes(const struct varlena *a, const struct varlena *b)
{
	return a != NULL && VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		   memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

static void
count_ledger(Builder *builder)
{
	CHECK_FOR_INTERRUPTS();
	if (++builder->result->ledgers % PROGRESS_EVERY == 0)
		progress_done(builder->result->ledgers);
}

/* Compares a stored row with the group of its key in memory, and writes the difference. */
static void
reconcile(Builder *builder, uint64 hash, const StoredLedger *stored)
{
	LedgerGroup *group = group_lookup(builder->groups, hash, stored->key, stored->key_is_null);
	Ledger *ledger;

	/* A key may be there twice only if it is NULL, which a unique index lets pass. */
	if (group == NULL || group->seen)
	{
		ledger_writer_delete(builder->writer, stored);
		return;
	}
	group->seen = true;
	count_ledger(builder);
	ledger = group_ledger(builder->groups, group);
	if (!same_bytes(stored->ledger, ledger))
		ledger_writer_update(builder->writer, stored, ledger);
	pfree(ledger);
}

/* StoredLedgerConsumer when all groups are in memory. */
static void
reconcile_stored(const StoredLedger *stored, void *argument)
{
	Builder *builder = argument;

	reconcile(builder, key_hash(&builder->key_type, stored->key, stored->key_is_null), stored);
}

/* StoredLedgerConsumer when groups are partitioned: stored rows follow them. */
static void
partition_stored(const StoredLedger *stored, void *argument)
{
	Partitions *partitions = argument;
	SpillRecord record = {0};

	record.hash = key_hash(partitions->stored->key_type, stored->key, stored->key_is_null);
	record.key = stored->key;
	record.key_is_null = stored->key_is_null;
	record.tid = stored->tid;
	record.payload = stored->ledger;
	record.payload_size = stored->ledger ? VARSIZE_ANY(stored->ledger) : 0;
	spill_write(partitions->stored, &record);
}

static void
insert_unseen(Builder *builder)
{
	LedgerGroup *group;
	uint32 position = 0;

	while ((group = group_next(builder->groups, &position)) != NULL)
	{
		Ledger *ledger;

		if (group->seen)
			continue;
		ledger = group_ledger(builder->groups, group);
		ledger_writer_insert(builder->writer, group->key, group->key_is_null, ledger);
		count_ledger(builder);
		pfree(ledger);
	}
}

/* Groups a partition's records again; what does not fit goes to the next level. */
static void
load_partition(Builder *builder, SpillFiles *events, int number, Partitions *next)
{
	SpillRecord record;

	group_table_reset(builder->groups);
	spill_rewind(events, number);
	while (spill_read(events, number, &record))
	{
		LedgerGroup *group;

		CHECK_FOR_INTERRUPTS();
		if (next->level <= SPILL_MAX_LEVEL && !group_table_fits(builder->groups, 1, builder->budget))
			spill_groups(next);
		group = group_obtain(builder->groups, record.hash, record.key, record.key_is_null);
		group_absorb_raw(builder->groups, group, record.payload, record.payload_size);
	}
	spill_drop(events, number);
	if (next->events)
		spill_groups(next);
}

static void
reconcile_partition(Builder *builder, SpillFiles *stored, int number)
{
	SpillRecord record;

	spill_rewind(stored, number);
	while (spill_read(stored, number, &record))
	{
		StoredLedger row;

		CHECK_FOR_INTERRUPTS();
		row.key = record.key;
		row.key_is_null = record.key_is_null;
		row.ledger = record.payload_size > 0 ? record.payload : NULL;
		row.tid = record.tid;
		reconcile(builder, record.hash, &row);
	}
	spill_drop(stored, number);
	insert_unseen(builder);
	builder->result->partitions++;
}

/* Moves a partition's stored rows to the level its groups went to. */
static void
repartition_stored(SpillFiles *stored, int number, SpillFiles *next)
{
	SpillRecord record;

	spill_rewind(stored, number);
	while (spill_read(stored, number, &record))
	{
		CHECK_FOR_INTERRUPTS();
		spill_write(next, &record);
	}
	spill_drop(stored, number);
}

static void
merge_partitions(Partitions *partitions)
{
	Builder *builder = partitions->builder;

	check_stack_depth();
	for (int i = 0; i < partitions->events->nfiles; i++)
	{
		Partitions next = {builder, NULL, NULL, partitions->level + 1};

		load_partition(builder, partitions->events, i, &next);
		if (next.events == NULL)
			reconcile_partition(builder, partitions->stored, i);
		else
		{
			next.stored = spill_create(&builder->key_type, next.level, next.events->nfiles);
			repartition_stored(partitions->stored, i, next.stored);
			merge_partitions(&next);
		}
	}
	spill_free(partitions->events);
	spill_free(partitions->stored);
}

/* The rows that were stored for the customers this build is about. */
static void
visit_stored(Builder *builder, StoredLedgerConsumer consumer, void *argument)
{
	if (builder->build->keys)
		ledger_writer_lookup(builder->writer, builder->build->keys, consumer, argument);
	else
		ledger_writer_scan(builder->writer, consumer, argument);
}

static void
write_in_memory(Builder *builder)
{
	progress_phase(PROGRESS_WRITING_LEDGERS, builder->groups->ngroups);
	visit_stored(builder, reconcile_stored, builder);
	insert_unseen(builder);
	builder->result->partitions = 1;
}

static void
write_partitions(Partitions *partitions)
{
	Builder *builder = partitions->builder;

	progress_phase(PROGRESS_MERGING_LEDGERS, 0);
	spill_groups(partitions);
	partitions->stored = spill_create(&builder->key_type, partitions->level, partitions->events->nfiles);
	visit_stored(builder, partition_stored, partitions);
	merge_partitions(partitions);
}

/* Locks the table against other writers for the rest of the transaction. */
static void
open_target(Builder *builder)
{
	Relation relation = table_open(builder->build->ledger_relid, ShareRowExclusiveLock);

	ledger_table_check(relation, builder->build->key_type);
	key_type_init(&builder->key_type, builder->build->key_type,
				  TupleDescAttr(RelationGetDescr(relation), 0)->attcollation);
	builder->table_owner = relation->rd_rel->relowner;
	table_close(relation, NoLock);
}

static void
collect_events(Builder *builder, Partitions *partitions)
{
	const LedgerBuild *build = builder->build;
	RestrictedOperation as_owner;

	restricted_begin(&as_owner, build->owner, build->timezone);
	read_events(build, &builder->key_type, builder->groups->labels, collect_batch, partitions,
				builder->result);
	restricted_end(&as_owner);
}

static void
write_differences(Builder *builder, Partitions *partitions)
{
	RestrictedOperation as_table_owner;

	restricted_begin(&as_table_owner, builder->table_owner, NULL);
	builder->writer = ledger_writer_open(builder->build->ledger_relid, builder->result);
	if (partitions->events)
		write_partitions(partitions);
	else
		write_in_memory(builder);
	ledger_writer_close(builder->writer);
	restricted_end(&as_table_owner);
}

void
ledger_build(const LedgerBuild *build, LedgerBuildResult *result)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "ledger build", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Builder builder = {build, result};
	Partitions partitions = {&builder, NULL, NULL, 0};

	memset(result, 0, sizeof(LedgerBuildResult));
	builder.budget = memory_budget();
	open_target(&builder);
	builder.groups =
		group_table_create(&builder.key_type, &build->shape, build->source_name, build->measure_name);

	progress_start(build->ledger_relid, PROGRESS_READING_EVENTS, 0);
	DEBUG_POINT("build-before-read");
	collect_events(&builder, &partitions);
	DEBUG_POINT("build-after-read");
	write_differences(&builder, &partitions);
	DEBUG_POINT("build-after-write");
	progress_end();

	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}
