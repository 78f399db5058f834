/*
 * capture_target.h
 *	  Which logs a relation's changes go to, remembered per session.
 */
#ifndef SEGMENT_CAPTURE_TARGET_H
#define SEGMENT_CAPTURE_TARGET_H

#include "postgres.h"

#include "utils/relcache.h"

#include "change_log.h"
#include "keyset.h"

typedef struct CaptureTarget
{
	ChangeLog log;
	AttrNumber key; /* in the very relation; 0 when no column of the log's type is there any more */
	bool is_enum;   /* logged by its label */
} CaptureTarget;

typedef struct CaptureTargets
{
	Oid relation; /* hash key */
	bool valid;
	uint32 invalidations;
	int count; /* none: not registered */
	CaptureTarget *target;
} CaptureTargets;

/*
 * Targets of a relation, or of what it is a partition or an inheritance child
 * of.  Runs no SQL and nothing of the user's; stays valid until the next
 * look-up.
 */
extern const CaptureTargets *capture_targets(Relation relation);

/*
 * Of these customers, whose results this transaction deletes, nothing it has
 * changed so far has to be logged; what it changes from now on has.  Keys of
 * the log's type.
 */
extern void capture_forget(const ChangeLog *log, const KeySet *keys);

/* Has this transaction changed rows that it will log when it commits? */
extern bool capture_is_pending(void);

#endif /* SEGMENT_CAPTURE_TARGET_H */
