/*
 * alias.h
 *	  Merged customers: keys that stand for another customer's.
 *
 * A merge is a definition, a stored alias from the duplicate to the survivor,
 * applied wherever keys enter: to the customers read, to the keys of events and
 * to the changed keys of the logs.  Nothing of the user's is touched.  Aliases
 * are kept flat: no survivor is itself a duplicate.
 *
 * Merging takes no population lock: the alias and both keys in the change logs
 * become visible together (override.h).
 */
#ifndef SEGMENT_ALIAS_H
#define SEGMENT_ALIAS_H

#include "postgres.h"

#include "catalog.h"
#include "keyset.h"

typedef struct Aliases
{
	KeySet *duplicates;
	Datum *survivor; /* of each duplicate, by its place */
	KeySet *survivors;
	int *first; /* of each survivor, the place of a duplicate */
	int *next;  /* of each duplicate, the place of another of the same survivor, or -1 */
} Aliases;

extern char *alias_table(const Population *population);
extern void alias_create(const Population *population);
extern void alias_drop(const Population *population);

/* As the current snapshot has them; NULL when there are none, which all of these take. */
extern Aliases *aliases_read(const Population *population);
/* Those of one customer alone. */
extern Aliases *aliases_read_of(const Population *population, Datum key);

extern bool alias_is_duplicate(const Aliases *aliases, Datum key);

/* The customer a key stands for: mostly itself. */
extern Datum alias_survivor(const Aliases *aliases, Datum key);
extern Datum alias_survivor_of(const Population *population, Datum key); /* without reading them all */

/* With every key also all that stand for the same customer. */
extern KeySet *aliases_close(const Aliases *aliases, KeySet *keys);

/*
 * SQL of a query with the keys of everyone merged or parted since the last
 * refresh; NULL when there never was a merge.
 */
extern char *alias_recent_sql(const Population *population);

#endif /* SEGMENT_ALIAS_H */
