/*
 * facts_scan.c
 *	  Rows of one of a pass's tables: all of them, or those of some customers.
 *
 * Those of some are found one key after the other through the index that
 * begins with the key.  That is not left to the planner, which would rather
 * read all of a history than look up one customer in a hundred: it cannot
 * know that of a customer's rows the latest will do.
 */
#include "postgres.h"

#include "access/nbtree.h"
#include "access/table.h"
#include "catalog/pg_am.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/sortsupport.h"
#include "utils/tuplestore.h"

#include "compat.h"
#include "facts_scan.h"

#define ROWS_PER_RESET 1024

struct FactsRows
{
	MemoryContext context;
	List *tables; /* of KeptTable */
};

struct KeptTable
{
	Oid relid;
	Tuplestorestate *rows;
	bool complete;
};

FactsRows *
facts_rows_create(void)
{
	FactsRows *rows = palloc0(sizeof(FactsRows));

	rows->context = CurrentMemoryContext;
	return rows;
}

void
facts_rows_free(FactsRows *rows)
{
	ListCell *lc;

	foreach (lc, rows->tables)
		tuplestore_end(((KeptTable *) lfirst(lc))->rows);
	list_free_deep(rows->tables);
	pfree(rows);
}

static KeptTable *
kept_table(FactsRows *rows, Oid relid)
{
	MemoryContext caller;
	KeptTable *table;
	ListCell *lc;

	foreach (lc, rows->tables)
		if (((KeptTable *) lfirst(lc))->relid == relid)
			return lfirst(lc);
	caller = MemoryContextSwitchTo(rows->context);
	table = palloc0(sizeof(KeptTable));
	table->relid = relid;
	table->rows = tuplestore_begin_heap(false, false, work_mem);
	rows->tables = lappend(rows->tables, table);
	MemoryContextSwitchTo(caller);
	return table;
}

AttrNumber
facts_scan_column(const FactsScan *scan, const char *name)
{
	AttrNumber number = get_attnum(RelationGetRelid(scan->rel), name);

	if (number == InvalidAttrNumber)
		elog(ERROR, "relation \"%s\" has no column \"%s\"", RelationGetRelationName(scan->rel), name);
	return number;
}

/* One made in this transaction may lack rows that our snapshot sees. */
static bool
index_is_complete(Relation index)
{
	return index->rd_index->indisvalid &&
		   (!index->rd_index->indcheckxmin ||
			TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data), TransactionXmin));
}

/* An index of all rows, whose first column is the key; NULL when there is none. */
static Relation
open_key_index(Relation rel, AttrNumber key_column)
{
	ListCell *lc;

	foreach (lc, RelationGetIndexList(rel))
	{
		Relation index = index_open(lfirst_oid(lc), AccessShareLock);

		if (index->rd_rel->relam == BTREE_AM_OID && index->rd_index->indkey.values[0] == key_column &&
			RelationGetIndexPredicate(index) == NIL && index_is_complete(index))
			return index;
		index_close(index, AccessShareLock);
	}
	return NULL;
}

static int
compare_keys(const void *a, const void *b, void *order)
{
	return ApplySortComparator(*(const Datum *) a, false, *(const Datum *) b, false, order);
}

/* In the order of the index: one search then goes where the last one went. */
static void
sort_keys(FactsScan *scan)
{
	SortSupportData order = {0};

	order.ssup_cxt = CurrentMemoryContext;
	order.ssup_collation = scan->index->rd_indcollation[0];
	order.ssup_attno = 1;
	PrepareSortSupportFromIndexRel(scan->index, BTLessStrategyNumber, &order);
	scan->sorted_keys =
		MemoryContextAllocHuge(CurrentMemoryContext, Max(scan->keys->nkeys, 1) * sizeof(Datum));
	memcpy(scan->sorted_keys, scan->keys->keys, scan->keys->nkeys * sizeof(Datum));
	qsort_arg(scan->sorted_keys, scan->keys->nkeys, sizeof(Datum), compare_keys, &order);
}

static void
begin_by_index(FactsScan *scan)
{
	sort_keys(scan);
	scan->index_scan = segment_index_beginscan(scan->rel, scan->index, GetActiveSnapshot(), 1, 0);
}

static void
begin_from_kept(FactsScan *scan)
{
	scan->from_kept = true;
	tuplestore_rescan(scan->kept->rows);
	scan->slot = MakeSingleTupleTableSlot(RelationGetDescr(scan->rel), &TTSOpsMinimalTuple);
}

