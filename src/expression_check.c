/*
 * expression_check.c
 *	  What an expression may contain: one whitelist over the parse tree, so
 *	  that no subquery is ever analysed and no type of the user's ever looked
 *	  into, and one over the analysed tree, by the OIDs it would execute.
 *
 * Whatever is not listed is refused, so a node that a later PostgreSQL invents
 * is refused too.  Allowed functions and operators are built in, in pg_catalog
 * and immutable: the result may depend on nothing but the columns.
 */
#include "postgres.h"

#include <ctype.h>

#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_type.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "expression_check.h"

typedef struct CheckContext
{
	ParseState *pstate;
	List *literals;
	Bitmapset *attributes;
} CheckContext;

#define AS_OF_HINT "The day is given by the refresh: use a feature such as days_since_last, or a window."
#define TIME_ZONE_HINT                                                                                       \
	"It depends on the session's time zone: name the zone, as in (column AT TIME ZONE 'Europe/Paris')."
#define DATE_HINT                                                                                            \
	"A date becomes a moment only in some time zone: write column::timestamp where a function wants a time."
#define FORMAT_HINT                                                                                          \
	"It depends on the session's settings: make_date, extract and comparison do not; or map a view's "       \
	"column."
#define TEXT_HINT "It depends on the session's settings for most types: cast each value to text first."
#define VALUE_HINT "Only functions whose result depends on nothing but their arguments may be used."
#define BUILTIN_HINT "Only functions, operators, types and collations of pg_catalog may be used."

bool
expression_type_is_allowed(Oid type)
{
	switch (type)
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case BYTEAOID:
		case UUIDOID:
		case DATEOID:
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case INTERVALOID:
		case INETOID:
		case CIDROID:
		case JSONOID:
		case JSONBOID:
			return true;
		default:
			return false;
	}
}

/* ---- the parse tree ---- */

static const char *
describe_raw_node(NodeTag tag)
{
	switch (tag)
	{
		case T_SubLink:
			return "a subquery";
		case T_ParamRef:
			return "a parameter";
		case T_RowExpr:
			return "a row constructor";
		case T_A_Indirection:
			return "a subscript or field selection";
		case T_NamedArgExpr:
			return "a named argument";
		case T_XmlExpr:
		case T_XmlSerialize:
			return "an XML expression";
		case T_SetToDefault:
			return "DEFAULT";
		case T_GroupingFunc:
			return "GROUPING";
		case T_CurrentOfExpr:
			return "CURRENT OF";
		default:
			return "this construct";
	}
}

static void
refuse_raw_node(ParseState *pstate, Node *node)
{
	/* exprLocation knows no place for a selection. */
	Node *place = IsA(node, A_Indirection) ? ((A_Indirection *) node)->arg : node;

	if (IsA(node, SQLValueFunction))
		ereport(ERROR, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
						errmsg("the current time, user or schema is not allowed in an expression"),
						errhint(AS_OF_HINT), parser_errposition(pstate, exprLocation(node))));
	ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					errmsg("%s is not allowed in an expression", describe_raw_node(nodeTag(node))),
					errhint("Use columns, constants, operators, CASE and immutable built-in functions."),
					parser_errposition(pstate, exprLocation(place))));
}

/* A schema in the text may only be pg_catalog, whatever is written with it. */
static void
check_qualification(ParseState *pstate, const char *what, List *names, int location)
{
	if (list_length(names) == 1 ||
		(list_length(names) == 2 && strcmp(strVal(linitial(names)), "pg_catalog") == 0))
		return;
	ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					errmsg("%s %s is not built in", what, NameListToString(names)), errhint(BUILTIN_HINT),
					parser_errposition(pstate, location)));
}

static void
check_function_call(ParseState *pstate, FuncCall *call)
{
	check_qualification(pstate, "function", call->funcname, call->location);
	if (call->over)
		ereport(ERROR, (errcode(ERRCODE_WINDOWING_ERROR),
						errmsg("window functions are not allowed in an expression"),
						errhint("An expression sees one row: declare a feature or a view for more."),
						parser_errposition(pstate, call->location)));
	if (call->agg_order || call->agg_filter || call->agg_within_group || call->agg_star || call->agg_distinct)
		ereport(ERROR,
				(errcode(ERRCODE_GROUPING_ERROR), errmsg("aggregates are not allowed in an expression"),
				 errhint("An expression sees one row: declare a feature that aggregates."),
				 parser_errposition(pstate, call->location)));
	if (call->func_variadic)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("VARIADIC is not allowed in an expression"),
				 errhint(VALUE_HINT), parser_errposition(pstate, call->location)));
}

