/*
 * build_event.h
 *	  Events on their way from a source's rows to the ledgers, in batches.
 */
#ifndef SEGMENT_BUILD_EVENT_H
#define SEGMENT_BUILD_EVENT_H

#include "postgres.h"

#include "utils/date.h"

#define EVENT_BATCH_ROWS 256

typedef struct EventBatch
{
	int nrows;
	Datum key[EVENT_BATCH_ROWS]; /* by-reference keys belong to whoever fills the batch */
	bool key_is_null[EVENT_BATCH_ROWS];
	DateADT day[EVENT_BATCH_ROWS];
	int32 label[EVENT_BATCH_ROWS];
	int width;    /* 1 + the number of measures */
	int64 *value; /* of each event in turn: count, then measures */
} EventBatch;

static inline EventBatch *
event_batch_create(int nmeasures)
{
	EventBatch *batch = palloc(sizeof(EventBatch));

	batch->nrows = 0;
	batch->width = 1 + nmeasures;
	batch->value = palloc(EVENT_BATCH_ROWS * batch->width * sizeof(int64));
	return batch;
}

static inline int64 *
event_value(const EventBatch *batch, int row)
{
	return batch->value + row * batch->width;
}

#endif /* SEGMENT_BUILD_EVENT_H */
