/*
 * facts_past.c
 *	  Facts that were published and are no longer so, and scorecards as they
 *	  were believed.
 *
 * Every state of a final period is kept, to the moment.  Of an open one, which
 * each refresh may change, the last state of each day is kept: a fact that is
 * replaced on the day it was computed leaves no trace.  So what is kept grows
 * with days and restatements, not with refreshes.
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

#define FACT "period_start, segment, source, dimension, measure, value, is_final, computed_at"

static char *
past_table(const Scheme *scheme)
{
	return data_name(scheme->name, "_facts_past");
}

void
facts_past_create(const Scheme *scheme)
{
	char *table = past_table(scheme);

	if (OidIsValid(data_oid(table)))
		return;
	sql_run("CREATE TABLE %s (period_start date NOT NULL, segment text NOT NULL, source text NOT NULL, "
			"dimension text NOT NULL, measure text NOT NULL, value numeric NOT NULL, is_final boolean NOT "
			"NULL, computed_at timestamptz NOT NULL, superseded_at timestamptz NOT NULL, "
			"CHECK (computed_at OPERATOR(pg_catalog.<) superseded_at))",
			table);
	sql_run("CREATE INDEX ON %s (period_start, superseded_at)", table);
	belongs_to_extension(table);
	sql_run("COMMENT ON TABLE %s IS %s", table,
			quote_literal_cstr(
				psprintf("facts of scheme \"%s\" that were published from computed_at until superseded_at: "
						 "all of final periods, of open ones the last of each day; only appended to",
						 scheme->name)));
}

/* Facts of final periods always; of open ones those of an earlier day. */
void
facts_past_keep(const FactsRun *run, const char *replaced)
{
	const char *zone = quote_literal_cstr(run->population->timezone);
	const char *moment = psprintf("%s::timestamptz", quote_literal_cstr(run->moment));

	facts_past_create(run->scheme);
	sql_run("INSERT INTO %s (" FACT ", superseded_at) SELECT f.period_start, f.segment, f.source, "
			"f.dimension, f.measure, f.value, f.is_final, f.computed_at, %s FROM %s AND f.computed_at < %s "
			"AND (f.is_final OR segment.local_day(f.computed_at, %s) < segment.local_day(%s, %s))",
			past_table(run->scheme), moment, replaced, moment, zone, moment, zone);
}

/* Everything that ever was published, with the time it was. */
static char *
versions_sql(const Scheme *scheme)
{
	char *past = past_table(scheme);

	return psprintf("SELECT " FACT ", 'infinity'::timestamptz AS superseded_at FROM %s%s",
					data_name(scheme->name, "_facts"),
					OidIsValid(data_oid(past))
						? psprintf(" UNION ALL SELECT " FACT ", superseded_at FROM %s", past)
						: "");
}

static char *
as_published_sql(const Population *population, const Scheme *scheme, const char *moment)
{
	return psprintf(
		"WITH version AS MATERIALIZED (%s), moment AS (SELECT t, ((segment.local_day(t, %s) + 1)::timestamp "
		"AT TIME ZONE %s) AS day_end FROM (SELECT %s::timestamptz) m (t)), "
		"settled AS (SELECT DISTINCT v.period_start FROM version v, moment m WHERE v.is_final AND "
		"v.computed_at <= m.t) "
		"SELECT v.period_start, (v.period_start + '1 month'::interval)::date - 1 AS period_end, v.segment, "
		"v.source, v.dimension, v.measure AS metric, v.value, v.is_final, v.computed_at "
		"FROM version v CROSS JOIN moment m LEFT JOIN settled s ON s.period_start = v.period_start "
		"WHERE CASE WHEN s.period_start IS NOT NULL "
		"THEN v.is_final AND v.computed_at <= m.t AND (v.superseded_at > m.t OR v.superseded_at = "
		"'infinity') "
		"ELSE v.computed_at < m.day_end AND v.superseded_at >= m.day_end END "
		"ORDER BY v.period_start, v.segment, v.source, v.measure, v.dimension",
		versions_sql(scheme), quote_literal_cstr(population->timezone),
		quote_literal_cstr(population->timezone), quote_literal_cstr(moment));
}

Datum
segment_scorecard_as_published(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Scheme *scheme;

	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 1, "published_at");
	api_begin(&call);
	scheme = scheme_by_name(arg_text(fcinfo, 0), false);
	population = population_by_id(scheme->population_id);
	population_check_access(population, call.caller);
	if (!OidIsValid(data_oid(data_name(scheme->name, "_facts"))))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("scheme \"%s\" has no scorecard yet", scheme->name),
						errhint("Run SELECT segment.activate(%s).", quote_literal_cstr(scheme->name))));
	return_query(fcinfo, &call,
				 as_published_sql(population, scheme, pstrdup(timestamptz_to_str(PG_GETARG_TIMESTAMPTZ(1)))));
	api_end(&call);
	return (Datum) 0;
}
