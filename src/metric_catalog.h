/*
 * metric_catalog.h
 *	  Typed reads of segment.metric, and of the sums metrics may be made of.
 */
#ifndef SEGMENT_METRIC_CATALOG_H
#define SEGMENT_METRIC_CATALOG_H

#include "postgres.h"

#include "catalog.h"

typedef struct Metric
{
	int id;
	char *name;
	char *expression;
	char *expression_sql;
	char *description; /* or NULL */
	char *direction;   /* up, down or NULL */
	List *uses;        /* char *: sums and metrics its expression reads */
	List *sums;        /* char *: the sums it is made of, through other metrics too */
	int depth;         /* 1: reads sums alone; else one more than the deepest metric it reads */
} Metric;

/* All metrics, each after those it reads. */
extern List *metrics_all(void);
extern Metric *metric_in(List *metrics, const char *name); /* or NULL */

/* Names of the sums there are: counts of customers, and of a population's sources. */
extern List *metric_sums_of_customers(void);
extern List *metric_sums_of_source(const Source *source);
extern List *metric_sums_of_activity(List *sources); /* what customers did against the period before */
/* All of them that the scorecards of a population have. */
extern List *metric_sums_of_population(List *sources);

/* Lists of names as sets. */
extern bool names_contain(List *names, const char *name);
extern List *names_add(List *names, const char *name);
extern List *names_add_all(List *names, List *others);
extern int names_number(List *names, const char *name); /* from 1; 0: not there */

#endif /* SEGMENT_METRIC_CATALOG_H */
