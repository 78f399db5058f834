/*
 * population.c
 *	  Map, alter and drop populations: sets of customers, each on a relation
 *	  with a key column.
 *
 * A population generates the table of its customers' features, the table of
 * their segments, the view applications join, and the anchor: a view over
 * nothing, whose owner *is* the population's owner, so that DROP ROLE and
 * REASSIGN OWNED see it.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/tablecmds.h"
#include "pgtime.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#include "args.h"
#include "alias.h"
#include "build_key.h"
#include "capture_install.h"
#include "catalog.h"
#include "definition.h"
#include "evaluation_view.h"
#include "join_view.h"
#include "mapped.h"
#include "miscadmin.h"
#include "override.h"
#include "population_lock.h"
#include "source_query.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_create_population);
PG_FUNCTION_INFO_V1(segment_alter_population);
PG_FUNCTION_INFO_V1(segment_drop_population);
PG_FUNCTION_INFO_V1(segment_population_query);

/* Columns every feature table has beside the key. */
static const char *const reserved_column[] = {"as_of", "since", "entry_day"};

static void
check_key_name(const char *key_name)
{
	for (int i = 0; i < lengthof(reserved_column); i++)
	{
		if (strcmp(key_name, reserved_column[i]) == 0)
			ereport(ERROR, (errcode(ERRCODE_RESERVED_NAME),
							errmsg("the key cannot be called \"%s\" in generated relations", key_name),
							errhint("Give another name with key_name => '…'.")));
	}
}

/* Check the mapping against the relation and complete what follows from it. */
static void
check_population(Population *population)
{
	CustomerKeyType hashable;
	MappedColumn *key;

	check_mapped_relation(population->relation, population->owner,
						  psprintf("population \"%s\"", population->name));
	key = mapped_column(population->relation, population->key_column, "the population's key");
	population->key_type = require_storable(population->relation, key, "the population's key");
	key_type_init(&hashable, population->key_type, get_typcollation(population->key_type));
	if (population->since_column != NULL)
		require_time(population->relation,
					 mapped_column(population->relation, population->since_column, "the population's since"),
					 "the population's since");
	require_timezone(population->timezone);
	population->consent_sql = checked_consent(population);
	check_key_name(population->key_name);
	probe_query(population, population_query(population, NIL, NULL));
}

static void
create_anchor(Population *population)
{
	char *anchor = new_data_name(population->name, "_anchor");

	sql_run("CREATE VIEW %s AS SELECT %s::text AS population", anchor, quote_literal_cstr(population->name));
	sql_run("COMMENT ON VIEW %s IS %s", anchor,
			quote_literal_cstr(
				psprintf("population \"%s\": the owner of this view is the population's owner, as whom "
						 "the mapped relations are read",
						 population->name)));
	belongs_to_extension(anchor);
	sql_run("ALTER VIEW %s OWNER TO %s", anchor,
			quote_identifier(GetUserNameFromId(population->owner, false)));
	population->anchor =
		get_relname_relid(psprintf("%s_anchor", population->name), get_namespace_oid("segment_data", false));
}

static void
create_key_table(const Population *population, const char *suffix, const char *more_columns, int fillfactor,
				 const char *comment)
{
	char *table = new_data_name(population->name, suffix);

	sql_run("CREATE TABLE %s (%s %s PRIMARY KEY%s) WITH (fillfactor = %d)", table,
			quote_identifier(population->key_name), type_name(population->key_type), more_columns,
			fillfactor);
	sql_run("COMMENT ON TABLE %s IS %s", table,
			quote_literal_cstr(psprintf("population \"%s\": %s", population->name, comment)));
	belongs_to_extension(table);
}

static void
create_generated_relations(Population *population)
{
	char *features = data_name(population->name, "_feature");

	(void) new_data_name(population->name, ""); /* the view's, before anything is made */
	create_anchor(population);
	create_key_table(population, "_feature", ", as_of date, since date, entry_day date", 50,
					 "every customer's features, attributes as the owner sees them");
	sql_run("COMMENT ON COLUMN %s.as_of IS 'the day at whose end the features hold'", features);
	sql_run("COMMENT ON COLUMN %s.since IS 'customer since, as mapped'", features);
	sql_run("COMMENT ON COLUMN %s.entry_day IS 'the earlier of since and the first event'", features);
	create_key_table(population, "_segment", "", 70, "every customer's segment in every scheme");
	override_create(population);
	alias_create(population);
	join_view_create(population);
}

/* A condition as declared; an empty one is none. */
static char *
consent_argument(FunctionCallInfo fcinfo, int number)
{
	char *text = arg_text(fcinfo, number);

	return text != NULL && text[0] != '\0' ? text : NULL;
}

