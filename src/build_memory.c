/*
 * build_memory.c
 *	  The ledgers of a few customers, built in memory and written nowhere.
 *
 * The same reading, conversion and grouping as a bulk build's, so that what
 * segment.verify() recomputes and segment.current() evaluates cannot differ
 * from what a refresh would have written.
 */
#include "postgres.h"

#include "utils/lsyscache.h"

#include "build_memory.h"
#include "build_read.h"
#include "restricted.h"

static void
group_batch(const EventBatch *batch, void *argument)
{
	group_add_batch(argument, batch);
}

GroupTable *
group_events(const LedgerBuild *build)
{
	CustomerKeyType *key_type = palloc0(sizeof(CustomerKeyType));
	LedgerBuildResult ignored = {0};
	RestrictedOperation as_owner;
	GroupTable *groups;

	key_type_init(key_type, build->key_type, get_typcollation(build->key_type));
	groups = group_table_create(key_type, &build->shape, build->source_name, build->measure_name);
	restricted_begin(&as_owner, build->owner, build->timezone);
	read_events(build, key_type, groups->labels, group_batch, groups, &ignored);
	restricted_end(&as_owner);
	return groups;
}
