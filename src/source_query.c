/*
 * source_query.c
 *	  The statements that read the user's relations.
 *
 * Nothing in them is the user's own text: identifiers are quoted, expressions
 * are deparsed from checked trees.  Every relation is read through a subselect
 * of the columns in use, each as the type it is stored as, so that an
 * expression meets the very columns it was checked against, and nothing else.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"

#include "mapped.h"
#include "restricted.h"
#include "source_query.h"
#include "sql.h"

/* Relation of a source with what a query takes from it. */
typedef struct EventRead
{
	const Source *source;
	List *columns; /* of MappedColumn: all of the relation's */
	bool *used;    /* by position in columns */
	StringInfoData select;
	const char *only; /* condition on the relation's own columns, as r; or NULL */
} EventRead;

/* Columns whose type cannot be stored are left out: no expression may touch them. */
ExpressionScope *
relation_scope(Oid relation, const char *what)
{
	List *columns = mapped_columns(relation);
	ExpressionScope *scope = palloc0(sizeof(ExpressionScope));
	ExpressionColumn *visible = palloc0(sizeof(ExpressionColumn) * Max(1, list_length(columns)));
	ListCell *lc;

	foreach (lc, columns)
	{
		MappedColumn *column = lfirst(lc);
		ExpressionColumn *to = &visible[scope->ncolumns];

		if (!OidIsValid(column->stored_type))
			continue;
		to->name = column->name;
		to->type = column->stored_type;
		to->typmod = column->typmod;
		to->collation = OidIsValid(column->collation) ? column->collation : get_typcollation(to->type);
		scope->ncolumns++;
	}
	scope->what = what;
	scope->columns = visible;
	return scope;
}

/* Relations and their owners may have changed since they were mapped: what was checked then holds at every
 * read. */
static void
require_relation(const Population *population, Oid relation, const char *what, const char *name,
				 const char *remedy)
{
	if (!relation_exists(relation))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("the relation that %s \"%s\" is mapped on is gone", what, name),
						errhint("Drop the mapping with %s and map it again.", remedy)));
	check_superuser_mapping(relation, population->owner);
}

static void
event_read_begin(EventRead *read, const Population *population, const Source *source)
{
	require_relation(population, source->relation, "source", source->name, "segment.drop_source");
	*read = (EventRead){.source = source, .columns = mapped_columns(source->relation)};
	read->used = palloc0(sizeof(bool) * Max(1, list_length(read->columns)));
	initStringInfo(&read->select);
}

/* Note that the query reads a column, and give its name in the subselect. */
static const MappedColumn *
use_column(EventRead *read, const char *name)
{
	ListCell *lc;

	foreach (lc, read->columns)
	{
		MappedColumn *column = lfirst(lc);

		if (strcmp(column->name, name) == 0)
		{
			read->used[foreach_current_index(lc)] = true;
			return column;
		}
	}
	/* It was there when the source was mapped: raise what mapping it now would raise. */
	return mapped_column(read->source->relation, name, psprintf("used by source \"%s\"", read->source->name));
}

/*
 * An expression was checked when it was declared; the columns may have changed
 * since.  Checking its deparse again gives the columns it reads as well.
 */
static char *
use_expression(EventRead *read, const char *sql, const char *what)
{
	ExpressionScope *scope =
		relation_scope(read->source->relation, psprintf("%s of source \"%s\"", what, read->source->name));
	CheckedExpression *checked = check_expression(sql, scope, InvalidOid);

	for (int i = 0; i < checked->nused; i++)
		use_column(read, scope->columns[checked->used[i]].name);
	return checked->sql;
}

static void
add_output(EventRead *read, const char *value, const char *name)
{
	appendStringInfo(&read->select, "%s%s AS %s", read->select.len > 0 ? ", " : "", value,
					 quote_identifier(name));
}

/* "SELECT <outputs> FROM (SELECT <used columns> FROM <relation>) AS e" */
static char *
event_read_finish(EventRead *read)
{
	StringInfoData columns;
	ListCell *lc;

	initStringInfo(&columns);
	foreach (lc, read->columns)
	{
		MappedColumn *column = lfirst(lc);

		if (!read->used[foreach_current_index(lc)])
			continue;
		appendStringInfo(&columns, "%s%s AS %s", columns.len > 0 ? ", " : "",
						 OidIsValid(column->stored_type) ? stored_value("r", column)
														 : psprintf("r.%s", quote_identifier(column->name)),
						 quote_identifier(column->name));
	}
	return psprintf("SELECT %s FROM (SELECT %s FROM %s AS r%s%s) AS e", read->select.data, columns.data,
					relation_label(read->source->relation), read->only ? " WHERE " : "",
					read->only ? read->only : "");
}

