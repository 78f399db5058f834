/*
 * scheduler.c
 *	  The process of one database that starts job workers for what is due.
 *
 * What is due is in the tables of jobs and nowhere else: a scheduler that dies
 * is replaced by another that knows as much.  It keeps only what it has
 * started, so as not to start it twice before it shows up as running.
 * Between passes it has no transaction and no snapshot, so it holds back
 * neither vacuum nor anybody.
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/ipc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "clock.h"
#include "guc.h"
#include "job.h"
#include "worker.h"

/* When somebody else's transaction or a lack of workers is waited for. */
#define SOON 1000
/* What is known of a job that ended so long ago is forgotten. */
#define SETTLED (5 * 1000)

typedef struct StartedJob
{
	int32 job_id;
	TimestampTz due;                /* since when, as it was started */
	BackgroundWorkerHandle *worker; /* NULL: has ended */
	TimestampTz ended;
	TimestampTz next_start;
	Episode failing;
} StartedJob;

typedef struct Scheduler
{
	WorkerArgument argument;
	MemoryContext context;
	MemoryContext pass; /* reset in each */
	List *started;      /* of StartedJob */
	Episode no_slots;
	TimestampTz slots_again;
} Scheduler;

/* What a pass has found. */
typedef struct Findings
{
	ExtensionState extension;
	char *version;
	char *database;
	List *due;
	TimestampTz wakeup;
} Findings;

/* ---- the tables ---- */

static void
look(Scheduler *scheduler, Findings *findings)
{
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	findings->extension = extension_lock(false, &findings->version);
	if (findings->extension == EXTENSION_HERE)
	{
		TimestampTz now;

		jobs_reap();
		/* What that has written, too. */
		PopActiveSnapshot();
		CommandCounterIncrement();
		PushActiveSnapshot(GetTransactionSnapshot());
		now = clock_now();
		MemoryContextSwitchTo(scheduler->pass);
		findings->due = jobs_due(now);
		findings->wakeup = jobs_next_wakeup(now);
	}
	else if (findings->extension == EXTENSION_OTHER_VERSION)
	{
		findings->database = MemoryContextStrdup(scheduler->pass, get_database_name(MyDatabaseId));
		findings->version = MemoryContextStrdup(scheduler->pass, findings->version);
	}
	PopActiveSnapshot();
	CommitTransactionCommand();
	MemoryContextSwitchTo(scheduler->pass);
}

static void
report_version(const Scheduler *scheduler, const Findings *findings)
{
	if (scheduler->argument.told_once)
		return;
	ereport(
		WARNING,
		(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
		 errmsg("no jobs run in database \"%s\": its extension segment is version %s, the library %s",
				findings->database, findings->version, SEGMENT_VERSION),
		 errhint("ALTER EXTENSION segment UPDATE there; if the library is the older one, restart the server "
				 "with the new one.")));
}

/* ---- job workers ---- */

static StartedJob *
find_started(Scheduler *scheduler, int32 job_id)
{
	MemoryContext caller;
	StartedJob *started;
	ListCell *cell;

	foreach (cell, scheduler->started)
	{
		started = lfirst(cell);
		if (started->job_id == job_id)
			return started;
	}
	caller = MemoryContextSwitchTo(scheduler->context);
	started = palloc0(sizeof(StartedJob));
	started->job_id = job_id;
	scheduler->started = lappend(scheduler->started, started);
	MemoryContextSwitchTo(caller);
	return started;
}

/* Note who has ended, and forget whoever did so long ago. */
static void
look_after_jobs(Scheduler *scheduler)
{
	TimestampTz now = clock_now();
	ListCell *cell;

	foreach (cell, scheduler->started)
	{
		StartedJob *job = lfirst(cell);
		pid_t pid;

		if (job->worker != NULL && GetBackgroundWorkerPid(job->worker, &pid) == BGWH_STOPPED)
		{
			pfree(job->worker);
			job->worker = NULL;
			job->ended = now;
		}
		else if (job->worker == NULL &&
				 TimestampDifferenceExceeds(job->ended, now, SETTLED + job->failing.delay))
		{
			scheduler->started = foreach_delete_current(scheduler->started, cell);
			pfree(job);
		}
	}
}

/* What others know of those that run. */
static void
count_running(const Scheduler *scheduler)
{
	int running = 0;
	ListCell *cell;

	foreach (cell, scheduler->started)
		if (((StartedJob *) lfirst(cell))->worker != NULL)
			running++;
	slot_set_jobs(running);
}

static void
no_slot(Scheduler *scheduler)
{
	shmem_set_no_slots(true);
	if (episode_continues(&scheduler->no_slots))
		ereport(
			WARNING,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("no background worker can be started for a job that is due"),
			 errdetail("All max_worker_processes are in use."),
			 errhint("Raise max_worker_processes: segment needs one for its launcher, one per database and "
					 "segment.max_workers for jobs.")));
	scheduler->slots_again = TimestampTzPlusMilliseconds(clock_now(), scheduler->no_slots.delay);
}

