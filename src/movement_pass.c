/*
 * movement_pass.c
 *	  The share of a facts pass that is about moves: what each customer was
 *	  worth at the ends of every period, and why it moved.
 *
 * Behaviour is told from the rest so: of the causes of a customer's moves
 * within the period, data and time outweigh all others; a customer none of
 * whose moves had these was moved by a definition, else by hand, else by a
 * merge.  Who left is judged by the transitions that say so, since a history
 * has no row for being gone.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "facts_scan.h"
#include "movement_pass.h"
#include "scaled.h"

#define CUSTOMERS_PER_CHECK 1024 /* for interrupts */

/* Of one customer: per day of the frame its worth, then per period a byte with a bit for each cause. */
typedef int64 Kept;

static inline uint8 *
causes_of(const StatesFrame *frame, Kept *kept)
{
	return (uint8 *) (kept + frame->ndays);
}

Size
movement_kept_size(const StatesFrame *frame)
{
	return MAXALIGN(frame->ndays * sizeof(int64) + frame->ndays);
}

static MovementCause
cause_of_text(const text *cause)
{
	static const struct
	{
		const char *name;
		MovementCause cause;
	} others[] = {{"definition", MOVEMENT_DEFINITION},
				  {"manual", MOVEMENT_MANUAL},
				  {"erasure", MOVEMENT_MANUAL},
				  {"merge", MOVEMENT_MERGE}};

	for (int i = 0; i < lengthof(others); i++)
		if (VARSIZE_ANY_EXHDR(cause) == strlen(others[i].name) &&
			memcmp(VARDATA_ANY(cause), others[i].name, strlen(others[i].name)) == 0)
			return others[i].cause;
	return MOVEMENT_BEHAVIOUR;
}

/* The period a day is in, from 0; -1 outside. */
static int
period_of(const StatesFrame *frame, DateADT day)
{
	int place = states_first_day_from(frame, day);

	return place < frame->ndays ? place - 1 : -1;
}

void
movement_add_stay(const StatesFrame *frame, void *kept, DateADT day, const text *cause)
{
	int period = period_of(frame, day);

	if (period >= 0)
		causes_of(frame, kept)[period] |= 1 << cause_of_text(cause);
}

bool
movement_wants(const MovementPass *pass, int source)
{
	for (int i = 0; i < pass->nmoney; i++)
		if (pass->money[i].source == source)
			return true;
	return false;
}

/* What an entry is worth, in units of the value's scale. */
static int128
entry_value(const MovementPass *pass, int source, const LedgerIterator *it)
{
	int128 value = 0;

	for (int i = 0; i < pass->nmoney; i++)
		if (pass->money[i].source == source)
			value += (int128) it->measure[pass->money[i].measure] * pass->money[i].factor;
	return value;
}

static void
read_factors(MovementPass *pass, int source, const LedgerShape *shape)
{
	for (int i = 0; i < pass->nmoney; i++)
	{
		int measure = pass->money[i].measure;

		if (pass->money[i].source != source)
			continue;
		if (measure >= shape->nmeasures || shape->scale[measure] > pass->scale)
			elog(ERROR, "ledger has not the measures of its source");
		pass->money[i].factor = pass->money[i].sign * scaled_power10[pass->scale - shape->scale[measure]];
	}
}

/*
 * Entries come in order of days, and so do the ends of the windows: each adds
 * to the first window that contains it and is taken away after the last.
 */
static void
sum_windows(MovementPass *pass, int ndays, int source, LedgerIterator *it, int128 *sum)
{
	int first = 0;
	int last = 0;

	read_factors(pass, source, &it->shape);
	memset(sum, 0, (ndays + 1) * sizeof(int128));
	while (ledger_next(it))
	{
		int128 value;

		while (first < ndays && pass->until[first] < it->day)
			first++;
		if (first == ndays)
			break;
		while (last < ndays && pass->since[last] <= it->day)
			last++;
		if (first >= last)
			continue;
		value = entry_value(pass, source, it);
		sum[first] += value;
		sum[last] -= value;
	}
	for (int i = 1; i < ndays; i++)
		sum[i] += sum[i - 1];
}

static void
add_worth(Kept *kept, int ndays, const int128 *sum)
{
	for (int i = 0; i < ndays; i++)
	{
		int128 worth = kept[i] + sum[i];

		if (unlikely(worth > PG_INT64_MAX || worth < PG_INT64_MIN))
			ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
							errmsg("the value of a customer is out of range"),
							errhint("Map the measures with fewer decimal digits.")));
		kept[i] = (int64) worth;
	}
}

void
movement_add_ledger(MovementPass *pass, const StatesFrame *frame, int source, void *kept,
					const Ledger *ledger)
{
	int128 few[40];
	int128 *sum = frame->ndays < lengthof(few) ? few : palloc((frame->ndays + 1) * sizeof(int128));
	LedgerIterator it;

	ledger_iterate(ledger, &it);
	sum_windows(pass, frame->ndays, source, &it, sum);
	if (kept != NULL)
		add_worth(kept, frame->ndays, sum);
	else
		for (int i = 1; i < frame->ndays; i++)
			movement_cells_nobody(pass->cells, i - 1, sum[i - 1], sum[i]);
	if (sum != few)
		pfree(sum);
}

