/*
 * collect.c
 *	  Run a query to its end and keep its rows, then work on them.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/params.h"
#include "optimizer/optimizer.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/resowner.h"

#include "attempt.h"
#include "collect.h"
#include "debug.h"
#include "pinned.h"
#include "sql.h"

#define LOOKUP_PAGE_COST 1.1

typedef struct CollectReceiver
{
	DestReceiver pub;
	Collected *collected;
	MemoryContext context; /* where the result lives */
	ResourceOwner owner;   /* of its temporary file */
} CollectReceiver;

static void
collect_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	CollectReceiver *receiver = (CollectReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->context);
	ResourceOwner old_owner = CurrentResourceOwner;

	CurrentResourceOwner = receiver->owner;
	receiver->collected->desc = CreateTupleDescCopy(desc);
	INJECT("memory-rows");
	receiver->collected->rows = tuplestore_begin_heap(false, false, work_mem);
	CurrentResourceOwner = old_owner;
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

/*
 * Customers are looked up by key in tables that a refresh, or one of the
 * latest, has read or written: with pages taken to be on a disk, the planner
 * would read all of a table for one row in a hundred.
 */
static void
prefer_lookups(void)
{
	if (random_page_cost > LOOKUP_PAGE_COST)
		pin_setting("random_page_cost", psprintf("%g", LOOKUP_PAGE_COST));
}

/* "plan" is the query prepared, or NULL; "owner" is whose the rows are, which may outlive a subtransaction.
 */
static void
collect_with(Collected *collected, const char *query, SPIPlanPtr plan, ParamListInfo params,
			 ResourceOwner owner)
{
	CollectReceiver receiver = {.pub = {.receiveSlot = collect_row,
										.rStartup = collect_startup,
										.rShutdown = collect_nothing,
										.rDestroy = collect_nothing,
										.mydest = DestTuplestore},
								.collected = collected,
								.context = CurrentMemoryContext,
								.owner = owner};
	SPIExecuteOptions options = {
		.dest = &receiver.pub, .params = params, .read_only = api_reads_by_snapshot()};
	MemoryContext caller = CurrentMemoryContext;
	int level = NewGUCNestLevel();
	int result;

	ereport(DEBUG1, (errmsg_internal("segment runs: %s", query)));
	if (params)
		prefer_lookups();
	result = plan ? SPI_execute_plan_extended(plan, &options) : SPI_execute_extended(query, &options);
	AtEOXact_GUC(true, level);

	/* Not SPI's, whose memory goes with the connection alone. */
	MemoryContextSwitchTo(caller);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "could not run \"%s\": %s", query, SPI_result_code_string(result));
}

Collected *
collect(const char *query)
{
	Collected *collected = palloc0(sizeof(Collected));

	collect_with(collected, query, NULL, NULL, CurrentResourceOwner);
	return collected;
}

Collected *
collect_for_keys(const char *query, const KeySet *keys)
{
	Collected *collected = palloc0(sizeof(Collected));

	collect_with(collected, query, NULL, keys_parameter(keys), CurrentResourceOwner);
	return collected;
}

/* A query to try: what collect_with() takes. */
typedef struct Trial
{
	Collected *rows;
	const char *query;
	SPIPlanPtr plan;
	ParamListInfo params;
	ResourceOwner owner;
} Trial;

static void
collect_trial(void *argument)
{
	Trial *trial = argument;

	collect_with(trial->rows, trial->query, trial->plan, trial->params, trial->owner);
}

Collected *
collect_try(const char *query, SPIPlanPtr plan, const KeySet *keys, ErrorData **error)
{
	Trial trial = {.rows = palloc0(sizeof(Collected)),
				   .query = query,
				   .plan = plan,
				   .params = keys ? keys_parameter(keys) : NULL,
				   .owner = CurrentResourceOwner};

	*error = attempt(collect_trial, &trial);
	if (trial.params)
		pfree(DatumGetPointer(trial.params->params[0].value));
	if (*error == NULL)
		return trial.rows;
	if (trial.rows->rows)
		collected_free(trial.rows);
	return NULL;
}

void
collected_append(Collected *to, Collected *from)
{
	TupleTableSlot *slot = collected_slot(from);

	while (collected_next(from, slot))
	{
		tuplestore_puttupleslot(to->rows, slot);
		to->count++;
	}
	ExecDropSingleTupleTableSlot(slot);
}

void
keyset_add_collected(KeySet *set, Collected *rows)
{
	TupleTableSlot *slot = collected_slot(rows);

	while (collected_next(rows, slot))
	{
		bool isnull;
		Datum key = slot_getattr(slot, 1, &isnull);

		if (!isnull && set->type.length == -1)
			key = PointerGetDatum(PG_DETOAST_DATUM_PACKED(key));
		keyset_add(set, key, isnull);
	}
	ExecDropSingleTupleTableSlot(slot);
	collected_free(rows);
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
	bool isnull;
	Datum value = slot_getattr(slot, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}
