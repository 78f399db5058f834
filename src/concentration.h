/*
 * concentration.h
 *	  How much of a total few customers hold: Gini coefficient and whale curve.
 *
 * Values layer.  Values come one by one, the largest first, so that nothing
 * has to be kept.
 */
#ifndef SEGMENT_CONCENTRATION_H
#define SEGMENT_CONCENTRATION_H

#include "postgres.h"

#define CONCENTRATION_SHARES 3 /* of customers: the first 1, 10 and 20 % */

typedef struct Concentration
{
	int64 customers; /* how many there will be */
	int64 seen;
	int64 negative;
	double last;
	double sum;
	double weighted;                  /* of i times the i-th */
	double peak;                      /* highest sum on the way: where the losses begin */
	int64 peak_at;                    /* customers up to there */
	double top[CONCENTRATION_SHARES]; /* sums of the first 1, 10 and 20 % of the customers, rounded up */
} Concentration;

extern void concentration_begin(Concentration *state, int64 customers);

/* The next value, none above the one before. */
extern void concentration_add(Concentration *state, double value);

/*
 * Gini coefficient, 0 (equal) to 1 - 1/n (one has it all): the mean absolute
 * difference over twice the mean.  NaN where it has no meaning: with a
 * negative value, or nothing to share.
 */
extern double concentration_gini(const Concentration *state);

#endif /* SEGMENT_CONCENTRATION_H */
