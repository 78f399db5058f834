/*
 * build_key.h
 *	  Customer keys of any hashable type, fast for the common ones.
 */
#ifndef SEGMENT_BUILD_KEY_H
#define SEGMENT_BUILD_KEY_H

#include "postgres.h"

#include "common/hashfn.h"
#include "compat.h"
#include "fmgr.h"

typedef enum CustomerKeyKind
{
	KEY_WORD,  /* passed by value, equal when the bits are */
	KEY_FIXED, /* fixed length, equal when the bytes are */
	KEY_BYTES, /* varlena, equal when the bytes are */
	KEY_OTHER  /* asks the type's own functions */
} CustomerKeyKind;

typedef struct CustomerKeyType
{
	CustomerKeyKind kind;
	Oid type;
	Oid collation;
	int16 length;
	bool by_value;
	FmgrInfo hash; /* KEY_OTHER only */
	FmgrInfo equal;
} CustomerKeyType;

extern void key_type_init(CustomerKeyType *type, Oid type_oid, Oid collation);
extern uint64 key_hash_slow(const CustomerKeyType *type, Datum key);
extern bool key_equal_slow(const CustomerKeyType *type, Datum a, Datum b);
extern char *key_to_text(const CustomerKeyType *type, Datum key, bool is_null);

/* The finalizer of MurmurHash3, which spreads consecutive keys over all bits. */
static inline uint64
key_mix(uint64 h)
{
	h ^= h >> 33;
	h *= UINT64CONST(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64CONST(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return h;
}

static inline uint64
key_hash(const CustomerKeyType *type, Datum key, bool is_null)
{
	if (is_null)
		return 0;
	if (type->kind == KEY_WORD)
		return key_mix(key);
	return key_hash_slow(type, key);
}

static inline bool
key_equal(const CustomerKeyType *type, Datum a, bool a_is_null, Datum b, bool b_is_null)
{
	if (a_is_null || b_is_null)
		return a_is_null && b_is_null;
	if (type->kind == KEY_WORD)
		return a == b;
	return key_equal_slow(type, a, b);
}

/* Bytes a by-reference key needs; it must not be toasted. */
static inline Size
key_size(const CustomerKeyType *type, Datum key)
{
	return type->length > 0 ? (Size) type->length : VARSIZE_ANY(DatumGetPointer(key));
}

#endif /* SEGMENT_BUILD_KEY_H */
