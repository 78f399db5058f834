/*
 * ledger.h
 *	  The ledger: one customer's compact day-by-day history of one source.
 *
 * Values layer: pure C over palloc and ereport; no SPI, no catalogs.
 *
 * A ledger is a varlena: a header (format version, number of measures, the
 * measures' decimal scales, whether entries carry a dimension, the sorted
 * distinct labels used), then a sorted array of entries
 * (day, label, count, measure 1 .. measure k), delta- and varint-encoded.
 * Measures are 64-bit integers scaled by 10^scale.  (day, label) is unique;
 * an entry whose count and measures are all zero does not exist.
 *
 * The bytes, after the varlena header:
 *
 *	  1 byte		version in bits 7-6, dimension flag in bit 5, measures in bits 4-0
 *	  k bytes		the measures' scales
 *	  if dimension:	1 byte number of labels, then per label 1 byte length and its
 *					bytes in the database's encoding, in memcmp order, each one used
 *	  varint		number of entries
 *	  per entry:	varint of (days since the previous entry) * 2 + (count is not 1),
 *					the first entry's day is zigzag from 2000-01-01;
 *					if dimension: 1 byte, 0 for no label, else label index + 1;
 *					if count is not 1: zigzag varint of the count;
 *					k zigzag varints of the measures
 *
 * There is one such form for a value, so equality is equality of bytes.
 */
#ifndef SEGMENT_LEDGER_H
#define SEGMENT_LEDGER_H

#include "postgres.h"

#include "compat.h"
#include "fmgr.h"
#include "utils/date.h"

#define LEDGER_MAX_MEASURES 16
#define LEDGER_MAX_SCALE 18
#define LEDGER_MAX_LABELS 255       /* distinct labels in one ledger */
#define LEDGER_MAX_LABEL_LENGTH 255 /* bytes in one label */
#define LEDGER_NO_LABEL (-1)        /* entry without a dimension label (NULL) */

typedef struct varlena Ledger;

#define DatumGetLedgerPP(d) ((Ledger *) PG_DETOAST_DATUM_PACKED(d))
#define PG_GETARG_LEDGER_PP(n) DatumGetLedgerPP(PG_GETARG_DATUM(n))

/* What all ledgers of one source have in common. */
typedef struct LedgerShape
{
	uint8 nmeasures;
	bool has_dimension;
	uint8 scale[LEDGER_MAX_MEASURES];
} LedgerShape;

/*
 * Raw entries: the append-only form in which builders collect a group's
 * events in arrival order, unsorted, a few bytes each.  "label" is an index
 * into a dictionary the builder owns (or LEDGER_NO_LABEL); last_day is the
 * builder's per-group delta state and starts at 0.  ledger_raw.h writes and
 * reads single entries.
 */
extern Size ledger_raw_max_entry(int nmeasures);

/*
 * Sort, merge and encode raw entries into a ledger, palloc'd in the current
 * memory context.  "dictionary" holds the builder's label strings; the ledger
 * keeps only those it uses.  Raises 22003 on overflow of a merged count or
 * measure (see LedgerOverflow) and 54000 past LEDGER_MAX_LABELS.  "scratch"
 * may be reused over calls and grows as needed.
 */
typedef struct LedgerScratch
{
	void *space;
	Size allocated;
} LedgerScratch;

extern Ledger *ledger_from_raw(const LedgerShape *shape, const char *const *dictionary, const uint8 *raw,
							   Size raw_length, LedgerScratch *scratch);

/*
 * The same, for callers who know better names for what overflowed: returns
 * NULL on overflow and says where.  measure 0 is the count.
 */
typedef struct LedgerOverflow
{
	int measure;
	DateADT day;
} LedgerOverflow;

extern Ledger *ledger_try_from_raw(const LedgerShape *shape, const char *const *dictionary, const uint8 *raw,
								   Size raw_length, LedgerScratch *scratch, LedgerOverflow *overflow);

/* Walk over raw entries; false at the end.  Raises XX001 on bytes that ledger_raw_append never wrote. */
typedef struct LedgerRawEntry
{
	DateADT day;
	int label;
	int64 count;
	int64 measure[LEDGER_MAX_MEASURES];
} LedgerRawEntry;

extern bool
ledger_raw_next(const uint8 **from, const uint8 *end, const LedgerShape *shape, LedgerRawEntry *entry);

/* Read the shape; validates the header. */
extern void ledger_get_shape(const Ledger *ledger, LedgerShape *shape);

/* Iterate over entries in (day, label) order. */
typedef struct LedgerIterator
{
	LedgerShape shape;
	int nlabels;
	const char *label_text[LEDGER_MAX_LABELS]; /* not terminated */
	uint8 label_length[LEDGER_MAX_LABELS];
	bool started;
	uint32 remaining;
	const uint8 *next;
	const uint8 *end;
	/* the current entry */
	DateADT day;
	int label; /* index into label_text, or LEDGER_NO_LABEL */
	int64 count;
	int64 measure[LEDGER_MAX_MEASURES];
} LedgerIterator;

extern void ledger_iterate(const Ledger *ledger, LedgerIterator *it);
extern bool ledger_next(LedgerIterator *it);

/* What is wrong with these bytes as a ledger; NULL if nothing is. */
extern const char *ledger_problem(const uint8 *bytes, Size length);
extern bool ledger_equal(const Ledger *a, const Ledger *b);

/* The text and binary forms (ledger_io.c); what they raise is documented with the type. */
extern Ledger *ledger_parse(const char *text);
extern char *ledger_print(const Ledger *ledger);
extern Ledger *ledger_receive(const char *bytes, int length);

/* Raise 22003 for a total beyond 64 bits; measure 0 is the count. */
pg_noreturn extern void ledger_raise_overflow(int measure);

#endif /* SEGMENT_LEDGER_H */
