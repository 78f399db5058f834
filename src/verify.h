/*
 * verify.h
 *	  Are the stored results what a full recomputation would give?
 *
 * In one snapshot v, of every customer whom no log row concerns that v sees and
 * the last refresh did not: the ledgers are those of the source, the attributes
 * those of the mapped relation, features and raw segments what evaluating the
 * ledgers gives, the segment what the step makes of its predecessor, and the
 * history what customer_segment says.  True while others write and refresh.
 */
#ifndef SEGMENT_VERIFY_H
#define SEGMENT_VERIFY_H

#include "postgres.h"

#include "alias.h"
#include "changes.h"
#include "evaluate.h"
#include "keyset.h"

typedef struct Verification
{
	Population *population;
	EvaluationPlan *plan; /* what the last refresh evaluated */
	Changes *changes;     /* what it has not seen */
	const Aliases *aliases;
	bool results_hold; /* the definitions are still those it evaluated by */
	KeySet *mismatched;
	Tuplestorestate *details; /* or NULL; as verify_detail returns them */
	TupleDesc desc;
} Verification;

/* Everyone there is, or ever was as far as results go; NULL is the key of events without a customer. */
extern KeySet *verify_all_keys(const Verification *verification);

/* Compare all there is of these customers. */
extern void verify_keys(Verification *verification, KeySet *keys);

#endif /* SEGMENT_VERIFY_H */
