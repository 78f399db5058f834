/*
 * ledger_state.c
 *	  Collects events, ledgers and other states into one flat state.
 *
 * The one way in for everything but the bulk build: aggregates, text input,
 * + and - all collect here and end in ledger_from_raw, so none of them has
 * rules of its own about order, merging or scales.
 */
#include "postgres.h"

#include "common/int.h"
#include "ledger_state.h"
#include "ledger_raw.h"
#include "scaled.h"
#include "utils/memutils.h"

#define INITIAL_SIZE 80
#define FIRST_COMPACTION 65536

static LedgerState *
allocate_state(Size size)
{
	LedgerState *state;

	if (size > MaxAllocSize)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many events for one ledger"),
						errhint("Group the events by a finer key.")));
	state = palloc0(size);
	SET_VARSIZE(state, size);
	return state;
}

LedgerState *
ledger_state_create(const LedgerShape *shape)
{
	LedgerState *state = allocate_state(INITIAL_SIZE);

	state->shape = *shape;
	state->compact_at = FIRST_COMPACTION;
	return state;
}

static inline Size
state_used(const LedgerState *state)
{
	return offsetof(LedgerState, data) + (Size) state->labels_length + state->raw_length;
}

static LedgerState *
reserve_state(LedgerState *state, Size more)
{
	Size used = state_used(state);
	Size size = VARSIZE(state);
	LedgerState *larger;

	if (used + more <= size)
		return state;
	while (size < used + more)
		size *= 2;
	larger = allocate_state(size);
	memcpy((char *) larger + sizeof(int32), (char *) state + sizeof(int32), used - sizeof(int32));
	return larger;
}

static const char *
next_label(const char *label)
{
	return label + 1 + (uint8) *label + 1;
}

static void
check_label_length(int length)
{
	if (length > LEDGER_MAX_LABEL_LENGTH)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("a dimension label cannot be longer than %d bytes", LEDGER_MAX_LABEL_LENGTH),
						errhint("Use a short code as the dimension.")));
}

/* Labels stay in arrival order before the entries, which a new one moves up. */
static LedgerState *
add_label(LedgerState *state, const char *label, int length)
{
	Size needed = (Size) length + 2;
	uint8 *to;

	if (state->nlabels == LEDGER_MAX_LABELS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("a ledger cannot have more than %d dimension labels", LEDGER_MAX_LABELS),
						errhint("Use a dimension with fewer values, such as a channel or category.")));
	state = reserve_state(state, needed);
	to = state->data + state->labels_length;
	memmove(to + needed, to, state->raw_length);
	to[0] = (uint8) length;
	memcpy(to + 1, label, length);
	to[1 + length] = '\0';
	state->labels_length += needed;
	state->nlabels++;
	return state;
}

static LedgerState *
find_label(LedgerState *state, const char *label, int length, int *index)
{
	const char *known = (const char *) state->data;

	*index = LEDGER_NO_LABEL;
	if (label == NULL)
		return state;
	check_label_length(length);
	for (int i = 0; i < state->nlabels; i++)
	{
		*index = i;
		if ((uint8) *known == length && memcmp(known + 1, label, length) == 0)
			return state;
		known = next_label(known);
	}
	*index = state->nlabels;
	return add_label(state, label, length);
}

/*
 * Merging what has the same day and label bounds the state of a group with
 * very many events; the threshold follows the merged size, so that the work
 * stays proportional to the events.
 */
static LedgerState *
compact_state(LedgerState *state)
{
	Ledger *ledger = ledger_state_finish(state);
	LedgerState *compact = ledger_state_create(&state->shape);

	compact->compact_at = PG_UINT32_MAX;
	compact = ledger_state_add_ledger(compact, ledger, false);
	compact->compact_at = Max(FIRST_COMPACTION, 2 * compact->raw_length);
	pfree(ledger);
	return compact;
}

LedgerState *
ledger_state_add_event(LedgerState *state, DateADT day, const char *label, int label_length, int64 count,
					   const int64 *measures)
{
	uint8 *raw;
	uint8 *to;
	int index;

	/* compaction may renumber the labels, so it comes before the look-up */
	if (unlikely(state->raw_length >= state->compact_at))
		state = compact_state(state);
	state = find_label(state, label, label_length, &index);
	state = reserve_state(state, ledger_raw_max_entry(state->shape.nmeasures));
	raw = state->data + state->labels_length;
	to = ledger_raw_append(raw + state->raw_length, &state->shape, &state->last_day, day, index, count,
						   measures);
	state->raw_length = to - raw;
	return state;
}

static void
raise_measures(const LedgerShape *shape, const uint8 *to, int64 *measure)
{
	for (int i = 0; i < shape->nmeasures; i++)
	{
		if (to[i] > shape->scale[i] && !scaled_raise(&measure[i], to[i] - shape->scale[i]))
			ledger_raise_overflow(i + 1);
	}
}

