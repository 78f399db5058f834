/*
 * late_facts.c
 *	  What a refresh finds to have changed in periods that are final already.
 *
 * Only ledgers that are written anyway are compared, and only up to the last
 * final day: a refresh without late events pays for walking the entries of
 * those who changed.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "clock.h"
#include "day.h"
#include "late_facts.h"
#include "period.h"
#include "sql.h"

struct LateFacts
{
	List *schemes;   /* of Scheme: those with history */
	Period *periods; /* final, in a row */
	int nperiods;
	int64 *ledgers; /* how many differ in each */
};

/* The earliest day of history of the schemes; DATEVAL_NOEND: there is none. */
static DateADT
first_day(List *schemes)
{
	DateADT first = DATEVAL_NOEND;
	ListCell *lc;

	foreach (lc, schemes)
		first = Min(first, ((Scheme *) lfirst(lc))->history_since);
	return first;
}

static void
list_final_periods(LateFacts *late, const Population *population, Interval *settle)
{
	Period first = period_containing(first_day(late->schemes));
	int most = Max(population->as_of - first.start, 0) / 7 + 2;

	late->periods = palloc(most * sizeof(Period));
	for (Period period = first; period_is_final(period, settle, population->as_of);
		 period = period_after(period))
		late->periods[late->nperiods++] = period;
}

LateFacts *
late_facts_create(const Population *population)
{
	LateFacts *late = palloc0(sizeof(LateFacts));
	Datum settle = DirectFunctionCall3(interval_in, CStringGetDatum(population->settle),
									   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));

	if (!population->refreshed)
		return NULL;
	late->schemes = schemes_of(population, NULL);
	if (first_day(late->schemes) == DATEVAL_NOEND)
		return NULL;
	list_final_periods(late, population, DatumGetIntervalP(settle));
	if (late->nperiods == 0)
		return NULL;
	late->ledgers = palloc0(late->nperiods * sizeof(int64));
	return late;
}

/* A ledger being walked; its entries are in order of days, then of labels. */
typedef struct Walk
{
	LedgerIterator it;
	bool more;
} Walk;

static void
begin_walk(Walk *walk, const Ledger *ledger)
{
	walk->more = ledger != NULL;
	if (ledger == NULL)
		return;
	ledger_iterate(ledger, &walk->it);
	walk->more = ledger_next(&walk->it);
}

static void
step(Walk *walk)
{
	walk->more = ledger_next(&walk->it);
}

static DateADT
walk_day(const Walk *walk)
{
	return walk->more ? walk->it.day : DATEVAL_NOEND;
}

static bool
same_label(const LedgerIterator *a, const LedgerIterator *b)
{
	if (a->label == LEDGER_NO_LABEL || b->label == LEDGER_NO_LABEL)
		return a->label == b->label;
	return a->label_length[a->label] == b->label_length[b->label] &&
		   memcmp(a->label_text[a->label], b->label_text[b->label], a->label_length[a->label]) == 0;
}

static bool
same_entry(const LedgerIterator *a, const LedgerIterator *b)
{
	return a->count == b->count && same_label(a, b) &&
		   memcmp(a->measure, b->measure, a->shape.nmeasures * sizeof(int64)) == 0;
}

static bool
same_shape(const Walk *a, const Walk *b)
{
	return a->more && b->more && a->it.shape.nmeasures == b->it.shape.nmeasures &&
		   memcmp(a->it.shape.scale, b->it.shape.scale, a->it.shape.nmeasures) == 0;
}

/* Whether the two have the same entries on a day; both go on to the next. */
static bool
same_day(Walk *a, Walk *b, DateADT day, bool comparable)
{
	bool same = comparable;

	while (walk_day(a) == day || walk_day(b) == day)
	{
		same = same && walk_day(a) == walk_day(b) && same_entry(&a->it, &b->it);
		if (walk_day(a) == day)
			step(a);
		if (walk_day(b) == day)
			step(b);
	}
	return same;
}

