/*
 * procedure.c
 *	  Procedures that commit: transactions of their own.
 *
 * A writer's own transaction id counts as seen in its own snapshot, so a
 * refresh inside somebody's transaction could never be told apart from that
 * transaction's later changes: it must not run there.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/snapmgr.h"

#include "procedure.h"

void
procedure_begin(FunctionCallInfo fcinfo, const char *name)
{
	if (fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) ||
		castNode(CallContext, fcinfo->context)->atomic)
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("segment.%s cannot run inside a transaction block", name),
				 errhint("It commits on its way: CALL it outside BEGIN … COMMIT and outside functions.")));
	PreventCommandDuringRecovery(psprintf("segment.%s", name));
	if (SPI_connect_ext(SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
}

void
procedure_end(void)
{
	SPI_finish();
}

void
transaction_begin(ApiCall *call, bool repeatable_read)
{
	SPI_commit();
	SPI_start_transaction();
	XactIsoLevel = repeatable_read ? XACT_REPEATABLE_READ : XACT_READ_COMMITTED;
	XactReadOnly = false;
	if (!repeatable_read)
	{
		transaction_snapshot();
		api_begin(call);
	}
}

void
transaction_snapshot(void)
{
	PushActiveSnapshot(GetTransactionSnapshot());
}

void
transaction_end(ApiCall *call, bool repeatable_read)
{
	api_end(call);
	PopActiveSnapshot();
	SPI_commit();
	SPI_start_transaction();
}
