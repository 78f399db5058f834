/*
 * join_view.h
 *	  The view segment_data.<population> that applications join.
 */
#ifndef SEGMENT_JOIN_VIEW_H
#define SEGMENT_JOIN_VIEW_H

#include "catalog.h"

extern void join_view_create(const Population *population); /* with the key alone */
extern void join_view_update(const Population *population); /* after schemes or features changed */

#endif /* SEGMENT_JOIN_VIEW_H */
