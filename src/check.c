/*
 * check.c
 *	  check_sources(): what is wrong with the mapped relations, each problem
 *	  with the statement that cures it.
 *
 * What the catalogs say (indexes, privileges, kinds of relations) is looked at
 * here; what the rows say, in check_data.c.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/resowner.h"
#include "utils/rls.h"

#include "capture_install.h"
#include "check.h"
#include "compat.h"
#include "mapped.h"
#include "sql.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_check_sources);

void
report_problem(SourceCheck *check, Severity severity, int64 rows, const char *remedy, const char *problem)
{
	static const char *const severity_name[] = {"note", "warning", "error"};
	Datum values[5];
	bool nulls[5] = {false};

	values[0] = CStringGetTextDatum(check->subject);
	values[1] = CStringGetTextDatum(severity_name[severity]);
	values[2] = CStringGetTextDatum(problem);
	values[3] = Int64GetDatum(rows);
	nulls[3] = rows == NOT_COUNTED;
	nulls[4] = remedy == NULL;
	values[4] = nulls[4] ? (Datum) 0 : CStringGetTextDatum(remedy);
	tuplestore_putvalues(check->rows, check->row, values, nulls);
}

static const char *
owner_name(const SourceCheck *check)
{
	return quote_identifier(GetUserNameFromId(check->population->owner, false));
}

static bool
has_index(Oid relation, const char *column, bool unique)
{
	MappedColumn *mapped = mapped_column_or_null(relation, column);

	return mapped != NULL &&
		   sql_query("SELECT 1 FROM pg_index WHERE indrelid OPERATOR(pg_catalog.=) %u AND indisvalid AND "
					 "indpred IS NULL "
					 "AND indkey[0] OPERATOR(pg_catalog.=) %d%s LIMIT 1",
					 relation, mapped->number,
					 unique ? " AND indisunique AND indnkeyatts OPERATOR(pg_catalog.=) 1" : "") == 1;
}

static bool
can_have_index(Oid relation, const char *column)
{
	char kind = get_rel_relkind(relation);
	MappedColumn *mapped = mapped_column_or_null(relation, column);

	if (mapped != NULL && mapped->is_virtual)
		return false;
	return kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE || kind == RELKIND_MATVIEW;
}

/* A partitioned table's index cannot be built concurrently. */
static void
check_index(SourceCheck *check, Oid relation, const char *column, bool unique, const char *why)
{
	if (!can_have_index(relation, column) || has_index(relation, column, unique))
		return;
	report_problem(check, SEVERITY_WARNING, NOT_COUNTED,
				   psprintf("CREATE %sINDEX %sON %s (%s);", unique ? "UNIQUE " : "",
							get_rel_relkind(relation) == RELKIND_PARTITIONED_TABLE ? "" : "CONCURRENTLY ",
							relation_label(relation), quote_identifier(column)),
				   psprintf("no %sindex on %s (%s): %s", unique ? "unique " : "", relation_label(relation),
							quote_identifier(column), why));
}

static void
check_kind(SourceCheck *check, Oid relation)
{
	char kind = get_rel_relkind(relation);
	const char *what = kind == RELKIND_VIEW            ? "view"
					   : kind == RELKIND_MATVIEW       ? "materialized view"
					   : kind == RELKIND_FOREIGN_TABLE ? "foreign table"
													   : NULL;

	if (what != NULL)
		report_problem(
			check, SEVERITY_NOTE, NOT_COUNTED, "Map the tables behind it to have changes captured.",
			psprintf("%s is a %s: changes cannot be captured, every refresh reads all of it (full mode only)",
					 relation_label(relation), what));
	else if (check_enable_rls(relation, check->population->owner, true) == RLS_ENABLED)
		report_problem(
			check, SEVERITY_NOTE, NOT_COUNTED, psprintf("ALTER ROLE %s BYPASSRLS;", owner_name(check)),
			psprintf("row-level security of %s applies to role %s: it sees some rows only, and every refresh "
					 "reads all of them (full mode only)",
					 relation_label(relation), owner_name(check)));
	if (get_rel_persistence(relation) == RELPERSISTENCE_UNLOGGED)
		report_problem(check, SEVERITY_NOTE, NOT_COUNTED,
					   psprintf("ALTER TABLE %s SET LOGGED;", relation_label(relation)),
					   psprintf("%s is unlogged: a crash empties it", relation_label(relation)));
}

/* False when the rows cannot be read at all. */
static bool
check_privileges(SourceCheck *check, Oid relation)
{
	Oid owner = check->population->owner;
	Oid schema = get_rel_namespace(relation);
	bool readable = true;

	if (pg_namespace_aclcheck(schema, owner, ACL_USAGE) != ACLCHECK_OK)
	{
		report_problem(check, SEVERITY_ERROR, NOT_COUNTED,
					   psprintf("GRANT USAGE ON SCHEMA %s TO %s;",
								quote_identifier(get_namespace_name(schema)), owner_name(check)),
					   psprintf("role %s may not use schema %s", owner_name(check),
								quote_identifier(get_namespace_name(schema))));
		readable = false;
	}
	if (pg_class_aclcheck(relation, owner, ACL_SELECT) != ACLCHECK_OK &&
		pg_attribute_aclcheck_all(relation, owner, ACL_SELECT, ACLMASK_ANY) != ACLCHECK_OK)
	{
		report_problem(check, SEVERITY_ERROR, NOT_COUNTED,
					   psprintf("GRANT SELECT ON %s TO %s;", relation_label(relation), owner_name(check)),
					   psprintf("role %s may not read %s", owner_name(check), relation_label(relation)));
		readable = false;
	}
	if (get_rel_relkind(relation) != RELKIND_VIEW && get_rel_relkind(relation) != RELKIND_MATVIEW &&
		pg_class_aclcheck(relation, owner, ACL_TRIGGER) != ACLCHECK_OK)
		report_problem(check, SEVERITY_WARNING, NOT_COUNTED,
					   psprintf("GRANT TRIGGER ON %s TO %s;", relation_label(relation), owner_name(check)),
					   psprintf("role %s may not have changes of %s captured", owner_name(check),
								relation_label(relation)));
	return readable;
}

