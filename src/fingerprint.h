/*
 * fingerprint.h
 *	  What a mapped relation was like when it was read, as far as no trigger
 *	  tells.
 *
 * A jsonb text, read in the current snapshot: the definition, the columns in
 * use with their types, owners and row-level security, and per leaf its file,
 * its place under its parent and the state of our triggers.  ATTACH, DETACH,
 * rewrites, ALTER TYPE and triggers disabled for a while all leave their mark.
 *
 * A source's fingerprint speaks of its own relation and definition alone.  When
 * its parent's changes, everyone is read there, and so are the parent's
 * customers here (change_log.h).
 */
#ifndef SEGMENT_FINGERPRINT_H
#define SEGMENT_FINGERPRINT_H

#include "postgres.h"

#include "catalog.h"

typedef enum FingerprintChange
{
	FINGERPRINT_SAME,
	FINGERPRINT_NEW_LEAVES, /* the keys found in them have changed, beside those of the log */
	FINGERPRINT_CHANGED     /* everyone */
} FingerprintChange;

/* Source NULL: the population's own table.  42703 when a column in use is gone. */
extern char *fingerprint(const Population *population, const Source *source);

extern FingerprintChange fingerprint_compare(const char *last, const char *now);

/* OIDs of the leaves that "now" has and "last" has not. */
extern List *fingerprint_new_leaves(const char *last, const char *now);

#endif /* SEGMENT_FINGERPRINT_H */
