/*
 * late_entry.c
 *	  Final periods that would be counted differently because customers came,
 *	  went, or entered on another day than was known.
 *
 * Noted while rows are written that differ anyway; a refresh in which nobody's
 * entry day changes pays for comparing two dates per row written.  Whether a
 * change makes a difference is asked of those customers alone, in SQL: their
 * states around every final period (facts_states.c), as they were and as they are.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "collect.h"
#include "day.h"
#include "late_entry.h"

#define ENTRIES_PER_QUERY 50000

struct LateEntries
{
	const Population *population;
	List *schemes; /* of Scheme */
	const Period *periods;
	int nperiods;
	MemoryContext context; /* of what grows */
	KeySet *keys;
	DateADT *before;
	DateADT *after;
	uint32 allocated; /* of both */
};

LateEntries *
late_entries_create(const Population *population)
{
	LateFacts *facts = late_facts_create(population);
	LateEntries *late;

	if (facts == NULL)
		return NULL;
	late = palloc0(sizeof(LateEntries));
	late->population = population;
	late->schemes = late_facts_schemes(facts);
	late->periods = late_facts_periods(facts, &late->nperiods);
	late->context = CurrentMemoryContext;
	late->keys = keyset_create(population->key_type, get_typcollation(population->key_type));
	return late;
}

