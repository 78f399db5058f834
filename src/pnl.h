/*
 * pnl.h
 *	  The view segment.pnl: profit and loss of every segment, line by line.
 */
#ifndef SEGMENT_PNL_H
#define SEGMENT_PNL_H

#include "postgres.h"

#include "nodes/pg_list.h"

/* Make the view again, over those of the schemes (of MetricScheme) that have revenue. */
extern void pnl_view_regenerate(List *schemes);

#endif /* SEGMENT_PNL_H */
