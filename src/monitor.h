/*
 * monitor.h
 *	  What the views and checks of monitoring have in common: who may look,
 *	  and how much waits in the change logs.
 *
 * As the extension's owner with SPI connected (sql.h).  Nothing that a
 * customer's key could be in.
 */
#ifndef SEGMENT_MONITOR_H
#define SEGMENT_MONITOR_H

#include "postgres.h"

#include "catalog.h"

/* Changes that no refresh has read. */
typedef struct Backlog
{
	int64 rows;  /* log rows, a key in each; beyond some megabytes of logs an estimate from their size */
	int64 bytes; /* of all the logs, read or not */
	bool known;  /* false: nothing has been read yet */
} Backlog;

extern Backlog population_backlog(const Population *population);

/* SQL of a condition on a role's OID: the caller is a member of it, or of pg_monitor. */
extern char *may_monitor_sql(Oid caller, const char *owner);

/* Populations that the caller may look after: a member of the owner, or of pg_monitor. */
extern List *populations_monitored(Oid caller);
/* And those whose results it may read: how old they are belongs to them. */
extern List *populations_read(Oid caller);

/* SQL of an array of the OIDs of everything the population's writers lock: mapped relations and logs. */
extern char *written_relations_sql(const Population *population);

#endif /* SEGMENT_MONITOR_H */
