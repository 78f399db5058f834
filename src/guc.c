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

void
segment_define_settings(void)
{
	DefineCustomStringVariable("segment.clock",
							   "Time the extension takes for now; empty means the real clock.",
							   "For tests and for replaying data of the past.", &segment_clock, "", PGC_SUSET,
							   0, clock_check_setting, NULL, NULL);
#ifdef SEGMENT_DEBUG
	DefineCustomStringVariable("segment.inject", "Where and how a process fails: point:action[:n].",
							   "Actions are an SQLSTATE, memory, disk and kill; empty for none.",
							   &debug_injection, "", PGC_SUSET, 0, debug_injection_check,
							   debug_injection_assign, NULL);
#endif
	MarkGUCPrefixReserved("segment");
}
