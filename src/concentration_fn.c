/*
 * concentration_fn.c
 *	  Who holds how much: SQL functions over every customer's total of a measure.
 *
 * Totals come from the ledgers, as of the last refresh, exact; a measure may be
 * an expression over measures, so that profit needs no measure of its own.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/tuplestore.h"

#include "args.h"
#include "catalog.h"
#include "collect.h"
#include "concentration.h"
#include "day.h"
#include "expression.h"
#include "metric_catalog.h"
#include "metric_sql.h"
#include "scheme.h"
#include "sql.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_concentration);
PG_FUNCTION_INFO_V1(segment_concentration_curve);
PG_FUNCTION_INFO_V1(segment_spend_and_margin);
PG_FUNCTION_INFO_V1(segment_profit_deciles);

#define POINTS_MAX 10000
#define DECILES 10

/* Whose totals of what, since when. */
typedef struct Totals
{
	Population *population;
	Scheme *scheme; /* or NULL */
	List *sources;
	List *measures;      /* char *: names of all sources' measures */
	const char *since;   /* literal of the first day, or NULL: all time */
	StringInfoData from; /* customers, and their ledgers */
} Totals;

static void
find_since(Totals *totals, Interval *within)
{
	bool isnull;

	if (within == NULL)
		return;
	sql_query("SELECT (%s - %s::interval)::date + 1", day_sql(totals->population->as_of),
			  quote_literal_cstr(interval_literal(within)));
	totals->since = day_sql(DatumGetDateADT(cell_datum(0, 1, &isnull)));
	if (DatumGetDateADT(cell_datum(0, 1, &isnull)) > totals->population->as_of)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("within is not a time to look back on"),
				 errhint("Give days or calendar units, for example within => '1 year'.")));
}

static void
find_sources(Totals *totals)
{
	const char *key = quote_identifier(totals->population->key_name);
	ListCell *lc;
	ListCell *lcm;

	totals->sources = sources_of(totals->population);
	initStringInfo(&totals->from);
	appendStringInfo(&totals->from, "%s c", data_name(totals->population->name, "_segment"));
	foreach (lc, totals->sources)
	{
		Source *source = lfirst(lc);

		foreach (lcm, source->measures)
			totals->measures = names_add(totals->measures, ((Measure *) lfirst(lcm))->name);
		if (source->measures != NIL)
			appendStringInfo(&totals->from, " LEFT JOIN %s l%d ON l%d.%s = c.%s",
							 ledger_table(totals->population, source), source->id, source->id, key, key);
	}
}

static void
begin_totals(Totals *totals, const ApiCall *call, const char *population, const char *scheme,
			 Interval *within)
{
	memset(totals, 0, sizeof(*totals));
	if (scheme != NULL)
	{
		totals->scheme = scheme_by_name(scheme, false);
		totals->population = population_by_id(totals->scheme->population_id);
	}
	else
		totals->population = population_by_name(population, false);
	population_check_access(totals->population, call->caller);
	require_refreshed(totals->population);
	if (scheme != NULL)
		require_active(totals->scheme);
	find_since(totals, within);
	find_sources(totals);
}

/* One measure of one customer, over all its sources: 0 without events. */
static char *
measure_sql(const Totals *totals, const char *measure)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	foreach (lc, totals->sources)
	{
		Source *source = lfirst(lc);
		int number = measure_number(source, measure);

		if (number == 0)
			continue;
		appendStringInfo(&sql, "%sCOALESCE(segment.total(l%d.ledger, %d, %s%s), 0)", sql.len > 0 ? " + " : "",
						 source->id, number, totals->since ? psprintf("%s, ", totals->since) : "",
						 day_sql(totals->population->as_of));
	}
	return sql.data;
}

/* A checked expression over the measures, of the customer's totals called m. */
static char *
checked_measure(const Totals *totals, const char *text)
{
	ExpressionColumn *columns = palloc0(sizeof(ExpressionColumn) * (list_length(totals->measures) + 1));
	ExpressionScope scope = {.what = "measure", .columns = columns, .safe_division = true};
	ListCell *lc;

	foreach (lc, totals->measures)
		columns[scope.ncolumns++] = (ExpressionColumn){.name = lfirst(lc), .type = NUMERICOID, .typmod = -1};
	return check_expression(text, &scope, NUMERICOID)->sql;
}

