/*
 * restate.c
 *	  segment.restate(): a final period computed anew, deliberately.
 *
 * Money is what the ledgers know now; segments are what the history has, which
 * a restatement does not rewrite: customers did open the period there.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"

#include "args.h"
#include "definition.h"
#include "catalog.h"
#include "day.h"
#include "debug.h"
#include "facts.h"
#include "facts_run.h"
#include "facts_store.h"
#include "movement.h"
#include "late_facts.h"
#include "definition_lock.h"
#include "scheme.h"
#include "scorecard.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_restate);

/* The scheme under the population lock, with what others committed before we had it. */
static Scheme *
lock_scheme(const ApiCall *call, const char *name, Population **population)
{
	Scheme *scheme = scheme_of_caller(name, call->caller, population);
	population_lock_in_transaction(*population);
	*population = population_by_id(scheme->population_id);
	return scheme_by_name(name, false);
}

static void
require_reason(const char *reason)
{
	if (strspn(reason, " \t\r\n") == strlen(reason))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a restatement needs a reason"),
						errhint("Say why figures that were final change: segment.restatement keeps it.")));
}

static void
raise_no_period(const Scheme *scheme, DateADT day)
{
	sql_query("SELECT min(period_start)::text, max(period_start)::text FROM %s WHERE is_final",
			  data_name(scheme->name, "_facts"));
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("scheme \"%s\" has no scorecard of the period of %s", scheme->name, day_text(day)),
					cell_text(0, 1)
						? errdetail("Its final periods begin on %s to %s.", cell_text(0, 1), cell_text(0, 2))
						: errdetail("None of its periods is final yet."),
					errhint("Earlier periods appear with CALL segment.backfill(%s, since => …).",
							quote_literal_cstr(scheme->name))));
}

/* Only what has been published as final can be restated. */
static void
require_final(const Scheme *scheme, Period period)
{
	char *facts = data_name(scheme->name, "_facts");

	if (!OidIsValid(data_oid(facts)))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("scheme \"%s\" has no scorecard yet", scheme->name),
						errhint("Run SELECT segment.activate(%s).", quote_literal_cstr(scheme->name))));
	if (sql_query("SELECT is_final FROM %s WHERE period_start = %s LIMIT 1", facts, day_sql(period.start)) ==
		0)
		raise_no_period(scheme, period.start);
	if (!cell_bool(0, 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the period from %s to %s of scheme \"%s\" is open", day_text(period.start),
						day_text(period.end), scheme->name),
				 errhint("There is nothing to restate: every refresh computes it, until it is settled.")));
}

static int64
compute(FactsRun *run)
{
	FactsPass pass;
	int64 changed;

	facts_run_pass(run, NULL, NULL, &pass);
	DEBUG_POINT("restate-after-compute");
	changed = (int64) facts_store_write(run, pass.counts, pass.totals, pass.details);
	movement_update(run, pass.movement);
	return changed;
}

static void
record(const FactsRun *run, const char *author, const char *reason, int64 changed)
{
	sql_run("INSERT INTO segment.restatement (scheme_id, period_start, restated_at, restated_by, reason, "
			"changed, generation) SELECT scheme_id, %s, %s, %s, %s, " INT64_FORMAT
			", facts_generation FROM segment.scheme WHERE scheme_id = %d",
			day_sql(run->restated.start), quote_literal_cstr(run->moment), quote_literal_cstr(author),
			quote_literal_cstr(reason), changed, run->scheme->id);
}

Datum
segment_restate(PG_FUNCTION_ARGS)
{
	static const char *const required[] = {"scheme", "period", "reason"};
	ApiCall call;
	FactsRun run = {0};
	Population *population;
	Scheme *scheme;
	int64 changed;

	for (int i = 0; i < lengthof(required); i++)
		require_arg(fcinfo, i, required[i]);
	refuse_when_restricted();
	api_begin(&call);
	require_reason(arg_text(fcinfo, 2));
	scheme = lock_scheme(&call, arg_text(fcinfo, 0), &population);
	run.restated = period_containing(PG_GETARG_DATEADT(1));
	run.restating = true;
	require_final(scheme, run.restated);
	run.population = population;
	run.sources = sources_of(population);
	run.scheme = scheme;
	run.first_day = scheme->history_since;
	run.as_of = population->as_of;
	facts_complete(population, run.sources, scheme, run.as_of);
	facts_run_begin(&run);
	changed = compute(&run);
	scheme_facts_changed(scheme);
	record(&run, GetUserNameFromId(call.caller, false), arg_text(fcinfo, 2), changed);
	late_facts_clear(scheme, run.restated.start);
	scorecard_refresh(scheme);
	api_end(&call);
	PG_RETURN_INT64(changed);
}
