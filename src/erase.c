/*
 * erase.c
 *	  segment.erase(): one customer, out of everything the extension keeps.
 *
 * In the caller's transaction, so that the rows of the user's tables can go
 * with it.  Under the population lock: a refresh in flight has committed what
 * it knew of the customer, and is erased too; one that comes later takes its
 * snapshot after our commit.
 *
 * What a customer contributed to facts cannot be found any more when its rows
 * are gone.  So the customer first leaves the population, as it does when its
 * row is deleted, which open periods follow at once; its moves stay behind as
 * sums without a key (facts_residue.h); then its history goes too.  Final
 * periods keep their sums.
 *
 * Changes of the customer that no refresh has read are forgotten, those of this
 * transaction included: nobody need look at a customer of whom there is
 * nothing.  Where mapped relations still hold rows, the next refresh must, and
 * the customer is logged anew.  The logs go before the rows are counted: what
 * was in a log by then had committed, and a later snapshot sees its rows.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "alias.h"
#include "args.h"
#include "capture_target.h"
#include "change_log.h"
#include "collect.h"
#include "customer_argument.h"
#include "customer_relations.h"
#include "day.h"
#include "debug.h"
#include "definition.h"
#include "erasure.h"
#include "facts_follow.h"
#include "facts_residue.h"
#include "mapped.h"
#include "override.h"
#include "population_lock.h"
#include "refresh_lock.h"
#include "restricted.h"
#include "scheme.h"
#include "source_query.h"
#include "sql.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_erase);

typedef struct Erase
{
	Population *population;
	List *sources;
	List *schemes; /* active */
	KeySet *keys;
	Erasure counts;
	StringInfoData remaining; /* in words */
	TupleDesc desc;
	Tuplestorestate *receipt;
} Erase;

/* A snapshot taken before we had the lock would not show what its last holder wrote. */
static void
require_read_committed(void)
{
	if (IsolationUsesXactSnapshot())
		ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
						errmsg("segment.erase() must see what a refresh that it waits for commits"),
						errhint("Call it in a READ COMMITTED transaction.")));
}

static void
put_receipt(const Erase *erase, const char *relation, const char *holds, int64 rows, int64 remaining)
{
	Datum values[4] = {CStringGetTextDatum(relation), CStringGetTextDatum(holds), Int64GetDatum(rows),
					   Int64GetDatum(remaining)};
	bool nulls[4] = {false};

	tuplestore_putvalues(erase->receipt, erase->desc, values, nulls);
}

/*
 * The mapped relations are read last, and locked first: with the population in
 * hand nobody's DDL is waited for, as in a refresh (refresh_lock.c).
 */
static char *
lock_relations(const char *name)
{
	RefreshLocks *locks = refresh_locks_find(name, CurrentMemoryContext);

	refresh_locks_take_relations(locks);
	return locks->population;
}

/* Whom refreshes, overrides and merges would write meanwhile. */
static void
lock_customers(const Population *population)
{
	population_lock(population->anchor);
	if (OidIsValid(data_oid(override_table(population))))
		LockRelationOid(data_oid(override_table(population)), ShareUpdateExclusiveLock);
	LockRelationOid(data_oid(alias_table(population)), ShareUpdateExclusiveLock);
}

/* The customer, and all that were merged with it. */
static KeySet *
keys_of_customer(const Population *population, const CustomerArgument *argument)
{
	KeySet *keys = keyset_create(population->key_type, get_typcollation(population->key_type));

	keyset_add_stored(keys, customer_key_as_given(argument, population));
	return aliases_close(aliases_read(population), keys);
}

/* By other definitions than the facts were computed by, the next refresh computes everyone anyway. */
static void
forget_facts(const Erase *erase)
{
	ListCell *lc;

	foreach (lc, erase->schemes)
		scheme_forget_facts_day(lfirst(lc));
}

/* Keys are a parameter: statements end up in logs. */
static int64
run_with_keys(const char *query, const KeySet *keys)
{
	SPIExecuteOptions options = {.params = keys_parameter(keys)};
	int result = SPI_execute_extended(query, &options);

	if (result != SPI_OK_DELETE && result != SPI_OK_UPDATE && result != SPI_OK_INSERT)
		elog(ERROR, "could not run \"%s\": %s", query, SPI_result_code_string(result));
	return (int64) SPI_processed;
}

static int64
count_rows(const char *query, const KeySet *keys)
{
	Collected *rows = collect_for_keys(query, keys);
	TupleTableSlot *row = collected_slot(rows);
	int64 count = collected_next(rows, row) ? (int64) strtoll(slot_text(row, 1), NULL, 10) : 0;

	ExecDropSingleTupleTableSlot(row);
	collected_free(rows);
	return count;
}

