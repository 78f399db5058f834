/*
 * rule_sql.h
 *	  The rules and scores of a definition as SQL, over columns of their features.
 */
#ifndef SEGMENT_RULE_SQL_H
#define SEGMENT_RULE_SQL_H

#include "postgres.h"

#include "catalog.h"

/* The CASE that picks the first rule that holds: the segment's name, or its code (place in order, from 1). */
extern char *raw_sql(const SchemeDefinition *definition, bool codes);

/* boolean[]: what each rule says, in order. */
extern char *verdicts_sql(const SchemeDefinition *definition);

/* The bin of a feature, from 1. */
extern char *score_sql(const Score *score, const Feature *feature);

#endif /* SEGMENT_RULE_SQL_H */
