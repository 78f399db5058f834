/*
 * ledger.c
 *	  Reading a ledger's bytes: header, entries, validation, equality.
 *
 * Every byte is checked on the way, order and canonical form included, so a
 * damaged or hostile ledger ends in an error and never in a read out of
 * bounds.  The readers return what is wrong; the public functions raise it.
 * Encoding is in ledger_raw.c.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "ledger.h"
#include "ledger_format.h"
#include "varint.h"

static const char *
read_scales(LedgerIterator *it)
{
	if (it->shape.nmeasures > LEDGER_MAX_MEASURES)
		return "too many measures";
	if (it->end - it->next < it->shape.nmeasures)
		return "header is cut off";
	for (int i = 0; i < it->shape.nmeasures; i++)
	{
		it->shape.scale[i] = *it->next++;
		if (it->shape.scale[i] > LEDGER_MAX_SCALE)
			return "scale is out of range";
	}
	return NULL;
}

/* memcmp order, a prefix first. */
int
ledger_compare_labels(const char *a, int a_length, const char *b, int b_length)
{
	int order = memcmp(a, b, Min(a_length, b_length));

	return order != 0 ? order : a_length - b_length;
}

static const char *
read_label(LedgerIterator *it, int i)
{
	int length;

	if (it->next >= it->end)
		return "labels are cut off";
	length = *it->next++;
	if (it->end - it->next < length)
		return "labels are cut off";
	it->label_text[i] = (const char *) it->next;
	it->label_length[i] = (uint8) length;
	it->next += length;
	if (memchr(it->label_text[i], '\0', length) != NULL)
		return "a label contains a zero byte";
	if (i > 0 &&
		ledger_compare_labels(it->label_text[i - 1], it->label_length[i - 1], it->label_text[i], length) >= 0)
		return "labels are not in order";
	return NULL;
}

static const char *
read_labels(LedgerIterator *it)
{
	const char *problem = NULL;

	it->nlabels = 0;
	if (!it->shape.has_dimension)
		return NULL;
	if (it->next >= it->end)
		return "labels are cut off";
	it->nlabels = *it->next++;
	for (int i = 0; i < it->nlabels && problem == NULL; i++)
		problem = read_label(it, i);
	return problem;
}

static const char *
read_header(const uint8 *bytes, Size length, LedgerIterator *it)
{
	const char *problem;
	uint64 entries;

	it->next = bytes;
	it->end = bytes + length;
	it->started = false;
	it->day = 0;
	it->label = LEDGER_NO_LABEL;
	if (length == 0)
		return "header is cut off";
	if (*it->next >> LEDGER_VERSION_AT != LEDGER_VERSION)
		return "format version is unknown";
	memset(&it->shape, 0, sizeof(it->shape));
	it->shape.has_dimension = (*it->next & LEDGER_DIMENSION_FLAG) != 0;
	it->shape.nmeasures = *it->next++ & LEDGER_MEASURES_MASK;
	if ((problem = read_scales(it)) != NULL || (problem = read_labels(it)) != NULL)
		return problem;
	it->next = varint_get(it->next, it->end, &entries);
	if (it->next == NULL ||
		entries > (uint64) (it->end - it->next) / (1 + it->shape.has_dimension + it->shape.nmeasures))
		return "number of entries is invalid";
	if (entries == 0 && it->next != it->end)
		return "bytes follow the last entry";
	it->remaining = (uint32) entries;
	return NULL;
}

/*
 * The parts of an entry move a pointer of the caller's: it stays in a register
 * where it->next would go through memory for every number.
 */
static inline const char *
read_day(LedgerIterator *it, const uint8 **next, bool *has_count)
{
	uint64 head;
	int64 day;

	*next = varint_get(*next, it->end, &head);
	if (*next == NULL)
		return "an entry is cut off";
	*has_count = (head & 1) != 0;
	head >>= 1;
	if (!it->started)
		day = zigzag_unfold(head);
	else
	{
		if (head > PG_UINT32_MAX)
			return "day is out of range";
		if (head == 0 && !it->shape.has_dimension)
			return "entries are not in order";
		day = (int64) it->day + (int64) head;
	}
	if (day < LEDGER_MIN_DAY || day > LEDGER_MAX_DAY)
		return "day is out of range";
	if (day != it->day)
		it->label = LEDGER_NO_LABEL - 1;
	it->day = (DateADT) day;
	return NULL;
}

