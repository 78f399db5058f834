/*
 * changes.h
 *	  What changed since the last refresh, relation by relation.
 *
 * Read in the refresh's one snapshot, from change logs and fingerprints.  The
 * sets V(s) \ V(last) partition all committed writers, so each change falls in
 * exactly one refresh; cursors are advanced with the results.
 */
#ifndef SEGMENT_CHANGES_H
#define SEGMENT_CHANGES_H

#include "postgres.h"

#include "alias.h"
#include "catalog.h"
#include "keyset.h"

/* One mapped relation. */
typedef struct RelationChanges
{
	const Source *source; /* NULL: the population's own table */
	bool everyone;        /* cannot tell, or too many: read all of it */
	KeySet *customers;    /* else those to look at again; may be empty */
	bool captured;        /* triggers are in place: the next refresh can begin where this one ends */
	char *fingerprint;    /* as of now */
} RelationChanges;

typedef struct Changes
{
	const Population *population;
	RelationChanges own; /* the population's table */
	List *sources;       /* of RelationChanges, parents before children */
	bool everyone;       /* some relation is read in full */
	KeySet *customers;   /* all that changed anywhere, when not everyone */
} Changes;

extern Changes *changes_read(const Population *population, List *sources);

/*
 * Customers whose own rows changed, by the active snapshot, with those merged
 * with them; NULL when it cannot be told.
 */
extern KeySet *changes_of_population(const Population *population, const Aliases *aliases);

extern bool changes_are_none(const Changes *changes);

/* The current snapshot has been read: the next refresh begins after it. */
extern void changes_done(const Changes *changes);

#endif /* SEGMENT_CHANGES_H */
