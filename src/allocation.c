/*
 * allocation.c
 *	  Rules that share a pool of cost out to segments.
 *
 * A pool is an amount per month, or what of a measure has no customer.  It is
 * shared in proportion to a sum, to the last cent (segment.allocate).  Where
 * that sum is zero or missing nothing is shared: an amount is then a line of
 * its own, <name>_unallocated, and a measure stays where it was.  Computed when
 * read, so facts know nothing of it.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "allocation.h"
#include "args.h"
#include "day.h"
#include "definition.h"
#include "facts.h"
#include "metric_catalog.h"
#include "metric_sql.h"
#include "period.h"
#include "scorecard.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_create_allocation);
PG_FUNCTION_INFO_V1(segment_set_allocation_amount);
PG_FUNCTION_INFO_V1(segment_drop_allocation);

#define ALLOCATION_QUERY                                                                                     \
	"SELECT allocation_id, name::text, base, measure, digits, population_id FROM segment.allocation "

static Allocation *
read_allocation(uint64 row)
{
	Allocation *allocation = palloc(sizeof(Allocation));

	allocation->id = cell_int(row, 1, 0);
	allocation->name = cell_text(row, 2);
	allocation->base = cell_text(row, 3);
	allocation->measure = cell_text(row, 4);
	allocation->digits = cell_int(row, 5, 2);
	return allocation;
}

List *
allocations_of(const Population *population)
{
	uint64 found = sql_query(ALLOCATION_QUERY "WHERE population_id OPERATOR(pg_catalog.=) %d "
											  "ORDER BY allocation_id",
							 population->id);
	List *allocations = NIL;

	for (uint64 row = 0; row < found; row++)
		allocations = lappend(allocations, read_allocation(row));
	return allocations;
}

char *
allocation_unallocated(const Allocation *allocation)
{
	return psprintf("%s_unallocated", allocation->name);
}

List *
allocation_sums(List *allocations)
{
	List *names = NIL;
	ListCell *lc;

	foreach (lc, allocations)
	{
		Allocation *allocation = lfirst(lc);

		names = names_add(names, allocation->name);
		if (allocation->measure == NULL)
			names = names_add(names, allocation_unallocated(allocation));
	}
	return names;
}

/* Pool per period: amount, by period_start. */
static char *
pool_sql(const Allocation *allocation, const char *facts)
{
	if (allocation->measure == NULL)
		return psprintf("SELECT a.period_start, a.amount FROM segment.allocation_amount a "
						"WHERE a.allocation_id OPERATOR(pg_catalog.=) %d",
						allocation->id);
	return psprintf("SELECT f.period_start, pg_catalog.sum(f.value) AS amount FROM (%s) f WHERE f.measure "
					"OPERATOR(pg_catalog.=) %s AND f.segment OPERATOR(pg_catalog.=) %s GROUP BY 1",
					facts, quote_literal_cstr(allocation->measure), quote_literal_cstr(FACTS_ROW_UNASSIGNED));
}

/*
 * Every row of a period is there, as each has a count of customers, with what
 * it has of the base; `unassigned` takes no part in sharing out what it holds.
 */
static char *
shares_sql(const Allocation *allocation, const char *facts)
{
	const char *unassigned = quote_literal_cstr(FACTS_ROW_UNASSIGNED);

	return psprintf(
		"SELECT b.period_start, b.is_final, p.amount, pg_catalog.array_agg(b.segment ORDER BY b.segment) AS "
		"segments, segment.allocate(p.amount, pg_catalog.array_agg(b.weight ORDER BY b.segment), %d) AS "
		"shares FROM (SELECT f.period_start, f.segment, pg_catalog.bool_and(f.is_final) AS is_final, "
		"pg_catalog.sum(f.value) FILTER (WHERE f.measure OPERATOR(pg_catalog.=) %s AND (%s OR f.segment "
		"OPERATOR(pg_catalog.<>) %s)) AS weight FROM (%s) f WHERE f.measure OPERATOR(pg_catalog.=) ANY (%s) "
		"GROUP BY 1, 2) b JOIN (%s) p ON p.period_start "
		"OPERATOR(pg_catalog.=) b.period_start GROUP BY b.period_start, b.is_final, p.amount",
		allocation->digits, quote_literal_cstr(allocation->base),
		allocation->measure == NULL ? "true" : "false", unassigned, facts,
		names_sql(list_make2(allocation->base, linitial(metric_sums_of_customers()))),
		pool_sql(allocation, facts));
}

char *
allocation_rows_sql(const Allocation *allocation, const char *facts)
{
	const char *unassigned = quote_literal_cstr(FACTS_ROW_UNASSIGNED);
	const char *rest;

	if (allocation->measure == NULL)
		rest = psprintf("%s, s.amount OPERATOR(pg_catalog.-) s.allocated",
						quote_literal_cstr(allocation_unallocated(allocation)));
	else
		rest = psprintf("%s, OPERATOR(pg_catalog.-) s.allocated", quote_literal_cstr(allocation->name));
	return psprintf(
		"SELECT s.period_start, u.segment, u.measure, u.value, s.is_final FROM (SELECT s.*, (SELECT "
		"COALESCE(pg_catalog.sum(v), 0) FROM pg_catalog.unnest(s.shares) v) AS allocated FROM (%s) s) s "
		"CROSS JOIN LATERAL (SELECT u.segment, %s::text AS measure, u.value FROM ROWS FROM "
		"(pg_catalog.unnest("
		"s.segments), pg_catalog.unnest(s.shares)) u (segment, value) WHERE u.value IS NOT NULL UNION ALL "
		"SELECT %s, %s) u",
		shares_sql(allocation, facts), quote_literal_cstr(allocation->name), unassigned, rest);
}

