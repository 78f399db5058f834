/*
 * source_measure.h
 *	  A source's measures as declared in JSON.
 */
#ifndef SEGMENT_SOURCE_MEASURE_H
#define SEGMENT_SOURCE_MEASURE_H

#include "catalog.h"

extern List *check_measures(const Source *source, const char *json); /* of Measure */
extern void insert_measures(const Source *source);                   /* in the place of those stored */

#endif /* SEGMENT_SOURCE_MEASURE_H */
