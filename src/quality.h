/*
 * quality.h
 *	  Is it a segmentation at all: distinct, material, meaningful.
 */
#ifndef SEGMENT_QUALITY_H
#define SEGMENT_QUALITY_H

#include "postgres.h"

#include "catalog.h"

/* A notice of what is not good about a scheme that has just been put in force, from a small sample. */
extern void quality_notice(Population *population, const Scheme *scheme);

#endif /* SEGMENT_QUALITY_H */
