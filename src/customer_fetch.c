/*
 * customer_fetch.c
 *	  Read one customer from the mapped relations, in the caller's own snapshot.
 *
 * The customer's row and events are read as the population's owner,
 * restricted; its ledgers are built in memory by the code of a refresh.  Both
 * are given to the evaluation as parameters in place of what is stored.
 *
 * Texts and plans are kept by the session until definitions, or any relation,
 * change.  A kept plan over users' relations is only ever run, and so only ever
 * planned, in the restricted operation.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/resowner.h"

#include "alias.h"
#include "build_memory.h"
#include "consent.h"
#include "customer_fetch.h"
#include "ledgers.h"
#include "mapped.h"
#include "restricted.h"
#include "source_query.h"
#include "sql.h"

struct CustomerFetch
{
	/* What it was made of; another of any of these, and it is made anew. */
	uint64 invalidations;
	char *mapping;

	SPIPlanPtr customer; /* key, since, attributes; parameter: array of the key */
	List *builds;        /* of LedgerBuild, with plans: the sources that the rules read */
	List *relations;     /* OIDs of all that is read */
	int nattributes;     /* columns of the customer after the key */
};

static uint64 invalidations = 0;

static void
note_invalidation(Datum unused, Oid relation)
{
	invalidations++;
}

static void
listen_to_invalidations(void)
{
	static bool listening = false;

	if (!listening)
		CacheRegisterRelcacheCallback(note_invalidation, (Datum) 0);
	listening = true;
}

/* What the evaluation is given. */

typedef struct Parameters
{
	Oid *types;
	int count;
} Parameters;

static const char *
next_parameter(Parameters *parameters, Oid type)
{
	parameters->types[parameters->count++] = type;
	return psprintf("$%d", parameters->count);
}

static void
add_parameter(StringInfo select, Parameters *parameters, const char *name, Oid type)
{
	appendStringInfo(select, ", %s AS %s", next_parameter(parameters, type), quote_identifier(name));
}

static bool
reads_source(const EvaluationPlan *plan, const Source *source)
{
	ListCell *lc;

	foreach (lc, plan->features)
	{
		const Feature *feature = lfirst(lc);

		if (feature->kind == FEATURE_AGGREGATE && feature->source_id == source->id)
			return true;
	}
	return false;
}

/* The customer's row: the key, since, and the columns attributes are made of. */
static char *
given_row_sql(const EvaluationPlan *plan, Parameters *parameters)
{
	StringInfoData row;
	ListCell *lc;

	initStringInfo(&row);
	appendStringInfo(&row, "SELECT $1 AS %s", quote_identifier(plan->population->key_name));
	add_parameter(&row, parameters, "since", DATEOID);
	foreach (lc, plan->features)
	{
		Feature *feature = lfirst(lc);
		bool dated = feature->dated_by != NULL;

		if (feature->kind != FEATURE_ATTRIBUTE)
			continue;
		add_parameter(&row, parameters, dated ? psprintf("%s_value", feature->name) : feature->name,
					  feature->type);
		if (dated)
			add_parameter(&row, parameters, psprintf("%s_dated", feature->name), DATEOID);
	}
	return row.data;
}

static char *
given_ledgers_sql(const EvaluationPlan *plan, Parameters *parameters)
{
	Oid type = DatumGetObjectId(DirectFunctionCall1(to_regtype, CStringGetTextDatum("segment.ledger")));
	StringInfoData ledgers;
	ListCell *lc;

	initStringInfo(&ledgers);
	foreach (lc, plan->sources)
	{
		const Source *source = lfirst(lc);

		appendStringInfo(&ledgers, "\n CROSS JOIN (SELECT %s AS ledger) %s",
						 reads_source(plan, source) ? next_parameter(parameters, type)
													: "NULL::segment.ledger",
						 quote_identifier(source->name));
	}
	return ledgers.data;
}

/* Preparing: all of it first, so that what fails leaves nothing that is kept. */

