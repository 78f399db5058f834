/*
 * refresh.h
 *	  Refreshing a population, for procedures that do it among other things.
 */
#ifndef SEGMENT_REFRESH_H
#define SEGMENT_REFRESH_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/date.h"

/* Between procedure_begin() and procedure_end(): it ends transactions.  population NULL: the only one there
 * is. */
extern void run_refresh(const char *population, bool day_given, DateADT day);

/* The same without the scorecards of the schemes of these names (char *), which somebody else refreshes. */
extern void run_refresh_leaving(const char *population, bool day_given, DateADT day, List *left);

/* Scorecards whose facts have changed, of the population or of one scheme of it; how many there were. */
extern int refresh_stale_scorecards(const char *population, const char *scheme);

#endif /* SEGMENT_REFRESH_H */
