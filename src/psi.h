/*
 * psi.h
 *	  Population stability index: how far a distribution has moved.
 *
 * Values layer: pure functions over counts.
 */
#ifndef SEGMENT_PSI_H
#define SEGMENT_PSI_H

#include "postgres.h"

/*
 * Sum over bins of (q - e) ln(q / e), e and q the shares of the expected and
 * the actual counts, each smoothed as (n + s) / (N + s B): with s = 1/2 no
 * empty bin makes it infinite.  Symmetric; 0 for equal shares.  Infinite
 * where s is 0 and one of the two is empty; NaN without any count.
 */
extern double psi(const int64 *expected, const int64 *actual, int bins, double smoothing);

/* One bin's part of it. */
extern double psi_part(double expected, double expected_total, double actual, double actual_total, int bins,
					   double smoothing);

/*
 * Its expectation were both samples of one distribution: (B - 1)(1/N + 1/M),
 * since each term is a chi-square's (Yurdakul, 2018).
 */
extern double psi_expectation(int bins, double expected_total, double actual_total);

#endif /* SEGMENT_PSI_H */
