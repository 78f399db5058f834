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
 */
#ifndef SEGMENT_LEDGER_H
#define SEGMENT_LEDGER_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/date.h"

#define LEDGER_MAX_MEASURES 16
#define LEDGER_MAX_SCALE 18
#define LEDGER_MAX_LABELS 255	/* distinct labels in one ledger */
#define LEDGER_NO_LABEL (-1)	/* entry without a dimension label (NULL) */

typedef struct varlena Ledger;

#define DatumGetLedgerPP(d) ((Ledger *) PG_DETOAST_DATUM_PACKED(d))
#define PG_GETARG_LEDGER_PP(n) DatumGetLedgerPP(PG_GETARG_DATUM(n))

/* What all ledgers of one source have in common. */
typedef struct LedgerShape
{
	uint8		nmeasures;
	bool		has_dimension;
	uint8		scale[LEDGER_MAX_MEASURES];
} LedgerShape;

/*
 * Raw entries: the append-only form in which builders collect a group's
 * events in arrival order, unsorted, a few bytes each.  "label" is an index
 * into a dictionary the builder owns (or LEDGER_NO_LABEL); last_day is the
 * builder's per-group delta state and starts at 0.
 */
extern Size ledger_raw_max_entry(int nmeasures);
extern uint8 *ledger_raw_append(uint8 *to, const LedgerShape *shape, int32 *last_day, DateADT day, int label,
								int64 count, const int64 *measures);

/*
 * Sort, merge and encode raw entries into a ledger, palloc'd in the current
 * memory context.  "dictionary" holds the builder's label strings; the ledger
 * keeps only those it uses.  Raises 22003 on overflow of a merged count or
 * measure (see LedgerOverflow) and 54000 past LEDGER_MAX_LABELS.  "scratch"
 * may be reused over calls and grows as needed.
 */
typedef struct LedgerScratch
{
	void	   *space;
	Size		allocated;
} LedgerScratch;

extern Ledger *ledger_from_raw(const LedgerShape *shape, const char *const *dictionary, const uint8 *raw,
							   Size raw_length, LedgerScratch *scratch);

/* Read the shape; validates the header. */
extern void ledger_get_shape(const Ledger *ledger, LedgerShape *shape);

/* Iterate over entries in (day, label) order. */
typedef struct LedgerIterator
{
	LedgerShape shape;
	int			nlabels;
	const char *label_text[LEDGER_MAX_LABELS];	/* not terminated */
	uint8		label_length[LEDGER_MAX_LABELS];
	uint32		remaining;
	const uint8 *next;
	const uint8 *end;
	/* the current entry */
	DateADT		day;
	int			label;			/* index into label_text, or LEDGER_NO_LABEL */
	int64		count;
	int64		measure[LEDGER_MAX_MEASURES];
} LedgerIterator;

extern void ledger_iterate(const Ledger *ledger, LedgerIterator *it);
extern bool ledger_next(LedgerIterator *it);

#endif							/* SEGMENT_LEDGER_H */
