/*
 * facts_cells.c
 *	  Cells of facts: [label][period][row][value], in exact 128-bit integers.
 *
 * Flat, the labels and their hash table included, so that workers and other
 * nodes may exchange them.  No sum of 64-bit values overflows 128 bits.
 */
#include "postgres.h"

#include <ctype.h>

#include "access/htup_details.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/typcache.h"

#include "compat.h"
#include "debug.h"
#include "facts_cells.h"
#include "scaled.h"

#ifndef HAVE_INT128
#error segment needs a compiler with 128-bit integers
#endif

#define LABELS_MAX 10000 /* distinct labels of one source's dimension */
#define NO_LABEL 0       /* cells of events without a label come first */
#define VALUES_MAX (1 + LEDGER_MAX_MEASURES)

typedef struct FactsLabel
{
	uint8 length;
	char text[LEDGER_MAX_LABEL_LENGTH];
} FactsLabel;

struct FactsCells
{
	int32 vl_len_;
	int32 nperiods;
	int32 nrows;
	int32 nvalues;        /* of a row in a period */
	int32 nlabels;        /* NO_LABEL included */
	int32 label_capacity; /* a power of two */
	bool counts;          /* of customers: no label, and zero is a fact */
	uint8 scale[VALUES_MAX];
};

#define cells_per_label(c) ((Size) (c)->nperiods * (c)->nrows * (c)->nvalues)
#define cells_of(c) ((int128 *) ((char *) (c) + MAXALIGN(sizeof(FactsCells))))
#define labels_of(c) ((FactsLabel *) (cells_of(c) + cells_per_label(c) * (c)->label_capacity))
/* Open addressing, twice the capacity: a label's number, 0 for a free slot. */
#define slots_of(c) ((uint16 *) (labels_of(c) + (c)->label_capacity))
#define slots_mask(c) ((uint32) (2 * (c)->label_capacity - 1))

int128 *
cells_at(FactsCells *cells, int label, int period, int row)
{
	return cells_of(cells) +
		   (((Size) label * cells->nperiods + period) * cells->nrows + (row - 1)) * cells->nvalues;
}

static Size
cells_size(const FactsCells *shape)
{
	Size per_label = mul_size(cells_per_label(shape), sizeof(int128));

	per_label = add_size(per_label, sizeof(FactsLabel) + 2 * sizeof(uint16));
	return add_size(MAXALIGN(sizeof(FactsCells)), mul_size(per_label, shape->label_capacity));
}

static FactsCells *
cells_allocate(const FactsCells *shape)
{
	Size size = cells_size(shape);
	FactsCells *cells;

	if (!AllocSizeIsValid(size))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("facts of %d periods and %d labels do not fit into memory", shape->nperiods,
							   shape->nlabels),
						errhint("Compute fewer periods at once, or map a dimension of fewer values.")));
	INJECT("memory-facts-cells");
	cells = palloc0(size);
	memcpy(cells, shape, sizeof(FactsCells));
	SET_VARSIZE(cells, size);
	return cells;
}

static FactsCells *
cells_create(int nperiods, int segments, int nvalues)
{
	FactsCells shape = {0};

	if (segments < 0 || segments > PG_INT16_MAX - STATE_FIRST_SEGMENT)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("number of segments is out of range: %d", segments),
						errhint("Give the length of the array that segment.period_states got.")));
	shape.nperiods = nperiods;
	shape.nrows = segments + ROWS_BESIDE_SEGMENTS;
	shape.nvalues = nvalues;
	shape.nlabels = 1;
	shape.label_capacity = 1;
	return cells_allocate(&shape);
}

FactsCells *
cells_for_counts(int nperiods, int segments)
{
	FactsCells *cells = cells_create(nperiods, segments, COUNT_KINDS);

	cells->counts = true;
	return cells;
}

FactsCells *
cells_for_ledgers(int nperiods, int segments, const LedgerShape *shape)
{
	FactsCells *cells = cells_create(nperiods, segments, 1 + shape->nmeasures);

	memcpy(cells->scale + 1, shape->scale, shape->nmeasures);
	return cells;
}

