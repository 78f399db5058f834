/*
 * facts.c
 *	  Facts per period of a scheme: segment_data.<scheme>_facts.
 *
 * Facts are long: one value per period, row, source, dimension label and
 * measure, every one of them additive, no subtotals.  The source of the six
 * customer counts is ''; the dimension of events without a label is ''.
 * Measures are stored under their metric's name, which is the column they
 * have in wide scorecards, so that those need no dictionary.
 *
 * All periods that want computing are computed in one pass (facts_pass.c).
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "parser/parse_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#include "debug.h"
#include "facts.h"
#include "facts_cells.h"
#include "facts_pass.h"
#include "period.h"
#include "scorecard.h"
#include "sql.h"

#define ESCAPE "_sum" /* appended to measures named like something else */

PG_FUNCTION_INFO_V1(segment_update_facts);

/* What one call of facts_update computes: "nperiods" in a row, of which it writes the wanted. */
typedef struct FactsRun
{
	const Population *population;
	const Scheme *scheme;
	DateADT first_day;
	DateADT as_of;
	Period *periods;
	bool *wanted;
	int nperiods;
	List *segments; /* char *, those in force first */
	int in_force;
} FactsRun;

bool
facts_row_reserved(const char *segment)
{
	return strcmp(segment, FACTS_ROW_NEW) == 0 || strcmp(segment, FACTS_ROW_UNASSIGNED) == 0;
}

static bool
ends_with(const char *name, Size length, const char *suffix)
{
	Size suffix_length = strlen(suffix);

	return length > suffix_length && memcmp(name + length - suffix_length, suffix, suffix_length) == 0;
}

/*
 * A measure called like a column of the scorecard's own gets one ESCAPE more
 * than it has: no two measures meet, and no catalog of columns is needed.
 */
char *
facts_measure_metric(const char *measure)
{
	Size length = strlen(measure);
	char *base;

	while (ends_with(measure, length, ESCAPE))
		length -= strlen(ESCAPE);
	base = pnstrdup(measure, length);
	if (scorecard_column_reserved(base) || ends_with(base, length, "_events"))
		return psprintf("%s" ESCAPE, measure);
	return pstrdup(measure);
}

char *
facts_events_metric(const Source *source)
{
	return psprintf("%s_events", source->name);
}

static void
check_segment_name(const Scheme *scheme, const char *segment)
{
	if (facts_row_reserved(segment))
		ereport(ERROR, (errcode(ERRCODE_RESERVED_NAME),
						errmsg("scheme \"%s\" has a segment named \"%s\", a row of every scorecard",
							   scheme->name, segment),
						errhint("Give the segment another name.")));
}

static void
check_segment_names(const Scheme *scheme)
{
	SchemeDefinition *definition = scheme_definition(scheme, scheme->version);
	ListCell *lc;

	check_segment_name(scheme, definition->default_segment);
	foreach (lc, definition->segments)
		check_segment_name(scheme, ((SegmentRule *) lfirst(lc))->name);
}

static void
create_table(const Scheme *scheme, const char *table)
{
	sql_run(
		"CREATE TABLE %s (period_start date NOT NULL, segment text NOT NULL, source text NOT NULL, "
		"dimension text NOT NULL, measure text NOT NULL, value numeric NOT NULL, is_final boolean NOT NULL, "
		"computed_at timestamptz NOT NULL, PRIMARY KEY (period_start, segment, source, measure, dimension))",
		table);
	belongs_to_extension(table);
	sql_run("COMMENT ON TABLE %s IS %s", table,
			quote_literal_cstr(
				psprintf("facts of scheme \"%s\" per period: every value is additive; segment is where "
						 "customers opened the period, or new, or unassigned",
						 scheme->name)));
	sql_run("COMMENT ON COLUMN %s.period_start IS 'first day of the calendar month'", table);
	sql_run("COMMENT ON COLUMN %s.source IS 'source of the events; empty for counts of customers'", table);
	sql_run("COMMENT ON COLUMN %s.dimension IS 'dimension label of the events; empty without one'", table);
	sql_run(
		"COMMENT ON COLUMN %s.measure IS 'a measure, <source>_events (their number), or opening, acquired, "
		"moved_in, moved_out, removed, closing'",
		table);
	sql_run("COMMENT ON COLUMN %s.is_final IS 'the period is settled: only a restatement changes it'", table);
}

void
facts_create(const Population *population, const Scheme *scheme)
{
	char *table = data_name(scheme->name, "_facts");

	check_segment_names(scheme);
	if (!OidIsValid(data_oid(table)))
		create_table(scheme, table);
	scorecard_create(scheme);
	scorecards_regenerate();
}

static char *
date_text(DateADT day)
{
	return DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(day)));
}

