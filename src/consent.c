/*
 * consent.c
 *	  Whose rows do not consent.
 */
#include "postgres.h"

#include "utils/lsyscache.h"

#include "collect.h"
#include "consent.h"
#include "restricted.h"
#include "source_query.h"

static Collected *
read_objectors(const Population *population, const KeySet *keys)
{
	char *query = objectors_query(population, keys);
	RestrictedOperation as_owner;
	Collected *rows;

	restricted_begin(&as_owner, population->owner, population->timezone);
	rows = keys != NULL ? collect_for_keys(query, keys) : collect(query);
	restricted_end(&as_owner);
	return rows;
}

static KeySet *
empty_set(const Population *population)
{
	return keyset_create(population->key_type, get_typcollation(population->key_type));
}

KeySet *
consent_objectors(const Population *population, const Aliases *aliases, const KeySet *keys)
{
	KeySet *read = empty_set(population);
	KeySet *objectors;

	keyset_add_collected(read, read_objectors(population, keys));
	if (aliases == NULL)
		return read;
	objectors = empty_set(population);
	for (uint32 i = 0; i < read->nkeys; i++)
		keyset_add(objectors, alias_survivor(aliases, read->keys[i]), false);
	return objectors;
}

KeySet *
consent_objecting_groups(const Population *population, const Aliases *aliases, const KeySet *keys)
{
	KeySet *objecting;

	if (population->consent_sql == NULL || aliases == NULL)
		return NULL;
	objecting = consent_objectors(population, aliases, keys != NULL ? keys : aliases->duplicates);
	return objecting->nkeys > 0 ? objecting : NULL;
}
