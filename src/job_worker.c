/*
 * job_worker.c
 *	  The process that runs one job, and ends.
 *
 * Its own process, because a job that crashes must take nobody with it who
 * would have to know of it afterwards: that is the scheduler's work, by the
 * tables.  The extension is share-locked for the whole run, so that DROP and
 * ALTER EXTENSION wait for it to end.
 */
#include "postgres.h"

#include "access/xact.h"
#include "pgstat.h"
#include "storage/ipc.h"
#include "utils/snapmgr.h"

#include "job.h"
#include "worker.h"

/* False when there is nothing to run any more. */
static bool
lock_extension(void)
{
	char *version;
	bool here;

	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	here = extension_lock(true, &version) == EXTENSION_HERE;
	if (here)
		extension_lock_for_session();
	PopActiveSnapshot();
	CommitTransactionCommand();
	return here;
}

extern PGDLLEXPORT void segment_job_main(Datum arg);

void
segment_job_main(Datum arg)
{
	WorkerArgument argument;

	worker_begin(WORKER_JOB, &argument);
	worker_connect(WORKER_JOB, &argument);
	if (lock_extension())
	{
		pgstat_report_activity(STATE_RUNNING, psprintf("job %d", argument.job_id));
		job_execute(argument.job_id, false);
	}
	proc_exit(0);
}
