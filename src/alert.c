/*
 * alert.c
 *	  Alerts of segments that erode beyond their own baseline.
 *
 * Observed is a rate of the last final period: customers (net flow over
 * opening) or value (its change over the opening's).  The baseline is the mean
 * of the segment's own final periods before; the threshold is so many of
 * their standard deviations below it.  A segment that is still beyond it in the
 * next period continues its episode, which is one alert.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "alert.h"
#include "args.h"
#include "definition.h"
#include "guc.h"
#include "movement.h"
#include "movement_rows.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_acknowledge_alert);

#define PERIODS_WANTED 6 /* of a baseline */
#define EQ " OPERATOR(pg_catalog.=) "

/* Two rates of every segment in force that opened the period with anyone. */
static char *
rates_sql(const Scheme *scheme)
{
	return psprintf(
		"SELECT r.period_start, r.segment, k.kind, k.rate FROM ("
		"SELECT m.period_start, x.segment, "
		"sum(m.customers * x.began) AS opening, "
		"sum(m.customers * x.ended) FILTER (WHERE m.to_segment <> %s) AS closing, "
		"sum(m.value_before * x.began) AS value_before, sum(m.value_after * x.ended) AS value_after "
		"FROM %s m CROSS JOIN LATERAL (VALUES (m.from_segment, 1, 0), (m.to_segment, 0, 1)) "
		"AS x(segment, began, ended) WHERE m.is_final GROUP BY 1, 2) r "
		"CROSS JOIN LATERAL (VALUES ('customers', (COALESCE(r.closing, 0) - r.opening) / NULLIF(r.opening, "
		"0)), "
		"('value', (r.value_after - r.value_before) / NULLIF(r.value_before, 0))) AS k(kind, rate) "
		"WHERE k.rate IS NOT NULL AND r.opening > 0 AND r.segment IN (SELECT g.name FROM "
		"segment.version_segment g WHERE g.scheme_id = %d AND g.version = %d)",
		quote_literal_cstr(movement_removed_name(scheme)), movement_table(scheme), scheme->id,
		scheme->version);
}

/* The last final period's, with the baseline of those before; what is beyond its threshold. */
static char *
beyond_sql(const Scheme *scheme)
{
	return psprintf(
		"SELECT o.*, o.baseline - %.6g * o.deviation AS threshold FROM ("
		"SELECT r.period_start, r.segment, r.kind, r.rate, count(*) OVER w AS periods, "
		"avg(r.rate) OVER w AS baseline, stddev_samp(r.rate) OVER w AS deviation, "
		"max(r.period_start) OVER () AS last_period FROM (%s) r WINDOW w AS (PARTITION BY r.segment, r.kind "
		"ORDER BY r.period_start ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) o "
		"WHERE o.period_start = o.last_period AND o.periods >= %d AND o.rate < 0 "
		"AND o.rate < o.baseline - %.6g * o.deviation",
		segment_erosion_threshold, rates_sql(scheme), PERIODS_WANTED, segment_erosion_threshold);
}

void
alerts_raise(const Scheme *scheme)
{
	if (segment_erosion_threshold <= 0)
		return;
	sql_run(
		"WITH beyond AS (%s), "
		"going_on AS (UPDATE segment.alert a SET last_period = b.period_start FROM beyond b "
		"WHERE a.scheme_id = %d AND a.segment = b.segment AND a.kind = b.kind "
		"AND a.last_period >= b.period_start - '1 month'::interval RETURNING a.segment, a.kind) "
		"INSERT INTO segment.alert (scheme_id, segment, kind, period_start, last_period, baseline, "
		"deviation, observed, threshold, k) SELECT %d, b.segment, b.kind, b.period_start, b.period_start, "
		"round(b.baseline, 6), round(b.deviation, 6), round(b.rate, 6), round(b.threshold, 6), %.6g "
		"FROM beyond b WHERE NOT EXISTS (SELECT FROM segment.alert a WHERE a.scheme_id = %d "
		"AND a.segment = b.segment AND a.kind = b.kind "
		"AND a.last_period >= b.period_start - '1 month'::interval)",
		beyond_sql(scheme), scheme->id, scheme->id, segment_erosion_threshold, scheme->id);
}

static Population *
population_of_alert(int64 alert_id)
{
	if (sql_query("SELECT s.population_id FROM segment.alert a JOIN segment.scheme s USING (scheme_id) "
				  "WHERE a.alert_id" EQ INT64_FORMAT,
				  alert_id) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("there is no alert " INT64_FORMAT, alert_id),
				 errhint("See segment.alert_status for those there are.")));
	return population_by_id(cell_int(0, 1, 0));
}

Datum
segment_acknowledge_alert(PG_FUNCTION_ARGS)
{
	ApiCall call;
	int64 alert_id;
	char *note;
	uint64 changed;

	require_arg(fcinfo, 0, "alert_id");
	alert_id = PG_GETARG_INT64(0);
	refuse_when_restricted();
	api_begin(&call);
	population_check_access(population_of_alert(alert_id), call.caller);
	note = arg_text(fcinfo, 1);
	changed =
		sql_run("UPDATE segment.alert SET acknowledged_at = now(), acknowledged_by = %s, note = %s "
				"WHERE alert_id" EQ INT64_FORMAT " AND acknowledged_at IS NULL",
				quote_literal_cstr(GetUserNameFromId(call.caller, false)), literal_or_null(note), alert_id);
	api_end(&call);
	PG_RETURN_BOOL(changed > 0);
}
