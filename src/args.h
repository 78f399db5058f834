/*
 * args.h
 *	  Nullable SQL arguments as C values: NULL for SQL NULL.
 */
#ifndef SEGMENT_ARGS_H
#define SEGMENT_ARGS_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

static inline char *
arg_text(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

static inline char *
arg_name(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : pstrdup(NameStr(*PG_GETARG_NAME(n)));
}

static inline Interval *
arg_interval(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : PG_GETARG_INTERVAL_P(n);
}

static inline char *
arg_numeric(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : DatumGetCString(DirectFunctionCall1(numeric_out, PG_GETARG_DATUM(n)));
}

/* Interval as a literal every IntervalStyle reads alike; call under pinned settings. */
static inline char *
interval_literal(Interval *value)
{
	return value ? DatumGetCString(DirectFunctionCall1(interval_out, IntervalPGetDatum(value))) : NULL;
}

/* An argument the function cannot do without. */
static inline void
require_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not be null", name),
						errhint("Give it as %s => ….", name)));
}

#endif /* SEGMENT_ARGS_H */
