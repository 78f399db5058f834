/*
 * build_partition.h
 *	  Events partitioned by their key's hash, in memory and past it in files.
 */
#ifndef SEGMENT_BUILD_PARTITION_H
#define SEGMENT_BUILD_PARTITION_H

#include "postgres.h"

#include "build_event.h"
#include "build_key.h"
#include "ledger.h"
#include "storage/buffile.h"

/* Partitions are chosen by the half of the hash that the hash table does not use for its slots. */
#define PARTITION_FIRST_BIT 32
#define PARTITION_END_BIT 64

/* How keys are parted; the next level of it starts at the bit after these. */
typedef struct Partitioning
{
	int first_bit;
	int bits;
} Partitioning;

typedef struct EventPartitions EventPartitions;

extern EventPartitions *event_partitions_create(const CustomerKeyType *key_type, const LedgerShape *shape,
												Partitioning parting, Size memory_limit);
extern void event_partitions_set_limit(EventPartitions *events, Size memory_limit);
extern void event_partitions_add(EventPartitions *events, const EventBatch *batch);
extern void
event_partitions_add_raw(EventPartitions *events, Datum key, bool key_is_null, const uint8 *raw, Size length);
extern void event_partitions_flush(EventPartitions *events);
extern bool event_partitions_spilled(const EventPartitions *events);
extern void event_partitions_begin_read(EventPartitions *events, int number);
extern const EventBatch *event_partitions_read(EventPartitions *events);
extern void event_partitions_end_read(EventPartitions *events);
extern void event_partitions_free(EventPartitions *events);

static inline int
partition_count(Partitioning parting)
{
	return 1 << parting.bits;
}

static inline int
partition_of(Partitioning parting, uint64 hash)
{
	return (int) (hash >> parting.first_bit) & (partition_count(parting) - 1);
}

#endif /* SEGMENT_BUILD_PARTITION_H */
