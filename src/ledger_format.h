/*
 * ledger_format.h
 *	  Constants of the ledger's byte format, for the files that read or write
 *	  the bytes themselves; everyone else uses ledger.h.
 */
#ifndef SEGMENT_LEDGER_FORMAT_H
#define SEGMENT_LEDGER_FORMAT_H

#include "datatype/timestamp.h"

#define LEDGER_VERSION 1
#define LEDGER_VERSION_AT 6
#define LEDGER_DIMENSION_FLAG 0x20
#define LEDGER_MEASURES_MASK 0x1F

/* The finite days of type date. */
#define LEDGER_MIN_DAY (DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE)
#define LEDGER_MAX_DAY (DATE_END_JULIAN - POSTGRES_EPOCH_JDATE - 1)

extern int ledger_compare_labels(const char *a, int a_length, const char *b, int b_length);

#endif /* SEGMENT_LEDGER_FORMAT_H */
