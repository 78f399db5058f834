/*
 * facts_store.c
 *	  Facts as stored: cells from segment_data.<scheme>_facts and
 *	  segment_data.<scheme>_breakdown, and back again.
 *
 * Which facts are rows is decided by their sums alone (cells_visit, and
 * row_is_wanted here), so that facts brought up to date are, row by row, what
 * a full computation would have stored.
 */
#include "postgres.h"

#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/queryenvironment.h"
#include "utils/tuplestore.h"

#include "debug.h"
#include "facts_past.h"
#include "facts_store.h"
#include "sql.h"

#define SAME_FACT                                                                                            \
	"f.period_start OPERATOR(pg_catalog.=) w.period_start AND f.segment OPERATOR(pg_catalog.=) w.segment "   \
	"AND f.source OPERATOR(pg_catalog.=) w.source AND f.measure OPERATOR(pg_catalog.=) w.measure "           \
	"AND f.dimension OPERATOR(pg_catalog.=) w.dimension"
#define SAME_BREAKDOWN " AND f.breakdown OPERATOR(pg_catalog.=) w.breakdown"

enum
{
	FACT_PERIOD_START,
	FACT_SEGMENT,
	FACT_SOURCE,
	FACT_DIMENSION,
	FACT_MEASURE,
	FACT_VALUE,
	FACT_IS_FINAL,
	FACT_BREAKDOWN,
	FACT_COLUMNS
};

/* Cells on their way to becoming rows, those of one source after another. */
typedef struct FactsWriter
{
	const FactsRun *run;
	FactsCells *counts;
	FactsCells **totals;
	TupleDesc desc;
	Tuplestorestate *rows;
	int64 nrows;
	Datum *segment; /* of a cell's row: text */
	bool *is_final; /* of a period */
	Datum source;
	Datum breakdown;
	Datum metric[1 + LEDGER_MAX_MEASURES]; /* of a cell's value: text */
} FactsWriter;

static TupleDesc
describe_rows(void)
{
	TupleDesc desc = CreateTemplateTupleDesc(FACT_COLUMNS);

	TupleDescInitEntry(desc, FACT_PERIOD_START + 1, "period_start", DATEOID, -1, 0);
	TupleDescInitEntry(desc, FACT_SEGMENT + 1, "segment", TEXTOID, -1, 0);
	TupleDescInitEntry(desc, FACT_SOURCE + 1, "source", TEXTOID, -1, 0);
	TupleDescInitEntry(desc, FACT_DIMENSION + 1, "dimension", TEXTOID, -1, 0);
	TupleDescInitEntry(desc, FACT_MEASURE + 1, "measure", TEXTOID, -1, 0);
	TupleDescInitEntry(desc, FACT_VALUE + 1, "value", NUMERICOID, -1, 0);
	TupleDescInitEntry(desc, FACT_IS_FINAL + 1, "is_final", BOOLOID, -1, 0);
	TupleDescInitEntry(desc, FACT_BREAKDOWN + 1, "breakdown", TEXTOID, -1, 0);
	return desc;
}

static void
begin_rows(FactsWriter *writer)
{
	List *rows = writer->run->rows;
	ListCell *lc;

	writer->desc = describe_rows();
	writer->rows = tuplestore_begin_heap(true, false, work_mem);
	writer->segment = palloc((list_length(rows) + 1) * sizeof(Datum));
	foreach (lc, rows)
		writer->segment[foreach_current_index(lc) + 1] = CStringGetTextDatum(lfirst(lc));
	writer->is_final = palloc(writer->run->nperiods * sizeof(bool));
	for (int i = 0; i < writer->run->nperiods; i++)
		writer->is_final[i] = facts_run_final(writer->run, i);
}

/* A segment of older versions alone is a row only of periods in which it holds something. */
static bool
row_is_wanted(const FactsWriter *writer, int period, int row)
{
	if (row <= ROWS_BESIDE_SEGMENTS + writer->run->in_force ||
		!cells_row_is_zero(writer->counts, period, row))
		return true;
	for (int i = 0; i < list_length(writer->run->sources); i++)
		if (writer->totals[i] != NULL && !cells_row_is_zero(writer->totals[i], period, row))
			return true;
	return false;
}

static void
put_row(const FactCell *cell, void *argument)
{
	FactsWriter *writer = argument;
	bool nulls[FACT_COLUMNS] = {false};
	Datum values[FACT_COLUMNS];

	if (!writer->run->wanted[cell->period] || !row_is_wanted(writer, cell->period, cell->row))
		return;
	values[FACT_PERIOD_START] = DateADTGetDatum(writer->run->periods[cell->period].start);
	values[FACT_SEGMENT] = writer->segment[cell->row];
	values[FACT_SOURCE] = writer->source;
	values[FACT_DIMENSION] = PointerGetDatum(cstring_to_text_with_len(cell->label, cell->label_length));
	values[FACT_MEASURE] = writer->metric[cell->value];
	values[FACT_VALUE] = cell->amount;
	values[FACT_IS_FINAL] = BoolGetDatum(writer->is_final[cell->period]);
	values[FACT_BREAKDOWN] = writer->breakdown;
	tuplestore_putvalues(writer->rows, writer->desc, values, nulls);
	writer->nrows++;
}

