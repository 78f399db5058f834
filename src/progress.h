/*
 * progress.h
 *	  How far a refresh has come, as other sessions see it.
 */
#ifndef SEGMENT_PROGRESS_H
#define SEGMENT_PROGRESS_H

#include "postgres.h"

/* Numbers are spelled out again in the view segment.progress. */
typedef enum ProgressPhase
{
	PROGRESS_READING_EVENTS = 1,
	PROGRESS_MERGING_LEDGERS = 2,
	PROGRESS_WRITING_LEDGERS = 3,
	PROGRESS_READING_CUSTOMERS = 4,
	PROGRESS_EVALUATING = 5,
	PROGRESS_WRITING_RESULTS = 6,
	PROGRESS_BACKFILLING = 7,
	PROGRESS_COMPUTING_FACTS = 8,
	PROGRESS_REFRESHING_SCORECARDS = 9
} ProgressPhase;

/* A total of 0 means that it is not known. */
extern void progress_start(Oid relid, ProgressPhase phase, int64 total);
extern void progress_phase(ProgressPhase phase, int64 total);
extern void progress_done(int64 done);
extern void progress_end(void);

#endif /* SEGMENT_PROGRESS_H */
