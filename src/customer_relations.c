/*
 * customer_relations.c
 *	  Which relations of the extension hold customers' keys: the one registry.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "alias.h"
#include "args.h"
#include "change_log.h"
#include "customer_relations.h"
#include "mapped.h"
#include "override.h"
#include "sql.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_customer_relations);

/* One that is not there, as before an upgrade is complete, holds nothing. */
static List *
add(List *relations, char *name, const char *column, const char *holds)
{
	CustomerRelation *relation;

	if (!OidIsValid(data_oid(name)))
		return relations;
	relation = palloc0(sizeof(CustomerRelation));
	relation->name = name;
	relation->column = column;
	relation->key = psprintf("r.%s", quote_identifier(column));
	relation->holds = holds;
	return lappend(relations, relation);
}

/* Changes of a child source name its parents' rows, not customers. */
static List *
add_logs(List *relations, const Population *population, const Source *source)
{
	ChangeLog log;

	if ((source != NULL && source->parent_id != 0) ||
		!change_log_find(population->name, source != NULL ? source->name : NULL, &log))
		return relations;
	for (int slot = 0; slot < CHANGE_LOG_SLOTS; slot++)
	{
		CustomerRelation *relation;

		relations =
			add(relations, change_log_table(population, source, slot), "key",
				source != NULL ? psprintf("changes of source %s", source->name) : "changes of customers");
		relation = llast(relations);
		relation->key = key_value("r.key", log.key_type, population->key_type);
	}
	return relations;
}

static List *
add_sources(List *relations, const Population *population, List *sources)
{
	ListCell *lc;

	relations = add_logs(relations, population, NULL);
	foreach (lc, sources)
	{
		const Source *source = lfirst(lc);

		relations = add(relations, ledger_table(population, source), population->key_name,
						psprintf("ledger of source %s", source->name));
		relations = add_logs(relations, population, source);
	}
	return relations;
}

static List *
add_stays(List *relations, const Population *population, const Scheme *scheme, const char *suffix,
		  const char *what)
{
	char *name = data_name(scheme->name, suffix);

	if (!OidIsValid(data_oid(name)))
		return relations;
	relations = add(relations, name, population->key_name, psprintf("%s of scheme %s", what, scheme->name));
	((CustomerRelation *) llast(relations))->is_stay = true;
	return relations;
}

/* Of retired schemes too, and of those that are a draft again. */
static List *
add_schemes(List *relations, const Population *population)
{
	ListCell *lc;

	foreach (lc, schemes_of(population, NULL))
	{
		const Scheme *scheme = lfirst(lc);

		relations = add_stays(relations, population, scheme, "_history", "history");
		relations = add_stays(relations, population, scheme, "_transition", "moves");
	}
	return relations;
}

/* Of one table for all populations, whose keys are text. */
static CustomerRelation *
shared(const Population *population, char *name, const char *column, const char *condition, const char *holds)
{
	CustomerRelation *relation = palloc0(sizeof(CustomerRelation));

	relation->name = name;
	relation->column = column;
	/* another population's keys may be of another type */
	relation->key = psprintf("CASE WHEN %s THEN r.%s::%s END", condition, quote_identifier(column),
							 type_name(population->key_type));
	relation->holds = holds;
	return relation;
}

/* How far a backfill has come is told by the last customer it did: the one before does as well. */
static CustomerRelation *
backfill_progress(const Population *population)
{
	const char *key = quote_identifier(population->key_name);
	CustomerRelation *relation = shared(
		population, "segment.backfill_run", "done_key",
		psprintf("r.scheme_id OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT s.scheme_id FROM segment.scheme s "
				 "WHERE s.population_id OPERATOR(pg_catalog.=) %d))",
				 population->id),
		"how far a backfill has come");

	relation->without =
		psprintf("(SELECT f.%s::text FROM %s f WHERE f.%s < r.done_key::%s "
				 "ORDER BY f.%s DESC LIMIT 1)",
				 key, data_name(population->name, "_feature"), key, type_name(population->key_type), key);
	return relation;
}

List *
customer_relations(const Population *population, List *sources)
{
	const char *key = population->key_name;
	List *relations = NIL;

	relations = add(relations, data_name(population->name, "_feature"), key, "features and attributes");
	relations = add(relations, data_name(population->name, "_segment"), key, "segments");
	relations = add_schemes(relations, population);
	relations = add_sources(relations, population, sources);
	relations = add(relations, override_table(population), key, "overrides");
	relations = add(relations, alias_table(population), "duplicate", "merges into another customer");
	relations = add(relations, alias_table(population), "survivor", "merges of other customers into it");
	relations =
		lappend(relations,
				shared(population, "segment.quarantine", "key",
					   psprintf("r.population_id OPERATOR(pg_catalog.=) %d", population->id), "quarantine"));
	return lappend(relations, backfill_progress(population));
}

Datum
segment_customer_relations(PG_FUNCTION_ARGS)
{
	TupleDesc desc = result_row_type(fcinfo);
	Tuplestorestate *rows = result_begin(fcinfo, desc);
	Population *population;
	ApiCall call;
	ListCell *lc;

	api_begin(&call);
	population = population_by_name(arg_text(fcinfo, 0), false);
	population_check_access(population, call.caller);
	foreach (lc, customer_relations(population, sources_of(population)))
	{
		const CustomerRelation *relation = lfirst(lc);
		Datum values[3] = {CStringGetTextDatum(relation->name), CStringGetTextDatum(relation->column),
						   CStringGetTextDatum(relation->holds)};
		bool nulls[3] = {false};

		tuplestore_putvalues(rows, desc, values, nulls);
	}
	api_end(&call);
	return (Datum) 0;
}
