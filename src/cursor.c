/*
 * cursor.c
 *	  How far each mapped relation has been read.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "cursor.h"
#include "sql.h"

static char *
cursor_of(const Population *population, const Source *source)
{
	if (source == NULL)
		return psprintf("population_id OPERATOR(pg_catalog.=) %d AND source_id IS NULL", population->id);
	return psprintf("population_id OPERATOR(pg_catalog.=) %d AND source_id OPERATOR(pg_catalog.=) %d",
					population->id, source->id);
}

/* An xmax that the running snapshot's has not reached is of another history of this cluster, or of another
 * cluster. */
Cursor *
cursor_read(const Population *population, const Source *source)
{
	Cursor *cursor;

	if (sql_query(
			"SELECT fingerprint::text FROM segment.cursor WHERE %s "
			"AND pg_snapshot_xmax(last) OPERATOR(pg_catalog.<=) pg_snapshot_xmax(pg_current_snapshot())",
			cursor_of(population, source)) == 0)
		return NULL;
	cursor = palloc(sizeof(Cursor));
	cursor->fingerprint = cell_text(0, 1);
	return cursor;
}

char *
cursor_last_sql(const Population *population, const Source *source)
{
	return psprintf("(SELECT last FROM segment.cursor WHERE %s)", cursor_of(population, source));
}

void
cursor_advance(const Population *population, const Source *source, const char *fingerprint)
{
	if (sql_run("UPDATE segment.cursor SET last = pg_current_snapshot(), fingerprint = %s WHERE %s",
				quote_literal_cstr(fingerprint), cursor_of(population, source)) == 0)
		sql_run("INSERT INTO segment.cursor (population_id, source_id, last, fingerprint) "
				"VALUES (%d, nullif(%d, 0), pg_current_snapshot(), %s)",
				population->id, source != NULL ? source->id : 0, quote_literal_cstr(fingerprint));
}

void
cursor_reset(const Population *population, const Source *source)
{
	sql_run("DELETE FROM segment.cursor WHERE %s", cursor_of(population, source));
}
