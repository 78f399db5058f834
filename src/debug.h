/*
 * debug.h
 *	  Named points at step boundaries, where tests stop a process or break it.
 *
 * PostgreSQL 15 has no injection points of its own.  Without SEGMENT_DEBUG
 * (make DEBUG=1) a point is nothing at all.  With it, a process that comes by
 *
 *	  - fails as the setting segment.inject = 'point:action[:n]' says, at the
 *		n-th time it comes by (1); action is an SQLSTATE, memory, disk, or kill,
 *		which is kill -9 of the process itself; the point "*" is any point;
 *	  - waits, unless it is a larger allocation (INJECT alone), cancellable, while another session holds the
 *point by segment.waitpoint_hold(point).
 */
#ifndef SEGMENT_DEBUG_H
#define SEGMENT_DEBUG_H

#ifdef SEGMENT_DEBUG

#include "postgres.h"

#include "utils/guc.h"

/* Every point there is; one that is not here is refused when it is reached. */
#define DEBUG_POINTS(POINT)                                                                                  \
	POINT("refresh-before-locks", "own transaction begun, nothing locked")                                   \
	POINT("refresh-after-population-lock", "population locked, sources not")                                 \
	POINT("refresh-before-snapshot", "all locks held, no snapshot")                                          \
	POINT("refresh-after-snapshot", "snapshot taken, nothing read")                                          \
	POINT("changes-after-fingerprint", "one relation's fingerprint taken, its log not read")                 \
	POINT("changes-after-relation", "one relation's log read")                                               \
	POINT("changes-after-read", "all logs read: who changed is known")                                       \
	POINT("customers-after-read", "customers read as the owner, nothing written")                            \
	POINT("customers-after-write", "customers and attributes written")                                       \
	POINT("refresh-after-customers", "customers that left removed")                                          \
	POINT("build-before-read", "ledger table locked, events not read")                                       \
	POINT("build-spill", "groups about to go to temporary files")                                            \
	POINT("build-after-read", "events read as the owner, nothing written")                                   \
	POINT("build-after-write", "ledgers of one source written")                                              \
	POINT("refresh-after-ledger", "one source done and recorded")                                            \
	POINT("refresh-after-ledgers", "all ledgers done")                                                       \
	POINT("assign-after-evaluate", "everyone evaluated, nothing written")                                    \
	POINT("assign-after-features", "features written, segments not")                                         \
	POINT("assign-after-write", "segments, history and transitions written")                                 \
	POINT("history-after-close", "rows closed that moves end, none opened")                                  \
	POINT("history-after-open", "history complete, transitions not recorded")                                \
	POINT("refresh-after-assign", "assignment done, facts not")                                              \
	POINT("facts-after-compute", "cells of open periods computed, old ones there")                           \
	POINT("facts-after-keep", "facts about to be replaced kept as past ones")                                \
	POINT("facts-after-delete", "facts gone that are no more, others not written")                           \
	POINT("facts-after-insert", "facts of one scheme written")                                               \
	POINT("movement-after-write", "moves of periods written")                                                \
	POINT("cursor-after-one", "one relation's cursor moved")                                                 \
	POINT("opt-out-before-lock", "all written, writers of the customers' table not locked out")              \
	POINT("opt-out-after-lock", "writers of the customers' table locked out, consent not read")              \
	POINT("opt-out-after-removal", "who withdrew consent taken out")                                         \
	POINT("refresh-before-commit", "all written, not committed")                                             \
	POINT("refresh-before-scorecard", "results committed, a scorecard's own transaction begun")              \
	POINT("refresh-after-scorecard", "scorecard refreshed, not committed")                                   \
	POINT("rotate-before-lock", "a log slot found done, not locked")                                         \
	POINT("rotate-after-lock", "the slot locked, not looked at again")                                       \
	POINT("rotate-after-truncate", "the slot emptied, not committed")                                        \
	POINT("capture-before-log", "a writer commits, its keys not logged")                                     \
	POINT("capture-after-log", "its keys logged, not committed")                                             \
	POINT("activate-after-lock", "population locked, nothing frozen")                                        \
	POINT("activate-after-freeze", "version written, nobody assigned")                                       \
	POINT("activate-after-assign", "everyone assigned, facts not")                                           \
	POINT("activate-before-end", "everything done, not committed")                                           \
	POINT("backfill-after-clear", "days to be written cleared")                                              \
	POINT("backfill-after-evaluate", "past days evaluated, nothing written")                                 \
	POINT("backfill-after-write", "past days written")                                                       \
	POINT("job-before-work", "run of a job recorded, nothing done")                                          \
	POINT("job-after-work", "work of a job done, its end not recorded")                                      \
	POINT("backfill-before-commit", "a slice of a backfill written, not committed")                          \
	POINT("slice-after-commit", "a slice of a backfill committed, the next not begun")                       \
	POINT("erase-after-lock", "population locked, nothing erased")                                           \
	POINT("erase-after-delete", "the customer's rows deleted, facts still with it")                          \
	POINT("erase-before-end", "the customer erased, not committed")                                          \
	POINT("restate-after-compute", "cells of a final period computed, old ones there")                       \
	POINT("memory-change-hash", "a writer's keys: the first of a log")                                       \
	POINT("memory-change-key", "a changed key's own copy")                                                   \
	POINT("memory-change-rows", "a writer's keys on their way into the log")                                 \
	POINT("memory-keys", "a set of keys grows")                                                              \
	POINT("memory-groups", "the hash table of a build's groups")                                             \
	POINT("memory-arena", "a block of bytes for a build's groups")                                           \
	POINT("memory-events", "a chunk of partitioned events")                                                  \
	POINT("memory-spill", "the files of a spill")                                                            \
	POINT("memory-rows", "the store of a query's rows")                                                      \
	POINT("memory-writer", "what writes a result table")                                                     \
	POINT("memory-facts-customers", "the hash table of customers with facts")                                \
	POINT("memory-facts-cells", "the cells of facts")

extern void debug_inject(const char *point);
extern void debug_wait(const char *point);

/* The setting segment.inject. */
extern char *debug_injection;
extern bool debug_injection_check(char **newval, void **extra, GucSource source);
extern void debug_injection_assign(const char *newval, void *extra);

#define INJECT(point) debug_inject(point)
#define WAITPOINT(point) debug_wait(point)

#else

#define INJECT(point) ((void) 0)
#define WAITPOINT(point) ((void) 0)

#endif /* SEGMENT_DEBUG */

/* A step boundary: tests may stop here, or fail. */
#define DEBUG_POINT(point)                                                                                   \
	do                                                                                                       \
	{                                                                                                        \
		INJECT(point);                                                                                       \
		WAITPOINT(point);                                                                                    \
	} while (0)

#endif /* SEGMENT_DEBUG_H */