/* What is not said already by the kind of relation and the privileges. */
static void
check_capture(SourceCheck *check, const Source *source)
{
	const Population *population = check->population;
	char *problem = capture_problem(population, source);
	char *unseen = capture_virtual_column(population, source);

	if (unseen != NULL)
		report_problem(check, SEVERITY_NOTE, NOT_COUNTED,
					   "Map a column that is stored to have changes captured.",
					   psprintf("%s: every refresh reads all of the relation (full mode only)", unseen));
	if (problem == NULL || capture_impediment(population, source) != NULL)
		return;
	report_problem(check, SEVERITY_WARNING, NOT_COUNTED,
				   psprintf("SELECT segment.repair_capture(%s);", quote_literal_cstr(population->name)),
				   psprintf("%s: every refresh reads all of the relation", problem));
}

/* Kind, privileges and trust; false when looking at the rows would be in vain, or is not allowed. */
static bool
check_relation(SourceCheck *check, Oid relation)
{
	if (!relation_exists(relation))
	{
		report_problem(
			check, SEVERITY_ERROR, NOT_COUNTED,
			check->subject == check->population->name
				? psprintf("SELECT segment.drop_population(%s);", quote_literal_cstr(check->subject))
				: psprintf("SELECT segment.drop_source(%s, %s);", quote_literal_cstr(check->subject),
						   quote_literal_cstr(check->population->name)),
			"the mapped relation is gone");
		return false;
	}
	check_kind(check, relation);
	return check_privileges(check, relation);
}

static void
check_rows(SourceCheck *check, const Source *source)
{
	if (source == NULL)
		check_population_rows(check);
	else
		check_source_rows(check, source);
}

/*
 * The rows are read by the user's views and expressions, which can fail: that
 * too is a problem to report, not the end of the check.
 */
static void
check_rows_guarded(SourceCheck *check, const Source *source)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner resources = CurrentResourceOwner;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		check_rows(check, source);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = resources;
		if (error->sqlerrcode == ERRCODE_QUERY_CANCELED || error->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN)
			ReThrowError(error);
		report_problem(check, SEVERITY_ERROR, NOT_COUNTED, error->hint,
					   psprintf("reading it fails: %s", error->message));
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = resources;
}

static void
check_source_indexes(SourceCheck *check, const Source *source)
{
	const Source *parent = source_in(check->sources, source->parent_id);

	if (source->customer != NULL)
		check_index(check, source->relation, source->customer, false,
					"recomputing one customer reads the whole relation");
	if (parent == NULL)
		return;
	check_index(check, source->relation, source->parent_key, false,
				"finding a parent's rows reads the whole relation");
	if (relation_exists(parent->relation))
		check_index(check, parent->relation, source->parent_column, true,
					"finding a row's parent reads the whole relation");
}

static void
check_one_population(SourceCheck *check)
{
	const Population *population = check->population;
	ListCell *lc;

	check->sources = sources_of(population);
	check->subject = population->name;
	if (check_relation(check, population->relation))
	{
		check_index(check, population->relation, population->key_column, true,
					"nothing keeps keys from occurring twice");
		check_capture(check, NULL);
		check_rows_guarded(check, NULL);
	}
	foreach (lc, check->sources)
	{
		Source *source = lfirst(lc);

		check->subject = source->name;
		if (!check_relation(check, source->relation))
			continue;
		check_source_indexes(check, source);
		check_capture(check, source);
		check_rows_guarded(check, source);
	}
}

static void
begin_result(FunctionCallInfo fcinfo, SourceCheck *check)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext caller;

	if (result == NULL || !IsA(result, ReturnSetInfo) || !(result->allowedModes & SFRM_Materialize))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("set-valued function called in context that cannot accept a set"),
						errhint("Call it in FROM.")));
	caller = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
	check->row = result_row_type(fcinfo);
	check->row = CreateTupleDescCopy(check->row);
	check->rows = tuplestore_begin_heap(true, false, work_mem);
	result->returnMode = SFRM_Materialize;
	result->setResult = check->rows;
	result->setDesc = check->row;
	MemoryContextSwitchTo(caller);
}

/* One population, or all the caller has a say in. */
Datum
segment_check_sources(PG_FUNCTION_ARGS)
{
	SourceCheck check = {0};
	List *populations;
	ListCell *lc;
	ApiCall call;

	begin_result(fcinfo, &check);
	api_begin(&call);
	if (PG_ARGISNULL(0))
		populations = populations_all();
	else
	{
		Population *population = population_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)), false);

		population_check_access(population, call.caller);
		populations = list_make1(population);
	}
	foreach (lc, populations)
	{
		check.population = lfirst(lc);
		if (OidIsValid(check.population->owner) && has_privs_of_role(call.caller, check.population->owner))
			check_one_population(&check);
	}
	api_end(&call);
	return (Datum) 0;
}
