/*
 * capture_target.c
 *	  Which logs a relation's changes go to, remembered per session.
 *
 * The capture trigger runs in whatever user's transaction, for every row: it
 * can neither run SQL nor trust its arguments.  So the definitions are read
 * here straight from their tables, once per relation and session.
 *
 * What changes the answer invalidates the relation's relcache entry, after
 * having locked out its writers: creating or dropping a trigger, attaching and
 * detaching a partition, altering a column, and capture_install.c wherever it
 * touches no trigger.  A target points to log tables by OID; one that has been
 * dropped meanwhile is skipped when the log is written.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_inherits.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "capture_target.h"
#include "compat.h"
#include "mapped.h"

/* One population or source as its definition table has it. */
typedef struct Mapping
{
	int population_id;
	char *name;
	Oid relation;
	char *column; /* captured */
} Mapping;

static HTAB *cache = NULL;

static void
invalidate(CaptureTargets *targets)
{
	targets->valid = false;
	targets->invalidations++;
}

static void
relation_changed(Datum unused, Oid relid)
{
	HASH_SEQ_STATUS scan;
	CaptureTargets *targets;

	if (OidIsValid(relid))
	{
		targets = hash_search(cache, &relid, HASH_FIND, NULL);
		if (targets != NULL)
			invalidate(targets);
		return;
	}
	hash_seq_init(&scan, cache);
	while ((targets = hash_seq_search(&scan)) != NULL)
		invalidate(targets);
}

static void
create_cache(void)
{
	HASHCTL control = {
		.keysize = sizeof(Oid), .entrysize = sizeof(CaptureTargets), .hcxt = CacheMemoryContext};

	cache = hash_create("segment capture targets", 32, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
}

static void
append_parents(List **relations, Relation inherits, Oid relation)
{
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		*relations = list_append_unique_oid(*relations, ((Form_pg_inherits) GETSTRUCT(tuple))->inhparent);
	systable_endscan(scan);
}

/* The relation and all it is a partition or child of, at any depth. */
static List *
relation_and_ancestors(Oid relation)
{
	List *relations = list_make1_oid(relation);
	Relation inherits = table_open(InheritsRelationId, AccessShareLock);
	ListCell *lc;

	foreach (lc, relations) /* grows on the way */
		append_parents(&relations, inherits, lfirst_oid(lc));
	table_close(inherits, AccessShareLock);
	return relations;
}

static Datum
field(HeapTuple tuple, TupleDesc desc, const char *name, bool *isnull)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);

		if (!attribute->attisdropped && strcmp(NameStr(attribute->attname), name) == 0)
			return heap_getattr(tuple, i + 1, desc, isnull);
	}
	*isnull = true;
	return (Datum) 0;
}

static Mapping *
read_mapping(HeapTuple tuple, TupleDesc desc, const char *column, const char *child_column)
{
	Mapping *mapping = palloc0(sizeof(Mapping));
	bool isnull;
	Datum value;

	value = field(tuple, desc, "population_id", &isnull);
	mapping->population_id = isnull ? 0 : DatumGetInt32(value);
	value = field(tuple, desc, "name", &isnull);
	mapping->name = isnull ? "" : TextDatumGetCString(value);
	value = field(tuple, desc, "relation", &isnull);
	mapping->relation = isnull ? InvalidOid : DatumGetObjectId(value);
	value = field(tuple, desc, column, &isnull);
	if (isnull && child_column != NULL)
		value = field(tuple, desc, child_column, &isnull);
	mapping->column = isnull ? "" : pstrdup(NameStr(*DatumGetName(value)));
	return mapping;
}

/*
 * All rows of a definition table, by the newest snapshot there is: a source
 * created since this transaction's own snapshot counts.
 */
static List *
read_mappings(const char *table, const char *column, const char *child_column)
{
	Oid schema = get_namespace_oid("segment", true);
	Oid relid = OidIsValid(schema) ? get_relname_relid(table, schema) : InvalidOid;
	List *mappings = NIL;
	Relation relation;
	SysScanDesc scan;
	HeapTuple tuple;

	if (!OidIsValid(relid))
		return NIL;
	relation = table_open(relid, AccessShareLock);
	scan = systable_beginscan(relation, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		mappings = lappend(mappings, read_mapping(tuple, RelationGetDescr(relation), column, child_column));
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	return mappings;
}

/* The column to log, unless it is gone, virtual or no longer fits the log: then all that can be said is
 * "everything". */
static void
find_key(CaptureTarget *target, Relation relation, const char *column)
{
	TupleDesc desc = RelationGetDescr(relation);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);

		if (attribute->attisdropped || strcmp(NameStr(attribute->attname), column) != 0)
			continue;
		if (storable_type(attribute->atttypid) != target->log.key_type ||
			attribute->attgenerated == ATTRIBUTE_GENERATED_VIRTUAL)
			return;
		target->key = attribute->attnum;
		target->is_enum = get_typtype(getBaseType(attribute->atttypid)) == TYPTYPE_ENUM;
	}
}

static List *
add_target(List *found, Relation relation, const Mapping *mapping, const char *population, const char *source)
{
	CaptureTarget *target = palloc0(sizeof(CaptureTarget));

	if (!change_log_find(population, source, &target->log))
		return found;
	find_key(target, relation, mapping->column);
	return lappend(found, target);
}

static List *
find_targets(Relation relation)
{
	List *relations = relation_and_ancestors(RelationGetRelid(relation));
	List *populations = read_mappings("population", "key_column", NULL);
	List *sources = read_mappings("source", "customer", "parent_key");
	List *found = NIL;
	ListCell *lc;

	foreach (lc, populations)
	{
		Mapping *population = lfirst(lc);
		ListCell *inner;

		if (list_member_oid(relations, population->relation))
			found = add_target(found, relation, population, population->name, NULL);
		foreach (inner, sources)
		{
			Mapping *source = lfirst(inner);

			if (source->population_id == population->population_id &&
				list_member_oid(relations, source->relation))
				found = add_target(found, relation, source, population->name, source->name);
		}
	}
	return found;
}

/* An invalidation that comes in meanwhile leaves the entry invalid: the next row looks again. */
static void
look_up(CaptureTargets *targets, Relation relation)
{
	uint32 before = targets->invalidations;
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "segment capture look-up", ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	List *found = find_targets(relation);
	CaptureTarget *copy = NULL;
	ListCell *lc;

	if (found != NIL)
		copy = MemoryContextAlloc(CacheMemoryContext, sizeof(CaptureTarget) * list_length(found));
	foreach (lc, found)
		copy[foreach_current_index(lc)] = *(CaptureTarget *) lfirst(lc);
	if (targets->target != NULL)
		pfree(targets->target);
	targets->target = copy;
	targets->count = list_length(found);
	targets->valid = targets->invalidations == before;
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

const CaptureTargets *
capture_targets(Relation relation)
{
	static CaptureTargets *latest = NULL; /* entries are never removed */
	Oid relid = RelationGetRelid(relation);
	bool found;

	if (latest == NULL || latest->relation != relid)
	{
		CaptureTargets *targets;

		if (cache == NULL)
			create_cache();
		targets = hash_search(cache, &relid, HASH_ENTER, &found);
		if (!found)
			memset((char *) targets + sizeof(Oid), 0, sizeof(CaptureTargets) - sizeof(Oid));
		latest = targets;
	}
	if (!latest->valid)
		look_up(latest, relation);
	return latest;
}
