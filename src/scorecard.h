/*
 * scorecard.h
 *	  Scorecards: the long materialized view per scheme, the wide views over it.
 *
 * As the extension's owner with SPI connected (sql.h).
 */
#ifndef SEGMENT_SCORECARD_H
#define SEGMENT_SCORECARD_H

#include "postgres.h"

#include "catalog.h"

/* Make segment_data.<scheme>_scorecard over the scheme's facts unless it is there. */
extern void scorecard_create(const Scheme *scheme);

/*
 * Bring the materialized view up to date with the facts, CONCURRENTLY.  Not in
 * a security-restricted operation: it needs a temporary table.
 */
extern void scorecard_refresh(const Scheme *scheme);

/*
 * Make the wide views of all schemes with facts, and segment.scorecard, after
 * a definition changed.  Columns are only ever appended.
 */
extern void scorecards_regenerate(void);

/* Whether a metric of this name would clash with one of the scorecards' own columns. */
extern bool scorecard_column_reserved(const char *name);

#endif /* SEGMENT_SCORECARD_H */
