/*
 * current.c
 *	  segment.current(): one customer's segment in the caller's own snapshot,
 *	  uncommitted changes included.
 *
 * The customer's row and events are read from the mapped relations as the
 * population's owner, restricted; its ledgers are built in memory by the code
 * of a refresh, and given to the evaluation as parameters in place of the
 * stored ones; the step starts from the stored predecessor.
 *
 * All texts and plans are kept by the session until definitions, or any
 * relation, change.  A kept plan over users' relations is only ever run, and so
 * only ever planned, in the restricted operation.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/resowner.h"

#include "alias.h"
#include "args.h"
#include "build_memory.h"
#include "consent.h"
#include "evaluate_one.h"
#include "ledgers.h"
#include "mapped.h"
#include "override.h"
#include "restricted.h"
#include "scheme.h"
#include "source_query.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_current);

/* Schemes whose plans a session keeps. */
#define KEPT_SCHEMES 8

typedef struct CurrentPlan
{
	/* What it was made of; another of any of these, and it is made anew. */
	Oid extension;
	int scheme_id;
	int version;
	int64 generation;
	uint64 invalidations;
	char *mapping;

	MemoryContext context;
	uint64 last_used;
	SPIPlanPtr customer; /* key, since, attributes; parameter: array of the key */
	List *builds;        /* of LedgerBuild, with plans: the sources that the rules read */
	List *relations;     /* OIDs of all that is read */
	SPIPlanPtr evaluation;
	int nattributes; /* columns of the customer after the key */
} CurrentPlan;

static CurrentPlan *kept_plans[KEPT_SCHEMES];
static uint64 uses = 0;
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

/* The evaluation. */

enum
{
	PARAM_KEY = 1,
	PARAM_DAY,
	PARAM_SINCE /* then attributes, then ledgers */
};

static void
add_parameter(StringInfo select, int *nparams, Oid *types, const char *name, Oid type)
{
	types[(*nparams)++] = type;
	appendStringInfo(select, ", $%d AS %s", *nparams, quote_identifier(name));
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

/* The customer with its ledgers, as the evaluation wants to see them, but made of parameters. */
static char *
given_customer_sql(const EvaluationPlan *plan, int *nparams, Oid *types, Oid ledger_type)
{
	StringInfoData customer;
	StringInfoData ledgers;
	ListCell *lc;

	initStringInfo(&customer);
	initStringInfo(&ledgers);
	appendStringInfo(&customer, "SELECT $1 AS %s, $3 AS since", quote_identifier(plan->population->key_name));
	foreach (lc, plan->features)
	{
		Feature *feature = lfirst(lc);
		bool dated = feature->dated_by != NULL;

		if (feature->kind != FEATURE_ATTRIBUTE)
			continue;
		add_parameter(&customer, nparams, types, dated ? psprintf("%s_value", feature->name) : feature->name,
					  feature->type);
		if (dated)
			add_parameter(&customer, nparams, types, psprintf("%s_dated", feature->name), DATEOID);
	}
	foreach (lc, plan->sources)
	{
		const Source *source = lfirst(lc);

		if (reads_source(plan, source))
		{
			types[(*nparams)++] = ledger_type;
			appendStringInfo(&ledgers, "\n CROSS JOIN (SELECT $%d AS ledger) %s", *nparams,
							 quote_identifier(source->name));
		}
		else
			appendStringInfo(&ledgers, "\n CROSS JOIN (SELECT NULL::segment.ledger AS ledger) %s",
							 quote_identifier(source->name));
	}
	return psprintf("(%s) the_customer%s", customer.data, ledgers.data);
}

/* The step from the segment at the end of the day before: what began today never was one at a day's end. */
static char *
step_sql(EvaluationPlan *plan)
{
	const SchemePlan *scheme = linitial(plan->schemes);
	const Population *population = plan->population;
	const char *name = scheme->scheme->name;
	const char *key = quote_identifier(population->key_name);
	const char *since = quote_identifier(psprintf("%s_since", name));
	char *override = override_join_sql(population, scheme->scheme, scheme->definition, "o");

	return psprintf(
		"SELECT segment.step(CASE WHEN s.%s OPERATOR(pg_catalog.>=) $2 THEN h.segment ELSE s.%s END, "
		"CASE WHEN s.%s OPERATOR(pg_catalog.>=) $2 THEN lower(h.valid) ELSE s.%s END, "
		"the_customer.%s, $2, %s::interval, %s)\n"
		"  FROM (%s OFFSET '0') the_customer\n CROSS JOIN (SELECT $2 AS day) the_day\n"
		"  LEFT JOIN %s s ON s.%s OPERATOR(pg_catalog.=) $1\n"
		"  LEFT JOIN %s h ON h.%s OPERATOR(pg_catalog.=) $1 AND upper(h.valid) OPERATOR(pg_catalog.=) $2%s",
		since, quote_identifier(name), since, since, quote_identifier(name),
		quote_literal_cstr(scheme->definition->min_dwell), override_segment_sql("o"), evaluation_sql(plan),
		data_name(population->name, "_segment"), key, data_name(name, "_history"), key, override);
}

static SPIPlanPtr
keep(const char *query, int nparams, Oid *types)
{
	SPIPlanPtr plan = SPI_prepare_cursor(query, nparams, types, CURSOR_OPT_GENERIC_PLAN);

	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "could not prepare \"%s\": %s", query, SPI_result_code_string(SPI_result));
	return plan;
}

