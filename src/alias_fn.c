/*
 * alias_fn.c
 *	  segment.merge_customer() and segment.unmerge_customer().
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "alias.h"
#include "args.h"
#include "change_log.h"
#include "customer_argument.h"
#include "definition_lock.h"
#include "erasure.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_merge_customer);
PG_FUNCTION_INFO_V1(segment_unmerge_customer);

/* Runs with the keys as parameters $1 and $2. */
static uint64
run_with_keys(const Population *population, const char *query, Datum first, Datum second)
{
	Oid types[] = {population->key_type, population->key_type};
	Datum values[] = {first, second};

	if (SPI_execute_with_args(query, lengthof(types), types, values, NULL, false, 0) < 0)
		elog(ERROR, "could not run \"%s\"", query);
	return SPI_processed;
}

static void
log_customers(const Population *population, Datum first, Datum second)
{
	change_log_customer_everywhere(population, first);
	change_log_customer_everywhere(population, second);
}

/* One at a time, so that aliases stay flat; refreshes are not in the way. */
static void
lock_aliases(const Population *population)
{
	definition_lock(data_oid(alias_table(population)));
	erasure_require_seen(population);
}

static void
require_two(const Population *population, Datum survivor, Datum duplicate)
{
	CustomerKeyType type;

	key_type_init(&type, population->key_type, get_typcollation(population->key_type));
	if (key_equal(&type, survivor, false, duplicate, false))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a customer cannot be merged into itself, directly or through others"),
				 errhint("Part them first with segment.unmerge_customer if the survivor is the wrong one.")));
}

static void
require_unmerged(const Population *population, Datum duplicate)
{
	if (run_with_keys(
			population,
			psprintf(
				"SELECT 1 FROM %s WHERE duplicate OPERATOR(pg_catalog.=) $1 AND merged AND $2 IS NOT NULL",
				alias_table(population)),
			duplicate, duplicate) > 0)
		ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT),
						errmsg("the customer has been merged into another already"),
						errhint("Part them first with segment.unmerge_customer.")));
}

Datum
segment_merge_customer(PG_FUNCTION_ARGS)
{
	CustomerArgument survivor_argument;
	CustomerArgument duplicate_argument;
	Population *population;
	Datum survivor;
	Datum duplicate;
	char *author;
	ApiCall call;

	survivor_argument = customer_argument(fcinfo, 0, "survivor");
	duplicate_argument = customer_argument(fcinfo, 1, "duplicate");
	api_begin(&call);
	population = population_by_name(arg_text(fcinfo, 2), false);
	population_check_access(population, call.caller);
	author = quote_literal_cstr(GetUserNameFromId(call.caller, false));
	lock_aliases(population);
	survivor = customer_key(&survivor_argument, population);
	duplicate = customer_key_as_given(&duplicate_argument, population);
	require_two(population, survivor, duplicate);
	require_unmerged(population, duplicate);
	require_customer(population, survivor);
	log_customers(population, survivor, duplicate);
	run_with_keys(population,
				  psprintf("UPDATE %s SET survivor = $1 WHERE survivor OPERATOR(pg_catalog.=) $2 AND merged",
						   alias_table(population)),
				  survivor, duplicate);
	run_with_keys(
		population,
		psprintf("INSERT INTO %s AS a (survivor, duplicate, author) VALUES ($1, $2, %s) "
				 "ON CONFLICT (duplicate) DO UPDATE SET survivor = EXCLUDED.survivor, merged = true, "
				 "xid = EXCLUDED.xid, author = EXCLUDED.author, changed_at = EXCLUDED.changed_at",
				 alias_table(population), author),
		survivor, duplicate);
	api_end(&call);
	PG_RETURN_VOID();
}

Datum
segment_unmerge_customer(PG_FUNCTION_ARGS)
{
	CustomerArgument argument;
	Population *population;
	Datum survivor;
	Datum duplicate;
	char *author;
	ApiCall call;

	argument = customer_argument(fcinfo, 0, "duplicate");
	api_begin(&call);
	population = population_by_name(arg_text(fcinfo, 1), false);
	population_check_access(population, call.caller);
	author = quote_literal_cstr(GetUserNameFromId(call.caller, false));
	lock_aliases(population);
	duplicate = customer_key_as_given(&argument, population);
	survivor = customer_key(&argument, population);
	if (run_with_keys(population,
					  psprintf("UPDATE %s SET merged = false, xid = pg_current_xact_id(), author = %s, "
							   "changed_at = clock_timestamp() WHERE duplicate OPERATOR(pg_catalog.=) $1 "
							   "AND survivor OPERATOR(pg_catalog.=) $2 AND merged",
							   alias_table(population), author),
					  duplicate, survivor) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA), errmsg("the customer has not been merged into another"),
				 errhint("SELECT * FROM %s WHERE merged lists those that have.", alias_table(population))));
	log_customers(population, survivor, duplicate);
	api_end(&call);
	PG_RETURN_VOID();
}
