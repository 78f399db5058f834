/*
 * population_lock.h
 *	  One writer of a population's results at a time.
 */
#ifndef SEGMENT_POPULATION_LOCK_H
#define SEGMENT_POPULATION_LOCK_H

#include "storage/lmgr.h"

#include "catalog.h"

/*
 * The population lock is a self-conflicting lock on the anchor view, which
 * nothing else takes; held to the end of the transaction.  Readers of results
 * are not blocked.
 */
static inline void
population_lock(Oid anchor)
{
	LockRelationOid(anchor, ShareUpdateExclusiveLock);
}

/* Before anything was read or written under it. */
static inline void
population_unlock(Oid anchor)
{
	UnlockRelationOid(anchor, ShareUpdateExclusiveLock);
}

#endif /* SEGMENT_POPULATION_LOCK_H */
