/*
 * scaled.c
 *	  Exact conversion of numbers to 64-bit integers scaled by a power of ten.
 *
 * numeric's digits are read and written straight as stored bytes.  Their layout
 * is private to numeric.c but is on-disk format, unchanged since PostgreSQL 9.1
 * (infinities came with 14), so it cannot change without a dump and restore.
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "compat.h"
#include "scaled.h"

#ifndef HAVE_INT128
#error "segment needs a compiler with 128-bit integers"
#endif

/* numeric.c's header bits, see the comment at the top there. */
#define NUMERIC_SIGN_BITS 0xC000
#define NUMERIC_NEGATIVE 0x4000
#define NUMERIC_SHORT_FORM 0x8000
#define NUMERIC_SPECIAL 0xC000
#define NUMERIC_LONG_DSCALE 0x3FFF
#define NUMERIC_SHORT_NEGATIVE 0x2000
#define NUMERIC_SHORT_DSCALE 0x1F80
#define NUMERIC_SHORT_DSCALE_AT 7
#define NUMERIC_SHORT_WEIGHT_SIGN 0x0040
#define NUMERIC_SHORT_WEIGHT 0x003F
#define NUMERIC_DIGIT_BASE 10000
#define NUMERIC_DIGIT_WIDTH 4  /* decimal digits in one numeric digit */
#define NUMERIC_MOST_DIGITS 5  /* that 64 bits have */
#define NUMERIC_SMALL_DIGITS 4 /* that always fit 64 bits */

typedef struct NumericParts
{
	bool finite;
	bool negative;
	int dscale;
	int weight; /* of the first digit, in powers of NUMERIC_DIGIT_BASE */
	int ndigits;
	const char *digits; /* 16 bits each, perhaps unaligned */
} NumericParts;

const int64 scaled_power10[SCALED_MAX_SCALE + 1] = {
	INT64CONST(1),
	INT64CONST(10),
	INT64CONST(100),
	INT64CONST(1000),
	INT64CONST(10000),
	INT64CONST(100000),
	INT64CONST(1000000),
	INT64CONST(10000000),
	INT64CONST(100000000),
	INT64CONST(1000000000),
	INT64CONST(10000000000),
	INT64CONST(100000000000),
	INT64CONST(1000000000000),
	INT64CONST(10000000000000),
	INT64CONST(100000000000000),
	INT64CONST(1000000000000000),
	INT64CONST(10000000000000000),
	INT64CONST(100000000000000000),
	INT64CONST(1000000000000000000),
};

static inline uint16
read_uint16(const char *from)
{
	uint16 value;

	memcpy(&value, from, sizeof(value));
	return value;
}

static void
take_numeric_apart(Numeric value, NumericParts *parts)
{
	const char *data = VARDATA_ANY((struct varlena *) value);
	int length = VARSIZE_ANY_EXHDR((struct varlena *) value);
	uint16 header = read_uint16(data);
	int header_length;

	parts->finite = (header & NUMERIC_SIGN_BITS) != NUMERIC_SPECIAL;
	if (header & NUMERIC_SHORT_FORM)
	{
		header_length = sizeof(uint16);
		parts->negative = (header & NUMERIC_SHORT_NEGATIVE) != 0;
		parts->dscale = (header & NUMERIC_SHORT_DSCALE) >> NUMERIC_SHORT_DSCALE_AT;
		parts->weight = header & NUMERIC_SHORT_WEIGHT;
		if (header & NUMERIC_SHORT_WEIGHT_SIGN)
			parts->weight -= NUMERIC_SHORT_WEIGHT + 1;
	}
	else
	{
		header_length = 2 * sizeof(uint16);
		parts->negative = (header & NUMERIC_SIGN_BITS) == NUMERIC_NEGATIVE;
		parts->dscale = header & NUMERIC_LONG_DSCALE;
		parts->weight = (int16) read_uint16(data + sizeof(uint16));
	}
	parts->digits = data + header_length;
	parts->ndigits = parts->finite ? (length - header_length) / (int) sizeof(uint16) : 0;
}

