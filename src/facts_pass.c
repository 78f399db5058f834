/*
 * facts_pass.c
 *	  One pass over history, members and ledgers: the facts of all periods.
 *
 * Reads the extension's own tables below SQL: a table of customers' states is
 * built from members and history, then each ledger adds to the row its
 * customer's states say.  The same can be said in SQL with the aggregates of
 * facts_agg.c; that groups and joins all customers, which costs more.
 *
 * The pass may be over some customers only, whose rows are then found by
 * index.  Facts are sums over customers, so the passes over the parts of any
 * partition of the customers add up to the pass over everyone.
 *
 * Memory is bounded by maintenance_work_mem: when the states of all customers
 * do not fit, customers are taken in parts by the hash of their key, each
 * part in a pass of its own.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "optimizer/plancat.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "build_key.h"
#include "collect.h"
#include "compat.h"
#include "facts_pass.h"

#define CUSTOMERS_PER_CHUNK 1024
#define ROWS_PER_RESET 1024 /* of the context that holds what is detoasted */
#define PARTS_MAX 1024

typedef struct Customer
{
	Datum key;
	CustomerStates states;
} Customer;

typedef struct CustomerTable
{
	MemoryContext context;
	const CustomerKeyType *key_type;
	StatesFrame *frame;
	uint64 *slot; /* low half: customer's number + 1; high half: of the hash */
	uint32 nslots;
	uint32 nhashed; /* customers in the slots: all but the last added */
	char **chunk;
	uint32 max_chunks;
	uint32 ncustomers;
	uint32 last; /* customer found */
	Size customer_size;
} CustomerTable;

/* A scan of some columns of a table: of all rows, or of those of some customers. */
typedef struct Scan
{
	Relation rel;
	TableScanDesc scan;
	Collected *collected;
	TupleTableSlot *slot;
	MemoryContext row_context;
	uint64 rows;
} Scan;

typedef struct PassState
{
	FactsPass *pass;
	CustomerKeyType key_type;
	CustomerTable customers;
	int part;
	int16 *states; /* of one customer, finished */
} PassState;

static Size
customer_size(const StatesFrame *frame)
{
	return MAXALIGN(offsetof(Customer, states) + CUSTOMER_STATES_SIZE(frame->ndays));
}

static void
table_init(CustomerTable *table, StatesFrame *frame, const CustomerKeyType *key_type)
{
	table->context =
		AllocSetContextCreate(CurrentMemoryContext, "segment states of customers", ALLOCSET_DEFAULT_SIZES);
	table->key_type = key_type;
	table->frame = frame;
	table->customer_size = customer_size(frame);
}

/* Begin a part: forget the customers of the one before. */
static void
table_reset(CustomerTable *table)
{
	MemoryContext caller;

	MemoryContextReset(table->context);
	caller = MemoryContextSwitchTo(table->context);
	table->nslots = 0;
	table->slot = NULL;
	table->nhashed = 0;
	table->max_chunks = 64;
	table->chunk = palloc(table->max_chunks * sizeof(char *));
	table->ncustomers = 0;
	table->last = 0;
	MemoryContextSwitchTo(caller);
}

static Customer *
customer_at(const CustomerTable *table, uint32 number)
{
	return (Customer *) (table->chunk[number / CUSTOMERS_PER_CHUNK] +
						 (number % CUSTOMERS_PER_CHUNK) * table->customer_size);
}

/* The slot of a key: its own, or the free one it would take. */
static uint64 *
find_slot(const CustomerTable *table, uint64 hash, Datum key)
{
	for (uint32 at = (uint32) hash;; at++)
	{
		uint64 *slot = table->slot + (at & (table->nslots - 1));

		if (*slot == 0)
			return slot;
		if ((*slot >> 32) == (hash >> 32) &&
			key_equal(table->key_type, customer_at(table, (uint32) *slot - 1)->key, false, key, false))
			return slot;
	}
}

/*
 * Tables that were filled together have their customers in the same order:
 * the last one found or its neighbour is often the next, which spares the
 * hash table's cache misses.
 */
