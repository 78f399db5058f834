/*
 * condition.c
 *	  The conditions of a rule: take a rule apart, recognise thresholds.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "condition.h"
#include "expression.h"
#include "scheme_segment.h"

/* Casts among these, in this order, keep every value and its place among the others. */
static const Oid widening_types[] = {INT2OID, INT4OID, INT8OID, NUMERICOID, FLOAT4OID, FLOAT8OID};

static int
width_of(Oid type)
{
	for (int i = 0; i < lengthof(widening_types); i++)
		if (widening_types[i] == type)
			return i;
	return -1;
}

static bool
is_widening_cast(Node *node)
{
	FuncExpr *cast = (FuncExpr *) node;
	int from;

	if (!IsA(node, FuncExpr) || cast->funcformat == COERCE_EXPLICIT_CALL || list_length(cast->args) != 1)
		return false;
	from = width_of(exprType(linitial(cast->args)));
	return from >= 0 && width_of(exprType(node)) >= from;
}

/* The column behind casts that lose nothing: a comparison with the cast value is one with the column. */
static bool
is_column(Node *node)
{
	for (;;)
	{
		if (IsA(node, RelabelType))
			node = (Node *) ((RelabelType *) node)->arg;
		else if (is_widening_cast(node))
			node = linitial(((FuncExpr *) node)->args);
		else
			return IsA(node, Var);
	}
}

/* Comparisons always answer; so, but for overflow, do the four rules of arithmetic, division being safe here.
 */
static bool
is_total_operator(OpExpr *operator)
{
	const char *name;

	if (operator->opresulttype == BOOLOID)
		return true;
	name = get_opname(operator->opno);
	return name && strlen(name) == 1 && strchr("+-*/%", name[0]) != NULL;
}

static bool
may_raise(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr) && !is_widening_cast(node))
		return true;
	if (IsA(node, OpExpr) && !is_total_operator((OpExpr *) node))
		return true;
	return expression_tree_walker(node, may_raise, context);
}

/* A constant's text under the settings in force; NULL for NULL and for what is no constant. */
static char *
constant_text(Node *node)
{
	Const *constant;
	Oid output;
	bool varlena;

	if (pull_var_clause(node, 0) != NIL)
		return NULL;
	constant = (Const *) eval_const_expressions(NULL, node);
	if (!IsA(constant, Const) || constant->constisnull)
		return NULL;
	getTypeOutputInfo(constant->consttype, &output, &varlena);
	return OidOutputFunctionCall(output, constant->constvalue);
}

/* The operator's place in the order of its left type; <> is the one whose negator is =. */
static Comparison
comparison_of(Oid operator, bool commuted)
{
	static const Comparison by_strategy[] = {[0] = COMPARE_NONE,
											 [BTLessStrategyNumber] = COMPARE_LESS,
											 [BTLessEqualStrategyNumber] = COMPARE_LESS_EQUAL,
											 [BTEqualStrategyNumber] = COMPARE_EQUAL,
											 [BTGreaterEqualStrategyNumber] = COMPARE_GREATER_EQUAL,
											 [BTGreaterStrategyNumber] = COMPARE_GREATER};
	Oid left;
	Oid right;
	Oid family;
	int strategy;

	op_input_types(operator, & left, &right);
	family = lookup_type_cache(left, TYPECACHE_BTREE_OPFAMILY)->btree_opf;
	if (!OidIsValid(family))
		return COMPARE_NONE;
	strategy = get_op_opfamily_strategy(operator, family);
	if (strategy == 0 && OidIsValid(get_negator(operator)) &&
		get_op_opfamily_strategy(get_negator(operator), family) == BTEqualStrategyNumber)
		return COMPARE_NOT_EQUAL;
	if (commuted && strategy > 0)
		strategy = BTMaxStrategyNumber + 1 - strategy;
	return by_strategy[strategy];
}

/* column < constant, either way round; where the column's side is more than a column, the threshold alone. */
static void
recognise_operator(Condition *condition, OpExpr *operator)
{
	Node *left;
	Node *right;
	bool commuted;

	if (list_length(operator->args) != 2)
		return;
	left = linitial(operator->args);
	right = lsecond(operator->args);
	condition->threshold = constant_text(right);
	commuted = condition->threshold == NULL;
	if (commuted)
		condition->threshold = constant_text(left);
	if (condition->threshold && is_column(commuted ? right : left))
		condition->comparison = comparison_of(operator->opno, commuted);
}

static void
recognise_flag(Condition *condition, const char *threshold)
{
	condition->threshold = pstrdup(threshold);
	condition->comparison = COMPARE_EQUAL;
}

static void
recognise(Condition *condition, Node *tree)
{
	if (IsA(tree, Var))
		recognise_flag(condition, "true");
	else if (is_notclause(tree) && IsA(get_notclausearg((Expr *) tree), Var))
		recognise_flag(condition, "false");
	else if (IsA(tree, OpExpr))
		recognise_operator(condition, (OpExpr *) tree);
	else if (IsA(tree, ScalarArrayOpExpr))
		condition->threshold = constant_text(lsecond(((ScalarArrayOpExpr *) tree)->args));
}

/* Deparsing puts these in parentheses as a whole. */
static char *
readable_text(const char *sql, Node *tree)
{
	size_t length = strlen(sql);
	bool whole = IsA(tree, OpExpr) || IsA(tree, BoolExpr) || IsA(tree, NullTest) ||
				 IsA(tree, ScalarArrayOpExpr) || IsA(tree, DistinctExpr) || IsA(tree, BooleanTest);

	if (whole && length > 2 && sql[0] == '(' && sql[length - 1] == ')')
		return pnstrdup(sql + 1, length - 2);
	return pstrdup(sql);
}

List *
rule_conditions(const SegmentRule *rule, List *features, List *scores, const char *scheme)
{
	ExpressionScope scope = rule_scope(features, scores, scheme, rule->name);
	List *conditions = NIL;
	ListCell *lc;

	foreach (lc, check_conjuncts(rule->rule_sql, &scope))
	{
		Conjunct *conjunct = lfirst(lc);
		Condition *condition = palloc0(sizeof(Condition));

		condition->sql = conjunct->sql;
		condition->text = readable_text(conjunct->sql, conjunct->tree);
		condition->ninputs = conjunct->nused;
		condition->inputs = conjunct->used;
		condition->total = !may_raise(conjunct->tree, NULL);
		recognise(condition, conjunct->tree);
		if (condition->ninputs != 1)
			condition->comparison = COMPARE_NONE;
		conditions = lappend(conditions, condition);
	}
	return conditions;
}
