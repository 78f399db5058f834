/*
 * ledger_view.c
 *	  Decodes ledgers into arrays with running sums, and remembers the last few.
 *
 * The memo is found by content, never by address: a buffer may hold another
 * row's ledger at the same place a moment later.  A slot is invalid while it
 * is filled, so an error on the way leaves nothing half-done behind.
 */
#include "postgres.h"

#include "ledger_view.h"
#include "utils/memutils.h"

#define MEMO_SLOTS 8
#define LARGE_SLOT (256 * 1024) /* bytes a slot may keep once it is not the newest */

typedef struct MemoSlot
{
	Size length; /* of the ledger's bytes, at the start of space; 0 if invalid */
	uint64 used; /* when it was last asked for */
	Size allocated;
	char *space;
	LedgerView view;
} MemoSlot;

/* Where the arrays go, while a slot is filled. */
typedef struct Filling
{
	LedgerIterator it;
	int nentries;
	DateADT *day;
	int128 *sum;
	int32 *active_before;
	DateADT *active;
	int32 *first_entry;
	int16 *entry_label;
	int64 *entry_value;
	const char **label_text;
	uint8 *label_length;
} Filling;

static MemoSlot memo[MEMO_SLOTS];
static MemoSlot *newest = &memo[0];
static uint64 memo_clock = 0;
static MemoryContext memo_context = NULL;

static inline bool
slot_holds(const MemoSlot *slot, const char *bytes, Size length)
{
	return length != 0 && slot->length == length && memcmp(slot->space, bytes, length) == 0;
}

static MemoSlot *
find_slot(const char *bytes, Size length)
{
	for (int i = 0; i < MEMO_SLOTS; i++)
	{
		if (slot_holds(&memo[i], bytes, length))
			return &memo[i];
	}
	return NULL;
}

static void
free_slot(MemoSlot *slot)
{
	slot->length = 0;
	slot->allocated = 0;
	if (slot->space != NULL)
		pfree(slot->space);
	slot->space = NULL;
}

/* The least recently used slot; large ones give their memory back. */
static MemoSlot *
take_slot(Size needed)
{
	MemoSlot *oldest = &memo[0];

	for (int i = 0; i < MEMO_SLOTS; i++)
	{
		if (memo[i].used < oldest->used)
			oldest = &memo[i];
		if (memo[i].allocated > LARGE_SLOT)
			free_slot(&memo[i]);
	}
	oldest->length = 0;
	if (oldest->allocated >= needed)
		return oldest;
	free_slot(oldest);
	if (memo_context == NULL)
		memo_context =
			AllocSetContextCreate(TopMemoryContext, "segment ledger views", ALLOCSET_DEFAULT_SIZES);
	needed = needed <= LARGE_SLOT / 2 ? Max(needed * 2, 4096) : needed;
	oldest->space = MemoryContextAllocHuge(memo_context, needed);
	oldest->allocated = needed;
	return oldest;
}

/* Hands out aligned pieces of the space; with space NULL it only adds up. */
static void *
carve(char *space, Size *offset, Size size)
{
	void *piece = space == NULL ? NULL : space + *offset;

	*offset += MAXALIGN(size);
	return piece;
}

static Size
lay_out(char *space, Size length, Filling *filling)
{
	Size n = filling->nentries;
	Size width = 1 + filling->it.shape.nmeasures;
	bool has_dimension = filling->it.shape.has_dimension;
	Size offset = 0;

	carve(space, &offset, length);
	filling->day = carve(space, &offset, n * sizeof(DateADT));
	filling->sum = carve(space, &offset, (n + 1) * width * sizeof(int128));
	filling->active_before = carve(space, &offset, (n + 1) * sizeof(int32));
	filling->active = carve(space, &offset, n * sizeof(DateADT));
	if (!has_dimension)
		return offset;
	filling->label_text = carve(space, &offset, filling->it.nlabels * sizeof(char *));
	filling->label_length = carve(space, &offset, filling->it.nlabels);
	filling->first_entry = carve(space, &offset, (n + 1) * sizeof(int32));
	filling->entry_label = carve(space, &offset, n * sizeof(int16));
	filling->entry_value = carve(space, &offset, n * width * sizeof(int64));
	return offset;
}

/* Label texts point into the slot's own copy of the bytes. */
static void
keep_labels(Filling *filling, const char *bytes, const char *copy)
{
	for (int i = 0; i < filling->it.nlabels; i++)
	{
		filling->label_text[i] = copy + (filling->it.label_text[i] - bytes);
		filling->label_length[i] = filling->it.label_length[i];
	}
}

/* Closes a day: its sums are complete, so it is known whether it was active. */
static inline void
close_day(Filling *filling, int width, int d, int *nactive)
{
	int128 count = filling->sum[(Size) (d + 1) * width] - filling->sum[(Size) d * width];

	if (count > 0)
		filling->active[(*nactive)++] = filling->day[d];
	filling->active_before[d + 1] = *nactive;
}

