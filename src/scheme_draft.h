/*
 * scheme_draft.h
 *	  The draft of a scheme made complete.
 */
#ifndef SEGMENT_SCHEME_DRAFT_H
#define SEGMENT_SCHEME_DRAFT_H

#include "postgres.h"

#include "catalog.h"

/* The draft, complete: at least one segment, and cut points for every score (55000 / 22023 otherwise). */
extern SchemeDefinition *scheme_draft(Population *population, Scheme *scheme);

/* Fill in the cut points of scores that were not given any, from all customers at the last refresh. */
extern void scheme_compute_cuts(Population *population, Scheme *scheme, SchemeDefinition *definition);

#endif /* SEGMENT_SCHEME_DRAFT_H */
