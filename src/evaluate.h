/*
 * evaluate.h
 *	  The generated SELECT that evaluates features and schemes.
 *
 * A pure function of (ledgers, attributes, definitions, day), over extension
 * tables only.  One row per customer and day; each level of nesting adds the
 * columns that need the level below: ledger and attribute features, then
 * expressions, then schemes, then features that are a scheme's segment.
 */
#ifndef SEGMENT_EVALUATE_H
#define SEGMENT_EVALUATE_H

#include "postgres.h"

#include "catalog.h"
#include "evaluation_plan.h"

/*
 * Columns of the result, all quoted: the key, as_of, since, entry_day, every
 * feature by name; per scheme "<scheme>" (the segment), its raw segment as
 * raw_name() says, and "<scheme>.<score>".  With stored: "old.<feature>", "old.<scheme>",
 * "old.<scheme>.raw", "old.<scheme>.since", "old.<scheme>.version",
 * "old.<scheme>.override", feature_tid, segment_tid, data_changed.  With fold,
 * of a scheme that has overrides: "<scheme>.override" (the segment, or NULL),
 * "<scheme>.overridden" (true or NULL, as stored) and "<scheme>.manual", whether
 * a move was caused by an override that began or ended.
 */
extern char *evaluation_sql(const EvaluationPlan *plan);

/* "FROM the customers, their ledgers": what a correlated evaluation is embedded in. */
extern char *customers_from_sql(const EvaluationPlan *plan);

/* The earlier of the mapped since and the first event of any source. */
extern char *entry_day_sql(const EvaluationPlan *plan);

/* Name of the column with the scheme's raw segment: the segment's own where nothing can tell them apart. */
extern const char *raw_name(const EvaluationPlan *plan, const SchemePlan *scheme);
extern const char *raw_column(const EvaluationPlan *plan, const SchemePlan *scheme);

/* "<a>.<b>" as a quoted identifier. */
extern const char *dotted(const char *a, const char *b);

#endif /* SEGMENT_EVALUATE_H */
