/*
 * catalog.c
 *	  Typed reads of segment.*, the definitions the user declared.
 *
 * One query and one reader per kind of definition; everything is palloc'd in
 * the caller's current memory context, which under SPI lives until api_end().
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "catalog.h"
#include "compat.h"
#include "day.h"
#include "sql.h"

static char *
interval_out_or_null(Interval *value)
{
	return value ? DatumGetCString(DirectFunctionCall1(interval_out, IntervalPGetDatum(value))) : NULL;
}

static Interval *
cell_interval(uint64 row, int column)
{
	bool isnull;
	Datum value = cell_datum(row, column, &isnull);
	Interval *copy;

	if (isnull)
		return NULL;
	copy = palloc(sizeof(Interval));
	*copy = *DatumGetIntervalP(value);
	return copy;
}

static Oid
cell_oid(uint64 row, int column)
{
	bool isnull;
	Datum value = cell_datum(row, column, &isnull);

	return isnull ? InvalidOid : DatumGetObjectId(value);
}

/* The owner of the anchor view is the population's owner: DROP ROLE and REASSIGN OWNED see it. */
static Oid
relation_owner(Oid relid)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid owner = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
		ReleaseSysCache(tuple);
	}
	return owner;
}

#define POPULATION_QUERY                                                                                     \
	"SELECT population_id, name::text, relation::oid, key_column::text, key_name::text, key_type::oid, "     \
	"since_column::text, timezone, settle, anchor::oid, as_of, COALESCE((SELECT c.generation "               \
	"FROM segment.definition_change c WHERE c.population_id OPERATOR(pg_catalog.=) "                         \
	"population.population_id), 0), "                                                                        \
	"evaluated_generation, customers, consent, consent_sql FROM segment.population "

static Population *
read_population(uint64 row)
{
	Population *population = palloc0(sizeof(Population));
	bool isnull;
	Datum as_of;

	population->id = cell_int(row, 1, 0);
	population->name = cell_text(row, 2);
	population->relation = cell_oid(row, 3);
	population->key_column = cell_text(row, 4);
	population->key_name = cell_text(row, 5);
	population->key_type = cell_oid(row, 6);
	population->since_column = cell_text(row, 7);
	population->timezone = cell_text(row, 8);
	population->settle = interval_out_or_null(cell_interval(row, 9));
	population->anchor = cell_oid(row, 10);
	population->owner = relation_owner(population->anchor);
	as_of = cell_datum(row, 11, &isnull);
	population->refreshed = !isnull;
	population->as_of = isnull ? 0 : DatumGetDateADT(as_of);
	population->generation = cell_int64(row, 12, 0);
	population->evaluated_generation = cell_int64(row, 13, -1);
	population->customers = cell_int64(row, 14, 0);
	population->consent = cell_text(row, 15);
	population->consent_sql = cell_text(row, 16);
	return population;
}

Population *
population_by_name(const char *name, bool missing_ok)
{
	if (name == NULL)
	{
		uint64 found = sql_query(POPULATION_QUERY "LIMIT 2");

		if (found == 1)
			return read_population(0);
		ereport(
			ERROR,
			(errcode(found == 0 ? ERRCODE_UNDEFINED_OBJECT : ERRCODE_AMBIGUOUS_PARAMETER),
			 found == 0 ? errmsg("there is no population yet") : errmsg("there is more than one population"),
			 found == 0 ? errhint("Map one with segment.create_population(name, relation, key => …).")
						: errhint("Say which one with population => 'name'.")));
	}
	if (sql_query(POPULATION_QUERY "WHERE name OPERATOR(pg_catalog.=) %s", quote_literal_cstr(name)) == 1)
		return read_population(0);
	if (!missing_ok)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("population \"%s\" does not exist", name),
						errhint("SELECT name FROM segment.population lists the populations there are.")));
	return NULL;
}

Population *
population_by_id(int id)
{
	if (sql_query(POPULATION_QUERY "WHERE population_id OPERATOR(pg_catalog.=) %d", id) != 1)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("population %d does not exist", id)));
	return read_population(0);
}

