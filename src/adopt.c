/*
 * adopt.c
 *	  Generated relations belong to the extension again after a restore.
 *
 * That DROP EXTENSION takes generated tables and views along is a dependency
 * in pg_depend, which pg_dump writes for functions and triggers but not for
 * relations.  The anchor view without it tells that all of them lack it.
 */
#include "postgres.h"

#include "access/genam.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "commands/extension.h"
#include "nodes/pg_list.h"

#include "adopt.h"
#include "sql.h"

/* The names every mapped thing generates; a relation of somebody else's in the schema is not adopted. */
#define GENERATED_NAMES                                                                                      \
	"SELECT p.name OPERATOR(pg_catalog.||) s FROM segment.population p, "                                    \
	"unnest(ARRAY['', '_feature', '_segment', '_override', '_alias', '_evaluation', '_anchor', "             \
	"'_customer_scorecard']) s "                                                                             \
	"UNION ALL SELECT p.name OPERATOR(pg_catalog.||) '_' OPERATOR(pg_catalog.||) o.name "                    \
	"OPERATOR(pg_catalog.||) '_ledger' FROM segment.population p JOIN segment.source o "                     \
	"ON o.population_id OPERATOR(pg_catalog.=) p.population_id "                                             \
	"UNION ALL SELECT p.name OPERATOR(pg_catalog.||) COALESCE('_' OPERATOR(pg_catalog.||) o.name, '') "      \
	"OPERATOR(pg_catalog.||) '_log_' OPERATOR(pg_catalog.||) slot FROM segment.population p "                \
	"LEFT JOIN LATERAL (SELECT name FROM segment.source WHERE population_id OPERATOR(pg_catalog.=) "         \
	"p.population_id UNION ALL SELECT NULL) o ON true, unnest(ARRAY['0', '1', '2', '3']) slot "              \
	"UNION ALL SELECT c.name OPERATOR(pg_catalog.||) s FROM segment.scheme c, "                              \
	"unnest(ARRAY['_history', '_transition', '_facts', '_facts_past', '_breakdown', "                        \
	"'_breakdown_past', '_movement', '_scorecard', '_scorecard_wide']) s"

static bool
is_adopted(Oid relation)
{
	return list_member_oid(getAutoExtensionsOfObject(RelationRelationId, relation), extension_oid());
}

void
adopt_generated_relations(const Population *population)
{
	uint64 found;
	List *names = NIL;
	ListCell *lc;

	if (is_adopted(population->anchor))
		return;
	/* The dump may be one of an older version. */
	sql_query("SELECT segment.carry_over()");
	found = sql_query(
		"SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind IN ('r', 'v', 'm') "
		"AND (c.relnamespace OPERATOR(pg_catalog.=) 'segment_data'::regnamespace AND c.relname IN (%s) "
		"OR c.oid OPERATOR(pg_catalog.=) ANY (ARRAY[to_regclass('segment.scorecard'), "
		"to_regclass('segment.metric_value'), to_regclass('segment.pnl'), "
		"to_regclass('segment.customer_scorecard'), to_regclass('segment.plan_value'), "
		"to_regclass('segment.migration'), to_regclass('segment.value_bridge'), "
		"to_regclass('segment.plan_vs_actual'), to_regclass('segment.margin_variance')]::oid[])) "
		"AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid OPERATOR(pg_catalog.=) 'pg_class'::regclass "
		"AND d.objid OPERATOR(pg_catalog.=) c.oid AND d.refclassid OPERATOR(pg_catalog.=) "
		"'pg_extension'::regclass) ORDER BY 1",
		GENERATED_NAMES);
	for (uint64 row = 0; row < found; row++)
		names = lappend(names, cell_text(row, 1));
	foreach (lc, names)
		belongs_to_extension(lfirst(lc));
}
