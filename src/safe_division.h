/*
 * safe_division.h
 *	  Divisions of expressions give NULL where they would fail: by zero.
 */
#ifndef SEGMENT_SAFE_DIVISION_H
#define SEGMENT_SAFE_DIVISION_H

#include "postgres.h"

#include "parser/parse_node.h"

/* Turn a / b and a % b into a / NULLIF(b, 0), in place. */
extern void make_divisions_safe(ParseState *pstate, Node *expr);

#endif /* SEGMENT_SAFE_DIVISION_H */
