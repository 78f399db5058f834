/*
 * late_entry.h
 *	  Final periods that would be counted differently because customers came,
 *	  went, or entered on another day than was known.
 *
 * Events alone are not all that facts follow from: before its entry day a
 * customer is in no scorecard, and of one who is gone history alone knows when
 * it entered.  So a since that is corrected moves customers between periods
 * that are final.
 */
#ifndef SEGMENT_LATE_ENTRY_H
#define SEGMENT_LATE_ENTRY_H

#include "postgres.h"

#include "catalog.h"
#include "late_facts.h"

/* As an entry day: no customer; DATEVAL_NOEND is one who has not entered. */
#define ENTRY_OF_NOBODY DATEVAL_NOBEGIN

typedef struct LateEntries LateEntries;

/* As of the last refresh; NULL when no scheme can have a final period. */
extern LateEntries *late_entries_create(const Population *population);

/* A customer's entry day before this refresh and now.  "late" may be NULL. */
extern void late_entries_note(LateEntries *late, Datum key, DateADT before, DateADT after);

/* When ledgers and history are written: mark the periods in which what was noted makes a difference. */
extern void late_entries_mark(LateEntries *late, List *sources);

#endif /* SEGMENT_LATE_ENTRY_H */
