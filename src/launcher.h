/*
 * launcher.h
 *	  The one process that starts the others.
 */
#ifndef SEGMENT_LAUNCHER_H
#define SEGMENT_LAUNCHER_H

#include "postgres.h"

/* From _PG_init of a preloaded library. */
extern void launcher_register(void);

extern PGDLLEXPORT void segment_launcher_main(Datum arg);

#endif /* SEGMENT_LAUNCHER_H */
