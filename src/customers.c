/*
 * customers.c
 *	  Copy the customers' keys and attributes into the feature table.
 *
 * The customers are read once as the population's owner, the table once, both
 * sorted by key, and the two streams merged: memory stays within
 * maintenance_work_mem however many customers there are, duplicates show as
 * neighbours, and new rows arrive in the order of the key's index.  Only
 * differences are written, and only after the owner's query has ended.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/sortsupport.h"
#include "utils/tuplesort.h"
#include "utils/typcache.h"

#include "alias.h"
#include "collect.h"
#include "consent.h"
#include "customers.h"
#include "debug.h"
#include "restricted.h"
#include "source_query.h"
#include "sql.h"
#include "srf.h"
#include "table_writer.h"

/* One sorted stream of rows (key, since, attributes ... [, tid]). */
typedef struct CustomerStream
{
	Tuplesortstate *sort;
	TupleTableSlot *slot;
	bool valid; /* the slot holds a row */
} CustomerStream;

typedef struct CustomerSync
{
	const Population *population;
	const KeySet *keys; /* NULL: everyone */
	const Aliases *aliases;
	const KeySet *objecting; /* of whom a merged row does not consent, or NULL */
	Relation relation;       /* the feature table */
	int ncopied;             /* columns both streams have: key, since, attributes */
	AttrNumber *column;      /* their numbers in the feature table */
	TupleDesc row;           /* copied columns, then the tid */
	SortSupportData order;
	CustomerStream wanted;
	CustomerStream stored;
	CustomersSyncResult *result;
	LateEntries *late; /* or NULL */
} CustomerSync;

typedef struct CustomerReceiver
{
	DestReceiver pub;
	CustomerSync *sync;
	TupleTableSlot *slot;
} CustomerReceiver;

static AttrNumber
feature_table_column(Relation relation, const char *name)
{
	AttrNumber number = get_attnum(RelationGetRelid(relation), name);

	if (number == InvalidAttrNumber)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
						errmsg("table \"%s\" has no column \"%s\"", RelationGetRelationName(relation), name),
						errhint("Drop the feature with segment.drop_feature and create it again.")));
	return number;
}

/* In the order of population_query()'s columns. */
static void
find_columns(CustomerSync *sync, List *features)
{
	const char *key = sync->population->key_name;
	ListCell *lc;

	sync->column = palloc(sizeof(AttrNumber) * (2 + 2 * list_length(features)));
	sync->column[sync->ncopied++] = feature_table_column(sync->relation, key);
	sync->column[sync->ncopied++] = feature_table_column(sync->relation, "since");
	foreach (lc, features)
	{
		Feature *feature = lfirst(lc);
		bool dated = feature->dated_by != NULL;

		if (feature->kind != FEATURE_ATTRIBUTE)
			continue;
		sync->column[sync->ncopied++] =
			feature_table_column(sync->relation, dated ? psprintf("%s_value", feature->name) : feature->name);
		if (dated)
			sync->column[sync->ncopied++] =
				feature_table_column(sync->relation, psprintf("%s_dated", feature->name));
	}
}

static void
describe_rows(CustomerSync *sync)
{
	TupleDesc table = RelationGetDescr(sync->relation);

	sync->row = CreateTemplateTupleDesc(sync->ncopied + 1);
	for (int i = 0; i < sync->ncopied; i++)
		TupleDescCopyEntry(sync->row, i + 1, table, sync->column[i]);
	TupleDescInitEntry(sync->row, sync->ncopied + 1, "tid", TIDOID, -1, 0);
}

/*
 * Keys are equal when their bytes are, whatever their collation, so the "C"
 * order is as good as any to bring them together, and much the cheapest.
 */
static Oid
key_collation(const CustomerSync *sync)
{
	return OidIsValid(TupleDescAttr(sync->row, 0)->attcollation) ? C_COLLATION_OID : InvalidOid;
}

