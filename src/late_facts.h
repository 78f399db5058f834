/*
 * late_facts.h
 *	  What a refresh finds to have changed in periods that are final already.
 *
 * Facts of a final period stay as they were published.  As ledgers are written,
 * the old and the new are compared up to the last final day; periods in which
 * they differ are marked stale, for a restatement to take up (restate.c).
 */
#ifndef SEGMENT_LATE_FACTS_H
#define SEGMENT_LATE_FACTS_H

#include "postgres.h"

#include "catalog.h"
#include "ledger.h"
#include "period.h"

typedef struct LateFacts LateFacts;

/* As of the last refresh; NULL when no scheme can have a final period. */
extern LateFacts *late_facts_create(const Population *population);

/* A customer's ledger changes; NULL: it has none before, or after.  "late" may be NULL. */
extern void late_facts_compare(LateFacts *late, const struct varlena *before, const Ledger *after);

/* Mark the periods in which ledgers of the source differed, and begin anew with the next source. */
extern void late_facts_mark(LateFacts *late, const Source *source);

/* The scheme's past has been written anew from one day to another: mark its final periods. */
extern void late_facts_mark_backfill(const Scheme *scheme, DateADT since, DateADT until);

/* Mark these final periods, rows of SQL (period_start, ledgers, sources); those that are not final need no
 * mark. */
extern void late_facts_mark_periods(const Scheme *scheme, const char *cause, const char *marks);

/* What it looks at: the schemes with history, and the final periods in a row. */
extern List *late_facts_schemes(const LateFacts *late);
extern const Period *late_facts_periods(const LateFacts *late, int *nperiods);

/* A period has been restated. */
extern void late_facts_clear(const Scheme *scheme, DateADT period_start);

#endif /* SEGMENT_LATE_FACTS_H */
