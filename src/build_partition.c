/*
 * build_partition.c
 *	  Events of more customers than a CPU cache holds, set aside for later.
 *
 * Grouping millions of customers costs a cache miss or two per event.  To
 * append an event to one of a few hundred partitions costs none, because only
 * the ends of the partitions are touched; and a partition's customers are few
 * enough to be grouped in the cache afterwards.
 *
 * A partition is a stream of keys and raw entries in chunks.  When the chunks
 * use up the memory they are allowed, all of them are appended to temporary
 * files, one per partition, each chunk behind its length.  The server's own
 * BufFile does that, so temp_tablespaces and temp_file_limit hold, and an error
 * leaves no file behind.
 */
#include "postgres.h"

#include "commands/tablespace.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "build_partition.h"
#include "debug.h"
#include "ledger_raw.h"
#include "varint.h"

#define CHUNK_SIZE 16384
/* In place of a key that is a word: what it stands for is in the byte that follows. */
#define KEY_ESCAPE 0
#define ESCAPED_NULL 0
#define ESCAPED_LOWEST 1

typedef struct EventChunk
{
	struct EventChunk *next;
	uint32 size; /* of the bytes, allocated */
	uint32 used; /* valid in all chunks but the one being filled */
	uint8 bytes[FLEXIBLE_ARRAY_MEMBER] pg_attribute_aligned(MAXIMUM_ALIGNOF);
} EventChunk;

/* One cache line: appending touches this and the end of the last chunk. */
typedef struct EventPartition
{
	uint8 *to;
	uint8 *end;
	int32 last_day; /* of the whole stream, of which files and chunks are consecutive parts */
	EventChunk *first;
	EventChunk *last;
	BufFile *file; /* NULL until written */
	char pad[16];
} EventPartition;

typedef struct EventStream
{
	int number; /* -1: none is being read */
	BufFile *file;
	EventChunk *block; /* the file's chunk in memory */
	const uint8 *from;
	const uint8 *end;
	DateADT last_day;
} EventStream;

struct EventPartitions
{
	MemoryContext context;
	const CustomerKeyType *key_type;
	const LedgerShape *shape;
	Partitioning parting;
	Size most; /* bytes of an event but for a by-reference key */
	Size memory_limit;
	Size memory_used;
	bool spilled;
	EventPartition *partition;
	EventStream reading;
	EventBatch *batch;
};

/* Chunks may use memory_limit bytes of the current context, and always one each. */
EventPartitions *
event_partitions_create(const CustomerKeyType *key_type, const LedgerShape *shape, Partitioning parting,
						Size memory_limit)
{
	EventPartitions *events = palloc0(sizeof(EventPartitions));

	Assert(parting.first_bit + parting.bits <= PARTITION_END_BIT);
	events->context = CurrentMemoryContext;
	events->key_type = key_type;
	events->shape = shape;
	events->parting = parting;
	/* A key that is a word is a number and an escaped byte; another's length a number, and its place aligned.
	 */
	events->most = ledger_raw_max_entry(shape->nmeasures) + VARINT_MAX_BYTES + MAXIMUM_ALIGNOF;
	events->memory_limit = memory_limit;
	events->partition = palloc0(partition_count(parting) * sizeof(EventPartition));
	events->reading.number = -1;
	events->batch = event_batch_create(shape->nmeasures);
	return events;
}

void
event_partitions_set_limit(EventPartitions *events, Size memory_limit)
{
	events->memory_limit = memory_limit;
}

static EventChunk *
chunk_allocate(EventPartitions *events, Size size)
{
	EventChunk *chunk;

	if (size > PG_UINT32_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("customer key is too long"),
						errhint("Map a shorter key.")));
	INJECT("memory-events");
	chunk = MemoryContextAllocHuge(events->context, offsetof(EventChunk, bytes) + size);
	chunk->next = NULL;
	chunk->size = (uint32) size;
	chunk->used = 0;
	events->memory_used += size;
	return chunk;
}

static void
chunk_free(EventPartitions *events, EventChunk *chunk)
{
	events->memory_used -= chunk->size;
	pfree(chunk);
}

static void
close_last_chunk(EventPartition *partition)
{
	if (partition->last)
		partition->last->used = (uint32) (partition->to - partition->last->bytes);
}

static void
forget_chunks(EventPartition *partition)
{
	partition->first = partition->last = NULL;
	partition->to = partition->end = NULL;
}

static void
free_chunks(EventPartitions *events, EventPartition *partition)
{
	EventChunk *next;

	for (EventChunk *chunk = partition->first; chunk != NULL; chunk = next)
	{
		next = chunk->next;
		chunk_free(events, chunk);
	}
	forget_chunks(partition);
}

