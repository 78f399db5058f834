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

#include "compat.h"
#include "executor/spi.h"
#include "fmgr.h"

#include "evaluate.h"

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

/* A customer argument as a key of the population's type: native, or anything through its text.  Before
 * api_begin(): */
typedef struct CustomerArgument
{
	Oid type;
	Datum value;
	char *text; /* when the value has to go through the key type's input function */
} CustomerArgument;

extern CustomerArgument customer_argument(FunctionCallInfo fcinfo, int n, const char *name);
extern Datum customer_key(const CustomerArgument *argument, const Population *population);

/* The same, but of a merged customer the key itself, not the survivor's. */
extern Datum customer_key_as_given(const CustomerArgument *argument, const Population *population);

/* 02000, with where to look. */
pg_noreturn extern void no_such_customer(const Population *population);

/* Is it a customer as of the last refresh?  Else 02000. */
extern void require_customer(const Population *population, Datum key);

/* The version by which a customer's day is judged: in force that day, else that of its backfilled history,
 * else the first. */
extern int customer_version_on(const Population *population, const Scheme *scheme, Datum key, DateADT day);

/* Kept by the session; valid until the next call of it, while it runs until it has ended. */
extern OnePlan *one_plan(Population *population, Scheme *scheme, int version, OneFetch fetch);

/*
 * Evaluate with each of the changes; results in their order, or NULL when the
 * population has no such customer.
 */
extern OneResult *evaluate_one(OnePlan *one, const Population *population, Datum key, DateADT day,
							   const OneChange *changes, int nchanges);

#endif /* SEGMENT_EVALUATE_ONE_H */
