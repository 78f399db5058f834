/*
 * capture_install.c
 *	  Put capture on the user's tables, take it off, and say whether it works.
 *
 * A relation gets one row trigger, which partitions of now and later inherit
 * by cloning, and a TRUNCATE trigger of its own per partition, however many
 * sources are mapped on it.  Triggers are created with the extension's rights
 * once the population's owner has been found to have TRIGGER; they go with the
 * extension, so that a plain DROP EXTENSION leaves nothing behind.
 *
 * Order of locks: first the user's tables, which waits for their writers, then
 * the logs.  Writers take them in that order too, so they never deadlock here.
 */
#include "postgres.h"

#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"

#include "capture_install.h"
#include "change_log.h"
#include "cursor.h"
#include "mapped.h"
#include "sql.h"

/* As they must be: AFTER, unconditional, without arguments or columns; 29 and 32 are their tgtype. */
#define INTACT(function, type)                                                                               \
	"t.tgfoid OPERATOR(pg_catalog.=) 'segment." function "()'::regprocedure "                                \
	"AND t.tgtype OPERATOR(pg_catalog.=) " type " AND t.tgqual IS NULL "                                     \
	"AND t.tgnargs OPERATOR(pg_catalog.=) 0 AND t.tgattr::text OPERATOR(pg_catalog.=) ''"

typedef struct CaptureTrigger
{
	const char *name;
	const char *events;
	const char *level;
	const char *function;
	const char *intact;
} CaptureTrigger;

static const CaptureTrigger row_trigger = {"segment_capture", "INSERT OR UPDATE OR DELETE", "ROW",
										   "segment.capture()", INTACT("capture", "29")};
static const CaptureTrigger truncate_trigger = {"segment_capture_truncate", "TRUNCATE", "STATEMENT",
												"segment.capture_truncate()",
												INTACT("capture_truncate", "32")};

static Oid
relation_of(const Population *population, const Source *source)
{
	return source != NULL ? source->relation : population->relation;
}

static const char *
name_of(const Source *source)
{
	return source != NULL ? source->name : NULL;
}

static char *
table_problem(Oid relation)
{
	char kind = get_rel_relkind(relation);

	if (kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE)
		return NULL;
	return psprintf("%s is no table", relation_label(relation));
}

static char *
privilege_problem(Oid relation, Oid owner)
{
	if (pg_class_aclcheck(relation, owner, ACL_TRIGGER) == ACLCHECK_OK)
		return NULL;
	return psprintf("role %s lacks the TRIGGER privilege on %s",
					quote_identifier(GetUserNameFromId(owner, false)), relation_label(relation));
}

/* What the triggers log of a row. */
static const char *
logged_column(const Population *population, const Source *source)
{
	if (source == NULL)
		return population->key_column;
	return source->parent_id != 0 ? source->parent_key : source->customer;
}

char *
capture_virtual_column(const Population *population, const Source *source)
{
	const char *name = logged_column(population, source);
	Oid relation = relation_of(population, source);
	MappedColumn *column = mapped_column_or_null(relation, name);

	if (column == NULL || !column->is_virtual)
		return NULL;
	return psprintf("column \"%s\" of %s is computed when it is read, and triggers do not see it", name,
					relation_label(relation));
}

char *
capture_impediment(const Population *population, const Source *source)
{
	Oid relation = relation_of(population, source);
	ListCell *lc;

	if (check_enable_rls(relation, population->owner, true) == RLS_ENABLED)
		return psprintf("row-level security of %s applies to role %s", relation_label(relation),
						quote_identifier(GetUserNameFromId(population->owner, false)));
	foreach (lc, find_all_inheritors(relation, AccessShareLock, NULL))
	{
		Oid leaf = lfirst_oid(lc);
		char *problem = table_problem(leaf);

		/* A partition takes its parent's triggers; an inheritance child would not. */
		if (problem == NULL && !get_rel_relispartition(leaf))
			problem = privilege_problem(leaf, population->owner);
		if (problem != NULL)
			return problem;
	}
	return capture_virtual_column(population, source);
}

char *
capture_problem(const Population *population, const Source *source)
{
	Oid relation = relation_of(population, source);
	char *problem;
	ChangeLog log;

	if (!relation_exists(relation))
		return pstrdup("the mapped relation is gone");
	problem = capture_impediment(population, source);
	if (problem != NULL)
		return problem;
	if (!change_log_find(population->name, name_of(source), &log))
		return pstrdup("there is no change log");
	if (sql_query("WITH RECURSIVE leaf(oid) AS (SELECT %u::oid UNION SELECT i.inhrelid FROM pg_inherits i "
				  "JOIN leaf ON i.inhparent OPERATOR(pg_catalog.=) leaf.oid) "
				  "SELECT leaf.oid FROM leaf WHERE NOT EXISTS (SELECT FROM pg_trigger t WHERE "
				  "t.tgrelid OPERATOR(pg_catalog.=) leaf.oid AND t.tgenabled OPERATOR(pg_catalog.=) 'A' "
				  "AND %s) ORDER BY 1 LIMIT 1",
				  relation, row_trigger.intact) > 0)
	{
		bool isnull;

		return psprintf("the capture trigger of %s is missing, altered or not enabled always",
						relation_label(DatumGetObjectId(cell_datum(0, 1, &isnull))));
	}
	return NULL;
}