List *
populations_all(void)
{
	uint64 found = sql_query(POPULATION_QUERY "ORDER BY population_id");
	List *populations = NIL;

	for (uint64 row = 0; row < found; row++)
		populations = lappend(populations, read_population(row));
	return populations;
}

static DateADT
cell_date(uint64 row, int column)
{
	bool isnull;
	Datum value = cell_datum(row, column, &isnull);

	return isnull ? DATEVAL_NOEND : DatumGetDateADT(value);
}

static Source *
read_source(uint64 row)
{
	Source *source = palloc0(sizeof(Source));

	source->id = cell_int(row, 1, 0);
	source->population_id = cell_int(row, 2, 0);
	source->name = cell_text(row, 3);
	source->relation = cell_oid(row, 4);
	source->customer = cell_text(row, 5);
	source->occurred_at = cell_text(row, 6);
	source->parent_id = cell_int(row, 7, 0);
	source->parent_key = cell_text(row, 8);
	source->parent_column = cell_text(row, 9);
	source->filter_sql = cell_text(row, 10);
	source->purchase_sql = cell_text(row, 11);
	source->dimension_sql = cell_text(row, 12);
	source->last_day = cell_date(row, 13);
	return source;
}

static void
read_measures(List *sources)
{
	ListCell *lc;

	foreach (lc, sources)
	{
		Source *source = lfirst(lc);
		uint64 found = sql_query("SELECT name::text, expression, expression_sql, scale FROM segment.measure "
								 "WHERE source_id OPERATOR(pg_catalog.=) %d ORDER BY position",
								 source->id);

		for (uint64 row = 0; row < found; row++)
		{
			Measure *measure = palloc0(sizeof(Measure));

			measure->name = cell_text(row, 1);
			measure->expression = cell_text(row, 2);
			measure->expression_sql = cell_text(row, 3);
			measure->scale = cell_int(row, 4, 0);
			source->measures = lappend(source->measures, measure);
		}
	}
}

/* Parents are created before their children, so id order puts them first. */
List *
sources_of(const Population *population)
{
	uint64 found =
		sql_query("SELECT source_id, population_id, name::text, relation::oid, customer::text, "
				  "occurred_at::text, parent_id, parent_key::text, parent_column::text, filter_sql, "
				  "purchase_sql, dimension_sql, last_day FROM segment.source "
				  "WHERE population_id OPERATOR(pg_catalog.=) %d ORDER BY source_id",
				  population->id);
	List *sources = NIL;

	for (uint64 row = 0; row < found; row++)
		sources = lappend(sources, read_source(row));
	read_measures(sources);
	return sources;
}

Source *
source_by_name(const Population *population, const char *name, bool missing_ok)
{
	ListCell *lc;

	foreach (lc, sources_of(population))
	{
		Source *source = lfirst(lc);

		if (strcmp(source->name, name) == 0)
			return source;
	}
	if (!missing_ok)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("source \"%s\" of population \"%s\" does not exist", name, population->name),
						errhint("SELECT name FROM segment.source lists the sources there are; "
								"segment.create_source maps another.")));
	return NULL;
}

Source *
source_in(List *sources, int id)
{
	ListCell *lc;

	foreach (lc, sources)
	{
		Source *source = lfirst(lc);

		if (source->id == id)
			return source;
	}
	return NULL;
}

LedgerShape
source_shape(const Source *source)
{
	LedgerShape shape = {0};
	ListCell *lc;

	foreach (lc, source->measures)
	{
		Measure *measure = lfirst(lc);

		shape.scale[shape.nmeasures++] = measure->scale;
	}
	shape.has_dimension = source->dimension_sql != NULL;
	return shape;
}

int
measure_number(const Source *source, const char *name)
{
	ListCell *lc;

	foreach (lc, source->measures)
	{
		Measure *measure = lfirst(lc);

		if (strcmp(measure->name, name) == 0)
			return foreach_current_index(lc) + 1;
	}
	return 0;
}

static FeatureKind
feature_kind(const char *kind)
{
	switch (kind[0])
	{
		case 'a':
			return kind[1] == 'g' ? FEATURE_AGGREGATE : FEATURE_ATTRIBUTE;
		case 'e':
			return FEATURE_EXPRESSION;
		default:
			return FEATURE_SCHEME;
	}
}

