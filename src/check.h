/*
 * check.h
 *	  What check_sources() finds, and how its parts report it.
 */
#ifndef SEGMENT_CHECK_H
#define SEGMENT_CHECK_H

#include "postgres.h"

#include "access/tupdesc.h"
#include "utils/tuplestore.h"

#include "catalog.h"

#define NOT_COUNTED (-1)

typedef enum Severity
{
	SEVERITY_NOTE,    /* works, at a price */
	SEVERITY_WARNING, /* works, but slowly, or leaves rows out */
	SEVERITY_ERROR    /* the next build fails */
} Severity;

typedef struct SourceCheck
{
	const Population *population;
	List *sources;
	const char *subject; /* name of the source, or of the population itself */
	Tuplestorestate *rows;
	TupleDesc row;
} SourceCheck;

extern void
report_problem(SourceCheck *check, Severity severity, int64 rows, const char *remedy, const char *problem);

/* What the rows themselves say; run inside a subtransaction, read as the population's owner. */
extern void check_population_rows(SourceCheck *check);
extern void check_source_rows(SourceCheck *check, const Source *source);

#endif /* SEGMENT_CHECK_H */
