/*
 * spend_shift.c
 *	  More or less spending without a move: segment.spend_shift().
 *
 * The one question about migration that needs every customer's satisfaction
 * beside its money, so it joins ledgers instead of summing them in a pass.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "args.h"
#include "catalog.h"
#include "day.h"
#include "migration.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_spend_shift);

#define SATISFACTION "satisfaction"

/* A customer's worth at one of the two days. */
static char *
worth_sql(const Migration *migration, int which)
{
	const MovementWorth *worth = &migration->worth;
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < worth->nmoney; i++)
		appendStringInfo(&sql, " %s COALESCE(segment.total(l%d.ledger, %d, %s, %s), 0)",
						 worth->money[i].sign < 0 ? "-" : "+", worth->money[i].source,
						 worth->money[i].measure + 1, day_sql(migration->window_since[which]),
						 day_sql(migration->window_until[which]));
	return sql.len > 0 ? sql.data : pstrdup("NULL::numeric");
}

/* The mean of the answers in the year to the second day. */
static char *
satisfaction_sql(const Migration *migration, const char *measure, bool named)
{
	StringInfoData sum;
	StringInfoData count;
	const char *days = psprintf("%s, %s", day_sql(movement_window_start(migration->until, "12 months")),
								day_sql(migration->until));
	ListCell *lc;

	initStringInfo(&sum);
	initStringInfo(&count);
	foreach (lc, migration->sources)
	{
		int number = measure_number(lfirst(lc), measure);
		int source = foreach_current_index(lc);

		if (number == 0)
			continue;
		appendStringInfo(&sum, " + COALESCE(segment.total(l%d.ledger, %d, %s), 0)", source, number, days);
		appendStringInfo(&count, " + COALESCE(segment.event_count(l%d.ledger, %s), 0)", source, days);
	}
	if (sum.len > 0)
		return psprintf("(%s) / NULLIF(%s, 0)", sum.data, count.data);
	if (named)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("no source of the population has a measure \"%s\"", measure),
						errhint("See segment.measure for the measures there are.")));
	return pstrdup("NULL::numeric");
}

static char *
joins_sql(const Migration *migration)
{
	StringInfoData sql;
	const char *key = quote_identifier(migration->population->key_name);
	ListCell *lc;

	initStringInfo(&sql);
	foreach (lc, migration->sources)
		appendStringInfo(&sql, " LEFT JOIN %s l%d ON l%d.%s = b.%s",
						 ledger_table(migration->population, lfirst(lc)), foreach_current_index(lc),
						 foreach_current_index(lc), key, key);
	return sql.data;
}

/* Who is in the same segment at the end of both days. */
static char *
customers_sql(const Migration *migration, const char *satisfaction)
{
	const char *history = data_name(migration->scheme->name, "_history");
	const char *key = quote_identifier(migration->population->key_name);

	return psprintf("SELECT b.segment, %s AS satisfaction, %s AS before, %s AS after "
					"FROM %s b JOIN %s e ON e.%s = b.%s AND e.segment = b.segment%s "
					"WHERE b.valid @> %s AND e.valid @> %s",
					satisfaction, worth_sql(migration, 0), worth_sql(migration, 1), history, history, key,
					key, joins_sql(migration), day_sql(migration->since), day_sql(migration->until));
}

static char *
spend_shift_sql(const Migration *migration, const char *satisfaction, const char *bands)
{
	return psprintf(
		"WITH cut AS (SELECT c, row_number() OVER (ORDER BY c) AS n FROM unnest(%s::numeric[]) c), "
		"customer AS (%s), banded AS (SELECT c.*, CASE WHEN c.satisfaction IS NOT NULL THEN "
		"COALESCE((SELECT 'up to ' || t.c FROM cut t WHERE c.satisfaction <= t.c ORDER BY t.c LIMIT 1), "
		"(SELECT 'above ' || max(t.c) FROM cut t), 'any') ELSE 'unknown' END AS band, "
		"CASE WHEN c.satisfaction IS NOT NULL THEN "
		"(SELECT count(*) FROM cut t WHERE t.c < c.satisfaction) ELSE -1 END AS place FROM customer c) "
		"SELECT segment, band, count(*), count(*) FILTER (WHERE after > before), "
		"count(*) FILTER (WHERE after < before), count(*) FILTER (WHERE after = before), sum(before), "
		"sum(after), sum(GREATEST(after - before, 0)), sum(GREATEST(before - after, 0)) "
		"FROM banded GROUP BY segment, band, place ORDER BY segment, place DESC",
		quote_literal_cstr(bands), customers_sql(migration, satisfaction));
}

static char *
array_literal(FunctionCallInfo fcinfo, int n)
{
	Oid output;
	bool is_varlena;

	getTypeOutputInfo(NUMERICARRAYOID, &output, &is_varlena);
	return OidOutputFunctionCall(output, PG_GETARG_DATUM(n));
}

Datum
segment_spend_shift(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Migration migration;
	char *measure;
	char *satisfaction;

	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 1, "since");
	require_arg(fcinfo, 7, "bands");
	api_begin(&call);
	migration_init(&migration, &call, arg_text(fcinfo, 0));
	migration_arguments(&migration, fcinfo);
	migration_windows(&migration);
	measure = PG_ARGISNULL(6) ? SATISFACTION : arg_text(fcinfo, 6);
	satisfaction = satisfaction_sql(&migration, measure, !PG_ARGISNULL(6));
	return_query(fcinfo, &call, spend_shift_sql(&migration, satisfaction, array_literal(fcinfo, 7)));
	api_end(&call);
	return (Datum) 0;
}