static SPIPlanPtr
prepare(const Population *population, const char *query, Oid keys_type)
{
	RestrictedOperation as_owner;
	SPIPlanPtr plan;

	restricted_begin(&as_owner, population->owner, population->timezone);
	plan = SPI_prepare_cursor(query, 1, &keys_type, CURSOR_OPT_GENERIC_PLAN);
	restricted_end(&as_owner);
	if (plan == NULL)
		elog(ERROR, "could not prepare \"%s\": %s", query, SPI_result_code_string(SPI_result));
	return plan;
}

static LedgerBuild *
copy_build(const LedgerBuild *build)
{
	LedgerBuild *copy = memcpy(palloc(sizeof(LedgerBuild)), build, sizeof(LedgerBuild));
	const char **names = palloc(sizeof(char *) * Max(build->shape.nmeasures, 1));

	for (int i = 0; i < build->shape.nmeasures; i++)
		names[i] = pstrdup(build->measure_name[i]);
	copy->source_name = pstrdup(build->source_name);
	copy->measure_name = names;
	copy->query = pstrdup(build->query);
	copy->keys = NULL;
	return copy;
}

static void
prepare_builds(CustomerFetch *fetch, const EvaluationPlan *plan, const KeySet *keys, MemoryContext context)
{
	ListCell *lc;

	foreach (lc, plan->sources)
	{
		const Source *source = lfirst(lc);
		LedgerBuild *build;
		MemoryContext old;

		if (!reads_source(plan, source))
			continue;
		build = source_build(plan->population, plan->sources, source, keys);
		build->plan = prepare(plan->population, build->query, keyset_array_type(keys));
		old = MemoryContextSwitchTo(context);
		fetch->builds = lappend(fetch->builds, copy_build(build));
		MemoryContextSwitchTo(old);
	}
}

/* A child is read with its parents. */
static void
note_relations(CustomerFetch *fetch, const EvaluationPlan *plan)
{
	ListCell *lc;

	fetch->relations = list_make1_oid(plan->population->relation);
	foreach (lc, plan->sources)
	{
		const Source *source = lfirst(lc);

		if (!reads_source(plan, source))
			continue;
		for (; source != NULL; source = source_in(plan->sources, source->parent_id))
			fetch->relations = list_append_unique_oid(fetch->relations, source->relation);
	}
}

/* What the texts depend on beside definitions that are counted. */
static char *
mapping_of(const Population *population)
{
	return psprintf("%u %u %s %s %s", population->owner, population->relation, population->timezone,
					population->since_column ? population->since_column : "",
					population->consent_sql ? population->consent_sql : "");
}

CustomerFetch *
fetch_prepare(EvaluationPlan *plan, Oid *types, int *ntypes, MemoryContext context)
{
	const Population *population = plan->population;
	const KeySet *keys = keyset_create(population->key_type, get_typcollation(population->key_type));
	CustomerFetch *fetch = MemoryContextAllocZero(context, sizeof(CustomerFetch));
	Parameters parameters = {types, *ntypes};
	MemoryContext old;
	char *row;

	listen_to_invalidations();
	fetch->invalidations = invalidations;
	old = MemoryContextSwitchTo(context);
	fetch->mapping = mapping_of(population);
	note_relations(fetch, plan);
	MemoryContextSwitchTo(old);

	row = given_row_sql(plan, &parameters);
	fetch->nattributes = parameters.count - *ntypes;
	plan->from = psprintf("(%s) the_customer%s", row, given_ledgers_sql(plan, &parameters));
	*ntypes = parameters.count;

	fetch->customer =
		prepare(population, population_query(population, plan->features, keys), keyset_array_type(keys));
	prepare_builds(fetch, plan, keys, context);
	return fetch;
}

/* For one customer nothing but indexes and nested loops will do, however small the tables were when we
 * planned. */
