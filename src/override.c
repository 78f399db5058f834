/*
 * override.c
 *	  Overrides: a customer put into a segment by hand, against the rules.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "definition.h"
#include "mapped.h"
#include "override.h"
#include "sql.h"

#define TABLE_SUFFIX "_override"

char *
override_table(const Population *population)
{
	return data_name(population->name, TABLE_SUFFIX);
}

void
override_create(const Population *population)
{
	char *table = new_data_name(population->name, TABLE_SUFFIX);
	const char *key = quote_identifier(population->key_name);

	sql_run(
		"CREATE TABLE %s (%s %s NOT NULL, scheme_id int NOT NULL REFERENCES segment.scheme ON DELETE "
		"CASCADE, "
		"segment text NOT NULL, since date NOT NULL, until date, reason text NOT NULL, author name NOT NULL, "
		"created_at timestamptz NOT NULL DEFAULT clock_timestamp(), lifted_on date, lifted_at timestamptz, "
		"lifted_by name)",
		table, key, type_name(population->key_type));
	sql_run("CREATE UNIQUE INDEX ON %s (%s, scheme_id) WHERE lifted_on IS NULL", table, key);
	sql_run("COMMENT ON TABLE %s IS %s", table,
			quote_literal_cstr(
				psprintf("population \"%s\": customers put into a segment by hand, by whom and why; "
						 "written by segment.override and segment.lift_override",
						 population->name)));
	sql_run("COMMENT ON COLUMN %s.until IS 'the last day at whose end it holds; NULL: until lifted'", table);
	sql_run("COMMENT ON COLUMN %s.lifted_on IS 'the first day at whose end it no longer holds, or another "
			"override took its place'",
			table);
	belongs_to_extension(table);
}

void
override_drop(const Population *population)
{
	sql_run("DROP TABLE %s", override_table(population));
}

bool
override_exists(const Population *population, const Scheme *scheme)
{
	return !data_is_empty(population->name, TABLE_SUFFIX) &&
		   sql_query("SELECT 1 FROM %s WHERE scheme_id OPERATOR(pg_catalog.=) %d LIMIT 1",
					 override_table(population), scheme->id) > 0;
}

Override *
override_on(const Population *population, const Scheme *scheme, Datum key, DateADT day)
{
	Oid types[] = {population->key_type, DATEOID};
	Datum values[] = {key, DateADTGetDatum(day)};
	Override *override;
	char *query;
	bool isnull;

	if (data_is_empty(population->name, TABLE_SUFFIX))
		return NULL;
	query = psprintf(
		"SELECT segment, author, reason, since, until FROM %s "
		"WHERE %s OPERATOR(pg_catalog.=) $1 AND scheme_id OPERATOR(pg_catalog.=) %d "
		"AND since OPERATOR(pg_catalog.<=) $2 AND COALESCE(until, 'infinity') OPERATOR(pg_catalog.>=) $2 "
		"AND COALESCE(lifted_on, 'infinity') OPERATOR(pg_catalog.>) $2 ORDER BY created_at DESC LIMIT 1",
		override_table(population), quote_identifier(population->key_name), scheme->id);
	if (SPI_execute_with_args(query, lengthof(types), types, values, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not run \"%s\"", query);
	if (SPI_processed == 0)
		return NULL;
	override = palloc0(sizeof(Override));
	override->segment = cell_text(0, 1);
	override->author = cell_text(0, 2);
	override->reason = cell_text(0, 3);
	override->since = DatumGetDateADT(cell_datum(0, 4, &isnull));
	override->until = DatumGetDateADT(cell_datum(0, 5, &isnull));
	override->has_until = !isnull;
	return override;
}

/* An override into a segment that the version no longer has sleeps: nobody is in a segment there is not. */
static char *
segment_names(const SchemeDefinition *definition)
{
	StringInfoData names;
	ListCell *lc;

	initStringInfo(&names);
	appendStringInfo(&names, "ARRAY[%s", quote_literal_cstr(definition->default_segment));
	foreach (lc, definition->segments)
		appendStringInfo(&names, ", %s", quote_literal_cstr(((SegmentRule *) lfirst(lc))->name));
	appendStringInfoString(&names, "]::text[]");
	return names.data;
}

char *
override_join_sql(const Population *population, const Scheme *scheme, const SchemeDefinition *definition,
				  const char *alias)
{
	const char *key = quote_identifier(population->key_name);

	return psprintf("\n  LEFT JOIN %s %s ON %s.%s OPERATOR(pg_catalog.=) the_customer.%s "
					"AND %s.scheme_id OPERATOR(pg_catalog.=) %d AND %s.lifted_on IS NULL "
					"AND %s.segment OPERATOR(pg_catalog.=) ANY (%s)",
					override_table(population), alias, alias, key, key, alias, scheme->id, alias, alias,
					segment_names(definition));
}

char *
override_segment_sql(const char *alias)
{
	return psprintf(
		"CASE WHEN %s.since OPERATOR(pg_catalog.<=) the_day.day "
		"AND (%s.until IS NULL OR %s.until OPERATOR(pg_catalog.>=) the_day.day) THEN %s.segment END",
		alias, alias, alias, alias);
}
