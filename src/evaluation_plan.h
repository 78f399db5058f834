/*
 * evaluation_plan.h
 *	  What is to be evaluated, of whom, and how.
 */
#ifndef SEGMENT_EVALUATION_PLAN_H
#define SEGMENT_EVALUATION_PLAN_H

#include "postgres.h"

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

/* Feature ids a definition reads, directly or through scores and expressions, from the given features. */
extern List *definition_features(const SchemeDefinition *definition, const Scheme *scheme, List *features);

/* Everything a refresh evaluates: all features, all active schemes in force, in dependency order. */
extern EvaluationPlan *evaluation_plan(Population *population);

extern List *schemes_of_plan(const EvaluationPlan *plan); /* of Scheme */

/* Plan of one scheme alone: just the features it reads. */
extern EvaluationPlan *
scheme_evaluation_plan(Population *population, Scheme *scheme, SchemeDefinition *definition);

#endif /* SEGMENT_EVALUATION_PLAN_H */