static inline uint16
numeric_digit(const NumericParts *parts, int i)
{
	return i < parts->ndigits ? read_uint16(parts->digits + i * sizeof(uint16)) : 0;
}

static ScaledStatus
apply_sign(uint128 magnitude, bool negative, int64 *result)
{
	if (magnitude > (uint128) PG_INT64_MAX + (negative ? 1 : 0))
		return SCALED_OVERFLOW;
	*result = negative ? (int64) (~(uint64) magnitude + 1) : (int64) magnitude;
	return SCALED_OK;
}

int
scaled_display_scale(Numeric value)
{
	NumericParts parts;

	take_numeric_apart(value, &parts);
	return parts.finite ? parts.dscale : 0;
}

/*
 * The everyday number: small enough for 64-bit arithmetic, and the scale cuts
 * nothing off that is not zero.  False for any other.
 */
static inline bool
scale_small_numeric(const NumericParts *parts, int used, int cut, int64 *result)
{
	uint64 magnitude = 0;

	if (used > NUMERIC_SMALL_DIGITS || parts->ndigits > used)
		return false;
	for (int i = 0; i < used; i++)
		magnitude = magnitude * NUMERIC_DIGIT_BASE + numeric_digit(parts, i);
	if (cut > 0)
	{
		uint64 divisor = (uint64) scaled_power10[cut];
		uint64 quotient = magnitude / divisor;

		if (quotient * divisor != magnitude)
			return false;
		magnitude = quotient;
	}
	*result = parts->negative ? -(int64) magnitude : (int64) magnitude;
	return true;
}

/*
 * Horner's rule over the digits down to the last one the scale reaches into;
 * what the scale cuts off must be zero.
 */
ScaledStatus
scaled_from_numeric(Numeric value, int scale, int64 *result)
{
	NumericParts parts;
	int fraction = (scale + NUMERIC_DIGIT_WIDTH - 1) / NUMERIC_DIGIT_WIDTH;
	int cut = fraction * NUMERIC_DIGIT_WIDTH - scale;
	uint128 limit = (uint128) PG_INT64_MAX * NUMERIC_DIGIT_BASE;
	uint128 magnitude = 0;
	int used;

	take_numeric_apart(value, &parts);
	if (!parts.finite)
		return SCALED_NOT_FINITE;
	used = parts.ndigits == 0 ? 0 : Max(parts.weight + 1 + fraction, 0);
	if (likely(scale_small_numeric(&parts, used, cut, result)))
		return SCALED_OK;
	for (int i = 0; i < used; i++)
	{
		magnitude = magnitude * NUMERIC_DIGIT_BASE + numeric_digit(&parts, i);
		if (magnitude > limit)
			return SCALED_OVERFLOW;
	}
	for (int i = used; i < parts.ndigits; i++)
	{
		if (numeric_digit(&parts, i) != 0)
			return SCALED_TOO_MANY_DIGITS;
	}
	if (cut > 0)
	{
		if (magnitude % scaled_power10[cut] != 0)
			return SCALED_TOO_MANY_DIGITS;
		magnitude /= scaled_power10[cut];
	}
	return apply_sign(magnitude, parts.negative, result);
}

bool
scaled_raise(int64 *value, int digits)
{
	return !pg_mul_s64_overflow(*value, scaled_power10[digits], value);
}

ScaledStatus
scaled_from_int64(int64 value, int scale, int64 *result)
{
	*result = value;
	return scaled_raise(result, scale) ? SCALED_OK : SCALED_OVERFLOW;
}

ScaledStatus
scaled_from_float8(double value, int scale, int64 *result)
{
	double rounded;

	if (isnan(value) || isinf(value))
		return SCALED_NOT_FINITE;
	rounded = round(value * (double) scaled_power10[scale]);
	if (!(rounded >= (double) PG_INT64_MIN && rounded < -(double) PG_INT64_MIN))
		return SCALED_OVERFLOW;
	*result = (int64) rounded;
	return SCALED_OK;
}

