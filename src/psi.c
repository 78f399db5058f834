/*
 * psi.c
 *	  Population stability index: how far a distribution has moved.
 */
#include "postgres.h"

#include <math.h>

#include "psi.h"

static double
smoothed_share(double count, double total, int bins, double smoothing)
{
	return (count + smoothing) / (total + smoothing * bins);
}

double
psi_part(double expected, double expected_total, double actual, double actual_total, int bins,
		 double smoothing)
{
	double e = smoothed_share(expected, expected_total, bins, smoothing);
	double q = smoothed_share(actual, actual_total, bins, smoothing);

	return e == q ? 0 : (q - e) * log(q / e);
}

static double
total_of(const int64 *counts, int bins)
{
	double total = 0;

	for (int i = 0; i < bins; i++)
		total += counts[i];
	return total;
}

double
psi(const int64 *expected, const int64 *actual, int bins, double smoothing)
{
	double expected_total = total_of(expected, bins);
	double actual_total = total_of(actual, bins);
	double sum = 0;

	for (int i = 0; i < bins; i++)
		sum += psi_part(expected[i], expected_total, actual[i], actual_total, bins, smoothing);
	return sum;
}

double
psi_expectation(int bins, double expected_total, double actual_total)
{
	return (bins - 1) * (1 / expected_total + 1 / actual_total);
}
