/*
 * ledgers.c
 *	  Bring a population's ledgers up to date with their sources.
 *
 * A changed customer's ledger is recomputed from the source, by index, never
 * patched: that is idempotent and heals itself.  Where everyone must be read,
 * or too many changed, the source is read in one go.  Either way only rows
 * that differ are written.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "alias.h"
#include "build.h"
#include "day.h"
#include "debug.h"
#include "late_facts.h"
#include "ledgers.h"
#include "quarantine.h"
#include "source_bisect.h"
#include "source_query.h"
#include "sql.h"

/* How many events there are is known after reading them all. */
static void
record_events(const Source *source, const LedgerBuildResult *result)
{
	sql_run("UPDATE segment.source SET events = " INT64_FORMAT ", undated = " INT64_FORMAT
			", built_at = clock_timestamp() WHERE source_id OPERATOR(pg_catalog.=) %d",
			result->rows - result->undated, result->undated, source->id);
}

/*
 * What was read tells of all ledgers if it was everything; else they may go
 * further, as they do for customers whose ledgers stayed as they were.
 */
static void
record_last_day(const Source *source, const LedgerBuildResult *result, bool everything)
{
	if (everything)
		sql_run("UPDATE segment.source SET last_day = %s WHERE source_id OPERATOR(pg_catalog.=) %d",
				day_sql(result->last_day), source->id);
	else if (source->last_day < result->last_day)
		sql_run("UPDATE segment.source SET last_day = %s WHERE source_id OPERATOR(pg_catalog.=) %d "
				"AND last_day IS NOT NULL",
				day_sql(result->last_day), source->id);
}

LedgerBuild *
source_build(const Population *population, List *sources, const Source *source, const KeySet *keys)
{
	LedgerBuild *build = palloc0(sizeof(LedgerBuild));
	const char **names = palloc(sizeof(char *) * LEDGER_MAX_MEASURES);
	ListCell *lc;

	foreach (lc, source->measures)
		names[foreach_current_index(lc)] = ((Measure *) lfirst(lc))->name;
	build->source_name = source->name;
	build->query = source_query(population, sources, source, keys);
	build->owner = population->owner;
	build->ledger_relid = data_oid(ledger_table(population, source));
	build->key_type = population->key_type;
	build->timezone = population->timezone;
	build->shape = source_shape(source);
	build->has_purchase = source->purchase_sql != NULL;
	build->measure_name = names;
	build->keys = keys;
	build->aliases = aliases_read(population);
	return build;
}

static int64
update_source(const Population *population, List *sources, const Source *source, const KeySet *keys,
			  LateFacts *late)
{
	Failures *failures = failures_create(population->key_type, psprintf("source \"%s\"", source->name));
	LedgerBuildResult result = {0};

	source_bisect(population, sources, source, keys, failures, late, &result);
	late_facts_mark(late, source);
	quarantine_settle(population, QUARANTINE_LEDGER, source->name, keys, failures);
	if (keys == NULL)
		record_events(source, &result);
	record_last_day(source, &result, keys == NULL && (failures == NULL || failures->entries == NIL));
	DEBUG_POINT("refresh-after-ledger");
	return result.inserted + result.updated + result.deleted;
}

int64
ledgers_update(const Population *population, List *sources, const Changes *changes)
{
	LateFacts *late = late_facts_create(population);
	int64 written = 0;
	ListCell *lc;

	foreach (lc, changes->sources)
	{
		RelationChanges *relation = lfirst(lc);

		if (relation->everyone)
			written += update_source(population, sources, relation->source, NULL, late);
		else if (!keyset_is_empty(relation->customers))
			written += update_source(population, sources, relation->source, relation->customers, late);
	}
	return written;
}
