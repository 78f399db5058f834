/*
 * job_table.h
 *	  Typed reads of jobs, and the one place that writes how they stand.
 *
 * As the extension's owner with SPI connected (sql.h).  Only job_table.c and
 * job_record.c spell the names of these tables in C.
 */
#ifndef SEGMENT_JOB_TABLE_H
#define SEGMENT_JOB_TABLE_H

#include "postgres.h"

#include "catalog.h"
#include "job.h"
#include "schedule.h"

typedef struct Job
{
	int id;
	JobKind kind;
	Population *population;
	char *scheme; /* name, or NULL */
	Schedule schedule;
	char *every; /* interval literal, or NULL */
	char *timezone;
	int64 max_runtime_ms; /* 0: no limit */
	char *options;        /* jsonb as text */
	bool active;
	char *label; /* "refresh customer" */
	/* How it stands. */
	TimestampTz next_run; /* DT_NOBEGIN when it has never been recorded: due */
	int64 run_id;         /* under way, or 0 */
	int failures;
	int crashes;
} Job;

extern Job *job_by_id(int id, bool missing_ok); /* 42704 */
extern List *jobs_where(const char *condition); /* of j, s: job and its state; in the order they run */

/* As jobs_due(), of whom a role may run: Job *. */
extern List *jobs_due_for(Oid caller, TimestampTz now);

/* What is needed of a job while it runs, population's name and all. */
extern Job *job_copy(const Job *job, MemoryContext context);

/* 42501 unless the caller is a member of the population's owner; */
extern void job_check_access(const Job *job, Oid caller);

extern const char *job_kind_name(JobKind kind);
extern bool job_kind_by_name(const char *name, JobKind *kind);

/* A text of the job's options; NULL when it is not given. */
extern char *job_option(const Job *job, const char *name);

/* A failing or disabled job that this one depends on: says which and why, else NULL. */
extern char *job_blocked_by(const Job *job);

/* Names of the schemes whose scorecards active jobs of the population take care of. */
extern List *schemes_with_scorecard_job(const Population *population);

/* timestamptz as a literal of SQL, infinities too. */
extern char *moment_sql(TimestampTz moment);

#endif /* SEGMENT_JOB_TABLE_H */
