/*
 * facts_run.c
 *	  One computation of a scheme's facts: of which periods, and what the rows
 *	  and values of its cells are called.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "breakdown.h"
#include "clock.h"
#include "day.h"
#include "facts.h"
#include "facts_detail.h"
#include "facts_run.h"
#include "movement.h"
#include "sql.h"

bool
facts_run_final(const FactsRun *run, int period)
{
	Datum settle = DirectFunctionCall3(interval_in, CStringGetDatum(run->population->settle),
									   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));

	if (run->restating)
		return true;
	return period_is_final(run->periods[period], DatumGetIntervalP(settle), run->as_of);
}

char *
facts_run_wanted(const FactsRun *run)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < run->nperiods; i++)
		if (run->wanted[i])
			appendStringInfo(&sql, "%s%s", sql.len > 0 ? "," : "", day_text(run->periods[i].start));
	return psprintf("'{%s}'::date[]", sql.data);
}

/* All periods since the first day of history. */
static void
list_periods(FactsRun *run)
{
	Period first = period_containing(run->first_day);
	Period last = period_containing(run->as_of);
	int most = (last.end - first.start) / 28 + 1;

	if (most > PERIODS_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("history of scheme \"%s\" spans too many periods", run->scheme->name),
						errdetail("It begins on %s.", day_text(run->first_day)),
						errhint("Backfill the scheme from a later day.")));
	run->periods = palloc(most * sizeof(Period));
	run->wanted = palloc(most * sizeof(bool));
	for (Period period = first; period.start <= last.start; period = period_after(period))
	{
		run->periods[run->nperiods] = period;
		run->wanted[run->nperiods++] = true;
	}
}

static void
list_restated(FactsRun *run)
{
	run->periods = palloc(sizeof(Period));
	run->wanted = palloc(sizeof(bool));
	run->periods[0] = run->restated;
	run->wanted[0] = true;
	run->nperiods = 1;
}

/* What is stored of each: all facts of a period are final, or none, so one of them tells. */
static void
look_up_periods(FactsRun *run)
{
	uint64 found =
		sql_query("SELECT p.period OPERATOR(pg_catalog.-) 1, (SELECT f.is_final FROM %s f "
				  "WHERE f.period_start OPERATOR(pg_catalog.=) p.period_start ORDER BY f.segment LIMIT 1) "
				  "FROM pg_catalog.unnest(%s) WITH ORDINALITY p (period_start, period)",
				  data_name(run->scheme->name, "_facts"), facts_run_wanted(run));

	run->all_open = true;
	for (uint64 row = 0; row < found; row++)
	{
		int period = (int) cell_int64(row, 1, 0);
		bool missing;
		bool final = DatumGetBool(cell_datum(row, 2, &missing));

		run->wanted[period] = missing || !final;
		if (missing || (!final && facts_run_final(run, period)))
			run->all_open = false;
	}
}

/* Start with the first wanted. */
static void
skip_unwanted(FactsRun *run)
{
	int skipped = 0;

	while (skipped < run->nperiods && !run->wanted[skipped])
		skipped++;
	run->periods += skipped;
	run->wanted += skipped;
	run->nperiods -= skipped;
}

void
facts_run_name_rows(FactsRun *run)
{
	run->segments = scheme_segment_names(run->scheme, &run->in_force);
	/* list_concat would share the segments' cells */
	run->rows = list_concat_copy(list_make2(FACTS_ROW_NEW, FACTS_ROW_UNASSIGNED), run->segments);
}

/* What a run of any periods begins with. */
static void
begin(FactsRun *run)
{
	/* one writer at a time, readers undisturbed */
	sql_run("LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE", data_name(run->scheme->name, "_facts"));
	/* later than what the last writer, for whom we may have waited, was given */
	run->moment = pstrdup(timestamptz_to_str(clock_now()));
	facts_run_name_rows(run);
	run->breakdowns = breakdowns_of(run->population);
}

