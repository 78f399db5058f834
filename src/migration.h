/*
 * migration.h
 *	  Moves between any two days, for functions that answer about them.
 */
#ifndef SEGMENT_MIGRATION_H
#define SEGMENT_MIGRATION_H

#include "postgres.h"

#include "fmgr.h"

#include "facts_run.h"
#include "movement_rows.h"
#include "sql.h"

/* What is valued by a customer's worth at a day. */
typedef enum WorthBasis
{
	WORTH_TRAILING, /* the interval that ends with the day */
	WORTH_NEXT,     /* the interval that follows it */
	WORTH_BETWEEN   /* after: the days between the two; before: as many before the first */
} WorthBasis;

typedef struct Migration
{
	Scheme *scheme;
	Population *population;
	List *sources;
	DateADT since; /* the ends of these days are compared */
	DateADT until;
	char *within;
	WorthBasis basis;
	MovementWorth worth;
	/* windows of worth at the two days, first and last day */
	DateADT window_since[2];
	DateADT window_until[2];
	FactsRun run;
	FactsPass pass;
} Migration;

/*
 * After api_begin(): the scheme, its latest day as "until", the money measure,
 * 12 months, trailing.  Raises 42501, 42704 and 55000 as the functions'
 * comments say.
 */
extern void migration_init(Migration *migration, const ApiCall *call, const char *scheme);

/* The functions' arguments 1 to 5: since, until, measure, within, basis. */
extern void migration_arguments(Migration *migration, FunctionCallInfo fcinfo);

/* Check the two days and set the windows by within and basis. */
extern void migration_windows(Migration *migration);

/* Compute the moves, and register them as "moved". */
extern void migration_compute(Migration *migration);

/* They as rows for movement_sql.h. */
extern char *migration_rows(const Migration *migration);

#endif /* SEGMENT_MIGRATION_H */
