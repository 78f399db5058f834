/*
 * facts_states.h
 *	  Where one customer stood around every period.
 *
 * Days are the last before the first period, then the last of each period
 * (or of the part of it that has passed): n + 1 days around n periods.  A
 * state is what holds at the end of one: not yet entered, left, unassigned
 * (there, but the scheme's history had not begun), or STATE_FIRST_SEGMENT
 * plus a segment's number from 0.
 */
#ifndef SEGMENT_FACTS_STATES_H
#define SEGMENT_FACTS_STATES_H

#include "postgres.h"

#include "utils/array.h"
#include "utils/date.h"

#define STATE_NOT_ENTERED 0
#define STATE_LEFT 1
#define STATE_UNASSIGNED 2
#define STATE_FIRST_SEGMENT 3

#define PERIODS_MAX 10000

/* A customer is a member in states from STATE_UNASSIGNED on. */
#define state_is_member(state) ((state) >= STATE_UNASSIGNED)

/* What is the same for all customers. */
typedef struct StatesFrame
{
	const DateADT *days;
	int ndays;
	DateADT first_day; /* of the scheme's history */
	Datum *segments;   /* text */
	int nsegments;
	int last_segment; /* looked up, where the next search begins */
	int nlabels;      /* of a customer, in facts_customers.c */
} StatesFrame;

/* One customer: flat, to be exchanged as bytea. */
typedef struct CustomerStates
{
	int32 vl_len_;
	int16 ndays;
	int16 before_history; /* how many of the days lie before first_day */
	int16 entered;        /* first day at whose end the customer had entered; ndays: after all */
	int16 began;          /* the same of its history */
	bool is_member;       /* of the population: its entry day is known */
	int16 state[FLEXIBLE_ARRAY_MEMBER]; /* 0, or what history says */
} CustomerStates;

#define CUSTOMER_STATES_SIZE(ndays) (offsetof(CustomerStates, state) + (ndays) * sizeof(int16))

/* From a day until before another; DATEVAL_NOBEGIN and DATEVAL_NOEND without bound. */
typedef struct DaySpan
{
	DateADT from;
	DateADT until;
} DaySpan;

/*
 * The days of a date[].  Raises 22023 unless there are at least two, finite
 * and ascending.  Points into the array.
 */
extern const DateADT *states_days(ArrayType *days, int *ndays);

/* Read a daterange, which may have a short header; false when it is empty. */
extern bool states_read_span(const struct varlena *range, DaySpan *span);

/* Index of the first of the days that is not before this one; ndays: all are. */
extern int states_first_day_from(const StatesFrame *frame, DateADT day);

extern void states_init(CustomerStates *states, const StatesFrame *frame);
/* Raises 22023 for a segment the frame does not name. */
extern void
states_add_history(CustomerStates *states, StatesFrame *frame, const text *segment, DaySpan valid);
extern void states_add_member(CustomerStates *states, const StatesFrame *frame, DateADT entry_day);
/* The states at the end of each day. */
extern void states_finish(const CustomerStates *states, int16 *result);

#endif /* SEGMENT_FACTS_STATES_H */
