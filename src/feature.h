/*
 * feature.h
 *	  Declaring features; what other definitions need of it.
 */
#ifndef SEGMENT_FEATURE_H
#define SEGMENT_FEATURE_H

#include "postgres.h"

#include "catalog.h"
#include "expression.h"

/* What the user says of a new feature; NULL where not said. */
typedef struct FeatureRequest
{
	const char *name;
	const char *aggregate;
	const char *source;
	const char *measure;
	Interval *within;
	const char *dimension;
	const char *absent;
	const char *expression;
	const char *attribute;
	const char *dated_by;
	Interval *valid_for;
	const char *scheme;
} FeatureRequest;

extern int feature_create(const Population *population, const FeatureRequest *request);

/* Schemes, features and scores of a population share one name space; 42710 when the name is taken. */
extern void check_name_free(const Population *population, const char *what, const char *name);

/* Scope of an expression over features: one column per feature, in list order. */
extern ExpressionScope feature_scope(List *features, const char *what);

#endif /* SEGMENT_FEATURE_H */
