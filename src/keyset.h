/*
 * keyset.h
 *	  A set of customer keys: those a refresh has to look at again.
 */
#ifndef SEGMENT_KEYSET_H
#define SEGMENT_KEYSET_H

#include "postgres.h"

#include "utils/array.h"

#include "build_key.h"

typedef struct KeySet
{
	CustomerKeyType type;
	MemoryContext context;
	bool has_null;    /* NULL is a key: the events without a customer */
	uint32 nkeys;     /* without NULL */
	uint32 allocated; /* of keys */
	Datum *keys;
	uint32 nslots; /* power of two */
	uint32 *slots; /* index into keys + 1, or 0 */
} KeySet;

extern KeySet *keyset_create(Oid type, Oid collation);
extern bool keyset_add(KeySet *set, Datum key, bool is_null); /* false: was there */
extern bool keyset_add_stored(KeySet *set, Datum key);        /* from a table: it may be toasted */
extern int64
keyset_place(const KeySet *set, Datum key); /* in the order they came, from 0; -1: is not there */
extern bool keyset_contains(const KeySet *set, Datum key, bool is_null);
extern void keyset_add_all(KeySet *set, const KeySet *other);
extern bool keyset_is_empty(const KeySet *set);

/* The keys without NULL, as an array Datum in the current memory context. */
extern Datum keyset_array(const KeySet *set);
extern Oid keyset_array_type(const KeySet *set);

#endif /* SEGMENT_KEYSET_H */