static Feature *
read_feature(uint64 row)
{
	Feature *feature = palloc0(sizeof(Feature));

	feature->id = cell_int(row, 1, 0);
	feature->population_id = cell_int(row, 2, 0);
	feature->name = cell_text(row, 3);
	feature->kind = feature_kind(cell_text(row, 4));
	feature->type = cell_oid(row, 5);
	feature->aggregate = cell_text(row, 6);
	feature->source_id = cell_int(row, 7, 0);
	feature->measure = cell_text(row, 8);
	feature->within = cell_interval(row, 9);
	feature->within_text = interval_out_or_null(feature->within);
	feature->dimension = cell_text(row, 10);
	feature->absent = cell_text(row, 11);
	feature->expression = cell_text(row, 12);
	feature->expression_sql = cell_text(row, 13);
	feature->attribute = cell_text(row, 14);
	feature->dated_by = cell_text(row, 15);
	feature->valid_for = interval_out_or_null(cell_interval(row, 16));
	feature->scheme_id = cell_int(row, 17, 0);
	return feature;
}

static void
read_feature_dependencies(const Population *population, List *features)
{
	uint64 found = sql_query("SELECT d.feature_id, d.uses_feature_id FROM segment.feature_dependency d "
							 "JOIN segment.feature f ON f.feature_id OPERATOR(pg_catalog.=) d.feature_id "
							 "WHERE f.population_id OPERATOR(pg_catalog.=) %d ORDER BY 1, 2",
							 population->id);

	for (uint64 row = 0; row < found; row++)
	{
		Feature *feature = feature_in(features, cell_int(row, 1, 0));

		feature->uses = lappend_int(feature->uses, cell_int(row, 2, 0));
	}
}

List *
features_of(const Population *population)
{
	uint64 found =
		sql_query("SELECT feature_id, population_id, name::text, kind, type::oid, aggregate, source_id, "
				  "measure, within, dimension, absent, expression, expression_sql, attribute::text, "
				  "dated_by::text, valid_for, scheme_id FROM segment.feature "
				  "WHERE population_id OPERATOR(pg_catalog.=) %d ORDER BY feature_id",
				  population->id);
	List *features = NIL;

	for (uint64 row = 0; row < found; row++)
		features = lappend(features, read_feature(row));
	read_feature_dependencies(population, features);
	return features;
}

Feature *
feature_by_name(const Population *population, const char *name, bool missing_ok)
{
	ListCell *lc;

	foreach (lc, features_of(population))
	{
		Feature *feature = lfirst(lc);

		if (strcmp(feature->name, name) == 0)
			return feature;
	}
	if (!missing_ok)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("feature \"%s\" of population \"%s\" does not exist", name, population->name),
						errhint("SELECT name FROM segment.feature lists the features there are; "
								"segment.create_feature declares another.")));
	return NULL;
}

Feature *
feature_in(List *features, int id)
{
	ListCell *lc;

	foreach (lc, features)
	{
		Feature *feature = lfirst(lc);

		if (feature->id == id)
			return feature;
	}
	return NULL;
}

bool
feature_is_evaluated(const Feature *feature)
{
	return feature->kind != FEATURE_ATTRIBUTE || feature->dated_by != NULL;
}

#define SCHEME_QUERY                                                                                         \
	"SELECT scheme_id, population_id, name::text, objective, default_segment::text, min_dwell, state, "      \
	"version, "                                                                                              \
	"smallest_share::float8, largest_share::float8, history_since, facts_as_of FROM segment.scheme "

static double
cell_float(uint64 row, int column)
{
	bool isnull;
	Datum value = cell_datum(row, column, &isnull);

	return isnull ? 0 : DatumGetFloat8(value);
}

