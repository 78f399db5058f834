/*
 * customer_argument.h
 *	  A function's customer argument as a key of the population's.
 */
#ifndef SEGMENT_CUSTOMER_ARGUMENT_H
#define SEGMENT_CUSTOMER_ARGUMENT_H

#include "postgres.h"

#include "fmgr.h"

#include "catalog.h"
#include "compat.h"

/* A customer argument as a key of the population's type: native, or anything through its text.  Before
 * api_begin(): */
typedef struct CustomerArgument
{
	Oid type;
	Datum value;
	char *text; /* when the value has to go through the key type's input function */
} CustomerArgument;

extern CustomerArgument customer_argument(FunctionCallInfo fcinfo, int n, const char *name);
extern Datum customer_key(const CustomerArgument *argument, const Population *population);

/* The same, but of a merged customer the key itself, not the survivor's. */
extern Datum customer_key_as_given(const CustomerArgument *argument, const Population *population);

/* 02000, with where to look. */
pg_noreturn extern void no_such_customer(const Population *population);

/* Is it a customer as of the last refresh?  Else 02000. */
extern void require_customer(const Population *population, Datum key);

#endif /* SEGMENT_CUSTOMER_ARGUMENT_H */
