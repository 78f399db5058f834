/*
 * facts_detail.h
 *	  Facts beside the scheme's own: what customers did compared with the
 *	  period before (activity), and facts by an attribute of the customer.
 *
 * Both are sums over customers of what each contributes by its own rows, like
 * all facts; facts_delta.h's argument holds for them.  They are kept in
 * segment_data.<scheme>_breakdown.
 */
#ifndef SEGMENT_FACTS_DETAIL_H
#define SEGMENT_FACTS_DETAIL_H

#include "postgres.h"

#include "catalog.h"
#include "facts_cells.h"
#include "facts_trace.h"

#define BREAKDOWN_MAX_LABELS 255 /* different values of an attribute */

/*
 * Activity of a period against the one before, in purchases and in the main
 * source's first measure of money; and what it cost to win who came.
 */
typedef enum FactsActivity
{
	ACTIVITY_ACTIVE,           /* customers with a purchase in the period */
	ACTIVITY_ACTIVE_BEFORE,    /* with a purchase in the period before */
	ACTIVITY_RETAINED,         /* with both */
	ACTIVITY_LAPSED,           /* active before, not now */
	ACTIVITY_PURCHASES_BEFORE, /* in the period before, of who was there at the opening */
	ACTIVITY_PURCHASES_KEPT,   /* of the same in the period */
	ACTIVITY_REVENUE_BEFORE, /* revenue in the period before of those active then; the three below are of them
							  */
	ACTIVITY_REVENUE_LAPSED,
	ACTIVITY_REVENUE_CONTRACTION,
	ACTIVITY_REVENUE_EXPANSION,
	ACTIVITY_REVENUE_RETURNED, /* revenue below zero, by customer, day and label, as a positive number */
	ACTIVITY_ACQUISITION_COST_LANDED, /* of who came in the period, where they closed it */
	ACTIVITY_KINDS
} FactsActivity;

extern const char *const facts_activity_names[ACTIVITY_KINDS];

/* Values of an attribute as small numbers; 0 is none. */
typedef struct BreakdownLabels
{
	int count;
	int last;
	uint8 length[BREAKDOWN_MAX_LABELS + 1];
	char *text[BREAKDOWN_MAX_LABELS + 1];
} BreakdownLabels;

/* The facts of one breakdown; the first of a list is of everyone, and has activity alone. */
typedef struct FactsDetail
{
	const char *breakdown; /* '': everyone */
	const char *column;    /* of the members' table; NULL for everyone */
	BreakdownLabels *labels;
	FactsCells *counts;   /* NULL for everyone */
	FactsCells *activity; /* NULL before any ledger of the main source */
	FactsCells **totals;  /* by source; NULL for everyone */
} FactsDetail;

/* Which source tells of purchases, by its place; -1: none has money.  And its measure of it, from 1. */
extern int facts_main_source(List *sources, int *measure);
extern List *facts_activity_metrics(void); /* names in the order of FactsActivity */

/* Measure of a source that says what a customer cost to win, from 1; 0: it has none. */
extern int facts_landing_measure(const Source *source);

/* Number of a value, remembered; 54000 past BREAKDOWN_MAX_LABELS. */
extern int breakdown_label(FactsDetail *detail, const char *text, int length);

extern void detail_count_customer(FactsDetail *detail, int label, const int16 *states);
/* states NULL: nobody's. */
extern void detail_add_activity(FactsDetail *detail, int label, const int16 *states, const FactsTrace *trace,
								int segments);
/* What this measure of the ledger says of the period a customer came in. */
extern void detail_add_landing(FactsDetail *detail, int label, const int16 *states, const FactsTrace *trace,
							   int measure, int segments);
extern void detail_add_totals(FactsDetail *detail, int label, int source, const int16 *states,
							  const FactsTrace *trace, int segments);

/* Over lists of the same breakdowns. */
extern void details_negate(FactsDetail *details, int ndetails, int nsources);
extern void details_add(FactsDetail *to, FactsDetail *from, int ndetails, int nsources);
extern bool details_all_zero(FactsDetail *details, int ndetails, int nsources);

#endif /* SEGMENT_FACTS_DETAIL_H */