void
late_facts_compare(LateFacts *late, const struct varlena *before, const Ledger *after)
{
	int period = 0;
	int counted = -1;
	bool comparable;
	DateADT day;
	Walk a;
	Walk b;

	if (late == NULL)
		return;
	begin_walk(&a, (const Ledger *) before);
	begin_walk(&b, after);
	comparable = same_shape(&a, &b);
	while ((day = Min(walk_day(&a), walk_day(&b))) != DATEVAL_NOEND)
	{
		while (period < late->nperiods && late->periods[period].end < day)
			period++;
		if (period == late->nperiods)
			break;
		if (same_day(&a, &b, day, comparable) || day < late->periods[0].start || counted == period)
			continue;
		late->ledgers[period]++;
		counted = period;
	}
}

/* The marks of one source, as rows (period_start, ledgers); NULL when there are none. */
static char *
marks_sql(const LateFacts *late)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < late->nperiods; i++)
		if (late->ledgers[i] > 0)
			appendStringInfo(&sql, "%s(%s, " INT64_FORMAT "::bigint)", sql.len > 0 ? ", " : "VALUES ",
							 day_sql(late->periods[i].start), late->ledgers[i]);
	return sql.len > 0 ? sql.data : NULL;
}

List *
late_facts_schemes(const LateFacts *late)
{
	return late->schemes;
}

const Period *
late_facts_periods(const LateFacts *late, int *nperiods)
{
	*nperiods = late->nperiods;
	return late->periods;
}

void
late_facts_mark_periods(const Scheme *scheme, const char *cause, const char *marks)
{
	char *facts = data_name(scheme->name, "_facts");

	if (!OidIsValid(data_oid(facts)))
		return;
	sql_run("INSERT INTO segment.stale_period AS s (scheme_id, period_start, cause, since, last_at, ledgers, "
			"sources) SELECT %d, m.period_start, %s, now.now, now.now, m.ledgers, m.sources "
			"FROM (%s) m (period_start, ledgers, sources), (SELECT %s::timestamptz) now (now) "
			"WHERE (SELECT f.is_final FROM %s f WHERE f.period_start = m.period_start LIMIT 1) "
			"ON CONFLICT (scheme_id, period_start, cause) DO UPDATE SET last_at = excluded.last_at, "
			"ledgers = s.ledgers + excluded.ledgers, sources = CASE WHEN excluded.sources <@ s.sources "
			"THEN s.sources ELSE s.sources || excluded.sources END",
			scheme->id, quote_literal_cstr(cause), marks, quote_literal_cstr(timestamptz_to_str(clock_now())),
			facts);
}

void
late_facts_mark(LateFacts *late, const Source *source)
{
	char *marks = late ? marks_sql(late) : NULL;
	ListCell *lc;

	if (marks == NULL)
		return;
	foreach (lc, late->schemes)
		late_facts_mark_periods(
			lfirst(lc), "data",
			psprintf("SELECT v.*, ARRAY[%s] FROM (%s) v", quote_literal_cstr(source->name), marks));
	memset(late->ledgers, 0, late->nperiods * sizeof(int64));
}

/* A day's segment counts in its own period, and as what customers opened the next one with. */
void
late_facts_mark_backfill(const Scheme *scheme, DateADT since, DateADT until)
{
	late_facts_mark_periods(scheme, "backfill",
							psprintf("SELECT DISTINCT f.period_start, 0::bigint, '{}'::text[] FROM %s f "
									 "WHERE f.period_start BETWEEN %s AND %s",
									 data_name(scheme->name, "_facts"),
									 day_sql(period_containing(since).start), day_sql(until + 1)));
}

void
late_facts_clear(const Scheme *scheme, DateADT period_start)
{
	sql_run("DELETE FROM segment.stale_period WHERE scheme_id = %d AND period_start = %s", scheme->id,
			day_sql(period_start));
}
