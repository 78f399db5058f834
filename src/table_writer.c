/*
 * table_writer.c
 *	  Write many rows into one of the extension's own tables, below SQL.
 *
 * A refresh writes up to every customer's row.  Through SPI each would cost
 * an executor start; here inserts go in batches through table_multi_insert,
 * as COPY's do, and updates and deletes go straight to the table AM.  Nothing
 * checks privileges: the caller has become the extension's owner already.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "debug.h"
#include "table_writer.h"

#define BATCH_ROWS 1000           /* as COPY FROM */
#define BATCH_BYTES (1024 * 1024) /* wide rows are flushed earlier */

struct TableWriter
{
	Relation relation;
	ResultRelInfo *indexes;
	EState *estate;
	BulkInsertState bulk;
	CommandId command;
	TupleTableSlot *slot[BATCH_ROWS]; /* waiting inserts, then spare ones; made on demand */
	int waiting;
	Size waiting_bytes;
	MemoryContext context; /* everything of the writer's */
	MemoryContext batch;   /* what a flush allocates */
	TableWriterCounts counts;
};

TableWriter *
table_writer_open(Oid relid)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "table writer", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	TableWriter *writer = palloc0(sizeof(TableWriter));

	PreventCommandIfParallelMode("writing results");
	INJECT("memory-writer");
	writer->context = context;
	writer->batch = AllocSetContextCreate(context, "table writer batch", ALLOCSET_DEFAULT_SIZES);
	writer->relation = table_open(relid, RowExclusiveLock);
	writer->estate = CreateExecutorState();
	writer->indexes = makeNode(ResultRelInfo);
	/* Range table index 0: there is no query, and so no permission bits to look up. */
	InitResultRelInfo(writer->indexes, writer->relation, 0, NULL, 0);
	ExecOpenIndices(writer->indexes, false);
	writer->bulk = GetBulkInsertState();
	writer->command = GetCurrentCommandId(true);
	MemoryContextSwitchTo(caller);
	return writer;
}

Relation
table_writer_relation(const TableWriter *writer)
{
	return writer->relation;
}

TupleTableSlot *
table_writer_slot(TableWriter *writer)
{
	TupleTableSlot *slot = writer->slot[writer->waiting];

	if (slot == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(writer->context);

		slot = writer->slot[writer->waiting] = table_slot_create(writer->relation, NULL);
		MemoryContextSwitchTo(caller);
	}
	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts * sizeof(bool));
	return slot;
}

static void
add_index_entries(TableWriter *writer, TupleTableSlot *slot, bool update, UpdatedIndexes updated)
{
	if (writer->indexes->ri_NumIndices == 0)
		return;
	list_free(insert_index_entries(writer->indexes, slot, writer->estate, update, updated));
	ResetPerTupleExprContext(writer->estate);
}

static void
flush_inserts(TableWriter *writer)
{
	MemoryContext caller = MemoryContextSwitchTo(writer->batch);

	if (writer->waiting > 0)
		table_multi_insert(writer->relation, writer->slot, writer->waiting, writer->command, 0, writer->bulk);
	for (int i = 0; i < writer->waiting; i++)
	{
		add_index_entries(writer, writer->slot[i], false, NO_UPDATED_INDEXES);
		ExecClearTuple(writer->slot[i]);
	}
	writer->waiting = 0;
	writer->waiting_bytes = 0;
	MemoryContextSwitchTo(caller);
	MemoryContextReset(writer->batch);
}

/* Make the values the slot's own, so that the caller may free what it filled in. */
static void
complete_row(TableWriter *writer, TupleTableSlot *slot)
{
	ExecStoreVirtualTuple(slot);
	ExecMaterializeSlot(slot);
	slot->tts_tableOid = RelationGetRelid(writer->relation);
	if (writer->relation->rd_att->constr)
		ExecConstraints(writer->indexes, slot, writer->estate);
}

void
table_writer_insert(TableWriter *writer, TupleTableSlot *slot)
{
	HeapTuple tuple;

	Assert(slot == writer->slot[writer->waiting]);
	CHECK_FOR_INTERRUPTS();
	complete_row(writer, slot);
	tuple = ExecFetchSlotHeapTuple(slot, false, NULL);
	writer->waiting++;
	writer->waiting_bytes += tuple->t_len;
	writer->counts.inserted++;
	if (writer->waiting == BATCH_ROWS || writer->waiting_bytes > BATCH_BYTES)
		flush_inserts(writer);
}

void
table_writer_update(TableWriter *writer, ItemPointer tid, TupleTableSlot *slot)
{
	UpdatedIndexes updated = NO_UPDATED_INDEXES;

	CHECK_FOR_INTERRUPTS();
	complete_row(writer, slot);
	simple_table_tuple_update(writer->relation, tid, slot, GetActiveSnapshot(), &updated);
	if (update_needs_index_entries(updated))
		add_index_entries(writer, slot, true, updated);
	ExecClearTuple(slot);
	writer->counts.updated++;
}

void
table_writer_delete(TableWriter *writer, ItemPointer tid)
{
	CHECK_FOR_INTERRUPTS();
	simple_table_tuple_delete(writer->relation, tid, GetActiveSnapshot());
	writer->counts.deleted++;
}

/* Write what waits, and make it visible to the commands that follow. */
TableWriterCounts
table_writer_close(TableWriter *writer)
{
	TableWriterCounts counts;

	flush_inserts(writer);
	counts = writer->counts;
	for (int i = 0; i < BATCH_ROWS && writer->slot[i] != NULL; i++)
		ExecDropSingleTupleTableSlot(writer->slot[i]);
	FreeBulkInsertState(writer->bulk);
	ExecCloseIndices(writer->indexes);
	FreeExecutorState(writer->estate);
	table_close(writer->relation, NoLock);
	MemoryContextDelete(writer->context);
	CommandCounterIncrement();
	return counts;
}
