/*
 * build.h
 *	  Bulk build of one source's ledgers: what the refresh calls.
 */
#ifndef SEGMENT_BUILD_H
#define SEGMENT_BUILD_H

#include "postgres.h"

#include "failures.h"
#include "keyset.h"
#include "ledger.h"

/*
 * What to build.  "query" is one SELECT that gives, in this order: the
 * customer key; occurred_at (date, timestamp or timestamptz); the dimension
 * (text) if the shape has one; purchase (boolean) if has_purchase; one number
 * for each measure.
 */
typedef struct LedgerBuild
{
	const char *source_name; /* for messages */
	const char *query;
	Oid owner;            /* plans and runs the query */
	Oid ledger_relid;     /* (key, ledger), written as its own owner */
	Oid key_type;         /* type of the ledger table's key column */
	const char *timezone; /* the population's; NULL for UTC */
	LedgerShape shape;
	bool has_purchase;
	const char *const *measure_name;
	/*
	 * NULL: everyone.  Else only these customers' ledgers are made equal to the
	 * result of the query, which then has the keys as its parameter $1, an
	 * array, and says what to do about NULL itself.
	 */
	const KeySet *keys;
	const struct Aliases *aliases; /* whose keys count as another's, or NULL */
	struct _SPI_plan *plan;        /* a kept plan of the query, or NULL */
	/* Customers with bad rows are added here and keep the ledger they have; NULL: a bad row is an error. */
	Failures *failures;
	struct LateFacts *late; /* is told what changes in final periods; may be NULL */
} LedgerBuild;

typedef struct LedgerBuildResult
{
	int64 rows;       /* read, undated ones included */
	int64 undated;    /* rows without occurred_at, in no ledger */
	DateADT last_day; /* of all rows; not before 2000 */
	int64 ledgers;    /* in the table when done */
	int64 inserted;
	int64 updated;
	int64 deleted;
	bool spilled;   /* to temporary files */
	int partitions; /* merged one at a time; 1 if the customers are few */
} LedgerBuildResult;

/*
 * Makes the ledger table equal to the query's result, writing only what
 * differs.  Needs an active snapshot, by which the query reads.  An empty
 * table is loaded in bulk and its indexes are rebuilt afterwards, so callers
 * may create the index before or after.  Reports progress of its own.
 */
extern void ledger_build(const LedgerBuild *build, LedgerBuildResult *result);

#endif /* SEGMENT_BUILD_H */
