/*
 * history.c
 *	  A scheme's history and transitions: who was in which segment when, and every move.
 *
 * History is [day moved in, day moved out) per customer, gap-free from its
 * first row; the row that is open has no upper bound.  "In force at the end
 * of day D" is the row whose range contains D.
 */
#include "postgres.h"

#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/queryenvironment.h"

#include "day.h"
#include "debug.h"
#include "history.h"
#include "sql.h"

enum
{
	MOVE_KEY,
	MOVE_FROM,
	MOVE_TO,
	MOVE_CAUSE,
	MOVE_INPUTS,
	MOVE_RECORD,
	MOVE_COLUMNS
};

static void
create_history_table(const Population *population, const Scheme *scheme)
{
	const char *key = quote_identifier(population->key_name);
	char *history = data_name(scheme->name, "_history");

	sql_run("CREATE TABLE %s (%s %s NOT NULL, segment text NOT NULL, valid daterange NOT NULL, version int "
			"NOT NULL, "
			"cause text NOT NULL)",
			history, key, format_type_be(population->key_type));
	sql_run(
		"COMMENT ON TABLE %s IS %s", history,
		quote_literal_cstr(psprintf("segment of every customer in scheme %s by day, at the end of the day: "
									"no gap, no overlap",
									scheme->name)));
	sql_run("COMMENT ON COLUMN %s.valid IS 'from the day the customer was in the segment at its end, to the "
			"day it no longer was'",
			history);
	belongs_to_extension(history);
}

static void
create_transition_table(const Population *population, const Scheme *scheme)
{
	char *transition = data_name(scheme->name, "_transition");

	sql_run("CREATE TABLE %s (seq bigint GENERATED ALWAYS AS IDENTITY, %s %s NOT NULL, from_segment text, "
			"to_segment text, day date NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp(), cause "
			"text NOT NULL, "
			"version int NOT NULL, inputs jsonb)",
			transition, quote_identifier(population->key_name), format_type_be(population->key_type));
	sql_run("COMMENT ON TABLE %s IS %s", transition,
			quote_literal_cstr(
				psprintf("every move between segments of scheme %s, with its cause and the values it was "
						 "decided on; from_segment NULL: entered, to_segment NULL: left",
						 scheme->name)));
	sql_run("COMMENT ON COLUMN %s.inputs IS 'features and scores the rules read; NULL for moves found by "
			"backfill, "
			"which segment.explain() computes from the ledgers'",
			transition);
	belongs_to_extension(transition);
}

void
history_index(const Population *population, const Scheme *scheme)
{
	const char *key = quote_identifier(population->key_name);
	char *history = data_name(scheme->name, "_history");
	char *transition = data_name(scheme->name, "_transition");

	sql_run("CREATE UNIQUE INDEX ON %s (%s, lower(valid))", history, key);
	sql_run("CREATE UNIQUE INDEX ON %s (%s) WHERE upper_inf(valid)", history, key);
	sql_run("ALTER TABLE %s ADD PRIMARY KEY (seq)", transition);
	sql_run("CREATE INDEX ON %s (%s, day)", transition, key);
}

void
history_create(const Population *population, const Scheme *scheme)
{
	const char *name = scheme->name;
	const char *table = data_name(population->name, "_segment");
	const char *override = quote_identifier(psprintf("%s_override", name));

	sql_run("ALTER TABLE %s ADD COLUMN %s text, ADD COLUMN %s text, ADD COLUMN %s date, ADD COLUMN %s int, "
			"ADD COLUMN %s boolean",
			table, quote_identifier(name), quote_identifier(psprintf("%s_raw", name)),
			quote_identifier(psprintf("%s_since", name)), quote_identifier(psprintf("%s_version", name)),
			override);
	sql_run("COMMENT ON COLUMN %s.%s IS 'true while the segment is an override''s, else NULL'", table,
			override);
	create_history_table(population, scheme);
	create_transition_table(population, scheme);
}

void
history_retire(const Population *population, const Scheme *scheme, DateADT day)
{
	const char *name = scheme->name;

	sql_run("UPDATE %s SET valid = daterange(lower(valid), %s + 1) WHERE upper_inf(valid)",
			data_name(name, "_history"), day_sql(day));
	sql_run("UPDATE %s SET %s = NULL, %s = NULL, %s = NULL, %s = NULL",
			data_name(population->name, "_segment"), quote_identifier(name),
			quote_identifier(psprintf("%s_raw", name)), quote_identifier(psprintf("%s_since", name)),
			quote_identifier(psprintf("%s_version", name)));
}

void
history_resume(const Population *population, const Scheme *scheme, DateADT day)
{
	char *history = data_name(scheme->name, "_history");

	sql_run("DELETE FROM %s WHERE lower(valid) OPERATOR(pg_catalog.>=) %s", history, day_sql(day));
	sql_run("UPDATE %s SET valid = daterange(lower(valid), %s) WHERE valid OPERATOR(pg_catalog.@>) %s",
			history, day_sql(day), day_sql(day));
}

Moves *
moves_begin(const Population *population, const Scheme *scheme)
{
	Moves *moves = palloc0(sizeof(Moves));

	moves->population = population;
	moves->scheme = scheme;
	moves->desc = CreateTemplateTupleDesc(MOVE_COLUMNS);
	TupleDescInitEntry(moves->desc, MOVE_KEY + 1, "key", population->key_type, -1, 0);
	TupleDescInitEntry(moves->desc, MOVE_FROM + 1, "from_segment", TEXTOID, -1, 0);
	TupleDescInitEntry(moves->desc, MOVE_TO + 1, "to_segment", TEXTOID, -1, 0);
	TupleDescInitEntry(moves->desc, MOVE_CAUSE + 1, "cause", TEXTOID, -1, 0);
	TupleDescInitEntry(moves->desc, MOVE_INPUTS + 1, "inputs", JSONBOID, -1, 0);
	TupleDescInitEntry(moves->desc, MOVE_RECORD + 1, "record", BOOLOID, -1, 0);
	moves->rows = tuplestore_begin_heap(true, false, work_mem);
	return moves;
}

