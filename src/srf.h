/*
 * srf.h
 *	  Functions that answer with rows: their own, or those of a query.
 */
#ifndef SEGMENT_SRF_H
#define SEGMENT_SRF_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/tuplestore.h"

#include "sql.h"

/* What a function that is declared to return a row, or rows, returns. */
extern TupleDesc result_row_type(FunctionCallInfo fcinfo);

/* Where the function's rows go; the executor reads and frees it.  The descriptor is copied. */
extern Tuplestorestate *result_begin(FunctionCallInfo fcinfo, TupleDesc desc);

/* Inside api_begin()/api_end(): run the query, return all its rows as the function's result. */
extern void return_query(FunctionCallInfo fcinfo, const ApiCall *call, const char *query);

#endif /* SEGMENT_SRF_H */
