/*
 * assign.c
 *	  Evaluate everyone and write only what differs.
 *
 * What differs (differences.c) is kept, then written below SQL; moves go into
 * history and transitions as sets.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_collation.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "alias.h"
#include "assign.h"
#include "bisect.h"
#include "collect.h"
#include "debug.h"
#include "differences.h"
#include "history.h"
#include "progress.h"
#include "stopwatch.h"
#include "table_writer.h"

PG_FUNCTION_INFO_V1(segment_written_here);

/* A row's xmin is ours: its data changed in this refresh. */
Datum
segment_written_here(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!PG_ARGISNULL(0) && TransactionIdIsCurrentTransactionId(PG_GETARG_TRANSACTIONID(0)));
}

typedef struct CopiedColumn
{
	int from;      /* column of the collected rows, from 1 */
	AttrNumber to; /* column of the table */
} CopiedColumn;

/* One of the two result tables while it is written: a row is the stored one with some columns replaced. */
typedef struct Target
{
	TableWriter *writer;
	TupleTableSlot *stored;
	int tid; /* column of the collected rows with the stored row's TID */
	int ncopied;
	CopiedColumn *copied;
} Target;

static Target *
open_target(const Collected *rows, const char *table, const char *tid)
{
	Target *target = palloc0(sizeof(Target));
	Oid relid = DatumGetObjectId(DirectFunctionCall1(to_regclass, CStringGetTextDatum(table)));

	target->writer = table_writer_open(relid);
	target->stored = table_slot_create(table_writer_relation(target->writer), NULL);
	target->tid = collected_column(rows, tid);
	target->copied = palloc(sizeof(CopiedColumn) * MaxTupleAttributeNumber);
	return target;
}

static void
copy_column(Target *target, const Collected *rows, const char *from, const char *to)
{
	CopiedColumn *copied = &target->copied[target->ncopied++];

	copied->from = collected_column(rows, from);
	copied->to = get_attnum(RelationGetRelid(table_writer_relation(target->writer)), to);
}

static void
close_target(Target *target)
{
	ExecDropSingleTupleTableSlot(target->stored);
	table_writer_close(target->writer);
}

/* The writer's next slot, filled with the stored row and the copied columns; *tid is NULL for a new row. */
static TupleTableSlot *
target_row(Target *target, TupleTableSlot *row, ItemPointer *tid)
{
	TupleTableSlot *slot = table_writer_slot(target->writer);
	bool isnull;
	Datum value = slot_getattr(row, target->tid, &isnull);

	*tid = isnull ? NULL : (ItemPointer) DatumGetPointer(value);
	if (*tid)
	{
		if (!table_tuple_fetch_row_version(table_writer_relation(target->writer), *tid, SnapshotAny,
										   target->stored))
			elog(ERROR, "stored row has gone while the population was locked");
		slot_getallattrs(target->stored);
		for (int i = 0; i < target->stored->tts_nvalid; i++)
		{
			slot->tts_values[i] = target->stored->tts_values[i];
			slot->tts_isnull[i] = target->stored->tts_isnull[i];
		}
	}
	for (int i = 0; i < target->ncopied; i++)
	{
		CopiedColumn *copied = &target->copied[i];

		slot->tts_values[copied->to - 1] = slot_getattr(row, copied->from, &slot->tts_isnull[copied->to - 1]);
	}
	return slot;
}

static void
write_row(Target *target, TupleTableSlot *slot, ItemPointer tid)
{
	if (tid)
		table_writer_update(target->writer, tid, slot);
	else
		table_writer_insert(target->writer, slot);
}

/* One scheme while its segments are written. */
typedef struct SchemeTarget
{
	SchemePlan *plan;
	int segment; /* columns of the collected rows */
	int old_segment;
	int old_since;
	int old_version;
	int inputs;
	int merged;       /* 0: nobody ever was merged */
	int manual;       /* 0: the scheme has no overrides */
	AttrNumber since; /* columns of the table */
	AttrNumber version;
	Moves *moves;
} SchemeTarget;

