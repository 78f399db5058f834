/*
 * backfill_slice.h
 *	  A backfill slice by slice: what has been done, and what comes next.
 */
#ifndef SEGMENT_BACKFILL_SLICE_H
#define SEGMENT_BACKFILL_SLICE_H

#include "postgres.h"

#include "backfill.h"

/* What was asked for, and by what it is evaluated: the same again goes on where the last one stopped. */
typedef struct BackfillRun
{
	const Population *population;
	const Scheme *scheme;
	DateADT since;
	DateADT until;
	const char *step; /* interval literal */
} BackfillRun;

/* Go on with the run that was stopped, or begin; in a transaction under the population lock.  Its number. */
extern int64 backfill_run_begin(const BackfillRun *run, const char *author);

/* 55000 when the run is no longer the scheme's, or definitions changed since it began. */
extern void backfill_run_check(const BackfillRun *run, int64 id);

/* The next customers' keys, in the current memory context; false when all are done. */
extern bool backfill_run_next(const BackfillRun *run, KeyRange *range);

/* They are done, when the transaction commits. */
extern void backfill_run_advance(const BackfillRun *run, const KeyRange *range);

extern void backfill_run_progress(const BackfillRun *run, int64 *done, int64 *total);
extern void backfill_run_end(const BackfillRun *run);

#endif /* SEGMENT_BACKFILL_SLICE_H */