static void
keep_evaluation(CurrentPlan *current, EvaluationPlan *plan)
{
	int maximum = PARAM_SINCE + 2 * list_length(plan->features) + list_length(plan->sources);
	Oid *types = palloc(sizeof(Oid) * maximum);
	Oid ledger_type =
		DatumGetObjectId(DirectFunctionCall1(to_regtype, CStringGetTextDatum("segment.ledger")));
	int nparams = 0;

	types[nparams++] = plan->population->key_type;
	types[nparams++] = DATEOID;
	types[nparams++] = DATEOID;
	plan->from = given_customer_sql(plan, &nparams, types, ledger_type);
	plan->days = "SELECT $2";
	current->nattributes = nparams - 2 - list_length(current->builds);
	current->evaluation = keep(step_sql(plan), nparams, types);
}

/* For one customer nothing but indexes and nested loops will do, however small the tables were when we
 * planned. */
static SPIPlanPtr
keep_for_one(const Population *population, const char *query, Oid keys_type)
{
	static const char *const avoided[] = {"enable_hashjoin", "enable_mergejoin", "enable_seqscan"};
	RestrictedOperation as_owner;
	SPIPlanPtr plan;

	restricted_begin(&as_owner, population->owner, population->timezone);
	for (int i = 0; i < lengthof(avoided); i++)
		(void) set_config_option(avoided[i], "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
								 false);
	plan = keep(query, 1, &keys_type);
	/* Planned here and now, under these settings. */
	ReleaseCachedPlan(SPI_plan_get_cached_plan(plan), CurrentResourceOwner);
	restricted_end(&as_owner);
	return plan;
}

/* What reads the user's relations: prepared, and later run, as their owner. */

static void
keep_builds(CurrentPlan *current, const EvaluationPlan *plan, const KeySet *keys)
{
	Oid keys_type = keyset_array_type(keys);
	ListCell *lc;

	foreach (lc, plan->sources)
	{
		const Source *source = lfirst(lc);
		LedgerBuild *build;
		const char **names;
		MemoryContext old;

		if (!reads_source(plan, source))
			continue;
		build = source_build(plan->population, plan->sources, source, keys);
		build->plan = keep_for_one(plan->population, build->query, keys_type);
		old = MemoryContextSwitchTo(current->context);
		names = palloc(sizeof(char *) * Max(build->shape.nmeasures, 1));
		for (int i = 0; i < build->shape.nmeasures; i++)
			names[i] = pstrdup(build->measure_name[i]);
		current->builds =
			lappend(current->builds, memcpy(palloc(sizeof(LedgerBuild)), build, sizeof(LedgerBuild)));
		build = llast(current->builds);
		build->source_name = pstrdup(build->source_name);
		build->measure_name = names;
		build->query = pstrdup(build->query);
		MemoryContextSwitchTo(old);
	}
}

static void
keep_customer(CurrentPlan *current, const EvaluationPlan *plan, const KeySet *keys)
{
	current->customer = keep_for_one(
		plan->population, population_query(plan->population, plan->features, keys), keyset_array_type(keys));
}

static void
keep_relations(CurrentPlan *current, const EvaluationPlan *plan)
{
	MemoryContext old;
	ListCell *lc;

	old = MemoryContextSwitchTo(current->context);
	current->relations = list_make1_oid(plan->population->relation);
	foreach (lc, plan->sources)
		current->relations = list_append_unique_oid(current->relations, ((Source *) lfirst(lc))->relation);
	MemoryContextSwitchTo(old);
}

/* What the texts depend on beside definitions that are counted. */
static char *
mapping_of(const Population *population)
{
	return psprintf("%u %u %s %s %s", population->owner, population->relation, population->timezone,
					population->since_column ? population->since_column : "",
					population->consent_sql ? population->consent_sql : "");
}

static CurrentPlan *
make_plan(Population *population, Scheme *scheme, Oid extension)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "segment: current segment", ALLOCSET_SMALL_SIZES);
	CurrentPlan *current = MemoryContextAllocZero(context, sizeof(CurrentPlan));
	EvaluationPlan *plan =
		scheme_evaluation_plan(population, scheme, scheme_definition(scheme, scheme->version));
	KeySet *keys = keyset_create(population->key_type, get_typcollation(population->key_type));

	current->context = context;
	current->extension = extension;
	current->scheme_id = scheme->id;
	current->version = scheme->version;
	current->generation = population->generation;
	current->mapping = MemoryContextStrdup(context, mapping_of(population));
	keep_relations(current, plan);
	keep_customer(current, plan, keys);
	keep_builds(current, plan, keys);
	keep_evaluation(current, plan);
	current->invalidations = invalidations;
	MemoryContextSetParent(context, CacheMemoryContext);
	return current;
}

