/*
 * build_write.h
 *	  Reads and writes the rows of a ledger table.
 */
#ifndef SEGMENT_BUILD_WRITE_H
#define SEGMENT_BUILD_WRITE_H

#include "postgres.h"

#include "build.h"
#include "keyset.h"
#include "nodes/execnodes.h"
#include "storage/itemptr.h"
#include "utils/relcache.h"

typedef struct LedgerWriter LedgerWriter;

/* A stored row; "ledger" is not compressed. */
typedef struct StoredLedger
{
	Datum key;
	bool key_is_null;
	const struct varlena *ledger;
	ItemPointerData tid;
} StoredLedger;

typedef void (*StoredLedgerConsumer)(const StoredLedger *stored, void *argument);

extern void ledger_table_check(Relation relation, Oid key_type);
extern LedgerWriter *ledger_writer_open(Oid relid, LedgerBuildResult *result);
extern int64 ledger_writer_scan(LedgerWriter *writer, StoredLedgerConsumer consumer, void *argument);
extern void
ledger_writer_lookup(LedgerWriter *writer, const KeySet *keys, StoredLedgerConsumer consumer, void *argument);
extern void ledger_writer_insert(LedgerWriter *writer, Datum key, bool key_is_null, Ledger *ledger);
extern void ledger_writer_update(LedgerWriter *writer, const StoredLedger *stored, Ledger *ledger);
extern void ledger_writer_delete(LedgerWriter *writer, const StoredLedger *stored);
extern void ledger_writer_close(LedgerWriter *writer);

#endif /* SEGMENT_BUILD_WRITE_H */
