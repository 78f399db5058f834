/*
 * build_group.h
 *	  Events grouped by customer, in memory that is counted.
 */
#ifndef SEGMENT_BUILD_GROUP_H
#define SEGMENT_BUILD_GROUP_H

#include "postgres.h"

#include "build_key.h"
#include "build_label.h"
#include "ledger.h"

#define GROUP_SIZE_CLASSES 56

/* One customer: the key and the events so far in the ledger's raw form. */
typedef struct LedgerGroup
{
	Datum		key;
	uint8	   *raw;
	uint32		length;
	int32		last_day;
	uint8		size_class;
	bool		key_is_null;
	bool		seen;			/* the writer has met its stored row */
} LedgerGroup;

/* Rows of a source, converted, before they are grouped.  Arrays of EVENT_BATCH_ROWS. */
#define EVENT_BATCH_ROWS 512

typedef struct EventBatch
{
	int			nrows;
	Datum	   *key;
	bool	   *key_is_null;
	DateADT    *day;
	int32	   *label;
	bool	   *counts;
	int64	   *measure;		/* nmeasures of each row in turn */
} EventBatch;

typedef struct GroupTable
{
	MemoryContext context;		/* everything that grows with the customers */
	const CustomerKeyType *key_type;
	const LedgerShape *shape;
	LabelDictionary *labels;
	const char *source_name;
	LedgerScratch scratch;

	uint64	   *slot;			/* low half: group number + 1; high half: hash */
	uint32		nslots;
	LedgerGroup **chunk;
	uint32		nchunks;
	uint32		max_chunks;
	uint32		ngroups;

	char	   *arena;			/* unused rest of the current arena block */
	Size		arena_left;
	void	   *free_buffer[GROUP_SIZE_CLASSES];
} GroupTable;

#define GROUPS_PER_CHUNK 512

static inline LedgerGroup *
group_at(const GroupTable *table, uint32 number)
{
	return &table->chunk[number / GROUPS_PER_CHUNK][number % GROUPS_PER_CHUNK];
}

extern GroupTable *group_table_create(const CustomerKeyType *key_type, const LedgerShape *shape,
									  LabelDictionary *labels, const char *source_name);
extern void group_table_reset(GroupTable *table);
extern bool group_table_fits(GroupTable *table, uint32 more, Size budget);
extern void group_add_batch(GroupTable *table, const EventBatch *batch);
extern LedgerGroup *group_lookup(GroupTable *table, uint64 hash, Datum key, bool key_is_null);
extern LedgerGroup *group_obtain(GroupTable *table, uint64 hash, Datum key, bool key_is_null);
extern void group_append(GroupTable *table, LedgerGroup *group, DateADT day, int label, int64 count,
						 const int64 *measures);
extern void group_absorb(GroupTable *table, LedgerGroup *group, const Ledger *ledger);
extern Ledger *group_ledger(GroupTable *table, const LedgerGroup *group);

#endif							/* SEGMENT_BUILD_GROUP_H */
