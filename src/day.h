/*
 * day.h
 *	  A day as text, for messages and for statements.
 */
#ifndef SEGMENT_DAY_H
#define SEGMENT_DAY_H

#include "postgres.h"

#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"

/* By the session's DateStyle. */
static inline char *
day_text(DateADT day)
{
	return DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(day)));
}

/* As an SQL literal; under pinned settings, which spell it in ISO form. */
static inline char *
day_sql(DateADT day)
{
	return psprintf("'%s'::date", day_text(day));
}

#endif /* SEGMENT_DAY_H */
