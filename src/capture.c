/*
 * capture.c
 *	  The capture triggers: note which keys a transaction changes, and log
 *	  them as it commits.
 *
 * Row triggers put OLD's and NEW's keys into a hash that lives as long as the
 * transaction, one per log; just before commit or prepare, after all deferred
 * triggers, each hash becomes rows of its log.  A subtransaction that aborts
 * leaves its keys behind, which costs a needless recompute and nothing else.
 *
 * A user's write must not fail because of us, short of memory or disk: an
 * unregistered relation, a log or column that is gone, a call from the wrong
 * place are all passed over in silence, and the refresh notices from the
 * fingerprint.  EXECUTE stays with PUBLIC, as partition DDL by the table's
 * owner needs it; what a trigger may log is decided by the definitions alone,
 * never by its arguments.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "capture_target.h"
#include "change_log.h"
#include "compat.h"
#include "debug.h"
#include "keyset.h"

PG_FUNCTION_INFO_V1(segment_capture);
PG_FUNCTION_INFO_V1(segment_capture_truncate);

/* Keys of one transaction in one log, and bytes of keys of variable length, beyond which it says
 * "everything". */
#define MAX_KEYS 100000
#define MAX_KEY_BYTES (16 * 1024 * 1024)

typedef struct ChangedKey
{
	Datum key;
	uint32 hash;
	char status;
	SubTransactionId forgotten; /* by whom it need not be logged; or InvalidSubTransactionId */
} ChangedKey;

struct changes_hash;

/* What the transaction has changed as far as one log is concerned. */
typedef struct Changes
{
	ChangeLog log;
	struct changes_hash *keys;
	Size key_bytes;
	bool null_key;
	bool everything;
	struct Changes *next;
} Changes;

static inline uint32 hash_key(const Changes *changes, Datum key);
static inline bool same_key(const Changes *changes, Datum a, Datum b);

#define SH_PREFIX changes
#define SH_ELEMENT_TYPE ChangedKey
#define SH_KEY_TYPE Datum
#define SH_KEY key
#define SH_HASH_KEY(tb, key) hash_key((const Changes *) (tb)->private_data, key)
#define SH_EQUAL(tb, a, b) same_key((const Changes *) (tb)->private_data, a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, entry) ((entry)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static Changes *pending = NULL; /* of this transaction, in TopTransactionContext */
static bool flushed = false;    /* it is committing: what comes now is written at once */
static bool any_forgotten = false;

/* Keys are compared as bytes: that two images of one value are both logged does no harm. */
static inline uint32
hash_key(const Changes *changes, Datum key)
{
	if (changes->log.key_by_value)
		return (uint32) (((uint64) key * UINT64CONST(0x9E3779B97F4A7C15)) >> 32); /* Fibonacci hashing */
	if (changes->log.key_length > 0)
		return hash_bytes((const unsigned char *) DatumGetPointer(key), changes->log.key_length);
	return hash_bytes((const unsigned char *) VARDATA_ANY(DatumGetPointer(key)),
					  VARSIZE_ANY_EXHDR(DatumGetPointer(key)));
}

static inline bool
same_key(const Changes *changes, Datum a, Datum b)
{
	char *left = DatumGetPointer(a);
	char *right = DatumGetPointer(b);

	if (changes->log.key_by_value)
		return a == b;
	if (changes->log.key_length > 0)
		return memcmp(left, right, changes->log.key_length) == 0;
	return VARSIZE_ANY_EXHDR(left) == VARSIZE_ANY_EXHDR(right) &&
		   memcmp(VARDATA_ANY(left), VARDATA_ANY(right), VARSIZE_ANY_EXHDR(left)) == 0;
}

static void
write_changes(const Changes *changes)
{
	int count = changes->keys != NULL ? changes->keys->members : 0;
	Datum *keys = MemoryContextAlloc(TopTransactionContext, sizeof(Datum) * Max(1, count));
	int n = 0;

	if (count > 0)
	{
		changes_iterator scan;
		ChangedKey *entry;

		changes_start_iterate(changes->keys, &scan);
		while ((entry = changes_iterate(changes->keys, &scan)) != NULL)
			if (entry->forgotten == InvalidSubTransactionId)
				keys[n++] = entry->key;
	}
	change_log_append(&changes->log, keys, n, changes->null_key, changes->everything);
	pfree(keys);
}

