/*
 * srf.c
 *	  Set-returning functions that answer with the rows of a query.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/tuplestore.h"

#include "srf.h"

Tuplestorestate *
result_begin(FunctionCallInfo fcinfo, TupleDesc desc)
{
	ReturnSetInfo *info = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext old;

	if (info == NULL || !IsA(info, ReturnSetInfo) || (info->allowedModes & SFRM_Materialize) == 0)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("set-valued function called in context that cannot accept a set"),
						errhint("Call it in FROM.")));
	old = MemoryContextSwitchTo(info->econtext->ecxt_per_query_memory);
	info->returnMode = SFRM_Materialize;
	info->setResult = tuplestore_begin_heap(true, false, work_mem);
	info->setDesc = CreateTupleDescCopy(desc);
	MemoryContextSwitchTo(old);
	return info->setResult;
}

void
return_query(FunctionCallInfo fcinfo, const ApiCall *call, const char *query)
{
	Tuplestorestate *store;
	uint64		found = sql_query("%s", query);

	store = result_begin(fcinfo, SPI_tuptable->tupdesc);
	for (uint64 row = 0; row < found; row++)
		tuplestore_puttuple(store, SPI_tuptable->vals[row]);
}
