/*
 * facts_residue.c
 *	  What is left of erased customers in facts: their moves, without them.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/date.h"

#include "facts.h"
#include "facts_residue.h"
#include "movement.h"
#include "movement_rows.h"
#include "sql.h"

/* Not there before, or gone after: no segment is called so. */
#define OUTSIDE "''"

static void
write_moves(const FactsRun *run, const FactsPass *pass)
{
	(void) movement_rows_register(run, pass->movement);
	sql_run("INSERT INTO segment.erased_move AS e (scheme_id, period_start, from_segment, to_segment, cause, "
			"customers) SELECT %d, period_start, CASE WHEN from_segment OPERATOR(pg_catalog.<>) %s THEN "
			"from_segment ELSE " OUTSIDE " END, CASE WHEN to_segment OPERATOR(pg_catalog.<>) %s THEN "
			"to_segment ELSE " OUTSIDE " END, cause, customers FROM moved "
			"WHERE customers OPERATOR(pg_catalog.<>) 0 "
			"ON CONFLICT (scheme_id, period_start, from_segment, to_segment, cause) "
			"DO UPDATE SET customers = e.customers OPERATOR(pg_catalog.+) EXCLUDED.customers",
			run->scheme->id, quote_literal_cstr(FACTS_ROW_NEW),
			quote_literal_cstr(movement_removed_name(run->scheme)));
}

void
residue_keep(const Population *population, List *sources, const Scheme *scheme, const KeySet *keys)
{
	FactsRun run = {.population = population,
					.sources = sources,
					.scheme = scheme,
					.first_day = scheme->history_since,
					.as_of = population->as_of};
	FactsPass pass;

	if (!movement_exists(scheme) || !facts_run_begin_all(&run))
		return;
	facts_run_pass(&run, keys, NULL, &pass);
	/* what knows the relation must not outlive it */
	SPI_connect();
	write_moves(&run, &pass);
	SPI_finish();
}

static int
period_index(const FactsRun *run, DateADT start)
{
	for (int i = 0; i < run->nperiods; i++)
		if (run->periods[i].start == start)
			return i;
	return -1;
}

/* Its number among the states; 0 when the scheme has no such segment. */
static int
place_of(const FactsRun *run, const char *segment)
{
	ListCell *lc;

	if (*segment == '\0')
		return MOVEMENT_OUTSIDE;
	foreach (lc, run->rows)
		if (strcmp(lfirst(lc), segment) == 0)
			return foreach_current_index(lc) + 1;
	return 0;
}

static void
add_move(FactsPass *pass, int period, int from, int to, MovementCause cause, int64 customers)
{
	int opening = from == MOVEMENT_OUTSIDE ? STATE_NOT_ENTERED : from;
	int closing = to == MOVEMENT_OUTSIDE ? STATE_LEFT : to;

	cells_count_move(pass->counts, period, opening, closing, customers);
	for (int i = 1; i < pass->ndetails; i++)
		cells_count_move(pass->details[i].counts, period, opening, closing, customers);
	if (pass->movement != NULL)
		movement_cells_count(pass->movement->cells, period, from, to, cause, customers);
}

void
residue_add(const FactsRun *run, FactsPass *pass)
{
	uint64 found = sql_query("SELECT period_start, from_segment, to_segment, cause, customers "
							 "FROM segment.erased_move WHERE scheme_id OPERATOR(pg_catalog.=) %d",
							 run->scheme->id);

	for (uint64 row = 0; row < found; row++)
	{
		bool isnull;
		int period = period_index(run, DatumGetDateADT(cell_datum(row, 1, &isnull)));
		int from = place_of(run, cell_text(row, 2));
		int to = place_of(run, cell_text(row, 3));

		if (period >= 0 && from > 0 && to > 0)
			add_move(pass, period, from, to, movement_cause_named(cell_text(row, 4)), cell_int64(row, 5, 0));
	}
}