static void
put_cells(FactsWriter *writer, const char *source, List *metrics, FactsCells *cells)
{
	ListCell *lc;

	if (cells == NULL)
		return;
	writer->source = CStringGetTextDatum(source);
	foreach (lc, metrics)
		writer->metric[foreach_current_index(lc)] = CStringGetTextDatum(lfirst(lc));
	cells_visit(cells, put_row, writer);
}

static void
put_sources(FactsWriter *writer, FactsCells **totals)
{
	ListCell *lc;

	foreach (lc, writer->run->sources)
		put_cells(writer, ((Source *) lfirst(lc))->name, facts_metrics(lfirst(lc)),
				  totals[foreach_current_index(lc)]);
}

/* What the scheme's facts are, or else what is beside them. */
static void
put_all(FactsWriter *writer, const FactsDetail *details)
{
	int ndetails = details == NULL ? 0 : 1 + list_length(writer->run->breakdowns);

	writer->breakdown = CStringGetTextDatum("");
	if (details == NULL)
	{
		put_cells(writer, "", facts_metrics(NULL), writer->counts);
		put_sources(writer, writer->totals);
	}
	for (int i = 0; i < ndetails; i++)
	{
		writer->breakdown = CStringGetTextDatum(details[i].breakdown);
		put_cells(writer, "", facts_metrics(NULL), details[i].counts);
		put_cells(writer, "", facts_activity_metrics(), details[i].activity);
		if (details[i].totals != NULL)
			put_sources(writer, details[i].totals);
	}
}

/* What is there and will not be, or not as it is. */
static char *
replaced_sql(const FactsRun *run, const char *table, const char *same)
{
	return psprintf("%s f LEFT JOIN wanted w ON %s WHERE f.period_start OPERATOR(pg_catalog.=) "
					"ANY (%s) AND (w.segment IS NULL OR f.value OPERATOR(pg_catalog.<>) w.value "
					"OR f.is_final OPERATOR(pg_catalog.<>) w.is_final)",
					table, same, facts_run_wanted(run));
}

static uint64
write_differences(const FactsRun *run, bool details)
{
	char *table = data_name(run->scheme->name, details ? "_breakdown" : "_facts");
	const char *moment = psprintf("%s::timestamptz", quote_literal_cstr(run->moment));
	const char *same = details ? SAME_FACT SAME_BREAKDOWN : SAME_FACT;
	const char *last = details ? ", breakdown" : "";
	uint64 written;

	facts_past_keep(run, replaced_sql(run, table, same), details);
	DEBUG_POINT("facts-after-keep");
	written = sql_run("DELETE FROM %s f WHERE f.period_start OPERATOR(pg_catalog.=) ANY (%s) "
					  "AND NOT EXISTS (SELECT FROM wanted w WHERE %s)",
					  table, facts_run_wanted(run), same);
	DEBUG_POINT("facts-after-delete");
	written += sql_run(
		"UPDATE %s f SET value = w.value, is_final = w.is_final, computed_at = %s FROM wanted w WHERE %s "
		"AND f.period_start OPERATOR(pg_catalog.=) ANY (%s) AND (f.value OPERATOR(pg_catalog.<>) w.value "
		"OR f.is_final OPERATOR(pg_catalog.<>) w.is_final)",
		table, moment, same, facts_run_wanted(run));
	written +=
		sql_run("INSERT INTO %s (period_start, segment, source, dimension, measure, value, is_final, "
				"computed_at%s) SELECT w.period_start, w.segment, w.source, w.dimension, w.measure, w.value, "
				"w.is_final, %s%s FROM wanted w WHERE NOT EXISTS (SELECT FROM %s f WHERE %s)",
				table, last, moment, last, table, same);
	DEBUG_POINT("facts-after-insert");
	return written;
}

/* One of the two tables: details NULL says which. */
static uint64
write_table(const FactsRun *run, FactsCells *counts, FactsCells **totals, const FactsDetail *details)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "segment facts to write", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	FactsWriter writer = {.run = run, .counts = counts, .totals = totals};
	uint64 written;

	begin_rows(&writer);
	put_all(&writer, details);
	/* what knows the relation must not outlive it */
	SPI_connect();
	sql_register_rows("wanted", writer.desc, writer.rows, writer.nrows);
	written = write_differences(run, details != NULL);
	SPI_finish();
	tuplestore_end(writer.rows);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return written;
}

uint64
facts_store_write_details(const FactsRun *run, FactsCells *counts, FactsCells **totals,
						  const FactsDetail *details)
{
	return write_table(run, counts, totals, details);
}

