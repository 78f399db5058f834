/*
 * facts_store.h
 *	  Facts as stored: cells from segment_data.<scheme>_facts and
 *	  segment_data.<scheme>_breakdown, and back again.
 *
 * "totals" has one element for each source of the run: NULL for one without
 * facts.
 */
#ifndef SEGMENT_FACTS_STORE_H
#define SEGMENT_FACTS_STORE_H

#include "postgres.h"

#include "facts_run.h"

/*
 * Read the wanted periods.  False when something is stored that the present
 * definitions would not name.
 */
extern bool
facts_store_read(const FactsRun *run, FactsCells **counts, FactsCells **totals, FactsDetail *details);

/*
 * Make the wanted periods hold these facts, and what is beside them, writing
 * only what differs; how many facts did.
 */
extern uint64
facts_store_write(const FactsRun *run, FactsCells *counts, FactsCells **totals, const FactsDetail *details);

/* The same of segment_data.<scheme>_breakdown alone. */
extern uint64 facts_store_write_details(const FactsRun *run, FactsCells *counts, FactsCells **totals,
										const FactsDetail *details);

#endif /* SEGMENT_FACTS_STORE_H */
