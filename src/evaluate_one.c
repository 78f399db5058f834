/*
 * evaluate_one.c
 *	  Evaluate one customer by one version of a scheme.
 *
 * Fetch, evaluate, step: explain() and current() both come here, and differ
 * only in where the customer is fetched from.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"

#include "customer_fetch.h"
#include "evaluate_one.h"
#include "sql.h"

int
customer_version_on(const Population *population, const Scheme *scheme, Datum key, DateADT day)
{
	const char *key_name = quote_identifier(population->key_name);
	int version = scheme_version_on(scheme, day);
	Oid types[] = {population->key_type, DATEOID};
	Datum values[] = {key, DateADTGetDatum(day)};
	char *query;

	if (version > 0)
		return version;
	query = psprintf(
		"SELECT version FROM %s h WHERE h.%s OPERATOR(pg_catalog.=) $1 AND valid OPERATOR(pg_catalog.@>) $2",
		data_name(scheme->name, "_history"), key_name);
	if (SPI_execute_with_args(query, lengthof(types), types, values, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not run \"%s\"", query);
	return SPI_processed == 1 ? cell_int(0, 1, 1) : 1;
}

static Datum
text_array(const OneChange *changes, int nchanges, bool features)
{
	Datum *elements = palloc(sizeof(Datum) * nchanges);
	bool *nulls = palloc(sizeof(bool) * nchanges);
	int lower = 1;

	for (int i = 0; i < nchanges; i++)
	{
		const char *text = features ? changes[i].feature : changes[i].value;

		nulls[i] = text == NULL;
		elements[i] = text ? CStringGetTextDatum(text) : (Datum) 0;
	}
	return PointerGetDatum(
		construct_md_array(elements, nulls, 1, &nchanges, &lower, TEXTOID, -1, false, TYPALIGN_INT));
}

static Verdict *
cell_verdicts(uint64 row, int column, int count)
{
	bool isnull;
	Datum array = cell_datum(row, column, &isnull);
	Verdict *verdicts = palloc(sizeof(Verdict) * Max(count, 1));
	Datum *elements;
	bool *nulls;
	int found;

	deconstruct_array(DatumGetArrayTypeP(array), BOOLOID, 1, true, TYPALIGN_CHAR, &elements, &nulls, &found);
	if (found != count)
		elog(ERROR, "evaluation answered %d conditions of %d", found, count);
	for (int i = 0; i < count; i++)
		verdicts[i] = nulls[i] ? VERDICT_UNKNOWN : DatumGetBool(elements[i]) ? VERDICT_TRUE : VERDICT_FALSE;
	return verdicts;
}

/* A rule is false when a condition is, else unknown when one is. */
static Verdict *
rule_verdicts(const OnePlan *one, const Verdict *met)
{
	Verdict *verdicts = palloc(sizeof(Verdict) * Max(list_length(one->rules), 1));
	ListCell *lc;

	foreach (lc, one->rules)
	{
		const OneRule *rule = lfirst(lc);
		Verdict verdict = VERDICT_TRUE;

		for (int i = 0; i < list_length(rule->conditions) && verdict != VERDICT_FALSE; i++)
			if (met[rule->first + i] != VERDICT_TRUE)
				verdict = met[rule->first + i];
		verdicts[foreach_current_index(lc)] = verdict;
	}
	return verdicts;
}

static OneResult
read_result(const OnePlan *one, uint64 row)
{
	OneResult result = {0};
	bool isnull;

	result.raw = cell_text(row, ONE_RAW);
	result.met = cell_verdicts(row, ONE_MET, one->nconditions);
	result.verdicts = rule_verdicts(one, result.met);
	result.entry_day = DatumGetDateADT(cell_datum(row, ONE_ENTRY_DAY, &isnull));
	result.has_entry = !isnull;
	result.assigned = cell_text(row, ONE_ASSIGNED);
	result.since = DatumGetDateADT(cell_datum(row, ONE_SINCE, &isnull));
	result.version = cell_int(row, ONE_VERSION, 0);
	result.segment = cell_text(row, ONE_SEGMENT);
	result.inputs = palloc(sizeof(char *) * Max(one->ninputs, 1));
	for (int i = 0; i < one->ninputs; i++)
		result.inputs[i] = cell_text(row, ONE_INPUTS + i);
	return result;
}

static OneResult *
run(const OnePlan *one, const Population *population, Datum *values, char *nulls, int nchanges)
{
	OneResult *results;

	if (one->fetch && !fetch_customer(one->fetch, population, values[PARAM_KEY], values + PARAM_FETCHED,
									  nulls + PARAM_FETCHED))
		return NULL;
	if (SPI_execute_plan(one->query, values, nulls, api_reads_by_snapshot(), 0) != SPI_OK_SELECT)
		elog(ERROR, "could not evaluate one customer of scheme \"%s\"", one->scheme);
	if (SPI_processed == 0)
		return NULL;
	if (SPI_processed != nchanges)
		elog(ERROR, "evaluation answered " UINT64_FORMAT " of %d changes", (uint64) SPI_processed, nchanges);
	results = palloc(sizeof(OneResult) * nchanges);
	for (uint64 row = 0; row < nchanges; row++)
	{
		int64 place = cell_int64(row, ONE_CHANGE, 1);

		CHECK_FOR_INTERRUPTS();
		results[place - 1] = read_result(one, row);
	}
	return results;
}

OneResult *
evaluate_one(OnePlan *one, const Population *population, Datum key, DateADT day, const OneChange *changes,
			 int nchanges)
{
	Datum *values = palloc0(sizeof(Datum) * one->nparameters);
	char *nulls = palloc(one->nparameters);
	OneResult *volatile results = NULL;

	memset(nulls, ' ', PARAM_FETCHED);
	values[PARAM_KEY] = key;
	values[PARAM_DAY] = DateADTGetDatum(day);
	values[PARAM_FEATURES] = text_array(changes, nchanges, true);
	values[PARAM_VALUES] = text_array(changes, nchanges, false);
	one->running++;
	PG_TRY();
	{
		results = run(one, population, values, nulls, nchanges);
	}
	PG_FINALLY();
	{
		one->running--;
	}
	PG_END_TRY();
	return results;
}