static int
insert_population(const Population *population)
{
	sql_query("INSERT INTO segment.population (name, relation, key_column, key_name, key_type, since_column, "
			  "timezone, "
			  "settle, anchor, consent, consent_sql) VALUES (%s, %u::oid::regclass, %s, %s, "
			  "%u::oid::regtype, %s, %s, %s, %u::oid::regclass, %s, %s) RETURNING population_id",
			  quote_literal_cstr(population->name), population->relation,
			  quote_literal_cstr(population->key_column), quote_literal_cstr(population->key_name),
			  population->key_type, literal_or_null(population->since_column),
			  quote_literal_cstr(population->timezone), quote_literal_cstr(population->settle),
			  population->anchor, literal_or_null(population->consent),
			  literal_or_null(population->consent_sql));
	return cell_int(0, 1, 0);
}

static char *
interval_argument(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? NULL
								: DatumGetCString(DirectFunctionCall1(interval_out, PG_GETARG_DATUM(number)));
}

static void
check_settle(const char *settle)
{
	sql_query("SELECT %s::interval OPERATOR(pg_catalog.<) '0'::interval", quote_literal_cstr(settle));
	if (cell_bool(0, 1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("settle is negative"),
						errhint("It is how long after its end a period stays open: '3 days'.")));
}

Datum
segment_create_population(PG_FUNCTION_ARGS)
{
	static const char *const required[] = {"name", "relation", "key"};
	char *session_zone = pstrdup(pg_get_timezone_name(session_timezone)); /* before it is pinned */
	Population *population = palloc0(sizeof(Population));
	ApiCall call;

	require_arguments(fcinfo, lengthof(required), required);
	refuse_when_restricted();
	api_begin(&call);
	population->name = arg_text(fcinfo, 0);
	population->relation = PG_GETARG_OID(1);
	population->key_column = arg_name(fcinfo, 2);
	population->timezone = PG_ARGISNULL(3) ? session_zone : arg_text(fcinfo, 3);
	population->key_name = arg_name(fcinfo, 4);
	population->since_column = arg_name(fcinfo, 5);
	population->owner = PG_ARGISNULL(6) ? call.caller : PG_GETARG_OID(6);
	population->settle = PG_ARGISNULL(7) ? "3 days" : interval_argument(fcinfo, 7);
	population->consent = consent_argument(fcinfo, 8);
	check_label("population", population->name);
	if (population->key_name == NULL)
		population->key_name = psprintf("%s_id", population->name);
	if (population_by_name(population->name, true) != NULL)
		ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT),
						errmsg("population \"%s\" exists already", population->name),
						errhint("Choose another name, or drop it with segment.drop_population.")));
	require_membership(call.caller, population->owner);
	check_settle(population->settle);
	check_population(population);
	create_generated_relations(population);
	population->id = insert_population(population);
	capture_install(population, NULL);
	evaluation_view_create(population);
	api_end(&call);
	PG_RETURN_INT32(population->id);
}

/* The key's column may have been altered since; the generated relations were not. */
static void
check_key_type_kept(const Population *population, Oid stored)
{
	if (population->key_type != stored)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the key of population \"%s\" is of type %s now, but was mapped as %s",
						population->name, format_type_be(population->key_type), format_type_be(stored)),
				 errhint("Map a view that selects %s::%s AS %s, or drop the population and map it again.",
						 quote_identifier(population->key_column), type_name(stored),
						 quote_identifier(population->key_column))));
}

/*
 * By OID: the owner may have moved the anchor to another schema, and what has
 * its name in ours now would be somebody else's.  An anchor that was dropped
 * with its owner is made anew.
 */
static void
set_anchor_owner(Population *population, Oid owner)
{
	bool there = OidIsValid(population->owner);

	population->owner = owner;
	if (there)
	{
		ATExecChangeOwner(population->anchor, owner, false, AccessExclusiveLock);
		CommandCounterIncrement();
		return;
	}
	create_anchor(population);
	sql_run("UPDATE segment.population SET anchor = %u::oid::regclass "
			"WHERE population_id OPERATOR(pg_catalog.=) %d",
			population->anchor, population->id);
}

/* A new owner must be fit for every relation that is mapped. */
static void
change_owner(Population *population, Oid owner, Oid caller)
{
	ListCell *lc;

	require_membership(caller, owner);
	foreach (lc, sources_of(population))
	{
		Source *source = lfirst(lc);

		if (relation_exists(source->relation))
			check_mapped_relation(source->relation, owner, psprintf("source \"%s\"", source->name));
	}
	set_anchor_owner(population, owner);
	capture_repair(population);
}

