/*
 * backfill_room.h
 *	  Room in a scheme's stored past for days that are written anew, and the seams
 *	  where they meet what stays.
 */
#ifndef SEGMENT_BACKFILL_ROOM_H
#define SEGMENT_BACKFILL_ROOM_H

#include "postgres.h"

#include "evaluation_plan.h"

/* Customers in order of their keys: SQL literals, NULL without bound. */
typedef struct KeyRange
{
	const char *after; /* exclusive */
	const char *to;    /* inclusive */
} KeyRange;

/* What of a scheme's past is written anew. */
typedef struct BackfillSpan
{
	const EvaluationPlan *plan;
	const SchemePlan *scheme;
	const DateADT *days; /* ascending */
	int ndays;
	bool current;          /* the last day is today's */
	const KeyRange *range; /* of the customers it is about; NULL: everyone */
} BackfillSpan;

/* " AND" the condition that a row of "alias" is of customers of the range. */
extern char *key_range_sql(const KeyRange *range, const Population *population, const char *alias);

/* Before the days are written: what there is of them goes. */
extern void backfill_make_room(const BackfillSpan *span);

/* After that: stays and moves across the first and the last day are as if written in one go. */
extern void backfill_close(const BackfillSpan *span);

/* Stays now found to have begun earlier: of how many customers. */
extern uint64 backfill_update_since(const BackfillSpan *span);

#endif /* SEGMENT_BACKFILL_ROOM_H */
