/*
 * backfill_slice.c
 *	  A backfill slice by slice: what has been done, and what comes next.
 *
 * A slice is some customers with all their days, so that whoever reads finds
 * each customer's history whole, before or after.  How far it came is committed
 * with the slice: after a crash or a cancel the same call goes on there.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "backfill_slice.h"
#include "catalog.h"
#include "day.h"
#include "guc.h"
#include "sql.h"

/* Is the scheme's run this very one, by the same definitions? */
static char *
same_run_sql(const BackfillRun *run)
{
	return psprintf("scheme_id = %d AND version = %d AND generation = " INT64_FORMAT
					" AND since = %s AND until = %s AND step = %s::interval",
					run->scheme->id, run->scheme->version, run->population->generation, day_sql(run->since),
					day_sql(run->until), quote_literal_cstr(run->step));
}

static void
begin_anew(const BackfillRun *run, const char *author)
{
	backfill_run_end(run);
	sql_run("INSERT INTO segment.backfill_run (scheme_id, version, generation, since, until, step, total, "
			"started_by) SELECT %d, %d, " INT64_FORMAT ", %s, %s, %s, count(*), %s FROM %s",
			run->scheme->id, run->scheme->version, run->population->generation, day_sql(run->since),
			day_sql(run->until), quote_literal_cstr(run->step), quote_literal_cstr(author),
			data_name(run->population->name, "_feature"));
}

int64
backfill_run_begin(const BackfillRun *run, const char *author)
{
	const char *query =
		psprintf("SELECT backfill_id, done, total FROM segment.backfill_run WHERE %s", same_run_sql(run));

	if (sql_query("%s", query) == 0)
		begin_anew(run, author);
	else
		ereport(NOTICE, (errmsg("backfill of scheme \"%s\" goes on where it stopped", run->scheme->name),
						 errdetail(INT64_FORMAT " of " INT64_FORMAT " customers are done.",
								   cell_int64(0, 2, 0), cell_int64(0, 3, 0))));
	sql_query("%s", query);
	return cell_int64(0, 1, 0);
}

void
backfill_run_check(const BackfillRun *run, int64 id)
{
	if (sql_query("SELECT 1 FROM segment.backfill_run WHERE %s AND backfill_id = " INT64_FORMAT,
				  same_run_sql(run), id) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("backfill of scheme \"%s\" was overtaken", run->scheme->name),
				 errdetail("Definitions changed on its way, or another backfill of the scheme was called."),
				 errhint("Each customer's history is whole, but they may differ in how they were evaluated: "
						 "call it again.")));
}

static char *
key_literal(const Population *population, const char *key)
{
	return psprintf("%s::%s", quote_literal_cstr(key), format_type_be_qualified(population->key_type));
}

bool
backfill_run_next(const BackfillRun *run, KeyRange *range)
{
	const Population *population = run->population;
	const char *key = quote_identifier(population->key_name);
	char *done;

	sql_query("SELECT done_key FROM segment.backfill_run WHERE scheme_id = %d", run->scheme->id);
	done = cell_text(0, 1);
	range->after = done ? key_literal(population, done) : NULL;
	if (sql_query("SELECT k::text FROM (SELECT %s AS k FROM %s %s ORDER BY 1 LIMIT %d) s ORDER BY s.k DESC "
				  "LIMIT 1",
				  key, data_name(population->name, "_feature"),
				  done ? psprintf("WHERE %s > %s", key, range->after) : "", segment_backfill_slice) == 0)
		return false;
	range->to = key_literal(population, cell_text(0, 1));
	return true;
}

void
backfill_run_advance(const BackfillRun *run, const KeyRange *range)
{
	const char *key = quote_identifier(run->population->key_name);

	sql_run("UPDATE segment.backfill_run SET done_key = (%s)::text, last_at = now(), done = done + "
			"(SELECT count(*) FROM %s WHERE %s %s <= %s) WHERE scheme_id = %d",
			range->to, data_name(run->population->name, "_feature"),
			range->after ? psprintf("%s > %s AND", key, range->after) : "", key, range->to, run->scheme->id);
}

void
backfill_run_progress(const BackfillRun *run, int64 *done, int64 *total)
{
	sql_query("SELECT done, total FROM segment.backfill_run WHERE scheme_id = %d", run->scheme->id);
	*done = cell_int64(0, 1, 0);
	*total = cell_int64(0, 2, 0);
}

void
backfill_run_end(const BackfillRun *run)
{
	sql_run("DELETE FROM segment.backfill_run WHERE scheme_id = %d", run->scheme->id);
}
