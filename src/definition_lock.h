/*
 * definition_lock.h
 *	  One writer at a time of what API functions read before they write it.
 *
 * Such a function decides by what it reads, so it must read what the writer
 * before it committed.  In a REPEATABLE READ transaction whose snapshot is
 * older that is impossible: 40001, as PostgreSQL says of rows.
 */
#ifndef SEGMENT_DEFINITION_LOCK_H
#define SEGMENT_DEFINITION_LOCK_H

#include "postgres.h"

#include "catalog.h"

/* A table of definitions, to the end of the transaction; neither readers nor refreshes wait. */
extern void definition_lock(Oid table);

/* The population lock for what runs in the caller's transaction, after the refresh that had it before. */
extern void population_lock_in_transaction(const Population *population);

#endif /* SEGMENT_DEFINITION_LOCK_H */
