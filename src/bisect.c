/*
 * bisect.c
 *	  Evaluate all customers but those whose data fail, and find these.
 *
 * An error does not say whose data caused it.  So when a data error stops the
 * evaluation, pieces of the customers in the order of their keys are evaluated
 * in subtransactions, and of a piece that fails the halves, down to the
 * customers that fail alone.  Small pieces find their rows by index, so that
 * each half costs half; halves of everyone would read all ledgers every time.
 *
 * That is done once: the next refresh evaluates everyone else first and tries
 * those in quarantine apart.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "assign.h"
#include "bisect.h"
#include "day.h"
#include "differences.h"
#include "failures.h"
#include "progress.h"
#include "quarantine.h"

#define PIECE_CUSTOMERS 1024

typedef struct Search
{
	EvaluationPlan *plan;
	DateADT day;
	bool with_features;
	Failures *failures;
	Collected *found;      /* rows of the customers that could be evaluated */
	char *piece_sql;       /* evaluates the customers in $1 */
	SPIPlanPtr piece_plan; /* of it, made once, for few customers */
	List *blamable;        /* of char *: features and schemes in the order in which they are computed */
	const char *blamed;    /* what failed for the last customer */
	EvaluationPlan bare;   /* features and schemes alone, to find what fails */
} Search;

static KeySet
piece_of(const KeySet *keys, uint32 first, uint32 count)
{
	KeySet piece = *keys;

	piece.has_null = false;
	piece.keys += first;
	piece.nkeys = count;
	return piece;
}

/* Which definition fails? */

static Collected *
try_column(Search *search, const char *column, const KeySet *customer)
{
	ErrorData *error = NULL;

	search->bare.keys = customer;
	return collect_try(psprintf("SELECT %s FROM (%s) evaluation", column, evaluation_sql(&search->bare)),
					   NULL, customer, &error);
}

static bool
fails_in(Search *search, const char *name, const KeySet *customer)
{
	Collected *rows = try_column(search, quote_identifier(name), customer);

	if (rows == NULL)
		return true;
	collected_free(rows);
	return false;
}

static bool
is_scheme(const EvaluationPlan *plan, const char *name)
{
	ListCell *lc;

	foreach (lc, plan->schemes)
	{
		if (strcmp(((SchemePlan *) lfirst(lc))->scheme->name, name) == 0)
			return true;
	}
	return false;
}

static bool
is_feature(const EvaluationPlan *plan, const char *name)
{
	ListCell *lc;

	foreach (lc, plan->features)
	{
		const Feature *feature = lfirst(lc);

		/* another scheme's segment fails where that scheme does */
		if (strcmp(feature->name, name) == 0)
			return feature->kind != FEATURE_SCHEME;
	}
	return false;
}

/* The evaluation's columns come in the order of its levels, each after what it reads. */
static void
find_blamable(Search *search, const KeySet *customer)
{
	Collected *rows;

	search->bare = *search->plan;
	search->bare.days = psprintf("VALUES (%s)", day_sql(search->day));
	search->bare.only = NULL;
	search->bare.stored = search->bare.fold = false;
	rows = try_column(search, "evaluation.*", &(KeySet){.type = customer->type});
	if (rows == NULL)
		return;
	for (int i = 0; i < rows->desc->natts; i++)
	{
		const char *name = NameStr(TupleDescAttr(rows->desc, i)->attname);

		if (is_feature(&search->bare, name) || is_scheme(&search->bare, name))
			search->blamable = lappend(search->blamable, pstrdup(name));
	}
	collected_free(rows);
}

/* Mostly the same for all of them. */
static const char *
find_blamed(Search *search, const KeySet *customer)
{
	ListCell *lc;

	if (search->blamed && fails_in(search, search->blamed, customer))
		return search->blamed;
	foreach (lc, search->blamable)
	{
		if (fails_in(search, lfirst(lc), customer))
			return lfirst(lc);
	}
	return NULL;
}

static void
add_failure(Search *search, const KeySet *customer, const ErrorData *error)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext scratch;
	Failure failure = {.sqlstate = error->sqlerrcode, .message = error->message, .hint = error->hint};

	if (search->blamable == NIL)
		find_blamable(search, customer);
	scratch = AllocSetContextCreate(caller, "failing customer", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(scratch);
	search->blamed = find_blamed(search, customer);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	if (search->blamed && is_scheme(search->plan, search->blamed))
		failure.scheme = search->blamed;
	else
		failure.feature = search->blamed;
	failures_add(search->failures, customer->keys[0], &failure);
}

/* Whose data fail? */

static void
keep_rows(Search *search, Collected *rows)
{
	if (search->found == NULL)
		search->found = rows;
	else
	{
		collected_append(search->found, rows);
		collected_free(rows);
	}
}

static void
prepare_pieces(Search *search)
{
	EvaluationPlan plan = *search->plan;
	KeySet any = {.type = search->failures->keys->type};
	Oid parameter = keyset_array_type(&any);

	if (search->piece_sql != NULL)
		return;
	plan.keys = &any;
	search->piece_sql = differences_sql(&plan, search->day, search->with_features);
	search->piece_plan = SPI_prepare_cursor(search->piece_sql, 1, &parameter, CURSOR_OPT_GENERIC_PLAN);
	if (search->piece_plan == NULL)
		elog(ERROR, "could not plan an evaluation: %s", SPI_result_code_string(SPI_result));
}

