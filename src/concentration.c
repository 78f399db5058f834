/*
 * concentration.c
 *	  How much of a total few customers hold: Gini coefficient and whale curve.
 */
#include "postgres.h"

#include <math.h>

#include "concentration.h"

static const int percent[CONCENTRATION_SHARES] = {1, 10, 20};

void
concentration_begin(Concentration *state, int64 customers)
{
	memset(state, 0, sizeof(*state));
	state->customers = customers;
}

void
concentration_add(Concentration *state, double value)
{
	Assert(state->seen == 0 || value <= state->last);
	Assert(state->seen < state->customers);
	for (int i = 0; i < CONCENTRATION_SHARES; i++)
		if (state->seen < (state->customers * percent[i] + 99) / 100)
			state->top[i] += value;
	state->last = value;
	state->negative += value < 0;
	state->seen++;
	state->sum += value;
	state->weighted += state->seen * value;
	if (state->sum > state->peak)
	{
		state->peak = state->sum;
		state->peak_at = state->seen;
	}
}

/* With x descending: (n + 1)/n - 2 sum(i x_i) / (n sum(x)), which is that of the ascending order turned
 * round. */
double
concentration_gini(const Concentration *state)
{
	double n = state->seen;

	if (state->negative > 0 || state->sum <= 0)
		return NAN;
	return (n + 1) / n - 2 * state->weighted / (n * state->sum);
}
