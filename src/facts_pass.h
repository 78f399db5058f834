/*
 * facts_pass.h
 *	  One pass over history, members and ledgers: the facts of all periods.
 */
#ifndef SEGMENT_FACTS_PASS_H
#define SEGMENT_FACTS_PASS_H

#include "postgres.h"

#include "facts_cells.h"
#include "facts_detail.h"
#include "facts_scan.h"
#include "keyset.h"
#include "movement_pass.h"

/* The extension's own tables, all with the customer's key in the column "key_name". */
typedef struct FactsPass
{
	const char *key_name;
	Oid history;  /* segment, valid */
	Oid members;  /* entry_day */
	Oid assigned; /* where the customers are now, for a pass over some: <segment>, <segment>_since */
	const char *assigned_column;
	int nsources;
	Oid *ledgers; /* ledger */
	StatesFrame frame;
	DateADT before;       /* last day before the period before the first */
	int *landing;         /* by source: which measure is the cost of winning a customer, 0: none; or NULL */
	int main_source;      /* whose events are purchases; -1: none */
	int main_measure;     /* its measure of money, from 1 */
	int ndetails;         /* everyone, then the breakdowns */
	FactsDetail *details; /* names and columns given, the rest results */
	const KeySet
		*keys;       /* NULL: everyone; else these, found by index, and nobody's ledgers if NULL is a key */
	FactsRows *rows; /* where those customers' members and ledgers are kept for other schemes, or NULL */

	MovementPass *movement; /* moves too, or NULL */

	/* results, besides those in details and movement */
	FactsCells *counts;
	FactsCells **totals; /* NULL for a source without ledgers */
	int parts;           /* in how many the customers were taken */
} FactsPass;

/* As the active snapshot and this transaction's own changes have them. */
extern void facts_pass(FactsPass *pass);

#endif /* SEGMENT_FACTS_PASS_H */
