/*
 * build_memory.h
 *	  The ledgers of a few customers, built in memory and written nowhere.
 */
#ifndef SEGMENT_BUILD_MEMORY_H
#define SEGMENT_BUILD_MEMORY_H

#include "postgres.h"

#include "build.h"
#include "build_group.h"

/*
 * Read the events of build->keys by the active snapshot and group them; each
 * group's ledger is group_ledger()'s.  In the current memory context, which
 * must be able to hold them.
 */
extern GroupTable *group_events(const LedgerBuild *build);

#endif /* SEGMENT_BUILD_MEMORY_H */
