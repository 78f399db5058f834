/*
 * capture_fn.c
 *	  SQL functions about capture: its state, its repair, what it has logged,
 *	  and the rotation of its logs.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"

#include "args.h"
#include "capture_install.h"
#include "change_log.h"
#include "fingerprint.h"
#include "procedure.h"
#include "sql.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_capture_status);
PG_FUNCTION_INFO_V1(segment_repair_capture);
PG_FUNCTION_INFO_V1(segment_relation_fingerprint);
PG_FUNCTION_INFO_V1(segment_fingerprint_change);
PG_FUNCTION_INFO_V1(segment_changed_keys);
PG_FUNCTION_INFO_V1(segment_rotate_logs);

static Population *
accessible_population(const char *name, Oid caller)
{
	Population *population = population_by_name(name, false);

	population_check_access(population, caller);
	return population;
}

/* Without a name: the population's own table. */
static Source *
named_source(const Population *population, const char *name)
{
	return name != NULL ? source_by_name(population, name, false) : NULL;
}

static void
append_status(StringInfo query, const Population *population, const Source *source)
{
	char *problem = capture_problem(population, source);

	appendStringInfo(query, "%s(%s::text, %u::oid::regclass, %s, %s::text)", source != NULL ? ", " : "",
					 literal_or_null(source != NULL ? source->name : NULL),
					 source != NULL ? source->relation : population->relation,
					 problem == NULL ? "true" : "false", literal_or_null(problem));
}

Datum
segment_capture_status(PG_FUNCTION_ARGS)
{
	Population *population;
	StringInfoData query;
	ListCell *lc;
	ApiCall call;

	api_begin(&call);
	population = accessible_population(arg_text(fcinfo, 0), call.caller);
	initStringInfo(&query);
	appendStringInfoString(&query, "VALUES ");
	append_status(&query, population, NULL);
	foreach (lc, sources_of(population))
		append_status(&query, population, lfirst(lc));
	return_query(fcinfo, &call, query.data);
	api_end(&call);
	return (Datum) 0;
}

Datum
segment_repair_capture(PG_FUNCTION_ARGS)
{
	ApiCall call;

	api_begin(&call);
	capture_repair(accessible_population(arg_text(fcinfo, 0), call.caller));
	api_end(&call);
	PG_RETURN_VOID();
}

Datum
segment_relation_fingerprint(PG_FUNCTION_ARGS)
{
	Population *population;
	char *json;
	Datum result;
	MemoryContext inner;
	ApiCall call;

	api_begin(&call);
	population = accessible_population(arg_text(fcinfo, 1), call.caller);
	json = fingerprint(population, named_source(population, arg_text(fcinfo, 0)));
	inner = MemoryContextSwitchTo(call.result_context);
	result = DirectFunctionCall1(jsonb_in, CStringGetDatum(json));
	MemoryContextSwitchTo(inner);
	api_end(&call);
	PG_RETURN_DATUM(result);
}

/* Text of an argument by its type's output function. */
static char *
argument_out(FunctionCallInfo fcinfo, int number, Oid output)
{
	return OidOutputFunctionCall(output, PG_GETARG_DATUM(number));
}

Datum
segment_fingerprint_change(PG_FUNCTION_ARGS)
{
	static const char *const change_name[] = {"same", "new leaves", "changed"};
	FingerprintChange change;
	StringInfoData query;
	char *last;
	char *now;
	ApiCall call;

	api_begin(&call);
	last = argument_out(fcinfo, 0, F_JSONB_OUT);
	now = argument_out(fcinfo, 1, F_JSONB_OUT);
	change = fingerprint_compare(last, now);
	initStringInfo(&query);
	if (change == FINGERPRINT_NEW_LEAVES)
	{
		ListCell *lc;

		foreach (lc, fingerprint_new_leaves(last, now))
			appendStringInfo(&query, "%s('%s'::text, %u::oid::regclass)", query.len == 0 ? "VALUES " : ", ",
							 change_name[change], lfirst_oid(lc));
	}
	else
		appendStringInfo(&query, "VALUES ('%s'::text, NULL::regclass)", change_name[change]);
	return_query(fcinfo, &call, query.data);
	api_end(&call);
	return (Datum) 0;
}

Datum
segment_changed_keys(PG_FUNCTION_ARGS)
{
	Population *population;
	Source *source;
	char *last;
	ApiCall call;

	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("argument \"last\" is null"),
						errhint("Give a snapshot: pg_current_snapshot() of an earlier transaction.")));
	api_begin(&call);
	last = argument_out(fcinfo, 0, F_PG_SNAPSHOT_OUT);
	population = accessible_population(arg_text(fcinfo, 2), call.caller);
	source = named_source(population, arg_text(fcinfo, 1));
	return_query(fcinfo, &call,
				 psprintf("SELECT DISTINCT key::text, everything FROM %s ORDER BY 2, 1",
						  change_log_unseen(population, source,
											psprintf("%s::pg_snapshot", quote_literal_cstr(last)))));
	api_end(&call);
	return (Datum) 0;
}

Datum
segment_rotate_logs(PG_FUNCTION_ARGS)
{
	char *name;
	ApiCall call;

	procedure_begin(fcinfo, "rotate_logs");
	name = arg_text(fcinfo, 0);
	api_begin(&call);
	name = MemoryContextStrdup(call.result_context, accessible_population(name, call.caller)->name);
	api_end(&call);
	(void) change_log_rotate(name);
	procedure_end();
	PG_RETURN_VOID();
}
