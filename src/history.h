/*
 * history.h
 *	  A scheme's history and transitions: who was in which segment when, and every move.
 */
#ifndef SEGMENT_HISTORY_H
#define SEGMENT_HISTORY_H

#include "postgres.h"

#include "utils/tuplestore.h"

#include "catalog.h"

/*
 * At the first activation: the scheme's columns in <population>_segment, its
 * history and its transitions; then, when the past is in them, their indexes,
 * which is several times cheaper than a descent per row.
 */
extern void history_create(const Population *population, const Scheme *scheme);
extern void history_index(const Population *population, const Scheme *scheme);

/* A scheme goes out of use after "day", or comes back on it: nobody is in it meanwhile. */
extern void history_retire(const Population *population, const Scheme *scheme, DateADT day);
extern void history_resume(const Population *population, const Scheme *scheme, DateADT day);

/* Moves of one scheme on one day, gathered in memory and written as a set. */
typedef struct Moves
{
	const Population *population;
	const Scheme *scheme;
	TupleDesc desc;
	Tuplestorestate *rows;
	int64 count;
	bool may_resume; /* set by who adds: not all were in a segment since before the day */
} Moves;

extern Moves *moves_begin(const Population *population, const Scheme *scheme);

/* from or to NULL: entering or leaving the scheme.  record: also a row in the transitions. */
extern void moves_add(Moves *moves, Datum key, const char *from, const char *to, const char *cause,
					  Datum inputs, bool inputs_null, bool record);

/* Write history and transitions; a second move on a day rewrites that day's row.  Returns transitions
 * written. */
extern int64 moves_apply(Moves *moves, DateADT day, int version);

#endif /* SEGMENT_HISTORY_H */
