/*
 * backfill.c
 *	  A scheme's past, evaluated from the ledgers.
 *
 * One query answers with a row per customer: what the rules say at the end of
 * each day, as an array, so that a ledger is decoded once for all days.  The
 * fold over the days, and the history rows it makes, happen here.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rangetypes.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"

#include "backfill.h"
#include "backfill_room.h"
#include "collect.h"
#include "compat.h"
#include "day.h"
#include "debug.h"
#include "progress.h"
#include "sql.h"
#include "step.h"
#include "table_writer.h"

/* A table being filled, its columns looked up once. */
typedef struct Output
{
	TableWriter *writer;
	AttrNumber column[8];
} Output;

typedef enum BackfillCause
{
	CAUSE_DEFINITION, /* on the first day: the rules began */
	CAUSE_DATA,       /* an event since the day before, or the first of all */
	CAUSE_TIME
} BackfillCause;

typedef struct Backfill
{
	BackfillSpan span;
	Interval *min_dwell; /* NULL: none */
	Datum *names;        /* text of each segment, by code */
	Datum causes[3];     /* text, by BackfillCause */
	TypeCacheEntry *daterange;
	Output history;
	Output transition;
	int64 seq;              /* the last one given to a transition */
	Output segment;         /* when current */
	TupleTableSlot *stored; /* a row of it as stored */
	BackfillCounts *counts;
} Backfill;

/* What the query says of one customer. */
typedef struct CustomerPast
{
	Datum key;
	bool has_entry;
	DateADT entry_day;
	bool has_next;
	DateADT next_day;        /* first day of history after the last day */
	ItemPointer segment_tid; /* NULL: no row yet */
	const int16 *said;       /* per day: code * 2 + 1 if there were events */
} CustomerPast;

int
month_ends_before(DateADT day, int months, DateADT *days)
{
	int year, month, mday;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	for (int i = 0; i < months; i++)
	{
		int back = year * 12 + (month - 1) - (months - 1 - i);

		days[i] = date2j(back / 12, back % 12 + 1, 1) - POSTGRES_EPOCH_JDATE - 1;
	}
	return months;
}

/* The query. */

static char *
days_values(const DateADT *days, int ndays)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "VALUES ");
	for (int i = 0; i < ndays; i++)
		appendStringInfo(&sql, "%s(%s, %s)", i ? ", " : "", day_sql(days[i]),
						 i ? day_sql(days[i - 1]) : "NULL::date");
	return sql.data;
}

static char *
had_events_sql(const EvaluationPlan *plan)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "false");
	foreach (lc, plan->sources)
		appendStringInfo(&sql, " OR segment.first_event_day(%s.ledger, previous + 1, as_of) IS NOT NULL",
						 quote_identifier(((Source *) lfirst(lc))->name));
	return sql.data;
}

/* Where the history after the days being written begins; nothing comes after the current day. */
static char *
next_day_sql(const Backfill *fill)
{
	const char *key = quote_identifier(fill->span.plan->population->key_name);

	if (fill->span.current)
		return pstrdup("NULL::date");
	return psprintf("(SELECT min(lower(h.valid)) FROM %s h WHERE h.%s OPERATOR(pg_catalog.=) the_customer.%s "
					"AND lower(h.valid) OPERATOR(pg_catalog.>) %s)",
					data_name(fill->span.scheme->scheme->name, "_history"), key, key,
					day_sql(fill->span.days[fill->span.ndays - 1]));
}

static char *
backfill_sql(const Backfill *fill)
{
	EvaluationPlan inner = *fill->span.plan;
	EvaluationPlan outer = *fill->span.plan;
	const char *key = quote_identifier(inner.population->key_name);

	inner.days = days_values(fill->span.days, fill->span.ndays);
	inner.correlated = inner.codes = inner.past = true;
	inner.fold = false;
	inner.only = NULL;
	outer.stored = true;
	return psprintf("SELECT the_customer.%s AS key, %s AS entry_day, the_segment.ctid AS segment_tid,\n"
					"       %s AS next_day,\n"
					"       ARRAY(SELECT (%s * 2 + (%s)::int)::int2 FROM (%s OFFSET '0') evaluation) AS "
					"said\n  FROM %s%s%s",
					key, entry_day_sql(&outer), next_day_sql(fill),
					quote_identifier(fill->span.scheme->scheme->name), had_events_sql(&inner),
					evaluation_sql(&inner), customers_from_sql(&outer), outer.only ? "\n WHERE " : "",
					outer.only ? outer.only : "");
}

/* Rows. */

