/*
 * migration.c
 *	  Moves between any two days: segment.migration() and segment.value_bridge().
 *
 * The same pass that computes the moves of the periods, over one period
 * between the two days, with windows of worth as asked for.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "args.h"
#include "catalog.h"
#include "day.h"
#include "migration.h"
#include "movement.h"
#include "movement_sql.h"
#include "scheme.h"
#include "srf.h"

PG_FUNCTION_INFO_V1(segment_migration);
PG_FUNCTION_INFO_V1(segment_value_bridge);

static WorthBasis
read_basis(const char *basis)
{
	if (basis == NULL || strcmp(basis, "trailing") == 0)
		return WORTH_TRAILING;
	if (strcmp(basis, "next") == 0)
		return WORTH_NEXT;
	if (strcmp(basis, "between") == 0)
		return WORTH_BETWEEN;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("basis \"%s\" is not known", basis),
					errhint("Give trailing (the interval that ends with each day), next (the interval that "
							"follows it) or between (the days between the two, and as many before).")));
}

static void
require_history(const Scheme *scheme)
{
	if (scheme->version == 0 || scheme->history_since == DATEVAL_NOEND)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("scheme \"%s\" has no history yet", scheme->name),
						errhint("Run SELECT segment.activate(%s).", quote_literal_cstr(scheme->name))));
}

void
migration_init(Migration *migration, const ApiCall *call, const char *scheme)
{
	memset(migration, 0, sizeof(Migration));
	migration->scheme = scheme_of_caller(scheme, call->caller, &migration->population);
	require_refreshed(migration->population);
	require_history(migration->scheme);
	migration->sources = sources_of(migration->population);
	migration->until = migration->population->as_of;
	migration->within = MOVEMENT_WITHIN;
}

/* since, until, measure, within, basis */
void
migration_arguments(Migration *migration, FunctionCallInfo fcinfo)
{
	migration->since = PG_GETARG_DATEADT(1);
	if (!PG_ARGISNULL(2))
		migration->until = PG_GETARG_DATEADT(2);
	movement_worth(migration->sources, arg_text(fcinfo, 3), &migration->worth);
	if (!PG_ARGISNULL(4))
		migration->within = interval_literal(PG_GETARG_INTERVAL_P(4));
	migration->basis = read_basis(arg_text(fcinfo, 5));
}

static void
check_days(const Migration *migration)
{
	if (!IS_VALID_DATE(migration->since) || !IS_VALID_DATE(migration->until) ||
		migration->since >= migration->until)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("until must be a day after since"),
						errhint("The ends of the two days are compared: for a month give the last day of the "
								"month before, and its own.")));
	if (migration->until > migration->population->as_of)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("until is after %s, as of which population \"%s\" was refreshed",
							   day_text(migration->population->as_of), migration->population->name),
						errhint("Run CALL segment.refresh(%s) first, or give an earlier day.",
								quote_literal_cstr(migration->population->name))));
	if (migration->since < migration->scheme->history_since)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("history of scheme \"%s\" begins on %s", migration->scheme->name,
							   day_text(migration->scheme->history_since)),
						errhint("Write it back to %s with CALL segment.backfill(%s, %s).",
								day_text(migration->since), quote_literal_cstr(migration->scheme->name),
								quote_literal_cstr(day_text(migration->since)))));
}

static DateADT
days_later(DateADT day, const char *within)
{
	Datum length = DirectFunctionCall3(interval_in, CStringGetDatum(within), ObjectIdGetDatum(InvalidOid),
									   Int32GetDatum(-1));

	return DatumGetDateADT(DirectFunctionCall1(
			   timestamp_date, DirectFunctionCall2(date_pl_interval, DateADTGetDatum(day + 1), length))) -
		   1;
}

static void
set_window(Migration *migration, int which, DateADT day)
{
	bool next = migration->basis == WORTH_NEXT;

	migration->window_since[which] = next ? day + 1 : movement_window_start(day, migration->within);
	migration->window_until[which] = next ? days_later(day, migration->within) : day;
	if (migration->window_since[which] > migration->window_until[which])
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("within must be a day or longer"),
						errhint("For example within => '12 months'.")));
}

