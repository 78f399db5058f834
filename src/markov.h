/*
 * markov.h
 *	  Customers as a Markov chain: where they will be, and what they are worth.
 *
 * Values layer: plain C over palloc.  Matrices are rows after each other, from
 * by rows, to by columns.  Pfeifer & Carraway, Modeling customer
 * relationships as Markov chains, J. Interactive Marketing 14 (2000).
 */
#ifndef SEGMENT_MARKOV_H
#define SEGMENT_MARKOV_H

#include "postgres.h"

/* Probabilities, no row summing to more than one: what is missing is gone. */
extern bool markov_is_chain(const double *p, int n);

/* One period on: to = from P + entrants (NULL: none). */
extern void markov_step(const double *p, int n, const double *from, const double *entrants, double *to);

/* V = (I - P/(1+d))^-1 R, the first reward at once; false when that is not finite. */
extern bool markov_value(const double *p, const double *reward, int n, double discount, double *value);

/* The same with rewards at once and after each of so many periods. */
extern void
markov_value_until(const double *p, const double *reward, int n, double discount, int periods, double *value);

/*
 * Solve a x = b by Gaussian elimination with partial pivoting (Golub & Van
 * Loan 3.4); a is destroyed, x replaces b.  False when a is singular.
 */
extern bool linear_solve(double *a, double *b, int n);

#endif /* SEGMENT_MARKOV_H */
