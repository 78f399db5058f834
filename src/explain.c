/*
 * explain.c
 *	  segment.explain(): why a customer is where it is, on any day.
 *
 * Every rule's conditions with what they read and what they say; which of them
 * decided; and the nearest value of one feature that would move the customer.
 */
#include "postgres.h"

#include "utils/date.h"

#include "args.h"
#include "customer_argument.h"
#include "explanation.h"
#include "scheme.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_explain);

static DateADT
day_to_explain(FunctionCallInfo fcinfo, const Explanation *explanation)
{
	const Scheme *scheme = explanation->scheme;

	if (!PG_ARGISNULL(2))
	{
		require_known_day(explanation->population, PG_GETARG_DATEADT(2));
		return PG_GETARG_DATEADT(2);
	}
	if (strcmp(scheme->state, "retired") == 0)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("scheme \"%s\" is retired", scheme->name),
						errhint("Say which past day you mean with at => '2026-01-31', for example.")));
	return explanation->population->as_of;
}

/* The place of the rule that won; the number of rules for the default segment. */
static int
winner_of(const OnePlan *one, const char *raw)
{
	int place = 0;

	while (place < list_length(one->rules) &&
		   strcmp(((OneRule *) list_nth(one->rules, place))->segment, raw) != 0)
		place++;
	return place;
}

static void
evaluate_customer(Explanation *explanation, Datum key)
{
	const OneChange nothing = {NULL, NULL};

	explanation->now =
		evaluate_one(explanation->one, explanation->population, key, explanation->day, &nothing, 1);
	if (explanation->now == NULL)
		no_such_customer(explanation->population);
	explanation->winner = winner_of(explanation->one, explanation->now->raw);
}

/* One that the next refresh will see first does not explain what is assigned now. */
static void
find_override(Explanation *explanation, Datum key)
{
	const char *assigned = explanation->now->assigned;
	Override *override = override_on(explanation->population, explanation->scheme, key, explanation->day);

	if (override && assigned && strcmp(override->segment, assigned) == 0)
		explanation->override = override;
}

Datum
segment_explain(PG_FUNCTION_ARGS)
{
	Explanation explanation = {0};
	CustomerArgument customer;
	ApiCall call;
	Datum key;
	int version;

	require_arg(fcinfo, 0, "scheme");
	customer = customer_argument(fcinfo, 1, "customer");
	api_begin(&call);
	explanation.scheme = scheme_of_caller(arg_text(fcinfo, 0), call.caller, &explanation.population);
	require_refreshed(explanation.population);
	require_activated(explanation.scheme);
	explanation.day = day_to_explain(fcinfo, &explanation);
	key = customer_key(&customer, explanation.population);
	version = customer_version_on(explanation.population, explanation.scheme, key, explanation.day);
	explanation.one = one_plan(explanation.population, explanation.scheme, version, ONE_AS_STORED);
	evaluate_customer(&explanation, key);
	find_override(&explanation, key);
	find_remedies(&explanation);
	prove_remedies(&explanation, key);
	put_explanation(fcinfo, &explanation);
	api_end(&call);
	return (Datum) 0;
}
