/*
 * breakdown.c
 *	  Attributes of the customer by which facts are broken down.
 *
 * A region is not on an order but on its customer, so no source's dimension
 * tells it.  A breakdown names a feature that is an attribute: every later
 * computation of facts counts by it too, and those of the past are computed at
 * once, by the attribute as known now.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "args.h"
#include "breakdown.h"
#include "definition.h"
#include "facts.h"
#include "facts_detail.h"
#include "definition_lock.h"
#include "scorecard.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_create_breakdown);
PG_FUNCTION_INFO_V1(segment_drop_breakdown);

List *
breakdowns_of(const Population *population)
{
	uint64 found = sql_query("SELECT f.name::text, f.feature_id FROM segment.breakdown b "
							 "JOIN segment.feature f USING (feature_id) "
							 "WHERE f.population_id OPERATOR(pg_catalog.=) %d ORDER BY b.breakdown_id",
							 population->id);
	List *breakdowns = NIL;

	for (uint64 row = 0; row < found; row++)
	{
		Breakdown *breakdown = palloc(sizeof(Breakdown));

		breakdown->name = cell_text(row, 1);
		breakdown->feature_id = cell_int(row, 2, 0);
		breakdowns = lappend(breakdowns, breakdown);
	}
	return breakdowns;
}

static void
check_feature(const Population *population, const Feature *feature)
{
	ListCell *lc;

	if (feature_is_evaluated(feature))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("feature \"%s\" is not an attribute of the customer", feature->name),
				 errhint("Declare one: SELECT segment.create_feature('region', attribute => 'region').")));
	foreach (lc, sources_of(population))
	{
		Source *source = lfirst(lc);

		if (source->dimension_sql != NULL && strcmp(source->dimension_sql, feature->name) == 0)
			ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT),
							errmsg("\"%s\" is the dimension of source \"%s\"", feature->name, source->name),
							errhint("Give the attribute another name; facts are by the dimension already.")));
	}
}

/* Before it is promised: 54000 here, and not in the next refresh. */
static void
check_values(const Population *population, const Feature *feature)
{
	const char *column = quote_identifier(feature->name);

	sql_query("SELECT pg_catalog.count(*), pg_catalog.max(pg_catalog.octet_length(v)) FROM "
			  "(SELECT DISTINCT %s::text AS v FROM %s WHERE %s IS NOT NULL LIMIT %d) d",
			  column, data_name(population->name, "_feature"), column, BREAKDOWN_MAX_LABELS + 1);
	if (cell_int64(0, 1, 0) <= BREAKDOWN_MAX_LABELS && cell_int(0, 2, 0) <= LEDGER_MAX_LABEL_LENGTH)
		return;
	ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("attribute \"%s\" has more than %d different values, or one longer than %d bytes",
						   feature->name, BREAKDOWN_MAX_LABELS, LEDGER_MAX_LABEL_LENGTH),
					errhint("Break down by an attribute of few values, such as a region.")));
}

/* Values come with a refresh; periods computed without them would stay so. */
static void
require_values(const Population *population, const Feature *feature)
{
	if (population->refreshed &&
		sql_query("SELECT FROM %s WHERE %s IS NOT NULL LIMIT 1", data_name(population->name, "_feature"),
				  quote_identifier(feature->name)) > 0)
		return;
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("attribute \"%s\" has no values yet", feature->name),
					errhint("Run CALL segment.refresh(%s).", quote_literal_cstr(population->name))));
}

/* The facts of every scheme by the breakdowns there are now, all periods. */
static void
recompute(const Population *population)
{
	List *sources = sources_of(population);
	ListCell *lc;

	foreach (lc, schemes_of(population, NULL))
	{
		Scheme *scheme = lfirst(lc);

		if (scheme->history_since != DATEVAL_NOEND && OidIsValid(data_oid(data_name(scheme->name, "_facts"))))
			facts_fill_breakdowns(population, sources, scheme, scheme->history_since, population->as_of);
	}
	scorecards_regenerate();
}

static Population *
lock_population(const ApiCall *call, const char *name)
{
	Population *population = population_by_name(name, false);

	population_check_access(population, call->caller);
	population_lock_in_transaction(population);
	return population_by_name(population->name, false);
}

Datum
segment_create_breakdown(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Feature *feature;

	require_arg(fcinfo, 0, "attribute");
	refuse_when_restricted();
	api_begin(&call);
	population = lock_population(&call, arg_text(fcinfo, 1));
	feature = feature_by_name(population, arg_text(fcinfo, 0), false);
	check_feature(population, feature);
	require_values(population, feature);
	check_values(population, feature);
	if (sql_query("SELECT 1 FROM segment.breakdown WHERE feature_id OPERATOR(pg_catalog.=) %d", feature->id) >
		0)
		ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT),
						errmsg("there is a breakdown by \"%s\" already", feature->name),
						errhint("SELECT * FROM segment.breakdown lists them.")));
	sql_run("INSERT INTO segment.breakdown (feature_id) VALUES (%d)", feature->id);
	recompute(population);
	api_end(&call);
	PG_RETURN_VOID();
}

Datum
segment_drop_breakdown(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Feature *feature;

	require_arg(fcinfo, 0, "attribute");
	refuse_when_restricted();
	api_begin(&call);
	population = lock_population(&call, arg_text(fcinfo, 1));
	feature = feature_by_name(population, arg_text(fcinfo, 0), false);
	if (sql_run("DELETE FROM segment.breakdown WHERE feature_id OPERATOR(pg_catalog.=) %d", feature->id) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("there is no breakdown by \"%s\"", feature->name),
				 errhint("SELECT * FROM segment.breakdown lists them.")));
	recompute(population);
	api_end(&call);
	PG_RETURN_VOID();
}
