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
 * All periods that want computing are computed in one pass (facts_pass.c), and
 * what differs from the stored is written (facts_store.c).  A refresh
 * within the same period computes changed customers alone (facts_delta.c).
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "args.h"
#include "day.h"
#include "debug.h"
#include "facts.h"
#include "facts_past.h"
#include "facts_run.h"
#include "facts_store.h"
#include "movement.h"
#include "scorecard.h"
#include "sql.h"

#define ESCAPE "_sum" /* appended to measures named like something else */

PG_FUNCTION_INFO_V1(segment_update_facts);

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

/* Beside the facts, because what is summed there is of everyone once. */
static void
create_breakdown_table(const Scheme *scheme)
{
	char *table = data_name(scheme->name, "_breakdown");

	sql_run("CREATE TABLE %s (period_start date NOT NULL, segment text NOT NULL, breakdown text NOT NULL, "
			"source text NOT NULL, dimension text NOT NULL, measure text NOT NULL, value numeric NOT NULL, "
			"is_final boolean NOT NULL, computed_at timestamptz NOT NULL, "
			"PRIMARY KEY (period_start, breakdown, segment, source, measure, dimension))",
			table);
	belongs_to_extension(table);
	sql_run("CREATE INDEX ON %s (period_start) WHERE breakdown OPERATOR(pg_catalog.=) ''", table);
	sql_run("COMMENT ON TABLE %s IS %s", table,
			quote_literal_cstr(psprintf("facts of scheme \"%s\" beside segment_data.%s_facts: activity "
										"against the period before, and facts by attributes of the customer",
										scheme->name, scheme->name)));
	sql_run("COMMENT ON COLUMN %s.breakdown IS 'attribute of the customer; empty: everyone''s activity'",
			table);
	sql_run("COMMENT ON COLUMN %s.dimension IS 'value of the attribute; empty: none'", table);
	sql_run("COMMENT ON COLUMN %s.measure IS 'as in the facts, or active, active_before, retained, lapsed "
			"(customers), purchases_before, purchases_kept (of those there at the opening), revenue_before, "
			"revenue_lapsed, revenue_contraction, revenue_expansion (of those active before), "
			"revenue_returned, acquisition_cost_landed (of those acquired, where they closed)'",
			table);
}

static int
by_length_descending(const ListCell *a, const ListCell *b)
{
	return (int) strlen(lfirst(b)) - (int) strlen(lfirst(a));
}

static bool
has_fact(const char *facts, const Source *source, const char *measure)
{
	return sql_query("SELECT 1 FROM %s WHERE source = %s AND measure = %s LIMIT 1", facts,
					 quote_literal_cstr(source->name), quote_literal_cstr(measure)) > 0;
}

/*
 * Version 0.1 did not escape the names that activity has since.  Longest first,
 * as what is renamed may leave a name that another takes; one that is taken was
 * escaped then already.
 */
static void
escape_measures(List *sources, const Scheme *scheme)
{
	char *facts = data_name(scheme->name, "_facts");
	bool any = false;
	ListCell *lc;
	ListCell *lcm;

	foreach (lc, sources)
	{
		Source *source = lfirst(lc);
		List *names = NIL;

		foreach (lcm, source->measures)
			names = lappend(names, ((Measure *) lfirst(lcm))->name);
		list_sort(names, by_length_descending);
		foreach (lcm, names)
		{
			char *metric = facts_measure_metric(lfirst(lcm));

			if (strcmp(metric, lfirst(lcm)) == 0 || has_fact(facts, source, metric))
				continue;
			any |= sql_run("UPDATE %s SET measure = %s WHERE source = %s AND measure = %s", facts,
						   quote_literal_cstr(metric), quote_literal_cstr(source->name),
						   quote_literal_cstr(lfirst(lcm))) > 0;
		}
	}
	/* Final periods are not looked at when it is brought up to date. */
	if (any)
		sql_run("REFRESH MATERIALIZED VIEW %s", data_name(scheme->name, "_scorecard"));
}

/* A scheme of version 0.1 has none yet: whether it had to be made. */
static bool
breakdown_table_ensure(List *sources, const Scheme *scheme)
{
	if (OidIsValid(data_oid(data_name(scheme->name, "_breakdown"))))
		return false;
	escape_measures(sources, scheme);
	create_breakdown_table(scheme);
	return true;
}

