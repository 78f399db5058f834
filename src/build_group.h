/*
 * build_group.h
 *	  Events grouped by customer, in memory that is counted.
 */
#ifndef SEGMENT_BUILD_GROUP_H
#define SEGMENT_BUILD_GROUP_H

#include "postgres.h"

#include "build_event.h"
#include "build_key.h"
#include "build_label.h"
#include "failures.h"
#include "ledger.h"

#define GROUP_SIZE_CLASSES 56 /* the last is 3 GB */

/*
 * One customer: the key and the events so far in the ledger's raw form.
 * Groups are the hash table's own slots, half a cache line each.
 */
typedef struct LedgerGroup
{
	Datum key;
	uint8 *raw; /* NULL: an unused slot */
	uint32 length;
	int32 last_day;
	uint32 hash; /* low half */
	uint8 size_class;
	bool key_is_null;
	bool seen; /* the writer has met its stored row */
} LedgerGroup;

typedef struct GroupTable
{
	MemoryContext context; /* everything that grows with the customers */
	const CustomerKeyType *key_type;
	const LedgerShape *shape;
	LabelDictionary *labels;
	const char *source_name;
	const char *const *measure_name;
	LedgerScratch scratch;

	LedgerGroup *slot;
	void *slot_space; /* slots as allocated, unaligned */
	uint32 nslots;    /* power of two */
	uint32 ngroups;

	char *arena; /* unused rest of the current arena block */
	Size arena_left;
	void *free_buffer[GROUP_SIZE_CLASSES];
} GroupTable;

extern GroupTable *group_table_create(const CustomerKeyType *key_type, const LedgerShape *shape,
									  const char *source_name, const char *const *measure_name);
extern void group_table_reset(GroupTable *table);
extern bool group_table_fits(const GroupTable *table, uint32 more, Size budget);
extern void group_add_batch(GroupTable *table, const EventBatch *batch);
extern LedgerGroup *group_lookup(GroupTable *table, uint64 hash, Datum key, bool key_is_null);
extern LedgerGroup *group_next(const GroupTable *table, uint32 *position);
extern Ledger *group_ledger(GroupTable *table, const LedgerGroup *group, Failures *failures);

#endif /* SEGMENT_BUILD_GROUP_H */
