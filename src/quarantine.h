/*
 * quarantine.h
 *	  Customers whose data fail: set aside, counted and named, while the rest go on.
 */
#ifndef SEGMENT_QUARANTINE_H
#define SEGMENT_QUARANTINE_H

#include "postgres.h"

#include "catalog.h"
#include "failures.h"
#include "keyset.h"

#define QUARANTINE_LEDGER "ledger"
#define QUARANTINE_EVALUATION "evaluation"

/* A population's quarantine as a refresh finds it. */
typedef struct Quarantine
{
	const Population *population;
	KeySet *stale;  /* a ledger of theirs is not what its source says: not to be evaluated */
	KeySet *failed; /* could not be evaluated the last time: to be tried again, apart from the others */
} Quarantine;

/* Wants SPI connected, as the extension's owner; forgets customers and sources that are gone. */
extern Quarantine *quarantine_read(const Population *population, List *sources);

/* Add whoever is in quarantine; reads alone. */
extern void quarantine_add_keys(const Population *population, KeySet *keys);
extern bool quarantine_is_empty(const Quarantine *quarantine);

/* Condition on the_customer: not in quarantine.  It names nobody, for statements end up in logs. */
extern char *quarantine_none_sql(const Population *population);

/* The same of those alone who could not be evaluated; NULL when there are none. */
extern char *quarantine_none_failed_sql(const Population *population);

/* Customers whose events of a source fail. */
extern int64 quarantine_count(const Population *population, const Source *source);

/* A step was done for the tried customers (NULL: everyone): who failed goes in, who did not comes out. */
extern void quarantine_settle(const Population *population, const char *phase, const char *source,
							  const KeySet *tried, const Failures *failures);

/* How many customers are in quarantine; a WARNING when this transaction put some there. */
extern int64 quarantine_report(const Population *population);

#endif /* SEGMENT_QUARANTINE_H */
