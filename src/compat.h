/*
 * compat.h
 *	  The only file that knows PostgreSQL versions apart.  Each difference
 *	  names the upstream commit it answers to.
 */
#ifndef SEGMENT_COMPAT_H
#define SEGMENT_COMPAT_H

#include "utils/guc.h"

/* 88103567cb8f (PostgreSQL 15) renamed EmitWarningsOnPlaceholders. */
#if PG_VERSION_NUM < 150000
#define MarkGUCPrefixReserved(prefix) EmitWarningsOnPlaceholders(prefix)
#endif

/* PostgreSQL 16 moved VARSIZE and its like out of postgres.h. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* PostgreSQL 16 lets tuplesort_getdatum skip the copy; we always want one. */
#if PG_VERSION_NUM >= 160000
#define segment_tuplesort_getdatum(sort, value, isnull) tuplesort_getdatum(sort, true, true, value, isnull, NULL)
#else
#define segment_tuplesort_getdatum(sort, value, isnull) tuplesort_getdatum(sort, true, value, isnull, NULL)
#endif

/* 2661469d8622 (PostgreSQL 16) gave DecodeDateTime more to say about errors. */
#if PG_VERSION_NUM >= 160000
#define segment_decode_datetime(fields, types, count, type, tm, fraction, timezone)                          \
	DecodeDateTime(fields, types, count, type, tm, fraction, timezone, &(DateTimeErrorExtra) {0})
#else
#define segment_decode_datetime(fields, types, count, type, tm, fraction, timezone)                          \
	DecodeDateTime(fields, types, count, type, tm, fraction, timezone)
#endif

#endif							/* SEGMENT_COMPAT_H */