static Scheme *
read_scheme(uint64 row)
{
	Scheme *scheme = palloc0(sizeof(Scheme));

	scheme->id = cell_int(row, 1, 0);
	scheme->population_id = cell_int(row, 2, 0);
	scheme->name = cell_text(row, 3);
	scheme->objective = cell_text(row, 4);
	scheme->default_segment = cell_text(row, 5);
	scheme->min_dwell = interval_out_or_null(cell_interval(row, 6));
	scheme->state = cell_text(row, 7);
	scheme->version = cell_int(row, 8, 0);
	scheme->smallest_share = cell_float(row, 9);
	scheme->largest_share = cell_float(row, 10);
	scheme->history_since = cell_date(row, 11);
	scheme->facts_as_of = cell_date(row, 12);
	return scheme;
}

Scheme *
scheme_by_name(const char *name, bool missing_ok)
{
	if (sql_query(SCHEME_QUERY "WHERE name OPERATOR(pg_catalog.=) %s", quote_literal_cstr(name)) == 1)
		return read_scheme(0);
	if (!missing_ok)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("scheme \"%s\" does not exist", name),
						errhint("SELECT name FROM segment.scheme lists the schemes there are; "
								"segment.create_scheme makes another.")));
	return NULL;
}

List *
schemes_of(const Population *population, const char *state)
{
	uint64 found =
		sql_query(SCHEME_QUERY "WHERE population_id OPERATOR(pg_catalog.=) %d "
							   "AND (%s::text IS NULL OR state OPERATOR(pg_catalog.=) %s) ORDER BY scheme_id",
				  population->id, literal_or_null(state), literal_or_null(state));
	List *schemes = NIL;

	for (uint64 row = 0; row < found; row++)
		schemes = lappend(schemes, read_scheme(row));
	return schemes;
}

static List *
read_scores(const char *fixed, const char *from_where)
{
	uint64 found =
		sql_query("SELECT name::text, feature_id, bins, cuts::text, descending, %s FROM %s ORDER BY name",
				  fixed, from_where);
	List *scores = NIL;

	for (uint64 row = 0; row < found; row++)
	{
		Score *score = palloc0(sizeof(Score));

		score->name = cell_text(row, 1);
		score->feature_id = cell_int(row, 2, 0);
		score->bins = cell_int(row, 3, 0);
		score->cuts = cell_text(row, 4);
		score->descending = cell_bool(row, 5);
		score->fixed = cell_bool(row, 6);
		scores = lappend(scores, score);
	}
	return scores;
}

static List *
read_segments(const char *from_where)
{
	uint64 found = sql_query("SELECT name::text, priority, rule, rule_sql, owner, proposition FROM %s "
							 "ORDER BY priority",
							 from_where);
	List *segments = NIL;

	for (uint64 row = 0; row < found; row++)
	{
		SegmentRule *rule = palloc0(sizeof(SegmentRule));

		rule->name = cell_text(row, 1);
		rule->priority = cell_int(row, 2, 0);
		rule->rule = cell_text(row, 3);
		rule->rule_sql = cell_text(row, 4);
		rule->owner = cell_text(row, 5);
		rule->proposition = cell_text(row, 6);
		segments = lappend(segments, rule);
	}
	return segments;
}

SchemeDefinition *
scheme_definition(const Scheme *scheme, int version)
{
	SchemeDefinition *definition = palloc0(sizeof(SchemeDefinition));

	definition->version = version;
	if (version == 0)
	{
		definition->default_segment = scheme->default_segment;
		definition->min_dwell = scheme->min_dwell;
		definition->scores =
			read_scores("cuts IS NOT NULL",
						psprintf("segment.score WHERE scheme_id OPERATOR(pg_catalog.=) %d", scheme->id));
		definition->segments =
			read_segments(psprintf("segment.segment WHERE scheme_id OPERATOR(pg_catalog.=) %d", scheme->id));
		return definition;
	}
	if (sql_query("SELECT default_segment, min_dwell FROM segment.scheme_version WHERE scheme_id "
				  "OPERATOR(pg_catalog.=) %d "
				  "AND version OPERATOR(pg_catalog.=) %d",
				  scheme->id, version) != 1)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("scheme \"%s\" has no version %d", scheme->name, version)));
	definition->default_segment = cell_text(0, 1);
	definition->min_dwell = interval_out_or_null(cell_interval(0, 2));
	definition->scores =
		read_scores("fixed", psprintf("segment.version_score WHERE scheme_id OPERATOR(pg_catalog.=) %d "
									  "AND version OPERATOR(pg_catalog.=) %d",
									  scheme->id, version));
	definition->segments =
		read_segments(psprintf("segment.version_segment WHERE scheme_id OPERATOR(pg_catalog.=) %d "
							   "AND version OPERATOR(pg_catalog.=) %d",
							   scheme->id, version));
	return definition;
}

