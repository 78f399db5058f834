/*
 * failures.c
 *	  Customers whose data fail, gathered while the others go on.
 *
 * A few bad rows must not keep everybody's results from being refreshed.  Many
 * of them mean that a definition is wrong, not the data: then it is an error.
 */
#include "postgres.h"

#include "utils/lsyscache.h"

#include "failures.h"
#include "guc.h"

Failures *
failures_create(Oid key_type, const char *step)
{
	Failures *failures;

	if (segment_quarantine_limit == 0)
		return NULL;
	failures = palloc0(sizeof(Failures));
	failures->context = CurrentMemoryContext;
	failures->step = pstrdup(step);
	failures->keys = keyset_create(key_type, get_typcollation(key_type));
	return failures;
}

static bool
same_name(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int
count_like(const Failures *failures, const Failure *example)
{
	int count = 0;
	ListCell *lc;

	foreach (lc, failures->entries)
	{
		const Failure *failure = lfirst(lc);

		if (same_name(failure->feature, example->feature) && same_name(failure->scheme, example->scheme))
			count++;
	}
	return count;
}

static const char *
place(const Failures *failures, const Failure *failure)
{
	if (failure->feature)
		return psprintf("feature \"%s\"", failure->feature);
	if (failure->scheme)
		return psprintf("scheme \"%s\"", failure->scheme);
	return failures->step;
}

static void
raise_too_many(const Failures *failures)
{
	const Failure *first = linitial(failures->entries);

	ereport(ERROR, (errcode(first->sqlstate),
					errmsg("more than %d customers fail in %s", segment_quarantine_limit, failures->step),
					errdetail("%d of them fail in %s, the first with: %s", count_like(failures, first),
							  place(failures, first), first->message),
					errhint("%s%sMore customers are quarantined when segment.quarantine_limit is larger.",
							first->hint ? first->hint
										: "Correct the definition, for instance with nullif() or CASE.",
							" ")));
}

static char *
copy_or_null(const char *text)
{
	return text ? pstrdup(text) : NULL;
}

bool
failures_are_too_many(const Failures *failures)
{
	return failures->keys->nkeys > (uint32) segment_quarantine_limit;
}

void
failures_add(Failures *failures, Datum key, const Failure *failure)
{
	MemoryContext caller;
	Failure *entry;

	if (!keyset_add(failures->keys, key, false))
		return;
	caller = MemoryContextSwitchTo(failures->context);
	entry = palloc(sizeof(Failure));
	entry->sqlstate = failure->sqlstate;
	entry->message = pstrdup(failure->message);
	entry->hint = copy_or_null(failure->hint);
	entry->feature = copy_or_null(failure->feature);
	entry->scheme = copy_or_null(failure->scheme);
	failures->entries = lappend(failures->entries, entry);
	MemoryContextSwitchTo(caller);
	if (failures_are_too_many(failures))
		raise_too_many(failures);
}
