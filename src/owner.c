/*
 * owner.c
 *	  Who answers for a segment from which day on, its role, and reviews.
 *
 * segment.segment_owner is the one place that says who answers for a segment.
 * The owner named by create_segment is pending until activation, which writes
 * it here; the version keeps a record of who it was then.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "args.h"
#include "catalog.h"
#include "day.h"
#include "definition.h"
#include "owner.h"
#include "scheme.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_set_owner);
PG_FUNCTION_INFO_V1(segment_set_segment_role);
PG_FUNCTION_INFO_V1(segment_review);

/* Who answers for the segment g.name of the scheme at the end of a day. */
#define OWNER_ON                                                                                             \
	"(SELECT o.owner FROM segment.segment_owner o WHERE o.scheme_id OPERATOR(pg_catalog.=) g.scheme_id "     \
	"AND o.segment::text OPERATOR(pg_catalog.=) g.name::text AND o.since OPERATOR(pg_catalog.<=) %s "        \
	"ORDER BY o.since DESC LIMIT 1)"

/* Segments of the version in force, the default last: scheme_id, name, owner, priority, proposition. */
static char *
segments_in_force(const Scheme *scheme)
{
	return psprintf(
		"(SELECT scheme_id, name, owner, priority, proposition FROM segment.version_segment WHERE scheme_id "
		"OPERATOR(pg_catalog.=) %d AND version OPERATOR(pg_catalog.=) %d UNION ALL SELECT scheme_id, "
		"default_segment, NULL, NULL, NULL FROM segment.scheme_version WHERE scheme_id "
		"OPERATOR(pg_catalog.=) %d AND version OPERATOR(pg_catalog.=) %d)",
		scheme->id, scheme->version, scheme->id, scheme->version);
}

void
require_segment_of(const Scheme *scheme, const char *segment)
{
	StringInfoData names;
	uint64 found;

	found = sql_query(
		"SELECT name::text FROM (SELECT name, priority FROM segment.segment WHERE scheme_id "
		"OPERATOR(pg_catalog.=) %d UNION ALL SELECT default_segment, %d FROM segment.scheme WHERE scheme_id "
		"OPERATOR(pg_catalog.=) %d UNION ALL SELECT name, priority FROM segment.version_segment WHERE "
		"scheme_id OPERATOR(pg_catalog.=) %d UNION ALL SELECT default_segment, %d FROM "
		"segment.scheme_version WHERE scheme_id OPERATOR(pg_catalog.=) %d) s GROUP BY name "
		"ORDER BY min(priority), name",
		scheme->id, PG_INT32_MAX, scheme->id, scheme->id, PG_INT32_MAX, scheme->id);
	initStringInfo(&names);
	for (uint64 row = 0; row < found; row++)
	{
		if (strcmp(cell_text(row, 1), segment) == 0)
			return;
		appendStringInfo(&names, "%s%s", row ? ", " : "", cell_text(row, 1));
	}
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
					errmsg("scheme \"%s\" has no segment \"%s\"", scheme->name, segment),
					errhint("Its segments are: %s.", names.data)));
}

DateADT
effective_day(const Population *population, bool given, DateADT day)
{
	if (!given)
		return business_day(population);
	if (DATE_NOT_FINITE(day))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the day is infinite"),
				 errhint("Give a calendar day; left out, it is %s.", day_text(business_day(population)))));
	return day;
}

static void
record_owner(const Scheme *scheme, const char *segment, const char *owner, DateADT since, const char *comment)
{
	sql_run("INSERT INTO segment.segment_owner (scheme_id, segment, since, owner, comment) VALUES (%d, %s, "
			"%s, %s, %s) ON CONFLICT (scheme_id, segment, since) DO UPDATE SET owner = excluded.owner, "
			"comment = excluded.comment, set_by = excluded.set_by, set_at = excluded.set_at",
			scheme->id, quote_literal_cstr(segment), day_sql(since), quote_literal_cstr(owner),
			literal_or_null(comment));
}

