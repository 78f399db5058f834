/*
 * scheme.h
 *	  A scheme as others find it: whether it can be used, and what they note on it.
 */
#ifndef SEGMENT_SCHEME_H
#define SEGMENT_SCHEME_H

#include "postgres.h"

#include "catalog.h"

/* The first day the scheme has history for. */
extern void scheme_set_history_since(Scheme *scheme, DateADT day);

/* Its scorecard is to be refreshed. */
extern void scheme_facts_changed(const Scheme *scheme);

/* Facts of open periods are to be computed anew, of everyone: history below them changes. */
extern void scheme_forget_facts_day(const Scheme *scheme);

/* 55000 unless the population has been refreshed: preview and activate read ledgers and features alone. */
extern void require_refreshed(const Population *population);

/* 55000 unless it has been activated at least once. */
extern void require_activated(const Scheme *scheme);

/* 55000 unless it is in force now. */
extern void require_active(const Scheme *scheme);

/* 22023 for a day after the last refresh: what will have happened by then is not known yet. */
extern void require_known_day(const Population *population, DateADT day);

/*
 * The day by which something decided now takes effect.  A population whose
 * last refresh is further back than the next one would catch up lives in the
 * past: there the day of its last refresh counts, not the clock's.
 */
extern DateADT business_day(const Population *population);

#endif /* SEGMENT_SCHEME_H */
