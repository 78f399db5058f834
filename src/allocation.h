/*
 * allocation.h
 *	  Rules that share a pool of cost out to segments.
 */
#ifndef SEGMENT_ALLOCATION_H
#define SEGMENT_ALLOCATION_H

#include "postgres.h"

#include "catalog.h"

typedef struct Allocation
{
	int id;
	char *name;
	char *base;    /* the sum in whose proportion */
	char *measure; /* whose unassigned part is the pool; NULL: amounts given by period */
	int digits;
} Allocation;

/* In the order they were made: list of Allocation. */
extern List *allocations_of(const Population *population);

/* Names of the sums they make: what is allocated, and what of given amounts is not. */
extern List *allocation_sums(List *allocations);
extern char *allocation_unallocated(const Allocation *allocation);

/* Their rows (period_start, segment, measure, value, is_final), from a query of facts of the same shape. */
extern char *allocation_rows_sql(const Allocation *allocation, const char *facts);

#endif /* SEGMENT_ALLOCATION_H */
