/*
 * expression.c
 *	  Turns a user's text into SQL that is safe to run: parse, resolve names
 *	  in a scope, pass the whitelists of expression_check.c, deparse.
 *
 * Nothing of the user's runs here.  Only types of the built-in kind ever reach
 * the parser's coercions, so not even an input function of theirs is called.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/plannodes.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/varlena.h"

#include "compat.h"
#include "expression.h"
#include "expression_check.h"
#include "pinned.h"
#include "safe_division.h"

/* Deparsing may reveal a cast that parsing then pushes down, so one pass more than seems needed. */
#define MAX_DEPARSE_PASSES 5

#define MAX_SUGGESTIONS 3
#define MAX_LISTED_COLUMNS 10

typedef struct ErrorContext
{
	const char *text;
	const char *what;
} ErrorContext;

typedef struct Suggestion
{
	const char *name;
	int distance;
} Suggestion;

/* How a text is read and a constant is written must not depend on who calls. */
static int
pin_at_new_level(void)
{
	int nest_level = NewGUCNestLevel();

	pin_settings();
	/* A day that can be read in two ways is refused, not read in one of them (expression_check.c). */
	pin_setting("DateStyle", "ISO, MDY");
	return nest_level;
}

/*
 * The parser's positions count in the expression, not in the statement the
 * client sent: report them as an internal query's, as PL/pgSQL does.
 */
static void
report_expression_context(void *arg)
{
	ErrorContext *context = (ErrorContext *) arg;
	int position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery(context->text);
		errcontext("%s, at character %d", context->what, position);
	}
	else
		errcontext("%s", context->what);
}

static void
refuse_clause(ParseState *pstate, Node *clause)
{
	ereport(
		ERROR,
		(errcode(ERRCODE_SYNTAX_ERROR), errmsg("expected one expression and no other clause"),
		 errhint("Write a single SQL expression over the columns, without alias, FROM, WHERE or ORDER BY."),
		 clause ? parser_errposition(pstate, exprLocation(clause)) : 0));
}

static Node *
parse_single_expression(ParseState *pstate, const char *text)
{
	List *statements = raw_parser(text, RAW_PARSE_PLPGSQL_EXPR);
	SelectStmt *select = linitial_node(SelectStmt, list_make1(linitial_node(RawStmt, statements)->stmt));
	Node *const clauses[] = {
		(Node *) select->fromClause, select->whereClause,           (Node *) select->groupClause,
		select->havingClause,        (Node *) select->windowClause, (Node *) select->valuesLists,
		(Node *) select->sortClause, select->limitOffset,           select->limitCount};
	ResTarget *target;

	if (select->targetList == NIL)
		ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("expression is empty"),
						errhint("Write a single SQL expression over the columns.")));
	for (int i = 0; i < lengthof(clauses); i++)
		if (clauses[i])
			refuse_clause(pstate, clauses[i]);
	if (select->distinctClause || select->intoClause || select->lockingClause || select->withClause ||
		select->op != SETOP_NONE)
		refuse_clause(pstate, NULL);
	if (list_length(select->targetList) != 1)
		refuse_clause(pstate, (Node *) lsecond(select->targetList));
	target = linitial_node(ResTarget, select->targetList);
	if (target->name || target->indirection)
		refuse_clause(pstate, (Node *) target);
	return target->val;
}

static int
compare_suggestions(const void *a, const void *b)
{
	return ((const Suggestion *) a)->distance - ((const Suggestion *) b)->distance;
}

/* Names within a third of the letters typed, nearest first. */
static Suggestion *
near_names(const char *name, const ExpressionScope *scope, int *count)
{
	Suggestion *near = palloc(sizeof(Suggestion) * Max(scope->ncolumns, 1));
	int limit = 1 + strlen(name) / 3;

	*count = 0;
	for (int i = 0; i < scope->ncolumns; i++)
	{
		const char *candidate = scope->columns[i].name;
		int distance = varstr_levenshtein_less_equal(name, strlen(name), candidate, strlen(candidate), 1, 1,
													 1, limit, true);

		if (distance <= limit)
			near[(*count)++] = (Suggestion){candidate, distance};
	}
	qsort(near, *count, sizeof(Suggestion), compare_suggestions);
	*count = Min(*count, MAX_SUGGESTIONS);
	return near;
}

