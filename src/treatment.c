/*
 * treatment.c
 *	  What is offered to a segment from which day on, and its milestones.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "args.h"
#include "catalog.h"
#include "day.h"
#include "definition.h"
#include "owner.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_set_treatment);
PG_FUNCTION_INFO_V1(segment_set_milestone);
PG_FUNCTION_INFO_V1(segment_drop_milestone);

static const char *const scheme_and_segment[] = {"scheme", "segment"};

static void
check_treatment(FunctionCallInfo fcinfo)
{
	char *budget = arg_numeric(fcinfo, 6);

	if (PG_ARGISNULL(2) && PG_ARGISNULL(3) && PG_ARGISNULL(5) && PG_ARGISNULL(6))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the treatment says nothing"),
						errhint("Give a proposition, a next_action, a channel or a budget.")));
	if (budget && (budget[0] == '-' || strcmp(budget, "NaN") == 0 || strcmp(budget, "Infinity") == 0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the budget is %s", budget),
						errhint("Give an amount of money, or NULL to leave it as it is.")));
}

/* What is NULL is carried over from the treatment before; an empty text is none. */
static void
write_treatment(const Scheme *scheme, const char *segment, DateADT since, FunctionCallInfo fcinfo)
{
	sql_run(
		"INSERT INTO segment.segment_treatment (scheme_id, segment, since, proposition, next_action, "
		"channel, budget, comment) SELECT n.scheme_id, n.segment, n.since, "
		"NULLIF(COALESCE(n.proposition, t.proposition), ''), NULLIF(COALESCE(n.next_action, t.next_action), "
		"''), NULLIF(COALESCE(n.channel, t.channel), ''), COALESCE(n.budget, t.budget), n.comment "
		"FROM (SELECT %d, %s::text, %s, %s::text, %s::text, %s::text, %s::numeric, %s::text) "
		"n(scheme_id, segment, since, proposition, next_action, channel, budget, comment) "
		"LEFT JOIN LATERAL (SELECT * FROM segment.segment_treatment t WHERE t.scheme_id "
		"OPERATOR(pg_catalog.=) n.scheme_id AND t.segment::text OPERATOR(pg_catalog.=) n.segment AND t.since "
		"OPERATOR(pg_catalog.<=) n.since ORDER BY t.since DESC LIMIT 1) t ON true "
		"ON CONFLICT (scheme_id, segment, since) DO UPDATE SET proposition = excluded.proposition, "
		"next_action = excluded.next_action, channel = excluded.channel, budget = excluded.budget, "
		"comment = excluded.comment, set_by = excluded.set_by, set_at = excluded.set_at",
		scheme->id, quote_literal_cstr(segment), day_sql(since), literal_or_null(arg_text(fcinfo, 2)),
		literal_or_null(arg_text(fcinfo, 3)), literal_or_null(arg_text(fcinfo, 5)),
		literal_or_null(arg_numeric(fcinfo, 6)), literal_or_null(arg_text(fcinfo, 7)));
}

Datum
segment_set_treatment(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Scheme *scheme;
	Population *population;
	char *segment;

	require_arguments(fcinfo, lengthof(scheme_and_segment), scheme_and_segment);
	segment = arg_text(fcinfo, 1);
	refuse_when_restricted();
	api_begin(&call);
	check_treatment(fcinfo);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	require_segment_of(scheme, segment);
	write_treatment(scheme, segment,
					effective_day(population, !PG_ARGISNULL(4), PG_ARGISNULL(4) ? 0 : PG_GETARG_DATEADT(4)),
					fcinfo);
	/* What the draft proposes was said before: it would take over at the next activation. */
	if (!PG_ARGISNULL(2))
		sql_run("UPDATE segment.segment SET proposition = NULL WHERE scheme_id OPERATOR(pg_catalog.=) %d AND "
				"name OPERATOR(pg_catalog.=) %s AND proposition IS NOT NULL",
				scheme->id, quote_literal_cstr(segment));
	api_end(&call);
	PG_RETURN_VOID();
}

/* Milestones. */

static char *
optional_day(FunctionCallInfo fcinfo, int n)
{
	if (PG_ARGISNULL(n))
		return "NULL::date";
	if (DATE_NOT_FINITE(PG_GETARG_DATEADT(n)))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the day is infinite"),
						errhint("Give a calendar day.")));
	return day_sql(PG_GETARG_DATEADT(n));
}

/* The scheme of the caller, and the segment: '' for the whole. */
static Scheme *
milestone_scheme(FunctionCallInfo fcinfo, const ApiCall *call, char **segment)
{
	Scheme *scheme = scheme_by_name(arg_text(fcinfo, 0), false);

	population_check_access(population_by_id(scheme->population_id), call->caller);
	*segment = PG_ARGISNULL(1) ? "" : arg_text(fcinfo, 1);
	return scheme;
}

Datum
segment_set_milestone(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Scheme *scheme;
	char *segment;
	char *what;
	char *due;
	char *done;

	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 2, "what");
	what = arg_text(fcinfo, 2);
	if (strspn(what, " \t\r\n") == strlen(what))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the milestone is empty"),
						errhint("Say what is to be done.")));
	refuse_when_restricted();
	api_begin(&call);
	due = optional_day(fcinfo, 3);
	done = optional_day(fcinfo, 4);
	scheme = milestone_scheme(fcinfo, &call, &segment);
	if (*segment != '\0')
		require_segment_of(scheme, segment);
	if (sql_run("UPDATE segment.milestone SET due = COALESCE(%s, due), done_on = COALESCE(%s, done_on), "
				"set_by = SESSION_USER, set_at = now() WHERE scheme_id OPERATOR(pg_catalog.=) %d AND segment "
				"OPERATOR(pg_catalog.=) %s AND what OPERATOR(pg_catalog.=) %s",
				due, done, scheme->id, quote_literal_cstr(segment), quote_literal_cstr(what)) == 0)
	{
		require_arg(fcinfo, 3, "due");
		sql_run("INSERT INTO segment.milestone (scheme_id, segment, what, due, done_on) VALUES (%d, %s, %s, "
				"%s, %s)",
				scheme->id, quote_literal_cstr(segment), quote_literal_cstr(what), due, done);
	}
	api_end(&call);
	PG_RETURN_VOID();
}

Datum
segment_drop_milestone(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Scheme *scheme;
	char *segment;
	char *what;

	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 2, "what");
	what = arg_text(fcinfo, 2);
	refuse_when_restricted();
	api_begin(&call);
	scheme = milestone_scheme(fcinfo, &call, &segment);
	if (sql_run("DELETE FROM segment.milestone WHERE scheme_id OPERATOR(pg_catalog.=) %d AND segment "
				"OPERATOR(pg_catalog.=) %s AND what OPERATOR(pg_catalog.=) %s",
				scheme->id, quote_literal_cstr(segment), quote_literal_cstr(what)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("scheme \"%s\" has no milestone \"%s\" for %s", scheme->name, what,
						*segment ? psprintf("segment \"%s\"", segment) : "the whole"),
				 errhint("SELECT segment, what FROM segment.milestone_status lists those there are.")));
	api_end(&call);
	PG_RETURN_VOID();
}
