/*
 * quarantine.c
 *	  Customers whose data fail: set aside, counted and named, while the rest go on.
 *
 * A customer in quarantine keeps features, segments and, where the ledger is
 * what failed, that ledger, all as they were.  Keys are in the table alone:
 * messages and logs say how many there are, never who.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/elog.h"
#include "utils/lsyscache.h"

#include "quarantine.h"
#include "sql.h"

static KeySet *
customer_set(const Population *population)
{
	return keyset_create(population->key_type, get_typcollation(population->key_type));
}

static Datum
key_from_text(const Population *population, char *text)
{
	Oid input;
	Oid parameter;

	getTypeInputInfo(population->key_type, &input, &parameter);
	return OidInputFunctionCall(input, text, parameter, -1);
}

/*
 * Keys are written the way quarantine_none_sql() compares them: by the type's
 * output function, of the customer's own row, since an event may spell an equal
 * key otherwise (1.0 and 1.00).
 */
static char *
key_sql(const Population *population, const Failures *failures, int i)
{
	const char *key = quote_identifier(population->key_name);
	char *text = quote_literal_cstr(key_to_text(&failures->keys->type, failures->keys->keys[i], false));

	return psprintf(
		"COALESCE((SELECT format('%%s', f.%s) FROM %s f WHERE f.%s OPERATOR(pg_catalog.=) %s::%s), "
		"%s)",
		key, data_name(population->name, "_feature"), key, text,
		format_type_extended(population->key_type, -1, FORMAT_TYPE_TYPEMOD_GIVEN), text);
}

static void
forget_what_is_gone(const Population *population, List *sources)
{
	StringInfoData names;
	ListCell *lc;

	initStringInfo(&names);
	foreach (lc, sources)
		appendStringInfo(&names, " AND q.source OPERATOR(pg_catalog.<>) %s",
						 quote_literal_cstr(((Source *) lfirst(lc))->name));
	sql_run("DELETE FROM segment.quarantine q WHERE q.population_id OPERATOR(pg_catalog.=) %d "
			"AND q.phase OPERATOR(pg_catalog.=) '" QUARANTINE_LEDGER "'%s",
			population->id, names.data);
}

static void
forget_removed_customers(const Population *population)
{
	const char *key = quote_identifier(population->key_name);

	sql_run("DELETE FROM segment.quarantine q WHERE q.population_id OPERATOR(pg_catalog.=) %d "
			"AND NOT EXISTS (SELECT FROM %s f WHERE f.%s OPERATOR(pg_catalog.=) q.key::%s)",
			population->id, data_name(population->name, "_feature"), key,
			format_type_extended(population->key_type, -1, FORMAT_TYPE_TYPEMOD_GIVEN));
}

static void
read_keys(Quarantine *quarantine)
{
	uint64 found = sql_query("SELECT q.key, q.phase OPERATOR(pg_catalog.=) '" QUARANTINE_LEDGER "'"
							 " FROM segment.quarantine q WHERE q.population_id OPERATOR(pg_catalog.=) %d",
							 quarantine->population->id);

	for (uint64 row = 0; row < found; row++)
		keyset_add(cell_bool(row, 2) ? quarantine->stale : quarantine->failed,
				   key_from_text(quarantine->population, cell_text(row, 1)), false);
}

static bool
has_rows(const Population *population)
{
	return sql_query("SELECT 1 FROM segment.quarantine WHERE population_id OPERATOR(pg_catalog.=) %d LIMIT 1",
					 population->id) > 0;
}

Quarantine *
quarantine_read(const Population *population, List *sources)
{
	Quarantine *quarantine = palloc0(sizeof(Quarantine));

	quarantine->population = population;
	quarantine->stale = customer_set(population);
	quarantine->failed = customer_set(population);
	if (!has_rows(population))
		return quarantine;
	forget_what_is_gone(population, sources);
	forget_removed_customers(population);
	read_keys(quarantine);
	return quarantine;
}

void
quarantine_add_keys(const Population *population, KeySet *keys)
{
	Quarantine quarantine = {population, keys, keys};

	read_keys(&quarantine);
}

bool
quarantine_is_empty(const Quarantine *quarantine)
{
	return keyset_is_empty(quarantine->stale) && keyset_is_empty(quarantine->failed);
}

static char *
none_sql(const Population *population, const char *phase)
{
	return psprintf(
		"NOT EXISTS (SELECT FROM segment.quarantine q WHERE q.population_id OPERATOR(pg_catalog.=) %d "
		"AND q.key OPERATOR(pg_catalog.=) format('%%s', the_customer.%s)%s)",
		population->id, quote_identifier(population->key_name), phase);
}