static void
prepare_order(CustomerSync *sync)
{
	TypeCacheEntry *type = lookup_type_cache(sync->population->key_type, TYPECACHE_LT_OPR);

	sync->order.ssup_cxt = CurrentMemoryContext;
	sync->order.ssup_collation = key_collation(sync);
	sync->order.ssup_attno = 1;
	PrepareSortSupportFromOrderingOp(type->lt_opr, &sync->order);
}

static void
stream_begin(CustomerSync *sync, CustomerStream *stream)
{
	AttrNumber key = 1;
	Oid collation = key_collation(sync);
	bool nulls_first = false;

	stream->sort = tuplesort_begin_heap(
		sync->row, 1, &key, &lookup_type_cache(sync->population->key_type, TYPECACHE_LT_OPR)->lt_opr,
		&collation, &nulls_first, maintenance_work_mem / 2, NULL, 0);
	stream->slot = MakeSingleTupleTableSlot(sync->row, &TTSOpsMinimalTuple);
}

static void
stream_next(CustomerStream *stream)
{
	stream->valid = tuplesort_gettupleslot(stream->sort, true, false, stream->slot, NULL);
	if (stream->valid)
		slot_getallattrs(stream->slot);
}

static void
stream_end(CustomerStream *stream)
{
	ExecDropSingleTupleTableSlot(stream->slot);
	tuplesort_end(stream->sort);
}

static Datum
stored_key(const CustomerSync *sync, Datum key)
{
	if (TupleDescAttr(sync->row, 0)->attlen == -1)
		return PointerGetDatum(PG_DETOAST_DATUM_PACKED(key));
	return key;
}

/* Merged into another, or with one who does not consent. */
static bool
is_left_out(const CustomerSync *sync, Datum key)
{
	if (sync->aliases == NULL)
		return false;
	key = stored_key(sync, key);
	return alias_is_duplicate(sync->aliases, key) ||
		   (sync->objecting != NULL && keyset_contains(sync->objecting, key, false));
}

/* Called for every row of the owner's query: nothing here but collecting. */
static bool
receive_customer(TupleTableSlot *from, DestReceiver *dest)
{
	CustomerReceiver *receiver = (CustomerReceiver *) dest;
	CustomerSync *sync = receiver->sync;
	TupleTableSlot *to = receiver->slot;

	CHECK_FOR_INTERRUPTS();
	slot_getallattrs(from);
	if (from->tts_isnull[0])
	{
		sync->result->without_key++;
		return true;
	}
	if (is_left_out(sync, from->tts_values[0]))
		return true;
	sync->result->customers++;
	ExecClearTuple(to);
	memcpy(to->tts_values, from->tts_values, sync->ncopied * sizeof(Datum));
	memcpy(to->tts_isnull, from->tts_isnull, sync->ncopied * sizeof(bool));
	to->tts_isnull[sync->ncopied] = true;
	ExecStoreVirtualTuple(to);
	tuplesort_puttupleslot(sync->wanted.sort, to);
	return true;
}

static void
receiver_startup(DestReceiver *dest, int operation, TupleDesc row)
{
	CustomerSync *sync = ((CustomerReceiver *) dest)->sync;

	if (row->natts != sync->ncopied)
		elog(ERROR, "customers have %d columns where %d were expected", row->natts, sync->ncopied);
	for (int i = 0; i < row->natts; i++)
	{
		if (TupleDescAttr(row, i)->atttypid != TupleDescAttr(sync->row, i)->atttypid)
			elog(ERROR, "column %d of the customers is of type %u where %u was expected", i + 1,
				 TupleDescAttr(row, i)->atttypid, TupleDescAttr(sync->row, i)->atttypid);
	}
}

static void
receiver_nothing(DestReceiver *dest)
{
}

/* Whatever fails in the owner's query says that it was the customers. */
static void
say_what_is_read(void *population)
{
	errcontext("reading the customers of population \"%s\"", ((const Population *) population)->name);
}

