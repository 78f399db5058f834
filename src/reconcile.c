/*
 * reconcile.c
 *	  segment.reconcile(): scorecards against the user's own tables.
 *
 * Three sums per period, source and measure: of the table, through the same
 * query a build reads; of the ledgers; of the facts.  Table and ledgers differ
 * by what no refresh has read, ledgers and facts by what came late for a final
 * period: so each reason has its amount, and the amounts add up.  All of it is
 * read in one snapshot, behind the locks of a refresh.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/snapmgr.h"

#include "args.h"
#include "capture_target.h"
#include "changes.h"
#include "collect.h"
#include "day.h"
#include "facts_run.h"
#include "period.h"
#include "quarantine.h"
#include "refresh_lock.h"
#include "restricted.h"
#include "source_query.h"
#include "sql.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_reconcile);

typedef struct Reconciliation
{
	bool one_period; /* asked for; else all that have facts */
	Period asked;
	const char *scheme; /* asked for; NULL: all */
	/* the population at hand */
	Population *population;
	List *sources;
	Changes *changes;
	Period *periods; /* in a row */
	int nperiods;
	char *failure; /* why the source at hand cannot be summed; NULL: it can */
	/* the final query's relations */
	StringInfoData metrics;
	StringInfoData tables;
	StringInfoData ledgers;
	StringInfoData schemes;
	StringInfoData facts;
} Reconciliation;

/* Another row of VALUES, or another SELECT. */
static StringInfo
another(StringInfo sql, const char *first, const char *next)
{
	appendStringInfoString(sql, sql->len > 0 ? next : first);
	return sql;
}

/* The population at hand: what is to be compared. */

static bool
scheme_is_asked(const Reconciliation *reconciliation, const Scheme *scheme)
{
	if (reconciliation->scheme != NULL && strcmp(reconciliation->scheme, scheme->name) != 0)
		return false;
	return OidIsValid(data_oid(data_name(scheme->name, "_facts")));
}

static void
add_scheme(Reconciliation *reconciliation, const Scheme *scheme)
{
	char *facts = data_name(scheme->name, "_facts");

	appendStringInfo(another(&reconciliation->schemes, "VALUES ", ", "),
					 "(%d, %s, %d, %s, %s::date, %s::bool, %s)", scheme->id, quote_literal_cstr(scheme->name),
					 reconciliation->population->id, day_sql(reconciliation->population->as_of),
					 scheme->history_since == DATEVAL_NOEND ? "NULL" : day_sql(scheme->history_since),
					 strcmp(scheme->state, "active") == 0 ? "true" : "false",
					 quote_literal_cstr(reconciliation->population->timezone));
	appendStringInfo(another(&reconciliation->facts, "", " UNION ALL "),
					 "SELECT %d AS scheme_id, period_start, source, measure, sum(value) AS value, "
					 "bool_and(is_final) AS is_final, max(computed_at) AS computed_at FROM %s WHERE %s "
					 "GROUP BY 2, 3, 4",
					 scheme->id, facts,
					 reconciliation->one_period
						 ? psprintf("period_start = %s", day_sql(reconciliation->asked.start))
						 : "true");
}

/* The first and the last period of any scheme's facts; false when there are none. */
static bool
span_of_facts(const Reconciliation *reconciliation, const char *facts, Period *first, Period *last)
{
	bool isnull;
	DateADT day;

	sql_query("SELECT min(period_start), max(period_start) FROM (%s) f", facts);
	day = DatumGetDateADT(cell_datum(0, 1, &isnull));
	if (isnull)
		return false;
	*first = period_containing(day);
	*last = period_containing(DatumGetDateADT(cell_datum(0, 2, &isnull)));
	return true;
}

static void
require_begun(const Reconciliation *reconciliation)
{
	const Population *population = reconciliation->population;

	if (reconciliation->asked.start > population->as_of)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the period from %s had not begun at the last refresh",
							   day_text(reconciliation->asked.start)),
						errdetail("Population \"%s\" was refreshed as of %s.", population->name,
								  day_text(population->as_of)),
						errhint("Refresh first.")));
}

