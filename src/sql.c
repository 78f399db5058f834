/*
 * sql.c
 *	  The one way to run SQL on the extension's own relations.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/regproc.h"
#include "utils/snapmgr.h"
#include "utils/varlena.h"

#include "compat.h"
#include "pinned.h"
#include "sql.h"

static void
extension_missing(void)
{
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("extension \"segment\" is not installed"),
					errhint("Run CREATE EXTENSION segment in this database.")));
}

Oid
extension_oid(void)
{
	Oid oid = get_extension_oid("segment", true);

	if (!OidIsValid(oid))
		extension_missing();
	return oid;
}

/* Owner and version of the extension, and who wrote them; InvalidOid when it has been dropped meanwhile. */
static Oid
read_extension(Oid extension, char **version, TransactionId *writer)
{
	Relation rel = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;
	Oid owner = InvalidOid;
	bool isnull;

	*version = NULL;
	ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(extension));
	scan = systable_beginscan(rel, ExtensionOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_extension) GETSTRUCT(tuple))->extowner;
		*version = TextDatumGetCString(
			heap_getattr(tuple, Anum_pg_extension_extversion, RelationGetDescr(rel), &isnull));
		*writer = HeapTupleHeaderGetXmin(tuple->t_data);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return owner;
}

Oid
extension_owner(void)
{
	char *version;
	TransactionId writer;

	return read_extension(extension_oid(), &version, &writer);
}

char *
extension_version(Oid extension)
{
	char *version;
	TransactionId writer = InvalidTransactionId;

	(void) read_extension(extension, &version, &writer);
	/* A commit is seen before what it tells the caches: of CREATE EXTENSION, the extension before its tables.
	 */
	if (TransactionIdIsNormal(writer))
	{
		XactLockTableWait(writer, NULL, NULL, XLTW_None);
		AcceptInvalidationMessages();
	}
	return version;
}

/* Whether a version comes before another: numbers between points, compared as such. */
static bool
is_older(const char *version, const char *than)
{
	int a[3] = {0};
	int b[3] = {0};

	(void) sscanf(version, "%d.%d.%d", &a[0], &a[1], &a[2]);
	(void) sscanf(than, "%d.%d.%d", &b[0], &b[1], &b[2]);
	for (int i = 0; i < 3; i++)
		if (a[i] != b[i])
			return a[i] < b[i];
	return false;
}

/*
 * Tables of another version are not what this library reads and writes.  Only
 * a script of the extension, which may pass through older versions on its way,
 * calls functions before they are.
 */
static void
refuse_other_version(const char *version)
{
	if (creating_extension || (version != NULL && strcmp(version, SEGMENT_VERSION) == 0))
		return;
	if (version == NULL)
		extension_missing();
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("extension \"segment\" is version %s in this database, its library is version %s",
					version, SEGMENT_VERSION),
			 is_older(version, SEGMENT_VERSION)
				 ? errhint("Run ALTER EXTENSION segment UPDATE in this database.")
				 : errhint("Connect again, or restart the server where the library is preloaded; if that "
						   "does not help, install the library of version %s.",
						   version)));
}

/* An error leaves it as it was; the next call, which says anew what it wants, does not mind. */
static bool reading_by_snapshot = false;

void
api_read_by_snapshot(bool reading)
{
	reading_by_snapshot = reading;
}

bool
api_reads_by_snapshot(void)
{
	return reading_by_snapshot;
}

void
api_begin(ApiCall *call)
{
	char *version;
	TransactionId writer;
	Oid owner = read_extension(extension_oid(), &version, &writer);

	refuse_other_version(version);
	call->was_reading = reading_by_snapshot;
	reading_by_snapshot = false;
	call->result_context = CurrentMemoryContext;
	GetUserIdAndSecContext(&call->caller, &call->sec_context);
	SetUserIdAndSecContext(owner, call->sec_context | SECURITY_LOCAL_USERID_CHANGE);
	call->guc_level = NewGUCNestLevel();
	pin_settings();
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
}

void
api_end(ApiCall *call)
{
	reading_by_snapshot = call->was_reading;
	SPI_finish();
	AtEOXact_GUC(false, call->guc_level);
	SetUserIdAndSecContext(call->caller, call->sec_context);
}

/*
 * A refresh with nothing to do is some dozens of small look-ups, whose planning
 * would cost more than they do: their plans are kept, by text.  The settings
 * they were made under are always the pinned ones.
 */
#define KEPT_PLANS 512

typedef struct KeptPlan
{
	uint64 hash; /* of the text: the key */
	char *text;
	SPIPlanPtr plan;
} KeptPlan;

static HTAB *kept_plans = NULL;
static int running_plans = 0; /* functions that a statement calls may run statements themselves */

static void
forget_plans(void)
{
	HASH_SEQ_STATUS scan;
	KeptPlan *kept;

	hash_seq_init(&scan, kept_plans);
	while ((kept = hash_seq_search(&scan)) != NULL)
	{
		SPI_freeplan(kept->plan);
		pfree(kept->text);
		hash_search(kept_plans, &kept->hash, HASH_REMOVE, NULL);
	}
}

