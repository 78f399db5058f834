/*
 * collect.c
 *	  Run a query to its end and keep its rows, then work on them.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/params.h"
#include "tcop/dest.h"
#include "utils/builtins.h"

#include "collect.h"
#include "sql.h"

typedef struct CollectReceiver
{
	DestReceiver pub;
	Collected  *collected;
	MemoryContext context;		/* where the result lives */
} CollectReceiver;

static void
collect_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	CollectReceiver *receiver = (CollectReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->context);

	receiver->collected->desc = CreateTupleDescCopy(desc);
	receiver->collected->rows = tuplestore_begin_heap(false, false, work_mem);
	MemoryContextSwitchTo(old);
}

static bool
collect_row(TupleTableSlot *slot, DestReceiver *self)
{
	CollectReceiver *receiver = (CollectReceiver *) self;

	tuplestore_puttupleslot(receiver->collected->rows, slot);
	receiver->collected->count++;
	return true;
}

static void
collect_nothing(DestReceiver *self)
{
}

ParamListInfo
keys_parameter(const KeySet *keys)
{
	ParamListInfo params = makeParamList(1);

	params->params[0].value = keyset_array(keys);
	params->params[0].isnull = false;
	params->params[0].pflags = PARAM_FLAG_CONST;
	params->params[0].ptype = keyset_array_type(keys);
	return params;
}

static Collected *
collect_with(const char *query, ParamListInfo params)
{
	CollectReceiver receiver = {
		.pub = {.receiveSlot = collect_row,.rStartup = collect_startup,.rShutdown = collect_nothing,
		.rDestroy = collect_nothing,.mydest = DestTuplestore},
		.collected = palloc0(sizeof(Collected)),.context = CurrentMemoryContext
	};
	SPIExecuteOptions options = {.dest = &receiver.pub,.params = params,.read_only = api_reads_by_snapshot()};
	int			result;

	ereport(DEBUG1, (errmsg_internal("segment runs: %s", query)));
	result = SPI_execute_extended(query, &options);

	if (result != SPI_OK_SELECT)
		elog(ERROR, "could not run \"%s\": %s", query, SPI_result_code_string(result));
	return receiver.collected;
}

Collected *
collect(const char *query)
{
	return collect_with(query, NULL);
}

Collected *
collect_for_keys(const char *query, const KeySet *keys)
{
	return collect_with(query, keys_parameter(keys));
}

int
collected_column(const Collected *collected, const char *name)
{
	for (int i = 0; i < collected->desc->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(collected->desc, i)->attname), name) == 0)
			return i + 1;
	elog(ERROR, "evaluation has no column \"%s\"", name);
	return 0;
}

TupleTableSlot *
collected_slot(const Collected *collected)
{
	return MakeSingleTupleTableSlot(collected->desc, &TTSOpsMinimalTuple);
}

bool
collected_next(Collected *collected, TupleTableSlot *slot)
{
	CHECK_FOR_INTERRUPTS();
	return tuplestore_gettupleslot(collected->rows, true, false, slot);
}

void
collected_free(Collected *collected)
{
	tuplestore_end(collected->rows);
	FreeTupleDesc(collected->desc);
	pfree(collected);
}

char *
slot_text(TupleTableSlot *slot, int column)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}
