/*
 * facts_day.h
 *	  Whose facts another day changes, though nothing of theirs was written.
 */
#ifndef SEGMENT_FACTS_DAY_H
#define SEGMENT_FACTS_DAY_H

#include "postgres.h"

#include "catalog.h"
#include "keyset.h"

/*
 * Add whoever has an event, or enters, after the day "before" and until "as_of".
 * Nobody else's contribution to facts as of "before" differs from that to facts
 * as of a later day of the same period, unless their rows change.  Of those
 * whose rows change what is read here does not matter.
 */
extern void facts_day_add_customers(const Population *population, List *sources, DateADT before,
									DateADT as_of, KeySet *keys);

#endif /* SEGMENT_FACTS_DAY_H */
