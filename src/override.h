/*
 * override.h
 *	  Overrides: a customer put into a segment by hand, against the rules.
 *
 * An override is a definition that the step obeys (step.h), kept per
 * population under the native key, so that evaluation joins it like any other
 * table of the customer's.  Rows are never changed but to end them: who
 * overrode whom, when and why, stays.
 *
 * Overriding takes no population lock: the definition and the customer's key
 * in the change log become visible together, so the next refresh that sees the
 * one evaluates the other, and one that runs meanwhile sees neither.
 */
#ifndef SEGMENT_OVERRIDE_H
#define SEGMENT_OVERRIDE_H

#include "postgres.h"

#include "catalog.h"

typedef struct Override
{
	char *segment;
	char *author;
	char *reason;
	DateADT since;
	bool has_until;
	DateADT until; /* its last day */
} Override;

extern char *override_table(const Population *population);
extern void override_create(const Population *population);
extern void override_drop(const Population *population);

/* Has anyone ever been overridden in the scheme? */
extern bool override_exists(const Population *population, const Scheme *scheme);

/* The override in force for a customer at the end of a day, or NULL. */
extern Override *override_on(const Population *population, const Scheme *scheme, Datum key, DateADT day);

/* "LEFT JOIN the overrides of a scheme that are not lifted" under a quoted alias. */
extern char *override_join_sql(const Population *population, const Scheme *scheme,
							   const SchemeDefinition *definition, const char *alias);

/* The segment an override so joined gives on the_day, or NULL. */
extern char *override_segment_sql(const char *alias);

#endif /* SEGMENT_OVERRIDE_H */