Datum
segment_set_owner(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"scheme", "segment", "owner"};
	ApiCall call;
	Scheme *scheme;
	Population *population;
	char *owner;
	char *segment;

	require_arguments(fcinfo, lengthof(names), names);
	segment = arg_text(fcinfo, 1);
	owner = arg_text(fcinfo, 2);
	if (strspn(owner, " \t\r\n") == strlen(owner))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the owner is empty"),
				 errhint("A segment always has somebody who answers for it: name a person or a role.")));
	refuse_when_restricted();
	api_begin(&call);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	require_segment_of(scheme, segment);
	record_owner(scheme, segment, owner,
				 effective_day(population, !PG_ARGISNULL(3), PG_ARGISNULL(3) ? 0 : PG_GETARG_DATEADT(3)),
				 arg_text(fcinfo, 4));
	/* Whom the draft names was named before: it would take over at the next activation. */
	sql_run("UPDATE segment.segment SET owner = NULL WHERE scheme_id OPERATOR(pg_catalog.=) %d AND name "
			"OPERATOR(pg_catalog.=) %s AND owner IS NOT NULL",
			scheme->id, quote_literal_cstr(segment));
	api_end(&call);
	PG_RETURN_VOID();
}

/* Activation. */

/* From when on a segment's first owner answers: with a scheme's first version, for its history too. */
static DateADT
first_day_answered_for(const Population *population, const Scheme *scheme)
{
	if (scheme->version > 1 || scheme->history_since == DATEVAL_NOEND)
		return population->as_of;
	return scheme->history_since;
}

/* Whom the draft names, where that is another than who answers for it today. */
static void
named_owners_take_over(const Scheme *scheme, DateADT today, DateADT first)
{
	char *day = day_sql(today);

	sql_run("INSERT INTO segment.segment_owner (scheme_id, segment, since, owner, comment) "
			"SELECT g.scheme_id, g.name, CASE WHEN " OWNER_ON " IS NULL THEN %s ELSE %s END, g.owner, "
			"'named in version %d' FROM %s g WHERE g.owner OPERATOR(pg_catalog.~) '[^[:space:]]' AND g.owner "
			"IS DISTINCT FROM " OWNER_ON " ON CONFLICT (scheme_id, segment, since) DO UPDATE SET owner = "
			"excluded.owner, comment = excluded.comment, set_by = excluded.set_by, set_at = excluded.set_at",
			day, day_sql(first), day, scheme->version, segments_in_force(scheme), day);
}

/* No active segment without an owner: who activates answers for those nobody was named for, and is told. */
static void
caller_takes_over(const ApiCall *call, const Scheme *scheme, DateADT today, DateADT first)
{
	char *caller = GetUserNameFromId(call->caller, false);
	StringInfoData names;
	List *orphans = NIL;
	ListCell *lc;
	uint64 found =
		sql_query("SELECT g.name FROM %s g WHERE " OWNER_ON " IS NULL ORDER BY g.priority NULLS LAST",
				  segments_in_force(scheme), day_sql(today));

	if (found == 0)
		return;
	for (uint64 row = 0; row < found; row++)
		orphans = lappend(orphans, cell_text(row, 1));
	initStringInfo(&names);
	foreach (lc, orphans)
	{
		record_owner(scheme, lfirst(lc), caller, first, "who activated it: nobody was named");
		appendStringInfo(&names, "%s%s", names.len ? ", " : "", (char *) lfirst(lc));
	}
	ereport(NOTICE, (errmsg("\"%s\" answers for the segments of scheme \"%s\" that name no owner", caller,
							scheme->name),
					 errdetail("These are: %s.", names.data),
					 errhint("Name who does with segment.set_owner(%s, segment, owner).",
							 quote_literal_cstr(scheme->name))));
}

static void
propositions_take_over(const Scheme *scheme, DateADT today)
{
	sql_run("INSERT INTO segment.segment_treatment (scheme_id, segment, since, proposition, next_action, "
			"channel, budget, comment) "
			"SELECT g.scheme_id, g.name, %s, g.proposition, t.next_action, t.channel, t.budget, "
			"'named in version %d' FROM %s g LEFT JOIN LATERAL (SELECT * FROM segment.segment_treatment t "
			"WHERE t.scheme_id OPERATOR(pg_catalog.=) g.scheme_id AND t.segment::text "
			"OPERATOR(pg_catalog.=) g.name AND t.since OPERATOR(pg_catalog.<=) %s ORDER BY t.since DESC "
			"LIMIT 1) t ON true WHERE g.proposition IS NOT NULL AND g.proposition IS DISTINCT FROM "
			"t.proposition ON CONFLICT (scheme_id, segment, since) DO UPDATE SET proposition = "
			"excluded.proposition, set_by = excluded.set_by, set_at = excluded.set_at",
			day_sql(today), scheme->version, segments_in_force(scheme), day_sql(today));
}

