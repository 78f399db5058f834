/*
 * bridge.h
 *	  What of a change in value comes from numbers and what from values per head.
 *
 * Values layer: numeric arithmetic, exact but for divisions.  In every
 * decomposition one part is what the others leave of the change, so that the
 * parts sum to it exactly.
 */
#ifndef SEGMENT_BRIDGE_H
#define SEGMENT_BRIDGE_H

#include "postgres.h"

#include "utils/numeric.h"

/* A group before and after: how many, and what they are worth together. */
typedef struct BridgeSide
{
	int64 customers;
	Numeric value;
} BridgeSide;

/*
 * (n1 - n0) * (a0 + a1) / 2, a the value per customer: the two-factor Shapley
 * value of the numbers.  The rest of the change is within the group.  Whoever
 * was in an empty group is worth what the others are on the other side.
 */
extern Numeric bridge_migration(const BridgeSide *before, const BridgeSide *after);

/* The group as a part of so many in all. */
typedef struct BridgeParts
{
	Numeric volume; /* (N1/N0 - 1) v0 */
	Numeric mix;    /* (n1 - n0 N1/N0) a0 */
	Numeric rate;   /* n1 (a1 - a0) */
} BridgeParts;

extern BridgeParts
bridge_parts(const BridgeSide *before, const BridgeSide *after, int64 all_before, int64 all_after);

#endif /* SEGMENT_BRIDGE_H */
