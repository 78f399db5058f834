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
	SCALED_NOT_FINITE,      /* NaN or infinity */
	SCALED_TOO_MANY_DIGITS, /* non-zero digits beyond the scale */
	SCALED_OVERFLOW         /* beyond 64 bits at this scale */
} ScaledStatus;

#define SCALED_MAX_SCALE 18
#define SCALED_MAX_TEXT 24 /* sign, 19 digits, point, leading zero, end */

extern const int64 scaled_power10[SCALED_MAX_SCALE + 1];

/* The numeric may still have a short header: detoast it PACKED and save a copy. */
extern ScaledStatus scaled_from_numeric(Numeric value, int scale, int64 *result);
/* Digits after the point that the number is written with; 0 for NaN and infinity. */
extern int scaled_display_scale(Numeric value);
extern ScaledStatus scaled_from_int64(int64 value, int scale, int64 *result);
/* Floats are rounded to the scale (half away from zero). */
extern ScaledStatus scaled_from_float8(double value, int scale, int64 *result);
/* Multiplies by a power of ten; false on overflow. */
extern bool scaled_raise(int64 *value, int digits);
extern Numeric scaled_to_numeric(int64 value, int scale);
/* Decimal text with exactly "scale" digits after the point; returns its length. */
extern int scaled_to_text(int64 value, int scale, char *to);
/* Reads decimal text; *end is where reading stopped, equal to "from" if there was no number. */
extern ScaledStatus scaled_from_text(const char *from, int scale, int64 *result, const char **end);

#endif /* SEGMENT_SCALED_H */
