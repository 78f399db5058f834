/*
 * change_log.c
 *	  Change logs: create, append to, read and rotate.
 *
 * The tables are logged, have no index and are only ever appended to or
 * truncated, so that writers never wait for each other.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/relation.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/xid8.h"

#include "change_log.h"
#include "debug.h"
#include "definition.h"
#include "mapped.h"
#include "procedure.h"
#include "sql.h"

#define BATCH_ROWS 1000

/* Columns of a slot. */
enum
{
	LOG_XID,
	LOG_KEY,
	LOG_EVERYTHING
};

static char *
log_suffix(const char *source, int slot)
{
	return source != NULL ? psprintf("_%s_log_%d", source, slot) : psprintf("_log_%d", slot);
}

char *
change_log_table(const Population *population, const Source *source, int slot)
{
	return data_name(population->name, log_suffix(source != NULL ? source->name : NULL, slot));
}

const char *
captured_column(const Population *population, const Source *source)
{
	if (source == NULL)
		return population->key_column;
	return source->parent_id != 0 ? source->parent_key : source->customer;
}

bool
change_log_find(const char *population, const char *source, ChangeLog *log)
{
	Oid schema = get_namespace_oid("segment_data", true);

	for (int slot = 0; slot < CHANGE_LOG_SLOTS; slot++)
	{
		char *name = psprintf("%s%s", population, log_suffix(source, slot));

		log->table[slot] = OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;
		if (!OidIsValid(log->table[slot]))
			return false;
	}
	log->key_type = get_atttype(log->table[0], LOG_KEY + 1);
	get_typlenbyval(log->key_type, &log->key_length, &log->key_by_value);
	return true;
}

static void
create_slot(const Population *population, const Source *source, const MappedColumn *column, int slot)
{
	Oid relation = source != NULL ? source->relation : population->relation;
	char *table = new_data_name(population->name, log_suffix(source != NULL ? source->name : NULL, slot));

	sql_run("CREATE TABLE %s (xid xid8 NOT NULL, key %s, everything boolean NOT NULL)", table,
			type_name(column->stored_type));
	sql_run("COMMENT ON TABLE %s IS %s", table,
			quote_literal_cstr(psprintf("population \"%s\": changed keys of %s, slot %d of %d",
										population->name, relation_label(relation), slot, CHANGE_LOG_SLOTS)));
	belongs_to_extension(table);
}

bool
change_log_create(const Population *population, const Source *source)
{
	Oid relation = source != NULL ? source->relation : population->relation;
	MappedColumn *column =
		mapped_column(relation, captured_column(population, source), "whose changes are logged");
	bool created = false;

	for (int slot = 0; slot < CHANGE_LOG_SLOTS; slot++)
	{
		if (OidIsValid(data_oid(change_log_table(population, source, slot))))
			continue;
		create_slot(population, source, column, slot);
		created = true;
	}
	return created;
}

void
change_log_drop(const Population *population, const Source *source)
{
	for (int slot = 0; slot < CHANGE_LOG_SLOTS; slot++)
		sql_run("DROP TABLE IF EXISTS %s", change_log_table(population, source, slot));
}

/* Rows on their way into a slot; for one row, the usual case, it has to be cheap. */
typedef struct LogBatch
{
	Relation table;
	Datum xid;
	BulkInsertState bulk; /* for many rows only */
	int capacity;
	int waiting;
	TupleTableSlot *row[FLEXIBLE_ARRAY_MEMBER]; /* made on demand */
} LogBatch;

static void
flush_batch(LogBatch *batch)
{
	if (batch->waiting == 0)
		return;
	table_multi_insert(batch->table, batch->row, batch->waiting, GetCurrentCommandId(true), 0, batch->bulk);
	for (int i = 0; i < batch->waiting; i++)
		ExecClearTuple(batch->row[i]);
	batch->waiting = 0;
}

static void
add_row(LogBatch *batch, Datum key, bool isnull, bool everything)
{
	TupleTableSlot *row;

	if (batch->waiting == batch->capacity)
		flush_batch(batch);
	if (batch->row[batch->waiting] == NULL)
		batch->row[batch->waiting] = table_slot_create(batch->table, NULL);
	row = batch->row[batch->waiting++];
	row->tts_values[LOG_XID] = batch->xid;
	row->tts_values[LOG_KEY] = key;
	row->tts_values[LOG_EVERYTHING] = BoolGetDatum(everything);
	row->tts_isnull[LOG_XID] = row->tts_isnull[LOG_EVERYTHING] = false;
	row->tts_isnull[LOG_KEY] = isnull;
	ExecStoreVirtualTuple(row);
}

