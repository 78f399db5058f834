/*
 * breakdown.h
 *	  Attributes of the customer by which facts are broken down.
 */
#ifndef SEGMENT_BREAKDOWN_H
#define SEGMENT_BREAKDOWN_H

#include "postgres.h"

#include "catalog.h"

typedef struct Breakdown
{
	char *name; /* of the feature, and of its column in <population>_feature */
	int feature_id;
} Breakdown;

/* In the order they were made: list of Breakdown. */
extern List *breakdowns_of(const Population *population);

#endif /* SEGMENT_BREAKDOWN_H */