/* Periods tell days apart only so far: the first whose end is not before the day, or their number. */
static int
period_from(const LateEntries *late, DateADT day)
{
	int low = 0;
	int high = late->nperiods;

	if (day < late->periods[0].start)
		return -1;
	while (low < high)
	{
		int middle = (low + high) / 2;

		if (late->periods[middle].end < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
grow(LateEntries *late)
{
	if (late->allocated == 0)
	{
		late->before = palloc(64 * sizeof(DateADT));
		late->after = palloc(64 * sizeof(DateADT));
		late->allocated = 64;
		return;
	}
	late->allocated *= 2;
	late->before = repalloc_huge(late->before, (Size) late->allocated * sizeof(DateADT));
	late->after = repalloc_huge(late->after, (Size) late->allocated * sizeof(DateADT));
}

static void
remember(LateEntries *late, Datum key, DateADT before, DateADT after)
{
	MemoryContext caller = MemoryContextSwitchTo(late->context);
	uint32 place = late->keys->nkeys;

	if (place == late->allocated)
		grow(late);
	if (keyset_add_stored(late->keys, key))
	{
		late->before[place] = before;
		late->after[place] = after;
	}
	MemoryContextSwitchTo(caller);
}

void
late_entries_note(LateEntries *late, Datum key, DateADT before, DateADT after)
{
	if (late == NULL || before == after)
		return;
	if (before != ENTRY_OF_NOBODY && after != ENTRY_OF_NOBODY &&
		period_from(late, before) == period_from(late, after))
		return;
	remember(late, key, before, after);
}

static char *
days_array(const DateADT *days, uint32 ndays)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (uint32 i = 0; i < ndays; i++)
		appendStringInfo(&sql, "%s%s", i ? "," : "",
						 days[i] == ENTRY_OF_NOBODY ? "-infinity"
						 : days[i] == DATEVAL_NOEND ? "infinity"
													: day_text(days[i]));
	return psprintf("'{%s}'::date[]", sql.data);
}

/* The first days of the final periods, and the days around them. */
static void
frame_sql(const LateEntries *late, char **starts, char **ends)
{
	DateADT *first = palloc(late->nperiods * sizeof(DateADT));
	DateADT *days = palloc((late->nperiods + 1) * sizeof(DateADT));

	days[0] = late->periods[0].start - 1;
	for (int i = 0; i < late->nperiods; i++)
	{
		first[i] = late->periods[i].start;
		days[i + 1] = late->periods[i].end;
	}
	*starts = days_array(first, late->nperiods);
	*ends = days_array(days, late->nperiods + 1);
}

static char *
segments_sql(const Scheme *scheme)
{
	int in_force;
	List *names = scheme_segment_names(scheme, &in_force);
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	foreach (lc, names)
		appendStringInfo(&sql, "%s%s", sql.len ? ", " : "", quote_literal_cstr(lfirst(lc)));
	return psprintf("ARRAY[%s]::text[]", sql.data);
}

/* Where a customer stood, from its history and an entry day. */
static char *
states_sql(const LateEntries *late, const Scheme *scheme, const char *entry, const char *ends)
{
	return psprintf(
		"(SELECT segment.period_states(x.segment, x.valid, x.entry_day, %s, %s, %s) FROM (SELECT h.segment, "
		"h.valid, NULL::date AS entry_day FROM %s h WHERE h.%s OPERATOR(pg_catalog.=) c.key "
		"UNION ALL SELECT NULL, NULL, c.%s WHERE c.%s > '-infinity') x)",
		day_sql(scheme->history_since), segments_sql(scheme), ends, data_name(scheme->name, "_history"),
		quote_identifier(late->population->key_name), entry, entry);
}

/* Whether the customer has events in the period, whose row depends on where it stood. */
static char *
has_events_sql(const LateEntries *late, List *sources)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "(false");
	foreach (lc, sources)
		appendStringInfo(&sql,
						 " OR EXISTS (SELECT FROM %s l WHERE l.%s OPERATOR(pg_catalog.=) s.key AND "
						 "segment.first_event_day(l.ledger, p.period_start, "
						 "(p.period_start + '1 month'::interval)::date - 1) IS NOT NULL)",
						 ledger_table(late->population, lfirst(lc)),
						 quote_identifier(late->population->key_name));
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/*
 * What states are to facts: not entered (0) and left (1) differ for events
 * alone, and only where one follows the other within the period.
 */
static char *
effect_sql(const char *states, const char *has_events)
{
	const char *opening = psprintf("coalesce(s.%s[p.n], 0)", states);
	const char *closing = psprintf("coalesce(s.%s[p.n + 1], 0)", states);

	return psprintf("CASE WHEN greatest(%s, %s) > 1 THEN greatest(%s, 1) * 32768 + greatest(%s, 1) "
					"WHEN %s < %s AND %s THEN 1 ELSE 0 END",
					opening, closing, opening, closing, opening, closing, has_events);
}

/*
 * How many of these customers make a difference in which period.  Who is new
 * and enters after the last of them makes none, unless there is history.
 */
static char *
differences_sql(const LateEntries *late, const Scheme *scheme, List *sources, uint32 at, uint32 count)
{
	char *has_events = has_events_sql(late, sources);
	char *starts;
	char *ends;

	frame_sql(late, &starts, &ends);
	return psprintf(
		"WITH c AS (SELECT * FROM unnest($1, %s, %s) c (key, before, after) WHERE c.before > '-infinity' OR "
		"c.after <= %s OR EXISTS (SELECT FROM %s h WHERE h.%s OPERATOR(pg_catalog.=) c.key)), "
		"s AS MATERIALIZED (SELECT c.key, %s AS was, %s AS is FROM c), "
		"p AS (SELECT p.period_start, p.n::int FROM unnest(%s) WITH ORDINALITY p (period_start, n)) "
		"SELECT p.period_start::text, count(*)::text FROM s CROSS JOIN p WHERE (%s) <> (%s) GROUP BY 1",
		days_array(late->before + at, count), days_array(late->after + at, count),
		day_sql(late->periods[late->nperiods - 1].end), data_name(scheme->name, "_history"),
		quote_identifier(late->population->key_name), states_sql(late, scheme, "before", ends),
		states_sql(late, scheme, "after", ends), starts, effect_sql("was", has_events),
		effect_sql("is", has_events));
}

static void
mark_some(const LateEntries *late, const Scheme *scheme, List *sources, uint32 at, uint32 count)
{
	KeySet some = *late->keys;
	Collected *rows;
	TupleTableSlot *row;
	StringInfoData marks;

	some.keys += at;
	some.nkeys = count;
	rows = collect_for_keys(differences_sql(late, scheme, sources, at, count), &some);
	row = collected_slot(rows);
	initStringInfo(&marks);
	while (collected_next(rows, row))
		appendStringInfo(&marks, "%s(%s::date, %s::bigint, '{}'::text[])", marks.len ? ", " : "VALUES ",
						 quote_literal_cstr(slot_text(row, 1)), slot_text(row, 2));
	ExecDropSingleTupleTableSlot(row);
	collected_free(rows);
	if (marks.len > 0)
		late_facts_mark_periods(scheme, "customers", marks.data);
}

void
late_entries_mark(LateEntries *late, List *sources)
{
	ListCell *lc;

	if (late == NULL || late->keys->nkeys == 0)
		return;
	foreach (lc, late->schemes)
	{
		const Scheme *scheme = lfirst(lc);

		if (scheme->history_since == DATEVAL_NOEND ||
			!OidIsValid(data_oid(data_name(scheme->name, "_facts"))))
			continue;
		for (uint32 at = 0; at < late->keys->nkeys; at += ENTRIES_PER_QUERY)
		{
			CHECK_FOR_INTERRUPTS();
			mark_some(late, scheme, sources, at, Min(ENTRIES_PER_QUERY, late->keys->nkeys - at));
		}
	}
}
