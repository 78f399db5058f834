/*
 * attempt.h
 *	  Run something in a subtransaction; a data error is an answer.
 */
#ifndef SEGMENT_ATTEMPT_H
#define SEGMENT_ATTEMPT_H

#include "postgres.h"

typedef void (*AttemptWork)(void *argument);

/*
 * Runs "work" in the caller's memory context.  NULL when it is done; the error
 * when a data error (class 22) stopped it, with nothing of it left but memory;
 * any other error is raised.
 */
extern ErrorData *attempt(AttemptWork work, void *argument);

#endif /* SEGMENT_ATTEMPT_H */
