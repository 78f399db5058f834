/*
 * build_spill.c
 *	  Stored rows in temporary files, each row where its customer's events are.
 *
 * Unlike events, which are tiny and many, they go straight to a BufFile.
 */
#include "postgres.h"

#include "commands/tablespace.h"
#include "utils/memutils.h"

#include "build_spill.h"
#include "debug.h"

typedef struct RecordHeader
{
	uint64 hash;
	uint32 key_size;
	uint32 payload_size;
	ItemPointerData tid;
	bool key_is_null;
} RecordHeader;

SpillFiles *
spill_create(const CustomerKeyType *key_type, Partitioning parting)
{
	SpillFiles *spill = palloc0(sizeof(SpillFiles));

	PrepareTempTablespaces();
	spill->context = CurrentMemoryContext;
	spill->key_type = key_type;
	spill->parting = parting;
	INJECT("memory-spill");
	spill->file = palloc0(partition_count(parting) * sizeof(BufFile *));
	return spill;
}

static BufFile *
file_of(SpillFiles *spill, uint64 hash)
{
	int number = partition_of(spill->parting, hash);

	if (spill->file[number] == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(spill->context);

		spill->file[number] = BufFileCreateTemp(false);
		MemoryContextSwitchTo(caller);
	}
	return spill->file[number];
}

void
spill_write(SpillFiles *spill, const SpillRecord *record)
{
	BufFile *file = file_of(spill, record->hash);
	RecordHeader header = {0};
	Datum key = record->key;

	header.hash = record->hash;
	header.tid = record->tid;
	header.key_is_null = record->key_is_null;
	header.payload_size = record->payload_size;
	if (!record->key_is_null)
		header.key_size = spill->key_type->by_value ? sizeof(Datum) : key_size(spill->key_type, key);
	BufFileWrite(file, &header, sizeof(header));
	if (header.key_size > 0)
		BufFileWrite(file, spill->key_type->by_value ? (void *) &key : (void *) DatumGetPointer(key),
					 header.key_size);
	BufFileWrite(file, (void *) record->payload, header.payload_size);
}

static void
raise_unreadable(void)
{
	ereport(ERROR, (errcode_for_file_access(), errmsg("could not read from ledger build temporary file")));
}

void
spill_rewind(SpillFiles *spill, int number)
{
	if (spill->file[number] && BufFileSeek(spill->file[number], 0, 0, SEEK_SET) != 0)
		raise_unreadable();
}

static void
reserve_buffer(SpillFiles *spill, Size size)
{
	if (size <= spill->buffer_size)
		return;
	if (spill->buffer)
		pfree(spill->buffer);
	spill->buffer = NULL;
	spill->buffer_size = Max(2 * size, 1024);
	spill->buffer = MemoryContextAllocHuge(spill->context, spill->buffer_size);
}

/* The next record of a partition, valid until the next call; false at the end. */
bool
spill_read(SpillFiles *spill, int number, SpillRecord *record)
{
	BufFile *file = spill->file[number];
	RecordHeader header;
	Size length;

	if (file == NULL)
		return false;
	length = BufFileRead(file, &header, sizeof(header));
	if (length == 0)
		return false;
	if (length != sizeof(header))
		raise_unreadable();

	length = MAXALIGN(header.key_size) + header.payload_size;
	reserve_buffer(spill, length);
	if (BufFileRead(file, spill->buffer, header.key_size) != header.key_size ||
		BufFileRead(file, spill->buffer + MAXALIGN(header.key_size), header.payload_size) !=
			header.payload_size)
		raise_unreadable();

	record->hash = header.hash;
	record->tid = header.tid;
	record->key_is_null = header.key_is_null;
	record->key = (Datum) 0;
	if (!header.key_is_null)
		record->key = spill->key_type->by_value ? *(Datum *) spill->buffer : PointerGetDatum(spill->buffer);
	record->payload = spill->buffer + MAXALIGN(header.key_size);
	record->payload_size = header.payload_size;
	return true;
}

/* Gives back a partition's disk space. */
void
spill_drop(SpillFiles *spill, int number)
{
	if (spill->file[number])
		BufFileClose(spill->file[number]);
	spill->file[number] = NULL;
}

void
spill_free(SpillFiles *spill)
{
	for (int i = 0; i < partition_count(spill->parting); i++)
		spill_drop(spill, i);
	if (spill->buffer)
		pfree(spill->buffer);
	pfree(spill->file);
	pfree(spill);
}
