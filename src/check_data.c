/*
 * check_data.c
 *	  What the rows of mapped relations say to check_sources(): keys, times
 *	  and measures that will not enter the ledgers as their owner expects.
 *
 * Everything is read as the population's owner, restricted, by the very
 * statements a build runs, so that the check and the build cannot disagree.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "check.h"
#include "mapped.h"
#include "restricted.h"
#include "source_query.h"
#include "sql.h"

/* One row of counts; the caller reads it with cell_int64(). */
static void
count_as_owner(const SourceCheck *check, const char *query)
{
	RestrictedOperation operation;

	restricted_begin(&operation, check->population->owner, check->population->timezone);
	sql_query("%s", query);
	restricted_end(&operation);
}

static char *
rows_where(Oid relation, const char *column, const char *condition)
{
	return psprintf("SELECT * FROM %s WHERE %s %s;", relation_label(relation), quote_identifier(column),
					condition);
}

static int64
count_duplicates(const SourceCheck *check, Oid relation, const char *column)
{
	count_as_owner(check,
				   psprintf("SELECT pg_catalog.count(*) FROM (SELECT 1 FROM %s GROUP BY %s "
							"HAVING %s IS NOT NULL AND pg_catalog.count(*) OPERATOR(pg_catalog.>) 1) AS d",
							relation_label(relation), quote_identifier(column), quote_identifier(column)));
	return cell_int64(0, 1, 0);
}

static char *
duplicates_query(Oid relation, const char *column)
{
	return psprintf("SELECT %s, count(*) FROM %s GROUP BY 1 HAVING count(*) > 1;", quote_identifier(column),
					relation_label(relation));
}

static void
report_objectors(SourceCheck *check)
{
	const Population *population = check->population;
	int64 found;

	if (population->consent_sql == NULL)
		return;
	count_as_owner(check,
				   psprintf("SELECT pg_catalog.count(*) FROM (%s) AS q", objectors_query(population, NULL)));
	found = cell_int64(0, 1, 0);
	if (found > 0)
		report_problem(check, SEVERITY_NOTE, found,
					   psprintf("SELECT * FROM %s WHERE (%s) IS NOT TRUE;",
								relation_label(population->relation), population->consent),
					   "rows do not consent, or not that is known: they are not in the population");
}

void
check_population_rows(SourceCheck *check)
{
	const Population *population = check->population;
	int64 found;

	count_as_owner(
		check, psprintf("SELECT pg_catalog.count(*) FROM (%s) AS q (segment_key) WHERE q.segment_key IS NULL",
						population_query(population, NIL, NULL)));
	found = cell_int64(0, 1, 0);
	if (found > 0)
		report_problem(check, SEVERITY_WARNING, found,
					   rows_where(population->relation, population->key_column, "IS NULL"),
					   "rows have no key: they are not customers");
	report_objectors(check);
	found = count_duplicates(check, population->relation, population->key_column);
	if (found > 0)
		report_problem(check, SEVERITY_ERROR, found,
					   duplicates_query(population->relation, population->key_column),
					   "keys occur more than once: a refresh fails");
}

/* Whose and when: of a source with its own customer column. */
static void
check_customers(SourceCheck *check, const Source *source, const char *query)
{
	int64 found;

	count_as_owner(check,
				   psprintf("SELECT pg_catalog.count(*) FROM (%s) AS q WHERE q.segment_key IS NULL", query));
	found = cell_int64(0, 1, 0);
	if (found > 0)
		report_problem(check, SEVERITY_WARNING, found,
					   rows_where(source->relation, source->customer, "IS NULL"),
					   "rows have no customer, or a number that is no key: they count as unassigned");
	count_as_owner(check,
				   psprintf("SELECT pg_catalog.count(*) FROM (%s) AS q WHERE q.segment_key IS NOT NULL "
							"AND NOT EXISTS (SELECT 1 FROM (%s) AS p (segment_key) "
							"WHERE p.segment_key OPERATOR(pg_catalog.=) q.segment_key)",
							query, population_query(check->population, NIL, NULL)));
	found = cell_int64(0, 1, 0);
	if (found > 0)
		report_problem(check, SEVERITY_WARNING, found,
					   psprintf("SELECT * FROM %s e WHERE NOT EXISTS (SELECT FROM %s c WHERE c.%s = e.%s);",
								relation_label(source->relation), relation_label(check->population->relation),
								quote_identifier(check->population->key_column),
								quote_identifier(source->customer)),
					   "rows have a customer that is not in the population: they count as unassigned");
}

static void
check_times(SourceCheck *check, const Source *source, const char *query)
{
	int64 undated;
	int64 infinite;

	count_as_owner(check,
				   psprintf("SELECT pg_catalog.count(*) FILTER (WHERE q.segment_time IS NULL), "
							"pg_catalog.count(*) FILTER (WHERE NOT pg_catalog.isfinite(q.segment_time)) "
							"FROM (%s) AS q",
							query));
	undated = cell_int64(0, 1, 0);
	infinite = cell_int64(0, 2, 0);
	if (undated > 0)
		report_problem(check, SEVERITY_WARNING, undated,
					   rows_where(source->relation, source->occurred_at, "IS NULL"),
					   "rows have no time: they are in no ledger");
	if (infinite > 0)
		report_problem(check, SEVERITY_ERROR, infinite,
					   psprintf("SELECT * FROM %s WHERE NOT isfinite(%s);", relation_label(source->relation),
								quote_identifier(source->occurred_at)),
					   "rows have an infinite time: a build fails");
}

