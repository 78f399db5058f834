/*
 * job.h
 *	  Jobs: what there is to run, when, and who runs it now.
 *
 * The processes of the background worker (or a CALL by hand) ask here.  A
 * scheduler, in a transaction of its own with an active snapshot, calls
 * jobs_reap(), then jobs_due(), and jobs_next_wakeup() for how long to sleep;
 * a job worker, outside any transaction, calls job_execute().  Nothing here
 * remembers anything between calls: every decision follows from the tables,
 * so that a process that died is replaced by any other.
 *
 * All but job_execute() may be called with or without SPI.  What a superuser's
 * process is told of are all jobs; anybody else is told of those of the
 * populations whose owner it is a member of.  42704 when the extension is not
 * installed.
 */
#ifndef SEGMENT_JOB_H
#define SEGMENT_JOB_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/timestamp.h"

#include "schedule.h"

/* In the order in which they run when several are due. */
typedef enum JobKind
{
	JOB_REFRESH,
	JOB_BACKFILL,
	JOB_SCORECARDS,
	JOB_VERIFY,
	JOB_MAINTAIN
} JobKind;

typedef struct JobDue
{
	int32 job_id;
	JobKind kind;
	char *label;          /* "refresh customer": for an activity text; no customer's key */
	TimestampTz next_run; /* when it was due */
} JobDue;

/*
 * Jobs that may start now: active, due, not running, and no job they depend on
 * due or running; refreshes first.  JobDue * in the current memory context.
 */
extern List *jobs_due(TimestampTz now);

/* The first of them; false when there is none. */
extern bool job_next_due(TimestampTz now, JobDue *due);

/* The first time after now when a job becomes due by itself; DT_NOEND when none does. */
extern TimestampTz jobs_next_wakeup(TimestampTz now);

/*
 * Mark the runs whose process is gone as crashed, disable what crashed three
 * times in a row, and tell of results that have become older than their
 * target: one WARNING and one NOTIFY an episode.  Writes nothing when there
 * is nothing of the kind.
 */
extern void jobs_reap(void);

/*
 * Run a job in this backend, outside any transaction: it begins and commits
 * its own.  Start is committed before the work; errors of the job, its
 * cancellation too, are recorded and not raised.  forced: due or not, active
 * or not.  Does nothing when the job is gone, is running elsewhere or is not
 * due any more.  The user of the process must be allowed to run it: a member
 * of the population's owner, in a worker the bootstrap superuser.
 */
extern void job_execute(int32 job_id, bool forced);

#endif /* SEGMENT_JOB_H */
