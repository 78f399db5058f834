/*
 * plan.h
 *	  Targets, and the views that compare them with what came.
 */
#ifndef SEGMENT_PLAN_H
#define SEGMENT_PLAN_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/date.h"

/* A planned period: 2026-10, 2026-Q4, 2026, or the first day of a month. */
typedef struct PlanPeriod
{
	const char *grain; /* month, quarter, year */
	DateADT start;
	DateADT end;
} PlanPeriod;

/* 22007 for anything else. */
extern PlanPeriod plan_period(const char *text);

/*
 * Make segment.plan_value, segment.plan_vs_actual and segment.margin_variance
 * over segment.metric_value again, after a definition changed.  Their columns
 * are always the same.  "schemes" is metric_schemes(), "metrics" metrics_all().
 */
extern void plan_views_regenerate(List *schemes, List *metrics);

#endif /* SEGMENT_PLAN_H */
