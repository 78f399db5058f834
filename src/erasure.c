/*
 * erasure.c
 *	  That customers were erased: how many and when, not who.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "clock.h"
#include "erasure.h"
#include "sql.h"

void
erasure_record(const Population *population, Oid author, const Erasure *erasure)
{
	sql_run("INSERT INTO segment.erasure (population_id, erased_at, erased_by, keys, rows, remaining) "
			"VALUES (%d, %s, %s, %u, " INT64_FORMAT ", " INT64_FORMAT ")",
			population->id, quote_literal_cstr(timestamptz_to_str(clock_now())),
			quote_literal_cstr(GetUserNameFromId(author, false)), erasure->keys, erasure->rows,
			erasure->remaining);
}

static int64
count_by(SPIPlanPtr plan, Snapshot snapshot)
{
	if (SPI_execute_snapshot(plan, NULL, NULL, snapshot, InvalidSnapshot, true, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not count erasures");
	return cell_int64(0, 1, 0);
}

void
erasure_require_seen(const Population *population)
{
	SPIPlanPtr plan;

	if (!IsolationUsesXactSnapshot())
		return;
	plan = SPI_prepare(
		psprintf("SELECT count(*) FROM segment.erasure e WHERE e.population_id OPERATOR(pg_catalog.=) %d",
				 population->id),
		0, NULL);
	if (plan == NULL)
		elog(ERROR, "could not prepare to count erasures");
	if (count_by(plan, GetLatestSnapshot()) != count_by(plan, GetTransactionSnapshot()))
		ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						errmsg("customers of population \"%s\" were erased since the snapshot was taken",
							   population->name),
						errhint("Try again in a new transaction.")));
	SPI_freeplan(plan);
}
