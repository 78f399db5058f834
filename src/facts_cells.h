/*
 * facts_cells.h
 *	  Cells of facts: [label][period][row][value], in exact 128-bit integers.
 *
 * Values are the six counts of customers, or a source's number of events and
 * its measures.  A row is where a customer opened the period, numbered like
 * the states from `unassigned` on, with `new` before.
 */
#ifndef SEGMENT_FACTS_CELLS_H
#define SEGMENT_FACTS_CELLS_H

#include "postgres.h"

#include "facts_states.h"
#include "facts_trace.h"
#include "ledger.h"

#define ROW_NEW 1 /* rows are numbered from 1 */
#define ROW_UNASSIGNED STATE_UNASSIGNED
#define ROWS_BESIDE_SEGMENTS 2

/* The six counts, in the order of their cells. */
typedef enum FactsCount
{
	COUNT_OPENING,
	COUNT_ACQUIRED,
	COUNT_MOVED_IN,
	COUNT_MOVED_OUT,
	COUNT_REMOVED,
	COUNT_CLOSING,
	COUNT_KINDS
} FactsCount;

/* Flat, a varlena, so that it may be exchanged as bytea; grows with its labels. */
typedef struct FactsCells FactsCells;

/* For counts of customers, and for events of ledgers of this shape. */
extern FactsCells *cells_for_counts(int nperiods, int segments);
extern FactsCells *cells_for_ledgers(int nperiods, int segments, const LedgerShape *shape);
extern void cells_require(const FactsCells *cells, int nperiods, int segments);

extern void cells_count_customer(FactsCells *cells, const int16 *states);
/* So many who opened and closed a period in these states. */
extern void cells_count_move(FactsCells *cells, int period, int opening, int closing, int64 customers);
/* states NULL: of no customer.  Fills the trace unless it is NULL.  Returns the cells, which may have moved.
 */
extern FactsCells *cells_add_ledger(FactsCells *cells, const int16 *states, LedgerIterator *it,
									const DateADT *days, FactsTrace *trace);

/* For who counts by rules of its own (facts_detail.c). */
extern int cells_label(FactsCells **cells, const char *text, int length);   /* its number; may move them */
extern int128 *cells_at(FactsCells *cells, int label, int period, int row); /* periods from 0, rows from 1 */
extern int cells_money_row(int opening, int closing);
extern void cells_count_labelled(FactsCells *cells, int label, const int16 *states);
/* What values of this shape are multiplied by to be added. */
extern void cells_meet_scales(FactsCells *cells, const LedgerShape *shape, int64 *factor);

extern FactsCells *cells_add(FactsCells *cells, FactsCells *other);
extern void cells_negate(FactsCells *cells);
extern bool cells_all_zero(const FactsCells *cells);
extern bool cells_row_is_zero(FactsCells *cells, int period, int row); /* with all its labels */

/* One cell as a fact. */
typedef struct FactCell
{
	int period; /* from 0 */
	int row;    /* from 1 */
	const char *label;
	int label_length;
	int value;
	Datum amount; /* numeric */
} FactCell;

/* Set a cell from the text of a number, exactly.  Returns the cells, which may have moved. */
extern FactsCells *cells_put(FactsCells *cells, const FactCell *cell, const char *amount);

/*
 * Every cell that is a fact: every row of a period without a label, so that
 * all rows are there, and labels where something happened; nothing of a
 * period without any event.
 */
typedef void (*FactCellVisitor)(const FactCell *cell, void *argument);
extern void cells_visit(FactsCells *cells, FactCellVisitor visit, void *argument);

/* A sum as numeric, of an integer in units of 10^-scale. */
extern Datum cell_numeric(int128 value, int scale);

/* The same as an array of the composite type segment.fact_cell. */
extern Datum cells_to_array(FactsCells *cells, Oid type);

#endif /* SEGMENT_FACTS_CELLS_H */
