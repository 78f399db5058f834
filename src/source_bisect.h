/*
 * source_bisect.h
 *	  Bring a source's ledgers up to date around customers whose rows make its
 *	  own query fail.
 */
#ifndef SEGMENT_SOURCE_BISECT_H
#define SEGMENT_SOURCE_BISECT_H

#include "postgres.h"

#include "build.h"
#include "catalog.h"

/*
 * As ledger_build() for the customers of "keys" (NULL: everyone).  Whose rows
 * fail in the query with a data error is added to "failures" and keeps the
 * ledger there is; with "failures" NULL the error is raised.  "late", which may
 * be NULL, is told what changes in final periods.
 */
extern void
source_bisect(const Population *population, List *sources, const Source *source, const KeySet *keys,
			  Failures *failures, struct LateFacts *late, LedgerBuildResult *result);

#endif /* SEGMENT_SOURCE_BISECT_H */
