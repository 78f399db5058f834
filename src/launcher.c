/*
 * launcher.c
 *	  The one process that starts the others.
 *
 * It is connected to no database and sees the shared catalogs only, so it
 * cannot know who has the extension: it starts a scheduler in every database
 * it may, and one that finds no extension says so and leaves.  That is
 * remembered until somebody creates an extension there, and for an hour at
 * most.  Each pass compares what should run with what runs; nothing depends on
 * an event being seen.  State machine and reasons: doc/worker.md.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/ipc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "clock.h"
#include "compat.h"
#include "guc.h"
#include "launcher.h"
#include "worker.h"

#define RESTART_SECONDS 2
/* Schedulers that have not found the extension yet: a server of many databases is not flooded. */
#define MAX_STARTING 2
#define LOOK_AGAIN (3600 * 1000)
#define AFTER_TERMINATION 1000
/* A scheduler that lived so long starts a new count of failures. */
#define SETTLED (60 * 1000)

typedef struct Database
{
	Oid oid;
	bool wanted; /* in this pass */
	BackgroundWorkerHandle *scheduler;
	uint64 holds; /* when it was started */
	TimestampTz started;
	TimestampTz next_start;
	WorkerOutcome outcome; /* of the last one */
	Episode failing;
} Database;

typedef struct Launcher
{
	MemoryContext context;
	MemoryContext pass; /* reset in each */
	List *databases;    /* of Database */
	Episode no_slots;
	TimestampTz slots_again;
} Launcher;

void
launcher_register(void)
{
	BackgroundWorker worker;
	WorkerArgument argument = {0};

	/* pg_upgrade counts connections. */
	if (IsBinaryUpgrade)
		return;
	worker_describe(&worker, WORKER_LAUNCHER, &argument);
	worker.bgw_restart_time = RESTART_SECONDS;
	RegisterBackgroundWorker(&worker);
}

/* ---- which databases there are ---- */

static Database *
find_database(const Launcher *launcher, Oid oid)
{
	ListCell *cell;

	foreach (cell, launcher->databases)
	{
		Database *database = lfirst(cell);

		if (database->oid == oid)
			return database;
	}
	return NULL;
}

static bool
may_have_scheduler(Form_pg_database database)
{
	return database->datallowconn && !database->datistemplate && !segment_database_is_invalid(database) &&
		   database_is_wanted(NameStr(database->datname));
}

static void
want_database(Launcher *launcher, Oid oid)
{
	Database *database = find_database(launcher, oid);

	if (database == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(launcher->context);

		database = palloc0(sizeof(Database));
		database->oid = oid;
		launcher->databases = lappend(launcher->databases, database);
		MemoryContextSwitchTo(caller);
	}
	database->wanted = true;
}

static void
read_databases(Launcher *launcher)
{
	Relation catalog;
	TableScanDesc scan;
	HeapTuple tuple;
	ListCell *cell;

	foreach (cell, launcher->databases)
		((Database *) lfirst(cell))->wanted = false;
	StartTransactionCommand();
	(void) GetTransactionSnapshot();
	MemoryContextSwitchTo(launcher->pass);
	catalog = table_open(DatabaseRelationId, AccessShareLock);
	scan = table_beginscan_catalog(catalog, 0, NULL);
	while (HeapTupleIsValid(tuple = heap_getnext(scan, ForwardScanDirection)))
	{
		Form_pg_database database = (Form_pg_database) GETSTRUCT(tuple);

		if (may_have_scheduler(database))
			want_database(launcher, database->oid);
	}
	table_endscan(scan);
	table_close(catalog, AccessShareLock);
	CommitTransactionCommand();
	MemoryContextSwitchTo(launcher->pass);
}

/* ---- what became of the schedulers ---- */

static void
start_after(Database *database, int milliseconds)
{
	database->next_start = TimestampTzPlusMilliseconds(clock_now(), milliseconds);
}

static void
scheduler_has_left(Database *database, WorkerOutcome outcome)
{
	if (TimestampDifferenceExceeds(database->started, clock_now(), SETTLED))
		database->failing.delay = 0;
	switch (outcome)
	{
		case OUTCOME_NO_EXTENSION:
		case OUTCOME_OTHER_VERSION:
			start_after(database, LOOK_AGAIN);
			break;
		case OUTCOME_TERMINATED:
			start_after(database, AFTER_TERMINATION);
			break;
		case OUTCOME_ASKED:
			start_after(database, 0);
			break;
		case OUTCOME_DIED:
			(void) episode_continues(&database->failing);
			start_after(database, database->failing.delay);
			break;
	}
	database->outcome = outcome;
}

/* A scheduler without a word saw that a database was held as it came, or died. */
static void
look_after(Database *database)
{
	pid_t pid;
	WorkerOutcome outcome = OUTCOME_DIED;

	if (database->scheduler != NULL && GetBackgroundWorkerPid(database->scheduler, &pid) == BGWH_STOPPED)
	{
		pfree(database->scheduler);
		database->scheduler = NULL;
		if (database->holds != holds_begun())
			outcome = OUTCOME_ASKED;
		(void) slot_collect(database->oid, &outcome);
		scheduler_has_left(database, outcome);
	}
	/* One that a former launcher started. */
	else if (database->scheduler == NULL && slot_collect(database->oid, &outcome))
		scheduler_has_left(database, outcome);
}

