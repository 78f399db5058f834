/*
 * markov_test.c
 *	  Unit tests of linear equations and Markov chains.
 */
#include "postgres.h"

#include <math.h>

#include "markov.h"

#undef printf

static int tests = 0;
static int failures = 0;

static void
ok(bool passed, const char *what)
{
	tests++;
	failures += !passed;
	printf("%sok %d - %s\n", passed ? "" : "not ", tests, what);
}

static double
next_random(void)
{
	static uint64 state = UINT64CONST(0x9E3779B97F4A7C15);

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (double) (state >> 11) / (double) (UINT64CONST(1) << 53);
}

#define MOST 12

static bool
solves(int n)
{
	double a[MOST * MOST];
	double kept[MOST * MOST];
	double x[MOST];
	double b[MOST];

	for (int i = 0; i < n; i++)
	{
		x[i] = next_random() - 0.5;
		for (int j = 0; j < n; j++)
			kept[i * n + j] = a[i * n + j] = i == j && i % 2 == 0 ? 0 : next_random() - 0.5;
	}
	for (int i = 0; i < n; i++)
	{
		b[i] = 0;
		for (int j = 0; j < n; j++)
			b[i] += kept[i * n + j] * x[j];
	}
	if (!linear_solve(a, b, n))
		return n == 1;
	for (int i = 0; i < n; i++)
		if (fabs(b[i] - x[i]) > 1e-6)
			return false;
	return true;
}

static void
test_solve(void)
{
	double singular[] = {1, 2, 2, 4};
	double b[] = {1, 2};
	bool solved = true;

	for (int i = 0; i < 1000; i++)
		solved = solved && solves(1 + i % MOST);
	ok(solved, "random equations, zeros on the diagonal, are solved");
	ok(!linear_solve(singular, b, 2), "singular ones are not");
}

/* V = R + P V / (1 + d), whatever the chain. */
static bool
is_fixed_point(int n)
{
	double p[MOST * MOST];
	double reward[MOST];
	double value[MOST];
	double until[MOST];

	for (int i = 0; i < n; i++)
	{
		reward[i] = next_random() * 100 - 20;
		for (int j = 0; j < n; j++)
			p[i * n + j] = next_random() / n;
	}
	if (!markov_is_chain(p, n) || !markov_value(p, reward, n, 0.1, value))
		return false;
	markov_value_until(p, reward, n, 0.1, 2000, until);
	for (int i = 0; i < n; i++)
	{
		double expected = reward[i];

		for (int j = 0; j < n; j++)
			expected += p[i * n + j] * value[j] / 1.1;
		if (fabs(expected - value[i]) > 1e-8 || fabs(until[i] - value[i]) > 1e-8)
			return false;
	}
	return true;
}

static void
test_chain(void)
{
	double half[] = {0.5, 0.5, 0, 0.5};
	double more[] = {0.5, 0.6, 0, 1};
	double from[] = {8, 4};
	double come[] = {1, 0};
	double to[2];
	bool fixed = true;

	for (int i = 0; i < 200; i++)
		fixed = fixed && is_fixed_point(1 + i % MOST);
	ok(fixed, "a value is its reward and what follows, and the limit of finite ones");
	ok(!markov_is_chain(more, 2), "more than certain is no chain");
	markov_step(half, 2, from, come, to);
	ok(to[0] == 5 && to[1] == 6, "a step with entrants");
	markov_step(half, 2, from, NULL, to);
	ok(to[0] == 4 && to[1] == 6, "and without");
}

int
main(void)
{
	test_solve();
	test_chain();
	printf("1..%d\n", tests);
	return failures > 0;
}
