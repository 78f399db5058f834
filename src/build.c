/*
 * build.c
 *	  Bulk build of a source's ledgers: collect, merge, write differences.
 *
 * While the owner's query runs, rows are only collected.  Writing begins after
 * the switch back from the owner.
 *
 * Events are grouped as they come while the groups fit a CPU cache.  From then
 * on they are only partitioned by their key's hash, in memory and, when
 * maintenance_work_mem is used up, in temporary files; the groups so far are
 * partitioned as well.  At the end each partition is grouped, compared and
 * written alone, and one that does not fit the memory is partitioned again.
 */
#include "postgres.h"

#include "access/table.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "build.h"
#include "build_group.h"
#include "build_partition.h"
#include "build_read.h"
#include "build_spill.h"
#include "build_write.h"
#include "debug.h"
#include "late_facts.h"
#include "progress.h"
#include "restricted.h"

#define PROGRESS_EVERY 1024
/* Groups beyond this are slower to add to than events are to partition. */
#define CACHED_GROUPS_SIZE (8 * 1024 * 1024)
#define MAX_PARTITION_BITS 8
/* An overfull partition is parted into fewer, for memory is short by then. */
#define MAX_REPARTITION_BITS 4

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
	struct Partitions *parent; /* one of its partitions is collected here */
	Partitioning parting;
	EventPartitions *events; /* NULL while groups suffice */
	SpillFiles *stored;
} Partitions;

static Size
memory_budget(void)
{
	Size limit = (Size) maintenance_work_mem * 1024;

	/* The rest is for the files' buffers and a batch in flight. */
	return limit - limit / 8;
}

static Size
memory_used(const Builder *builder)
{
	return MemoryContextMemAllocated(MemoryContextGetParent(builder->groups->context), true);
}

/* Each open file has a buffer of a block; they may take a sixteenth of the memory. */
static int
partition_bits(Size budget, int most)
{
	int bits = 2;

	while (bits < most && ((Size) BLCKSZ << (bits + 1)) <= budget / 16)
		bits++;
	return bits;
}

static Partitions
first_partitions(Builder *builder)
{
	Partitions partitions = {builder};

	partitions.parting.first_bit = PARTITION_FIRST_BIT;
	partitions.parting.bits = partition_bits(builder->budget, MAX_PARTITION_BITS);
	return partitions;
}

static Partitions
next_partitions(Partitions *parent)
{
	Partitions partitions = {parent->builder, parent};

	partitions.parting.first_bit = parent->parting.first_bit + parent->parting.bits;
	partitions.parting.bits = partition_bits(parent->builder->budget, MAX_REPARTITION_BITS);
	return partitions;
}

/*
 * Whether "more" events may be grouped at once.  Without fresh hash bits they
 * must be, whatever it takes: they are a customer or two.
 */
static bool
groups_suffice(const Partitions *partitions, uint32 more)
{
	const Builder *builder = partitions->builder;
	Size limit = builder->budget - builder->budget / 8;

	if (partitions->parting.first_bit + partitions->parting.bits > PARTITION_END_BIT)
		return true;
	if (partitions->parent == NULL)
		return group_table_fits(builder->groups, more, Min(builder->budget / 2, CACHED_GROUPS_SIZE));
	if (group_table_fits(builder->groups, more, limit))
		return true;
	/* The partitions yet to be loaded can wait in files. */
	event_partitions_flush(partitions->parent->events);
	return group_table_fits(builder->groups, more, limit);
}

/* A quarter of what is free stays so, for the groups of one partition. */
static Size
memory_for_events(const Builder *builder)
{
	Size used = Min(memory_used(builder), builder->budget);

	return (builder->budget - used) / 4 * 3;
}

