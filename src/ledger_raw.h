/*
 * ledger_raw.h
 *	  One raw entry written and read, inline for those who do so per event.
 *
 * Values layer.  A raw entry is the days since the entry before, twice, plus
 * one if a count other than 1 follows; the label's number plus one if the
 * shape has a dimension; that count; the measures.  All are varints, and
 * zigzag-folded where signed.
 */
#ifndef SEGMENT_LEDGER_RAW_H
#define SEGMENT_LEDGER_RAW_H

#include "postgres.h"

#include "ledger.h"
#include "ledger_format.h"
#include "varint.h"

pg_noreturn extern void ledger_raise_damaged_raw(void);

/* Writes to up to ledger_raw_max_entry() bytes, and returns the end of those that count. */
static inline uint8 *
ledger_raw_append(uint8 *to, const LedgerShape *shape, int32 *last_day, DateADT day, int label, int64 count,
				  const int64 *measures)
{
	uint64 step = zigzag_fold((int64) day - *last_day);

	*last_day = day;
	to = varint_put(to, step << 1 | (count != 1));
	if (shape->has_dimension)
		to = varint_put(to, (uint64) (label + 1));
	if (count != 1)
		to = varint_put(to, zigzag_fold(count));
	for (int i = 0; i < shape->nmeasures; i++)
		to = varint_put_wide(to, zigzag_fold(measures[i]));
	return to;
}

static inline const uint8 *
ledger_raw_number(const uint8 *from, const uint8 *end, uint64 *value)
{
	from = varint_get(from, end, value);
	if (unlikely(from == NULL))
		ledger_raise_damaged_raw();
	return from;
}

/*
 * Reads an entry that must be there: "day" holds the day before, "value" gets
 * the count and then the measures.  Returns where the next entry starts.
 * Raises XX001 on bytes that ledger_raw_append never wrote.
 */
static inline const uint8 *
ledger_raw_read(const uint8 *from, const uint8 *end, const LedgerShape *shape, DateADT *day, int *label,
				int64 *value)
{
	uint64 head;
	uint64 number;
	int64 next_day;

	from = ledger_raw_number(from, end, &head);
	next_day = *day + zigzag_unfold(head >> 1);
	if (unlikely(next_day < LEDGER_MIN_DAY || next_day > LEDGER_MAX_DAY))
		ledger_raise_damaged_raw();
	*day = (DateADT) next_day;
	*label = LEDGER_NO_LABEL;
	if (shape->has_dimension)
	{
		from = ledger_raw_number(from, end, &number);
		if (number > PG_INT32_MAX)
			ledger_raise_damaged_raw();
		*label = (int) number - 1;
	}
	value[0] = 1;
	if (head & 1)
	{
		from = ledger_raw_number(from, end, &number);
		value[0] = zigzag_unfold(number);
	}
	for (int i = 1; i <= shape->nmeasures; i++)
	{
		from = ledger_raw_number(from, end, &number);
		value[i] = zigzag_unfold(number);
	}
	return from;
}

#endif /* SEGMENT_LEDGER_RAW_H */