static Customer *
guess_customer(CustomerTable *table, Datum key)
{
	for (uint32 number = table->last; number < table->ncustomers && number <= table->last + 1; number++)
	{
		Customer *customer = customer_at(table, number);

		if (key_equal(table->key_type, customer->key, false, key, false))
		{
			table->last = number;
			return customer;
		}
	}
	return NULL;
}

/* A slot's place needs the low half of the hash, which is computed again. */
static void
allocate_slots(CustomerTable *table)
{
	if (table->slot != NULL)
		pfree(table->slot);
	table->nslots = Max(table->nslots, 1024);
	while (table->nslots / 2 < table->ncustomers)
		table->nslots *= 2;
	table->slot = MemoryContextAllocExtended(table->context, table->nslots * sizeof(uint64),
											 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	table->nhashed = 0;
}

/* Put those into slots that have been added since the last search, which may never come. */
static void
hash_customers(CustomerTable *table)
{
	if (table->nslots / 2 < Max(table->ncustomers, 1))
		allocate_slots(table);
	for (; table->nhashed < table->ncustomers; table->nhashed++)
	{
		uint64 hash = key_hash(table->key_type, customer_at(table, table->nhashed)->key, false);
		uint32 at = (uint32) hash;

		while (table->slot[at & (table->nslots - 1)] != 0)
			at++;
		table->slot[at & (table->nslots - 1)] = (hash >> 32 << 32) | (table->nhashed + 1);
	}
}

static Customer *
find_customer(CustomerTable *table, Datum key)
{
	Customer *customer = guess_customer(table, key);
	uint64 *slot;

	if (customer != NULL)
		return customer;
	hash_customers(table);
	slot = find_slot(table, key_hash(table->key_type, key, false), key);
	if (*slot == 0)
		return NULL;
	table->last = (uint32) *slot - 1;
	return customer_at(table, table->last);
}

static void
add_chunk(CustomerTable *table)
{
	uint32 number = table->ncustomers / CUSTOMERS_PER_CHUNK;

	if (number == table->max_chunks)
	{
		table->max_chunks *= 2;
		table->chunk = repalloc(table->chunk, table->max_chunks * sizeof(char *));
	}
	table->chunk[number] = MemoryContextAlloc(table->context, CUSTOMERS_PER_CHUNK * table->customer_size);
}

static Datum
copy_key(CustomerTable *table, Datum key)
{
	char *copy;

	if (table->key_type->by_value)
		return key;
	copy = MemoryContextAlloc(table->context, key_size(table->key_type, key));
	memcpy(copy, DatumGetPointer(key), key_size(table->key_type, key));
	return PointerGetDatum(copy);
}

/* A customer the table does not have. */
static Customer *
add_customer(CustomerTable *table, Datum key)
{
	Customer *customer;

	if (table->ncustomers % CUSTOMERS_PER_CHUNK == 0)
		add_chunk(table);
	customer = customer_at(table, table->ncustomers++);
	customer->key = copy_key(table, key);
	states_init(&customer->states, table->frame);
	return customer;
}

static Customer *
obtain_customer(CustomerTable *table, Datum key)
{
	Customer *customer = find_customer(table, key);

	return customer != NULL ? customer : add_customer(table, key);
}

/* The rows of some customers; the extension's own tables have an index that begins with the key. */
static Collected *
collect_rows(const FactsPass *pass, Oid relid, const char *columns)
{
	const char *key = quote_identifier(pass->key_name);

	return collect_for_keys(psprintf("SELECT %s, %s FROM %s WHERE %s OPERATOR(pg_catalog.=) ANY ($1)%s", key,
									 columns,
									 quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
																get_rel_name(relid)),
									 key, pass->keys->has_null ? psprintf(" OR %s IS NULL", key) : ""),
							pass->keys);
}

static void
scan_begin(const FactsPass *pass, Scan *scan, Oid relid, const char *columns)
{
	memset(scan, 0, sizeof(Scan));
	if (pass->keys != NULL)
	{
		scan->collected = collect_rows(pass, relid, columns);
		scan->slot = collected_slot(scan->collected);
	}
	else
	{
		scan->rel = table_open(relid, AccessShareLock);
		scan->slot = table_slot_create(scan->rel, NULL);
		scan->scan = table_beginscan(scan->rel, GetActiveSnapshot(), 0, NULL);
	}
	scan->row_context =
		AllocSetContextCreate(CurrentMemoryContext, "segment facts row", ALLOCSET_DEFAULT_SIZES);
}