/* Moves all groups to partitions, where what comes next will go as well. */
static void
partition_groups(Partitions *partitions)
{
	Builder *builder = partitions->builder;
	LedgerGroup *group;
	uint32 position = 0;

	DEBUG_POINT("build-spill");
	partitions->events = event_partitions_create(&builder->key_type, &builder->build->shape,
												 partitions->parting, memory_for_events(builder));
	while ((group = group_next(builder->groups, &position)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		event_partitions_add_raw(partitions->events, group->key, group->key_is_null, group->raw,
								 group->length);
	}
	group_table_reset(builder->groups);
	event_partitions_set_limit(partitions->events, memory_for_events(builder));
}

static void
collect_batch(const EventBatch *batch, Partitions *partitions)
{
	if (partitions->events == NULL && !groups_suffice(partitions, batch->nrows))
		partition_groups(partitions);
	if (partitions->events)
		event_partitions_add(partitions->events, batch);
	else
		group_add_batch(partitions->builder->groups, batch);
}

/* EventConsumer of the first pass: memory is to outlive the query. */
static void
collect_rows(const EventBatch *batch, void *argument)
{
	Partitions *partitions = argument;
	MemoryContext build = MemoryContextGetParent(partitions->builder->groups->context);
	MemoryContext caller = MemoryContextSwitchTo(build);

	collect_batch(batch, partitions);
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

static void
delete_ledger(Builder *builder, const StoredLedger *stored)
{
	late_facts_compare(builder->build->late, stored->ledger, NULL);
	ledger_writer_delete(builder->writer, stored);
}

static void
update_ledger(Builder *builder, const StoredLedger *stored, Ledger *ledger)
{
	late_facts_compare(builder->build->late, stored->ledger, ledger);
	ledger_writer_update(builder->writer, stored, ledger);
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
		/* Who has nothing but bad rows has no group, and keeps the ledger as well. */
		if (!failures_have(builder->build->failures, stored->key, stored->key_is_null))
			delete_ledger(builder, stored);
		return;
	}
	group->seen = true;
	count_ledger(builder);
	ledger = group_ledger(builder->groups, group, builder->build->failures);
	if (ledger == NULL)
		return;
	if (!same_bytes(stored->ledger, ledger))
		update_ledger(builder, stored, ledger);
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
		ledger = group_ledger(builder->groups, group, builder->build->failures);
		if (ledger == NULL)
			continue;
		late_facts_compare(builder->build->late, NULL, ledger);
		ledger_writer_insert(builder->writer, group->key, group->key_is_null, ledger);
		count_ledger(builder);
		pfree(ledger);
	}
}

/* Groups a partition's events; if they do not fit they go to the next level. */
static void
load_partition(Partitions *partitions, int number, Partitions *next)
{
	const EventBatch *batch;

	group_table_reset(partitions->builder->groups);
	event_partitions_begin_read(partitions->events, number);
	while ((batch = event_partitions_read(partitions->events)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		collect_batch(batch, next);
	}
	event_partitions_end_read(partitions->events);
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
free_partitions(Partitions *partitions)
{
	if (event_partitions_spilled(partitions->events))
		partitions->builder->result->spilled = true;
	event_partitions_free(partitions->events);
	spill_free(partitions->stored);
}

static void
merge_partitions(Partitions *partitions)
{
	Builder *builder = partitions->builder;

	check_stack_depth();
	for (int i = 0; i < partition_count(partitions->parting); i++)
	{
		Partitions next = next_partitions(partitions);

		load_partition(partitions, i, &next);
		if (next.events == NULL)
			reconcile_partition(builder, partitions->stored, i);
		else
		{
			next.stored = spill_create(&builder->key_type, next.parting);
			repartition_stored(partitions->stored, i, next.stored);
			merge_partitions(&next);
		}
	}
	free_partitions(partitions);
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
	partitions->stored = spill_create(&builder->key_type, partitions->parting);
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
	read_events(build, &builder->key_type, builder->groups->labels, collect_rows, partitions,
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
	Partitions partitions;

	memset(result, 0, sizeof(LedgerBuildResult));
	builder.budget = memory_budget();
	partitions = first_partitions(&builder);
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
