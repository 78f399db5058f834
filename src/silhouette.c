/*
 * silhouette.c
 *	  How distinct groups of points are.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "silhouette.h"

#define WINSOR_SHARE 0.005

static double
distance(const double *a, const double *b, int dimensions)
{
	double sum = 0;

	for (int i = 0; i < dimensions; i++)
		sum += (a[i] - b[i]) * (a[i] - b[i]);
	return sqrt(sum);
}

static int *
group_sizes(const Points *points)
{
	int *sizes = palloc0(sizeof(int) * points->groups);

	for (int i = 0; i < points->n; i++)
		sizes[points->group[i]]++;
	return sizes;
}

/* Of one point, from the sums of its distances to every group's points. */
static double
silhouette_of(const double *sums, const int *sizes, int groups, int own)
{
	double within;
	double nearest = INFINITY;

	if (sizes[own] == 1)
		return 0;
	within = sums[own] / (sizes[own] - 1);
	for (int g = 0; g < groups; g++)
		if (g != own && sizes[g] > 0)
			nearest = Min(nearest, sums[g] / sizes[g]);
	if (isinf(nearest))
		return NAN;
	return Max(within, nearest) == 0 ? 0 : (nearest - within) / Max(within, nearest);
}

double
silhouette(const Points *points, double *by_group)
{
	int *sizes = group_sizes(points);
	double *sums = palloc(sizeof(double) * points->groups);
	double total = 0;

	memset(by_group, 0, sizeof(double) * points->groups);
	for (int i = 0; i < points->n; i++)
	{
		const double *point = points->values + (Size) i * points->dimensions;
		double value;

		CHECK_FOR_INTERRUPTS();
		memset(sums, 0, sizeof(double) * points->groups);
		for (int j = 0; j < points->n; j++)
			sums[points->group[j]] +=
				distance(point, points->values + (Size) j * points->dimensions, points->dimensions);
		value = silhouette_of(sums, sizes, points->groups, points->group[i]);
		total += value;
		by_group[points->group[i]] += value;
	}
	for (int g = 0; g < points->groups; g++)
		by_group[g] = sizes[g] > 0 ? by_group[g] / sizes[g] : NAN;
	return points->n > 0 ? total / points->n : NAN;
}

/* Groups times dimensions; zeros for an empty group. */
static double *
centroids(const Points *points, const int *sizes)
{
	int d = points->dimensions;
	double *centre = palloc0(sizeof(double) * points->groups * Max(d, 1));

	for (int i = 0; i < points->n; i++)
		for (int k = 0; k < d; k++)
			centre[points->group[i] * d + k] += points->values[(Size) i * d + k];
	for (int g = 0; g < points->groups; g++)
		for (int k = 0; k < d && sizes[g] > 0; k++)
			centre[g * d + k] /= sizes[g];
	return centre;
}

static double *
squared_radii(const Points *points, const double *centre, const int *sizes)
{
	int d = points->dimensions;
	double *radius = palloc0(sizeof(double) * points->groups);

	for (int i = 0; i < points->n; i++)
	{
		double r = distance(points->values + (Size) i * d, centre + points->group[i] * d, d);

		radius[points->group[i]] += r * r / sizes[points->group[i]];
	}
	return radius;
}

void
separation(const Points *points, double *by_group, int *rival)
{
	int d = points->dimensions;
	int *sizes = group_sizes(points);
	double *centre = centroids(points, sizes);
	double *radius = squared_radii(points, centre, sizes);

	for (int g = 0; g < points->groups; g++)
	{
		double nearest = INFINITY;

		rival[g] = -1;
		for (int h = 0; h < points->groups; h++)
		{
			double apart = distance(centre + g * d, centre + h * d, d);

			if (h == g || sizes[h] == 0 || apart >= nearest)
				continue;
			nearest = apart;
			rival[g] = h;
		}
		by_group[g] = sizes[g] == 0 || rival[g] < 0 ? NAN : nearest / sqrt(radius[g]);
	}
}

double
eta_squared(const Points *points, int dimension)
{
	int *sizes = group_sizes(points);
	double *mean = palloc0(sizeof(double) * points->groups);
	double all = 0;
	double total = 0;
	double between = 0;

	for (int i = 0; i < points->n; i++)
	{
		double value = points->values[(Size) i * points->dimensions + dimension];

		mean[points->group[i]] += value / sizes[points->group[i]];
		all += value / points->n;
	}
	for (int i = 0; i < points->n; i++)
	{
		double value = points->values[(Size) i * points->dimensions + dimension];

		total += (value - all) * (value - all);
	}
	for (int g = 0; g < points->groups; g++)
		if (sizes[g] > 0)
			between += sizes[g] * (mean[g] - all) * (mean[g] - all);
	return total > 0 ? between / total : NAN;
}

/* Standardising. */

typedef struct Moments
{
	int n; /* not missing */
	double mean;
	double sd;
	double skewness;
	double least;
} Moments;

static Moments
moments_of(const double *values, int n, int stride)
{
	Moments m = {.least = INFINITY};
	double second = 0;
	double third = 0;

	for (int i = 0; i < n; i++)
	{
		double value = values[(Size) i * stride];

		if (isnan(value))
			continue;
		m.n++;
		m.mean += (value - m.mean) / m.n;
		m.least = Min(m.least, value);
	}
	for (int i = 0; i < n; i++)
	{
		double off = values[(Size) i * stride] - m.mean;

		if (isnan(off))
			continue;
		second += off * off / m.n;
		third += off * off * off / m.n;
	}
	m.sd = sqrt(second);
	m.skewness = second > 0 ? third / (second * m.sd) : 0;
	return m;
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *) a;
	double y = *(const double *) b;

	return (x > y) - (x < y);
}

static void
winsorise(double *values, int n, int stride)
{
	double *sorted = palloc(sizeof(double) * Max(n, 1));
	int known = 0;
	int cut;

	for (int i = 0; i < n; i++)
		if (!isnan(values[(Size) i * stride]))
			sorted[known++] = values[(Size) i * stride];
	qsort(sorted, known, sizeof(double), compare_doubles);
	cut = (int) (known * WINSOR_SHARE);
	for (int i = 0; i < n && cut > 0; i++)
	{
		double *value = &values[(Size) i * stride];

		if (!isnan(*value))
			*value = Max(sorted[cut], Min(sorted[known - 1 - cut], *value));
	}
	pfree(sorted);
}

bool
standardise(double *values, int n, int stride)
{
	Moments m = moments_of(values, n, stride);

	if (m.n > 0 && m.least >= 0 && m.skewness > 1)
		for (int i = 0; i < n; i++)
			values[(Size) i * stride] = log1p(values[(Size) i * stride]);
	winsorise(values, n, stride);
	m = moments_of(values, n, stride);
	for (int i = 0; i < n; i++)
	{
		double *value = &values[(Size) i * stride];

		*value = isnan(*value) || !(m.sd > 0) ? 0 : (*value - m.mean) / m.sd;
	}
	return m.n > 0 && m.sd > 0;
}