static Output
open_output(const char *table, const char *const *columns, int ncolumns)
{
	Output output;
	Oid relid = DatumGetObjectId(DirectFunctionCall1(to_regclass, CStringGetTextDatum(table)));

	output.writer = table_writer_open(relid);
	for (int i = 0; i < ncolumns; i++)
		output.column[i] = get_attnum(relid, columns[i]);
	return output;
}

static void
put(Output *output, TupleTableSlot *slot, int column, Datum value)
{
	slot->tts_values[output->column[column] - 1] = value;
	slot->tts_isnull[output->column[column] - 1] = false;
}

static Datum
day_range(const Backfill *fill, DateADT from, bool open, DateADT to)
{
	RangeBound lower = {.val = DateADTGetDatum(from), .inclusive = true, .lower = true};
	RangeBound upper = {.val = DateADTGetDatum(to), .infinite = open};

	return RangeTypePGetDatum(segment_make_range(fill->daterange, &lower, &upper));
}

static void
put_history(Backfill *fill, Datum key, int code, DateADT from, bool open, DateADT to, BackfillCause cause)
{
	TupleTableSlot *slot = table_writer_slot(fill->history.writer);
	Datum range = day_range(fill, from, open, to);

	put(&fill->history, slot, 0, key);
	put(&fill->history, slot, 1, fill->names[code]);
	put(&fill->history, slot, 2, range);
	put(&fill->history, slot, 3, Int32GetDatum(fill->span.scheme->definition->version));
	put(&fill->history, slot, 4, fill->causes[cause]);
	table_writer_insert(fill->history.writer, slot);
	pfree(DatumGetPointer(range));
	fill->counts->history++;
}

static void
put_transition(Backfill *fill, Datum key, int from, int to, DateADT day, BackfillCause cause)
{
	TupleTableSlot *slot = table_writer_slot(fill->transition.writer);

	put(&fill->transition, slot, 0, Int64GetDatum(++fill->seq));
	put(&fill->transition, slot, 1, key);
	if (from != NO_SEGMENT)
		put(&fill->transition, slot, 2, fill->names[from]);
	put(&fill->transition, slot, 3, fill->names[to]);
	put(&fill->transition, slot, 4, DateADTGetDatum(day));
	put(&fill->transition, slot, 5, TimestampTzGetDatum(GetCurrentTimestamp()));
	put(&fill->transition, slot, 6, fill->causes[cause]);
	put(&fill->transition, slot, 7, Int32GetDatum(fill->span.scheme->definition->version));
	table_writer_insert(fill->transition.writer, slot);
	fill->counts->transitions++;
}

/* The current segment, over the stored row where there is one. */
static void
put_segment(Backfill *fill, const CustomerPast *customer, StepResult state, int raw)
{
	TupleTableSlot *slot = table_writer_slot(fill->segment.writer);

	if (customer->segment_tid)
	{
		Relation relation = table_writer_relation(fill->segment.writer);
		TupleTableSlot *stored = fill->stored;

		if (!table_tuple_fetch_row_version(relation, customer->segment_tid, SnapshotAny, stored))
			elog(ERROR, "stored row has gone while the population was locked");
		slot_getallattrs(stored);
		memcpy(slot->tts_values, stored->tts_values, sizeof(Datum) * stored->tts_nvalid);
		memcpy(slot->tts_isnull, stored->tts_isnull, sizeof(bool) * stored->tts_nvalid);
	}
	put(&fill->segment, slot, 0, customer->key);
	put(&fill->segment, slot, 1, fill->names[state.segment]);
	put(&fill->segment, slot, 2, fill->names[raw]);
	put(&fill->segment, slot, 3, DateADTGetDatum(state.since));
	put(&fill->segment, slot, 4, Int32GetDatum(fill->span.scheme->definition->version));
	if (customer->segment_tid)
		table_writer_update(fill->segment.writer, customer->segment_tid, slot);
	else
		table_writer_insert(fill->segment.writer, slot);
}

/* The fold. */

/* A customer is in the scheme from its entry day on; today everyone in the population is. */
static bool
takes_part(const Backfill *fill, const CustomerPast *customer, int i)
{
	if (customer->has_entry && customer->entry_day <= fill->span.days[i])
		return true;
	return fill->span.current && i == fill->span.ndays - 1;
}

static void
close_last(Backfill *fill, const CustomerPast *customer, const StepResult *state, int raw,
		   BackfillCause cause)
{
	DateADT last_day = fill->span.days[fill->span.ndays - 1];

	if (state->segment == NO_SEGMENT)
		return;
	put_history(fill, customer->key, state->segment, state->since, fill->span.current,
				customer->has_next ? customer->next_day : last_day + 1, cause);
	if (fill->span.current)
		put_segment(fill, customer, *state, raw);
}