/* Looked up without its typmod: that would call a function of the type's author. */
static void
check_type_name(ParseState *pstate, TypeName *name)
{
	Oid type;
	Oid element;

	if (name->setof || name->pct_type)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("SETOF and %%TYPE are not allowed in an expression"),
						errhint("Name the type itself."), parser_errposition(pstate, name->location)));
	if (name->names != NIL)
		check_qualification(pstate, "type", name->names, name->location);
	type = LookupTypeNameOid(pstate, name, false);
	element = get_element_type(type);
	if (expression_type_is_allowed(OidIsValid(element) ? element : type))
		return;
	ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					errmsg("type %s is not allowed in an expression", format_type_be(type)),
					errhint("Use a built-in number, text, date, time, boolean, uuid or json type."),
					parser_errposition(pstate, name->location)));
}

static bool
check_raw_node(Node *node, void *arg)
{
	CheckContext *context = (CheckContext *) arg;
	ParseState *pstate = context->pstate;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_A_Const:
			if (nodeTag(&((A_Const *) node)->val) == T_String)
				context->literals = lappend(context->literals, node);
			return false;
		case T_TypeCast:
			check_type_name(pstate, ((TypeCast *) node)->typeName);
			return check_raw_node(((TypeCast *) node)->arg, context);
		case T_CollateClause:
			check_qualification(pstate, "collation", ((CollateClause *) node)->collname,
								((CollateClause *) node)->location);
			return check_raw_node(((CollateClause *) node)->arg, context);
		case T_A_Expr:
			check_qualification(pstate, "operator", ((A_Expr *) node)->name, ((A_Expr *) node)->location);
			break;
		case T_FuncCall:
			check_function_call(pstate, (FuncCall *) node);
			break;
		case T_ColumnRef:
		case T_List:
		case T_BoolExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_CaseExpr:
		case T_CoalesceExpr:
		case T_MinMaxExpr:
		case T_A_ArrayExpr:
			break;
		default:
			refuse_raw_node(pstate, node);
	}
	return raw_expression_tree_walker(node, check_raw_node, arg);
}

List *
check_raw_expression(ParseState *pstate, Node *raw)
{
	CheckContext context = {pstate, NIL, NULL};

	check_raw_node(raw, &context);
	return context.literals;
}

/* ---- the analysed tree: functions and operators ---- */

static bool
is_built_in(Oid object, Oid namespace)
{
	return object < FirstNormalObjectId && namespace == PG_CATALOG_NAMESPACE;
}

/*
 * Immutable, but the size of the result or the time taken grows with the value
 * of an argument, without bound: one rule could exhaust memory.
 */
static bool
is_unbounded(Oid function)
{
	static const char *const names[] = {"repeat", "lpad", "rpad", "factorial"};
	char *name = get_func_name(function);

	for (int i = 0; name && i < lengthof(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* The remedy for a function that depends on the session, from what it takes and gives. */
static const char *
stable_hint(Oid function)
{
	Oid *arguments;
	int count;
	Oid result = get_func_signature(function, &arguments, &count);
	bool zoned = result == TIMESTAMPTZOID || result == TIMETZOID;
	bool formatted = false;
	bool any = false;

	for (int i = 0; i < count; i++)
	{
		any |= arguments[i] == ANYOID || arguments[i] == ANYNONARRAYOID;
		zoned |= arguments[i] == TIMESTAMPTZOID || arguments[i] == TIMETZOID;
		formatted |= arguments[i] == DATEOID || arguments[i] == TIMESTAMPOID || arguments[i] == INTERVALOID ||
					 arguments[i] == CSTRINGOID;
	}
	if (count == 0)
		return AS_OF_HINT;
	if (count == 1 && arguments[0] == DATEOID && result == TIMESTAMPTZOID)
		return DATE_HINT;
	if (any)
		return TEXT_HINT;
	if (zoned)
		return TIME_ZONE_HINT;
	return formatted || result == DATEOID || result == TIMESTAMPOID ? FORMAT_HINT : VALUE_HINT;
}

static void
check_function(CheckContext *context, Oid function, Node *node)
{
	ParseState *pstate = context->pstate;
	int location = exprLocation(node);
	char volatility;

	if (!is_built_in(function, get_func_namespace(function)))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("function %s is not built in", format_procedure(function)),
						errhint(BUILTIN_HINT), parser_errposition(pstate, location)));
	/* Declared immutable, yet it counts months in the session's time zone. */
	volatility = function == F_AGE_TIMESTAMPTZ_TIMESTAMPTZ ? PROVOLATILE_STABLE : func_volatile(function);
	if (volatility != PROVOLATILE_IMMUTABLE)
		ereport(ERROR, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
						errmsg("function %s is %s, not immutable", format_procedure(function),
							   volatility == PROVOLATILE_STABLE ? "stable" : "volatile"),
						errhint("%s", volatility == PROVOLATILE_STABLE ? stable_hint(function) : VALUE_HINT),
						parser_errposition(pstate, location)));
	if (get_func_retset(function))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("function %s returns a set", format_procedure(function)),
						errhint("An expression gives one value for one row."),
						parser_errposition(pstate, location)));
	if (is_unbounded(function))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("function %s is not allowed in an expression", format_procedure(function)),
						errhint("Its result can grow without bound: compute it in a view that is mapped."),
						parser_errposition(pstate, location)));
}

