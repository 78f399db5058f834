/*
 * fingerprint.c
 *	  What a mapped relation was like when it was read.
 *
 * One SQL statement over the catalogs, so that all of it is of the snapshot
 * the rows are read in.  Values within are compared as a whole: what they
 * spell matters to nobody but a reader of segment.cursor.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"

#include "fingerprint.h"
#include "mapped.h"
#include "source_query.h"
#include "sql.h"

/*
 * A relation with all that is under it.  xmin of pg_inherits tells a child that
 * left and came back, xmin of pg_trigger a trigger that was off for a while.
 */
#define LEAVES_QUERY                                                                                         \
	"WITH RECURSIVE leaf(oid, place) AS (SELECT %u::oid, '' UNION SELECT i.inhrelid, i.xmin::text FROM "     \
	"pg_inherits i JOIN leaf ON i.inhparent OPERATOR(pg_catalog.=) leaf.oid) "                               \
	"SELECT pg_catalog.jsonb_object_agg(leaf.oid::text, pg_catalog.concat_ws(' ', 'place', leaf.place, "     \
	"'file', c.relfilenode, c.relkind, c.relpersistence, 'triggers', (SELECT pg_catalog.string_agg("         \
	"pg_catalog.concat_ws(':', t.oid, t.tgenabled, t.xmin), ' ' ORDER BY t.oid) FROM pg_trigger t "          \
	"WHERE t.tgrelid OPERATOR(pg_catalog.=) leaf.oid AND t.tgfoid OPERATOR(pg_catalog.=) ANY "               \
	"(ARRAY['segment.capture()'::regprocedure::oid, 'segment.capture_truncate()'::regprocedure::oid])), "    \
	"CASE WHEN c.relpersistence OPERATOR(pg_catalog.=) 'u' THEN %s END)) "                                   \
	"FROM leaf JOIN pg_class c ON c.oid OPERATOR(pg_catalog.=) leaf.oid"

static bool
has_unlogged_leaf(Oid relation)
{
	return sql_query("WITH RECURSIVE leaf(oid) AS (SELECT %u::oid UNION SELECT i.inhrelid FROM "
					 "pg_inherits i JOIN leaf ON i.inhparent OPERATOR(pg_catalog.=) leaf.oid) "
					 "SELECT 1 FROM leaf JOIN pg_class c ON c.oid OPERATOR(pg_catalog.=) leaf.oid "
					 "WHERE c.relpersistence OPERATOR(pg_catalog.=) 'u' LIMIT 1",
					 relation) > 0;
}

/* A crash empties unlogged tables without a trace; the witness, unlogged itself, is emptied with them. */
static char *
crash_witness(Oid relation)
{
	if (!has_unlogged_leaf(relation))
		return "''";
	if (sql_query("SELECT token::text FROM segment.crash_witness ORDER BY token LIMIT 1") == 0)
		sql_query("INSERT INTO segment.crash_witness DEFAULT VALUES RETURNING token::text");
	return quote_literal_cstr(cell_text(0, 1));
}

static char *
leaves(Oid relation)
{
	char *witness = crash_witness(relation);

	sql_query(LEAVES_QUERY, relation, witness);
	return cell_text(0, 1);
}

static List *
population_columns(const Population *population)
{
	List *columns =
		list_make1(mapped_column(population->relation, population->key_column, "the population's key"));
	ListCell *lc;

	if (population->since_column != NULL)
		columns = lappend(
			columns, mapped_column(population->relation, population->since_column, "the population's since"));
	foreach (lc, features_of(population))
	{
		Feature *feature = lfirst(lc);
		char *what = psprintf("attribute of feature \"%s\"", feature->name);

		if (feature->kind != FEATURE_ATTRIBUTE)
			continue;
		columns = lappend(columns, mapped_column(population->relation, feature->attribute, what));
		if (feature->dated_by != NULL)
			columns = lappend(columns, mapped_column(population->relation, feature->dated_by, what));
	}
	return list_concat(columns, consent_columns(population));
}

/* The rows of an enum's column hold its labels by number: renamed, they read otherwise without having
 * changed. */
static char *
enum_labels(Oid type)
{
	type = getBaseType(type);
	if (get_typtype(type) != TYPTYPE_ENUM)
		return "";
	sql_query("SELECT pg_catalog.string_agg(pg_catalog.format(' %%s:%%L', oid, enumlabel), '' ORDER BY oid) "
			  "FROM pg_enum WHERE enumtypid OPERATOR(pg_catalog.=) %u",
			  type);
	return literal_or_null(cell_text(0, 1));
}