static Interval *
settle_of(const Population *population)
{
	return DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(population->settle),
												 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

static bool
is_final_now(const FactsRun *run, int period)
{
	return period_is_final(run->periods[period], settle_of(run->population), run->as_of);
}

/* Mark what is missing or open among all periods since the first; start the run with the first marked. */
static void
find_periods(FactsRun *run)
{
	Period first = period_containing(run->first_day);
	Period last = period_containing(run->as_of);
	int most = (last.end - first.start) / 28 + 1;
	uint64 found;
	int skipped = 0;

	if (most > PERIODS_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("history of scheme \"%s\" spans too many periods", run->scheme->name),
						errdetail("It begins on %s.", date_text(run->first_day)),
						errhint("Backfill the scheme from a later day.")));
	run->periods = palloc(most * sizeof(Period));
	run->wanted = palloc(most * sizeof(bool));
	for (Period period = first; period.start <= last.start; period = period_after(period))
	{
		run->periods[run->nperiods] = period;
		run->wanted[run->nperiods++] = true;
	}
	found = sql_query("SELECT DISTINCT period_start FROM %s WHERE is_final",
					  data_name(run->scheme->name, "_facts"));
	for (uint64 row = 0; row < found; row++)
	{
		bool isnull;
		DateADT final = DatumGetDateADT(cell_datum(row, 1, &isnull));

		for (int i = 0; i < run->nperiods; i++)
			if (run->periods[i].start == final)
				run->wanted[i] = false;
	}
	while (skipped < run->nperiods && !run->wanted[skipped])
		skipped++;
	run->periods += skipped;
	run->wanted += skipped;
	run->nperiods -= skipped;
}

/* The last day before the first period, then each period's last; the open one ends with as_of. */
static void
frame_days(FactsRun *run, StatesFrame *frame)
{
	DateADT *days = palloc((run->nperiods + 1) * sizeof(DateADT));

	days[0] = run->periods[0].start - 1;
	for (int i = 0; i < run->nperiods; i++)
		days[i + 1] = Min(run->periods[i].end, run->as_of);
	frame->days = days;
	frame->ndays = run->nperiods + 1;
	frame->first_day = run->first_day;
}

static void
frame_segments(FactsRun *run, StatesFrame *frame)
{
	ListCell *lc;

	frame->nsegments = list_length(run->segments);
	frame->segments = palloc(Max(frame->nsegments, 1) * sizeof(Datum));
	foreach (lc, run->segments)
		frame->segments[foreach_current_index(lc)] = CStringGetTextDatum(lfirst(lc));
}

static char *
text_array(List *texts)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "ARRAY[");
	foreach (lc, texts)
		appendStringInfo(&sql, "%s%s", foreach_current_index(lc) > 0 ? ", " : "",
						 quote_literal_cstr(lfirst(lc)));
	appendStringInfoString(&sql, "]::text[]");
	return sql.data;
}

static List *
count_metrics(void)
{
	/* in the order of FactsCount */
	return lappend(list_make5("opening", "acquired", "moved_in", "moved_out", "removed"), "closing");
}

static List *
source_metrics(const Source *source)
{
	List *metrics = list_make1(facts_events_metric(source));
	ListCell *lc;

	foreach (lc, source->measures)
		metrics = lappend(metrics, facts_measure_metric(((Measure *) lfirst(lc))->name));
	return metrics;
}

/* Numbers of cells become names.  $1: the cells of one source. */
static char *
insert_query(const FactsRun *run, const char *source, List *metrics)
{
	List *rows = list_concat(list_make2(FACTS_ROW_NEW, FACTS_ROW_UNASSIGNED), run->segments);
	StringInfoData periods;

	initStringInfo(&periods);
	for (int i = 0; i < run->nperiods; i++)
		if (run->wanted[i])
			appendStringInfo(&periods, "%s(%d, '%s'::date, %s)", periods.len > 0 ? ", " : "", i + 1,
							 date_text(run->periods[i].start), is_final_now(run, i) ? "true" : "false");
	return psprintf(
		"INSERT INTO %s (period_start, segment, source, dimension, measure, value, is_final, computed_at) "
		"SELECT p.period_start, (%s)[c.state], %s, c.dimension, (%s)[c.measure OPERATOR(pg_catalog.+) 1], "
		"c.value, p.is_final, pg_catalog.now() FROM pg_catalog.unnest($1) c "
		"JOIN (VALUES %s) p (period, period_start, is_final) ON p.period OPERATOR(pg_catalog.=) c.period",
		data_name(run->scheme->name, "_facts"), text_array(rows), quote_literal_cstr(source),
		text_array(metrics), periods.data);
}

static void
insert_cells(const FactsRun *run, const char *source, List *metrics, FactsCells *cells)
{
	Oid cell_type = typenameTypeId(
		NULL, makeTypeNameFromNameList(list_make2(makeString("segment"), makeString("fact_cell"))));
	Oid type = get_array_type(cell_type);
	Datum array = cells_to_array(cells, cell_type);
	int result = SPI_execute_with_args(insert_query(run, source, metrics), 1, &type, &array, NULL, false, 0);

	if (result != SPI_OK_INSERT)
		elog(ERROR, "could not write facts: %s", SPI_result_code_string(result));
}

