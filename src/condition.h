/*
 * condition.h
 *	  The conditions of a rule, and what it would take to meet one.
 *
 * A rule is its conjuncts: what AND holds together at its top.  A conjunct
 * that compares one feature or score with a constant has a threshold; the
 * nearest value beyond it follows from the threshold, and for a score from the
 * cut points.  Everything else stays a condition without one.
 */
#ifndef SEGMENT_CONDITION_H
#define SEGMENT_CONDITION_H

#include "postgres.h"

#include "catalog.h"

typedef enum Comparison
{
	COMPARE_NONE, /* no comparison of one input with a constant */
	COMPARE_LESS,
	COMPARE_LESS_EQUAL,
	COMPARE_EQUAL,
	COMPARE_GREATER_EQUAL,
	COMPARE_GREATER,
	COMPARE_NOT_EQUAL
} Comparison;

typedef struct Condition
{
	char *sql;
	char *text; /* the same for readers: without the parentheses around it */
	int ninputs;
	int *inputs;     /* what it reads: indexes into the features, then the scores */
	char *threshold; /* the constant it compares with, as text; NULL when there is none */
	Comparison comparison;
	bool total; /* has an answer for every input: no function in it that may raise an error */
} Condition;

/* The conditions of a checked rule: list of Condition. */
extern List *rule_conditions(const SegmentRule *rule, List *features, List *scores, const char *scheme);

/* A value of one feature that would meet a condition, all else equal. */
typedef struct Remedy
{
	const Feature *feature;
	char *value; /* the nearest there is, as text of the feature's type */
	char *text;  /* r: 4 -> 5: days_since_last must fall from 45 to 30 or less */
} Remedy;

/*
 * What would meet an unmet condition: NULL when it has no threshold, or when
 * no value is nearest.  "value" is the text of the condition's one input;
 * "behind" that of the feature behind it when it is a score.  NULL is unknown.
 */
extern Remedy *condition_remedy(const Condition *condition, const Feature *feature, const Score *score,
								const char *value, const char *behind);

/* The same the other way: what would end a met condition. */
extern Remedy *condition_breach(const Condition *condition, const Feature *feature, const Score *score,
								const char *value, const char *behind);

/* Cut points of a score as a list of numbers: "10, 30.5, 90". */
extern char *cuts_text(const Score *score);

#endif /* SEGMENT_CONDITION_H */