static void
flush(void)
{
	if (pending == NULL)
		return;
	DEBUG_POINT("capture-before-log");
	for (; pending != NULL; pending = pending->next)
		write_changes(pending);
	DEBUG_POINT("capture-after-log");
}

static void
transaction_event(XactEvent event, void *unused)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			flush();
			flushed = true;
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PREPARE:
		case XACT_EVENT_ABORT:
			pending = NULL; /* the memory goes with the transaction */
			flushed = false;
			any_forgotten = false;
			break;
		default:
			break;
	}
}

/* What "by" forgot is forgotten by "instead" from now on. */
static void
pass_on_forgotten(SubTransactionId by, SubTransactionId instead)
{
	for (Changes *changes = pending; changes != NULL; changes = changes->next)
	{
		changes_iterator scan;
		ChangedKey *entry;

		if (changes->keys == NULL)
			continue;
		changes_start_iterate(changes->keys, &scan);
		while ((entry = changes_iterate(changes->keys, &scan)) != NULL)
			if (entry->forgotten == by)
				entry->forgotten = instead;
	}
}

/* What an aborted subtransaction had erased is there again, and what was noted of it has to be logged. */
static void
subtransaction_event(SubXactEvent event, SubTransactionId subid, SubTransactionId parent, void *unused)
{
	if (!any_forgotten)
		return;
	if (event == SUBXACT_EVENT_ABORT_SUB)
		pass_on_forgotten(subid, InvalidSubTransactionId);
	else if (event == SUBXACT_EVENT_PRE_COMMIT_SUB)
		pass_on_forgotten(subid, parent);
}

bool
capture_is_pending(void)
{
	return pending != NULL;
}

static void
forget_keys(Changes *changes, const KeySet *keys)
{
	changes_iterator scan;
	ChangedKey *entry;

	if (changes->keys == NULL)
		return;
	changes_start_iterate(changes->keys, &scan);
	while ((entry = changes_iterate(changes->keys, &scan)) != NULL)
		if (keyset_contains(keys, entry->key, false))
		{
			entry->forgotten = GetCurrentSubTransactionId();
			any_forgotten = true;
		}
}

void
capture_forget(const ChangeLog *log, const KeySet *keys)
{
	static bool registered = false;

	if (!registered)
		RegisterSubXactCallback(subtransaction_event, NULL);
	registered = true;
	for (Changes *changes = pending; changes != NULL; changes = changes->next)
		if (changes->log.table[0] == log->table[0])
			forget_keys(changes, keys);
}

static Changes *
changes_of(const ChangeLog *log)
{
	static bool registered = false;
	Changes *changes;

	for (changes = pending; changes != NULL; changes = changes->next)
		if (changes->log.table[0] == log->table[0])
			return changes;
	if (!registered)
		RegisterXactCallback(transaction_event, NULL);
	registered = true;
	changes = MemoryContextAllocZero(TopTransactionContext, sizeof(Changes));
	changes->log = *log;
	changes->next = pending;
	pending = changes;
	return changes;
}

static void
note_everything(Changes *changes)
{
	changes->everything = true;
	if (changes->keys != NULL)
		changes_destroy(changes->keys);
	changes->keys = NULL;
}

static bool
is_full(const Changes *changes)
{
	return changes->keys->members >= MAX_KEYS || changes->key_bytes >= MAX_KEY_BYTES;
}

/*
 * A copy is made before there is an entry: short of memory, an exception
 * block may go on with what there is.
 */
static Datum
key_to_keep(Changes *changes, Datum key)
{
	MemoryContext old;

	if (changes->log.key_by_value)
		return key;
	INJECT("memory-change-key");
	old = MemoryContextSwitchTo(TopTransactionContext);
	key = datumCopy(key, false, changes->log.key_length);
	changes->key_bytes += datumGetSize(key, false, changes->log.key_length);
	MemoryContextSwitchTo(old);
	return key;
}

