/*
 * bisect.h
 *	  Evaluate all customers but those whose data fail, and find these.
 */
#ifndef SEGMENT_BISECT_H
#define SEGMENT_BISECT_H

#include "postgres.h"

#include "collect.h"
#include "evaluate.h"

/*
 * The rows of differences_sql() for plan's customers.  With plan->quarantine,
 * those that cannot be evaluated are quarantined instead of failing the
 * refresh, and those in quarantine are tried again.
 */
extern Collected *evaluate_differences(EvaluationPlan *plan, DateADT day, bool with_features);

#endif /* SEGMENT_BISECT_H */
