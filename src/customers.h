/*
 * customers.h
 *	  Copy the customers' keys and attributes into the feature table.
 */
#ifndef SEGMENT_CUSTOMERS_H
#define SEGMENT_CUSTOMERS_H

#include "catalog.h"
#include "keyset.h"
#include "late_entry.h"

typedef struct CustomersSyncResult
{
	int64 customers; /* rows read that have a key */
	int64 without_key;
	int64 inserted;
	int64 updated;
	int64 deleted;
} CustomersSyncResult;

/*
 * Make segment_data.<population>_feature have exactly the customers there are,
 * each with since and attributes as mapped.  An undated attribute is written
 * to the feature's own column; of a dated one the value goes to
 * <feature>_value and its date to <feature>_dated.  Other columns are left
 * alone, and NULL for a new customer.  With keys, only those customers are
 * looked at.  Who goes is noted in late, which may be NULL.  Wants an active snapshot and SPI
 * connected, as the extension's owner.
 */
extern void customers_sync(const Population *population, List *features, const KeySet *keys,
						   LateEntries *late, CustomersSyncResult *result);

/* Delete those of the keys that are stored; the result says how many in deleted. */
extern void customers_remove(const Population *population, const KeySet *keys, LateEntries *late,
							 CustomersSyncResult *result);

#endif /* SEGMENT_CUSTOMERS_H */
