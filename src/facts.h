/*
 * facts.h
 *	  Facts per period of a scheme: segment_data.<scheme>_facts.
 *
 * Called inside a refresh's transaction, as the extension's owner with SPI
 * connected (sql.h).
 */
#ifndef SEGMENT_FACTS_H
#define SEGMENT_FACTS_H

#include "postgres.h"

#include "catalog.h"

#define FACTS_ROW_NEW "new"               /* events of customers in their first period */
#define FACTS_ROW_UNASSIGNED "unassigned" /* events of no customer, or of one from before any history */

/* Names a scheme must not give its segments, because every scorecard has such a row. */
extern bool facts_row_reserved(const char *segment);

/*
 * Make the facts, the scorecard over them and the wide views; nothing that is
 * there is made again.  Raises 42939 when a segment has a reserved name.
 */
extern void facts_create(const Population *population, const Scheme *scheme);

/*
 * Compute the open periods and those without facts, from the one that
 * contains first_day, the first day of the scheme's history, through the one
 * that contains as_of.  Final periods are not touched, nor are rows that stay as
 * they are.  Returns whether any changed.
 */
extern bool facts_update(const Population *population, List *sources, const Scheme *scheme, DateADT first_day,
						 DateADT as_of);

/* Facts of version 0.1 have no activity and no moves: whether a scheme has; compute those of all periods. */
extern bool facts_are_complete(const Scheme *scheme);
extern void facts_complete(const Population *population, List *sources, const Scheme *scheme, DateADT as_of);

/*
 * Compute activity and breakdowns of all periods anew, final ones too, as
 * ledgers and attributes are now; the facts themselves are left alone.
 */
extern void facts_fill_breakdowns(const Population *population, List *sources, const Scheme *scheme,
								  DateADT first_day, DateADT as_of);

/* From now on facts of open periods are those of this day; DATEVAL_NOEND: of no day that can be relied on. */
extern void facts_record_day(const Scheme *scheme, DateADT day);

/* Name of a metric, which is its column in wide scorecards: unique, whatever users call their measures. */
extern char *facts_measure_metric(const char *measure);
extern char *facts_events_metric(const Source *source);

#endif /* SEGMENT_FACTS_H */
