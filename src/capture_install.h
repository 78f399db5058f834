/*
 * capture_install.h
 *	  Put capture on the user's tables, take it off, and say whether it works.
 *
 * In all of these source NULL stands for the population's own table.  They run
 * as the extension's owner, between api_begin() and api_end().
 */
#ifndef SEGMENT_CAPTURE_INSTALL_H
#define SEGMENT_CAPTURE_INSTALL_H

#include "postgres.h"

#include "catalog.h"

/* What the kinds of relation and column and the owner's rights rule out, whatever triggers there are; NULL
 * when nothing.
 */
extern char *capture_impediment(const Population *population, const Source *source);

/* That the column to log is a virtual generated one; NULL when it is not. */
extern char *capture_virtual_column(const Population *population, const Source *source);

/* NULL when every change is captured; else why not, and the relation must be read in full each time. */
extern char *capture_problem(const Population *population, const Source *source);

/*
 * Create what is missing of log and triggers, and set triggers right that were
 * disabled.  Waits for the relation's writers and locks them out until the end
 * of the transaction.  Leaves alone what cannot be captured.
 */
extern void capture_install(const Population *population, const Source *source);

/* The same for the population's own table and all its sources. */
extern void capture_repair(const Population *population);

/* Drop the log, and the triggers when nothing else is mapped on the relation. */
extern void capture_remove(const Population *population, const Source *source);

#endif /* SEGMENT_CAPTURE_INSTALL_H */
