/*
 * alert.h
 *	  Alerts of segments that erode beyond their own baseline.
 */
#ifndef SEGMENT_ALERT_H
#define SEGMENT_ALERT_H

#include "postgres.h"

#include "catalog.h"

/* After a period's moves became final: look whether its segments lost more than they use to. */
extern void alerts_raise(const Scheme *scheme);

#endif /* SEGMENT_ALERT_H */
