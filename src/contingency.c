/*
 * contingency.c
 *	  How far two divisions of the same customers agree, from their cross table.
 */
#include "postgres.h"

#include <math.h>

#include "contingency.h"

typedef struct Margins
{
	double *rows;
	double *columns;
	double total;
} Margins;

static Margins
margins_of(const int64 *counts, int rows, int columns)
{
	Margins margins = {.rows = palloc0(sizeof(double) * rows), .columns = palloc0(sizeof(double) * columns)};

	for (int i = 0; i < rows; i++)
	{
		for (int j = 0; j < columns; j++)
		{
			double count = counts[i * columns + j];

			margins.rows[i] += count;
			margins.columns[j] += count;
			margins.total += count;
		}
	}
	return margins;
}

static double
pairs(double n)
{
	return n * (n - 1) / 2;
}

static double
sum_of_pairs(const double *counts, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += pairs(counts[i]);
	return sum;
}

double
adjusted_rand_index(const int64 *counts, int rows, int columns)
{
	Margins margins = margins_of(counts, rows, columns);
	double together = 0;
	double in_rows = sum_of_pairs(margins.rows, rows);
	double in_columns = sum_of_pairs(margins.columns, columns);
	double all = pairs(margins.total);
	double expected;
	double most;

	if (margins.total < 2)
		return NAN;
	for (int i = 0; i < rows * columns; i++)
		together += pairs(counts[i]);
	expected = in_rows * in_columns / all;
	most = (in_rows + in_columns) / 2;
	if (most == expected) /* all in one class, or each alone, in both */
		return 1;
	return (together - expected) / (most - expected);
}

static int
occupied(const double *counts, int n)
{
	int found = 0;

	for (int i = 0; i < n; i++)
		found += counts[i] > 0;
	return found;
}

double
cramers_v(const int64 *counts, int rows, int columns)
{
	Margins margins = margins_of(counts, rows, columns);
	int smaller = Min(occupied(margins.rows, rows), occupied(margins.columns, columns));
	double phi = 0; /* chi-square / n */

	if (smaller < 2)
		return NAN;
	for (int i = 0; i < rows; i++)
		for (int j = 0; j < columns; j++)
			if (counts[i * columns + j] > 0)
				phi += (double) counts[i * columns + j] / margins.rows[i] * counts[i * columns + j] /
					   margins.columns[j];
	return sqrt(Max(phi - 1, 0) / (smaller - 1));
}
