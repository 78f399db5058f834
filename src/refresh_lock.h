/*
 * refresh_lock.h
 *	  The locks of a refresh, all taken before its snapshot.
 */
#ifndef SEGMENT_REFRESH_LOCK_H
#define SEGMENT_REFRESH_LOCK_H

#include "postgres.h"

#include "nodes/pg_list.h"

typedef struct RefreshLocks
{
	char *population; /* name */
	Oid caller;       /* who asked */
	Oid anchor;
	List *relations; /* OIDs, sorted, without duplicates */
} RefreshLocks;

/* Find what has to be locked; 42501 for who may not refresh.  Results in "context". */
extern RefreshLocks *refresh_locks_find(const char *population, MemoryContext context);

/* In a new transaction, before any snapshot: honours lock_timeout. */
extern void refresh_locks_take(const RefreshLocks *locks);

/* The mapped relations and logs alone, for who reads them beside a refresh. */
extern void refresh_locks_take_relations(const RefreshLocks *locks);

/* 40001 when one of them was, behind the back of the active snapshot, which is older than the locks. */
extern void refresh_locks_require_not_rewritten(const RefreshLocks *locks);

#endif /* SEGMENT_REFRESH_LOCK_H */
