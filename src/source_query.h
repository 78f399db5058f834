/*
 * source_query.h
 *	  The statements that read the user's relations.
 */
#ifndef SEGMENT_SOURCE_QUERY_H
#define SEGMENT_SOURCE_QUERY_H

#include "postgres.h"

#include "catalog.h"
#include "expression.h"
#include "keyset.h"

extern ExpressionScope *relation_scope(Oid relation, const char *what);

/*
 * Columns as build.h wants them: key, occurred_at, dimension, purchase, measures.  With keys, of those
 * customers alone: the array $1, and NULL when it is among them.
 */
extern char *
source_query(const Population *population, List *sources, const Source *source, const KeySet *keys);

/* One column: the customers that have rows in a source, whatever its filter says of these. */
extern char *source_customers_query(const Population *population, List *sources, const Source *source);

/* One column: the customers of the parents of a child source whose references are the array $1. */
extern char *parents_customers_query(const Population *population, List *sources, const Source *source);

/* What a source reads of its own relation, for itself and for its children: of MappedColumn. */
extern List *source_columns(const Population *population, List *sources, const Source *source);

/*
 * Of the rows that consent.  Columns: key, since (date), then of each attribute
 * feature its value and, when it is dated, its date.
 */
extern char *population_query(const Population *population, List *features, const KeySet *keys);

/* One column: the keys of rows whose consent is false or unknown; with keys, of those alone. */
extern char *objectors_query(const Population *population, const KeySet *keys);

/* The declared condition as it runs, NULL when there is none, and the columns it reads: of MappedColumn. */
extern char *checked_consent(const Population *population);
extern List *consent_columns(const Population *population);

/* Read one query as the population's owner without fetching a row: what is wrong with it, it says now. */
extern void probe_query(const Population *population, const char *query);

#endif /* SEGMENT_SOURCE_QUERY_H */
