/*
 * verify_fn.c
 *	  segment.verify() and segment.verify_detail().
 *
 * Locks come before the snapshot, as in a refresh: what breaks MVCC (TRUNCATE,
 * rewrites, rotation of a log) is kept off while we read.  In READ COMMITTED
 * the snapshot is taken then; in REPEATABLE READ it is the transaction's.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "args.h"
#include "capture_target.h"
#include "collect.h"
#include "quarantine.h"
#include "refresh_lock.h"
#include "scheme.h"
#include "sql.h"
#include "srf.h"
#include "verify.h"

PG_FUNCTION_INFO_V1(segment_verify);
PG_FUNCTION_INFO_V1(segment_verify_detail);

/* Customers compared at a time: what is recomputed is held in memory. */
#define KEYS_AT_A_TIME 10000

static void
tell_not_compared(const Verification *verification)
{
	ListCell *lc;

	if (verification->changes->own.everyone)
		ereport(NOTICE, (errmsg("customers and attributes of population \"%s\" are not compared",
								verification->population->name),
						 errdetail("What changed since the last refresh cannot be told."),
						 errhint("segment.check_sources() says why.")));
	foreach (lc, verification->changes->sources)
	{
		const RelationChanges *relation = lfirst(lc);

		if (relation->everyone)
			ereport(NOTICE, (errmsg("ledgers of source \"%s\" are not compared", relation->source->name),
							 errdetail("What changed since the last refresh cannot be told."),
							 errhint("segment.check_sources() says why.")));
	}
	if (!verification->results_hold)
		ereport(NOTICE, (errmsg("features and segments are not compared"),
						 errdetail("Definitions changed since the last refresh."),
						 errhint("CALL segment.refresh(%s), then verify again.",
								 quote_literal_cstr(verification->population->name))));
}

/* What this transaction itself changed is in its snapshot, but in no log until it commits. */
static void
require_nothing_pending(void)
{
	if (capture_is_pending())
		ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
						errmsg("this transaction has changed mapped relations itself"),
						errhint("COMMIT, then verify.")));
}

/* All that is read from here on is read in the one snapshot. */
static void
read_definitions(Verification *verification, const char *population)
{
	verification->population = population_by_name(population, false);
	require_refreshed(verification->population);
	verification->plan = evaluation_plan(verification->population);
	verification->aliases = aliases_read(verification->population);
	/* The set of changed keys is wanted however many there are. */
	(void) set_config_option("segment.bulk_fraction", "1", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true,
							 0, false);
	verification->changes = changes_read(verification->population, verification->plan->sources);
	/* Whose data fail cannot be recomputed either. */
	quarantine_add_keys(verification->population, verification->changes->customers);
	verification->results_hold =
		verification->population->generation == verification->population->evaluated_generation;
	verification->mismatched = keyset_create(verification->population->key_type,
											 get_typcollation(verification->population->key_type));
}

static KeySet *
sample_keys(const Verification *verification, int sample)
{
	const Population *population = verification->population;
	const char *key = quote_identifier(population->key_name);
	KeySet *set = keyset_create(population->key_type, get_typcollation(population->key_type));
	Collected *rows = collect(psprintf("SELECT %s FROM %s ORDER BY random() LIMIT %d", key,
									   data_name(population->name, "_feature"), sample));
	TupleTableSlot *slot = collected_slot(rows);

	while (collected_next(rows, slot))
	{
		bool isnull;
		Datum value = slot_getattr(slot, 1, &isnull);

		if (set->type.length == -1)
			value = PointerGetDatum(PG_DETOAST_DATUM_PACKED(value));
		keyset_add(set, value, isnull);
	}
	ExecDropSingleTupleTableSlot(slot);
	collected_free(rows);
	return set;
}

static void
verify_chunk(Verification *verification, KeySet *chunk)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "verify", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);

	verify_keys(verification, aliases_close(verification->aliases, chunk));
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

/* Those of the keys that nothing unseen concerns, some at a time; returns how many. */
static int64
verify_in_chunks(Verification *verification, const KeySet *keys)
{
	const KeySet *unseen = verification->changes->customers;
	KeySet *chunk = NULL;
	int64 checked = 0;

	for (uint32 i = 0; i <= keys->nkeys; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (chunk != NULL && (i == keys->nkeys || chunk->nkeys == KEYS_AT_A_TIME))
		{
			verify_chunk(verification, chunk);
			chunk = NULL;
		}
		if (i == keys->nkeys || keyset_contains(unseen, keys->keys[i], false) ||
			alias_is_duplicate(verification->aliases, keys->keys[i]))
			continue;
		if (chunk == NULL)
			chunk = keyset_create(keys->type.type, keys->type.collation);
		keyset_add(chunk, keys->keys[i], false);
		checked++;
	}
	if (keys->has_null && !unseen->has_null)
	{
		chunk = keyset_create(keys->type.type, keys->type.collation);
		chunk->has_null = true;
		verify_chunk(verification, chunk);
		checked++;
	}
	return checked;
}

/* Compare everyone, or a sample; details go to where "verification" says, if anywhere. */
static void
verify_population(FunctionCallInfo fcinfo, Verification *verification, int64 *checked, int64 *mismatched)
{
	RefreshLocks *locks;
	KeySet *keys;
	ApiCall call;

	if (!PG_ARGISNULL(1) && PG_GETARG_INT32(1) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("sample is not a number of customers"),
				 errhint("Give at least 1, or leave it out to compare everyone.")));
	require_nothing_pending();
	locks = refresh_locks_find(arg_text(fcinfo, 0), CurrentMemoryContext);
	refresh_locks_take_relations(locks);
	PushActiveSnapshot(GetTransactionSnapshot());
	api_begin(&call);
	api_read_by_snapshot(true);
	refresh_locks_require_not_rewritten(locks);
	read_definitions(verification, locks->population);
	tell_not_compared(verification);
	keys = PG_ARGISNULL(1) ? verify_all_keys(verification) : sample_keys(verification, PG_GETARG_INT32(1));
	*checked = verify_in_chunks(verification, keys);
	*mismatched = (int64) verification->mismatched->nkeys + verification->mismatched->has_null;
	api_end(&call);
	PopActiveSnapshot();
}

Datum
segment_verify(PG_FUNCTION_ARGS)
{
	Verification verification = {0};
	int64 counts[2];
	Datum values[2];
	bool nulls[2] = {false};
	TupleDesc row;

	row = result_row_type(fcinfo);
	verify_population(fcinfo, &verification, &counts[0], &counts[1]);
	for (int i = 0; i < lengthof(values); i++)
		values[i] = Int64GetDatum(counts[i]);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row), values, nulls));
}

Datum
segment_verify_detail(PG_FUNCTION_ARGS)
{
	Verification verification = {0};
	int64 checked, mismatched;

	verification.desc = result_row_type(fcinfo);
	verification.details = result_begin(fcinfo, verification.desc);
	verify_population(fcinfo, &verification, &checked, &mismatched);
	return (Datum) 0;
}
