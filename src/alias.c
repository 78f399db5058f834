/*
 * alias.c
 *	  Merged customers: keys that stand for another customer's.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "alias.h"
#include "definition.h"
#include "mapped.h"
#include "sql.h"

#define TABLE_SUFFIX "_alias"

char *
alias_table(const Population *population)
{
	return data_name(population->name, TABLE_SUFFIX);
}

void
alias_create(const Population *population)
{
	char *table = new_data_name(population->name, TABLE_SUFFIX);
	char *type = type_name(population->key_type);

	sql_run("CREATE TABLE %s (duplicate %s PRIMARY KEY, survivor %s NOT NULL, merged boolean NOT NULL "
			"DEFAULT true, "
			"xid xid8 NOT NULL DEFAULT pg_current_xact_id(), author name NOT NULL, "
			"changed_at timestamptz NOT NULL DEFAULT clock_timestamp())",
			table, type, type);
	sql_run(
		"COMMENT ON TABLE %s IS %s", table,
		quote_literal_cstr(psprintf("population \"%s\": customers that are the same as another; written by "
									"segment.merge_customer and segment.unmerge_customer",
									population->name)));
	sql_run("COMMENT ON COLUMN %s.merged IS 'false: parted again'", table);
	sql_run("COMMENT ON COLUMN %s.xid IS 'the transaction that merged or parted them'", table);
	belongs_to_extension(table);
}

void
alias_drop(const Population *population)
{
	sql_run("DROP TABLE %s", alias_table(population));
}

static Datum
key_cell(const KeySet *set, uint64 row, int column)
{
	bool isnull;
	Datum key = cell_datum(row, column, &isnull);

	return set->type.length == -1 ? PointerGetDatum(PG_DETOAST_DATUM_PACKED(key)) : key;
}

static void
add_alias(Aliases *aliases, Datum duplicate, Datum survivor)
{
	int place = aliases->duplicates->nkeys;
	int of;

	keyset_add(aliases->duplicates, duplicate, false);
	if (keyset_add(aliases->survivors, survivor, false))
		aliases->first[aliases->survivors->nkeys - 1] = -1;
	of = (int) keyset_place(aliases->survivors, survivor);
	aliases->survivor[place] = aliases->survivors->keys[of];
	aliases->next[place] = aliases->first[of];
	aliases->first[of] = place;
}

/* Of the rows (duplicate, survivor) at hand; NULL when there are none. */
static Aliases *
aliases_of_rows(const Population *population, uint64 count)
{
	Aliases *aliases;

	if (count == 0)
		return NULL;
	aliases = palloc(sizeof(Aliases));
	aliases->duplicates = keyset_create(population->key_type, get_typcollation(population->key_type));
	aliases->survivors = keyset_create(population->key_type, get_typcollation(population->key_type));
	aliases->survivor = palloc_extended(sizeof(Datum) * count, MCXT_ALLOC_HUGE);
	aliases->first = palloc_extended(sizeof(int) * count, MCXT_ALLOC_HUGE);
	aliases->next = palloc_extended(sizeof(int) * count, MCXT_ALLOC_HUGE);
	for (uint64 row = 0; row < count; row++)
		add_alias(aliases, key_cell(aliases->duplicates, row, 1), key_cell(aliases->duplicates, row, 2));
	return aliases;
}

Aliases *
aliases_read(const Population *population)
{
	if (data_is_empty(population->name, TABLE_SUFFIX))
		return NULL;
	return aliases_of_rows(
		population, sql_query("SELECT duplicate, survivor FROM %s WHERE merged", alias_table(population)));
}

/* Rows of the table for one key, the only parameter. */
static uint64
query_of_key(const Population *population, const char *query, Datum key)
{
	Oid types[] = {population->key_type};

	if (SPI_execute_with_args(query, 1, types, &key, NULL, api_reads_by_snapshot(), 0) != SPI_OK_SELECT)
		elog(ERROR, "could not run \"%s\"", query);
	return SPI_processed;
}

bool
alias_is_duplicate(const Aliases *aliases, Datum key)
{
	return aliases != NULL && keyset_contains(aliases->duplicates, key, false);
}

Datum
alias_survivor(const Aliases *aliases, Datum key)
{
	int64 place = aliases != NULL ? keyset_place(aliases->duplicates, key) : -1;

	return place >= 0 ? aliases->survivor[place] : key;
}

Datum
alias_survivor_of(const Population *population, Datum key)
{
	char *query;
	bool isnull;

	if (data_is_empty(population->name, TABLE_SUFFIX))
		return key;
	query = psprintf("SELECT survivor FROM %s WHERE duplicate OPERATOR(pg_catalog.=) $1 AND merged",
					 alias_table(population));
	return query_of_key(population, query, key) == 1 ? cell_datum(0, 1, &isnull) : key;
}

Aliases *
aliases_read_of(const Population *population, Datum key)
{
	char *query;

	if (data_is_empty(population->name, TABLE_SUFFIX))
		return NULL;
	query = psprintf("SELECT duplicate, survivor FROM %s WHERE survivor OPERATOR(pg_catalog.=) $1 AND merged",
					 alias_table(population));
	return aliases_of_rows(population, query_of_key(population, query, alias_survivor_of(population, key)));
}

KeySet *
aliases_close(const Aliases *aliases, KeySet *keys)
{
	KeySet *closed;

	if (aliases == NULL)
		return keys;
	closed = keyset_create(keys->type.type, keys->type.collation);
	closed->has_null = keys->has_null;
	for (uint32 i = 0; i < keys->nkeys; i++)
	{
		Datum survivor = alias_survivor(aliases, keys->keys[i]);
		int64 place = keyset_place(aliases->survivors, survivor);

		keyset_add(closed, survivor, false);
		if (place < 0)
			continue;
		for (int duplicate = aliases->first[place]; duplicate >= 0; duplicate = aliases->next[duplicate])
			keyset_add(closed, aliases->duplicates->keys[duplicate], false);
	}
	return closed;
}

/* One from the future is another cluster's, brought by a restore. */
char *
alias_recent_sql(const Population *population)
{
	if (data_is_empty(population->name, TABLE_SUFFIX))
		return NULL;
	return psprintf("SELECT unnest(ARRAY[a.duplicate, a.survivor]) FROM %s a, segment.cursor c "
					"WHERE c.population_id OPERATOR(pg_catalog.=) %d AND c.source_id IS NULL "
					"AND NOT pg_visible_in_snapshot(a.xid, c.last) "
					"AND a.xid OPERATOR(pg_catalog.<) pg_snapshot_xmax(pg_current_snapshot())",
					alias_table(population), population->id);
}
