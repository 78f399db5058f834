/*
 * shmem.c
 *	  What the worker processes of one server know of each other.
 *
 * One small array under one lock; a crash of the server makes it anew.  A
 * process frees its slot in on_shmem_exit, registered before it connects and
 * so run after it has left the process array: who waits for a slot to be
 * free then finds no connection to the database either.  What it leaves
 * behind is its outcome, until the launcher has collected it or the slot is
 * needed.
 */
#include "postgres.h"

#include <signal.h>

#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "storage/shmem.h"

#include "compat.h"
#include "guc.h"
#include "shmem.h"
#include "worker.h"

#define TRANCHE "segment"
#define MAX_HOLDS 32

typedef struct DatabaseHold
{
	Oid database;
	int pid; /* 0: free */
} DatabaseHold;

typedef struct SharedState
{
	LWLock *lock;
	uint64 holds_begun;
	bool poked;
	Oid poked_database; /* InvalidOid: all */
	bool no_slots;
	DatabaseHold holds[MAX_HOLDS];
	int count;
	WorkerSlot slots[FLEXIBLE_ARRAY_MEMBER];
} SharedState;

static SharedState *shared = NULL;
static WorkerSlot *mine = NULL;
static bool holding = false;
static shmem_request_hook_type next_request_hook = NULL;
static shmem_startup_hook_type next_startup_hook = NULL;

/* Twice what can run at a time: outcomes stay behind. */
static int
slot_count(void)
{
	return 2 * max_worker_processes;
}

static Size
shared_size(void)
{
	return add_size(offsetof(SharedState, slots), mul_size(slot_count(), sizeof(WorkerSlot)));
}

static void
request_memory(void)
{
	if (next_request_hook)
		next_request_hook();
	RequestAddinShmemSpace(shared_size());
	RequestNamedLWLockTranche(TRANCHE, 1);
}

static void
startup_memory(void)
{
	bool found;

	if (next_startup_hook)
		next_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct("segment workers", shared_size(), &found);
	if (!found)
	{
		memset(shared, 0, shared_size());
		shared->lock = &GetNamedLWLockTranche(TRANCHE)->lock;
		shared->count = slot_count();
	}
	LWLockRelease(AddinShmemInitLock);
}

void
shmem_install(void)
{
	request_shared_memory_by(request_memory);
	next_startup_hook = shmem_startup_hook;
	shmem_startup_hook = startup_memory;
}

bool
shmem_available(void)
{
	return shared != NULL;
}

/* ---- one's own slot ---- */

static bool
is_live(const WorkerSlot *slot)
{
	return slot->pid != 0 && !slot->exited;
}

static WorkerSlot *
find_live(WorkerKind kind, Oid database)
{
	for (int i = 0; i < shared->count; i++)
		if (is_live(&shared->slots[i]) && shared->slots[i].kind == kind &&
			shared->slots[i].database == database)
			return &shared->slots[i];
	return NULL;
}

static int
count_jobs(void)
{
	int count = 0;

	for (int i = 0; i < shared->count; i++)
		if (is_live(&shared->slots[i]) && shared->slots[i].kind == WORKER_JOB)
			count++;
	return count;
}

/* A free slot, else one whose outcome nobody has asked for. */
static WorkerSlot *
free_slot(void)
{
	WorkerSlot *exited = NULL;

	for (int i = 0; i < shared->count; i++)
	{
		if (shared->slots[i].pid == 0)
			return &shared->slots[i];
		if (shared->slots[i].exited)
			exited = &shared->slots[i];
	}
	return exited;
}

static bool
is_held(Oid database)
{
	for (int i = 0; i < MAX_HOLDS; i++)
		if (shared->holds[i].pid != 0 && shared->holds[i].database == database)
			return true;
	return false;
}

static bool
is_wanted(WorkerKind kind, const WorkerArgument *argument)
{
	if (kind == WORKER_LAUNCHER)
		return true;
	if (argument->holds != shared->holds_begun || is_held(argument->database))
		return false;
	if (kind == WORKER_JOB)
		return count_jobs() < segment_max_workers;
	return find_live(WORKER_SCHEDULER, argument->database) == NULL;
}

