/*
 * override_fn.c
 *	  segment.override(), segment.lift_override() and segment.overrides().
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"

#include "args.h"
#include "change_log.h"
#include "customer_argument.h"
#include "day.h"
#include "definition_lock.h"
#include "erasure.h"
#include "evaluation_view.h"
#include "override.h"
#include "scheme.h"
#include "sql.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_override);
PG_FUNCTION_INFO_V1(segment_lift_override);
PG_FUNCTION_INFO_V1(segment_overrides);

/* What a call is about. */
typedef struct Overriding
{
	Population *population;
	Scheme *scheme;
	Datum key;
	char *author;
	DateADT today;
} Overriding;

/* Between api_begin() and api_end(). */
static void
begin_overriding(Overriding *what, const ApiCall *call, const char *scheme, const CustomerArgument *customer)
{
	what->scheme = scheme_of_caller(scheme, call->caller, &what->population);
	what->author = GetUserNameFromId(call->caller, false);
	what->today = business_day(what->population);
	what->key = customer_key(customer, what->population);
	/* One at a time: of a customer's overrides one is in force, and the first of all changes the view. */
	definition_lock(data_oid(override_table(what->population)));
	erasure_require_seen(what->population);
}

static void
require_segment(const Scheme *scheme, const char *segment)
{
	int in_force;
	StringInfoData names;
	ListCell *lc;

	initStringInfo(&names);
	foreach (lc, scheme_segment_names(scheme, &in_force))
	{
		if (foreach_current_index(lc) >= in_force)
			break;
		if (strcmp(lfirst(lc), segment) == 0)
			return;
		appendStringInfo(&names, "%s%s", names.len ? ", " : "", (char *) lfirst(lc));
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("scheme \"%s\" has no segment \"%s\" in the version in force", scheme->name, segment),
			 errhint("Its segments are: %s.", names.data)));
}

static void
require_reason(const char *reason)
{
	if (strspn(reason, " \t\r\n") == strlen(reason))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("an override needs a reason"),
						errhint("Say why this customer is an exception: segment.explain() will repeat it.")));
}

static void
require_coming(const Overriding *what, DateADT until)
{
	if (until < what->today)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the override would end before it begins"),
				 errhint("until is the last day it holds: %s or later.", day_sql(what->today))));
}

/* Ends the override in force; false when there is none. */
static bool
end_override(const Overriding *what)
{
	Oid types[] = {what->population->key_type};
	char *query =
		psprintf("UPDATE %s SET lifted_on = %s, lifted_at = clock_timestamp(), lifted_by = %s "
				 "WHERE %s OPERATOR(pg_catalog.=) $1 AND scheme_id OPERATOR(pg_catalog.=) %d "
				 "AND lifted_on IS NULL",
				 override_table(what->population), day_sql(what->today), quote_literal_cstr(what->author),
				 quote_identifier(what->population->key_name), what->scheme->id);

	if (SPI_execute_with_args(query, lengthof(types), types, unconstify(Datum *, &what->key), NULL, false,
							  0) != SPI_OK_UPDATE)
		elog(ERROR, "could not run \"%s\"", query);
	return SPI_processed > 0;
}

static void
begin_override(const Overriding *what, const char *segment, const char *until, const char *reason)
{
	Oid types[] = {what->population->key_type};
	char *query = psprintf("INSERT INTO %s (%s, scheme_id, segment, since, until, reason, author) "
						   "VALUES ($1, %d, %s, %s, %s, %s, %s)",
						   override_table(what->population), quote_identifier(what->population->key_name),
						   what->scheme->id, quote_literal_cstr(segment), day_sql(what->today), until,
						   quote_literal_cstr(reason), quote_literal_cstr(what->author));

	if (SPI_execute_with_args(query, lengthof(types), types, unconstify(Datum *, &what->key), NULL, false,
							  0) != SPI_OK_INSERT)
		elog(ERROR, "could not run \"%s\"", query);
}

Datum
segment_override(PG_FUNCTION_ARGS)
{
	static const char *const required[] = {"scheme", "customer", "segment"};
	CustomerArgument customer;
	Overriding what;
	ApiCall call;
	char *until = "NULL";
	bool first;

	for (int i = 0; i < lengthof(required); i++)
		require_arg(fcinfo, i, required[i]);
	require_arg(fcinfo, 4, "reason");
	customer = customer_argument(fcinfo, 1, "customer");
	api_begin(&call);
	begin_overriding(&what, &call, arg_text(fcinfo, 0), &customer);
	require_active(what.scheme);
	require_segment(what.scheme, arg_text(fcinfo, 2));
	require_reason(arg_text(fcinfo, 4));
	require_customer(what.population, what.key);
	if (!PG_ARGISNULL(3) && !DATE_IS_NOEND(PG_GETARG_DATEADT(3)))
	{
		require_coming(&what, PG_GETARG_DATEADT(3));
		until = day_sql(PG_GETARG_DATEADT(3));
	}
	first = !override_exists(what.population, what.scheme);
	(void) end_override(&what);
	begin_override(&what, arg_text(fcinfo, 2), until, arg_text(fcinfo, 4));
	change_log_customer(what.population, what.key);
	if (first)
		evaluation_view_update(what.population);
	api_end(&call);
	PG_RETURN_VOID();
}

Datum
segment_lift_override(PG_FUNCTION_ARGS)
{
	CustomerArgument customer;
	Overriding what;
	ApiCall call;

	require_arg(fcinfo, 0, "scheme");
	customer = customer_argument(fcinfo, 1, "customer");
	api_begin(&call);
	begin_overriding(&what, &call, arg_text(fcinfo, 0), &customer);
	if (!end_override(&what))
		ereport(ERROR, (errcode(ERRCODE_NO_DATA),
						errmsg("the customer has no override in scheme \"%s\"", what.scheme->name),
						errhint("SELECT * FROM segment.overrides(%s) lists those there are.",
								quote_literal_cstr(what.scheme->name))));
	change_log_customer(what.population, what.key);
	api_end(&call);
	PG_RETURN_VOID();
}

Datum
segment_overrides(PG_FUNCTION_ARGS)
{
	Population *population;
	Scheme *scheme;
	ApiCall call;
	char *today;

	require_arg(fcinfo, 0, "scheme");
	api_begin(&call);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	today = day_sql(business_day(population));
	return_query(fcinfo, &call,
				 psprintf("SELECT %s::text, segment, since, until, reason, author::text, created_at, "
						  "lifted_on IS NULL AND COALESCE(until, 'infinity') OPERATOR(pg_catalog.>=) %s, "
						  "lifted_on, lifted_by::text FROM %s WHERE scheme_id OPERATOR(pg_catalog.=) %d "
						  "ORDER BY created_at",
						  quote_identifier(population->key_name), today, override_table(population),
						  scheme->id));
	api_end(&call);
	return (Datum) 0;
}
