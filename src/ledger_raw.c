/*
 * ledger_raw.c
 *	  From events in arrival order to a ledger: append, sort, merge, encode.
 *
 * Builders keep a group's events as raw entries, a few bytes each, and pay for
 * order once, at the end.  This is also the only place that writes a ledger's
 * bytes, so there is one canonical form however a ledger came to be.
 */
#include "postgres.h"

#include "common/int.h"
#include "compat.h"
#include "ledger.h"
#include "ledger_format.h"
#include "ledger_raw.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "varint.h"

#define INSERTION_SORT_LIMIT 32
#define INTERRUPT_EVERY 65536
#define PLACE_LABEL_BITS 8 /* holds a rank + 1, up to LEDGER_MAX_LABELS */

/* Where an entry belongs, and which of the decoded entries it is. */
typedef struct SortItem
{
	int64 place; /* day, then label rank */
	uint32 entry;
} SortItem;

/* The builder's labels that one ledger uses, first by arrival, then by order. */
typedef struct LabelUse
{
	int n;
	int dictionary[LEDGER_MAX_LABELS];
	int rank[LEDGER_MAX_LABELS];
	const char *sorted[LEDGER_MAX_LABELS];
	bool survives[LEDGER_MAX_LABELS];
	int last; /* most events repeat the label before */
} LabelUse;

/*
 * Entries are rows of 1 + k values: count, then measures.  "merged" is in
 * final order, its places in the items it was merged from.
 */
typedef struct Encoder
{
	const LedgerShape *shape;
	int width;
	uint32 n;
	uint32 nmerged;
	bool sorted;
	SortItem *item;
	int64 *value;
	int64 *merged;
	uint8 *encoded;
	LabelUse labels;
} Encoder;

/* For entries that are in order already: the day that is being added up. */
typedef struct OrderedEncoder
{
	const LedgerShape *shape;
	DateADT day;
	DateADT last_day; /* of the entry before */
	uint32 n;
	uint8 *to;
	int64 sum[1 + LEDGER_MAX_MEASURES];
} OrderedEncoder;

Size
ledger_raw_max_entry(int nmeasures)
{
	return (Size) (3 + nmeasures) * VARINT_MAX_BYTES;
}

void
ledger_raise_damaged_raw(void)
{
	ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("ledger state is corrupted"),
					errhint("The state must come from the aggregate's own transition function.")));
}

bool
ledger_raw_next(const uint8 **from, const uint8 *end, const LedgerShape *shape, LedgerRawEntry *entry)
{
	int64 value[1 + LEDGER_MAX_MEASURES];

	if (*from >= end)
		return false;
	*from = ledger_raw_read(*from, end, shape, &entry->day, &entry->label, value);
	entry->count = value[0];
	memcpy(entry->measure, value + 1, shape->nmeasures * sizeof(int64));
	return true;
}

/* The slot among this ledger's labels, added if new. */
static int
use_label(LabelUse *labels, int dictionary_index)
{
	int i;

	if (dictionary_index == LEDGER_NO_LABEL)
		return LEDGER_NO_LABEL;
	if (labels->n > 0 && labels->dictionary[labels->last] == dictionary_index)
		return labels->last;
	for (i = 0; i < labels->n; i++)
	{
		if (labels->dictionary[i] == dictionary_index)
			break;
	}
	if (i == LEDGER_MAX_LABELS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("a ledger cannot have more than %d dimension labels", LEDGER_MAX_LABELS),
						errhint("Use a dimension with fewer values, such as a channel or category.")));
	if (i == labels->n)
		labels->dictionary[labels->n++] = dictionary_index;
	labels->last = i;
	return i;
}

/* Ranks by insertion: there are few labels in one ledger. */
static void
rank_labels(LabelUse *labels, const char *const *dictionary)
{
	int order[LEDGER_MAX_LABELS];

	for (int i = 0; i < labels->n; i++)
	{
		const char *text = dictionary[labels->dictionary[i]];
		int j = i;

		for (; j > 0 && strcmp(labels->sorted[j - 1], text) > 0; j--)
		{
			labels->sorted[j] = labels->sorted[j - 1];
			order[j] = order[j - 1];
		}
		labels->sorted[j] = text;
		order[j] = i;
	}
	for (int i = 0; i < labels->n; i++)
		labels->rank[order[i]] = i;
	memset(labels->survives, 0, labels->n * sizeof(bool));
}