/* The key is the caller's until it turns out to be new. */
static void
note_key(Changes *changes, Datum key)
{
	ChangedKey *entry = NULL;
	bool found;

	if (changes->keys == NULL)
	{
		INJECT("memory-change-hash");
		changes->keys = changes_create(TopTransactionContext, 16, changes);
	}
	/* One search is enough for a key that is entered as it is. */
	if (!changes->log.key_by_value || is_full(changes))
		entry = changes_lookup(changes->keys, key);
	if (entry == NULL && is_full(changes))
	{
		note_everything(changes);
		return;
	}
	if (entry == NULL)
		entry = changes_insert(changes->keys, key_to_keep(changes, key), &found);
	entry->forgotten = InvalidSubTransactionId;
}

/* A value as the log stores it. */
static Datum
logged_value(const CaptureTarget *target, Datum value)
{
	if (target->is_enum)
		return CStringGetTextDatum(DatumGetCString(DirectFunctionCall1(enum_out, value)));
	if (target->log.key_length == -1)
		return PointerGetDatum(PG_DETOAST_DATUM_PACKED(value));
	return value;
}

static void
note_row(Changes *changes, const CaptureTarget *target, HeapTuple row, TupleDesc desc)
{
	bool isnull;
	Datum value;

	if (changes->everything)
		return;
	if (target->key == InvalidAttrNumber)
	{
		note_everything(changes);
		return;
	}
	value = heap_getattr(row, target->key, desc, &isnull);
	if (isnull)
		changes->null_key = true;
	else
		note_key(changes, logged_value(target, value));
}

/* As suppress_redundant_updates_trigger: an UPDATE that left every byte as it was. */
static bool
same_row(HeapTuple old, HeapTuple new)
{
	HeapTupleHeader a = old->t_data;
	HeapTupleHeader b = new->t_data;

	return old->t_len == new->t_len &&
		   a->t_hoff == b->t_hoff &&HeapTupleHeaderGetNatts(a) == HeapTupleHeaderGetNatts(b) &&
		   (a->t_infomask & ~HEAP_XACT_MASK) == (b->t_infomask & ~HEAP_XACT_MASK) &&
		   memcmp((char *) a + SizeofHeapTupleHeader, (char *) b + SizeofHeapTupleHeader,
				  old->t_len - SizeofHeapTupleHeader) == 0;
}

static void
capture_row(const TriggerData *trigger)
{
	const CaptureTargets *targets = capture_targets(trigger->tg_relation);
	TupleDesc desc = RelationGetDescr(trigger->tg_relation);
	bool update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);

	if (targets->count == 0 || (update && same_row(trigger->tg_trigtuple, trigger->tg_newtuple)))
		return;
	for (int i = 0; i < targets->count; i++)
	{
		Changes *changes = changes_of(&targets->target[i].log);

		note_row(changes, &targets->target[i], trigger->tg_trigtuple, desc);
		if (update)
			note_row(changes, &targets->target[i], trigger->tg_newtuple, desc);
	}
	if (flushed)
		flush();
}

/* What a trigger that changes nothing returns, wherever it may have been put. */
static Datum
unchanged(const TriggerData *trigger)
{
	if (!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		return PointerGetDatum(NULL);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		return PointerGetDatum(trigger->tg_newtuple);
	return PointerGetDatum(trigger->tg_trigtuple);
}

Datum
segment_capture(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		PG_RETURN_NULL();
	if (TRIGGER_FIRED_AFTER(trigger->tg_event) && TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		capture_row(trigger);
	return unchanged(trigger);
}

Datum
segment_capture_truncate(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		PG_RETURN_NULL();
	if (TRIGGER_FIRED_AFTER(trigger->tg_event) && TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
	{
		const CaptureTargets *targets = capture_targets(trigger->tg_relation);

		for (int i = 0; i < targets->count; i++)
			note_everything(changes_of(&targets->target[i].log));
		if (flushed)
			flush();
	}
	return unchanged(trigger);
}
