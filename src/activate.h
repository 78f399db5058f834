/*
 * activate.h
 *	  Freezing a definition as a version, and putting it in force.
 */
#ifndef SEGMENT_ACTIVATE_H
#define SEGMENT_ACTIVATE_H

#include "postgres.h"

#include "catalog.h"
#include "sql.h"

#define ACTIVATION_BACKFILL_MONTHS 24

extern int activate_definition(const ApiCall *call, Population *population, Scheme *scheme,
							   SchemeDefinition *definition, const char *comment, bool backfill);

#endif /* SEGMENT_ACTIVATE_H */