static void
check_operator(CheckContext *context, Oid operator, Oid function, Node *node)
{
	if (operator>= FirstNormalObjectId)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("operator %s is not built in", format_operator(operator)),
						errhint(BUILTIN_HINT), parser_errposition(context->pstate, exprLocation(node))));
	check_function(context, function, node);
}

static void
check_collation(CheckContext *context, CollateExpr *collate)
{
	HeapTuple tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collate->collOid));
	bool built_in;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for collation %u", collate->collOid);
	built_in = ((Form_pg_collation) GETSTRUCT(tuple))->collnamespace == PG_CATALOG_NAMESPACE;
	ReleaseSysCache(tuple);
	if (!built_in)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("collation %s is not built in", get_collation_name(collate->collOid)),
				 errhint(BUILTIN_HINT), parser_errposition(context->pstate, exprLocation((Node *) collate))));
}

/* ---- the analysed tree: values ---- */

static void
check_value_type(CheckContext *context, Node *node)
{
	Oid type = exprType(node);

	if (expression_type_is_allowed(type))
		return;
	ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					errmsg("a value of type %s is not allowed here", format_type_be(type)),
					OidIsValid(get_element_type(type))
						? errhint("Arrays may only stand in IN (...), = ANY (...) and the like.")
						: errhint("Cast it to a built-in number, text, date or boolean type."),
					parser_errposition(context->pstate, exprLocation(node))));
}

/* A cast by text: the enum's label as the scope reads it, else immutable on both sides. */
static void
check_text_cast(CheckContext *context, CoerceViaIO *cast)
{
	Oid source = exprType((Node *) cast->arg);
	Oid function;
	Oid parameter;
	bool varlena;

	if (IsA(cast->arg, Var) && type_is_enum(source) && cast->resulttype == TEXTOID)
		return;
	getTypeOutputInfo(source, &function, &varlena);
	check_function(context, function, (Node *) cast);
	getTypeInputInfo(cast->resulttype, &function, &parameter);
	check_function(context, function, (Node *) cast);
}

/* Does a date or time literal name a moment relative to the clock? */
static const char *
find_clock_word(const char *literal)
{
	static const char *const words[] = {"now", "today", "tomorrow", "yesterday"};

	while (*literal)
	{
		int length = 0;

		while (isalpha((unsigned char) literal[length]))
			length++;
		for (int i = 0; length > 0 && i < lengthof(words); i++)
			if (strlen(words[i]) == length && pg_strncasecmp(literal, words[i], length) == 0)
				return words[i];
		literal += Max(length, 1);
	}
	return NULL;
}

static Datum
read_literal(const char *literal, Const *constant, const char *datestyle, const char *timezone)
{
	int nest_level = NewGUCNestLevel();
	Oid function;
	Oid parameter;
	Datum value;

	(void) set_config_option("DateStyle", datestyle, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);
	(void) set_config_option("TimeZone", timezone, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);
	getTypeInputInfo(constant->consttype, &function, &parameter);
	value = OidInputFunctionCall(function, unconstify(char *, literal), parameter, -1);
	AtEOXact_GUC(true, nest_level);
	return value;
}

static const char *
find_literal(List *literals, int location)
{
	ListCell *cell;

	foreach (cell, literals)
	{
		A_Const *literal = (A_Const *) lfirst(cell);

		if (literal->location == location)
			return strVal(&literal->val);
	}
	return NULL;
}

/*
 * Date and time input is stable, so a constant could hide the day of its
 * definition ('today') or its author's settings ('01/02/2024').  Two readings
 * under unlike settings tell.
 */
static void
check_constant(CheckContext *context, Const *constant)
{
	const char *literal = find_literal(context->literals, constant->location);
	const char *word;
	Oid function;
	Oid parameter;

	if (literal == NULL || constant->constisnull)
		return;
	getTypeInputInfo(constant->consttype, &function, &parameter);
	if (func_volatile(function) == PROVOLATILE_IMMUTABLE)
		return;
	word = find_clock_word(literal);
	if (word)
		ereport(ERROR, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
						errmsg("constant \"%s\" would freeze the moment of its definition", literal),
						errhint(AS_OF_HINT), parser_errposition(context->pstate, constant->location)));
	if (!datumIsEqual(read_literal(literal, constant, "ISO, MDY", "UTC"),
					  read_literal(literal, constant, "ISO, DMY", "Asia/Kolkata"), constant->constbyval,
					  constant->constlen))
		ereport(ERROR, (errcode(ERRCODE_INVALID_DATETIME_FORMAT),
						errmsg("constant \"%s\" depends on the session's settings", literal),
						errhint("Write days as YYYY-MM-DD, and a timestamptz with its offset."),
						parser_errposition(context->pstate, constant->location)));
}

