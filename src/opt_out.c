/*
 * opt_out.c
 *	  Take customers out who withdrew consent while results were computed.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "alias.h"
#include "assign.h"
#include "capture_target.h"
#include "change_log.h"
#include "changes.h"
#include "consent.h"
#include "customers.h"
#include "debug.h"
#include "evaluate.h"
#include "facts_follow.h"
#include "late_entry.h"
#include "opt_out.h"
#include "pinned.h"
#include "sql.h"

/* Writers queue behind us meanwhile; a setting of the session's own holds instead. */
#define LOCK_TIMEOUT "2s"

static void
lock_slots(const ChangeLog *log)
{
	int level = NewGUCNestLevel();

	if (LockTimeout == 0)
		pin_setting("lock_timeout", LOCK_TIMEOUT);
	for (int slot = 0; slot < CHANGE_LOG_SLOTS; slot++)
		LockRelationOid(log->table[slot], ShareLock);
	AtEOXact_GUC(true, level);
}

static void
raise_writer_in_the_way(const Population *population)
{
	ereport(
		ERROR,
		(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
		 errmsg("an open transaction may yet withdraw a consent of population \"%s\"", population->name),
		 errdetail("Results are committed when no transaction that has logged a change of the population's "
				   "table is left open, which did not happen within lock_timeout."),
		 errhint("Results are kept as they were: try again. A prepared transaction (pg_prepared_xacts) "
				 "holds it up until it is settled, an open one that has called segment.override or "
				 "segment.merge_customer until it ends.")));
}

/* Nobody is between logging a change and the end of the transaction; nobody gets there before we end. */
static void
lock_writers_out(const Population *population)
{
	MemoryContext caller = CurrentMemoryContext;
	ChangeLog log;

	if (!change_log_find(population->name, NULL, &log))
		return;
	DEBUG_POINT("opt-out-before-lock");
	PG_TRY();
	{
		lock_slots(&log);
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE)
			PG_RE_THROW();
		FlushErrorState();
		raise_writer_in_the_way(population);
	}
	PG_END_TRY();
	DEBUG_POINT("opt-out-after-lock");
}

/*
 * By a newer snapshot than the transaction's.  Changes of this transaction's
 * own, still to be logged, may be anyone's.
 */
static KeySet *
find_objectors(const Population *population)
{
	const Aliases *aliases = aliases_read(population);
	KeySet *changed = NULL;
	KeySet *objectors;
	bool was_reading;

	CommandCounterIncrement();
	PushActiveSnapshot(GetLatestSnapshot());
	was_reading = api_reads_by_snapshot();
	api_read_by_snapshot(true);
	if (!capture_is_pending())
		changed = changes_of_population(population, aliases);
	if (changed != NULL && keyset_is_empty(changed))
		objectors = changed;
	else
		objectors = consent_objectors(population, aliases, changed);
	api_read_by_snapshot(was_reading);
	PopActiveSnapshot();
	return objectors;
}

/* Those who are customers as results have it. */
static KeySet *
find_opt_outs(const Population *population)
{
	KeySet *objectors = find_objectors(population);
	KeySet *found = keyset_create(objectors->type.type, objectors->type.collation);
	const char *key = quote_identifier(population->key_name);

	if (objectors->nkeys > 0)
		keyset_add_collected(
			found, collect_for_keys(psprintf("SELECT %s FROM %s WHERE %s OPERATOR(pg_catalog.=) ANY ($1)",
											 key, data_name(population->name, "_feature"), key),
									objectors));
	return found;
}

/* As a refresh does with customers whose rows have gone, on the day results are of. */
static void
take_out(Population *population, const KeySet *keys)
{
	EvaluationPlan *plan = evaluation_plan(population);
	CustomersSyncResult result;
	FactsFollow facts;

	facts_follow_begin(&facts, population, plan->sources, schemes_of_plan(plan), keys, population->as_of);
	plan->late = late_entries_create(population);
	customers_remove(population, keys, plan->late, &result);
	(void) assign_removed(plan, keys, population->as_of);
	late_entries_mark(plan->late, plan->sources);
	facts_follow_end(&facts, NULL);
	sql_run("UPDATE segment.population SET customers = customers OPERATOR(pg_catalog.-) " INT64_FORMAT
			" WHERE population_id OPERATOR(pg_catalog.=) %d",
			result.deleted, population->id);
	DEBUG_POINT("opt-out-after-removal");
}

static void
check(int population_id, bool last)
{
	Population *population = population_by_id(population_id);
	KeySet *found;

	if (population->consent_sql == NULL || !population->refreshed)
		return;
	if (last)
		lock_writers_out(population);
	found = find_opt_outs(population);
	if (found->nkeys > 0)
		take_out(population, found);
}

void
opt_outs_take_out(int population_id)
{
	check(population_id, false);
}

void
opt_outs_take_out_last(int population_id)
{
	check(population_id, true);
}
