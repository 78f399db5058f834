/*
 * refresh.h
 *	  Refreshing a population, for procedures that do it among other things.
 */
#ifndef SEGMENT_REFRESH_H
#define SEGMENT_REFRESH_H

#include "postgres.h"

#include "utils/date.h"

/* Between procedure_begin() and procedure_end(): it ends transactions.  population NULL: the only one there
 * is. */
extern void run_refresh(const char *population, bool day_given, DateADT day);

#endif /* SEGMENT_REFRESH_H */
