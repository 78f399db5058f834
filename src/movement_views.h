/*
 * movement_views.h
 *	  The plain views segment.migration and segment.value_bridge over the moves of all schemes.
 */
#ifndef SEGMENT_MOVEMENT_VIEWS_H
#define SEGMENT_MOVEMENT_VIEWS_H

#include "postgres.h"

/* Make them again, after a scheme got a table of moves. */
extern void movement_views_regenerate(void);

#endif /* SEGMENT_MOVEMENT_VIEWS_H */