static void
read_customers(CustomerSync *sync, List *features)
{
	ErrorContextCallback context = {error_context_stack, say_what_is_read,
									unconstify(Population *, sync->population)};
	CustomerReceiver receiver = {
		{receive_customer, receiver_startup, receiver_nothing, receiver_nothing, DestNone}, sync, NULL};
	SPIExecuteOptions options = {
		.read_only = true, .dest = &receiver.pub, .params = sync->keys ? keys_parameter(sync->keys) : NULL};
	char *query = population_query(sync->population, features, sync->keys);
	RestrictedOperation operation;
	int status;

	receiver.slot = MakeSingleTupleTableSlot(sync->row, &TTSOpsVirtual);
	error_context_stack = &context;
	restricted_begin(&operation, sync->population->owner, sync->population->timezone);
	status = SPI_execute_extended(query, &options);
	restricted_end(&operation);
	error_context_stack = context.previous;
	if (status < 0)
		elog(ERROR, "could not read the customers: %s", SPI_result_code_string(status));
	ExecDropSingleTupleTableSlot(receiver.slot);
}

/* One stored row for the comparison: "from" has the table's columns. */
static void
put_stored(CustomerSync *sync, TupleTableSlot *from, TupleTableSlot *to, ItemPointer tid)
{
	slot_getallattrs(from);
	ExecClearTuple(to);
	for (int i = 0; i < sync->ncopied; i++)
	{
		to->tts_values[i] = from->tts_values[sync->column[i] - 1];
		to->tts_isnull[i] = from->tts_isnull[sync->column[i] - 1];
	}
	to->tts_values[sync->ncopied] = PointerGetDatum(tid);
	to->tts_isnull[sync->ncopied] = false;
	ExecStoreVirtualTuple(to);
	tuplesort_puttupleslot(sync->stored.sort, to);
}

/* The stored rows of the customers asked for, found by index. */
static void
read_stored_of_keys(CustomerSync *sync)
{
	const char *key = quote_identifier(sync->population->key_name);
	Collected *found =
		collect_for_keys(psprintf("SELECT ctid FROM %s WHERE %s OPERATOR(pg_catalog.=) ANY ($1)",
								  data_name(sync->population->name, "_feature"), key),
						 sync->keys);
	TupleTableSlot *row = collected_slot(found);
	TupleTableSlot *from = table_slot_create(sync->relation, NULL);
	TupleTableSlot *to = MakeSingleTupleTableSlot(sync->row, &TTSOpsVirtual);

	while (collected_next(found, row))
	{
		bool isnull;
		ItemPointer tid = (ItemPointer) DatumGetPointer(slot_getattr(row, 1, &isnull));

		if (!table_tuple_fetch_row_version(sync->relation, tid, SnapshotAny, from))
			elog(ERROR, "stored row has gone while the population was locked");
		put_stored(sync, from, to, tid);
	}
	ExecDropSingleTupleTableSlot(to);
	ExecDropSingleTupleTableSlot(from);
	ExecDropSingleTupleTableSlot(row);
	collected_free(found);
}

static void
read_stored(CustomerSync *sync)
{
	TableScanDesc scan = table_beginscan(sync->relation, GetActiveSnapshot(), 0, NULL);
	TupleTableSlot *from = table_slot_create(sync->relation, NULL);
	TupleTableSlot *to = MakeSingleTupleTableSlot(sync->row, &TTSOpsVirtual);

	while (table_scan_getnextslot(scan, ForwardScanDirection, from))
	{
		CHECK_FOR_INTERRUPTS();
		put_stored(sync, from, to, &from->tts_tid);
	}
	ExecDropSingleTupleTableSlot(to);
	ExecDropSingleTupleTableSlot(from);
	table_endscan(scan);
}

static bool
same_values(const CustomerSync *sync)
{
	TupleTableSlot *a = sync->wanted.slot;
	TupleTableSlot *b = sync->stored.slot;

	for (int i = 0; i < sync->ncopied; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(sync->row, i);

		if (a->tts_isnull[i] != b->tts_isnull[i])
			return false;
		if (!a->tts_isnull[i] &&
			!datum_image_eq(a->tts_values[i], b->tts_values[i], attribute->attbyval, attribute->attlen))
			return false;
	}
	return true;
}

