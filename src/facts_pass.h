/*
 * facts_pass.h
 *	  One pass over history, members and ledgers: the facts of all periods.
 */
#ifndef SEGMENT_FACTS_PASS_H
#define SEGMENT_FACTS_PASS_H

#include "postgres.h"

#include "facts_cells.h"
#include "facts_scan.h"
#include "keyset.h"

/* The extension's own tables, all with the customer's key in the column "key_name". */
typedef struct FactsPass
{
	const char *key_name;
	Oid history; /* segment, valid */
	Oid members; /* entry_day */
	int nsources;
	Oid *ledgers; /* ledger */
	StatesFrame frame;
	const KeySet
		*keys;       /* NULL: everyone; else these, found by index, and nobody's ledgers if NULL is a key */
	FactsRows *rows; /* where those customers' members and ledgers are kept for other schemes, or NULL */

	/* results */
	FactsCells *counts;
	FactsCells **totals; /* NULL for a source without ledgers */
	int parts;           /* in how many the customers were taken */
} FactsPass;

/* As the active snapshot and this transaction's own changes have them. */
extern void facts_pass(FactsPass *pass);

#endif /* SEGMENT_FACTS_PASS_H */
