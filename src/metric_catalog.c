/*
 * metric_catalog.c
 *	  Typed reads of segment.metric, and of the sums metrics may be made of.
 */
#include "postgres.h"

#include "facts.h"
#include "facts_detail.h"
#include "facts_run.h"
#include "metric_catalog.h"
#include "sql.h"

bool
names_contain(List *names, const char *name)
{
	return names_number(names, name) > 0;
}

int
names_number(List *names, const char *name)
{
	ListCell *lc;

	foreach (lc, names)
		if (strcmp(lfirst(lc), name) == 0)
			return foreach_current_index(lc) + 1;
	return 0;
}

List *
names_add(List *names, const char *name)
{
	return names_contain(names, name) ? names : lappend(names, pstrdup(name));
}

List *
names_add_all(List *names, List *others)
{
	ListCell *lc;

	foreach (lc, others)
		names = names_add(names, lfirst(lc));
	return names;
}

Metric *
metric_in(List *metrics, const char *name)
{
	ListCell *lc;

	foreach (lc, metrics)
		if (strcmp(((Metric *) lfirst(lc))->name, name) == 0)
			return lfirst(lc);
	return NULL;
}

/* Its place among those already placed; false while it reads one that is not. */
static bool
place_metric(Metric *metric, List *all, List *placed)
{
	ListCell *lc;

	metric->depth = 1;
	metric->sums = NIL;
	foreach (lc, metric->uses)
	{
		Metric *used = metric_in(placed, lfirst(lc));

		if (used == NULL && metric_in(all, lfirst(lc)) != NULL)
			return false;
		if (used != NULL)
			metric->depth = Max(metric->depth, used->depth + 1);
		metric->sums =
			used != NULL ? names_add_all(metric->sums, used->sums) : names_add(metric->sums, lfirst(lc));
	}
	return true;
}

/* Each after those it reads.  Cycles were refused; one that got here all the same is left out. */
static List *
place_metrics(List *all)
{
	List *placed = NIL;
	int before;

	do
	{
		ListCell *lc;

		before = list_length(placed);
		foreach (lc, all)
			if (metric_in(placed, ((Metric *) lfirst(lc))->name) == NULL &&
				place_metric(lfirst(lc), all, placed))
				placed = lappend(placed, lfirst(lc));
	} while (list_length(placed) > before);
	return placed;
}

static void
read_uses(List *metrics)
{
	uint64 found = sql_query("SELECT m.name::text, u.uses FROM segment.metric m JOIN segment.metric_use u "
							 "USING (metric_id) ORDER BY m.metric_id, u.uses COLLATE \"C\"");

	for (uint64 row = 0; row < found; row++)
	{
		Metric *metric = metric_in(metrics, cell_text(row, 1));

		metric->uses = lappend(metric->uses, cell_text(row, 2));
	}
}

List *
metrics_all(void)
{
	uint64 found =
		sql_query("SELECT metric_id, name::text, expression, expression_sql, description, direction "
				  "FROM segment.metric ORDER BY metric_id");
	List *metrics = NIL;

	for (uint64 row = 0; row < found; row++)
	{
		Metric *metric = palloc0(sizeof(Metric));

		metric->id = cell_int(row, 1, 0);
		metric->name = cell_text(row, 2);
		metric->expression = cell_text(row, 3);
		metric->expression_sql = cell_text(row, 4);
		metric->description = cell_text(row, 5);
		metric->direction = cell_text(row, 6);
		metrics = lappend(metrics, metric);
	}
	read_uses(metrics);
	return place_metrics(metrics);
}

List *
metric_sums_of_customers(void)
{
	return facts_metrics(NULL);
}

List *
metric_sums_of_source(const Source *source)
{
	return facts_metrics(source);
}

/* Without a measure of it nothing is known of the cost of winning customers. */
List *
metric_sums_of_activity(List *sources)
{
	int measure;
	bool landing = false;
	List *names = NIL;
	ListCell *lc;

	foreach (lc, sources)
		landing |= facts_landing_measure(lfirst(lc)) > 0;
	if (facts_main_source(sources, &measure) >= 0)
		names = facts_activity_metrics();
	else if (landing)
		return list_make1(pstrdup(facts_activity_names[ACTIVITY_ACQUISITION_COST_LANDED]));
	return landing || names == NIL ? names : list_truncate(names, ACTIVITY_ACQUISITION_COST_LANDED);
}

/* Measures before events, as scorecards have them. */
List *
metric_sums_of_population(List *sources)
{
	List *names = metric_sums_of_customers();
	ListCell *lc;

	foreach (lc, sources)
		names = names_add_all(names, list_copy_tail(metric_sums_of_source(lfirst(lc)), 1));
	foreach (lc, sources)
		names = names_add(names, facts_events_metric(lfirst(lc)));
	return names_add_all(names, metric_sums_of_activity(sources));
}
