#include "postgres.h"
#include "job.h"
#include "fmgr.h"
List *jobs_due(TimestampTz now) { return NIL; }
TimestampTz jobs_next_wakeup(TimestampTz now) { return DT_NOEND; }
void jobs_reap(void) {}
void job_execute(int32 job_id, bool forced) {}
#define F(x) PG_FUNCTION_INFO_V1(x); Datum x(PG_FUNCTION_ARGS) { return 0; }
F(segment_schedule) F(segment_alter_job) F(segment_unschedule) F(segment_cancel_job) F(segment_run_job) F(segment_run_due_jobs) F(segment_run_if_due)