char *
quarantine_none_sql(const Population *population)
{
	return none_sql(population, "");
}

char *
quarantine_none_failed_sql(const Population *population)
{
	if (!has_rows(population))
		return NULL;
	return none_sql(population, " AND q.phase OPERATOR(pg_catalog.=) '" QUARANTINE_EVALUATION "'");
}

/* Out of quarantine: who was tried and did not fail again. */
static void
release(const Population *population, const char *phase, const char *source, const KeySet *tried,
		const Failures *failures)
{
	uint64 found =
		sql_query("SELECT q.key FROM segment.quarantine q WHERE q.population_id OPERATOR(pg_catalog.=) %d "
				  "AND q.phase OPERATOR(pg_catalog.=) %s AND q.source OPERATOR(pg_catalog.=) %s",
				  population->id, quote_literal_cstr(phase), quote_literal_cstr(source));
	SPITupleTable *rows = SPI_tuptable;

	for (uint64 row = 0; row < found; row++)
	{
		char *text = SPI_getvalue(rows->vals[row], rows->tupdesc, 1);
		Datum key = key_from_text(population, text);

		CHECK_FOR_INTERRUPTS();
		if ((tried != NULL && !keyset_contains(tried, key, false)) || failures_have(failures, key, false))
			continue;
		sql_run("DELETE FROM segment.quarantine WHERE population_id OPERATOR(pg_catalog.=) %d "
				"AND key OPERATOR(pg_catalog.=) %s AND phase OPERATOR(pg_catalog.=) %s "
				"AND source OPERATOR(pg_catalog.=) %s",
				population->id, quote_literal_cstr(text), quote_literal_cstr(phase),
				quote_literal_cstr(source));
	}
}

static void
put(const Population *population, const char *phase, const char *source, const char *key,
	const Failure *failure)
{
	sql_run(
		"INSERT INTO segment.quarantine AS q (population_id, key, phase, source, feature, scheme, sqlstate, "
		"message, hint) VALUES (%d, %s, %s, %s, %s, %s, %s, %s, %s) "
		"ON CONFLICT (population_id, key, phase, source) DO UPDATE SET feature = EXCLUDED.feature, "
		"scheme = EXCLUDED.scheme, sqlstate = EXCLUDED.sqlstate, message = EXCLUDED.message, "
		"hint = EXCLUDED.hint, last_seen = EXCLUDED.last_seen",
		population->id, key, quote_literal_cstr(phase), quote_literal_cstr(source),
		literal_or_null(failure->feature), literal_or_null(failure->scheme),
		quote_literal_cstr(unpack_sql_state(failure->sqlstate)), quote_literal_cstr(failure->message),
		literal_or_null(failure->hint));
}

void
quarantine_settle(const Population *population, const char *phase, const char *source, const KeySet *tried,
				  const Failures *failures)
{
	ListCell *lc;

	if (has_rows(population))
		release(population, phase, source, tried, failures);
	if (failures == NULL)
		return;
	foreach (lc, failures->entries)
	{
		CHECK_FOR_INTERRUPTS();
		put(population, phase, source, key_sql(population, failures, foreach_current_index(lc)), lfirst(lc));
	}
}

int64
quarantine_report(const Population *population)
{
	int64 customers;
	int64 added;

	sql_query(
		"SELECT count(DISTINCT key), count(DISTINCT key) FILTER (WHERE since OPERATOR(pg_catalog.=) now()) "
		"FROM segment.quarantine WHERE population_id OPERATOR(pg_catalog.=) %d",
		population->id);
	customers = cell_int64(0, 1, 0);
	added = cell_int64(0, 2, 0);
	if (added > 0)
		ereport(WARNING,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("customers of population \"%s\" were quarantined: " INT64_FORMAT, population->name,
						added),
				 errdetail("Their data fail. They keep the segments they had; all others were refreshed."),
				 errhint("SELECT * FROM segment.quarantined says who and why. They are tried again when "
						 "their data or the definitions change, and every day.")));
	return customers;
}

int64
quarantine_count(const Population *population, const Source *source)
{
	sql_query("SELECT count(*) FROM segment.quarantine WHERE population_id OPERATOR(pg_catalog.=) %d "
			  "AND phase OPERATOR(pg_catalog.=) %s AND source OPERATOR(pg_catalog.=) %s",
			  population->id, quote_literal_cstr(QUARANTINE_LEDGER), quote_literal_cstr(source->name));
	return cell_int64(0, 1, 0);
}
