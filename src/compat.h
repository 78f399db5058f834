/*
 * compat.h
 *	  The only file that knows PostgreSQL versions apart.  Each difference
 *	  names the upstream commit it answers to.
 */
#ifndef SEGMENT_COMPAT_H
#define SEGMENT_COMPAT_H

#include "utils/guc.h"
#include "utils/regproc.h"

/* 88103567cb8f (PostgreSQL 15) renamed EmitWarningsOnPlaceholders. */
#if PG_VERSION_NUM < 150000
#define MarkGUCPrefixReserved(prefix) EmitWarningsOnPlaceholders(prefix)
#endif

/* PostgreSQL 16 moved VARSIZE and its like out of postgres.h. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* PostgreSQL 16 lets tuplesort_getdatum skip the copy; we always want one. */
#if PG_VERSION_NUM >= 160000
#define segment_tuplesort_getdatum(sort, value, isnull)                                                      \
	tuplesort_getdatum(sort, true, true, value, isnull, NULL)
#else
#define segment_tuplesort_getdatum(sort, value, isnull) tuplesort_getdatum(sort, true, value, isnull, NULL)
#endif

/* 19d8e2308bc5 (PostgreSQL 16) tells summarizing indexes apart: an update answers which indexes need entries.
 */
#if PG_VERSION_NUM >= 160000
#define UpdatedIndexes TU_UpdateIndexes
#define update_needs_index_entries(updated) ((updated) != TU_None)
#define insert_index_entries(info, slot, estate, update, updated)                                            \
	ExecInsertIndexTuples(info, slot, estate, update, false, NULL, NIL, (updated) == TU_Summarizing)
#define NO_UPDATED_INDEXES TU_None
#else
#define UpdatedIndexes bool
#define update_needs_index_entries(updated) (updated)
#define insert_index_entries(info, slot, estate, update, updated)                                            \
	ExecInsertIndexTuples(info, slot, estate, update, false, NULL, NIL)
#define NO_UPDATED_INDEXES false
#endif

/* c727f511bd7b (PostgreSQL 16) has one ACL check for all kinds of objects. */
#if PG_VERSION_NUM >= 160000
#define pg_namespace_aclcheck(schema, role, mode) object_aclcheck(NamespaceRelationId, schema, role, mode)
#endif

/* 1f605b82ba66 (PostgreSQL 16) lets make_range report errors softly. */
#if PG_VERSION_NUM >= 160000
#define segment_make_range(typcache, lower, upper) make_range(typcache, lower, upper, false, NULL)
#else
#define segment_make_range(typcache, lower, upper) make_range(typcache, lower, upper, false)
#endif

/* 858e776c84f4 (PostgreSQL 16) lets stringToQualifiedNameList report errors softly. */
#if PG_VERSION_NUM >= 160000
#define segment_qualified_names(string) stringToQualifiedNameList(string, NULL)
#else
#define segment_qualified_names(string) stringToQualifiedNameList(string)
#endif

/* 2661469d8622 (PostgreSQL 16) gave DecodeDateTime more to say about errors. */
#if PG_VERSION_NUM >= 160000
#define segment_decode_datetime(fields, types, count, type, tm, fraction, timezone)                          \
	DecodeDateTime(fields, types, count, type, tm, fraction, timezone, &(DateTimeErrorExtra){0})
#else
#define segment_decode_datetime(fields, types, count, type, tm, fraction, timezone)                          \
	DecodeDateTime(fields, types, count, type, tm, fraction, timezone)
#endif

/* PostgreSQL 18 counts an index scan's searches for EXPLAIN. */
#if PG_VERSION_NUM >= 180000
#define segment_index_beginscan(rel, index, snapshot, nkeys, norderbys)                                      \
	index_beginscan(rel, index, snapshot, NULL, nkeys, norderbys)
#else
#define segment_index_beginscan(rel, index, snapshot, nkeys, norderbys)                                      \
	index_beginscan(rel, index, snapshot, nkeys, norderbys)
#endif

/* c727f511bd7b (PostgreSQL 16) has one check of ownership for all kinds of objects. */
#if PG_VERSION_NUM >= 160000
#define segment_owns_database(database, role) object_ownercheck(DatabaseRelationId, database, role)
#else
#define segment_owns_database(database, role) pg_database_ownercheck(database, role)
#endif

/* c66a7d75e652 (PostgreSQL 17, and minor releases of the others) marks databases that DROP left half-way. */
#ifdef DATCONNLIMIT_INVALID_DB
#define segment_database_is_invalid(form) database_is_invalid_form(form)
#else
#define segment_database_is_invalid(form) false
#endif

/* 4f2400cb3f10 (PostgreSQL 15) asks for shared memory in a hook of its own. */
#if PG_VERSION_NUM >= 150000
#define request_shared_memory_by(hook)                                                                       \
	do                                                                                                       \
	{                                                                                                        \
		next_request_hook = shmem_request_hook;                                                              \
		shmem_request_hook = hook;                                                                           \
	} while (0)
#else
typedef void (*shmem_request_hook_type)(void);
#define request_shared_memory_by(hook) hook()
#endif

/* 3804539e48e7 (PostgreSQL 15) has a generator of random numbers in common/. */
#if PG_VERSION_NUM >= 150000
#include "common/pg_prng.h"
#define segment_chance() pg_prng_double(&pg_global_prng_state)
#else
#define segment_chance() ((double) random() / ((double) MAX_RANDOM_VALUE + 1))
#endif

/* 791b1b71da35 (PostgreSQL 15) renamed pg_analyze_and_rewrite. */
#if PG_VERSION_NUM >= 150000
#define segment_analyze(raw, query) pg_analyze_and_rewrite_fixedparams(raw, query, NULL, 0, NULL)
#else
#define segment_analyze(raw, query) pg_analyze_and_rewrite(raw, query, NULL, 0, NULL)
#endif

/* 3eea7a0c97e9 (PostgreSQL 18) took run_once out of PortalRun. */
#if PG_VERSION_NUM >= 180000
#define segment_portal_run(portal, receiver) PortalRun(portal, FETCH_ALL, true, receiver, receiver, NULL)
#else
#define segment_portal_run(portal, receiver)                                                                 \
	PortalRun(portal, FETCH_ALL, true, true, receiver, receiver, NULL)
#endif

/* 3691edfab971 (PostgreSQL 18) put noreturn before the declaration, where C11 wants it. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/* 83ea6c54025b (PostgreSQL 18) computes generated columns when they are read, too. */
#ifndef ATTRIBUTE_GENERATED_VIRTUAL
#define ATTRIBUTE_GENERATED_VIRTUAL 'v'
#endif

/* 51efe38cb92f (PostgreSQL 17) limits transactions, in every process. */
#if PG_VERSION_NUM >= 170000
#define has_transaction_timeout true
#else
#define has_transaction_timeout false
#endif

#endif /* SEGMENT_COMPAT_H */
