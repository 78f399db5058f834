/*
 * job_record.h
 *	  Runs of jobs: claimed, finished, found dead.
 *
 * As the extension's owner with SPI connected (sql.h), each in a transaction
 * that the caller commits.
 */
#ifndef SEGMENT_JOB_RECORD_H
#define SEGMENT_JOB_RECORD_H

#include "postgres.h"

#include "job_table.h"

typedef struct JobOutcome
{
	const char *state; /* succeeded, failed or cancelled */
	char *result;      /* the texts may be NULL */
	char *sqlstate;
	char *message;
	char *detail;
	char *hint;
} JobOutcome;

/*
 * The run lock is a lock of the session that runs the job: what is recorded
 * as running without it is dead.  Not seen by pg_advisory_lock and its kin.
 */
extern bool job_lock(int job_id);
extern void job_unlock(int job_id);

/* Start a run, holding the run lock; returns its id. */
extern int64 job_started(const Job *job);
extern void job_finished(const Job *job, int64 run_id, const JobOutcome *outcome);

/*
 * An error in data, or what users' code raises, may name a customer: that is
 * for members of the population's owner.  segment.job_error has the same list.
 */
extern bool job_error_may_name_customer(const char *sqlstate);

/* Its turn has come but what it depends on fails. */
extern void job_skipped(const Job *job, const char *reason);

/* The run under way has lost its process. */
extern void job_crashed(const Job *job);

/* Forget runs beyond what the settings keep: of the job, or of all jobs of the population with id 0. */
extern int64 job_prune_runs(int job_id, const Population *population);

/* The two halves of jobs_reap(): before jobs run, and after. */
extern void reap_dead_runs(void);
extern void note_late_jobs(void);

#endif /* SEGMENT_JOB_RECORD_H */
