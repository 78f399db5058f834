/*
 * movement_rows.h
 *	  Moves as a relation "moved" that queries may read.
 */
#ifndef SEGMENT_MOVEMENT_ROWS_H
#define SEGMENT_MOVEMENT_ROWS_H

#include "postgres.h"

#include "facts_run.h"

#define MOVEMENT_REMOVED "removed"

/* What moving out of the population is called: as above, or in brackets where a segment is called so. */
extern const char *movement_removed_name(const Scheme *scheme);

extern MovementCause movement_cause_named(const char *name);

/* What a customer is worth: the sum of a measure, or of several with their signs. */
typedef struct MovementWorth
{
	char *name; /* NULL: there is no money, and values are NULL */
	MovementMoney *money;
	int nmoney;
	int scale;
} MovementWorth;

/*
 * The measure of that name over all sources; NULL: revenue, or else the first
 * measure with decimals.  "margin", unless a measure is called so, is revenue
 * less returns, cogs, cost_to_serve and fulfilment, as far as they are
 * measured.  Raises 42704 when nothing is called so.
 */
extern void movement_worth(List *sources, const char *measure, MovementWorth *worth);

/* A pass over moves, whose windows are still to be set. */
extern MovementPass *movement_pass_create(const Population *population, const Scheme *scheme,
										  const MovementWorth *worth, const StatesFrame *frame);
/* The first day of a window of that length that ends with this day: months from month ends are calendar
 * months. */
extern DateADT movement_window_start(DateADT day, const char *within);

/*
 * Register the wanted periods' moves with SPI, which must be connected for
 * them alone: period_start, from_segment, to_segment, cause, customers,
 * value_before, value_after, lapsed, contraction, expansion, acquired,
 * is_final.  Returns how many.
 */
extern int64 movement_rows_register(const FactsRun *run, const MovementPass *pass);

#endif /* SEGMENT_MOVEMENT_ROWS_H */