/* Told of a change: whatever was known of a database is old. */
static void
take_poke(Launcher *launcher)
{
	Oid oid;
	ListCell *cell;

	if (!launcher_poked(&oid))
		return;
	foreach (cell, launcher->databases)
	{
		Database *database = lfirst(cell);

		if (OidIsValid(oid) && database->oid != oid)
			continue;
		database->next_start = 0;
		database->failing.delay = 0;
		/* Whatever is wrong may be told again. */
		database->outcome = OUTCOME_ASKED;
	}
}

static void
look_after_all(Launcher *launcher)
{
	ListCell *cell;

	foreach (cell, launcher->databases)
	{
		Database *database = lfirst(cell);

		look_after(database);
		if (!database->wanted && slot_find(WORKER_SCHEDULER, database->oid, &(WorkerSlot){0}))
			(void) slots_stop(database->oid, false);
		else if (!database->wanted && database->scheduler == NULL)
		{
			launcher->databases = foreach_delete_current(launcher->databases, cell);
			pfree(database);
		}
	}
}

/* ---- starting ---- */

static bool
is_starting(const Database *database)
{
	WorkerSlot slot;

	return database->scheduler != NULL && !(slot_find(WORKER_SCHEDULER, database->oid, &slot) && slot.ready);
}

static int
count_starting(const Launcher *launcher)
{
	int count = 0;
	ListCell *cell;

	foreach (cell, launcher->databases)
		if (is_starting(lfirst(cell)))
			count++;
	return count;
}

static bool
should_start(const Database *database, TimestampTz now)
{
	return database->wanted && database->scheduler == NULL && database->next_start <= now &&
		   !slot_find(WORKER_SCHEDULER, database->oid, &(WorkerSlot){0}) && !database_is_held(database->oid);
}

static void
no_slot(Launcher *launcher)
{
	shmem_set_no_slots(true);
	if (episode_continues(&launcher->no_slots))
		ereport(WARNING, (errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
						  errmsg("no background worker can be started for a database with segment"),
						  errdetail("All max_worker_processes are in use."),
						  errhint("Raise max_worker_processes: segment needs one for its launcher, one per "
								  "database and segment.max_workers for jobs.")));
	launcher->slots_again = TimestampTzPlusMilliseconds(clock_now(), launcher->no_slots.delay);
}

static bool
start_scheduler(Launcher *launcher, Database *database, uint64 holds)
{
	WorkerArgument argument = {
		.database = database->oid, .holds = holds, .told_once = database->outcome == OUTCOME_OTHER_VERSION};
	MemoryContext caller = MemoryContextSwitchTo(launcher->context);

	database->scheduler = worker_start(WORKER_SCHEDULER, &argument);
	MemoryContextSwitchTo(caller);
	database->started = clock_now();
	database->holds = holds;
	if (database->scheduler == NULL)
		no_slot(launcher);
	else if (launcher->no_slots.delay > 0)
	{
		launcher->no_slots.delay = 0;
		shmem_set_no_slots(false);
	}
	return database->scheduler != NULL;
}

/* Milliseconds until there is something to do. */
static long
start_schedulers(Launcher *launcher, uint64 holds)
{
	TimestampTz now = clock_now();
	TimestampTz wake = TimestampTzPlusMilliseconds(now, segment_naptime * INT64CONST(1000));
	int starting = count_starting(launcher);
	ListCell *cell;

	if (launcher->no_slots.delay > 0 && launcher->slots_again > now)
		return Min(TimestampDifferenceMilliseconds(now, wake),
				   TimestampDifferenceMilliseconds(now, launcher->slots_again));
	foreach (cell, launcher->databases)
	{
		Database *database = lfirst(cell);

		if (database->wanted && database->scheduler == NULL && database->next_start > now)
			wake = Min(wake, database->next_start);
		if (!should_start(database, now) || starting >= MAX_STARTING)
			continue;
		if (!start_scheduler(launcher, database, holds))
			return Min(TimestampDifferenceMilliseconds(now, wake), launcher->no_slots.delay);
		starting++;
	}
	return TimestampDifferenceMilliseconds(now, wake);
}

/* ---- the passes ---- */

static long
launcher_pass(Launcher *launcher)
{
	/* Before the list is read: a hold that begins later makes what is started from it void. */
	uint64 holds = holds_begun();
	long wait;

	read_databases(launcher);
	take_poke(launcher);
	look_after_all(launcher);
	wait = start_schedulers(launcher, holds);
	MemoryContextReset(launcher->pass);
	slot_pass();
	return wait;
}

void
segment_launcher_main(Datum arg)
{
	WorkerArgument argument;
	Launcher launcher = {0};

	worker_begin(WORKER_LAUNCHER, &argument);
	worker_connect(WORKER_LAUNCHER, &argument);
	launcher.context = AllocSetContextCreate(TopMemoryContext, "segment launcher", ALLOCSET_DEFAULT_SIZES);
	launcher.pass = AllocSetContextCreate(launcher.context, "segment launcher pass", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(launcher.pass);
	for (;;)
	{
		long wait = launcher_pass(&launcher);

		worker_sleep(wait);
		/* Other databases may be wanted, and where something was wrong it may have been cured. */
		if (worker_reload())
			launcher_poke(InvalidOid);
	}
}
