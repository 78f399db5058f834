/*
 * scaled.h
 *	  Exact conversion of numbers to 64-bit integers scaled by a power of ten.
 *
 * Values layer.  Reads numeric's digits directly: two numeric operations per
 * row would cost more than a whole bulk build.
 */
#ifndef SEGMENT_SCALED_H
#define SEGMENT_SCALED_H

#include "postgres.h"

#include "utils/numeric.h"

typedef enum ScaledStatus
{
	SCALED_OK,
	SCALED_NOT_FINITE,			/* NaN or infinity */
	SCALED_TOO_MANY_DIGITS,		/* non-zero digits beyond the scale */
	SCALED_OVERFLOW				/* beyond 64 bits at this scale */
} ScaledStatus;

extern ScaledStatus scaled_from_numeric(Numeric value, int scale, int64 *result);
extern ScaledStatus scaled_from_int64(int64 value, int scale, int64 *result);
/* Floats are rounded to the scale (half away from zero). */
extern ScaledStatus scaled_from_float8(double value, int scale, int64 *result);
extern Numeric scaled_to_numeric(int64 value, int scale);

#endif							/* SEGMENT_SCALED_H */
