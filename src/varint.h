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

#include "port/pg_bitutils.h"
#include "port/pg_bswap.h"

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

static inline void
store_little_endian(uint8 *to, uint64 word)
{
#ifdef WORDS_BIGENDIAN
	word = pg_bswap64(word);
#endif
	memcpy(to, &word, sizeof(word));
}

/*
 * The same bytes as varint_put, for numbers of unpredictable length and where
 * VARINT_MAX_BYTES may be written to whatever the length: the reverse of
 * varint_get, without a branch miss.
 */
static pg_attribute_always_inline uint8 *
varint_put_wide(uint8 *to, uint64 value)
{
	uint64 word = value;
	int length;

	if (unlikely(value >> 56 != 0))
		return varint_put(to, value);
	word = (word & UINT64CONST(0x00fffffff0000000)) << 4 | (word & UINT64CONST(0x000000000fffffff));
	word = (word & UINT64CONST(0x0fffc0000fffc000)) << 2 | (word & UINT64CONST(0x00003fff00003fff));
	word = (word & UINT64CONST(0x3f803f803f803f80)) << 1 | (word & UINT64CONST(0x007f007f007f007f));
	length = pg_leftmost_one_pos64(value | 1) / 7 + 1;
	word |= UINT64CONST(0x8080808080808080) & ((UINT64CONST(1) << (8 * (length - 1))) - 1);
	store_little_endian(to, word);
	return to + length;
}

/* One byte at a time: near the end, and for numbers of nine and ten bytes. */
static pg_attribute_unused() pg_noinline const uint8 *varint_get_bytewise(const uint8 *from, const uint8 *end,
																		  uint64 *value)
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

static inline uint64
load_little_endian(const uint8 *from)
{
	uint64 word;

	memcpy(&word, from, sizeof(word));
#ifdef WORDS_BIGENDIAN
	word = pg_bswap64(word);
#endif
	return word;
}

/*
 * Returns the place after the number, or NULL if there is no valid number.
 *
 * Lengths are unpredictable, so a loop over bytes costs a branch miss per
 * number; eight bytes at once have none: cut after the first byte without the
 * high bit, then close the gaps between the groups of seven bits.
 */
static pg_attribute_always_inline const uint8 *
varint_get(const uint8 *from, const uint8 *end, uint64 *value)
{
	uint64 word;
	uint64 last;
	int length;

	if (end - from < (ptrdiff_t) sizeof(word))
		return varint_get_bytewise(from, end, value);
	word = load_little_endian(from);
	last = ~word & UINT64CONST(0x8080808080808080);
	if (unlikely(last == 0))
		return varint_get_bytewise(from, end, value);
	last &= ~last + 1;
	length = pg_rightmost_one_pos64(last) / 8 + 1;
	word &= last | (last - 1);
	if (unlikely(length > 1 && word >> (8 * (length - 1)) == 0))
		return NULL;
	word &= UINT64CONST(0x7f7f7f7f7f7f7f7f);
	word = (word & UINT64CONST(0x7f007f007f007f00)) >> 1 | (word & UINT64CONST(0x007f007f007f007f));
	word = (word & UINT64CONST(0x3fff00003fff0000)) >> 2 | (word & UINT64CONST(0x00003fff00003fff));
	*value = (word & UINT64CONST(0x0fffffff00000000)) >> 4 | (word & UINT64CONST(0x000000000fffffff));
	return from + length;
}

#endif /* SEGMENT_VARINT_H */
