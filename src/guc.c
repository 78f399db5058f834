/*
 * guc.c
 *	  Every setting of the extension, defined in one place.
 */
#include "postgres.h"

#include "clock.h"
#include "debug.h"
#include "guc.h"
#include "utils/guc.h"

#include "compat.h"

char *segment_clock = NULL;
double segment_bulk_fraction = 0.05;
int segment_catch_up_days = 31;
int segment_quarantine_limit = 1000;
int segment_job_runs_kept = 1000;
int segment_job_run_days = 30;
int segment_refresh_log_days = 90;
double segment_erosion_threshold = 2.0;
int segment_backfill_slice = 50000;

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
#ifdef SEGMENT_DEBUG
	DefineCustomStringVariable("segment.inject", "Where and how a process fails: point:action[:n].",
							   "Actions are an SQLSTATE, memory, disk and kill; empty for none.",
							   &debug_injection, "", PGC_SUSET, 0, debug_injection_check,
							   debug_injection_assign, NULL);
#endif
	MarkGUCPrefixReserved("segment");
}