static void
set_latch_of(WorkerKind kind, Oid database)
{
	WorkerSlot *slot = find_live(kind, database);

	if (slot != NULL)
		SetLatch(slot->latch);
}

static bool
is_scheduler(const WorkerSlot *slot)
{
	return is_live(slot) && slot->kind == WORKER_SCHEDULER;
}

static void
wake_waiting(void)
{
	for (int i = 0; i < shared->count; i++)
		if (is_scheduler(&shared->slots[i]) && shared->slots[i].waits != 0)
			SetLatch(shared->slots[i].latch);
}

static void
slot_release(int code, Datum arg)
{
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	if (worker_was_terminated() && mine->outcome == OUTCOME_DIED)
		mine->outcome = OUTCOME_TERMINATED;
	mine->exited = true;
	if (mine->kind != WORKER_SCHEDULER)
		mine->pid = 0;
	set_latch_of(WORKER_LAUNCHER, InvalidOid);
	if (mine->kind == WORKER_JOB)
		set_latch_of(WORKER_SCHEDULER, mine->database);
	/* Its share, or one that nobody accounts for any more, is free. */
	wake_waiting();
	LWLockRelease(shared->lock);
	mine = NULL;
}

bool
slot_claim(WorkerKind kind, const WorkerArgument *argument)
{
	WorkerSlot *slot = NULL;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	if (is_wanted(kind, argument))
		slot = free_slot();
	if (slot != NULL)
	{
		memset(slot, 0, sizeof(WorkerSlot));
		slot->kind = kind;
		slot->pid = MyProcPid;
		slot->database = argument->database;
		slot->job_id = argument->job_id;
		slot->started = GetCurrentTimestamp();
		slot->latch = MyLatch;
		mine = slot;
	}
	LWLockRelease(shared->lock);
	if (mine != NULL)
		on_shmem_exit(slot_release, 0);
	return mine != NULL;
}

void
slot_outcome(WorkerOutcome outcome)
{
	mine->outcome = outcome;
}

void
slot_ready(void)
{
	mine->ready = true;
}

void
slot_pass(void)
{
	mine->passes++;
}

bool
slot_asked_to_stop(void)
{
	return mine->stop;
}

/* ---- sharing segment.max_workers ---- */

/* Started by somebody, or running still though who started them is gone. */
static int
jobs_in_use(void)
{
	int started = 0;

	for (int i = 0; i < shared->count; i++)
		if (is_scheduler(&shared->slots[i]))
			started += shared->slots[i].jobs;
	return Max(started, count_jobs());
}

/* One whose own job ends is told first: without this it would have the next turn, too, for ever. */
static int
waiting_longer(void)
{
	int count = 0;

	for (int i = 0; i < shared->count; i++)
	{
		const WorkerSlot *other = &shared->slots[i];

		if (other != mine && is_scheduler(other) && other->waits != 0 &&
			(mine->waits == 0 || other->waits < mine->waits))
			count++;
	}
	return count;
}

bool
slot_take_job(void)
{
	bool taken;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	taken = jobs_in_use() + waiting_longer() < segment_max_workers;
	if (taken)
	{
		mine->jobs++;
		mine->waits = 0;
	}
	else if (mine->waits == 0)
		mine->waits = GetCurrentTimestamp();
	LWLockRelease(shared->lock);
	return taken;
}

void
slot_set_jobs(int count)
{
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	if (count < mine->jobs)
		wake_waiting();
	mine->jobs = count;
	LWLockRelease(shared->lock);
}

void
slot_waits_for_none(void)
{
	if (mine->waits == 0)
		return;
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	mine->waits = 0;
	wake_waiting();
	LWLockRelease(shared->lock);
}

/* ---- those of others ---- */