static int64
delete_from(const CustomerRelation *relation, const KeySet *keys)
{
	if (relation->without == NULL)
		return run_with_keys(psprintf("DELETE FROM %s r WHERE %s OPERATOR(pg_catalog.=) ANY ($1)",
									  relation->name, relation->key),
							 keys);
	return run_with_keys(psprintf("UPDATE %s r SET %s = %s WHERE %s OPERATOR(pg_catalog.=) ANY ($1)",
								  relation->name, quote_identifier(relation->column), relation->without,
								  relation->key),
						 keys);
}

/* Whether the relation has the population's count of customers: it went down with them. */
static void
count_customers(const Erase *erase, const CustomerRelation *relation, int64 deleted)
{
	if (strcmp(relation->name, data_name(erase->population->name, "_feature")) == 0)
		sql_run("UPDATE segment.population SET customers = customers OPERATOR(pg_catalog.-) " INT64_FORMAT
				" WHERE population_id OPERATOR(pg_catalog.=) %d",
				deleted, erase->population->id);
}

static void
count_deleted(Erase *erase, const CustomerRelation *relation, int64 deleted)
{
	erase->counts.rows += deleted;
	if (deleted > 0)
		put_receipt(erase, relation->name, relation->holds, deleted, 0);
}

/* All but its stays, by which it leaves. */
static void
delete_customer(Erase *erase, List *relations)
{
	ListCell *lc;

	foreach (lc, relations)
	{
		const CustomerRelation *relation = lfirst(lc);
		int64 deleted;

		CHECK_FOR_INTERRUPTS();
		if (relation->is_stay)
			continue;
		deleted = delete_from(relation, erase->keys);
		count_customers(erase, relation, deleted);
		count_deleted(erase, relation, deleted);
	}
}

static void
delete_stays(const Erase *erase, List *relations)
{
	ListCell *lc;

	foreach (lc, relations)
		if (((CustomerRelation *) lfirst(lc))->is_stay)
			delete_from(lfirst(lc), erase->keys);
}

/* Before leaving changes them. */
static void
count_stays(Erase *erase, List *relations)
{
	ListCell *lc;

	foreach (lc, relations)
	{
		const CustomerRelation *relation = lfirst(lc);

		if (relation->is_stay)
			count_deleted(erase, relation,
						  count_rows(psprintf("SELECT count(*)::text FROM %s r WHERE %s "
											  "OPERATOR(pg_catalog.=) ANY ($1)",
											  relation->name, relation->key),
									 erase->keys));
	}
}

/* The history ends with the day of the last refresh, by an erasure. */
static void
leave_scheme(const Erase *erase, const Scheme *scheme)
{
	const char *key = quote_identifier(erase->population->key_name);
	const char *segment = quote_identifier(scheme->name);
	char *history = data_name(scheme->name, "_history");
	char *day = day_sql(erase->population->as_of);

	run_with_keys(psprintf("INSERT INTO %s (%s, from_segment, to_segment, day, cause, version) "
						   "SELECT s.%s, s.%s, NULL, %s, 'erasure', %d FROM %s s "
						   "WHERE s.%s OPERATOR(pg_catalog.=) ANY ($1) AND s.%s IS NOT NULL",
						   data_name(scheme->name, "_transition"), key, key, segment, day, scheme->version,
						   data_name(erase->population->name, "_segment"), key, segment),
				  erase->keys);
	run_with_keys(psprintf("DELETE FROM %s h WHERE h.%s OPERATOR(pg_catalog.=) ANY ($1) AND "
						   "upper_inf(h.valid) AND lower(h.valid) OPERATOR(pg_catalog.>=) %s",
						   history, key, day),
				  erase->keys);
	run_with_keys(psprintf("UPDATE %s h SET valid = daterange(lower(h.valid), %s) "
						   "WHERE h.%s OPERATOR(pg_catalog.=) ANY ($1) AND upper_inf(h.valid)",
						   history, day, key),
				  erase->keys);
}

static void
leave_schemes(const Erase *erase)
{
	ListCell *lc;

	foreach (lc, erase->schemes)
		leave_scheme(erase, lfirst(lc));
}

static void
keep_residue(const Erase *erase)
{
	ListCell *lc;

	foreach (lc, erase->schemes)
		residue_keep(erase->population, erase->sources, lfirst(lc), erase->keys);
}

static void
forget_changes_of(const Erase *erase, const Source *source)
{
	ChangeLog log;

	if ((source == NULL || source->parent_id == 0) &&
		change_log_find(erase->population->name, source ? source->name : NULL, &log))
		capture_forget(&log, change_log_keys(erase->population, &log, erase->keys));
}

