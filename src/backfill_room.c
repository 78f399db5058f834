/*
 * backfill_room.c
 *	  Room in a scheme's stored past for days that are written anew, and the seams where they meet
 *	  what stays.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "backfill_room.h"
#include "day.h"
#include "sql.h"

/* " AND" the condition on the customers it is about. */
char *
key_range_sql(const KeyRange *range, const Population *population, const char *alias)
{
	const char *key = quote_identifier(population->key_name);
	StringInfoData sql;

	initStringInfo(&sql);
	if (range != NULL && range->after != NULL)
		appendStringInfo(&sql, " AND %s.%s OPERATOR(pg_catalog.>) %s", alias, key, range->after);
	if (range != NULL && range->to != NULL)
		appendStringInfo(&sql, " AND %s.%s OPERATOR(pg_catalog.<=) %s", alias, key, range->to);
	return sql.data;
}

/* What of the past is written anew: rows of customers that are there to be evaluated.  Who has left, or is
 * left out as failing, keeps what was. */
static char *
is_evaluated(const BackfillSpan *span, const char *alias)
{
	const Population *population = span->plan->population;
	const char *key = quote_identifier(population->key_name);

	return psprintf("EXISTS (SELECT 1 FROM %s the_customer WHERE the_customer.%s OPERATOR(pg_catalog.=) "
					"%s.%s AND (%s))%s",
					data_name(population->name, "_feature"), key, alias, key,
					span->plan->only ? span->plan->only : "true",
					key_range_sql(span->range, population, alias));
}

/* What reaches beyond the last day goes on from the day after; what it was before the first day stays a row
 * of its own. */
static void
split_later(const BackfillSpan *span)
{
	char *history = data_name(span->scheme->scheme->name, "_history");
	const char *key = quote_identifier(span->plan->population->key_name);
	char *first = day_sql(span->days[0]);
	char *after = day_sql(span->days[span->ndays - 1] + 1);

	sql_run("WITH later AS (UPDATE %s h SET valid = daterange(%s, upper(h.valid)) FROM %s old "
			"WHERE old.ctid OPERATOR(pg_catalog.=) h.ctid AND old.valid OPERATOR(pg_catalog.@>) %s "
			"AND lower(old.valid) OPERATOR(pg_catalog.<) %s AND %s RETURNING old.*) "
			"INSERT INTO %s (%s, segment, valid, version, cause) SELECT %s, segment, daterange(lower(valid), "
			"%s), version, cause "
			"FROM later WHERE lower(valid) OPERATOR(pg_catalog.<) %s",
			history, after, history, after, after, is_evaluated(span, "old"), history, key, key, first,
			first);
}

/* Make room: the days being written replace what was there for them. */
void
backfill_make_room(const BackfillSpan *span)
{
	char *history = data_name(span->scheme->scheme->name, "_history");
	char *first = day_sql(span->days[0]);
	char *last = day_sql(span->days[span->ndays - 1]);

	if (!span->current)
		split_later(span);
	sql_run("DELETE FROM %s h WHERE lower(valid) OPERATOR(pg_catalog.>=) %s AND lower(valid) "
			"OPERATOR(pg_catalog.<=) %s AND %s",
			history, first, last, is_evaluated(span, "h"));
	sql_run(
		"UPDATE %s h SET valid = daterange(lower(valid), %s) WHERE valid OPERATOR(pg_catalog.@>) %s AND %s",
		history, first, first, is_evaluated(span, "h"));
	sql_run("DELETE FROM %s t WHERE day OPERATOR(pg_catalog.>=) %s AND day OPERATOR(pg_catalog.<=) %s AND %s",
			data_name(span->scheme->scheme->name, "_transition"), first, last, is_evaluated(span, "t"));
}

/* Who was there before the first day stays until the days say more, also when its events now begin later. */
static void
close_gap(const BackfillSpan *span)
{
	char *history = data_name(span->scheme->scheme->name, "_history");
	const char *key = quote_identifier(span->plan->population->key_name);
	char *first = day_sql(span->days[0]);

	sql_run("UPDATE %s h SET valid = daterange(lower(h.valid), n.first_day) FROM (SELECT l.%s AS key, "
			"min(lower(l.valid)) AS "
			"first_day FROM %s l WHERE lower(l.valid) OPERATOR(pg_catalog.>=) %s%s GROUP BY 1) n "
			"WHERE h.%s OPERATOR(pg_catalog.=) n.key AND upper(h.valid) OPERATOR(pg_catalog.=) %s "
			"AND n.first_day OPERATOR(pg_catalog.>) %s AND %s",
			history, key, history, first, key_range_sql(span->range, span->plan->population, "l"), key, first,
			first, is_evaluated(span, "h"));
}

