/*
 * verify.c
 *	  Compare the stored results of some customers with a recomputation.
 *
 * Recomputed by the code that a refresh runs, from the user's relations on:
 * the population's query, the keyed ledger build (in memory), and the
 * evaluation of what is stored.
 */
#include "postgres.h"

#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

#include "build_memory.h"
#include "collect.h"
#include "consent.h"
#include "day.h"
#include "ledgers.h"
#include "restricted.h"
#include "source_query.h"
#include "verify.h"

/* Reporting. */

static char *
value_text(Oid type, Datum value, bool isnull)
{
	Oid output;
	bool varlena;

	if (isnull)
		return NULL;
	getTypeOutputInfo(type, &output, &varlena);
	return OidOutputFunctionCall(output, value);
}

/* Keys go into the result alone, never into a message or a log. */
static void
report(Verification *verification, Datum key, bool is_null, const char *what, const char *stored,
	   const char *recomputed)
{
	char *texts[] = {value_text(verification->population->key_type, key, is_null), unconstify(char *, what),
					 unconstify(char *, stored), unconstify(char *, recomputed)};
	Datum values[lengthof(texts)];
	bool nulls[lengthof(texts)];

	keyset_add(verification->mismatched, key, is_null);
	if (verification->details == NULL)
		return;
	for (int i = 0; i < lengthof(texts); i++)
	{
		nulls[i] = texts[i] == NULL;
		values[i] = texts[i] ? CStringGetTextDatum(texts[i]) : (Datum) 0;
	}
	tuplestore_putvalues(verification->details, verification->desc, values, nulls);
}

static Datum
slot_key(const Verification *verification, TupleTableSlot *slot, int column, bool *isnull)
{
	Datum key = slot_getattr(slot, column, isnull);

	if (!*isnull && verification->mismatched->type.length == -1)
		key = PointerGetDatum(PG_DETOAST_DATUM_PACKED(key));
	return key;
}

static KeySet *
key_set(const Verification *verification)
{
	return keyset_create(verification->population->key_type,
						 get_typcollation(verification->population->key_type));
}

static void
add_keys(const Verification *verification, KeySet *set, Collected *rows)
{
	TupleTableSlot *slot = collected_slot(rows);

	while (collected_next(rows, slot))
	{
		bool isnull;
		Datum key = slot_key(verification, slot, 1, &isnull);

		keyset_add(set, key, isnull);
	}
	ExecDropSingleTupleTableSlot(slot);
	collected_free(rows);
}

static Collected *
read_customers(const Verification *verification, List *features, const KeySet *keys)
{
	const Population *population = verification->population;
	char *query = population_query(population, features, keys);
	RestrictedOperation as_owner;
	Collected *rows;

	restricted_begin(&as_owner, population->owner, population->timezone);
	rows = keys ? collect_for_keys(query, keys) : collect(query);
	restricted_end(&as_owner);
	return rows;
}

KeySet *
verify_all_keys(const Verification *verification)
{
	const Population *population = verification->population;
	const char *key = quote_identifier(population->key_name);
	static const char *const tables[] = {"_feature", "_segment"};
	KeySet *set = key_set(verification);
	ListCell *lc;

	for (int i = 0; i < lengthof(tables); i++)
		add_keys(verification, set,
				 collect(psprintf("SELECT %s FROM %s", key, data_name(population->name, tables[i]))));
	foreach (lc, verification->plan->sources)
		add_keys(verification, set,
				 collect(psprintf("SELECT %s FROM %s", key, ledger_table(population, lfirst(lc)))));
	add_keys(verification, set, read_customers(verification, NIL, NULL));
	set->has_null = verification->plan->sources != NIL;
	return set;
}

/* Ledgers. */

static bool
same_ledger(Datum stored, const Ledger *recomputed)
{
	struct varlena *bytes = PG_DETOAST_DATUM(stored);

	return VARSIZE_ANY_EXHDR(bytes) == VARSIZE_ANY_EXHDR(recomputed) &&
		   memcmp(VARDATA_ANY(bytes), VARDATA_ANY(recomputed), VARSIZE_ANY_EXHDR(bytes)) == 0;
}