/* False when no scheme of the population has anything to compare. */
static bool
find_periods(Reconciliation *reconciliation, const char *facts)
{
	Period first = reconciliation->asked;
	Period last = reconciliation->asked;

	if (reconciliation->one_period)
		require_begun(reconciliation);
	else if (!span_of_facts(reconciliation, facts, &first, &last))
		return false;
	reconciliation->periods = palloc(((last.end - first.start) / 7 + 2) * sizeof(Period));
	reconciliation->nperiods = 0;
	for (Period period = first; period.start <= last.start; period = period_after(period))
		reconciliation->periods[reconciliation->nperiods++] = period;
	return true;
}

static bool
begin_population(Reconciliation *reconciliation, const RefreshLocks *locks)
{
	StringInfoData all = reconciliation->facts;
	bool any = false;
	ListCell *lc;

	reconciliation->population = population_by_name(locks->population, false);
	reconciliation->sources = sources_of(reconciliation->population);
	initStringInfo(&reconciliation->facts);
	foreach (lc, schemes_of(reconciliation->population, NULL))
	{
		if (!scheme_is_asked(reconciliation, lfirst(lc)))
			continue;
		add_scheme(reconciliation, lfirst(lc));
		any = true;
	}
	any = any && find_periods(reconciliation, reconciliation->facts.data);
	if (reconciliation->facts.len > 0)
		appendStringInfoString(another(&all, "", " UNION ALL "), reconciliation->facts.data);
	reconciliation->facts = all;
	return any;
}

/* The three sums. */

/* The periods' first days and the day after the last, as date[]. */
static char *
period_starts(const Reconciliation *reconciliation)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < reconciliation->nperiods; i++)
		appendStringInfo(&sql, "%s%s", i > 0 ? "," : "", day_text(reconciliation->periods[i].start));
	return psprintf("'{%s}'::date[]", sql.data);
}

/* What was read as one row of the user's table is one event; sums have the declared scale. */
static char *
table_sums_query(const Reconciliation *reconciliation, const Source *source)
{
	const Population *population = reconciliation->population;
	StringInfoData columns;
	StringInfoData sums;
	ListCell *lc;

	initStringInfo(&columns);
	initStringInfo(&sums);
	appendStringInfo(&columns, "key, at%s%s", source->dimension_sql ? ", dimension" : "",
					 source->purchase_sql ? ", purchase" : "");
	foreach (lc, source->measures)
	{
		int number = foreach_current_index(lc) + 1;

		appendStringInfo(&columns, ", m%d", number);
		appendStringInfo(&sums, ", coalesce(sum(round(q.m%d::numeric, %d)), 0)::text", number,
						 ((Measure *) lfirst(lc))->scale);
	}
	return psprintf("SELECT width_bucket(q.at::date, %s)::text, (q.at::date > %s)::text, "
					"(count(*)%s)::text%s FROM (%s) q (%s) "
					"WHERE q.at >= %s AND q.at < %s GROUP BY 1, 2",
					period_starts(reconciliation), day_sql(population->as_of),
					source->purchase_sql ? " FILTER (WHERE q.purchase)" : "", sums.data,
					source_query(population, reconciliation->sources, source, NULL), columns.data,
					day_sql(reconciliation->periods[0].start),
					day_sql(reconciliation->periods[reconciliation->nperiods - 1].end + 1));
}

/* What the query counted in, by the owner's word: its code may answer differently each time it is asked. */
static const Period *
period_of_row(const Reconciliation *reconciliation, const Source *source, TupleTableSlot *slot)
{
	char *number = slot_text(slot, 1);
	int period = number ? atoi(number) : 0;

	if (period < 1 || period > reconciliation->nperiods || slot_text(slot, 2) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("the days of source \"%s\" are not the same each time they are read", source->name),
				 errhint("A function that computes them is declared IMMUTABLE or STABLE and is not.")));
	return &reconciliation->periods[period - 1];
}

/* As the population's owner: rows (population, source, metric's place, period, after the last refresh, sum).
 */