static void
fill_row(const CustomerSync *sync, TupleTableSlot *to)
{
	for (int i = 0; i < sync->ncopied; i++)
	{
		to->tts_values[sync->column[i] - 1] = sync->wanted.slot->tts_values[i];
		to->tts_isnull[sync->column[i] - 1] = sync->wanted.slot->tts_isnull[i];
	}
}

static ItemPointer
stored_tid(const CustomerSync *sync)
{
	return (ItemPointer) DatumGetPointer(sync->stored.slot->tts_values[sync->ncopied]);
}

/* The other columns come along from the row as it is. */
static void
update_customer(CustomerSync *sync, TableWriter *writer, TupleTableSlot *old)
{
	TupleTableSlot *to = table_writer_slot(writer);
	ItemPointerData tid = *stored_tid(sync);

	if (!table_tuple_fetch_row_version(sync->relation, &tid, GetActiveSnapshot(), old))
		elog(ERROR, "a row of \"%s\" vanished", RelationGetRelationName(sync->relation));
	slot_getallattrs(old);
	memcpy(to->tts_values, old->tts_values, sync->relation->rd_att->natts * sizeof(Datum));
	memcpy(to->tts_isnull, old->tts_isnull, sync->relation->rd_att->natts * sizeof(bool));
	fill_row(sync, to);
	table_writer_update(writer, &tid, to);
	ExecClearTuple(old);
}

static void
insert_customer(CustomerSync *sync, TableWriter *writer)
{
	TupleTableSlot *to = table_writer_slot(writer);

	fill_row(sync, to);
	table_writer_insert(writer, to);
}

/* Of who goes, the stored row has the entry day, which is no longer asked for. */
static void
delete_customer(CustomerSync *sync, TableWriter *writer, TupleTableSlot *old)
{
	ItemPointerData tid = *stored_tid(sync);
	AttrNumber entry_column = feature_table_column(sync->relation, "entry_day");
	DateADT entry_day;
	bool isnull;

	if (sync->late != NULL)
	{
		if (!table_tuple_fetch_row_version(sync->relation, &tid, GetActiveSnapshot(), old))
			elog(ERROR, "a row of \"%s\" vanished", RelationGetRelationName(sync->relation));
		entry_day = DatumGetDateADT(slot_getattr(old, entry_column, &isnull));
		late_entries_note(sync->late, sync->stored.slot->tts_values[0], isnull ? DATEVAL_NOEND : entry_day,
						  ENTRY_OF_NOBODY);
		ExecClearTuple(old);
	}
	table_writer_delete(writer, &tid);
}

static int
compare_keys(CustomerSync *sync)
{
	if (!sync->wanted.valid)
		return 1;
	if (!sync->stored.valid)
		return -1;
	return ApplySortComparator(sync->wanted.slot->tts_values[0], false, sync->stored.slot->tts_values[0],
							   false, &sync->order);
}

/* Step to the next customer; the same key again means that "customer" is not one row. */
static void
next_customer(CustomerSync *sync, MemoryContext keys)
{
	Form_pg_attribute attribute = TupleDescAttr(sync->row, 0);
	MemoryContext caller;
	Datum last;

	MemoryContextReset(keys);
	caller = MemoryContextSwitchTo(keys);
	last = datumCopy(sync->wanted.slot->tts_values[0], attribute->attbyval, attribute->attlen);
	MemoryContextSwitchTo(caller);
	stream_next(&sync->wanted);
	if (sync->wanted.valid &&
		ApplySortComparator(last, false, sync->wanted.slot->tts_values[0], false, &sync->order) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("a key occurs more than once in population \"%s\"", sync->population->name),
				 errhint("Column \"%s\" must name a customer: map a relation with one row per key, for "
						 "instance a view "
						 "with DISTINCT ON (%s).",
						 sync->population->key_column, quote_identifier(sync->population->key_column))));
}

