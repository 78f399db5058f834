/*
 * failures.h
 *	  Customers whose data fail, gathered while the others go on.
 */
#ifndef SEGMENT_FAILURES_H
#define SEGMENT_FAILURES_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "keyset.h"

/* What went wrong for one customer: the first error met. */
typedef struct Failure
{
	int sqlstate;
	const char *message; /* without the customer's key */
	const char *hint;    /* or NULL */
	const char *feature; /* the feature or the scheme that failed, where that is known; else NULL */
	const char *scheme;
} Failure;

typedef struct Failures
{
	MemoryContext context;
	char *step;    /* what fails, for messages: source "orders" */
	KeySet *keys;  /* of customers, never NULL */
	List *entries; /* of Failure, one for each of keys in order */
} Failures;

/* In the current memory context, or NULL when settings say that no customer may fail. */
extern Failures *failures_create(Oid key_type, const char *step);

/* Raises the first failure's SQLSTATE past segment.quarantine_limit customers. */
extern void failures_add(Failures *failures, Datum key, const Failure *failure);

/* More than segment.quarantine_limit: then failures_add() has raised an error. */
extern bool failures_are_too_many(const Failures *failures);

/* Has this customer failed?  Without failures, NULL, nobody has. */
static inline bool
failures_have(const Failures *failures, Datum key, bool is_null)
{
	return failures != NULL && failures->keys->nkeys > 0 && keyset_contains(failures->keys, key, is_null);
}

#endif /* SEGMENT_FAILURES_H */
