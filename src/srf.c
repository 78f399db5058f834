/*
 * srf.c
 *	  Functions that answer with rows: their own, or those of a query.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/tuplestore.h"

#include "srf.h"

TupleDesc
result_row_type(FunctionCallInfo fcinfo)
{
	TupleDesc desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return desc;
}

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

typedef struct ResultReceiver
{
	DestReceiver pub;
	FunctionCallInfo fcinfo;
	Tuplestorestate *store;
} ResultReceiver;

static void
result_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	ResultReceiver *receiver = (ResultReceiver *) self;

	receiver->store = result_begin(receiver->fcinfo, desc);
}

static bool
result_row(TupleTableSlot *slot, DestReceiver *self)
{
	tuplestore_puttupleslot(((ResultReceiver *) self)->store, slot);
	return true;
}

static void
result_nothing(DestReceiver *self)
{
}

/* Rows go straight where the executor will read them: a result may have one per customer. */
void
return_query(FunctionCallInfo fcinfo, const ApiCall *call, const char *query)
{
	ResultReceiver receiver = {.pub = {.receiveSlot = result_row,
									   .rStartup = result_startup,
									   .rShutdown = result_nothing,
									   .rDestroy = result_nothing,
									   .mydest = DestTuplestore},
							   .fcinfo = fcinfo};
	SPIExecuteOptions options = {.read_only = api_reads_by_snapshot(), .dest = &receiver.pub};
	int result = SPI_execute_extended(query, &options);

	if (result != SPI_OK_SELECT)
		elog(ERROR, "could not run \"%s\": %s", query, SPI_result_code_string(result));
}
