/*
 * facts_customers.h
 *	  The customers of a pass: their states, in the order they came, found by key.
 */
#ifndef SEGMENT_FACTS_CUSTOMERS_H
#define SEGMENT_FACTS_CUSTOMERS_H

#include "postgres.h"

#include "build_key.h"
#include "facts_states.h"

typedef struct Customer
{
	Datum key;
	CustomerStates states; /* then its labels */
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
	Size kept_size; /* of what a pass keeps behind the states */
} CustomerTable;

/* Each customer has room for so many bytes more, zeroed, behind customer_size(). */
extern void
customers_init(CustomerTable *table, StatesFrame *frame, const CustomerKeyType *key_type, Size kept_size);
/* Empty it: also before the first use. */
extern void customers_reset(CustomerTable *table);

/* Memory of one customer's states, its key's copy and slots aside. */
extern Size customer_size(const StatesFrame *frame);

/* Numbers of its values in the breakdowns, as many as the frame says; 0: none. */
extern int16 *customer_labels(const Customer *customer);

extern Customer *customers_at(const CustomerTable *table, uint32 number);
/* Only where the next one is likely to be; NULL says nothing. */
extern Customer *customers_guess(CustomerTable *table, Datum key);
extern Customer *customers_find(CustomerTable *table, Datum key); /* or NULL */
/* One that is not there yet. */
extern Customer *customers_add(CustomerTable *table, Datum key);
extern Customer *customers_obtain(CustomerTable *table, Datum key);

/* These keys, at most so many, are going to be looked for. */
#define CUSTOMERS_PREFETCHED 64
extern void customers_prefetch(CustomerTable *table, const Datum *keys, int nkeys);

#endif /* SEGMENT_FACTS_CUSTOMERS_H */