/* End one stay and begin another.  Entering is a move too, but not on the first day, with which history
 * begins. */
static void
put_move(Backfill *fill, const CustomerPast *customer, const StepResult *from, const StepResult *to,
		 DateADT day, BackfillCause cause, BackfillCause next_cause, bool is_move)
{
	if (from->segment != NO_SEGMENT)
		put_history(fill, customer->key, from->segment, from->since, false, day, cause);
	if (is_move)
		put_transition(fill, customer->key, from->segment, to->segment, day, next_cause);
}

static void
fold_customer(Backfill *fill, const CustomerPast *customer)
{
	StepResult state = {.segment = NO_SEGMENT};
	BackfillCause cause = CAUSE_DEFINITION;
	int raw = NO_SEGMENT;

	for (int i = 0; i < fill->span.ndays; i++)
	{
		StepInput input = {.previous = state.segment,
						   .since = state.since,
						   .raw = customer->said[i] >> 1,
						   .day = fill->span.days[i],
						   .min_dwell = fill->min_dwell,
						   .override = NO_SEGMENT};
		StepResult next;
		BackfillCause next_cause = customer->said[i] & 1 ? CAUSE_DATA : CAUSE_TIME;

		if (!takes_part(fill, customer, i))
			continue;
		raw = input.raw;
		next = step_segment(&input);
		if (state.segment == NO_SEGMENT)
			next_cause = i == 0 ? CAUSE_DEFINITION : CAUSE_DATA;
		if (next.changed)
			put_move(fill, customer, &state, &next, fill->span.days[i], cause, next_cause, i > 0);
		if (next.changed)
			cause = next_cause;
		state = next;
	}
	close_last(fill, customer, &state, raw, cause);
}

/* Reading what the query said. */

typedef struct PastColumns
{
	int key;
	int entry_day;
	int segment_tid;
	int next_day;
	int said;
} PastColumns;

static CustomerPast
read_customer(TupleTableSlot *row, const PastColumns *columns, int ndays)
{
	CustomerPast customer = {0};
	bool isnull;
	ArrayType *said;

	customer.key = slot_getattr(row, columns->key, &isnull);
	customer.entry_day = DatumGetDateADT(slot_getattr(row, columns->entry_day, &isnull));
	customer.has_entry = !isnull;
	customer.segment_tid = (ItemPointer) DatumGetPointer(slot_getattr(row, columns->segment_tid, &isnull));
	if (isnull)
		customer.segment_tid = NULL;
	customer.next_day = DatumGetDateADT(slot_getattr(row, columns->next_day, &isnull));
	customer.has_next = !isnull;
	said = DatumGetArrayTypeP(slot_getattr(row, columns->said, &isnull));
	if (ArrayGetNItems(ARR_NDIM(said), ARR_DIMS(said)) != ndays || ARR_HASNULL(said))
		elog(ERROR, "backfill evaluated another number of days");
	customer.said = (const int16 *) ARR_DATA_PTR(said);
	return customer;
}

static void
fold_everyone(Backfill *fill, Collected *rows)
{
	PastColumns columns = {collected_column(rows, "key"), collected_column(rows, "entry_day"),
						   collected_column(rows, "segment_tid"), collected_column(rows, "next_day"),
						   collected_column(rows, "said")};
	TupleTableSlot *row = collected_slot(rows);
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "backfill customer", ALLOCSET_SMALL_SIZES);

	while (collected_next(rows, row))
	{
		MemoryContext old = MemoryContextSwitchTo(context);
		CustomerPast customer = read_customer(row, &columns, fill->span.ndays);

		fold_customer(fill, &customer);
		fill->counts->customers++;
		MemoryContextSwitchTo(old);
		MemoryContextReset(context);
	}
	ExecDropSingleTupleTableSlot(row);
	MemoryContextDelete(context);
}

/* Setting up. */

