/*
 * rule_sql.c
 *	  The rules and scores of a definition as SQL, over columns of their features.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "rule_sql.h"

static char *
segment_value(const char *name, int place, bool codes)
{
	return codes ? psprintf("%d", place) : psprintf("%s::text", quote_literal_cstr(name));
}

char *
raw_sql(const SchemeDefinition *definition, bool codes)
{
	StringInfoData sql;
	int place = 1;
	ListCell *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "CASE");
	foreach (lc, definition->segments)
	{
		SegmentRule *rule = lfirst(lc);

		appendStringInfo(&sql, "\n            WHEN %s THEN %s", rule->rule_sql,
						 segment_value(rule->name, place++, codes));
	}
	appendStringInfo(&sql, "\n            ELSE %s END",
					 segment_value(definition->default_segment, place, codes));
	return sql.data;
}

char *
verdicts_sql(const SchemeDefinition *definition)
{
	StringInfoData sql;
	ListCell *lc;

	initStringInfo(&sql);
	foreach (lc, definition->segments)
		appendStringInfo(&sql, "%s%s", foreach_current_index(lc) ? ", " : "ARRAY[",
						 ((SegmentRule *) lfirst(lc))->rule_sql);
	appendStringInfoChar(&sql, ']');
	return sql.data;
}

char *
score_sql(const Score *score, const Feature *feature)
{
	const char *name = quote_identifier(feature->name);
	const char *descending = score->descending ? "true" : "false";

	if (feature->type == NUMERICOID)
		return psprintf("segment.score(%s, %s::numeric[], %s)", name, quote_literal_cstr(score->cuts),
						descending);
	return psprintf("segment.score(%s::double precision, %s::double precision[], %s)", name,
					quote_literal_cstr(score->cuts), descending);
}