/* The label's slot: its own, or the free one it would take. */
static uint16 *
label_slot(FactsCells *cells, const char *text, int length)
{
	uint32 at = hash_bytes((const unsigned char *) text, length);

	for (;; at++)
	{
		uint16 *slot = slots_of(cells) + (at & slots_mask(cells));
		const FactsLabel *label = labels_of(cells) + *slot;

		if (*slot == 0 || (label->length == length && memcmp(label->text, text, length) == 0))
			return slot;
	}
}

/* Twice the room for labels; cells come label by label, so they stay in order. */
static FactsCells *
cells_grow(FactsCells *old)
{
	FactsCells shape = *old;
	FactsCells *cells;

	shape.label_capacity *= 2;
	cells = cells_allocate(&shape);
	memcpy(cells_of(cells), cells_of(old), cells_per_label(old) * old->nlabels * sizeof(int128));
	memcpy(labels_of(cells), labels_of(old), old->nlabels * sizeof(FactsLabel));
	for (int i = 1; i < cells->nlabels; i++)
		*label_slot(cells, labels_of(cells)[i].text, labels_of(cells)[i].length) = (uint16) i;
	return cells;
}

/* The number of a label, which may move the cells.  The empty label is no label. */
int
cells_label(FactsCells **cells, const char *text, int length)
{
	uint16 *slot = label_slot(*cells, text, length);

	if (length == 0)
		return NO_LABEL;
	if (*slot != 0)
		return *slot;
	if ((*cells)->nlabels >= LABELS_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("a dimension has more than %d different labels", LABELS_MAX),
						errhint("Map a dimension of few values, such as a channel or a category.")));
	if ((*cells)->nlabels == (*cells)->label_capacity)
	{
		*cells = cells_grow(*cells);
		slot = label_slot(*cells, text, length);
	}
	labels_of(*cells)[(*cells)->nlabels].length = (uint8) length;
	memcpy(labels_of(*cells)[(*cells)->nlabels].text, text, length);
	*slot = (uint16) (*cells)->nlabels;
	return (*cells)->nlabels++;
}

/* Write the cells of one measure with more decimal digits. */
static void
raise_scale(FactsCells *cells, int value, uint8 scale)
{
	int64 factor = scaled_power10[scale - cells->scale[value]];
	Size ncells = cells_per_label(cells) * cells->nlabels;

	for (Size i = value; i < ncells; i += cells->nvalues)
		cells_of(cells)[i] *= factor;
	cells->scale[value] = scale;
}

/* What a value of these scales is multiplied by to be added; raises the cells' scales first. */
static void
meet_scales(FactsCells *cells, const uint8 *scale, int nvalues, int64 *factor)
{
	if (nvalues != cells->nvalues)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("ledgers have different numbers of measures"),
						errhint("Aggregate the ledgers of one source.")));
	factor[0] = 1;
	for (int i = 1; i < nvalues; i++)
	{
		if (scale[i - 1] > cells->scale[i])
			raise_scale(cells, i, scale[i - 1]);
		factor[i] = scaled_power10[cells->scale[i] - scale[i - 1]];
	}
}

void
cells_meet_scales(FactsCells *cells, const LedgerShape *shape, int64 *factor)
{
	meet_scales(cells, shape->scale, shape->nmeasures + 1, factor);
}

void
cells_require(const FactsCells *cells, int nperiods, int segments)
{
	if (cells->nperiods != nperiods || cells->nrows != segments + ROWS_BESIDE_SEGMENTS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("periods and segments must be the same for every row")));
}

/*
 * opening + acquired + moved_in - moved_out - removed = closing in every row,
 * because each state of a member adds to both sides.
 */
static void
count_customers(FactsCells *cells, int label, int period, int opening, int closing, int64 n)
{
	bool opens = state_is_member(opening);
	bool closes = state_is_member(closing);

	if (opens)
		cells_at(cells, label, period, opening)[COUNT_OPENING] += n;
	if (closes)
		cells_at(cells, label, period, closing)[COUNT_CLOSING] += n;
	if (opening == closing)
		return;
	if (opens)
		cells_at(cells, label, period, opening)[closes ? COUNT_MOVED_OUT : COUNT_REMOVED] += n;
	if (closes)
		cells_at(cells, label, period, closing)[opens ? COUNT_MOVED_IN : COUNT_ACQUIRED] += n;
}

void
cells_count_move(FactsCells *cells, int period, int opening, int closing, int64 customers)
{
	count_customers(cells, NO_LABEL, period, opening, closing, customers);
}

