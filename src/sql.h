/*
 * sql.h
 *	  The one way to run SQL on the extension's own relations.
 *
 * An API function starts with api_begin(): it remembers the caller, becomes
 * the extension's owner, pins every setting that could change a result
 * (correctness.md T2, T13) and connects SPI; api_end() undoes it.  On error
 * the transaction's abort restores user and settings, as in VACUUM.  Where the
 * extension's SQL is of another version than this library it fails with 55000.
 */
#ifndef SEGMENT_SQL_H
#define SEGMENT_SQL_H

#include "postgres.h"

#include "executor/spi.h"
#include "utils/tuplestore.h"

typedef struct ApiCall
{
	Oid caller; /* who called us */
	int sec_context;
	int guc_level;
	MemoryContext result_context; /* of the caller of the function: results that outlive SPI */
	bool was_reading;
} ApiCall;

extern void api_begin(ApiCall *call);
extern void api_end(ApiCall *call);

/*
 * From here to api_end() every statement reads by the active snapshot, instead
 * of the newest at its time, and none may write; or no longer.  Who lets users'
 * code run, which may call us, fail and be caught, sets it again after that.
 */
extern void api_read_by_snapshot(bool reading);
extern bool api_reads_by_snapshot(void);

/* The extension itself: its OID and owner (42704 when the extension is not installed). */
extern Oid extension_oid(void);
extern Oid extension_owner(void);
extern char *extension_version(Oid extension); /* of its SQL; NULL when it has been dropped */

/* Run formatted SQL; the format's own quoting is the caller's duty (quote_identifier, quote_literal_cstr). */
extern uint64 sql_run(const char *format, ...) pg_attribute_printf(1, 2); /* DDL or DML; rows processed */
/* Rows in SPI_tuptable, by the newest command's snapshot.  Plans are kept per session, by text. */
extern uint64 sql_query(const char *format, ...) pg_attribute_printf(1, 2);

/* Rows that statements can read by this name, until SPI_finish(); they stay where they are. */
extern void sql_register_rows(char *name, TupleDesc desc, Tuplestorestate *rows, int64 count);

/* Cells of SPI_tuptable by row and column (from 0 and 1); palloc'd in the current context; NULL for SQL NULL.
 */
extern char *cell_text(uint64 row, int column);
extern Datum cell_datum(uint64 row, int column, bool *isnull);
extern int32 cell_int(uint64 row, int column, int32 if_null);
extern int64 cell_int64(uint64 row, int column, int64 if_null);
extern bool cell_bool(uint64 row, int column);

/* SQL literal or the word NULL. */
extern char *literal_or_null(const char *text);

/* Record that a generated relation goes with the extension (DEPENDENCY_AUTO_EXTENSION) and is owned by its
 * owner. */
extern void belongs_to_extension(const char *qualified_name);

#endif /* SEGMENT_SQL_H */