/* A numeric in short form, as numeric.c makes it: without zero digits at either end. */
static Numeric
make_short_numeric(bool negative, int scale, int weight, const uint16 *digit, int ndigits)
{
	Size size = VARHDRSZ + sizeof(uint16) + ndigits * sizeof(uint16);
	char *numeric = palloc(size);
	uint16 header = (uint16) (NUMERIC_SHORT_FORM | (negative ? NUMERIC_SHORT_NEGATIVE : 0) |
							  scale << NUMERIC_SHORT_DSCALE_AT |
							  (weight < 0 ? NUMERIC_SHORT_WEIGHT_SIGN : 0) | (weight & NUMERIC_SHORT_WEIGHT));

	SET_VARSIZE(numeric, size);
	memcpy(numeric + VARHDRSZ, &header, sizeof(header));
	memcpy(numeric + VARHDRSZ + sizeof(header), digit, ndigits * sizeof(uint16));
	return (Numeric) numeric;
}

/* The same as int64_div_fast_to_numeric, which takes twice the time for its intermediate forms. */
Numeric
scaled_to_numeric(int64 value, int scale)
{
	int fraction = (scale + NUMERIC_DIGIT_WIDTH - 1) / NUMERIC_DIGIT_WIDTH;
	int64 padding = scaled_power10[fraction * NUMERIC_DIGIT_WIDTH - scale];
	uint64 magnitude = value < 0 ? ~(uint64) value + 1 : (uint64) value;
	uint16 digit[NUMERIC_MOST_DIGITS] = {0};
	int weight = -fraction - 1;
	int first = NUMERIC_MOST_DIGITS;
	int end = NUMERIC_MOST_DIGITS;

	if (magnitude == 0)
		return make_short_numeric(false, scale, 0, digit, 0);
	if (magnitude > PG_UINT64_MAX / padding)
		return int64_div_fast_to_numeric(value, scale);
	for (magnitude *= padding; magnitude > 0; magnitude /= NUMERIC_DIGIT_BASE)
	{
		digit[--first] = (uint16) (magnitude % NUMERIC_DIGIT_BASE);
		weight++;
	}
	while (digit[end - 1] == 0)
		end--;
	return make_short_numeric(value < 0, scale, weight, digit + first, end - first);
}

int
scaled_to_text(int64 value, int scale, char *to)
{
	uint64 magnitude = value < 0 ? ~(uint64) value + 1 : (uint64) value;
	char reversed[SCALED_MAX_TEXT];
	int n = 0;
	int length;

	do
	{
		if (n == scale && scale > 0)
			reversed[n++] = '.';
		reversed[n++] = (char) ('0' + magnitude % 10);
		magnitude /= 10;
	} while (magnitude > 0 || n < scale || (scale > 0 && n < scale + 2));
	if (value < 0)
		reversed[n++] = '-';
	length = n;
	while (n > 0)
		*to++ = reversed[--n];
	*to = '\0';
	return length;
}

/* Appends one decimal digit; false once the magnitude is past any int64. */
static inline bool
append_digit(uint128 *magnitude, char digit)
{
	*magnitude = *magnitude * 10 + (digit - '0');
	return *magnitude <= (uint128) PG_INT64_MAX + 1;
}

ScaledStatus
scaled_from_text(const char *from, int scale, int64 *result, const char **end)
{
	const char *p = from;
	bool negative = *p == '-';
	bool fits = true;
	bool exact = true;
	uint128 magnitude = 0;
	int fraction = 0;

	*end = from;
	if (*p == '-' || *p == '+')
		p++;
	if (*p < '0' || *p > '9')
		return SCALED_OK;
	for (; *p >= '0' && *p <= '9'; p++)
		fits = fits && append_digit(&magnitude, *p);
	if (*p == '.' && p[1] >= '0' && p[1] <= '9')
	{
		for (p++; *p >= '0' && *p <= '9'; p++)
		{
			if (fraction++ < scale)
				fits = fits && append_digit(&magnitude, *p);
			else if (*p != '0')
				exact = false;
		}
	}
	for (; fraction < scale && fits; fraction++)
		fits = append_digit(&magnitude, '0');
	*end = p;
	if (!fits)
		return SCALED_OVERFLOW;
	if (!exact)
		return SCALED_TOO_MANY_DIGITS;
	return apply_sign(magnitude, negative, result);
}