static SchemeTarget *
open_scheme(const EvaluationPlan *plan, SchemePlan *scheme, const Collected *rows, Target *target)
{
	SchemeTarget *result = palloc0(sizeof(SchemeTarget));
	const char *name = scheme->scheme->name;
	Oid relid = RelationGetRelid(table_writer_relation(target->writer));

	result->plan = scheme;
	result->merged = plan->merges ? collected_column(rows, "merged") : 0;
	result->segment = collected_column(rows, name);
	result->old_segment = collected_column(rows, psprintf("old.%s", name));
	result->old_since = collected_column(rows, psprintf("old.%s.since", name));
	result->old_version = collected_column(rows, psprintf("old.%s.version", name));
	result->inputs = collected_column(rows, inputs_column(scheme->scheme));
	result->since = get_attnum(relid, psprintf("%s_since", name));
	result->version = get_attnum(relid, psprintf("%s_version", name));
	copy_column(target, rows, name, name);
	copy_column(target, rows, raw_name(plan, scheme), psprintf("%s_raw", name));
	if (scheme->overrides)
	{
		result->manual = collected_column(rows, psprintf("%s.manual", name));
		copy_column(target, rows, psprintf("%s.overridden", name), psprintf("%s_override", name));
	}
	result->moves = moves_begin(plan->population, scheme->scheme);
	return result;
}

/* First that applies: by hand, a merge, the rules changed, the customer's data changed, or nothing did but
 * the day. */
static const char *
cause_of_move(const SchemeTarget *scheme, TupleTableSlot *row, bool data_changed)
{
	bool isnull;
	int old_version;

	if (scheme->manual && DatumGetBool(slot_getattr(row, scheme->manual, &isnull)) && !isnull)
		return "manual";
	if (scheme->merged && DatumGetBool(slot_getattr(row, scheme->merged, &isnull)))
		return "merge";
	old_version = DatumGetInt32(slot_getattr(row, scheme->old_version, &isnull));
	if (!isnull && old_version != scheme->plan->definition->version)
		return "definition";
	return data_changed || isnull ? "data" : "time";
}

static bool
same_text(Datum a, bool a_null, Datum b, bool b_null)
{
	if (a_null || b_null)
		return a_null == b_null;
	return DatumGetBool(DirectFunctionCall2Coll(texteq, DEFAULT_COLLATION_OID, a, b));
}

static void
add_move(SchemeTarget *scheme, TupleTableSlot *row, Datum key, bool data_changed)
{
	bool inputs_null;
	Datum inputs = slot_getattr(row, scheme->inputs, &inputs_null);

	if (scheme->plan->moved)
		keyset_add_stored(scheme->plan->moved, key);
	moves_add(scheme->moves, key, slot_text(row, scheme->old_segment), slot_text(row, scheme->segment),
			  cause_of_move(scheme, row, data_changed), inputs, inputs_null, true);
}

/* Entering, or a second move on one day: history may have a row that goes, or one that goes on. */
static bool
may_resume(bool entering, bool since_null, DateADT since, DateADT day)
{
	return entering || since_null || since >= day;
}

/* since and version of the new row, and the move if the segment is another one. */
static void
fill_scheme(SchemeTarget *scheme, TupleTableSlot *row, TupleTableSlot *slot, Datum key, DateADT day,
			bool data_changed)
{
	bool null, old_null, since_null;
	Datum segment = slot_getattr(row, scheme->segment, &null);
	Datum old_segment = slot_getattr(row, scheme->old_segment, &old_null);
	Datum since = slot_getattr(row, scheme->old_since, &since_null);

	if (!same_text(segment, null, old_segment, old_null))
	{
		scheme->moves->may_resume |= may_resume(old_null, since_null, DatumGetDateADT(since), day);
		since = DateADTGetDatum(day);
		since_null = false;
		add_move(scheme, row, key, data_changed);
	}
	slot->tts_values[scheme->since - 1] = since;
	slot->tts_isnull[scheme->since - 1] = since_null;
	slot->tts_values[scheme->version - 1] = Int32GetDatum(scheme->plan->definition->version);
	slot->tts_isnull[scheme->version - 1] = false;
}

/* <population>_segment and what goes with it, while it is written. */
typedef struct SegmentsTarget
{
	Target *target;
	int key;
	int differ;
	int data_changed;
	List *schemes; /* of SchemeTarget */
} SegmentsTarget;

