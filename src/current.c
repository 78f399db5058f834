/*
 * current.c
 *	  segment.current(): one customer's segment in the caller's own snapshot,
 *	  uncommitted changes included.
 *
 * The path is explain()'s (evaluate_one.h), but the customer is read from the
 * mapped relations instead of what the last refresh stored of them.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "args.h"
#include "customer_argument.h"
#include "evaluate_one.h"
#include "scheme.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_current);

Datum
segment_current(PG_FUNCTION_ARGS)
{
	const OneChange nothing = {NULL, NULL};
	CustomerArgument customer;
	Population *population;
	Scheme *scheme;
	const OneResult *now;
	MemoryContext inner;
	ApiCall call;
	text *result;
	Datum key;

	require_arg(fcinfo, 0, "scheme");
	customer = customer_argument(fcinfo, 1, "customer");
	api_begin(&call);
	api_read_by_snapshot(true);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	require_active(scheme);
	key = customer_key(&customer, population);
	now = evaluate_one(one_plan(population, scheme, scheme->version, ONE_AS_MAPPED), population, key,
					   business_day(population), &nothing, 1);
	if (now == NULL)
		no_such_customer(population);
	inner = MemoryContextSwitchTo(call.result_context);
	result = cstring_to_text(now->segment);
	MemoryContextSwitchTo(inner);
	api_end(&call);
	PG_RETURN_TEXT_P(result);
}
