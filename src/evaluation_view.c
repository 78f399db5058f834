/*
 * evaluation_view.c
 *	  The view segment_data.<population>_evaluation: what a refresh evaluates,
 *	  over extension tables alone, for experts to read and EXPLAIN.
 *
 * Unlike the join view it is not for building upon: its columns come and go
 * with the definitions, so it is made anew each time.  If somebody did build
 * upon it, theirs is kept as it is, with a warning.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "definition.h"
#include "evaluate.h"
#include "evaluation_view.h"
#include "join_view.h"
#include "sql.h"

#define VIEW_SUFFIX "_evaluation"

static Oid
view_oid(const Population *population)
{
	return get_relname_relid(psprintf("%s" VIEW_SUFFIX, population->name),
							 get_namespace_oid("segment_data", false));
}

static void
add_column(StringInfo columns, const char *name)
{
	appendStringInfo(columns, "%s%s", columns->len ? ", " : "", name);
}

/* A score's column is named after its scheme too; where that is longer than a name may be, it is left out. */
static void
add_scheme_columns(StringInfo columns, const EvaluationPlan *plan, const SchemePlan *scheme)
{
	const char *name = scheme->scheme->name;
	ListCell *lc;

	add_column(columns, quote_identifier(name));
	if (strcmp(raw_name(plan, scheme), name) != 0)
		add_column(columns, raw_column(plan, scheme));
	foreach (lc, scheme->definition->scores)
	{
		const char *score = ((Score *) lfirst(lc))->name;

		if (strlen(name) + 1 + strlen(score) < NAMEDATALEN)
			add_column(columns, dotted(name, score));
	}
}

static char *
view_select(Population *population)
{
	EvaluationPlan *plan = evaluation_plan(population);
	StringInfoData columns;
	ListCell *lc;

	plan->stored = true; /* the fold steps from the stored segment */
	plan->days =
		psprintf("SELECT p.as_of FROM segment.population p WHERE p.population_id OPERATOR(pg_catalog.=) %d",
				 population->id);
	initStringInfo(&columns);
	add_column(&columns, quote_identifier(population->key_name));
	add_column(&columns, "as_of, since, entry_day");
	foreach (lc, plan->features)
		add_column(&columns, quote_identifier(((Feature *) lfirst(lc))->name));
	foreach (lc, plan->schemes)
		add_scheme_columns(&columns, plan, lfirst(lc));
	return psprintf("SELECT %s\n  FROM (%s OFFSET 0) evaluation", columns.data, evaluation_sql(plan));
}

static void
create_view(const Population *population)
{
	char *view = data_name(population->name, VIEW_SUFFIX);

	sql_run("CREATE VIEW %s AS %s", view, view_select(population_by_id(population->id)));
	sql_run(
		"COMMENT ON VIEW %s IS %s", view,
		quote_literal_cstr(psprintf("population \"%s\": all features and active schemes as a refresh would "
									"evaluate them now, at the last as_of; made anew whenever definitions "
									"change, so build nothing upon it",
									population->name)));
	belongs_to_extension(view);
}

/* Does anything but its own rule use the view, or its row type? */
static bool
has_dependents(Oid view)
{
	return sql_query("SELECT 1 FROM pg_depend d WHERE d.deptype OPERATOR(pg_catalog.=) 'n' "
					 "AND ((d.refclassid OPERATOR(pg_catalog.=) 'pg_class'::regclass "
					 "AND d.refobjid OPERATOR(pg_catalog.=) %u "
					 "AND NOT (d.classid OPERATOR(pg_catalog.=) 'pg_rewrite'::regclass AND EXISTS "
					 "(SELECT 1 FROM pg_rewrite r WHERE r.oid OPERATOR(pg_catalog.=) d.objid "
					 "AND r.ev_class OPERATOR(pg_catalog.=) d.refobjid))) "
					 "OR (d.refclassid OPERATOR(pg_catalog.=) 'pg_type'::regclass AND EXISTS "
					 "(SELECT 1 FROM pg_type t LEFT JOIN pg_type e ON e.oid OPERATOR(pg_catalog.=) t.typelem "
					 "WHERE t.oid OPERATOR(pg_catalog.=) d.refobjid "
					 "AND (t.typrelid OPERATOR(pg_catalog.=) %u OR e.typrelid OPERATOR(pg_catalog.=) %u)))) "
					 "LIMIT 1",
					 view, view, view) > 0;
}

void
evaluation_view_update(const Population *population)
{
	Oid view = view_oid(population);

	if (OidIsValid(view) && has_dependents(view))
	{
		ereport(WARNING, (errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
						  errmsg("view %s is kept as it is because something is built upon it",
								 data_name(population->name, VIEW_SUFFIX)),
						  errhint("Build upon %s, whose columns are only ever appended.",
								  data_name(population->name, ""))));
		return;
	}
	if (OidIsValid(view))
		sql_run("DROP VIEW %s", data_name(population->name, VIEW_SUFFIX));
	create_view(population);
}

void
evaluation_view_create(const Population *population)
{
	(void) new_data_name(population->name, VIEW_SUFFIX);
	create_view(population);
}

void
evaluation_view_drop(const Population *population)
{
	if (OidIsValid(view_oid(population)))
		sql_run("DROP VIEW %s", data_name(population->name, VIEW_SUFFIX));
}

void
definitions_changed(const Population *population)
{
	refuse_when_restricted();
	join_view_update(population);
	evaluation_view_update(population);
	sql_run("INSERT INTO segment.definition_change (population_id, generation) "
			"VALUES (%d, nextval('segment.definition_generation')) "
			"ON CONFLICT (population_id) DO UPDATE SET generation = EXCLUDED.generation",
			population->id);
}
