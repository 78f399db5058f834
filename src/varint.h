/*
 * varint.h
 *	  Variable-length integers: seven bits a byte, low bits first, the high
 *	  bit says that more follow; signed values are zigzag-folded first.
 *
 * Values layer.  Reading never trusts the bytes: a number that is cut off,
 * longer than 64 bits or not in its shortest form is refused, so that equal
 * ledgers are equal bytes.
 */
#ifndef SEGMENT_VARINT_H
#define SEGMENT_VARINT_H

#include "postgres.h"

#define VARINT_MAX_BYTES 10

static inline uint64
zigzag_fold(int64 value)
{
	return ((uint64) value << 1) ^ (uint64) (value < 0 ? -1 : 0);
}

static inline int64
zigzag_unfold(uint64 folded)
{
	return (int64) ((folded >> 1) ^ (~(folded & 1) + 1));
}

static inline uint8 *
varint_put(uint8 *to, uint64 value)
{
	while (value >= 0x80)
	{
		*to++ = (uint8) (value | 0x80);
		value >>= 7;
	}
	*to++ = (uint8) value;
	return to;
}

/* Returns the place after the number, or NULL if there is no valid number. */
static inline const uint8 *
varint_get(const uint8 *from, const uint8 *end, uint64 *value)
{
	uint64 result = 0;
	int shift = 0;

	while (from < end)
	{
		uint8 byte = *from++;

		if (shift == 63 && byte > 1)
			return NULL;
		result |= (uint64) (byte & 0x7f) << shift;
		if (byte < 0x80)
		{
			if (byte == 0 && shift > 0)
				return NULL;
			*value = result;
			return from;
		}
		shift += 7;
		if (shift > 63)
			return NULL;
	}
	return NULL;
}

#endif /* SEGMENT_VARINT_H */
