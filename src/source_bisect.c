/*
 * source_bisect.c
 *	  Bring a source's ledgers up to date around customers whose rows make its
 *	  own query fail.
 *
 * A division in a view, a cast in a measure: such an error ends the query and
 * does not say whose row it was.  So the source is read by customer, in pieces,
 * each in a subtransaction, and of a piece that fails the halves, down to the
 * customers that fail alone.  All of it reads in one snapshot, so the pieces
 * are what the whole would have been.
 *
 * By index that costs what reading the whole by index costs.  In a view that
 * cannot be restricted to a customer each piece is a pass over it, hence no
 * more than MAX_PIECES of them; and twice the halvings for each that fails.
 *
 * Events of nobody are read last and apart: if they fail there is nobody to set
 * aside, and it is an error.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "alias.h"
#include "attempt.h"
#include "collect.h"
#include "ledgers.h"
#include "restricted.h"
#include "source_bisect.h"
#include "source_query.h"

#define MIN_PIECE_CUSTOMERS 1024
#define MAX_PIECES 64

#define REMEDY                                                                                               \
	"The query of the source fails for rows of this customer. Correct them, or leave them out by its "       \
	"filter."

typedef struct Search
{
	const Population *population;
	List *sources;
	const Source *source;
	Failures *failures;
	struct LateFacts *late;
	const Aliases *aliases;
	LedgerBuildResult *result; /* of all pieces so far */
} Search;

/* One build to try. */
typedef struct Trial
{
	MemoryContext context;
	LedgerBuild *build;
	LedgerBuildResult result;
} Trial;

static void
build_trial(void *argument)
{
	Trial *trial = argument;

	MemoryContextSwitchTo(trial->context);
	ledger_build(trial->build, &trial->result);
}

static void
add_result(LedgerBuildResult *total, const LedgerBuildResult *result)
{
	total->rows += result->rows;
	total->undated += result->undated;
	total->last_day = Max(total->last_day, result->last_day);
	total->ledgers += result->ledgers;
	total->inserted += result->inserted;
	total->updated += result->updated;
	total->deleted += result->deleted;
	total->spilled |= result->spilled;
	total->partitions += result->partitions;
}

/* The data error that stopped it, in the caller's memory, or NULL; what else it took is given back. */
static ErrorData *
try_build(Search *search, const KeySet *keys)
{
	Trial trial = {
		.context = AllocSetContextCreate(CurrentMemoryContext, "ledgers of some", ALLOCSET_DEFAULT_SIZES)};
	MemoryContext caller = MemoryContextSwitchTo(trial.context);
	ErrorData *error;

	trial.build = source_build(search->population, search->sources, search->source, keys);
	trial.build->failures = search->failures;
	trial.build->late = search->late;
	MemoryContextSwitchTo(caller);
	error = attempt(build_trial, &trial);
	if (error == NULL)
		add_result(search->result, &trial.result);
	MemoryContextDelete(trial.context);
	/* That too many have failed is a data error by its code, and the end. */
	if (error != NULL && failures_are_too_many(search->failures))
		ReThrowError(error);
	return error;
}

static void
add_failure(Search *search, Datum key, const ErrorData *error)
{
	Failure failure = {
		.sqlstate = error->sqlerrcode, .message = error->message, .hint = error->hint ? error->hint : REMEDY};

	failures_add(search->failures, alias_survivor(search->aliases, key), &failure);
}

/* With every customer all its duplicates, or its ledger would be a part of itself. */
static KeySet *
piece_of(const Search *search, const KeySet *keys, uint32 first, uint32 count)
{
	KeySet *piece = keyset_create(keys->type.type, keys->type.collation);

	for (uint32 i = first; i < first + count; i++)
		keyset_add(piece, keys->keys[i], false);
	return aliases_close(search->aliases, piece);
}

static void
build_piece(Search *search, const KeySet *keys, uint32 first, uint32 count)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "piece of a source", ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	ErrorData *error;

	CHECK_FOR_INTERRUPTS();
	check_stack_depth();
	error = try_build(search, piece_of(search, keys, first, count));
	if (error != NULL && count == 1)
		add_failure(search, keys->keys[first], error);
	else if (error != NULL)
	{
		build_piece(search, keys, first, count / 2);
		build_piece(search, keys, first + count / 2, count - count / 2);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

static void
build_in_pieces(Search *search, const KeySet *keys)
{
	uint32 size = Max(MIN_PIECE_CUSTOMERS, keys->nkeys / MAX_PIECES + 1);

	for (uint32 first = 0; first < keys->nkeys; first += size)
		build_piece(search, keys, first, Min(size, keys->nkeys - first));
}

/* Events of nobody; an error of theirs is one of the source's. */
static void
build_unassigned(Search *search, const KeySet *keys)
{
	KeySet *nobody = keyset_create(keys->type.type, keys->type.collation);
	LedgerBuildResult result = {0};
	LedgerBuild *build;

	nobody->has_null = true;
	build = source_build(search->population, search->sources, search->source, nobody);
	build->late = search->late;
	ledger_build(build, &result);
	add_result(search->result, &result);
}

/* Whoever has events, and whoever has a ledger, with NULL. */
static KeySet *
everyone(const Search *search)
{
	const Population *population = search->population;
	KeySet *keys = keyset_create(population->key_type, get_typcollation(population->key_type));
	char *query = source_customers_query(population, search->sources, search->source);
	RestrictedOperation as_owner;
	Collected *rows;

	restricted_begin(&as_owner, population->owner, population->timezone);
	rows = collect(query);
	restricted_end(&as_owner);
	keyset_add_collected(keys, rows);
	keyset_add_collected(keys, collect(psprintf("SELECT %s FROM %s", quote_identifier(population->key_name),
												ledger_table(population, search->source))));
	keys->has_null = true;
	return keys;
}

void
source_bisect(const Population *population, List *sources, const Source *source, const KeySet *keys,
			  Failures *failures, struct LateFacts *late, LedgerBuildResult *result)
{
	Search search = {population, sources, source, failures, late, NULL, result};

	if (failures == NULL)
	{
		ledger_build(source_build(population, sources, source, keys), result);
		return;
	}
	if (try_build(&search, keys) == NULL)
		return;
	search.aliases = aliases_read(population);
	if (keys == NULL)
		keys = everyone(&search);
	build_in_pieces(&search, keys);
	if (keys->has_null)
		build_unassigned(&search, keys);
}