static void
check_name(const Population *population, const char *name, List *sums)
{
	check_label("allocation", name);
	if (names_contain(sums, name) || metric_in(metrics_all(), name) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT), errmsg("\"%s\" is the name of a sum or a metric", name),
				 errhint("Choose another name for the allocation.")));
	if (scorecard_column_reserved(name))
		ereport(ERROR, (errcode(ERRCODE_RESERVED_NAME), errmsg("name \"%s\" is reserved", name),
						errhint("Scorecards have a column of that name; choose another.")));
}

static void
check_sum(const Population *population, const char *argument, const char *name, List *sums)
{
	if (!names_contain(sums, name))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("%s \"%s\" is not a sum of population \"%s\"", argument, name, population->name),
				 errhint("Name a measure, <source>_events, or a count of customers, such as opening.")));
}

Datum
segment_create_allocation(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	List *sums;
	char *measure;

	require_arg(fcinfo, 0, "name");
	require_arg(fcinfo, 1, "base");
	refuse_when_restricted();
	api_begin(&call);
	population = population_by_name(arg_text(fcinfo, 3), false);
	population_check_access(population, call.caller);
	sums = metric_sums_of_population(sources_of(population));
	measure = arg_text(fcinfo, 2);
	sql_run("LOCK TABLE segment.allocation IN SHARE ROW EXCLUSIVE MODE");
	check_name(population, arg_text(fcinfo, 0),
			   names_add_all(list_copy(sums), allocation_sums(allocations_of(population))));
	check_sum(population, "base", arg_text(fcinfo, 1), sums);
	if (measure != NULL)
		check_sum(population, "measure", measure, sums);
	sql_run("INSERT INTO segment.allocation (population_id, name, base, measure, digits) VALUES (%d, %s, %s, "
			"%s, %d)",
			population->id, quote_literal_cstr(arg_text(fcinfo, 0)), quote_literal_cstr(arg_text(fcinfo, 1)),
			literal_or_null(measure), PG_ARGISNULL(4) ? 2 : PG_GETARG_INT32(4));
	scorecards_regenerate();
	api_end(&call);
	PG_RETURN_VOID();
}

static Allocation *
require_allocation(const ApiCall *call, const char *name)
{
	Allocation *allocation;
	int population;

	if (sql_query(ALLOCATION_QUERY "WHERE name OPERATOR(pg_catalog.=) %s", quote_literal_cstr(name)) == 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("allocation \"%s\" does not exist", name),
						errhint("SELECT name FROM segment.allocation lists the allocations there are.")));
	allocation = read_allocation(0);
	population = cell_int(0, 6, 0);
	population_check_access(population_by_id(population), call->caller);
	return allocation;
}

/* NULL takes the amount back. */
Datum
segment_set_allocation_amount(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Allocation *allocation;
	char *amount;
	Period period;

	require_arg(fcinfo, 0, "name");
	require_arg(fcinfo, 1, "period");
	refuse_when_restricted();
	api_begin(&call);
	allocation = require_allocation(&call, arg_text(fcinfo, 0));
	period = period_containing(PG_GETARG_DATEADT(1));
	if (allocation->measure != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the pool of allocation \"%s\" is what of \"%s\" is unassigned",
							   allocation->name, allocation->measure),
						errhint("Make another allocation without a measure to give amounts.")));
	amount = arg_numeric(fcinfo, 2);
	sql_run("DELETE FROM segment.allocation_amount WHERE allocation_id OPERATOR(pg_catalog.=) %d AND "
			"period_start OPERATOR(pg_catalog.=) %s",
			allocation->id, day_sql(period.start));
	if (amount != NULL)
		sql_run("INSERT INTO segment.allocation_amount VALUES (%d, %s, %s)", allocation->id,
				day_sql(period.start), quote_literal_cstr(amount));
	api_end(&call);
	PG_RETURN_VOID();
}

Datum
segment_drop_allocation(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Allocation *allocation;

	require_arg(fcinfo, 0, "name");
	refuse_when_restricted();
	api_begin(&call);
	allocation = require_allocation(&call, arg_text(fcinfo, 0));
	refuse_when_used(psprintf("allocation \"%s\"", allocation->name),
					 psprintf("SELECT 'metric ' || m.name FROM segment.metric_use u JOIN segment.metric m "
							  "USING (metric_id) WHERE u.uses OPERATOR(pg_catalog.=) ANY (ARRAY[%s, %s]) "
							  "ORDER BY 1",
							  quote_literal_cstr(allocation->name),
							  quote_literal_cstr(allocation_unallocated(allocation))));
	sql_run("DELETE FROM segment.allocation WHERE allocation_id OPERATOR(pg_catalog.=) %d", allocation->id);
	scorecards_regenerate();
	api_end(&call);
	PG_RETURN_VOID();
}