/* Due since the same moment as when it was last started: its process ended before it could say how that went.
 */
static bool
may_start(StartedJob *job, const JobDue *due, TimestampTz now)
{
	if (job->worker != NULL)
		return false;
	if (job->due != due->next_run)
		job->failing.delay = 0;
	else if (job->next_start < job->ended)
	{
		(void) episode_continues(&job->failing);
		job->next_start = TimestampTzPlusMilliseconds(job->ended, job->failing.delay);
	}
	return job->failing.delay == 0 || job->next_start <= now;
}

static bool
start_job(Scheduler *scheduler, StartedJob *job, const JobDue *due, uint64 holds)
{
	WorkerArgument argument = {.database = MyDatabaseId, .job_id = job->job_id, .holds = holds};
	MemoryContext caller = MemoryContextSwitchTo(scheduler->context);

	job->worker = worker_start(WORKER_JOB, &argument);
	MemoryContextSwitchTo(caller);
	if (job->worker == NULL)
	{
		no_slot(scheduler);
		return false;
	}
	job->due = due->next_run;
	if (scheduler->no_slots.delay > 0)
		shmem_set_no_slots(false);
	scheduler->no_slots.delay = 0;
	return true;
}

/* Whether all that is due runs. */
static bool
start_jobs(Scheduler *scheduler, const Findings *findings, uint64 holds)
{
	TimestampTz now = clock_now();
	bool all = true;
	bool refused = false;
	ListCell *cell;

	count_running(scheduler);
	if (scheduler->no_slots.delay > 0 && scheduler->slots_again > now)
	{
		slot_waits_for_none();
		return findings->due == NIL;
	}
	foreach (cell, findings->due)
	{
		JobDue *due = lfirst(cell);
		StartedJob *job = find_started(scheduler, due->job_id);

		if (job->worker != NULL)
			continue;
		all = false;
		if (!may_start(job, due, now))
			continue;
		refused = !slot_take_job();
		if (refused || !start_job(scheduler, job, due, holds))
			break;
	}
	if (!refused)
		slot_waits_for_none();
	count_running(scheduler);
	return all;
}

/* ---- the passes ---- */

/* Leave, when there is nothing for a scheduler here. */
static void
leave_unless_here(const Scheduler *scheduler, const Findings *findings)
{
	if (findings->extension == EXTENSION_ABSENT)
		slot_outcome(OUTCOME_NO_EXTENSION);
	else if (findings->extension == EXTENSION_OTHER_VERSION)
	{
		report_version(scheduler, findings);
		slot_outcome(OUTCOME_OTHER_VERSION);
	}
	else
		return;
	proc_exit(0);
}

/* Milliseconds until there is something to do. */
static long
scheduler_pass(Scheduler *scheduler)
{
	Findings findings = {.wakeup = DT_NOEND};
	uint64 holds = holds_begun();
	long wait = segment_naptime * 1000L;
	bool all;

	pgstat_report_activity(STATE_RUNNING, "looking for jobs that are due");
	look(scheduler, &findings);
	leave_unless_here(scheduler, &findings);
	if (findings.extension == EXTENSION_HERE)
		slot_ready();
	look_after_jobs(scheduler);
	all = start_jobs(scheduler, &findings, holds);
	if (!all || findings.extension == EXTENSION_BUSY)
		wait = Min(wait, SOON);
	if (findings.wakeup != DT_NOEND)
		wait = Min(wait, TimestampDifferenceMilliseconds(clock_now(), findings.wakeup) + 1);
	MemoryContextReset(scheduler->pass);
	pgstat_report_stat(true);
	pgstat_report_activity(STATE_IDLE, NULL);
	slot_pass();
	return wait;
}

extern PGDLLEXPORT void segment_scheduler_main(Datum arg);

void
segment_scheduler_main(Datum arg)
{
	Scheduler scheduler = {0};

	worker_begin(WORKER_SCHEDULER, &scheduler.argument);
	worker_connect(WORKER_SCHEDULER, &scheduler.argument);
	scheduler.context = AllocSetContextCreate(TopMemoryContext, "segment scheduler", ALLOCSET_DEFAULT_SIZES);
	scheduler.pass =
		AllocSetContextCreate(scheduler.context, "segment scheduler pass", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(scheduler.pass);
	while (!slot_asked_to_stop())
	{
		long wait = scheduler_pass(&scheduler);

		if (!slot_asked_to_stop())
			worker_sleep(wait);
		(void) worker_reload();
	}
	slot_outcome(OUTCOME_ASKED);
	proc_exit(0);
}
