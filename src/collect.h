/*
 * collect.h
 *	  Run a query to its end and keep its rows, then work on them.
 *
 * A query that runs to completion may use parallel workers; rows are written
 * only after it has finished.
 */
#ifndef SEGMENT_COLLECT_H
#define SEGMENT_COLLECT_H

#include "postgres.h"

#include "executor/spi.h"
#include "executor/tuptable.h"
#include "nodes/params.h"
#include "utils/tuplestore.h"

#include "keyset.h"

typedef struct Collected
{
	Tuplestorestate *rows;
	TupleDesc desc;
	int64 count;
} Collected;

/* Run a SELECT over SPI as the current user; rows beyond work_mem go to a temporary file. */
extern Collected *collect(const char *query);

/* The same with one parameter, $1: an array of the keys without NULL. */
extern ParamListInfo keys_parameter(const KeySet *keys);
extern Collected *collect_for_keys(const char *query, const KeySet *keys);

/*
 * The same in a subtransaction: NULL and the error when a data error (class
 * 22) stopped it; any other error is raised.  "plan" is the query prepared,
 * or NULL; keys may be NULL for a query without parameter.
 */
extern Collected *collect_try(const char *query, SPIPlanPtr plan, const KeySet *keys, ErrorData **error);

/* Rows of the same query for other keys. */
extern void collected_append(Collected *to, Collected *from);

/* Add the first column to a set, and free the rows. */
extern void keyset_add_collected(KeySet *set, Collected *rows);

/* Number of the column of that name, from 1; an internal error when there is none. */
extern int collected_column(const Collected *collected, const char *name);

/* A slot to read rows with; collected_next() fills it until there are no more. */
extern TupleTableSlot *collected_slot(const Collected *collected);
extern bool collected_next(Collected *collected, TupleTableSlot *slot);
extern void collected_free(Collected *collected);

/* Value of a column of the current row; NULL where SQL has NULL. */
extern char *slot_text(TupleTableSlot *slot, int column);

#endif /* SEGMENT_COLLECT_H */
