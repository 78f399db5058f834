/*
 * backfill_range.c
 *	  A range of days in a scheme's history: made free for a backfill, and joined to what is around it.
 *
 * A stay may reach into the range from before, out of it, or across it.  Its
 * parts outside the range are history that is not the backfill's to change.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "assign.h"
#include "backfill_range.h"
#include "sql.h"

/* Stays that begin before the range and end after it become two. */
static void
split_stays(const BackfillRange *range, const char *history, const char *key, const char *member)
{
	char *first = date_sql(range->first);
	char *after = date_sql(range->last + 1);

	sql_run("WITH tails AS (UPDATE %s h SET valid = daterange(lower(h.valid), %s) FROM %s old "
			"WHERE %s AND old.%s OPERATOR(pg_catalog.=) h.%s AND old.valid OPERATOR(pg_catalog.=) h.valid "
			"AND lower(h.valid) OPERATOR(pg_catalog.<) %s "
			"AND COALESCE(upper(h.valid), 'infinity') OPERATOR(pg_catalog.>) %s "
			"RETURNING h.%s AS key, h.segment, upper(old.valid) AS upper, h.version, h.cause) "
			"INSERT INTO %s (%s, segment, valid, version, cause) "
			"SELECT key, segment, daterange(%s, upper), version, cause FROM tails",
			history, first, history, member, key, key, first, after, key, history, key, after);
}

void
backfill_range_clear(const BackfillRange *range)
{
	const char *key = quote_identifier(range->population->key_name);
	char *history = data_name(range->scheme->name, "_history");
	char *first = date_sql(range->first);
	char *last = date_sql(range->last);
	char *after = date_sql(range->last + 1);
	char *member = psprintf("h.%s OPERATOR(pg_catalog.=) ANY (SELECT f.%s FROM %s f)", key, key,
							data_name(range->population->name, "_feature"));

	split_stays(range, history, key, member);
	sql_run("UPDATE %s h SET valid = daterange(%s, upper(h.valid)) WHERE %s "
			"AND lower(h.valid) OPERATOR(pg_catalog.>=) %s AND lower(h.valid) OPERATOR(pg_catalog.<=) %s "
			"AND COALESCE(upper(h.valid), 'infinity') OPERATOR(pg_catalog.>) %s",
			history, after, member, first, last, after);
	sql_run("DELETE FROM %s h WHERE %s AND lower(h.valid) OPERATOR(pg_catalog.>=) %s "
			"AND lower(h.valid) OPERATOR(pg_catalog.<=) %s",
			history, member, first, last);
	sql_run("UPDATE %s h SET valid = daterange(lower(h.valid), %s) WHERE %s "
			"AND h.valid OPERATOR(pg_catalog.@>) %s",
			history, first, member, first);
	sql_run("DELETE FROM %s h WHERE %s AND h.day OPERATOR(pg_catalog.>=) %s "
			"AND h.day OPERATOR(pg_catalog.<=) %s",
			data_name(range->scheme->name, "_transition"), member, first, last);
}

/* Who was there before the range stays until the days say more, also when its events now begin later. */
static void
close_gaps(const BackfillRange *range, const char *history, const char *key)
{
	char *first = date_sql(range->first);

	sql_run(
		"UPDATE %s h SET valid = daterange(lower(h.valid), n.first_day) FROM (SELECT n.%s AS key, "
		"min(lower(n.valid)) AS first_day FROM %s n WHERE lower(n.valid) OPERATOR(pg_catalog.>=) %s "
		"GROUP BY 1) n WHERE h.%s OPERATOR(pg_catalog.=) n.key AND upper(h.valid) OPERATOR(pg_catalog.=) %s "
		"AND n.first_day OPERATOR(pg_catalog.>) %s",
		history, key, history, first, key, first, first);
}

/* Two rows of one stay, the later beginning as "seam" says, become one. */
static void
merge_stays(const char *history, const char *key, const char *seam)
{
	sql_run(
		"WITH later AS (DELETE FROM %s h USING %s before WHERE before.%s OPERATOR(pg_catalog.=) h.%s "
		"AND upper(before.valid) OPERATOR(pg_catalog.=) lower(h.valid) "
		"AND before.segment OPERATOR(pg_catalog.=) h.segment "
		"AND %s RETURNING h.%s AS key, h.valid) "
		"UPDATE %s h SET valid = daterange(lower(h.valid), upper(l.valid)) FROM later l "
		"WHERE h.%s OPERATOR(pg_catalog.=) l.key AND upper(h.valid) OPERATOR(pg_catalog.=) lower(l.valid)",
		history, history, key, key, seam, key, history, key);
}

/* The rules of the version that the days were evaluated by made these moves. */
static void
record_moves(const BackfillRange *range, const char *history, const char *key, const char *seams)
{
	char *transition = data_name(range->scheme->name, "_transition");

	sql_run("INSERT INTO %s (%s, from_segment, to_segment, day, cause, version) "
			"SELECT h.%s, before.segment, h.segment, lower(h.valid), 'definition', h.version "
			"FROM %s before JOIN %s h ON h.%s OPERATOR(pg_catalog.=) before.%s "
			"AND lower(h.valid) OPERATOR(pg_catalog.=) upper(before.valid) "
			"WHERE (%s) AND NOT EXISTS (SELECT FROM %s t WHERE t.%s OPERATOR(pg_catalog.=) h.%s "
			"AND t.day OPERATOR(pg_catalog.=) lower(h.valid) "
			"AND t.to_segment OPERATOR(pg_catalog.=) h.segment)",
			transition, key, key, history, history, key, key, seams, transition, key, key);
}

void
backfill_range_join(const BackfillRange *range)
{
	const char *key = quote_identifier(range->population->key_name);
	char *history = data_name(range->scheme->name, "_history");
	const char *since = quote_identifier(psprintf("%s_since", range->scheme->name));
	char *inside = psprintf("lower(h.valid) OPERATOR(pg_catalog.>=) %s AND lower(h.valid) "
							"OPERATOR(pg_catalog.<=) %s",
							date_sql(range->first), date_sql(range->last));
	char *follows = psprintf("lower(h.valid) OPERATOR(pg_catalog.>) %s", date_sql(range->last));

	close_gaps(range, history, key);
	merge_stays(history, key, inside);
	merge_stays(history, key, follows);
	record_moves(range, history, key, psprintf("%s OR %s", inside, follows));
	sql_run("UPDATE %s s SET %s = lower(h.valid) FROM %s h WHERE h.%s OPERATOR(pg_catalog.=) s.%s "
			"AND upper_inf(h.valid) AND s.%s OPERATOR(pg_catalog.<>) lower(h.valid)",
			data_name(range->population->name, "_segment"), since, history, key, key, since);
}