static void
flush_partition(EventPartitions *events, EventPartition *partition)
{
	if (partition->first == NULL)
		return;
	if (partition->file == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(events->context);

		PrepareTempTablespaces();
		partition->file = BufFileCreateTemp(false);
		MemoryContextSwitchTo(caller);
	}
	close_last_chunk(partition);
	for (EventChunk *chunk = partition->first; chunk != NULL; chunk = chunk->next)
	{
		CHECK_FOR_INTERRUPTS();
		BufFileWrite(partition->file, &chunk->used, sizeof(chunk->used));
		BufFileWrite(partition->file, chunk->bytes, chunk->used);
	}
	free_chunks(events, partition);
}

/* Writes what is in memory to the files, except a partition that is being read. */
void
event_partitions_flush(EventPartitions *events)
{
	for (int i = 0; i < partition_count(events->parting); i++)
	{
		if (i != events->reading.number)
			flush_partition(events, &events->partition[i]);
	}
	events->spilled = true;
}

bool
event_partitions_spilled(const EventPartitions *events)
{
	return events->spilled;
}

/* Makes room for one event of "size" bytes. */
static pg_noinline void
add_chunk(EventPartitions *events, EventPartition *partition, Size size)
{
	EventChunk *chunk;

	size = Max(size, CHUNK_SIZE);
	if (events->memory_used + size > events->memory_limit && partition->first != NULL)
		event_partitions_flush(events);
	close_last_chunk(partition);
	chunk = chunk_allocate(events, size);
	if (partition->last)
		partition->last->next = chunk;
	else
		partition->first = chunk;
	partition->last = chunk;
	partition->to = chunk->bytes;
	partition->end = chunk->bytes + size;
}

static inline uint8 *
put_word_key(uint8 *to, Datum key, bool is_null)
{
	uint64 word = is_null ? KEY_ESCAPE : zigzag_fold((int64) key) + 1;

	to = varint_put_wide(to, word);
	if (unlikely(word == KEY_ESCAPE))
		*to++ = is_null ? ESCAPED_NULL : ESCAPED_LOWEST;
	return to;
}

static inline uint8 *
align_in_chunk(uint8 *at)
{
	return (uint8 *) MAXALIGN(at);
}

/* Length + 1, or 0 for NULL; then, aligned as a reader of it expects, the key. */
static uint8 *
put_bytes_key(uint8 *to, Datum key, bool is_null, Size size)
{
	to = varint_put(to, is_null ? 0 : size + 1);
	if (is_null)
		return to;
	to = align_in_chunk(to);
	memcpy(to, DatumGetPointer(key), size);
	return to + size;
}

static inline void
append_event(EventPartitions *events, EventPartition *partition, Datum key, bool key_is_null, DateADT day,
			 int label, const int64 *value)
{
	bool by_value = events->key_type->by_value;
	Size size = by_value || key_is_null ? 0 : key_size(events->key_type, key);

	if (unlikely(partition->end - partition->to < (ptrdiff_t) (events->most + size)))
		add_chunk(events, partition, events->most + size);
	if (by_value)
		partition->to = put_word_key(partition->to, key, key_is_null);
	else
		partition->to = put_bytes_key(partition->to, key, key_is_null, size);
	partition->to = ledger_raw_append(partition->to, events->shape, &partition->last_day, day, label,
									  value[0], value + 1);
}

static inline EventPartition *
partition_for(EventPartitions *events, Datum key, bool key_is_null)
{
	return &events->partition[partition_of(events->parting, key_hash(events->key_type, key, key_is_null))];
}

/* What is appended to is prefetched for the whole batch: it is too much for the nearest cache. */
void
event_partitions_add(EventPartitions *events, const EventBatch *batch)
{
	EventPartition *partition[EVENT_BATCH_ROWS];

	for (int i = 0; i < batch->nrows; i++)
	{
		partition[i] = partition_for(events, batch->key[i], batch->key_is_null[i]);
		__builtin_prefetch(partition[i]->to, 1);
	}
	for (int i = 0; i < batch->nrows; i++)
		append_event(events, partition[i], batch->key[i], batch->key_is_null[i], batch->day[i],
					 batch->label[i], event_value(batch, i));
}

/* The same for a customer's raw entries. */
void
event_partitions_add_raw(EventPartitions *events, Datum key, bool key_is_null, const uint8 *raw, Size length)
{
	EventPartition *partition = partition_for(events, key, key_is_null);
	const uint8 *end = raw + length;
	int64 value[1 + LEDGER_MAX_MEASURES];
	DateADT day = 0; /* days of a customer count from 0 */
	int label;

	while (raw < end)
	{
		raw = ledger_raw_read(raw, end, events->shape, &day, &label, value);
		append_event(events, partition, key, key_is_null, day, label, value);
	}
}

static void
raise_unreadable(void)
{
	ereport(ERROR, (errcode_for_file_access(), errmsg("could not read from ledger build temporary file")));
}

