/*
 * drift.h
 *	  How far customers have moved since a version was put in force.
 */
#ifndef SEGMENT_DRIFT_H
#define SEGMENT_DRIFT_H

#include "postgres.h"

#include "catalog.h"

/* Count the customers of every bin of what the version in force reads; everyone is assigned already. */
extern void drift_record_baseline(Population *population, Scheme *scheme);

/* Numbers, which can be binned and averaged: features of a definition, or all. */
extern List *numeric_features(List *features, List *ids);

/* Its value as double precision, of a relation with the features' columns. */
extern char *feature_number_sql(const Feature *feature, const char *relation);

/* "the stored features and the segment, as "#segment", of everyone who has both", for FROM. */
extern char *stored_customers_sql(const Population *population, const Scheme *scheme);

#endif /* SEGMENT_DRIFT_H */
