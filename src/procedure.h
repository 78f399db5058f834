/*
 * procedure.h
 *	  Procedures that commit: transactions of their own.
 */
#ifndef SEGMENT_PROCEDURE_H
#define SEGMENT_PROCEDURE_H

#include "postgres.h"

#include "fmgr.h"

#include "sql.h"

/* 25001 unless called where it may commit; connects SPI so that it can.  Arguments must be copied after this.
 */
extern void procedure_begin(FunctionCallInfo fcinfo, const char *name);
extern void procedure_end(void);

/*
 * End the transaction that is open and start another as the extension's
 * owner.  In a repeatable-read one the locks wanted come before the first
 * snapshot: begin, lock, then transaction_snapshot().
 */
extern void transaction_begin(ApiCall *call, bool repeatable_read);
extern void transaction_snapshot(void);
extern void transaction_end(ApiCall *call, bool repeatable_read);

#endif /* SEGMENT_PROCEDURE_H */
