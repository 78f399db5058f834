/*
 * facts_follow.c
 *	  Facts of several schemes around a change of their customers' results.
 */
#include "postgres.h"

#include "facts.h"
#include "facts_delta.h"
#include "facts_follow.h"
#include "progress.h"
#include "scheme.h"

static FactsDelta *
begin_delta(const FactsFollow *follow, const Scheme *scheme, const KeySet *keys, FactsRows *rows)
{
	const Population *population = follow->population;

	if (keys == NULL || !facts_delta_is_cheaper(population, keys))
		return NULL;
	return facts_delta_begin(population, follow->sources, scheme, keys, scheme->history_since,
							 population->as_of, follow->as_of, rows);
}

void
facts_follow_begin(FactsFollow *follow, const Population *population, List *sources, List *schemes,
				   const KeySet *keys, DateADT as_of)
{
	FactsRows *rows = facts_rows_create();
	ListCell *lc;

	*follow = (FactsFollow){population, sources, schemes, as_of};
	foreach (lc, schemes)
		follow->deltas = lappend(follow->deltas, begin_delta(follow, lfirst(lc), keys, rows));
	facts_rows_free(rows);
}

static bool
update(const FactsFollow *follow, const Scheme *scheme, FactsDelta *delta, const KeySet *moved,
	   FactsRows *rows)
{
	if (delta != NULL && (moved == NULL || facts_delta_is_cheaper(follow->population, moved)))
		return facts_delta_apply(delta, moved, rows);
	if (delta != NULL)
		facts_delta_forget(delta);
	return facts_update(follow->population, follow->sources, scheme, scheme->history_since, follow->as_of);
}

void
facts_follow_end(FactsFollow *follow, const KeySet *moved)
{
	FactsRows *rows = facts_rows_create();
	ListCell *scheme_cell;
	ListCell *delta_cell;

	progress_phase(PROGRESS_COMPUTING_FACTS, list_length(follow->schemes));
	forboth(scheme_cell, follow->schemes, delta_cell, follow->deltas)
	{
		const Scheme *scheme = lfirst(scheme_cell);

		if (update(follow, scheme, lfirst(delta_cell), moved, rows))
			scheme_facts_changed(scheme);
		progress_done(foreach_current_index(scheme_cell) + 1);
	}
	facts_rows_free(rows);
}
