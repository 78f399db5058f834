/*
 * movement.h
 *	  Moves per period of a scheme: segment_data.<scheme>_movement.
 *
 * Computed in the same pass as the facts and as fresh as they are: a passed
 * day computes the open periods, changed customers are followed by their
 * differences (facts_delta.h), final periods stay.  As the extension's owner
 * with SPI connected (sql.h).
 */
#ifndef SEGMENT_MOVEMENT_H
#define SEGMENT_MOVEMENT_H

#include "postgres.h"

#include "facts_run.h"

/* The interval behind a period's ends over which customers are valued. */
#define MOVEMENT_WITHIN "12 months"

extern char *movement_table(const Scheme *scheme);
extern bool movement_exists(const Scheme *scheme);
extern void movement_create(const Scheme *scheme);

/* The share of a run's pass that is about moves; NULL while there is no table for them. */
extern MovementPass *movement_pass_of(const FactsRun *run, const StatesFrame *frame);

/*
 * After a pass over everyone: make the wanted periods hold these moves, final
 * as the run says.  Whoever computes a period's facts anew (facts_update, a
 * restatement) calls this with the same run.
 */
extern void movement_update(const FactsRun *run, const MovementPass *pass);

/* After passes over some customers: add what differs in the wanted periods. */
extern void movement_follow(const FactsRun *run, const MovementPass *difference);

/* For a scheme that has facts and no such table, as after an upgrade: make it, of all periods. */
extern void movement_build(const FactsRun *facts);

#endif /* SEGMENT_MOVEMENT_H */
