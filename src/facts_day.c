/*
 * facts_day.c
 *	  Whose facts another day changes, though nothing of theirs was written:
 *	  who has events, or enters, on days that were still to come.  Mostly nobody.
 *
 * Beside facts_pass.c, because this reads ledgers and members alone, once for
 * all schemes, where a pass reads every scheme's history too.
 */
#include "postgres.h"

#include "facts_day.h"
#include "facts_scan.h"
#include "ledger.h"

/* Days after "before" and until "as_of". */
typedef struct NewDays
{
	DateADT before;
	DateADT as_of;
} NewDays;

static void
add_current_key(FactsScan *scan, KeySet *keys)
{
	bool isnull;
	Datum key = slot_getattr(scan->slot, scan->key_column, &isnull);

	if (!isnull && keys->type.length == -1)
		key = PointerGetDatum(facts_scan_varlena(scan, key));
	keyset_add(keys, key, isnull);
}

static bool
has_event(const Ledger *ledger, NewDays days)
{
	LedgerIterator it;

	ledger_iterate(ledger, &it);
	while (ledger_next(&it))
	{
		if (it.day > days.before)
			return it.day <= days.as_of;
	}
	return false;
}

static void
add_active(Oid ledgers, const char *key_name, NewDays days, KeySet *keys)
{
	FactsScan scan;
	AttrNumber column;

	facts_scan_begin(&scan, ledgers, key_name, NULL, NULL);
	column = facts_scan_column(&scan, "ledger");
	while (facts_scan_next(&scan))
	{
		bool isnull;
		Datum ledger = slot_getattr(scan.slot, column, &isnull);

		if (!isnull && has_event(facts_scan_varlena(&scan, ledger), days))
			add_current_key(&scan, keys);
	}
	facts_scan_end(&scan);
}

static void
add_entering(Oid members, const char *key_name, NewDays days, KeySet *keys)
{
	FactsScan scan;
	AttrNumber column;

	facts_scan_begin(&scan, members, key_name, NULL, NULL);
	column = facts_scan_column(&scan, "entry_day");
	while (facts_scan_next(&scan))
	{
		bool isnull;
		DateADT day = DatumGetDateADT(slot_getattr(scan.slot, column, &isnull));

		if (!isnull && day > days.before && day <= days.as_of)
			add_current_key(&scan, keys);
	}
	facts_scan_end(&scan);
}

void
facts_day_add_customers(const Population *population, List *sources, DateADT before, DateADT as_of,
						KeySet *keys)
{
	NewDays days = {before, as_of};
	bool may_enter = population->since_column != NULL;
	ListCell *lc;

	foreach (lc, sources)
	{
		const Source *source = lfirst(lc);

		if (source->last_day <= before)
			continue;
		add_active(data_oid(ledger_table(population, source)), population->key_name, days, keys);
		may_enter = true;
	}
	if (may_enter)
		add_entering(data_oid(data_name(population->name, "_feature")), population->key_name, days, keys);
}