WorkerSlot *
slots_snapshot(int *count)
{
	WorkerSlot *copy = palloc(sizeof(WorkerSlot) * shared->count);

	*count = 0;
	LWLockAcquire(shared->lock, LW_SHARED);
	for (int i = 0; i < shared->count; i++)
		if (is_live(&shared->slots[i]))
			copy[(*count)++] = shared->slots[i];
	LWLockRelease(shared->lock);
	return copy;
}

bool
slot_find(WorkerKind kind, Oid database, WorkerSlot *found)
{
	WorkerSlot *slot;

	LWLockAcquire(shared->lock, LW_SHARED);
	slot = find_live(kind, database);
	if (slot != NULL)
		*found = *slot;
	LWLockRelease(shared->lock);
	return slot != NULL;
}

bool
slot_collect(Oid database, WorkerOutcome *outcome)
{
	bool found = false;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	for (int i = 0; i < shared->count; i++)
	{
		WorkerSlot *slot = &shared->slots[i];

		if (slot->pid != 0 && slot->exited && slot->database == database)
		{
			*outcome = slot->outcome;
			slot->pid = 0;
			found = true;
		}
	}
	LWLockRelease(shared->lock);
	return found;
}

/* A scheduler looks at its slot when woken; a job is in the middle of something and gets the signal. */
int
slots_stop(Oid database, bool insist)
{
	int count = 0;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	for (int i = 0; i < shared->count; i++)
	{
		WorkerSlot *slot = &shared->slots[i];

		if (!is_live(slot) || slot->kind == WORKER_LAUNCHER || slot->database != database)
			continue;
		if (insist || (slot->kind == WORKER_JOB && !slot->stop))
			kill(slot->pid, SIGTERM);
		slot->stop = true;
		SetLatch(slot->latch);
		count++;
	}
	LWLockRelease(shared->lock);
	return count;
}

/* ---- waking ---- */

void
launcher_poke(Oid database)
{
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	if (shared->poked && shared->poked_database != database)
		database = InvalidOid;
	shared->poked = true;
	shared->poked_database = database;
	set_latch_of(WORKER_LAUNCHER, InvalidOid);
	LWLockRelease(shared->lock);
}

void
launcher_wake(void)
{
	LWLockAcquire(shared->lock, LW_SHARED);
	set_latch_of(WORKER_LAUNCHER, InvalidOid);
	LWLockRelease(shared->lock);
}

bool
launcher_poked(Oid *database)
{
	bool poked;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	poked = shared->poked;
	*database = shared->poked_database;
	shared->poked = false;
	LWLockRelease(shared->lock);
	return poked;
}

void
scheduler_poke(Oid database)
{
	LWLockAcquire(shared->lock, LW_SHARED);
	set_latch_of(WORKER_SCHEDULER, database);
	LWLockRelease(shared->lock);
}

void
shmem_set_no_slots(bool none)
{
	shared->no_slots = none;
}

bool
shmem_no_slots(void)
{
	return shared->no_slots;
}

/* ---- holds ---- */

bool
hold_begin(Oid database)
{
	bool held = false;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	for (int i = 0; i < MAX_HOLDS && !held; i++)
		if (shared->holds[i].pid == 0)
		{
			shared->holds[i] = (DatabaseHold){.database = database, .pid = MyProcPid};
			held = true;
		}
	shared->holds_begun++;
	LWLockRelease(shared->lock);
	holding |= held;
	return held;
}

void
holds_end(void)
{
	if (!holding)
		return;
	holding = false;
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	for (int i = 0; i < MAX_HOLDS; i++)
		if (shared->holds[i].pid == MyProcPid)
			shared->holds[i].pid = 0;
	set_latch_of(WORKER_LAUNCHER, InvalidOid);
	LWLockRelease(shared->lock);
}

uint64
holds_begun(void)
{
	uint64 begun;

	LWLockAcquire(shared->lock, LW_SHARED);
	begun = shared->holds_begun;
	LWLockRelease(shared->lock);
	return begun;
}

bool
database_is_held(Oid database)
{
	bool held;

	LWLockAcquire(shared->lock, LW_SHARED);
	held = is_held(database);
	LWLockRelease(shared->lock);
	return held;
}
