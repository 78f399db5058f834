/*
 * movement_cells.h
 *	  Who moved where in each period and what they were worth, summed:
 *	  [period][from][to][cause][value], in exact 128-bit integers.
 *
 * Values layer.  From and to are numbered like the states of facts_states.h
 * from STATE_UNASSIGNED on, with one place before: `new` as from, `removed` as to.
 */
#ifndef SEGMENT_MOVEMENT_CELLS_H
#define SEGMENT_MOVEMENT_CELLS_H

#include "postgres.h"

#include "facts_states.h"

#define MOVEMENT_OUTSIDE 1 /* new, removed */
#define MOVEMENT_UNASSIGNED STATE_UNASSIGNED

/* Why a customer closes a period elsewhere than it opened it. */
typedef enum MovementCause
{
	MOVEMENT_STAYED,
	MOVEMENT_BEHAVIOUR,
	MOVEMENT_DEFINITION,
	MOVEMENT_MANUAL,
	MOVEMENT_MERGE,
	MOVEMENT_CAUSES
} MovementCause;

typedef enum MovementValue
{
	MOVED_CUSTOMERS,
	MOVED_BEFORE,      /* value before, in units of 10^-scale, as all that follow */
	MOVED_AFTER,       /* value after */
	MOVED_LAPSED,      /* before, of those without any after */
	MOVED_CONTRACTION, /* less after than before */
	MOVED_EXPANSION,   /* more after than before */
	MOVED_ACQUIRED,    /* of those who were not there before */
	MOVED_VALUES
} MovementValue;

typedef struct MovementCells MovementCells;

extern MovementCells *movement_cells_create(int nperiods, int nsegments);

/* A customer who opened and closed the period so; neither inside: its money alone, as nobody's. */
extern void movement_cells_customer(MovementCells *cells, int period, int16 opening, int16 closing,
									MovementCause cause, int64 before, int64 after);
/* So many of whom nothing else is known; from and to as in MovementCell. */
extern void movement_cells_count(MovementCells *cells, int period, int from, int to, MovementCause cause,
								 int64 customers);
/* Money of no customer. */
extern void movement_cells_nobody(MovementCells *cells, int period, int128 before, int128 after);

extern void movement_cells_negate(MovementCells *cells);
/* Add the others, of the same shape. */
extern void movement_cells_add(MovementCells *cells, const MovementCells *other);

/* Every cell that is not zero. */
typedef struct MovementCell
{
	int period; /* from 0 */
	int from;   /* from 1 */
	int to;
	MovementCause cause;
	const int128 *value; /* MOVED_VALUES */
} MovementCell;

typedef void (*MovementVisitor)(const MovementCell *cell, void *argument);
extern void movement_cells_visit(const MovementCells *cells, MovementVisitor visit, void *argument);

#endif /* SEGMENT_MOVEMENT_CELLS_H */
