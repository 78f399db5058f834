/*
 * facts_customers.c
 *	  The customers of a pass: their states, in the order they came, found by key.
 *
 * Tables that were filled together have their customers in the same order, so
 * the next one is guessed first; a hash table is made when a guess fails, and
 * fetched from memory for many keys at once, since one that holds everyone is
 * in no cache.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "compat.h"
#include "debug.h"
#include "facts_customers.h"

#define CUSTOMERS_PER_CHUNK 1024
#define GUESSES 4

Size
customer_size(const StatesFrame *frame)
{
	return MAXALIGN(offsetof(Customer, states) + CUSTOMER_STATES_SIZE(frame->ndays) +
					frame->nlabels * sizeof(int16));
}

int16 *
customer_labels(const Customer *customer)
{
	return unconstify(int16 *, customer->states.state + customer->states.ndays);
}

void
customers_init(CustomerTable *table, StatesFrame *frame, const CustomerKeyType *key_type, Size kept_size)
{
	table->context =
		AllocSetContextCreate(CurrentMemoryContext, "segment states of customers", ALLOCSET_DEFAULT_SIZES);
	table->key_type = key_type;
	table->frame = frame;
	table->kept_size = kept_size;
	table->customer_size = customer_size(frame) + kept_size;
}

/* Begin a part: forget the customers of the one before. */
void
customers_reset(CustomerTable *table)
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

Customer *
customers_at(const CustomerTable *table, uint32 number)
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
			key_equal(table->key_type, customers_at(table, (uint32) *slot - 1)->key, false, key, false))
			return slot;
	}
}

/* The last one found or a near neighbour: some customers have no row in a table, or several. */
Customer *
customers_guess(CustomerTable *table, Datum key)
{
	for (uint32 number = table->last; number < table->ncustomers && number < table->last + GUESSES; number++)
	{
		Customer *customer = customers_at(table, number);

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
	INJECT("memory-facts-customers");
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
		uint64 hash = key_hash(table->key_type, customers_at(table, table->nhashed)->key, false);
		uint32 at = (uint32) hash;

		while (table->slot[at & (table->nslots - 1)] != 0)
			at++;
		table->slot[at & (table->nslots - 1)] = (hash >> 32 << 32) | (table->nhashed + 1);
	}
}

Customer *
customers_find(CustomerTable *table, Datum key)
{
	Customer *customer = customers_guess(table, key);
	uint64 *slot;

	if (customer != NULL)
		return customer;
	hash_customers(table);
	slot = find_slot(table, key_hash(table->key_type, key, false), key);
	if (*slot == 0)
		return NULL;
	table->last = (uint32) *slot - 1;
	return customers_at(table, table->last);
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
Customer *
customers_add(CustomerTable *table, Datum key)
{
	Customer *customer;

	if (table->ncustomers % CUSTOMERS_PER_CHUNK == 0)
		add_chunk(table);
	customer = customers_at(table, table->ncustomers++);
	customer->key = copy_key(table, key);
	states_init(&customer->states, table->frame);
	memset(customer_labels(customer), 0, table->frame->nlabels * sizeof(int16));
	if (table->kept_size > 0)
		memset((char *) customer + table->customer_size - table->kept_size, 0, table->kept_size);
	return customer;
}

Customer *
customers_obtain(CustomerTable *table, Datum key)
{
	Customer *customer = customers_find(table, key);

	return customer != NULL ? customer : customers_add(table, key);
}

void
customers_prefetch(CustomerTable *table, const Datum *keys, int nkeys)
{
	uint64 *slots[CUSTOMERS_PREFETCHED];

	Assert(nkeys <= CUSTOMERS_PREFETCHED);
	hash_customers(table);
	for (int i = 0; i < nkeys; i++)
	{
		slots[i] = table->slot + ((uint32) key_hash(table->key_type, keys[i], false) & (table->nslots - 1));
		__builtin_prefetch(slots[i]);
	}
	for (int i = 0; i < nkeys; i++)
		if (*slots[i] != 0)
			__builtin_prefetch(customers_at(table, (uint32) *slots[i] - 1));
}
