/*
 * differences.h
 *	  The query for what an evaluation finds otherwise than it is stored.
 */
#ifndef SEGMENT_DIFFERENCES_H
#define SEGMENT_DIFFERENCES_H

#include "postgres.h"

#include "evaluate.h"

/*
 * Rows that differ on that day, each with what writing needs of it: columns as of
 * evaluation_sql(), "features_differ", "segments_differ" and, where a scheme's
 * segment is another one, what its rules read.  Sets plan->days and plan->stored.
 */
extern char *differences_sql(EvaluationPlan *plan, DateADT day, bool write_features);

/* Column of those rows with what the rules of a scheme read, as jsonb; NULL where the segment is the same. */
extern char *inputs_column(const Scheme *scheme);

#endif /* SEGMENT_DIFFERENCES_H */
