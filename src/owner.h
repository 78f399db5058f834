/*
 * owner.h
 *	  Who answers for a segment, and what is offered to it, from which day on.
 */
#ifndef SEGMENT_OWNER_H
#define SEGMENT_OWNER_H

#include "postgres.h"

#include "catalog.h"
#include "sql.h"

/*
 * A version has been put in force: who is named in the draft takes over, and
 * so do its propositions; a segment nobody answers for gets the caller, with a
 * notice.  The version's record then says who it was.  What the draft named is
 * in force now, and no longer pending.
 */
extern void
owners_take_over(const ApiCall *call, const Population *population, const Scheme *scheme, bool from_draft);

/* A segment of the draft or of any version, the default included; else 42704 naming those there are. */
extern void require_segment_of(const Scheme *scheme, const char *segment);

/* A finite day, or by default the one on which things said now take effect. */
extern DateADT effective_day(const Population *population, bool given, DateADT day);

#endif /* SEGMENT_OWNER_H */