/* Query of segment and v1 … of every customer of the population, one value per expression. */
static char *
values_sql(const Totals *totals, const char *const *texts, int ntexts)
{
	const char *segment =
		totals->scheme ? psprintf("c.%s", quote_identifier(totals->scheme->name)) : "NULL::text";
	StringInfoData measures;
	StringInfoData values;
	ListCell *lc;

	initStringInfo(&measures);
	initStringInfo(&values);
	foreach (lc, totals->measures)
		appendStringInfo(&measures, ", %s AS %s", measure_sql(totals, lfirst(lc)),
						 quote_identifier(lfirst(lc)));
	for (int i = 0; i < ntexts; i++)
		appendStringInfo(&values, ", COALESCE(%s, 0) AS \"#v%d\"", checked_measure(totals, texts[i]), i + 1);
	return psprintf("SELECT m.\"#segment\"%s FROM (SELECT %s AS \"#segment\"%s FROM %s OFFSET 0) m",
					values.data, segment, measures.data, totals->from.data);
}

/* concentration() */

/* Rows of one group, best first: the group's customers and its exact total are on each. */
static char *
ranked_sql(const Totals *totals, const char *text, bool by_segment)
{
	const char *group = by_segment ? "v.\"#segment\"" : "NULL::text";
	int in_force;

	return psprintf("SELECT %s, v.\"#v1\"::double precision, count(*) OVER g, sum(v.\"#v1\") OVER g, "
					"round(count(*) OVER g / "
					"NULLIF(count(*) OVER (), 0)::numeric, 6), round(sum(v.\"#v1\") OVER g / "
					"NULLIF(sum(v.\"#v1\") OVER (), "
					"0), 6) FROM (%s) v%s WINDOW g AS (PARTITION BY %s) ORDER BY %s v.\"#v1\" DESC",
					group, values_sql(totals, &text, 1),
					by_segment ? " WHERE v.\"#segment\" IS NOT NULL" : "", group,
					by_segment ? psprintf("array_position(%s, v.\"#segment\"),",
										  names_sql(scheme_segment_names(totals->scheme, &in_force)))
							   : "");
}

static void
set_double(Datum *value, bool *null, double number)
{
	*null = isnan(number);
	*value = Float8GetDatum(number);
}

static void
return_group(Tuplestorestate *store, TupleDesc desc, Datum *values, bool *nulls, const Concentration *state)
{
	const char *note = NULL;

	set_double(&values[5], &nulls[5], concentration_gini(state));
	for (int i = 0; i < CONCENTRATION_SHARES; i++)
		set_double(&values[6 + i], &nulls[6 + i], state->sum > 0 ? state->top[i] / state->sum : NAN);
	values[9] = Int64GetDatum(state->negative);
	values[10] = DirectFunctionCall1(float8_numeric, Float8GetDatum(state->peak)); /* 15 digits of it */
	values[11] = Int64GetDatum(state->peak_at);
	if (state->negative > 0)
		note = "no Gini coefficient with negative values: see the peak of the whale curve";
	else if (!(state->sum > 0))
		note = "there is nothing to share";
	nulls[12] = note == NULL;
	values[12] = note ? CStringGetTextDatum(note) : (Datum) 0;
	tuplestore_putvalues(store, desc, values, nulls);
}

/* The first row of a group says what the group is; it lasts as long as its number of customers. */
static void
return_concentrations(Tuplestorestate *store, TupleDesc desc, const char *query)
{
	Collected *rows = collect(query);
	TupleTableSlot *slot = collected_slot(rows);
	Datum values[13] = {0};
	bool nulls[13] = {0};
	Concentration state = {0};

	while (collected_next(rows, slot))
	{
		slot_getallattrs(slot);
		if (state.seen == state.customers)
		{
			concentration_begin(&state, DatumGetInt64(slot->tts_values[2]));
			nulls[0] = slot->tts_isnull[0];
			values[0] = nulls[0] ? (Datum) 0 : CStringGetTextDatum(slot_text(slot, 1));
			for (int i = 1; i < 5; i++)
			{
				nulls[i] = slot->tts_isnull[i + 1];
				values[i] = nulls[i] || i == 1
								? slot->tts_values[i + 1]
								: PointerGetDatum(PG_DETOAST_DATUM_COPY(slot->tts_values[i + 1]));
			}
		}
		concentration_add(&state, DatumGetFloat8(slot->tts_values[1]));
		if (state.seen == state.customers)
			return_group(store, desc, values, nulls, &state);
	}
	ExecDropSingleTupleTableSlot(slot);
	collected_free(rows);
}

Datum
segment_concentration(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Totals totals;
	TupleDesc desc;
	Tuplestorestate *store;

	require_arg(fcinfo, 0, "measure");
	desc = result_row_type(fcinfo);
	store = result_begin(fcinfo, desc);
	api_begin(&call);
	begin_totals(&totals, &call, arg_text(fcinfo, 2), arg_text(fcinfo, 1), arg_interval(fcinfo, 3));
	return_concentrations(store, desc, ranked_sql(&totals, arg_text(fcinfo, 0), false));
	if (totals.scheme != NULL)
		return_concentrations(store, desc, ranked_sql(&totals, arg_text(fcinfo, 0), true));
	api_end(&call);
	return (Datum) 0;
}

