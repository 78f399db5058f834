/*
 * plan.c
 *	  Declaring targets and benchmarks.
 *
 * What is replaced stays, with the time it stopped to hold.
 */
#include "postgres.h"

#include <ctype.h>

#include "utils/builtins.h"
#include "utils/datetime.h"

#include "args.h"
#include "definition.h"
#include "catalog.h"
#include "day.h"
#include "metric_catalog.h"
#include "metric_view.h"
#include "owner.h"
#include "plan.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_set_target);
PG_FUNCTION_INFO_V1(segment_set_benchmark);

#define MOVE_METRIC "customers"

/* Numbers where the pattern has 9, itself elsewhere. */
static bool
looks_like(const char *text, const char *pattern)
{
	for (; *pattern; text++, pattern++)
		if (*pattern == '9' ? !isdigit((unsigned char) *text) : *text != *pattern)
			return false;
	return *text == '\0';
}

static DateADT
first_of(int year, int month)
{
	return date2j(year + (month - 1) / MONTHS_PER_YEAR, (month - 1) % MONTHS_PER_YEAR + 1, 1) -
		   POSTGRES_EPOCH_JDATE;
}

PlanPeriod
plan_period(const char *text)
{
	int year = looks_like(text, "9999") || strlen(text) > 4 ? atoi(text) : 0;
	int month = 0;
	int months = 0;
	const char *grain = "month";

	if (looks_like(text, "9999-99") || looks_like(text, "9999-99-01"))
	{
		month = atoi(text + 5);
		months = 1;
	}
	else if (looks_like(text, "9999-Q9") || looks_like(text, "9999-q9"))
	{
		month = 3 * (text[6] - '1') + 1;
		months = 3;
		grain = "quarter";
	}
	else if (looks_like(text, "9999"))
	{
		month = 1;
		months = MONTHS_PER_YEAR;
		grain = "year";
	}
	if (months == 0 || year < 1 || month < 1 || month > MONTHS_PER_YEAR)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT), errmsg("\"%s\" is not a period of a plan", text),
				 errhint("A month is 2026-10, a quarter 2026-Q4, a year 2026.")));
	return (PlanPeriod){grain, first_of(year, month), first_of(year, month + months) - 1};
}

/* What a target or a benchmark is about. */
typedef struct PlanCell
{
	Scheme *scheme;
	Population *population;
	char *segment; /* '': all */
	char *metric;
	PlanPeriod period;
	char *value; /* or NULL */
} PlanCell;

static char *
text_or_empty(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? "" : arg_text(fcinfo, n);
}

static void
require_metric(const PlanCell *cell)
{
	List *sums = metric_sums_of_population(sources_of(cell->population));
	List *metrics = metrics_all();
	StringInfoData names;
	ListCell *lc;

	if (metric_in(metrics, cell->metric) != NULL || names_contain(sums, cell->metric))
		return;
	initStringInfo(&names);
	foreach (lc, metrics)
		appendStringInfo(&names, "%s, ", ((Metric *) lfirst(lc))->name);
	foreach (lc, sums)
		appendStringInfo(&names, "%s%s", foreach_current_index(lc) > 0 ? ", " : "", (char *) lfirst(lc));
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("there is no metric \"%s\"", cell->metric),
					errhint("Declare it with segment.create_metric; there are: %s.", names.data)));
}

/* The arguments both functions begin with: scheme, segment, metric, period, value; a move's metric is checked
 * with it. */
static PlanCell
read_cell(FunctionCallInfo fcinfo, const ApiCall *call, bool move)
{
	PlanCell cell;

	cell.scheme = scheme_of_caller(arg_text(fcinfo, 0), call->caller, &cell.population);
	cell.segment = text_or_empty(fcinfo, 1);
	if (*cell.segment != '\0')
		require_segment_of(cell.scheme, cell.segment);
	cell.metric = arg_text(fcinfo, 2);
	if (!move)
		require_metric(&cell);
	cell.period = plan_period(arg_text(fcinfo, 3));
	cell.value = arg_numeric(fcinfo, 4);
	if (cell.value && strpbrk(cell.value, "NI") != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the value is %s", cell.value),
						errhint("Plan a number; NULL takes a target back.")));
	return cell;
}

static void
require_cell_arguments(FunctionCallInfo fcinfo)
{
	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 2, "metric");
	require_arg(fcinfo, 3, "period");
}

static void
check_kind(const char *kind)
{
	if (strcmp(kind, "financial") != 0 && strcmp(kind, "risk") != 0 && strcmp(kind, "experience") != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there is no kind \"%s\"", kind),
						errhint("A target is financial, risk or experience.")));
}

static void
check_move(const PlanCell *cell, const char *to)
{
	if (*to == '\0')
		return;
	require_segment_of(cell->scheme, to);
	if (strcmp(cell->metric, MOVE_METRIC) != 0 || *cell->segment == '\0' || strcmp(to, cell->segment) == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a target on a move is a number of customers from one segment to another"),
						errhint("Give segment => 'from', to_segment => 'to', metric => '" MOVE_METRIC "'.")));
}

