/*
 * metric.c
 *	  Declaring, altering and dropping metrics.
 *
 * A metric belongs to the database: it means the same in every scheme.  Its
 * text is checked like a rule's; the names it may use are the sums of all
 * populations and the other metrics, all numeric.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"

#include "allocation.h"
#include "args.h"
#include "catalog.h"
#include "definition.h"
#include "expression.h"
#include "metric.h"
#include "metric_catalog.h"
#include "metric_sql.h"
#include "scorecard.h"
#include "sql.h"

#define MAX_EXPANDED 100000 /* bytes of SQL that a reader of scorecards has planned, per metric */

PG_FUNCTION_INFO_V1(segment_create_metric);
PG_FUNCTION_INFO_V1(segment_alter_metric);
PG_FUNCTION_INFO_V1(segment_drop_metric);

void
metric_check_access(Oid caller)
{
	ListCell *lc;

	foreach (lc, populations_all())
	{
		Population *population = lfirst(lc);

		if (OidIsValid(population->owner) && has_privs_of_role(caller, population->owner))
			return;
	}
	ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied to define metrics"),
					errhint("Members of a population's owner may define them; map a population first.")));
}

static List *
sums_of(const Population *population)
{
	return names_add_all(metric_sums_of_population(sources_of(population)),
						 allocation_sums(allocations_of(population)));
}

static List *
all_sums(void)
{
	List *names = metric_sums_of_population(NIL);
	ListCell *lc;

	foreach (lc, populations_all())
		names = names_add_all(names, sums_of(lfirst(lc)));
	return names;
}

static void
add_column(ExpressionScope *scope, ExpressionColumn *columns, const char *name)
{
	columns[scope->ncolumns++] =
		(ExpressionColumn){.name = name, .type = NUMERICOID, .typmod = -1, .collation = InvalidOid};
}

/* Every sum and every metric; a metric hides a sum of its name. */
static ExpressionScope
metric_scope(const char *name, List *sums, List *metrics)
{
	ExpressionColumn *columns =
		palloc0(sizeof(ExpressionColumn) * (list_length(sums) + list_length(metrics) + 1));
	ExpressionScope scope = {
		.what = psprintf("expression of metric \"%s\"", name), .columns = columns, .safe_division = true};
	ListCell *lc;

	foreach (lc, sums)
		if (metric_in(metrics, lfirst(lc)) == NULL)
			add_column(&scope, columns, lfirst(lc));
	foreach (lc, metrics)
		add_column(&scope, columns, ((Metric *) lfirst(lc))->name);
	return scope;
}

static void
check_name(const char *name, List *sums)
{
	check_label("metric", name);
	if (name[0] == '#' || strcmp(name, "label") == 0 || strcmp(name, "breakdown") == 0 ||
		(scorecard_column_reserved(name) && !names_contain(sums, name)))
		ereport(ERROR, (errcode(ERRCODE_RESERVED_NAME), errmsg("name \"%s\" is reserved", name),
						errhint("Scorecards have a column of that name; choose another.")));
	if (names_contain(sums, name))
		ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT), errmsg("\"%s\" is the name of a sum", name),
						errhint("Measures, <source>_events and counts of customers are metrics already.")));
}

static void
check_choice(const char *argument, const char *value, const char *const *choices, int nchoices)
{
	for (int i = 0; i < nchoices; i++)
		if (value == NULL || strcmp(value, choices[i]) == 0)
			return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s \"%s\" is not known", argument, value),
			 errhint("The first choice is %s => '%s'; see the function's comment for the others.", argument,
					 choices[0])));
}

static void
check_choices(const MetricRequest *request)
{
	static const char *const directions[] = {"up", "down"};
	static const char *const formats[] = {"number", "money", "percent", "ratio", "days"};

	check_choice("direction", request->direction, directions, lengthof(directions));
	check_choice("format", request->format, formats, lengthof(formats));
}

/* Of metrics that read the same ones, each is looked at once: there may be exponentially many ways to one. */
static bool
reads_unseen(List *metrics, const char *metric, const char *name, List **seen)
{
	Metric *found = metric_in(metrics, metric);
	ListCell *lc;

	if (strcmp(metric, name) == 0)
		return true;
	if (found == NULL || names_contain(*seen, metric))
		return false;
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	*seen = lappend(*seen, found->name);
	foreach (lc, found->uses)
		if (reads_unseen(metrics, lfirst(lc), name, seen))
			return true;
	return false;
}

/* Whether "name" is among what the metric reads, through others too. */
static bool
reads(List *metrics, const char *metric, const char *name)
{
	List *seen = NIL;

	return reads_unseen(metrics, metric, name, &seen);
}

