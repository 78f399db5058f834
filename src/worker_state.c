/*
 * worker_state.c
 *	  Whether the background worker is there: what monitoring asks.
 */
#include "postgres.h"

#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "guc.h"
#include "shmem.h"
#include "srf.h"
#include "worker_state.h"

typedef struct Diagnosis
{
	const char *why; /* NULL: it runs */
	const char *remedy;
} Diagnosis;

static Diagnosis
diagnose_scheduler(void)
{
	WorkerSlot slot;

	if (!database_is_wanted(get_database_name(MyDatabaseId)))
		return (Diagnosis){"segment.databases does not name this database",
						   "Add it there and reload the configuration."};
	if (slot_find(WORKER_SCHEDULER, MyDatabaseId, &slot))
		return segment_max_workers > 0 ? (Diagnosis){NULL, NULL}
									   : (Diagnosis){"segment.max_workers is 0: no job is started",
													 "Raise it and reload the configuration."};
	if (shmem_no_slots())
		return (Diagnosis){"no background worker can be started",
						   "Raise max_worker_processes and restart the server."};
	return (Diagnosis){
		"no scheduler runs in this database",
		"One starts by itself within seconds, unless the extension has another version than the "
		"library: the server's log says so, and ALTER EXTENSION segment UPDATE cures it."};
}

static Diagnosis
diagnose(void)
{
	WorkerSlot slot;

	if (!shmem_available())
		return (Diagnosis){
			"segment is not in shared_preload_libraries: nothing runs by itself",
			"Add it and restart the server, or CALL segment.run_due_jobs() from cron or systemd."};
	if (RecoveryInProgress())
		return (Diagnosis){"the server is a standby: jobs run on the primary",
						   "They run here once it is promoted."};
	if (!slot_find(WORKER_LAUNCHER, InvalidOid, &slot))
		return (Diagnosis){
			"the launcher is not running",
			"It starts by itself within seconds; the server's log says why it does not, often for "
			"want of max_worker_processes."};
	return diagnose_scheduler();
}

bool
worker_running(char **why)
{
	Diagnosis diagnosis = diagnose();

	*why = diagnosis.why != NULL ? pstrdup(diagnosis.why) : NULL;
	return diagnosis.why == NULL;
}

const char *
worker_remedy(void)
{
	return diagnose().remedy;
}

/* ---- segment.workers() ---- */

static const char *const kind_names[] = {"launcher", "scheduler", "job"};

static const char *
state_name(const WorkerSlot *slot)
{
	if (slot->stop)
		return "stopping";
	return slot->kind == WORKER_SCHEDULER && !slot->ready ? "starting" : "running";
}

static void
put_slot(Tuplestorestate *store, TupleDesc row, const WorkerSlot *slot)
{
	bool has_database = OidIsValid(slot->database);
	char *database = has_database ? get_database_name(slot->database) : NULL;
	Datum values[] = {Int32GetDatum(slot->pid),
					  CStringGetTextDatum(kind_names[slot->kind]),
					  database ? DirectFunctionCall1(namein, CStringGetDatum(database)) : (Datum) 0,
					  CStringGetTextDatum(state_name(slot)),
					  Int32GetDatum(slot->job_id),
					  TimestampTzGetDatum(slot->started),
					  Int64GetDatum((int64) slot->passes)};
	bool nulls[lengthof(values)] = {
		false, false, database == NULL, false, slot->kind != WORKER_JOB, false, slot->kind == WORKER_JOB};

	tuplestore_putvalues(store, row, values, nulls);
}

PG_FUNCTION_INFO_V1(segment_workers);

Datum
segment_workers(PG_FUNCTION_ARGS)
{
	TupleDesc row;
	Tuplestorestate *store;
	WorkerSlot *slots;
	int count = 0;

	row = result_row_type(fcinfo);
	store = result_begin(fcinfo, row);
	slots = shmem_available() ? slots_snapshot(&count) : NULL;
	for (int i = 0; i < count; i++)
		put_slot(store, row, &slots[i]);
	return (Datum) 0;
}
