/*
 * scorecard_rows.c
 *	  A scorecard brought up to date at the cost of the periods that changed.
 *
 * REFRESH MATERIALIZED VIEW CONCURRENTLY computes the whole view into a
 * temporary table and compares all of it: that grows with every final period,
 * and those do not change.  Here the same is done for the periods that may
 * differ: their rows are compared, and what differs is written under the same
 * lock, by the table's access method, as REFRESH does below SQL.  Readers go on,
 * and whoever wants to can still REFRESH by hand.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "collect.h"
#include "scorecard_rows.h"
#include "sql.h"
#include "table_writer.h"

#define KEY                                                                                                  \
	"w.period_start = s.period_start AND w.segment = s.segment AND w.source = s.source "                     \
	"AND w.metric = s.metric AND w.dimension = s.dimension"

/* The periods of a relation, at the cost of a probe of its index each: a recursive query of that name. */
static char *
periods_of(const char *name, const char *relation)
{
	return psprintf("%1$s (period_start) AS (SELECT min(period_start) FROM %2$s UNION ALL "
					"SELECT (SELECT min(n.period_start) FROM %2$s n WHERE n.period_start > p.period_start) "
					"FROM %1$s p WHERE p.period_start IS NOT NULL)",
					name, relation);
}

/* All facts of a period are final, or none, so the first in the index tells; NULL: there are none. */
static char *
is_final_in(const char *relation)
{
	return psprintf(
		"(SELECT r.is_final FROM %s r WHERE r.period_start = p.period_start ORDER BY r.segment LIMIT 1)",
		relation);
}

static char *
changed_periods(const Scheme *scheme, const char *scorecard, int64 generation)
{
	char *facts = data_name(scheme->name, "_facts");
	Collected *rows;
	TupleTableSlot *row;
	char *periods;

	/* Another text every time, whose plan is not worth keeping. */
	rows = collect(
		psprintf("WITH RECURSIVE %s, %s SELECT coalesce(array_agg(p.period_start), '{}')::text "
				 "FROM (TABLE computed UNION TABLE shown) p WHERE p.period_start IS NOT NULL "
				 "AND ((%s AND %s) IS NOT TRUE OR p.period_start IN (SELECT r.period_start "
				 "FROM segment.restatement r WHERE r.scheme_id = %d AND r.generation > " INT64_FORMAT "))",
				 periods_of("computed", facts), periods_of("shown", scorecard), is_final_in(facts),
				 is_final_in(scorecard), scheme->id, generation));
	row = collected_slot(rows);
	periods = collected_next(rows, row) ? slot_text(row, 1) : NULL;
	ExecDropSingleTupleTableSlot(row);
	collected_free(rows);
	return periods;
}

/* Rows (tid, what the view's query says): without tid they are new, without the rest they are gone. */
static Collected *
differences(const char *scorecard, const char *periods)
{
	char *definition;

	sql_query("SELECT pg_get_viewdef(%s::regclass)", quote_literal_cstr(scorecard));
	definition = cell_text(0, 1);
	definition[strlen(definition) - 1] = '\0'; /* the semicolon */
	return collect(
		psprintf("SELECT s.tid, w.* FROM (SELECT d.* FROM (%s) d WHERE d.period_start = ANY (%s::date[])) w "
				 "FULL JOIN (SELECT m.ctid AS tid, m AS stored, m.period_start, m.segment, m.source, "
				 "m.metric, m.dimension FROM %s m WHERE m.period_start = ANY (%s::date[])) s ON " KEY
				 " WHERE s.tid IS NULL OR w.period_start IS NULL OR w OPERATOR(pg_catalog.*<>) s.stored",
				 definition, quote_literal_cstr(periods), scorecard, quote_literal_cstr(periods)));
}

static void
write_row(TableWriter *writer, TupleTableSlot *row)
{
	TupleTableSlot *slot = table_writer_slot(writer);
	int ncolumns = slot->tts_tupleDescriptor->natts;
	ItemPointer tid;

	slot_getallattrs(row);
	tid = row->tts_isnull[0] ? NULL : (ItemPointer) DatumGetPointer(row->tts_values[0]);
	if (row->tts_isnull[1])
	{
		table_writer_delete(writer, tid);
		return;
	}
	memcpy(slot->tts_values, row->tts_values + 1, ncolumns * sizeof(Datum));
	memcpy(slot->tts_isnull, row->tts_isnull + 1, ncolumns * sizeof(bool));
	if (tid)
		table_writer_update(writer, tid, slot);
	else
		table_writer_insert(writer, slot);
}

void
scorecard_rows_update(const Scheme *scheme, const char *scorecard, int64 generation)
{
	Oid relid = data_oid(scorecard);
	char *periods;
	Collected *rows;
	TupleTableSlot *row;
	TableWriter *writer;

	/* as REFRESH CONCURRENTLY: one at a time, readers undisturbed; what is read from here on is the newest */
	LockRelationOid(relid, ExclusiveLock);
	periods = changed_periods(scheme, scorecard, generation);
	rows = differences(scorecard, periods);
	row = collected_slot(rows);
	writer = table_writer_open(relid);
	if (table_writer_relation(writer)->rd_att->natts != rows->desc->natts - 1)
		elog(ERROR, "scorecard %s has not the columns of its query", scorecard);
	while (collected_next(rows, row))
	{
		CHECK_FOR_INTERRUPTS();
		write_row(writer, row);
	}
	table_writer_close(writer);
	ExecDropSingleTupleTableSlot(row);
	collected_free(rows);
}
