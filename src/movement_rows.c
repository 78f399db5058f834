/*
 * movement_rows.c
 *	  Moves as a relation "moved" that queries may read.
 *
 * The one place where the numbers of movement_cells.c get their names, and
 * where it is decided what a customer is worth.
 */
#include "postgres.h"

#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/queryenvironment.h"
#include "utils/tuplestore.h"

#include "movement_rows.h"
#include "sql.h"

#define REVENUE "revenue"
#define MARGIN "margin"

enum
{
	MOVE_PERIOD_START,
	MOVE_FROM,
	MOVE_TO,
	MOVE_CAUSE,
	MOVE_CUSTOMERS,
	MOVE_MONEY, /* six values follow */
	MOVE_IS_FINAL = MOVE_MONEY + MOVED_VALUES - 1,
	MOVE_COLUMNS
};

static const char *const cause_names[MOVEMENT_CAUSES] = {"stayed", "behaviour", "definition", "manual",
														 "merge"};
static const char *const money_names[] = {"value_before", "value_after", "lapsed",
										  "contraction",  "expansion",   "acquired"};

MovementCause
movement_cause_named(const char *name)
{
	for (int i = 0; i < MOVEMENT_CAUSES; i++)
		if (strcmp(cause_names[i], name) == 0)
			return i;
	return MOVEMENT_BEHAVIOUR;
}

/* What is measured. */

static void
add_money(List *sources, const char *name, int sign, MovementWorth *worth)
{
	ListCell *lc;

	foreach (lc, sources)
	{
		Source *source = lfirst(lc);
		int number = measure_number(source, name);
		MovementMoney *money;

		if (number == 0)
			continue;
		worth->money = worth->money == NULL
						   ? palloc(sizeof(MovementMoney))
						   : repalloc(worth->money, (worth->nmoney + 1) * sizeof(MovementMoney));
		money = &worth->money[worth->nmoney++];
		*money = (MovementMoney){
			.source = foreach_current_index(lc), .measure = number - 1, .sign = sign, .factor = 0};
		worth->scale = Max(worth->scale, ((Measure *) list_nth(source->measures, number - 1))->scale);
	}
}

static bool
is_measured(List *sources, const char *name)
{
	ListCell *lc;

	foreach (lc, sources)
		if (measure_number(lfirst(lc), name) > 0)
			return true;
	return false;
}

/* Revenue, else the first measure that has cents. */
static char *
default_measure(List *sources)
{
	ListCell *lc;
	ListCell *lcm;

	if (is_measured(sources, REVENUE))
		return REVENUE;
	foreach (lc, sources)
		foreach (lcm, ((Source *) lfirst(lc))->measures)
			if (((Measure *) lfirst(lcm))->scale > 0)
				return ((Measure *) lfirst(lcm))->name;
	return NULL;
}

static void
add_margin(List *sources, MovementWorth *worth)
{
	static const char *const less[] = {"returns", "cogs", "cost_to_serve", "fulfilment"};

	add_money(sources, REVENUE, 1, worth);
	for (int i = 0; i < lengthof(less); i++)
		add_money(sources, less[i], -1, worth);
}

void
movement_worth(List *sources, const char *measure, MovementWorth *worth)
{
	memset(worth, 0, sizeof(MovementWorth));
	worth->name = measure ? pstrdup(measure) : default_measure(sources);
	if (worth->name == NULL)
		return;
	if (is_measured(sources, worth->name))
		add_money(sources, worth->name, 1, worth);
	else if (strcmp(worth->name, MARGIN) == 0 && is_measured(sources, REVENUE))
		add_margin(sources, worth);
	else
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("no source of the population has a measure \"%s\"", worth->name),
				 errhint("See segment.measure for the measures there are; \"margin\" wants \"revenue\".")));
}

DateADT
movement_window_start(DateADT day, const char *within)
{
	Datum length = DirectFunctionCall3(interval_in, CStringGetDatum(within), ObjectIdGetDatum(InvalidOid),
									   Int32GetDatum(-1));

	return DatumGetDateADT(DirectFunctionCall1(
		timestamp_date, DirectFunctionCall2(date_mi_interval, DateADTGetDatum(day + 1), length)));
}

MovementPass *
movement_pass_create(const Population *population, const Scheme *scheme, const MovementWorth *worth,
					 const StatesFrame *frame)
{
	MovementPass *pass = palloc0(sizeof(MovementPass));

	pass->key_name = population->key_name;
	pass->transitions = data_oid(data_name(scheme->name, "_transition"));
	pass->money = worth->money;
	pass->nmoney = worth->nmoney;
	pass->scale = worth->scale;
	pass->cells = movement_cells_create(frame->ndays - 1, frame->nsegments);
	return pass;
}

