/*
 * scheme_score.c
 *	  The scores of a draft.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "args.h"
#include "catalog.h"
#include "feature.h"
#include "scheme_segment.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_create_score);
PG_FUNCTION_INFO_V1(segment_drop_score);

/* Cut points in ascending order as a numeric[] literal; the number of bins follows from them. */
static char *
cuts_literal(FunctionCallInfo fcinfo, int n, int *bins)
{
	ArrayType *array;
	Datum *elements;
	bool *nulls;
	int count;
	StringInfoData literal;

	if (PG_ARGISNULL(n))
		return NULL;
	array = PG_GETARG_ARRAYTYPE_P(n);
	deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	initStringInfo(&literal);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i] ||
			(i > 0 && !DatumGetBool(DirectFunctionCall2(numeric_le, elements[i - 1], elements[i]))))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("cut points are not in ascending order"),
							errhint("A value's score is 1 + the number of cut points below it.")));
		appendStringInfo(&literal, "%c%s", i ? ',' : '{',
						 DatumGetCString(DirectFunctionCall1(numeric_out, elements[i])));
	}
	if (count == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there are no cut points"),
						errhint("Leave cuts out to have quantiles computed at activation.")));
	appendStringInfoChar(&literal, '}');
	*bins = count + 1;
	return literal.data;
}

static void
require_number(const Feature *feature)
{
	char category;
	bool preferred;

	get_type_category_preferred(feature->type, &category, &preferred);
	if (category != TYPCATEGORY_NUMERIC)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("feature \"%s\" is %s, not a number", feature->name, format_type_be(feature->type)),
				 errhint("A score bins a number; use the feature itself in a rule.")));
}

Datum
segment_create_score(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Scheme *scheme;
	Feature *feature;
	int bins = PG_GETARG_INT32(3);
	char *cuts = cuts_literal(fcinfo, 4, &bins);

	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 1, "name");
	require_arg(fcinfo, 2, "feature");
	if (bins < 2 || bins > 100)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a score has 2 to 100 bins, not %d", bins),
				 errhint("Quintiles, the default, are bins => 5.")));
	api_begin(&call);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	check_name_free(population, "score", arg_text(fcinfo, 1));
	feature = feature_by_name(population, arg_text(fcinfo, 2), false);
	require_number(feature);
	if (sql_query("SELECT 1 FROM segment.score WHERE scheme_id OPERATOR(pg_catalog.=) %d "
				  "AND name OPERATOR(pg_catalog.=) %s",
				  scheme->id, quote_literal_cstr(arg_text(fcinfo, 1))) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("score \"%s\" already exists in scheme \"%s\"", arg_text(fcinfo, 1), scheme->name),
				 errhint("Drop it first with segment.drop_score.")));
	sql_run("INSERT INTO segment.score (scheme_id, name, feature_id, bins, cuts, descending) VALUES (%d, %s, "
			"%d, %d, %s, %s)",
			scheme->id, quote_literal_cstr(arg_text(fcinfo, 1)), feature->id, bins, literal_or_null(cuts),
			PG_GETARG_BOOL(5) ? "true" : "false");
	api_end(&call);
	PG_RETURN_VOID();
}

Datum
segment_drop_score(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Scheme *scheme;
	char *name;

	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 1, "name");
	name = arg_text(fcinfo, 1);
	api_begin(&call);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	if (sql_run("DELETE FROM segment.score WHERE scheme_id OPERATOR(pg_catalog.=) %d AND name "
				"OPERATOR(pg_catalog.=) %s",
				scheme->id, quote_literal_cstr(name)) == 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("scheme \"%s\" has no score \"%s\"", scheme->name, name),
						errhint("SELECT name FROM segment.score lists the scores there are.")));
	scheme_check_rules(population, scheme); /* a rule may read it */
	api_end(&call);
	PG_RETURN_VOID();
}
