/*
 * build_fn.c
 *	  SQL face of the bulk build: ledgers from any query into any ledger table.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "build.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_build_ledgers);

/* Scales of the measures; the measures of a bare query are called by their number. */
static void
set_measures(LedgerBuild *build, ArrayType *scales)
{
	Datum *scale;
	bool *is_null;
	int n;
	const char **name;

	deconstruct_array(scales, INT4OID, sizeof(int32), true, TYPALIGN_INT, &scale, &is_null, &n);
	if (n > LEDGER_MAX_MEASURES)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a ledger cannot have more than %d measures", LEDGER_MAX_MEASURES),
						errhint("Build two ledgers.")));
	name = palloc(sizeof(char *) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		if (is_null[i] || DatumGetInt32(scale[i]) < 0 || DatumGetInt32(scale[i]) > LEDGER_MAX_SCALE)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("scale of measure %d is not between 0 and %d", i + 1, LEDGER_MAX_SCALE),
							errhint("Give the number of decimal digits of each measure.")));
		build->shape.scale[i] = (uint8) DatumGetInt32(scale[i]);
		name[i] = psprintf("%d", i + 1);
	}
	build->shape.nmeasures = (uint8) n;
	build->measure_name = name;
}

/* Only its owner may have a table written. */
static void
set_target(LedgerBuild *build, Oid relid)
{
	Relation relation = table_open(relid, AccessShareLock);

	if (!has_privs_of_role(GetUserId(), relation->rd_rel->relowner))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, RelationGetRelationName(relation));
	build->ledger_relid = relid;
	build->source_name = pstrdup(RelationGetRelationName(relation));
	if (RelationGetDescr(relation)->natts > 0)
		build->key_type = TupleDescAttr(RelationGetDescr(relation), 0)->atttypid;
	table_close(relation, AccessShareLock);
}

static Datum
result_row(FunctionCallInfo fcinfo, const LedgerBuildResult *result)
{
	TupleDesc columns;
	Datum value[8];
	bool is_null[8] = {false};

	columns = result_row_type(fcinfo);
	value[0] = Int64GetDatum(result->rows);
	value[1] = Int64GetDatum(result->undated);
	value[2] = Int64GetDatum(result->ledgers);
	value[3] = Int64GetDatum(result->inserted);
	value[4] = Int64GetDatum(result->updated);
	value[5] = Int64GetDatum(result->deleted);
	value[6] = BoolGetDatum(result->spilled);
	value[7] = Int32GetDatum(result->partitions);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(columns), value, is_null));
}

/* segment.build_ledgers(regclass, text, integer[], boolean, boolean, text) */
Datum
segment_build_ledgers(PG_FUNCTION_ARGS)
{
	LedgerBuild build = {0};
	LedgerBuildResult result;

	set_target(&build, PG_GETARG_OID(0));
	build.query = text_to_cstring(PG_GETARG_TEXT_PP(1));
	set_measures(&build, PG_GETARG_ARRAYTYPE_P(2));
	build.shape.has_dimension = PG_GETARG_BOOL(3);
	build.has_purchase = PG_GETARG_BOOL(4);
	build.timezone = text_to_cstring(PG_GETARG_TEXT_PP(5));
	build.owner = GetUserId();
	ledger_build(&build, &result);
	PG_RETURN_DATUM(result_row(fcinfo, &result));
}