static bool
scan_next(Scan *scan)
{
	if (scan->rows++ % ROWS_PER_RESET == 0)
	{
		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(scan->row_context);
	}
	if (scan->collected != NULL)
		return collected_next(scan->collected, scan->slot);
	return table_scan_getnextslot(scan->scan, ForwardScanDirection, scan->slot);
}

static void
scan_end(Scan *scan)
{
	if (scan->scan != NULL)
		table_endscan(scan->scan);
	ExecDropSingleTupleTableSlot(scan->slot);
	if (scan->rel != NULL)
		table_close(scan->rel, AccessShareLock);
	if (scan->collected != NULL)
		collected_free(scan->collected);
	MemoryContextDelete(scan->row_context);
}

static AttrNumber
column(const Scan *scan, const char *name)
{
	TupleDesc desc = scan->slot->tts_tupleDescriptor;

	for (int i = 0; i < desc->natts; i++)
		if (namestrcmp(&TupleDescAttr(desc, i)->attname, name) == 0)
			return (AttrNumber) (i + 1);
	elog(ERROR, "a table of facts has no column \"%s\"", name);
	return InvalidAttrNumber;
}

/* A varlena of the current row, not toasted, perhaps with a short header. */
static struct varlena *
varlena_of(Scan *scan, Datum value)
{
	MemoryContext caller = MemoryContextSwitchTo(scan->row_context);
	struct varlena *result = PG_DETOAST_DATUM_PACKED(value);

	MemoryContextSwitchTo(caller);
	return result;
}

/* The current row's key; false when it is NULL or of another part. */
static bool
key_of_part(PassState *state, Scan *scan, AttrNumber number, Datum *key)
{
	bool isnull;

	*key = slot_getattr(scan->slot, number, &isnull);
	if (isnull)
		return false;
	if (state->key_type.length == -1)
		*key = PointerGetDatum(varlena_of(scan, *key));
	return state->pass->parts == 1 ||
		   (key_hash(&state->key_type, *key, false) >> 48) % state->pass->parts == state->part;
}

static void
read_history(PassState *state)
{
	StatesFrame *frame = &state->pass->frame;
	DateADT last = frame->days[frame->ndays - 1];
	Scan scan;
	AttrNumber key_column;
	AttrNumber segment_column;
	AttrNumber valid_column;

	scan_begin(state->pass, &scan, state->pass->history, "segment, valid");
	key_column = column(&scan, state->pass->key_name);
	segment_column = column(&scan, "segment");
	valid_column = column(&scan, "valid");
	while (scan_next(&scan))
	{
		bool isnull;
		Datum valid = slot_getattr(scan.slot, valid_column, &isnull);
		DaySpan span;
		Datum key;

		/* what ended before the first day, or begins after the last, says nothing */
		if (isnull || !states_read_span(varlena_of(&scan, valid), &span) || span.until <= frame->days[0] ||
			span.from > last || !key_of_part(state, &scan, key_column, &key))
			continue;
		states_add_history(&obtain_customer(&state->customers, key)->states, frame,
						   (text *) varlena_of(&scan, slot_getattr(scan.slot, segment_column, &isnull)),
						   span);
	}
	scan_end(&scan);
}

/* Before the history: a member has one row, so nobody is looked for. */
static void
read_members(PassState *state)
{
	Scan scan;
	AttrNumber key_column;
	AttrNumber entry_column;

	scan_begin(state->pass, &scan, state->pass->members, "entry_day");
	key_column = column(&scan, state->pass->key_name);
	entry_column = column(&scan, "entry_day");
	while (scan_next(&scan))
	{
		Datum key;
		bool isnull;
		Datum entry_day;

		if (!key_of_part(state, &scan, key_column, &key))
			continue;
		entry_day = slot_getattr(scan.slot, entry_column, &isnull);
		states_add_member(&add_customer(&state->customers, key)->states, &state->pass->frame,
						  isnull ? DATEVAL_NOEND : DatumGetDateADT(entry_day));
	}
	scan_end(&scan);
}

