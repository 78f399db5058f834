/*
 * build_key.c
 *	  Hashing, comparing and printing of customer keys.
 *
 * Integers and UUIDs, and text under a deterministic collation, are compared
 * by their bytes; everything else by its type's default hash operator class,
 * under the collation of the ledger table's key column.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "build_key.h"

static CustomerKeyKind
kind_of_key(Oid type, Oid collation)
{
	switch (type)
	{
		case BOOLOID:
		case CHAROID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case DATEOID:
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return KEY_WORD;
		case UUIDOID:
		case MACADDROID:
			return KEY_FIXED;
		case BYTEAOID:
			return KEY_BYTES;
		case TEXTOID:
		case VARCHAROID:
			return !OidIsValid(collation) || get_collation_isdeterministic(collation) ? KEY_BYTES : KEY_OTHER;
		default:
			return KEY_OTHER;
	}
}

/* Raises 0A000 for a type that cannot be hashed. */
void
key_type_init(CustomerKeyType *type, Oid type_oid, Oid collation)
{
	TypeCacheEntry *entry;

	memset(type, 0, sizeof(CustomerKeyType));
	type->type = type_oid;
	type->collation = collation;
	type->kind = kind_of_key(type_oid, collation);
	get_typlenbyval(type_oid, &type->length, &type->by_value);
	if (type->kind != KEY_OTHER)
		return;

	entry = lookup_type_cache(type_oid, TYPECACHE_HASH_PROC_FINFO | TYPECACHE_EQ_OPR_FINFO);
	if (!OidIsValid(entry->hash_proc) || !OidIsValid(entry->eq_opr) || type->length == -2)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("customer keys of type %s are not supported", format_type_be(type_oid)),
						errhint("Map a view that casts the key to bigint, uuid or text.")));
	fmgr_info_copy(&type->hash, &entry->hash_proc_finfo, CurrentMemoryContext);
	fmgr_info_copy(&type->equal, &entry->eq_opr_finfo, CurrentMemoryContext);
}

uint64
key_hash_slow(const CustomerKeyType *type, Datum key)
{
	const char *bytes = DatumGetPointer(key);
	uint32 hash;

	if (type->kind == KEY_FIXED)
		return key_mix(hash_bytes_extended((const unsigned char *) bytes, type->length, 0));
	if (type->kind == KEY_BYTES)
		return key_mix(
			hash_bytes_extended((const unsigned char *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), 0));

	hash = DatumGetUInt32(FunctionCall1Coll((FmgrInfo *) &type->hash, type->collation, key));
	return key_mix((uint64) hash + 1);
}

bool
key_equal_slow(const CustomerKeyType *type, Datum a, Datum b)
{
	const char *x = DatumGetPointer(a);
	const char *y = DatumGetPointer(b);

	if (type->kind == KEY_FIXED)
		return memcmp(x, y, type->length) == 0;
	if (type->kind == KEY_BYTES)
		return VARSIZE_ANY_EXHDR(x) == VARSIZE_ANY_EXHDR(y) &&
			   memcmp(VARDATA_ANY(x), VARDATA_ANY(y), VARSIZE_ANY_EXHDR(x)) == 0;
	return DatumGetBool(FunctionCall2Coll((FmgrInfo *) &type->equal, type->collation, a, b));
}

/* For messages. */
char *
key_to_text(const CustomerKeyType *type, Datum key, bool is_null)
{
	Oid output;
	bool is_varlena;

	if (is_null)
		return pstrdup("NULL");
	getTypeOutputInfo(type->type, &output, &is_varlena);
	return OidOutputFunctionCall(output, key);
}