/* ---- the analysed tree ---- */

static void
refuse_analysed_node(ParseState *pstate, Node *node)
{
	if (IsA(node, Aggref))
		ereport(ERROR,
				(errcode(ERRCODE_GROUPING_ERROR), errmsg("aggregates are not allowed in an expression"),
				 errhint("An expression sees one row: declare a feature that aggregates."),
				 parser_errposition(pstate, exprLocation(node))));
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("this construct is not allowed in an expression"),
			 errhint("Use columns, constants, operators, CASE and immutable built-in functions."),
			 parser_errposition(pstate, exprLocation(node))));
}

static bool check_node(Node *node, void *arg);

/* Arrays exist only here: as the list a scalar is compared with. */
static void
check_array_operand(CheckContext *context, Node *node)
{
	Oid element = get_element_type(exprType(node));

	if (!expression_type_is_allowed(element))
		check_value_type(context, node);
	if (IsA(node, Const))
		check_constant(context, (Const *) node);
	else if (IsA(node, Var))
		context->attributes = bms_add_member(context->attributes, ((Var *) node)->varattno);
	else if (IsA(node, ArrayExpr) && !((ArrayExpr *) node)->multidims)
		check_node((Node *) ((ArrayExpr *) node)->elements, context);
	else if (IsA(node, RelabelType))
		check_array_operand(context, (Node *) ((RelabelType *) node)->arg);
	else if (IsA(node, ArrayCoerceExpr))
	{
		check_array_operand(context, (Node *) ((ArrayCoerceExpr *) node)->arg);
		check_node((Node *) ((ArrayCoerceExpr *) node)->elemexpr, context);
	}
	else
		refuse_analysed_node(context->pstate, node);
}

static bool
check_array_comparison(CheckContext *context, ScalarArrayOpExpr *comparison)
{
	set_sa_opfuncid(comparison);
	check_operator(context, comparison->opno, comparison->opfuncid, (Node *) comparison);
	check_array_operand(context, (Node *) lsecond(comparison->args));
	return check_node((Node *) linitial(comparison->args), context);
}

static void
check_column(CheckContext *context, Var *var)
{
	context->attributes = bms_add_member(context->attributes, var->varattno);
}

static bool
check_node(Node *node, void *arg)
{
	CheckContext *context = (CheckContext *) arg;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_List:
			return expression_tree_walker(node, check_node, arg);
		case T_Var:
			check_column(context, (Var *) node);
			break;
		case T_Const:
			check_constant(context, (Const *) node);
			break;
		case T_CollateExpr:
			check_collation(context, (CollateExpr *) node);
			break;
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
			set_opfuncid((OpExpr *) node);
			check_operator(context, ((OpExpr *) node)->opno, ((OpExpr *) node)->opfuncid, node);
			break;
		case T_FuncExpr:
			/* Arguments first: the cast inside is the culprit, and has the better hint. */
			expression_tree_walker(node, check_node, arg);
			check_function(context, ((FuncExpr *) node)->funcid, node);
			check_value_type(context, node);
			return false;
		case T_CoerceViaIO:
			check_text_cast(context, (CoerceViaIO *) node);
			if (type_is_enum(exprType((Node *) ((CoerceViaIO *) node)->arg)))
			{
				check_column(context, (Var *) ((CoerceViaIO *) node)->arg);
				return false;
			}
			break;
		case T_ScalarArrayOpExpr:
			return check_array_comparison(context, (ScalarArrayOpExpr *) node);
		case T_RelabelType:
		case T_BoolExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_CaseExpr:
		case T_CaseTestExpr:
		case T_CoalesceExpr:
		case T_MinMaxExpr:
			break;
		case T_ArrayExpr:
		case T_ArrayCoerceExpr:
			break; /* outside of a comparison: check_value_type refuses the type */
		default:
			refuse_analysed_node(context->pstate, node);
	}
	check_value_type(context, node);
	return expression_tree_walker(node, check_node, arg);
}

Bitmapset *
check_analysed_expression(ParseState *pstate, Node *expr, List *literals)
{
	CheckContext context = {pstate, literals, NULL};

	check_node(expr, &context);
	return context.attributes;
}
