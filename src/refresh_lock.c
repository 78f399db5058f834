/*
 * refresh_lock.c
 *	  The locks of a refresh, all taken before its snapshot.
 *
 * What breaks MVCC (TRUNCATE, rewrites, rotation of a log) needs an exclusive
 * lock; ours keeps it off between the moment the snapshot is taken and the
 * reading.  The population first, so that refreshes queue there, then
 * relations, leaves and logs in the order of their OIDs.
 *
 * Nobody's DDL is waited for with the population locked.  A transaction that
 * has altered a mapped relation may go on to erase a customer or activate a
 * scheme, and wait for that lock: it would be a deadlock, and nothing says that
 * the refresh be the one to go.  So a refresh that meets such a lock lets go of
 * all of its own, waits with nothing in its hands, and begins again.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/syscache.h"

#include "catalog.h"
#include "change_log.h"
#include "debug.h"
#include "mapped.h"
#include "population_lock.h"
#include "refresh_lock.h"
#include "sql.h"

/* A relation with its leaves, and the log its changes go to. */
static List *
add_mapped(List *relations, const Population *population, const Source *source)
{
	Oid relation = source ? source->relation : population->relation;
	ChangeLog log;

	/* One that is gone is reported once the definitions are read in the snapshot. */
	if (relation_exists(relation))
		relations = list_concat_unique_oid(relations, find_all_inheritors(relation, NoLock, NULL));
	if (!change_log_find(population->name, source ? source->name : NULL, &log))
		return relations;
	for (int slot = 0; slot < CHANGE_LOG_SLOTS; slot++)
		relations = list_append_unique_oid(relations, log.table[slot]);
	return relations;
}

RefreshLocks *
refresh_locks_find(const char *name, MemoryContext context)
{
	RefreshLocks *locks = MemoryContextAllocZero(context, sizeof(RefreshLocks));
	List *relations;
	Population *population;
	MemoryContext inner;
	ApiCall call;
	ListCell *lc;

	api_begin(&call);
	population = population_by_name(name, false);
	population_check_access(population, call.caller);
	relations = add_mapped(NIL, population, NULL);
	foreach (lc, sources_of(population))
		relations = add_mapped(relations, population, lfirst(lc));
	list_sort(relations, list_oid_cmp);
	inner = MemoryContextSwitchTo(context);
	locks->population = pstrdup(population->name);
	locks->relations = list_copy(relations);
	MemoryContextSwitchTo(inner);
	locks->anchor = population->anchor;
	locks->caller = call.caller;
	api_end(&call);
	return locks;
}

/* All of them without waiting; or none, and the one that somebody holds. */
static Oid
try_relations(const RefreshLocks *locks)
{
	ListCell *lc;

	foreach (lc, locks->relations)
	{
		if (ConditionalLockRelationOid(lfirst_oid(lc), AccessShareLock))
			continue;
		for (int i = 0; i < foreach_current_index(lc); i++)
			UnlockRelationOid(list_nth_oid(locks->relations, i), AccessShareLock);
		return lfirst_oid(lc);
	}
	return InvalidOid;
}

void
refresh_locks_take(const RefreshLocks *locks)
{
	Oid in_the_way;

	DEBUG_POINT("refresh-before-locks");
	for (;;)
	{
		population_lock(locks->anchor);
		DEBUG_POINT("refresh-after-population-lock");
		in_the_way = try_relations(locks);
		if (!OidIsValid(in_the_way))
			break;
		population_unlock(locks->anchor);
		LockRelationOid(in_the_way, AccessShareLock);
		UnlockRelationOid(in_the_way, AccessShareLock);
	}
	DEBUG_POINT("refresh-before-snapshot");
}

void
refresh_locks_take_relations(const RefreshLocks *locks)
{
	ListCell *lc;

	foreach (lc, locks->relations)
		LockRelationOid(lfirst_oid(lc), AccessShareLock);
}

/*
 * A log emptied, or a relation truncated, between an older snapshot and our
 * locks looks empty in the snapshot too.
 */
void
refresh_locks_require_not_rewritten(const RefreshLocks *locks)
{
	ListCell *lc;

	foreach (lc, locks->relations)
	{
		HeapTuple now = SearchSysCache1(RELOID, ObjectIdGetDatum(lfirst_oid(lc)));
		Oid file = HeapTupleIsValid(now) ? ((Form_pg_class) GETSTRUCT(now))->relfilenode : InvalidOid;

		if (HeapTupleIsValid(now))
			ReleaseSysCache(now);
		if (sql_query("SELECT 1 FROM pg_class WHERE oid OPERATOR(pg_catalog.=) %u "
					  "AND relfilenode OPERATOR(pg_catalog.=) %u",
					  lfirst_oid(lc), file) == 0)
			ereport(
				ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg(
					 "a change log was emptied or a mapped relation rewritten since the snapshot was taken"),
				 errhint("Try again in a new transaction, as its first statement.")));
	}
}
