/*
 * evaluation_view.h
 *	  The view segment_data.<population>_evaluation, and what follows when definitions change.
 */
#ifndef SEGMENT_EVALUATION_VIEW_H
#define SEGMENT_EVALUATION_VIEW_H

#include "catalog.h"

/*
 * After any change of what evaluation reads (sources, features, versions in
 * force), before a column or table that went is dropped: brings the generated
 * views up to date, and tells sessions that keep prepared evaluations.
 */
extern void definitions_changed(const Population *population);

extern void evaluation_view_create(const Population *population);

/* The evaluation alone, where nothing else follows: sessions keep their plans, nobody is evaluated anew. */
extern void evaluation_view_update(const Population *population);
extern void evaluation_view_drop(const Population *population);

#endif /* SEGMENT_EVALUATION_VIEW_H */
