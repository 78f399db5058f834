/*
 * facts_follow.h
 *	  Facts of several schemes around a change of their customers' results: by
 *	  those customers where that is cheaper (facts_delta.h), else from everyone.
 */
#ifndef SEGMENT_FACTS_FOLLOW_H
#define SEGMENT_FACTS_FOLLOW_H

#include "postgres.h"

#include "catalog.h"
#include "keyset.h"

typedef struct FactsFollow
{
	const Population *population;
	List *sources;
	List *schemes; /* of Scheme */
	DateADT as_of; /* when the change is done */
	List *deltas;  /* of FactsDelta, or NULL for a scheme that is computed anew */
} FactsFollow;

/*
 * Before anything of these customers is written; keys NULL: everyone.  They and
 * the definitions must live until facts_follow_end.
 */
extern void facts_follow_begin(FactsFollow *follow, const Population *population, List *sources,
							   List *schemes, const KeySet *keys, DateADT as_of);

/* After it is: "moved" as of facts_delta_apply.  Schemes whose facts changed are marked so. */
extern void facts_follow_end(FactsFollow *follow, const KeySet *moved);

#endif /* SEGMENT_FACTS_FOLLOW_H */
