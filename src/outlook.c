/*
 * outlook.c
 *	  Expected sizes and values of segments some periods on: segment.outlook().
 *
 * The moves between two days are taken for a Markov chain, whose period is the
 * time between the two (markov.h).
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "args.h"
#include "markov.h"
#include "migration.h"
#include "period.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_outlook);

#define MOST_PERIODS 1200

typedef struct Chain
{
	int n; /* segments */
	double *p;
	double *opening;
	double *closing;
	double *entrants;
	double *reward; /* of a customer in a period that it opens in the segment */
	double *lifetime;
} Chain;

static double
unscaled(const Migration *migration, int128 value)
{
	double units = (double) value;

	for (int i = 0; i < migration->worth.scale; i++)
		units /= 10;
	return units;
}

typedef struct ChainInput
{
	const Migration *migration;
	Chain *chain;
} ChainInput;

/* Segments come after what is outside and what is unassigned, which are no states of the chain. */
static void
add_moves(const MovementCell *cell, void *argument)
{
	ChainInput *input = argument;
	Chain *chain = input->chain;
	int from = cell->from - STATE_FIRST_SEGMENT;
	int to = cell->to - STATE_FIRST_SEGMENT;
	double customers = (double) cell->value[MOVED_CUSTOMERS];

	if (to >= 0)
		chain->closing[to] += customers;
	if (to >= 0 && from < 0)
		chain->entrants[to] += customers;
	if (from < 0)
		return;
	chain->opening[from] += customers;
	chain->reward[from] += unscaled(input->migration, cell->value[MOVED_AFTER]);
	if (to >= 0)
		chain->p[from * chain->n + to] += customers;
}

/* Counts to shares.  Who opens nobody's segment is taken to stay there. */
static void
make_rates(Chain *chain)
{
	for (int i = 0; i < chain->n; i++)
	{
		if (chain->opening[i] == 0)
		{
			chain->p[i * chain->n + i] = 1;
			continue;
		}
		chain->reward[i] /= chain->opening[i];
		for (int j = 0; j < chain->n; j++)
			chain->p[i * chain->n + j] /= chain->opening[i];
	}
}

static Chain *
read_chain(const Migration *migration, double discount)
{
	Chain *chain = palloc0(sizeof(Chain));
	ChainInput input = {.migration = migration, .chain = chain};
	int n = list_length(migration->run.segments);

	chain->n = n;
	chain->p = palloc0(Max(n, 1) * Max(n, 1) * sizeof(double));
	chain->opening = palloc0(Max(n, 1) * sizeof(double));
	chain->closing = palloc0(Max(n, 1) * sizeof(double));
	chain->entrants = palloc0(Max(n, 1) * sizeof(double));
	chain->reward = palloc0(Max(n, 1) * sizeof(double));
	movement_cells_visit(migration->pass.movement->cells, add_moves, &input);
	make_rates(chain);
	chain->lifetime = palloc(Max(n, 1) * sizeof(double));
	if (!markov_value(chain->p, chain->reward, n, discount, chain->lifetime))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("lifetime values are not finite"),
						errhint("Give a discount above 0.")));
	return chain;
}

enum
{
	OUTLOOK_PERIOD,
	OUTLOOK_SEGMENT,
	OUTLOOK_CUSTOMERS,
	OUTLOOK_VALUE,
	OUTLOOK_LIFETIME,
	OUTLOOK_COLUMNS
};

static void
put_segment(Tuplestorestate *rows, TupleDesc desc, const Migration *migration, const Chain *chain, int period,
			int segment, double customers)
{
	bool nulls[OUTLOOK_COLUMNS] = {false};
	Datum values[OUTLOOK_COLUMNS];
	bool no_money = migration->worth.nmoney == 0;

	values[OUTLOOK_PERIOD] = Int32GetDatum(period);
	values[OUTLOOK_SEGMENT] = CStringGetTextDatum(list_nth(migration->run.segments, segment));
	values[OUTLOOK_CUSTOMERS] = Float8GetDatum(customers);
	values[OUTLOOK_VALUE] = Float8GetDatum(customers * chain->reward[segment]);
	values[OUTLOOK_LIFETIME] = Float8GetDatum(chain->lifetime[segment]);
	/* what nobody was seen to be worth is not known */
	nulls[OUTLOOK_VALUE] = no_money || (chain->opening[segment] == 0 && customers > 0);
	nulls[OUTLOOK_LIFETIME] = no_money || chain->opening[segment] == 0;
	tuplestore_putvalues(rows, desc, values, nulls);
}

static void
put_periods(FunctionCallInfo fcinfo, const Migration *migration, const Chain *chain, int periods,
			bool entrants)
{
	double *customers = palloc(Max(chain->n, 1) * sizeof(double));
	double *next = palloc(Max(chain->n, 1) * sizeof(double));
	TupleDesc desc;
	Tuplestorestate *rows;

	desc = result_row_type(fcinfo);
	rows = result_begin(fcinfo, desc);
	memcpy(customers, chain->closing, chain->n * sizeof(double));
	for (int period = 0; period <= periods; period++)
	{
		double *swap = customers;

		for (int i = 0; i < chain->n; i++)
			if (i < migration->run.in_force || customers[i] > 0 || chain->opening[i] > 0)
				put_segment(rows, desc, migration, chain, period, i, customers[i]);
		markov_step(chain->p, chain->n, customers, entrants ? chain->entrants : NULL, next);
		customers = next;
		next = swap;
	}
}

/* The last whole month. */
static void
default_days(Migration *migration, bool since_given, bool until_given)
{
	Period last = period_containing(migration->until + 1);

	if (!until_given)
		migration->until = last.start - 1;
	if (!since_given)
		migration->since = period_containing(migration->until).start - 1;
}

static double
discount_of(FunctionCallInfo fcinfo, int n)
{
	double discount = PG_GETARG_FLOAT8(n);

	if (!(discount >= 0 && discount < 1000))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("discount must be a rate per period, not negative"),
						errhint("0.01 is one per cent per period.")));
	return discount;
}

static int
periods_of(FunctionCallInfo fcinfo, int n)
{
	int periods = PG_GETARG_INT32(n);

	if (periods < 0 || periods > MOST_PERIODS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("periods must be 0 to %d", MOST_PERIODS),
				 errhint("A period is as long as the time from since to until.")));
	return periods;
}

Datum
segment_outlook(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Migration migration;

	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 1, "periods");
	require_arg(fcinfo, 5, "discount");
	require_arg(fcinfo, 6, "entrants");
	api_begin(&call);
	migration_init(&migration, &call, arg_text(fcinfo, 0));
	if (!PG_ARGISNULL(3))
		migration.until = PG_GETARG_DATEADT(3);
	if (!PG_ARGISNULL(2))
		migration.since = PG_GETARG_DATEADT(2);
	default_days(&migration, !PG_ARGISNULL(2), !PG_ARGISNULL(3));
	movement_worth(migration.sources, arg_text(fcinfo, 4), &migration.worth);
	migration.basis = WORTH_BETWEEN;
	migration_windows(&migration);
	migration_compute(&migration);
	put_periods(fcinfo, &migration, read_chain(&migration, discount_of(fcinfo, 5)), periods_of(fcinfo, 1),
				PG_GETARG_BOOL(6));
	api_end(&call);
	return (Datum) 0;
}
