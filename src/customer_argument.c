/*
 * customer_argument.c
 *	  A function's customer argument as a key of the population's.
 *
 * Functions that take one customer are pairs (anyelement, text), so that
 * native keys, untyped literals and parameters all work.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "alias.h"
#include "args.h"
#include "customer_argument.h"

/* The output function of a foreign type runs here, as the caller, before any privilege is taken. */
CustomerArgument
customer_argument(FunctionCallInfo fcinfo, int n, const char *name)
{
	CustomerArgument argument = {0};
	Oid output;
	bool varlena;

	require_arg(fcinfo, n, name);
	argument.type = get_fn_expr_argtype(fcinfo->flinfo, n);
	argument.value = PG_GETARG_DATUM(n);
	if (!OidIsValid(argument.type))
		elog(ERROR, "could not determine the type of argument \"%s\"", name);
	getTypeOutputInfo(argument.type, &output, &varlena);
	argument.text = OidOutputFunctionCall(output, argument.value);
	return argument;
}

static void
key_input_context(void *arg)
{
	const Population *population = arg;

	errcontext("customer key of population \"%s\"", population->name);
	errhint("Give a value of type %s: column \"%s\" of %s lists the keys.",
			format_type_be(population->key_type), population->key_name,
			data_name(population->name, "_segment"));
}

Datum
customer_key_as_given(const CustomerArgument *argument, const Population *population)
{
	ErrorContextCallback callback = {error_context_stack, key_input_context,
									 unconstify(Population *, population)};
	Oid input;
	Oid parameter;
	Datum key;

	if (getBaseType(argument->type) == population->key_type)
		return argument->value;
	getTypeInputInfo(population->key_type, &input, &parameter);
	error_context_stack = &callback;
	key = OidInputFunctionCall(input, argument->text, parameter, -1);
	error_context_stack = callback.previous;
	return key;
}

Datum
customer_key(const CustomerArgument *argument, const Population *population)
{
	return alias_survivor_of(population, customer_key_as_given(argument, population));
}

void
no_such_customer(const Population *population)
{
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA), errmsg("population \"%s\" has no such customer", population->name),
			 errhint("%sA customer who came since the last refresh is known after CALL segment.refresh(%s); "
					 "column \"%s\" of %s lists those there are.",
					 population->consent_sql != NULL ? "Who does not consent is not in the population. " : "",
					 quote_literal_cstr(population->name), population->key_name,
					 data_name(population->name, "_segment"))));
}

void
require_customer(const Population *population, Datum key)
{
	Oid types[] = {population->key_type};
	char *query = psprintf("SELECT 1 FROM %s WHERE %s OPERATOR(pg_catalog.=) $1",
						   data_name(population->name, "_feature"), quote_identifier(population->key_name));

	if (SPI_execute_with_args(query, 1, types, &key, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not run \"%s\"", query);
	if (SPI_processed == 0)
		no_such_customer(population);
}
