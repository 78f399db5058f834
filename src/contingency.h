/*
 * contingency.h
 *	  How far two divisions of the same customers agree, from their cross table.
 *
 * Values layer: pure functions over a table of counts, row by row.
 */
#ifndef SEGMENT_CONTINGENCY_H
#define SEGMENT_CONTINGENCY_H

#include "postgres.h"

/*
 * Adjusted Rand index (Hubert and Arabie, 1985): 1 for the same division, 0
 * as expected by chance, negative below.  NaN where chance leaves no room, as
 * with fewer than two customers; two divisions into one class each agree: 1.
 */
extern double adjusted_rand_index(const int64 *counts, int rows, int columns);

/*
 * Cramer's V, sqrt(chi-square / (n (min(rows, columns) - 1))): 0 for independent
 * divisions to 1 where one determines the other.  Empty rows and columns do
 * not count; NaN where fewer than two of either remain.
 */
extern double cramers_v(const int64 *counts, int rows, int columns);

#endif /* SEGMENT_CONTINGENCY_H */
