/*
 * score.h
 *	  Scores: a value binned by cut points, and the cut points of a sample.
 *
 * Values layer.  Cut points are quantiles of type 7 (Hyndman & Fan 1996,
 * percentile_cont) at i/bins; score = 1 + #{cuts < value}, so equal values
 * share a bin and a bin may be empty.  Descending turns it round:
 * bins + 1 - score.
 */
#ifndef SEGMENT_SCORE_H
#define SEGMENT_SCORE_H

#include "postgres.h"

#include "utils/numeric.h"

#define SCORE_MIN_BINS 2
#define SCORE_MAX_BINS 1000

/* Rank of a cut point among n sorted values, exact: between ranks low and low + 1, numerator/bins of the way.
 */
typedef struct CutRank
{
	int64 low;
	int numerator;
} CutRank;

extern int score_of_rank(int cuts_below, int ncuts, bool descending);
extern int count_cuts_below_float8(const double *cuts, int ncuts, double value);
extern int count_cuts_below_numeric(const Datum *cuts, int ncuts, Datum value);

extern CutRank cut_rank(int64 nvalues, int cut, int bins);
extern double cut_between_float8(double low, double high, int numerator, int bins);
extern Numeric cut_between_numeric(Numeric low, Numeric high, int numerator, int bins);

#endif /* SEGMENT_SCORE_H */
