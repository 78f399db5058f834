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

#include "lib/stringinfo.h"

#include "catalog.h"
#include "keyset.h"
#include "late_entry.h"

/* A scheme and the definition (draft or version, with cut points) it is evaluated by. */
typedef struct SchemePlan
{
	Scheme *scheme;
	SchemeDefinition *definition;
	bool overrides; /* customers are, or were, put into its segments by hand */
	KeySet *moved;  /* whoever assign() moves is added; NULL: nobody asks */
} SchemePlan;

typedef struct EvaluationPlan
{
	Population *population;
	List *sources;      /* of Source: all of the population's */
	List *features;     /* of Feature: those to evaluate, closed under what they use */
	List *schemes;      /* of SchemePlan, in an order in which each finds what it uses */
	const char *days;   /* SQL of a relation with one column, day: "VALUES ('2026-10-31'::date)" */
	const KeySet *keys; /* those customers alone, as parameter $1; NULL: everyone */
	const char *from;   /* FROM items instead of the stored customers and their ledgers, or NULL */
	const char *only;   /* condition on the_customer, or NULL for everyone */
	bool merges; /* customers have been merged: with stored, also "merged", whether since the last refresh */
	bool stored; /* also carry what is stored: columns "old.*" and tuple ids */
	bool fold;   /* segment = step(stored predecessor, raw); else segment = raw */
	bool verdicts;   /* also "<scheme>.verdicts": boolean[], what each rule said, in priority order */
	bool codes;      /* segments as numbers: place in priority order from 1, the default last */
	bool correlated; /* days of one customer: the_customer and the ledgers are the enclosing query's */
	bool changes;    /* days have more columns: feature, value (as if it had that value) and place, kept as
						"change.…" */
	struct Quarantine *
		quarantine; /* customers set aside, and where failing ones go; NULL: a failing customer is an error */
	LateEntries *late; /* where writing notes other entry days; NULL: nowhere */
	bool past;         /* another scheme's segment comes from its history, not from this evaluation */
} EvaluationPlan;

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

/* Feature ids a definition reads, directly or through scores and expressions, from the given features. */
extern List *definition_features(const SchemeDefinition *definition, const Scheme *scheme, List *features);

/* Everything a refresh evaluates: all features, all active schemes in force, in dependency order. */
extern EvaluationPlan *evaluation_plan(Population *population);

extern List *schemes_of_plan(const EvaluationPlan *plan); /* of Scheme */

/* Plan of one scheme alone: just the features it reads. */
extern EvaluationPlan *
scheme_evaluation_plan(Population *population, Scheme *scheme, SchemeDefinition *definition);

/* "FROM the customers, their ledgers": what a correlated evaluation is embedded in. */
extern char *customers_from_sql(const EvaluationPlan *plan);

/* The earlier of the mapped since and the first event of any source. */
extern char *entry_day_sql(const EvaluationPlan *plan);

/* The CASE that picks the first rule that holds. */
extern char *raw_sql(const SchemeDefinition *definition, bool codes);

/* A score over its feature's column. */
extern char *score_sql(const Score *score, const Feature *feature);

/* Name of the column with the scheme's raw segment: the segment's own where nothing can tell them apart. */
extern const char *raw_name(const EvaluationPlan *plan, const SchemePlan *scheme);
extern const char *raw_column(const EvaluationPlan *plan, const SchemePlan *scheme);

/* "<a>.<b>" as a quoted identifier. */
extern const char *dotted(const char *a, const char *b);

#endif /* SEGMENT_EVALUATE_H */