static void
set_text(Datum *values, bool *nulls, int column, const char *text)
{
	nulls[column] = text == NULL;
	values[column] = text ? CStringGetTextDatum(text) : (Datum) 0;
}

void
moves_add(Moves *moves, Datum key, const char *from, const char *to, const char *cause, Datum inputs,
		  bool inputs_null, bool record)
{
	Datum values[MOVE_COLUMNS];
	bool nulls[MOVE_COLUMNS] = {false};

	values[MOVE_KEY] = key;
	set_text(values, nulls, MOVE_FROM, from);
	set_text(values, nulls, MOVE_TO, to);
	set_text(values, nulls, MOVE_CAUSE, cause);
	values[MOVE_INPUTS] = inputs;
	nulls[MOVE_INPUTS] = inputs_null;
	values[MOVE_RECORD] = BoolGetDatum(record);
	tuplestore_putvalues(moves->rows, moves->desc, values, nulls);
	moves->count++;
}

/* Whose row goes on is in its segment since that row began, not since today. */
static void
restore_since(const Moves *moves, const char *day)
{
	const char *key = quote_identifier(moves->population->key_name);

	sql_run("UPDATE %s s SET %s = lower(h.valid) FROM moves m, %s h WHERE s.%s OPERATOR(pg_catalog.=) m.key "
			"AND h.%s OPERATOR(pg_catalog.=) m.key AND upper_inf(h.valid) AND lower(h.valid) "
			"OPERATOR(pg_catalog.<) %s",
			data_name(moves->population->name, "_segment"),
			quote_identifier(psprintf("%s_since", moves->scheme->name)),
			data_name(moves->scheme->name, "_history"), key, key, day);
}

/*
 * After a row that began today was taken away, the one before may be the same
 * segment again and just goes on.
 */
static void
resume_rows(const Moves *moves, const char *day)
{
	const char *key = quote_identifier(moves->population->key_name);
	char *history = data_name(moves->scheme->name, "_history");

	/* The last row of each, by index: a join on the day alone would read all of the history. */
	if (sql_run(
			"UPDATE %s h SET valid = daterange(lower(h.valid), NULL) FROM moves m CROSS JOIN LATERAL "
			"(SELECT p.ctid AS place, p.segment, p.valid FROM %s p WHERE p.%s OPERATOR(pg_catalog.=) m.key "
			"ORDER BY lower(p.valid) DESC LIMIT 1) AS last WHERE h.ctid OPERATOR(pg_catalog.=) last.place "
			"AND upper(last.valid) OPERATOR(pg_catalog.=) %s "
			"AND last.segment OPERATOR(pg_catalog.=) m.to_segment",
			history, history, key, day) > 0)
		restore_since(moves, day);
}

/* Open a row per customer that is in a segment, but for those whose row goes on. */
static void
open_rows(const Moves *moves, const char *day, int version)
{
	const char *key = quote_identifier(moves->population->key_name);
	char *history = data_name(moves->scheme->name, "_history");
	char *not_resumed = "";

	if (moves->may_resume)
	{
		resume_rows(moves, day);
		not_resumed = psprintf(" AND NOT EXISTS (SELECT 1 FROM %s h WHERE h.%s OPERATOR(pg_catalog.=) m.key "
							   "AND upper_inf(h.valid))",
							   history, key);
	}
	sql_run("INSERT INTO %s (%s, segment, valid, version, cause) "
			"SELECT m.key, m.to_segment, daterange(%s, NULL), %d, m.cause FROM moves m "
			"WHERE m.to_segment IS NOT NULL%s",
			history, key, day, version, not_resumed);
}

/* Close what was in force: a row that began today never was at the end of a day, so it goes. */
static void
close_rows(const Moves *moves, const char *day)
{
	const char *key = quote_identifier(moves->population->key_name);
	char *history = data_name(moves->scheme->name, "_history");

	if (moves->may_resume)
		sql_run("DELETE FROM %s h USING moves m WHERE h.%s OPERATOR(pg_catalog.=) m.key AND "
				"upper_inf(h.valid) AND lower(h.valid) OPERATOR(pg_catalog.>=) %s",
				history, key, day);
	sql_run("UPDATE %s h SET valid = daterange(lower(h.valid), %s) FROM moves m WHERE h.%s "
			"OPERATOR(pg_catalog.=) m.key AND upper_inf(h.valid)",
			history, day, key);
}

int64
moves_apply(Moves *moves, DateADT day, int version)
{
	char *day_sql;
	int64 recorded;

	if (moves->count == 0)
		return 0;
	day_sql = psprintf("%s::date", quote_literal_cstr(day_text(day)));
	sql_register_rows("moves", moves->desc, moves->rows, moves->count);
	close_rows(moves, day_sql);
	DEBUG_POINT("history-after-close");
	open_rows(moves, day_sql, version);
	DEBUG_POINT("history-after-open");
	recorded = sql_run("INSERT INTO %s (%s, from_segment, to_segment, day, cause, version, inputs) "
					   "SELECT key, from_segment, to_segment, %s, cause, %d, inputs FROM moves WHERE record",
					   data_name(moves->scheme->name, "_transition"),
					   quote_identifier(moves->population->key_name), day_sql, version);
	SPI_unregister_relation("moves");
	tuplestore_end(moves->rows);
	return recorded;
}
