/*
 * build_spill.h
 *	  Temporary files of stored rows, partitioned as the events are.
 */
#ifndef SEGMENT_BUILD_SPILL_H
#define SEGMENT_BUILD_SPILL_H

#include "postgres.h"

#include "build_key.h"
#include "build_partition.h"
#include "storage/buffile.h"
#include "storage/itemptr.h"

/* A stored row. */
typedef struct SpillRecord
{
	uint64 hash;
	ItemPointerData tid;
	bool key_is_null;
	Datum key;
	const void *payload;
	uint32 payload_size;
} SpillRecord;

typedef struct SpillFiles
{
	MemoryContext context;
	const CustomerKeyType *key_type;
	Partitioning parting;
	BufFile **file; /* NULL until written */
	char *buffer;   /* what the last record read points into */
	Size buffer_size;
} SpillFiles;

extern SpillFiles *spill_create(const CustomerKeyType *key_type, Partitioning parting);
extern void spill_write(SpillFiles *spill, const SpillRecord *record);
extern void spill_rewind(SpillFiles *spill, int number);
extern bool spill_read(SpillFiles *spill, int number, SpillRecord *record);
extern void spill_drop(SpillFiles *spill, int number);
extern void spill_free(SpillFiles *spill);

#endif /* SEGMENT_BUILD_SPILL_H */