void
event_partitions_begin_read(EventPartitions *events, int number)
{
	EventStream *reading = &events->reading;
	EventPartition *partition = &events->partition[number];

	Assert(reading->number < 0);
	close_last_chunk(partition);
	memset(reading, 0, sizeof(EventStream));
	reading->number = number;
	reading->file = partition->file;
	if (reading->file && BufFileSeek(reading->file, 0, 0, SEEK_SET) != 0)
		raise_unreadable();
}

/* The next chunk of the file; false at its end. */
static bool
read_block(EventPartitions *events)
{
	EventStream *reading = &events->reading;
	uint32 used;
	Size length = BufFileRead(reading->file, &used, sizeof(used));

	if (length == 0)
		return false;
	if (length != sizeof(used))
		raise_unreadable();
	if (reading->block && reading->block->size < used)
	{
		chunk_free(events, reading->block);
		reading->block = NULL;
	}
	if (reading->block == NULL)
		reading->block = chunk_allocate(events, Max(used, CHUNK_SIZE));
	if (BufFileRead(reading->file, reading->block->bytes, used) != used)
		raise_unreadable();
	reading->from = reading->block->bytes;
	reading->end = reading->from + used;
	return true;
}

/* The next chunk in memory, for which the one before gives way; false at the end. */
static bool
next_chunk(EventPartitions *events)
{
	EventStream *reading = &events->reading;
	EventPartition *partition = &events->partition[reading->number];
	EventChunk *done = partition->first;

	if (done && reading->from != NULL)
	{
		partition->first = done->next;
		chunk_free(events, done);
	}
	if (partition->first == NULL)
	{
		forget_chunks(partition);
		return false;
	}
	reading->from = partition->first->bytes;
	reading->end = reading->from + partition->first->used;
	return true;
}

static bool
next_block(EventPartitions *events)
{
	EventStream *reading = &events->reading;

	if (reading->file)
	{
		if (read_block(events))
			return true;
		reading->file = NULL;
		reading->from = NULL;
	}
	return next_chunk(events);
}

static inline const uint8 *
get_number(const uint8 *from, const uint8 *end, uint64 *number)
{
	from = varint_get(from, end, number);
	if (unlikely(from == NULL))
		ledger_raise_damaged_raw();
	return from;
}

static inline const uint8 *
get_word_key(const uint8 *from, const uint8 *end, Datum *key, bool *is_null)
{
	uint64 word;

	from = get_number(from, end, &word);
	*key = (Datum) zigzag_unfold(word - 1);
	*is_null = false;
	if (unlikely(word == KEY_ESCAPE))
	{
		*is_null = *from++ == ESCAPED_NULL;
		*key = *is_null ? (Datum) 0 : (Datum) PG_INT64_MIN;
	}
	return from;
}

static const uint8 *
get_bytes_key(const uint8 *from, const uint8 *end, Datum *key, bool *is_null)
{
	uint64 number;

	from = get_number(from, end, &number);
	*is_null = number == 0;
	*key = (Datum) 0;
	if (*is_null)
		return from;
	from = align_in_chunk((uint8 *) from);
	*key = PointerGetDatum(from);
	return from + number - 1;
}

/*
 * The next events of the partition, NULL at the end.  Keys point into the
 * chunk, so a batch ends where its chunk does and is valid until the next call.
 */
const EventBatch *
event_partitions_read(EventPartitions *events)
{
	EventStream *reading = &events->reading;
	EventBatch *batch = events->batch;
	const uint8 *from;
	int n = 0;

	if (reading->from == reading->end && !next_block(events))
		return NULL;
	for (from = reading->from; n < EVENT_BATCH_ROWS && from < reading->end; n++)
	{
		if (events->key_type->by_value)
			from = get_word_key(from, reading->end, &batch->key[n], &batch->key_is_null[n]);
		else
			from = get_bytes_key(from, reading->end, &batch->key[n], &batch->key_is_null[n]);
		batch->day[n] = reading->last_day;
		from = ledger_raw_read(from, reading->end, events->shape, &batch->day[n], &batch->label[n],
							   event_value(batch, n));
		reading->last_day = batch->day[n];
	}
	reading->from = from;
	batch->nrows = n;
	return batch;
}

static void
drop_partition(EventPartitions *events, EventPartition *partition)
{
	if (partition->file)
		BufFileClose(partition->file);
	partition->file = NULL;
	free_chunks(events, partition);
}

/* Gives back all that the partition used. */
void
event_partitions_end_read(EventPartitions *events)
{
	EventStream *reading = &events->reading;

	if (reading->block)
		chunk_free(events, reading->block);
	drop_partition(events, &events->partition[reading->number]);
	memset(reading, 0, sizeof(EventStream));
	reading->number = -1;
}

void
event_partitions_free(EventPartitions *events)
{
	for (int i = 0; i < partition_count(events->parting); i++)
		drop_partition(events, &events->partition[i]);
	pfree(events->batch->value);
	pfree(events->batch);
	pfree(events->partition);
	pfree(events);
}
