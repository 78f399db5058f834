/*
 * scheme.h
 *	  Drafting schemes: what activation and preview need of it.
 */
#ifndef SEGMENT_SCHEME_H
#define SEGMENT_SCHEME_H

#include "postgres.h"

#include "catalog.h"
#include "evaluate.h"
#include "expression.h"

/* The draft, complete: at least one segment, and cut points for every score (55000 / 22023 otherwise). */
extern SchemeDefinition *scheme_draft(Population *population, Scheme *scheme);

/* Fill in the cut points of scores that were not given any, from all customers at the last refresh. */
extern void scheme_compute_cuts(Population *population, Scheme *scheme, SchemeDefinition *definition);

/* The first day the scheme has history for. */
extern void scheme_set_history_since(Scheme *scheme, DateADT day);

/* Its scorecard is to be refreshed. */
extern void scheme_facts_changed(const Scheme *scheme);

/* Facts of open periods are to be computed anew, of everyone: history below them changes. */
extern void scheme_forget_facts_day(const Scheme *scheme);

/* What a rule may read: the features in list order, then the scheme's scores. */
extern ExpressionScope rule_scope(List *features, List *scores, const char *scheme, const char *segment);

/* Re-check every draft rule against the features and scores of today; raises what create_segment would. */
extern void scheme_check_rules(const Population *population, const Scheme *scheme);

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
