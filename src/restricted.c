/*
 * restricted.c
 *	  The one switch into a security-restricted operation, and out of it.
 *
 * Reading a user's view, partition or row-level policy runs that user's
 * functions.  As autovacuum and REFRESH MATERIALIZED VIEW do, everything that
 * plans or executes over users' relations runs as their owner, restricted, and
 * with the settings pinned that could change names or results.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/guc.h"

#include "pinned.h"
#include "restricted.h"
#include "sql.h"

/*
 * Become "owner", restricted, with pinned settings; "timezone" is the
 * population's, or NULL for UTC.  An error between begin and end needs no care
 * of the caller's: (sub)transaction abort restores the user and the settings.
 */
void
restricted_begin(RestrictedOperation *operation, Oid owner, const char *timezone)
{
	GetUserIdAndSecContext(&operation->save_userid, &operation->save_sec_context);
	SetUserIdAndSecContext(owner, operation->save_sec_context | SECURITY_RESTRICTED_OPERATION);
	operation->save_nestlevel = NewGUCNestLevel();
	operation->save_reading = api_reads_by_snapshot();

	pin_settings();
	/* An owner's view may read dates from text: as PostgreSQL does when nothing is said. */
	pin_setting("DateStyle", "ISO, MDY");
	pin_setting("row_security", "on");
	/* Events mostly lie in order of time, and ledgers are made faster from them in that order. */
	pin_setting("synchronize_seqscans", "off");
	if (timezone)
		pin_setting("TimeZone", timezone);
}

/* Settings first: the privileges come back last, when nothing of the owner's can run any more. */
void
restricted_end(const RestrictedOperation *operation)
{
	AtEOXact_GUC(false, operation->save_nestlevel);
	SetUserIdAndSecContext(operation->save_userid, operation->save_sec_context);
	api_read_by_snapshot(operation->save_reading);
}