static inline int64
place_of(DateADT day, int rank)
{
	return (int64) day * (1 << PLACE_LABEL_BITS) + rank + 1;
}

static inline DateADT
place_day(int64 place)
{
	return (DateADT) (place >> PLACE_LABEL_BITS);
}

static inline int
place_rank(int64 place)
{
	return (int) (place & ((1 << PLACE_LABEL_BITS) - 1)) - 1;
}

/* Items first carry the slot of their label, ranks are known only at the end. */
static void
decode_raw(Encoder *encoder, const uint8 *raw, const uint8 *end)
{
	int64 *value = encoder->value;
	DateADT day = 0;
	uint32 n = 0;

	encoder->labels.n = 0;
	encoder->labels.last = 0;
	encoder->sorted = true;
	for (; raw < end; n++)
	{
		int label;

		if (n % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		raw = ledger_raw_read(raw, end, encoder->shape, &day, &label, value);
		encoder->item[n].place = place_of(day, use_label(&encoder->labels, label));
		encoder->item[n].entry = n;
		if (n > 0 && encoder->item[n].place < encoder->item[n - 1].place)
			encoder->sorted = false;
		value += encoder->width;
	}
	encoder->n = n;
}

static void
place_by_rank(Encoder *encoder, const char *const *dictionary)
{
	LabelUse *labels = &encoder->labels;

	rank_labels(labels, dictionary);
	for (uint32 i = 0; i < encoder->n; i++)
	{
		int slot = place_rank(encoder->item[i].place);

		if (slot != LEDGER_NO_LABEL)
			encoder->item[i].place += labels->rank[slot] - slot;
	}
	encoder->sorted = false;
}

static int
compare_items(const void *a, const void *b)
{
	int64 first = ((const SortItem *) a)->place;
	int64 second = ((const SortItem *) b)->place;

	return (first > second) - (first < second);
}

static void
sort_items(SortItem *item, uint32 n)
{
	if (n > INSERTION_SORT_LIMIT)
	{
		qsort(item, n, sizeof(SortItem), compare_items);
		return;
	}
	for (uint32 i = 1; i < n; i++)
	{
		SortItem moving = item[i];
		uint32 j = i;

		for (; j > 0 && item[j - 1].place > moving.place; j--)
			item[j] = item[j - 1];
		item[j] = moving;
	}
}

/* Sums are wide, so whether they overflow does not depend on arrival order. */
static inline bool
add_up(const Encoder *encoder, const SortItem *item, uint32 n, int64 *to, LedgerOverflow *overflow)
{
	for (int v = 0; v < encoder->width; v++)
	{
		int128 sum = 0;

		for (uint32 i = 0; i < n; i++)
			sum += encoder->value[(Size) item[i].entry * encoder->width + v];
		if (sum > PG_INT64_MAX || sum < PG_INT64_MIN)
		{
			overflow->measure = v;
			overflow->day = place_day(item->place);
			return false;
		}
		to[v] = (int64) sum;
	}
	return true;
}

static inline bool
all_zero(const int64 *value, int width)
{
	for (int v = 0; v < width; v++)
	{
		if (value[v] != 0)
			return false;
	}
	return true;
}

/* Items of one place become one; what cancels to zero vanishes. */
static bool
merge_items(Encoder *encoder, LedgerOverflow *overflow)
{
	SortItem *item = encoder->item;
	int64 *merged = encoder->merged;
	uint32 n;

	encoder->nmerged = 0;
	for (uint32 i = 0; i < encoder->n; i += n)
	{
		int64 place = item[i].place;
		int rank;

		for (n = 1; i + n < encoder->n && item[i + n].place == place; n++)
			;
		if (!add_up(encoder, &item[i], n, merged, overflow))
			return false;
		if (all_zero(merged, encoder->width))
			continue;
		rank = place_rank(place);
		if (rank != LEDGER_NO_LABEL)
			encoder->labels.survives[rank] = true;
		item[encoder->nmerged++].place = place;
		merged += encoder->width;
	}
	return true;
}

/* Writes the labels that survived, and turns ranks into their indexes. */
static uint8 *
encode_labels(LabelUse *labels, uint8 *to)
{
	uint8 *nlabels = to++;
	int index = 0;

	for (int i = 0; i < labels->n; i++)
	{
		Size length;

		if (!labels->survives[i])
			continue;
		length = strlen(labels->sorted[i]);
		if (length > LEDGER_MAX_LABEL_LENGTH)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("a dimension label cannot be longer than %d bytes", LEDGER_MAX_LABEL_LENGTH),
					 errhint("Use a short code as the dimension.")));
		*to++ = (uint8) length;
		memcpy(to, labels->sorted[i], length);
		to += length;
		labels->rank[i] = index++;
	}
	*nlabels = (uint8) index;
	return to;
}