/* The relation. */

const char *
movement_removed_name(const Scheme *scheme)
{
	int in_force;
	ListCell *lc;

	foreach (lc, scheme_segment_names(scheme, &in_force))
		if (strcmp(lfirst(lc), MOVEMENT_REMOVED) == 0)
			return "(" MOVEMENT_REMOVED ")";
	return MOVEMENT_REMOVED;
}

typedef struct MovementWriter
{
	const FactsRun *run;
	const MovementPass *pass;
	TupleDesc desc;
	Tuplestorestate *rows;
	int64 nrows;
	Datum *place; /* text, from 1 */
	Datum removed;
	Datum cause[MOVEMENT_CAUSES];
	bool *is_final;
} MovementWriter;

static TupleDesc
describe_rows(void)
{
	TupleDesc desc = CreateTemplateTupleDesc(MOVE_COLUMNS);

	TupleDescInitEntry(desc, MOVE_PERIOD_START + 1, "period_start", DATEOID, -1, 0);
	TupleDescInitEntry(desc, MOVE_FROM + 1, "from_segment", TEXTOID, -1, 0);
	TupleDescInitEntry(desc, MOVE_TO + 1, "to_segment", TEXTOID, -1, 0);
	TupleDescInitEntry(desc, MOVE_CAUSE + 1, "cause", TEXTOID, -1, 0);
	TupleDescInitEntry(desc, MOVE_CUSTOMERS + 1, "customers", INT8OID, -1, 0);
	for (int i = 0; i < lengthof(money_names); i++)
		TupleDescInitEntry(desc, MOVE_MONEY + i + 1, money_names[i], NUMERICOID, -1, 0);
	TupleDescInitEntry(desc, MOVE_IS_FINAL + 1, "is_final", BOOLOID, -1, 0);
	return desc;
}

static void
begin_rows(MovementWriter *writer)
{
	List *rows = writer->run->rows; /* new and unassigned first */
	ListCell *lc;

	writer->desc = describe_rows();
	writer->rows = tuplestore_begin_heap(true, false, work_mem);
	writer->place = palloc((list_length(rows) + 1) * sizeof(Datum));
	foreach (lc, rows)
		writer->place[foreach_current_index(lc) + 1] = CStringGetTextDatum(lfirst(lc));
	writer->removed = CStringGetTextDatum(movement_removed_name(writer->run->scheme));
	for (int i = 0; i < MOVEMENT_CAUSES; i++)
		writer->cause[i] = CStringGetTextDatum(cause_names[i]);
	writer->is_final = palloc(writer->run->nperiods * sizeof(bool));
	for (int i = 0; i < writer->run->nperiods; i++)
		writer->is_final[i] = facts_run_final(writer->run, i);
}

static void
put_row(const MovementCell *cell, void *argument)
{
	MovementWriter *writer = argument;
	bool nulls[MOVE_COLUMNS] = {false};
	Datum values[MOVE_COLUMNS] = {0};

	if (!writer->run->wanted[cell->period])
		return;
	values[MOVE_PERIOD_START] = DateADTGetDatum(writer->run->periods[cell->period].start);
	values[MOVE_FROM] = writer->place[cell->from];
	values[MOVE_TO] = cell->to == MOVEMENT_OUTSIDE ? writer->removed : writer->place[cell->to];
	values[MOVE_CAUSE] = writer->cause[cell->cause];
	values[MOVE_CUSTOMERS] = Int64GetDatum((int64) cell->value[MOVED_CUSTOMERS]);
	for (int i = 0; i < lengthof(money_names); i++)
	{
		nulls[MOVE_MONEY + i] = writer->pass->nmoney == 0;
		if (writer->pass->nmoney > 0)
			values[MOVE_MONEY + i] = cell_numeric(cell->value[MOVED_BEFORE + i], writer->pass->scale);
	}
	values[MOVE_IS_FINAL] = BoolGetDatum(writer->is_final[cell->period]);
	tuplestore_putvalues(writer->rows, writer->desc, values, nulls);
	writer->nrows++;
}

int64
movement_rows_register(const FactsRun *run, const MovementPass *pass)
{
	MovementWriter writer = {.run = run, .pass = pass};

	begin_rows(&writer);
	movement_cells_visit(pass->cells, put_row, &writer);
	sql_register_rows("moved", writer.desc, writer.rows, writer.nrows);
	return writer.nrows;
}
