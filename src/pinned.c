/*
 * pinned.c
 *	  Settings under which statements of ours run, whoever calls.
 *
 * One table for all: what runs our own statements, checks expressions and reads
 * users' relations must agree on how text is read.
 */
#include "postgres.h"

#include "utils/guc.h"

#include "pinned.h"

static const char *const pinned_settings[][2] = {
	{"search_path", "pg_catalog, pg_temp"},
	{"TimeZone", "UTC"},
	{"DateStyle", "ISO, YMD"},
	{"IntervalStyle", "postgres"},
	{"extra_float_digits", "1"},
	{"bytea_output", "hex"},
	{"quote_all_identifiers", "off"},
	{"transform_null_equals", "off"},
	/* Expressions are kept as text: read otherwise than written, what is in their literals would be code. */
	{"standard_conforming_strings", "on"},
	{"array_nulls", "on"},
	{"default_transaction_read_only", "off"},
	/* What we create lies where the database's own default is, and is a heap, which bulk loads rely on. */
	{"default_tablespace", ""},
	{"default_table_access_method", "heap"},
	{"default_toast_compression", "pglz"},
	{"check_function_bodies", "on"},
	/* Compiling the many short expressions of an evaluation costs more than running them. */
	{"jit", "off"},
};

void
pin_setting(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

void
pin_settings(void)
{
	for (int i = 0; i < lengthof(pinned_settings); i++)
		pin_setting(pinned_settings[i][0], pinned_settings[i][1]);
}
