/*
 * stopwatch.h
 *	  How long a step took, for the refresh log.
 */
#ifndef SEGMENT_STOPWATCH_H
#define SEGMENT_STOPWATCH_H

#include "postgres.h"

#include "portability/instr_time.h"

/* Milliseconds since the clock was set, which is set anew. */
static inline double
lap_ms(instr_time *clock)
{
	instr_time now;
	double ms;

	INSTR_TIME_SET_CURRENT(now);
	ms = INSTR_TIME_GET_MILLISEC(now) - INSTR_TIME_GET_MILLISEC(*clock);
	*clock = now;
	return ms;
}

#endif /* SEGMENT_STOPWATCH_H */
