/*
 * refresh.c
 *	  CALL segment.refresh(): customers, ledgers, features, segments, facts.
 *
 * Step by step: (1) a transaction of its own, REPEATABLE READ, with every lock
 * taken before its one snapshot; (2) the customers and their attributes;
 * (3) the ledgers; (4) evaluate everyone and write the differences; (5) the
 * facts of open periods; commit; (6) each scorecard in a transaction of its
 * own.  Which ledgers are rebuilt is decided in rebuild_ledgers() alone.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "portability/instr_time.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "adopt.h"
#include "args.h"
#include "assign.h"
#include "build.h"
#include "catalog.h"
#include "clock.h"
#include "customers.h"
#include "debug.h"
#include "evaluate.h"
#include "facts.h"
#include "mapped.h"
#include "population_lock.h"
#include "procedure.h"
#include "progress.h"
#include "scorecard.h"
#include "source_query.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_refresh);

typedef struct Refresh
{
	char	   *name;			/* as asked for */
	bool		day_given;
	DateADT		day;
	Oid			caller;
	Population *population;
	EvaluationPlan *plan;
	TimestampTz started_at;
	CustomersSyncResult customers;
	AssignCounts counts;
	double		read_ms;
	double		build_ms;
	double		facts_ms;
} Refresh;

/* What a refresh must lock, as known before it has a snapshot. */
typedef struct RefreshLocks
{
	Oid			anchor;
	List	   *relations;		/* sorted, without duplicates */
} RefreshLocks;

static double
lap_ms(instr_time *clock)
{
	instr_time	now;
	double		ms;

	INSTR_TIME_SET_CURRENT(now);
	ms = INSTR_TIME_GET_MILLISEC(now) - INSTR_TIME_GET_MILLISEC(*clock);
	*clock = now;
	return ms;
}

/* 1. Locks, then the snapshot. */

static void
collect_locks(Refresh *refresh, RefreshLocks *locks, MemoryContext context)
{
	ApiCall		call;
	Population *population;
	MemoryContext old;
	ListCell   *lc;

	api_begin(&call);
	refresh->caller = call.caller;
	population = population_by_name(refresh->name, false);
	population_check_access(population, call.caller);
	old = MemoryContextSwitchTo(context);
	refresh->name = pstrdup(population->name);
	locks->anchor = population->anchor;
	locks->relations = list_make1_oid(population->relation);
	MemoryContextSwitchTo(old);
	foreach(lc, sources_of(population))
	{
		old = MemoryContextSwitchTo(context);
		locks->relations = list_append_unique_oid(locks->relations, ((Source *) lfirst(lc))->relation);
		MemoryContextSwitchTo(old);
	}
	list_sort(locks->relations, list_oid_cmp);
	api_end(&call);
}

static void
lock_all(const RefreshLocks *locks)
{
	ListCell   *lc;

	DEBUG_POINT("refresh-before-locks");
	population_lock(locks->anchor);
	DEBUG_POINT("refresh-after-population-lock");
	foreach(lc, locks->relations)
		LockRelationOid(lfirst_oid(lc), AccessShareLock);
	DEBUG_POINT("refresh-before-snapshot");
}

/* A mapped table that is gone says so before anything is read. */
static void
require_relations(const Refresh *refresh)
{
	ListCell   *lc;

	if (!relation_exists(refresh->population->relation))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("the relation population \"%s\" is mapped on no longer exists", refresh->population->name),
						errhint("Results are kept as they were. Map the population's new relation, or drop it with "
								"segment.drop_population.")));
	foreach(lc, refresh->plan->sources)
	{
		Source	   *source = lfirst(lc);

		if (!relation_exists(source->relation))
			ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
							errmsg("the relation source \"%s\" is mapped on no longer exists", source->name),
							errhint("Results are kept as they were. Drop the source with segment.drop_source, or map it "
									"on another relation.")));
	}
}

static void
decide_day(Refresh *refresh)
{
	Population *population = refresh->population;

	if (!refresh->day_given)
		refresh->day = clock_today(population->timezone);
	if (!IS_VALID_DATE(refresh->day))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("as_of is not a day"),
						errhint("Give a date such as as_of => '2026-10-31'.")));
	if (population->refreshed && refresh->day < population->as_of)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("population \"%s\" has been refreshed as of %s, which is after %s", population->name,
							   DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(population->as_of))),
							   DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(refresh->day)))),
						errhint("Refreshes go forward. The past is written by CALL segment.backfill(scheme, since, until), "
								"and segment.features_as_of(population, day) reads any past day.")));
}

/* Hash joins over everyone want memory; like any maintenance they get maintenance_work_mem. */
static void
use_maintenance_memory(void)
{
	if (work_mem < maintenance_work_mem)
		set_config_option("work_mem", GetConfigOption("maintenance_work_mem", false, false), PGC_USERSET, PGC_S_SESSION,
						  GUC_ACTION_SAVE, true, 0, false);
}

/* 3. Ledgers.  The seam for incremental refresh: today every source is rebuilt, and only differences written. */

static void
rebuild_ledger(const Refresh *refresh, const Source *source)
{
	const char *names[LEDGER_MAX_MEASURES];
	LedgerBuild build = {
		.source_name = source->name,.owner = refresh->population->owner,.key_type = refresh->population->key_type,
		.timezone = refresh->population->timezone,.shape = source_shape(source),
		.has_purchase = source->purchase_sql != NULL,.measure_name = names
	};
	LedgerBuildResult result = {0};
	ListCell   *lc;

	foreach(lc, source->measures)
		names[foreach_current_index(lc)] = ((Measure *) lfirst(lc))->name;
	build.query = source_query(refresh->population, refresh->plan->sources, source);
	build.ledger_relid = DatumGetObjectId(DirectFunctionCall1(to_regclass,
															  CStringGetTextDatum(ledger_table(refresh->population,
																							   source))));
	ledger_build(&build, &result);
	sql_run("UPDATE segment.source SET events = " INT64_FORMAT ", undated = " INT64_FORMAT
			", built_at = clock_timestamp() WHERE source_id OPERATOR(pg_catalog.=) %d",
			result.rows - result.undated, result.undated, source->id);
	DEBUG_POINT("refresh-after-ledger");
}

