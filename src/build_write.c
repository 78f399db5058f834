/*
 * build_write.c
 *	  The ledger table: scan, bulk load, and single writes of differences.
 *
 * An empty table is filled by table_multi_insert and its indexes are rebuilt
 * at the end, which is several times cheaper than a descent per row.  In a
 * table with rows every write goes through the executor's simple-relation
 * functions, which maintain indexes as they go.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "build_write.h"
#include "collect.h"
#include "compat.h"

#define BULK_ROWS 256
#define BULK_BYTES 65536

struct LedgerWriter
{
	Relation relation;
	LedgerBuildResult *result;
	Snapshot snapshot;
	EState *estate;
	ResultRelInfo *target;
	TupleTableSlot *slot;
	TupleTableSlot *found; /* carries the tid of the row to change */
	MemoryContext row_context;

	bool bulk;
	BulkInsertState bulk_state;
	TupleTableSlot *bulk_slot[BULK_ROWS];
	int nbulk;
	Size bulk_bytes;
};

static void
raise_not_a_ledger_table(Relation relation, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("\"%s\" is not a ledger table", RelationGetRelationName(relation)),
			 errdetail("%s", detail),
			 errhint("Create it as (<key> <type>, ledger segment.ledger), with nothing more than a unique "
					 "index on the key.")));
}

static bool
is_ledger_type(Oid type)
{
	return strcmp(format_type_be_qualified(type), "segment.ledger") == 0;
}

/* Only plain tables are written: no trigger, rule or constraint may see half of a build. */
void
ledger_table_check(Relation relation, Oid key_type)
{
	TupleDesc columns = RelationGetDescr(relation);

	if (relation->rd_rel->relkind != RELKIND_RELATION)
		raise_not_a_ledger_table(relation, "It is not an ordinary table.");
	if (columns->natts != 2 || TupleDescAttr(columns, 0)->attisdropped ||
		TupleDescAttr(columns, 0)->atttypid != key_type ||
		!is_ledger_type(TupleDescAttr(columns, 1)->atttypid))
		raise_not_a_ledger_table(relation, "Its columns are not the key and the ledger.");
	if (relation->trigdesc || relation->rd_rules || relation->rd_rel->relrowsecurity ||
		(columns->constr && (columns->constr->num_check > 0 || columns->constr->has_generated_stored)))
		raise_not_a_ledger_table(relation, "It has triggers, rules, policies or constraints.");
}

/* The caller holds a lock that keeps other writers away, and is the table's owner by now. */
LedgerWriter *
ledger_writer_open(Oid relid, LedgerBuildResult *result)
{
	LedgerWriter *writer = palloc0(sizeof(LedgerWriter));

	writer->relation = table_open(relid, NoLock);
	writer->result = result;
	/* See what this very transaction wrote before, for instance by a build just now. */
	CommandCounterIncrement();
	writer->snapshot = RegisterSnapshot(GetTransactionSnapshot());
	writer->estate = CreateExecutorState();
	writer->estate->es_snapshot = writer->snapshot;
	writer->target = makeNode(ResultRelInfo);
	/* Range table index 0: there is no query, and no column but the ledger ever changes. */
	InitResultRelInfo(writer->target, writer->relation, 0, NULL, 0);
	ExecOpenIndices(writer->target, false);
	writer->slot = table_slot_create(writer->relation, NULL);
	writer->found = table_slot_create(writer->relation, NULL);
	writer->row_context =
		AllocSetContextCreate(CurrentMemoryContext, "ledger build writes", ALLOCSET_DEFAULT_SIZES);
	return writer;
}

