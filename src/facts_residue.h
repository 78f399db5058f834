/*
 * facts_residue.h
 *	  What is left of erased customers in facts: how many moved from where to
 *	  where in each period, and closed or left it so.
 *
 * Counts follow from moves, so these are all that is kept: sums without a key
 * in segment.erased_move.  By them opening + acquired + in - out - removed =
 * closing goes on from one period to the next, and whoever computes a period
 * in full counts what the passes over customers (facts_delta.h) no longer can.
 * Of their money nothing is left.
 */
#ifndef SEGMENT_FACTS_RESIDUE_H
#define SEGMENT_FACTS_RESIDUE_H

#include "postgres.h"

#include "facts_run.h"

/*
 * Keep the moves of these customers, who are about to be erased: in all
 * periods, as their history says, which must have come to its end.
 */
extern void
residue_keep(const Population *population, List *sources, const Scheme *scheme, const KeySet *keys);

/* Count erased customers into a pass over everyone. */
extern void residue_add(const FactsRun *run, FactsPass *pass);

#endif /* SEGMENT_FACTS_RESIDUE_H */
