/*
 * evaluate_one.h
 *	  Evaluate one customer by one version of a scheme, in well under a millisecond.
 *
 * The same generated SELECT as for everyone (evaluate.h), for one customer as
 * stored or as the mapped relations have it now, then the step; as a prepared
 * plan that the session keeps until definitions change.
 * What every rule and every condition of it says comes along, and what they
 * would say if one feature had another value.
 */
#ifndef SEGMENT_EVALUATE_ONE_H
#define SEGMENT_EVALUATE_ONE_H

#include "postgres.h"

#include "one_plan.h"

typedef enum Verdict
{
	VERDICT_FALSE,
	VERDICT_TRUE,
	VERDICT_UNKNOWN
} Verdict;

/* "What if this feature had this value?"; feature NULL: nothing is changed. */
typedef struct OneChange
{
	const char *feature;
	const char *value;
} OneChange;

typedef struct OneResult
{
	char *raw;         /* what the rules say */
	Verdict *verdicts; /* per rule */
	Verdict *met;      /* per condition */
	char **inputs;     /* per feature, then per score: its text, NULL for NULL */
	bool has_entry;
	DateADT entry_day;
	char *assigned; /* the segment that history has for the day; NULL: none */
	DateADT since;  /* when assigned */
	int version;    /* by which the stay in it began */
	char *segment;  /* raw after the step from the end of the day before; as mapped, overrides obeyed */
} OneResult;

/* The version by which a customer's day is judged: in force that day, else that of its backfilled history,
 * else the first. */
extern int customer_version_on(const Population *population, const Scheme *scheme, Datum key, DateADT day);

/*
 * Evaluate with each of the changes; results in their order, or NULL when the
 * population has no such customer.
 */
extern OneResult *evaluate_one(OnePlan *one, const Population *population, Datum key, DateADT day,
							   const OneChange *changes, int nchanges);

#endif /* SEGMENT_EVALUATE_ONE_H */
