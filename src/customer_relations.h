/*
 * customer_relations.h
 *	  Which relations of the extension hold customers' keys: the one registry.
 *
 * Whatever is to be said of one customer, or done to all of it, goes by this
 * list: erasing, and what else a person may ask for.  Who adds a table or a
 * column that holds keys adds it here; test/sql/erase.sql compares the list
 * with the catalog.  Sums of customers (facts, movements, baselines) hold none.
 */
#ifndef SEGMENT_CUSTOMER_RELATIONS_H
#define SEGMENT_CUSTOMER_RELATIONS_H

#include "postgres.h"

#include "catalog.h"

typedef struct CustomerRelation
{
	char *name;         /* quoted and qualified */
	const char *column; /* that holds the key, of the alias r */
	char *key;          /* SQL: its value as a key of the population's; NULL in rows of other populations */
	const char *holds;  /* in words */
	bool is_stay;       /* history or moves: what facts count the customer by */
	char *without;      /* SQL: what to put in the key's place, where a row is about more than the customer */
} CustomerRelation;

/* Of CustomerRelation, a row per column; those there are.  As the extension's owner (sql.h). */
extern List *customer_relations(const Population *population, List *sources);

#endif /* SEGMENT_CUSTOMER_RELATIONS_H */
