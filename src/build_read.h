/*
 * build_read.h
 *	  Rows of a source, converted and handed over in batches.
 */
#ifndef SEGMENT_BUILD_READ_H
#define SEGMENT_BUILD_READ_H

#include "postgres.h"

#include "build.h"
#include "build_event.h"
#include "build_key.h"
#include "build_label.h"

typedef void (*EventConsumer)(const EventBatch *batch, void *argument);

extern void read_events(const LedgerBuild *build, const CustomerKeyType *key_type, LabelDictionary *labels,
						EventConsumer consumer, void *argument, LedgerBuildResult *result);

#endif /* SEGMENT_BUILD_READ_H */
