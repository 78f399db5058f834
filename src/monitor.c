/*
 * monitor.c
 *	  What the views and checks of monitoring have in common.
 *
 * It is polled: an empty log costs a look at its size, a short one is counted,
 * and a long one is estimated, since counting would read all of it.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_authid.h"
#include "lib/stringinfo.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/rel.h"

#include "change_log.h"
#include "cursor.h"
#include "monitor.h"
#include "sql.h"

#define COUNTED_BLOCKS 512 /* 4 MB of a log */
#define ROWS_A_BLOCK 180   /* of a key of 8 bytes */

static int64
relation_blocks(Oid relid)
{
	Relation relation = try_relation_open(relid, AccessShareLock);
	int64 blocks = 0;

	if (relation == NULL)
		return 0;
	blocks = RelationGetNumberOfBlocks(relation);
	relation_close(relation, AccessShareLock);
	return blocks;
}

static void
add_log(const Population *population, const Source *source, Backlog *backlog)
{
	ChangeLog log;
	int64 blocks = 0;

	if (!change_log_find(population->name, source ? source->name : NULL, &log))
		return;
	for (int slot = 0; slot < CHANGE_LOG_SLOTS; slot++)
		blocks += relation_blocks(log.table[slot]);
	backlog->bytes += blocks * BLCKSZ;
	if (blocks == 0)
		return;
	if (blocks > COUNTED_BLOCKS)
	{
		backlog->rows += blocks * ROWS_A_BLOCK;
		return;
	}
	sql_query("SELECT pg_catalog.count(*) FROM %s",
			  change_log_unseen(population, source, cursor_last_sql(population, source)));
	backlog->rows += cell_int64(0, 1, 0);
}

Backlog
population_backlog(const Population *population)
{
	Backlog backlog = {.known = population->refreshed};
	ListCell *lc;

	add_log(population, NULL, &backlog);
	foreach (lc, sources_of(population))
		add_log(population, lfirst(lc), &backlog);
	return backlog;
}

char *
may_monitor_sql(Oid caller, const char *owner)
{
	if (has_privs_of_role(caller, ROLE_PG_MONITOR))
		return pstrdup("true");
	return psprintf("pg_catalog.pg_has_role(%u::oid, %s, 'USAGE')", caller, owner);
}

static bool
may_monitor(Oid caller, const Population *population)
{
	return has_privs_of_role(caller, ROLE_PG_MONITOR) ||
		   (OidIsValid(population->owner) && has_privs_of_role(caller, population->owner));
}

List *
populations_monitored(Oid caller)
{
	List *result = NIL;
	ListCell *lc;

	foreach (lc, populations_all())
		if (may_monitor(caller, lfirst(lc)))
			result = lappend(result, lfirst(lc));
	return result;
}

static bool
may_select(Oid caller, const char *relation)
{
	Oid relid = data_oid(relation);

	return OidIsValid(relid) && pg_class_aclcheck(relid, caller, ACL_SELECT) == ACLCHECK_OK;
}

/* The view that applications join, a scheme's scorecard, or those of all. */
static bool
may_read_results(Oid caller, const Population *population)
{
	ListCell *lc;

	if (may_select(caller, "segment.scorecard") || may_select(caller, data_name(population->name, "")))
		return true;
	foreach (lc, schemes_of(population, "active"))
		if (may_select(caller, data_name(((Scheme *) lfirst(lc))->name, "_scorecard_wide")))
			return true;
	return false;
}

List *
populations_read(Oid caller)
{
	List *result = NIL;
	ListCell *lc;

	foreach (lc, populations_all())
		if (may_monitor(caller, lfirst(lc)) || may_read_results(caller, lfirst(lc)))
			result = lappend(result, lfirst(lc));
	return result;
}

static void
append_written(StringInfo array, const Population *population, const Source *source)
{
	ChangeLog log;

	appendStringInfo(array, "%s%u", array->data[array->len - 1] == '{' ? "" : ",",
					 source ? source->relation : population->relation);
	if (!change_log_find(population->name, source ? source->name : NULL, &log))
		return;
	for (int slot = 0; slot < CHANGE_LOG_SLOTS; slot++)
		appendStringInfo(array, ",%u", log.table[slot]);
}

char *
written_relations_sql(const Population *population)
{
	StringInfoData array;
	ListCell *lc;

	initStringInfo(&array);
	appendStringInfoString(&array, "'{");
	append_written(&array, population, NULL);
	foreach (lc, sources_of(population))
		append_written(&array, population, lfirst(lc));
	appendStringInfoString(&array, "}'::oid[]");
	return array.data;
}
