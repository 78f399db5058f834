/*
 * catalog.h
 *	  Typed reads of segment.*, the definitions the user declared.
 *
 * Only catalog.c spells the names of definition tables in reads; everything
 * else passes these structures around.  All reads run as the extension's
 * owner, inside api_begin()/api_end() or another privileged section (sql.h).
 */
#ifndef SEGMENT_CATALOG_H
#define SEGMENT_CATALOG_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "ledger.h"

#define SEGMENT_LABEL_MAX 40 /* bytes in a name of ours */

typedef struct Population
{
	int id;
	char *name;
	Oid relation;
	char *key_column;
	char *key_name;
	Oid key_type;       /* base type as stored in generated relations */
	char *since_column; /* or NULL */
	char *consent;      /* as declared, or NULL: everyone consents */
	char *consent_sql;
	char *timezone;
	char *settle; /* interval literal */
	Oid anchor;
	Oid owner; /* owner of the anchor; InvalidOid when the anchor is gone */
	bool refreshed;
	DateADT as_of;              /* valid when refreshed */
	int64 customers;            /* at the last refresh */
	int64 evaluated_generation; /* at the last refresh */
	int64 generation;           /* another one after every change of definitions that evaluation reads */
} Population;

typedef struct Measure
{
	char *name;
	char *expression;
	char *expression_sql;
	int scale;
} Measure;

typedef struct Source
{
	int id;
	int population_id;
	char *name;
	Oid relation;
	char *customer;    /* NULL for a child source */
	char *occurred_at; /* NULL when taken from the parent */
	int parent_id;     /* 0: none */
	char *parent_key;
	char *parent_column;
	char *filter_sql; /* the _sql texts are NULL when not declared */
	char *purchase_sql;
	char *dimension_sql;
	DateADT last_day; /* no event is of a later one; DATEVAL_NOEND: not known */
	List *measures;   /* of Measure, in position order */
} Source;

typedef enum FeatureKind
{
	FEATURE_AGGREGATE,
	FEATURE_EXPRESSION,
	FEATURE_ATTRIBUTE,
	FEATURE_SCHEME
} FeatureKind;

typedef struct Feature
{
	int id;
	int population_id;
	char *name;
	FeatureKind kind;
	Oid type;
	char *aggregate;
	int source_id;
	char *measure;
	Interval *within;  /* or NULL */
	char *within_text; /* interval literal, or NULL */
	char *dimension;
	char *absent;
	char *expression;
	char *expression_sql;
	char *attribute;
	char *dated_by;
	char *valid_for; /* interval literal, or NULL */
	int scheme_id;
	List *uses; /* int list of feature ids an expression reads */
} Feature;

typedef struct Score
{
	char *name;
	int feature_id;
	int bins;
	char *cuts; /* numeric[] literal, or NULL when still to be computed */
	bool fixed; /* cuts were given, not computed */
	bool descending;
} Score;

typedef struct SegmentRule
{
	char *name;
	int priority;
	char *rule;
	char *rule_sql;
	char *owner;
	char *proposition;
} SegmentRule;

typedef struct Scheme
{
	int id;
	int population_id;
	char *name;
	char *objective;
	char *default_segment;
	char *min_dwell;       /* interval literal */
	char *state;           /* draft, active, retired */
	int version;           /* in force; 0 before the first activation */
	DateADT history_since; /* first day with history; DATEVAL_NOEND before the first activation */
	DateADT facts_as_of;   /* day of the facts of open periods; DATEVAL_NOEND when not known */
	double smallest_share;
	double largest_share;
} Scheme;

/* A scheme's definition: the draft (version 0) or a frozen version. */
typedef struct SchemeDefinition
{
	int version;
	char *default_segment;
	char *min_dwell;
	List *scores;   /* of Score, by name */
	List *segments; /* of SegmentRule, by priority */
} SchemeDefinition;

/* Look-ups raise undefined_object (42704) with a hint unless missing_ok. */
extern Population *
population_by_name(const char *name, bool missing_ok); /* name NULL: the only one there is */
extern Population *population_by_id(int id);
extern List *populations_all(void);
extern Source *source_by_name(const Population *population, const char *name, bool missing_ok);
extern List *sources_of(const Population *population); /* parents before children */
extern Source *source_in(List *sources, int id);
extern LedgerShape source_shape(const Source *source);
extern int measure_number(const Source *source, const char *name); /* from 1; 0 when it has no such measure */
extern Feature *feature_by_name(const Population *population, const char *name, bool missing_ok);
extern List *features_of(const Population *population); /* by id */
extern Feature *feature_in(List *features, int id);

/* Is it evaluated, rather than copied when the customers are read, as plain attributes are? */
extern bool feature_is_evaluated(const Feature *feature);

extern Scheme *scheme_by_name(const char *name, bool missing_ok);
extern List *schemes_of(const Population *population, const char *state);      /* state NULL: all */
extern SchemeDefinition *scheme_definition(const Scheme *scheme, int version); /* 0: the draft */
extern int
scheme_version_on(const Scheme *scheme, DateADT day); /* in force at the end of the day; 0: none yet */
/* Names of the segments of all versions, those of the one in force first, in priority order; says how many
 * are in force. */
extern List *scheme_segment_names(const Scheme *scheme, int *in_force);

/* Rules and helpers all definitions share. */
extern void check_label(const char *what, const char *name); /* 1..40 bytes, else 42602/42622 */
extern void
population_check_access(const Population *population, Oid caller); /* 42501 unless member of the owner */

/* The scheme and its population, once population_check_access() has let the caller through. */
extern Scheme *scheme_of_caller(const char *name, Oid caller, Population **population);

/* Names of generated relations, quoted and schema-qualified, e.g. segment_data.customer_feature. */
extern char *data_name(const char *base, const char *suffix);
extern Oid data_oid(const char *qualified_name); /* InvalidOid when it does not exist */
/* It never had a row, which its size says without a query; or does not exist. */
extern bool data_is_empty(const char *base, const char *suffix);
extern char *ledger_table(const Population *population, const Source *source);

#endif /* SEGMENT_CATALOG_H */
