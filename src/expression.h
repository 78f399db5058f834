/*
 * expression.h
 *	  Checked expressions: the user's text for measures, filters, features,
 *	  rules and metrics, turned into SQL that is safe to run.
 *
 * Definitions layer.  What goes into a statement is always the deparse of a
 * tree that passed the whitelist, never the text itself.
 */
#ifndef SEGMENT_EXPRESSION_H
#define SEGMENT_EXPRESSION_H

#include "postgres.h"

#include "nodes/pg_list.h"

/* Longest text accepted from a user, in bytes. */
#define EXPRESSION_MAX_BYTES 10240

/* A name the expression may use.  A domain counts as its base type, an enum as text. */
typedef struct ExpressionColumn
{
	const char *name;
	Oid type;
	int32 typmod;
	Oid collation;
} ExpressionColumn;

typedef struct ExpressionScope
{
	const char *what; /* for error contexts: rule of segment "Champions" in scheme "value" */
	int ncolumns;
	const ExpressionColumn *columns;
	bool safe_division; /* a / b and a % b become a / NULLIF(b, 0): unknown, not an error */
} ExpressionScope;

typedef struct CheckedExpression
{
	char *sql; /* columns are bare, quoted where need be; needs search_path pg_catalog, pg_temp */
	Oid type;
	int32 typmod;
	int nused;
	int *used; /* ascending indexes into the scope's columns */
} CheckedExpression;

/*
 * wanted_type InvalidOid takes any type.  Else the result is coerced as an
 * assignment would be, or the error is 42804.  Result in the current context.
 */
extern CheckedExpression *check_expression(const char *text, const ExpressionScope *scope, Oid wanted_type);

typedef struct Conjunct
{
	struct Node *tree; /* analysed; attribute numbers count the scope's columns from 1 */
	char *sql;         /* as in CheckedExpression */
	int nused;
	int *used;
} Conjunct;

/* The parts of a condition that AND holds together at the top, in order: list of Conjunct. */
extern List *check_conjuncts(const char *text, const ExpressionScope *scope);

#endif /* SEGMENT_EXPRESSION_H */