static SegmentsTarget *
open_segments(const EvaluationPlan *plan, const Collected *rows)
{
	SegmentsTarget *segments = palloc0(sizeof(SegmentsTarget));
	ListCell *lc;

	segments->target = open_target(rows, data_name(plan->population->name, "_segment"), "segment_tid");
	segments->key = collected_column(rows, plan->population->key_name);
	segments->differ = collected_column(rows, "segments_differ");
	segments->data_changed = collected_column(rows, "data_changed");
	copy_column(segments->target, rows, plan->population->key_name, plan->population->key_name);
	foreach (lc, plan->schemes)
		segments->schemes = lappend(segments->schemes, open_scheme(plan, lfirst(lc), rows, segments->target));
	return segments;
}

static void
write_segments(SegmentsTarget *segments, TupleTableSlot *row, DateADT day)
{
	bool isnull;
	bool data_changed = DatumGetBool(slot_getattr(row, segments->data_changed, &isnull));
	Datum key = slot_getattr(row, segments->key, &isnull);
	ItemPointer tid;
	TupleTableSlot *slot = target_row(segments->target, row, &tid);
	ListCell *lc;

	foreach (lc, segments->schemes)
		fill_scheme(lfirst(lc), row, slot, key, day, data_changed);
	write_row(segments->target, slot, tid);
}

static void
close_segments(SegmentsTarget *segments, DateADT day, AssignCounts *counts)
{
	ListCell *lc;

	close_target(segments->target);
	foreach (lc, segments->schemes)
	{
		SchemeTarget *scheme = lfirst(lc);

		counts->transitions += moves_apply(scheme->moves, day, scheme->plan->definition->version);
	}
}

static Target *
open_features(const EvaluationPlan *plan, const Collected *rows)
{
	Target *target = open_target(rows, data_name(plan->population->name, "_feature"), "feature_tid");
	ListCell *lc;

	/* these two first: note_entry looks at them */
	copy_column(target, rows, "as_of", "as_of");
	copy_column(target, rows, "entry_day", "entry_day");
	foreach (lc, plan->features)
	{
		Feature *feature = lfirst(lc);

		if (feature_is_evaluated(feature))
			copy_column(target, rows, feature->name, feature->name);
	}
	return target;
}

/* A column as it is stored and as it will be: the first two are as_of and entry_day. */
static DateADT
copied_date(const Target *target, const TupleTableSlot *slot, int copied, DateADT when_null)
{
	int column = target->copied[copied].to - 1;

	return slot->tts_isnull[column] ? when_null : DatumGetDateADT(slot->tts_values[column]);
}

/* A row that was never evaluated is of somebody new. */
static void
note_entry(LateEntries *late, const Target *target, const TupleTableSlot *slot, Datum key)
{
	DateADT when_null = copied_date(target, target->stored, 0, DATEVAL_NOEND) == DATEVAL_NOEND
							? ENTRY_OF_NOBODY
							: DATEVAL_NOEND;

	late_entries_note(late, key, copied_date(target, target->stored, 1, when_null),
					  copied_date(target, slot, 1, DATEVAL_NOEND));
}

static void
write_features(Target *target, TupleTableSlot *row, LateEntries *late, int key_column)
{
	ItemPointer tid;
	TupleTableSlot *slot = target_row(target, row, &tid);
	bool isnull;

	if (late != NULL && tid != NULL)
		note_entry(late, target, slot, slot_getattr(row, key_column, &isnull));
	write_row(target, slot, tid);
}

static bool
differs(TupleTableSlot *row, int column)
{
	bool isnull;

	return DatumGetBool(slot_getattr(row, column, &isnull));
}

/* One pass over what may be a row for everyone; then the moves, as sets. */
static void
write_results(const EvaluationPlan *plan, Collected *rows, DateADT day, bool with_features,
			  AssignCounts *counts)
{
	Target *features = with_features ? open_features(plan, rows) : NULL;
	SegmentsTarget *segments = open_segments(plan, rows);
	int features_differ = collected_column(rows, "features_differ");
	TupleTableSlot *row = collected_slot(rows);

	while (collected_next(rows, row))
	{
		if (with_features && differs(row, features_differ))
		{
			write_features(features, row, plan->late, segments->key);
			counts->features++;
		}
		if (differs(row, segments->differ))
		{
			write_segments(segments, row, day);
			counts->segments++;
		}
	}
	ExecDropSingleTupleTableSlot(row);
	if (with_features)
		close_target(features);
	DEBUG_POINT("assign-after-features");
	close_segments(segments, day, counts);
}

