/*
 * expression_fn.c
 *	  segment.check_expression(): what would this text become?
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

#include "expression.h"
#include "srf.h"

static void
refuse_columns(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("columns is not an object of type names"),
			 errhint("Write an object such as {\"revenue\": \"numeric\", \"country\": \"text\"}.")));
}

static ExpressionColumn
read_column(JsonbValue *name, JsonbValue *type)
{
	ExpressionColumn column;

	if (type->type != jbvString)
		refuse_columns();
	column.name = pnstrdup(name->val.string.val, name->val.string.len);
	column.type = DatumGetObjectId(DirectFunctionCall1(
		regtypein, CStringGetDatum(pnstrdup(type->val.string.val, type->val.string.len))));
	column.typmod = -1;
	column.collation = get_typcollation(column.type);
	return column;
}

static void
read_columns(Jsonb *columns, ExpressionScope *scope)
{
	ExpressionColumn *result = palloc0(sizeof(ExpressionColumn) * Max(JB_ROOT_COUNT(columns), 1));
	JsonbIterator *iterator = JsonbIteratorInit(&columns->root);
	JsonbIteratorToken token;
	JsonbValue name;
	JsonbValue type;

	if (!JB_ROOT_IS_OBJECT(columns))
		refuse_columns();
	if (JB_ROOT_COUNT(columns) > MaxTupleAttributeNumber)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_COLUMNS), errmsg("more than %d columns", MaxTupleAttributeNumber),
				 errhint("Name only the columns that the expression uses.")));
	while ((token = JsonbIteratorNext(&iterator, &name, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&iterator, &type, true);
		result[scope->ncolumns++] = read_column(&name, &type);
	}
	scope->columns = result;
}

static Datum
used_names(const CheckedExpression *checked, const ExpressionScope *scope)
{
	Datum *names = palloc(sizeof(Datum) * Max(checked->nused, 1));

	for (int i = 0; i < checked->nused; i++)
		names[i] = CStringGetTextDatum(scope->columns[checked->used[i]].name);
	return PointerGetDatum(construct_array(names, checked->nused, TEXTOID, -1, false, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(segment_check_expression);

Datum
segment_check_expression(PG_FUNCTION_ARGS)
{
	ExpressionScope scope = {"expression", 0, NULL, PG_ARGISNULL(2) || PG_GETARG_BOOL(2)};
	Oid wanted_type = PG_ARGISNULL(3) ? InvalidOid : PG_GETARG_OID(3);
	CheckedExpression *checked;
	TupleDesc descriptor;
	Datum values[3];
	bool nulls[3] = {false, false, false};

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	descriptor = result_row_type(fcinfo);
	read_columns(PG_GETARG_JSONB_P(1), &scope);
	checked = check_expression(text_to_cstring(PG_GETARG_TEXT_PP(0)), &scope, wanted_type);
	values[0] = CStringGetTextDatum(checked->sql);
	values[1] = ObjectIdGetDatum(checked->type);
	values[2] = used_names(checked, &scope);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls)));
}
