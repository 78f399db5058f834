/*
 * table_writer.h
 *	  Write many rows into one of the extension's own tables, below SQL.
 *
 * Fill the slot table_writer_slot() hands out, then insert it or let it
 * replace the row at a TID.  The table must have no triggers and no foreign
 * keys, and its writers must exclude each other (the population lock does).
 */
#ifndef SEGMENT_TABLE_WRITER_H
#define SEGMENT_TABLE_WRITER_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "storage/itemptr.h"
#include "utils/relcache.h"

typedef struct TableWriter TableWriter;

typedef struct TableWriterCounts
{
	int64 inserted;
	int64 updated;
	int64 deleted;
} TableWriterCounts;

extern TableWriter *table_writer_open(Oid relid);
extern Relation table_writer_relation(const TableWriter *writer);
extern TupleTableSlot *
table_writer_slot(TableWriter *writer); /* all columns NULL; yours until the next call */
extern void table_writer_insert(TableWriter *writer, TupleTableSlot *slot);
extern void table_writer_update(TableWriter *writer, ItemPointer tid, TupleTableSlot *slot);
extern void table_writer_delete(TableWriter *writer, ItemPointer tid);
extern TableWriterCounts table_writer_close(TableWriter *writer);

#endif /* SEGMENT_TABLE_WRITER_H */
