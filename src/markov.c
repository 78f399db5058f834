/*
 * markov.c
 *	  Customers as a Markov chain: where they will be, and what they are worth.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "markov.h"

#define SUM_TOLERANCE 1e-9
#define SINGULAR 1e-13 /* of a pivot, where entries are at most one */

bool
markov_is_chain(const double *p, int n)
{
	for (int i = 0; i < n; i++)
	{
		double sum = 0;

		for (int j = 0; j < n; j++)
		{
			if (!(p[i * n + j] >= 0))
				return false;
			sum += p[i * n + j];
		}
		if (!(sum <= 1 + SUM_TOLERANCE))
			return false;
	}
	return true;
}

void
markov_step(const double *p, int n, const double *from, const double *entrants, double *to)
{
	for (int j = 0; j < n; j++)
	{
		to[j] = entrants != NULL ? entrants[j] : 0;
		for (int i = 0; i < n; i++)
			to[j] += from[i] * p[i * n + j];
	}
}

static int
pivot_row(const double *a, int n, int column)
{
	int best = column;

	for (int i = column + 1; i < n; i++)
		if (fabs(a[i * n + column]) > fabs(a[best * n + column]))
			best = i;
	return best;
}

static void
swap_rows(double *a, double *b, int n, int one, int other)
{
	double kept = b[one];

	b[one] = b[other];
	b[other] = kept;
	for (int j = 0; j < n; j++)
	{
		kept = a[one * n + j];
		a[one * n + j] = a[other * n + j];
		a[other * n + j] = kept;
	}
}

static void
eliminate(double *a, double *b, int n, int column)
{
	for (int i = column + 1; i < n; i++)
	{
		double factor = a[i * n + column] / a[column * n + column];

		if (factor == 0)
			continue;
		for (int j = column; j < n; j++)
			a[i * n + j] -= factor * a[column * n + j];
		b[i] -= factor * b[column];
	}
}

bool
linear_solve(double *a, double *b, int n)
{
	for (int column = 0; column < n; column++)
	{
		int row = pivot_row(a, n, column);

		CHECK_FOR_INTERRUPTS();
		if (!(fabs(a[row * n + column]) > SINGULAR))
			return false;
		if (row != column)
			swap_rows(a, b, n, row, column);
		eliminate(a, b, n, column);
	}
	for (int i = n - 1; i >= 0; i--)
	{
		for (int j = i + 1; j < n; j++)
			b[i] -= a[i * n + j] * b[j];
		b[i] /= a[i * n + i];
	}
	return true;
}

bool
markov_value(const double *p, const double *reward, int n, double discount, double *value)
{
	double *a = palloc(Max(n, 1) * Max(n, 1) * sizeof(double));
	bool solved;

	for (int i = 0; i < n; i++)
	{
		for (int j = 0; j < n; j++)
			a[i * n + j] = (i == j) - p[i * n + j] / (1 + discount);
		value[i] = reward[i];
	}
	solved = linear_solve(a, value, n);
	pfree(a);
	return solved;
}

/* Horner's rule: V = R + P/(1+d) V', from the last period backwards. */
void
markov_value_until(const double *p, const double *reward, int n, double discount, int periods, double *value)
{
	double *later = palloc(Max(n, 1) * sizeof(double));

	memcpy(value, reward, n * sizeof(double));
	for (int period = 0; period < periods; period++)
	{
		memcpy(later, value, n * sizeof(double));
		for (int i = 0; i < n; i++)
		{
			CHECK_FOR_INTERRUPTS();
			value[i] = 0;
			for (int j = 0; j < n; j++)
				value[i] += p[i * n + j] * later[j];
			value[i] = reward[i] + value[i] / (1 + discount);
		}
	}
	pfree(later);
}
