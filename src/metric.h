/*
 * metric.h
 *	  Declaring metrics.
 */
#ifndef SEGMENT_METRIC_H
#define SEGMENT_METRIC_H

#include "postgres.h"

#include "nodes/pg_list.h"

typedef struct MetricRequest
{
	char *name;
	char *expression;
	char *unit; /* the rest may be NULL */
	char *direction;
	char *format;
	char *description;
} MetricRequest;

/* Check and store one; what it does to views is up to the caller. */
extern void metric_create(const MetricRequest *request);

/* 42501 unless the caller is a member of some population's owner. */
extern void metric_check_access(Oid caller);

#endif /* SEGMENT_METRIC_H */