static void
add_table_sums(Reconciliation *reconciliation, const Source *source)
{
	const Population *population = reconciliation->population;
	char *query = table_sums_query(reconciliation, source);
	RestrictedOperation as_owner;
	ErrorData *error = NULL;
	Collected *rows;
	TupleTableSlot *slot;

	restricted_begin(&as_owner, population->owner, population->timezone);
	rows = collect_try(query, NULL, NULL, &error);
	restricted_end(&as_owner);
	reconciliation->failure = rows ? NULL : error->message;
	if (rows == NULL)
		return;
	slot = collected_slot(rows);
	while (collected_next(rows, slot))
	{
		const Period *period = period_of_row(reconciliation, source, slot);

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i <= list_length(source->measures); i++)
			appendStringInfo(another(&reconciliation->tables, "VALUES ", ", "),
							 "(%d, %d, %d, %s, %s::bool, %s::numeric)", population->id, source->id, i,
							 day_sql(period->start), quote_literal_cstr(slot_text(slot, 2)),
							 quote_literal_cstr(slot_text(slot, 3 + i)));
	}
	ExecDropSingleTupleTableSlot(slot);
	collected_free(rows);
}

/* The last days of the periods, as far as they have passed, after the day before the first. */
static char *
period_days(const Reconciliation *reconciliation)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "'{%s", day_text(reconciliation->periods[0].start - 1));
	for (int i = 0; i < reconciliation->nperiods; i++)
		appendStringInfo(&sql, ",%s",
						 day_text(Min(reconciliation->periods[i].end, reconciliation->population->as_of)));
	appendStringInfoString(&sql, "}'::date[]");
	return sql.data;
}

static void
add_ledger_sums(Reconciliation *reconciliation, const Source *source)
{
	appendStringInfo(
		another(&reconciliation->ledgers, "", " UNION ALL "),
		"SELECT %d AS source_id, c.measure AS place, (%s)[c.period] AS period_start, sum(c.value) AS "
		"value FROM (SELECT segment.period_totals(NULL::smallint[], l.ledger, 0, %s) AS cells "
		"FROM %s l) t, unnest(t.cells) c GROUP BY 2, 3",
		source->id, period_starts(reconciliation), period_days(reconciliation),
		ledger_table(reconciliation->population, source));
}

/* Changes no refresh has read: of the source, or, where that cannot be told, perhaps. */
static bool
has_changes(const Reconciliation *reconciliation, const Source *source)
{
	ListCell *lc;

	foreach (lc, reconciliation->changes->sources)
	{
		RelationChanges *relation = lfirst(lc);

		if (relation->source->id == source->id)
			return relation->everyone || !keyset_is_empty(relation->customers);
	}
	return false;
}

static void
add_metrics(Reconciliation *reconciliation, const Source *source)
{
	bool pending = has_changes(reconciliation, source);
	int64 quarantined = quarantine_count(reconciliation->population, source);
	ListCell *lc;

	foreach (lc, facts_metrics(source))
		appendStringInfo(another(&reconciliation->metrics, "VALUES ", ", "),
						 "(%d, %d, %s, %d, %s, %s, " INT64_FORMAT ", %s::text)",
						 reconciliation->population->id, source->id, quote_literal_cstr(source->name),
						 foreach_current_index(lc), quote_literal_cstr(lfirst(lc)),
						 pending ? "true" : "false", quarantined, literal_or_null(reconciliation->failure));
}

static void
add_population(Reconciliation *reconciliation, const RefreshLocks *locks)
{
	ListCell *lc;

	if (!begin_population(reconciliation, locks))
		return;
	reconciliation->changes = changes_read(reconciliation->population, reconciliation->sources);
	foreach (lc, reconciliation->sources)
	{
		add_table_sums(reconciliation, lfirst(lc));
		add_ledger_sums(reconciliation, lfirst(lc));
		add_metrics(reconciliation, lfirst(lc));
	}
}

/* The answer. */

static const char *const table_columns =
	"SELECT source_id, place, period_start, coalesce(sum(value) FILTER (WHERE NOT later), 0) AS value, "
	"coalesce(sum(value) FILTER (WHERE later), 0) AS later FROM (%s) v (population_id, source_id, place, "
	"period_start, later, value) GROUP BY 1, 2, 3";

