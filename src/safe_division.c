/*
 * safe_division.c
 *	  Divisions of expressions give NULL where they would fail: by zero.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_oper.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#include "safe_division.h"

static bool
is_cast(Node *node)
{
	return IsA(node, FuncExpr) && ((FuncExpr *) node)->funcformat != COERCE_EXPLICIT_CALL &&
		   list_length(((FuncExpr *) node)->args) == 1;
}

static bool
is_integer(Node *node)
{
	Oid type = exprType(node);

	return type == INT2OID || type == INT4OID || type == INT8OID;
}

/* A number cast from an integer is zero only if the integer is. */
static Node *
strip_integer_casts(Node *node)
{
	while (is_cast(node) && is_integer((Node *) linitial(((FuncExpr *) node)->args)))
		node = (Node *) linitial(((FuncExpr *) node)->args);
	return node;
}

static bool
is_zero(Const *constant)
{
	switch (constant->consttype)
	{
		case INT2OID:
			return DatumGetInt16(constant->constvalue) == 0;
		case INT4OID:
			return DatumGetInt32(constant->constvalue) == 0;
		case INT8OID:
			return DatumGetInt64(constant->constvalue) == 0;
		case FLOAT4OID:
			return DatumGetFloat4(constant->constvalue) == 0;
		case FLOAT8OID:
			return DatumGetFloat8(constant->constvalue) == 0;
		case NUMERICOID:
			return DatumGetBool(DirectFunctionCall2(numeric_eq, constant->constvalue,
													DirectFunctionCall1(int4_numeric, Int32GetDatum(0))));
		default:
			return false;
	}
}

static bool
is_guard(Node *node)
{
	Node *zero;

	if (!IsA(node, NullIfExpr))
		return false;
	zero = strip_integer_casts((Node *) lsecond(((NullIfExpr *) node)->args));
	return IsA(zero, Const) && !((Const *) zero)->constisnull && is_zero((Const *) zero);
}

/* Needs no guard: a constant but zero, or a guard already there. */
static bool
is_safe_divisor(Node *divisor)
{
	divisor = strip_integer_casts(divisor);
	if (IsA(divisor, Const))
		return !((Const *) divisor)->constisnull && !is_zero((Const *) divisor);
	return is_guard(divisor);
}

static Node *
guard_divisor(ParseState *pstate, Node *divisor)
{
	Const *zero = makeConst(INT4OID, -1, InvalidOid, sizeof(int32), Int32GetDatum(0), false, true);
	Expr *guard =
		make_op(pstate, list_make1(makeString("=")), divisor, (Node *) zero, NULL, exprLocation(divisor));

	/* As the parser makes NULLIF: an equality that yields its first argument. */
	((OpExpr *) guard)->opresulttype = exprType((Node *) linitial(((OpExpr *) guard)->args));
	NodeSetTag(guard, T_NullIfExpr);
	return (Node *) guard;
}

static bool
make_division_safe(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	if (IsA(node, OpExpr) && list_length(((OpExpr *) node)->args) == 2)
	{
		OpExpr *operation = (OpExpr *) node;
		char *name = get_opname(operation->opno);
		ListCell *divisor = list_nth_cell(operation->args, 1);

		if (name && (strcmp(name, "/") == 0 || strcmp(name, "%") == 0) &&
			!is_safe_divisor((Node *) lfirst(divisor)))
			lfirst(divisor) = guard_divisor((ParseState *) arg, (Node *) lfirst(divisor));
	}
	return expression_tree_walker(node, make_division_safe, arg);
}

void
make_divisions_safe(ParseState *pstate, Node *expr)
{
	make_division_safe(expr, pstate);
}