/* The anchor belongs to somebody else, who may have dropped it: then only a superuser can clear up. */
static void
check_may_alter(const Population *population, Oid caller)
{
	if (!OidIsValid(population->owner) && superuser_arg(caller))
		return;
	population_check_access(population, caller);
}

Datum
segment_alter_population(PG_FUNCTION_ARGS)
{
	static const char *const required[] = {"name"};
	Population *population;
	char *old_timezone;
	Oid stored_type;
	ApiCall call;

	require_arguments(fcinfo, lengthof(required), required);
	refuse_when_restricted();
	api_begin(&call);
	population = population_by_name(arg_text(fcinfo, 0), false);
	if (PG_ARGISNULL(4))
		population_check_access(population, call.caller);
	else
		check_may_alter(population, call.caller);
	/* A refresh under way reads by the old condition: nobody is assigned once the new one is committed. */
	if (!PG_ARGISNULL(5))
	{
		population_lock(population->anchor);
		population = population_by_id(population->id);
		population->consent = consent_argument(fcinfo, 5);
	}
	old_timezone = population->timezone;
	stored_type = population->key_type;
	if (!PG_ARGISNULL(1))
		population->timezone = arg_text(fcinfo, 1);
	if (!PG_ARGISNULL(2))
		population->settle = interval_argument(fcinfo, 2);
	if (!PG_ARGISNULL(3))
		population->since_column = arg_name(fcinfo, 3);
	check_settle(population->settle);
	if (!PG_ARGISNULL(4))
		change_owner(population, PG_GETARG_OID(4), call.caller);
	check_population(population);
	check_key_type_kept(population, stored_type);
	sql_run("UPDATE segment.population SET timezone = %s, settle = %s, since_column = %s, consent = %s, "
			"consent_sql = %s WHERE population_id OPERATOR(pg_catalog.=) %d",
			quote_literal_cstr(population->timezone), quote_literal_cstr(population->settle),
			literal_or_null(population->since_column), literal_or_null(population->consent),
			literal_or_null(population->consent_sql), population->id);
	/* Other days: every ledger has to be built anew. */
	if (strcmp(old_timezone, population->timezone) != 0)
		sql_run("UPDATE segment.source SET built_at = NULL WHERE population_id OPERATOR(pg_catalog.=) %d",
				population->id);
	api_end(&call);
	PG_RETURN_VOID();
}

static void
drop_anchor(const Population *population)
{
	ObjectAddress anchor;

	ObjectAddressSet(anchor, RelationRelationId, population->anchor);
	performDeletion(&anchor, DROP_RESTRICT, 0);
}

Datum
segment_drop_population(PG_FUNCTION_ARGS)
{
	Population *population;
	ApiCall call;

	refuse_when_restricted();
	api_begin(&call);
	population = population_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)), false);
	check_may_alter(population, call.caller);
	refuse_when_used(
		psprintf("population \"%s\"", population->name),
		psprintf("SELECT 'source ' || name FROM segment.source WHERE population_id OPERATOR(pg_catalog.=) %d "
				 "UNION ALL SELECT 'feature ' || name FROM segment.feature "
				 "WHERE population_id OPERATOR(pg_catalog.=) %d "
				 "UNION ALL SELECT 'scheme ' || name FROM segment.scheme "
				 "WHERE population_id OPERATOR(pg_catalog.=) %d",
				 population->id, population->id, population->id));
	capture_remove(population, NULL);
	evaluation_view_drop(population);
	sql_run("DROP VIEW %s", data_name(population->name, ""));
	override_drop(population);
	alias_drop(population);
	sql_run("DROP TABLE %s", data_name(population->name, "_segment"));
	sql_run("DROP TABLE %s", data_name(population->name, "_feature"));
	if (OidIsValid(population->owner))
		drop_anchor(population);
	sql_run("DELETE FROM segment.population WHERE population_id OPERATOR(pg_catalog.=) %d", population->id);
	api_end(&call);
	PG_RETURN_VOID();
}

Datum
segment_population_query(PG_FUNCTION_ARGS)
{
	Population *population;
	ApiCall call;
	text *result;
	MemoryContext inner;

	api_begin(&call);
	population = population_by_name(arg_text(fcinfo, 0), false);
	population_check_access(population, call.caller);
	inner = MemoryContextSwitchTo(call.result_context);
	result = cstring_to_text(population_query(population, features_of(population), NULL));
	MemoryContextSwitchTo(inner);
	api_end(&call);
	PG_RETURN_TEXT_P(result);
}
