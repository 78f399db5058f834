/*
 * ledgers.h
 *	  Bring a population's ledgers up to date with their sources.
 */
#ifndef SEGMENT_LEDGERS_H
#define SEGMENT_LEDGERS_H

#include "postgres.h"

#include "build.h"
#include "changes.h"

/* How a source's ledgers are built, of everyone or of the keys. */
extern LedgerBuild *
source_build(const Population *population, List *sources, const Source *source, const KeySet *keys);

/* Recompute the ledgers of everyone or of those who changed, source by source; returns rows written. */
extern int64 ledgers_update(const Population *population, List *sources, const Changes *changes);

#endif /* SEGMENT_LEDGERS_H */