/* Of a source that takes customer and day from its parent. */
static void
check_parents(SourceCheck *check, const Source *source)
{
	const Source *parent = source_in(check->sources, source->parent_id);
	const char *key = quote_identifier(source->parent_key);
	const char *column = quote_identifier(source->parent_column);
	MappedColumn *from = mapped_column(source->relation, source->parent_key, "the source's parent key");
	MappedColumn *to = mapped_column(parent->relation, source->parent_column, "the parent's key");
	int64 found;

	count_as_owner(check, psprintf("SELECT pg_catalog.count(*) FROM %s AS r WHERE r.%s IS NULL OR NOT EXISTS "
								   "(SELECT 1 FROM %s AS p WHERE %s OPERATOR(pg_catalog.=) %s)",
								   relation_label(source->relation), key, relation_label(parent->relation),
								   stored_value("p", to), stored_value("r", from)));
	found = cell_int64(0, 1, 0);
	if (found > 0)
		report_problem(check, SEVERITY_WARNING, found,
					   psprintf("SELECT * FROM %s c WHERE NOT EXISTS (SELECT FROM %s p WHERE p.%s = c.%s);",
								relation_label(source->relation), relation_label(parent->relation), column,
								key),
					   psprintf("rows have no row of \"%s\" as parent: they are in no ledger", parent->name));
	found = count_duplicates(check, parent->relation, source->parent_column);
	if (found > 0)
		report_problem(check, SEVERITY_ERROR, found,
					   duplicates_query(parent->relation, source->parent_column),
					   psprintf("keys of the parent \"%s\" occur more than once: rows count more than once",
								parent->name));
}

/* Conditions on a measure's column: is no finite number; has digits past the scale; is past 64 bits. */
static void
append_measure_counts(StringInfo select, const char *column, Oid type, int scale)
{
	const char *name = type_name(type);

	appendStringInfo(select,
					 "%spg_catalog.count(*) FILTER (WHERE %s OPERATOR(pg_catalog.=) ANY "
					 "('{NaN,Infinity,-Infinity}'::%s[]))",
					 select->len > 0 ? ", " : "", column, name);
	if (type == NUMERICOID)
		appendStringInfo(select,
						 ", pg_catalog.count(*) FILTER (WHERE pg_catalog.scale(pg_catalog.trim_scale(%s)) "
						 "OPERATOR(pg_catalog.>) %d)",
						 column, scale);
	else
		appendStringInfoString(select, ", 0::bigint");
	appendStringInfo(select,
					 ", pg_catalog.count(*) FILTER (WHERE %s OPERATOR(pg_catalog.<>) ALL "
					 "('{NaN,Infinity,-Infinity}'::%s[]) AND pg_catalog.abs(%s) OPERATOR(pg_catalog.>) "
					 "'9223372036854775807e-%d'::%s)",
					 column, name, column, scale, name);
}

static void
report_measure(SourceCheck *check, const Source *source, const Measure *measure, int column)
{
	int64 not_finite = cell_int64(0, column, 0);
	int64 too_fine = cell_int64(0, column + 1, 0);
	int64 too_large = cell_int64(0, column + 2, 0);

	if (not_finite > 0)
		report_problem(check, SEVERITY_ERROR, not_finite,
					   "Leave them out with segment.alter_source(…, filter => '…').",
					   psprintf("measure \"%s\" is NaN or infinite: a build fails", measure->name));
	if (too_fine > 0)
		report_problem(
			check, SEVERITY_ERROR, too_fine,
			psprintf("Declare more digits, or round(%s, %d), with segment.alter_source(%s, measures => '…').",
					 measure->expression, measure->scale, quote_literal_cstr(source->name)),
			psprintf("measure \"%s\" has more than %d decimal digits: a build fails", measure->name,
					 measure->scale));
	if (too_large > 0)
		report_problem(
			check, SEVERITY_ERROR, too_large,
			"Declare fewer decimal digits with segment.alter_source(…, measures => '…').",
			psprintf("measure \"%s\" does not fit into 64 bits with %d decimal digits: a build fails",
					 measure->name, measure->scale));
}

static void
check_measure_values(SourceCheck *check, const Source *source, const char *query)
{
	StringInfoData select;
	List *inexact = NIL; /* integers can be wrong in no way */
	ListCell *lc;

	initStringInfo(&select);
	foreach (lc, source->measures)
	{
		Measure *measure = lfirst(lc);
		CheckedExpression *checked = check_expression(
			measure->expression_sql,
			relation_scope(source->relation, psprintf("measure \"%s\"", measure->name)), InvalidOid);

		if (is_integer_type(checked->type))
			continue;
		append_measure_counts(&select, psprintf("q.segment_measure_%d", foreach_current_index(lc) + 1),
							  checked->type, measure->scale);
		inexact = lappend(inexact, measure);
	}
	if (inexact == NIL)
		return;
	count_as_owner(check, psprintf("SELECT %s FROM (%s) AS q", select.data, query));
	foreach (lc, inexact)
		report_measure(check, source, lfirst(lc), 1 + 3 * foreach_current_index(lc));
}

void
check_source_rows(SourceCheck *check, const Source *source)
{
	char *query = source_query(check->population, check->sources, source, NULL);

	if (source->parent_id != 0)
		check_parents(check, source);
	else
		check_customers(check, source, query);
	if (source->occurred_at != NULL)
		check_times(check, source, query);
	check_measure_values(check, source, query);
}