static void
refuse_sums_of_others(Oid caller, const Metric *metric)
{
	ListCell *lcp;
	ListCell *lcs;

	foreach (lcp, populations_all())
	{
		Population *population = lfirst(lcp);
		List *sums;

		if (has_privs_of_role(caller, population->owner))
			continue;
		sums = sums_of(population);
		foreach (lcs, metric->sums)
			if (names_contain(sums, lfirst(lcs)))
				ereport(
					ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("permission denied to define metric \"%s\"", metric->name),
					 errdetail("It reads \"%s\", which a population of another owner has too.",
							   (char *) lfirst(lcs)),
					 errhint("A metric has a value wherever there is one of its sums: ask a superuser, or "
							 "a member of the owners of all populations that have them.")));
	}
}

/*
 * What a metric is, and even that its expression fails, tells of the figures
 * it is evaluated on, and changes what others read: so those of all
 * populations that have one of its sums, its own or those of metrics that
 * read it, must be the caller's.
 */
static void
require_all_populations(Oid caller, const char *name)
{
	List *metrics = metrics_all();
	ListCell *lc;

	foreach (lc, metrics)
		if (reads(metrics, ((Metric *) lfirst(lc))->name, name))
			refuse_sums_of_others(caller, lfirst(lc));
}

static void
refuse_cycle(List *metrics, const char *used, const char *name)
{
	if (metric_in(metrics, used) != NULL && reads(metrics, used, name))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION), errmsg("metric \"%s\" would read itself", name),
				 errdetail("It reads \"%s\", which reads it.", used),
				 errhint("Write the expression over measures, or over metrics that do not read it.")));
}

/* The expression checked and stored, with what it reads. */
static void
store_expression(const char *name, const char *expression, List *sums, List *metrics)
{
	ExpressionScope scope = metric_scope(name, sums, metrics);
	CheckedExpression *checked = check_expression(expression, &scope, NUMERICOID);

	for (int i = 0; i < checked->nused; i++)
		refuse_cycle(metrics, scope.columns[checked->used[i]].name, name);
	sql_run("UPDATE segment.metric SET expression = %s, expression_sql = %s WHERE name "
			"OPERATOR(pg_catalog.=) %s",
			quote_literal_cstr(expression), quote_literal_cstr(checked->sql), quote_literal_cstr(name));
	sql_run("DELETE FROM segment.metric_use u USING segment.metric m WHERE m.metric_id "
			"OPERATOR(pg_catalog.=) u.metric_id AND m.name OPERATOR(pg_catalog.=) %s",
			quote_literal_cstr(name));
	for (int i = 0; i < checked->nused; i++)
		sql_run("INSERT INTO segment.metric_use SELECT metric_id, %s FROM segment.metric WHERE name "
				"OPERATOR(pg_catalog.=) %s",
				quote_literal_cstr(scope.columns[checked->used[i]].name), quote_literal_cstr(name));
}

void
metric_create(const MetricRequest *request)
{
	List *sums = all_sums();
	List *metrics = metrics_all();

	check_name(request->name, sums);
	check_choices(request);
	if (metric_in(metrics, request->name) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT), errmsg("metric \"%s\" already exists", request->name),
				 errhint("Change it with segment.alter_metric, or choose another name.")));
	sql_run("INSERT INTO segment.metric (name, expression, expression_sql, unit, direction, format, "
			"description) VALUES (%s, '', '', %s, %s, %s, %s)",
			quote_literal_cstr(request->name), literal_or_null(request->unit),
			literal_or_null(request->direction), literal_or_null(request->format),
			literal_or_null(request->description));
	store_expression(request->name, request->expression, sums, metrics);
}

/* The metrics that read this one, and all they read. */
static List *
metrics_around(const char *name)
{
	List *metrics = metrics_all();
	List *names = NIL;
	List *found = NIL;
	ListCell *lc;

	foreach (lc, metrics)
		if (reads(metrics, ((Metric *) lfirst(lc))->name, name))
			(void) reads_unseen(metrics, ((Metric *) lfirst(lc))->name, "", &names);
	foreach (lc, metrics)
		if (names_contain(names, ((Metric *) lfirst(lc))->name))
			found = lappend(found, lfirst(lc));
	return found;
}

/* How often a text has a name as an identifier, whether or not it stands for a column there. */
static int
times_named(const char *text, const char *name)
{
	const char *identifier = quote_identifier(name);
	size_t length = strlen(identifier);
	int times = 0;

	for (text = strstr(text, identifier); text != NULL; text = strstr(text + length, identifier))
		times += !(isalnum((unsigned char) text[length]) || text[length] == '_');
	return times;
}

/* Of the expression with those of the metrics it reads in their places, as the planner pulls them up. */
static double
expanded_length(const Metric *metric, List *before, const double *length)
{
	double result = strlen(metric->expression_sql);
	ListCell *lc;

	foreach (lc, before)
	{
		const Metric *used = lfirst(lc);

		if (used == metric)
			break;
		if (names_contain(metric->uses, used->name) && metric_layers_join(used->depth, metric->depth))
			result += times_named(metric->expression_sql, used->name) * length[foreach_current_index(lc)];
	}
	return result;
}

