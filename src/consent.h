/*
 * consent.h
 *	  Whose rows do not consent.
 *
 * A population may have a condition on its relation's columns: who does not
 * meet it, or of whom that is unknown, is not in the population, as if the row
 * were not there.  Of customers that were merged each row there is must
 * consent, or none of them is in it.
 */
#ifndef SEGMENT_CONSENT_H
#define SEGMENT_CONSENT_H

#include "postgres.h"

#include "alias.h"
#include "catalog.h"
#include "keyset.h"

/* The customers that rows which do not consent stand for, of these keys (NULL: of everyone); may be empty. */
extern KeySet *consent_objectors(const Population *population, const Aliases *aliases, const KeySet *keys);

/*
 * Of the population's query as it is, without its merged rows: the survivors
 * with a duplicate that does not consent, among these keys (NULL: everyone).
 * NULL when there are none.
 */
extern KeySet *
consent_objecting_groups(const Population *population, const Aliases *aliases, const KeySet *keys);

#endif /* SEGMENT_CONSENT_H */
