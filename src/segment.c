/*
 * segment.c
 *	  Entry point of the library: module magic and _PG_init, nothing else.
 */
#include "postgres.h"

#include "fmgr.h"
#include "guc.h"

PG_MODULE_MAGIC;

void _PG_init(void);

void
_PG_init(void)
{
	segment_define_settings();
}
