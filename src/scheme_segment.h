/*
 * scheme_segment.h
 *	  What rules may read, and what segments may be called.
 */
#ifndef SEGMENT_SCHEME_SEGMENT_H
#define SEGMENT_SCHEME_SEGMENT_H

#include "postgres.h"

#include "catalog.h"
#include "expression.h"

/* 22023 unless it can be the name of a segment. */
extern void check_segment_name(const char *name);

/* What a rule may read: the features in list order, then the scheme's scores. */
extern ExpressionScope rule_scope(List *features, List *scores, const char *scheme, const char *segment);

/* Re-check every draft rule against the features and scores of today; raises what create_segment would. */
extern void scheme_check_rules(const Population *population, const Scheme *scheme);

#endif /* SEGMENT_SCHEME_SEGMENT_H */
