/*
 * definition.h
 *	  Helpers that defining populations and sources share.
 */
#ifndef SEGMENT_DEFINITION_H
#define SEGMENT_DEFINITION_H

#include "postgres.h"

#include "fmgr.h"

extern void require_arguments(FunctionCallInfo fcinfo, int count, const char *const *names);

/* Name of a relation about to be generated: fits, and is free (42622, 42P07). */
extern char *new_data_name(const char *base, const char *suffix);

/* The query gives the names of what uses the object: none, or 2BP01 listing them. */
extern void refuse_when_used(const char *object, const char *names_query);

extern void require_timezone(const char *timezone);
extern void require_membership(Oid caller, Oid owner);

/* 42501 inside of what runs while a relation is read as its population's owner. */
extern void refuse_when_restricted(void);

#endif /* SEGMENT_DEFINITION_H */