void
cells_count_labelled(FactsCells *cells, int label, const int16 *states)
{
	for (int i = 0; i < cells->nperiods; i++)
		count_customers(cells, label, i, states[i], states[i + 1], 1);
}

void
cells_count_customer(FactsCells *cells, const int16 *states)
{
	cells_count_labelled(cells, NO_LABEL, states);
}

/* Whose money it is: the opening's, `new` in a customer's first period, else nobody's. */
int
cells_money_row(int opening, int closing)
{
	if (state_is_member(opening))
		return opening;
	if (opening == STATE_NOT_ENTERED)
		return closing == STATE_NOT_ENTERED ? ROW_UNASSIGNED : ROW_NEW;
	return state_is_member(closing) ? ROW_NEW : ROW_UNASSIGNED;
}

/* Entries come in order of days: one walk along days and periods.  states NULL: not a customer. */
FactsCells *
cells_add_ledger(FactsCells *cells, const int16 *states, LedgerIterator *it, const DateADT *days,
				 FactsTrace *trace)
{
	int64 factor[VALUES_MAX];
	int16 number[LEDGER_MAX_LABELS];
	int period = 0;

	meet_scales(cells, it->shape.scale, it->shape.nmeasures + 1, factor);
	memset(number, -1, it->nlabels * sizeof(int16));
	if (trace != NULL)
		trace_begin(trace, &it->shape);
	while (ledger_next(it) && it->day <= days[cells->nperiods])
	{
		int label = NO_LABEL;
		int128 *cell;

		if (it->day <= days[0])
		{
			if (trace != NULL && it->day > trace->before)
				trace_add(trace, 0, it);
			continue;
		}
		while (it->day > days[period + 1])
			period++;
		if (it->label >= 0)
		{
			if (number[it->label] < 0)
				number[it->label] =
					(int16) cells_label(&cells, it->label_text[it->label], it->label_length[it->label]);
			label = number[it->label];
		}
		cell = cells_at(cells, label, period,
						states ? cells_money_row(states[period], states[period + 1]) : ROW_UNASSIGNED);
		cell[0] += it->count;
		for (int i = 1; i < cells->nvalues; i++)
			cell[i] += (int128) it->measure[i - 1] * factor[i];
		if (trace != NULL)
			trace_add(trace, period + 1, it);
	}
	return cells;
}

/* Add all cells of one label. */
static void
add_cells(FactsCells *cells, int label, const int128 *other, const int64 *factor)
{
	int128 *to = cells_of(cells) + cells_per_label(cells) * label;
	Size ncells = cells_per_label(cells);

	for (Size i = 0; i < ncells; i++)
		to[i] += other[i] * factor[i % cells->nvalues];
}

FactsCells *
cells_add(FactsCells *cells, FactsCells *other)
{
	int64 factor[VALUES_MAX];

	cells_require(cells, other->nperiods, other->nrows - ROWS_BESIDE_SEGMENTS);
	meet_scales(cells, other->scale + 1, other->nvalues, factor);
	for (int i = 0; i < other->nlabels; i++)
	{
		const FactsLabel *label = labels_of(other) + i;
		int number = i == NO_LABEL ? NO_LABEL : cells_label(&cells, label->text, label->length);

		add_cells(cells, number, cells_of(other) + cells_per_label(other) * i, factor);
	}
	return cells;
}

void
cells_negate(FactsCells *cells)
{
	Size ncells = cells_per_label(cells) * cells->nlabels;

	for (Size i = 0; i < ncells; i++)
		cells_of(cells)[i] = -cells_of(cells)[i];
}

/* The digits of a plain number as an integer; says how many were decimals. */
static int128
read_digits(const char *text, int *scale)
{
	const char *point = strchr(text, '.');
	uint128 digits = 0;

	*scale = point ? (int) strlen(point + 1) : 0;
	for (const char *at = text; *at != '\0'; at++)
		if (isdigit((unsigned char) *at))
			digits = digits * 10 + (*at - '0');
	return *text == '-' ? -(int128) digits : (int128) digits;
}

