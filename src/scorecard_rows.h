/*
 * scorecard_rows.h
 *	  A scorecard brought up to date at the cost of the periods that changed.
 */
#ifndef SEGMENT_SCORECARD_ROWS_H
#define SEGMENT_SCORECARD_ROWS_H

#include "postgres.h"

#include "catalog.h"

/*
 * Make the long scorecard, which must be populated, equal to its query: of the
 * periods that are open in it or in the facts, or in one of them alone, and of
 * those restated since it had the facts of "generation".  Whoever changes final
 * facts otherwise has to refresh the materialized view as a whole.
 */
extern void scorecard_rows_update(const Scheme *scheme, const char *scorecard, int64 generation);

#endif /* SEGMENT_SCORECARD_ROWS_H */
