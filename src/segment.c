/*
 * segment.c
 *	  Entry point of the library: module magic and _PG_init, nothing else.
 *
 * In shared_preload_libraries it starts the worker as well; loaded later, the
 * functions are all there is.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"

#include "database_hook.h"
#include "guc.h"
#include "launcher.h"
#include "shmem.h"

PG_MODULE_MAGIC;

void _PG_init(void);

void
_PG_init(void)
{
	segment_define_settings();
	if (!process_shared_preload_libraries_in_progress)
		return;
	shmem_install();
	database_hook_install();
	launcher_register();
}