int
scheme_version_on(const Scheme *scheme, DateADT day)
{
	sql_query("SELECT max(version) FROM segment.scheme_version WHERE scheme_id OPERATOR(pg_catalog.=) %d "
			  "AND as_of OPERATOR(pg_catalog.<=) %s",
			  scheme->id, quote_literal_cstr(day_text(day)));
	return cell_int(0, 1, 0);
}

List *
scheme_segment_names(const Scheme *scheme, int *in_force)
{
	uint64 found =
		sql_query("SELECT name, pg_catalog.bool_or(version OPERATOR(pg_catalog.=) %d) AS in_force FROM ("
				  "SELECT name, priority, version FROM segment.version_segment "
				  "WHERE scheme_id OPERATOR(pg_catalog.=) %d UNION ALL "
				  "SELECT default_segment, %d, version FROM segment.scheme_version "
				  "WHERE scheme_id OPERATOR(pg_catalog.=) %d) s "
				  "GROUP BY name ORDER BY in_force DESC, pg_catalog.min(priority), name",
				  scheme->version, scheme->id, PG_INT32_MAX, scheme->id);
	List *names = NIL;

	*in_force = 0;
	for (uint64 row = 0; row < found; row++)
	{
		names = lappend(names, cell_text(row, 1));
		if (cell_bool(row, 2))
			(*in_force)++;
	}
	return names;
}

void
check_label(const char *what, const char *name)
{
	if (name[0] == '\0')
		ereport(ERROR, (errcode(ERRCODE_INVALID_NAME), errmsg("the name of a %s is empty", what),
						errhint("Names are 1 to %d bytes.", SEGMENT_LABEL_MAX)));
	if (strlen(name) > SEGMENT_LABEL_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG), errmsg("the name of %s \"%s\" is too long", what, name),
				 errhint("Names are 1 to %d bytes: generated relations carry them.", SEGMENT_LABEL_MAX)));
}

void
population_check_access(const Population *population, Oid caller)
{
	if (!OidIsValid(population->owner))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("the owner view of population \"%s\" is gone", population->name),
						errhint("A superuser gives the population to another role: "
								"SELECT segment.alter_population(%s, owner => '…');",
								quote_literal_cstr(population->name))));
	if (!has_privs_of_role(caller, population->owner))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("permission denied for population \"%s\"", population->name),
						errhint("Only members of role \"%s\", its owner, may do this.",
								GetUserNameFromId(population->owner, false))));
}

Scheme *
scheme_of_caller(const char *name, Oid caller, Population **population)
{
	Scheme *scheme = scheme_by_name(name, false);

	*population = population_by_id(scheme->population_id);
	population_check_access(*population, caller);
	return scheme;
}

char *
data_name(const char *base, const char *suffix)
{
	return psprintf("segment_data.%s", quote_identifier(psprintf("%s%s", base, suffix)));
}

Oid
data_oid(const char *qualified_name)
{
	return RangeVarGetRelid(makeRangeVarFromNameList(segment_qualified_names(qualified_name)), NoLock, true);
}

bool
data_is_empty(const char *base, const char *suffix)
{
	Oid relid = get_relname_relid(psprintf("%s%s", base, suffix), get_namespace_oid("segment_data", false));
	Relation table = try_relation_open(relid, AccessShareLock);
	bool empty = table == NULL || RelationGetNumberOfBlocks(table) == 0;

	if (table != NULL)
		relation_close(table, NoLock);
	return empty;
}

char *
ledger_table(const Population *population, const Source *source)
{
	return data_name(population->name, psprintf("_%s_ledger", source->name));
}