/* Facts of version 0.1 have the others computed apart (facts_complete). */
static void
create_tables(const Scheme *scheme, const char *table)
{
	create_table(scheme, table);
	create_breakdown_table(scheme);
	if (!movement_exists(scheme))
		movement_create(scheme);
}

void
facts_create(const Population *population, const Scheme *scheme)
{
	char *table = data_name(scheme->name, "_facts");

	check_segment_names(scheme);
	if (!OidIsValid(data_oid(table)))
		create_tables(scheme, table);
	facts_past_create(scheme);
	scorecard_create(scheme);
	scorecards_regenerate();
}

void
facts_record_day(const Scheme *scheme, DateADT day)
{
	const char *sql = "NULL::date";

	if (day == scheme->facts_as_of)
		return;
	if (day != DATEVAL_NOEND)
		sql = psprintf("%s::date", quote_literal_cstr(day_text(day)));
	sql_run("UPDATE segment.scheme SET facts_as_of = %s WHERE scheme_id OPERATOR(pg_catalog.=) %d", sql,
			scheme->id);
}

bool
facts_are_complete(const Scheme *scheme)
{
	return OidIsValid(data_oid(data_name(scheme->name, "_breakdown"))) && movement_exists(scheme);
}

void
facts_complete(const Population *population, List *sources, const Scheme *scheme, DateADT as_of)
{
	FactsRun run = {.population = population,
					.sources = sources,
					.scheme = scheme,
					.first_day = scheme->history_since,
					.as_of = as_of};

	if (breakdown_table_ensure(sources, scheme))
	{
		facts_fill_breakdowns(population, sources, scheme, scheme->history_since, as_of);
		scorecards_regenerate();
	}
	if (!movement_exists(scheme))
		movement_build(&run);
}

bool
facts_update(const Population *population, List *sources, const Scheme *scheme, DateADT first_day,
			 DateADT as_of)
{
	FactsRun run = {.population = population,
					.sources = sources,
					.scheme = scheme,
					.first_day = first_day,
					.as_of = as_of};
	FactsPass pass;
	bool changed;

	facts_complete(population, sources, scheme, as_of);
	if (!facts_run_begin(&run))
		return false;
	facts_run_pass(&run, NULL, NULL, &pass);
	DEBUG_POINT("facts-after-compute");
	changed = facts_store_write(&run, pass.counts, pass.totals, pass.details) > 0;
	movement_update(&run, pass.movement);
	facts_record_day(scheme, as_of);
	return changed;
}

void
facts_fill_breakdowns(const Population *population, List *sources, const Scheme *scheme, DateADT first_day,
					  DateADT as_of)
{
	FactsRun run = {.population = population,
					.sources = sources,
					.scheme = scheme,
					.first_day = first_day,
					.as_of = as_of};
	FactsPass pass;

	breakdown_table_ensure(sources, scheme);
	if (!facts_run_begin_all(&run))
		return;
	facts_run_pass(&run, NULL, NULL, &pass);
	facts_store_write_details(&run, pass.counts, pass.totals, pass.details);
}

static DateADT
first_day_of_history(const Scheme *scheme)
{
	if (scheme->history_since == DATEVAL_NOEND)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("scheme \"%s\" has no history yet", scheme->name),
						errhint("Run SELECT segment.activate(%s).", quote_literal_cstr(scheme->name))));
	return scheme->history_since;
}

Datum
segment_update_facts(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Scheme *scheme;
	Population *population;
	DateADT first_day;

	require_arg(fcinfo, 0, "scheme");
	api_begin(&call);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	first_day = PG_ARGISNULL(1) ? first_day_of_history(scheme) : PG_GETARG_DATEADT(1);
	if (PG_ARGISNULL(2) && !population->refreshed)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("population \"%s\" has not been refreshed yet", population->name),
						errhint("Run CALL segment.refresh(%s).", quote_literal_cstr(population->name))));
	facts_create(population, scheme);
	facts_update(population, sources_of(population), scheme, first_day,
				 PG_ARGISNULL(2) ? population->as_of : PG_GETARG_DATEADT(2));
	/* as asked for, not as the next refresh would have them */
	if (!PG_ARGISNULL(1) || !PG_ARGISNULL(2))
		facts_record_day(scheme_by_name(scheme->name, false), DATEVAL_NOEND);
	scorecard_refresh(scheme);
	api_end(&call);
	PG_RETURN_VOID();
}
