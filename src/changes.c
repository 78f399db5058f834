/*
 * changes.c
 *	  What changed since the last refresh, relation by relation.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "capture_install.h"
#include "change_log.h"
#include "changes.h"
#include "collect.h"
#include "cursor.h"
#include "fingerprint.h"
#include "guc.h"
#include "mapped.h"
#include "restricted.h"
#include "source_query.h"
#include "sql.h"

static void
add_collected(KeySet *set, Collected *rows)
{
	TupleTableSlot *slot = collected_slot(rows);

	while (collected_next(rows, slot))
	{
		bool isnull;
		Datum key = slot_getattr(slot, 1, &isnull);

		if (!isnull && set->type.length == -1)
			key = PointerGetDatum(PG_DETOAST_DATUM_PACKED(key));
		keyset_add(set, key, isnull);
	}
	ExecDropSingleTupleTableSlot(slot);
	collected_free(rows);
}

/* The column whose values the relation's log holds. */
static const MappedColumn *
logged_column(const Population *population, const Source *source)
{
	return mapped_column(source ? source->relation : population->relation, captured_column(population, source),
						 "the captured column");
}

static KeySet *
customer_set(const Population *population)
{
	return keyset_create(population->key_type, get_typcollation(population->key_type));
}

/* Keys that are customers already, from a query with one column of the logged type called key. */
static KeySet *
customers_of_keys(const Population *population, const MappedColumn *column, const char *from)
{
	KeySet *set = customer_set(population);

	add_collected(set, collect(psprintf("SELECT DISTINCT %s FROM %s",
										key_value("key", column->stored_type, population->key_type), from)));
	return set;
}

/* A child's log names parents; as the owner, find whose they are in this snapshot. */
static KeySet *
customers_of_parents(const Population *population, List *sources, const Source *source, const KeySet *references)
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
	add_collected(set, rows);
	return set;
}

static KeySet *
changed_customers(const Population *population, List *sources, const Source *source, const char *from)
{
	const MappedColumn *column = logged_column(population, source);
	KeySet *references;

	if (source == NULL || source->parent_id == 0)
		return customers_of_keys(population, column, from);
	references = keyset_create(column->stored_type, get_typcollation(column->stored_type));
	add_collected(references, collect(psprintf("SELECT DISTINCT key FROM %s", from)));
	return customers_of_parents(population, sources, source, references);
}

/* More than the log would list; then the whole relation is read. */
static bool
everything_logged(const char *unseen)
{
	return sql_query("SELECT 1 FROM %s AND everything LIMIT 1", unseen) > 0;
}

static RelationChanges *
read_relation(const Population *population, List *sources, const Source *source)
{
	RelationChanges *changes = palloc0(sizeof(RelationChanges));
	Cursor *cursor = cursor_read(population, source);
	char *unseen;

	changes->source = source;
	changes->everyone = true;
	changes->fingerprint = fingerprint(population, source);
	if (cursor == NULL || capture_problem(population, source) != NULL ||
		fingerprint_compare(cursor->fingerprint, changes->fingerprint) != FINGERPRINT_SAME)
		return changes;
	unseen = change_log_unseen(population, source, cursor->last);
	if (everything_logged(unseen))
		return changes;
	changes->everyone = false;
	changes->customers = changed_customers(population, sources, source, unseen);
	return changes;
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

static double
estimated_customers(const Population *population)
{
	sql_query("SELECT GREATEST(reltuples, 1000)::float8 FROM pg_class WHERE oid OPERATOR(pg_catalog.=) %s::regclass",
			  quote_literal_cstr(data_name(population->name, "_feature")));
	return DatumGetFloat8(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &(bool) {false}));
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
	double customers = estimated_customers(population);
	ListCell *lc;

	changes->population = population;
	changes->own = *read_relation(population, sources, NULL);
	prefer_bulk(&changes->own, customers);
	foreach (lc, sources)
	{
		RelationChanges *relation = read_relation(population, sources, lfirst(lc));

		inherit_from_parent(changes, relation);
		prefer_bulk(relation, customers);
		changes->sources = lappend(changes->sources, relation);
	}
	unite(changes);
	return changes;
}

bool
changes_are_none(const Changes *changes)
{
	return !changes->everyone && keyset_is_empty(changes->customers);
}

void
changes_done(const Changes *changes)
{
	ListCell *lc;

	cursor_advance(changes->population, NULL, changes->own.fingerprint);
	foreach (lc, changes->sources)
	{
		RelationChanges *relation = lfirst(lc);

		cursor_advance(changes->population, relation->source, relation->fingerprint);
	}
}