static uint8 *
encode_header(const LedgerShape *shape, LabelUse *labels, uint32 nentries, uint8 *to)
{
	*to++ = (uint8) (LEDGER_VERSION << LEDGER_VERSION_AT |
					 (shape->has_dimension ? LEDGER_DIMENSION_FLAG : 0) | shape->nmeasures);
	memcpy(to, shape->scale, shape->nmeasures);
	to += shape->nmeasures;
	if (shape->has_dimension)
		to = encode_labels(labels, to);
	return varint_put(to, nentries);
}

/* One entry; "label_index" is LEDGER_NO_LABEL without a dimension too. */
static inline uint8 *
encode_entry(uint8 *to, const LedgerShape *shape, uint64 step, int label_index, const int64 *value)
{
	to = varint_put(to, step << 1 | (value[0] != 1));
	if (shape->has_dimension)
		*to++ = (uint8) (label_index + 1);
	if (value[0] != 1)
		to = varint_put(to, zigzag_fold(value[0]));
	for (int v = 1; v <= shape->nmeasures; v++)
		to = varint_put_wide(to, zigzag_fold(value[v]));
	return to;
}

static uint8 *
encode_entries(const Encoder *encoder, uint8 *to)
{
	const int64 *value = encoder->merged;
	int64 last_day = 0;

	for (uint32 i = 0; i < encoder->nmerged; i++)
	{
		int64 day = place_day(encoder->item[i].place);
		int rank = place_rank(encoder->item[i].place);
		uint64 step = i == 0 ? zigzag_fold(day) : (uint64) (day - last_day);

		last_day = day;
		to = encode_entry(to, encoder->shape, step,
						  rank == LEDGER_NO_LABEL ? LEDGER_NO_LABEL : encoder->labels.rank[rank], value);
		value += encoder->width;
	}
	return to;
}

/* Adds up values; false if one does not fit. */
static inline bool
add_values(int64 *sum, const int64 *value, int width)
{
	for (int v = 0; v < width; v++)
	{
		if (unlikely(pg_add_s64_overflow(sum[v], value[v], &sum[v])))
			return false;
	}
	return true;
}

/* Ends a day: what cancelled to zero vanishes. */
static inline void
encode_day(OrderedEncoder *encoder)
{
	const LedgerShape *shape = encoder->shape;
	uint64 step =
		encoder->n == 0 ? zigzag_fold(encoder->day) : (uint64) ((int64) encoder->day - encoder->last_day);

	if (all_zero(encoder->sum, 1 + shape->nmeasures))
		return;
	encoder->to = encode_entry(encoder->to, shape, step, LEDGER_NO_LABEL, encoder->sum);
	encoder->last_day = encoder->day;
	encoder->n++;
}

/*
 * Entries without a dimension mostly come in order of their days, and then
 * become the ledger's entries in one pass; they never need more bytes.  False
 * when they need the general way, which also judges overflow.
 */
