/*
 * worker_state.h
 *	  Whether the background worker is there: what monitoring asks.
 */
#ifndef SEGMENT_WORKER_STATE_H
#define SEGMENT_WORKER_STATE_H

#include "postgres.h"

/* Does a scheduler serve this database?  If not, *why says so, and *remedy what to do about it, in the current
 * memory context. */
extern bool worker_running(char **why, char **remedy);

#endif /* SEGMENT_WORKER_STATE_H */
