/*
 * analytics_test.c
 *	  Unit tests of the formulas that judge a segmentation, by hand-worked
 *	  values and by the laws they obey.
 */
#include "postgres.h"

#include <math.h>

#include "backend.h"
#include "concentration.h"
#include "contingency.h"
#include "psi.h"
#include "silhouette.h"

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

static bool
near(double a, double b)
{
	return fabs(a - b) < 1e-12;
}

static double
next_random(void)
{
	static uint64 state = UINT64CONST(0x9E3779B97F4A7C15);

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (double) (state >> 11) / (UINT64CONST(1) << 53);
}

static void
test_psi(void)
{
	int64 before[] = {100, 200, 300, 400};
	int64 twice[] = {200, 400, 600, 800};
	int64 after[] = {250, 250, 250, 250};
	int64 empty[] = {0, 300, 300, 400};
	double by_hand = (.25 - .1) * log(.25 / .1) + (.25 - .2) * log(.25 / .2) + (.25 - .3) * log(.25 / .3) +
					 (.25 - .4) * log(.25 / .4);

	ok(near(psi(before, after, 4, 0), by_hand), "psi by hand");
	ok(near(psi(before, twice, 4, 0), 0), "psi of equal shares is 0");
	ok(near(psi(before, after, 4, .5), psi(after, before, 4, .5)), "psi is symmetric");
	ok(isinf(psi(before, empty, 4, 0)) && psi(before, empty, 4, .5) > 0 && !isinf(psi(before, empty, 4, .5)),
	   "an empty bin is infinite without smoothing alone");
	ok(near(psi_expectation(10, 1000, 500), 9 * .003), "its expectation");
}

/* Samples of one distribution differ by about what is expected. */
static void
test_psi_expectation(void)
{
	double sum = 0;

	for (int run = 0; run < 400; run++)
	{
		int64 a[10] = {0};
		int64 b[10] = {0};

		for (int i = 0; i < 2000; i++)
		{
			a[(int) (next_random() * 10)]++;
			b[(int) (next_random() * 10)]++;
		}
		sum += psi(a, b, 10, .5);
	}
	ok(fabs(sum / 400 / psi_expectation(10, 2000, 2000) - 1) < .1, "psi of one distribution is as expected");
}

static void
test_contingency(void)
{
	int64 same[] = {5, 0, 0, 0, 7, 0, 0, 0, 3};
	int64 independent[] = {10, 20, 30, 60};
	int64 split[] = {2, 0, 0, 1, 0, 1}; /* the example of scikit-learn's documentation: 0.57 */
	int64 one[] = {9};

	ok(near(adjusted_rand_index(same, 3, 3), 1) && near(cramers_v(same, 3, 3), 1), "the same division");
	ok(near(cramers_v(independent, 2, 2), 0) && fabs(adjusted_rand_index(independent, 2, 2)) < .02,
	   "an independent one");
	ok(near(adjusted_rand_index(split, 3, 2), 4.0 / 7), "adjusted Rand index by hand");
	ok(adjusted_rand_index(one, 1, 1) == 1 && isnan(cramers_v(one, 1, 1)), "one class");
}

static void
test_concentration(void)
{
	double values[] = {50, 30, 20, 0};
	double profit[] = {50, 30, -20, -40};
	Concentration state;

	concentration_begin(&state, 4);
	for (int i = 0; i < 4; i++)
		concentration_add(&state, values[i]);
	/* mean absolute difference of all 16 pairs 20, twice the mean 50 */
	ok(near(concentration_gini(&state), .4), "gini by hand");
	ok(state.top[0] == 50 && state.top[2] == 50 && state.peak == 100 && state.peak_at == 3, "tops and peak");
	concentration_begin(&state, 4);
	for (int i = 0; i < 4; i++)
		concentration_add(&state, profit[i]);
	ok(isnan(concentration_gini(&state)), "no gini with losses");
	ok(state.sum == 20 && state.peak == 80 && state.peak_at == 2 && state.negative == 2,
	   "the whale curve's peak");
	concentration_begin(&state, 1000);
	for (int i = 0; i < 1000; i++)
		concentration_add(&state, 7);
	ok(fabs(concentration_gini(&state)) < 1e-9 && near(state.top[1] / state.sum, .1), "all equal");
}

static void
test_silhouette(void)
{
	double values[] = {0, 1, 10, 11};
	int group[] = {0, 0, 1, 1};
	int crossed[] = {0, 1, 0, 1};
	Points points = {.n = 4, .dimensions = 1, .groups = 3, .values = values, .group = group};
	double by_group[3];
	int rival[3];

	ok(near(silhouette(&points, by_group), ((1 - 1 / 10.5) * 2 + (1 - 1 / 9.5) * 2) / 4),
	   "silhouette by hand");
	ok(near(by_group[0], by_group[1]) && isnan(by_group[2]), "by group, none for an empty one");
	separation(&points, by_group, rival);
	ok(near(by_group[0], 10 / .5) && rival[0] == 1 && rival[1] == 0 && isnan(by_group[2]),
	   "separation by hand");
	ok(near(eta_squared(&points, 0), 100.0 / 101), "eta squared by hand");
	points.group = crossed;
	ok(silhouette(&points, by_group) < 0, "groups that cross are negative");
	points.groups = 1;
	points.group = (int[]){0, 0, 0, 0};
	ok(isnan(silhouette(&points, by_group)), "one group has none");
}

static void
test_standardise(void)
{
	double values[1000];
	double flat[] = {3, 3, 3};
	double sum = 0;
	double squares = 0;
	double least = INFINITY;

	for (int i = 0; i < 1000; i++)
		values[i] = i % 100 == 7 ? NAN : exp(8 * next_random());
	ok(standardise(values, 1000, 1), "a column with variance");
	for (int i = 0; i < 1000; i++)
	{
		sum += values[i];
		squares += values[i] * values[i];
		least = Min(least, values[i]);
	}
	ok(fabs(sum) < 1e-9 && fabs(squares / 990 - 1) < 1e-9 && values[7] == 0,
	   "mean 0, standard deviation 1, missing in the middle");
	ok(least < -1.5, "what is skewed is taken by its logarithm");
	ok(!standardise(flat, 3, 1) && flat[0] == 0, "a column without variance");
}

int
main(void)
{
	test_psi();
	test_psi_expectation();
	test_contingency();
	test_concentration();
	test_silhouette();
	test_standardise();
	printf("1..%d\n", tests);
	return failures > 0;
}