void
assign(EvaluationPlan *plan, DateADT day, bool with_features, AssignCounts *counts)
{
	instr_time clock;
	Collected *rows;

	INSTR_TIME_SET_CURRENT(clock);
	/* Begun anew, because a build before it ended what it had begun. */
	progress_start(plan->population->relation, PROGRESS_EVALUATING, 0);
	rows = evaluate_differences(plan, day, with_features);
	DEBUG_POINT("assign-after-evaluate");
	counts->evaluate_ms += lap_ms(&clock);
	progress_phase(PROGRESS_WRITING_RESULTS, rows->count);
	write_results(plan, rows, day, with_features, counts);
	DEBUG_POINT("assign-after-write");
	collected_free(rows);
	counts->write_ms += lap_ms(&clock);
}

/* Customers that left the population. */

/* Columns of the segment rows of those among the keys (NULL: everyone) who are customers no more. */
static Collected *
removed_rows(const EvaluationPlan *plan, const KeySet *keys, const char *columns)
{
	const Population *population = plan->population;
	const char *key = quote_identifier(population->key_name);
	char *query =
		psprintf("SELECT %s FROM %s s WHERE NOT EXISTS (SELECT 1 FROM %s f WHERE f.%s OPERATOR(pg_catalog.=) "
				 "s.%s)%s",
				 columns, data_name(population->name, "_segment"), data_name(population->name, "_feature"),
				 key, key, keys ? psprintf(" AND s.%s OPERATOR(pg_catalog.=) ANY ($1)", key) : "");

	return keys ? collect_for_keys(query, keys) : collect(query);
}

static void
remove_from_scheme(const EvaluationPlan *plan, Scheme *scheme, const KeySet *keys, DateADT day,
				   AssignCounts *counts)
{
	const Population *population = plan->population;
	Moves *moves = moves_begin(population, scheme);
	const char *key = quote_identifier(population->key_name);
	Collected *rows = removed_rows(plan, keys,
								   psprintf("s.%s, s.%s, %s", key, quote_identifier(scheme->name),
											plan->merges ? psprintf("s.%s OPERATOR(pg_catalog.=) ANY (%s)",
																	key, alias_recent_sql(population))
														 : "false"));
	TupleTableSlot *row = collected_slot(rows);

	moves->may_resume = true;
	while (collected_next(rows, row))
	{
		char *segment = slot_text(row, 2);
		bool isnull;
		bool merged = DatumGetBool(slot_getattr(row, 3, &isnull)) && !isnull;

		if (segment != NULL)
			moves_add(moves, slot_getattr(row, 1, &isnull), segment, NULL, merged ? "merge" : "data",
					  (Datum) 0, true, true);
	}
	ExecDropSingleTupleTableSlot(row);
	collected_free(rows);
	counts->transitions += moves_apply(moves, day, scheme->version);
}

static void
delete_removed(const EvaluationPlan *plan, const KeySet *keys)
{
	Collected *rows = removed_rows(plan, keys, "s.ctid");
	TableWriter *writer = table_writer_open(data_oid(data_name(plan->population->name, "_segment")));
	TupleTableSlot *row = collected_slot(rows);

	while (collected_next(rows, row))
	{
		bool isnull;

		table_writer_delete(writer, (ItemPointer) DatumGetPointer(slot_getattr(row, 1, &isnull)));
	}
	ExecDropSingleTupleTableSlot(row);
	collected_free(rows);
	(void) table_writer_close(writer);
}

int64
assign_removed(EvaluationPlan *plan, const KeySet *keys, DateADT day)
{
	AssignCounts counts = {0};
	ListCell *lc;

	foreach (lc, plan->schemes)
		remove_from_scheme(plan, ((SchemePlan *) lfirst(lc))->scheme, keys, day, &counts);
	delete_removed(plan, keys);
	return counts.transitions;
}