/* Each difference in words, with its amount. */
static const char *const reasons =
	"CASE WHEN s.missing AND s.history_since > s.period_start "
	"THEN 'before the history of the scheme, which begins on ' || s.history_since "
	"WHEN s.missing THEN 'no scorecard was computed of this period' "
	"WHEN s.failure IS NOT NULL THEN 'the table cannot be summed: ' || s.failure "
	"ELSE nullif(concat_ws('; ', "
	"CASE WHEN s.later <> 0 THEN 'days after the last refresh, ' || s.as_of || ': ' || -s.later END, "
	"CASE WHEN s.unread <> 0 THEN CASE "
	"WHEN s.pending AND s.quarantined > 0 THEN "
	"'changes not yet refreshed, and customers in quarantine, ' || s.quarantined || ' of them' "
	"WHEN s.quarantined > 0 THEN 'customers in quarantine, ' || s.quarantined || ' of them' "
	"WHEN s.pending THEN 'changes not yet refreshed' "
	"ELSE 'ledgers are not what the table says: CALL segment.rebuild' END || ': ' || s.unread END, "
	"CASE WHEN s.late <> 0 THEN CASE "
	"WHEN s.stale_since IS NOT NULL THEN 'late facts, the period is stale since ' || s.stale_since "
	"WHEN s.is_final AND s.erased THEN 'customers erased since it was final: segment.restate leaves them "
	"out' "
	"WHEN s.is_final THEN 'facts that were late before such periods were marked: segment.restate' "
	"WHEN NOT s.active THEN 'the scheme is retired' "
	"ELSE 'facts are not what the ledgers say: segment.update_facts' END || ': ' || s.late END), '') END";

/* The three sums beside each other, of every scheme, period and metric asked for. */
static const char *const all_sums =
	"SELECT m.source, m.name AS measure, m.source_id, m.place, m.pending, m.quarantined, m.failure, "
	"c.name AS scheme, c.scheme_id, c.as_of, c.history_since, c.active, a.period_start, p.is_final, "
	"p.scheme_id IS NULL AS missing, coalesce(f.value, 0) AS facts, "
	"coalesce(t.value, 0) + coalesce(t.later, 0) AS tables, coalesce(t.later, 0) AS later, "
	"coalesce(l.value, 0) - coalesce(t.value, 0) AS unread, "
	"coalesce(f.value, 0) - coalesce(l.value, 0) AS late, "
	"(SELECT (min(x.since) AT TIME ZONE c.timezone)::timestamp(0) FROM segment.stale_period x "
	"WHERE x.scheme_id = c.scheme_id AND x.period_start = a.period_start "
	"AND m.source = ANY (x.sources)) AS stale_since, "
	"EXISTS (SELECT FROM segment.erasure x WHERE x.population_id = c.population_id AND x.erased_at > "
	"greatest(p.computed_at, (SELECT max(r.restated_at) FROM segment.restatement r "
	"WHERE r.scheme_id = c.scheme_id AND r.period_start = a.period_start))) AS erased "
	"FROM asked a JOIN scheme c USING (scheme_id) JOIN metric m USING (population_id) "
	"LEFT JOIN present p ON p.scheme_id = c.scheme_id AND p.period_start = a.period_start "
	"LEFT JOIN fact f ON f.scheme_id = c.scheme_id AND f.period_start = a.period_start "
	"AND f.source = m.source AND f.measure = m.name "
	"LEFT JOIN tables t ON t.source_id = m.source_id AND t.place = m.place "
	"AND t.period_start = a.period_start "
	"LEFT JOIN ledgers l ON l.source_id = m.source_id AND l.place = m.place "
	"AND l.period_start = a.period_start";

