/*
 * source_measure.c
 *	  A source's measures as declared in JSON:
 *	  {"revenue": "total", "cogs": {"expression": "unit_cost * quantity", "scale": 4}}.
 *
 * Measures are exact: how many decimal digits each keeps is settled here,
 * once, and a value with more is an error of the build.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "catalog.h"
#include "mapped.h"
#include "source_measure.h"
#include "source_query.h"
#include "sql.h"

#define DEFAULT_SCALE 4
#define SCALE_NOT_DECLARED (-1)

static void
bad_measures(const Source *source, const char *detail)
{
	ereport(
		ERROR,
		(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		 errmsg("the measures of source \"%s\" cannot be understood", source->name),
		 errdetail_internal("%s", detail),
		 errhint("Write {\"revenue\": \"total\"} or {\"cogs\": {\"expression\": \"unit_cost * quantity\", "
				 "\"scale\": 4}}.")));
}

/* The scale the type itself has, or SCALE_NOT_DECLARED: a numeric without modifier, a float. */
static int
scale_of_type(Oid type, int32 typmod)
{
	int scale;

	if (is_integer_type(type))
		return 0;
	if (type != NUMERICOID || typmod < (int32) VARHDRSZ)
		return SCALE_NOT_DECLARED;
	/* As make_numeric_typmod() packs it: 11 bits, signed since PostgreSQL 15. */
	scale = (typmod - VARHDRSZ) & 0x7ff;
	return (scale ^ 1024) - 1024 > 0 ? (scale ^ 1024) - 1024 : 0;
}

static int
measure_scale(const Source *source, const char *name, const CheckedExpression *checked, int declared)
{
	int scale = scale_of_type(checked->type, checked->typmod);
	bool is_float = checked->type == FLOAT4OID || checked->type == FLOAT8OID;

	if (declared == SCALE_NOT_DECLARED && is_float)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("measure \"%s\" of source \"%s\" is a floating-point number without a declared scale",
					name, source->name),
			 errhint("Say how many decimal digits to keep: {\"%s\": {\"expression\": \"…\", \"scale\": 2}}.",
					 name)));
	if (scale != SCALE_NOT_DECLARED && declared != SCALE_NOT_DECLARED && declared != scale)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("measure \"%s\" of source \"%s\" is declared with scale %d, but its type %s has scale %d",
					name, source->name, declared, format_type_with_typemod(checked->type, checked->typmod),
					scale),
			 errhint("Leave the scale out, or cast in the expression.")));
	if (scale == SCALE_NOT_DECLARED)
		scale = declared != SCALE_NOT_DECLARED ? declared : DEFAULT_SCALE;
	if (scale > LEDGER_MAX_SCALE)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("measure \"%s\" of source \"%s\" has scale %d", name, source->name, scale),
			 errhint("A measure keeps at most %d decimal digits: use round() in the expression and declare "
					 "a scale.",
					 LEDGER_MAX_SCALE)));
	return scale;
}

static Measure *
check_measure(const Source *source, const char *name, const char *expression, int declared)
{
	ExpressionScope *scope =
		relation_scope(source->relation, psprintf("measure \"%s\" of source \"%s\"", name, source->name));
	CheckedExpression *checked;
	Measure *measure = palloc0(sizeof(Measure));

	check_label("measure", name);
	checked = check_expression(expression, scope, InvalidOid);
	if (!is_integer_type(checked->type) && checked->type != NUMERICOID && checked->type != FLOAT4OID &&
		checked->type != FLOAT8OID)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("measure \"%s\" of source \"%s\" is of type %s, not a number", name,
							   source->name, format_type_be(checked->type)),
						errhint("Name a numeric column, or write an expression that gives a number.")));
	measure->name = pstrdup(name);
	measure->expression = pstrdup(expression);
	measure->expression_sql = checked->sql;
	measure->scale = measure_scale(source, name, checked, declared);
	return measure;
}

/* One member of the object: a text, or an object of expression and scale. */
typedef struct MeasureMember
{
	char *name;
	char *expression;
	char *scale;
	char *unknown;
} MeasureMember;

static List *
read_members(const Source *source, const char *json)
{
	List *members = NIL;
	uint64 found;

	if (sql_query("SELECT 1 WHERE jsonb_typeof(%s::jsonb) OPERATOR(pg_catalog.=) 'object'",
				  quote_literal_cstr(json)) == 0)
		bad_measures(source, "They are not a JSON object.");
	found = sql_query(
		"SELECT m.key, CASE jsonb_typeof(m.value) WHEN 'string' THEN m.value #>> '{}' "
		"WHEN 'object' THEN m.value ->> 'expression' END, "
		"CASE WHEN jsonb_typeof(m.value) = 'object' THEN m.value ->> 'scale' END, "
		"CASE WHEN jsonb_typeof(m.value) = 'object' THEN (SELECT min(k) FROM jsonb_object_keys(m.value) k "
		"WHERE k <> ALL (ARRAY['expression', 'scale'])) END FROM jsonb_each(%s::jsonb) m",
		quote_literal_cstr(json));
	for (uint64 row = 0; row < found; row++)
	{
		MeasureMember *member = palloc0(sizeof(MeasureMember));

		member->name = cell_text(row, 1);
		member->expression = cell_text(row, 2);
		member->scale = cell_text(row, 3);
		member->unknown = cell_text(row, 4);
		members = lappend(members, member);
	}
	return members;
}

static int
declared_scale(const Source *source, const MeasureMember *member)
{
	char *end;
	long scale;

	if (member->scale == NULL)
		return SCALE_NOT_DECLARED;
	scale = strtol(member->scale, &end, 10);
	if (*end != '\0' || end == member->scale || scale < 0 || scale > LEDGER_MAX_SCALE)
		bad_measures(source, psprintf("The scale of \"%s\" is not an integer from 0 to %d.", member->name,
									  LEDGER_MAX_SCALE));
	return (int) scale;
}

List *
check_measures(const Source *source, const char *json)
{
	List *members = read_members(source, json);
	List *measures = NIL;
	ListCell *lc;

	if (list_length(members) > LEDGER_MAX_MEASURES)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("source \"%s\" has %d measures", source->name, list_length(members)),
						errhint("A source has at most %d: map the relation a second time for more.",
								LEDGER_MAX_MEASURES)));
	foreach (lc, members)
	{
		MeasureMember *member = lfirst(lc);

		if (member->expression == NULL)
			bad_measures(source, psprintf("Measure \"%s\" has no expression.", member->name));
		if (member->unknown != NULL)
			bad_measures(source, psprintf("Measure \"%s\" has an unknown member \"%s\".", member->name,
										  member->unknown));
		measures = lappend(measures, check_measure(source, member->name, member->expression,
												   declared_scale(source, member)));
	}
	return measures;
}

void
insert_measures(const Source *source)
{
	ListCell *lc;

	sql_run("DELETE FROM segment.measure WHERE source_id OPERATOR(pg_catalog.=) %d", source->id);
	foreach (lc, source->measures)
	{
		Measure *measure = lfirst(lc);

		sql_run("INSERT INTO segment.measure (source_id, position, name, expression, expression_sql, scale) "
				"VALUES (%d, %d, %s, %s, %s, %d)",
				source->id, foreach_current_index(lc) + 1, quote_literal_cstr(measure->name),
				quote_literal_cstr(measure->expression), quote_literal_cstr(measure->expression_sql),
				measure->scale);
	}
}
