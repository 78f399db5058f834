/*
 * refresh.c
 *	  CALL segment.refresh(): customers, ledgers, features, segments, facts.
 *
 * Step by step: (1) a transaction of its own, REPEATABLE READ, with every lock
 * taken before its one snapshot; (2) what changed since the last one; (3) the
 * customers and their attributes, the ledgers; (4) evaluate whom it concerns,
 * everyone on a new day, and write the differences; (5) the facts of open
 * periods, how far we have read, who withdrew consent meanwhile; commit; (6) each scorecard whose facts
 * changed in a transaction of its own, and a try at emptying the logs.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "adopt.h"
#include "args.h"
#include "assign.h"
#include "catalog.h"
#include "change_log.h"
#include "changes.h"
#include "clock.h"
#include "customers.h"
#include "day.h"
#include "debug.h"
#include "evaluate.h"
#include "facts.h"
#include "facts_day.h"
#include "facts_follow.h"
#include "guc.h"
#include "late_entry.h"
#include "ledgers.h"
#include "mapped.h"
#include "opt_out.h"
#include "procedure.h"
#include "progress.h"
#include "quarantine.h"
#include "refresh.h"
#include "refresh_lock.h"
#include "scheme.h"
#include "scorecard.h"
#include "sql.h"
#include "stopwatch.h"

PG_FUNCTION_INFO_V1(segment_refresh);

typedef struct Refresh
{
	bool day_given;
	DateADT day;
	Population *population;
	EvaluationPlan *plan;
	Changes *changes;
	bool everyone; /* a new day, other definitions, or a relation read in full */
	TimestampTz started_at;
	TimestampTz read_at; /* the same by the extension's clock */
	CustomersSyncResult customers;
	int64 ledgers; /* rows written */
	AssignCounts counts;
	FactsFollow facts;
	KeySet *moved; /* in any scheme whose facts follow its customers */
	double read_ms;
	double build_ms;
	int64 quarantined; /* customers, now */
	double facts_ms;
} Refresh;

/* Before anything is read: are the mapped relations there, and which day is it? */

/* A mapped table that is gone says so before anything is read. */
static void
require_relations(const Refresh *refresh)
{
	ListCell *lc;

	if (!relation_exists(refresh->population->relation))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the relation population \"%s\" is mapped on no longer exists",
						refresh->population->name),
				 errhint("Results are kept as they were. Map the population's new relation, or drop it with "
						 "segment.drop_population.")));
	foreach (lc, refresh->plan->sources)
	{
		Source *source = lfirst(lc);

		if (!relation_exists(source->relation))
			ereport(
				ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the relation source \"%s\" is mapped on no longer exists", source->name),
				 errhint("Results are kept as they were. Drop the source with segment.drop_source, or map it "
						 "on another relation.")));
	}
}

static void
decide_day(Refresh *refresh)
{
	Population *population = refresh->population;

	/* A clock that was set back, another time zone, or data whose days are still to come, are no error. */
	if (!refresh->day_given)
	{
		refresh->day = clock_today(population->timezone);
		if (population->refreshed && refresh->day < population->as_of)
			refresh->day = population->as_of;
	}
	if (!IS_VALID_DATE(refresh->day))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("as_of is not a day"),
						errhint("Give a date such as as_of => '2026-10-31'.")));
	if (population->refreshed && refresh->day < population->as_of)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("population \"%s\" has been refreshed as of %s, which is after %s", population->name,
					day_text(population->as_of), day_text(refresh->day)),
			 errhint(
				 "Refreshes go forward. The past is written by CALL segment.backfill(scheme, since, until), "
				 "and segment.features_as_of(population, day) reads any past day.")));
}