static void
check_next(const Migration *migration)
{
	if (migration->basis == WORTH_NEXT && migration->window_until[1] > migration->population->as_of)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the interval after %s ends on %s, which has not come yet",
							   day_text(migration->until), day_text(migration->window_until[1])),
						errhint("Give a shorter within, an earlier until, or basis => 'trailing'.")));
}

void
migration_windows(Migration *migration)
{
	check_days(migration);
	if (migration->basis == WORTH_BETWEEN)
	{
		migration->window_since[1] = migration->since + 1;
		migration->window_until[1] = migration->until;
		migration->window_until[0] = migration->since;
		migration->window_since[0] = migration->since + 1 - (migration->until - migration->since);
		return;
	}
	set_window(migration, 0, migration->since);
	set_window(migration, 1, migration->until);
	check_next(migration);
}

void
migration_compute(Migration *migration)
{
	static bool wanted[] = {true};
	FactsRun *run = &migration->run;
	Period *period = palloc(sizeof(Period));

	*period = (Period){.start = migration->since + 1, .end = migration->until};
	*run = (FactsRun){.population = migration->population,
					  .sources = migration->sources,
					  .scheme = migration->scheme,
					  .first_day = migration->scheme->history_since,
					  .as_of = migration->population->as_of,
					  .periods = period,
					  .wanted = wanted,
					  .nperiods = 1};
	facts_run_name_rows(run);
	facts_run_prepare(run, NULL, NULL, &migration->pass);
	/* moves alone: activity is of whole periods */
	migration->pass.ndetails = 0;
	migration->pass.main_source = -1;
	migration->pass.movement = movement_pass_create(migration->population, migration->scheme,
													&migration->worth, &migration->pass.frame);
	migration->pass.movement->since = migration->window_since;
	migration->pass.movement->until = migration->window_until;
	facts_pass(&migration->pass);
	movement_rows_register(run, migration->pass.movement);
}

char *
migration_rows(const Migration *migration)
{
	return psprintf("SELECT %s::text AS scheme, m.period_start, %s AS period_end, m.from_segment, "
					"m.to_segment, m.cause, m.customers, m.value_before, m.value_after, m.lapsed, "
					"m.contraction, m.expansion, m.acquired, "
					"m.to_segment OPERATOR(pg_catalog.=) %s AS gone, %s::text AS measure, m.is_final, "
					"now() AS computed_at FROM moved m",
					quote_literal_cstr(migration->scheme->name), day_sql(migration->until),
					quote_literal_cstr(movement_removed_name(migration->scheme)),
					literal_or_null(migration->worth.name));
}

/* The columns between the first and the last ones, which are the same in all rows. */
static char *
columns_of(const char *query, const char *const columns[][2], const char *order)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; columns[i][0] != NULL; i++)
		appendStringInfo(&sql, "%sq.%s", i > 0 ? ", " : "SELECT ", columns[i][0]);
	appendStringInfo(&sql, " FROM (%s) q ORDER BY %s", query, order);
	return sql.data;
}

static void
begin_migration(FunctionCallInfo fcinfo, ApiCall *call, Migration *migration)
{
	require_arg(fcinfo, 0, "scheme");
	require_arg(fcinfo, 1, "since");
	api_begin(call);
	migration_init(migration, call, arg_text(fcinfo, 0));
	migration_arguments(migration, fcinfo);
	migration_windows(migration);
	migration_compute(migration);
}

Datum
segment_migration(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Migration migration;

	begin_migration(fcinfo, &call, &migration);
	return_query(fcinfo, &call,
				 columns_of(migration_query(migration_rows(&migration)), migration_columns,
							"from_segment, to_segment"));
	api_end(&call);
	return (Datum) 0;
}

Datum
segment_value_bridge(PG_FUNCTION_ARGS)
{
	ApiCall call;
	Migration migration;

	begin_migration(fcinfo, &call, &migration);
	return_query(fcinfo, &call,
				 columns_of(value_bridge_query(migration_rows(&migration)), value_bridge_columns, "segment"));
	api_end(&call);
	return (Datum) 0;
}