static inline void
keep_entry(Filling *filling, int width, int e)
{
	int64 *value = filling->entry_value + (Size) e * width;

	filling->entry_label[e] = (int16) filling->it.label;
	value[0] = filling->it.count;
	memcpy(value + 1, filling->it.measure, (width - 1) * sizeof(int64));
}

/*
 * Adds the current entry to the running sums.  One value at a time: copying the
 * row before in one go would wait for its stores to arrive in memory.
 */
static inline void
add_sums(const LedgerIterator *it, int width, const int128 *before, int128 *sum)
{
	sum[0] = before[0] + it->count;
	for (int v = 1; v < width; v++)
		sum[v] = before[v] + it->measure[v - 1];
}

static void
decode_entries(Filling *filling, LedgerView *view)
{
	LedgerIterator *it = &filling->it;
	bool has_dimension = view->shape.has_dimension;
	int width = view->width;
	int128 *sum = filling->sum;
	int ndays = 0;
	int nactive = 0;

	memset(sum, 0, width * sizeof(int128));
	filling->active_before[0] = 0;
	for (int e = 0; ledger_next(it); e++)
	{
		if (ndays == 0 || filling->day[ndays - 1] != it->day)
		{
			if (ndays > 0)
				close_day(filling, width, ndays - 1, &nactive);
			if (has_dimension)
				filling->first_entry[ndays] = e;
			filling->day[ndays++] = it->day;
			add_sums(it, width, sum, sum + width);
			sum += width;
		}
		else
			add_sums(it, width, sum, sum);
		if (has_dimension)
			keep_entry(filling, width, e);
	}
	if (ndays > 0)
		close_day(filling, width, ndays - 1, &nactive);
	if (has_dimension)
		filling->first_entry[ndays] = filling->nentries;
	view->ndays = ndays;
	view->nactive = nactive;
}

static MemoSlot *
fill_slot(const Ledger *ledger, const char *bytes, Size length)
{
	Filling filling;
	LedgerView view = {.ndays = 0};
	MemoSlot *slot;

	ledger_iterate(ledger, &filling.it);
	filling.nentries = filling.it.remaining;
	slot = take_slot(lay_out(NULL, length, &filling));
	lay_out(slot->space, length, &filling);
	memcpy(slot->space, bytes, length);
	view.shape = filling.it.shape;
	view.width = 1 + view.shape.nmeasures;
	view.nlabels = filling.it.nlabels;
	keep_labels(&filling, bytes, slot->space);
	decode_entries(&filling, &view);
	view.day = filling.day;
	view.sum = filling.sum;
	view.active_before = filling.active_before;
	view.active = filling.active;
	if (view.shape.has_dimension)
	{
		view.first_entry = filling.first_entry;
		view.entry_label = filling.entry_label;
		view.entry_value = filling.entry_value;
		view.label_text = filling.label_text;
		view.label_length = filling.label_length;
	}
	slot->view = view;
	slot->length = length;
	return slot;
}

const LedgerView *
ledger_view(const Ledger *ledger)
{
	const char *bytes = VARDATA_ANY(ledger);
	Size length = VARSIZE_ANY_EXHDR(ledger);
	MemoSlot *slot = newest;

	if (likely(slot_holds(slot, bytes, length)))
		return &slot->view;
	slot = find_slot(bytes, length);
	if (slot == NULL)
		slot = fill_slot(ledger, bytes, length);
	slot->used = ++memo_clock;
	newest = slot;
	return &slot->view;
}

/* The number of days before "day", by a search without unpredictable branches. */
static inline int
count_days_before(const LedgerView *view, DateADT day)
{
	const DateADT *base = view->day;
	int n = view->ndays;

	if (n == 0)
		return 0;
	/* Most ranges end with a day that nothing follows yet. */
	if (base[n - 1] < day)
		return n;
	while (n > 1)
	{
		int half = n / 2;

		base += half & -(int) (base[half - 1] < day);
		n -= half;
	}
	return (int) (base - view->day) + (*base < day);
}

DayRange
ledger_view_range(const LedgerView *view, DateADT since, DateADT until)
{
	DayRange range;

	range.first = DATE_IS_NOBEGIN(since) ? 0 : count_days_before(view, since);
	range.end = DATE_IS_NOEND(until) ? view->ndays : count_days_before(view, until + 1);
	range.end = Max(range.end, range.first);
	return range;
}

int
ledger_view_label(const LedgerView *view, const char *text, int length)
{
	for (int i = 0; i < view->nlabels; i++)
	{
		if (view->label_length[i] == length && memcmp(view->label_text[i], text, length) == 0)
			return i;
	}
	return LEDGER_NO_LABEL;
}