static void
name_segments(Backfill *fill)
{
	SchemeDefinition *definition = fill->span.scheme->definition;
	int n = list_length(definition->segments);
	ListCell *lc;

	fill->names = palloc0(sizeof(Datum) * (n + 2));
	foreach (lc, definition->segments)
		fill->names[foreach_current_index(lc) + 1] = CStringGetTextDatum(((SegmentRule *) lfirst(lc))->name);
	fill->names[n + 1] = CStringGetTextDatum(definition->default_segment);
	fill->causes[CAUSE_DEFINITION] = CStringGetTextDatum("definition");
	fill->causes[CAUSE_DATA] = CStringGetTextDatum("data");
	fill->causes[CAUSE_TIME] = CStringGetTextDatum("time");
	fill->daterange = lookup_type_cache(DATERANGEOID, TYPECACHE_RANGE_INFO);
	fill->min_dwell =
		DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(definition->min_dwell),
											  ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

/*
 * The population lock makes us the only one who numbers transitions, so they
 * are counted here and the sequence is told once.
 */
static int64
next_transition(const Backfill *fill)
{
	sql_query("SELECT nextval(pg_get_serial_sequence(%s, 'seq'))",
			  quote_literal_cstr(data_name(fill->span.scheme->scheme->name, "_transition")));
	return cell_int64(0, 1, 0);
}

static void
tell_sequence(const Backfill *fill)
{
	sql_query("SELECT setval(pg_get_serial_sequence(%s, 'seq'), " INT64_FORMAT ", true)",
			  quote_literal_cstr(data_name(fill->span.scheme->scheme->name, "_transition")),
			  Max(fill->seq, 1));
}

static void
open_outputs(Backfill *fill)
{
	const char *key = fill->span.plan->population->key_name;
	const char *scheme = fill->span.scheme->scheme->name;
	const char *history[] = {key, "segment", "valid", "version", "cause"};
	const char *transition[] = {"seq", key, "from_segment", "to_segment", "day", "at", "cause", "version"};
	const char *segment[] = {key, scheme, psprintf("%s_raw", scheme), psprintf("%s_since", scheme),
							 psprintf("%s_version", scheme)};

	fill->history = open_output(data_name(scheme, "_history"), history, lengthof(history));
	fill->transition = open_output(data_name(scheme, "_transition"), transition, lengthof(transition));
	fill->seq = next_transition(fill) - 1;
	if (!fill->span.current)
		return;
	fill->segment =
		open_output(data_name(fill->span.plan->population->name, "_segment"), segment, lengthof(segment));
	fill->stored = table_slot_create(table_writer_relation(fill->segment.writer), NULL);
}

static void
close_outputs(Backfill *fill)
{
	table_writer_close(fill->history.writer);
	table_writer_close(fill->transition.writer);
	tell_sequence(fill);
	if (!fill->span.current)
		return;
	ExecDropSingleTupleTableSlot(fill->stored);
	table_writer_close(fill->segment.writer);
}

static bool
has_dwell(const Backfill *fill)
{
	Interval none = {0};

	return DatumGetInt32(DirectFunctionCall2(interval_cmp, IntervalPGetDatum(fill->min_dwell),
											 IntervalPGetDatum(&none))) > 0;
}

/*
 * Who has been in a segment for longer than was known may leave it sooner: the
 * next refresh makes today's step of everyone anew, and segment.verify() leaves
 * results alone until then.  The days refreshes have written stay as they were.
 */
static void
make_steps_anew(const Backfill *fill)
{
	sql_run("UPDATE segment.population SET evaluated_generation = NULL WHERE population_id = %d",
			fill->span.plan->population->id);
}

static void
backfill(Backfill *fill)
{
	Collected *rows;

	name_segments(fill);
	backfill_make_room(&fill->span);
	DEBUG_POINT("backfill-after-clear");
	rows = collect(backfill_sql(fill));
	DEBUG_POINT("backfill-after-evaluate");
	progress_phase(PROGRESS_WRITING_RESULTS, rows->count);
	open_outputs(fill);
	fold_everyone(fill, rows);
	close_outputs(fill);
	DEBUG_POINT("backfill-after-write");
	collected_free(rows);
	if (fill->span.current)
		return;
	backfill_close(&fill->span);
	if (backfill_update_since(&fill->span) > 0 && has_dwell(fill))
		make_steps_anew(fill);
}

void
backfill_scheme(EvaluationPlan *plan, const DateADT *days, int ndays, bool current, BackfillCounts *counts)
{
	Backfill fill = {.span = {.plan = plan,
							  .scheme = linitial(plan->schemes),
							  .days = days,
							  .ndays = ndays,
							  .current = current},
					 .counts = counts};

	backfill(&fill);
}

void
backfill_range(EvaluationPlan *plan, const DateADT *days, int ndays, const KeyRange *range,
			   BackfillCounts *counts)
{
	EvaluationPlan of_range = *plan;
	Backfill fill = {.span = {.plan = &of_range,
							  .scheme = linitial(plan->schemes),
							  .days = days,
							  .ndays = ndays,
							  .range = range},
					 .counts = counts};

	of_range.only = psprintf("(%s)%s", plan->only ? plan->only : "true",
							 key_range_sql(range, plan->population, "the_customer"));
	backfill(&fill);
}