static char *
wanted_array(const FactsRun *run)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < run->nperiods; i++)
		if (run->wanted[i])
			appendStringInfo(&sql, "%s%s", sql.len > 0 ? "," : "", date_text(run->periods[i].start));
	return psprintf("'{%s}'::date[]", sql.data);
}

/* A segment of older versions alone is a row only of periods in which it holds something. */
static void
remove_empty_rows(const FactsRun *run)
{
	const char *table = data_name(run->scheme->name, "_facts");
	List *retired = list_copy_tail(run->segments, run->in_force);

	if (retired != NIL)
		sql_run("DELETE FROM %s f WHERE f.period_start OPERATOR(pg_catalog.=) ANY (%s) "
				"AND f.segment OPERATOR(pg_catalog.=) ANY (%s) AND NOT EXISTS (SELECT FROM %s g "
				"WHERE g.period_start OPERATOR(pg_catalog.=) f.period_start "
				"AND g.segment OPERATOR(pg_catalog.=) f.segment AND g.value OPERATOR(pg_catalog.<>) 0)",
				table, wanted_array(run), text_array(retired), table);
}

static void
pass_over_customers(FactsRun *run, List *sources, FactsPass *pass)
{
	ListCell *lc;

	pass->key_name = run->population->key_name;
	pass->history = data_oid(data_name(run->scheme->name, "_history"));
	pass->members = data_oid(data_name(run->population->name, "_feature"));
	pass->ledgers = palloc(Max(list_length(sources), 1) * sizeof(Oid));
	foreach (lc, sources)
		pass->ledgers[pass->nsources++] = data_oid(ledger_table(run->population, lfirst(lc)));
	frame_days(run, &pass->frame);
	frame_segments(run, &pass->frame);
	facts_pass(pass);
}

static void
compute(FactsRun *run, List *sources)
{
	FactsPass pass = {0};
	ListCell *lc;

	pass_over_customers(run, sources, &pass);
	DEBUG_POINT("facts-after-compute");
	sql_run("DELETE FROM %s WHERE period_start OPERATOR(pg_catalog.=) ANY (%s)",
			data_name(run->scheme->name, "_facts"), wanted_array(run));
	DEBUG_POINT("facts-after-delete");
	insert_cells(run, "", count_metrics(), pass.counts);
	foreach (lc, sources)
	{
		Source *source = lfirst(lc);
		FactsCells *totals = pass.totals[foreach_current_index(lc)];

		/* a source without events has no facts */
		if (totals != NULL)
			insert_cells(run, source->name, source_metrics(source), totals);
	}
	remove_empty_rows(run);
	DEBUG_POINT("facts-after-insert");
}

void
facts_update(const Population *population, List *sources, const Scheme *scheme, DateADT first_day,
			 DateADT as_of)
{
	FactsRun run = {.population = population, .scheme = scheme, .first_day = first_day, .as_of = as_of};

	if (first_day > as_of)
		return;
	/* one writer at a time, readers undisturbed */
	sql_run("LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE", data_name(scheme->name, "_facts"));
	find_periods(&run);
	if (run.nperiods == 0)
		return;
	run.segments = scheme_segment_names(scheme, &run.in_force);
	compute(&run, sources);
}

static DateADT
first_day_of_history(const Scheme *scheme)
{
	char *history = data_name(scheme->name, "_history");
	bool isnull = true;
	Datum first = 0;

	if (OidIsValid(data_oid(history)))
	{
		sql_query("SELECT pg_catalog.min(pg_catalog.lower(valid)) FROM %s", history);
		first = cell_datum(0, 1, &isnull);
	}
	if (isnull)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("scheme \"%s\" has no history yet", scheme->name),
						errhint("Run SELECT segment.activate(%s).", quote_literal_cstr(scheme->name))));
	return DatumGetDateADT(first);
}

Datum
segment_update_facts(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Scheme *scheme;
	Population *population;
	DateADT first_day;

	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("scheme must not be NULL")));
	api_begin(&call);
	scheme = scheme_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)), false);
	population = population_by_id(scheme->population_id);
	population_check_access(population, call.caller);
	first_day = PG_ARGISNULL(1) ? first_day_of_history(scheme) : PG_GETARG_DATEADT(1);
	if (PG_ARGISNULL(2) && !population->refreshed)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("population \"%s\" has not been refreshed yet", population->name),
						errhint("Run CALL segment.refresh(%s).", quote_literal_cstr(population->name))));
	facts_create(population, scheme);
	facts_update(population, sources_of(population), scheme, first_day,
				 PG_ARGISNULL(2) ? population->as_of : PG_GETARG_DATEADT(2));
	scorecard_refresh(scheme);
	api_end(&call);
	PG_RETURN_VOID();
}