/* Where two rows of a customer meet: a, and b that follows it and is the first to begin on or after the given
 * day. */
static char *
seam_sql(const BackfillSpan *span, DateADT day)
{
	char *history = data_name(span->scheme->scheme->name, "_history");
	const char *key = quote_identifier(span->plan->population->key_name);

	return psprintf(
		"%s a JOIN %s b ON b.%s OPERATOR(pg_catalog.=) a.%s AND lower(b.valid) OPERATOR(pg_catalog.=) "
		"upper(a.valid) "
		"AND lower(b.valid) OPERATOR(pg_catalog.>=) %s AND lower(a.valid) OPERATOR(pg_catalog.<) %s AND %s",
		history, history, key, key, day_sql(day), day_sql(day), is_evaluated(span, "a"));
}

/* That t, a move on the day on which b begins, goes on from a: it or one before it left a's segment. */
static char *
goes_on_sql(const char *transition, const char *key)
{
	return psprintf("EXISTS (SELECT 1 FROM %s l WHERE l.%s OPERATOR(pg_catalog.=) a.%s AND l.day "
					"OPERATOR(pg_catalog.=) t.day AND l.seq OPERATOR(pg_catalog.<=) t.seq "
					"AND l.from_segment OPERATOR(pg_catalog.=) a.segment)",
					transition, key, key);
}

/* One stay, one row; and a move between different ones, from where the customer now comes. */
static void
close_seam(const BackfillSpan *span, DateADT day)
{
	const Scheme *scheme = span->scheme->scheme;
	char *history = data_name(scheme->name, "_history");
	char *transition = data_name(scheme->name, "_transition");
	const char *key = quote_identifier(span->plan->population->key_name);
	char *seam = seam_sql(span, day);

	/* Within a stay there are no moves; there were where somebody came and left on one day, and so had none.
	 */
	sql_run("DELETE FROM %s t USING %s WHERE t.%s OPERATOR(pg_catalog.=) a.%s AND "
			"(t.day OPERATOR(pg_catalog.>) lower(a.valid) AND t.day OPERATOR(pg_catalog.<) lower(b.valid) "
			"OR t.day OPERATOR(pg_catalog.=) lower(b.valid) "
			"AND (a.segment OPERATOR(pg_catalog.=) b.segment OR NOT %s))",
			transition, seam, key, key, goes_on_sql(transition, key));
	sql_run(
		"WITH joined AS (DELETE FROM %s gone USING %s WHERE gone.ctid OPERATOR(pg_catalog.=) b.ctid "
		"AND a.segment OPERATOR(pg_catalog.=) b.segment RETURNING a.ctid AS kept, upper(b.valid) AS until) "
		"UPDATE %s h SET valid = daterange(lower(h.valid), joined.until) FROM joined "
		"WHERE h.ctid OPERATOR(pg_catalog.=) joined.kept",
		history, seam, history);
	sql_run("INSERT INTO %s (%s, from_segment, to_segment, day, cause, version) "
			"SELECT a.%s, a.segment, b.segment, lower(b.valid), b.cause, b.version FROM %s WHERE NOT EXISTS "
			"(SELECT 1 FROM %s t "
			"WHERE t.%s OPERATOR(pg_catalog.=) a.%s AND t.day OPERATOR(pg_catalog.=) lower(b.valid))",
			transition, key, key, seam, transition, key, key);
}

/* A stay that a backfill found to have begun earlier: of how many customers. */
uint64
backfill_update_since(const BackfillSpan *span)
{
	const char *name = span->scheme->scheme->name;
	const char *key = quote_identifier(span->plan->population->key_name);
	const char *since = quote_identifier(psprintf("%s_since", name));

	return sql_run("UPDATE %s s SET %s = lower(h.valid) FROM %s h WHERE h.%s OPERATOR(pg_catalog.=) s.%s AND "
				   "upper_inf(h.valid) "
				   "AND s.%s OPERATOR(pg_catalog.<>) lower(h.valid)%s",
				   data_name(span->plan->population->name, "_segment"), since, data_name(name, "_history"),
				   key, key, since, key_range_sql(span->range, span->plan->population, "s"));
}

void
backfill_close(const BackfillSpan *span)
{
	close_gap(span);
	close_seam(span, span->days[0]);
	close_seam(span, span->days[span->ndays - 1] + 1);
}
