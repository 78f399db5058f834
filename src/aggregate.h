/*
 * aggregate.h
 *	  The aggregates a feature may compute over a ledger: one table.
 */
#ifndef SEGMENT_AGGREGATE_H
#define SEGMENT_AGGREGATE_H

#include "postgres.h"

#include "catalog.h"

typedef enum AggregateMeasure
{
	MEASURE_NONE,
	MEASURE_OPTIONAL,
	MEASURE_REQUIRED
} AggregateMeasure;

typedef enum AggregateRange
{
	RANGE_WINDOW, /* (ledger, [measure], [dimension], since, until) */
	RANGE_AS_OF,  /* (ledger, [measure], day) */
	RANGE_TREND   /* (ledger, [measure], day, days) */
} AggregateRange;

typedef struct AggregateSpec
{
	const char *name;
	const char *evaluator; /* function in schema segment */
	AggregateMeasure measure;
	AggregateRange range;
	bool takes_dimension; /* can be restricted to one label */
	bool needs_dimension; /* is about labels */
	bool zero_is_absent;  /* the evaluator says 0 where there are no rows */
	Oid type;
} AggregateSpec;

#define TREND_DAYS 365 /* product.md: 365 days against the 365 before */

extern const AggregateSpec *aggregate_spec(const char *name); /* NULL: no such aggregate */
extern char *aggregate_names(void);                           /* for hints */

/* The SQL that evaluates an aggregate feature; ledger and day are SQL expressions. */
extern char *aggregate_sql(const Feature *feature, const Source *source, const char *ledger, const char *day);

#endif /* SEGMENT_AGGREGATE_H */
