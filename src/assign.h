/*
 * assign.h
 *	  Evaluate everyone and write only what differs.
 */
#ifndef SEGMENT_ASSIGN_H
#define SEGMENT_ASSIGN_H

#include "postgres.h"

#include "evaluate.h"

typedef struct AssignCounts
{
	int64 customers; /* evaluated: filled in by the caller who knows */
	int64 features;  /* rows of <population>_feature written */
	int64 segments;  /* rows of <population>_segment written */
	int64 transitions;
	double evaluate_ms;
	double write_ms;
} AssignCounts;

/*
 * Evaluate plan->features and plan->schemes for every customer on "day" and
 * write the differences: features, segments, history and transitions.  Cause
 * of a move: definition when the version changed, else data when this
 * transaction wrote the customer's ledgers or attributes, else time.
 */
extern void assign(EvaluationPlan *plan, DateADT day, bool write_features, AssignCounts *counts);

/* Of the keys (NULL: of everyone) who left the population leaves the segments; after the customers have been
 * read. */
extern int64 assign_removed(EvaluationPlan *plan, const KeySet *keys, DateADT day);

#endif /* SEGMENT_ASSIGN_H */