static void
trigger_belongs_to_extension(Oid relation, const char *name)
{
	ObjectAddress trigger;
	ObjectAddress extension;

	ObjectAddressSet(trigger, TriggerRelationId, get_trigger_oid(relation, name, false));
	ObjectAddressSet(extension, ExtensionRelationId, extension_oid());
	recordDependencyOn(&trigger, &extension, DEPENDENCY_AUTO_EXTENSION);
}

static void
install_trigger(Oid relation, const CaptureTrigger *trigger)
{
	char *table = relation_label(relation);

	if (sql_query("SELECT t.tgname::text, t.tgenabled OPERATOR(pg_catalog.=) 'A' FROM pg_trigger t WHERE "
				  "t.tgrelid OPERATOR(pg_catalog.=) %u AND %s ORDER BY 2 DESC LIMIT 1",
				  relation, trigger->intact) > 0)
	{
		if (!cell_bool(0, 2))
			sql_run("ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER %s", table, quote_identifier(cell_text(0, 1)));
		return;
	}
	sql_run("CREATE TRIGGER %s AFTER %s ON %s FOR EACH %s EXECUTE FUNCTION %s", trigger->name,
			trigger->events, table, trigger->level, trigger->function);
	sql_run("ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER %s", table, trigger->name);
	trigger_belongs_to_extension(relation, trigger->name);
}

static void
lock_writers_out(Oid relation, LOCKMODE mode)
{
	LockRelationOid(relation, mode);
	(void) find_all_inheritors(relation, mode, NULL);
}

void
capture_install(const Population *population, const Source *source)
{
	Oid relation = relation_of(population, source);
	ListCell *lc;

	if (!relation_exists(relation) || capture_impediment(population, source) != NULL)
		return;
	lock_writers_out(relation, ShareRowExclusiveLock);
	/* What a slot that was dropped had to say is not known any more. */
	if (change_log_create(population, source))
		cursor_reset(population, source);
	/* Parents come first, so partitions have their clones when it is their turn, to be enabled always. */
	foreach (lc, find_all_inheritors(relation, NoLock, NULL))
	{
		install_trigger(lfirst_oid(lc), &row_trigger);
		install_trigger(lfirst_oid(lc), &truncate_trigger);
		CacheInvalidateRelcacheByRelid(lfirst_oid(lc));
	}
}

void
capture_repair(const Population *population)
{
	ListCell *lc;

	foreach (lc, lcons(NULL, sources_of(population)))
		capture_install(population, lfirst(lc));
}

/* Is anything mapped on the relation but this? */
static bool
mapped_otherwise(const Population *population, const Source *source)
{
	Oid relation = relation_of(population, source);

	return sql_query("SELECT 1 FROM segment.population WHERE relation OPERATOR(pg_catalog.=) %u "
					 "AND population_id OPERATOR(pg_catalog.<>) %d "
					 "UNION ALL SELECT 1 FROM segment.source WHERE relation OPERATOR(pg_catalog.=) %u "
					 "AND source_id OPERATOR(pg_catalog.<>) %d LIMIT 1",
					 relation, source != NULL ? 0 : population->id, relation,
					 source != NULL ? source->id : 0) > 0;
}

static void
drop_triggers(Oid relation)
{
	uint64 found = sql_query(
		"SELECT tgname::text FROM pg_trigger WHERE tgrelid OPERATOR(pg_catalog.=) %u AND tgparentid "
		"OPERATOR(pg_catalog.=) 0 AND (tgfoid OPERATOR(pg_catalog.=) 'segment.capture()'::regprocedure OR "
		"tgfoid OPERATOR(pg_catalog.=) 'segment.capture_truncate()'::regprocedure)",
		relation);
	List *names = NIL;
	ListCell *lc;

	for (uint64 row = 0; row < found; row++)
		names = lappend(names, cell_text(row, 1));
	foreach (lc, names)
		sql_run("DROP TRIGGER %s ON %s", quote_identifier(lfirst(lc)), relation_label(relation));
}

void
capture_remove(const Population *population, const Source *source)
{
	Oid relation = relation_of(population, source);
	bool keep = mapped_otherwise(population, source);
	char kind = relation_exists(relation) ? get_rel_relkind(relation) : '\0';

	if (kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE)
	{
		ListCell *lc;

		lock_writers_out(relation, keep ? ShareRowExclusiveLock : AccessExclusiveLock);
		foreach (lc, find_all_inheritors(relation, NoLock, NULL))
		{
			if (!keep)
				drop_triggers(lfirst_oid(lc));
			CacheInvalidateRelcacheByRelid(lfirst_oid(lc));
		}
	}
	change_log_drop(population, source);
}
