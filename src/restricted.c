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

#include "restricted.h"

static const struct
{
	const char *name;
	const char *value;
} pinned_setting[] = {
	{"search_path", "pg_catalog, pg_temp"},
	{"DateStyle", "ISO, MDY"},
	{"IntervalStyle", "postgres"},
	{"extra_float_digits", "1"},
	{"row_security", "on"},
	{"transform_null_equals", "off"},
	{"standard_conforming_strings", "on"},
	{"array_nulls", "on"},
	/* Events mostly lie in order of time, and ledgers are made faster from them in that order. */
	{"synchronize_seqscans", "off"},
};

static void
pin_setting(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

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

	for (int i = 0; i < lengthof(pinned_setting); i++)
		pin_setting(pinned_setting[i].name, pinned_setting[i].value);
	pin_setting("TimeZone", timezone ? timezone : "UTC");
}

/* Settings first: the privileges come back last, when nothing of the owner's can run any more. */
void
restricted_end(const RestrictedOperation *operation)
{
	AtEOXact_GUC(false, operation->save_nestlevel);
	SetUserIdAndSecContext(operation->save_userid, operation->save_sec_context);
}