static bool
encode_in_order(OrderedEncoder *encoder, const uint8 *raw, const uint8 *end)
{
	const LedgerShape *shape = encoder->shape;
	int width = 1 + shape->nmeasures;
	int64 value[1 + LEDGER_MAX_MEASURES];
	DateADT day = 0;
	int label;

	encoder->n = 0;
	encoder->day = PG_INT32_MIN;
	memset(encoder->sum, 0, width * sizeof(int64));
	for (uint32 i = 1; raw < end; i++)
	{
		if (i % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		raw = ledger_raw_read(raw, end, shape, &day, &label, value);
		if (day < encoder->day || (day == encoder->day && !add_values(encoder->sum, value, width)))
			return false;
		if (day == encoder->day)
			continue;
		encode_day(encoder);
		encoder->day = day;
		for (int v = 0; v < width; v++)
			encoder->sum[v] = value[v];
	}
	encode_day(encoder);
	return true;
}

static void
reserve_scratch(LedgerScratch *scratch, Size needed)
{
	MemoryContext context = CurrentMemoryContext;

	if (needed <= scratch->allocated)
		return;
	if (scratch->space != NULL)
	{
		context = GetMemoryChunkContext(scratch->space);
		pfree(scratch->space);
		scratch->space = NULL;
	}
	scratch->allocated = 0;
	needed = Max(needed + needed / 2, 4096);
	scratch->space = MemoryContextAllocHuge(context, needed);
	scratch->allocated = needed;
}

/* Carves the scratch space for as many entries as the raw bytes can hold. */
static void
prepare_encoder(Encoder *encoder, const LedgerShape *shape, Size raw_length, LedgerScratch *scratch)
{
	int width = 1 + shape->nmeasures;
	Size most = raw_length / (1 + shape->has_dimension + shape->nmeasures) + 1;
	Size header = 16 + LEDGER_MAX_MEASURES;
	char *space;

	if (most > PG_UINT32_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many events for one ledger")));
	if (shape->has_dimension)
		header += LEDGER_MAX_LABELS * (1 + LEDGER_MAX_LABEL_LENGTH);
	reserve_scratch(scratch, most * (sizeof(SortItem) + 2 * width * sizeof(int64) +
									 ledger_raw_max_entry(shape->nmeasures)) +
								 header);
	space = scratch->space;
	encoder->shape = shape;
	encoder->width = width;
	encoder->item = (SortItem *) space;
	space += most * sizeof(SortItem);
	encoder->value = (int64 *) space;
	space += most * width * sizeof(int64);
	encoder->merged = (int64 *) space;
	space += most * width * sizeof(int64);
	encoder->encoded = (uint8 *) space;
}

static Ledger *
make_ledger(const uint8 *header, Size header_length, const uint8 *entries, Size length)
{
	Size size = VARHDRSZ + header_length + length;
	Ledger *ledger;

	if (size > MaxAllocSize)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many entries for one ledger")));
	ledger = palloc(size);
	SET_VARSIZE(ledger, size);
	memcpy(VARDATA(ledger), header, header_length);
	memcpy(VARDATA(ledger) + header_length, entries, length);
	return ledger;
}

/* NULL when the entries are not in order. */
static Ledger *
ledger_from_ordered(const LedgerShape *shape, const uint8 *raw, Size raw_length, LedgerScratch *scratch)
{
	uint8 header[2 + LEDGER_MAX_MEASURES + VARINT_MAX_BYTES];
	OrderedEncoder encoder;
	uint8 *header_end;

	reserve_scratch(scratch, raw_length + ledger_raw_max_entry(shape->nmeasures));
	encoder.shape = shape;
	encoder.to = scratch->space;
	if (!encode_in_order(&encoder, raw, raw + raw_length))
		return NULL;
	header_end = encode_header(shape, NULL, encoder.n, header);
	return make_ledger(header, header_end - header, scratch->space, encoder.to - (uint8 *) scratch->space);
}

Ledger *
ledger_try_from_raw(const LedgerShape *shape, const char *const *dictionary, const uint8 *raw,
					Size raw_length, LedgerScratch *scratch, LedgerOverflow *overflow)
{
	Encoder encoder;
	Ledger *ledger = NULL;
	uint8 *entries;
	uint8 *end;

	if (!shape->has_dimension)
		ledger = ledger_from_ordered(shape, raw, raw_length, scratch);
	if (ledger != NULL)
		return ledger;
	prepare_encoder(&encoder, shape, raw_length, scratch);
	decode_raw(&encoder, raw, raw + raw_length);
	if (encoder.labels.n > 0)
		place_by_rank(&encoder, dictionary);
	if (!encoder.sorted)
		sort_items(encoder.item, encoder.n);
	if (!merge_items(&encoder, overflow))
		return NULL;
	entries = encode_header(shape, &encoder.labels, encoder.nmerged, encoder.encoded);
	end = encode_entries(&encoder, entries);
	return make_ledger(encoder.encoded, entries - encoder.encoded, entries, end - entries);
}

Ledger *
ledger_from_raw(const LedgerShape *shape, const char *const *dictionary, const uint8 *raw, Size raw_length,
				LedgerScratch *scratch)
{
	LedgerOverflow overflow;
	Ledger *ledger = ledger_try_from_raw(shape, dictionary, raw, raw_length, scratch, &overflow);

	if (ledger == NULL)
		ledger_raise_overflow(overflow.measure);
	return ledger;
}
