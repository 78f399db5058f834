/*
 * ledger_type.c
 *	  The SQL functions of the type itself: input, output and operators.
 *
 * Apart from ledger_io.c so that the fuzzer links the forms without fmgr.
 */
#include "postgres.h"

#include "ledger_state.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(segment_ledger_in);
PG_FUNCTION_INFO_V1(segment_ledger_out);
PG_FUNCTION_INFO_V1(segment_ledger_recv);
PG_FUNCTION_INFO_V1(segment_ledger_send);
PG_FUNCTION_INFO_V1(segment_ledger_add);
PG_FUNCTION_INFO_V1(segment_ledger_subtract);
PG_FUNCTION_INFO_V1(segment_ledger_negate);
PG_FUNCTION_INFO_V1(segment_ledger_eq);
PG_FUNCTION_INFO_V1(segment_ledger_ne);

Datum
segment_ledger_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(ledger_parse(PG_GETARG_CSTRING(0)));
}

Datum
segment_ledger_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(ledger_print(PG_GETARG_LEDGER_PP(0)));
}

Datum
segment_ledger_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	int length = buf->len - buf->cursor;

	PG_RETURN_POINTER(ledger_receive(pq_getmsgbytes(buf, length), length));
}

Datum
segment_ledger_send(PG_FUNCTION_ARGS)
{
	Ledger *ledger = PG_GETARG_LEDGER_PP(0);
	StringInfoData out;

	pq_begintypsend(&out);
	pq_sendbytes(&out, VARDATA_ANY(ledger), VARSIZE_ANY_EXHDR(ledger));
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

static Ledger *
combine_ledgers(const Ledger *a, const Ledger *b, bool negate)
{
	LedgerShape shape;
	LedgerState *state;

	ledger_get_shape(a, &shape);
	state = ledger_state_add_ledger(ledger_state_create(&shape), a, false);
	return ledger_state_finish(ledger_state_add_ledger(state, b, negate));
}

Datum
segment_ledger_add(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(combine_ledgers(PG_GETARG_LEDGER_PP(0), PG_GETARG_LEDGER_PP(1), false));
}

Datum
segment_ledger_subtract(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(combine_ledgers(PG_GETARG_LEDGER_PP(0), PG_GETARG_LEDGER_PP(1), true));
}

Datum
segment_ledger_negate(PG_FUNCTION_ARGS)
{
	Ledger *ledger = PG_GETARG_LEDGER_PP(0);
	LedgerShape shape;

	ledger_get_shape(ledger, &shape);
	PG_RETURN_POINTER(
		ledger_state_finish(ledger_state_add_ledger(ledger_state_create(&shape), ledger, true)));
}

Datum
segment_ledger_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ledger_equal(PG_GETARG_LEDGER_PP(0), PG_GETARG_LEDGER_PP(1)));
}

Datum
segment_ledger_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!ledger_equal(PG_GETARG_LEDGER_PP(0), PG_GETARG_LEDGER_PP(1)));
}
