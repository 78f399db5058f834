/*
 * movement_cells.c
 *	  Who moved where in each period and what they were worth, summed.
 *
 * Most pairs of segments never meet, so a pair's sums have room only from its
 * first customer on; an index says where.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "movement_cells.h"

typedef int128 MovementSums[MOVEMENT_CAUSES][MOVED_VALUES];

struct MovementCells
{
	int nperiods;
	int nplaces;    /* of from, and of to */
	uint32 *number; /* [period][from][to]: of the pair's sums + 1, 0 without */
	MovementSums *sums;
	uint32 nsums;
	uint32 capacity;
};

static Size
index_size(const MovementCells *cells)
{
	return mul_size(cells->nperiods, mul_size(cells->nplaces, cells->nplaces));
}

MovementCells *
movement_cells_create(int nperiods, int nsegments)
{
	MovementCells *cells = palloc0(sizeof(MovementCells));

	cells->nperiods = nperiods;
	cells->nplaces = nsegments + MOVEMENT_UNASSIGNED;
	if (!AllocSizeIsValid(mul_size(index_size(cells), sizeof(uint32))))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("moves between %d segments in %d periods do not fit into memory", nsegments,
							   nperiods),
						errhint("Compute fewer periods at once.")));
	cells->number = palloc0(index_size(cells) * sizeof(uint32));
	cells->capacity = 64;
	cells->sums = palloc(cells->capacity * sizeof(MovementSums));
	return cells;
}

static int128 *
add_sums(MovementCells *cells, uint32 *number, MovementCause cause)
{
	if (cells->nsums == cells->capacity)
	{
		cells->capacity *= 2;
		cells->sums = repalloc_huge(cells->sums, cells->capacity * sizeof(MovementSums));
	}
	memset(cells->sums[cells->nsums], 0, sizeof(MovementSums));
	*number = ++cells->nsums;
	return cells->sums[*number - 1][cause];
}

static int128 *
cell_at(MovementCells *cells, int period, int from, int to, MovementCause cause)
{
	uint32 *number =
		cells->number + ((Size) period * cells->nplaces + (from - 1)) * cells->nplaces + (to - 1);

	return *number > 0 ? cells->sums[*number - 1][cause] : add_sums(cells, number, cause);
}

/*
 * before - lapsed - contraction + expansion + acquired = after, for each
 * customer and so for every sum of them.
 */
static void
add_change(int128 *cell, bool acquired, int64 before, int64 after)
{
	int128 change = (int128) after - before;

	cell[MOVED_BEFORE] += before;
	cell[MOVED_AFTER] += after;
	if (acquired)
		cell[MOVED_ACQUIRED] += change;
	else if (after == 0)
		cell[MOVED_LAPSED] += before;
	else if (change < 0)
		cell[MOVED_CONTRACTION] -= change;
	else
		cell[MOVED_EXPANSION] += change;
}

void
movement_cells_customer(MovementCells *cells, int period, int16 opening, int16 closing, MovementCause cause,
						int64 before, int64 after)
{
	int from = state_is_member(opening) ? opening : MOVEMENT_OUTSIDE;
	int to = state_is_member(closing) ? closing : MOVEMENT_OUTSIDE;
	int128 *cell;

	if (from == MOVEMENT_OUTSIDE && to == MOVEMENT_OUTSIDE)
	{
		movement_cells_nobody(cells, period, before, after);
		return;
	}
	cell = cell_at(cells, period, from, to, cause);
	cell[MOVED_CUSTOMERS]++;
	add_change(cell, from == MOVEMENT_OUTSIDE, before, after);
}

void
movement_cells_count(MovementCells *cells, int period, int from, int to, MovementCause cause, int64 customers)
{
	cell_at(cells, period, from, to, cause)[MOVED_CUSTOMERS] += customers;
}

void
movement_cells_nobody(MovementCells *cells, int period, int128 before, int128 after)
{
	int128 *cell;

	if (before == 0 && after == 0)
		return;
	cell = cell_at(cells, period, MOVEMENT_UNASSIGNED, MOVEMENT_UNASSIGNED, MOVEMENT_STAYED);
	cell[MOVED_BEFORE] += before;
	cell[MOVED_AFTER] += after;
}

void
movement_cells_negate(MovementCells *cells)
{
	for (uint32 i = 0; i < cells->nsums; i++)
		for (int cause = 0; cause < MOVEMENT_CAUSES; cause++)
			for (int value = 0; value < MOVED_VALUES; value++)
				cells->sums[i][cause][value] = -cells->sums[i][cause][value];
}

static void
add_cell(const MovementCell *other, void *argument)
{
	int128 *cell = cell_at(argument, other->period, other->from, other->to, other->cause);

	for (int value = 0; value < MOVED_VALUES; value++)
		cell[value] += other->value[value];
}

void
movement_cells_add(MovementCells *cells, const MovementCells *other)
{
	Assert(cells->nperiods == other->nperiods && cells->nplaces == other->nplaces);
	movement_cells_visit(other, add_cell, cells);
}

static bool
is_zero(const int128 *value)
{
	for (int i = 0; i < MOVED_VALUES; i++)
		if (value[i] != 0)
			return false;
	return true;
}

static void
visit_sums(const MovementCells *cells, MovementCell *cell, uint32 number, MovementVisitor visit,
		   void *argument)
{
	for (int cause = 0; cause < MOVEMENT_CAUSES; cause++)
	{
		cell->cause = cause;
		cell->value = cells->sums[number][cause];
		if (!is_zero(cell->value))
			visit(cell, argument);
	}
}

void
movement_cells_visit(const MovementCells *cells, MovementVisitor visit, void *argument)
{
	const uint32 *number = cells->number;
	MovementCell cell;

	for (cell.period = 0; cell.period < cells->nperiods; cell.period++)
	{
		CHECK_FOR_INTERRUPTS();
		for (cell.from = 1; cell.from <= cells->nplaces; cell.from++)
			for (cell.to = 1; cell.to <= cells->nplaces; cell.to++, number++)
				if (*number > 0)
					visit_sums(cells, &cell, *number - 1, visit, argument);
	}
}