/* The user's columns are "e" alone inside an event read, so a bare name cannot be taken for another. */
static char *
event_column(EventRead *read, const char *name)
{
	use_column(read, name);
	return psprintf("e.%s", quote_identifier(name));
}

static char *
customer_value(EventRead *read, const Population *population)
{
	const MappedColumn *column = use_column(read, read->source->customer);
	const char *value = psprintf("e.%s", quote_identifier(column->name));

	if (has_loose_collation(column))
		value = psprintf("(%s COLLATE pg_catalog.\"default\")", value);
	return key_value(value, column->stored_type, population->key_type);
}

static bool
chain_has_filter(List *sources, const Source *source)
{
	for (; source != NULL; source = source_in(sources, source->parent_id))
	{
		if (source->filter_sql != NULL)
			return true;
	}
	return false;
}

static char *parent_query(const Population *population, List *sources, const Source *source, const char *ref,
						  const KeySet *keys);

/* Have an event read give the rows of some customers only: NULL keys is everyone. */
static void
restrict_to(EventRead *read, const Population *population, const KeySet *keys)
{
	if (keys != NULL && read->source->parent_id == 0)
		read->only = key_condition("r", use_column(read, read->source->customer), population->key_type,
								   keys->has_null);
}

/*
 * Join an event read (as c, with its reference to the parent as segment_parent)
 * to the parent's rows (as p).  A row whose parent is missing stays, without
 * customer and day; a row whose parent the parent's filter leaves out goes.
 */
static char *
join_parent(const Population *population, List *sources, const Source *source, const char *child,
			const KeySet *keys)
{
	const Source *parent = source_in(sources, source->parent_id);

	return psprintf("(%s) AS c LEFT JOIN (%s) AS p ON p.segment_ref OPERATOR(pg_catalog.=) c.segment_parent",
					child, parent_query(population, sources, parent, source->parent_column, keys));
}

/*
 * A source as its children see it: segment_ref (the column they refer to),
 * segment_key, segment_time and segment_kept (not filtered out, all the way up).
 */
static char *
parent_query(const Population *population, List *sources, const Source *source, const char *ref,
			 const KeySet *keys)
{
	EventRead read;
	char *kept = "true";

	event_read_begin(&read, population, source);
	/* A child row of no customer is one whose parent is not among these: with NULL wanted, all parents are
	 * read. */
	if (keys != NULL && !keys->has_null)
		restrict_to(&read, population, keys);
	add_output(&read, event_column(&read, ref), "segment_ref");
	if (source->filter_sql != NULL)
		kept = psprintf("COALESCE((%s), false)", use_expression(&read, source->filter_sql, "filter"));
	add_output(&read, kept, "segment_kept");
	if (source->occurred_at != NULL)
		add_output(&read, event_column(&read, source->occurred_at), "segment_time");
	if (source->parent_id == 0)
	{
		add_output(&read, customer_value(&read, population), "segment_key");
		return event_read_finish(&read);
	}
	add_output(&read, event_column(&read, source->parent_key), "segment_parent");
	return psprintf("SELECT c.segment_ref, p.segment_key, %s.segment_time, "
					"c.segment_kept AND COALESCE(p.segment_kept, true) AS segment_kept FROM %s",
					source->occurred_at != NULL ? "c" : "p",
					join_parent(population, sources, source, event_read_finish(&read), keys));
}

/* Dimension, purchase and measures, in build.h's order; their names in "outputs", qualified by "c". */
static void
add_values(EventRead *read, const Source *source, StringInfo outputs)
{
	ListCell *lc;

	if (source->dimension_sql != NULL)
	{
		add_output(read, psprintf("(%s)::text", use_expression(read, source->dimension_sql, "dimension")),
				   "segment_dimension");
		appendStringInfoString(outputs, ", c.segment_dimension");
	}
	if (source->purchase_sql != NULL)
	{
		add_output(read, use_expression(read, source->purchase_sql, "purchase"), "segment_purchase");
		appendStringInfoString(outputs, ", c.segment_purchase");
	}
	foreach (lc, source->measures)
	{
		Measure *measure = lfirst(lc);
		char *name = psprintf("segment_measure_%d", foreach_current_index(lc) + 1);

		add_output(read,
				   use_expression(read, measure->expression_sql, psprintf("measure \"%s\"", measure->name)),
				   name);
		appendStringInfo(outputs, ", c.%s", name);
	}
}

/* Which of a child's rows joined to their parents are wanted, as a WHERE clause. */
static char *
child_condition(List *sources, const Source *source, const KeySet *keys)
{
	const char *kept = chain_has_filter(sources, source_in(sources, source->parent_id))
						   ? "p.segment_kept IS DISTINCT FROM false"
						   : "true";

	if (keys == NULL)
		return psprintf(" WHERE %s", kept);
	return psprintf(" WHERE %s AND (p.segment_key OPERATOR(pg_catalog.=) ANY ($1)%s)", kept,
					keys->has_null ? " OR p.segment_key IS NULL" : "");
}

