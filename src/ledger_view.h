/*
 * ledger_view.h
 *	  A ledger decoded for evaluation, and the memo that keeps the last few.
 *
 * Values layer.  One row's features call some twenty evaluators on the same
 * ledger; decoded once, each is a binary search or two and a subtraction.
 */
#ifndef SEGMENT_LEDGER_VIEW_H
#define SEGMENT_LEDGER_VIEW_H

#include "ledger.h"

/*
 * A row of values is 1 + k wide: the count, then the measures.  Sums are wide
 * because a running total may pass 64 bits where the window asked for does not.
 */
typedef struct LedgerView
{
	LedgerShape shape;
	int width;
	int ndays;
	int nactive;
	int nlabels;
	const DateADT *day;         /* days with entries, ascending */
	const int128 *sum;          /* ndays + 1 rows: sums before each day, then all */
	const int32 *active_before; /* ndays + 1: active days before each day, then all */
	const DateADT *active;      /* the active days, those with a count above zero */
	/* only with a dimension */
	const char *const *label_text; /* not terminated */
	const uint8 *label_length;
	const int32 *first_entry; /* ndays + 1: each day's first entry, then their number */
	const int16 *entry_label; /* label index or LEDGER_NO_LABEL */
	const int64 *entry_value; /* a row per entry */
} LedgerView;

/* A range of indexes into the days: from first up to but not including end. */
typedef struct DayRange
{
	int first;
	int end;
} DayRange;

/* Valid until the next call. */
extern const LedgerView *ledger_view(const Ledger *ledger);

/* The days from "since" to "until", both inclusive and possibly infinite. */
extern DayRange ledger_view_range(const LedgerView *view, DateADT since, DateADT until);

/* The index of a label, or LEDGER_NO_LABEL if the ledger does not have it. */
extern int ledger_view_label(const LedgerView *view, const char *text, int length);

static inline int128
ledger_view_sum(const LedgerView *view, DayRange range, int value)
{
	return view->sum[(Size) range.end * view->width + value] -
		   view->sum[(Size) range.first * view->width + value];
}

static inline int
ledger_view_active(const LedgerView *view, DayRange range)
{
	return view->active_before[range.end] - view->active_before[range.first];
}

#endif /* SEGMENT_LEDGER_VIEW_H */
