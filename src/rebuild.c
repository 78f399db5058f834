/*
 * rebuild.c
 *	  CALL segment.rebuild(): read sources in full, whatever the logs say.
 *
 * Forgetting how far a source has been read makes the next refresh read all of
 * it, and all of its children, whose rows it dates and assigns.
 */
#include "postgres.h"

#include "args.h"
#include "catalog.h"
#include "cursor.h"
#include "population_lock.h"
#include "procedure.h"
#include "refresh.h"

PG_FUNCTION_INFO_V1(segment_rebuild);

static void
forget(const Population *population, const char *source)
{
	ListCell *lc;

	if (source != NULL)
	{
		cursor_reset(population, source_by_name(population, source, false));
		return;
	}
	cursor_reset(population, NULL);
	foreach (lc, sources_of(population))
		cursor_reset(population, lfirst(lc));
}

/* The day stays: only what is known of it is read anew. */
Datum
segment_rebuild(PG_FUNCTION_ARGS)
{
	Population *population;
	char *name;
	char *source;
	bool refreshed;
	DateADT as_of;
	MemoryContext context;
	ApiCall call;

	procedure_begin(fcinfo, "rebuild");
	context = CurrentMemoryContext; /* SPI's, which outlives the transactions */
	source = arg_text(fcinfo, 0);
	name = arg_text(fcinfo, 1);
	transaction_begin(&call, false);
	population = population_by_name(name, false);
	population_check_access(population, call.caller);
	population_lock(population->anchor);
	population = population_by_id(population->id);
	forget(population, source);
	name = MemoryContextStrdup(context, population->name);
	refreshed = population->refreshed;
	as_of = population->as_of;
	transaction_end(&call, false);
	run_refresh(name, refreshed, as_of);
	procedure_end();
	PG_RETURN_VOID();
}