/* Hash joins over everyone want memory; like any maintenance they get maintenance_work_mem. */
static void
use_maintenance_memory(void)
{
	if (work_mem < maintenance_work_mem)
		set_config_option("work_mem", GetConfigOption("maintenance_work_mem", false, false), PGC_USERSET,
						  PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/* Results of the last refresh still hold for whoever did not change. */
static bool
must_evaluate_everyone(const Refresh *refresh)
{
	const Population *population = refresh->population;

	return refresh->changes->everyone || !population->refreshed || refresh->day != population->as_of ||
		   population->generation != population->evaluated_generation;
}

static void
update_customers(Refresh *refresh)
{
	const RelationChanges *own = &refresh->changes->own;

	progress_start(refresh->population->relation, PROGRESS_READING_CUSTOMERS, 0);
	if (own->everyone || !keyset_is_empty(own->customers))
		customers_sync(refresh->population, refresh->plan->features, own->everyone ? NULL : own->customers,
					   refresh->plan->late, &refresh->customers);
	if (refresh->customers.deleted > 0)
		refresh->counts.transitions +=
			assign_removed(refresh->plan, own->everyone ? NULL : own->customers, refresh->day);
	DEBUG_POINT("refresh-after-customers");
}

/*
 * Days without a refresh are evaluated first, each as of its end, for segments
 * alone: features are of the last day only.
 */
static void
catch_up(Refresh *refresh)
{
	DateADT first = refresh->population->as_of + 1;

	if (!refresh->population->refreshed || refresh->plan->schemes == NIL)
		return;
	first = Max(first, refresh->day - segment_catch_up_days);
	for (DateADT day = first; day < refresh->day; day++)
		assign(refresh->plan, day, false, &refresh->counts);
}

static void
evaluate(Refresh *refresh)
{
	refresh->plan->quarantine = quarantine_read(refresh->population, refresh->plan->sources);
	if (refresh->everyone)
		catch_up(refresh);
	else
		refresh->plan->keys = refresh->changes->customers;
	assign(refresh->plan, refresh->day, true, &refresh->counts);
	refresh->quarantined = quarantine_report(refresh->population);
	DEBUG_POINT("refresh-after-assign");
}

/* 5. Facts. */

/*
 * Whose part in facts as stored is taken away before anything is written: who
 * changed and, when days have passed, whom that concerns; who is in
 * quarantine is evaluated anew without a change.  NULL: everyone's.
 */
static KeySet *
customers_for_facts(const Refresh *refresh)
{
	const Population *population = refresh->population;
	KeySet *keys;

	if (refresh->changes->everyone || !population->refreshed ||
		population->generation != population->evaluated_generation)
		return NULL;
	if (refresh->day == population->as_of)
		return refresh->changes->customers;
	keys = keyset_create(population->key_type, get_typcollation(population->key_type));
	keyset_add_all(keys, refresh->changes->customers);
	quarantine_add_keys(population, keys);
	facts_day_add_customers(population, refresh->plan->sources, population->as_of, refresh->day, keys);
	return keys;
}

/* Before anything is written: when few changed, what they contribute to facts as stored. */
static void
prepare_facts(Refresh *refresh)
{
	const Population *population = refresh->population;
	EvaluationPlan *plan = refresh->plan;
	KeySet *keys = plan->schemes == NIL ? NULL : customers_for_facts(refresh);
	ListCell *scheme;
	ListCell *delta;

	facts_follow_begin(&refresh->facts, population, plan->sources, schemes_of_plan(plan), keys, refresh->day);
	refresh->moved = keyset_create(population->key_type, get_typcollation(population->key_type));
	forboth(scheme, plan->schemes, delta, refresh->facts.deltas)
	{
		if (lfirst(delta) != NULL)
			((SchemePlan *) lfirst(scheme))->moved = refresh->moved;
	}
}

/* Somebody has written what facts follow from, and left them to us. */
static bool
facts_are_forgotten(const Refresh *refresh)
{
	ListCell *lc;

	foreach (lc, refresh->plan->schemes)
		if (((SchemePlan *) lfirst(lc))->scheme->facts_as_of == DATEVAL_NOEND)
			return true;
	return false;
}

/* Facts follow from ledgers, segments, entry days and the day alone. */
static bool
facts_may_differ(const Refresh *refresh)
{
	return refresh->day != refresh->population->as_of || !refresh->population->refreshed ||
		   refresh->ledgers > 0 || refresh->counts.features > 0 || refresh->counts.segments > 0 ||
		   refresh->customers.deleted > 0 || refresh->customers.updated > 0 || facts_are_forgotten(refresh);
}

/* After an upgrade also where nothing else has changed. */
static void
complete_facts(const Refresh *refresh)
{
	ListCell *lc;

	foreach (lc, refresh->plan->schemes)
	{
		const Scheme *scheme = ((SchemePlan *) lfirst(lc))->scheme;

		if (facts_are_complete(scheme))
			continue;
		facts_complete(refresh->population, refresh->plan->sources, scheme, refresh->day);
		scheme_facts_changed(scheme);
	}
}

static int64
customers_now(const Refresh *refresh)
{
	if (refresh->changes->own.everyone)
		return refresh->customers.customers;
	return refresh->population->customers + refresh->customers.inserted - refresh->customers.deleted;
}

static void
record(const Refresh *refresh)
{
	sql_run("UPDATE segment.population SET as_of = %s, refreshed_at = clock_timestamp(), customers "
			"= " INT64_FORMAT ", evaluated_generation = " INT64_FORMAT
			", read_at = %s WHERE population_id OPERATOR(pg_catalog.=) %d",
			day_sql(refresh->day), customers_now(refresh), refresh->population->generation,
			quote_literal_cstr(timestamptz_to_str(refresh->read_at)), refresh->population->id);
	changes_done(refresh->changes);
}

static void
log_refresh(const Refresh *refresh)
{
	sql_run("INSERT INTO segment.refresh_log (population_id, as_of, started_at, finished_at, customers, "
			"features_written, segments_written, transitions, quarantined, read_ms, build_ms, evaluate_ms, "
			"write_ms, facts_ms) VALUES "
			"(%d, %s, %s, clock_timestamp(), " INT64_FORMAT ", " INT64_FORMAT ", " INT64_FORMAT
			", " INT64_FORMAT ", " INT64_FORMAT ", %.3f, %.3f, %.3f, %.3f, %.3f)",
			refresh->population->id, day_sql(refresh->day),
			quote_literal_cstr(timestamptz_to_str(refresh->started_at)),
			refresh->everyone ? customers_now(refresh) : (int64) refresh->changes->customers->nkeys,
			refresh->counts.features, refresh->counts.segments, refresh->counts.transitions,
			refresh->quarantined, refresh->read_ms, refresh->build_ms, refresh->counts.evaluate_ms,
			refresh->counts.write_ms, refresh->facts_ms);
}

static void
update_results(Refresh *refresh)
{
	instr_time clock;

	INSTR_TIME_SET_CURRENT(clock);
	use_maintenance_memory();
	prepare_facts(refresh);
	refresh->plan->late = late_entries_create(refresh->population);
	update_customers(refresh);
	refresh->read_ms = lap_ms(&clock);
	refresh->ledgers = ledgers_update(refresh->population, refresh->plan->sources, refresh->changes);
	DEBUG_POINT("refresh-after-ledgers");
	refresh->build_ms = lap_ms(&clock);
	evaluate(refresh);
	late_entries_mark(refresh->plan->late, refresh->plan->sources);
	lap_ms(&clock);
	if (facts_may_differ(refresh))
		facts_follow_end(&refresh->facts, refresh->moved);
	refresh->facts_ms = lap_ms(&clock);
	progress_end();
	log_refresh(refresh);
}

/* Everything between the snapshot and the commit. */
static void
refresh_in_snapshot(Refresh *refresh, const RefreshLocks *locks)
{
	refresh->started_at = GetCurrentTimestamp();
	refresh->read_at = clock_now();
	refresh->population = population_by_name(locks->population, false);
	population_check_access(refresh->population, locks->caller);
	refresh->plan = evaluation_plan(refresh->population);
	require_relations(refresh);
	adopt_generated_relations(refresh->population);
	decide_day(refresh);
	refresh->changes = changes_read(refresh->population, refresh->plan->sources);
	refresh->everyone = must_evaluate_everyone(refresh);
	if (refresh->everyone || !changes_are_none(refresh->changes))
		update_results(refresh);
	complete_facts(refresh);
	record(refresh);
	opt_outs_take_out_last(refresh->population->id);
}

/* 6. Scorecards: readers are not blocked, and no older snapshot is held meanwhile. */
static void
refresh_scorecards(List *names)
{
	ListCell *lc;

	foreach (lc, names)
	{
		ApiCall call;
		Scheme *scheme;

		transaction_begin(&call, false);
		DEBUG_POINT("refresh-before-scorecard");
		scheme = scheme_by_name(lfirst(lc), true);
		if (scheme)
		{
			progress_start(population_by_id(scheme->population_id)->relation, PROGRESS_REFRESHING_SCORECARDS,
						   list_length(names));
			progress_done(foreach_current_index(lc));
			scorecard_refresh(scheme);
		}
		DEBUG_POINT("refresh-after-scorecard");
		progress_end();
		transaction_end(&call, false);
	}
}

static bool
is_left(List *names, const char *name)
{
	ListCell *lc;

	foreach (lc, names)
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	return false;
}

/*
 * Names of the schemes whose facts changed, now or before a scorecard could
 * not be refreshed, except those that somebody else takes care of.
 */
static List *
stale_scorecards(const Population *population, List *left, MemoryContext context)
{
	uint64 found = sql_query(
		"SELECT s.name::text FROM segment.scheme s LEFT JOIN segment.scorecard_state c "
		"ON c.scheme_id OPERATOR(pg_catalog.=) s.scheme_id "
		"WHERE s.population_id OPERATOR(pg_catalog.=) %d AND s.state OPERATOR(pg_catalog.=) 'active' "
		"AND s.facts_generation IS DISTINCT FROM c.facts_generation ORDER BY s.scheme_id",
		population->id);
	MemoryContext old = MemoryContextSwitchTo(context);
	List *names = NIL;

	for (uint64 row = 0; row < found; row++)
	{
		char *name = cell_text(row, 1);

		if (!is_left(left, name))
			names = lappend(names, name);
	}
	MemoryContextSwitchTo(old);
	return names;
}

int
refresh_stale_scorecards(const char *population, const char *scheme)
{
	MemoryContext context = CurrentMemoryContext;
	List *names;
	ApiCall call;

	transaction_begin(&call, false);
	names = stale_scorecards(population_by_name(population, false), NIL, context);
	transaction_end(&call, false);
	if (scheme != NULL)
		names = is_left(names, scheme) ? list_make1(pstrdup(scheme)) : NIL;
	refresh_scorecards(names);
	return list_length(names);
}

void
run_refresh(const char *population, bool day_given, DateADT day)
{
	run_refresh_leaving(population, day_given, day, NIL);
}

void
run_refresh_leaving(const char *population, bool day_given, DateADT day, List *left)
{
	MemoryContext context = CurrentMemoryContext; /* SPI's, which outlives the transactions */
	Refresh refresh = {.day_given = day_given, .day = day};
	RefreshLocks *locks = refresh_locks_find(population, context);
	List *schemes = NIL;
	ApiCall call;

	transaction_begin(&call, true);
	refresh_locks_take(locks);
	transaction_snapshot();
	DEBUG_POINT("refresh-after-snapshot");
	api_begin(&call);
	refresh_in_snapshot(&refresh, locks);
	DEBUG_POINT("refresh-before-commit");
	schemes = stale_scorecards(refresh.population, left, context);
	transaction_end(&call, true);
	refresh_scorecards(schemes);
	change_log_rotate(locks->population);
}

Datum
segment_refresh(PG_FUNCTION_ARGS)
{
	char *population;

	procedure_begin(fcinfo, "refresh");
	population = arg_text(fcinfo, 0);
	run_refresh(population, !PG_ARGISNULL(1), PG_ARGISNULL(1) ? 0 : PG_GETARG_DATEADT(1));
	procedure_end();
	PG_RETURN_VOID();
}
