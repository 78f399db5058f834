/*
 * build_spill.h
 *	  Temporary files of a build that outgrew its memory, partitioned by key.
 */
#ifndef SEGMENT_BUILD_SPILL_H
#define SEGMENT_BUILD_SPILL_H

#include "postgres.h"

#include "build_key.h"
#include "storage/buffile.h"
#include "storage/itemptr.h"

/* A deeper level would find no fresh hash bits. */
#define SPILL_MAX_LEVEL 4

/* A customer's raw entries, or the stored row of one. */
typedef struct SpillRecord
{
	uint64 hash;
	ItemPointerData tid; /* stored rows only */
	bool key_is_null;
	Datum key;
	const void *payload;
	uint32 payload_size;
} SpillRecord;

typedef struct SpillFiles
{
	MemoryContext context;
	const CustomerKeyType *key_type;
	int level;
	int nfiles;     /* power of two */
	BufFile **file; /* NULL until written */
	char *buffer;   /* what the last record read points into */
	Size buffer_size;
} SpillFiles;

extern SpillFiles *spill_create(const CustomerKeyType *key_type, int level, int nfiles);
extern void spill_write(SpillFiles *spill, const SpillRecord *record);
extern void spill_rewind(SpillFiles *spill, int number);
extern bool spill_read(SpillFiles *spill, int number, SpillRecord *record);
extern void spill_drop(SpillFiles *spill, int number);
extern void spill_free(SpillFiles *spill);

#endif /* SEGMENT_BUILD_SPILL_H */