FactsCells *
cells_put(FactsCells *cells, const FactCell *cell, const char *amount)
{
	int label = cells_label(&cells, cell->label, cell->label_length);
	int scale;
	int128 number = read_digits(amount, &scale);

	if (scale > cells->scale[cell->value])
		raise_scale(cells, cell->value, (uint8) scale);
	cells_at(cells, label, cell->period, cell->row)[cell->value] =
		number * scaled_power10[cells->scale[cell->value] - scale];
	return cells;
}

/* numeric has no function for 128 bits; there are few cells, so text will do. */
Datum
cell_numeric(int128 value, int scale)
{
	char digits[64];
	char *at = digits + sizeof(digits) - 1;
	uint128 rest = value < 0 ? -(uint128) value : (uint128) value;
	int written = 0;

	*at = '\0';
	while (rest != 0 || written <= scale)
	{
		if (written == scale && scale > 0)
			*--at = '.';
		*--at = '0' + (char) (rest % 10);
		rest /= 10;
		written++;
	}
	if (value < 0)
		*--at = '-';
	return DirectFunctionCall3(numeric_in, CStringGetDatum(at), ObjectIdGetDatum(InvalidOid),
							   Int32GetDatum(-1));
}

static bool
any_cell(const int128 *cells, Size ncells)
{
	for (Size i = 0; i < ncells; i++)
		if (cells[i] != 0)
			return true;
	return false;
}

bool
cells_all_zero(const FactsCells *cells)
{
	return !any_cell(cells_of(cells), cells_per_label(cells) * cells->nlabels);
}

bool
cells_row_is_zero(FactsCells *cells, int period, int row)
{
	for (int label = 0; label < cells->nlabels; label++)
		if (any_cell(cells_at(cells, label, period, row), cells->nvalues))
			return false;
	return true;
}

/* No event in a whole period: the source was not there, and missing is not zero. */
static bool
period_has_facts(FactsCells *cells, int period)
{
	if (cells->counts)
		return true;
	for (int label = 0; label < cells->nlabels; label++)
		if (any_cell(cells_at(cells, label, period, 1), (Size) cells->nrows * cells->nvalues))
			return true;
	return false;
}

/* Every row without a label, so that all rows are there; labels where something happened. */
static void
visit_label(FactsCells *cells, int label, FactCellVisitor visit, void *argument)
{
	FactCell cell = {.label = labels_of(cells)[label].text, .label_length = labels_of(cells)[label].length};

	for (cell.period = 0; cell.period < cells->nperiods; cell.period++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!period_has_facts(cells, cell.period))
			continue;
		for (cell.row = 1; cell.row <= cells->nrows; cell.row++)
		{
			const int128 *values = cells_at(cells, label, cell.period, cell.row);

			if (label != NO_LABEL && !any_cell(values, cells->nvalues))
				continue;
			for (cell.value = 0; cell.value < cells->nvalues; cell.value++)
			{
				cell.amount = cell_numeric(values[cell.value], cells->scale[cell.value]);
				visit(&cell, argument);
			}
		}
	}
}

void
cells_visit(FactsCells *cells, FactCellVisitor visit, void *argument)
{
	for (int label = 0; label < cells->nlabels; label++)
		visit_label(cells, label, visit, argument);
}

typedef struct CellArray
{
	TupleDesc desc;
	Oid type;
	ArrayBuildState *result;
} CellArray;

static void
append_cell(const FactCell *cell, void *argument)
{
	CellArray *array = argument;
	bool nulls[5] = {false};
	Datum values[5];

	values[0] = Int32GetDatum(cell->period + 1);
	values[1] = Int32GetDatum(cell->row);
	values[2] = PointerGetDatum(cstring_to_text_with_len(cell->label, cell->label_length));
	values[3] = Int32GetDatum(cell->value);
	values[4] = cell->amount;
	accumArrayResult(array->result, HeapTupleGetDatum(heap_form_tuple(array->desc, values, nulls)), false,
					 array->type, CurrentMemoryContext);
}

Datum
cells_to_array(FactsCells *cells, Oid type)
{
	CellArray array = {.type = type};

	array.desc = lookup_rowtype_tupdesc(type, -1);
	array.result = initArrayResult(type, CurrentMemoryContext, false);
	cells_visit(cells, append_cell, &array);
	ReleaseTupleDesc(array.desc);
	return makeArrayResult(array.result, CurrentMemoryContext);
}
