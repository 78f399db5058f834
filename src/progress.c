/*
 * progress.c
 *	  Progress through the server's own facility, without shared_preload_libraries.
 *
 * The facility has a closed list of commands.  A build is a bulk load into its
 * ledger table, so it reports as COPY: pg_stat_progress_copy shows the table
 * and the rows truthfully.  Our own phase and counts go to high-numbered
 * parameters that no command of the server's uses, marked so that the view
 * segment.progress knows them.
 */
#include "postgres.h"

#include "commands/progress.h"
#include "utils/backend_progress.h"

#include "progress.h"

#define PROGRESS_MARK 1936025453 /* "segm"; spelled out again in the view */

enum
{
	PARAM_MARK = 16,
	PARAM_PHASE = 17,
	PARAM_DONE = 18,
	PARAM_TOTAL = 19
};

void
progress_start(Oid relid, ProgressPhase phase, int64 total)
{
	const int param[] = {PROGRESS_COPY_COMMAND, PROGRESS_COPY_TYPE, PARAM_MARK};
	const int64 value[] = {PROGRESS_COPY_COMMAND_FROM, PROGRESS_COPY_TYPE_CALLBACK, PROGRESS_MARK};

	pgstat_progress_start_command(PROGRESS_COMMAND_COPY, relid);
	pgstat_progress_update_multi_param(lengthof(param), param, value);
	progress_phase(phase, total);
}

void
progress_phase(ProgressPhase phase, int64 total)
{
	const int param[] = {PARAM_PHASE, PARAM_DONE, PARAM_TOTAL, PROGRESS_COPY_TUPLES_PROCESSED};
	const int64 value[] = {phase, 0, total, 0};

	pgstat_progress_update_multi_param(lengthof(param), param, value);
}

void
progress_done(int64 done)
{
	const int param[] = {PARAM_DONE, PROGRESS_COPY_TUPLES_PROCESSED};
	const int64 value[] = {done, done};

	pgstat_progress_update_multi_param(lengthof(param), param, value);
}

/* Not needed after an error: transaction abort ends the report too. */
void
progress_end(void)
{
	pgstat_progress_end_command();
}
