/*
 * movement.c
 *	  Moves per period of a scheme: segment_data.<scheme>_movement.
 *
 * One row per period, pair of segments and cause, every number additive, so
 * that views over it need no customer.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "alert.h"
#include "debug.h"
#include "movement.h"
#include "movement_rows.h"
#include "movement_views.h"
#include "sql.h"

#define SAME_MOVE                                                                                            \
	"m.period_start OPERATOR(pg_catalog.=) w.period_start "                                                  \
	"AND m.from_segment OPERATOR(pg_catalog.=) w.from_segment "                                              \
	"AND m.to_segment OPERATOR(pg_catalog.=) w.to_segment AND m.cause OPERATOR(pg_catalog.=) w.cause"
#define KEYS "period_start, from_segment, to_segment, cause"
#define VALUES "customers, value_before, value_after, lapsed, contraction, expansion, acquired"

char *
movement_table(const Scheme *scheme)
{
	return data_name(scheme->name, "_movement");
}

bool
movement_exists(const Scheme *scheme)
{
	return OidIsValid(data_oid(movement_table(scheme)));
}

static void
comment_on_columns(const char *table)
{
	static const char *const comments[][2] = {
		{"from_segment",
		 "where the customers opened the period; new: not there before; unassigned: no customer"},
		{"to_segment", "where they closed it, or are so far; removed: gone"},
		{"cause",
		 "stayed, behaviour (the tables or time), definition, manual, merge: behaviour when any of a "
		 "customer''s moves in the period was"},
		{"measure", "what customers are valued by; NULL without a measure of money"},
		{"value_before", "of these customers in the " MOVEMENT_WITHIN " before the period"},
		{"value_after", "of the same customers in the " MOVEMENT_WITHIN " to its end, or so far"},
		{"lapsed", "value before of those who have none after"},
		{"contraction", "by how much others have less after than before"},
		{"expansion", "by how much others have more after than before"},
		{"acquired", "value after less before of those who came: value_before - lapsed - contraction + "
					 "expansion + acquired = value_after, but for money of no customer"},
		{"is_final", "the period is settled: only a restatement changes it"},
	};

	for (int i = 0; i < lengthof(comments); i++)
		sql_run("COMMENT ON COLUMN %s.%s IS '%s'", table, comments[i][0], comments[i][1]);
}

void
movement_create(const Scheme *scheme)
{
	char *table = movement_table(scheme);

	sql_run("CREATE TABLE %s (period_start date NOT NULL, from_segment text NOT NULL, "
			"to_segment text NOT NULL, cause text NOT NULL, customers bigint NOT NULL, measure text, "
			"value_before numeric, value_after numeric, lapsed numeric, contraction numeric, "
			"expansion numeric, acquired numeric, is_final boolean NOT NULL, "
			"computed_at timestamptz NOT NULL, PRIMARY KEY (" KEYS "))",
			table);
	belongs_to_extension(table);
	sql_run("COMMENT ON TABLE %s IS %s", table,
			quote_literal_cstr(psprintf("who moved where in each period of scheme \"%s\", why, and what they "
										"were worth; every number is additive",
										scheme->name)));
	comment_on_columns(table);
}

/*
 * The windows of an open period's end begin where they will when it is over,
 * so that a day that passes takes nothing out of them (facts_delta.h).
 */
static void
movement_windows(const FactsRun *run, MovementPass *pass, const StatesFrame *frame)
{
	DateADT *since = palloc(frame->ndays * sizeof(DateADT));

	since[0] = movement_window_start(frame->days[0], MOVEMENT_WITHIN);
	for (int i = 1; i < frame->ndays; i++)
		since[i] = movement_window_start(run->periods[i - 1].end, MOVEMENT_WITHIN);
	pass->since = since;
	pass->until = frame->days;
}

MovementPass *
movement_pass_of(const FactsRun *run, const StatesFrame *frame)
{
	MovementWorth worth;
	MovementPass *pass;

	if (!movement_exists(run->scheme))
		return NULL;
	movement_worth(run->sources, NULL, &worth);
	pass = movement_pass_create(run->population, run->scheme, &worth, frame);
	movement_windows(run, pass, frame);
	return pass;
}

static const char *
measure_sql(const FactsRun *run)
{
	MovementWorth worth;

	movement_worth(run->sources, NULL, &worth);
	return psprintf("%s::text", literal_or_null(worth.name));
}

