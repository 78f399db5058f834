/*
 * metric_view.h
 *	  The view segment.metric_value: every metric of every scheme, long.
 */
#ifndef SEGMENT_METRIC_VIEW_H
#define SEGMENT_METRIC_VIEW_H

#include "postgres.h"

#include "catalog.h"

/* A scheme that has facts, with what they are made of. */
typedef struct MetricScheme
{
	Population *population;
	List *sources;
	Scheme *scheme;
	bool has_breakdowns; /* segment_data.<scheme>_breakdown is there */
} MetricScheme;

/* One breakdown of one scheme. */
typedef struct MetricBranch
{
	const MetricScheme *of;
	const char *breakdown; /* '': none */
	char *rows;            /* query: period_start, segment, label, measure, value, is_final */
	List *sums;            /* char *: the sums there are by it */
} MetricBranch;

/* What there is of a scheme, not broken down first: list of MetricBranch. */
extern List *metric_branches(const MetricScheme *of);

/* Schemes with facts, of all populations: list of MetricScheme. */
extern List *metric_schemes(void);

/* What the metrics of a population's schemes are broken down by: list of names. */
extern List *metric_breakdown_names(const Population *population);

/* Query: period_start, segment, label (''), measure, value, is_final of all sums, allocated ones too. */
extern char *metric_total_rows(const MetricScheme *of);
/* The same without the facts: activity and allocations; NULL when there are none. */
extern char *metric_other_rows(const MetricScheme *of);

/*
 * Make the view again after a definition changed, unless there is no scheme
 * with facts.  As the extension's owner, SPI connected.
 */
extern void metric_view_regenerate(List *schemes, List *metrics);

#endif /* SEGMENT_METRIC_VIEW_H */