static void
refuse_large(List *metrics)
{
	double *length = palloc((list_length(metrics) + 1) * sizeof(double));
	ListCell *lc;

	foreach (lc, metrics)
	{
		const Metric *metric = lfirst(lc);
		int number = foreach_current_index(lc);

		CHECK_FOR_INTERRUPTS();
		length[number] = expanded_length(metric, metrics, length);
		if (length[number] > MAX_EXPANDED)
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("metric \"%s\" is too large with the metrics it reads", metric->name),
							errhint("Read other metrics less often, or write it over measures.")));
	}
}

/* What fails without any figures, as constants are computed, would fail for the readers of all schemes. */
static void
try_planning(const char *name)
{
	MetricLevel level = {.rows = "SELECT NULL::text AS measure, NULL::numeric AS value LIMIT 0",
						 .keys = "r.measure AS \"#measure\"",
						 .grouping = "r.measure",
						 .metrics = metrics_around(name)};

	refuse_large(level.metrics);
	sql_query("SELECT * FROM (%s) m", metric_level_sql(&level));
}

/* What fails on the figures there are fails now, and not when a scorecard is read. */
static void
try_out(const char *name)
{
	try_planning(name);
	if (!OidIsValid(data_oid("segment.metric_value")))
		return;
	sql_query("SELECT pg_catalog.count(value) FROM segment.metric_value WHERE metric "
			  "OPERATOR(pg_catalog.=) %s",
			  quote_literal_cstr(name));
}

static MetricRequest
read_request(FunctionCallInfo fcinfo)
{
	return (MetricRequest){.name = arg_text(fcinfo, 0),
						   .expression = arg_text(fcinfo, 1),
						   .unit = arg_text(fcinfo, 2),
						   .direction = arg_text(fcinfo, 3),
						   .format = arg_text(fcinfo, 4),
						   .description = arg_text(fcinfo, 5)};
}

Datum
segment_create_metric(PG_FUNCTION_ARGS)
{
	MetricRequest request;
	ApiCall call;

	require_arg(fcinfo, 0, "name");
	require_arg(fcinfo, 1, "expression");
	refuse_when_restricted();
	api_begin(&call);
	metric_check_access(call.caller);
	request = read_request(fcinfo);
	sql_run("LOCK TABLE segment.metric IN SHARE ROW EXCLUSIVE MODE");
	if (PG_ARGISNULL(6) || !PG_GETARG_BOOL(6) || metric_in(metrics_all(), request.name) == NULL)
	{
		metric_create(&request);
		require_all_populations(call.caller, request.name);
		scorecards_regenerate();
		try_out(request.name);
	}
	api_end(&call);
	PG_RETURN_VOID();
}

static Metric *
require_metric(const char *name)
{
	Metric *metric = metric_in(metrics_all(), name);

	if (metric == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("metric \"%s\" does not exist", name),
						errhint("SELECT name FROM segment.metric lists the metrics there are.")));
	return metric;
}

/* What is not given stays. */
Datum
segment_alter_metric(PG_FUNCTION_ARGS)
{
	MetricRequest request;
	ApiCall call;

	require_arg(fcinfo, 0, "name");
	refuse_when_restricted();
	api_begin(&call);
	metric_check_access(call.caller);
	request = read_request(fcinfo);
	sql_run("LOCK TABLE segment.metric IN SHARE ROW EXCLUSIVE MODE");
	require_metric(request.name);
	require_all_populations(call.caller, request.name);
	check_choices(&request);
	if (request.expression != NULL)
	{
		store_expression(request.name, request.expression, all_sums(), metrics_all());
		require_all_populations(call.caller, request.name);
	}
	sql_run("UPDATE segment.metric SET unit = COALESCE(%s, unit), direction = COALESCE(%s, direction), "
			"format = COALESCE(%s, format), description = COALESCE(%s, description) "
			"WHERE name OPERATOR(pg_catalog.=) %s",
			literal_or_null(request.unit), literal_or_null(request.direction),
			literal_or_null(request.format), literal_or_null(request.description),
			quote_literal_cstr(request.name));
	scorecards_regenerate();
	try_out(request.name);
	api_end(&call);
	PG_RETURN_VOID();
}

Datum
segment_drop_metric(PG_FUNCTION_ARGS)
{
	ApiCall call;
	char *name;

	require_arg(fcinfo, 0, "name");
	refuse_when_restricted();
	api_begin(&call);
	metric_check_access(call.caller);
	name = arg_text(fcinfo, 0);
	sql_run("LOCK TABLE segment.metric IN SHARE ROW EXCLUSIVE MODE");
	require_metric(name);
	require_all_populations(call.caller, name);
	refuse_when_used(psprintf("metric \"%s\"", name),
					 psprintf("SELECT 'metric ' || m.name FROM segment.metric_use u JOIN segment.metric m "
							  "USING (metric_id) WHERE u.uses OPERATOR(pg_catalog.=) %s ORDER BY 1",
							  quote_literal_cstr(name)));
	sql_run("DELETE FROM segment.metric WHERE name OPERATOR(pg_catalog.=) %s", quote_literal_cstr(name));
	scorecards_regenerate();
	api_end(&call);
	PG_RETURN_VOID();
}
