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
	bool once;            /* compute each column once, where the reader's conditions cannot help anyway */
} MetricLevel;

/* Keys, then a column for each sum and each metric.  Adds what the metrics read to level->sums. */
extern char *metric_level_sql(MetricLevel *level);

/* Expression, over the alias of such a level: why this metric (or sum) is NULL where it is. */
extern char *metric_note_sql(const MetricLevel *level, const char *alias, const char *name, List *sums);

/* Names as a literal text[]. */
extern char *names_sql(List *names);

#endif /* SEGMENT_METRIC_SQL_H */
