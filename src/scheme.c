/*
 * scheme.c
 *	  A scheme as others find it: whether it can be used, and what they note on it.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "catalog.h"
#include "clock.h"
#include "day.h"
#include "guc.h"
#include "scheme.h"
#include "sql.h"

void
require_refreshed(const Population *population)
{
	if (!population->refreshed)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("population \"%s\" has not been refreshed yet", population->name),
						errhint("Build its ledgers and features with CALL segment.refresh(%s).",
								quote_literal_cstr(population->name))));
}

void
require_activated(const Scheme *scheme)
{
	if (scheme->version == 0)
		ereport(
			ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("scheme \"%s\" has never been activated", scheme->name),
			 errhint("Put it in force with segment.activate(%s); segment.preview(%s) shows what its draft "
					 "would do.",
					 quote_literal_cstr(scheme->name), quote_literal_cstr(scheme->name))));
}

void
require_known_day(const Population *population, DateADT day)
{
	if (DATE_NOT_FINITE(day))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the day is infinite"),
						errhint("Give a day up to the last refresh, %s.", day_text(population->as_of))));
	if (day > population->as_of)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("population \"%s\" has been refreshed up to %s, not to %s", population->name,
						day_text(population->as_of), day_text(day)),
				 errhint("Its future is not known: give an earlier day, or CALL segment.refresh(%s) first.",
						 quote_literal_cstr(population->name))));
}

void
scheme_set_history_since(Scheme *scheme, DateADT day)
{
	char *literal = day_text(day);

	sql_run("UPDATE segment.scheme SET history_since = %s WHERE scheme_id OPERATOR(pg_catalog.=) %d",
			quote_literal_cstr(literal), scheme->id);
	scheme->history_since = day;
}

void
scheme_forget_facts_day(const Scheme *scheme)
{
	sql_run("UPDATE segment.scheme SET facts_as_of = NULL WHERE scheme_id OPERATOR(pg_catalog.=) %d",
			scheme->id);
}

void
scheme_facts_changed(const Scheme *scheme)
{
	sql_run("UPDATE segment.scheme SET facts_generation = facts_generation OPERATOR(pg_catalog.+) 1 "
			"WHERE scheme_id OPERATOR(pg_catalog.=) %d",
			scheme->id);
}

void
require_active(const Scheme *scheme)
{
	if (strcmp(scheme->state, "active") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("scheme \"%s\" is not active", scheme->name),
				 errhint("Put it in force with segment.activate(%s).", quote_literal_cstr(scheme->name))));
}

DateADT
business_day(const Population *population)
{
	DateADT today = clock_today(population->timezone);

	if (population->refreshed &&
		(population->as_of > today || population->as_of < today - segment_catch_up_days))
		return population->as_of;
	return today;
}