static void
keep_for_one(SPIPlanPtr plan)
{
	static const char *const avoided[] = {"enable_hashjoin", "enable_mergejoin", "enable_seqscan"};

	for (int i = 0; i < lengthof(avoided); i++)
		(void) set_config_option(avoided[i], "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
								 false);
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "could not keep the plan that reads a customer");
	/* Planned here and now, under these settings. */
	ReleaseCachedPlan(SPI_plan_get_cached_plan(plan), CurrentResourceOwner);
}

void
fetch_keep(CustomerFetch *fetch, const Population *population)
{
	RestrictedOperation as_owner;
	ListCell *lc;

	restricted_begin(&as_owner, population->owner, population->timezone);
	keep_for_one(fetch->customer);
	foreach (lc, fetch->builds)
		keep_for_one(((LedgerBuild *) lfirst(lc))->plan);
	restricted_end(&as_owner);
}

void
fetch_forget(CustomerFetch *fetch)
{
	ListCell *lc;

	SPI_freeplan(fetch->customer);
	foreach (lc, fetch->builds)
		SPI_freeplan(((LedgerBuild *) lfirst(lc))->plan);
}

bool
fetch_still_holds(const CustomerFetch *fetch, const Population *population)
{
	return fetch->invalidations == invalidations && strcmp(fetch->mapping, mapping_of(population)) == 0;
}

/* Running it. */

/* Since when the text was checked its owner may have become a superuser. */
static void
require_trust(const CustomerFetch *fetch, const Population *population)
{
	ListCell *lc;

	foreach (lc, fetch->relations)
		check_superuser_mapping(lfirst_oid(lc), population->owner);
}

/* The customer's since and attributes; is there one? */
static bool
read_customer(const CustomerFetch *fetch, const Population *population, const KeySet *keys, Datum *values,
			  char *nulls)
{
	Datum array = keyset_array(keys);
	RestrictedOperation as_owner;

	restricted_begin(&as_owner, population->owner, population->timezone);
	if (SPI_execute_plan(fetch->customer, &array, NULL, true, 2) != SPI_OK_SELECT)
		elog(ERROR, "could not read a customer of population \"%s\"", population->name);
	restricted_end(&as_owner);
	if (SPI_processed == 0)
		return false;
	for (int i = 0; i < fetch->nattributes; i++)
	{
		bool isnull;

		values[i] = cell_datum(0, i + 2, &isnull);
		nulls[i] = isnull ? 'n' : ' ';
	}
	return true;
}

static void
build_ledgers(const CustomerFetch *fetch, const Population *population, const Aliases *aliases,
			  const KeySet *keys, Datum *values, char *nulls)
{
	ListCell *lc;

	foreach (lc, fetch->builds)
	{
		LedgerBuild build = *(LedgerBuild *) lfirst(lc);
		uint32 position = 0;
		GroupTable *groups;
		LedgerGroup *group;
		int i = foreach_current_index(lc);

		build.keys = keys;
		build.aliases = aliases;
		build.owner = population->owner;
		build.timezone = population->timezone;
		groups = group_events(&build);
		group = group_next(groups, &position);
		nulls[i] = group ? ' ' : 'n';
		values[i] = group ? PointerGetDatum(group_ledger(groups, group, NULL)) : (Datum) 0;
	}
}

bool
fetch_customer(const CustomerFetch *fetch, const Population *population, Datum key, Datum *values,
			   char *nulls)
{
	KeySet *keys = keyset_create(population->key_type, get_typcollation(population->key_type));
	const Aliases *aliases = aliases_read_of(population, key);
	KeySet *group;

	require_trust(fetch, population);
	keyset_add(keys, key, false);
	group = aliases_close(aliases, keys);
	if (consent_objecting_groups(population, aliases, group) != NULL ||
		!read_customer(fetch, population, keys, values, nulls))
		return false;
	build_ledgers(fetch, population, aliases, group, values + fetch->nattributes, nulls + fetch->nattributes);
	return true;
}