static void
forget_plan(CurrentPlan *current)
{
	ListCell *lc;

	SPI_freeplan(current->customer);
	SPI_freeplan(current->evaluation);
	foreach (lc, current->builds)
		SPI_freeplan(((LedgerBuild *) lfirst(lc))->plan);
	MemoryContextDelete(current->context);
}

static bool
still_holds(const CurrentPlan *current, const Population *population, const Scheme *scheme)
{
	return current->version == scheme->version && current->generation == population->generation &&
		   current->invalidations == invalidations && strcmp(current->mapping, mapping_of(population)) == 0;
}

/* The kept plan of the scheme, or the one that was not used for longest. */
static CurrentPlan **
find_plan(Oid extension, const Scheme *scheme)
{
	CurrentPlan **oldest = &kept_plans[0];

	for (int i = 0; i < KEPT_SCHEMES; i++)
	{
		CurrentPlan **kept = &kept_plans[i];

		if (*kept && (*kept)->extension == extension && (*kept)->scheme_id == scheme->id)
			return kept;
		if (*oldest && (*kept == NULL || (*kept)->last_used < (*oldest)->last_used))
			oldest = kept;
	}
	return oldest;
}

static CurrentPlan *
current_plan(Population *population, Scheme *scheme)
{
	Oid extension = extension_oid();
	CurrentPlan **kept = find_plan(extension, scheme);
	CurrentPlan *made;

	listen_to_invalidations();
	if (*kept == NULL || (*kept)->extension != extension || (*kept)->scheme_id != scheme->id ||
		!still_holds(*kept, population, scheme))
	{
		made = make_plan(population, scheme, extension);
		if (*kept)
			forget_plan(*kept);
		*kept = made;
	}
	(*kept)->last_used = ++uses;
	return *kept;
}

/* Running it. */

/* Since when the text was checked its owner may have become a superuser. */
static void
require_trust(const CurrentPlan *current, const Population *population)
{
	ListCell *lc;

	foreach (lc, current->relations)
		check_superuser_mapping(lfirst_oid(lc), population->owner);
}

/* The customer's since and attributes. */
static void
read_customer(const CurrentPlan *current, const Population *population, const KeySet *keys, Datum *values,
			  char *nulls)
{
	Datum array = keyset_array(keys);
	RestrictedOperation as_owner;

	restricted_begin(&as_owner, population->owner, population->timezone);
	if (SPI_execute_plan(current->customer, &array, NULL, true, 2) != SPI_OK_SELECT)
		elog(ERROR, "could not read a customer of population \"%s\"", population->name);
	restricted_end(&as_owner);
	if (SPI_processed == 0)
		no_such_customer(population);
	for (int i = 0; i < current->nattributes; i++)
	{
		bool isnull;

		values[i] = cell_datum(0, i + 2, &isnull);
		nulls[i] = isnull ? 'n' : ' ';
	}
}

static void
build_ledgers(const CurrentPlan *current, const Population *population, const Aliases *aliases,
			  const KeySet *keys, Datum *values, char *nulls)
{
	ListCell *lc;

	foreach (lc, current->builds)
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

static char *
current_segment(const CurrentPlan *current, const Population *population, Datum key)
{
	int ndata = current->nattributes + list_length(current->builds);
	Datum *values = palloc0(sizeof(Datum) * (2 + ndata));
	char *nulls = palloc(2 + ndata);
	KeySet *keys = keyset_create(population->key_type, get_typcollation(population->key_type));
	const Aliases *aliases;

	keyset_add(keys, key, false);
	aliases = aliases_read(population);
	if (consent_objecting_groups(population, aliases, aliases_close(aliases, keys)) != NULL)
		no_such_customer(population);
	values[0] = key;
	values[1] = DateADTGetDatum(business_day(population));
	nulls[0] = nulls[1] = ' ';
	read_customer(current, population, keys, values + 2, nulls + 2);
	build_ledgers(current, population, aliases, aliases_close(aliases, keys),
				  values + 2 + current->nattributes, nulls + 2 + current->nattributes);
	if (SPI_execute_plan(current->evaluation, values, nulls, true, 0) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "could not evaluate a customer of population \"%s\"", population->name);
	return cell_text(0, 1);
}

Datum
segment_current(PG_FUNCTION_ARGS)
{
	CustomerArgument customer;
	const CurrentPlan *current;
	Population *population;
	Scheme *scheme;
	MemoryContext inner;
	ApiCall call;
	char *segment;
	text *result;
	Datum key;

	require_arg(fcinfo, 0, "scheme");
	customer = customer_argument(fcinfo, 1, "customer");
	api_begin(&call);
	api_read_by_snapshot();
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	require_active(scheme);
	key = customer_key(&customer, population);
	current = current_plan(population, scheme);
	require_trust(current, population);
	segment = current_segment(current, population, key);
	inner = MemoryContextSwitchTo(call.result_context);
	result = cstring_to_text(segment);
	MemoryContextSwitchTo(inner);
	api_end(&call);
	PG_RETURN_TEXT_P(result);
}
