/*
 * ledger_state.h
 *	  A ledger being collected: shape, labels seen, raw entries, in one flat
 *	  varlena.
 *
 * Values layer.  Aggregates use it as their state: being flat it is shipped
 * between processes (and servers) as it is, with no serialize functions, and
 * costs a group one allocation.  VARSIZE is the allocated size, so slack for
 * later entries travels with it.
 */
#ifndef SEGMENT_LEDGER_STATE_H
#define SEGMENT_LEDGER_STATE_H

#include "ledger.h"

typedef struct LedgerState
{
	int32 vl_len_;
	DateADT last_day;
	uint32 labels_length;
	uint32 raw_length;
	uint32 compact_at; /* raw length at which to merge entries of one day */
	LedgerShape shape;
	uint8 nlabels;
	uint8 data[FLEXIBLE_ARRAY_MEMBER]; /* labels (length, bytes, zero byte), then raw entries */
} LedgerState;

/*
 * Every function that adds returns the state to go on with: the same one, or a
 * larger copy in the current context.  The old one is left to its owner.
 */
extern LedgerState *ledger_state_create(const LedgerShape *shape);
extern LedgerState *ledger_state_raise_scales(LedgerState *state, const uint8 *scale);
extern LedgerState *ledger_state_add_event(LedgerState *state, DateADT day, const char *label,
										   int label_length, int64 count, const int64 *measures);
extern LedgerState *ledger_state_add_ledger(LedgerState *state, const Ledger *ledger, bool negate);
extern LedgerState *ledger_state_add_state(LedgerState *state, const LedgerState *other);
extern Ledger *ledger_state_finish(const LedgerState *state);

/* Raises XX001 if these bytes were not made here. */
extern void ledger_state_check(const LedgerState *state);

#endif /* SEGMENT_LEDGER_STATE_H */
