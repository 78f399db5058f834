/*
 * facts_scan.h
 *	  Rows of one of a pass's tables: all of them, or those of some customers.
 */
#ifndef SEGMENT_FACTS_SCAN_H
#define SEGMENT_FACTS_SCAN_H

#include "postgres.h"

#include "access/genam.h"
#include "access/tableam.h"
#include "executor/tuptable.h"

#include "keyset.h"

/*
 * Rows of some customers, kept as they were first read: several schemes have
 * the same members and ledgers.  What is scanned next must be rows of the same
 * customers, or of some of them, and must not have been written meanwhile.
 */
typedef struct FactsRows FactsRows;
typedef struct KeptTable KeptTable;

extern FactsRows *facts_rows_create(void); /* in the current memory context */
extern void facts_rows_free(FactsRows *rows);

typedef struct FactsScan
{
	Relation rel;
	TupleTableSlot *slot;      /* the current row */
	MemoryContext row_context; /* what is detoasted, reset now and then */
	uint64 rows;
	AttrNumber key_column;
	const KeySet *keys; /* NULL: everyone's */
	KeptTable *kept;    /* rows are kept in, or come from; or NULL */
	bool from_kept;
	/* else through the table, or key by key through an index */
	TableScanDesc table;
	Relation index;
	IndexScanDesc index_scan;
	Datum *sorted_keys;
	uint32 next_key;
	bool in_key;
} FactsScan;

/* By the active snapshot.  NULL among the keys is a key.  "rows": where they may be kept, or NULL. */
extern void
facts_scan_begin(FactsScan *scan, Oid relid, const char *key_name, const KeySet *keys, FactsRows *rows);
extern bool facts_scan_next(FactsScan *scan);
extern void facts_scan_end(FactsScan *scan);

/*
 * The current customer's rows before this one, in the order of its index, are
 * not wanted.  They are left out where rows come by index, latest first, and
 * have to be expected where they do not.
 */
extern void facts_scan_skip_earlier(FactsScan *scan);

extern AttrNumber facts_scan_column(const FactsScan *scan, const char *name);

/* A varlena of the current row, not toasted, perhaps with a short header. */
extern struct varlena *facts_scan_varlena(FactsScan *scan, Datum value);

#endif /* SEGMENT_FACTS_SCAN_H */
