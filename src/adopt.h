/*
 * adopt.h
 *	  Generated relations belong to the extension again after a restore.
 */
#ifndef SEGMENT_ADOPT_H
#define SEGMENT_ADOPT_H

#include "catalog.h"

/* Record once more what a dump does not carry; a look at one dependency when there is nothing to do. */
extern void adopt_generated_relations(const Population *population);

#endif /* SEGMENT_ADOPT_H */
