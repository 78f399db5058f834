/*
 * facts_run.h
 *	  One computation of a scheme's facts: of which periods, and what the rows
 *	  and values of its cells are called.
 */
#ifndef SEGMENT_FACTS_RUN_H
#define SEGMENT_FACTS_RUN_H

#include "postgres.h"

#include "catalog.h"
#include "facts_pass.h"
#include "keyset.h"
#include "period.h"

typedef struct FactsRun
{
	/* given */
	const Population *population;
	List *sources; /* of Source */
	const Scheme *scheme;
	DateADT first_day; /* of the scheme's history */
	DateADT as_of;
	bool restating;  /* one final period alone */
	Period restated; /* which */

	/* found: periods in a row, of which the final ones are not wanted */
	Period *periods;
	bool *wanted;
	int nperiods;
	bool all_open;  /* the wanted have facts already, and stay open */
	List *segments; /* char *, those in force first */
	int in_force;
	List *rows;       /* char *: of the cells, from 1 */
	List *breakdowns; /* of Breakdown */
	char *moment;     /* when it was computed, under the lock: timestamptz as text */
} FactsRun;

/*
 * Lock the facts against other writers and find what is to be computed; false
 * when that is nothing.
 */
extern bool facts_run_begin(FactsRun *run);
/* The same for every period, whatever is stored. */
extern bool facts_run_begin_all(FactsRun *run);

/* Which rows the cells have; facts_run_begin does it too. */
extern void facts_run_name_rows(FactsRun *run);

extern bool facts_run_final(const FactsRun *run, int period);

/* Everyone, then the breakdowns, without cells. */
extern FactsDetail *facts_run_details(const FactsRun *run, int *ndetails);

/* The wanted periods' first days, as SQL. */
extern char *facts_run_wanted(const FactsRun *run);

/* A pass as facts_run_pass would make it, without moves. */
extern void facts_run_prepare(const FactsRun *run, const KeySet *keys, FactsRows *rows, FactsPass *pass);

/* Compute the cells of all customers, or of these, whose rows may be kept (FactsRows or NULL). */
extern void facts_run_pass(const FactsRun *run, const KeySet *keys, FactsRows *rows, FactsPass *pass);

/* Names of the values of a source (NULL: the counts), from 0. */
extern List *facts_metrics(const Source *source);

#endif /* SEGMENT_FACTS_RUN_H */
