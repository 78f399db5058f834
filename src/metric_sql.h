/*
 * metric_sql.h
 *	  SQL that evaluates metrics over long facts: on the sums, at any level.
 */
#ifndef SEGMENT_METRIC_SQL_H
#define SEGMENT_METRIC_SQL_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "metric_catalog.h"

/* Column of a level: the sums by their number, for segment.metric_note. */
#define METRIC_SUMS_COLUMN "\"#sums\""

typedef struct MetricLevel
{
	const char *rows;     /* query: measure, value and what the keys read, called r */
	const char *keys;     /* select list over r, aggregates included */
	const char *grouping; /* what follows GROUP BY */
	List *sums;           /* char *: the sums wanted */
	List *metrics;        /* of Metric, each after those it reads */
} MetricLevel;

/* Keys, then a column for each sum and each metric.  Adds what the metrics read to level->sums. */
extern char *metric_level_sql(MetricLevel *level);

/* What is to be turned from columns of a level into rows. */
typedef struct MetricRows
{
	List *names;   /* char *: as the rows call it */
	List *columns; /* char *: of the level */
	List *inputs;  /* char *: what metric_note is told */
	List *numbers; /* of int, for a column "#number"; NIL: none is wanted */
} MetricRows;

/* "column" of the level, made of these sums, as rows called "name". */
extern void
metric_rows_add(MetricRows *rows, const MetricLevel *level, const char *name, const char *column, List *sums);

/* The columns of the level, whose query is "inner", then metric, value and note: why a value is NULL. */
extern char *metric_rows_sql(const MetricRows *rows, const MetricLevel *level, const char *inner);

/* Names as a literal text[]. */
extern char *names_sql(List *names);

/* Whether the planner pulls up a metric of one depth into one of another. */
extern bool metric_layers_join(int depth, int of);

#endif /* SEGMENT_METRIC_SQL_H */