static char *
column_hint(const char *name, const ExpressionScope *scope)
{
	StringInfoData hint;
	int count;
	Suggestion *near = near_names(name, scope, &count);

	initStringInfo(&hint);
	if (scope->ncolumns == 0)
		appendStringInfoString(&hint, "No names are available here.");
	else if (count > 0)
	{
		appendStringInfoString(&hint, "Did you mean ");
		for (int i = 0; i < count; i++)
			appendStringInfo(&hint, "%s%s", i == 0 ? "" : " or ", quote_identifier(near[i].name));
		appendStringInfoChar(&hint, '?');
	}
	else
	{
		int listed = Min(scope->ncolumns, MAX_LISTED_COLUMNS);

		appendStringInfoString(&hint, "Available names: ");
		for (int i = 0; i < listed; i++)
			appendStringInfo(&hint, "%s%s", i == 0 ? "" : ", ", quote_identifier(scope->columns[i].name));
		appendStringInfoString(&hint, listed < scope->ncolumns ? ", ..." : ".");
	}
	return hint.data;
}

/* An enum is read as text: its operators are not built in, and results store its label. */
static Node *
enum_as_text(Var *var)
{
	CoerceViaIO *cast = makeNode(CoerceViaIO);

	cast->arg = (Expr *) var;
	cast->resulttype = TEXTOID;
	cast->resultcollid = DEFAULT_COLLATION_OID;
	cast->coerceformat = COERCE_EXPLICIT_CAST;
	cast->location = var->location;
	return (Node *) cast;
}

static Node *
make_column(ParseState *pstate, const ExpressionColumn *column, int index, int location)
{
	int32 typmod = column->typmod;
	Oid type = getBaseTypeAndTypmod(column->type, &typmod);
	Var *var = makeVar(1, index + 1, type, typmod, column->collation, 0);

	var->location = location;
	if (type_is_enum(type))
		return enum_as_text(var);
	if (!expression_type_is_allowed(type) && !expression_type_is_allowed(get_element_type(type)))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column \"%s\" has type %s, which an expression cannot use", column->name,
						format_type_be(column->type)),
				 errhint("Map a view that casts it to a built-in number, text, date, time or boolean type."),
				 parser_errposition(pstate, location)));
	return (Node *) var;
}

static Node *
resolve_column(ParseState *pstate, ColumnRef *cref)
{
	const ExpressionScope *scope = (const ExpressionScope *) pstate->p_ref_hook_state;
	const char *name;

	if (list_length(cref->fields) != 1 || !IsA(linitial(cref->fields), String))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
						errmsg("column reference \"%s\" is not a bare name", NameListToString(cref->fields)),
						errhint("Write the column's name alone, without table or schema, and no \"*\"."),
						parser_errposition(pstate, cref->location)));
	name = strVal(linitial(cref->fields));
	for (int i = 0; i < scope->ncolumns; i++)
		if (strcmp(scope->columns[i].name, name) == 0)
			return make_column(pstate, &scope->columns[i], i, cref->location);
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN), errmsg("column \"%s\" does not exist", name),
					errhint("%s", column_hint(name, scope)), parser_errposition(pstate, cref->location)));
	return NULL;
}

static Node *
coerce_to_wanted(ParseState *pstate, Node *expr, Oid wanted_type)
{
	Oid type = exprType(expr);
	Oid target = OidIsValid(wanted_type) ? wanted_type : (type == UNKNOWNOID ? TEXTOID : type);
	Node *coerced;

	if (type == target)
		return expr;
	coerced = coerce_to_target_type(pstate, expr, type, target, -1, COERCION_ASSIGNMENT, COERCE_EXPLICIT_CAST,
									exprLocation(expr));
	if (coerced)
		return coerced;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("expression is of type %s, but %s is due", format_type_be(type), format_type_be(target)),
			 target == BOOLOID ? errhint("Write a condition, such as a comparison with a number or a text.")
							   : errhint("Write an expression of that type, or cast it."),
			 parser_errposition(pstate, exprLocation(expr))));
	return NULL;
}

/* ruleutils prints a Var by its range table entry: give it one that carries our names. */
static char *
deparse_over_scope(Node *expr, const ExpressionScope *scope)
{
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	PlannedStmt *plan = makeNode(PlannedStmt);
	List *names = NIL;

	for (int i = 0; i < scope->ncolumns; i++)
		names = lappend(names, makeString(pstrdup(scope->columns[i].name)));
	rte->rtekind = RTE_VALUES;
	rte->eref = makeAlias("scope", names);
	plan->rtable = list_make1(rte);
	return deparse_expression(expr, deparse_context_for_plan_tree(plan, list_make1("scope")), false, false);
}

