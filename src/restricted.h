/*
 * restricted.h
 *	  Run code on users' relations as their owner, without trusting it.
 */
#ifndef SEGMENT_RESTRICTED_H
#define SEGMENT_RESTRICTED_H

#include "postgres.h"

typedef struct RestrictedOperation
{
	Oid save_userid;
	int save_sec_context;
	int save_nestlevel;
	bool save_reading;
} RestrictedOperation;

extern void restricted_begin(RestrictedOperation *operation, Oid owner, const char *timezone);
extern void restricted_end(const RestrictedOperation *operation);

#endif /* SEGMENT_RESTRICTED_H */