static void
evaluate_piece(Search *search, const KeySet *keys)
{
	ErrorData *error = NULL;
	Collected *rows;
	uint32 half = keys->nkeys / 2;
	KeySet left = piece_of(keys, 0, half);
	KeySet right = piece_of(keys, half, keys->nkeys - half);

	CHECK_FOR_INTERRUPTS();
	rows = collect_try(search->piece_sql, search->piece_plan, keys, &error);
	/* A subtransaction's failure is the end of what was reported. */
	if (rows == NULL)
		progress_start(search->plan->population->relation, PROGRESS_EVALUATING, 0);
	if (rows != NULL)
		keep_rows(search, rows);
	else if (keys->nkeys == 1)
		add_failure(search, keys, error);
	else
	{
		evaluate_piece(search, &left);
		evaluate_piece(search, &right);
	}
}

static void
evaluate_in_pieces(Search *search, const KeySet *keys)
{
	if (keys->nkeys == 0)
		return;
	prepare_pieces(search);
	for (uint32 first = 0; first < keys->nkeys; first += PIECE_CUSTOMERS)
	{
		KeySet piece = piece_of(keys, first, Min(PIECE_CUSTOMERS, keys->nkeys - first));

		evaluate_piece(search, &piece);
	}
}

/* In the order of their keys, in which their rows mostly lie. */
static KeySet *
all_customers(const EvaluationPlan *plan)
{
	const char *key = quote_identifier(plan->population->key_name);
	Collected *rows =
		collect(psprintf("SELECT the_customer.%s FROM %s the_customer WHERE %s ORDER BY 1", key,
						 data_name(plan->population->name, "_feature"), plan->only ? plan->only : "true"));
	KeySet *keys = keyset_create(plan->population->key_type, TupleDescAttr(rows->desc, 0)->attcollation);

	keyset_add_collected(keys, rows);
	return keys;
}

/* Everyone at once; if that fails, in halves. */
static void
evaluate_customers(Search *search)
{
	ErrorData *error = NULL;
	const EvaluationPlan *plan = search->plan;
	char *sql = differences_sql(search->plan, search->day, search->with_features);
	Collected *rows = collect_try(sql, NULL, plan->keys, &error);

	if (rows != NULL)
	{
		keep_rows(search, rows);
		return;
	}
	evaluate_in_pieces(search, plan->keys ? plan->keys : all_customers(plan));
}

/* Customers of "keys" (NULL: of everyone) that are in one set and not in the other. */
static KeySet *
select_keys(const KeySet *keys, const KeySet *in, const KeySet *not_in)
{
	KeySet *selected = keyset_create(not_in->type.type, not_in->type.collation);

	for (uint32 i = 0; i < in->nkeys; i++)
	{
		if ((keys == NULL || keyset_contains(keys, in->keys[i], false)) &&
			!keyset_contains(not_in, in->keys[i], false))
			keyset_add(selected, in->keys[i], false);
	}
	return selected;
}

/* The plan for the customers who are not in quarantine. */
static EvaluationPlan
plan_without_quarantine(const EvaluationPlan *plan)
{
	const Quarantine *quarantine = plan->quarantine;
	EvaluationPlan others = *plan;

	if (quarantine_is_empty(quarantine))
		return others;
	if (plan->keys)
		others.keys =
			select_keys(select_keys(NULL, plan->keys, quarantine->stale), plan->keys, quarantine->failed);
	else
		others.only = quarantine_none_sql(plan->population);
	return others;
}

static void
settle(const EvaluationPlan *plan, const KeySet *retried, const Failures *failures)
{
	Quarantine *quarantine = plan->quarantine;

	if (retried->nkeys == 0 && failures->keys->nkeys == 0)
		return;
	quarantine_settle(plan->population, QUARANTINE_EVALUATION, "", retried, failures);
	*quarantine = *quarantine_read(plan->population, plan->sources);
}

static Collected *
evaluate_around_failures(EvaluationPlan *plan, DateADT day, bool with_features, Failures *failures)
{
	EvaluationPlan others = plan_without_quarantine(plan);
	KeySet *retried = select_keys(plan->keys, plan->quarantine->failed, plan->quarantine->stale);
	Search search = {.plan = &others, .day = day, .with_features = with_features, .failures = failures};

	evaluate_customers(&search);
	evaluate_in_pieces(&search, retried);
	progress_start(plan->population->relation, PROGRESS_EVALUATING, 0);
	if (search.found == NULL)
		search.found = collect_for_keys(search.piece_sql, &(KeySet){.type = failures->keys->type});
	settle(plan, retried, failures);
	return search.found;
}

Collected *
evaluate_differences(EvaluationPlan *plan, DateADT day, bool with_features)
{
	Failures *failures = NULL;
	Collected *rows;
	char *sql;

	if (plan->quarantine)
		failures = failures_create(plan->population->key_type,
								   psprintf("the evaluation of population \"%s\"", plan->population->name));
	if (failures)
		return evaluate_around_failures(plan, day, with_features, failures);
	sql = differences_sql(plan, day, with_features);
	rows = plan->keys ? collect_for_keys(sql, plan->keys) : collect(sql);
	/* Nobody may fail, and nobody did. */
	if (plan->quarantine && plan->quarantine->failed->nkeys > 0)
		quarantine_settle(plan->population, QUARANTINE_EVALUATION, "", plan->keys, NULL);
	return rows;
}
