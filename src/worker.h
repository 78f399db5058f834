/*
 * worker.h
 *	  What launcher, schedulers and job workers have in common: how they are
 *	  started, what signals do, what they run under.
 */
#ifndef SEGMENT_WORKER_H
#define SEGMENT_WORKER_H

#include "postgres.h"

#include "postmaster/bgworker.h"

#include "shmem.h"

/* Describe a process; "function" is its main function in this library. */
extern void worker_describe(BackgroundWorker *worker, WorkerKind kind, const WorkerArgument *argument);

/* Start it; NULL when max_worker_processes run already. */
extern BackgroundWorkerHandle *worker_start(WorkerKind kind, const WorkerArgument *argument);

/* First thing in a main function: signals, then the slot.  Does not return when the process is not wanted. */
extern void worker_begin(WorkerKind kind, WorkerArgument *argument);

/* Connect to the database of the argument, as the bootstrap superuser and under our settings. */
extern void worker_connect(WorkerKind kind, const WorkerArgument *argument);

/*
 * The extension in this database, in the transaction that is open: share-locked
 * against DROP and ALTER EXTENSION until its end, and there after all.
 */
typedef enum ExtensionState
{
	EXTENSION_HERE,
	EXTENSION_ABSENT,
	EXTENSION_OTHER_VERSION,
	EXTENSION_BUSY /* being dropped or altered: look again later */
} ExtensionState;

extern ExtensionState extension_lock(bool wait, char **version);
/* The same lock, kept until the process ends, or a transaction of its aborts. */
extern void extension_lock_for_session(void);

/* Until the latch is set, or so long; a process that is terminated leaves from here. */
extern void worker_sleep(long milliseconds);

/* Settings again after SIGHUP; true when there was one. */
extern bool worker_reload(void);

/* The process was sent SIGTERM. */
extern bool worker_was_terminated(void);

/* An episode of trouble: true the first time, doubling the delay up to a minute until it ends. */
typedef struct Episode
{
	int delay; /* milliseconds; 0: no trouble */
} Episode;

extern bool episode_continues(Episode *episode);

#endif /* SEGMENT_WORKER_H */