/* The others are one query each. */

Datum
segment_concentration_curve(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Totals totals;
	const char *text;
	int points = PG_ARGISNULL(3) ? 100 : PG_GETARG_INT32(3);

	require_arg(fcinfo, 0, "measure");
	text = arg_text(fcinfo, 0);
	if (points < 2 || points > POINTS_MAX)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a curve has 2 to %d points, not %d", POINTS_MAX, points),
						errhint("Percentages are points => 100.")));
	api_begin(&call);
	begin_totals(&totals, &call, arg_text(fcinfo, 1), NULL, arg_interval(fcinfo, 2));
	return_query(
		fcinfo, &call,
		psprintf(
			"WITH r AS (SELECT row_number() OVER (ORDER BY v.\"#v1\" DESC) AS i, sum(v.\"#v1\") OVER (ORDER "
			"BY "
			"v.\"#v1\" DESC ROWS UNBOUNDED PRECEDING) AS running, count(*) OVER () AS n, sum(v.\"#v1\") OVER "
			"() "
			"AS total FROM (%s) v), p AS (SELECT DISTINCT ceil(k * n.n / %d.0)::bigint AS i FROM (SELECT "
			"count(*) AS n FROM r) n CROSS JOIN generate_series(1, %d) k) SELECT round(r.i / r.n::numeric, "
			"6), r.i, r.running, round(r.running / NULLIF(r.total, 0), 6) FROM r JOIN p ON p.i = r.i ORDER "
			"BY r.i",
			values_sql(&totals, &text, 1), points, points));
	api_end(&call);
	return (Datum) 0;
}

Datum
segment_spend_and_margin(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Totals totals;
	const char *texts[2];
	int in_force;

	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 1, "spend");
	require_arg(fcinfo, 2, "margin");
	texts[0] = arg_text(fcinfo, 1);
	texts[1] = arg_text(fcinfo, 2);
	api_begin(&call);
	begin_totals(&totals, &call, NULL, arg_text(fcinfo, 0), arg_interval(fcinfo, 3));
	return_query(
		fcinfo, &call,
		psprintf(
			"WITH s AS (SELECT v.\"#segment\" AS segment, count(*) AS n, sum(v.\"#v1\") AS spend, "
			"sum(v.\"#v2\") AS margin FROM (%s) v WHERE v.\"#segment\" IS NOT NULL GROUP BY 1), a AS (SELECT "
			"s.*, s.n / "
			"NULLIF(sum(s.n) OVER (), 0) AS of_customers, s.spend / NULLIF(sum(s.spend) OVER (), 0) AS "
			"of_spend, s.margin / NULLIF(sum(s.margin) OVER (), 0) AS of_margin FROM s) SELECT a.segment, "
			"a.n, a.spend, a.margin, round(a.of_customers, 4), round(a.of_spend, 4), round(a.of_margin, 4), "
			"round(a.margin / NULLIF(a.spend, 0), 4), round(100 * a.of_margin / NULLIF(a.of_spend, 0), 1) "
			"FROM a ORDER BY array_position(%s, a.segment)",
			values_sql(&totals, texts, 2), names_sql(scheme_segment_names(totals.scheme, &in_force))));
	api_end(&call);
	return (Datum) 0;
}

Datum
segment_profit_deciles(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Totals totals;
	const char *text;
	int in_force;

	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 1, "measure");
	text = arg_text(fcinfo, 1);
	api_begin(&call);
	begin_totals(&totals, &call, NULL, arg_text(fcinfo, 0), arg_interval(fcinfo, 2));
	return_query(
		fcinfo, &call,
		psprintf(
			"WITH v AS MATERIALIZED (SELECT v.\"#segment\" AS segment, v.\"#v1\" AS value FROM (%s) v WHERE "
			"v.\"#segment\" IS NOT NULL), d AS (SELECT segment.score(v.value, (SELECT "
			"segment.cut_points(w.value, %d) FROM v w), true) "
			"AS decile, v.segment, count(*) AS n, sum(v.value) AS total FROM v GROUP BY 1, 2) SELECT "
			"d.decile, d.segment, d.n, d.total, round(d.n / sum(d.n) OVER (PARTITION BY d.decile), 4) FROM d "
			"ORDER BY d.decile, array_position(%s, d.segment)",
			values_sql(&totals, &text, 1), DECILES,
			names_sql(scheme_segment_names(totals.scheme, &in_force))));
	api_end(&call);
	return (Datum) 0;
}