static void
rebuild_ledgers(Refresh *refresh)
{
	ListCell   *lc;

	foreach(lc, refresh->plan->sources)
		rebuild_ledger(refresh, lfirst(lc));
}

/* 5. Facts. */

static void
update_facts(Refresh *refresh)
{
	ListCell   *lc;

	progress_phase(PROGRESS_COMPUTING_FACTS, list_length(refresh->plan->schemes));
	foreach(lc, refresh->plan->schemes)
	{
		Scheme	   *scheme = ((SchemePlan *) lfirst(lc))->scheme;

		facts_update(refresh->population, refresh->plan->sources, scheme, scheme->history_since, refresh->day);
		progress_done(foreach_current_index(lc) + 1);
	}
}

static void
record(const Refresh *refresh)
{
	sql_run("UPDATE segment.population SET as_of = %s, refreshed_at = clock_timestamp() "
			"WHERE population_id OPERATOR(pg_catalog.=) %d", date_sql(refresh->day), refresh->population->id);
	sql_run("INSERT INTO segment.refresh_log (population_id, as_of, started_at, finished_at, customers, features_written, "
			"segments_written, transitions, read_ms, build_ms, evaluate_ms, write_ms, facts_ms) VALUES "
			"(%d, %s, %s, clock_timestamp(), " INT64_FORMAT ", " INT64_FORMAT ", " INT64_FORMAT ", " INT64_FORMAT
			", %.3f, %.3f, %.3f, %.3f, %.3f)",
			refresh->population->id, date_sql(refresh->day),
			quote_literal_cstr(timestamptz_to_str(refresh->started_at)), refresh->customers.customers,
			refresh->counts.features, refresh->counts.segments, refresh->counts.transitions, refresh->read_ms,
			refresh->build_ms, refresh->counts.evaluate_ms, refresh->counts.write_ms, refresh->facts_ms);
}

/* Everything between the snapshot and the commit. */
static void
refresh_in_snapshot(Refresh *refresh)
{
	instr_time	clock;

	INSTR_TIME_SET_CURRENT(clock);
	refresh->started_at = GetCurrentTimestamp();
	refresh->population = population_by_name(refresh->name, false);
	population_check_access(refresh->population, refresh->caller);
	refresh->plan = evaluation_plan(refresh->population);
	require_relations(refresh);
	adopt_generated_relations(refresh->population);
	decide_day(refresh);
	use_maintenance_memory();
	progress_start(refresh->population->relation, PROGRESS_READING_CUSTOMERS, 0);
	customers_sync(refresh->population, refresh->plan->features, &refresh->customers);
	if (refresh->customers.deleted > 0)
		refresh->counts.transitions += assign_removed(refresh->plan, refresh->day);
	DEBUG_POINT("refresh-after-customers");
	refresh->read_ms = lap_ms(&clock);
	rebuild_ledgers(refresh);
	DEBUG_POINT("refresh-after-ledgers");
	refresh->build_ms = lap_ms(&clock);
	assign(refresh->plan, refresh->day, true, &refresh->counts);
	DEBUG_POINT("refresh-after-assign");
	lap_ms(&clock);
	update_facts(refresh);
	refresh->facts_ms = lap_ms(&clock);
	record(refresh);
	progress_end();
}

/* 6. Scorecards: readers are not blocked, and no older snapshot is held meanwhile. */
static void
refresh_scorecards(List *names)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		ApiCall		call;
		Scheme	   *scheme;

		transaction_begin(&call, false);
		DEBUG_POINT("refresh-before-scorecard");
		scheme = scheme_by_name(lfirst(lc), true);
		if (scheme)
			scorecard_refresh(scheme);
		DEBUG_POINT("refresh-after-scorecard");
		transaction_end(&call, false);
	}
}

static List *
scheme_names(const Refresh *refresh, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, refresh->plan->schemes)
		names = lappend(names, pstrdup(((SchemePlan *) lfirst(lc))->scheme->name));
	MemoryContextSwitchTo(old);
	return names;
}

Datum
segment_refresh(PG_FUNCTION_ARGS)
{
	Refresh		refresh = {0};
	RefreshLocks locks;
	ApiCall		call;
	MemoryContext context;
	List	   *schemes;

	procedure_begin(fcinfo, "refresh");
	context = CurrentMemoryContext; /* SPI's, which outlives the transactions */
	refresh.name = arg_text(fcinfo, 0);
	refresh.day_given = !PG_ARGISNULL(1);
	refresh.day = refresh.day_given ? PG_GETARG_DATEADT(1) : 0;
	collect_locks(&refresh, &locks, context);
	transaction_begin(&call, true);
	lock_all(&locks);
	transaction_snapshot();
	DEBUG_POINT("refresh-after-snapshot");
	api_begin(&call);
	refresh_in_snapshot(&refresh);
	DEBUG_POINT("refresh-before-commit");
	schemes = scheme_names(&refresh, context);
	transaction_end(&call, true);
	refresh_scorecards(schemes);
	procedure_end();
	PG_RETURN_VOID();
}
