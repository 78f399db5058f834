/*
 * cursor.h
 *	  How far each mapped relation has been read: snapshot and fingerprint.
 */
#ifndef SEGMENT_CURSOR_H
#define SEGMENT_CURSOR_H

#include "postgres.h"

#include "catalog.h"

typedef struct Cursor
{
	char *fingerprint; /* of the relation then (fingerprint.h) */
} Cursor;

/*
 * NULL: read everyone, as nothing was read yet, or the transaction counter
 * went backwards since.  Source NULL: the population's own table.
 */
extern Cursor *cursor_read(const Population *population, const Source *source);

/* The snapshot of the cursor there is, as SQL: the same text every time, so that its plan can be kept. */
extern char *cursor_last_sql(const Population *population, const Source *source);

/* What the current snapshot sees is in the results; committed together with them. */
extern void cursor_advance(const Population *population, const Source *source, const char *fingerprint);

/* Have everyone read the next time. */
extern void cursor_reset(const Population *population, const Source *source);

#endif /* SEGMENT_CURSOR_H */
