/*
 * ledger_fuzz.c
 *	  Fuzz target for the ledger's text and binary input.
 *
 * The same bytes are tried as both forms.  What is accepted must come back
 * unchanged from every form and from its own entries, and evaluation must
 * agree with the entries; memory is the sanitizers' business.
 */
#include "postgres.h"

#include "backend.h"
#include "ledger_state.h"
#include "ledger_view.h"

extern int LLVMFuzzerTestOneInput(const uint8 *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
check_view(const Ledger *ledger)
{
	const LedgerView *view = ledger_view(ledger);
	DayRange all = ledger_view_range(view, DATEVAL_NOBEGIN, DATEVAL_NOEND);
	int128 count = 0;
	LedgerIterator it;

	ledger_iterate(ledger, &it);
	while (ledger_next(&it))
		count += it.count;
	require(all.first == 0 && all.end == view->ndays);
	require(ledger_view_sum(view, all, 0) == count);
	require(ledger_view_active(view, all) == view->nactive);
}

static void
check_ledger(const Ledger *ledger)
{
	LedgerShape shape;
	LedgerState *state;

	require(ledger_problem((const uint8 *) VARDATA_ANY(ledger), VARSIZE_ANY_EXHDR(ledger)) == NULL);
	require(ledger_equal(ledger, ledger_parse(ledger_print(ledger))));
	ledger_get_shape(ledger, &shape);
	state = ledger_state_add_ledger(ledger_state_create(&shape), ledger, false);
	ledger_state_check(state);
	require(ledger_equal(ledger, ledger_state_finish(state)));
	check_view(ledger);
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	char *text = palloc(size + 1);
	Ledger *volatile ledger = NULL;

	memcpy(text, data, size);
	text[size] = '\0';
	if (STUB_TRY(ledger = ledger_receive((const char *) data, size)))
		require(STUB_TRY(check_ledger(ledger)));
	if (STUB_TRY(ledger = ledger_parse(text)))
		require(STUB_TRY(check_ledger(ledger)));
	stub_free_all();
	return 0;
}