static inline const char *
read_entry_label(LedgerIterator *it, const uint8 **next)
{
	int label;

	if (*next >= it->end)
		return "an entry is cut off";
	label = (int) *(*next)++ - 1;
	if (label >= it->nlabels)
		return "an entry's label does not exist";
	if (it->started && label <= it->label)
		return "entries are not in order";
	it->label = label;
	return NULL;
}

static inline const char *
read_values(LedgerIterator *it, const uint8 **next, bool has_count)
{
	uint64 folded;
	uint64 any;

	it->count = 1;
	if (has_count)
	{
		*next = varint_get(*next, it->end, &folded);
		if (*next == NULL)
			return "an entry is cut off";
		it->count = zigzag_unfold(folded);
		if (it->count == 1)
			return "an entry is not in its shortest form";
	}
	any = (uint64) it->count;
	for (int i = 0; i < it->shape.nmeasures; i++)
	{
		*next = varint_get(*next, it->end, &folded);
		if (*next == NULL)
			return "an entry is cut off";
		it->measure[i] = zigzag_unfold(folded);
		any |= folded;
	}
	return any == 0 ? "an entry is all zero" : NULL;
}

static inline const char *
read_entry(LedgerIterator *it)
{
	const uint8 *next = it->next;
	const char *problem;
	bool has_count;

	problem = read_day(it, &next, &has_count);
	if (problem == NULL && it->shape.has_dimension)
		problem = read_entry_label(it, &next);
	else
		it->label = LEDGER_NO_LABEL;
	if (problem == NULL)
		problem = read_values(it, &next, has_count);
	if (problem != NULL)
		return problem;
	it->next = next;
	it->started = true;
	it->remaining--;
	if (it->remaining == 0 && it->next != it->end)
		return "bytes follow the last entry";
	return NULL;
}

/* A stored ledger went through input or recv once: here it can only be damage. */
static void
raise_corrupted(const char *problem)
{
	ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("ledger is corrupted: %s", problem),
					errhint("Rebuild the ledger from its source.")));
}

void
ledger_iterate(const Ledger *ledger, LedgerIterator *it)
{
	const char *problem = read_header((const uint8 *) VARDATA_ANY(ledger), VARSIZE_ANY_EXHDR(ledger), it);

	if (problem != NULL)
		raise_corrupted(problem);
}

bool
ledger_next(LedgerIterator *it)
{
	const char *problem;

	if (it->remaining == 0)
		return false;
	problem = read_entry(it);
	if (problem != NULL)
		raise_corrupted(problem);
	return true;
}

void
ledger_get_shape(const Ledger *ledger, LedgerShape *shape)
{
	LedgerIterator it;

	ledger_iterate(ledger, &it);
	*shape = it.shape;
}

const char *
ledger_problem(const uint8 *bytes, Size length)
{
	LedgerIterator it;
	bool used[LEDGER_MAX_LABELS] = {false};
	const char *problem = read_header(bytes, length, &it);

	while (problem == NULL && it.remaining > 0)
	{
		problem = read_entry(&it);
		if (problem == NULL && it.label >= 0)
			used[it.label] = true;
	}
	for (int i = 0; problem == NULL && i < it.nlabels; i++)
	{
		if (!used[i])
			problem = "a label is not used";
	}
	return problem;
}

bool
ledger_equal(const Ledger *a, const Ledger *b)
{
	Size length = VARSIZE_ANY_EXHDR(a);

	return length == VARSIZE_ANY_EXHDR(b) && memcmp(VARDATA_ANY(a), VARDATA_ANY(b), length) == 0;
}

void
ledger_raise_overflow(int measure)
{
	if (measure == 0)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("ledger count out of range"),
						errhint("Counts are 64-bit integers.")));
	ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("ledger total out of range"),
					errdetail("The total of measure %d does not fit into 64 bits at its scale.", measure),
					errhint("Use a smaller scale, for example with round().")));
}