uint64
facts_store_write(const FactsRun *run, FactsCells *counts, FactsCells **totals, const FactsDetail *details)
{
	uint64 written = write_table(run, counts, totals, NULL);

	(void) write_table(run, counts, totals, details);
	return written;
}

/* Index of a name in a list of names; -1 when it is not there. */
static int
index_of(List *names, const char *name)
{
	ListCell *lc;

	foreach (lc, names)
		if (strcmp(lfirst(lc), name) == 0)
			return foreach_current_index(lc);
	return -1;
}

static int
source_index(const FactsRun *run, const char *name)
{
	ListCell *lc;

	foreach (lc, run->sources)
		if (strcmp(((Source *) lfirst(lc))->name, name) == 0)
			return foreach_current_index(lc);
	return -1;
}

static int
period_index(const FactsRun *run, DateADT start)
{
	for (int i = 0; i < run->nperiods; i++)
		if (run->periods[i].start == start)
			return i;
	return -1;
}

/* The cells a source's rows belong to; NULL when there is no such source. */
static FactsCells **
cells_of_source(const FactsRun *run, const char *source, FactsCells **totals, List **metrics)
{
	int number = source_index(run, source);
	LedgerShape shape;

	if (number < 0 || totals == NULL)
		return NULL;
	*metrics = facts_metrics(list_nth(run->sources, number));
	shape = source_shape(list_nth(run->sources, number));
	if (totals[number] == NULL)
		totals[number] = cells_for_ledgers(run->nperiods, list_length(run->segments), &shape);
	return totals + number;
}

/* One row of the result into its cell; false when nothing is called so. */
static bool
read_fact(const FactsRun *run, uint64 at, FactsCells **cells, List *metrics)
{
	bool isnull;
	FactCell cell = {.label = cell_text(at, 4)};

	cell.period = period_index(run, DatumGetDateADT(cell_datum(at, 1, &isnull)));
	cell.row = index_of(run->rows, cell_text(at, 2)) + 1;
	cell.label_length = (int) strlen(cell.label);
	cell.value = index_of(metrics, cell_text(at, 5));
	if (cells == NULL || cell.period < 0 || cell.row == 0 || cell.value < 0)
		return false;
	*cells = cells_put(*cells, &cell, cell_text(at, 6));
	return true;
}

static bool
read_row(const FactsRun *run, uint64 at, FactsCells **counts, FactsCells **totals)
{
	char *source = cell_text(at, 3);
	FactsCells **cells = counts;
	List *metrics = facts_metrics(NULL);

	if (*source != '\0')
		cells = cells_of_source(run, source, totals, &metrics);
	return read_fact(run, at, cells, metrics);
}

static FactsDetail *
detail_named(FactsDetail *details, int ndetails, const char *breakdown)
{
	for (int i = 0; i < ndetails; i++)
		if (strcmp(details[i].breakdown, breakdown) == 0)
			return &details[i];
	return NULL;
}

/* Activity is among the counts of customers, but in cells of its own. */
static bool
read_detail(const FactsRun *run, uint64 at, FactsDetail *details)
{
	FactsDetail *detail = detail_named(details, 1 + list_length(run->breakdowns), cell_text(at, 7));
	List *activity = facts_activity_metrics();

	if (detail == NULL)
		return false;
	if (*cell_text(at, 3) != '\0' || index_of(activity, cell_text(at, 5)) < 0)
		return read_row(run, at, &detail->counts, detail->totals);
	if (detail->activity == NULL)
	{
		LedgerShape shape = {.nmeasures = ACTIVITY_KINDS - 1};

		detail->activity = cells_for_ledgers(run->nperiods, list_length(run->segments), &shape);
	}
	return read_fact(run, at, &detail->activity, activity);
}

static uint64
select_facts(const FactsRun *run, const char *table, const char *last)
{
	return sql_query("SELECT period_start, segment, source, dimension, measure, value%s FROM %s "
					 "WHERE period_start OPERATOR(pg_catalog.=) ANY (%s)",
					 last, data_name(run->scheme->name, table), facts_run_wanted(run));
}

static bool
read_details(const FactsRun *run, FactsDetail *details)
{
	uint64 found = select_facts(run, "_breakdown", ", breakdown");

	for (int i = 1; i <= list_length(run->breakdowns); i++)
		details[i].counts = cells_for_counts(run->nperiods, list_length(run->segments));
	for (uint64 i = 0; i < found; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!read_detail(run, i, details))
			return false;
	}
	return true;
}

bool
facts_store_read(const FactsRun *run, FactsCells **counts, FactsCells **totals, FactsDetail *details)
{
	uint64 found = select_facts(run, "_facts", "");

	*counts = cells_for_counts(run->nperiods, list_length(run->segments));
	for (uint64 i = 0; i < found; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!read_row(run, i, counts, totals))
			return false;
	}
	return read_details(run, details);
}
