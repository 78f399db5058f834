/*
 * facts_past.c
 *	  Facts that were published and are no longer so, and scorecards as they
 *	  were believed.
 *
 * Every state of a final period is kept, to the moment.  Of an open one, which
 * each refresh may change, the last state of each day is kept: a fact that is
 * replaced on the day it was computed leaves no trace.  So what is kept grows
 * with days and restatements, not with refreshes.
 *
 * Beside the facts the same is kept of activity.  Of facts by an attribute,
 * which are many times as many, only the final states are: a month by region
 * can be had again as it was published when it was final.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "args.h"
#include "catalog.h"
#include "facts_past.h"
#include "sql.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_scorecard_as_published);
PG_FUNCTION_INFO_V1(segment_breakdown_as_published);

#define FACT "period_start, segment, source, dimension, measure, value, is_final, computed_at"

static const char *
present_name(bool details)
{
	return details ? "_breakdown" : "_facts";
}

static char *
past_table(const Scheme *scheme, bool details)
{
	return data_name(scheme->name, details ? "_breakdown_past" : "_facts_past");
}

static const char *
columns_of(bool details)
{
	return details ? FACT ", breakdown" : FACT;
}

static void
comment_on(const Scheme *scheme, const char *table, bool details)
{
	const char *what = details
						   ? "activity of scheme \"%s\", and its facts by attributes, that were published "
							 "from computed_at until superseded_at: all of final periods, of activity in "
							 "open ones the last of each day; only appended to"
						   : "facts of scheme \"%s\" that were published from computed_at until "
							 "superseded_at: all of final periods, of open ones the last of each day; only "
							 "appended to";

	sql_run("COMMENT ON TABLE %s IS %s", table, quote_literal_cstr(psprintf(what, scheme->name)));
}

static void
create_past(const Scheme *scheme, bool details)
{
	char *table = past_table(scheme, details);

	if (OidIsValid(data_oid(table)))
		return;
	sql_run("CREATE TABLE %s (period_start date NOT NULL, segment text NOT NULL, source text NOT NULL, "
			"dimension text NOT NULL, measure text NOT NULL, value numeric NOT NULL, is_final boolean NOT "
			"NULL, computed_at timestamptz NOT NULL, superseded_at timestamptz NOT NULL%s, "
			"CHECK (computed_at OPERATOR(pg_catalog.<) superseded_at))",
			table, details ? ", breakdown text NOT NULL" : "");
	sql_run("CREATE INDEX ON %s (period_start, superseded_at)", table);
	belongs_to_extension(table);
	comment_on(scheme, table, details);
}

void
facts_past_create(const Scheme *scheme)
{
	create_past(scheme, false);
	create_past(scheme, true);
}

/* Which of the details are kept at all; of open periods few, which an index finds. */
static const char *
kept_details(const FactsRun *run)
{
	return run->all_open ? " AND f.breakdown OPERATOR(pg_catalog.=) ''"
						 : " AND (f.breakdown OPERATOR(pg_catalog.=) '' OR f.is_final)";
}

/* Facts of final periods always; of open ones those of an earlier day. */
void
facts_past_keep(const FactsRun *run, const char *replaced, bool details)
{
	const char *zone = quote_literal_cstr(run->population->timezone);
	const char *moment = psprintf("%s::timestamptz", quote_literal_cstr(run->moment));

	create_past(run->scheme, details);
	sql_run(
		"INSERT INTO %s (%s, superseded_at) SELECT f.period_start, f.segment, f.source, "
		"f.dimension, f.measure, f.value, f.is_final, f.computed_at%s, %s FROM %s%s AND f.computed_at < %s "
		"AND (f.is_final OR segment.local_day(f.computed_at, %s) < segment.local_day(%s, %s))",
		past_table(run->scheme, details), columns_of(details), details ? ", f.breakdown" : "", moment,
		replaced, details ? kept_details(run) : "", moment, zone, moment, zone);
}

/* Everything that ever was published, with the time it was. */
static char *
versions_sql(const Scheme *scheme, bool details)
{
	char *past = past_table(scheme, details);

	return psprintf("SELECT %s, 'infinity'::timestamptz AS superseded_at FROM %s%s", columns_of(details),
					data_name(scheme->name, present_name(details)),
					OidIsValid(data_oid(past))
						? psprintf(" UNION ALL SELECT %s, superseded_at FROM %s", columns_of(details), past)
						: "");
}

static char *
as_published_sql(const Population *population, const Scheme *scheme, const char *moment, bool details)
{
	return psprintf(
		"WITH version AS MATERIALIZED (%s), moment AS (SELECT t, ((segment.local_day(t, %s) + 1)::timestamp "
		"AT TIME ZONE %s) AS day_end FROM (SELECT %s::timestamptz) m (t)), "
		"settled AS (SELECT DISTINCT v.period_start FROM version v, moment m WHERE v.is_final AND "
		"v.computed_at <= m.t) "
		"SELECT v.period_start, (v.period_start + '1 month'::interval)::date - 1 AS period_end, v.segment, "
		"%s, v.dimension, v.measure AS metric, v.value, v.is_final, v.computed_at "
		"FROM version v CROSS JOIN moment m LEFT JOIN settled s ON s.period_start = v.period_start "
		"WHERE CASE WHEN s.period_start IS NOT NULL "
		"THEN v.is_final AND v.computed_at <= m.t AND (v.superseded_at > m.t OR v.superseded_at = "
		"'infinity') "
		"ELSE v.computed_at < m.day_end AND v.superseded_at >= m.day_end%s END "
		"ORDER BY v.period_start, %sv.segment, v.source, v.measure, v.dimension",
		versions_sql(scheme, details), quote_literal_cstr(population->timezone),
		quote_literal_cstr(population->timezone), quote_literal_cstr(moment),
		details ? "v.breakdown, v.source" : "v.source", details ? " AND v.breakdown = ''" : "",
		details ? "v.breakdown, " : "");
}

static Datum
as_published(FunctionCallInfo fcinfo, bool details)
{
	ApiCall call;
	Population *population;
	Scheme *scheme;

	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 1, "published_at");
	api_begin(&call);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	if (!OidIsValid(data_oid(data_name(scheme->name, present_name(details)))))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("scheme \"%s\" has no scorecard yet", scheme->name),
						errhint("Run SELECT segment.activate(%s).", quote_literal_cstr(scheme->name))));
	return_query(
		fcinfo, &call,
		as_published_sql(population, scheme, pstrdup(timestamptz_to_str(PG_GETARG_TIMESTAMPTZ(1))), details));
	api_end(&call);
	return (Datum) 0;
}

Datum
segment_scorecard_as_published(PG_FUNCTION_ARGS)
{
	return as_published(fcinfo, false);
}

Datum
segment_breakdown_as_published(PG_FUNCTION_ARGS)
{
	return as_published(fcinfo, true);
}
