/*
 * movement_pass.h
 *	  The share of a facts pass that is about moves: what each customer was
 *	  worth at the ends of every period, and why it moved.
 *
 * A customer's contribution depends on its own rows alone (history, the
 * transitions by which it left, entry day, ledgers) and on the frame: so moves
 * are sums over customers, as facts are (facts_delta.h).
 */
#ifndef SEGMENT_MOVEMENT_PASS_H
#define SEGMENT_MOVEMENT_PASS_H

#include "postgres.h"

#include "build_key.h"
#include "facts_customers.h"
#include "ledger.h"
#include "movement_cells.h"

/* One measure that makes up the value. */
typedef struct MovementMoney
{
	int source;   /* of the pass, from 0 */
	int measure;  /* of the source, from 0 */
	int sign;     /* 1 or -1 */
	int64 factor; /* what the ledger at hand is multiplied by */
} MovementMoney;

typedef struct MovementPass
{
	/* given */
	const char *key_name;
	Oid transitions; /* InvalidOid: none */
	/* what a customer is worth at the frame's i-th day: the days [since[i], until[i]], both ascending */
	const DateADT *since;
	const DateADT *until;
	MovementMoney *money;
	int nmoney;
	int scale; /* decimals of the value: the most of its measures */

	/* result */
	MovementCells *cells;
} MovementPass;

/* What is kept of one customer, zeroed, beside its states. */
extern Size movement_kept_size(const StatesFrame *frame);

/* A stay that began on this day. */
extern void movement_add_stay(const StatesFrame *frame, void *kept, DateADT day, const text *cause);
extern bool movement_wants(const MovementPass *pass, int source);
/* kept NULL: nobody's. */
extern void movement_add_ledger(MovementPass *pass, const StatesFrame *frame, int source, void *kept,
								const Ledger *ledger);
/* All of these customers, whose rows and ledgers have been added. */
extern void movement_count(MovementPass *pass, const StatesFrame *frame, CustomerTable *customers);

#endif /* SEGMENT_MOVEMENT_PASS_H */