static void
forget_changes(const Erase *erase)
{
	ListCell *lc;

	forget_changes_of(erase, NULL);
	foreach (lc, erase->sources)
		forget_changes_of(erase, lfirst(lc));
}

/* As the population's owner sees it, like all that is read from mapped relations. */
static int64
count_mapped(const Erase *erase, const char *query)
{
	RestrictedOperation as_owner;
	int64 count;

	restricted_begin(&as_owner, erase->population->owner, erase->population->timezone);
	count = count_rows(query, erase->keys);
	restricted_end(&as_owner);
	return count;
}

/* Of a child source, by its parents too. */
static bool
is_readable(const Erase *erase, const Source *source)
{
	if (source == NULL)
		return relation_exists(erase->population->relation);
	for (; source != NULL; source = source_in(erase->sources, source->parent_id))
		if (!relation_exists(source->relation))
			return false;
	return true;
}

/* One that is gone says nothing, and keeps nobody from being erased. */
static void
count_remaining_in(Erase *erase, const Source *source)
{
	const Population *population = erase->population;
	Oid relation = source ? source->relation : population->relation;
	const char *holds = source ? psprintf("rows of source %s", source->name) : "customers";
	int64 count;

	if (!is_readable(erase, source))
		return;
	count = count_mapped(erase, source ? source_rows_query(population, erase->sources, source, erase->keys)
									   : population_rows_query(population));
	put_receipt(erase, relation_label(relation), holds, 0, count);
	if (count == 0)
		return;
	erase->counts.remaining += count;
	appendStringInfo(&erase->remaining, "%s%s: " INT64_FORMAT, erase->remaining.len ? ", " : "",
					 relation_label(relation), count);
}

static void
count_remaining(Erase *erase)
{
	ListCell *lc;

	initStringInfo(&erase->remaining);
	count_remaining_in(erase, NULL);
	foreach (lc, erase->sources)
		count_remaining_in(erase, lfirst(lc));
}

/* A customer of whom the user keeps rows is one again with the next refresh. */
static void
warn_of_remaining(const Erase *erase)
{
	for (uint32 i = 0; i < erase->keys->nkeys; i++)
		change_log_customer_everywhere(erase->population, erase->keys->keys[i]);
	ereport(WARNING,
			(errmsg("mapped relations still hold rows of the customer"),
			 errdetail("Rows by relation: %s.", erase->remaining.data),
			 errhint("The next refresh takes the customer up again, as one who has just come. Delete the "
					 "rows, then call segment.erase() again, best in the same transaction.")));
}

static void
erase_customer(Erase *erase)
{
	const Population *population = erase->population;
	bool evaluated = population->refreshed && population->generation == population->evaluated_generation;
	FactsFollow facts;
	List *relations;

	erase->sources = sources_of(population);
	erase->schemes = schemes_of(population, "active");
	relations = customer_relations(population, erase->sources);
	if (evaluated)
		facts_follow_begin(&facts, population, erase->sources, erase->schemes, erase->keys,
						   population->as_of);
	count_stays(erase, relations);
	leave_schemes(erase);
	delete_customer(erase, relations);
	DEBUG_POINT("erase-after-delete");
	if (evaluated)
		facts_follow_end(&facts, NULL);
	else
		forget_facts(erase);
	keep_residue(erase);
	delete_stays(erase, relations);
	forget_changes(erase);
	count_remaining(erase);
	if (erase->counts.remaining > 0)
		warn_of_remaining(erase);
}

Datum
segment_erase(PG_FUNCTION_ARGS)
{
	CustomerArgument customer = customer_argument(fcinfo, 0, "customer");
	Erase erase = {0};
	char *name;
	ApiCall call;

	refuse_when_restricted();
	require_read_committed();
	erase.desc = result_row_type(fcinfo);
	erase.receipt = result_begin(fcinfo, erase.desc);
	name = lock_relations(arg_text(fcinfo, 1));
	api_begin(&call);
	erase.population = population_by_name(name, false);
	population_check_access(erase.population, call.caller);
	lock_customers(erase.population);
	DEBUG_POINT("erase-after-lock");
	erase.population = population_by_id(erase.population->id);
	erase.keys = keys_of_customer(erase.population, &customer);
	erase.counts.keys = erase.keys->nkeys;
	erase_customer(&erase);
	erasure_record(erase.population, call.caller, &erase.counts);
	DEBUG_POINT("erase-before-end");
	api_end(&call);
	return (Datum) 0;
}