/* The stored row in a slot of the (key, ledger, tid) kind. */
static StoredLedger
stored_in_slot(TupleTableSlot *slot)
{
	StoredLedger stored;

	slot_getallattrs(slot);
	stored.key = slot->tts_values[0];
	stored.key_is_null = slot->tts_isnull[0];
	if (!stored.key_is_null && TupleDescAttr(slot->tts_tupleDescriptor, 0)->attlen == -1)
		stored.key = PointerGetDatum(PG_DETOAST_DATUM_PACKED(stored.key));
	stored.ledger = slot->tts_isnull[1] ? NULL : PG_DETOAST_DATUM_PACKED(slot->tts_values[1]);
	return stored;
}

/*
 * Gives each stored row to "consumer", which may update or delete it, and
 * returns how many there were.  A table without any is loaded in bulk from
 * here on.
 */
int64
ledger_writer_scan(LedgerWriter *writer, StoredLedgerConsumer consumer, void *argument)
{
	TableScanDesc scan = table_beginscan(writer->relation, writer->snapshot, 0, NULL);
	TupleTableSlot *slot = table_slot_create(writer->relation, NULL);
	MemoryContext caller = MemoryContextSwitchTo(writer->row_context);
	int64 nstored = 0;

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		StoredLedger stored = stored_in_slot(slot);

		CHECK_FOR_INTERRUPTS();
		stored.tid = slot->tts_tid;
		consumer(&stored, argument);
		nstored++;
		MemoryContextReset(writer->row_context);
	}
	MemoryContextSwitchTo(caller);
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	writer->bulk = nstored == 0;
	return nstored;
}

/* The same for the rows of some customers, found by index. */
void
ledger_writer_lookup(LedgerWriter *writer, const KeySet *keys, StoredLedgerConsumer consumer, void *argument)
{
	Relation relation = writer->relation;
	const char *key = quote_identifier(NameStr(TupleDescAttr(RelationGetDescr(relation), 0)->attname));
	const char *table = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
												   RelationGetRelationName(relation));
	Collected *rows;
	TupleTableSlot *slot;

	SPI_connect();
	rows = collect_for_keys(
		psprintf("SELECT %s, ledger, ctid FROM %s WHERE %s OPERATOR(pg_catalog.=) ANY ($1)%s", key, table,
				 key, keys->has_null ? psprintf(" OR %s IS NULL", key) : ""),
		keys);
	slot = collected_slot(rows);
	while (collected_next(rows, slot))
	{
		StoredLedger stored = stored_in_slot(slot);

		stored.tid = *(ItemPointer) DatumGetPointer(slot->tts_values[2]);
		consumer(&stored, argument);
	}
	ExecDropSingleTupleTableSlot(slot);
	collected_free(rows);
	SPI_finish();
	writer->bulk = false;
}

static void
fill_slot(TupleTableSlot *slot, Datum key, bool key_is_null, Ledger *ledger)
{
	ExecClearTuple(slot);
	slot->tts_values[0] = key;
	slot->tts_isnull[0] = key_is_null;
	slot->tts_values[1] = PointerGetDatum(ledger);
	slot->tts_isnull[1] = false;
	ExecStoreVirtualTuple(slot);
}

static void
bulk_flush(LedgerWriter *writer)
{
	MemoryContext caller;

	if (writer->nbulk == 0)
		return;
	caller = MemoryContextSwitchTo(writer->row_context);
	table_multi_insert(writer->relation, writer->bulk_slot, writer->nbulk, GetCurrentCommandId(true),
					   TABLE_INSERT_SKIP_FSM, writer->bulk_state);
	MemoryContextSwitchTo(caller);
	for (int i = 0; i < writer->nbulk; i++)
		ExecClearTuple(writer->bulk_slot[i]);
	writer->nbulk = 0;
	writer->bulk_bytes = 0;
	MemoryContextReset(writer->row_context);
}

