/*
 * one_plan.h
 *	  The prepared query that evaluates one customer by one version of a scheme.
 */
#ifndef SEGMENT_ONE_PLAN_H
#define SEGMENT_ONE_PLAN_H

#include "postgres.h"

#include "executor/spi.h"

#include "evaluation_plan.h"

typedef struct OneRule
{
	char *segment;
	char *sql;
	int priority;
	List *conditions; /* of Condition */
	int first;        /* place of the first among all conditions, from 0 */
} OneRule;

/* Where the customer's attributes and ledgers come from. */
typedef enum OneFetch
{
	ONE_AS_STORED, /* by the last refresh */
	ONE_AS_MAPPED  /* the mapped relations, by the active snapshot */
} OneFetch;

typedef struct OnePlan
{
	char *scheme;
	int version;
	char *default_segment;
	char *min_dwell; /* interval literal */
	List *features;  /* of Feature, as far as id, name and type */
	List *scores;    /* of Score */
	List *rules;     /* of OneRule, in priority order */
	int nconditions;
	int ninputs; /* features evaluated, then scores */
	SPIPlanPtr query;
	int running; /* a relation of the user's may call us back while it is read */
	int nparameters;
	struct CustomerFetch *fetch; /* reads the mapped relations; NULL: as stored */
} OnePlan;

/* Columns of its result. */
enum
{
	ONE_CHANGE = 1,
	ONE_RAW,
	ONE_MET,
	ONE_ENTRY_DAY,
	ONE_ASSIGNED,
	ONE_SINCE,
	ONE_VERSION,
	ONE_SEGMENT,
	ONE_INPUTS
};

/* Its parameters: the key, the day, of each change the feature and the value; then what is fetched. */
enum
{
	PARAM_KEY,
	PARAM_DAY,
	PARAM_FEATURES,
	PARAM_VALUES,
	PARAM_FETCHED
};

/* Kept by the session; valid until the next call of it, while it runs until it has ended. */
extern OnePlan *one_plan(Population *population, Scheme *scheme, int version, OneFetch fetch);

#endif /* SEGMENT_ONE_PLAN_H */
