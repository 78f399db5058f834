/*
 * shmem.h
 *	  What the worker processes of one server know of each other.
 *
 * Every process has a slot from before it connects until after it has left
 * the process array.  Whoever is about to drop, rename or copy a database
 * holds it: its processes leave, and none comes until the hold ends with the
 * holder's transaction.
 */
#ifndef SEGMENT_SHMEM_H
#define SEGMENT_SHMEM_H

#include "postgres.h"

#include "storage/latch.h"
#include "utils/timestamp.h"

typedef enum WorkerKind
{
	WORKER_LAUNCHER,
	WORKER_SCHEDULER,
	WORKER_JOB
} WorkerKind;

/* How a process left: what its parent does next. */
typedef enum WorkerOutcome
{
	OUTCOME_DIED, /* an error: again after a backoff */
	OUTCOME_TERMINATED,
	OUTCOME_ASKED,        /* by a holder or the launcher */
	OUTCOME_NO_EXTENSION, /* nothing to do until told */
	OUTCOME_OTHER_VERSION
} WorkerOutcome;

typedef struct WorkerSlot
{
	int pid; /* 0: free */
	bool exited;
	bool stop;  /* please leave */
	bool ready; /* a scheduler that has found the extension */
	WorkerKind kind;
	WorkerOutcome outcome;
	Oid database;
	int32 job_id;
	TimestampTz started;
	uint64 passes;
	int jobs;          /* of a scheduler: those it has started, whether they have a slot yet or not */
	TimestampTz waits; /* a scheduler that has a job due and was refused: since then, else 0 */
	Latch *latch;
} WorkerSlot;

/* What a process is told by the one that starts it. */
typedef struct WorkerArgument
{
	Oid database;
	int32 job_id;
	uint64 holds;   /* so many had begun: another one since means that the database may be gone */
	bool told_once; /* what is wrong is in the log already */
} WorkerArgument;

/* From _PG_init of a preloaded library; false everywhere else. */
extern void shmem_install(void);
extern bool shmem_available(void);

/* A process's own slot.  A claim fails when the process is not wanted (any more). */
extern bool slot_claim(WorkerKind kind, const WorkerArgument *argument);
extern void slot_outcome(WorkerOutcome outcome);
extern void slot_ready(void);
extern void slot_pass(void); /* counts */
extern bool slot_asked_to_stop(void);
/*
 * A scheduler's share of segment.max_workers.  Taking one is refused while all
 * are in use or kept for schedulers that have waited longer; one that is
 * refused waits until it takes one or says that it wants none.
 */
extern bool slot_take_job(void);
extern void slot_set_jobs(int count); /* as many as are left */
extern void slot_waits_for_none(void);

/* Those of others: copies, in palloc'd memory. */
extern WorkerSlot *slots_snapshot(int *count);
extern bool slot_find(WorkerKind kind, Oid database, WorkerSlot *found);
/* Outcome of an exited scheduler, once; false when none has left a word. */
extern bool slot_collect(Oid database, WorkerOutcome *outcome);
/* Ask all processes of a database to leave, or insist; how many there are. */
extern int slots_stop(Oid database, bool insist);

/* Wake the launcher, which looks at this database (InvalidOid: at all of them) again whatever it knows of it.
 */
extern void launcher_poke(Oid database);
extern void launcher_wake(void);
extern bool launcher_poked(Oid *database);
extern void scheduler_poke(Oid database);
/* Whether nobody could be started for want of max_worker_processes, as the launcher or a scheduler last saw.
 */
extern void shmem_set_no_slots(bool none);
extern bool shmem_no_slots(void);

extern bool hold_begin(Oid database);
extern void holds_end(void); /* this process's */
extern uint64 holds_begun(void);
extern bool database_is_held(Oid database);

#endif /* SEGMENT_SHMEM_H */