static void
bulk_insert(LedgerWriter *writer, Datum key, bool key_is_null, Ledger *ledger)
{
	TupleTableSlot **slot = &writer->bulk_slot[writer->nbulk];

	if (writer->bulk_state == NULL)
		writer->bulk_state = GetBulkInsertState();
	if (*slot == NULL)
		*slot = table_slot_create(writer->relation, NULL);
	fill_slot(*slot, key, key_is_null, ledger);
	/* The ledger is the caller's to free. */
	ExecMaterializeSlot(*slot);
	writer->bulk_bytes += VARSIZE(ledger);
	if (++writer->nbulk == BULK_ROWS || writer->bulk_bytes > BULK_BYTES)
		bulk_flush(writer);
}

/* Single writes leave their garbage in the per-tuple context. */
static MemoryContext
begin_single_write(LedgerWriter *writer)
{
	return MemoryContextSwitchTo(GetPerTupleMemoryContext(writer->estate));
}

static void
end_single_write(LedgerWriter *writer, MemoryContext caller)
{
	MemoryContextSwitchTo(caller);
	ExecClearTuple(writer->slot);
	ResetPerTupleExprContext(writer->estate);
}

void
ledger_writer_insert(LedgerWriter *writer, Datum key, bool key_is_null, Ledger *ledger)
{
	writer->result->inserted++;
	if (writer->bulk)
		bulk_insert(writer, key, key_is_null, ledger);
	else
	{
		MemoryContext caller = begin_single_write(writer);

		fill_slot(writer->slot, key, key_is_null, ledger);
		ExecSimpleRelationInsert(writer->target, writer->estate, writer->slot);
		end_single_write(writer, caller);
	}
}

void
ledger_writer_update(LedgerWriter *writer, const StoredLedger *stored, Ledger *ledger)
{
	MemoryContext caller = begin_single_write(writer);

	writer->found->tts_tid = stored->tid;
	fill_slot(writer->slot, stored->key, stored->key_is_null, ledger);
	ExecSimpleRelationUpdate(writer->target, writer->estate, NULL, writer->found, writer->slot);
	end_single_write(writer, caller);
	writer->result->updated++;
}

void
ledger_writer_delete(LedgerWriter *writer, const StoredLedger *stored)
{
	MemoryContext caller = begin_single_write(writer);

	writer->found->tts_tid = stored->tid;
	ExecSimpleRelationDelete(writer->target, writer->estate, NULL, writer->found);
	end_single_write(writer, caller);
	writer->result->deleted++;
}

/* By statement: the C function's arguments differ between versions. */
static void
rebuild_indexes(List *indexes)
{
	ListCell *cell;

	if (indexes == NIL)
		return;
	CommandCounterIncrement();
	SPI_connect();
	foreach (cell, indexes)
	{
		Oid index = lfirst_oid(cell);
		char *command = psprintf(
			"REINDEX INDEX %s",
			quote_qualified_identifier(get_namespace_name(get_rel_namespace(index)), get_rel_name(index)));

		if (SPI_execute(command, false, 0) != SPI_OK_UTILITY)
			elog(ERROR, "could not rebuild index %u", index);
	}
	SPI_finish();
}

static void
bulk_finish(LedgerWriter *writer)
{
	bulk_flush(writer);
	for (int i = 0; i < BULK_ROWS && writer->bulk_slot[i]; i++)
		ExecDropSingleTupleTableSlot(writer->bulk_slot[i]);
	FreeBulkInsertState(writer->bulk_state);
	table_finish_bulk_insert(writer->relation, TABLE_INSERT_SKIP_FSM);
}

void
ledger_writer_close(LedgerWriter *writer)
{
	List *stale_indexes = NIL;

	if (writer->bulk_state)
	{
		bulk_finish(writer);
		stale_indexes = RelationGetIndexList(writer->relation);
	}
	ExecDropSingleTupleTableSlot(writer->slot);
	ExecDropSingleTupleTableSlot(writer->found);
	ExecCloseIndices(writer->target);
	FreeExecutorState(writer->estate);
	UnregisterSnapshot(writer->snapshot);
	MemoryContextDelete(writer->row_context);
	table_close(writer->relation, NoLock);
	rebuild_indexes(stale_indexes);
	pfree(writer);
}
