/*
 * facts_delta.h
 *	  Facts of the open periods after some customers changed, or a day of the
 *	  same period has passed, at the cost of those customers whom it concerns.
 *
 * Why this equals a full computation.  Every cell of a scheme's facts is a
 * sum over customers, and over the ledgers of no customer, of what each
 * contributes (facts_pass.c): its states around the periods count it, and its
 * ledgers' entries add to the row its states say.  A contribution depends on
 * the customer's own rows alone (history, entry day, ledgers), on the frame
 * (periods, first_day, as_of) and on the names of segments and sources.  So
 * if K holds everyone whose rows change, and the frame stays,
 *
 *	  new = sum over all of new contributions
 *		  = old + (sum over K of new) - (sum over K of old).
 *
 * Sums are exact integers; which cells are stored as rows follows from the
 * sums alone (facts_store.c).  NULL in K stands for the events of no
 * customer; a key in K that is no customer contributes as in the full pass.
 *
 * Another day of the same period is another frame: its last day is a later
 * one.  A contribution differs between the two for who has events or enters
 * in the days between (facts_day.c), and for who moved on one of them.  The
 * first are known before anything is written and belong to K.  The movers M
 * are known only after; but what a move writes holds from its day on alone, so
 * that what they contributed to the facts as stored is computed when it is
 * known who they are.
 */
#ifndef SEGMENT_FACTS_DELTA_H
#define SEGMENT_FACTS_DELTA_H

#include "postgres.h"

#include "catalog.h"
#include "facts_scan.h"
#include "keyset.h"

typedef struct FactsDelta FactsDelta;

/* Reading by key what belongs to more of the customers costs more than reading everything. */
extern bool facts_delta_is_cheaper(const Population *population, const KeySet *keys);

/*
 * Before anything of these customers is written: read what is stored, and what
 * they contribute to it.  NULL when the frame does not stay, and facts_update
 * has to compute everyone: facts stored as of another day than "stored_day", a
 * period without facts or due to become final, facts of what is no longer
 * defined.  "keys" and the definitions must live until facts_delta_apply.
 */
extern FactsDelta *
facts_delta_begin(const Population *population, List *sources, const Scheme *scheme, const KeySet *keys,
				  DateADT first_day, DateADT stored_day, DateADT as_of, FactsRows *rows);

/*
 * After all of it is written: bring the facts up to date; whether any changed.
 * "moved" are those who moved on a day after stored_day, others with them if
 * one likes, or NULL for none.  Frees the delta.
 */
extern bool facts_delta_apply(FactsDelta *delta, const KeySet *moved, FactsRows *rows);
extern void facts_delta_forget(FactsDelta *delta);

#endif /* SEGMENT_FACTS_DELTA_H */
