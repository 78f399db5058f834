/*
 * worker_state.h
 *	  Whether the background worker is there: what monitoring asks.
 */
#ifndef SEGMENT_WORKER_STATE_H
#define SEGMENT_WORKER_STATE_H

#include "postgres.h"

/* Does a scheduler serve this database?  If not, *why says so, in the current memory context. */
extern bool worker_running(char **why);

/* What to do about it; NULL when there is nothing to do. */
extern const char *worker_remedy(void);

#endif /* SEGMENT_WORKER_STATE_H */