/* Attribute numbers as ascending indexes into the scope's columns. */
static int *
used_columns(Bitmapset *attributes, int *count)
{
	int *used = palloc(sizeof(int) * Max(bms_num_members(attributes), 1));
	int attribute = -1;

	*count = 0;
	while ((attribute = bms_next_member(attributes, attribute)) >= 0)
		used[(*count)++] = attribute - 1;
	return used;
}

static CheckedExpression *
make_result(Node *expr, Bitmapset *attributes, const ExpressionScope *scope)
{
	CheckedExpression *result = palloc0(sizeof(CheckedExpression));

	result->sql = deparse_over_scope(expr, scope);
	result->type = exprType(expr);
	result->typmod = exprTypmod(expr);
	result->used = used_columns(attributes, &result->nused);
	return result;
}

/* The analysed tree of a text that passes both whitelists, and the columns it uses. */
static Node *
analyse(const char *text, const ExpressionScope *scope, Oid wanted_type, Bitmapset **attributes)
{
	ErrorContext error_context = {text, scope->what};
	ErrorContextCallback callback = {error_context_stack, report_expression_context, &error_context};
	ParseState *pstate = make_parsestate(NULL);
	List *literals;
	Node *expr;

	pstate->p_sourcetext = text;
	pstate->p_pre_columnref_hook = resolve_column;
	pstate->p_ref_hook_state = unconstify(ExpressionScope *, scope);
	error_context_stack = &callback;

	expr = parse_single_expression(pstate, text);
	literals = check_raw_expression(pstate, expr);
	expr = transformExpr(pstate, expr, EXPR_KIND_OTHER);
	expr = coerce_to_wanted(pstate, expr, wanted_type);
	if (scope->safe_division)
		make_divisions_safe(pstate, expr);
	assign_expr_collations(pstate, expr);
	*attributes = check_analysed_expression(pstate, expr, literals);

	error_context_stack = callback.previous;
	free_parsestate(pstate);
	return expr;
}

static CheckedExpression *
check_once(const char *text, const ExpressionScope *scope, Oid wanted_type)
{
	Bitmapset *attributes;
	Node *expr = analyse(text, scope, wanted_type, &attributes);

	return make_result(expr, attributes, scope);
}

static void
check_length(const char *text, const ExpressionScope *scope)
{
	if (strlen(text) > EXPRESSION_MAX_BYTES)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("expression is longer than %d bytes", EXPRESSION_MAX_BYTES),
						errhint("Compute parts of it as features, or in a view that is mapped instead."),
						errcontext("%s", scope->what)));
}

/*
 * The deparse is checked again until it stands still, so that what is stored
 * is proved to read back as itself.
 */
CheckedExpression *
check_expression(const char *text, const ExpressionScope *scope, Oid wanted_type)
{
	int nest_level = pin_at_new_level();
	CheckedExpression *result;

	check_length(text, scope);
	result = check_once(text, scope, wanted_type);
	for (int pass = 0; pass < MAX_DEPARSE_PASSES; pass++)
	{
		CheckedExpression *again = check_once(result->sql, scope, wanted_type);
		bool stable = strcmp(again->sql, result->sql) == 0;

		result = again;
		if (stable)
		{
			AtEOXact_GUC(true, nest_level);
			return result;
		}
	}
	ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("expression has no stable form"),
					errdetail("It reads as %s.", result->sql),
					errhint("Write the casts it needs explicitly."), errcontext("%s", scope->what)));
	return NULL;
}

static List *
add_conjuncts(List *conjuncts, Node *expr, const ExpressionScope *scope)
{
	Conjunct *conjunct;
	Bitmapset *attributes = NULL;
	ListCell *lc;

	if (is_andclause(expr))
	{
		foreach (lc, ((BoolExpr *) expr)->args)
			conjuncts = add_conjuncts(conjuncts, lfirst(lc), scope);
		return conjuncts;
	}
	foreach (lc, pull_var_clause(expr, 0))
		attributes = bms_add_member(attributes, ((Var *) lfirst(lc))->varattno);
	conjunct = palloc0(sizeof(Conjunct));
	conjunct->tree = expr;
	conjunct->sql = deparse_over_scope(expr, scope);
	conjunct->used = used_columns(attributes, &conjunct->nused);
	return lappend(conjuncts, conjunct);
}

List *
check_conjuncts(const char *text, const ExpressionScope *scope)
{
	int nest_level = pin_at_new_level();
	Bitmapset *attributes;
	List *conjuncts;

	check_length(text, scope);
	conjuncts = add_conjuncts(NIL, analyse(text, scope, BOOLOID, &attributes), scope);
	AtEOXact_GUC(true, nest_level);
	return conjuncts;
}
