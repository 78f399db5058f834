/*
 * guc.c
 *	  Every setting of the extension, defined in one place.
 */
#include "postgres.h"

#include "clock.h"
#include "debug.h"
#include "guc.h"
#include "utils/guc.h"
#include "utils/varlena.h"

#include "compat.h"

char *segment_clock = NULL;
double segment_bulk_fraction = 0.05;
int segment_catch_up_days = 31;
int segment_quarantine_limit = 1000;
int segment_job_runs_kept = 1000;
int segment_job_run_days = 30;
int segment_job_max_runtime = 0;
int segment_refresh_log_days = 90;
double segment_erosion_threshold = 2.0;
int segment_backfill_slice = 50000;
char *segment_databases = NULL;
int segment_max_workers = 2;
int segment_naptime = 10;

#define EVERY_DATABASE "*"

/* The names in a list; false when it is none. */
static bool
database_names(const char *setting, List **names)
{
	return SplitIdentifierString(pstrdup(setting), ',', names);
}

static bool
databases_check_setting(char **newval, void **extra, GucSource source)
{
	List *names;

	if (strcmp(*newval, EVERY_DATABASE) == 0 || database_names(*newval, &names))
		return true;
	GUC_check_errdetail("\"%s\" is not a list of names.", *newval);
	GUC_check_errhint("Write names of databases separated by commas, or \"*\" for all of them.");
	return false;
}

bool
database_is_wanted(const char *name)
{
	List *names;
	ListCell *cell;

	if (strcmp(segment_databases, EVERY_DATABASE) == 0)
		return true;
	(void) database_names(segment_databases, &names);
	foreach (cell, names)
		if (strcmp(lfirst(cell), name) == 0)
			return true;
	return false;
}

static void
define_worker_settings(void)
{
	DefineCustomStringVariable("segment.databases", "Databases that the worker looks after.",
							   "Names separated by commas; \"*\" is every database that has the extension.",
							   &segment_databases, EVERY_DATABASE, PGC_SIGHUP, 0, databases_check_setting,
							   NULL, NULL);
	DefineCustomIntVariable("segment.max_workers", "Jobs that run at a time on the whole server.",
							"Each takes one of max_worker_processes; 0 starts none.", &segment_max_workers, 2,
							0, 1024, PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("segment.naptime", "Longest time until the worker looks at its tables again.",
							"A change made here with segment.schedule() and its like wakes it at once.",
							&segment_naptime, 10, 1, 3600, PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
}

void
segment_define_settings(void)
{
	DefineCustomStringVariable("segment.clock",
							   "Time the extension takes for now; empty means the real clock.",
							   "For tests and for replaying data of the past.", &segment_clock, "", PGC_SUSET,
							   0, clock_check_setting, NULL, NULL);
	DefineCustomRealVariable("segment.bulk_fraction",
							 "Share of customers with changes past which a refresh reads a source in full.",
							 "Below it, changed customers' events are read by index.", &segment_bulk_fraction,
							 0.05, 0.0, 1.0, PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable(
		"segment.catch_up_days", "Missed days a refresh evaluates at most, the latest ones.",
		"Each missed day is evaluated as of its end, in order, so that downtime leaves no trace.",
		&segment_catch_up_days, 31, 0, 3660, PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable(
		"segment.quarantine_limit", "Customers that may fail in one source, or in the evaluation.",
		"Up to so many are quarantined while the others go on; more, and with 0 any, fail the refresh.",
		&segment_quarantine_limit, 1000, 0, 1000000, PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("segment.job_runs_kept", "Runs of each job that are kept.",
							"Older ones are pruned as jobs run, and by a job of kind maintain.",
							&segment_job_runs_kept, 1000, 1, 1000000, PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("segment.job_run_days", "Days for which runs of jobs are kept.",
							"Older ones are pruned as jobs run, and by a job of kind maintain.",
							&segment_job_run_days, 30, 1, 36500, PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("segment.job_max_runtime", "Longest time a run of any job may take.",
							"A job's own max_runtime may be shorter; 0 sets no limit.",
							&segment_job_max_runtime, 0, 0, PG_INT32_MAX, PGC_SUSET, GUC_UNIT_MS, NULL, NULL,
							NULL);
	DefineCustomIntVariable("segment.refresh_log_days", "Days for which the log of refreshes is kept.",
							"Older rows are pruned by a job of kind maintain.", &segment_refresh_log_days, 90,
							1, 36500, PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomRealVariable(
		"segment.erosion_threshold",
		"Standard deviations below its own baseline past which a segment's erosion is an alert.",
		"Judged when a period becomes final; 0 raises none.", &segment_erosion_threshold, 2.0, 0.0, 100.0,
		PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable(
		"segment.backfill_slice", "Customers that a backfill writes in one transaction.",
		"Refreshes wait for one slice at most; a backfill that was stopped goes on after the last one.",
		&segment_backfill_slice, 50000, 1, 100000000, PGC_USERSET, 0, NULL, NULL, NULL);
	define_worker_settings();
#ifdef SEGMENT_DEBUG
	DefineCustomBoolVariable(
		"segment.clock_runs_ahead", "Waits take no time, and the clock shows what they take.",
		"For tests of many cycles of the worker.", &clock_runs_ahead, false, PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("segment.inject", "Where and how a process fails: point:action[:n].",
							   "Actions are an SQLSTATE, memory, disk and kill; empty for none.",
							   &debug_injection, "", PGC_SUSET, 0, debug_injection_check,
							   debug_injection_assign, NULL);
#endif
	MarkGUCPrefixReserved("segment");
}