bool
facts_run_begin(FactsRun *run)
{
	if (run->first_day > run->as_of)
		return false;
	begin(run);
	if (run->restating)
		list_restated(run);
	else
	{
		list_periods(run);
		look_up_periods(run);
		skip_unwanted(run);
	}
	return run->nperiods > 0;
}

bool
facts_run_begin_all(FactsRun *run)
{
	if (run->first_day > run->as_of)
		return false;
	begin(run);
	run->nperiods = 0;
	list_periods(run);
	return true;
}

FactsDetail *
facts_run_details(const FactsRun *run, int *ndetails)
{
	FactsDetail *details = palloc0((1 + list_length(run->breakdowns)) * sizeof(FactsDetail));
	ListCell *lc;

	*ndetails = 1 + list_length(run->breakdowns);
	details[0].breakdown = "";
	foreach (lc, run->breakdowns)
	{
		FactsDetail *detail = &details[1 + foreach_current_index(lc)];

		detail->breakdown = ((Breakdown *) lfirst(lc))->name;
		detail->column = detail->breakdown;
		detail->totals = palloc0(Max(list_length(run->sources), 1) * sizeof(FactsCells *));
	}
	return details;
}

/* The last day before the first period, then each period's last; the open one ends with as_of. */
static void
frame_days(const FactsRun *run, StatesFrame *frame)
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
frame_segments(const FactsRun *run, StatesFrame *frame)
{
	ListCell *lc;

	frame->nsegments = list_length(run->segments);
	frame->segments = palloc(Max(frame->nsegments, 1) * sizeof(Datum));
	foreach (lc, run->segments)
		frame->segments[foreach_current_index(lc)] = CStringGetTextDatum(lfirst(lc));
}

static int *
landing_measures(List *sources)
{
	int *measures = palloc((list_length(sources) + 1) * sizeof(int));
	ListCell *lc;

	foreach (lc, sources)
		measures[foreach_current_index(lc)] = facts_landing_measure(lfirst(lc));
	return measures;
}

void
facts_run_prepare(const FactsRun *run, const KeySet *keys, FactsRows *rows, FactsPass *pass)
{
	ListCell *lc;

	memset(pass, 0, sizeof(FactsPass));
	pass->key_name = run->population->key_name;
	pass->keys = keys;
	pass->rows = rows;
	pass->history = data_oid(data_name(run->scheme->name, "_history"));
	pass->members = data_oid(data_name(run->population->name, "_feature"));
	pass->assigned = data_oid(data_name(run->population->name, "_segment"));
	pass->assigned_column = run->scheme->name;
	pass->ledgers = palloc(Max(list_length(run->sources), 1) * sizeof(Oid));
	foreach (lc, run->sources)
		pass->ledgers[pass->nsources++] = data_oid(ledger_table(run->population, lfirst(lc)));
	frame_days(run, &pass->frame);
	frame_segments(run, &pass->frame);
	pass->before = period_containing(pass->frame.days[0]).start - 1;
	pass->main_source = facts_main_source(run->sources, &pass->main_measure);
	pass->landing = landing_measures(run->sources);
	pass->details = facts_run_details(run, &pass->ndetails);
	pass->frame.nlabels = pass->ndetails - 1;
}

void
facts_run_pass(const FactsRun *run, const KeySet *keys, FactsRows *rows, FactsPass *pass)
{
	facts_run_prepare(run, keys, rows, pass);
	pass->movement = movement_pass_of(run, &pass->frame);
	facts_pass(pass);
}

List *
facts_metrics(const Source *source)
{
	List *metrics;
	ListCell *lc;

	if (source == NULL) /* in the order of FactsCount */
		return lappend(list_make5("opening", "acquired", "moved_in", "moved_out", "removed"), "closing");
	metrics = list_make1(facts_events_metric(source));
	foreach (lc, source->measures)
		metrics = lappend(metrics, facts_measure_metric(((Measure *) lfirst(lc))->name));
	return metrics;
}
