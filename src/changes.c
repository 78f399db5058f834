/*
 * changes.c
 *	  What changed since the last refresh, relation by relation.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "alias.h"
#include "capture_install.h"
#include "change_log.h"
#include "changes.h"
#include "collect.h"
#include "cursor.h"
#include "debug.h"
#include "fingerprint.h"
#include "guc.h"
#include "mapped.h"
#include "restricted.h"
#include "source_query.h"
#include "sql.h"

/* The column whose values the relation's log holds. */
static const MappedColumn *
logged_column(const Population *population, const Source *source)
{
	return mapped_column(source ? source->relation : population->relation,
						 captured_column(population, source), "the captured column");
}

static KeySet *
customer_set(const Population *population)
{
	return keyset_create(population->key_type, get_typcollation(population->key_type));
}

/* A child's log names parents; as the owner, find whose they are in this snapshot. */
static KeySet *
customers_of_parents(const Population *population, List *sources, const Source *source,
					 const KeySet *references)
{
	KeySet *set = customer_set(population);
	RestrictedOperation as_owner;
	Collected *rows;

	set->has_null = references->has_null;
	if (references->nkeys == 0)
		return set;
	restricted_begin(&as_owner, population->owner, population->timezone);
	rows = collect_for_keys(parents_customers_query(population, sources, source), references);
	restricted_end(&as_owner);
	keyset_add_collected(set, rows);
	return set;
}

/*
 * Add the logged keys, each as "value" makes it; false when the log says
 * everything changed, which it lists as one row.
 */
static bool
add_logged(KeySet *set, const char *value, const char *unseen)
{
	uint64 found =
		sql_query("SELECT DISTINCT everything, %s FROM %s ORDER BY everything DESC", value, unseen);

	if (found > 0 && cell_bool(0, 1))
		return false;
	for (uint64 row = 0; row < found; row++)
	{
		bool isnull;
		Datum key = cell_datum(row, 2, &isnull);

		if (!isnull && set->type.length == -1)
			key = PointerGetDatum(PG_DETOAST_DATUM_PACKED(key));
		keyset_add(set, key, isnull);
	}
	return true;
}

/* Customers of what the log has that we have not seen; NULL is everyone. */
static KeySet *
changed_customers(const Population *population, List *sources, const Source *source)
{
	const MappedColumn *column = logged_column(population, source);
	char *unseen = change_log_unseen(population, source, cursor_last_sql(population, source));
	KeySet *customers = customer_set(population);
	KeySet *references;

	if (source == NULL || source->parent_id == 0)
		return add_logged(customers, key_value("key", column->stored_type, population->key_type), unseen)
				   ? customers
				   : NULL;
	references = keyset_create(column->stored_type, get_typcollation(column->stored_type));
	if (!add_logged(references, "key", unseen))
		return NULL;
	return customers_of_parents(population, sources, source, references);
}

/*
 * With the fingerprint the same as when it was last read, the triggers are as
 * they were then, and they were in place, or there would be no cursor.
 */
static bool
captured_since(const Population *population, const Source *source, const char *now)
{
	Cursor *cursor = cursor_read(population, source);
	ChangeLog log;

	return cursor != NULL && change_log_find(population->name, source ? source->name : NULL, &log) &&
		   fingerprint_compare(cursor->fingerprint, now) == FINGERPRINT_SAME;
}

static RelationChanges *
read_relation(const Population *population, List *sources, const Source *source, const Aliases *aliases)
{
	RelationChanges *changes = palloc0(sizeof(RelationChanges));

	changes->source = source;
	changes->fingerprint = fingerprint(population, source);
	DEBUG_POINT("changes-after-fingerprint");
	if (!captured_since(population, source, changes->fingerprint))
		changes->captured = capture_problem(population, source) == NULL;
	else
	{
		changes->captured = true;
		changes->customers = change_log_is_empty(population, source)
								 ? customer_set(population)
								 : changed_customers(population, sources, source);
	}
	changes->everyone = changes->customers == NULL;
	if (changes->customers != NULL)
		changes->customers = aliases_close(aliases, changes->customers);
	DEBUG_POINT("changes-after-relation");
	return changes;
}

KeySet *
changes_of_population(const Population *population, const Aliases *aliases)
{
	return read_relation(population, NIL, NULL, aliases)->customers;
}

static RelationChanges *
changes_of_source(const Changes *changes, int source_id)
{
	ListCell *lc;

	foreach (lc, changes->sources)
	{
		RelationChanges *relation = lfirst(lc);

		if (relation->source->id == source_id)
			return relation;
	}
	return NULL;
}

/* Children are recomputed with their parents: a parent's row may have changed hands, day or existence. */
static void
inherit_from_parent(const Changes *changes, RelationChanges *child)
{
	RelationChanges *parent;

	if (child->source->parent_id == 0)
		return;
	parent = changes_of_source(changes, child->source->parent_id);
	if (parent->everyone)
		child->everyone = true;
	else if (!child->everyone)
		keyset_add_all(child->customers, parent->customers);
}

/* Past this share of the customers reading all of a relation in one go is cheaper than reading by key. */
static void
prefer_bulk(RelationChanges *relation, double customers)
{
	if (!relation->everyone && relation->customers->nkeys > customers * segment_bulk_fraction)
		relation->everyone = true;
}

static void
unite(Changes *changes)
{
	ListCell *lc;

	changes->customers = customer_set(changes->population);
	changes->everyone = changes->own.everyone;
	if (!changes->own.everyone)
		keyset_add_all(changes->customers, changes->own.customers);
	foreach (lc, changes->sources)
	{
		RelationChanges *relation = lfirst(lc);

		changes->everyone |= relation->everyone;
		if (!relation->everyone)
			keyset_add_all(changes->customers, relation->customers);
	}
}

Changes *
changes_read(const Population *population, List *sources)
{
	Changes *changes = palloc0(sizeof(Changes));
	double customers = Max(population->customers, 1000);
	const Aliases *aliases = aliases_read(population);
	ListCell *lc;

	changes->population = population;
	changes->own = *read_relation(population, sources, NULL, aliases);
	prefer_bulk(&changes->own, customers);
	foreach (lc, sources)
	{
		RelationChanges *relation = read_relation(population, sources, lfirst(lc), aliases);

		inherit_from_parent(changes, relation);
		prefer_bulk(relation, customers);
		changes->sources = lappend(changes->sources, relation);
	}
	unite(changes);
	DEBUG_POINT("changes-after-read");
	return changes;
}

bool
changes_are_none(const Changes *changes)
{
	return !changes->everyone && keyset_is_empty(changes->customers);
}

static void
relation_done(const Population *population, const RelationChanges *relation)
{
	if (relation->captured)
		cursor_advance(population, relation->source, relation->fingerprint);
	else
		cursor_reset(population, relation->source);
	DEBUG_POINT("cursor-after-one");
}

void
changes_done(const Changes *changes)
{
	ListCell *lc;

	relation_done(changes->population, &changes->own);
	foreach (lc, changes->sources)
		relation_done(changes->population, lfirst(lc));
}
