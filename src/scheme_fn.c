/*
 * scheme_fn.c
 *	  create_scheme(), alter_scheme(), drop_scheme().
 *
 * Everything here, as with scores and segments, edits the draft.  Nothing
 * changes for a customer until activation freezes the draft as a version
 * (activate.c).
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "args.h"
#include "catalog.h"
#include "feature.h"
#include "scheme_segment.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_create_scheme);
PG_FUNCTION_INFO_V1(segment_alter_scheme);
PG_FUNCTION_INFO_V1(segment_drop_scheme);

static void
check_objective(const char *scheme, const char *objective)
{
	if (objective == NULL || strspn(objective, " \t\r\n") == strlen(objective))
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("scheme \"%s\" has no objective", scheme),
			 errhint(
				 "Say what business end it serves, for example objective => 'Grow margin 8 %% next year'; "
				 "a segmentation without one cannot be judged.")));
}

static void
check_dwell(Interval *dwell)
{
	if (dwell && (dwell->day < 0 || dwell->month < 0 || dwell->time != 0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("min_dwell is not a number of days or calendar months"),
						errhint("Time is a day: for example min_dwell => '14 days'.")));
}

Datum
segment_create_scheme(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	char *name;
	int id;

	require_arg(fcinfo, 0, "name");
	require_arg(fcinfo, 3, "default_segment");
	name = arg_text(fcinfo, 0);
	check_objective(name, arg_text(fcinfo, 1));
	check_segment_name(arg_text(fcinfo, 3));
	api_begin(&call);
	check_dwell(arg_interval(fcinfo, 4));
	population = population_by_name(arg_text(fcinfo, 2), false);
	population_check_access(population, call.caller);
	if (scheme_by_name(name, true))
		ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT), errmsg("scheme \"%s\" already exists", name),
						errhint("Scheme names are unique in a database: generated relations carry them.")));
	check_name_free(population, "scheme", name);
	sql_query("INSERT INTO segment.scheme (population_id, name, objective, default_segment, min_dwell, "
			  "review_every) "
			  "VALUES (%d, %s, %s, %s, COALESCE(%s::interval, '0'), %s) RETURNING scheme_id",
			  population->id, quote_literal_cstr(name), quote_literal_cstr(arg_text(fcinfo, 1)),
			  quote_literal_cstr(arg_text(fcinfo, 3)),
			  literal_or_null(interval_literal(arg_interval(fcinfo, 4))),
			  literal_or_null(interval_literal(arg_interval(fcinfo, 5))));
	id = cell_int(0, 1, 0);
	api_end(&call);
	PG_RETURN_INT32(id);
}

/* Everyone no rule takes is in it: a segment that has a rule cannot be. */
static void
check_default_segment(const Scheme *scheme, const char *name)
{
	check_segment_name(name);
	if (sql_query("SELECT 1 FROM segment.segment WHERE scheme_id OPERATOR(pg_catalog.=) %d AND name "
				  "OPERATOR(pg_catalog.=) %s",
				  scheme->id, quote_literal_cstr(name)) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("segment \"%s\" of scheme \"%s\" has a rule", name, scheme->name),
				 errhint("The default segment has none: choose another name, or drop the segment first.")));
}

Datum
segment_alter_scheme(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Scheme *scheme;

	require_arg(fcinfo, 0, "name");
	if (!PG_ARGISNULL(1))
		check_objective(arg_text(fcinfo, 0), arg_text(fcinfo, 1));
	api_begin(&call);
	check_dwell(arg_interval(fcinfo, 3));
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	if (!PG_ARGISNULL(2))
		check_default_segment(scheme, arg_text(fcinfo, 2));
	sql_run("UPDATE segment.scheme SET objective = COALESCE(%s, objective), "
			"default_segment = COALESCE(%s, default_segment), min_dwell = COALESCE(%s::interval, min_dwell), "
			"review_every = COALESCE(%s::interval, review_every), smallest_share = COALESCE(%s::numeric, "
			"smallest_share), "
			"largest_share = COALESCE(%s::numeric, largest_share) WHERE scheme_id OPERATOR(pg_catalog.=) %d",
			literal_or_null(arg_text(fcinfo, 1)), literal_or_null(arg_text(fcinfo, 2)),
			literal_or_null(interval_literal(arg_interval(fcinfo, 3))),
			literal_or_null(interval_literal(arg_interval(fcinfo, 4))),
			literal_or_null(arg_numeric(fcinfo, 5)), literal_or_null(arg_numeric(fcinfo, 6)), scheme->id);
	api_end(&call);
	PG_RETURN_VOID();
}

Datum
segment_drop_scheme(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Population *population;
	Scheme *scheme;

	require_arg(fcinfo, 0, "name");
	api_begin(&call);
	scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &population);
	if (scheme->version > 0)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("scheme \"%s\" has been activated and cannot be dropped", scheme->name),
						errhint("Its history is kept; take it out of use with segment.retire(%s).",
								quote_literal_cstr(scheme->name))));
	if (sql_query("SELECT string_agg(name, ', ' ORDER BY name) FROM segment.feature "
				  "WHERE scheme_id OPERATOR(pg_catalog.=) %d HAVING count(*) OPERATOR(pg_catalog.>) 0",
				  scheme->id) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("cannot drop scheme \"%s\" because features use it", scheme->name),
				 errdetail("It is used by feature %s.", cell_text(0, 1)), errhint("Drop those first.")));
	sql_run("DELETE FROM segment.scheme WHERE scheme_id OPERATOR(pg_catalog.=) %d", scheme->id);
	api_end(&call);
	PG_RETURN_VOID();
}