static void
compare_stored_ledgers(Verification *verification, const char *what, GroupTable *groups, Collected *rows)
{
	TupleTableSlot *slot = collected_slot(rows);
	Oid ledger_type = TupleDescAttr(rows->desc, 1)->atttypid;

	while (collected_next(rows, slot))
	{
		bool key_null, isnull;
		Datum key = slot_key(verification, slot, 1, &key_null);
		Datum stored = slot_getattr(slot, 2, &isnull);
		LedgerGroup *group = group_lookup(groups, key_hash(groups->key_type, key, key_null), key, key_null);
		Ledger *ledger = group ? group_ledger(groups, group, NULL) : NULL;

		if (group)
			group->seen = true;
		if (ledger == NULL || isnull || !same_ledger(stored, ledger))
			report(verification, key, key_null, what, value_text(ledger_type, stored, isnull),
				   value_text(ledger_type, PointerGetDatum(ledger), ledger == NULL));
	}
	ExecDropSingleTupleTableSlot(slot);
}

static void
report_missing_ledgers(Verification *verification, const char *what, GroupTable *groups, Oid ledger_type)
{
	LedgerGroup *group;
	uint32 position = 0;

	while ((group = group_next(groups, &position)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (!group->seen)
			report(verification, group->key, group->key_is_null, what, NULL,
				   value_text(ledger_type, PointerGetDatum(group_ledger(groups, group, NULL)), false));
	}
}

static void
verify_ledgers(Verification *verification, const Source *source, const KeySet *keys)
{
	const Population *population = verification->population;
	const char *key = quote_identifier(population->key_name);
	char *what = psprintf("ledger %s", source->name);
	GroupTable *groups = group_events(source_build(population, verification->plan->sources, source, keys));
	Collected *rows =
		collect_for_keys(psprintf("SELECT %s, ledger FROM %s WHERE %s OPERATOR(pg_catalog.=) ANY ($1)%s", key,
								  ledger_table(population, source), key,
								  keys->has_null ? psprintf(" OR %s IS NULL", key) : ""),
						 keys);

	compare_stored_ledgers(verification, what, groups, rows);
	report_missing_ledgers(verification, what, groups, TupleDescAttr(rows->desc, 1)->atttypid);
	collected_free(rows);
}

/* Customers and their attributes. */

/* The names of population_query()'s columns in the feature table. */
static List *
customer_columns(const Verification *verification)
{
	List *columns = list_make2(verification->population->key_name, "since");
	ListCell *lc;

	foreach (lc, verification->plan->features)
	{
		Feature *feature = lfirst(lc);
		bool dated = feature->dated_by != NULL;

		if (feature->kind != FEATURE_ATTRIBUTE)
			continue;
		columns = lappend(columns, dated ? psprintf("%s_value", feature->name) : feature->name);
		if (dated)
			columns = lappend(columns, psprintf("%s_dated", feature->name));
	}
	return columns;
}

static Collected *
stored_customers(const Verification *verification, List *columns, const KeySet *keys)
{
	StringInfoData list;
	ListCell *lc;

	initStringInfo(&list);
	foreach (lc, columns)
		appendStringInfo(&list, "%s%s", list.len ? ", " : "", quote_identifier(lfirst(lc)));
	return collect_for_keys(psprintf("SELECT %s FROM %s WHERE %s OPERATOR(pg_catalog.=) ANY ($1)", list.data,
									 data_name(verification->population->name, "_feature"),
									 quote_identifier(verification->population->key_name)),
							keys);
}

static void
compare_value(Verification *verification, Datum key, const char *what, Form_pg_attribute attribute,
			  Datum stored, bool stored_null, Datum recomputed, bool recomputed_null)
{
	if (stored_null == recomputed_null &&
		(stored_null || datum_image_eq(stored, recomputed, attribute->attbyval, attribute->attlen)))
		return;
	report(verification, key, false, what, value_text(attribute->atttypid, stored, stored_null),
		   value_text(attribute->atttypid, recomputed, recomputed_null));
}

static void
compare_customer(Verification *verification, Datum key, List *columns, TupleDesc desc, TupleTableSlot *stored,
				 TupleTableSlot *wanted)
{
	for (int i = 1; i < desc->natts; i++)
	{
		bool stored_null, wanted_null;
		Datum a = slot_getattr(stored, i + 1, &stored_null);
		Datum b = slot_getattr(wanted, i + 1, &wanted_null);

		compare_value(verification, key, psprintf("attribute %s", (char *) list_nth(columns, i)),
					  TupleDescAttr(desc, i), a, stored_null, b, wanted_null);
	}
}

/* The rows read, each found again by its key's place in the set. */
static MinimalTuple *
rows_by_key(const Verification *verification, Collected *rows, const KeySet *objecting, KeySet *places)
{
	MinimalTuple *tuples = palloc(sizeof(MinimalTuple) * Max(rows->count, 1));
	TupleTableSlot *slot = collected_slot(rows);

	while (collected_next(rows, slot))
	{
		bool isnull;
		Datum key = slot_key(verification, slot, 1, &isnull);

		if (isnull || alias_is_duplicate(verification->aliases, key) ||
			(objecting != NULL && keyset_contains(objecting, key, false)))
			continue;
		if (keyset_add(places, key, false))
			tuples[places->nkeys - 1] = ExecCopySlotMinimalTuple(slot);
	}
	ExecDropSingleTupleTableSlot(slot);
	return tuples;
}

static void
verify_customers(Verification *verification, const KeySet *keys)
{
	List *columns = customer_columns(verification);
	Collected *wanted = read_customers(verification, verification->plan->features, keys);
	Collected *stored = stored_customers(verification, columns, keys);
	KeySet *places = key_set(verification);
	KeySet *objecting = consent_objecting_groups(verification->population, verification->aliases, keys);
	MinimalTuple *tuples = rows_by_key(verification, wanted, objecting, places);
	TupleTableSlot *stored_slot = collected_slot(stored);
	TupleTableSlot *wanted_slot = collected_slot(wanted);

	while (collected_next(stored, stored_slot))
	{
		bool isnull;
		Datum key = slot_key(verification, stored_slot, 1, &isnull);
		int64 place = keyset_place(places, key);

		if (place < 0 || tuples[place] == NULL)
		{
			report(verification, key, false, "customer", "there", NULL);
			continue;
		}
		ExecStoreMinimalTuple(tuples[place], wanted_slot, false);
		compare_customer(verification, key, columns, stored->desc, stored_slot, wanted_slot);
		tuples[place] = NULL;
	}
	for (uint32 i = 0; i < places->nkeys; i++)
	{
		if (tuples[i] != NULL)
			report(verification, places->keys[i], false, "customer", NULL, "there");
	}
	ExecDropSingleTupleTableSlot(stored_slot);
	ExecDropSingleTupleTableSlot(wanted_slot);
	collected_free(stored);
	collected_free(wanted);
}

/* Features and segments: a refresh would have nothing to write of them. */

static void
compare_columns(Verification *verification, TupleTableSlot *slot, const Collected *rows, Datum key,
				const char *what, const char *recomputed, const char *stored)
{
	int a = collected_column(rows, stored);
	int b = collected_column(rows, recomputed);
	bool a_null, b_null;
	Datum a_value = slot_getattr(slot, a, &a_null);
	Datum b_value = slot_getattr(slot, b, &b_null);

	compare_value(verification, key, what, TupleDescAttr(rows->desc, a - 1), a_value, a_null, b_value,
				  b_null);
}

static void
compare_features(Verification *verification, TupleTableSlot *slot, const Collected *rows, Datum key)
{
	ListCell *lc;

	compare_columns(verification, slot, rows, key, "as_of", "as_of", "old.as_of");
	compare_columns(verification, slot, rows, key, "entry_day", "entry_day", "old.entry_day");
	foreach (lc, verification->plan->features)
	{
		const Feature *feature = lfirst(lc);

		if (feature_is_evaluated(feature))
			compare_columns(verification, slot, rows, key, psprintf("feature %s", feature->name),
							feature->name, psprintf("old.%s", feature->name));
	}
}

static void
compare_segments(Verification *verification, TupleTableSlot *slot, const Collected *rows, Datum key)
{
	ListCell *lc;

	foreach (lc, verification->plan->schemes)
	{
		const SchemePlan *scheme = lfirst(lc);
		const char *name = scheme->scheme->name;
		int version = collected_column(rows, psprintf("old.%s.version", name));
		bool isnull;
		Datum stored_version = slot_getattr(slot, version, &isnull);

		compare_columns(verification, slot, rows, key, psprintf("segment %s", name), name,
						psprintf("old.%s", name));
		compare_columns(verification, slot, rows, key, psprintf("raw %s", name),
						raw_name(verification->plan, scheme), psprintf("old.%s.raw", name));
		if (scheme->overrides)
			compare_columns(verification, slot, rows, key, psprintf("override %s", name),
							psprintf("%s.overridden", name), psprintf("old.%s.override", name));
		compare_value(verification, key, psprintf("version %s", name), TupleDescAttr(rows->desc, version - 1),
					  stored_version, isnull, Int32GetDatum(scheme->definition->version), false);
	}
}

static void
verify_results(Verification *verification, const KeySet *keys)
{
	EvaluationPlan *plan = verification->plan;
	Collected *rows;
	TupleTableSlot *slot;
	int key_column;
	int no_row;

	plan->keys = keys;
	plan->stored = true;
	plan->days = psprintf("VALUES (%s)", day_sql(verification->population->as_of));
	rows = collect_for_keys(evaluation_sql(plan), keys);
	slot = collected_slot(rows);
	key_column = collected_column(rows, verification->population->key_name);
	no_row = collected_column(rows, "segment_tid");
	while (collected_next(rows, slot))
	{
		bool isnull;
		Datum key = slot_key(verification, slot, key_column, &isnull);

		slot_getattr(slot, no_row, &isnull);
		if (isnull)
			report(verification, key, false, "row of segments", NULL, "there");
		compare_features(verification, slot, rows, key);
		if (!isnull)
			compare_segments(verification, slot, rows, key);
	}
	ExecDropSingleTupleTableSlot(slot);
	collected_free(rows);
}

/* History: one open row that says what is stored, and rows that meet, but for who was away. */

static char *
broken_history_sql(const Verification *verification, const Scheme *scheme)
{
	const char *key = quote_identifier(verification->population->key_name);

	return psprintf("SELECT count(*) AS rows FROM (SELECT h.segment, lower(h.valid) AS since, "
					"lag(h.segment) OVER days AS before, lag(upper(h.valid)) OVER days AS until FROM %s h "
					"WHERE h.%s OPERATOR(pg_catalog.=) k.key WINDOW days AS (ORDER BY h.valid)) pair "
					"WHERE pair.until OPERATOR(pg_catalog.>) pair.since "
					"OR (pair.until OPERATOR(pg_catalog.=) pair.since AND pair.before OPERATOR(pg_catalog.=) "
					"pair.segment) "
					"OR (pair.until OPERATOR(pg_catalog.<) pair.since AND NOT EXISTS (SELECT 1 FROM %s t "
					"WHERE t.%s OPERATOR(pg_catalog.=) k.key AND t.day OPERATOR(pg_catalog.=) pair.until "
					"AND t.to_segment IS NULL))",
					data_name(scheme->name, "_history"), key, data_name(scheme->name, "_transition"), key);
}

static char *
history_sql(const Verification *verification, const Scheme *scheme)
{
	const char *key = quote_identifier(verification->population->key_name);
	const char *name = quote_identifier(scheme->name);
	const char *since = quote_identifier(psprintf("%s_since", scheme->name));

	return psprintf(
		"SELECT k.key, s.%s || ' since ' || s.%s, h.segment || ' since ' || lower(h.valid), broken.rows "
		"FROM unnest($1) AS k(key) LEFT JOIN %s s ON s.%s OPERATOR(pg_catalog.=) k.key "
		"LEFT JOIN %s h ON h.%s OPERATOR(pg_catalog.=) k.key AND upper_inf(h.valid) "
		"CROSS JOIN LATERAL (%s) broken "
		"WHERE s.%s IS DISTINCT FROM h.segment OR s.%s IS DISTINCT FROM lower(h.valid) "
		"OR broken.rows OPERATOR(pg_catalog.>) 0",
		name, since, data_name(verification->population->name, "_segment"), key,
		data_name(scheme->name, "_history"), key, broken_history_sql(verification, scheme), name, since);
}

static void
verify_history(Verification *verification, const Scheme *scheme, const KeySet *keys)
{
	Collected *rows = collect_for_keys(history_sql(verification, scheme), keys);
	TupleTableSlot *slot = collected_slot(rows);

	while (collected_next(rows, slot))
	{
		bool isnull;
		Datum key = slot_key(verification, slot, 1, &isnull);
		int64 broken = DatumGetInt64(slot_getattr(slot, 4, &isnull));

		if (broken > 0)
			report(verification, key, false, psprintf("history %s", scheme->name),
				   "gaps, overlaps or repetitions", NULL);
		else
			report(verification, key, false, psprintf("history %s", scheme->name), slot_text(slot, 3),
				   slot_text(slot, 2));
	}
	ExecDropSingleTupleTableSlot(slot);
	collected_free(rows);
}

void
verify_keys(Verification *verification, KeySet *keys)
{
	const Changes *changes = verification->changes;
	ListCell *lc;

	if (!changes->own.everyone)
		verify_customers(verification, keys);
	foreach (lc, changes->sources)
	{
		const RelationChanges *relation = lfirst(lc);

		if (!relation->everyone)
			verify_ledgers(verification, relation->source, keys);
	}
	if (!verification->results_hold)
		return;
	verify_results(verification, keys);
	foreach (lc, verification->plan->schemes)
		verify_history(verification, ((SchemePlan *) lfirst(lc))->scheme, keys);
}
