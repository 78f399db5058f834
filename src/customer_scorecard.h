/*
 * customer_scorecard.h
 *	  One row per customer: segments, features, what it is worth and what to do.
 */
#ifndef SEGMENT_CUSTOMER_SCORECARD_H
#define SEGMENT_CUSTOMER_SCORECARD_H

#include "postgres.h"

/*
 * Make segment_data.<population>_customer_scorecard of every population that has
 * an active scheme, and segment.customer_scorecard over them.
 */
extern void customer_scorecards_regenerate(void);

#endif /* SEGMENT_CUSTOMER_SCORECARD_H */
