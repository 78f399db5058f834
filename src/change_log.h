/*
 * change_log.h
 *	  Change logs: which keys of a mapped relation changed, by which transaction.
 *
 * There is one log per source and one per population (its own table's), each
 * of four tables ("slots").  A transaction writes to slot (xid >> 20) & 3 of
 * its own top-level xid; readers always read all four.  Rows hold keys, never
 * deltas, and carry the writer's xid: what a refresh has not seen yet is what
 * is visible now and was not in the snapshot its cursor keeps.
 *
 * The key is the captured column's, as its stored type: the customer for a
 * source of its own, the reference to the parent for a child source.  A child's
 * changed customers are therefore those its own changed references lead to in
 * the refresh's snapshot, and all changed customers of its parent: when a
 * parent's row goes, changes hands or changes its key, the parent's log names
 * the old and the new customer, whose children are recomputed with it.
 *
 * Whoever reads a log must lock its slots before taking the snapshot, as
 * rotation truncates what no cursor needs.
 */
#ifndef SEGMENT_CHANGE_LOG_H
#define SEGMENT_CHANGE_LOG_H

#include "postgres.h"

#include "catalog.h"
#include "collect.h"
#include "keyset.h"

#define CHANGE_LOG_SLOTS 4

/* A log as its writers know it. */
typedef struct ChangeLog
{
	Oid table[CHANGE_LOG_SLOTS];
	Oid key_type;
	int16 key_length;
	bool key_by_value;
} ChangeLog;

/* In all of these source NULL stands for the population's own table. */
extern char *change_log_table(const Population *population, const Source *source, int slot);
extern const char *captured_column(const Population *population, const Source *source);

/* Find a log by its names without SQL; false when a slot is missing. */
extern bool change_log_find(const char *population, const char *source, ChangeLog *log);

/* The slots that are missing; were there any? */
extern bool change_log_create(const Population *population, const Source *source);
extern void change_log_drop(const Population *population, const Source *source);

/*
 * Write one transaction's keys below SQL, for any user; "everything" stands
 * for all keys.  A log dropped meanwhile is left alone.
 */
extern void
change_log_append(const ChangeLog *log, const Datum *keys, int count, bool null_key, bool everything);

/*
 * Have the next refresh look at a customer again: for definitions that concern
 * one customer.  Where the population's table has no log, it is read in full
 * each time and everyone is looked at anyway.
 */
extern void change_log_customer(const Population *population, Datum key);

/* The same where also the customer's events have to be read again. */
extern void change_log_customer_everywhere(const Population *population, Datum key);

/* Customers' keys as the log has them, without those it cannot have. */
extern KeySet *change_log_keys(const Population *population, const ChangeLog *log, const KeySet *keys);

/* Whether the log has no row at all, seen or not. */
extern bool change_log_is_empty(const Population *population, const Source *source);

/* A FROM item (xid, key, everything) with its WHERE: the rows that "last", SQL of a pg_snapshot, does not
 * see. */
extern char *change_log_unseen(const Population *population, const Source *source, const char *last);

/*
 * Empty every slot that no cursor needs any more, each in a transaction of its
 * own; slots in use are left for another time, nobody waits.  Only where
 * transactions may be ended (procedure.h), between two of them.  Returns how
 * many slots were emptied.
 */
extern int change_log_rotate(const char *population);

#endif /* SEGMENT_CHANGE_LOG_H */
