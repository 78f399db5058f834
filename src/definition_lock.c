/*
 * definition_lock.c
 *	  One writer at a time of what API functions read before they write it.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "definition_lock.h"
#include "population_lock.h"
#include "sql.h"

/* Written by a transaction that this one's snapshot does not see? */
static bool
is_news(HeapTuple row, Snapshot seen)
{
	TransactionId writer = HeapTupleHeaderGetXmin(row->t_data);

	return TransactionIdIsNormal(writer) && !TransactionIdIsCurrentTransactionId(writer) &&
		   XidInMVCCSnapshot(writer, seen);
}

/* Rows of definitions are deleted by erasures alone (erasure.h): whatever else happened has left one. */
static bool
has_news(Oid table)
{
	Relation relation = table_open(table, AccessShareLock);
	Snapshot now = RegisterSnapshot(GetLatestSnapshot());
	Snapshot seen = GetTransactionSnapshot();
	TableScanDesc scan = table_beginscan(relation, now, 0, NULL);
	HeapTuple row;
	bool news = false;

	while (!news && (row = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		news = is_news(row, seen);
	}
	table_endscan(scan);
	UnregisterSnapshot(now);
	table_close(relation, NoLock);
	return news;
}

void
definition_lock(Oid table)
{
	LockRelationOid(table, ShareUpdateExclusiveLock);
	if (IsolationUsesXactSnapshot() && has_news(table))
		ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						errmsg("could not serialize access due to a concurrent change of definitions"),
						errhint("Try again in a new transaction.")));
}

void
population_lock_in_transaction(const Population *population)
{
	population_lock(population->anchor);
	/* Every refresh updates the row: one that this transaction does not see is an error here. */
	if (IsolationUsesXactSnapshot())
		sql_query("SELECT 1 FROM segment.population WHERE population_id OPERATOR(pg_catalog.=) %d "
				  "FOR NO KEY UPDATE",
				  population->id);
}
