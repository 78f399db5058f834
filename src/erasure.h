/*
 * erasure.h
 *	  That customers were erased: how many and when, not who.
 */
#ifndef SEGMENT_ERASURE_H
#define SEGMENT_ERASURE_H

#include "postgres.h"

#include "catalog.h"

/* What one erasure came to. */
typedef struct Erasure
{
	uint32 keys;     /* of one customer: itself and those merged with it */
	int64 rows;      /* deleted */
	int64 remaining; /* in mapped relations */
} Erasure;

extern void erasure_record(const Population *population, Oid author, const Erasure *erasure);

/*
 * For whoever writes customers' keys by what it has read, once it holds the
 * lock that keeps erasures off: 40001 where somebody was erased whom the
 * transaction's snapshot still shows.  READ COMMITTED looks again anyway.
 */
extern void erasure_require_seen(const Population *population);

#endif /* SEGMENT_ERASURE_H */
