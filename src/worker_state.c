/*
 * worker_state.c
 *	  Whether the background worker is there: what monitoring asks.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "worker_state.h"

bool
worker_running(char **why, char **remedy)
{
	*why = pstrdup("segment is not in shared_preload_libraries: nothing runs by itself");
	*remedy = pstrdup("Add it and restart the server, or CALL segment.run_due_jobs() from cron or systemd.");
	return false;
}