void
owners_take_over(const ApiCall *call, const Population *population, const Scheme *scheme, bool from_draft)
{
	DateADT today = Max(business_day(population), population->as_of);
	DateADT first = first_day_answered_for(population, scheme);

	if (from_draft)
	{
		named_owners_take_over(scheme, today, first);
		propositions_take_over(scheme, today);
		sql_run("UPDATE segment.segment SET owner = NULL, proposition = NULL WHERE scheme_id "
				"OPERATOR(pg_catalog.=) %d AND (owner IS NOT NULL OR proposition IS NOT NULL)",
				scheme->id);
	}
	caller_takes_over(call, scheme, today, first);
	sql_run("UPDATE segment.version_segment g SET owner = " OWNER_ON ", proposition = COALESCE((SELECT "
			"t.proposition FROM segment.segment_treatment t WHERE t.scheme_id OPERATOR(pg_catalog.=) "
			"g.scheme_id AND t.segment::text OPERATOR(pg_catalog.=) g.name AND t.since "
			"OPERATOR(pg_catalog.<=) %s ORDER BY t.since DESC LIMIT 1), g.proposition) WHERE g.scheme_id "
			"OPERATOR(pg_catalog.=) %d AND g.version OPERATOR(pg_catalog.=) %d",
			day_sql(today), day_sql(today), scheme->id, scheme->version);
}

/* Roles and reviews. */

static void
check_role(const char *role)
{
	static const char *const roles[] = {"target", "maintain", "harvest", "watch"};

	for (int i = 0; i < lengthof(roles); i++)
		if (strcmp(roles[i], role) == 0)
			return;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there is no role \"%s\"", role),
					errhint("A segment is a target (invest), or one to maintain, harvest or watch.")));
}

Datum
segment_set_segment_role(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"scheme", "segment"};
	ApiCall call;
	Scheme *scheme;
	char *segment;

	require_arguments(fcinfo, lengthof(names), names);
	segment = arg_text(fcinfo, 1);
	if (!PG_ARGISNULL(2))
		check_role(arg_text(fcinfo, 2));
	refuse_when_restricted();
	api_begin(&call);
	scheme = scheme_by_name(arg_text(fcinfo, 0), false);
	population_check_access(population_by_id(scheme->population_id), call.caller);
	require_segment_of(scheme, segment);
	sql_run("DELETE FROM segment.segment_role WHERE scheme_id OPERATOR(pg_catalog.=) %d AND segment::text "
			"OPERATOR(pg_catalog.=) %s",
			scheme->id, quote_literal_cstr(segment));
	if (!PG_ARGISNULL(2))
		sql_run("INSERT INTO segment.segment_role (scheme_id, segment, role) VALUES (%d, %s, %s)", scheme->id,
				quote_literal_cstr(segment), quote_literal_cstr(arg_text(fcinfo, 2)));
	api_end(&call);
	PG_RETURN_VOID();
}

Datum
segment_review(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"scheme", "comment"};
	ApiCall call;
	Scheme *scheme;
	Population *population;
	char *comment;
	Datum due;
	bool isnull;

	require_arguments(fcinfo, lengthof(names), names);
	comment = arg_text(fcinfo, 1);
	if (strspn(comment, " \t\r\n") == strlen(comment))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the review has no result"),
						errhint("Say what came of it: review(scheme, comment => 'kept: …').")));
	refuse_when_restricted();
	api_begin(&call);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	sql_run("INSERT INTO segment.scheme_review (scheme_id, reviewed_on, version, comment) VALUES (%d, %s, "
			"NULLIF(%d, 0), %s)",
			scheme->id, day_sql(business_day(population)), scheme->version, quote_literal_cstr(comment));
	sql_query("SELECT (%s OPERATOR(pg_catalog.+) review_every)::date FROM segment.scheme WHERE scheme_id "
			  "OPERATOR(pg_catalog.=) %d",
			  day_sql(business_day(population)), scheme->id);
	due = cell_datum(0, 1, &isnull);
	api_end(&call);
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(due);
}