static void
count_customers(PassState *state)
{
	for (uint32 i = 0; i < state->customers.ncustomers; i++)
	{
		if (i % ROWS_PER_RESET == 0)
			CHECK_FOR_INTERRUPTS();
		states_finish(&customer_at(&state->customers, i)->states, state->states);
		cells_count_customer(state->pass->counts, state->states);
	}
}

/* Finished states of the customer of a ledger's key; NULL for nobody's. */
static const int16 *
states_of(PassState *state, Datum key)
{
	const Customer *customer = find_customer(&state->customers, key);

	if (customer == NULL)
		return NULL;
	states_finish(&customer->states, state->states);
	return state->states;
}

static void
read_ledgers(PassState *state, int source)
{
	FactsPass *pass = state->pass;
	Scan scan;
	AttrNumber key_column;
	AttrNumber ledger_column;

	scan_begin(pass, &scan, pass->ledgers[source], "ledger");
	key_column = column(&scan, pass->key_name);
	ledger_column = column(&scan, "ledger");
	while (scan_next(&scan))
	{
		const int16 *states = NULL;
		Datum key;
		bool isnull;
		LedgerIterator it;

		if (key_of_part(state, &scan, key_column, &key))
			states = states_of(state, key);
		else if (!slot_attisnull(scan.slot, key_column) || state->part > 0)
			continue;
		ledger_iterate((Ledger *) varlena_of(&scan, slot_getattr(scan.slot, ledger_column, &isnull)), &it);
		if (pass->totals[source] == NULL)
			pass->totals[source] = cells_for_ledgers(pass->frame.ndays - 1, pass->frame.nsegments, &it.shape);
		pass->totals[source] = cells_add_ledger(pass->totals[source], states, &it, pass->frame.days);
	}
	scan_end(&scan);
}

static Oid
key_type_of(Oid relid, const char *key_name, Oid *collation)
{
	Oid type;
	int32 typmod;

	get_atttypetypmodcoll(relid, get_attnum(relid, key_name), &type, &typmod, collation);
	return type;
}

static double
estimated_customers(const FactsPass *pass)
{
	Relation rel;
	BlockNumber pages;
	double tuples;
	double visible;

	if (pass->keys != NULL)
		return pass->keys->nkeys;
	rel = table_open(pass->members, AccessShareLock);
	estimate_rel_size(rel, NULL, &pages, &tuples, &visible);
	table_close(rel, AccessShareLock);
	return tuples;
}

/* So many that the states of one fit: a customer's own, its key's copy, and up to four slots. */
static int
choose_parts(const FactsPass *pass, const CustomerKeyType *key_type)
{
	double size = customer_size(&pass->frame) + 4 * sizeof(uint64) + (key_type->by_value ? 0 : 32);

	return (int) Min(PARTS_MAX, 1 + estimated_customers(pass) * size / (maintenance_work_mem * 1024.0));
}

void
facts_pass(FactsPass *pass)
{
	PassState state = {.pass = pass};
	Oid collation;
	Oid type = key_type_of(pass->members, pass->key_name, &collation);

	key_type_init(&state.key_type, type, collation);
	table_init(&state.customers, &pass->frame, &state.key_type);
	state.states = palloc(pass->frame.ndays * sizeof(int16));
	pass->counts = cells_for_counts(pass->frame.ndays - 1, pass->frame.nsegments);
	pass->totals = palloc0(Max(pass->nsources, 1) * sizeof(FactsCells *));
	pass->parts = choose_parts(pass, &state.key_type);

	CommandCounterIncrement();
	PushCopiedSnapshot(GetActiveSnapshot());
	UpdateActiveSnapshotCommandId();
	for (state.part = 0; state.part < pass->parts; state.part++)
	{
		table_reset(&state.customers);
		read_members(&state);
		read_history(&state);
		count_customers(&state);
		for (int source = 0; source < pass->nsources; source++)
			read_ledgers(&state, source);
	}
	PopActiveSnapshot();
	MemoryContextDelete(state.customers.context);
}