char *
source_query(const Population *population, List *sources, const Source *source, const KeySet *keys)
{
	EventRead read;
	StringInfoData outputs;
	StringInfoData from;
	bool own_time = source->occurred_at != NULL;

	initStringInfo(&outputs);
	initStringInfo(&from);
	event_read_begin(&read, population, source);
	restrict_to(&read, population, keys);
	if (source->parent_id == 0)
		add_output(&read, customer_value(&read, population), "segment_key");
	else
		add_output(&read, event_column(&read, source->parent_key), "segment_parent");
	if (own_time)
		add_output(&read, event_column(&read, source->occurred_at), "segment_time");
	add_values(&read, source, &outputs);
	if (source->filter_sql != NULL)
	{
		char *filter = use_expression(&read, source->filter_sql, "filter");

		appendStringInfo(&from, "%s WHERE %s", event_read_finish(&read), filter);
	}
	else
		appendStringInfoString(&from, event_read_finish(&read));
	if (source->parent_id == 0)
		return psprintf("SELECT c.segment_key, c.segment_time%s FROM (%s) AS c", outputs.data, from.data);
	return psprintf("SELECT p.segment_key, %s.segment_time%s FROM %s%s", own_time ? "c" : "p", outputs.data,
					join_parent(population, sources, source, from.data, keys),
					child_condition(sources, source, keys));
}

/* Nothing is computed but keys, so that it works when a row's values fail. */
char *
source_customers_query(const Population *population, List *sources, const Source *source)
{
	EventRead read;

	event_read_begin(&read, population, source);
	if (source->parent_id == 0)
	{
		add_output(&read, customer_value(&read, population), "segment_key");
		return psprintf("SELECT DISTINCT c.segment_key FROM (%s) AS c ORDER BY 1", event_read_finish(&read));
	}
	add_output(&read, event_column(&read, source->parent_key), "segment_parent");
	return psprintf("SELECT DISTINCT p.segment_key FROM %s ORDER BY 1",
					join_parent(population, sources, source, event_read_finish(&read), NULL));
}

char *
source_rows_query(const Population *population, List *sources, const Source *source, const KeySet *keys)
{
	EventRead read;

	event_read_begin(&read, population, source);
	restrict_to(&read, population, keys);
	if (source->parent_id == 0)
	{
		add_output(&read, customer_value(&read, population), "segment_key");
		return psprintf("SELECT count(*)::text FROM (%s) AS c", event_read_finish(&read));
	}
	add_output(&read, event_column(&read, source->parent_key), "segment_parent");
	return psprintf("SELECT count(*)::text FROM %s WHERE p.segment_key OPERATOR(pg_catalog.=) ANY ($1)",
					join_parent(population, sources, source, event_read_finish(&read), keys));
}

/* The references of its children count: by them the children find their customer and day. */
List *
source_columns(const Population *population, List *sources, const Source *source)
{
	EventRead read;
	StringInfoData outputs;
	List *columns = NIL;
	ListCell *lc;

	initStringInfo(&outputs);
	event_read_begin(&read, population, source);
	use_column(&read, source->parent_id == 0 ? source->customer : source->parent_key);
	if (source->occurred_at != NULL)
		use_column(&read, source->occurred_at);
	if (source->filter_sql != NULL)
		use_expression(&read, source->filter_sql, "filter");
	add_values(&read, source, &outputs);
	foreach (lc, sources)
	{
		Source *child = lfirst(lc);

		if (child->parent_id == source->id)
			use_column(&read, child->parent_column);
	}
	foreach (lc, read.columns)
	{
		if (read.used[foreach_current_index(lc)])
			columns = lappend(columns, lfirst(lc));
	}
	return columns;
}

static void
append_attribute(StringInfo query, const Population *population, const Feature *feature)
{
	char *what = psprintf("attribute of feature \"%s\"", feature->name);
	MappedColumn *column = mapped_column(population->relation, feature->attribute, what);

	require_storable(population->relation, column, what);
	appendStringInfo(query, ", (%s)::%s", stored_value("r", column), type_name(feature->type));
	if (feature->dated_by != NULL)
	{
		column = mapped_column(population->relation, feature->dated_by, what);
		appendStringInfo(
			query, ", %s",
			day_value(psprintf("r.%s", quote_identifier(column->name)), column->type, population->timezone));
	}
}

static char *
consent_label(const Population *population)
{
	return psprintf("consent of population \"%s\"", population->name);
}

char *
checked_consent(const Population *population)
{
	if (population->consent == NULL)
		return NULL;
	return check_expression(population->consent,
							relation_scope(population->relation, consent_label(population)), BOOLOID)
		->sql;
}