static MovementCause
strongest_cause(uint8 causes)
{
	for (int cause = MOVEMENT_BEHAVIOUR; cause < MOVEMENT_CAUSES; cause++)
		if (causes & (1 << cause))
			return cause;
	return MOVEMENT_BEHAVIOUR;
}

static bool
left_population(const CustomerStates *states, int16 opening, int16 closing)
{
	return !states->is_member && state_is_member(opening) && !state_is_member(closing);
}

/* A scheme that begins or ends moves everyone, whatever they did. */
static MovementCause
cause_of_move(const CustomerStates *states, int16 opening, int16 closing, uint8 causes)
{
	if (opening == closing)
		return MOVEMENT_STAYED;
	if (opening == STATE_UNASSIGNED)
		return MOVEMENT_DEFINITION;
	if (state_is_member(opening) && !state_is_member(closing) && states->is_member)
		return MOVEMENT_DEFINITION;
	return strongest_cause(causes);
}

/* Who left the population is no longer judged by how it moved before. */
static KeySet *
customers_who_left(const StatesFrame *frame, CustomerTable *customers, int16 *states, Size kept_at)
{
	KeySet *left = NULL;

	for (uint32 i = 0; i < customers->ncustomers; i++)
	{
		Customer *customer = customers_at(customers, i);
		uint8 *causes = causes_of(frame, (Kept *) ((char *) customer + kept_at));

		if (customer->states.is_member)
			continue;
		states_finish(&customer->states, states);
		for (int period = 0; period < frame->ndays - 1; period++)
		{
			if (!left_population(&customer->states, states[period], states[period + 1]))
				continue;
			causes[period] = 0;
			if (left == NULL)
				left = keyset_create(customers->key_type->type, customers->key_type->collation);
			keyset_add(left, customer->key, false);
		}
	}
	return left;
}

/* One transition: of a customer who left in this period and was gone at its end. */
static void
add_leave(const StatesFrame *frame, Customer *customer, int16 *states, Kept *kept, DateADT day,
		  const text *cause)
{
	int period = period_of(frame, day);

	if (period < 0)
		return;
	states_finish(&customer->states, states);
	if (left_population(&customer->states, states[period], states[period + 1]))
		causes_of(frame, kept)[period] |= 1 << cause_of_text(cause);
}

static void
read_leaves(const MovementPass *pass, const StatesFrame *frame, CustomerTable *customers, KeySet *left,
			int16 *states, Size kept_at)
{
	FactsScan scan;
	AttrNumber to_column;
	AttrNumber day_column;
	AttrNumber cause_column;

	facts_scan_begin(&scan, pass->transitions, pass->key_name, left, NULL);
	to_column = facts_scan_column(&scan, "to_segment");
	day_column = facts_scan_column(&scan, "day");
	cause_column = facts_scan_column(&scan, "cause");
	while (facts_scan_next(&scan))
	{
		bool isnull;
		Datum key;
		Datum cause;
		Customer *customer;

		if (!slot_attisnull(scan.slot, to_column))
			continue;
		key = slot_getattr(scan.slot, scan.key_column, &isnull);
		if (customers->key_type->length == -1)
			key = PointerGetDatum(facts_scan_varlena(&scan, key));
		customer = keyset_contains(left, key, false) ? customers_find(customers, key) : NULL;
		if (customer == NULL)
			continue;
		cause = slot_getattr(scan.slot, cause_column, &isnull);
		add_leave(frame, customer, states, (Kept *) ((char *) customer + kept_at),
				  DatumGetDateADT(slot_getattr(scan.slot, day_column, &isnull)),
				  (text *) facts_scan_varlena(&scan, cause));
	}
	facts_scan_end(&scan);
}

static void
count_customer(MovementPass *pass, const StatesFrame *frame, const CustomerStates *customer, Kept *kept,
			   int16 *states)
{
	states_finish(customer, states);
	for (int i = 0; i < frame->ndays - 1; i++)
		movement_cells_customer(pass->cells, i, states[i], states[i + 1],
								cause_of_move(customer, states[i], states[i + 1], causes_of(frame, kept)[i]),
								kept[i], kept[i + 1]);
}

void
movement_count(MovementPass *pass, const StatesFrame *frame, CustomerTable *customers)
{
	Size kept_at = customer_size(frame);
	int16 *states = palloc(frame->ndays * sizeof(int16));
	KeySet *left = customers_who_left(frame, customers, states, kept_at);

	if (left != NULL && OidIsValid(pass->transitions))
		read_leaves(pass, frame, customers, left, states, kept_at);
	for (uint32 i = 0; i < customers->ncustomers; i++)
	{
		Customer *customer = customers_at(customers, i);

		if (i % CUSTOMERS_PER_CHECK == 0)
			CHECK_FOR_INTERRUPTS();
		count_customer(pass, frame, &customer->states, (Kept *) ((char *) customer + kept_at), states);
	}
	pfree(states);
}
