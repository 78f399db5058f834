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
} MetricScheme;

/* Schemes with facts, of all populations: list of MetricScheme. */
extern List *metric_schemes(void);

/*
 * Make the view again after a definition changed, unless there is no scheme
 * with facts.  As the extension's owner, SPI connected.
 */
extern void metric_view_regenerate(List *schemes, List *metrics);

#endif /* SEGMENT_METRIC_VIEW_H */