/* The condition checked again: the columns may have changed since it was declared. */
static CheckedExpression *
check_consent(const Population *population, ExpressionScope **scope)
{
	*scope = relation_scope(population->relation, consent_label(population));
	return check_expression(population->consent_sql, *scope, BOOLOID);
}

List *
consent_columns(const Population *population)
{
	ExpressionScope *scope;
	CheckedExpression *checked;
	List *columns = NIL;

	if (population->consent_sql == NULL)
		return NIL;
	checked = check_consent(population, &scope);
	for (int i = 0; i < checked->nused; i++)
		columns = lappend(columns, mapped_column(population->relation, scope->columns[checked->used[i]].name,
												 consent_label(population)));
	return columns;
}

/*
 * The relation as r, with whether each row consents as c.consents.  The
 * planner makes one scan with a condition of it.
 */
static char *
customers_from(const Population *population)
{
	char *relation = relation_label(population->relation);
	StringInfoData columns;
	ExpressionScope *scope;
	ListCell *lc;

	if (population->consent_sql == NULL)
		return psprintf("%s AS r", relation);
	initStringInfo(&columns);
	foreach (lc, consent_columns(population))
	{
		MappedColumn *column = lfirst(lc);

		appendStringInfo(&columns, "%s%s AS %s", columns.len > 0 ? ", " : "", stored_value("r", column),
						 quote_identifier(column->name));
	}
	return psprintf("%s AS r CROSS JOIN LATERAL (SELECT (%s) AS consents FROM (SELECT %s) AS e) AS c",
					relation, check_consent(population, &scope)->sql, columns.data);
}

static char *
population_key(const Population *population, MappedColumn **key)
{
	require_relation(population, population->relation, "population", population->name,
					 "segment.drop_population");
	*key = mapped_column(population->relation, population->key_column, "the population's key");
	require_storable(population->relation, *key, "the population's key");
	return psprintf("(%s)::%s", stored_value("r", *key), type_name(population->key_type));
}

char *
population_rows_query(const Population *population)
{
	MappedColumn *key;

	(void) population_key(population, &key);
	return psprintf("SELECT count(*)::text FROM %s AS r WHERE %s", relation_label(population->relation),
					key_condition("r", key, population->key_type, false));
}

char *
objectors_query(const Population *population, const KeySet *keys)
{
	MappedColumn *key;
	char *value = population_key(population, &key);

	return psprintf("SELECT %s FROM %s WHERE c.consents IS NOT TRUE%s%s", value, customers_from(population),
					keys != NULL ? " AND " : "",
					keys != NULL ? key_condition("r", key, population->key_type, false) : "");
}

/* The customers to whom the parents with the references $1 belong; NULL for one that is not there. */
char *
parents_customers_query(const Population *population, List *sources, const Source *source)
{
	const Source *parent = source_in(sources, source->parent_id);
	const MappedColumn *reference =
		mapped_column(source->relation, source->parent_key, "the source's parent key");
	char *collate = has_loose_collation(reference)
						? psprintf(" COLLATE %s", generate_collation_name(reference->collation))
						: "";

	return psprintf("SELECT DISTINCT p.segment_key FROM unnest($1) AS changed(ref) LEFT JOIN (%s) AS p "
					"ON p.segment_ref OPERATOR(pg_catalog.=) changed.ref%s",
					parent_query(population, sources, parent, source->parent_column, NULL), collate);
}

char *
population_query(const Population *population, List *features, const KeySet *keys)
{
	StringInfoData query;
	MappedColumn *key;
	ListCell *lc;

	initStringInfo(&query);
	appendStringInfo(&query, "SELECT %s, ", population_key(population, &key));
	if (population->since_column != NULL)
	{
		MappedColumn *since =
			mapped_column(population->relation, population->since_column, "the population's since");

		appendStringInfoString(&query, day_value(psprintf("r.%s", quote_identifier(since->name)), since->type,
												 population->timezone));
	}
	else
		appendStringInfoString(&query, "NULL::date");
	foreach (lc, features)
	{
		Feature *feature = lfirst(lc);

		if (feature->kind == FEATURE_ATTRIBUTE)
			append_attribute(&query, population, feature);
	}
	appendStringInfo(&query, " FROM %s", customers_from(population));
	if (keys != NULL)
		appendStringInfo(&query, " WHERE %s", key_condition("r", key, population->key_type, false));
	if (population->consent_sql != NULL)
		appendStringInfo(&query, " %s c.consents", keys != NULL ? "AND" : "WHERE");
	return query.data;
}

void
probe_query(const Population *population, const char *query)
{
	RestrictedOperation operation;

	restricted_begin(&operation, population->owner, population->timezone);
	sql_query("SELECT * FROM (%s) AS probe LIMIT 0", query);
	restricted_end(&operation);
}