/* Plans that are running cannot be forgotten: then there is room again once they have ended. */
static bool
make_room_for_plans(void)
{
	HASHCTL control = {.keysize = sizeof(uint64), .entrysize = sizeof(KeptPlan)};

	if (kept_plans == NULL)
		kept_plans = hash_create("segment plans", KEPT_PLANS, &control, HASH_ELEM | HASH_BLOBS);
	else if (hash_get_num_entries(kept_plans) >= KEPT_PLANS)
	{
		if (running_plans > 0)
			return false;
		forget_plans();
	}
	return true;
}

/* Or, without room, as long as SPI is connected. */
static SPIPlanPtr
keep_plan(const char *query, uint64 hash)
{
	SPIPlanPtr plan = SPI_prepare(query, 0, NULL);
	KeptPlan *kept;
	char *text;
	bool found;

	if (plan == NULL)
		elog(ERROR, "could not plan \"%s\": %s", query, SPI_result_code_string(SPI_result));
	if (!make_room_for_plans())
		return plan;
	text = MemoryContextStrdup(TopMemoryContext, query);
	SPI_keepplan(plan);
	kept = hash_search(kept_plans, &hash, HASH_ENTER, &found);
	kept->text = text;
	kept->plan = plan;
	return plan;
}

static int
run_plan(SPIPlanPtr plan)
{
	volatile int result = 0;

	running_plans++;
	PG_TRY();
	{
		result = SPI_execute_plan(plan, NULL, NULL, reading_by_snapshot, 0);
	}
	PG_FINALLY();
	{
		running_plans--;
	}
	PG_END_TRY();
	return result;
}

static int
execute_kept(const char *query)
{
	uint64 hash = hash_bytes_extended((const unsigned char *) query, strlen(query), 0);
	KeptPlan *kept = kept_plans ? hash_search(kept_plans, &hash, HASH_FIND, NULL) : NULL;

	if (kept == NULL)
		return run_plan(keep_plan(query, hash));
	if (strcmp(kept->text, query) != 0)
		return SPI_execute(query, reading_by_snapshot,
						   0); /* two texts with one hash: the first keeps its place */
	return run_plan(kept->plan);
}

static uint64 sql_execute(const char *format, va_list args_first, bool want_rows) pg_attribute_printf(1, 0);

static uint64
sql_execute(const char *format, va_list args_first, bool want_rows)
{
	MemoryContext caller = CurrentMemoryContext;
	StringInfoData query;
	int result;

	initStringInfo(&query);
	for (;;)
	{
		va_list args;
		int needed;

		va_copy(args, args_first);
		needed = appendStringInfoVA(&query, format, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&query, needed);
	}
	/* What reads users' relations in a restricted operation is planned as who runs it, every time. */
	if (want_rows && !InSecurityRestrictedOperation())
		result = execute_kept(query.data);
	else
		result = SPI_execute(query.data, reading_by_snapshot, 0);
	if (result < 0)
		elog(ERROR, "could not run \"%s\": %s", query.data, SPI_result_code_string(result));
	if (want_rows && SPI_tuptable == NULL)
		elog(ERROR, "\"%s\" returned no rows", query.data);
	pfree(query.data);
	/* SPI leaves its own context behind, whose memory goes with the connection alone. */
	MemoryContextSwitchTo(caller);
	return SPI_processed;
}

uint64
sql_run(const char *format, ...)
{
	va_list args;
	uint64 processed;

	va_start(args, format);
	processed = sql_execute(format, args, false);
	va_end(args);
	return processed;
}

uint64
sql_query(const char *format, ...)
{
	va_list args;
	uint64 processed;

	va_start(args, format);
	processed = sql_execute(format, args, true);
	va_end(args);
	return processed;
}

void
sql_register_rows(char *name, TupleDesc desc, Tuplestorestate *rows, int64 count)
{
	EphemeralNamedRelation relation = palloc0(sizeof(EphemeralNamedRelationData));

	relation->md.name = name;
	relation->md.tupdesc = desc;
	relation->md.enrtype = ENR_NAMED_TUPLESTORE;
	relation->md.enrtuples = count;
	relation->reldata = rows;
	if (SPI_register_relation(relation) != SPI_OK_REL_REGISTER)
		elog(ERROR, "could not register rows as \"%s\"", name);
}

char *
cell_text(uint64 row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

Datum
cell_datum(uint64 row, int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, isnull);
}

int32
cell_int(uint64 row, int column, int32 if_null)
{
	bool isnull;
	Datum value = cell_datum(row, column, &isnull);

	return isnull ? if_null : DatumGetInt32(value);
}

int64
cell_int64(uint64 row, int column, int64 if_null)
{
	bool isnull;
	Datum value = cell_datum(row, column, &isnull);

	return isnull ? if_null : DatumGetInt64(value);
}

bool
cell_bool(uint64 row, int column)
{
	bool isnull;
	Datum value = cell_datum(row, column, &isnull);

	return !isnull && DatumGetBool(value);
}

char *
literal_or_null(const char *text)
{
	return text ? quote_literal_cstr(text) : pstrdup("NULL");
}

void
belongs_to_extension(const char *qualified_name)
{
	List *names = segment_qualified_names(qualified_name);
	Oid relid = RangeVarGetRelid(makeRangeVarFromNameList(names), AccessExclusiveLock, false);
	ObjectAddress relation;
	ObjectAddress extension;

	ObjectAddressSet(relation, RelationRelationId, relid);
	ObjectAddressSet(extension, ExtensionRelationId, extension_oid());
	recordDependencyOn(&relation, &extension, DEPENDENCY_AUTO_EXTENSION);
}
