/*
 * facts_past.h
 *	  Facts that were published and are no longer so: segment_data.<scheme>_facts_past
 *	  and segment_data.<scheme>_breakdown_past.
 */
#ifndef SEGMENT_FACTS_PAST_H
#define SEGMENT_FACTS_PAST_H

#include "postgres.h"

#include "facts_run.h"

/* Unless it is there: schemes activated by 0.1 have none. */
extern void facts_past_create(const Scheme *scheme);

/*
 * Keep what the wanted periods are about to lose.  "replaced" is FROM and
 * WHERE of a query in which f are the facts that go or change, of those beside
 * the scheme's own with "details".
 */
extern void facts_past_keep(const FactsRun *run, const char *replaced, bool details);

#endif /* SEGMENT_FACTS_PAST_H */