/* Builds the state anew when a scale grows: with typed columns that is never. */
LedgerState *
ledger_state_raise_scales(LedgerState *state, const uint8 *scale)
{
	LedgerShape shape = state->shape;
	LedgerState *raised;
	bool larger = false;

	for (int i = 0; i < shape.nmeasures; i++)
	{
		larger = larger || scale[i] > shape.scale[i];
		shape.scale[i] = Max(scale[i], shape.scale[i]);
	}
	if (!larger)
		return state;
	raised = ledger_state_create(&shape);
	raised->compact_at = state->compact_at;
	return ledger_state_add_state(raised, state);
}

static void
check_same_shape(const LedgerShape *a, const LedgerShape *b)
{
	if (a->nmeasures != b->nmeasures)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("ledgers have different numbers of measures"),
						errdetail("One ledger has %d and the other %d.", a->nmeasures, b->nmeasures),
						errhint("Add ledgers of the same source, or build both with the same measures.")));
	if (a->has_dimension != b->has_dimension)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("one ledger has a dimension and the other has none"),
				 errhint("Add ledgers of the same source, or build both with or without a dimension.")));
}

static void
negate_entry(LedgerIterator *it)
{
	if (pg_sub_s64_overflow(0, it->count, &it->count))
		ledger_raise_overflow(0);
	for (int i = 0; i < it->shape.nmeasures; i++)
	{
		if (pg_sub_s64_overflow(0, it->measure[i], &it->measure[i]))
			ledger_raise_overflow(i + 1);
	}
}

LedgerState *
ledger_state_add_ledger(LedgerState *state, const Ledger *ledger, bool negate)
{
	LedgerIterator it;

	ledger_iterate(ledger, &it);
	check_same_shape(&state->shape, &it.shape);
	state = ledger_state_raise_scales(state, it.shape.scale);
	while (ledger_next(&it))
	{
		const char *label = it.label == LEDGER_NO_LABEL ? NULL : it.label_text[it.label];
		int length = it.label == LEDGER_NO_LABEL ? 0 : it.label_length[it.label];

		if (negate)
			negate_entry(&it);
		raise_measures(&it.shape, state->shape.scale, it.measure);
		state = ledger_state_add_event(state, it.day, label, length, it.count, it.measure);
	}
	return state;
}

static void
collect_labels(const LedgerState *state, const char **dictionary)
{
	const char *label = (const char *) state->data;

	for (int i = 0; i < state->nlabels; i++)
	{
		dictionary[i] = label + 1;
		label = next_label(label);
	}
}

LedgerState *
ledger_state_add_state(LedgerState *state, const LedgerState *other)
{
	const char *dictionary[LEDGER_MAX_LABELS];
	const uint8 *from = other->data + other->labels_length;
	const uint8 *end = from + other->raw_length;
	LedgerRawEntry entry;

	check_same_shape(&state->shape, &other->shape);
	state = ledger_state_raise_scales(state, other->shape.scale);
	collect_labels(other, dictionary);
	entry.day = 0;
	while (ledger_raw_next(&from, end, &other->shape, &entry))
	{
		const char *label = entry.label == LEDGER_NO_LABEL ? NULL : dictionary[entry.label];

		raise_measures(&other->shape, state->shape.scale, entry.measure);
		state = ledger_state_add_event(state, entry.day, label, label == NULL ? 0 : (uint8) label[-1],
									   entry.count, entry.measure);
	}
	return state;
}

Ledger *
ledger_state_finish(const LedgerState *state)
{
	const char *dictionary[LEDGER_MAX_LABELS];
	LedgerScratch scratch = {NULL, 0};
	Ledger *ledger;

	collect_labels(state, dictionary);
	ledger = ledger_from_raw(&state->shape, dictionary, state->data + state->labels_length, state->raw_length,
							 &scratch);
	pfree(scratch.space);
	return ledger;
}

static bool
labels_are_sound(const LedgerState *state)
{
	const char *label = (const char *) state->data;
	const char *end = label + state->labels_length;

	for (int i = 0; i < state->nlabels; i++)
	{
		if (end - label < 2 || end - label < (uint8) *label + 2 || label[1 + (uint8) *label] != '\0' ||
			memchr(label + 1, '\0', (uint8) *label) != NULL)
			return false;
		label = next_label(label);
	}
	return label == end;
}

static bool
header_is_sound(const LedgerState *state)
{
	if (VARSIZE(state) < offsetof(LedgerState, data) || state->shape.nmeasures > LEDGER_MAX_MEASURES ||
		state_used(state) > VARSIZE(state))
		return false;
	for (int i = 0; i < state->shape.nmeasures; i++)
	{
		if (state->shape.scale[i] > LEDGER_MAX_SCALE)
			return false;
	}
	return labels_are_sound(state);
}

void
ledger_state_check(const LedgerState *state)
{
	bool sound = header_is_sound(state);

	if (sound)
	{
		const uint8 *from = state->data + state->labels_length;
		const uint8 *end = from + state->raw_length;
		LedgerRawEntry entry;

		entry.day = 0;
		while (ledger_raw_next(&from, end, &state->shape, &entry))
			sound = sound && entry.label < state->nlabels;
	}
	if (!sound)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("ledger state is corrupted"),
						errhint("The state must come from the aggregate's own transition function.")));
}
