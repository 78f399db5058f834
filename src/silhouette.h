/*
 * silhouette.h
 *	  How distinct groups of points are.
 *
 * Values layer: pure functions over doubles, points row by row, groups from 0.
 */
#ifndef SEGMENT_SILHOUETTE_H
#define SEGMENT_SILHOUETTE_H

#include "postgres.h"

typedef struct Points
{
	int n;
	int dimensions;
	int groups;
	const double *values; /* n times dimensions */
	const int *group;     /* of each point */
} Points;

/*
 * Mean silhouette (Rousseeuw, 1987) by Euclidean distance, of all points and
 * by group: (b - a) / max(a, b), a the mean distance to the other points of
 * the own group, b to those of the nearest other; 0 for a point alone in its
 * group.  NaN for an empty group, and throughout with fewer than two groups.
 * Takes n squared times dimensions steps.
 */
extern double silhouette(const Points *points, double *by_group);

/*
 * Distance of each group's centroid to the nearest other one, over the group's
 * own radius (root mean square distance to its centroid).  NaN for an empty
 * group or the only one; infinite for a group of one place.  "rival" gets the
 * nearest group, -1 without one.
 */
extern void separation(const Points *points, double *by_group, int *rival);

/* Share of the variance of one dimension that is between groups: eta squared, 0 to 1; NaN without variance.
 */
extern double eta_squared(const Points *points, int dimension);

/*
 * Make columns comparable, in place: ln(1 + x) where values are not negative and
 * their skewness is above 1, winsorised at 0.5 and 99.5 %, then mean 0 and
 * standard deviation 1 (of the population).  NaN, a missing value, becomes 0,
 * the mean.  Returns false for a column without variance, whose values are then 0.
 */
extern bool standardise(double *values, int n, int stride);

#endif /* SEGMENT_SILHOUETTE_H */
