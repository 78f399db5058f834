/*
 * debug.c
 *	  Waitpoints and error injections for tests; nothing without SEGMENT_DEBUG.
 *
 * A waitpoint is an advisory lock of a class that no SQL function takes, so
 * that a waiting process shows in pg_locks, is found by pg_blocking_pids(), and
 * can be cancelled like any other.
 */
#include "postgres.h"

#include "debug.h"

#ifdef SEGMENT_DEBUG

#include <signal.h>

#include "common/hashfn.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"

#include "compat.h"
#include "srf.h"

#define DEBUG_LOCK_CLASS 21319 /* "SG"; pg_advisory_lock() takes 1 and 2 */

#define ANY_POINT "*"

typedef struct DebugPoint
{
	const char *name;
	const char *place;
} DebugPoint;

#define AS_ROW(name, place) {name, place},
static const DebugPoint points[] = {DEBUG_POINTS(AS_ROW)};

typedef struct Injection
{
	char point[NAMEDATALEN];
	char action[NAMEDATALEN];
	int countdown; /* 0: none, or fired */
} Injection;

char *debug_injection = NULL;
static Injection injection;

static bool
point_exists(const char *name)
{
	for (int i = 0; i < lengthof(points); i++)
		if (strcmp(points[i].name, name) == 0)
			return true;
	return false;
}

static void
require_point(const char *name)
{
	if (!point_exists(name))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("there is no debug point \"%s\"", name),
						errhint("SELECT name FROM segment.waitpoint lists them; a new one goes into the "
								"table in debug.h.")));
}

/* ---- injections ---- */

static bool
is_sqlstate(const char *action)
{
	return strlen(action) == 5 && strspn(action, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5;
}

static bool
is_action(const char *action)
{
	return is_sqlstate(action) || strcmp(action, "memory") == 0 || strcmp(action, "disk") == 0 ||
		   strcmp(action, "kill") == 0;
}

/* 'point:action[:n]'; the empty string is no injection. */
static bool
parse_injection(const char *setting, Injection *result)
{
	int fields;

	memset(result, 0, sizeof(Injection));
	if (setting == NULL || *setting == '\0')
		return true;
	result->countdown = 1;
	fields = sscanf(setting, "%63[^:]:%63[^:]:%d", result->point, result->action, &result->countdown);
	return fields >= 2 && result->countdown > 0 && is_action(result->action) &&
		   (strcmp(result->point, ANY_POINT) == 0 || point_exists(result->point));
}

bool
debug_injection_check(char **newval, void **extra, GucSource source)
{
	Injection ignored;

	if (parse_injection(*newval, &ignored))
		return true;
	GUC_check_errdetail("\"%s\" is not point:action[:n].", *newval);
	GUC_check_errhint("SELECT name FROM segment.waitpoint lists the points; actions are an SQLSTATE, memory, "
					  "disk and kill.");
	return false;
}

void
debug_injection_assign(const char *newval, void *extra)
{
	(void) parse_injection(newval, &injection);
}

static void
fail(const char *point, const char *action)
{
	if (strcmp(action, "kill") == 0)
		kill(MyProcPid, SIGKILL);
	else if (strcmp(action, "memory") == 0)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"),
						errdetail("Injected at \"%s\".", point)));
	else if (strcmp(action, "disk") == 0)
		ereport(ERROR, (errcode(ERRCODE_DISK_FULL), errmsg("no space left on device"),
						errdetail("Injected at \"%s\".", point)));
	else
		ereport(ERROR, (errcode(MAKE_SQLSTATE(action[0], action[1], action[2], action[3], action[4])),
						errmsg("injected error %s", action), errdetail("Injected at \"%s\".", point)));
}

void
debug_inject(const char *point)
{
	require_point(point);
	if (injection.countdown == 0)
		return;
	if (strcmp(injection.point, ANY_POINT) != 0 && strcmp(injection.point, point) != 0)
		return;
	if (--injection.countdown == 0)
		fail(point, injection.action);
}

/* ---- waitpoints ---- */

static uint32
point_hash(const char *point)
{
	return hash_bytes((const unsigned char *) point, (int) strlen(point));
}

static void
point_tag(LOCKTAG *tag, const char *point)
{
	require_point(point);
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, point_hash(point), 0, DEBUG_LOCK_CLASS);
}

/* A process under lock_timeout waits here as long as the test wants. */
void
debug_wait(const char *point)
{
	LOCKTAG tag;
	int level = NewGUCNestLevel();

	point_tag(&tag, point);
	(void) set_config_option("lock_timeout", "0", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);
	(void) LockAcquire(&tag, ShareLock, false, false);
	LockRelease(&tag, ShareLock, false);
	AtEOXact_GUC(false, level);
}

PG_FUNCTION_INFO_V1(segment_waitpoint_hold);
PG_FUNCTION_INFO_V1(segment_waitpoint_release);
PG_FUNCTION_INFO_V1(segment_debug_points);

/* Held by the session, across transactions, until released or the session's end. */
Datum
segment_waitpoint_hold(PG_FUNCTION_ARGS)
{
	LOCKTAG tag;

	point_tag(&tag, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	(void) LockAcquire(&tag, ExclusiveLock, true, false);
	PG_RETURN_VOID();
}

Datum
segment_waitpoint_release(PG_FUNCTION_ARGS)
{
	LOCKTAG tag;

	point_tag(&tag, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	PG_RETURN_BOOL(LockRelease(&tag, ExclusiveLock, true));
}

/* Name, place, and the classid of its lock in pg_locks. */
Datum
segment_debug_points(PG_FUNCTION_ARGS)
{
	FuncCallContext *context;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext caller;
		TupleDesc row;

		context = SRF_FIRSTCALL_INIT();
		caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
		row = result_row_type(fcinfo);
		context->tuple_desc = BlessTupleDesc(row);
		context->max_calls = lengthof(points);
		MemoryContextSwitchTo(caller);
	}
	context = SRF_PERCALL_SETUP();
	if (context->call_cntr < context->max_calls)
	{
		const DebugPoint *point = &points[context->call_cntr];
		Datum values[] = {CStringGetTextDatum(point->name), CStringGetTextDatum(point->place),
						  ObjectIdGetDatum(point_hash(point->name))};
		bool nulls[lengthof(values)] = {false};

		SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, values, nulls)));
	}
	SRF_RETURN_DONE(context);
}

#endif /* SEGMENT_DEBUG */