static void
begin_from_table(FactsScan *scan)
{
	scan->slot = table_slot_create(scan->rel, NULL);
	if (scan->keys != NULL)
		scan->index = open_key_index(scan->rel, scan->key_column);
	if (scan->index != NULL)
		begin_by_index(scan);
	else
		scan->table = table_beginscan(scan->rel, GetActiveSnapshot(), 0, NULL);
	/* of an earlier scan that did not go on to the end */
	if (scan->kept != NULL)
		tuplestore_clear(scan->kept->rows);
}

void
facts_scan_begin(FactsScan *scan, Oid relid, const char *key_name, const KeySet *keys, FactsRows *rows)
{
	memset(scan, 0, sizeof(FactsScan));
	scan->rel = table_open(relid, AccessShareLock);
	scan->key_column = facts_scan_column(scan, key_name);
	scan->keys = keys;
	scan->row_context =
		AllocSetContextCreate(CurrentMemoryContext, "segment facts row", ALLOCSET_DEFAULT_SIZES);
	if (rows != NULL)
		scan->kept = kept_table(rows, relid);
	if (scan->kept != NULL && scan->kept->complete)
		begin_from_kept(scan);
	else
		begin_from_table(scan);
}

static void
search_key(FactsScan *scan, Datum key)
{
	Relation index = scan->index;
	Oid type = index->rd_opcintype[0];
	Oid equal = get_opfamily_member(index->rd_opfamily[0], type, type, BTEqualStrategyNumber);
	ScanKeyData search;

	ScanKeyEntryInitialize(&search, 0, 1, BTEqualStrategyNumber, InvalidOid, index->rd_indcollation[0],
						   get_opcode(equal), key);
	index_rescan(scan->index_scan, &search, 1, NULL, 0);
}

static void
search_null(FactsScan *scan)
{
	ScanKeyData search;

	ScanKeyEntryInitialize(&search, SK_ISNULL | SK_SEARCHNULL, 1, InvalidStrategy, InvalidOid, InvalidOid,
						   InvalidOid, (Datum) 0);
	index_rescan(scan->index_scan, &search, 1, NULL, 0);
}

static bool
begin_next_key(FactsScan *scan)
{
	uint32 number = scan->next_key++;

	if (number < scan->keys->nkeys)
		search_key(scan, scan->sorted_keys[number]);
	else if (number == scan->keys->nkeys && scan->keys->has_null)
		search_null(scan);
	else
		return false;
	scan->in_key = true;
	return true;
}

static bool
next_by_index(FactsScan *scan)
{
	for (;;)
	{
		if (scan->in_key && index_getnext_slot(scan->index_scan, BackwardScanDirection, scan->slot))
			return true;
		CHECK_FOR_INTERRUPTS();
		if (!begin_next_key(scan))
			return false;
	}
}

static bool
is_wanted(FactsScan *scan)
{
	bool isnull;
	Datum key = slot_getattr(scan->slot, scan->key_column, &isnull);

	if (!isnull && scan->keys->type.length == -1)
		key = PointerGetDatum(facts_scan_varlena(scan, key));
	return keyset_contains(scan->keys, key, isnull);
}

static bool
next_row(FactsScan *scan)
{
	if (scan->from_kept)
		return tuplestore_gettupleslot(scan->kept->rows, true, false, scan->slot);
	if (scan->index != NULL)
		return next_by_index(scan);
	return table_scan_getnextslot(scan->table, ForwardScanDirection, scan->slot);
}

bool
facts_scan_next(FactsScan *scan)
{
	do
	{
		if (scan->rows++ % ROWS_PER_RESET == 0)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextReset(scan->row_context);
		}
		if (!next_row(scan))
		{
			if (scan->kept != NULL)
				scan->kept->complete = true;
			return false;
		}
	} while (scan->keys != NULL && scan->index == NULL && !is_wanted(scan));
	if (scan->kept != NULL && !scan->from_kept)
		tuplestore_puttupleslot(scan->kept->rows, scan->slot);
	return true;
}

void
facts_scan_skip_earlier(FactsScan *scan)
{
	scan->in_key = false;
}

void
facts_scan_end(FactsScan *scan)
{
	if (scan->index != NULL)
	{
		index_endscan(scan->index_scan);
		index_close(scan->index, AccessShareLock);
		pfree(scan->sorted_keys);
	}
	if (scan->table != NULL)
		table_endscan(scan->table);
	ExecDropSingleTupleTableSlot(scan->slot);
	table_close(scan->rel, AccessShareLock);
	MemoryContextDelete(scan->row_context);
}

struct varlena *
facts_scan_varlena(FactsScan *scan, Datum value)
{
	MemoryContext caller = MemoryContextSwitchTo(scan->row_context);
	struct varlena *result = PG_DETOAST_DATUM_PACKED(value);

	MemoryContextSwitchTo(caller);
	return result;
}