static void
merge_streams(CustomerSync *sync, TableWriter *writer)
{
	TupleTableSlot *old = table_slot_create(sync->relation, NULL);
	MemoryContext keys = AllocSetContextCreate(CurrentMemoryContext, "customer key", ALLOCSET_SMALL_SIZES);

	stream_next(&sync->wanted);
	stream_next(&sync->stored);
	while (sync->wanted.valid || sync->stored.valid)
	{
		int order = compare_keys(sync);

		CHECK_FOR_INTERRUPTS();
		if (order < 0)
			insert_customer(sync, writer);
		else if (order > 0)
			delete_customer(sync, writer, old);
		else if (!same_values(sync))
			update_customer(sync, writer, old);
		if (order <= 0)
			next_customer(sync, keys);
		if (order >= 0)
			stream_next(&sync->stored);
	}
	MemoryContextDelete(keys);
	ExecDropSingleTupleTableSlot(old);
}

static void
write_differences(CustomerSync *sync)
{
	TableWriter *writer = table_writer_open(RelationGetRelid(sync->relation));
	TableWriterCounts counts;

	tuplesort_performsort(sync->wanted.sort);
	tuplesort_performsort(sync->stored.sort);
	merge_streams(sync, writer);
	counts = table_writer_close(writer);
	sync->result->inserted = counts.inserted;
	sync->result->updated = counts.updated;
	sync->result->deleted = counts.deleted;
}

static void
sync_begin(CustomerSync *sync, List *features)
{
	memset(sync->result, 0, sizeof(CustomersSyncResult));
	sync->relation = table_open(get_relname_relid(psprintf("%s_feature", sync->population->name),
												  get_namespace_oid("segment_data", false)),
								RowExclusiveLock);
	find_columns(sync, features);
	describe_rows(sync);
	prepare_order(sync);
	stream_begin(sync, &sync->wanted);
	stream_begin(sync, &sync->stored);
}

static void
sync_end(CustomerSync *sync)
{
	if (sync->keys != NULL)
		read_stored_of_keys(sync);
	else
		read_stored(sync);
	write_differences(sync);
	DEBUG_POINT("customers-after-write");
	stream_end(&sync->wanted);
	stream_end(&sync->stored);
	table_close(sync->relation, NoLock);
}

void
customers_sync(const Population *population, List *features, const KeySet *keys, LateEntries *late,
			   CustomersSyncResult *result)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "customers", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	CustomerSync sync = {.population = population, .keys = keys, .result = result, .late = late};

	sync.aliases = aliases_read(population);
	sync.objecting = consent_objecting_groups(population, sync.aliases, keys);
	sync_begin(&sync, features);
	read_customers(&sync, features);
	DEBUG_POINT("customers-after-read");
	sync_end(&sync);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

/* The stored rows, compared with nothing, go. */
void
customers_remove(const Population *population, const KeySet *keys, LateEntries *late,
				 CustomersSyncResult *result)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "customers", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	CustomerSync sync = {.population = population, .keys = keys, .result = result, .late = late};

	/* what this transaction has written as well */
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	sync_begin(&sync, NIL);
	sync_end(&sync);
	PopActiveSnapshot();
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

PG_FUNCTION_INFO_V1(segment_copy_customers);

/*
 * The test suite's way in: the install script declares no such function,
 * because only a refresh may write results.
 */
Datum
segment_copy_customers(PG_FUNCTION_ARGS)
{
	CustomersSyncResult result;
	Population *population;
	Datum values[5];
	bool nulls[5] = {false};
	TupleDesc row;
	ApiCall call;

	row = result_row_type(fcinfo);
	api_begin(&call);
	population = population_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)), false);
	population_check_access(population, call.caller);
	customers_sync(population, features_of(population), NULL, NULL, &result);
	api_end(&call);
	values[0] = Int64GetDatum(result.customers);
	values[1] = Int64GetDatum(result.without_key);
	values[2] = Int64GetDatum(result.inserted);
	values[3] = Int64GetDatum(result.updated);
	values[4] = Int64GetDatum(result.deleted);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row), values, nulls));
}