static void
check_breakdown(const PlanCell *cell, const char *breakdown, const char *label)
{
	List *known;
	StringInfoData names;
	ListCell *lc;

	if (*breakdown == '\0' && *label == '\0')
		return;
	if (*breakdown == '\0')
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("label \"%s\" is of no breakdown", label),
			 errhint("Say whose it is: breakdown => 'channel', label => %s.", quote_literal_cstr(label))));
	known = metric_breakdown_names(cell->population);
	if (known == NIL || names_contain(known, breakdown))
		return; /* without any: nothing can be compared yet */
	initStringInfo(&names);
	foreach (lc, known)
		appendStringInfo(&names, "%s%s", foreach_current_index(lc) > 0 ? ", " : "", (char *) lfirst(lc));
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
					errmsg("scheme \"%s\" has no breakdown \"%s\"", cell->scheme->name, breakdown),
					errhint("Its breakdowns are: %s.", names.data)));
}

/* The condition that finds the cell among the rows in force. */
static char *
cell_condition(const PlanCell *cell)
{
	return psprintf("replaced_at IS NULL AND scheme_id OPERATOR(pg_catalog.=) %d AND segment "
					"OPERATOR(pg_catalog.=) %s AND metric OPERATOR(pg_catalog.=) %s AND grain "
					"OPERATOR(pg_catalog.=) '%s' AND period_start OPERATOR(pg_catalog.=) %s",
					cell->scheme->id, quote_literal_cstr(cell->segment), quote_literal_cstr(cell->metric),
					cell->period.grain, day_sql(cell->period.start));
}

static void
nothing_to_take_back(const PlanCell *cell, const char *what, const char *table)
{
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
					errmsg("scheme \"%s\" has no such %s to take back", cell->scheme->name, what),
					errhint("SELECT * FROM %s WHERE replaced_at IS NULL lists those there are.", table)));
}

Datum
segment_set_target(PG_FUNCTION_ARGS)
{
	ApiCall call;
	PlanCell cell;
	char *breakdown = text_or_empty(fcinfo, 5);
	char *label = text_or_empty(fcinfo, 6);
	char *kind = PG_ARGISNULL(7) ? "financial" : arg_text(fcinfo, 7);
	char *to = text_or_empty(fcinfo, 8);
	uint64 replaced;

	require_cell_arguments(fcinfo);
	check_kind(kind);
	refuse_when_restricted();
	api_begin(&call);
	cell = read_cell(fcinfo, &call, *to != '\0');
	check_move(&cell, to);
	check_breakdown(&cell, breakdown, label);
	replaced = sql_run("UPDATE segment.target SET replaced_by = SESSION_USER, replaced_at = "
					   "pg_catalog.clock_timestamp() WHERE %s AND to_segment OPERATOR(pg_catalog.=) %s AND "
					   "breakdown OPERATOR(pg_catalog.=) %s AND label OPERATOR(pg_catalog.=) %s",
					   cell_condition(&cell), quote_literal_cstr(to), quote_literal_cstr(breakdown),
					   quote_literal_cstr(label));
	if (cell.value == NULL && replaced == 0)
		nothing_to_take_back(&cell, "target", "segment.target");
	if (cell.value != NULL)
		sql_run("INSERT INTO segment.target (scheme_id, segment, to_segment, metric, grain, period_start, "
				"period_end, breakdown, label, value, kind, comment, set_at) VALUES (%d, %s, %s, %s, '%s', "
				"%s, %s, %s, %s, %s, %s, %s, pg_catalog.clock_timestamp())",
				cell.scheme->id, quote_literal_cstr(cell.segment), quote_literal_cstr(to),
				quote_literal_cstr(cell.metric), cell.period.grain, day_sql(cell.period.start),
				day_sql(cell.period.end), quote_literal_cstr(breakdown), quote_literal_cstr(label),
				cell.value, quote_literal_cstr(kind), literal_or_null(arg_text(fcinfo, 9)));
	if (*to != '\0') /* a scheme's history is read only where there is one */
		plan_views_regenerate(metric_schemes(), metrics_all());
	api_end(&call);
	PG_RETURN_VOID();
}

Datum
segment_set_benchmark(PG_FUNCTION_ARGS)
{
	ApiCall call;
	PlanCell cell;
	uint64 replaced;

	require_cell_arguments(fcinfo);
	refuse_when_restricted();
	api_begin(&call);
	cell = read_cell(fcinfo, &call, false);
	replaced = sql_run("UPDATE segment.benchmark SET replaced_by = SESSION_USER, replaced_at = "
					   "pg_catalog.clock_timestamp() WHERE %s",
					   cell_condition(&cell));
	if (cell.value == NULL && replaced == 0)
		nothing_to_take_back(&cell, "benchmark", "segment.benchmark");
	if (cell.value != NULL)
		sql_run("INSERT INTO segment.benchmark (scheme_id, segment, metric, grain, period_start, period_end, "
				"value, origin, set_at) VALUES (%d, %s, %s, '%s', %s, %s, %s, %s, "
				"pg_catalog.clock_timestamp())",
				cell.scheme->id, quote_literal_cstr(cell.segment), quote_literal_cstr(cell.metric),
				cell.period.grain, day_sql(cell.period.start), day_sql(cell.period.end), cell.value,
				literal_or_null(arg_text(fcinfo, 5)));
	api_end(&call);
	PG_RETURN_VOID();
}
