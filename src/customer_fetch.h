/*
 * customer_fetch.h
 *	  One customer as the mapped relations have it in the caller's snapshot, for evaluate_one().
 */
#ifndef SEGMENT_CUSTOMER_FETCH_H
#define SEGMENT_CUSTOMER_FETCH_H

#include "postgres.h"

#include "evaluate.h"

typedef struct CustomerFetch CustomerFetch;

/*
 * Makes plan->from of parameters, whose types it adds, and prepares what reads
 * them from the mapped relations; in context.  Parameter 1 is the key.
 */
extern CustomerFetch *fetch_prepare(EvaluationPlan *plan, Oid *types, int *ntypes, MemoryContext context);

/* Most parameters that fetch_prepare() adds. */
#define FETCH_MAX_PARAMETERS(plan) (1 + 2 * list_length((plan)->features) + list_length((plan)->sources))

/* Keep what was prepared beyond the call, until forgotten. */
extern void fetch_keep(CustomerFetch *fetch, const Population *population);
extern void fetch_forget(CustomerFetch *fetch);
extern bool fetch_still_holds(const CustomerFetch *fetch, const Population *population);

/* Values of the parameters it added; false when there is no such customer. */
extern bool fetch_customer(const CustomerFetch *fetch, const Population *population, Datum key, Datum *values,
						   char *nulls);

#endif /* SEGMENT_CUSTOMER_FETCH_H */