static void
insert_missing(const FactsRun *run)
{
	char *table = movement_table(run->scheme);

	sql_run("INSERT INTO %s (" KEYS ", " VALUES ", measure, is_final, computed_at) "
			"SELECT " KEYS ", " VALUES ", %s, is_final, now() "
			"FROM moved w WHERE NOT EXISTS (SELECT FROM %s m WHERE " SAME_MOVE ")",
			table, measure_sql(run), table);
}

static void
write_differences(const FactsRun *run)
{
	char *table = movement_table(run->scheme);

	sql_run("DELETE FROM %s m WHERE m.period_start OPERATOR(pg_catalog.=) ANY (%s) "
			"AND NOT EXISTS (SELECT FROM moved w WHERE " SAME_MOVE ")",
			table, facts_run_wanted(run));
	sql_run(
		"UPDATE %s m SET (" VALUES ", measure, is_final, computed_at) "
		"= (w.customers, w.value_before, w.value_after, w.lapsed, w.contraction, w.expansion, w.acquired, "
		"%s, w.is_final, now()) FROM moved w WHERE " SAME_MOVE
		" AND ROW(m.customers, m.value_before, m.value_after, m.lapsed, m.contraction, m.expansion, "
		"m.acquired, m.measure, m.is_final) IS DISTINCT FROM ROW(w.customers, w.value_before, "
		"w.value_after, w.lapsed, w.contraction, w.expansion, w.acquired, %s, w.is_final)",
		table, measure_sql(run), measure_sql(run));
	insert_missing(run);
	DEBUG_POINT("movement-after-write");
}

/* Every number grows by its difference; what is left of nobody and nothing goes. */
static void
write_growth(const FactsRun *run)
{
	char *table = movement_table(run->scheme);

	sql_run("UPDATE %s m SET customers = m.customers OPERATOR(pg_catalog.+) w.customers, "
			"value_before = m.value_before OPERATOR(pg_catalog.+) w.value_before, "
			"value_after = m.value_after OPERATOR(pg_catalog.+) w.value_after, "
			"lapsed = m.lapsed OPERATOR(pg_catalog.+) w.lapsed, "
			"contraction = m.contraction OPERATOR(pg_catalog.+) w.contraction, "
			"expansion = m.expansion OPERATOR(pg_catalog.+) w.expansion, "
			"acquired = m.acquired OPERATOR(pg_catalog.+) w.acquired, computed_at = now() "
			"FROM moved w WHERE " SAME_MOVE,
			table);
	insert_missing(run);
	sql_run("DELETE FROM %s m USING moved w WHERE " SAME_MOVE " AND m.customers OPERATOR(pg_catalog.=) 0 "
			"AND COALESCE(m.value_before, 0) OPERATOR(pg_catalog.=) 0 "
			"AND COALESCE(m.value_after, 0) OPERATOR(pg_catalog.=) 0 "
			"AND COALESCE(m.lapsed, 0) OPERATOR(pg_catalog.=) 0 "
			"AND COALESCE(m.contraction, 0) OPERATOR(pg_catalog.=) 0 "
			"AND COALESCE(m.expansion, 0) OPERATOR(pg_catalog.=) 0 "
			"AND COALESCE(m.acquired, 0) OPERATOR(pg_catalog.=) 0",
			table);
}

/* What knows the relation must not outlive it. */
static void
write_moves(const FactsRun *run, const MovementPass *pass, bool growth)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "segment moves to write", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);

	SPI_connect();
	if (movement_rows_register(run, pass) > 0 || !growth)
	{
		if (growth)
			write_growth(run);
		else
			write_differences(run);
	}
	SPI_finish();
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

static bool
any_final(const FactsRun *run)
{
	for (int i = 0; i < run->nperiods; i++)
		if (run->wanted[i] && facts_run_final(run, i))
			return true;
	return false;
}

void
movement_update(const FactsRun *run, const MovementPass *pass)
{
	if (pass == NULL)
		return;
	write_moves(run, pass, false);
	if (any_final(run))
		alerts_raise(run->scheme);
}

void
movement_follow(const FactsRun *run, const MovementPass *difference)
{
	write_moves(run, difference, true);
}

void
movement_build(const FactsRun *facts)
{
	FactsRun run = *facts;
	FactsPass pass;

	movement_create(run.scheme);
	if (facts_run_begin_all(&run))
	{
		facts_run_pass(&run, NULL, NULL, &pass);
		movement_update(&run, pass.movement);
	}
	movement_views_regenerate();
}
