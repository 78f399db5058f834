/*
 * expression_check.h
 *	  The whitelists of expression.c: what a text may contain as parsed, and
 *	  what its analysed tree may call.
 */
#ifndef SEGMENT_EXPRESSION_CHECK_H
#define SEGMENT_EXPRESSION_CHECK_H

#include "postgres.h"

#include "nodes/bitmapset.h"
#include "parser/parse_node.h"

/* Is this one of the built-in value types an expression may handle? */
extern bool expression_type_is_allowed(Oid type);

/*
 * First whitelist, before any name but a type's is looked up.  Returns the
 * string literals (A_Const), for check_analysed_expression.
 */
extern List *check_raw_expression(ParseState *pstate, Node *raw);

/* Second whitelist, by OID.  Returns the attribute numbers of the columns used. */
extern Bitmapset *check_analysed_expression(ParseState *pstate, Node *expr, List *literals);

#endif /* SEGMENT_EXPRESSION_CHECK_H */
