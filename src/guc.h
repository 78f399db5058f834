/*
 * guc.h
 *	  Every setting of the extension, one table.
 */
#ifndef SEGMENT_GUC_H
#define SEGMENT_GUC_H

/* The clock the extension believes in: empty for the real one, else a timestamptz (superuser). */
extern char *segment_clock;

/* Share of the customers past which their ledgers are rebuilt in bulk, not by key. */
extern double segment_bulk_fraction;

/* Missed days that a refresh evaluates, at most. */
extern int segment_catch_up_days;

/* Customers that a refresh quarantines at most, source by source and in the evaluation; 0: a failure is an
 * error. */
extern int segment_quarantine_limit;

/* Which databases the worker looks after: names separated by commas, or "*". */
extern char *segment_databases;

/* Jobs that run at a time on the server; 0: none is started. */
extern int segment_max_workers;

/* The longest that launcher and schedulers sleep, in seconds. */
extern int segment_naptime;

/* Whether segment.databases names a database. */
extern bool database_is_wanted(const char *name);

/* What is kept of the runs of each job, and of the log of refreshes. */
extern int segment_job_runs_kept;
extern int segment_job_run_days;
extern int segment_refresh_log_days;

/* The longest that a run of any job may take, in milliseconds; 0: no limit. */
extern int segment_job_max_runtime;

/* Standard deviations below its own baseline past which a segment's erosion is an alert; 0: none are raised.
 */
extern double segment_erosion_threshold;
/* Customers that CALL segment.backfill() writes in one transaction. */
extern int segment_backfill_slice;

extern void segment_define_settings(void);

#endif /* SEGMENT_GUC_H */