/* A virtual column reads otherwise when its expression changes, without any row having changed. */
static char *
computed_from(Oid relation, const MappedColumn *column)
{
	if (!column->is_virtual)
		return "";
	sql_query("SELECT pg_catalog.pg_get_expr(adbin, adrelid) FROM pg_attrdef "
			  "WHERE adrelid OPERATOR(pg_catalog.=) %u AND adnum OPERATOR(pg_catalog.=) %d",
			  relation, column->number);
	return psprintf(" computed from %s", cell_text(0, 1));
}

static char *
describe_columns(Oid relation, List *columns)
{
	StringInfoData text;
	ListCell *lc;

	initStringInfo(&text);
	foreach (lc, columns)
	{
		MappedColumn *column = lfirst(lc);

		appendStringInfo(&text, "%s%d %s %u %d %u%s%s", lc == list_head(columns) ? "" : ", ", column->number,
						 quote_identifier(column->name), column->type, column->typmod, column->collation,
						 enum_labels(column->type), computed_from(relation, column));
	}
	return text.data;
}

/* What the ledgers' content depends on beside the rows. */
static char *
describe_definition(const Population *population, const Source *source)
{
	StringInfoData text;
	ListCell *lc;

	initStringInfo(&text);
	appendStringInfo(&text, "timezone %s, key %u", population->timezone, population->key_type);
	if (source == NULL && population->consent_sql != NULL)
		appendStringInfo(&text, ", consent %s", population->consent_sql);
	if (source == NULL)
		return text.data;
	appendStringInfo(&text, ", parent %d %s, filter %s, purchase %s, dimension %s", source->parent_id,
					 literal_or_null(source->parent_column), literal_or_null(source->filter_sql),
					 literal_or_null(source->purchase_sql), literal_or_null(source->dimension_sql));
	foreach (lc, source->measures)
	{
		Measure *measure = lfirst(lc);

		appendStringInfo(&text, ", measure %s scale %d %s", quote_identifier(measure->name), measure->scale,
						 measure->expression_sql);
	}
	return text.data;
}

char *
fingerprint(const Population *population, const Source *source)
{
	Oid relation = source != NULL ? source->relation : population->relation;
	List *columns = source != NULL ? source_columns(population, sources_of(population), source)
								   : population_columns(population);
	char *files = leaves(relation);
	/* Also says whether the owner's role has come to obey policies, which is no property of the relation. */
	bool restricted = check_enable_rls(relation, population->owner, true) == RLS_ENABLED;

	sql_query("SELECT pg_catalog.jsonb_build_object('relation', c.oid::text, 'owner', c.relowner::text, "
			  "'population_owner', '%u', 'row_security', c.relrowsecurity, 'force_row_security', "
			  "c.relforcerowsecurity, 'row_security_applies', %s, 'columns', %s, 'definition', %s, 'leaves', "
			  "%s::jsonb)::text "
			  "FROM pg_class c WHERE c.oid OPERATOR(pg_catalog.=) %u",
			  population->owner, restricted ? "true" : "false",
			  quote_literal_cstr(describe_columns(relation, columns)),
			  quote_literal_cstr(describe_definition(population, source)), quote_literal_cstr(files),
			  relation);
	return cell_text(0, 1);
}

FingerprintChange
fingerprint_compare(const char *last, const char *now)
{
	char *a = quote_literal_cstr(last);
	char *b = quote_literal_cstr(now);

	sql_query("SELECT a OPERATOR(pg_catalog.=) b, (a OPERATOR(pg_catalog.-) 'leaves'::text) "
			  "OPERATOR(pg_catalog.=) (b OPERATOR(pg_catalog.-) 'leaves'::text) "
			  "AND (b OPERATOR(pg_catalog.->) 'leaves'::text) OPERATOR(pg_catalog.@>) "
			  "(a OPERATOR(pg_catalog.->) 'leaves'::text) FROM (SELECT %s::jsonb AS a, %s::jsonb AS b) AS f",
			  a, b);
	if (cell_bool(0, 1))
		return FINGERPRINT_SAME;
	return cell_bool(0, 2) ? FINGERPRINT_NEW_LEAVES : FINGERPRINT_CHANGED;
}

List *
fingerprint_new_leaves(const char *last, const char *now)
{
	uint64 found =
		sql_query("SELECT l::oid FROM pg_catalog.jsonb_object_keys(%s::jsonb OPERATOR(pg_catalog.->) "
				  "'leaves'::text) AS l WHERE NOT ((%s::jsonb OPERATOR(pg_catalog.->) 'leaves'::text) "
				  "OPERATOR(pg_catalog.?) l) ORDER BY 1",
				  quote_literal_cstr(now), quote_literal_cstr(last));
	List *leaves = NIL;
	bool isnull;

	for (uint64 row = 0; row < found; row++)
		leaves = lappend_oid(leaves, DatumGetObjectId(cell_datum(row, 1, &isnull)));
	return leaves;
}