static char *
answer_query(const Reconciliation *reconciliation)
{
	char *tables = reconciliation->tables.len > 0
					   ? reconciliation->tables.data
					   : "SELECT 0, 0, 0, NULL::date, false, 0::numeric WHERE false";
	char *asked = reconciliation->one_period
					  ? psprintf("SELECT DISTINCT scheme_id, %s AS period_start FROM scheme",
								 day_sql(reconciliation->asked.start))
					  : "SELECT DISTINCT scheme_id, period_start FROM fact";

	return psprintf(
		"WITH scheme (scheme_id, name, population_id, as_of, history_since, active, timezone) AS (%s), "
		"metric (population_id, source_id, source, place, name, pending, quarantined, failure) AS (%s), "
		"fact AS MATERIALIZED (%s), asked AS (%s), tables AS (%s), ledgers AS (%s), "
		"present AS (SELECT scheme_id, period_start, bool_and(is_final) AS is_final, "
		"max(computed_at) AS computed_at FROM fact GROUP BY 1, 2), sums AS (%s) "
		"SELECT s.source, s.measure, CASE WHEN NOT s.missing THEN s.facts END AS scorecards, "
		"CASE WHEN s.failure IS NULL THEN s.tables END AS tables, "
		"CASE WHEN NOT s.missing AND s.failure IS NULL THEN s.facts - s.tables END AS difference, "
		"%s AS reason, s.scheme AS scheme_name, s.period_start FROM sums s "
		"ORDER BY s.scheme_id, s.period_start, s.source_id, s.place",
		reconciliation->schemes.data, reconciliation->metrics.data, reconciliation->facts.data, asked,
		psprintf(table_columns, tables), reconciliation->ledgers.data, all_sums, reasons);
}

/* Names of the populations to be read: that of the scheme, or all the caller may. */
static List *
populations_asked(const char *scheme)
{
	List *names = NIL;
	ApiCall call;
	ListCell *lc;
	Scheme *asked;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext inner;

	api_begin(&call);
	asked = scheme ? scheme_by_name(scheme, false) : NULL;
	inner = CurrentMemoryContext;
	foreach (lc, populations_all())
	{
		Population *population = lfirst(lc);

		if (asked ? asked->population_id != population->id
				  : !population->refreshed || !has_privs_of_role(call.caller, population->owner))
			continue;
		MemoryContextSwitchTo(caller);
		names = lappend(names, pstrdup(population->name));
		MemoryContextSwitchTo(inner);
	}
	api_end(&call);
	return names;
}

static void
require_no_own_changes(void)
{
	if (capture_is_pending())
		ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
						errmsg("this transaction has changed mapped relations itself"),
						errhint("COMMIT, then reconcile.")));
}

static void
begin_reconciliation(FunctionCallInfo fcinfo, Reconciliation *reconciliation)
{
	reconciliation->one_period = !PG_ARGISNULL(0);
	if (reconciliation->one_period)
		reconciliation->asked = period_containing(PG_GETARG_DATEADT(0));
	reconciliation->scheme = arg_text(fcinfo, 1);
	initStringInfo(&reconciliation->metrics);
	initStringInfo(&reconciliation->tables);
	initStringInfo(&reconciliation->ledgers);
	initStringInfo(&reconciliation->schemes);
	initStringInfo(&reconciliation->facts);
}

Datum
segment_reconcile(PG_FUNCTION_ARGS)
{
	Reconciliation reconciliation = {0};
	List *locks = NIL;
	ApiCall call;
	ListCell *lc;

	require_no_own_changes();
	begin_reconciliation(fcinfo, &reconciliation);
	foreach (lc, populations_asked(reconciliation.scheme))
		locks = lappend(locks, refresh_locks_find(lfirst(lc), CurrentMemoryContext));
	foreach (lc, locks)
		refresh_locks_take_relations(lfirst(lc));
	PushActiveSnapshot(GetTransactionSnapshot());
	api_begin(&call);
	api_read_by_snapshot(true);
	foreach (lc, locks)
		refresh_locks_require_not_rewritten(lfirst(lc));
	foreach (lc, locks)
		add_population(&reconciliation, lfirst(lc));
	if (reconciliation.metrics.len == 0)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("there is no scorecard to reconcile"),
						errhint("Map a source, refresh, and activate a scheme.")));
	return_query(fcinfo, &call, answer_query(&reconciliation));
	api_end(&call);
	PopActiveSnapshot();
	return (Datum) 0;
}
