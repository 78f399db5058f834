/*
 * explanation.h
 *	  What explain() finds out about a customer, and says.
 */
#ifndef SEGMENT_EXPLANATION_H
#define SEGMENT_EXPLANATION_H

#include "postgres.h"

#include "utils/tuplestore.h"

#include "condition.h"
#include "evaluate_one.h"
#include "override.h"

typedef struct Explanation
{
	Population *population;
	Scheme *scheme;
	OnePlan *one;
	DateADT day;
	OneResult *now;
	Override *override; /* that the assigned segment obeys, or NULL */
	int winner;         /* place of the rule that won; the number of rules when none did */
	Remedy **remedies;  /* per condition: what would meet it, or end it; NULL: not said */
	char **moves_to;    /* per condition: where that would move the customer; NULL: it would not */
	Tuplestorestate *rows;
	TupleDesc desc;
} Explanation;

/* The score an input of a condition is, or NULL. */
extern const Score *score_input(const OnePlan *one, int input);

/* The feature an input is, or the one behind the score it is; *place is its own among the inputs. */
extern const Feature *feature_of_input(const OnePlan *one, int input, int *place);

/* The customer's value of an input, and of all that a condition reads, in words; NULL: NULL, nothing. */
extern char *input_text(const Explanation *explanation, int input);
extern char *describe_inputs(const Explanation *explanation, const Condition *condition);

/* Does the customer meet condition i of a rule?  Were it alone the other way, would the rules say another
 * segment? */
extern bool is_met(const Explanation *explanation, const OneRule *rule, int i);
extern bool is_decisive(const Explanation *explanation, int place, int i);

/* What would meet each condition that decides, or end it. */
extern void find_remedies(Explanation *explanation);

/* Where that would move the customer, by evaluating it once more as if it had those values. */
extern void prove_remedies(Explanation *explanation, Datum key);

/* The rows of explain(). */
extern void put_explanation(FunctionCallInfo fcinfo, Explanation *explanation);

#endif /* SEGMENT_EXPLANATION_H */