static void
append_rows(LogBatch *batch, const Datum *keys, int count, bool null_key, bool everything)
{
	if (everything)
		add_row(batch, (Datum) 0, true, true);
	else
	{
		for (int i = 0; i < count; i++)
			add_row(batch, keys[i], false, false);
		if (null_key)
			add_row(batch, (Datum) 0, true, false);
	}
	flush_batch(batch);
}

void
change_log_append(const ChangeLog *log, const Datum *keys, int count, bool null_key, bool everything)
{
	FullTransactionId xid = GetTopFullTransactionId();
	Oid table = log->table[(U64FromFullTransactionId(xid) >> 20) % CHANGE_LOG_SLOTS];
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "change log batch", ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	int capacity = everything ? 1 : Min(count + (null_key ? 1 : 0), BATCH_ROWS);
	LogBatch *batch = palloc0(offsetof(LogBatch, row) + capacity * sizeof(TupleTableSlot *));

	INJECT("memory-change-rows");
	batch->table = try_relation_open(table, RowExclusiveLock);
	if (batch->table != NULL)
	{
		batch->xid = FullTransactionIdGetDatum(xid);
		batch->capacity = capacity;
		if (capacity == BATCH_ROWS)
			batch->bulk = GetBulkInsertState();
		append_rows(batch, keys, count, null_key, everything);
		for (int i = 0; i < capacity && batch->row[i] != NULL; i++)
			ExecDropSingleTupleTableSlot(batch->row[i]);
		if (batch->bulk != NULL)
			FreeBulkInsertState(batch->bulk);
		relation_close(batch->table, NoLock);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

void
change_log_customer(const Population *population, Datum key)
{
	ChangeLog log;

	if (change_log_find(population->name, NULL, &log))
		change_log_append(&log, &key, 1, false, false);
}

/*
 * The customer's key as a source's column has it; false when it cannot have
 * it, as an integer too large for the column's type.
 */
static bool
logged_key(const Population *population, const ChangeLog *log, Datum key, Datum *logged)
{
	Oid input;
	Oid output;
	Oid parameter;
	bool varlena;
	char *text;

	*logged = key;
	if (log->key_type == population->key_type)
		return true;
	getTypeOutputInfo(population->key_type, &output, &varlena);
	text = OidOutputFunctionCall(output, key);
	if (is_integer_type(log->key_type))
	{
		int64 value = (int64) strtoll(text, NULL, 10);
		int64 limit = log->key_type == INT2OID   ? PG_INT16_MAX
					  : log->key_type == INT4OID ? PG_INT32_MAX
												 : PG_INT64_MAX;

		if (value > limit || value < -limit - 1)
			return false;
	}
	getTypeInputInfo(log->key_type, &input, &parameter);
	*logged = OidInputFunctionCall(input, text, parameter, -1);
	return true;
}

KeySet *
change_log_keys(const Population *population, const ChangeLog *log, const KeySet *keys)
{
	KeySet *set = keyset_create(log->key_type, get_typcollation(log->key_type));

	for (uint32 i = 0; i < keys->nkeys; i++)
	{
		Datum logged;

		if (logged_key(population, log, keys->keys[i], &logged))
			keyset_add(set, logged, false);
	}
	return set;
}

/* Children are read again with their parents. */
void
change_log_customer_everywhere(const Population *population, Datum key)
{
	ListCell *lc;

	change_log_customer(population, key);
	foreach (lc, sources_of(population))
	{
		const Source *source = lfirst(lc);
		ChangeLog log;
		Datum logged;

		if (source->parent_id == 0 && change_log_find(population->name, source->name, &log) &&
			logged_key(population, &log, key, &logged))
			change_log_append(&log, &logged, 1, false, false);
	}
}

static bool
slot_is_empty(Oid relid)
{
	Relation table = try_relation_open(relid, AccessShareLock);
	bool empty = table == NULL || RelationGetNumberOfBlocks(table) == 0;

	if (table != NULL)
		relation_close(table, AccessShareLock);
	return empty;
}

/* Without a look at rows; the caller holds the slots' locks. */
bool
change_log_is_empty(const Population *population, const Source *source)
{
	ChangeLog log;

	if (!change_log_find(population->name, source != NULL ? source->name : NULL, &log))
		return false;
	for (int slot = 0; slot < CHANGE_LOG_SLOTS; slot++)
	{
		if (!slot_is_empty(log.table[slot]))
			return false;
	}
	return true;
}

/* All slots, and of their rows those "last" does not see; the first condition is the cheap one. */
char *
change_log_unseen(const Population *population, const Source *source, const char *last)
{
	StringInfoData slots;

	initStringInfo(&slots);
	for (int slot = 0; slot < CHANGE_LOG_SLOTS; slot++)
		appendStringInfo(&slots, "%sSELECT xid, key, everything FROM %s", slot > 0 ? " UNION ALL " : "",
						 change_log_table(population, source, slot));
	return psprintf("(%s) AS log WHERE xid OPERATOR(pg_catalog.>=) pg_snapshot_xmin(%s) "
					"AND NOT pg_visible_in_snapshot(xid, %s)",
					slots.data, last, last);
}

/*
 * Does a slot hold rows, and none that a cursor has still to read?  A row from
 * the future is another cluster's, brought by a restore, and means nothing
 * here.  Without a cursor the next refresh reads everyone anyway.
 */
static bool
slot_is_done(const Population *population, const char *table)
{
	sql_query("SELECT EXISTS (SELECT FROM %s) AND NOT EXISTS (SELECT FROM %s AS log, "
			  "(SELECT pg_catalog.min((pg_snapshot_xmin(last)::text)::numeric) AS xmin FROM segment.cursor "
			  "WHERE population_id OPERATOR(pg_catalog.=) %d) AS needed "
			  "WHERE log.xid OPERATOR(pg_catalog.>=) ((needed.xmin)::text)::xid8 "
			  "AND log.xid OPERATOR(pg_catalog.<) pg_snapshot_xmax(pg_current_snapshot()))",
			  table, table, population->id);
	return cell_bool(0, 1);
}

/*
 * With the lock there is no writer left whose rows are not visible, and no
 * refresh reading; the second look is a new statement with a new snapshot.
 */
static bool
rotate_slot(const Population *population, Oid relid)
{
	char *table;

	DEBUG_POINT("rotate-before-lock");
	if (!ConditionalLockRelationOid(relid, AccessExclusiveLock) || !relation_exists(relid))
		return false;
	DEBUG_POINT("rotate-after-lock");
	table = data_name(get_rel_name(relid), "");
	if (!slot_is_done(population, table))
		return false;
	sql_run("TRUNCATE %s", table);
	DEBUG_POINT("rotate-after-truncate");
	return true;
}

/* A first look, without locks, at which slots can be emptied: mostly there is none. */
static List *
slots_to_rotate(const Population *population, MemoryContext context)
{
	List *slots = NIL;
	ListCell *lc;

	foreach (lc, lcons(NULL, sources_of(population)))
	{
		Source *source = lfirst(lc);
		ChangeLog log;

		if (!change_log_find(population->name, source != NULL ? source->name : NULL, &log))
			continue;
		for (int slot = 0; slot < CHANGE_LOG_SLOTS; slot++)
		{
			MemoryContext old;

			if (slot_is_empty(log.table[slot]) ||
				!slot_is_done(population, change_log_table(population, source, slot)))
				continue;
			old = MemoryContextSwitchTo(context);
			slots = lappend_oid(slots, log.table[slot]);
			MemoryContextSwitchTo(old);
		}
	}
	return slots;
}

int
change_log_rotate(const char *name)
{
	MemoryContext context = CurrentMemoryContext;
	Population *population;
	List *slots = NIL;
	int rotated = 0;
	ListCell *lc;
	ApiCall call;

	transaction_begin(&call, false);
	population = population_by_name(name, true);
	if (population != NULL)
		slots = slots_to_rotate(population, context);
	transaction_end(&call, false);
	foreach (lc, slots)
	{
		transaction_begin(&call, false);
		population = population_by_name(name, true);
		if (population != NULL && rotate_slot(population, lfirst_oid(lc)))
			rotated++;
		transaction_end(&call, false);
	}
	return rotated;
}
